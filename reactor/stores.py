"""Where cached values are kept: as bytes, by key, until time or one of their tags lets them go."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Lock
from typing import Final, TypeAlias, TypeVar
from weakref import WeakSet

Tag: TypeAlias = tuple[str, str]
"""What a value depends on: of which kind (`tag`, `path`), and its name."""

_ANY_PATH: Final[Tag] = ("path", "")
_PATHS: Final = 100
"""The pages of which it is known, for one value, that they have read it; one that is read on more goes with
every path."""
_ENTRY_COST: Final = 600
_TAG_COST: Final = 200


@dataclass(frozen=True)
class Entry:
    """A cached value.

    Arguments:
        value: the value, as JSON.
        tags: what it depends on, and the paths of the pages that have read it.
        mark: the moment (as `Store.get` has told it) at which it began to be computed.
        parts: the keys of the cached values that it was made of.
    """

    value: bytes
    tags: frozenset[Tag]
    mark: int
    parts: frozenset[str] = frozenset()


class Store(ABC):
    """Keeps cached values. Each of its methods may be called from any thread."""

    @abstractmethod
    async def get(self, key: str, readers: Collection[Tag] = ()) -> tuple[Entry | None, int]:
        """What is kept under a key.

        Arguments:
            key: the key.
            readers: the paths of the pages that read it: tags of the value, and of its parts, from now on.

        Returns:
            The value, if there is one that is still good; and a mark of this moment. Marks change with every
            `delete`.
        """

    @abstractmethod
    async def set(self, key: str, entry: Entry, ttl: float | None) -> bool:
        """Keeps a value, unless what it depends on has changed since it began to be computed.

        Arguments:
            key: the key.
            entry: the value.
            ttl: the seconds that it is good for; `None`: until one of its tags is deleted; 0: not at all.

        Returns:
            Whether nothing has changed meanwhile.
        """

    @abstractmethod
    def delete(self, tags: Collection[Tag]) -> None:
        """Lets all values with one of these tags go.

        It takes effect for every `get` that begins later in this process, and soon in the others.
        """


@dataclass
class _Kept:
    entry: Entry
    tags: set[Tag]
    until: float
    cost: int


class MemoryStore(Store):
    """Keeps values in this process; those that were used least recently go first.

    Arguments:
        count: how many values at most.
        size: how many bytes they may take, by estimate.
        clock: the time in seconds, for tests.
    """

    def __init__(
        self, *, count: int = 10_000, size: int = 64_000_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._count = count
        self._size = size
        self._clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._by_tag: dict[Tag, set[str]] = {}
        self._held = 0
        self._mark = 0
        self._deleted: OrderedDict[Tag, int] = OrderedDict()
        self._forgotten = 0
        """The newest mark of a deletion that is not in `_deleted` any more."""

    def __len__(self) -> int:
        return len(self._kept)

    async def get(self, key: str, readers: Collection[Tag] = ()) -> tuple[Entry | None, int]:
        """What is kept under a key, and a mark of this moment."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.until <= self._clock():
                self._drop(key)
                kept = None
            if kept is None:
                return None, self._mark
            self._kept.move_to_end(key)
            for part in (key, *kept.entry.parts):
                self._add_readers(part, readers)
            self._prune()
            return kept.entry, self._mark

    async def set(self, key: str, entry: Entry, ttl: float | None) -> bool:
        """Keeps a value, unless what it depends on has changed since it began to be computed."""
        with self._lock:
            if any(self._deleted.get(tag, self._forgotten) > entry.mark for tag in entry.tags):
                return False
            cost = _ENTRY_COST + len(entry.value) + 2 * len(key)
            if (ttl is None or ttl > 0) and cost <= self._size:
                self._drop(key)
                until = float("inf") if ttl is None else self._clock() + ttl
                self._kept[key] = _Kept(entry, set(), until, cost)
                self._held += cost
                readers = {tag for tag in entry.tags if tag[0] == "path"}
                self._tag(key, entry.tags - readers)
                for part in (key, *entry.parts):
                    self._add_readers(part, readers)
                self._prune()
            return True

    def has_readers(self, key: str, readers: Collection[Tag]) -> bool:
        """Whether a value is kept, and these pages are known to have read it."""
        with self._lock:
            kept = self._kept.get(key)
            return kept is not None and (kept.tags.issuperset(readers) or _ANY_PATH in kept.tags)

    def delete(self, tags: Collection[Tag]) -> None:
        """Lets all values with one of these tags go."""
        if not tags:
            return
        with self._lock:
            self._mark += 1
            gone = {*tags, _ANY_PATH} if any(kind == "path" for kind, _ in tags) else set(tags)
            for tag in gone:
                for key in list(self._by_tag.get(tag, ())):
                    self._drop(key)
                self._deleted[tag] = self._mark
                self._deleted.move_to_end(tag)
            while len(self._deleted) > self._count:
                self._forgotten = self._deleted.popitem(last=False)[1]

    def clear(self) -> None:
        """Lets all values go."""
        with self._lock:
            self._mark += 1
            self._forgotten = self._mark
            for store in (self._kept, self._by_tag, self._deleted):
                store.clear()
            self._held = 0

    def _add_readers(self, key: str, readers: Collection[Tag]) -> None:
        kept = self._kept.get(key)
        if kept is None or kept.tags.issuperset(readers) or _ANY_PATH in kept.tags:
            return
        paths = {tag for tag in kept.tags if tag[0] == "path"} | set(readers)
        self._tag(key, readers if len(paths) <= _PATHS else {_ANY_PATH})

    def _tag(self, key: str, tags: Collection[Tag]) -> None:
        kept = self._kept[key]
        for tag in set(tags) - kept.tags:
            kept.tags.add(tag)
            self._by_tag.setdefault(tag, set()).add(key)
            kept.cost += (cost := _TAG_COST + len(tag[1]))
            self._held += cost

    def _prune(self) -> None:
        while len(self._kept) > self._count or self._held > self._size:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        if kept is None:
            return
        self._held -= kept.cost
        for tag in kept.tags:
            keys = self._by_tag[tag]
            keys.discard(key)
            if not keys:
                del self._by_tag[tag]


AnyStore = TypeVar("AnyStore", bound=Store)

_in_use: WeakSet[Store] = WeakSet()


def in_use(store: AnyStore) -> AnyStore:
    """Makes a store one that every revalidation in this process reaches, as long as it lives."""
    _in_use.add(store)
    return store


def stores() -> list[Store]:
    """The stores that are in use."""
    return list(_in_use)


DEFAULT: Final = in_use(MemoryStore())
"""For what is read while no page is answered: in other routes, background tasks, scripts."""
