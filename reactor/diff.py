"""How one tree becomes another: the difference of two children.

The result is a *change*: `UNCHANGED`, an `Update` (same template, some slots), a `Splice` (a list), an
`Append` (a text that grows), an `Edit` (a feed, whose items nobody remembers), or a child, which means: make
it this.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, compress, count, pairwise, repeat
from operator import is_not, ne, not_
from typing import Any, Final, TypeAlias

from .blocks import CHILD, Block, Edit, Feeding, Items, Node, Rendered, Template
from .symbols import Choice


class _Unchanged:
    __slots__ = ()

    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED: Final = _Unchanged()
_LONG: Final = 16
"""Characters of a text from which on it is worth while to send only what is added."""


class Update:
    """Some slots of a block change; the block keeps its template.

    Arguments:
        template: the block's template.
        changes: (slot, change) pairs, ascending; the new value, or a change for a child slot.
    """

    __slots__ = ("changes", "template")

    def __init__(self, template: Template, changes: list[tuple[int, Any]]) -> None:
        self.template = template
        self.changes = changes


class Splice:
    """A list changes; the parts are worked off in this order.

    Arguments:
        removed: (start, count) runs of the old list, ascending.
        moved: (from, to) pairs, one after the other, in the list without the removed items.
        inserted: (index, key, child) in the finished list, ascending.
        updated: (index, key, change) in the finished list, ascending.
        keys: those of the old and of the finished list; `None` in a list without keys.
    """

    __slots__ = ("inserted", "keys", "moved", "removed", "updated")

    def __init__(
        self,
        removed: list[tuple[int, int]],
        moved: list[tuple[int, int]],
        inserted: list[tuple[int, str | int | None, Rendered]],
        updated: list[tuple[int, str | int | None, Change]],
        keys: tuple[Sequence[str | int], Sequence[str | int]] | None = None,
    ) -> None:
        self.keys = keys
        self.removed = removed
        self.moved = moved
        self.inserted = inserted
        self.updated = updated


class Append:
    """A text grows at its end.

    Arguments:
        text: what is added.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


Change: TypeAlias = _Unchanged | Update | Splice | Append | Edit | Rendered


def diff(old: Rendered, new: Rendered) -> Change:
    """The change that makes `new` of `old`.

    Arguments:
        old: a child as the browser has it.
        new: the child that it shall have; mounted components that were rendered again know both.

    >>> from reactor import html as h
    >>> item = h.li(class_="a")["one"]
    >>> diff(item, h.li(class_="a")["one"])
    UNCHANGED
    >>> diff(item, h.li(class_="b")["one"]).changes
    [(0, 'b')]
    """
    if old is new:
        return _settled(new)
    if isinstance(new, Feeding) and isinstance(old, Feeding) and old.source == new.source:
        return _feeding(new)
    if type(old) is Block and type(new) is Block:
        return _blocks(old, new)
    if type(old) is Items and type(new) is Items:
        return _items(old, new)
    if type(old) is str and type(new) is str:
        return UNCHANGED if old == new else _text(old, new)
    if isinstance(old, Node) and isinstance(new, Node) and old.origin is new.origin:
        return diff(old.content, new.content)
    if isinstance(old, Choice) and isinstance(new, Choice):
        same = old.source == new.source and diff(old.yes, new.yes) is UNCHANGED
        return UNCHANGED if same and diff(old.no, new.no) is UNCHANGED else new
    return UNCHANGED if old == new else new


def _text(old: str, new: str) -> Append | str:
    """How a text becomes another one: long ones that only grow are not sent again."""
    return Append(new[len(old) :]) if len(old) >= _LONG and new.startswith(old) else new


def _feeding(place: Feeding) -> Change:
    """What changed in a feed; all of it, where it was loaded anew."""
    if place.content is not None:
        return place
    return UNCHANGED if place.edit is None else place.edit


def untold(change: Change) -> Iterator[Feeding]:
    """The feeds in what is made anew whose items would be needed for that, and are not known."""
    if isinstance(change, Update):
        for _, inner in change.changes:
            yield from untold(inner)
    elif isinstance(change, Splice):
        for _, _, inner in (*change.inserted, *change.updated):
            yield from untold(inner)
    elif isinstance(change, Feeding):
        if change.content is None:
            yield change
    elif isinstance(change, Node):
        yield from untold(change.content)
    elif isinstance(change, Block) and change.live:
        for slot in change.template.child_slots:
            yield from untold(change.values[slot])
    elif isinstance(change, Items) and change.live:
        for value in change.values:
            yield from untold(value)


def _settled(child: Rendered) -> Change:
    """What changed in the components of a tree that is itself the same object."""
    if type(child) is Block:
        if child.live:
            changes: list[tuple[int, Any]] = []
            values = child.values
            for slot in child.template.child_slots:
                value = values[slot]
                if value is not None and type(value) is not str:
                    change = _settled(value)
                    if change is not UNCHANGED:
                        changes.append((slot, change))
            if changes:
                return Update(child.template, changes)
    elif isinstance(child, Feeding):
        return _feeding(child)
    elif isinstance(child, Node):
        before, content = child.before, child.content
        return _settled(content) if before is child or before is content else diff(before, content)
    elif isinstance(child, Items) and child.live:
        updated: list[tuple[int, str | int | None, Change]] = []
        for index, value in enumerate(child.values):
            change = _settled(value)
            if change is not UNCHANGED:
                updated.append((index, child.keys[index] if child.keys is not None else None, change))
        if updated:
            return Splice([], [], [], updated, None if child.keys is None else (child.keys, child.keys))
    return UNCHANGED


def _blocks(old: Block, new: Block) -> Change:
    template = new.template
    if old.template is not template:
        return new
    # Values that are equal are of the same type: text, True, nothing, a symbol, a listener.
    if not new.live and old.values == new.values:
        return UNCHANGED
    changes: list[tuple[int, Any]] = []
    kinds = template.kinds
    for slot, (before, after) in enumerate(zip(old.values, new.values, strict=True)):
        if before is after and (before is None or type(before) is str):
            continue
        if kinds[slot] is CHILD:
            change = diff(before, after)
            if change is not UNCHANGED:
                changes.append((slot, change))
        elif before is not after and (before != after or type(before) is not type(after)):
            changes.append((slot, after))
    return Update(template, changes) if changes else UNCHANGED


def _items(old: Items, new: Items) -> Change:
    if (old.keys is None) != (new.keys is None):
        return new
    is_live = old.live or new.live
    if old.keys is None or new.keys is None:
        return _unkeyed(old.values, new.values, is_live=is_live)
    return _keyed(old.keys, old.values, new.keys, new.values, is_live=is_live)


def _unkeyed(old: tuple[Rendered, ...], new: tuple[Rendered, ...], *, is_live: bool) -> Change:
    common = min(len(old), len(new))
    updated = _updates(range(common), repeat(None), old[:common], new[:common], is_live=is_live)
    if not updated and len(old) == len(new):
        return UNCHANGED
    removed = [(common, len(old) - common)] if len(old) > common else []
    inserted: list[tuple[int, str | int | None, Rendered]] = [
        (index, None, new[index]) for index in range(common, len(new))
    ]
    return Splice(removed, [], inserted, updated)


def _keyed(
    old_keys: tuple[str | int, ...],
    old: tuple[Rendered, ...],
    new_keys: tuple[str | int, ...],
    new: tuple[Rendered, ...],
    *,
    is_live: bool,
) -> Change:
    if old_keys == new_keys:
        updated = _updates(range(len(new)), new_keys, old, new, is_live=is_live)
        return Splice([], [], [], updated, (old_keys, new_keys)) if updated else UNCHANGED
    # What is the same at both ends stays there.
    head = _common(old_keys, new_keys)
    tail = min(_common(old_keys[::-1], new_keys[::-1]), len(old) - head, len(new) - head)
    old_end, new_end = len(old) - tail, len(new) - tail
    before = dict(zip(old_keys[head:old_end], old[head:old_end], strict=True))
    come = new_keys[head:new_end]
    kept = before.keys() & set(come)
    stays, is_there = list(map(kept.__contains__, before)), list(map(kept.__contains__, come))
    removed = _runs(list(compress(count(head), map(not_, stays))))
    rank = dict(zip(compress(before, stays), count(head), strict=False))
    moved = _moves(list(map(rank.__getitem__, compress(come, is_there))), head)
    inserted: list[tuple[int, str | int | None, Rendered]] = [
        (index, new_keys[index], new[index]) for index in compress(count(head), map(not_, is_there))
    ]
    indices = [*range(head), *compress(count(head), is_there), *range(new_end, len(new))]
    updated = _updates(
        indices,
        list(map(new_keys.__getitem__, indices)),
        [*old[:head], *map(before.__getitem__, compress(come, is_there)), *old[old_end:]],
        list(map(new.__getitem__, indices)),
        is_live=is_live,
    )
    return Splice(removed, moved, inserted, updated, (old_keys, new_keys))


def _common(one: tuple[str | int, ...], other: tuple[str | int, ...]) -> int:
    """How many keys two lists have in common at their beginning."""
    return next(compress(count(), map(ne, one, other)), min(len(one), len(other)))


def _updates(
    indices: Iterable[int],
    keys: Iterable[str | int | None],
    before: Sequence[Rendered],
    after: Sequence[Rendered],
    *,
    is_live: bool,
) -> list[tuple[int, str | int | None, Change]]:
    """What changes in items that stay.

    Arguments:
        indices: where they are in the finished list.
        keys: those that they have.
        before: what they were.
        after: what they are.
        is_live: whether components are in them.
    """
    if not is_live:
        # What is the very same, as a rule most of them, has not changed.
        others = list(map(is_not, before, after))
        indices, keys = compress(indices, others), compress(keys, others)
        before, after = list(compress(before, others)), list(compress(after, others))
    updated: list[tuple[int, str | int | None, Change]] = []
    for index, key, was, now in zip(indices, keys, before, after, strict=False):
        if type(was) is type(now) is Block:
            # Of many rows most are equal.
            if was.template is now.template and not now.live and was.values == now.values:
                continue
            change = _blocks(was, now)
        else:
            change = diff(was, now)
        if change is not UNCHANGED:
            updated.append((index, key, change))
    return updated


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Numbers as (first, count), where each is one more than the one before.

    >>> _runs([4, 5, 6, 1, 8, 9])
    [(4, 3), (1, 1), (8, 2)]
    """
    if not numbers:
        return []
    breaks = compress(count(1), map(ne, numbers[1:], map((1).__add__, numbers)))
    return [(numbers[start], end - start) for start, end in pairwise(chain((0,), breaks, (len(numbers),)))]


def _moves(target: list[int], first: int) -> list[tuple[int, int]]:
    """The fewest moves that bring `first`, `first` + 1… into the order of `target`.

    What is on a longest increasing subsequence stays; everything else is put behind its predecessor.
    """
    runs = _runs(target)
    if len(runs) <= 1:
        return []
    staying = _staying(runs)
    moves: list[tuple[int, int]] = []
    taken: list[int] = []
    """What was taken away so far, in ascending order."""
    given: list[int] = []
    """Behind what it was put, in ascending order."""
    anchor = first - 1
    for number, (start, length) in enumerate(runs):
        if number in staying:
            anchor = start + length - 1
            continue
        for item in range(start, start + length):
            source = item - bisect_left(taken, item) + bisect_left(given, item)
            insort(taken, item)
            moves.append((source, anchor + 1 - bisect_right(taken, anchor) + len(given)))
            given.append(anchor)
    return moves


def _staying(runs: list[tuple[int, int]]) -> set[int]:
    """Which runs are a longest increasing subsequence of all: a run is in it as a whole or not at all."""
    # Increasing sequences so far that may be gone on with: the longer, the higher the number it ends in.
    ends: list[int] = []
    lengths: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for number, (start, size) in enumerate(runs):
        at = bisect_left(ends, start)
        length = lengths[at - 1] + size if at else size
        previous.append(last[at - 1] if at else -1)
        beaten = slice(at, bisect_right(lengths, length, at))
        ends[beaten], lengths[beaten], last[beaten] = [start + size - 1], [length], [number]
    staying: set[int] = set()
    number = last[-1]
    while number >= 0:
        staying.add(number)
        number = previous[number]
    return staying
