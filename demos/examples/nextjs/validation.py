"""Validation in the browser and on the server, what comes of an action, and where it leads."""

import asyncio
import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel

from reactor import Child, Component, Invalid, action, redirect
from reactor import html as h

from ...site import ui
from .memory import Line
from .section import Section

TAKEN = ("ada@example.org", "grace@example.org")


def address(value: str) -> str:
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,20}", value):
        raise ValueError("This is no e-mail address.")
    return value.lower()


class User(BaseModel):
    email: Annotated[str, AfterValidator(address)]


class CreateUser(Component):
    @action
    async def create(self, user: User) -> str:
        if user.email in TAKEN:
            raise Invalid(email=f"{user.email} has an account already.")
        return f"{user.email} can sign in now."

    def render(self) -> Child:
        return h.form(class_="stack", action=self.create)[
            h.div(class_="field")[
                h.label(for_="user-email")["E-mail"],
                h.input(self.create.field("email"), id="user-email", type="email", required=True),
                self.create.error("email"),
            ],
            h.div(class_="buttons")[h.button(class_="primary")["Create the user"]],
            h.p(class_="outcome", role="status")[self.create.result],
        ]


@action
async def sign_up(name: Line) -> dict[str, str]:
    await asyncio.sleep(0.6)  # as a service elsewhere may take
    if name.lower() == "nobody":
        raise Invalid("The service did not accept this name. Try another one.")
    return {"message": f"Welcome, {name}!"}


class SignUp(Component):
    def render(self) -> Child:
        return h.form(class_="stack", action=sign_up)[
            sign_up.error(),
            h.label(class_="field")["Name", h.input(sign_up.field("name"), placeholder="or nobody")],
            sign_up.error("name"),
            h.div(class_="buttons")[
                h.button(class_="primary")[sign_up.pending.then("Signing up…", "Sign up")]
            ],
            h.p(class_="outcome", role="status")[sign_up.result and sign_up.result["message"]],
        ]


class Join(Component):
    @action
    async def join(self, name: Line) -> None:
        if name.lower() == "nobody":
            raise Invalid(name="Somebody has to join.")
        raise redirect("/examples/nextjs/dashboard")

    def render(self) -> Child:
        return h.form(class_="inline", action=self.join)[
            h.input(self.join.field("name"), aria_label="Who joins", placeholder="Name", autocomplete="off"),
            h.button["Join"],
            self.join.error("name"),
        ]


@ui.page("/examples/nextjs/dashboard", title="Dashboard")
async def dashboard() -> Child:
    return h.article(class_="demo")[
        h.h1["Dashboard"],
        h.p(class_="lead")["You have joined. ", h.a(href="/examples/nextjs#A-redirect-on-success")["Back"]],
    ]


def sections() -> list[Section]:
    return [
        Section(
            "Validation on both sides",
            "The browser checks what it knows; the annotation checks again on the server; "
            "the action checks what only it can know. Try ada@example.org.",
            CreateUser(),
            (User, address),
        ),
        Section(
            "Errors and results",
            "What it returned, why it refused, whether it is under way: the action itself can be asked.",
            SignUp(),
            (sign_up,),
        ),
        Section(
            "A redirect on success",
            "The new page comes with the answer.",
            Join(),
            (dashboard,),
        ),
    ]
