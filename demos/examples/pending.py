"""Examples of what is shown while a call is under way. Each of these takes a second and a half."""

import asyncio

from reactor import Child, Component, action, form, state
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example

SECONDS = 1.5


class Save(Component):
    saved: int = state(0)

    @action
    async def save(self) -> None:
        await asyncio.sleep(SECONDS)
        self.saved += 1

    def render(self) -> Child:
        return h.div(class_={"stack": True, "faded": self.save.pending})[
            h.div(class_="buttons")[
                h.button(class_="primary", on_click=self.save)[self.save.pending.then("Saving…", "Save")],
            ],
            h.p["Saved ", h.output[self.saved], " times."],
        ]


class Messages(Component):
    messages: list[str] = state([])

    @action
    async def send(self, message: str) -> None:
        await asyncio.sleep(SECONDS)
        self.messages.append(message)

    def render(self) -> Child:
        return h.div[
            h.form(class_="inline", action=self.send)[
                h.input(name="message", aria_label="Message", required=True, autocomplete="off"),
                h.button["Send"],
            ],
            h.ul(class_="rows")[(h.li[message] for message in self.messages)],
            h.p(class_="faded", role="status")[
                self.send.pending.then("On its way: "), self.send.data("message")
            ],
        ]


class SendButton(Component):
    """It fits into any form: it asks the one that it stands in."""

    label: str

    def render(self) -> Child:
        return h.button(class_=["primary", {"spinning": form.pending}])[
            form.pending.then("One moment…", self.label)
        ]


class Forms(Component):
    said: str = state("")

    @action
    async def join(self, name: str) -> None:
        await asyncio.sleep(SECONDS)
        self.said = f"{name} has joined."

    @action
    async def leave(self, name: str) -> None:
        await asyncio.sleep(SECONDS)
        self.said = f"{name} has left."

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.form(class_="inline", action=self.join)[
                h.input(name="name", aria_label="Who joins", required=True), SendButton(label="Join")
            ],
            h.form(class_="inline", action=self.leave)[
                h.input(name="name", aria_label="Who leaves", required=True), SendButton(label="Leave")
            ],
            h.p(class_="outcome", role="status")[self.said],
        ]


class Once(Component):
    orders: int = state(0)

    @action
    async def order(self) -> None:
        await asyncio.sleep(SECONDS)
        self.orders += 1

    def render(self) -> Child:
        return h.div(class_="buttons")[
            h.button(class_="spins", on_click=self.order)["Order"],
            h.p["Orders: ", h.output[self.orders]],
        ]


@ui.page("/examples/pending", title="Examples: pending")
async def pending() -> Child:
    return demo(
        "examples-pending",
        [
            example("Text and class", "They change with the click, and back with the answer.", Save()),
            example("What is being sent", "It is shown before the server has it.", Messages()),
            example("The surrounding form", "One button for all forms.", Forms(), SendButton),
            example("By CSS alone", "data-pending turns the spinner while the order is under way.", Once()),
        ],
        wide=True,
    )
