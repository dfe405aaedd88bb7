"""Rates: how often a visitor may call, as token buckets that need little memory however many ask."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from .errors import CallRefused
from .protocol import RATE

FAILED: Final = 10
"""What a token that does not open costs, in calls."""
SHARED: Final = 4
"""How many visitors' rates an address has for all that is not known to be a visitor's."""
_KEPT: Final = 20_000
"""How many buckets are kept, about 250 bytes each; one that is forgotten is full again."""


class TooOften(CallRefused):
    """More calls than a limit allows.

    Arguments:
        code: `rate`: the browser sends the call again by itself; otherwise the person is told.
        message: a short sentence for the person.
        seconds: when it may be tried again.
    """

    def __init__(self, code: str, message: str, seconds: float) -> None:
        super().__init__(429, code, message)
        self.headers = ((b"retry-after", b"%d" % max(1, math.ceil(seconds))),)


class Buckets:
    """Token buckets: each holds a number of tokens, which come back at a steady rate.

    Arguments:
        count: how many are kept; the ones that nobody has used for the longest time go first.
        clock: seconds, for tests.

    >>> now = 0.0
    >>> buckets = Buckets(100, lambda: now)
    >>> [buckets.take("ada", rate=2, burst=3) for _ in range(4)]
    [0.0, 0.0, 0.0, 0.5]
    """

    def __init__(self, count: int = _KEPT, clock: Callable[[], float] = time.monotonic) -> None:
        self._held: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        self._count = count
        self._clock = clock

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._held

    def take(self, key: Hashable, *, rate: float, burst: float, cost: float = 1.0) -> float:
        """Takes tokens out of a bucket, if they are there.

        Arguments:
            key: which bucket.
            rate: tokens that come back in a second.
            burst: how many it holds when it is full.
            cost: how many are taken.

        Returns:
            0; or the seconds after which they will be there, and then none was taken.
        """
        tokens = self._tokens(key, rate, burst)
        wait = max(0.0, (cost - tokens) / rate)
        self._keep(key, tokens if wait else tokens - cost)
        return wait

    def charge(self, key: Hashable, *, rate: float, burst: float, cost: float) -> None:
        """Takes tokens, also more than are there; what is owed is at most what a full one holds."""
        self._keep(key, max(-burst, self._tokens(key, rate, burst) - cost))

    def _tokens(self, key: Hashable, rate: float, burst: float) -> float:
        tokens, since = self._held.get(key, (burst, 0.0))
        return min(burst, tokens + (self._clock() - since) * rate)

    def _keep(self, key: Hashable, tokens: float) -> None:
        self._held[key] = (tokens, self._clock())
        self._held.move_to_end(key)
        while len(self._held) > self._count:
            self._held.popitem(last=False)


class Rates:
    """The rates of an application's visitors, in this process.

    A visitor whom we know, since a page was made for them or a token of theirs has opened, has a rate of
    their own. Everybody else shares that of their address: an id can be made up for every call.

    Arguments:
        rate: calls in a second, in the long run; infinite: as many as come.
        burst: calls at once.
        setting: the name of the limit.
    """

    def __init__(self, rate: float, burst: int, *, setting: str = "rate") -> None:
        self._setting = setting
        self.rate = rate
        self.burst = burst
        self._visitors = Buckets()
        self._others = Buckets()
        self._actions = Buckets()

    def know(self, visitor: str) -> None:
        """Notes that somebody is a visitor of ours."""
        if visitor not in self._visitors and self.rate < math.inf:
            self._visitors.charge(visitor, rate=self.rate, burst=self.burst, cost=0)

    async def admit(self, visitor: str | None, client: str) -> None:
        """Counts a call before anything is done for it.

        Arguments:
            visitor: the id that it brings.
            client: the address that it comes from.

        Raises:
            TooOften: 429.
        """
        if self.rate == math.inf:
            return
        if visitor in self._visitors:
            wait = self._visitors.take(visitor, rate=self.rate, burst=self.burst)
        else:
            wait = self._others.take(client, rate=self.rate * SHARED, burst=self.burst * SHARED)
        self._refuse_call(wait)

    def _refuse_call(self, wait: float) -> None:
        if wait:
            setting = f"Limits.{self._setting}"
            message = f"These are more than {self.rate:g} calls a second ({setting}). Please wait a moment."
            raise TooOften(RATE, message, wait)

    def failed(self, visitor: str, client: str) -> None:
        """Counts a token that is not ours: nobody comes upon one without trying."""
        if self.rate == math.inf:
            return
        if visitor in self._visitors:
            self._visitors.charge(visitor, rate=self.rate, burst=self.burst, cost=FAILED)
        else:
            rate, burst = self.rate * SHARED, self.burst * SHARED
            self._others.charge(client, rate=rate, burst=burst, cost=FAILED)

    async def act(self, visitor: str, action: str, limit: tuple[int, float] | None) -> None:
        """Counts a call of an action that has a rate of its own.

        Arguments:
            visitor: who calls.
            action: its name.
            limit: calls, and the seconds in which there may be so many.

        Raises:
            TooOften: 429; the person is told.
        """
        if limit is None:
            return
        calls, seconds = limit
        wait = self._actions.take((visitor, action), rate=calls / seconds, burst=calls)
        self._refuse_action(wait)

    def _refuse_action(self, wait: float) -> None:
        if wait:
            raise TooOften("refused", f"This was done too often. Please wait {math.ceil(wait)} s.", wait)
