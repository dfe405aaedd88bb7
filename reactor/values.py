"""Values that travel sealed: what an action has captured, and what is bound to it, as data and back.

The form is MessagePack's, with a number in front of whatever is not a plain text or number; it is read only
after it was found to be sealed by us. Classes are not named in it: a digest stands for one, and it is looked
up among those that this process has seen in such a place, or that the function in question can see itself.

>>> from datetime import date
>>> restore(dump([1, {"day": date(2026, 5, 1)}, {2, 3}]))
[1, {'day': datetime.date(2026, 5, 1)}, {2, 3}]
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import blake2b
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, TypeAdapter, ValidationError

from .blocks import SAFE_INTEGER
from .codec import pack
from .taint import is_used, marks_in, taint, unmarked

_LIST: Final = 0
_TUPLE: Final = 1
_DICT: Final = 2
_SET: Final = 3
_FROZENSET: Final = 4
_INTEGER: Final = 5
_DATETIME: Final = 6
_DATE: Final = 7
_TIME: Final = 8
_TIMEDELTA: Final = 9
_DECIMAL: Final = 10
_UUID: Final = 11
_ENUM: Final = 12
_MODEL: Final = 13
_TAINTED: Final = 14

_PLAIN: Final = (type(None), bool, float, str, bytes)
_DEPTH: Final = 32
_STATIC: Final = (ModuleType, type, FunctionType, BuiltinFunctionType)

TRAVELS: Final = (
    "None, bool, int, float, str, bytes, list, tuple, dict, set, dates and times, Decimal, UUID, Enum, "
    "pydantic models and dataclasses travel"
)

_classes: dict[bytes, type] = {}


class Unfit(TypeError):
    """A value that cannot travel. The message names its type."""


class Unreadable(ValueError):
    """What was sealed does not fit what the application is now."""


def class_id(cls: type) -> bytes:
    """What stands for a class."""
    return blake2b(f"{cls.__module__}.{cls.__qualname__}".encode(), digest_size=6).digest()


def is_static(value: object) -> bool:
    """Whether a value is a part of the program, that every process has: a module, class or plain function."""
    return isinstance(value, _STATIC) and "<locals>" not in getattr(value, "__qualname__", "")


def static_id(value: object) -> bytes:
    """What stands for a part of the program."""
    name = getattr(value, "__qualname__", "") or getattr(value, "__name__", "")
    return blake2b(f"{getattr(value, '__module__', '')} {name}".encode(), digest_size=6).digest()


def dump(value: Any, depth: int = _DEPTH) -> Any:
    """A value as data that can be packed; equal values give equal data.

    Raises:
        Unfit: it cannot travel.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is int:
        return value if -SAFE_INTEGER <= value <= SAFE_INTEGER else [_INTEGER, str(value)]
    if depth == 0:
        raise Unfit(f"a {kind.__name__} that is nested more than {_DEPTH} deep")
    marked = unmarked(value)
    if marked is not None:
        plain, why = marked
        return [_TAINTED, why, plain if type(plain) is str else _dump_whole(plain, type(plain), depth - 1)]
    return _dump_whole(value, kind, depth)


def _dump_whole(value: Any, kind: type, depth: int) -> Any:
    if kind is list or kind is tuple:
        return [_LIST if kind is list else _TUPLE, *[dump(item, depth - 1) for item in value]]
    if kind is dict:
        return [_DICT, *[dump(part, depth - 1) for pair in value.items() for part in pair]]
    if kind is set or kind is frozenset:
        items = sorted((dump(item, depth - 1) for item in value), key=pack)
        return [_SET if kind is set else _FROZENSET, *items]
    dumped = _dump_scalar(value, kind)
    if dumped is not None:
        return dumped
    if isinstance(value, BaseModel) or (dataclasses.is_dataclass(value) and not isinstance(value, type)):
        _classes[class_id(kind)] = kind
        try:
            adapter: TypeAdapter[Any] = TypeAdapter(kind)
            data = adapter.dump_json(value, warnings="error")
        except Exception as error:  # whatever its own serializers raise
            raise Unfit(f"a {kind.__name__} that pydantic cannot turn to JSON ({error})") from None
        _check_taint(value, data)
        return [_MODEL, class_id(kind), data]
    raise Unfit(f"a {kind.__name__}")


def _check_taint(value: Any, data: bytes) -> None:
    """Refuses a model in which a tainted value would not be marked any more when it is read again."""
    marks = len(_inner_marks(value)) if is_used() else 0
    if marks and len(_inner_marks(TypeAdapter(type(value)).validate_json(data))) < marks:
        raise Unfit(
            f'a {type(value).__name__} with a tainted value in a field that is not Annotated[…, tainted("…")]'
        )


def _inner_marks(value: Any) -> list[str]:
    """The marks of what is in a model; its own is kept beside it."""
    return list(marks_in(value.__dict__ if hasattr(value, "__dict__") else dataclasses.astuple(value)))


def _dump_scalar(value: Any, kind: type) -> list[Any] | None:
    if kind is datetime:
        zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
        return [_DATETIME, value.isoformat(), zone, value.fold] if zone else [_DATETIME, value.isoformat()]
    if kind is date:
        return [_DATE, value.isoformat()]
    if kind is time:
        return [_TIME, value.isoformat()]
    if kind is timedelta:
        return [_TIMEDELTA, value.days, value.seconds, value.microseconds]
    if kind is Decimal:
        return [_DECIMAL, str(value)]
    if kind is UUID:
        return [_UUID, value.bytes]
    if isinstance(value, Enum):
        _classes[class_id(kind)] = kind
        return [_ENUM, class_id(kind), value.name]
    return None


def restore(data: Any, names: Mapping[str, Any] | None = None) -> Any:
    """A value from the data that `dump` gave.

    Arguments:
        data: what was sealed by us.
        names: where classes are looked for besides: the globals of the function that it is for.

    Raises:
        Unreadable: its class is not known (any more), or is another one now.
    """
    if not isinstance(data, list):
        return data
    code, *parts = data
    if code == _LIST:
        return [restore(part, names) for part in parts]
    if code == _TUPLE:
        return tuple(restore(part, names) for part in parts)
    if code == _DICT:
        flat = [restore(part, names) for part in parts]
        return dict(zip(flat[::2], flat[1::2], strict=True))
    if code == _SET:
        return {restore(part, names) for part in parts}
    if code == _FROZENSET:
        return frozenset(restore(part, names) for part in parts)
    if code == _TAINTED:
        return taint(restore(parts[1], names), parts[0])
    if code in (_ENUM, _MODEL):
        return _restore_object(code, parts, names or {})
    return _restore_scalar(code, parts)


def _restore_scalar(code: int, parts: list[Any]) -> Any:
    if code == _INTEGER:
        return int(parts[0])
    if code == _DATETIME:
        moment = datetime.fromisoformat(parts[0])
        return moment.replace(tzinfo=ZoneInfo(parts[1]), fold=parts[2]) if len(parts) > 1 else moment
    if code == _DATE:
        return date.fromisoformat(parts[0])
    if code == _TIME:
        return time.fromisoformat(parts[0])
    if code == _TIMEDELTA:
        return timedelta(*parts)
    if code == _DECIMAL:
        return Decimal(parts[0])
    if code == _UUID:
        return UUID(bytes=parts[0])
    raise Unreadable(f"a value of an unknown kind, {code}")


def _restore_object(code: int, parts: list[Any], names: Mapping[str, Any]) -> Any:
    identifier, content = parts
    cls = _classes.get(identifier)
    if cls is None:
        seen = (value for value in names.values() if inspect.isclass(value))
        cls = next((each for each in seen if class_id(each) == identifier), None)
    if cls is None:
        raise Unreadable("a value of a class that is not known")
    try:
        if code == _ENUM and issubclass(cls, Enum):
            return cls[content]
        return TypeAdapter(cls).validate_json(content)
    except (KeyError, ValidationError):
        raise Unreadable(f"a {cls.__name__} that does not fit its class any more") from None
