"""Examples of what is told unasked. Open the page in a second window, and look at both."""

from reactor import (
    Child,
    Component,
    Presence,
    Topic,
    action,
    cached,
    connection,
    revalidate_tag,
    state,
    subscribe,
)
from reactor import html as h

from ..layout import demo
from ..rooms import Me
from ..site import ui
from .frame import example

notes = Topic("examples:notes", str)
readers = Presence("examples:live", str)
stock = {"apples": 12}


class Board(Component):
    """What is published is heard by all who listen."""

    heard: list[str] = state([])

    @subscribe(notes)
    def noted(self, note: str) -> None:
        self.heard = [*self.heard, note][-5:]

    @action
    async def say(self, note: str) -> None:
        notes.publish(note[:100])

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.form(class_="inline", action=self.say)[
                h.input(name="note", aria_label="Note", required=True, maxlength=100, autocomplete="off"),
                h.button["Publish"],
            ],
            h.ul(class_="rows", aria_label="Notes")[(h.li[note] for note in self.heard)],
        ]


class Readers(Component):
    """Who has this page open; two windows of the same browser count once."""

    async def render(self, me: Me) -> Child:
        there = await readers.join(me.name)
        return h.p(role="status")[", ".join(there), " " + ("are" if there[1:] else "is"), " here."]


@cached(tags=["examples:stock"])
async def apples() -> int:
    return stock["apples"]


class Stock(Component):
    """It listens to nothing: it has read what was revalidated."""

    @action
    async def take(self) -> None:
        stock["apples"] = (stock["apples"] - 1) % 13
        revalidate_tag("examples:stock")

    async def render(self) -> Child:
        return h.div(class_="buttons")[
            h.p["Apples: ", h.output[await apples()]], h.button(on_click=self.take)["Take one"]
        ]


class Connection(Component):
    """Stop the server, and start it again."""

    def render(self) -> Child:
        return h.p(class_="line")[
            h.span(class_="dot", aria_hidden="true"), connection.then("The line is up", "The line is down")
        ]


@ui.page("/examples/live", title="Examples: live")
async def live() -> Child:
    return demo(
        "examples-live",
        [
            example("Topics", "Publish something: it is there in all windows.", Board()),
            example("Who is here", "Open a private window, and close it.", Readers()),
            example(
                "Data of others", "Take an apple in one window, and see it in the other.", Stock(), apples
            ),
            example("The connection", "Python and CSS know whether it is up.", Connection()),
        ],
        wide=True,
    )
