"""Props: what a component is given, and whether it was given the same before."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeGuard
from uuid import UUID

from pydantic import BaseModel

from .blocks import Listener
from .components import Component
from .feeds import Feed

_CONSTANT: Final = frozenset({type(None), int, str, bytes, date, datetime, time, timedelta, UUID})
_NUMBERS: Final = frozenset({bool, float, Decimal})
"""Types of constants that may be equal to an integer, and are not the same."""


def is_same(mounted: Component | None, given: Component) -> TypeGuard[Component]:
    """Whether what is rendered now is the component that is mounted there."""
    return mounted is not None and type(mounted) is type(given) and mounted.key == given.key


class _Unstable:
    """A value that may change without a trace: it is never taken for the same."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return id(self)


def frozen(values: Mapping[str, Any], names: tuple[str, ...]) -> object:
    """A snapshot of props, equal to another one only if nothing in them has changed."""
    return tuple(
        [values[name] if type(values[name]) in _CONSTANT else _freeze(values[name], 0) for name in names]
    )


def _freeze(value: Any, depth: int) -> object:
    kind = type(value)
    if kind in _CONSTANT or isinstance(value, (Enum, type)):
        return value
    if kind in _NUMBERS:
        return (kind, value)
    if depth > 20:
        return _Unstable()
    if kind in (list, tuple) or (isinstance(value, tuple) and hasattr(kind, "_fields")):
        return (kind, *[_freeze(item, depth + 1) for item in value])
    if kind is dict:
        return (kind, *[(_freeze(key, depth + 1), _freeze(item, depth + 1)) for key, item in value.items()])
    if kind in (set, frozenset):
        return (kind, frozenset(_freeze(item, depth + 1) for item in value))
    if isinstance(value, (Listener, Feed)):
        return value
    if isinstance(value, BaseModel):
        return (kind, _freeze(value.__dict__, depth + 1))
    if dataclasses.is_dataclass(value):
        return (
            kind,
            *[_freeze(getattr(value, field.name), depth + 1) for field in dataclasses.fields(value)],
        )
    # A new one each time: tuples take an item that is the very same for equal without asking it.
    return _Unstable()
