"""How one tree becomes another: the difference of two children.

The result is a *change*: `UNCHANGED`, an `Update` (same template, some slots), a `Splice` (a list), an
`Append` (a text that grows), an `Edit` (a feed, whose items nobody remembers), or a child, which means: make
it this.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, repeat
from typing import Any, Final, TypeAlias

from .blocks import CHILD, Block, Edit, Feeding, Items, Node, Rendered, Template, is_live
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
    if isinstance(new, Feeding) and isinstance(old, Feeding) and old.source == new.source:
        return _feeding(new)
    if old is new:
        if isinstance(new, Node):
            return diff(new.content if new.before is new else new.before, new.content)
        return _settled(new) if is_live(new) else UNCHANGED
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
    if isinstance(child, Block):
        changes: list[tuple[int, Any]] = []
        for slot in child.template.child_slots:
            value = child.values[slot]
            if is_live(value):
                change = diff(value, value)
                if change is not UNCHANGED:
                    changes.append((slot, change))
        return Update(child.template, changes) if changes else UNCHANGED
    if isinstance(child, Items):
        updated: list[tuple[int, str | int | None, Change]] = []
        for index, value in enumerate(child.values):
            if is_live(value):
                change = diff(value, value)
                if change is not UNCHANGED:
                    updated.append((index, child.keys[index] if child.keys is not None else None, change))
        keys = None if child.keys is None else (child.keys, child.keys)
        return Splice([], [], [], updated, keys) if updated else UNCHANGED
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
    if old.keys is None or new.keys is None:
        return _unkeyed(old.values, new.values)
    return _keyed(old.keys, old.values, new.keys, new.values)


def _unkeyed(old: tuple[Rendered, ...], new: tuple[Rendered, ...]) -> Change:
    updated = _updates(zip(count(), repeat(None), old, new, strict=False))
    if not updated and len(old) == len(new):
        return UNCHANGED
    common = min(len(old), len(new))
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
) -> Change:
    if old_keys == new_keys:
        updated = _updates(zip(count(), new_keys, old, new, strict=False))
        return Splice([], [], [], updated, (old_keys, new_keys)) if updated else UNCHANGED
    before = dict(zip(old_keys, old, strict=True))
    kept = set(new_keys)
    removed = _runs([index for index, key in enumerate(old_keys) if key not in kept])
    rank = {key: index for index, key in enumerate(key for key in old_keys if key in kept)}
    moved = _moves([rank[key] for key in new_keys if key in rank])
    inserted: list[tuple[int, str | int | None, Rendered]] = [
        (index, key, new[index]) for index, key in enumerate(new_keys) if key not in before
    ]
    updated = _updates(
        (index, key, before[key], value)
        for index, (key, value) in enumerate(zip(new_keys, new, strict=True))
        if key in before
    )
    return Splice(removed, moved, inserted, updated, (old_keys, new_keys))


def _updates(
    items: Iterable[tuple[int, str | int | None, Rendered, Rendered]],
) -> list[tuple[int, str | int | None, Change]]:
    """What changes in items that stay: their index, key, and what they were and are."""
    updated: list[tuple[int, str | int | None, Change]] = []
    for index, key, before, after in items:
        change = _blocks(before, after) if type(before) is type(after) is Block else diff(before, after)
        if change is not UNCHANGED:
            updated.append((index, key, change))
    return updated


def _runs(indices: list[int]) -> list[tuple[int, int]]:
    """Ascending indices as (start, count)."""
    runs: list[tuple[int, int]] = []
    for index in indices:
        if runs and sum(runs[-1]) == index:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((index, 1))
    return runs


def _moves(target: list[int]) -> list[tuple[int, int]]:
    """The fewest moves that bring 0, 1, 2… into the order of `target`.

    What is on a longest increasing subsequence stays; everything else is put behind its predecessor.
    """
    staying = _longest_increasing(target)
    if len(staying) == len(target):
        return []
    # At place n + 1 stands item n, and behind it what was moved there; at place 0 what was moved to the top.
    counts = _Counts(len(target) + 1)
    moves: list[tuple[int, int]] = []
    anchor = 0
    for item in target:
        if item in staying:
            anchor = item + 1
        else:
            source = counts.before(item + 1)
            counts.add(item + 1, -1)
            moves.append((source, counts.before(anchor + 1)))
            counts.add(anchor, 1)
    return moves


class _Counts:
    """How many items are at each of some places: none at the first one, then one at each.

    Both to change it and to sum up takes the logarithm of their number (a Fenwick tree).
    """

    __slots__ = ("_sums",)

    def __init__(self, count: int) -> None:
        self._sums = [0, 0, *(index & -index for index in range(2, count + 1))]
        # Place 0 is empty: each sum that includes it has one less.
        index = 2
        while index <= count:
            self._sums[index] -= 1
            index *= 2

    def add(self, place: int, number: int) -> None:
        """Puts so many more at a place."""
        index = place + 1
        while index < len(self._sums):
            self._sums[index] += number
            index += index & -index

    def before(self, place: int) -> int:
        """How many there are at all places before this one."""
        total = 0
        while place:
            total += self._sums[place]
            place &= place - 1
        return total


def _longest_increasing(sequence: list[int]) -> set[int]:
    """The members of a longest increasing subsequence."""
    tails: list[int] = []
    positions: list[int] = []
    previous: list[int] = []
    for index, item in enumerate(sequence):
        length = bisect_left(tails, item)
        previous.append(positions[length - 1] if length else -1)
        if length == len(tails):
            tails.append(item)
            positions.append(index)
        else:
            tails[length] = item
            positions[length] = index
    members: set[int] = set()
    index = positions[-1] if positions else -1
    while index >= 0:
        members.add(sequence[index])
        index = previous[index]
    return members
