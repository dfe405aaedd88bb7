"""Layers: what a browser shows before the server has answered, as `docs/protocol.md` has it.

The Python twin of the client's module of that name: predictions are laid over the tree that the server has
given, and what depends on the calls under way is resolved. `reactor.testing` shows pages through it. Trees
are in the form that travels; nothing is changed in place.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from .blocks import CHILD, EVENT, Template
from .protocol import APPEND, CHOICE, DATA, EDIT, FEED, ITEMS, JOINED, KEYED, PROGRESS, SPLICE, UPDATE

Wire: TypeAlias = Any
"""nil, booleans, numbers, strings, binary, lists and dictionaries of these."""

Step: TypeAlias = str | int

Templates: TypeAlias = Mapping[int, Template]

_LISTS: Final = (ITEMS, KEYED)


@dataclass
class OpenCall:
    """A call that has no answer yet.

    Arguments:
        at: where its handler stood.
        source: the number that symbols know such calls by.
        ahead: the number of its prediction.
        form: where the form stands that is sent.
        entries: the form's entries.
        fields: the event's fields.
        sends_files: whether files go with it; none of them has arrived yet.
    """

    at: Sequence[Step]
    source: int | None = None
    ahead: int | None = None
    form: Hashable = None
    entries: Sequence[tuple[str, str]] | None = None
    fields: Mapping[str, Any] | None = None
    sends_files: bool = False
    is_shown: bool = False
    """Whether its outcome is shown; otherwise it is pending only."""

    def data(self, name: str) -> str | None:
        """What is sent with a name; of several the last."""
        value: Any = (self.fields or {}).get(name)
        for other, entry in self.entries or ():
            if other == name:
                value = entry
        if isinstance(value, bool):
            return "true" if value else "false"
        return None if value is None or isinstance(value, (list, dict)) else str(value)


def layered(
    base: Wire, calls: Sequence[OpenCall], predictions: Mapping[int, Wire], templates: Templates
) -> Wire:
    """A tree with what calls will do to it, as far as that is known; notes in each whether it is shown.

    Arguments:
        base: the tree, as the server has given it.
        calls: the calls under way, oldest first.
        predictions: by number, what the server has told.
        templates: by number.
    """
    rows: dict[int, tuple[int | None, list[OpenCall]]] = {}
    touched: list[tuple[int, tuple[Step, ...]]] = []
    for call in calls:
        call.is_shown = False
        if call.ahead is None:
            continue
        prediction = predictions.get(call.ahead)
        state, row = rows.get(call.ahead, (0, []))
        row = [call, *row]
        following: int | None = None
        own: list[tuple[Step, ...]] = []
        try:
            if prediction is None or state is None:
                raise ValueError("nothing is known")
            found = _transition(prediction[1 + state], call)
            if found[1] != []:
                steps = tuple(call.at[: prediction[0]])
                changed = applied(_at(base, steps), filled(found[1], row), templates, steps, own.append)
                for there in (place for number, place in touched if number != call.ahead):
                    if any(all(map(operator.eq, there, place)) for place in own):
                        raise ValueError("two calls that do not know of each other change the same")
                base = _with(base, steps, changed)
            touched += [(call.ahead, place) for place in own]
            following, call.is_shown = found[2], True
        except (ValueError, IndexError):
            pass  # it does not fit what is there now: the call is pending, and its answer will tell
        rows[call.ahead] = (following, row)
    return base


def _transition(state: Sequence[Wire], call: OpenCall) -> Sequence[Wire]:
    """The first transition whose conditions hold."""
    for index in range(0, len(state), 3):
        if all(call.data(name) in texts for name, texts in (state[index] or {}).items()):
            return state[index : index + 3]
    raise ValueError("no transition is known")


def filled(delta: Wire, calls: Sequence[OpenCall]) -> Wire:
    """A delta with what is sent in its holes; `calls` are those of the handler, the latest first."""
    if isinstance(delta, list):
        return [filled(part, calls) for part in delta]
    if not isinstance(delta, dict) or "" not in delta:
        return delta
    texts: list[str] = []
    for index, part in enumerate(delta[""]):
        name, age = part if isinstance(part, list) else (part, 0)
        texts.append(((calls[age].data(name) if age < len(calls) else None) or "") if index % 2 else part)
    return "".join(texts)


def _index(child: Wire, step: Step) -> int:
    if not isinstance(child, list):
        raise ValueError("there is nothing at this place")
    return int(child[1].index(step)) + 2 if child[0] == KEYED else int(step) + 1


def _at(child: Wire, steps: Sequence[Step]) -> Wire:
    """What is some steps away."""
    for step in steps:
        child = child[_index(child, step)]
    return child


def _with(child: Wire, steps: Sequence[Step], value: Wire) -> Wire:
    """The same with another value some steps away."""
    if not steps:
        return value
    at = _index(child, steps[0])
    return [*child[:at], _with(child[at], steps[1:], value), *child[at + 1 :]]


def _no_touch(place: tuple[Step, ...]) -> None:
    """Nobody wants to know."""


def applied(
    child: Wire,
    delta: Wire,
    templates: Templates,
    place: tuple[Step, ...] = (),
    touch: Callable[[tuple[Step, ...]], None] = _no_touch,
) -> Wire:
    """What a child becomes by a delta.

    Raises:
        ValueError: it does not fit.
    """
    kind = delta[0] if isinstance(delta, list) else None
    if kind == UPDATE:
        if not isinstance(child, list) or child[0] not in templates:
            raise ValueError("there is no block to be updated")
        template = templates[child[0]]
        made = list(child)
        for slot, change in zip(delta[1::2], delta[2::2], strict=True):
            to = (*place, slot)
            if template.kinds[slot] is CHILD:
                made[slot + 1] = applied(child[slot + 1], change, templates, to, touch)
            else:
                touch(to)
                made[slot + 1] = change
        return made
    if kind in (SPLICE, EDIT):
        if not isinstance(child, list) or child[0] not in _LISTS:
            raise ValueError("there is no list to be changed")
        parts = [*delta[1:], [], [], [], []][:4]
        return (_spliced if kind == SPLICE else _edited)(child, parts, templates, place, touch)
    if kind == FEED:
        if not isinstance(child, list) or child[0] != KEYED:
            raise ValueError("there is no list to be changed")
        for key in (*_part(delta, 1), *_part(delta, 4)[::2]):
            touch((*place, key))
        return fed(child, delta)
    touch(place)
    if kind == APPEND:
        if not isinstance(child, str):
            raise ValueError("there is no text to be added to")
        return child + delta[1]
    return delta


def _part(delta: list[Wire], number: int) -> list[Wire]:
    return delta[number] if number < len(delta) else []


def fed(child: list[Wire], delta: list[Wire]) -> list[Wire]:
    """What the list of a feed becomes. Items are given whole, and what is not there is passed over.

    >>> fed([KEYED, [1, 2], "a", "b"], [FEED, [1], [], [3, "c"]])
    [-2, [2, 3], 'b', 'c']
    """
    items = dict(zip(child[1], child[2:], strict=True))
    parts = [_part(delta, number) for number in (2, 3, 4)]
    first, last, updated = (list(zip(part[::2], part[1::2], strict=True)) for part in parts)
    for key in _part(delta, 1):
        items.pop(key, None)
    items.update((key, item) for key, item in updated if key in items)
    put: dict[Step, Wire] = {}
    for key, item in (*first, *last):
        # One without a key of its own is another than those that are there.
        while isinstance(key, str) and key.startswith("\0") and (key in items or key in put):
            key += "\0"
        items.pop(key, None)
        put[key] = item
    found = [*put.items()]
    found[len(first) : len(first)] = items.items()
    limit = delta[5] if len(delta) > 5 else 0
    found = found[-limit:] if limit >= 0 else found[:-limit]
    return [KEYED, [key for key, _ in found], *[item for _, item in found]]


def told(child: Wire, before: Wire, renumber: Callable[[int], int], templates: Templates) -> Wire:
    """A whole tree in which feeds show the items that were shown before, and what has changed in them.

    Arguments:
        child: the tree of a sync.
        before: what was shown at its place.
        renumber: from the numbers that templates had before to those that they have.
        templates: by number.
    """
    if not isinstance(child, list) or not child:
        return child
    is_list = isinstance(before, list) and bool(before)
    if child[0] == FEED:
        kept = _renumbered(before, renumber, templates) if is_list and before[0] == KEYED else [KEYED, []]
        return fed(kept, child)
    if child[0] in _LISTS:
        start, items = _items(child)
        old = dict(_items(before)[1]) if is_list and before[0] == child[0] else {}
        return [*child[:start], *[told(item, old.get(key), renumber, templates) for key, item in items]]
    if child[0] < 0:
        return child
    same = is_list and type(before[0]) is int and before[0] >= 0 and renumber(before[0]) == child[0]
    made = list(child)
    for slot in templates[child[0]].child_slots:
        made[slot + 1] = told(child[slot + 1], before[slot + 1] if same else None, renumber, templates)
    return made


def _items(child: list[Wire]) -> tuple[int, list[tuple[Step, Wire]]]:
    """Where the items of a list begin, and these with their keys."""
    if child[0] == KEYED:
        return 2, list(zip(child[1], child[2:], strict=True))
    return 1, list(enumerate(child[1:]))


def _renumbered(child: Wire, renumber: Callable[[int], int], templates: Templates) -> Wire:
    """A tree with the numbers that its templates have now."""
    if not isinstance(child, list) or not child:
        return child
    if child[0] in _LISTS:
        start, items = _items(child)
        return [*child[:start], *[_renumbered(item, renumber, templates) for _, item in items]]
    if child[0] < 0:
        return child
    number = renumber(child[0])
    made = [number, *child[1:]]
    for slot in templates[number].child_slots:
        made[slot + 1] = _renumbered(child[slot + 1], renumber, templates)
    return made


def _spliced(
    child: list[Wire], parts: list[Wire], templates: Templates, place: tuple[Step, ...], touch: Any
) -> Wire:
    keyed = child[0] == KEYED
    items = list(zip(child[1], child[2:], strict=True)) if keyed else [(None, item) for item in child[1:]]
    removed, moved, inserted, updated = parts
    if removed or moved or inserted:
        touch(place)  # indices mean something else as soon as somebody else changes the list
    for start, count in reversed(list(zip(removed[::2], removed[1::2], strict=True))):
        del items[start : start + count]
    for source, goal in zip(moved[::2], moved[1::2], strict=True):
        items.insert(goal, items.pop(source))
    for index, key, item in zip(inserted[::3], inserted[1::3], inserted[2::3], strict=True):
        items.insert(index, (key, item))
    for index, delta in zip(updated[::2], updated[1::2], strict=True):
        key, item = items[index]
        items[index] = (key, applied(item, delta, templates, (*place, key if keyed else index), touch))
    values = [item for _, item in items]
    return [KEYED, [key for key, _ in items], *values] if keyed else [ITEMS, *values]


def _edited(
    child: list[Wire], parts: list[Wire], templates: Templates, place: tuple[Step, ...], touch: Any
) -> Wire:
    """Changes a list by keys: it may have changed since."""
    if child[0] != KEYED:
        raise ValueError("the list has no keys")
    keys, items = list(child[1]), list(child[2:])

    def put(key: Step, after: Wire, item: Wire) -> None:
        if key in keys:
            raise ValueError(f"{key!r} is there already")
        at = len(keys) if after is True else 0 if after is None else keys.index(after) + 1
        keys.insert(at, key)
        items.insert(at, item)

    def take(key: Step) -> Wire:
        at = keys.index(key)
        del keys[at]
        return items.pop(at)

    removed, moved, inserted, updated = parts
    for key in removed:
        touch((*place, key))
        take(key)
    if moved:
        touch((*place, ""))
    for key, after in zip(moved[::2], moved[1::2], strict=True):
        put(key, after, take(key))
    for key, after, item in zip(inserted[::3], inserted[1::3], inserted[2::3], strict=True):
        put(key, after, item)
    for key, delta in zip(updated[::2], updated[1::2], strict=True):
        at = keys.index(key)
        items[at] = applied(items[at], delta, templates, (*place, key), touch)
    return [KEYED, keys, *items]


def resolved(
    child: Wire,
    calls: Sequence[OpenCall],
    templates: Templates,
    path: tuple[Step, ...] = (),
    form: Any = None,
) -> Wire:
    """A child with its symbols resolved.

    Arguments:
        child: it.
        calls: the calls under way, oldest first.
        templates: by number.
        path: its place.
        form: the place of the form that it stands in.
    """
    if not isinstance(child, list) or not child:
        return child
    head = child[0]
    if type(head) is int and head <= CHOICE:
        return resolved(_value(child, calls, form), calls, templates, path, form)
    if head in _LISTS:
        first = 2 if head == KEYED else 1
        steps = child[1] if head == KEYED else range(len(child) - 1)
        items = [
            resolved(item, calls, templates, (*path, step), form)
            for step, item in zip(steps, child[first:], strict=True)
        ]
        return [*child[:first], *items]
    template = templates.get(head)
    if template is None:
        return child

    def inside(slot: int) -> Any:
        number = template.form_of(slot)
        return form if number is None else (path, number)

    values = [
        resolved(value, calls, templates, (*path, slot), inside(slot))
        if kind is CHILD
        else value
        if kind is EVENT or not isinstance(value, list)
        else _value(value, calls, inside(slot))
        for slot, (kind, value) in enumerate(zip(template.kinds, child[1:], strict=True))
    ]
    return [head, *values]


def _value(value: Wire, calls: Sequence[OpenCall], form: Any) -> Wire:
    """What a symbol is now; any other value as it is."""
    if not isinstance(value, list) or not value or type(value[0]) is not int or value[0] > CHOICE:
        return value
    if value[0] == JOINED:
        return " ".join(part for part in (_value(part, calls, form) for part in value[1:]) if part) or None
    # Nothing is ever paused here.
    if isinstance(value[1], dict):
        return _value(value[3], calls, form) if value[0] == CHOICE else None
    number = value[1][0] if isinstance(value[1], list) else value[1]
    is_of_form = not isinstance(value[1], int)
    fitting = [
        call
        for call in calls
        if (number is None or call.source == number)
        and (not is_of_form or (form is not None and call.form == form))
    ]
    if value[0] == CHOICE:
        return _value(value[2] if fitting else value[3], calls, form)
    if value[0] == DATA:
        return (fitting[-1].data(value[2]) if fitting else None) or None
    if value[0] == PROGRESS:
        return "0" if fitting and fitting[-1].sends_files else None
    return None
