"""7GUIs, task 5: create, read, update and delete people."""

from typing import Annotated

from pydantic import StringConstraints

from reactor import Child, Component, action, state
from reactor import html as h

from ..layout import demo
from ..site import ui

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
MOST = 200


class Crud(Component):
    people: dict[int, tuple[str, str]] = state(
        {1: ("Hans", "Emil"), 2: ("Max", "Mustermann"), 3: ("Roman", "Tisch")}
    )
    last_id: int = state(3)
    selected: int | None = state(None)
    prefix: str = state("")
    name: str = state("")
    surname: str = state("")

    def choose(self, id: int | None) -> None:
        self.selected = id if id in self.people else None
        self.name, self.surname = self.people.get(id, ("", "")) if id is not None else ("", "")

    @action
    async def filter(self, value: Text) -> None:
        self.prefix = value
        if self.selected not in self.shown():
            self.selected = None

    @action
    async def select(self, value: int) -> None:
        self.choose(value)

    @action
    async def apply(self, prefix: Text = "", chosen: int | None = None) -> None:
        """What a browser without JavaScript asks for: filter the list, and show who is chosen."""
        self.prefix = prefix
        self.choose(chosen if chosen in self.shown() else None)

    @action
    async def create(self, name: Text, surname: Text) -> None:
        if (name or surname) and len(self.people) < MOST:
            self.last_id += 1
            self.people = {**self.people, self.last_id: (name, surname)}
            self.choose(None)

    @action
    async def update(self, id: int, name: Text, surname: Text) -> None:
        if id in self.people and (name or surname):
            self.people = {**self.people, id: (name, surname)}
            self.choose(id)

    @action
    async def delete(self, id: int) -> None:
        self.people = {other: person for other, person in self.people.items() if other != id}
        self.choose(None)

    def shown(self) -> dict[int, str]:
        """Those whose surname begins with the prefix, as `Surname, Name`."""
        prefix = self.prefix.casefold()
        return {
            id: f"{surname}, {name}"
            for id, (name, surname) in self.people.items()
            if surname.casefold().startswith(prefix)
        }

    def render(self) -> Child:
        chosen = self.selected
        return h.form(class_="panel crud", action=self.create)[
            h.label(class_="field prefix")[
                "Filter prefix",
                h.input(name="prefix", value=self.prefix, autocomplete="off", on_input=self.filter),
            ],
            h.select(
                name="chosen",
                size=8,
                aria_label="People",
                value="" if chosen is None else str(chosen),
                on_change=self.select,
            )[(h.option(key=id, value=str(id))[text] for id, text in self.shown().items())],
            h.div(class_="stack")[
                h.label(class_="field")["Name", h.input(name="name", value=self.name, autocomplete="off")],
                h.label(class_="field")[
                    "Surname", h.input(name="surname", value=self.surname, autocomplete="off")
                ],
            ],
            h.div(class_="buttons")[
                h.button(class_="primary")["Create"],
                h.button(
                    form_action=None if chosen is None else self.update.bind(chosen), disabled=chosen is None
                )["Update"],
                h.button(
                    class_="danger",
                    form_action=None if chosen is None else self.delete.bind(chosen),
                    disabled=chosen is None,
                )["Delete"],
                h.button(class_="without-script", form_action=self.apply)["Show"],
            ],
        ]


@ui.page("/7guis/crud", title="7GUIs: CRUD")
async def crud() -> Child:
    return demo("7guis-crud", Crud())
