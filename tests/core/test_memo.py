"""Components whose props are what they were are not rendered again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel

from benchmarks.memo import counted
from reactor.props import frozen


class Point(NamedTuple):
    x: Any
    y: Any


class Size(NamedTuple):
    x: Any
    y: Any


@dataclass
class Place:
    name: str


class Person(BaseModel):
    name: str


async def test_only_the_rows_that_are_selected_are_rendered_again() -> None:
    loaded, first, second, updated = [sorted(counts.values()) for counts in (await counted(100)).values()]
    assert loaded == [1, 100]
    assert first == [1, 1]
    assert second == [1, 2]
    assert updated == [1, 10]


@pytest.mark.parametrize(
    "value",
    [
        None, True, 1, 1.5, "text", b"bytes", Decimal("1.50"), datetime(2026, 1, 2), [1, [2]], {"a": {1, 2}},
        Point(1, [2]), Place("here"), Person(name="Ada"), Person,
    ],
)  # fmt: skip
def test_props_that_are_alike_are_the_same(value: Any) -> None:
    again = value.model_copy(deep=True) if isinstance(value, Person) else value
    assert frozen({"value": value}, ("value",)) == frozen({"value": again}, ("value",))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, True), (0, False), (1, 1.0), (1, Decimal(1)), (True, 1.0), ([1], [True]), ([1], (1,)), ("1", 1),
        (Point(1, 2), Point(1, 3)), (Point(1, 2), Size(1, 2)), (Point(1, 2), (1, 2)),
        (Point(1, 2), Point(1, 2.0)),
        (Place("here"), Place("there")), (Person(name="Ada"), Person(name="Bo")), (object, object()),
    ],
)  # fmt: skip
def test_props_that_differ_are_not_the_same(before: Any, after: Any) -> None:
    assert frozen({"value": before}, ("value",)) != frozen({"value": after}, ("value",))


def test_props_that_change_in_place_are_not_the_same() -> None:
    point, place = Point(1, [2]), Place("here")
    before = frozen({"point": point, "place": place}, ("point", "place"))
    point.y.append(3)
    assert frozen({"point": point, "place": place}, ("point", "place")) != before


def test_props_that_nothing_is_known_of_are_never_the_same() -> None:
    value = object()
    assert frozen({"value": value}, ("value",)) != frozen({"value": value}, ("value",))
