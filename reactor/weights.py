"""What a rendered tree takes in the memory of the server, by estimate."""

from __future__ import annotations

from sys import getsizeof
from typing import Any, Final

from .blocks import Block, Feeding, Items, Listener, Node, Raw, Rendered
from .symbols import Choice

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
            left += value.values
            left += value.keys or ()
        elif isinstance(value, Listener):
            total += _BOUND
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
