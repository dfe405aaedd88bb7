"""The rows that are shown, everywhere the same ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

WORDS: list[list[str]] = json.loads((Path(__file__).parent / "words.json").read_text())


def label_of(number: int) -> str:
    """Three words; a text of its own each time, as one that comes out of a database."""
    return " ".join([words[number % len(words)] for words in WORDS])


class Row(NamedTuple):
    id: int
    label: str


@dataclass
class Table:
    """The rows of one page: what a database would hold.

    >>> table = Table()
    >>> table.add(2)
    [Row(id=1, label='large yellow chair'), Row(id=2, label='big blue house')]
    >>> table.update()
    [Row(id=1, label='large yellow chair !!!')]
    """

    rows: list[Row] = field(default_factory=list)
    selected: int | None = None
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def run(self, count: int) -> list[Row]:
        """So many rows and no others; returns them."""
        self.clear()
        return self.add(count)

    def add(self, count: int) -> list[Row]:
        """So many rows more, behind the others; returns these."""
        more = [Row(number, label_of(number)) for number in islice(self.numbers, count)]
        self.rows += more
        return more

    def update(self) -> list[Row]:
        """Every 10th row gets a longer label; returns these."""
        changed = [Row(row.id, f"{row.label} !!!") for row in self.rows[::10]]
        self.rows[::10] = changed
        return changed

    def swap(self) -> list[int]:
        """Two rows change places; returns their ids, if there are so many."""
        rows = self.rows
        if len(rows) <= 998:
            return []
        rows[1], rows[998] = rows[998], rows[1]
        return [rows[998].id, rows[1].id]

    def row(self, id: int) -> Row | None:
        return next((row for row in self.rows if row.id == id), None)

    def remove(self, id: int) -> None:
        self.rows = [row for row in self.rows if row.id != id]

    def clear(self) -> None:
        self.rows, self.selected = [], None
