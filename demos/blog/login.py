"""The page on which one logs in."""

import asyncio
import re

from reactor import Child, Component, Invalid, action, redirect
from reactor import html as h

from ..database import Session
from ..site import ui
from .frame import frame
from .people import PASSWORDS, ROLES, Me, Person, is_password, log_in


class LoginForm(Component):
    to: str

    @action
    async def enter(self, name: str, password: str, session: Session) -> None:
        person = await session.get(Person, name.strip().capitalize())
        is_right = await asyncio.to_thread(is_password, password[:200], person)
        if person is None or not is_right:
            raise Invalid(password="The name or the password is wrong.")
        await log_in(session, person)
        raise redirect(self.to, replace=True)

    def render(self) -> Child:
        return h.form(class_="panel stack", action=self.enter)[
            h.div(class_="field")[
                h.label(for_="name")["Name"],
                h.input(
                    self.enter.field("name"),
                    id="name",
                    required=True,
                    autofocus=True,
                    autocomplete="username",
                ),
            ],
            h.div(class_="field")[
                h.label(for_="password")["Password"],
                h.input(
                    self.enter.field("password"),
                    id="password",
                    type="password",
                    required=True,
                    autocomplete="current-password",
                ),
                self.enter.error("password"),
            ],
            h.div(class_="buttons")[h.button(class_="primary")["Log in"]],
        ]


@ui.page("/blog/login", title="Log in", layout=frame)
async def login(me: Me, next: str = "/blog") -> Child:
    to = next if re.fullmatch(r"/blog(/[\w/-]*)?", next, re.ASCII) else "/blog"  # never to another site
    if me:
        raise redirect(to)
    return [
        h.h1["Log in"],
        h.p(class_="lead")["This is a demo, so here is who you can be:"],
        h.ul(class_="rows people")[
            (
                h.li(key=name)[h.span[h.strong[name], f", {ROLES[name]}"], h.code[password]]
                for name, password in PASSWORDS.items()
            )
        ],
        LoginForm(to=to),
    ]
