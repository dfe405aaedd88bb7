"""What it costs to tell ahead what optimistic actions will do."""

from __future__ import annotations

import asyncio

from fastapi import BackgroundTasks, Request, Response
from pydantic import BaseModel

from reactor import Child, Component, action, state
from reactor import html as h
from reactor.blocks import child_of
from reactor.codec import pack
from reactor.dependencies import Resolver
from reactor.site import Limits
from reactor.views import View
from reactor.wire import Encoder, Numbering

from .rendering import digest
from .report import Section, milliseconds, whole
from .timing import in_turns


class Entry(BaseModel):
    id: int
    text: str
    done: bool = False


class Entries(Component):
    """Rows with a button each, and a form."""

    count: int
    entries: list[Entry] = state([])

    def mount(self) -> None:
        self.entries = [Entry(id=number, text=f"entry {number}") for number in range(self.count)]

    @action
    async def toggle(self, id: int) -> None:
        """Does what its reducer says."""

    @action
    async def add(self, text: str) -> None:
        """Does what its reducer says."""

    def render(self) -> Child:
        return h.section[
            h.ul[
                (
                    h.li(key=entry.id, class_={"done": entry.done})[
                        entry.text, h.button(on_click=self.toggle.bind(entry.id))["Done"]
                    ]
                    for entry in self.entries
                )
            ],
            h.form(action=self.add)[h.input(name="text"), h.button["Add"]],
        ]


class Optimistic(Entries):
    """The same, told ahead."""

    @action
    async def toggle(self, id: int) -> None:
        """Does what its reducer says."""

    @toggle.optimistic
    def _(self, id: int) -> None:
        for entry in self.entries:
            if entry.id == id:
                entry.done = not entry.done

    @action
    async def add(self, text: str) -> None:
        """Does what its reducer says."""

    @add.optimistic
    def _(self, text: str) -> None:
        self.entries.append(Entry(id=-1, text=text))


class _Page:
    """A page that is open, and what is done on it."""

    def __init__(self, component: Component) -> None:
        self.view = View("page", "visitor")
        # Nothing of what is measured has dependencies, so an empty request will do.
        self.resolver = Resolver(Request({"type": "http", "headers": []}), Response(), BackgroundTasks())
        asyncio.run(self.view.open(child_of(h.body[component], "body"), self.resolver))
        self.digest = digest()
        self.numbering = Numbering()
        self.tree = pack(Encoder(self.numbering, self.digest).child(self.view.root.content))

    def tell(self, budget: int = Limits().ahead) -> int:
        """Looks ahead from all that was rendered; gives the bytes that tell it."""
        predictions, mounts = self.view.predictions, list(self.view.root.walk())
        asyncio.run(predictions.look(mounts, self.resolver, budget, debug=True))
        return len(pack(predictions.tell(self.numbering, self.digest, anew=True)))

    def ask(self, row: int) -> int:
        """Looks ahead for one row's button; gives the bytes that tell it."""
        [entries] = [
            mount.component for mount in self.view.root.walk() if isinstance(mount.component, Optimistic)
        ]
        told = self.view.predictions.ask(
            entries.toggle.bind(row),
            "click",
            self.resolver,
            20 * Limits().ahead,
            self.numbering,
            self.digest,
            debug=True,
        )
        return len(pack(asyncio.run(told)))

    def render(self) -> int:
        """Opens the page again."""
        asyncio.run(View("page", "visitor").open(child_of(h.body[self._again()], "body"), self.resolver))
        return 0

    def _again(self) -> Component:
        [component] = [each.component for each in self.view.root.walk() if each.component is not None]
        return type(component)(count=component.props["count"])


def measure(rows: int, rounds: int) -> Section:
    small, large = _Page(Optimistic(count=20)), _Page(Optimistic(count=rows))
    plain = {20: _Page(Entries(count=20)), rows: _Page(Entries(count=rows))}
    timings = in_turns(
        {
            "small": small.render,
            "small ahead": small.tell,
            "large": large.render,
            "large ahead": large.tell,
            "asked": lambda: large.ask(rows // 2),
        },
        rounds,
    )
    marks = {
        20: len(small.tree) - len(plain[20].tree),
        rows: len(large.tree) - len(plain[rows].tree),
    }
    one = timings["asked"].median
    body = [
        ["20 rows: render the page", milliseconds(timings["small"].median), ""],
        [
            "… tell ahead what buttons do, as much as that may cost",
            milliseconds(timings["small ahead"].median),
            whole(small.tell() + marks[20]),
        ],
        [f"{rows:,} rows: render the page", milliseconds(timings["large"].median), ""],
        [
            "… tell ahead: nothing, since it would be too much",
            milliseconds(timings["large ahead"].median),
            whole(large.tell() + marks[rows]),
        ],
        [
            "… tell ahead what one button does, when it is asked for",
            milliseconds(one),
            whole(large.ask(rows // 2)),
        ],
        [f"… what it would take to tell it of all {rows:,} buttons (reckoned)", milliseconds(one * rows), ""],
    ]
    return Section(
        "Predictions",
        "What optimistic actions cost the server ([Optimistic updates](optimistic.md#what-it-costs)): a list "
        f"with a button in each row, and a form. At most {Limits().ahead:,} elements are made ahead for "
        "one answer (`Limits.ahead`). Bytes are those that come on top of the same page without reducers. "
        f"{rounds} rounds.",
        [["", "median, ms", "bytes"], *body],
    )
