"""Forms: their entries, models, arguments that are bound, several actions, and shortcuts that send."""

from collections import deque
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import Depends
from pydantic import BaseModel, Field

from reactor import Child, Component, action, effects, on, state
from reactor import html as h

from .memory import Kept, Line
from .section import Section

Amount = Annotated[Decimal, Field(gt=0, lt=1_000_000, decimal_places=2)]
Names = Annotated[dict[int, str], Depends(Kept(lambda: {7: "Ada", 8: "Grace"}))]
Posts = Annotated[deque[str], Depends(Kept(lambda: deque[str](maxlen=4)))]


class Invoices(Component):
    said: str = state("")

    @action
    async def create(self, customer: Line, amount: Amount, status: Literal["open", "paid"]) -> None:
        self.said = f"{customer} owes {amount}." if status == "open" else f"{customer} has paid {amount}."

    def render(self) -> Child:
        return h.form(class_="stack", action=self.create)[
            h.label(class_="field")["Customer", h.input(self.create.field("customer"), autocomplete="off")],
            self.create.error("customer"),
            h.label(class_="field")["Amount", h.input(self.create.field("amount"), inputmode="decimal")],
            self.create.error("amount"),
            h.label(class_="field")["Status", h.select(name="status")[h.option["open"], h.option["paid"]]],
            h.div(class_="buttons")[h.button(class_="primary")["Create the invoice"]],
            h.p(class_="outcome", role="status")[self.said],
        ]


class Trip(BaseModel):
    name: Line
    leaving: date
    nights: Annotated[int, Field(ge=1, le=30)] = 1
    breakfast: bool
    extras: list[Literal["bicycle", "guide", "boat"]]


class Booking(Component):
    @action
    async def book(self, trip: Trip) -> str:
        return repr(trip)

    def render(self) -> Child:
        field = self.book.field
        return h.form(class_="stack", action=self.book)[
            h.label(class_="field")["Name", h.input(field("name"), autocomplete="off")],
            self.book.error("name"),
            h.label(class_="field")["Leaving", h.input(field("leaving"), type="date", value="2027-05-01")],
            h.label(class_="field")["Nights", h.input(field("nights"), type="number", value=2)],
            self.book.error("nights"),
            h.div(class_="choices")[
                h.label[h.input(type="checkbox", name="breakfast"), "Breakfast"],
                h.label[h.input(type="checkbox", name="extras", value="bicycle"), "Bicycle"],
                h.label[h.input(type="checkbox", name="extras", value="boat"), "Boat"],
            ],
            h.div(class_="buttons")[h.button(class_="primary")["Book"]],
            h.output(class_="code")[self.book.result],
        ]


@action
async def update_user(user_id: int, name: Line, names: Names) -> str:
    if user_id in names:
        names[user_id] = name
    return f"User {user_id} is {name} now."


class UserProfile(Component):
    user_id: int

    def render(self, names: Names) -> Child:
        update = update_user.bind(self.user_id)
        return h.form(class_="inline", action=update)[
            h.input(update.field("name"), value=names[self.user_id], aria_label=f"User {self.user_id}"),
            h.button["Update"],
            update.error("name"),
        ]


class Users(Component):
    def render(self) -> Child:
        return h.div(class_="stack")[
            UserProfile(user_id=7),
            UserProfile(user_id=8),
            h.p(class_="outcome", role="status")[update_user.result],
        ]


class PostForm(Component):
    @action
    async def publish(self, text: Line, posts: Posts) -> None:
        posts.append(f"{text} (published)")

    @action
    async def save_draft(self, text: Line, posts: Posts) -> None:
        posts.append(f"{text} (draft)")

    def render(self, posts: Posts) -> Child:
        return h.div(class_="stack")[
            h.form(class_="stack", action=self.publish)[
                h.input(
                    name="text",
                    aria_label="Post",
                    placeholder="Post",
                    required=True,
                    maxlength=80,
                    autocomplete="off",
                ),
                h.div(class_="buttons")[
                    h.button(class_="primary")["Publish"],
                    h.button(form_action=self.save_draft)["Save as a draft"],
                ],
            ],
            h.ul(class_="rows")[(h.li[post] for post in posts)],
        ]


class Entry(Component):
    entries: list[str] = state([])

    @action
    async def add(self, entry: Annotated[str, Field(min_length=1, max_length=200)]) -> None:
        self.entries = [*self.entries, entry][-3:]

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.form(class_="stack", action=self.add)[
                # Ctrl+Enter and ⌘+Enter send the form of a text area by themselves; other keys are said.
                h.textarea(
                    name="entry",
                    aria_label="Entry",
                    rows=3,
                    required=True,
                    on_keydown={"Ctrl+s": on(effects.submit(), prevent=True)},
                ),
                h.div(class_="buttons")[h.button(class_="primary")["Add"]],
            ],
            h.ul(class_="rows")[(h.li[entry] for entry in self.entries)],
        ]


def sections() -> list[Section]:
    return [
        Section(
            "The entries of a form",
            "What the parameters are called is what the fields are called. "
            "Each arrives as its annotation says, or not at all.",
            Invoices(),
        ),
        Section(
            "Many fields, one model",
            "One parameter that is a pydantic model takes the whole form: dates, numbers, lists.",
            Booking(),
            (Trip,),
        ),
        Section(
            "Additional arguments",
            "The number is bound when the form is rendered. It is sealed: nobody can read or change it.",
            Users(),
            (UserProfile, update_user),
        ),
        Section(
            "Two actions in one form",
            "A button may have an action of its own. Enter presses the first one.",
            PostForm(),
        ),
        Section(
            "Sent by a shortcut",
            "Press Ctrl and Enter, ⌘ and Enter, or Ctrl and S while you write.",
            Entry(),
        ),
    ]
