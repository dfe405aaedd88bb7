"""Taint: values that must never leave the server, and the errors that keep them there.

A text that is marked keeps its mark through whatever is done to it in Python, or refuses: it can be
compared, cut and joined with `+`, but not be formatted, encoded or turned into a plain `str`. `reveal` gives
the text to what needs it, such as a driver of a database. An object is marked itself, not what is read from
it.

What C code does with a text cannot be seen: `"".join([text])`, `json.dumps(text)`, `re.sub` give a plain one.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn, SupportsIndex, TypeVar, cast

from pydantic import BaseModel, GetCoreSchemaHandler, SecretBytes, SecretStr
from pydantic_core import CoreSchema, core_schema

from .errors import TaintError, user_line

if TYPE_CHECKING:
    from typing import Self

T = TypeVar("T")

_PLAIN: Final = frozenset({type(None), bool, int, float, str, bytes})
_SECRETS: Final = (SecretStr, SecretBytes)

_objects: dict[int, tuple[weakref.ref[Any], str]] = {}
"""Marked objects by identity: many cannot be hashed."""
_is_used = False


class Tainted(str):
    """A text that must not leave the server; made by `taint`."""

    why: str

    def __new__(cls, text: str, why: str = "") -> Self:
        """Marks a text."""
        made = str.__new__(cls, _raw(text))
        made.why = why
        return made

    def _keep(self, text: str) -> Tainted:
        return Tainted(text, self.why)

    def _refuse(self, what: str) -> NoReturn:
        raise taint_error(f"cannot {what}", self.why)

    def __repr__(self) -> str:
        return f"<tainted: {self.why}>"

    def __str__(self) -> NoReturn:
        self._refuse("become a plain text; where that is meant, reveal(…) gives it")

    def __format__(self, spec: str) -> NoReturn:
        self._refuse("be formatted")

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> NoReturn:
        """Refuses: bytes bear no mark."""
        self._refuse("be encoded; where that is meant, reveal(…) gives the text")

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __copy__(self) -> Self:
        return self

    def __add__(self, other: str) -> Tainted:
        return self._keep(str.__add__(_raw(self), _raw(other)))

    def __radd__(self, other: str) -> Tainted:
        return self._keep(str.__add__(_raw(other), _raw(self)))

    def __mul__(self, times: SupportsIndex) -> Tainted:
        return self._keep(str.__mul__(self, times))

    __rmul__ = __mul__

    def __mod__(self, values: Any) -> Tainted:
        return self._keep(str.__mod__(_raw(self), values))

    def __rmod__(self, template: Any) -> Tainted:
        return self._keep(str.__mod__(_raw(template), (_raw(self),)))

    def __getitem__(self, index: SupportsIndex | slice) -> Tainted:
        return self._keep(str.__getitem__(self, index))

    def __iter__(self) -> Iterator[Tainted]:
        return map(self._keep, str.__iter__(self))


def _keeping(name: str) -> Any:
    """A method of `str` whose texts stay marked."""
    method = getattr(str, name)

    def keep(self: Tainted, *args: Any, **kwargs: Any) -> Any:
        given = method(_raw(self), *(_unmarked(each) for each in args), **kwargs)
        if type(given) is str:
            return self._keep(given)
        return type(given)(map(self._keep, given))

    keep.__name__ = keep.__qualname__ = name
    keep.__doc__ = f"As `str.{name}`; what comes of it is marked, too."
    return keep


for _name in (
    *("capitalize", "casefold", "center", "expandtabs", "format", "format_map", "join", "ljust", "lower"),
    *("lstrip", "partition", "removeprefix", "removesuffix", "replace", "rjust", "rpartition", "rsplit"),
    *("rstrip", "split", "splitlines", "strip", "swapcase", "title", "translate", "upper", "zfill"),
):
    setattr(Tainted, _name, _keeping(_name))


class _Dict(dict[Any, Any]):
    """A dictionary that is marked, with the texts in it."""

    why = ""


class _List(list[Any]):
    """A list that is marked, with the texts in it."""

    why = ""


def taint(value: T, why: str) -> T:
    """Marks a value that must not reach HTML, a patch, a script, or a token in clear: that is an error then.

    Arguments:
        value: a text; a dictionary or list, whose texts are marked too; or an object, such as a row of a
            database, which is marked itself.
        why: what the error says.

    Returns:
        A text, dictionary or list that is marked: go on with it, as the one given is not. The object itself.

    Raises:
        TaintError: it cannot be marked (a number, a date, bytes, a tuple): mark what it belongs to.

    >>> from reactor import html as h, taint
    >>> key = taint("s3cr3t", "the key of the payment service")
    >>> key.startswith("s3"), key
    (True, <tainted: the key of the payment service>)
    >>> h.p[key]
    Traceback (most recent call last):
    ...
    reactor.errors.TaintError: a tainted value cannot be a child of <p>: the key of the payment service...
    """
    global _is_used
    _is_used = True
    given: Any = value
    marked: Any = None
    if isinstance(given, str):
        marked = Tainted(given, why)
    elif isinstance(given, dict):
        marked = _Dict({key: _within(item, why) for key, item in given.items()})
    elif isinstance(given, list):
        marked = _List([_within(item, why) for item in given])
    if marked is not None:
        marked.why = why
        return cast("T", marked)
    number = id(given)
    try:
        reference = weakref.ref(given, lambda _: _objects.pop(number, None))
    except TypeError:
        raise TaintError(
            f"a value of type {type(value).__name__} cannot be tainted ({why}); taint a text, a dictionary, "
            "a list, or the object that it belongs to"
        ) from None
    _objects[number] = (reference, why)
    return value


def _within(value: Any, why: str) -> Any:
    """What is in a marked dictionary or list; numbers and the like stay as they are."""
    return taint(value, why) if isinstance(value, (str, dict, list)) else value


def reveal(text: str) -> str:
    """The plain text of a marked one, for what has to know it: a driver, a hash, another service.

    Arguments:
        text: marked or not.

    >>> reveal(taint("s3cr3t", "a key"))
    's3cr3t'
    """
    return _raw(text)


class tainted:  # noqa: N801  (it stands in annotations, as Field does)
    """For annotations: what is validated is marked, wherever it comes from.

    So a field of a model, or of a component's state, is marked again when it is read again.

    Arguments:
        why: what the error says.

    >>> from typing import Annotated
    >>> from pydantic import BaseModel
    >>> class User(BaseModel):
    ...     name: str
    ...     password: Annotated[str, tainted("the hash of a password")]
    >>> User(name="Ada", password="x").password
    <tainted: the hash of a password>
    """

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def mark(value: Any) -> Any:
            return None if value is None else taint(value, self.why)

        return core_schema.no_info_after_validator_function(mark, handler(source))


def why_tainted(value: object) -> str | None:
    """Why a value itself is marked; `None`: it is not. Pydantic's secrets are."""
    if isinstance(value, (Tainted, _Dict, _List)):
        return value.why
    if isinstance(value, _SECRETS):
        return f"a {type(value).__name__}"
    known = _objects.get(id(value)) if _objects else None
    return known[1] if known is not None and known[0]() is value else None


def refuse_tainted(value: object, what: str) -> None:
    """Refuses a value that is marked, or has something marked in it.

    Arguments:
        value: what is to leave the server.
        what: what it cannot do, for the message: `be a child of <p>`.

    Raises:
        TaintError: it is marked; the message says why, and never the value.
    """
    if type(value) in _PLAIN:
        return
    for why in marks_in(value):
        raise taint_error(f"cannot {what}", why)


def marks_in(value: object) -> Iterator[str]:
    """Why each marked value is, in a value of dictionaries, lists, models and dataclasses."""
    return _marks(value, set())


def unmarked(value: Any) -> tuple[Any, str] | None:
    """A marked value without its mark (an object stays what it is), and why it has one.

    Returns:
        `None`: it has none.
    """
    if isinstance(value, Tainted):
        return _raw(value), value.why
    if isinstance(value, _Dict):
        return dict(value), value.why
    if isinstance(value, _List):
        return list(value), value.why
    why = None if isinstance(value, _SECRETS) else why_tainted(value)
    return None if why is None else (value, why)


def is_used() -> bool:
    """Whether anything was marked yet in this process."""
    return _is_used


def taint_error(what: str, why: str) -> TaintError:
    """A `TaintError` whose message ends with the application's line."""
    line = user_line()
    return TaintError(f"a tainted value {what}: {why}" + (f"\n  in {line}" if line else ""))


def _marks(value: Any, seen: set[int]) -> Iterator[str]:
    if type(value) in _PLAIN:
        return
    why = why_tainted(value)
    if why is not None:
        yield why
        return
    inner = _inner(value)
    if inner is None or id(value) in seen:
        return
    seen.add(id(value))
    for each in inner:
        yield from _marks(each, seen)


def _inner(value: Any) -> list[Any] | None:
    """What is in a value that may hold others."""
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, AbstractSet)):
        return list(value)
    if isinstance(value, BaseModel) or (is_dataclass(value) and not isinstance(value, type)):
        names = (name for name in getattr(value, "__slots__", ()) if name[:2] != "__")
        slots = (getattr(value, name, None) for name in names)
        more = getattr(value, "__pydantic_extra__", None) or {}
        return [*getattr(value, "__dict__", {}).values(), *more.values(), *slots]
    return None


def _raw(text: str) -> str:
    return text if type(text) is str else str.__str__(text)


def _unmarked(value: Any) -> Any:
    return _raw(value) if isinstance(value, Tainted) else value
