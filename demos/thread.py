"""Thread: a message is there as soon as it is sent, and is taken back when the server refuses it."""

import asyncio
from typing import Annotated

from pydantic import BaseModel, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from reactor import Child, Component, Invalid, action, state
from reactor import html as h

from .database import Session, Table
from .layout import demo
from .site import ui
from .visitors import Visitor

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
LONGEST_DELAY = 20.0


class Sent(Table):
    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    visitor: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]


class Message(BaseModel):
    id: int | None = None
    """Nothing as long as the server has not given one."""
    text: str


class Thread(Component):
    delay: float = 0
    messages: list[Message] = state([])

    async def mount(self, session: Session, visitor: Visitor) -> None:
        kept = await session.scalars(select(Sent).where(Sent.visitor == visitor).order_by(Sent.id))
        self.messages = [Message(id=sent.id, text=sent.text) for sent in kept]

    @action
    async def send(self, message: Text, session: Session, visitor: Visitor) -> None:
        await asyncio.sleep(self.delay)
        if "fail" in message.lower():
            await asyncio.sleep(1)
            raise Invalid(
                message=f"“{message}” was refused: nobody here wants to fail. It is back in the field."
            )
        sent = Sent(visitor=visitor, text=message)
        session.add(sent)
        await session.commit()
        self.messages.append(Message(id=sent.id, text=message))

    @send.optimistic
    def _(self, message: str) -> None:
        self.messages.append(Message(text=message))

    def render(self) -> Child:
        return h.section(class_="panel thread")[
            h.ol(class_="messages", aria_label="Messages")[(self.item(message) for message in self.messages)],
            not self.messages and h.p(class_="hint")["No messages yet. Write the first one."],
            h.form(class_="inline", action=self.send)[
                h.input(
                    self.send.field("message"),
                    aria_label="Message",
                    placeholder="Say something, or something with “fail”",
                    autocomplete="off",
                    maxlength=500,
                    required=True,
                ),
                h.button(class_="primary")["Send"],
            ],
            h.div(role="alert")[self.send.error("message")],
        ]

    def item(self, message: Message) -> Child:
        return h.li(key=message.id, aria_busy=True if message.id is None else None)[message.text]


@ui.page("/thread", title="Thread")
async def thread(delay: float = 0) -> Child:
    return demo("thread", Thread(delay=min(max(delay, 0), LONGEST_DELAY)))
