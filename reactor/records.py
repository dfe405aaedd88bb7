"""Recorded answers: a call that is repeated is answered again, not run again."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Answer:
    """An answer to a call.

    Arguments:
        status: the HTTP status.
        body: the message, packed.
        headers: further headers, such as cookies.
    """

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())


_Call: TypeAlias = tuple[str, bytes]


class Records:
    """The answers of the last minutes, by visitor and call id.

    Arguments:
        count: how many answers at most.
        size: how many bytes at most.
        age: seconds that an answer is kept.
    """

    def __init__(self, *, count: int, size: int, age: float) -> None:
        self._answers: OrderedDict[_Call, tuple[asyncio.Future[Answer], float]] = OrderedDict()
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
        known = self._answers.get(key)
        if known is not None:
            return await asyncio.shield(known[0])
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[key] = (future, time.monotonic())
        try:
            answer = await run()
        except BaseException as error:
            del self._answers[key]
            if isinstance(error, Exception):
                future.set_exception(error)
                future.exception()  # seen: nobody may be waiting
            else:
                future.cancel()
            raise
        future.set_result(answer)
        self._held += len(answer.body)
        self._prune()
        return answer

    def _prune(self) -> None:
        oldest = time.monotonic() - self._age
        while self._answers:
            key, (future, since) = next(iter(self._answers.items()))
            within = len(self._answers) <= self._count and self._held <= self._size and since >= oldest
            if within or not future.done():
                break
            del self._answers[key]
            self._held -= len(future.result().body)
