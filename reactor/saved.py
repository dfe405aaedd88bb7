"""The kept state of a page: read from its packed form, and joined with what became of it elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from .brokers import Position
from .codec import Malformed
from .context import Reading

Place: TypeAlias = tuple["str | int", ...]
"""Where a component stands in what its parent rendered: slots, and keys or indices of lists."""

Saved: TypeAlias = Mapping[Place, "SavedMount"]


@dataclass(frozen=True)
class Live:
    """What is kept of a component that listens.

    Arguments:
        cursors: how far each topic was heard.
        joined: where the visitor is, or looks at who is, each as it was noted.
    """

    cursors: Mapping[str, Position] = field(default_factory=dict)
    joined: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.cursors or self.joined)

    def dump(self) -> list[Any]:
        """In a form that can be packed."""
        cursors = [[topic, each.epoch, each.number] for topic, each in self.cursors.items()]
        return [cursors, list(self.joined)]

    @classmethod
    def load(cls, data: object) -> Live:
        """From that form.

        Raises:
            Malformed: it is none of that form.
        """
        match data:
            case [list() as cursors, list() as joined]:
                known = {topic: Position(epoch, number) for topic, epoch, number in cursors}
                return cls(known, tuple(joined))
        raise Malformed("the kept state has a wrong form")


NOT_LIVE: Final = Live()
Feeds: TypeAlias = Mapping[tuple[str, Place], Set[Reading]]


_MAXIMAL_DEPTH: Final = 100
_NO_FEEDS: Final[Feeds] = MappingProxyType({})
_ABSENT: Final = object()


class SavedMount:
    """The kept state of one component and of those below it.

    Arguments:
        tag: stands for the component's class.
        data: its state as JSON; empty: that of a new component.
        below: the components in it, by their place.
        outcomes: those of its actions, as JSON.
        forks: what else became of the state: each before and after.
        started: what its `mount` had read.
        live: what it listens to, how far it has heard of it, and where it says that the visitor is.
        feeds: by name and place, those that the browser shows, and what they had read.
    """

    __slots__ = ("below", "data", "feeds", "forks", "live", "outcomes", "started", "tag")

    def __init__(
        self,
        tag: int,
        data: bytes,
        below: Saved,
        outcomes: bytes,
        forks: Sequence[tuple[bytes, bytes]] = (),
        started: Set[Reading] = frozenset(),
        live: Live = NOT_LIVE,
        feeds: Feeds = _NO_FEEDS,
    ) -> None:
        self.tag = tag
        self.data = data
        self.below = below
        self.outcomes = outcomes
        self.forks = forks
        self.started = started
        self.live = live
        self.feeds = feeds


def place_of(path: str) -> int:
    """The key that the content of a page has in its layout. What stands there at another path is another."""
    return int.from_bytes(blake2b(path.encode("utf-8", "surrogatepass"), digest_size=3).digest(), "big")


def around(saved: Saved, content: int, *, is_page: bool = True) -> Saved:
    """What is kept of a layout, without the content of the page that stands in it, and the page's own.

    Arguments:
        saved: the kept state of the page.
        content: the key of its content.
        is_page: whether it is the whole page, not a component of it.
    """
    return {
        place: SavedMount(
            each.tag,
            each.data,
            around(each.below, content, is_page=False),
            each.outcomes,
            each.forks,
            each.started,
            each.live,
            each.feeds,
        )
        for place, each in saved.items()
        if content not in place and (place or not is_page)
    }


def load_saved(data: object, depth: int = 0) -> Saved:
    """What `Mount.save` has given, from its packed form.

    Raises:
        Malformed: it is not of that form.
    """
    if not isinstance(data, list) or depth > _MAXIMAL_DEPTH:
        raise Malformed("the kept state has a wrong form")
    saved: dict[Place, SavedMount] = {}
    for item in data:
        match item:
            case [list() as place, int() as tag, bytes() as values, list() as below, *rest]:
                outcomes = rest[0] if rest and isinstance(rest[0], bytes) else b""
                started = frozenset((kind, name) for kind, name in rest[1]) if len(rest) > 1 else frozenset()
                live = Live.load(rest[2]) if len(rest) > 2 and rest[2] else NOT_LIVE
                feeds = {
                    (name, tuple(at)): frozenset((kind, read) for kind, read in readings)
                    for name, at, readings in (rest[3] if len(rest) > 3 else ())
                }
                kept_below = load_saved(below, depth + 1)
                saved[tuple(place)] = SavedMount(
                    tag, values, kept_below, outcomes, started=started, live=live, feeds=feeds
                )
            case _:
                raise Malformed("the kept state has a wrong form")
    return saved


def dump_saved(saved: Saved) -> list[Any]:
    """Kept state in the form of `Mount.save`."""
    dumped: list[Any] = []
    for place, mount in saved.items():
        data = merged(mount.data, mount.forks)
        more = dump_more(mount.outcomes, mount.started, mount.live)
        dumped.append([list(place), mount.tag, data, dump_saved(mount.below), *more])
    return dumped


def dump_more(outcomes: bytes, started: Set[Reading], live: Live, feeds: Feeds = _NO_FEEDS) -> list[Any]:
    """What is kept of a component besides its state, without what is empty at the end."""
    if not (outcomes or started or live or feeds):
        return []
    shown = [[name, list(place), sorted(map(list, readings))] for (name, place), readings in feeds.items()]
    more: list[Any] = [outcomes, sorted(map(list, started)), live.dump() if live else [], shown]
    while more and not more[-1]:
        more.pop()
    return more


def laid_over(now: Saved, before: Saved) -> Saved:
    """Kept state, and where there is none, that from before."""
    laid: dict[Place, SavedMount] = dict(before)
    for place, mount in now.items():
        old = before.get(place)
        below = laid_over(mount.below, old.below) if old is not None and old.tag == mount.tag else mount.below
        laid[place] = SavedMount(
            mount.tag,
            mount.data,
            below,
            mount.outcomes,
            mount.forks,
            started=mount.started,
            live=mount.live,
        )
    return laid


def join(now: Saved, before: Saved, after: Saved) -> Saved:
    """Kept state together with what a call made of an earlier one, elsewhere.

    Arguments:
        now: the state that the changes are laid over.
        before: the state that the call started from.
        after: what it made of that.

    Returns:
        `now`; where `after` differs from `before`, by component, action and field: what is in `after`. Which
        fields differ is found out when the class is known (`merged`).
    """
    joined: dict[Place, SavedMount] = {}
    for place in {**now, **after}:
        ours, old, theirs = now.get(place), before.get(place), after.get(place)
        if theirs is None:
            # Not kept: it is as a new one, or no more there. Whether it is there its parent decides.
            theirs = SavedMount(ours.tag, b"", {}, b"") if ours is not None and old is not None else ours
        if ours is None:
            ours = SavedMount(theirs.tag, b"", {}, b"") if theirs is not None and old is not None else theirs
        if ours is None or theirs is None:
            continue
        if ours.tag != theirs.tag:
            changed = old is None or old.tag != theirs.tag
            joined[place] = theirs if changed else ours
            continue
        if old is None or old.tag != ours.tag:
            old = SavedMount(ours.tag, b"", {}, b"")
        # What was heard is part of the state: were they of two moments, it would be heard twice, or never.
        is_theirs = ours.data == old.data or (
            bool(ours.live or theirs.live) and _meet(old.data, ours.data, theirs.data)
        )
        forks = [*ours.forks, (old.data, theirs.data)] if old.data != theirs.data else ours.forks
        joined[place] = SavedMount(
            ours.tag,
            theirs.data if is_theirs and not ours.forks else ours.data,
            join(ours.below, old.below, theirs.below),
            merged(ours.outcomes, [(old.outcomes, theirs.outcomes)], b"{}"),
            ours.forks if is_theirs and not ours.forks else forks,
            ours.started | theirs.started,
            theirs.live if is_theirs else ours.live,
        )
    return joined


def _meet(old: bytes, ours: bytes, theirs: bytes) -> bool:
    """Whether a field was changed on both sides."""
    before, one, other = (json.loads(each or b"{}") for each in (old, ours, theirs))
    return any(
        before.get(name, _ABSENT) != one.get(name, _ABSENT)
        and before.get(name, _ABSENT) != other.get(name, _ABSENT)
        for name in {**before, **one, **other}
    )


def merged(now: bytes, forks: Sequence[tuple[bytes, bytes]], initial: bytes = b"") -> bytes:
    """A JSON object with the fields that have changed elsewhere; of two changes of one field the later stays.

    Arguments:
        now: the object; empty: `initial`.
        forks: each before and after, in the order of the changes.
        initial: what an empty one stands for.

    >>> merged(b'{"a":1,"b":0}', [(b'{"a":0,"b":0}', b'{"a":0,"b":5}')])
    b'{"a":1,"b":5}'
    """
    if not any(before != after for before, after in forks):
        return now
    fields = json.loads(now or initial or b"{}")
    for before, after in forks:
        if not after and not initial:
            continue  # what a new one would have is not known
        old, new = json.loads(before or initial or b"{}"), json.loads(after or initial or b"{}")
        for name in {**old, **new}:
            if old.get(name, _ABSENT) == new.get(name, _ABSENT):
                continue
            if name in new:
                fields[name] = new[name]
            else:
                fields.pop(name, None)
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode() if fields else b""
