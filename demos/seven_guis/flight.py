"""7GUIs, task 3: fields that constrain each other."""

from datetime import date, datetime
from typing import Literal

from reactor import Child, Component, action, state
from reactor import html as h

from ..layout import demo
from ..site import ui

Kind = Literal["one-way flight", "return flight"]
WRONG = "Write a date as 24.12.2026 or 2026-12-24."
TOO_EARLY = "The return is before the departure."


def parsed(value: str) -> date | None:
    for form in ("%d.%m.%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(value.strip(), form).date()
        except ValueError:
            continue
    return None


def today() -> str:
    return date.today().strftime("%d.%m.%Y")


class Flight(Component):
    kind: Kind = state("one-way flight")
    departure: str = state(factory=today)
    back: str = state(factory=today)
    message: str = state("")

    @action
    async def choose(self, value: Kind) -> None:
        self.kind, self.message = value, ""

    @action
    async def type_departure(self, value: str) -> None:
        self.departure, self.message = value, ""

    @action
    async def type_return(self, value: str) -> None:
        self.back, self.message = value, ""

    @action
    async def check(self, kind: Kind, departure: str, back: str | None = None) -> None:
        """What a browser without JavaScript asks for: the same form, with its fields brought up to date."""
        self.kind, self.departure, self.message = kind, departure, ""
        if back is not None:
            self.back = back

    @action
    async def book(self, kind: Kind, departure: str, back: str | None = None) -> None:
        await self.check(kind, departure, back)
        if not self.wrong_departure and not self.wrong_return:
            self.message = f"You have booked a {kind} on {self.departure}"
            self.message += f", returning on {self.back}." if self.returning else "."

    @property
    def returning(self) -> bool:
        return self.kind == "return flight"

    @property
    def wrong_departure(self) -> str | None:
        return None if parsed(self.departure) else WRONG

    @property
    def wrong_return(self) -> str | None:
        there, back = parsed(self.departure), parsed(self.back)
        if not self.returning:
            return None
        if not back:
            return WRONG
        return TOO_EARLY if there and back < there else None

    def render(self) -> Child:
        return h.form(class_="panel stack", action=self.book)[
            h.label(class_="field")[
                "Flight",
                h.select(name="kind", value=self.kind, on_change=self.choose)[
                    h.option(value="one-way flight")["one-way flight"],
                    h.option(value="return flight")["return flight"],
                ],
            ],
            h.div(class_="field")[
                h.label(for_="departure")["Departure date"],
                h.input(
                    id="departure",
                    name="departure",
                    value=self.departure,
                    autocomplete="off",
                    aria_invalid=True if self.wrong_departure else None,
                    aria_describedby="departure-error" if self.wrong_departure else None,
                    on_input=self.type_departure,
                ),
                self.wrong_departure and h.p(id="departure-error", class_="error")[self.wrong_departure],
            ],
            h.div(class_="field")[
                h.label(for_="back")["Return date"],
                h.input(
                    id="back",
                    name="back",
                    value=self.back,
                    autocomplete="off",
                    disabled=not self.returning,
                    aria_invalid=True if self.wrong_return else None,
                    aria_describedby="back-error" if self.wrong_return else None,
                    on_input=self.type_return,
                ),
                self.wrong_return and h.p(id="back-error", class_="error")[self.wrong_return],
            ],
            h.div(class_="buttons")[
                h.button(class_="primary", disabled=bool(self.wrong_departure or self.wrong_return))["Book"],
                h.button(class_="without-script", form_action=self.check)["Check the dates"],
            ],
            h.p(class_="outcome", role="status")[self.message],
        ]


@ui.page("/7guis/flight", title="7GUIs: flight booker")
async def flight() -> Child:
    return demo("7guis-flight", Flight())
