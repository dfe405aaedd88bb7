"""What scripts get of what actions return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from reactor import ComponentError
from reactor.results import sendable


class Kind(Enum):
    TEA = "tea"


class Line(BaseModel):
    price: Decimal = Field(serialization_alias="netPrice")
    kind: Kind = Kind.TEA


@dataclass
class Place:
    x: int


SELF: list[Any] = []
SELF.append(SELF)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        ("text", "text"),
        ([Line(price=Decimal("1.10"))], [{"netPrice": "1.10", "kind": "tea"}]),
        (Place(x=1), {"x": 1}),
        ((1, {2}), [1, [2]]),
        (datetime(2026, 5, 1, tzinfo=UTC), "2026-05-01T00:00:00Z"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({1: b"\xff"}, {"1": "_w=="}),
        ([1e999, float("-inf")], [float("inf"), float("-inf")]),
    ],
)
def test_results_are_whatever_pydantic_makes_json_of(result: object, expected: object) -> None:
    assert sendable(result, action="Shop.order", limit=1000) == expected


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (object(), r"Shop\.order returned a value of type object, which cannot go to .*: .* Return text"),
        ({"a": [print]}, r"Shop\.order returned a value of type dict.*builtin_function_or_method"),
        (2**53, r"Shop\.order returned a value of type int.*beyond"),
        ("\ud800", r"Shop\.order returned a value of type str.*surrogate"),
        (SELF, r"Shop\.order returned a value of type list.*[Cc]ircular"),
        ("x" * 1000, r"Shop\.order returned 1003 bytes .*; the limit is 1000 \(Limits\.result\)"),
    ],
)
def test_result_that_cannot_be_sent_is_explained(result: object, message: str) -> None:
    with pytest.raises(ComponentError, match=message):
        sendable(result, action="Shop.order", limit=1000)
