"""Sign up: one pydantic model validates on the server; what is wrong is told next to its field."""

import asyncio
import hashlib
import secrets
from typing import Annotated, Any, LiteralString

from pydantic import BaseModel, Field, StringConstraints, ValidationError, WrapValidator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidatorFunctionWrapHandler
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from reactor import Child, Component, Invalid, action
from reactor import html as h

from .database import Session, Table
from .layout import demo
from .site import ui


class Member(Table):
    __tablename__ = "members"

    email: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    age: Mapped[int]
    password: Mapped[bytes]


def or_say(sentence: LiteralString) -> WrapValidator:
    """Say this instead of what pydantic says, which is meant for programmers."""

    def check(value: object, validate: ValidatorFunctionWrapHandler) -> object:
        try:
            return validate(value)
        except ValidationError:
            raise PydanticCustomError("sign_up", sentence) from None

    return WrapValidator(check)


Address = StringConstraints(
    strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.\w+$"
)
Called = StringConstraints(strip_whitespace=True, min_length=1, max_length=80)


class SignUp(BaseModel):
    email: Annotated[str, Address, or_say("Write an address such as ada@example.org.")]
    name: Annotated[str, Called, or_say("Tell us what to call you.")]
    age: Annotated[int, Field(ge=18, le=130), or_say("Write your age as a number; members are 18 or older.")]
    password: Annotated[str, Field(min_length=8, max_length=200), or_say("Take at least 8 characters.")]


LABELS = {"email": "Email", "name": "Name", "age": "Age", "password": "Password"}


class SignUpForm(Component):
    @action
    async def sign_up(self, data: SignUp, session: Session) -> str:
        password = await asyncio.to_thread(hashed, data.password)
        session.add(Member(email=data.email, name=data.name, age=data.age, password=password))
        try:
            await session.commit()
        except IntegrityError:  # the database decides; to look first would leave a gap for somebody else
            await session.rollback()
            raise Invalid(email="This address has an account already.") from None
        return data.name

    def render(self) -> Child:
        return h.section(class_="panel")[
            h.p(class_="outcome", role="status")[
                self.sign_up.result and f"Welcome, {self.sign_up.result}! Your account is ready.",
            ],
            # The server tells what is wrong, in our words: the browser's own bubbles stay away.
            h.form(class_="stack", action=self.sign_up, novalidate=True)[
                self.summary(),
                self.field("email", type="email", autocomplete="email"),
                self.field("name", autocomplete="name"),
                self.field("age", inputmode="numeric", autocomplete="off"),
                self.field("password", type="password", autocomplete="new-password"),
                h.div(class_="buttons")[
                    h.button(class_="primary")[self.sign_up.pending.then("Signing up…", "Sign up")],
                ],
            ],
        ]

    def field(self, name: str, **attributes: Any) -> Child:
        return h.div(class_="field")[
            h.label(for_=name)[LABELS[name]],
            h.input(self.sign_up.field(name), id=name, **attributes),
            self.sign_up.error(name),
        ]

    def summary(self) -> Child:
        errors = self.sign_up.errors
        return (
            bool(errors)
            and h.div(class_="summary", role="alert")[
                h.p[
                    "One thing needs another look:"
                    if len(errors) == 1
                    else f"{len(errors)} things need another look:"
                ],
                h.ul[
                    (
                        h.li(key=name)[h.a(href=f"#{name}")[label]]
                        for name, label in LABELS.items()
                        if name in errors
                    )
                ],
            ]
        )


def hashed(password: str) -> bytes:
    """The password in a form that can be checked, not read; slow on purpose."""
    salt = secrets.token_bytes(16)
    return salt + hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


@ui.page("/signup", title="Sign up")
async def signup() -> Child:
    return demo("signup", SignUpForm())
