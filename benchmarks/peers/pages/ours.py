"""The page in reactor. The rows are in what stands for a database; what is selected is state."""

from __future__ import annotations

import math
from collections import defaultdict
from secrets import token_hex
from typing import Any

from fastapi import FastAPI

from reactor import Child, Component, Limits, Reactor, action, on, state
from reactor import html as h
from reactor.blocks import Listener
from reactor.secret import fresh

from .rows import Table

app = FastAPI()
# One visitor makes more calls here than any person does.
ui = Reactor(app, secret=fresh(), limits=Limits(rate=math.inf))
tables: defaultdict[str, Table] = defaultdict(Table)


class Rows(Component):
    owner: str
    selected: int | None = state(None)

    _shown: Any = None
    """The rows as they were rendered; those that have not changed are used again."""

    @action
    async def run(self, count: int) -> None:
        tables[self.owner].run(count)

    @action
    async def add(self) -> None:
        tables[self.owner].add(1_000)

    @action
    async def update(self) -> None:
        tables[self.owner].update()

    @action
    async def clear(self) -> None:
        tables[self.owner].clear()

    @action
    async def swap_rows(self) -> None:
        tables[self.owner].swap()

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
        return h.fragment[
            h.div(class_="jumbotron panel")[
                h.h2["Rows"],
                h.div(class_="row actions")[
                    button("run", "Create 1,000 rows", self.run.bind(1_000)),
                    button("runlots", "Create 10,000 rows", self.run.bind(10_000)),
                    button("add", "Append 1,000 rows", self.add),
                    button("update", "Update every 10th row", self.update),
                    button("clear", "Clear", self.clear),
                    button("swaprows", "Swap rows", self.swap_rows),
                ],
            ],
            h.table(class_="table table-hover table-striped test-data")[
                h.tbody(id="tbody")[self._shown.values()],
            ],
        ]

    def row(self, id: int, label: str, selected: bool) -> Child:
        return h.tr(key=id, class_="danger" if selected else None)[
            h.td(class_="col-md-1")[id],
            h.td(class_="col-md-4")[h.a(href="#", on_click=on(self.select.bind(id), prevent=True))[label]],
            h.td(class_="col-md-1")[
                h.a(href="#", aria_label="Remove", on_click=on(self.remove.bind(id), prevent=True))[
                    h.span(class_="glyphicon glyphicon-remove", aria_hidden="true")
                ]
            ],
            h.td(class_="col-md-6"),
        ]


def button(id: str, text: str, run: Listener) -> Child:
    return h.div(class_="col-sm-6 smallpad")[
        h.button(id=id, class_="btn btn-primary btn-block", type="button", on_click=run)[text]
    ]


class Counter(Component):
    count: int = state(0)

    @action
    async def increment(self) -> None:
        self.count += 1

    def render(self) -> Child:
        return h.p[
            h.button(id="inc", type="button", on_click=self.increment)["Count"],
            " ",
            h.output(id="count")[self.count],
        ]


class Page(Component):
    owner: str = state(factory=token_hex)

    def render(self) -> Child:
        return h.div(class_="container benchmark")[Rows(owner=self.owner), Counter()]


@ui.page("/benchmark", title="Benchmark")
async def benchmark() -> Page:
    return Page()
