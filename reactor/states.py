"""States that are too large for a page: they are kept here, and the page has what they are known by."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final

from .seal import Keyring

_ID: Final = 16
_ENTRY_COST: Final = 300


class Unreachable(Exception):
    """A state is perhaps kept, but cannot be had now."""


class States:
    """Keeps states of pages in this process; those that were used least recently go first.

    Arguments:
        keyring: makes what a state is known by.
        size: bytes that they may take.
        age: seconds that one is kept after it was used last.

    >>> import asyncio
    >>> from reactor.secret import fresh
    >>> states = States(Keyring([fresh()]), size=10_000, age=60)
    >>> kept = states.keep(b"much", "ada")
    >>> asyncio.run(states.get(kept))
    b'much'
    """

    def __init__(self, keyring: Keyring, *, size: int, age: float) -> None:
        self._keyring = keyring
        self._size = size
        self._age = age
        self._held = 0
        self._kept: OrderedDict[bytes, tuple[bytes, float]] = OrderedDict()

    def keep(self, state: bytes, owner: str) -> bytes | None:
        """Keeps a state.

        Arguments:
            state: the state.
            owner: whose it is: the same state of somebody else is known by something else.

        Returns:
            What it is known by; `None`: it cannot be kept.
        """
        if len(state) + _ENTRY_COST > self._size:
            return None
        name = self._keyring.digest(owner.encode("utf-8", "surrogatepass") + b"\0" + state, "kept", size=_ID)
        self._put(name, state)
        return name

    async def get(self, name: bytes) -> bytes | None:
        """A state by what it is known by; `None`: it is kept no more.

        Raises:
            Unreachable: nobody knows.
        """
        state, since = self._kept.get(name, (None, 0.0))
        if state is None or since < time.monotonic() - self._age:
            return None
        self._put(name, state)
        return state

    def _put(self, name: bytes, state: bytes) -> None:
        if name not in self._kept:
            self._held += len(state) + _ENTRY_COST
        self._kept[name] = (state, time.monotonic())
        self._kept.move_to_end(name)
        while self._held > self._size:
            _, (gone, _) = self._kept.popitem(last=False)
            self._held -= len(gone) + _ENTRY_COST
