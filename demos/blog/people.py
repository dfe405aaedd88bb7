"""Who writes and reads: people with roles, their logins, and the guards of pages and actions."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from sqlalchemy import Connection, delete, event, insert
from sqlalchemy.orm import Mapped, mapped_column

from reactor import cookies, forbidden, redirect, unauthorized

from ..database import Session, Table

COOKIE = "blog_login"
DAYS = timedelta(days=14)

PASSWORDS = {"Ada": "lovelace", "Grace": "hopper", "Kay": "mcnulty"}
ROLES = {"Ada": "author", "Grace": "editor", "Kay": "reader"}
"""Everybody may look, readers comment, authors write and edit their own posts, editors edit all posts."""


class Person(Table):
    __tablename__ = "blog_people"

    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    salt: Mapped[bytes]
    password: Mapped[bytes]

    def may_write(self) -> bool:
        return self.role in ("author", "editor")

    def may_edit(self, author: str) -> bool:
        return self.role == "editor" or (self.role == "author" and self.name == author)


class Login(Table):
    """The browser keeps the id, sealed. Who is logged in stands here, and can be ended here."""

    __tablename__ = "blog_logins"

    id: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str]
    until: Mapped[datetime]


def hashed(password: str, salt: bytes) -> bytes:
    """The password in a form that can be checked, not read; slow on purpose."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


@event.listens_for(Person.__table__, "after_create")
def first_people(table: Any, connection: Connection, **_: Any) -> None:
    for name, password in PASSWORDS.items():
        salt = secrets.token_bytes(16)
        connection.execute(
            insert(table).values(name=name, role=ROLES[name], salt=salt, password=hashed(password, salt))
        )


def is_password(password: str, person: Person | None) -> bool:
    """Whether this is the person's password; it takes as long for a name that nobody has."""
    given = hashed(password, person.salt if person else b"nobody")
    return person is not None and hmac.compare_digest(given, person.password)


async def log_in(session: Session, person: Person) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    await session.execute(delete(Login).where(Login.until < now))
    login = Login(id=secrets.token_urlsafe(32), person=person.name, until=now + DAYS)  # new for each login
    session.add(login)
    await session.commit()
    cookies().sealed.set(COOKIE, login.id, max_age=DAYS, path="/blog")


async def log_out(session: Session) -> None:
    await session.execute(delete(Login).where(Login.id == cookies().sealed.get(COOKIE, str, "")))
    await session.commit()
    cookies().delete(COOKIE, path="/blog")


async def _logged_in(session: Session) -> Person | None:
    login = await session.get(Login, cookies().sealed.get(COOKIE, str, ""))
    if login is None or login.until < datetime.now(UTC).replace(tzinfo=None):
        return None
    return await session.get(Person, login.person)


Me = Annotated[Person | None, Depends(_logged_in)]
"""Who is looking, for the arguments of pages, actions and `render`."""


def member(me: Me, request: Request) -> Person:
    """A guard: somebody who is logged in. It is asked for the page, and anew for each call on it."""
    if me is None and request.method == "GET":
        raise redirect(f"/blog/login?next={quote(request.url.path)}")
    if me is None:
        # A page that is open has what was written on it, so nobody is led away from it.
        raise unauthorized("You are logged out. Log in again in another tab; what you wrote is still here.")
    return me


Member = Annotated[Person, Depends(member)]


def author(me: Member) -> Person:
    """A guard: somebody who may write posts. Whose post it is has to be asked besides."""
    if not me.may_write():
        raise forbidden(f"{me.name} is a reader here. Log in as an author or editor to write.")
    return me


Author = Annotated[Person, Depends(author)]
