"""Who may do what, what travels sealed, what must not travel at all, and the settings that belong to it."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic import BaseModel

from reactor import (
    Child,
    Component,
    ErrorBoundary,
    Failure,
    Invalid,
    Reactor,
    action,
    cookies,
    forbidden,
    state,
    tainted,
    unauthorized,
)
from reactor import html as h

from .memory import Kept, Line
from .section import Section

PEOPLE = ("Ada", "Grace")

Things = Annotated[dict[str, str], Depends(Kept(lambda: {"Compass": "Ada", "Lamp": "Grace"}))]


def user() -> str:
    name = cookies().sealed.get("nextjs_user", str, "")
    if name not in PEOPLE:
        raise unauthorized("Sign in first.")
    return name


User = Annotated[str, Depends(user)]


@action
async def sign_in(name: str) -> None:
    if name in PEOPLE:
        cookies().sealed.set("nextjs_user", name)


@action
async def sign_out() -> None:
    cookies().delete("nextjs_user")


class Shelf(Component):
    @action
    async def add(self, thing: Line, user: User, things: Things) -> None:
        if thing in things or len(things) >= 5:
            raise Invalid(thing="There is one already, or no room.")
        things[thing] = user

    @action
    async def take(self, thing: str, user: User, things: Things) -> None:
        if things.get(thing) != user:
            raise forbidden("This belongs to somebody else.")
        del things[thing]

    def render(self, things: Things) -> Child:
        return h.div(class_="stack")[
            h.div(class_="buttons")[
                (h.button(key=name, on_click=sign_in.bind(name))[f"I am {name}"] for name in PEOPLE),
                h.button(on_click=sign_out)["Sign out"],
            ],
            h.output[cookies().sealed.get("nextjs_user", str, "Nobody"), " is signed in."],
            h.ul(class_="rows")[
                (
                    h.li(key=thing)[
                        f"{thing}, of {owner}",
                        h.button(on_click=self.take.bind(thing), aria_label=f"Take {thing}")["Take"],
                    ]
                    for thing, owner in things.items()
                )
            ],
            h.form(class_="inline", action=self.add)[
                h.input(self.add.field("thing"), aria_label="Thing", placeholder="Thing", autocomplete="off"),
                h.button["Put"],
                self.add.error("thing"),
            ],
        ]


@dataclass
class Document:
    version: int = 1
    published: list[str] = field(default_factory=list)


Mine = Annotated[Document, Depends(Kept(Document))]


class Publishing(Component):
    def render(self, document: Mine) -> Child:
        version = document.version

        @action
        async def publish(document: Mine) -> None:
            if version != document.version:
                raise Invalid("The version has changed since you pressed publish.")
            document.published = [f"version {version}"]

        return h.div(class_="stack")[
            h.p[f"You see version {version}. Published: ", h.output[document.published or "nothing"]],
            h.form(class_="buttons")[
                h.button(class_="primary", form_action=publish)["Publish"],
                h.button(form_action=edit_elsewhere)["Edit elsewhere"],
            ],
            publish.error(),
        ]


@action
async def edit_elsewhere(document: Mine) -> None:
    document.version += 1


class Account(BaseModel):
    name: str
    password: Annotated[str, tainted("the hash of a password")]


def load_account() -> Account:
    return Account(name="Ada", password="$argon2id$v=19$m=65536")


class Profile(Component):
    careless: bool = state(False)

    @action
    async def show_all(self) -> None:
        self.careless = True

    def render(self) -> Child:
        account = load_account()
        return h.div(class_="stack")[
            h.p["Signed in as ", account.name],
            self.careless and h.p["Password: ", account.password],
            h.div(class_="buttons")[h.button(on_click=self.show_all)["Show everything"]],
        ]


def refused(failure: Failure) -> Child:
    return h.p(role="alert")["This was not shown. Reference: ", failure.reference]


class Guarded(Component):
    def render(self) -> Child:
        return ErrorBoundary(fallback=refused)[Profile()]


def with_secrets(app: FastAPI, newest: str, before: str) -> Reactor:
    # The first one seals, each of them opens: so pages from before the change go on.
    return Reactor(app, secret=[newest, before])


def behind_proxies(app: FastAPI) -> Reactor:
    return Reactor(
        app,
        allowed_origins=["https://shop.example", "*.shop.example"],
        trusted_proxies=["10.0.0.0/8"],
    )


def sections() -> list[Section]:
    return [
        Section(
            "Who may do what",
            "A dependency says who is there; the action checks whose the thing is. "
            "Take something as nobody, as its owner, as the other one.",
            Shelf(),
            (user, sign_in, sign_out),
        ),
        Section(
            "Closures",
            "The action knows which version you saw. The number travels sealed, also across a restart.",
            Publishing(),
            (edit_elsewhere,),
        ),
        Section(
            "Taint",
            "A value that is marked cannot become a part of a page, whoever forgets to leave it out.",
            Guarded(),
            (Account, Profile, refused),
        ),
        Section(
            "Keys",
            "A setting: the environment's REACTOR_SECRET, or a list while one takes the place of another.",
            h.p(class_="code")["python -m reactor.secret"],
            (with_secrets,),
        ),
        Section(
            "Allowed origins",
            "A setting too. Calls come from pages of the same origin, unless others are named.",
            h.p["By default: none."],
            (behind_proxies,),
        ),
    ]
