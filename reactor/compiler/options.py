"""Options that are constants, as in `on(self.save, prevent=True)`: what comes of them is made once."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, Final, TypeAlias, TypeVar

Prepare: TypeAlias = Callable[..., Callable[[Any], Any]]
"""Takes the options of a function, and gives what does the same with its one argument."""

P = TypeVar("P", bound=Prepare)

_prepared: Final[dict[Callable[..., Any], Prepare]] = {}


def prepares(function: Callable[..., Any]) -> Callable[[P], P]:
    """Tells the compiler how the options of a function are prepared.

    Arguments:
        function: takes one argument by its place, and options by their names.

    >>> def power(number: int, *, of: int) -> int:
    ...     return number**of
    >>> @prepares(power)
    ... def power_of(*, of: int):
    ...     return lambda number: number**of
    >>> prepared(power, {"of": 2})(5)
    25
    """

    def note(prepare: P) -> P:
        _prepared[function] = prepare
        return prepare

    return note


def is_prepared(function: object) -> bool:
    """Whether options of this function can be prepared."""
    return isinstance(function, FunctionType) and function in _prepared


def prepared(function: Callable[..., Any], options: dict[str, Any]) -> Callable[[Any], Any] | None:
    """What does the same as a function with these options; `None`: it will refuse them."""
    try:
        return _prepared[function](**options)
    except (TypeError, ValueError):
        return None
