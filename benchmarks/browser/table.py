"""The rows of js-framework-benchmark, each visitor's own, as they would stand in a database."""

from __future__ import annotations

from collections import defaultdict
from itertools import count

from ..rows import Row, make_rows

COUNT = 1_000
LABELS = [row.label for row in make_rows(COUNT)]


class Table:
    """What one visitor has. Each operation returns what has changed.

    >>> table = Table()
    >>> [row.id for row in table.append(3)], [row.id for row in table.update()]
    ([1, 2, 3], [1])
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._numbers = count(1)

    def append(self, count: int) -> list[Row]:
        """So many rows more, behind the others."""
        more = [Row(next(self._numbers), LABELS[number % COUNT]) for number in range(count)]
        self.rows += more
        return more

    def update(self) -> list[Row]:
        """Every 10th row gets a longer label."""
        changed = []
        for index in range(0, len(self.rows), 10):
            id, label = self.rows[index]
            self.rows[index] = Row(id, f"{label} !!!")
            changed.append(self.rows[index])
        return changed

    def swap(self) -> list[int]:
        """The second row and the last but one change places."""
        rows = self.rows
        if len(rows) > 3:
            rows[1], rows[-2] = rows[-2], rows[1]
        return [row.id for row in (rows[1], rows[-2])]

    def remove(self, id: int) -> None:
        """A row goes."""
        self.rows = [row for row in self.rows if row.id != id]

    def clear(self) -> None:
        """All go."""
        self.rows = []


tables: defaultdict[str, Table] = defaultdict(Table)
"""By visitor."""
