"""The difference of two trees: no more than what changed."""

from __future__ import annotations

from typing import Any

import pytest

from reactor import html
from reactor.blocks import Block, Node, Raw, Rendered, Template
from reactor.diff import UNCHANGED, Splice, Update, diff
from tests.core.trees import Marked

h: Any = html  # tests also write what the types refuse


def update(old: Rendered, new: Rendered) -> list[tuple[int, Any]]:
    change = diff(old, new)
    assert isinstance(change, Update)
    return change.changes


def splice(old: Rendered, new: Rendered) -> Splice:
    """The change of the list in two elements."""
    [(_, change)] = update(old, new)
    assert isinstance(change, Splice)
    return change


def parts(change: Splice) -> tuple[Any, ...]:
    return change.removed, change.moved, change.inserted, change.updated


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x", "x"),
        (None, None),
        (Raw("<b>"), Raw("<b>")),
        (h.p(class_="a")["x"], h.p(class_="a")["x"]),
        (h.p["x", h.br, [h.b["y"]]], h.p["x", h.br, [h.b["y"]]]),
        (h.p(on_click=Marked(1)), h.p(on_click=Marked(1))),
        (h.p(on_keydown={"a": Marked(1)}), h.p(on_keydown={"a": Marked(1)})),
        (h.ul[[h.li(key=1)["x"]]], h.ul[[h.li(key=1)["x"]]]),
        (h.script(src="/a"), h.script(src="/a")),
        (h.style["p {}"], h.style["p {}"]),
    ],
)
def test_equal_trees_have_no_difference(one: Rendered, other: Rendered) -> None:
    assert diff(one, other) is UNCHANGED
    assert diff(one, one) is UNCHANGED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x", "y"),
        ("x", None),
        (None, "x"),
        ("x", h.b["x"]),
        (h.b["x"], h.i["x"]),
        (h.b["x"], h.b(class_="a")["x"]),
        (h.b["x"], None),
        ("x", Raw("x")),
        (Raw("x"), Raw("y")),
        (Raw("x"), "x"),
        (h.ul["a", "b"].values[0], "a"),
        (h.ul[h.li(key=1), "b"].values[0], h.ul[h.li, "b"].values[0]),
    ],
)
def test_what_is_another_kind_is_made_anew(old: Rendered, new: Rendered) -> None:
    assert diff(old, new) is new


def test_only_slots_that_differ_are_named() -> None:
    old = h.p(class_="a", title="t", hidden=False)["x"]
    assert update(old, h.p(class_="b", title="t", hidden=True)["x"]) == [(0, "b"), (2, True)]
    assert update(old, h.p(class_="a", title=None, hidden=False)["y"]) == [(1, None), (3, "y")]


def test_attribute_without_text_is_not_one_with_empty_text() -> None:
    template = Template(("p", (("x", 0),), ()))
    assert update(Block(template, (True,)), Block(template, ("",))) == [(0, "")]


def test_handler_of_another_action_is_a_change() -> None:
    assert update(h.p(on_click=Marked(1)), h.p(on_click=Marked(2))) == [(0, Marked(2))]
    assert update(h.p(on_click=Marked(1)), h.p(on_click=None)) == [(0, None)]


def test_list_without_keys_is_compared_by_position() -> None:
    assert parts(splice(h.p["a", "b"], h.p["a", "c", "d"])) == ([], [], [(2, None, "d")], [(1, None, "c")])
    assert parts(splice(h.p["a", "b", "c"], h.p["a", "b"])) == ([(2, 1)], [], [], [])


def keyed(*keys: int | str, **texts: str) -> Block:
    items: Block = h.ul[[h.li(key=key)[texts.get(str(key), "x")] for key in keys]]
    return items


def test_list_with_keys_is_removed_moved_inserted_and_updated() -> None:
    change = splice(keyed("a", "b", "c", "d", "e"), keyed("n", "e", "a", "c", "m", c="new"))
    assert change.removed == [(1, 1), (3, 1)]
    assert change.moved == [(2, 0)]
    assert [(index, key) for index, key, _ in change.inserted] == [(0, "n"), (4, "m")]
    assert [(index, key) for index, key, _ in change.updated] == [(3, "c")]


def test_what_moves_is_what_is_not_in_the_longest_run() -> None:
    assert splice(keyed(*"abcdef"), keyed(*"bcdefa")).moved == [(0, 5)]
    assert splice(keyed(*"abcdef"), keyed(*"abedcf")).moved == [(4, 2), (4, 3)]


def test_removed_neighbours_are_one_run() -> None:
    assert splice(keyed(*range(10)), keyed(0, 1, 8)).removed == [(2, 6), (9, 1)]


def test_same_keys_in_the_same_order_are_only_updated() -> None:
    change = splice(keyed("a", "b"), keyed("a", "b", b="new"))
    assert parts(change)[:3] == ([], [], [])
    assert [(index, key) for index, key, _ in change.updated] == [(1, "b")]


def test_key_as_text_and_as_number_are_two_keys() -> None:
    change = splice(keyed(1), keyed("1"))
    assert change.removed == [(0, 1)]
    assert [key for _, key, _ in change.inserted] == ["1"]


def test_component_that_was_rendered_again_is_compared_with_what_it_was() -> None:
    node = Node(h.b["x"])
    tree = h.p["a", node]
    node.before, node.content = node.content, h.b["y"]
    [(slot, change)] = update(tree, tree)
    assert slot == 0
    assert isinstance(change, Splice)
    [(index, key, inner)] = change.updated
    assert (index, key) == (1, None)
    assert isinstance(inner, Update)
    assert inner.changes == [(0, "y")]


def test_component_that_rendered_nothing_before_is_compared_with_that() -> None:
    node = Node(None)
    node.before, node.content = None, h.b["y"]
    assert diff(node, node) is node.content
    node.before, node.content = h.b["y"], None
    assert diff(node, node) is None


def test_component_inside_one_that_was_not_rendered_again_is_found() -> None:
    first, last = Node("x"), Node("x")
    outer = Node(h.ul[[h.li(key=1)[first], h.li(key=2)["a"], h.li(key=3)[last]]])
    tree = h.div[outer]
    for inner in (first, last):
        inner.before, inner.content = "x", "y"
    change = diff(tree, tree)
    assert isinstance(change, Update)
    [(_, list_update)] = change.changes
    assert isinstance(list_update, Update)
    [(_, list_change)] = list_update.changes
    assert [(index, key) for index, key, _ in list_change.updated] == [(0, 1), (2, 3)]
    assert [update.changes for _, _, update in list_change.updated] == [[(0, "y")]] * 2


def test_component_that_returns_another_one() -> None:
    inner = Node(h.b["x"])
    outer = Node(inner)
    assert diff(outer, outer) is UNCHANGED
    inner.before, inner.content = inner.content, h.b["y"]
    change = diff(outer, outer)
    assert isinstance(change, Update)
    assert change.changes == [(0, "y")]


def test_other_component_at_the_same_place_is_made_anew() -> None:
    new = Node(h.b["x"])
    assert diff(Node(h.b["x"]), new) is new
