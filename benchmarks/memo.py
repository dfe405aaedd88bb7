"""How many components are rendered for a click, when each row is one."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

from fastapi import FastAPI

from reactor import Child, Component, Reactor, action, state
from reactor import html as h
from reactor.blocks import Listener
from reactor.secret import fresh
from reactor.testing import TestClient

from .peers.pages.rows import Row
from .report import Section, whole
from .rows import make_rows, with_every_tenth_changed
from .targets import Target

SELECT: Final = "select a row, none was selected"

rendered: Counter[type] = Counter()
"""How often components of each class were rendered."""


class TableRow(Component):
    """A row; it is rendered again when one of these is another one than before."""

    row: Row
    is_selected: bool
    select: Listener

    def render(self) -> Child:
        rendered[TableRow] += 1
        return h.tr(class_="danger" if self.is_selected else None)[
            h.td[self.row.id], h.td[h.a(on_click=self.select)[self.row.label]]
        ]


class MemoTable(Component):
    """The table with a component for each row."""

    rows: list[Row]
    selected: int | None = state(None)
    is_updated: bool = state(False)

    @action
    async def select(self, id: int) -> None:
        self.selected = id

    @action
    async def update(self) -> None:
        self.is_updated = True

    def render(self) -> Child:
        rendered[MemoTable] += 1
        rows = with_every_tenth_changed(self.rows) if self.is_updated else self.rows
        return h.table[
            h.caption[h.button(on_click=self.update)["Update"]],
            h.tbody[
                (
                    TableRow(
                        key=row.id,
                        row=row,
                        is_selected=row.id == self.selected,
                        select=self.select.bind(row.id),
                    )
                    for row in rows
                )
            ],
        ]


async def counted(count: int) -> dict[str, Counter[type]]:
    """What was rendered, by what was done."""
    ui = Reactor(FastAPI(), secret=fresh())
    rows = make_rows(count)

    @ui.page("/")
    async def page() -> Child:
        return MemoTable(rows=rows)

    found: dict[str, Counter[type]] = {}
    async with TestClient(ui.app) as client:

        def note(name: str) -> None:
            found[name] = rendered.copy()
            rendered.clear()

        rendered.clear()
        visited = await client.get("/")
        note("first load")
        for name, row in ((SELECT, rows[4]), ("select another row", rows[7])):
            await visited.get_by_tag("a")[row.id - 1].click()
            note(name)
        await visited.click("Update")
        note("update every 10th row")
    return found


def measure(count: int) -> Section:
    found = asyncio.run(counted(count))
    body = [[name, whole(counts[TableRow]), whole(counts[MemoTable])] for name, counts in found.items()]
    return Section(
        "Components that are rendered",
        f"The table with a component for each of {count:,} rows, whose props are the row, whether it is "
        "selected, and a handler that is bound to its id. What has the props that it had is not rendered "
        "again.",
        [["", "rows", "the table itself"], *body],
        targets=[
            Target(f"select one of {count:,} rows", 2, "components rendered", found[SELECT].total()),
        ],
    )
