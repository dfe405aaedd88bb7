"""Rates of an application with several processes: the buckets lie in Redis."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from ..rates import FAILED, SHARED, Rates
from .link import Away, Link, Script

_KNOWN: Final = 3600.0
"""Seconds after the last call for which a visitor is known."""

# A bucket is two doubles: its tokens, and when there were so many.
_BUCKET: Final = """
    local time = redis.call('TIME')
    local now = time[1] + time[2] / 1000000
    local function tokens_of(key, rate, burst)
        local known = redis.call('GET', key)
        if not known then return burst end
        local tokens, since = struct.unpack('dd', known)
        return math.min(burst, tokens + (now - since) * rate)
    end
    local function keep(key, tokens, life)
        redis.call('SET', key, struct.pack('dd', tokens, now), 'PX', life)
    end
    local function take(key, rate, burst, life)
        local tokens = tokens_of(key, rate, burst)
        local wait = math.max(0, (1 - tokens) / rate)
        if wait == 0 then tokens = tokens - 1 end
        keep(key, tokens, life)
        return tostring(wait)
    end
    local rate, burst, life = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
"""

# KEYS: the visitor's bucket, the address' bucket. ARGV: rate, burst, life; how much more an address has, and
# its life.
_ADMIT: Final = Script(
    _BUCKET
    + """
    if redis.call('EXISTS', KEYS[1]) == 1 then return take(KEYS[1], rate, burst, life) end
    return take(KEYS[2], rate * ARGV[4], burst * ARGV[4], ARGV[5])
    """
)

# KEYS, ARGV: as above, and what it costs.
_CHARGE: Final = Script(
    _BUCKET
    + """
    local key = KEYS[1]
    if redis.call('EXISTS', key) == 0 then
        key, rate, burst, life = KEYS[2], rate * ARGV[4], burst * ARGV[4], ARGV[5]
    end
    keep(key, math.max(-burst, tokens_of(key, rate, burst) - ARGV[6]), life)
    """
)

# KEYS: the visitor's bucket. ARGV: rate, burst, life.
_KNOW: Final = Script(
    _BUCKET
    + """
    if redis.call('PEXPIRE', KEYS[1], life) == 0 then keep(KEYS[1], burst, life) end
    """
)

# KEYS: the bucket of a visitor and an action. ARGV: rate, burst, life.
_ACT: Final = Script(_BUCKET + "return take(KEYS[1], rate, burst, life)")


class RedisRates(Rates):
    """The rates of an application's visitors, in all its processes; while Redis is away, in this one.

    Arguments:
        link: the process' connections.
        rate: calls in a second, in the long run; infinite: as many as come.
        burst: calls at once.
        digest: stands for a visitor or an address, so that Redis holds neither.
    """

    def __init__(self, link: Link, rate: float, burst: int, digest: Callable[[str], str]) -> None:
        super().__init__(rate, burst)
        self._link = link
        self._digest = digest

    def know(self, visitor: str) -> None:
        """Notes that somebody is a visitor of ours."""
        if self.rate == math.inf or visitor in self._visitors:
            return
        super().know(visitor)
        if self._link.is_attached:
            self._link.post(_KNOW, (self._visitor(visitor),), self.rate, self.burst, _life(_KNOWN))

    async def admit(self, visitor: str | None, client: str) -> None:
        """Counts a call before anything is done for it."""
        if self.rate == math.inf:
            return
        try:
            wait = await self._link.run(_ADMIT, self._keys(visitor, client), *self._arguments)
        except Away:
            await super().admit(visitor, client)
        else:
            self._refuse_call(float(wait))

    def failed(self, visitor: str, client: str) -> None:
        """Counts a token that is not ours: nobody comes upon one without trying."""
        super().failed(visitor, client)
        if self.rate < math.inf and self._link.is_attached:
            self._link.post(_CHARGE, self._keys(visitor, client), *self._arguments, FAILED)

    async def act(self, visitor: str, action: str, limit: tuple[int, float] | None) -> None:
        """Counts a call of an action that has a rate of its own."""
        if limit is None:
            return
        calls, seconds = limit
        key = self._link.key("rate", "action", self._digest(f"{visitor} {action}"))
        try:
            wait = await self._link.run(_ACT, (key,), calls / seconds, calls, _life(seconds))
        except Away:
            await super().act(visitor, action, limit)
        else:
            self._refuse_action(float(wait))

    def _visitor(self, visitor: str | None) -> str:
        return self._link.key("rate", "visitor", "" if visitor is None else self._digest(visitor))

    def _keys(self, visitor: str | None, client: str) -> tuple[str, str]:
        return self._visitor(visitor), self._link.key("rate", "address", self._digest(client))

    @property
    def _arguments(self) -> tuple[float, int, int, int, int]:
        return self.rate, self.burst, _life(_KNOWN), SHARED, _life(self.burst / self.rate)


def _life(seconds: float) -> int:
    """Milliseconds for which a bucket is kept that is full after so many seconds."""
    return round(1000 * min(seconds, 10_000_000.0)) + 1_000
