"""The pages that are measured, in reactor."""

from __future__ import annotations

import math
from typing import Any

from fastapi import FastAPI

from reactor import Child, Component, Limits, Reactor, action, state
from reactor import html as h
from reactor.blocks import Listener
from reactor.secret import fresh

from ..applications import Counter
from .table import COUNT, tables


class Rows(Component):
    """The rows are the visitor's own, in a database; which one stands out is state of the page."""

    owner: str
    selected: int | None = state(None)

    _shown: Any = None
    """The rows as they were rendered; those that have not changed are used again."""

    @action
    async def create(self) -> None:
        tables[self.owner].clear()
        tables[self.owner].append(COUNT)

    @action
    async def append(self) -> None:
        tables[self.owner].append(COUNT)

    @action
    async def update(self) -> None:
        tables[self.owner].update()

    @action
    async def swap(self) -> None:
        tables[self.owner].swap()

    @action
    async def clear(self) -> None:
        tables[self.owner].clear()

    @action
    async def select(self, id: int) -> None:
        self.selected = id

    @action
    async def remove(self, id: int) -> None:
        tables[self.owner].remove(id)

    def render(self) -> Child:
        before, self._shown = self._shown or {}, {}
        for row in tables[self.owner].rows:
            looks = (*row, row.id == self.selected)
            self._shown[looks] = before.get(looks) or self.row(*looks)
        return h.main[
            h.p[
                button("create", "Create 1,000 rows", self.create),
                button("append", "Append 1,000 rows", self.append),
                button("update", "Update every 10th row", self.update),
                button("swap", "Swap rows", self.swap),
                button("clear", "Clear", self.clear),
            ],
            h.table(class_="table table-hover table-striped test-data")[
                h.tbody(id="tbody")[self._shown.values()]
            ],
        ]

    def row(self, id: int, label: str, selected: bool) -> Child:
        return h.tr(key=id, class_="danger" if selected else None)[
            h.td(class_="col-md-1")[id],
            h.td(class_="col-md-4")[h.a(on_click=self.select.bind(id))[label]],
            h.td(class_="col-md-1")[
                h.a(on_click=self.remove.bind(id))[
                    h.span(class_="glyphicon glyphicon-remove", aria_hidden="true")
                ]
            ],
            h.td(class_="col-md-6"),
        ]


def button(id: str, text: str, run: Listener) -> Child:
    return h.button(id=id, type="button", on_click=run)[text]


def application() -> FastAPI:
    """`/counter` and `/rows/OWNER`."""
    # One visitor makes more calls here than any person does.
    ui = Reactor(FastAPI(), secret=fresh(), limits=Limits(rate=math.inf))

    @ui.page("/counter", title="Counter")
    async def counter() -> Child:
        return h.main[Counter()]

    @ui.page("/rows/{owner}", title="Rows")
    async def rows(owner: str) -> Child:
        return Rows(owner=owner)

    return ui.app
