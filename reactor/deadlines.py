"""Deadlines: how long something may take, with one timer for all that may take equally long.

Nearly all calls end long before their time is over, and a timer of the event loop for each of them would be
in vain. So those with the same time stand in one row, in the order in which they began, and the loop's timer
is set for the first of them only.
"""

from __future__ import annotations

import asyncio
from contextvars import Context
from types import TracebackType
from typing import Any, Self


class Row:
    """Those that may take equally long, in the order in which their time ends.

    Arguments:
        seconds: how long each may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: dict[Limit, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, limit: Limit) -> None:
        """From now on its time counts. It stands in no row yet."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # What another loop has left here nobody waits for any more.
            self._loop, self._timer, self._ends = loop, None, {}
        self._ends[limit] = end = loop.time() + self._seconds
        if self._timer is None:
            # In the context of a call the timer would hold its page.
            self._timer = loop.call_at(end, self._ring, loop, context=Context())

    def remove(self, limit: Limit) -> None:
        """It has ended in time."""
        self._ends.pop(limit, None)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for limit, end in list(self._ends.items()):
            if end > now:
                self._timer = loop.call_at(end, self._ring, loop)
                break
            del self._ends[limit]
            limit.expire()


class Deadlines:
    """The rows of an application."""

    def __init__(self) -> None:
        self._rows: dict[float, Row] = {}

    def row(self, seconds: float) -> Row:
        """Those that may take so long."""
        row = self._rows.get(seconds)
        if row is None:
            if len(self._rows) >= 1_000:  # they come from settings, but those may be computed
                self._rows = {each: row for each, row in self._rows.items() if row._ends}
            row = self._rows[seconds] = Row(seconds)
        return row


class Limit:
    """A block of code that may take so long, as `asyncio.timeout`.

    Arguments:
        deadlines: where it is counted.
        seconds: how long it may take; without it, its time does not count yet.

    Raises:
        TimeoutError: at the end of the block, if it took longer.

    >>> async def main():
    ...     with Limit(Deadlines(), 0.01):
    ...         await asyncio.sleep(10)
    >>> asyncio.run(main())
    Traceback (most recent call last):
    TimeoutError
    """

    __slots__ = ("_before", "_deadlines", "_row", "_seconds", "_task", "has_expired")

    def __init__(self, deadlines: Deadlines, seconds: float | None = None) -> None:
        self._deadlines = deadlines
        self._seconds = seconds
        self._row: Row | None = None
        self._task: asyncio.Task[Any] | None = None
        self._before = 0
        self.has_expired = False
        """It took longer."""

    def __enter__(self) -> Self:
        self._task = task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a limit of time holds inside of a task only")
        self._before = task.cancelling()
        if self._seconds is not None:
            self.begin(self._seconds)
        return self

    def begin(self, seconds: float) -> None:
        """From now on it may take so long."""
        if self._task is None or self.has_expired:
            return
        if self._row is not None:
            self._row.remove(self)
        self._row = self._deadlines.row(seconds)
        self._row.add(self)

    def expire(self) -> None:
        """Its time is over."""
        if self._task is not None and not self.has_expired:
            self.has_expired = True
            self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        if self._row is not None:
            self._row.remove(self)
        # Somebody else may have cancelled it, too.
        is_ours = self.has_expired and task is not None and task.uncancel() <= self._before
        if is_ours and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from error
