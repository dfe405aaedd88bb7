"""The applications that are measured over HTTP."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace

from fastapi import FastAPI
from pydantic import BaseModel

from demos.layout import demo, shell
from reactor import Child, Component, Element, Limits, Reactor, Topic, action, feed, state, subscribe
from reactor import html as h
from reactor.blocks import Listener
from reactor.secret import fresh

from .peers.pages.rows import Row
from .rows import Table, make_rows, table_row, with_every_tenth_changed

store: list[Row] = []
"""Stands for a database."""


BUTTONS = ("Prepend", "Swap", "Update")


def _buttons(prepend: Listener, swap: Listener, update: Listener) -> Child:
    listeners = (prepend, swap, update)
    return h.p[(h.button(key=text, on_click=run)[text] for text, run in zip(BUTTONS, listeners, strict=True))]


class Counter(Component):
    count: int = state(0)

    @action
    async def increment(self) -> None:
        self.count += 1

    def render(self) -> Child:
        return h.section(class_="panel tally")[
            h.output(class_="figure")[self.count],
            h.button(class_="primary", on_click=self.increment)["Count"],
        ]


class Rows(Table):
    """The table and its buttons; the rows are state."""

    count: int

    async def mount(self) -> None:
        self.rows = make_rows(self.count)

    @action
    async def prepend(self) -> None:
        self.rows = [Row(len(self.rows) + 1, "another handsome orange pony"), *self.rows]

    @action
    async def swap(self) -> None:
        rows = list(self.rows)
        rows[1], rows[-2] = rows[-2], rows[1]
        self.rows = rows

    @action
    async def update(self) -> None:
        self.rows = with_every_tenth_changed(self.rows)

    def render(self) -> Element:
        return h.div[_buttons(self.prepend, self.swap, self.update), super().render()]


class StoredRows(Component):
    """The same; the rows are the application's, and only what is selected is state."""

    selected: int | None = state(None)

    @action
    async def select(self, id: int) -> None:
        self.selected = id

    @action
    async def remove(self, id: int) -> None:
        store[:] = [row for row in store if row.id != id]

    @action
    async def prepend(self) -> None:
        store.insert(0, Row(len(store) + 1, "another handsome orange pony"))

    @action
    async def swap(self) -> None:
        store[1], store[-2] = store[-2], store[1]

    @action
    async def update(self) -> None:
        store[:] = with_every_tenth_changed(store)

    def render(self) -> Child:
        return h.div[
            _buttons(self.prepend, self.swap, self.update),
            h.table(class_="table table-hover table-striped test-data")[
                h.tbody(id="tbody")[
                    (
                        table_row(
                            row.id,
                            row.label,
                            row.id == self.selected,
                            self.select.bind(row.id),
                            self.remove.bind(row.id),
                        )
                        for row in store
                    )
                ]
            ],
        ]


class Prose(Component):
    """A page that is nothing but text."""

    def render(self) -> Child:
        return h.article[(h.p[f"{number} " + "lorem ipsum " * 80] for number in range(100))]


class Entries(Component):
    """A feed."""

    count: int

    @feed
    def entries(self) -> Iterable[int]:
        return range(self.count)

    @entries.item
    def _(self, number: int) -> Element:
        return h.article(key=number)[h.h2[f"Entry {number}"], h.p["lorem ipsum " * 10]]

    @action
    async def add(self) -> None:
        self.entries.append(10**6)

    def render(self) -> Child:
        return h.section[h.button(on_click=self.add)["Add"], h.div(role="feed")[self.entries]]


ticks = Topic("ticks", int)


class Ticker(Component):
    """Counts what it is told."""

    count: int = state(0)

    @subscribe(ticks)
    def tick(self) -> None:
        self.count += 1

    def render(self) -> Child:
        return h.output[self.count]


class Story(Component):
    """A text that grows."""

    text: str = state("")

    @action
    async def tell(self) -> AsyncIterator[None]:
        for number in range(2_000):
            self.text += f"word{number} "
            yield
            await asyncio.sleep(0)

    def render(self) -> Child:
        return h.section[h.p[self.text], h.button(on_click=self.tell)["Tell"]]


def reactive(limits: Limits | None = None) -> Reactor:
    """Pages of reactor: the demos' counter, the tables, and prose."""
    # One visitor makes more calls here than any person does.
    limits = replace(limits or Limits(), rate=math.inf)
    ui = Reactor(FastAPI(), secret=fresh(), layout=shell, stylesheets=["/static/style.css"], limits=limits)

    @ui.page("/counter", title="Counter")
    async def counter() -> Child:
        return demo("counter", Counter())

    @ui.page("/rows/{count}", title="Rows")
    async def rows(count: int) -> Child:
        return demo("benchmark", Rows(count=count))

    @ui.page("/stored-rows/{count}", title="Rows")
    async def stored_rows(count: int) -> Child:
        if not store:
            store.extend(make_rows(count))
        return demo("benchmark", StoredRows())

    @ui.page("/feed/{count}", title="Feed")
    async def fed(count: int) -> Child:
        return Entries(count=count)

    @ui.page("/ticker", title="Ticker")
    async def ticker() -> Child:
        return Ticker()

    @ui.page("/story", title="Story")
    async def story() -> Child:
        return Story()

    @ui.app.post("/publish")
    async def publish() -> None:
        ticks.publish(1)

    @ui.page("/prose", title="Prose")
    async def prose() -> Child:
        return demo("benchmark", Prose())

    return ui


class Count(BaseModel):
    count: int


def bare() -> FastAPI:
    """The same click without a framework for pages: a validated model in, JSON out."""
    app = FastAPI()

    @app.post("/count")
    async def count(body: Count) -> Count:
        return Count(count=body.count + 1)

    return app


APPLICATIONS: dict[str, Callable[[], FastAPI]] = {
    "bare": bare,
    "held": lambda: reactive().app,
    "restored": lambda: reactive(Limits(views=0)).app,
}
"""`held` keeps open pages in memory; `restored` keeps none, and makes each from the browser's state."""
