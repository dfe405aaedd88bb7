"""Brokers: carry what is published to whoever listens, and tell who is here; in one process, or in many.

Each topic has a log: its messages are numbered, and the last ones are kept. Whoever was away reads on from
the position that they have reached, so that nothing is missed, nothing comes twice, and the order is kept. A
log that had to begin anew has another *epoch*, and then, as when too much was missed, there is a *gap*.
"""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from weakref import WeakSet

REVALIDATED: Final = "stale"
"""Where processes tell each other which data has changed."""
_PRESENCE: Final = "presence "
_TOPIC_COST: Final = 1_000
_MESSAGE_COST: Final = 200

Listener: TypeAlias = Callable[[str], None]
"""Is told that there is something new on a topic; called in the event loop, and must not block."""


@dataclass(frozen=True)
class Position:
    """How far a topic was read.

    Arguments:
        epoch: which log it is a position in, a few random bytes.
        number: that of the last message before it; 0: none.
    """

    epoch: bytes
    number: int


class Publication:
    """What `Topic.publish` gives. To wait for it is to know that it is out; nobody has to."""

    def __init__(self, sent: list[asyncio.Future[Position]]) -> None:
        self._sent = sent

    def __await__(self) -> Generator[Any, None, None]:
        """Waits until it is published.

        Raises:
            ReactorError: it could not be published.
        """
        for each in self._sent:
            yield from each


def presence_of(topic: str) -> str:
    """What is to be listened to by whoever wants to know when somebody comes to a topic, or goes."""
    return _PRESENCE + topic


class Broker(ABC):
    """Carries messages, and tells who is here. Its methods are for the event loop's thread."""

    loop: asyncio.AbstractEventLoop | None = None
    """That in which pages are served, once one was."""

    @abstractmethod
    def publish(self, topic: str, data: bytes) -> asyncio.Future[Position]:
        """Publishes a message. What was published first, by one caller, comes first.

        Arguments:
            topic: where.
            data: the message.

        Returns:
            The position behind it, when it has been published.
        """

    @abstractmethod
    async def position(self, topic: str) -> Position:
        """Where a topic ends now."""

    @abstractmethod
    async def since(self, topic: str, position: Position) -> tuple[list[bytes] | None, Position]:
        """What came on a topic behind a position.

        Arguments:
            topic: which.
            position: how far it was read.

        Returns:
            The messages in their order, `None` if some of them are not known any more (a gap); and where the
            topic ends now.
        """

    @abstractmethod
    async def listen(self, topic: str, listener: Listener) -> None:
        """From now on `listener` is told when there is something new on a topic.

        It may be told too often, and is told when something may have been missed, such as after a failure of
        the connection.
        """

    @abstractmethod
    def ignore(self, topic: str, listener: Listener) -> None:
        """From now on `listener` is told nothing of this topic."""

    @abstractmethod
    async def join(self, topic: str, member: str, data: bytes) -> None:
        """Notes that somebody is on a topic, until they leave or their process ends.

        Those who listen to `presence_of(topic)` are told.

        Arguments:
            topic: where.
            member: tells them from all others; who joins again has other data.
            data: what the others are told of them.
        """

    @abstractmethod
    async def leave(self, topic: str, member: str) -> None:
        """Notes that somebody is no longer on a topic."""

    @abstractmethod
    async def members(self, topic: str) -> Mapping[str, bytes]:
        """Who is on a topic: the data of each, in the order in which they came."""

    @property
    def is_up(self) -> bool:
        """Whether messages reach other processes now."""
        return True

    def watch(self, watcher: Callable[[bool], None]) -> Callable[[], None]:
        """From now on `watcher` is told when `is_up` changes.

        Arguments:
            watcher: is called in the event loop, and must not block.

        Returns:
            What ends it.
        """
        return lambda: None

    async def close(self) -> None:  # noqa: B027
        """Ends what it has begun."""


@dataclass
class _Log:
    epoch: bytes = field(default_factory=lambda: os.urandom(6))
    number: int = 0
    messages: deque[bytes] = field(default_factory=deque)
    cost: int = _TOPIC_COST


class MemoryBroker(Broker):
    """Carries messages inside of this process.

    Arguments:
        count: messages of a topic that are kept.
        topics: topics of which some are kept; those that were used least recently go first.
        size: bytes that all of them may take, by estimate.
    """

    def __init__(self, *, count: int = 1_000, topics: int = 10_000, size: int = 64_000_000) -> None:
        self._count = count
        self._topics = topics
        self._size = size
        self._held = 0
        self._logs: OrderedDict[str, _Log] = OrderedDict()
        self._listeners: dict[str, dict[Listener, None]] = {}
        self._members: dict[str, dict[str, bytes]] = {}

    def publish(self, topic: str, data: bytes) -> asyncio.Future[Position]:
        """Publishes a message."""
        log = self._log(topic)
        log.number += 1
        log.messages.append(data)
        self._pay(log, len(data) + _MESSAGE_COST)
        if len(log.messages) > self._count:
            self._pay(log, -len(log.messages.popleft()) - _MESSAGE_COST)
        while self._logs and (len(self._logs) > self._topics or self._held > self._size):
            # Whoever goes on to read it meets another epoch.
            self._held -= self._logs.popitem(last=False)[1].cost
        self._ring(topic)
        published = asyncio.get_running_loop().create_future()
        published.set_result(Position(log.epoch, log.number))
        return published

    async def position(self, topic: str) -> Position:
        """Where a topic ends now."""
        log = self._log(topic)
        return Position(log.epoch, log.number)

    async def since(self, topic: str, position: Position) -> tuple[list[bytes] | None, Position]:
        """What came on a topic behind a position."""
        log = self._log(topic)
        end, missed = Position(log.epoch, log.number), log.number - position.number
        if position.epoch != log.epoch or not 0 <= missed <= len(log.messages):
            return None, end
        return [log.messages[index] for index in range(len(log.messages) - missed, len(log.messages))], end

    async def listen(self, topic: str, listener: Listener) -> None:
        """From now on `listener` is told when there is something new on a topic."""
        self._listeners.setdefault(topic, {})[listener] = None

    def ignore(self, topic: str, listener: Listener) -> None:
        """From now on `listener` is told nothing of this topic."""
        listeners = self._listeners.get(topic, {})
        listeners.pop(listener, None)
        if not listeners:
            self._listeners.pop(topic, None)

    async def join(self, topic: str, member: str, data: bytes) -> None:
        """Notes that somebody is on a topic."""
        members = self._members.setdefault(topic, {})
        if members.get(member) != data:
            members[member] = data
            self._ring(presence_of(topic))

    async def leave(self, topic: str, member: str) -> None:
        """Notes that somebody is no longer on a topic."""
        members = self._members.get(topic, {})
        if members.pop(member, None) is not None:
            if not members:
                del self._members[topic]
            self._ring(presence_of(topic))

    async def members(self, topic: str) -> Mapping[str, bytes]:
        """Who is on a topic."""
        return dict(self._members.get(topic, {}))

    def _log(self, topic: str) -> _Log:
        log = self._logs.get(topic)
        if log is None:
            log = self._logs[topic] = _Log()
            self._held += log.cost
        self._logs.move_to_end(topic)
        return log

    def _pay(self, log: _Log, cost: int) -> None:
        log.cost += cost
        self._held += cost

    def _ring(self, topic: str) -> None:
        for listener in list(self._listeners.get(topic, ())):
            listener(topic)


_in_use: WeakSet[Broker] = WeakSet()


def in_use(broker: Broker) -> Broker:
    """Makes a broker one that everything reaches that is published in this process outside of a page."""
    _in_use.add(broker)
    return broker


def out_of_use(broker: Broker) -> None:
    """Makes it one that is reached only by who asks for it."""
    _in_use.discard(broker)


def brokers() -> list[Broker]:
    """The brokers that are in use."""
    return list(_in_use)


DEFAULT: Final = MemoryBroker()
"""For what is published while there is no application."""
