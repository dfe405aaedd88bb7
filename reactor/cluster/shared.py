"""What all applications of a process share that use the same Redis with the same prefix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from weakref import WeakValueDictionary

from ..rates import Rates
from ..records import Records
from ..seal import Keyring
from ..states import States
from ..stores import Store
from .broker import RedisBroker
from .link import Link
from .rates import RedisRates
from .records import RedisRecords
from .states import RedisStates
from .store import RedisStore


class Cluster:
    """The connections of a process, and the broker on them.

    Arguments:
        url: where Redis is.
        prefix: begins all keys.
        count: messages of a topic that are kept.
        size: bytes of a topic's messages that are kept.
        age: seconds that they are kept.
    """

    def __init__(self, url: str, prefix: str, *, count: int, size: int, age: float) -> None:
        self.link = Link(url, prefix)
        self.broker = RedisBroker(self.link, count=count, size=size, age=age)

    def store(self, *, count: int, size: int) -> Store:
        """Keeps cached values; nearby so many, of so many bytes."""
        return RedisStore(self.link, count=count, size=size)

    def records(self, keyring: Keyring, *, count: int, size: int, age: float) -> Records:
        """Keeps answers to calls, sealed; in this process so many, of so many bytes."""
        digest = _digest(keyring, "record in redis")
        return RedisRecords(self.link, keyring, digest, count=count, size=size, age=age)

    def states(self, keyring: Keyring, *, size: int, age: float) -> States:
        """Keeps large states of pages, sealed; nearby of so many bytes."""
        return RedisStates(self.link, keyring, size=size, age=age)

    def rates(self, keyring: Keyring, rate: float, burst: int) -> Rates:
        """Counts calls."""
        return RedisRates(self.link, rate, burst, _digest(keyring, "rate in redis"))

    def hold(self) -> None:
        """An application begins to use it, in this event loop."""
        self.link.hold()

    async def let_go(self) -> None:
        """An application ends; with the last one the connections are closed."""
        if self.link.users == 1:
            await self.broker.close()
        await self.link.let_go()


def _digest(keyring: Keyring, purpose: str) -> Callable[[str], str]:
    def digest(text: str) -> str:
        return keyring.digest(text.encode("utf-8", "surrogatepass"), purpose, size=16).hex()

    return digest


_known: Final[WeakValueDictionary[tuple[str, str], Cluster]] = WeakValueDictionary()


def cluster_of(url: str, prefix: str, *, count: int, size: int, age: float) -> Cluster:
    """The cluster of an application; the one that this process has already, if it has."""
    cluster = _known.get((url, prefix))
    if cluster is None:
        cluster = _known[(url, prefix)] = Cluster(url, prefix, count=count, size=size, age=age)
    return cluster
