"""What a rendered tree takes in the memory of the server, by estimate."""

from __future__ import annotations

from collections.abc import Sequence
from sys import getsizeof
from typing import Any, Final

from .blocks import Block, Feeding, Items, Listener, Node, Raw, Rendered, columns_of
from .symbols import Choice

_MANY: Final = 16
_TEXTS: Final = frozenset({str, type(None), bool})
_NUMBER: Final = getsizeof(1)
_EMPTY: Final = getsizeof("")

# Measured (benchmarks/memory.py), in bytes.
_BOUND: Final = 50
"""What a listener is bound to, besides the listener itself."""
_COMPONENT: Final = 1_700
"""A component and its place, besides its state."""


def weight_of(child: Rendered) -> int:
    """About how many bytes a tree takes. What stands in it several times takes no more.

    Arguments:
        child: the tree; components in it are mounted.

    >>> from reactor import html as h
    >>> weight_of(h.p["x" * 1_000]) - weight_of(h.p["x" * 500])
    500
    """
    total = 0
    seen: set[int] = {id(None), id(True)}
    left: list[Any] = [child]
    while left:
        value = left.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        total += getsizeof(value)
        kind = type(value)
        if kind is str:
            continue
        if kind is Block:
            total += getsizeof(value.values)
            left += value.values
        elif kind is Items:
            total += getsizeof(value.values) + getsizeof(value.keys)
            total += _of_keys(value.keys or ())
            rows = _of_rows(value.values)
            total += rows or 0
            left += value.values if rows is None else ()
        elif isinstance(value, Listener):
            total += _bound_by(value)
        elif isinstance(value, dict):
            left += value.values()
        elif isinstance(value, Node):
            total += 0 if isinstance(value, Feeding) else _COMPONENT
            left.append(value.content)
        elif isinstance(value, Raw):
            left.append(value.html)
        elif isinstance(value, Choice):
            left += (value.yes, value.no)
    return total


def _of_rows(values: Sequence[Rendered]) -> int | None:
    """Many blocks of one template that hold texts and handlers, slot by slot; `None`: it is something else.

    What stands in several rows is counted once; texts of different slots are taken to be different.
    """
    if len(values) < _MANY or set(map(type, values)) != {Block}:
        return None
    table = columns_of(values)
    if table is None:
        return None
    total = len(values) * (getsizeof(values[0]) + getsizeof(values[0].values))  # type: ignore[union-attr]
    for column in table[1]:
        kinds = set(map(type, column))
        # Not by what they say: what stands in memory twice takes twice as much.
        is_each_apart = len(set(map(id, column[:_MANY]))) == _MANY
        if kinds == {str} and is_each_apart and all(map(str.isascii, column)):
            total += sum(map(len, column)) + len(column) * _EMPTY  # as of each by itself, and much faster
        elif kinds <= _TEXTS:
            total += sum(map(getsizeof, {id(text): text for text in column}.values())) if str in kinds else 0
        elif len(kinds) == 1 and isinstance(column[0], Listener):
            count = len(column) if is_each_apart else len(set(map(id, column)))
            total += count * (getsizeof(column[0]) + _bound_by(column[0]))
        else:
            return None
    return total


def _of_keys(keys: Sequence[str | int]) -> int:
    return len(keys) * _NUMBER if set(map(type, keys)) == {int} else sum(map(getsizeof, keys))


def _bound_by(listener: Listener) -> int:
    """What a listener holds: what is bound, and of one that stands around an action the action."""
    called = listener.called()
    return _BOUND if called is listener or called is None else _BOUND + getsizeof(called)
