"""Placeholders: what stands for values that only the browser will know, while a reducer is run ahead.

A placeholder is a text that may be stored, passed on, and put into a tree, also as a part of another text. In
the tree that is rendered with it, it becomes a *hole*, which the browser fills with what was sent. What would
have to know its value is an error.
"""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Final, NoReturn, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from .errors import PlaceholderError, user_line
from .events import FIELDS

# Characters of private use: nothing that people write holds three of them in this order.
_START: Final = "\uf8f0"
_END: Final = "\uf8f1"
_FIRST: Final = 0xE000
_MOST: Final = 0x1800
_MARK: Final = re.compile(f"{_START}([\ue000-\uf7ff]){_END}")

_FALSE: Final = ("", "false", "off", "0", "no", "f", "n")
"""What pydantic reads as false, and an unchecked box."""

Texts = tuple["str | None", ...]
"""What a field may hold for something to be meant; `None`: it is not sent."""


@dataclass(frozen=True)
class Hole:
    """What the browser fills in.

    Arguments:
        field: the name of what is sent.
        level: with which of several calls in a row, counted from 0.
    """

    field: str
    level: int


class Holes:
    """The placeholders of one action: gives them out, and finds them again in texts."""

    def __init__(self) -> None:
        self._holes: list[Hole] = []

    def placeholder(self, field: str, level: int) -> Placeholder:
        """A placeholder for what is sent in a field.

        Raises:
            PlaceholderError: there are too many.
        """
        hole = Hole(field, level)
        if hole not in self._holes:
            if len(self._holes) == _MOST:
                raise PlaceholderError("too many placeholders in one reducer")
            self._holes.append(hole)
        made = Placeholder(f"{_START}{chr(_FIRST + self._holes.index(hole))}{_END}")
        made.field = field
        return made

    def placeholder_at(self, level: int) -> Callable[[str], Placeholder]:
        """What makes the placeholders of one of several calls in a row."""
        return lambda field: self.placeholder(field, level)

    def parts_in(self, data: bytes) -> bool:
        """Whether a placeholder is in a component's state."""
        return _START.encode() in data

    def relative(self, data: bytes, level: int) -> str:
        """A component's state, in which placeholders are counted back from the last call."""

        def name(mark: re.Match[str]) -> str:
            at = ord(mark[1]) - _FIRST
            if at >= len(self._holes):
                return mark[0]
            return f"{_START}{self._holes[at].field}{level - self._holes[at].level}{_END}"

        return _MARK.sub(name, data.decode())

    def revived(self, value: Any) -> Any:
        """A value of a state, in which texts with placeholders are placeholders again.

        Models make plain texts of them; those could be looked into without anybody noticing.
        """
        kind = type(value)
        if kind is str:
            if _START not in value:
                return value
            part = next((part for part in self.parts(value) if isinstance(part, Hole)), None)
            if part is None:
                return value
            made = Placeholder(value)
            made.field = part.field
            return made
        if kind in (list, tuple, set, frozenset):
            return kind(self.revived(item) for item in value)
        if kind is dict:
            return {name: self.revived(item) for name, item in value.items()}
        if isinstance(value, BaseModel) or dataclasses.is_dataclass(value):
            for name, item in vars(value).items():
                now = self.revived(item)
                if now is not item:
                    vars(value)[name] = now
        return value

    def parts(self, text: str) -> list[str | Hole]:
        """A text cut at its placeholders: text, hole, text, and so on.

        >>> holes = Holes()
        >>> holes.parts(f"Hello {holes.placeholder('name', 0)}!")
        ['Hello ', Hole(field='name', level=0), '!']
        """
        if _START not in text:
            return [text]
        parts: list[str | Hole] = []
        for index, part in enumerate(_MARK.split(text)):
            at = ord(part) - _FIRST if index % 2 else -1
            # Somebody's own text may hold such characters.
            parts.append(self._holes[at] if 0 <= at < len(self._holes) else part)
        return parts


class Placeholder(str):
    """A text that only the browser knows; made by `Holes.placeholder`."""

    field: str

    def __add__(self, other: str) -> str:
        return str.__add__(self, other) if isinstance(other, str) else self._refuse()

    def __radd__(self, other: str) -> str:
        return str.__add__(other, self) if isinstance(other, str) else self._refuse()

    def __format__(self, spec: str) -> str:
        return str.__str__(self) if not spec else self._refuse()

    def __deepcopy__(self, memo: object) -> Placeholder:
        return self

    def __hash__(self) -> int:
        return str.__hash__(self)

    def _refuse(self, *_args: object, **_options: object) -> NoReturn:
        raise PlaceholderError(
            f"the reducer computes on {self.field!r}, which only the browser knows: it can be stored, passed "
            f"on and shown, also inside an f-string, but not looked into\n  in {user_line()}"
        )


for _name in (
    *("__len__", "__bool__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__"),
    *("__iter__", "__getitem__", "__mul__", "__rmul__", "__mod__", "__rmod__", "__sub__", "__rsub__"),
    *("__truediv__", "__rtruediv__", "__floordiv__", "__rfloordiv__", "__neg__", "__int__", "__float__"),
    *(name for name in dir(str) if not name.startswith("_")),
):
    setattr(Placeholder, _name, Placeholder._refuse)


class Case(typing.NamedTuple):
    """One of the values that a parameter may come to.

    Arguments:
        value: what the reducer gets.
        when: by field, what must be sent for it; what is not named may be anything.
    """

    value: Any
    when: Mapping[str, Texts]


def cases(
    field: str, annotation: Any, default: Any, make: Callable[[str], Placeholder], *, is_form: bool
) -> list[Case]:
    """What a parameter may be: a placeholder, or each of a few values; the first that fits counts.

    Arguments:
        field: the name of what is sent.
        annotation: the type of the parameter.
        default: what it is when nothing is sent; `inspect.Parameter.empty` or pydantic's mark: nothing.
        make: makes a placeholder.
        is_form: whether a form is sent, or an event.

    >>> [case.value for case in cases("checked", bool, ..., Holes().placeholder_at(0), is_form=False)]
    [False, True]
    """
    if not is_form and field not in FIELDS and not _is_missing(default):
        return [Case(default, {})]
    found: list[Case] = []
    if not _is_missing(default) and default != "":
        found.append(Case(default, {field: (None,)}))
    return found + _cases(field, annotation, make)


def _cases(field: str, annotation: Any, make: Callable[[str], Placeholder]) -> list[Case]:
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if annotation is bool:
        return [Case(False, {field: (None, *_FALSE)}), Case(True, {})]
    if get_origin(annotation) is typing.Literal:
        return [Case(value, {field: (str(value),)}) for value in get_args(annotation)]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [Case(member, {field: (str(member.value),)}) for member in annotation]
    if get_origin(annotation) in (typing.Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        none = [] if len(members) == len(get_args(annotation)) else [Case(None, {field: (None, "")})]
        return none + (_cases(field, members[0], make) if len(members) == 1 else [Case(make(field), {})])
    return [Case(make(field), {})]


def model_cases(
    model: type[BaseModel], make: Callable[[str], Placeholder], *, is_form: bool
) -> Iterator[Case]:
    """What a model that takes everything may be, without being validated."""
    names, fields = list(model.model_fields), list(model.model_fields.values())
    choices = [
        cases(
            field.alias or name,
            field.annotation,
            field.get_default(call_default_factory=True) if not field.is_required() else PydanticUndefined,
            make,
            is_form=is_form,
        )
        for name, field in zip(names, fields, strict=True)
    ]
    for chosen in itertools.product(*choices):
        values = {name: case.value for name, case in zip(names, chosen, strict=True)}
        yield Case(model.model_construct(**values), together(chosen))


def together(chosen: Sequence[Case]) -> dict[str, Texts]:
    """What must be sent for all of these."""
    return {field: texts for case in chosen for field, texts in case.when.items()}


def _is_missing(default: Any) -> bool:
    return default is PydanticUndefined or default is inspect.Parameter.empty or default is ...
