"""The rows that the Python pages show; each page keeps them in its own way."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

WORDS: list[list[str]] = json.loads((Path(__file__).parent / "words.json").read_text())


def make_label() -> str:
    """Three words, drawn by lot."""
    return " ".join(random.choice(words) for words in WORDS)


@dataclass
class Row:
    id: int
    label: str


@dataclass
class Table:
    """The rows of one page: what a database would hold."""

    rows: list[Row] = field(default_factory=list)
    selected: int | None = None
    last_id: int = 0

    def run(self, count: int) -> None:
        self.clear()
        self.add(count)

    def add(self, count: int) -> list[Row]:
        """Returns the new rows."""
        made = [Row(self.last_id + number, make_label()) for number in range(1, count + 1)]
        self.last_id += count
        self.rows += made
        return made

    def update(self) -> list[Row]:
        """Returns the rows that have changed."""
        changed = self.rows[::10]
        for row in changed:
            row.label += " !!!"
        return changed

    def swap(self) -> None:
        if len(self.rows) > 998:
            self.rows[1], self.rows[998] = self.rows[998], self.rows[1]

    def row(self, id: int) -> Row | None:
        return next((row for row in self.rows if row.id == id), None)

    def remove(self, id: int) -> None:
        self.rows = [row for row in self.rows if row.id != id]

    def clear(self) -> None:
        self.rows, self.selected = [], None
