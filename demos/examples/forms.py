"""Examples of forms: actions, what is bound to them, and every kind of field."""

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from reactor import Child, Component, action, bind, state
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example


class Note(Component):
    said: str = state("")

    @action
    async def publish(self, text: str) -> None:
        self.said = f"Published “{text}”."

    @action
    async def keep(self, text: str) -> None:
        self.said = f"Kept “{text}” as a draft."

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.form(id="note", class_="stack", action=self.publish)[
                h.label(class_="field")["Text", h.input(name="text", required=True, autocomplete="off")],
                h.div(class_="buttons")[
                    h.button(class_="primary")["Publish"],
                    h.button(form_action=self.keep)["Keep as a draft"],
                ],
            ],
            h.div(class_="buttons")[h.button(form="note", form_action=self.keep)["Keep, from outside"]],
            h.p(class_="outcome", role="status")[self.said],
        ]


class Stars(Component):
    given: int = state(0)

    @action
    async def rate(self, stars: Annotated[int, Field(ge=1, le=5)]) -> None:
        self.given = stars

    def render(self) -> Child:
        return h.form(class_="stack", action=self.rate)[
            h.fieldset(class_="buttons")[
                h.legend["How was it?"],
                (
                    h.button(key=n, name="stars", value=n, aria_pressed=self.given == n)[f"{n} ★"]
                    for n in range(1, 6)
                ),
            ],
            h.p(class_="outcome", role="status")[self.given > 0 and f"You gave {self.given} of 5."],
        ]


class Shelf(Component):
    titles: dict[int, str] = state({1: "Emma", 2: "Walden", 3: "Dracula"})

    @action
    async def rename(self, id: int, title: Annotated[str, Field(min_length=1)]) -> None:
        self.titles[id] = title

    @action
    async def remove(self, id: int) -> None:
        del self.titles[id]

    def render(self) -> Child:
        return h.ul(class_="rows")[(self.book(id, title) for id, title in self.titles.items())]

    def book(self, id: int, title: str) -> Child:
        rename = self.rename.bind(id)
        return h.li(key=id)[
            h.form(class_="inline", action=rename)[
                h.input(rename.field("title"), value=title, aria_label=f"Book {id}", autocomplete="off"),
                h.button["Rename"],
                h.button(class_="danger", form_action=self.remove.bind(id), aria_label=f"Remove {title}")[
                    "Remove"
                ],
                rename.error("title"),
            ]
        ]


class Order(BaseModel):
    drink: Literal["tea", "coffee"] = "tea"
    extras: list[str]
    cups: list[Literal["small", "large"]]
    gift: bool


class Choices(Component):
    got: Order | None = state(None)

    @action
    async def order(self, data: Order) -> None:
        self.got = data

    def render(self) -> Child:
        return h.form(class_="stack", action=self.order)[
            h.fieldset(class_="choices")[
                h.legend["Drink"],
                h.label[h.input(type="radio", name="drink", value="tea", checked=True), "Tea"],
                h.label[h.input(type="radio", name="drink", value="coffee"), "Coffee"],
            ],
            h.fieldset(class_="choices")[
                h.legend["Extras"],
                h.label[h.input(type="checkbox", name="extras", value="milk"), "Milk"],
                h.label[h.input(type="checkbox", name="extras", value="sugar"), "Sugar"],
            ],
            h.label(class_="field")[
                "Cups",
                h.select(name="cups", multiple=True, size=2)[h.option["small"], h.option["large"]],
            ],
            h.label(class_="choice")[h.input(type="checkbox", role="switch", name="gift"), "As a gift"],
            h.div(class_="buttons")[h.button(class_="primary")["Order"]],
            h.output(class_="code")[self.got and repr(self.got)],
        ]


class Trip(BaseModel):
    leaving: date
    at: time | None = None
    nights: int = 1
    budget: Decimal | None = None


class Booking(Component):
    got: Trip | None = state(None)

    @action
    async def book(self, data: Trip) -> None:
        self.got = data

    def render(self) -> Child:
        return h.form(class_="stack", action=self.book)[
            h.label(class_="field")["Leaving", h.input(type="date", name="leaving", value="2027-05-01")],
            h.label(class_="field")["At (may stay empty)", h.input(type="time", name="at")],
            h.label(class_="field")["Nights", h.input(type="number", name="nights", min=1, value=2)],
            h.label(class_="field")["Budget (may stay empty)", h.input(name="budget", inputmode="decimal")],
            h.div(class_="buttons")[h.button(class_="primary")["Book"]],
            h.output(class_="code")[self.got and repr(self.got)],
        ]


class Greeting(Component):
    name: str = state("Ada")
    times: int = state(1)
    loud: bool = state(False)
    style: Literal["Hello", "Dear"] = state("Hello")

    def render(self) -> Child:
        text = f"{self.style} {self.name}{'!' if self.loud else ''} " * min(self.times, 9)
        return h.div(class_="stack")[
            h.label(class_="field")["Name", h.input(bind=bind(self).name, autocomplete="off")],
            h.label(class_="field")["Times", h.input(type="range", min=1, max=9, bind=bind(self).times)],
            h.label(class_="field")[
                "Style", h.select(bind=bind(self).style)[h.option["Hello"], h.option["Dear"]]
            ],
            h.label(class_="choice")[h.input(type="checkbox", bind=bind(self).loud), "Loud"],
            h.output[text],
        ]


@ui.page("/examples/forms", title="Examples: forms")
async def forms() -> Child:
    return demo(
        "examples-forms",
        [
            example(
                "Two actions in one form",
                "Enter publishes; each button may have an action of its own.",
                Note(),
            ),
            example("The button that was pressed", "Its name and value are sent with the form.", Stars()),
            example("Bound arguments", "Each form knows which book is its own, also in its errors.", Shelf()),
            example("Choices", "Radios, checkboxes and lists become one model.", Choices(), Order),
            example("Dates and numbers", "They arrive as Python's own types.", Booking(), Trip),
            example("Bound to state", "No form, no action: the state follows the fields.", Greeting()),
        ],
        wide=True,
    )
