"""MessagePack, strictly: what is written, what is read, and that nothing else gets through."""

from __future__ import annotations

import collections
import contextlib
import enum
import json
import math
import sys
import tracemalloc
from pathlib import Path
from typing import Any, NamedTuple

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reactor.codec import MAX_INTEGER, MAX_ITEMS, Known, Malformed, Value, from_text, pack, to_text, unpack

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "codec.json").read_text("utf-8")
)
VALID = [pytest.param(vector, id=vector["name"]) for vector in VECTORS if "error" not in vector]
INVALID = [pytest.param(vector, id=vector["name"]) for vector in VECTORS if "error" in vector]

values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(), inner, max_size=20),
    max_leaves=60,
)


def from_json(value: Any) -> Any:
    """A value of the vectors: `$bin` and `$float` stand for what JSON cannot tell."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, dict):
        if set(value) == {"$bin"}:
            return bytes.fromhex(value["$bin"])
        if set(value) == {"$float"}:
            return float(value["$float"])
        return {key: from_json(item) for key, item in value.items()}
    return value


def is_data(value: object) -> bool:
    if type(value) is list:
        return all(map(is_data, value))
    if type(value) is dict:
        return all(type(key) is str and is_data(item) for key, item in value.items())
    if type(value) is int:
        return abs(value) <= MAX_INTEGER
    return value is None or type(value) in (bool, float, str, bytes)


def same(one: object, other: object) -> bool:
    """Equal, of the same types, with the same zeros; not-a-number is itself."""
    return repr(one) == repr(other)


@pytest.mark.parametrize("vector", VALID)
def test_vector_is_read(vector: dict[str, Any]) -> None:
    assert same(unpack(bytes.fromhex(vector["hex"]), limit=10_000), from_json(vector["value"]))


@pytest.mark.parametrize("vector", [case for case in VALID if "canonical" not in case.values[0]])  # type: ignore[operator]
def test_vector_is_written(vector: dict[str, Any]) -> None:
    assert pack(from_json(vector["value"])).hex() == vector["hex"]


@pytest.mark.parametrize("vector", INVALID)
def test_vector_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        unpack(bytes.fromhex(vector["hex"]), limit=10_000)


@given(values)
def test_unpack_gives_what_was_packed(value: Value) -> None:
    assert same(unpack(pack(value), limit=1_000_000, depth=500), value)


@given(values)
def test_pack_writes_what_any_messagepack_reads(value: Value) -> None:
    assert same(msgpack.unpackb(pack(value)), value)


@given(st.binary(max_size=200))
@example(b"\x81\xc4\x01a\x01")
@example(b"\xd6\xff\x00\x00\x00\x00")
def test_unpack_of_any_bytes_gives_data_or_malformed(data: bytes) -> None:
    try:
        value = unpack(data, limit=150)
    except Malformed as error:
        message = str(error)
    else:
        message = ""
        assert is_data(value)
        assert len(data) <= 150
    assert len(message) < 80


@given(values, st.data())
def test_unpack_of_damaged_messages_gives_data_or_malformed(value: Value, data: st.DataObject) -> None:
    message = bytearray(pack(value))
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Malformed):
        assert is_data(unpack(bytes(message), limit=1_000_000))


@given(values)
def test_unpack_refuses_every_cut_and_every_addition(value: Value) -> None:
    message = pack(value)
    for end in range(min(len(message), 300)):
        with pytest.raises(Malformed):
            unpack(message[:end], limit=1_000_000, depth=500)
    with pytest.raises(Malformed, match="after the end"):
        unpack(message + b"\xc0", limit=1_000_000, depth=500)


def test_limit_of_bytes_is_exact() -> None:
    message = pack("a" * 10)
    assert unpack(message, limit=len(message)) == "a" * 10
    with pytest.raises(Malformed, match="more than 10 bytes"):
        unpack(message, limit=10)


@pytest.mark.parametrize(
    "level", [b"\x91", b"\xdc\x00\x01", b"\xdd\x00\x00\x00\x01", b"\x81\xa0", b"\xde\x00\x01\xa0"]
)
def test_limit_of_levels_is_exact_for_every_form(level: bytes) -> None:
    unpack(level * 32 + b"\xc0", limit=1_000)
    with pytest.raises(Malformed, match="levels"):
        unpack(level * 33 + b"\xc0", limit=1_000)
    with pytest.raises(Malformed, match="levels"):
        unpack(level * 32 + b"\x90", limit=1_000)
    with pytest.raises(Malformed, match="levels"):
        unpack(level * 32 + b"\x80", limit=1_000)


@pytest.mark.parametrize("level", [b"\x91", b"\x81\xa0"])
def test_levels_without_end_are_malformed_whatever_depth_is_asked_for(level: bytes) -> None:
    with pytest.raises(Malformed, match="levels"):
        unpack(level * 100_000 + b"\xc0", limit=1_000_000, depth=1_000_000)


def test_limit_of_items_is_exact_and_counts_keys() -> None:
    assert unpack(b"\x93\xc0\xc0\xc0", limit=10, items=4) == [None] * 3
    with pytest.raises(Malformed, match="more than 3 values"):
        unpack(b"\x93\xc0\xc0\xc0", limit=10, items=3)
    with pytest.raises(Malformed, match="more than 2 values"):
        unpack(b"\x81\xa0\xc0", limit=10, items=2)


def peak_of_refusal(data: bytes) -> int:
    tracemalloc.start()
    try:
        with pytest.raises(Malformed):
            unpack(data, limit=len(data))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "head", ["c4ff", "c6ffffffff", "dbffffffff", "ddffffffff", "dfffffffff", "c9ffffffff00"]
)
def test_false_length_takes_no_memory(head: str) -> None:
    assert peak_of_refusal(bytes.fromhex(head)) < 100_000
    assert peak_of_refusal(bytes.fromhex("91" * 30 + head)) < 100_000


def test_false_lengths_within_each_other_take_no_memory() -> None:
    # Each claims as much as the bytes could just hold; all of them together claim thirty times that.
    claim = b"\xdd" + (50_000).to_bytes(4, "big")
    assert peak_of_refusal(claim * 30 + b"\xc0" * 60_000) < 100_000


@pytest.mark.parametrize("item", [b"\x80", b"\x90", b"\xc0", b"\xa0"])
def test_honest_megabytes_of_small_values_take_no_memory(item: bytes) -> None:
    count = 8_000_000
    assert peak_of_refusal(b"\xdd" + count.to_bytes(4, "big") + item * count) < 100_000
    rows = b"\xdc\xff\xff" + item * 0xFFFF
    assert peak_of_refusal(b"\x9f" + rows * 15) < 100_000


def test_items_within_the_limit_take_no_more_than_promised() -> None:
    data = b"\xdd" + (MAX_ITEMS - 1).to_bytes(4, "big") + b"\x80" * (MAX_ITEMS - 1)
    tracemalloc.start()
    unpack(data, limit=len(data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize("number", [MAX_INTEGER + 1, -MAX_INTEGER - 1, 2**63, 2**64, -(2**63) - 1, 10**100])
def test_integers_that_javascript_cannot_hold_are_refused_both_ways(number: int) -> None:
    with pytest.raises(ValueError, match="as text"):
        pack([number])
    if -(2**63) <= number < 2**64:
        with pytest.raises(Malformed, match="integer"):
            unpack(msgpack.packb(number), limit=10)


class Colour(enum.StrEnum):
    RED = "red"


class Point(NamedTuple):
    x: int
    y: int


class Size(enum.IntEnum):
    SMALL = 1


def test_pack_writes_subclasses_and_tuples_as_what_they_are() -> None:
    value: Any = {"a": (1, 2), "b": Colour.RED, "c": Size.SMALL, "d": Point(1, 2)}
    value["e"] = collections.OrderedDict(x=1)
    expected = {"a": [1, 2], "b": "red", "c": 1, "d": [1, 2], "e": {"x": 1}}
    assert unpack(pack(value), limit=1_000) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"rows": [1, {"when": 1j}]}, r"complex at \['rows'\]\[1\]\['when'\]"),
        ([{1, 2}], r"set at \[0\]"),
        ({1: "a"}, r"a key of type int at \[1\]"),
        ([{b"a": "a"}], r"a key of type bytes at \[0\]\[b'a'\]"),
        (bytearray(b"a"), "bytearray;"),
        (memoryview(b"a"), "memoryview;"),
        (msgpack.ExtType(1, b"a"), "ExtType;"),
        ([msgpack.Timestamp(1)], "Timestamp"),
        (object, "type;"),
    ],
)
def test_pack_names_what_cannot_be_sent_and_where(value: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        pack(value)


def test_pack_refuses_what_is_part_of_itself() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="part of itself"):
        pack(endless)
    endless_map: dict[str, Any] = {}
    endless_map["a"] = endless_map
    with pytest.raises(ValueError, match="part of itself"):
        pack(endless_map)


def test_pack_ends_well_close_to_the_end_of_the_stack() -> None:
    deep: Any = ()  # of a tuple it must look closer
    for _ in range(400):
        deep = [deep]

    def descend(levels: int) -> bytes:
        return pack(deep) if levels == 0 else descend(levels - 1)

    with pytest.raises(ValueError, match="part of itself"):
        descend(sys.getrecursionlimit() - 300)
    assert unpack(pack(deep), limit=1_000, depth=500)


def test_pack_refuses_text_that_is_no_unicode() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        pack(["\ud800"])
    with pytest.raises(ValueError, match="surrogate"):
        pack({"\udfff": 1})


def test_not_a_number_stays_one() -> None:
    value = unpack(pack(math.nan), limit=10)
    assert isinstance(value, float)
    assert math.isnan(value)


@given(st.binary(max_size=400))
def test_text_form_returns_the_bytes(data: bytes) -> None:
    text = to_text(data)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert from_text(text) == from_text(text, limit=len(data)) == data
    if data:
        with pytest.raises(Malformed, match="bytes"):
            from_text(text, limit=len(data) - 1)


@given(st.text(max_size=8) | st.text("AQgw-_+/= \n09Zz", max_size=8))
@example("QQ==")
@example("QR")
@example("Q")
@example("ＱＱ")
def test_text_has_one_spelling_for_each_value(text: str) -> None:
    try:
        data = from_text(text)
    except Malformed:
        return
    assert to_text(data) == text


def test_pack_looks_only_at_what_is_foreign_in_a_list_that_is_known() -> None:
    rows: list[Any] = [[0, "a", {"f": ["b"]}], [0, None, 7]]
    assert pack({"d": Known(rows, [rows[0][2], 7])}) == pack({"d": rows})
    wrong: list[Any] = [[0, "a", {"f": [2 + 3j]}], [0, None, 7]]
    with pytest.raises(TypeError, match=r"complex at \['d'\]\[0\]\[2\]\['f'\]\[0\]"):
        pack({"d": Known(wrong, [wrong[0][2]])})
