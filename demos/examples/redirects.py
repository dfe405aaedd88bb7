"""Examples of redirects: the new page comes in the answer to the action."""

from typing import Annotated

from pydantic import Field

from reactor import Child, Component, Invalid, action, redirect
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example

HERE = "/examples/redirects"

Name = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\w -]+$")]


class Greeting(Component):
    """One answer brings the next page; without JavaScript it is a 303."""

    @action
    async def greet(self, name: Name) -> None:
        if name.lower() == "nobody":
            raise Invalid(name="Somebody, please.")
        raise redirect(f"{HERE}/greeted/{name}")

    def render(self) -> Child:
        return h.form(class_="stack", action=self.greet)[
            h.label["Name ", h.input(self.greet.field("name"), autocomplete="off")],
            self.greet.error("name"),
            h.button(class_="primary")["Greet"],
        ]


class Steps(Component):
    """Back does not lead to the steps again: each takes the place of the one before."""

    step: int

    @action
    async def go_on(self) -> object:
        return redirect(f"{HERE}/steps/{self.step + 1}", replace=True)

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.p["Step ", h.output[self.step], " of 3"],
            self.step < 3 and h.button(on_click=self.go_on)["Go on"],
        ]


@ui.page(HERE, title="Examples: redirects")
async def redirects() -> Child:
    return demo(
        "examples-redirects",
        [
            example("Save and see", "Enter a name; then go back.", Greeting(), greeted),
            example(
                "In the place of the page",
                "Go on to the end, then back: you are here again.",
                h.a(href=f"{HERE}/steps/1")["Begin"],
                Steps,
                steps,
            ),
        ],
        wide=True,
    )


@ui.page(f"{HERE}/greeted/{{name}}", title="Greeted")
async def greeted(name: str) -> Child:
    return demo("examples-redirects", [h.h2["Hello, ", name, "."], h.a(href=HERE)["Greet somebody else"]])


@ui.page(f"{HERE}/steps/{{step}}", title="Steps")
async def steps(step: int) -> Child:
    if not 1 <= step <= 3:
        raise redirect(HERE)
    return demo("examples-redirects", [Steps(step=step), h.a(href=HERE)["To the examples"]])
