"""Examples of validation: by annotations, by the action itself, while typing; and of results."""

from typing import Annotated

from pydantic import Field

from reactor import Child, Component, Invalid, action, on, state
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example


class Tickets(Component):
    bought: int = state(0)

    @action
    async def buy(
        self,
        name: Annotated[str, Field(min_length=2)],
        count: Annotated[int, Field(ge=1, le=8)],
    ) -> None:
        self.bought += count

    def render(self) -> Child:
        return h.form(class_="stack", action=self.buy, novalidate=True)[
            h.div(class_="field")[
                h.label(for_="tickets-name")["Name"],
                h.input(self.buy.field("name"), id="tickets-name", autocomplete="off"),
                self.buy.error("name"),
            ],
            h.div(class_="field")[
                h.label(for_="tickets-count")["Count"],
                h.input(self.buy.field("count"), id="tickets-count", inputmode="numeric"),
                self.buy.error("count"),
            ],
            h.div(class_="buttons")[h.button(class_="primary")["Buy"]],
            h.p(class_="outcome", role="status")[self.bought > 0 and f"{self.bought} tickets so far."],
        ]


class Transfer(Component):
    balance: int = state(100)

    @action
    async def send(self, to: str, amount: Annotated[int, Field(gt=0)]) -> None:
        self.balance -= amount
        if to.strip().lower() == "nobody":
            raise Invalid(to="There is no such person.")
        if self.balance < 0:
            raise Invalid("There is not enough on your account.")  # whatever was changed is taken back

    def render(self) -> Child:
        return h.form(class_="stack", action=self.send)[
            self.send.error(),
            h.div(class_="field")[
                h.label(for_="to")["To"],
                h.input(self.send.field("to"), id="to", autocomplete="off", required=True),
                self.send.error("to"),
            ],
            h.div(class_="field")[
                h.label(for_="amount")["Amount"],
                h.input(self.send.field("amount"), id="amount", inputmode="numeric", required=True),
                self.send.error("amount"),
            ],
            h.div(class_="buttons")[h.button(class_="primary")["Transfer"]],
            h.output["Balance: ", self.balance],
        ]


class Handle(Component):
    @action
    async def look(self, value: str) -> str:
        name = value.strip().lower()
        if not name:
            return ""
        return "Taken." if name in ("ada", "alan", "grace") else f"“{name}” is free."

    def render(self) -> Child:
        return h.div(class_="field")[
            h.label(for_="handle")["User name"],
            h.input(
                id="handle",
                autocomplete="off",
                aria_describedby="handle-answer",
                on_input=on(self.look, debounce=0.3),
            ),
            h.p(id="handle-answer", class_="hint", role="status")[self.look.result or "Try ada."],
        ]


class Division(Component):
    @action
    async def divide(self, a: float, b: float) -> float:
        if b == 0:
            raise Invalid(b="Nothing can be divided by zero.")
        return a / b

    @action
    async def forget(self) -> None:
        self.divide.reset()

    def render(self) -> Child:
        return h.form(class_="stack", action=on(self.divide, reset=False))[
            h.label(class_="field")[
                "Dividend", h.input(self.divide.field("a"), value="1", inputmode="decimal")
            ],
            h.label(class_="field")["Divisor", h.input(self.divide.field("b"), inputmode="decimal")],
            self.divide.error("a"),
            self.divide.error("b"),
            h.div(class_="buttons")[
                h.button(class_="primary")["Divide"], h.button(form_action=self.forget)["Forget"]
            ],
            h.output[self.divide.result is not None and f"= {self.divide.result:g}"],
        ]


@ui.page("/examples/validation", title="Examples: validation")
async def validation() -> Child:
    return demo(
        "examples-validation",
        [
            example("By annotations", "Send it as it is: each field tells what it needs.", Tickets()),
            example("What only the action knows", "Send 500 to somebody, or 5 to nobody.", Transfer()),
            example("While typing", "Asked when you pause, not for each letter.", Handle()),
            example("A result, until it is forgotten", "The fields keep what was typed.", Division()),
        ],
        wide=True,
    )
