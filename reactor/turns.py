"""Turns: a lock that is handed on."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress


class Turn:
    """Whose turn it is. It is handed on to whoever has waited longest, so it is free only if nobody waits.

    >>> turn = Turn()
    >>> turn.take(), turn.take()
    (True, False)
    """

    __slots__ = ("_is_taken", "_waiting")

    def __init__(self) -> None:
        self._is_taken = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    def locked(self) -> bool:
        """Whether it is somebody's."""
        return self._is_taken

    def take(self) -> bool:
        """Takes it, if it is free; whether it was."""
        was_free = not self._is_taken
        self._is_taken = True
        return was_free

    async def acquire(self) -> None:
        """Takes it when all are done who came before."""
        if self.take():
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            await future
        except BaseException:
            if future.done() and not future.cancelled():
                self.release()  # it was handed on to who was cancelled in the same moment
            else:
                with suppress(ValueError):
                    self._waiting.remove(future)
            raise

    def release(self) -> None:
        """Hands it on."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                return
        self._is_taken = False

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *_: object) -> None:
        self.release()
