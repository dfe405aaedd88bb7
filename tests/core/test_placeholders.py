"""Placeholders: values that only the browser will know."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from enum import Enum
from typing import Any, Literal

import pytest
from pydantic import BaseModel, TypeAdapter

from reactor import PlaceholderError
from reactor import html as h
from reactor.markup import render
from reactor.placeholders import Hole, Holes, cases, model_cases


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


class Note(BaseModel):
    text: str
    tags: list[str] = []


@dataclasses.dataclass
class Point:
    label: str


@pytest.mark.parametrize(
    "compute",
    [
        len,
        bool,
        list,
        lambda text: text == "x",
        lambda text: text < "x",
        lambda text: "x" in text,
        lambda text: text[0],
        lambda text: text.upper(),
        lambda text: text.strip(),
        lambda text: text + 1,
        lambda text: text * 2,
        lambda text: text % 2,
        lambda text: text - 1,
        lambda text: 1 - text,
        lambda text: f"{text:>10}",
        int,
        float,
    ],
)
def test_placeholder_that_is_looked_into_names_the_line(compute: Callable[[Any], object]) -> None:
    placeholder = Holes().placeholder("message", 0)
    with pytest.raises(PlaceholderError, match=r"'message'.*\n.*test_placeholders\.py:\d+"):
        compute(placeholder)


def test_placeholder_is_found_in_any_text_that_is_made_of_it() -> None:
    holes = Holes()
    name, place = holes.placeholder("name", 0), holes.placeholder("place", 1)
    for text in (
        f"Hi {name} of {place}!",
        "Hi " + name + " of " + place + "!",
        f"Hi {name}" + f" of {place}!",
    ):
        assert holes.parts(text) == ["Hi ", Hole("name", 0), " of ", Hole("place", 1), "!"]
    assert holes.parts(", ".join([name, name])) == ["", Hole("name", 0), ", ", Hole("name", 0), ""]


def test_placeholder_stands_in_a_tree_as_text() -> None:
    holes = Holes()
    text = holes.placeholder("text", 0)
    block = h.li(title=text, class_=["note", text], data_x=text, key=text)[text, h.b[f"<{text}>"]]
    shown = render(block)
    assert shown.count(str.__str__(text)) == 5
    assert holes.parts(str(block.key)) == ["", Hole("text", 0), ""]


def test_placeholder_like_characters_of_others_are_text() -> None:
    holes = Holes()
    made = str.__str__(holes.placeholder("name", 0))
    theirs = made.replace(made[1], chr(ord(made[1]) + 7))
    assert holes.parts(theirs) == ["", theirs[1], ""]
    assert holes.revived([theirs]) == [theirs]


@pytest.mark.parametrize(
    "wrap", [lambda text: Note(text=text), lambda text: Point(text), lambda text: {"a": (text,)}]
)
def test_placeholder_is_one_again_after_models_have_made_text_of_it(wrap: Callable[[str], Any]) -> None:
    holes = Holes()
    adapter: TypeAdapter[Any] = TypeAdapter(type(wrap("x")))
    value = adapter.validate_json(
        json.dumps(TypeAdapter(Any).dump_python(wrap(holes.placeholder("text", 0))))
    )
    revived = holes.revived(value)
    text = revived["a"][0] if isinstance(revived, dict) else next(iter(vars(revived).values()))
    with pytest.raises(PlaceholderError):
        len(text)


@pytest.mark.parametrize(
    ("annotation", "is_form", "sent", "value"),
    [
        (bool, False, "true", True),
        (bool, False, "false", False),
        (bool, True, "on", True),
        (bool, True, None, False),
        (Literal["a", "b"], True, "b", "b"),
        (Size, True, "l", Size.LARGE),
        (str | None, True, "", None),
        (str | None, True, None, None),
        (int | None, False, "", None),
    ],
)
def test_parameter_of_few_values_is_each_of_them(
    annotation: Any, is_form: bool, sent: str | None, value: object
) -> None:
    found = cases("value", annotation, ..., Holes().placeholder_at(0), is_form=is_form)
    assert next(case.value for case in found if sent in case.when.get("value", (sent,))) == value


def test_parameter_that_is_not_sent_has_its_default() -> None:
    make = Holes().placeholder_at(0)
    [only] = cases("step", int, 3, make, is_form=False)
    assert only.value == 3
    absent, sent = cases("step", int, 3, make, is_form=True)
    assert (absent.value, absent.when) == (3, {"step": (None,)})
    assert (str.__str__(sent.value), sent.when) == (str.__str__(make("step")), {})


def test_model_is_made_of_placeholders_without_being_validated() -> None:
    class Order(BaseModel):
        name: str
        count: int
        gift: bool

    holes = Holes()
    plain, gift = model_cases(Order, holes.placeholder_at(0), is_form=True)
    assert (plain.value.gift, gift.value.gift) == (False, True)
    assert plain.when == {"gift": (None, "", "false", "off", "0", "no", "f", "n")}
    assert holes.parts(f"{gift.value.count} × {gift.value.name}") == [
        "",
        Hole("count", 0),
        " × ",
        Hole("name", 0),
        "",
    ]
