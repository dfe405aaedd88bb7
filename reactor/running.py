"""What goes on: the calls that run, and which of them made the last versions of a view."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Final

from .deadlines import Deadlines, Limit

_REMEMBERED: Final = 32
"""Versions; a browser has fewer calls under way."""
_SUPERSEDED: Final = 10_000
"""Calls that were superseded, perhaps before they came."""


class Fit(Enum):
    """How a call goes with a view."""

    SAME = "the browser shows the view's version"
    BESIDE = "what it does not show yet was made by calls that are under way with this one"
    RESTORED = "the view was made from the state of what the browser shows, for such a call"


@dataclass(slots=True)
class _Made:
    before: int
    call: bytes
    others: Collection[bytes]
    restored: bool
    pushed: bool = False


class Lineage:
    """The last versions of a view, each made by a call from the one before.

    Arguments:
        version: the first.

    >>> lineage = Lineage(1)
    >>> lineage.advance(b"add", others=[b"slow"])
    >>> lineage.version, lineage.fit(1, b"slow", []), lineage.fit(1, b"other", [])
    (2, <Fit.BESIDE: 'what it does not show yet was made by calls that are under way with this one'>, None)
    """

    def __init__(self, version: int) -> None:
        self.version = version
        self._made: deque[_Made] = deque(maxlen=_REMEMBERED)

    def advance(self, call: bytes, others: Collection[bytes]) -> None:
        """Notes that a call has made a new version.

        Arguments:
            call: its id.
            others: the ids of the calls that were under way when it was sent.
        """
        self._made.append(_Made(self.version, call, others, restored=False))
        self.version += 1

    def push(self) -> None:
        """Notes that a new version was made that no call has asked for; the browser is being told of it."""
        self._made.append(_Made(self.version, b"", (), restored=False, pushed=True))
        self.version += 1

    def has_pushed(self, version: int) -> bool:
        """Whether the browser that shows a version was told more, without having asked."""
        if version == self.version:
            return False
        for made in reversed(self._made):
            if made.pushed:
                return True
            if made.before == version:
                break
        return False

    def restored(self, version: int, call: bytes, others: Collection[bytes]) -> None:
        """Notes that the view was made from the state of another's version, for a call."""
        self._made.append(_Made(version, call, others, restored=True))

    def fit(self, version: int, call: bytes, others: Collection[bytes]) -> Fit | None:
        """How a call goes with this view; `None`: it does not.

        Arguments:
            version: the one that its browser shows.
            call: its id.
            others: the ids of the calls that were under way when it was sent.
        """
        if version == self.version:
            return Fit.SAME
        for made in reversed(self._made):
            if not made.pushed and made.call not in others and call not in made.others:
                return None
            if made.restored:
                # What has changed since then nobody could tell: the numbers of its queues are others.
                return Fit.RESTORED if made.before == version and made is self._made[-1] else None
            if made.before == version:
                return Fit.BESIDE
        return None


class Run:
    """A call that runs, from its turn to the end of its action.

    Arguments:
        deadlines: where its time is counted.
    """

    __slots__ = ("is_over", "is_superseded", "limit", "seconds")

    def __init__(self, deadlines: Deadlines) -> None:
        self.limit = Limit(deadlines)
        self.seconds = 0.0
        """How long it may take."""
        self.is_over = False
        """The action has ended; what came of it stands."""
        self.is_superseded = False

    def begin(self, seconds: float) -> None:
        """It is its turn: from now on its time counts."""
        self.seconds = seconds
        if not self.is_superseded:
            self.limit.begin(seconds)

    def supersede(self) -> None:
        """A newer call takes its place: the action is cancelled, unless it has ended."""
        if not self.is_over and not self.is_superseded:
            self.is_superseded = True
            asyncio.get_running_loop().call_soon(self.limit.expire)


class Runs:
    """The calls that run in this process, by visitor and id."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, bytes], Run] = {}
        self._superseded: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    def add(self, visitor: str, call: bytes, run: Run) -> None:
        """It has begun."""
        self._runs[visitor, call] = run

    def remove(self, visitor: str, call: bytes) -> None:
        """It has ended."""
        self._runs.pop((visitor, call), None)

    def supersede(self, visitor: str, calls: Collection[bytes]) -> list[bytes]:
        """Cancels calls of a visitor, also those that have not come yet.

        Returns:
            Those that do not run here.
        """
        for call in calls:
            self._superseded[visitor, call] = None
            if (visitor, call) in self._runs:
                self._runs[visitor, call].supersede()
        while len(self._superseded) > _SUPERSEDED:
            self._superseded.popitem(last=False)
        return [call for call in calls if (visitor, call) not in self._runs]

    def is_superseded(self, visitor: str, call: bytes) -> bool:
        """Whether it was cancelled before it came."""
        return (visitor, call) in self._superseded
