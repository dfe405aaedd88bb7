"""MessagePack, strictly: data in, data out.

Everything that crosses the wire or is sealed is made of `None`, `bool`, `int` (those of JavaScript,
±2⁵³−1), `float`, `str`, `bytes`, lists, and dicts with `str` keys. No extension type is written or read,
so no bytes can name something to construct.

`unpack` takes bytes from anybody: it walks over them once without making an object, holds every declared
length against what is there and against the limits, and only then decodes.

>>> unpack(pack({"count": 1}), limit=100)
{'count': 1}
"""

import binascii
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeAlias, cast

from msgpack import UnpackException, packb, unpackb  # type: ignore[import-untyped]

from .taint import refuse_tainted

Value: TypeAlias = "bool | int | float | str | bytes | list[Value] | dict[str, Value] | None"
"""What `unpack` returns."""

Packable: TypeAlias = "bool | int | float | str | bytes | Sequence[Packable] | Mapping[str, Packable] | None"
"""What `pack` takes: the same, and tuples. (Sequences must be lists or tuples, mappings dicts.)"""

MAX_INTEGER: Final = 2**53 - 1
MAX_DEPTH: Final = 500
"""How deep `pack` nests. The encoder itself ends at 511; a tree needs two levels for an element."""
MAX_ITEMS: Final = 100_000
"""How many values `unpack` makes from one message unless told otherwise: at most about 7 MB of objects."""

_SMALL: Final = 1_000
"""Bytes of a message that is decoded before it is looked at."""
_SMALL_LIST: Final = 100

_SIMPLE: Final = frozenset({type(None), bool, float, str, bytes})
_KEYS: Final = frozenset({str})


class Malformed(ValueError):
    """Bytes or text that are not a message, or not within the limits. The message says which limit."""


def pack(value: Packable) -> bytes:
    """Encode a value.

    Arguments:
        value: data as told above; tuples become lists, instances of subclasses (`StrEnum`, `OrderedDict`)
            what they are subclasses of.

    Returns:
        MessagePack, in the shortest form for each value. `unpack` takes it where its limits allow.

    Raises:
        TypeError: something else is in it; the message says what and where.
        ValueError: an integer that JavaScript cannot hold, text that is no Unicode, or too deep.

    >>> pack([1, "a", None]).hex()
    '9301a161c0'
    >>> pack({"items": [{"price": 2 + 3j}]})
    Traceback (most recent call last):
    TypeError: cannot be sent: complex at ['items'][0]['price']; give text, numbers, bytes, lists or dicts
    """
    try:
        if not _is_plain(value):
            _check(value, MAX_DEPTH)
        packed: bytes = packb(value)
        return packed
    except _Unfit as unfit:
        place = "".join(f"[{step!r}]" for step in reversed(unfit.path[-20:]))
        message = f"cannot be sent: {unfit.what}{' at ' + place if place else ''}; {unfit.remedy}"
        raise (TypeError if unfit.is_type else ValueError)(message) from None
    except UnicodeEncodeError:
        message = "cannot be sent: text with a lone surrogate, which is no Unicode; replace it before"
        raise ValueError(message) from None
    except RecursionError:
        raise ValueError("cannot be sent: nested too deeply; is it part of itself?") from None


class Known(list[Any]):
    """A list of which it is known that it can be sent, but for some values that were put into it.

    What makes long lists knows better what is in them than a look at each value can tell.

    Arguments:
        values: what is in it.
        foreign: of these, and of what is in them, the values that nobody has looked at.

    >>> pack(Known([["a", 1], ["b", 1]], [])).hex()
    '9292a1610192a16201'
    """

    __slots__ = ("foreign",)

    def __init__(self, values: Iterable[Packable], foreign: Sequence[Packable]) -> None:
        super().__init__(values)
        self.foreign = foreign


class _Unfit(Exception):
    def __init__(self, what: str, remedy: str, *, is_type: bool = False) -> None:
        self.what = what
        self.remedy = remedy
        self.is_type = is_type
        self.path: list[object] = []  # from the inside out


def _is_plain(value: Packable) -> bool:
    """Whether there is nothing to be refused in it; of what is large or unusual a closer look tells that."""
    simple, least, most = _SIMPLE, -MAX_INTEGER, MAX_INTEGER
    left: list[Iterable[Any]] = [(value,)]
    for values in islice(left, MAX_DEPTH):  # which grow meanwhile
        for item in values:
            kind = type(item)
            if kind is int:
                if not least <= item <= most:
                    return False
            elif kind in simple:
                continue
            elif kind is list:
                left.append(item)
            elif kind is dict and _KEYS.issuperset(map(type, item)):
                left.append(item.values())
            else:
                return False
    # So few cannot be nested too deeply, nor be part of themselves.
    return len(left) <= MAX_DEPTH


def _check(value: Any, depth: int) -> None:
    """Refuse what the encoder would take and a browser would not: other keys, extensions, large integers."""
    kind = type(value)
    if kind is Known and _is_sound(value, depth):
        return
    if kind is list or kind is tuple or _is_sequence(value):
        if depth == 0:
            raise _too_deep()
        simple, least, most = _SIMPLE, -MAX_INTEGER, MAX_INTEGER
        item: Any = None
        try:
            for item in value:
                kind = type(item)
                # Most values are done here, without a call.
                if kind in simple or (kind is int and least <= item <= most):
                    continue
                _check(item, depth - 1)
        except _Unfit as unfit:
            # The index is looked up only now: counting would cost every list.
            unfit.path.append(next(index for index, other in enumerate(value) if other is item))
            raise
    elif isinstance(value, dict):
        if depth == 0:
            raise _too_deep()
        key: object = None
        try:
            for key, item in value.items():
                if type(key) is not str:
                    refuse_tainted(key, "be sent")
                if not isinstance(key, str):
                    raise _Unfit(f"a key of type {type(key).__name__}", "keys must be text", is_type=True)
                kind = type(item)
                if kind in _SIMPLE or (kind is int and -MAX_INTEGER <= item <= MAX_INTEGER):
                    continue
                _check(item, depth - 1)
        except _Unfit as unfit:
            unfit.path.append(key)
            raise
    elif isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise _Unfit("an integer beyond ±(2**53 - 1)", "send it as text")
    elif isinstance(value, str):
        refuse_tainted(value, "be sent")
    elif value is not None and not isinstance(value, (bytes, float)):
        raise _Unfit(kind.__name__, "give text, numbers, bytes, lists or dicts", is_type=True)


def _is_sound(known: Known, depth: int) -> bool:
    """Whether what nobody has looked at can be sent; if it cannot, its place is still to be found."""
    try:
        _check(known.foreign, depth)
    except _Unfit:
        return False
    return True


def _too_deep() -> "_Unfit":
    return _Unfit("nested too deeply", f"at most {MAX_DEPTH} levels; is it part of itself?")


def _is_sequence(value: object) -> bool:
    """Whether it is of a subclass that the encoder writes as a list; its extension type is a tuple too."""
    return isinstance(value, (list, tuple)) and not type(value).__module__.startswith("msgpack")


def unpack(data: bytes, *, limit: int, depth: int = 32, items: int = MAX_ITEMS) -> Value:
    r"""Decode bytes that anybody may have made.

    Arguments:
        data: one MessagePack value and nothing after it.
        limit: the most bytes that are looked at.
        depth: the most lists and dicts that lie within each other.
        items: the most values in it, keys included.

    Returns:
        The value.

    Raises:
        Malformed: for anything that `pack` does not write (apart from longer forms of the same value), a key
            that occurs twice, and whatever is over a limit. Nothing else is raised, whatever the bytes are.

    >>> unpack(b"\xdd\xff\xff\xff\xff", limit=100)
    Traceback (most recent call last):
    reactor.codec.Malformed: more than 100000 values
    """
    if len(data) > limit:
        raise Malformed(f"more than {limit} bytes")
    if len(data) <= min(_SMALL, items) and depth >= 2:
        plain = _plain(data)
        if plain is not None:
            return plain
    try:
        scan = _Scan(data, items)
        end = scan.skip(0, 1, depth)
        if end != len(data):
            raise Malformed("cut off" if end > len(data) else "bytes after the end")
        return cast(Value, unpackb(data))
    except IndexError:
        raise Malformed("cut off") from None
    except UnicodeDecodeError:
        raise Malformed("text that is not UTF-8") from None
    except RecursionError:
        raise Malformed(f"more than {depth} levels") from None
    except Malformed:
        raise
    except (ValueError, UnpackException):  # nothing known: the walk above lets none of its causes through
        raise Malformed("not MessagePack") from None


def _plain(data: bytes) -> Value:
    """A small map of plain values and lists of these, as most messages are; `None`: it needs a closer look.

    What false lengths claim is bounded here by the size, since so few levels fit in.
    """
    first = data[0] if data else 0
    if not 0x80 <= first < 0x90:
        return None
    try:
        message: Value = unpackb(data, max_array_len=_SMALL_LIST, max_map_len=15)
    except (ValueError, UnpackException):
        return None
    if not isinstance(message, dict) or len(message) != first - 0x80:  # a key that occurs twice
        return None
    if not _KEYS.issuperset(map(type, message)):
        return None
    simple, least, most = _SIMPLE, -MAX_INTEGER, MAX_INTEGER
    for value in message.values():
        if type(value) in simple:
            continue
        for item in value if type(value) is list else (value,):
            kind = type(item)
            if kind is int:
                if not least <= item <= most:  # type: ignore[operator]
                    return None
            elif kind not in simple:
                return None
    return message


def _sizes() -> tuple[int, ...]:
    """For each first byte the size of the whole value, or 0 where that takes a closer look."""
    sizes = [0] * 256
    sizes[0x00:0x80] = [1] * 0x80  # small integers
    sizes[0xE0:0x100] = [1] * 0x20
    sizes[0xA0:0xC0] = range(1, 0x21)  # short text
    for first in (0xC0, 0xC2, 0xC3):  # nil, false, true
        sizes[first] = 1
    sizes[0xCA], sizes[0xCB] = 5, 9  # floats
    sizes[0xCC], sizes[0xCD], sizes[0xCE] = 2, 3, 5  # unsigned integers
    sizes[0xD0], sizes[0xD1], sizes[0xD2] = 2, 3, 5  # signed integers
    return tuple(sizes)


_SIZES: Final = _sizes()
# First byte: how many bytes of length follow it.
_BYTES_AND_TEXT: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_TEXT: Final = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_LISTS: Final = {0xDC: 2, 0xDD: 4}
_DICTS: Final = {0xDE: 2, 0xDF: 4}


class _Scan:
    """One walk over encoded bytes. It makes no values, so a false length costs nothing.

    Positions may run past the end; `unpack` compares where the walk ended, and reading a byte there is
    an `IndexError`.
    """

    __slots__ = ("data", "items", "left")

    def __init__(self, data: bytes, items: int) -> None:
        self.data = data
        self.items = items
        self.left = items - 1

    def skip(self, position: int, count: int, depth: int) -> int:
        """Walk over so many values; the position after them."""
        data = self.data
        sizes = _SIZES
        for _ in range(count):
            first = data[position]
            size = sizes[first]
            if size:
                position += size
            elif 0x90 <= first < 0xA0:
                position = self.enter(position + 1, first - 0x90, depth)
            elif 0x80 <= first < 0x90:
                position = self.enter_dict(position + 1, first - 0x80, depth)
            elif first in _BYTES_AND_TEXT:
                position = self.after(position, _BYTES_AND_TEXT[first])
            elif first == 0xCF or first == 0xD3:
                position += 9
                number = int.from_bytes(data[position - 8 : position], "big", signed=first == 0xD3)
                if not -MAX_INTEGER <= number <= MAX_INTEGER:
                    raise Malformed("an integer beyond ±(2**53 - 1)")
            elif first in _LISTS:
                width = _LISTS[first]
                length = int.from_bytes(data[position + 1 : position + 1 + width], "big")
                position = self.enter(position + 1 + width, length, depth)
            elif first in _DICTS:
                width = _DICTS[first]
                length = int.from_bytes(data[position + 1 : position + 1 + width], "big")
                position = self.enter_dict(position + 1 + width, length, depth)
            else:
                raise Malformed("an extension type" if first != 0xC1 else "not MessagePack")
        return position

    def after(self, position: int, width: int) -> int:
        """The position after bytes or text whose length is given in `width` bytes."""
        start = position + 1 + width
        return start + int.from_bytes(self.data[position + 1 : start], "big")

    def spend(self, values: int, depth: int) -> None:
        """Count values before one of them is looked at."""
        if depth <= 0:
            raise Malformed("too many levels")
        self.left -= values
        if self.left < 0:
            raise Malformed(f"more than {self.items} values")

    def enter(self, position: int, length: int, depth: int) -> int:
        self.spend(length, depth)
        return self.skip(position, length, depth - 1)

    def enter_dict(self, position: int, length: int, depth: int) -> int:
        self.spend(2 * length, depth)
        data = self.data
        keys = set()
        for _ in range(length):
            first = data[position]
            if 0xA0 <= first < 0xC0:
                start, end = position + 1, position + first - 0x9F
            elif first in _TEXT:
                start, end = position + 1 + _TEXT[first], self.after(position, _TEXT[first])
            else:
                raise Malformed("a key that is not text")
            keys.add(data[start:end])
            position = self.skip(end, 1, depth - 1)
        if len(keys) != length:
            raise Malformed("a key that occurs twice")
        return position


_URL_SAFE: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_TO_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
# The last character may not hold bits that no byte uses, so that each value has one spelling.
_LAST: Final = {2: "AQgw", 3: "AEIMQUYcgkosw048"}


def to_text(data: bytes) -> str:
    r"""Write bytes as base64url without padding.

    >>> to_text(b"\xff\xfe")
    '__4'
    """
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL_SAFE).decode("ascii")


def from_text(text: str, *, limit: int | None = None) -> bytes:
    """Read base64url without padding: exactly what `to_text` writes.

    Arguments:
        text: the characters.
        limit: the most bytes that may be in it; None for any number.

    Returns:
        The bytes.

    Raises:
        Malformed: other characters (padding and white space too), a length that cannot be, or too long.

    >>> from_text("__4").hex()
    'fffe'
    """
    if limit is not None and len(text) > (limit * 4 + 2) // 3:
        raise Malformed(f"more than {limit} bytes")
    rest = len(text) % 4
    if not text.isascii() or rest == 1 or (rest and text[-1] not in _LAST[rest]):
        raise Malformed("not base64url")
    data = text.encode("ascii")
    if data.translate(None, delete=_URL_SAFE):
        raise Malformed("not base64url")
    return binascii.a2b_base64(data.translate(_TO_STANDARD) + b"=" * (-rest % 4))
