"""Recorded answers: a call that is repeated is answered again, not run again."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from .streams import Stream


@dataclass(frozen=True)
class Answer:
    """An answer to a call.

    Arguments:
        status: the HTTP status.
        body: the message, packed.
        headers: further headers, such as cookies.
        more: further messages, and whose turn it is to take them.
    """

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())
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
        self._running: dict[_Call, asyncio.Future[Answer]] = {}
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
            # When the first run was cancelled with its connection, it is this one's turn to run.
            await asyncio.wait((first,))
            if not first.cancelled():
                return first.result()
        if key in self._answers:
            return self._answers[key][0]
        future = self._running[key] = asyncio.get_running_loop().create_future()
        try:
            answer = await run()
        except BaseException as error:
            if isinstance(error, Exception):
                future.set_exception(error)
                future.exception()  # seen: nobody may be waiting
            else:
                future.cancel()
            raise
        finally:
            del self._running[key]
        future.set_result(answer)
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
