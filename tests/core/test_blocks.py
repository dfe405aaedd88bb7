"""Templates, and what becomes of children."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from reactor import html
from reactor.blocks import (
    Block,
    Deferred,
    Items,
    Node,
    Raw,
    SlotKind,
    Template,
    child_of,
    children_of,
    is_live,
    key_of,
)
from reactor.errors import BuildError

h: Any = html  # tests also write what the types refuse


class Later(Deferred):
    """A component that is not mounted yet."""

    def __init__(self, key: str | None = None) -> None:
        self.key = key


def test_template_numbers_slots_in_document_order() -> None:
    template = Template(
        (
            "label",
            (("class", 0), ("lang", "en"), ("@click", 1)),
            ("Name: ", ("input", ((".value", 2), ("required", True)), ()), ("b", (), (3, " – ", 4)), 5),
        )
    )
    assert [kind.name for kind in template.kinds] == [
        "ATTRIBUTE",
        "EVENT",
        "PROPERTY",
        "CHILD",
        "CHILD",
        "CHILD",
    ]
    assert template.names == ("class", "click", "value", "", "", "")
    assert template.child_slots == (3, 4, 5)


@pytest.mark.parametrize(
    "definition",
    [
        ("p", (("class", 1),), (0,)),
        ("p", (), (0, 0)),
        ("p", (), (1,)),
        ("p", (("class", 0),), (("b", (), (2,)), 1)),
    ],
)
def test_template_with_slots_out_of_order_is_refused(definition: Any) -> None:
    with pytest.raises(ValueError, match="slot"):
        Template(definition)


def test_static_true_is_no_slot() -> None:
    assert Template(("p", (("hidden", True), ("class", 0)), ())).kinds == (SlotKind.ATTRIBUTE,)


def test_children_in_brackets_are_one_child() -> None:
    assert children_of((), "p") is None
    assert children_of("x", "p") == "x"
    assert children_of(("x",), "p") == "x"
    several = children_of(("x", None, "y"), "p")
    assert isinstance(several, Items)
    assert several.values == ("x", None, "y")
    assert several.keys is None


def test_single_item_with_a_key_is_a_list() -> None:
    single = children_of(h.p(key=1), "div")
    assert isinstance(single, Items)
    assert single.keys == (1,)
    component = children_of(Later(key="a"), "div")
    assert isinstance(component, Items)
    assert component.keys == ("a",)


def test_list_in_a_list_stays_one_item() -> None:
    children = children_of(("a", ["b", "c"], "d"), "p")
    assert isinstance(children, Items)
    assert [type(value) for value in children.values] == [str, Items, str]


def test_empty_lists_and_texts_are_nothing() -> None:
    assert child_of([], "p") is None
    assert child_of("", "p") is None
    assert child_of(iter(()), "p") is None
    assert child_of(h.fragment[()], "p") is None


@pytest.mark.parametrize(
    ("number", "text"), [(3, "3"), (0, "0"), (1.0, "1.0"), (Decimal("0.10"), "0.10"), (-2, "-2")]
)
def test_number_is_text(number: Any, text: str) -> None:
    assert child_of(number, "p") == text


def test_text_is_a_plain_string() -> None:
    class Text(str):
        __slots__ = ()

    assert type(child_of(Text("x"), "p")) is str


def test_live_is_told_up_the_tree() -> None:
    assert not is_live(h.div[h.p["x"]])
    assert is_live(h.div[h.p[Node("x")]])
    assert is_live(h.div[h.p["x"], [None, h.fragment[Later()]]])
    assert is_live(h.div[h.ul[[h.li(key=1)["x"], h.li(key=2)[Later()]]]])
    assert not is_live(h.div[h.ul[[h.li(key=1)["x"]]]])
    assert is_live(Later())


def test_key_is_brought_into_the_form_of_the_wire() -> None:
    assert key_of(7) == 7
    assert key_of(True.__index__()) == 1
    assert key_of("a") == "a"
    assert key_of(UUID(int=5)) == str(UUID(int=5))
    assert key_of(2**53) == str(2**53)


@pytest.mark.parametrize("key", [None, "", "\x00", 1.0, True, b"a", ("a",)])
def test_key_that_is_none_is_refused(key: Any) -> None:
    with pytest.raises(BuildError, match="<li>: a key is"):
        key_of(key, "li")


def test_blocks_are_shown_for_people() -> None:
    assert repr(h.p(class_="a")["x"]) == "<p>['a', 'x']"
    assert repr(Raw("<b>")) == "Raw('<b>')"
    assert isinstance(h.p["x"], Block)
