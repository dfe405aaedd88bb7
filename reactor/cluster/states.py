"""States that are too large for a page, of an application with several processes: sealed, in Redis."""

from __future__ import annotations

from typing import Final

from ..seal import Keyring, SealError
from ..states import States, Unreachable
from .link import Away, Link, Script

_PURPOSE: Final = "kept state"

# KEYS: the state. ARGV: how long it is kept from now on, and, to keep it, the state itself.
_KEEP: Final = Script("redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[1])")
_GET: Final = Script(
    """
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    return redis.call('GET', KEYS[1])
    """
)


class RedisStates(States):
    """Keeps states of pages for all processes, and those that were used lately nearby.

    While Redis is away nothing new is kept: states travel in the pages.

    Arguments:
        link: the process' connections.
        keyring: seals the states.
        size: bytes that may be kept nearby.
        age: seconds that one is kept after it was used last.
    """

    def __init__(self, link: Link, keyring: Keyring, *, size: int, age: float) -> None:
        super().__init__(keyring, size=size, age=age)
        self._link = link

    def keep(self, state: bytes, owner: str) -> bytes | None:
        """Keeps a state; what is known of it is given at once, and Redis has it before it is asked for."""
        if not (self._link.is_attached and self._link.is_up):
            return None
        name = super().keep(state, owner)
        if name is not None:
            sealed = self._keyring.seal(state, purpose=_PURPOSE, visitor=name)
            self._link.post(_KEEP, (self._key(name),), round(1000 * self._age), sealed)
        return name

    async def get(self, name: bytes) -> bytes | None:
        """A state by what it is known by; `None`: it is kept no more."""
        state = await super().get(name)
        if state is not None:
            return state
        try:
            sealed = await self._link.run(_GET, (self._key(name),), round(1000 * self._age))
        except Away:
            raise Unreachable from None
        if sealed is None:
            return None
        try:
            state = self._keyring.open(sealed, purpose=_PURPOSE, visitor=name, max_age=None)
        except SealError:
            return None
        self._put(name, state)
        return state

    def _key(self, name: bytes) -> str:
        return self._link.key("state", name.hex())
