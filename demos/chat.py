"""Chat: several rooms, who is in them, who is typing, what was not read; and the past, as one scrolls up."""

import time
from datetime import UTC, datetime
from typing import Annotated

from fastapi import HTTPException
from pydantic import StringConstraints

from reactor import (
    Child,
    Component,
    Page,
    Presence,
    Topic,
    action,
    connection,
    cookies,
    effects,
    feed,
    nonce,
    on,
    state,
    subscribe,
)
from reactor import html as h

from . import rooms
from .database import Session
from .layout import demo
from .rooms import NAME_COOKIE, ROOMS, Me, Message, Person
from .site import assets, ui

BATCH = 50
TYPING_SECONDS = 4.0
A_YEAR = 365 * 24 * 3600

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


def said_in(room: str) -> Topic[Message]:
    return Topic(f"chat:{room}", Message)


def present_in(room: str) -> Presence[Person]:
    return Presence(f"chat:{room}", Person)


def typing_in(room: str) -> Presence[Person]:
    return Presence(f"chat:{room}:typing", Person)


class Talk(Component):
    """What is said in a room. The server keeps only how far back the page shows it."""

    room: str
    me: Person
    oldest: int = state(0)
    is_all: bool = state(False)
    last_author: str = state("")
    sent: int = state(0)

    async def mount(self, session: Session) -> None:
        last = await rooms.before(session, self.room, None, BATCH)
        self.is_all = len(last) < BATCH
        if last:
            self.oldest, self.last_author = last[0].id or 0, last[-1].author.id

    @feed
    async def messages(self, session: Session) -> list[Message]:
        return await rooms.since(session, self.room, self.oldest)

    @messages.item
    def _(self, message: Message) -> h.Element:
        author = message.author
        at = datetime.fromtimestamp(message.at, UTC)
        return h.li(
            key=message.id,
            class_={
                "own": author.id == self.me.id,
                "follows": message.follows,
                f"tint-{rooms.tint(author.id)}": True,
            },
            aria_busy=True if message.id is None else None,
        )[
            avatar(author),
            h.p(class_="by")[
                h.strong[author.name], h.time(datetime=f"{at:%Y-%m-%dT%H:%MZ}")[f"{at:%d %b, %H:%M}"]
            ],
            h.p(class_="bubble")[message.text],
        ]

    @subscribe(lambda self: said_in(self.room))
    def arrived(self, message: Message) -> None:
        self.messages.append(message)
        self.last_author = message.author.id

    @action
    async def send(self, message: Text, session: Session, me: Me) -> None:
        said_in(self.room).publish(await rooms.say(session, self.room, me, message))
        self.sent += 1

    @send.optimistic
    def _(self, message: str) -> None:
        self.sent += 1
        follows = self.last_author == self.me.id
        self.messages.append(
            Message(room=self.room, author=self.me, text=message, at=time.time(), follows=follows)
        )

    @action
    async def earlier(self, session: Session) -> None:
        earlier = await rooms.before(session, self.room, self.oldest, BATCH)
        self.is_all = len(earlier) < BATCH
        if earlier:
            self.oldest = earlier[0].id or 0
            self.messages.prepend(*earlier)

    def render(self) -> Child:
        return [
            h.div(class_="follow")[
                h.div(
                    class_="scroll",
                    role="log",
                    aria_label="Messages",
                    tabindex="0",
                    hook="Follow",
                    options={"sent": self.sent},
                )[
                    h.div(class_="talk")[
                        self.is_all and h.p(class_="hint beginning")["This is where it begins."],
                        not self.is_all
                        and h.div(class_="beginning", key=self.oldest, on_visible=self.earlier)[
                            h.button(class_="quiet", on_click=self.earlier)[
                                self.earlier.pending.then("Loading…", "Earlier messages")
                            ]
                        ],
                        h.ol[self.messages],
                    ]
                ],
                h.button(class_="to-end", type="button", aria_label="To the end")["↓"],
            ],
            Typing(room=self.room, me=self.me),
            h.form(class_="inline", action=[self.send, effects.focus("#message")])[
                Composer(room=self.room, me=self.me),
                h.button(class_="primary")["Send"],
            ],
            self.send.error("message"),
        ]


class Composer(Component):
    """The field; whoever types in it is seen to be typing, until they stop, or go."""

    room: str
    me: Person
    typed: float = state(0.0)

    @action(order="drop")
    async def typing(self, value: str) -> None:
        self.typed = time.time() if value else 0.0

    @action
    async def rest(self) -> None:
        if time.time() - self.typed > TYPING_SECONDS - 0.5:
            self.typed = 0.0

    @subscribe(lambda self: said_in(self.room) if self.typed else None)
    def said(self, message: Message) -> None:
        if message.author.id == self.me.id:
            self.typed = 0.0

    async def render(self) -> Child:
        if self.typed:
            await typing_in(self.room).join(self.me)
        return h.input(
            id="message",
            name="message",
            aria_label="Message",
            placeholder="Write a message",
            autocomplete="off",
            maxlength=2000,
            required=True,
            on_input=on(self.typing, throttle=1.5),
            on_interval=on(self.rest, every=TYPING_SECONDS / 2) if self.typed else None,
        )


class Typing(Component):
    """Who else is typing."""

    room: str
    me: Person

    async def render(self) -> Child:
        names = [each.name for each in await typing_in(self.room).here() if each.id != self.me.id]
        verb = "is" if len(names) == 1 else "are"
        return h.p(class_="typing hint", aria_live="polite")[
            bool(names)
            and [h.span(class_="dots", aria_hidden="true")[h.i, h.i, h.i], f"{listed(names)} {verb} typing"]
        ]


class People(Component):
    """Who is in the room: whoever has this open."""

    room: str
    me: Person

    async def render(self) -> Child:
        there = await present_in(self.room).join(self.me)
        others = [each for each in there if each.id != self.me.id]
        names = [self.me.name, *(each.name for each in others)]
        return h.div(class_="people-here")[
            h.span(class_="avatars", aria_hidden="true")[(avatar(each) for each in (self.me, *others)[:5])],
            h.p(role="status")[f"{listed(names)} {'is' if len(names) == 1 else 'are'} here"],
        ]


class Rooms(Component):
    """The rooms, and how much was said in them since one was there."""

    room: str
    me: Person
    unread: dict[str, int] = state({})

    async def mount(self, session: Session) -> None:
        await rooms.note_read(session, self.me.id, self.room)
        self.unread = await rooms.unread(session, self.me.id)

    @subscribe(lambda self: [said_in(room) for room in ROOMS])
    async def arrived(self, message: Message, session: Session) -> None:
        if message.room == self.room:
            await rooms.note_read(session, self.me.id, self.room)
        else:
            self.unread = {**self.unread, message.room: self.unread.get(message.room, 0) + 1}

    def render(self) -> Child:
        return h.nav(class_="rooms", aria_label="Rooms")[
            (
                h.a(href=f"/chat/{room}", aria_current="page" if room == self.room else None, key=room)[
                    h.span[room.capitalize()], self.mark(room)
                ]
                for room in ROOMS
            )
        ]

    def mark(self, room: str) -> Child:
        count = self.unread.get(room, 0)
        return (
            bool(count)
            and h.span(class_="unread", aria_label=f"{count} unread")[str(count) if count < 100 else "99+"]
        )


class Myself(Component):
    """Who one is, and a form to be somebody else."""

    @action
    async def rename(self, name: Name) -> None:
        cookies().set(NAME_COOKIE, name, max_age=A_YEAR)
        effects.run(effects.close("#who"))

    def render(self, me: Me) -> Child:
        return h.details(class_="who", id="who")[
            h.summary[avatar(me), h.span["You are ", h.strong[me.name]]],
            h.form(class_="inline", action=self.rename)[
                h.input(
                    self.rename.field("name"),
                    aria_label="Name",
                    value=me.name,
                    maxlength=40,
                    required=True,
                    autocomplete="off",
                ),
                h.button["Save"],
            ],
            self.rename.error("name"),
        ]


class Chat(Component):
    room: str

    def render(self, me: Me) -> Child:
        return h.section(class_="panel conversation chat")[
            h.aside[Rooms(room=self.room, me=me), Myself()],
            h.div(class_="room")[
                h.header[
                    h.div[h.h2[self.room.capitalize()], h.p(class_="hint")[ROOMS[self.room]]],
                    People(room=self.room, me=me),
                    h.p(class_="line hint")[
                        h.span(class_="dot", aria_hidden="true"), connection.then("Live", "Not connected")
                    ],
                ],
                Talk(key=self.room, room=self.room, me=me),
                h.p(class_="hint without-script")[
                    h.a(href=f"/chat/{self.room}")["Look whether there is something new"]
                ],
            ],
        ]


def avatar(person: Person) -> h.Element:
    initials = "".join(word[0] for word in person.name.split()[:2]).upper()
    return h.span(class_=["avatar", f"tint-{rooms.tint(person.id)}"], aria_hidden="true")[initials]


def listed(names: list[str]) -> str:
    """Names in a sentence.

    >>> listed(["Ada", "Bob", "Eve"])
    'Ada, Bob and Eve'
    """
    if len(names) > 4:
        names = [*names[:3], f"{len(names) - 3} others"]
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])


@ui.page("/chat", title="Chat")
@ui.page("/chat/{room}", title="Chat")
async def chat(room: str = "garden") -> Page:
    if room not in ROOMS:
        raise HTTPException(404, "There is no room of this name.")
    await rooms.furnish(room)
    return Page(
        demo("chat", Chat(room=room), wide=True),
        head=[h.script(type="module", src=assets("follow.js"), nonce=nonce())],
    )
