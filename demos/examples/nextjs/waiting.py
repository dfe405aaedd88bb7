"""What is shown until the answer is there: a pending button, a message that is optimistic."""

import asyncio

from pydantic import BaseModel

from reactor import Child, Component, Invalid, action, form, state
from reactor import html as h

from .memory import Line
from .section import Section

SECONDS = 0.8


class SubmitButton(Component):
    """Fits into any form: it asks the one that it stands in."""

    label: str

    def render(self) -> Child:
        return h.button(class_="primary", disabled=form.pending)[form.pending.then("One moment…", self.label)]


class Newsletter(Component):
    said: str = state("")

    @action
    async def subscribe(self, name: Line) -> None:
        await asyncio.sleep(SECONDS)
        self.said = f"{name} gets the newsletter."

    @action
    async def leave(self, name: Line) -> None:
        await asyncio.sleep(SECONDS)
        self.said = f"{name} gets it no more."

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.form(class_="inline", action=self.subscribe)[
                h.input(name="name", aria_label="Who subscribes", placeholder="Name", required=True),
                SubmitButton(label="Subscribe"),
            ],
            h.form(class_="inline", action=self.leave)[
                h.input(name="name", aria_label="Who leaves", placeholder="Name", required=True),
                SubmitButton(label="Leave"),
            ],
            h.p(class_="outcome", role="status")[self.said],
        ]


class Message(BaseModel):
    id: int | None = None
    text: str


class Thread(Component):
    messages: list[Message] = state([Message(id=1, text="Is anybody here?")])
    last: int = state(1)

    @action
    async def send(self, message: Line) -> None:
        await asyncio.sleep(SECONDS)
        if "fail" in message:
            raise Invalid(message="This one was refused.")
        self.last += 1
        self.messages = [*self.messages, Message(id=self.last, text=message)][-5:]

    @send.optimistic
    def _(self, message: str) -> None:
        self.messages = [*self.messages, Message(text=message)][-5:]

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.ul(class_="rows")[
                (
                    h.li(key=message.id, class_={"faded": message.id is None})[message.text]
                    for message in self.messages
                )
            ],
            h.form(class_="inline", action=self.send)[
                h.input(
                    self.send.field("message"),
                    aria_label="Message",
                    placeholder="Message",
                    autocomplete="off",
                ),
                h.button["Send"],
                self.send.error("message"),
            ],
        ]


def sections() -> list[Section]:
    return [
        Section(
            "A pending button",
            "Each answer takes most of a second. The button is the same in both forms.",
            Newsletter(),
            (SubmitButton,),
        ),
        Section(
            "Optimistic",
            "The message is there before the server has it. One with “fail” is refused, and taken back.",
            Thread(),
            (Message,),
        ),
    ]
