"""An example of guards: who may see a page, who may call its actions, and whose row it is.

Users and notes are in memory, so everybody who logs in as Ada sees the same notes.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Cookie, Depends, HTTPException, Request, Response

from reactor import Child, Component, Invalid, action, redirect, reveal, taint
from reactor import html as h

from ..layout import demo
from ..site import ui

HERE = "/examples/guards"
COOKIE = "demos_session"


@dataclass(frozen=True)
class User:
    name: str
    role: str
    salt: bytes
    password: str = field(repr=False)


@dataclass(frozen=True)
class Note:
    number: int
    owner: str
    text: str


def hashed(password: str, salt: bytes) -> str:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex()


def registered(name: str, role: str, password: str) -> User:
    salt = secrets.token_bytes(16)
    return User(name, role, salt, taint(hashed(password, salt), "the hash of a password"))


USERS = {
    "ada": registered("Ada", "editor", "lovelace"),
    "bob": registered("Bob", "reader", "bobs-secret"),
}
NOTES = {
    number: Note(number, owner, text)
    for number, (owner, text) in enumerate(
        [("Ada", "Poetical science"), ("Bob", "Buy flour"), ("Ada", "A note on Bernoulli's numbers")]
    )
}
SESSIONS: dict[str, User] = {}
"""Who is logged in, by what their cookie holds."""


def logged_in(session: Annotated[str, Cookie(alias=COOKIE)] = "") -> User:
    """A guard: for the page, and anew for each call on it."""
    user = SESSIONS.get(session)
    if user is None:
        raise HTTPException(303, headers={"location": HERE})
    return user


Member = Annotated[User, Depends(logged_in)]


class Login(Component):
    @action(rate=(20, 60))
    def log_in(self, name: str, password: str, request: Request, response: Response) -> Response:
        user = USERS.get(name.strip().lower())
        # It takes as long for a name that nobody has.
        given = hashed(password[:200], user.salt if user else b"nobody")
        if user is None or not hmac.compare_digest(given, reveal(user.password)):
            raise Invalid(password="The name or the password is wrong.")
        while len(SESSIONS) >= 1_000:
            del SESSIONS[next(iter(SESSIONS))]
        session = secrets.token_urlsafe(32)  # a new one for each login
        SESSIONS[session] = user
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, session, httponly=True, samesite="lax", secure=secure)
        return redirect(f"{HERE}/notes")

    def render(self) -> Child:
        return h.form(class_="stack", action=self.log_in)[
            h.p(class_="hint")["Ada, an editor, has the password “lovelace”; Bob, a reader, “bobs-secret”."],
            h.div(class_="field")[
                h.label(for_="name")["Name"],
                h.input(self.log_in.field("name"), id="name", required=True, autocomplete="username"),
            ],
            h.div(class_="field")[
                h.label(for_="password")["Password"],
                h.input(
                    self.log_in.field("password"),
                    id="password",
                    type="password",
                    required=True,
                    autocomplete="current-password",
                ),
                self.log_in.error("password"),
            ],
            h.div(class_="buttons")[h.button(class_="primary")["Log in"]],
        ]


class Notes(Component):
    user: User

    @action
    async def remove(self, number: int, user: Member) -> None:
        note = NOTES.get(number)
        # What was rendered an hour ago is no permission now: whose note is it, and who is asking?
        if note is not None and note.owner != user.name and user.role != "editor":
            raise HTTPException(403, "This note is not yours.")
        NOTES.pop(number, None)

    @action
    async def log_out(self, session: Annotated[str, Cookie(alias=COOKIE)] = "") -> Response:
        SESSIONS.pop(session, None)
        return redirect(HERE)

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.p["You are ", h.strong[self.user.name], f", and may {self.may()}."],
            h.ul(class_="rows")[
                (
                    h.li(key=note.number)[
                        f"{note.text} ({note.owner}) ",
                        h.button(on_click=self.remove.bind(note.number))[f"Remove “{note.text}”"],
                    ]
                    for note in NOTES.values()
                )
            ],
            h.div(class_="buttons")[h.button(on_click=self.log_out)["Log out"]],
        ]

    def may(self) -> str:
        return "remove every note" if self.user.role == "editor" else "remove your own notes"


@ui.page(HERE, title="Guards")
async def page() -> Child:
    return demo("examples-guards", Login())


@ui.page(f"{HERE}/notes", title="Notes", dependencies=[Depends(logged_in)])
async def notes(user: Member) -> Child:
    return demo("examples-guards", Notes(user=user))
