"""Recorded answers: a call that is repeated is answered again, not run again."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeAlias

from .streams import Stream


class Answer(NamedTuple):
    """An answer to a call.

    Arguments:
        status: the HTTP status.
        body: the message, packed.
        headers: further headers, such as cookies.
        more: further messages, and whose turn it is to take them.
    """

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    more: tuple[Stream, int] | None = None


_Call: TypeAlias = tuple[str, bytes]


class Records:
    """The answers of the last minutes, by visitor and call id.

    Arguments:
        count: how many answers at most.
        size: how many bytes at most.
        age: seconds that an answer is kept.
    """

    def __init__(self, *, count: int, size: int, age: float) -> None:
        self._running: dict[_Call, asyncio.Future[Answer] | None] = {}
        """What is being run; a future where somebody waits for it."""
        self._answers: OrderedDict[_Call, tuple[Answer, float]] = OrderedDict()
        self._count = count
        self._size = size
        self._age = age
        self._held = 0

    async def once(self, visitor: str, call: bytes, run: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to a call: the recorded one, or what `run` makes now.

        A call that comes again while it is still being run waits for its answer. What `run` raises is not
        recorded.
        """
        key = (visitor, call)
        while key in self._running:
            first = self._running[key]
            if first is None:
                first = self._running[key] = asyncio.get_running_loop().create_future()
            # When the first run was cancelled with its connection, it is this one's turn to run.
            await asyncio.wait((first,))
            if not first.cancelled():
                return first.result()
        if key in self._answers:
            return self._answers[key][0]
        self._running[key] = None
        try:
            answer = await run()
        except BaseException as error:
            waiting = self._running.pop(key)
            if waiting is not None and isinstance(error, Exception):
                waiting.set_exception(error)
                waiting.exception()  # seen: who waited may have gone
            elif waiting is not None:
                waiting.cancel()
            raise
        waiting = self._running.pop(key)
        if waiting is not None:
            waiting.set_result(answer)
        if answer.more is None:
            self.keep(visitor, call, answer)
        return answer

    def keep(self, visitor: str, call: bytes, answer: Answer) -> None:
        """Records an answer."""
        self._answers[visitor, call] = (answer, time.monotonic())
        self._held += len(answer.body)
        self._prune()

    def has(self, visitor: str, call: bytes) -> bool:
        """Whether a call was answered."""
        return (visitor, call) in self._answers

    def _prune(self) -> None:
        oldest = time.monotonic() - self._age
        while self._answers:
            key, (answer, since) = next(iter(self._answers.items()))
            if len(self._answers) <= self._count and self._held <= self._size and since >= oldest:
                break
            del self._answers[key]
            self._held -= len(answer.body)
