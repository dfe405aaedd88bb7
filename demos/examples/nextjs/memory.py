"""What these examples keep of each visitor: in memory, bounded. It stands for a database."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

from pydantic import StringConstraints

from ...visitors import Visitor

VISITORS = 500
"""How many visitors are remembered; of more, those who have been away the longest are forgotten."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
"""A line of text that somebody has entered."""

T = TypeVar("T")


class Kept(Generic[T]):
    """A dependency that gives each visitor something of their own.

    Arguments:
        make: makes what a new visitor begins with.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._by_visitor: OrderedDict[str, T] = OrderedDict()

    def __call__(self, visitor: Visitor) -> T:
        """Gives what belongs to this visitor."""
        if visitor not in self._by_visitor:
            self._by_visitor[visitor] = self._make()
        self._by_visitor.move_to_end(visitor)
        while len(self._by_visitor) > VISITORS:
            self._by_visitor.popitem(last=False)
        return self._by_visitor[visitor]
