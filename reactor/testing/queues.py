"""The calls of a page that are under way, in the order of their actions' policies."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from ..order import unqueued
from ..protocol import DROP, LATEST, PARALLEL


@dataclass(eq=False)
class Turn:
    """A call whose turn it is.

    Arguments:
        id: the call's id.
        supersedes: the ids of those whose place it takes.
    """

    queue: int
    order: int
    source: Any
    id: bytes = field(default_factory=lambda: os.urandom(16))
    supersedes: list[bytes] = field(default_factory=list)
    is_sent: bool = False
    is_superseded: bool = False

    def waits_for(self, other: Turn) -> bool:
        """Whether another call, that was made before it, goes first."""
        return (
            self.queue == other.queue
            and PARALLEL not in (self.order, other.order)
            and not other.is_superseded
        )


class Queues:
    """Says when it is a call's turn, as a browser does."""

    def __init__(self) -> None:
        self._turns: list[Turn] = []
        self._ended = asyncio.Condition()

    @asynccontextmanager
    async def turn(self, mark: int | bytes, options: dict[str, Any]) -> AsyncIterator[Turn | None]:
        """Waits for a call's turn, which ends with the block.

        Arguments:
            mark: that of its handler.
            options: those of its handler.

        Returns:
            `None`: the call is not made, since another one stands for it.
        """
        turn = Turn(unqueued(mark)[1], options.get("y", 0), options.get("k"))
        same = [other for other in self._turns if turn.order and other.source == turn.source]
        if turn.order == DROP and same:
            yield None
            return
        if turn.order == LATEST:
            for other in same:
                other.is_superseded = True
            turn.supersedes = [other.id for other in same if other.is_sent]
        before = list(self._turns)
        self._turns.append(turn)
        try:
            async with self._ended:
                await self._ended.wait_for(
                    lambda: (
                        turn.is_superseded
                        or not any(each in self._turns and turn.waits_for(each) for each in before)
                    )
                )
            turn.is_sent = not turn.is_superseded
            yield turn if turn.is_sent else None
        finally:
            self._turns.remove(turn)
            async with self._ended:
                self._ended.notify_all()
