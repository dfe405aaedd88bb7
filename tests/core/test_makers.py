"""What compiled expressions make their blocks with."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pytest

from reactor.blocks import (
    Block,
    Deferred,
    Fragment,
    Items,
    Listener,
    Raw,
    Template,
    child_of,
    children_of,
)
from reactor.errors import BuildError
from reactor.makers import maker

ROW = Template(("tr", (("class", 0),), (("td", (), (1,)), ("td", (), ("no. ", 2)), 3)))


class Later(Deferred):
    """A component that is not mounted yet."""

    def __init__(self, key: str | None = None) -> None:
        self.key = key


def class_of(value: Any) -> str | None:
    if isinstance(value, list):
        raise TypeError("lists have no place here")
    return None if value is None else f"class {value}"


def fallback(*given: Any) -> tuple[Any, ...]:
    return ("fallback", *given)


def make(*given: Any) -> Any:
    alone, sibling = functools.partial(children_of, tag="td"), functools.partial(child_of, tag="td")
    return maker(ROW, [class_of, alone, sibling, sibling], {0, 1, 2, 3}, fallback)(*given)


def test_maker_takes_text_as_it_is_and_converts_everything_else() -> None:
    block = make("wide", "a", 5, None, 7)
    assert (block.template, block.key, block.values, block.live) == (ROW, 7, ("wide", "a", "5", None), False)
    assert make("", 1.5, "", False, None).values == ("class ", "1.5", None, None)
    assert make(None, Raw("<b>"), True and "x", 0, "k").values == (None, Raw("<b>"), "x", "0")


def test_maker_converts_all_values_of_slots_that_are_not_plain() -> None:
    make = maker(ROW, [class_of, str, str, str], (), fallback)
    assert make("wide", 1, 2, 3, None).values == ("class wide", "1", "2", "3")


def test_maker_makes_keys_as_elements_do() -> None:
    assert make("a", "a", "a", "a", 2**60).key == str(2**60)
    assert make("a", "a", "a", "a", "").__class__ is tuple
    assert make("a", "a", "a", "a", True)[0] == "fallback"


def test_maker_keeps_elements_and_knows_where_components_stand() -> None:
    inner = Block(Template(("b", (), ())), ())
    live = Block(Template(("b", (), (0,))), (Later(),), live=True)
    assert make("a", inner, inner, "a", None).values[1] is inner
    assert not make("a", inner, inner, "a", None).live
    assert make("a", "a", live, "a", None).live
    assert make("a", "a", "a", Later(), None).live
    assert make("a", [Later()], "a", "a", None).live


def test_maker_leaves_siblings_with_keys_to_the_fallback() -> None:
    keyed = Block(Template(("b", (), ())), (), key=1)
    numbers = iter([1, 2])
    for value in (keyed, Later("k"), Fragment("text", 3)):
        assert make("a", numbers, "a", value, 7) == ("fallback", "a", numbers, "a", value, 7)
    assert list(numbers) == [1, 2]


def test_maker_makes_a_list_of_the_only_child_with_a_key() -> None:
    keyed = Block(Template(("b", (), ())), (), key=1)
    made = make("a", keyed, "a", "a", None).values[1]
    assert isinstance(made, Items)
    assert made.keys == (1,)


def test_maker_leaves_what_is_refused_to_the_fallback() -> None:
    numbers = iter([1, 2])
    assert make([], numbers, "a", "a", None) == ("fallback", [], numbers, "a", "a", None)
    assert list(numbers) == [1, 2]
    assert make("a", {"class": "b"}, "a", "a", None) == ("fallback", "a", {"class": "b"}, "a", "a", None)


def test_maker_takes_only_what_is_plain_without_a_converter() -> None:
    make: Any = maker(ROW, [None, None, None, None], {0, 1, 2, 3}, fallback)
    assert make("a", 1, "b", "c", None).values == ("a", "1", "b", "c")
    assert make(None, 1, "b", "c", None).values == (None, "1", "b", "c")
    assert make(False, 1, "b", "c", None) == ("fallback", False, 1, "b", "c", None)


def test_maker_passes_on_errors_of_what_is_gone_through_only_once() -> None:
    def broken() -> Iterator[str]:
        yield "one"
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        make("a", broken(), "a", "a", None)
    with pytest.raises(BuildError, match="cannot be a child") as caught:
        make("a", (value for value in ["a", object]), "a", "a", None)
    assert "test_makers.py:" in str(caught.value)


def test_maker_goes_through_inner_lists_before_outer_ones() -> None:
    seen: list[str] = []

    def noted(name: str) -> Iterator[str]:
        seen.append(name)
        yield name

    template = Template(("p", (), (0, ("b", (), (1,)))))
    convert = functools.partial(child_of, tag="p")
    maker(template, [convert, convert], {0, 1}, fallback)(noted("outer"), noted("inner"), None)
    assert seen == ["inner", "outer"]


def test_maker_places_listeners() -> None:
    class Placed(Listener):
        def placed(self) -> Listener:
            return placed

    placed = Listener()
    template = Template(("a", (("@click", 0),), ()))
    make: Any = maker(template, [class_of], {0}, fallback)
    assert make(Placed(), None).values == (placed,)
    assert make([Placed()], None)[0] == "fallback"
    assert make(None, None).values == (None,)
