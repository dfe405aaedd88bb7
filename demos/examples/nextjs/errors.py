"""What fails: an error that is thrown, and one that is expected."""

from collections import deque
from typing import Annotated

from fastapi import Depends

from reactor import ActionError, Child, Component, ErrorBoundary, Failure, Invalid, action
from reactor import html as h

from .memory import Kept, Line
from .section import Section

Tasks = Annotated[deque[str], Depends(Kept(lambda: deque[str](["Write"], maxlen=4)))]


def save(task: str, tasks: deque[str]) -> None:
    if "fail" in task:
        raise OSError("the disk is full")
    tasks.append(task)


class TaskList(Component):
    @action
    async def create(self, task: Line, tasks: Tasks) -> None:
        try:
            save(task, tasks)
        except OSError as error:
            raise ActionError("The task could not be saved.", status=503) from error

    def render(self, tasks: Tasks) -> Child:
        return h.div(class_="stack")[
            h.form(class_="inline", action=self.create)[
                h.input(name="task", aria_label="Task", required=True, placeholder="or “fail”"),
                h.button["Add"],
            ],
            h.ul(class_="rows")[(h.li[task] for task in tasks)],
        ]


def not_saved(failure: Failure) -> Child:
    return h.div(class_="stack", role="alert")[
        h.p[failure.message],
        h.div(class_="buttons")[h.button(on_click=failure.retry)["Try again"]],
    ]


class Guarded(Component):
    def render(self) -> Child:
        return ErrorBoundary(fallback=not_saved)[TaskList()]


class Expected(Component):
    @action
    async def create(self, task: Line, tasks: Tasks) -> str:
        try:
            save(task, tasks)
        except OSError:
            raise Invalid(task="The task could not be saved. It is still in the field.") from None
        return f"“{task}” was saved."

    def render(self) -> Child:
        return h.form(class_="stack", action=self.create)[
            h.label(class_="field")["Another task", h.input(self.create.field("task"), autocomplete="off")],
            self.create.error("task"),
            h.div(class_="buttons")[h.button["Add"]],
            h.p(class_="outcome", role="status")[self.create.result],
        ]


def sections() -> list[Section]:
    return [
        Section(
            "An error that is thrown",
            "The nearest boundary shows it, and the rest of the page goes on. “fail” is not saved.",
            Guarded(),
            (not_saved, TaskList),
        ),
        Section(
            "An error that is expected",
            "The form stays as it is, with what was typed, and says what is wrong.",
            Expected(),
            (save,),
        ),
    ]
