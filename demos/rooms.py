"""The rooms of the chat: what was said in them, and what each visitor has read, in the demos' database."""

import asyncio
import hashlib
import time
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel
from sqlalchemy import Index, func, select
from sqlalchemy.dialects.sqlite import insert as insert_or_update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from reactor import cookies

from .database import Table, sessions
from .visitors import Visitor

ROOMS = {
    "garden": "Whoever comes by",
    "kitchen": "What there is to eat",
    "workshop": "Things that are being mended",
    "archive": "A hundred thousand messages",
}
ARCHIVED = 100_000
NAME_COOKIE = "chat_name"
TINTS = 6
_A_BREAK = 300.0
"""Seconds after which the same person begins anew."""

_MANNERS = ("Quiet", "Bright", "Early", "Wandering", "Gentle", "Bold", "Patient", "Merry")
_BIRDS = ("Heron", "Wren", "Swift", "Robin", "Curlew", "Lapwing", "Goldfinch", "Owl", "Nuthatch", "Kite")
_SAYINGS = (
    "Has anybody seen the blue ladder?",
    "It stood behind the shed yesterday.",
    "Good morning, all of you!",
    "The kettle is on.",
    "I shall be there in a quarter of an hour.",
    "Who has the key to the boat?",
    "That is what I thought, too.",
    "It has rained all night, and the stream is high.",
    "Then let us begin without them.",
    "Thank you, that was kind.",
    "No hurry; it can wait until the afternoon.",
)


class Person(BaseModel, frozen=True):
    """Somebody in the chat, as the others see them."""

    id: str
    name: str


class Message(BaseModel):
    """Something that was said.

    Arguments:
        id: nothing as long as the database has not given one.
        room: where.
        author: who has said it.
        text: what.
        at: when, in seconds since 1970.
        follows: the message before it is by the same person, and not long ago.
    """

    id: int | None = None
    room: str
    author: Person
    text: str
    at: float
    follows: bool = False


class Said(Table):
    __tablename__ = "chat_messages"
    __table_args__ = (Index("chat_messages_by_room", "room", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    room: Mapped[str]
    author: Mapped[str]
    name: Mapped[str]
    text: Mapped[str]
    at: Mapped[float]
    follows: Mapped[bool]

    def message(self) -> Message:
        author = Person(id=self.author, name=self.name)
        return Message(
            id=self.id, room=self.room, author=author, text=self.text, at=self.at, follows=self.follows
        )


class Read(Table):
    __tablename__ = "chat_read"

    reader: Mapped[str] = mapped_column(primary_key=True)
    room: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


def _me(visitor: Visitor) -> Person:
    digest = hashlib.sha256(visitor.encode()).digest()
    manner, bird = _MANNERS[digest[0] % len(_MANNERS)], _BIRDS[digest[1] % len(_BIRDS)]
    chosen = cookies().get(NAME_COOKIE, "").strip()[:40]
    return Person(id=digest.hex()[:12], name=chosen or f"{manner} {bird}")


Me = Annotated[Person, Depends(_me)]
"""Who looks, as the others see them: known by a digest, so that nobody learns anybody's cookie."""


def tint(author: str) -> int:
    """The colour of somebody, the same everywhere."""
    return sum(author.encode()) % TINTS


async def before(session: AsyncSession, room: str, id: int | None, count: int) -> list[Message]:
    """The messages before one, or the last ones, in their order."""
    wanted = select(Said).where(Said.room == room).order_by(Said.id.desc()).limit(count)
    found = await session.scalars(wanted if id is None else wanted.where(Said.id < id))
    return [said.message() for said in reversed(found.all())]


async def since(session: AsyncSession, room: str, id: int) -> list[Message]:
    """A message and all that came after it."""
    found = await session.scalars(select(Said).where(Said.room == room, Said.id >= id).order_by(Said.id))
    return [said.message() for said in found]


async def say(session: AsyncSession, room: str, author: Person, text: str) -> Message:
    """Keeps what somebody says."""
    last = await session.scalar(select(Said).where(Said.room == room).order_by(Said.id.desc()).limit(1))
    now = time.time()
    follows = last is not None and last.author == author.id and now - last.at < _A_BREAK
    said = Said(room=room, author=author.id, name=author.name, text=text, at=now, follows=follows)
    session.add(said)
    await session.commit()
    return said.message()


async def note_read(session: AsyncSession, reader: str, room: str) -> None:
    """Somebody has seen all that was said in a room."""
    last = await session.scalar(select(func.max(Said.id)).where(Said.room == room)) or 0
    row = insert_or_update(Read).values(reader=reader, room=room, last=last)
    await session.execute(row.on_conflict_do_update(index_elements=["reader", "room"], set_={"last": last}))
    await session.commit()


async def unread(session: AsyncSession, reader: str) -> dict[str, int]:
    """How much somebody has not seen, by room; of rooms where they have been."""
    counts = (
        select(Said.room, func.count())
        .join(Read, (Read.room == Said.room) & (Read.reader == reader))
        .where(Said.id > Read.last)
        .group_by(Said.room)
    )
    return dict(row.tuple() for row in await session.execute(counts))


_furnished: set[str] = set()
_furnishing = asyncio.Lock()


async def furnish(room: str) -> None:
    """Puts something into a room where there is nothing yet."""
    if room in _furnished:
        return
    async with _furnishing, sessions() as session:
        # Whoever writes first holds the file: another process that starts now finds it done.
        await session.execute(
            insert_or_update(Read).values(reader="", room="", last=0).on_conflict_do_nothing()
        )
        if await session.scalar(select(Said.id).where(Said.room == room).limit(1)) is None:
            said = await asyncio.to_thread(_invented, room, time.time())
            await (await session.connection()).exec_driver_sql(
                "INSERT INTO chat_messages (room, author, name, text, at, follows) VALUES (?, ?, ?, ?, ?, 0)",
                said,
            )
        await session.commit()
        _furnished.add(room)


def _invented(room: str, now: float) -> list[tuple[str, str, str, str, float]]:
    found: list[tuple[str, str, str, str, float]] = []
    length = ARCHIVED if room == "archive" else 6
    for number in range(length):
        who = number // 2 * 7 % 10 if number % 3 else number * 3 % 10
        text = _SAYINGS[(number * 5 + len(room)) % len(_SAYINGS)]
        if room == "archive":
            text += f" (No. {number + 1:,})"
        name = f"{_MANNERS[who % 8]} {_BIRDS[who]}"
        found.append((room, f"bird-{who}", name, text, now - (length - number) * 420))
    return found
