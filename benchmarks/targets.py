"""Figures that are to be reached, beside what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Target(NamedTuple):
    """A figure that is to be reached.

    Arguments:
        what: is measured.
        limit: that is not to be exceeded, or is to be reached.
        unit: of both figures.
        measured: in the same unit.
        at_least: whether more is better.

    >>> Target("bytes of a click", 350, "bytes", 252).row()
    ['bytes of a click', 'at most 350 bytes', '252', 'met']
    >>> Target("clicks a second", 1.0, "of the bare endpoint's", 0.448, at_least=True).row()
    ['clicks a second', "at least 1 of the bare endpoint's", '0.45', '**missed**']
    """

    what: str
    limit: float
    unit: str
    measured: float
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def row(self) -> list[str]:
        """What stands in the table."""
        wanted = f"{'at least' if self.at_least else 'at most'} {self.limit:,g} {self.unit}"
        # A figure that misses by little is not to look as if it were met.
        digits = 0 if self.limit >= 100 else 2
        return [
            self.what,
            wanted,
            f"{self.measured:,.{digits}f}".removesuffix(".00"),
            "met" if self.is_met else "**missed**",
        ]


def table(targets: Iterable[Target]) -> list[Sequence[str]]:
    """Head and rows."""
    return [["", "target", "measured", ""], *(target.row() for target in targets)]
