"""Makers: each makes the blocks of one template from values as an application writes them.

What an expression of elements has in its slots is ordinary, as a rule: text, numbers, handlers, other
elements. A maker is a function for the form of a template, that takes these as they are and calls others for
the rest.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Sequence
from types import CodeType
from typing import Any, Final, NoReturn, TypeAlias, cast

from .blocks import (
    ATTRIBUTE,
    CHILD,
    EVENT,
    PROPERTY,
    SAFE_INTEGER,
    Block,
    Deferred,
    Definition,
    Fragment,
    Listener,
    Template,
    is_live,
    key_of,
)
from .errors import ReactorError

Convert: TypeAlias = Callable[[Any], Any]
"""Makes the value of a slot of what the application wrote."""


def maker(
    template: Template,
    converts: Sequence[Convert | None],
    plain: Collection[int],
    fallback: Callable[..., Any],
) -> Callable[..., Block]:
    """What makes blocks of one template from values as an application writes them.

    Arguments:
        template: the template.
        converts: for each slot what makes its value; `None`: it takes only what `plain` says.
        plain: the slots that take what most values are as it is: text that is not empty and `None`; those of
            children also integers and elements; those of events take listeners, and place them.
        fallback: is called with the same arguments and gives the result where one of them is out of the
            ordinary: it is refused, or it is an item with a key and has siblings.

    Returns:
        A function that takes the values in the order of their slots, and the key of the block or `None`.

    >>> make = maker(Template(("li", (), ("Total: ", 0))), [None], {0}, print)
    >>> make(5, None).values
    ('5',)
    """
    steps = tuple(_STEPS[kind][slot in plain] for slot, kind in enumerate(template.kinds))
    names = _MAKING | {"template": template, "tag": template.tag, "fallback": fallback}
    names |= {f"convert{slot}": convert or _refuse for slot, convert in enumerate(converts)}
    # Nothing of the application stands in this code but the numbers of slots.
    exec(_making(steps, tuple(_children(template.definition))), names)
    return cast(Callable[..., Block], names["make"])


def _children(element: Definition) -> Iterable[tuple[int, bool]]:
    """The slots of children in the order in which they are filled, and whether each has siblings."""
    children = element[2]
    for child in children:
        if type(child) is tuple:
            yield from _children(child)
    for child in children:
        if type(child) is int:
            yield child, len(children) > 1


def _refuse(value: object) -> NoReturn:
    raise TypeError(f"{value!r} is not plain")


def _can_repeat(*values: object) -> bool:
    """Whether none of these is gone through only once, so that something else can still be made of them."""
    return not any(hasattr(value, "__next__") for value in values)


_MAKING: Final[dict[str, Any]] = {
    "Block": Block,
    "Listener": Listener,
    "KEYED": (Block, Deferred, Fragment),
    "REFUSED": (TypeError, ValueError, ReactorError),
    "SAFE": SAFE_INTEGER,
    "can_repeat": _can_repeat,
    "is_live": is_live,
    "key_of": key_of,
}
_MAKER: Final = """
def make({given}key):{siblings}
    try:
        if key is not None and (type(key) is not int or not -SAFE <= key <= SAFE):
            key = key_of(key, tag){attributes}
    except REFUSED:
        return fallback({given}key)
    live = False
    try:{children}
        return Block(template, ({values}), key, live)
    except REFUSED:
        if can_repeat({given}):
            return fallback({given}key)
        raise
"""
_SIBLING: Final = """
    if type(given{0}) is not str and isinstance(given{0}, KEYED) and given{0}.key is not None:
        return fallback({given}key)"""
_ATTRIBUTE: Final = """
        value{0} = convert{0}(given{0})"""
_PLAIN_ATTRIBUTE: Final = """
        if given{0} is None or type(given{0}) is str and given{0}:
            value{0} = given{0}
        else:
            value{0} = convert{0}(given{0})"""
_PLAIN_EVENT: Final = """
        if not isinstance(given{0}, Listener):
            value{0} = convert{0}(given{0})
        elif given{0}.stays:
            value{0} = given{0}
        else:
            value{0} = given{0}.placed()"""
_CHILD: Final = """
        value{0} = convert{0}(given{0})
        live = live or is_live(value{0})"""
_PLAIN_CHILD: Final = """
        kind = type(given{0})
        if kind is str:
            value{0} = given{0} or None
        elif kind is int:
            value{0} = str(given{0})
        elif given{0} is None:
            value{0} = None
        elif kind is Block and given{0}.key is None:
            value{0} = given{0}
            live = live or given{0}.live
        else:
            value{0} = convert{0}(given{0})
            live = live or is_live(value{0})"""

_STEPS: Final = {
    ATTRIBUTE: (_ATTRIBUTE, _PLAIN_ATTRIBUTE),
    PROPERTY: (_ATTRIBUTE, _PLAIN_ATTRIBUTE),
    EVENT: (_ATTRIBUTE, _PLAIN_EVENT),
    CHILD: (_CHILD, _PLAIN_CHILD),
}


@functools.lru_cache(1_000)
def _making(steps: tuple[str, ...], children: tuple[tuple[int, bool], ...]) -> CodeType:
    """The code of a function of `maker`; templates of one form have the same."""
    inner = dict(children)
    slots = range(len(steps))
    outer = [slot for slot in slots if slot not in inner]
    given = "".join(f"given{slot}, " for slot in slots)
    source = _MAKER.format(
        given=given,
        siblings="".join(_SIBLING.format(slot, given=given) for slot, among in children if among),
        attributes="".join(steps[slot].format(slot) for slot in outer),
        children="".join(steps[slot].format(slot) for slot in inner),
        values="".join(f"value{slot}, " for slot in slots),
    )
    # No file has this; errors are told of the lines of the application.
    return compile(source, f"<frozen {__name__}>", "exec")
