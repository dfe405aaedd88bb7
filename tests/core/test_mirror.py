"""The tree as a browser holds it: what it takes, what it refuses, what it answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reactor.blocks import Items
from reactor.markup import render
from reactor.mirror import Element, Mirror

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "tree.json").read_text("utf-8"))

TEMPLATES = [
    *(0, ["p", ["class", 0], 1]),
    *(1, ["li", [], 0]),
    *(2, ["input", ["type", "text", ".value", 0, "@input", 1]]),
    *(3, ["section", ["id", "s", "hidden", True, "@keydown", 0], ["h1", [], "Title: ", 1], " – ", 2]),
]


def mirror(child: Any = None) -> Mirror:
    made = Mirror()
    made.learn(TEMPLATES)
    made.replace(child)
    return made


def keyed(*keys: str) -> list[Any]:
    return [-2, list(keys), *([1, key] for key in keys)]


@pytest.mark.parametrize(
    ("child", "markup"),
    [
        (None, ""),
        ("a < b", "a &lt; b"),
        ([0, "a", "x"], '<p class="a">x</p>'),
        ([0, None, None], "<p></p>"),
        ([0, True, [-1, "x", None, [1, "y"]]], '<p class="">x<li>y</li></p>'),
        (keyed("a", "b"), "<li>a</li><li>b</li>"),
        ([-2, ["\x000", 1], "x", None], "x"),
        ([-3, "<b>x</b>"], "<!--[--><b>x</b><!--]-->"),
        ([2, "v", None], '<input type="text" value="v">'),
        ([2, False, 7], '<input type="text">'),
        (
            [3, {"a": 1, "Ctrl+s": [b"m", {"p": True}]}, "T", None],
            '<section id="s" hidden=""><h1>Title: T</h1> – </section>',
        ),
    ],
)
def test_whole_tree_is_taken(child: Any, markup: str) -> None:
    assert render(mirror(child).root) == markup


@pytest.mark.parametrize(
    ("child", "delta", "markup"),
    [
        ("x", "y", "y"),
        ("x", None, ""),
        ([0, "a", "x"], [-4, 1, "y"], '<p class="a">y</p>'),
        ([0, "a", "x"], [-4, 0, None, 1, [1, "z"]], "<p><li>z</li></p>"),
        ([0, "a", [1, "x"]], [-4, 1, [-4, 0, "y"]], '<p class="a"><li>y</li></p>'),
        (keyed("a", "b", "c", "d"), [-5, [0, 1, 2, 1]], "<li>b</li><li>d</li>"),
        (keyed("a", "b", "c"), [-5, [], [2, 0]], "<li>c</li><li>a</li><li>b</li>"),
        (keyed("a", "b", "c"), [-5, [], [0, 2, 0, 1]], "<li>c</li><li>b</li><li>a</li>"),
        (keyed("a"), [-5, [], [], [0, "n", "N", 2, 5, "M"]], "N<li>a</li>M"),
        (keyed("a", "b"), [-5, [0, 1], [], [1, "c", "C"], [0, [-4, 0, "new"]]], "<li>new</li>C"),
        ([-1, "a", "b"], [-5, [1, 1]], "a"),
        ([-1, "a"], [-5, [], [], [1, None, "b"], [0, "A"]], "Ab"),
        (keyed("a"), keyed("b"), "<li>b</li>"),
    ],
)
def test_patch_is_applied(child: Any, delta: Any, markup: str) -> None:
    made = mirror(child)
    made.apply(delta)
    assert render(made.root) == markup


def test_keys_follow_their_items() -> None:
    made = mirror(keyed("a", "b", "c"))
    made.apply([-5, [1, 1], [1, 0], [1, 7, "x"]])
    assert isinstance(made.root, Items)
    assert made.root.keys == ("c", 7, "a")


@pytest.mark.parametrize(
    "child",
    [
        "",
        True,
        1,
        1.5,
        b"x",
        {},
        [],
        ["p"],
        [True, "x"],
        [9, "x"],
        [-6],
        [0],
        [0, "a"],
        [0, "a", "x", "y"],
        [0, 1, "x"],
        [0, False, "x"],
        [0, "a", ""],
        [2, 1, None],
        [2, "v", "mark"],
        [2, "v", True],
        [2, "v", 1.0],
        [2, "v", []],
        [2, "v", [1]],
        [2, "v", [1, None]],
        [2, "v", [1, {1: 2}]],
        [2, "v", {}],
        [2, "v", {"a": "b"}],
        [2, "v", {1: 2}],
        [2, "v", 2**53],
        [-1, ""],
        [-2],
        [-2, "ab", "a", "b"],
        [-2, ["a"]],
        [-2, ["a"], "x", "y"],
        [-2, ["a", "a"], "x", "y"],
        [-2, [""], "x"],
        [-2, [None], "x"],
        [-2, [1.0], "x"],
        [-3],
        [-3, None],
        [-3, "x", "y"],
        [-4, 0, "x"],
        [-5, [0, 1]],
        [0, "a", [-4, 0, "x"]],
    ],
)
def test_malformed_child_is_refused(child: Any) -> None:
    made = mirror("before")
    with pytest.raises(ValueError):
        made.replace(child)
    assert made.root == "before"


@pytest.mark.parametrize(
    ("child", "delta"),
    [
        ("x", [-4, 0, "y"]),
        (None, [-4, 0, "y"]),
        (keyed("a"), [-4, 0, "y"]),
        ([0, "a", "x"], [-4]),
        ([0, "a", "x"], [-4, 0]),
        ([0, "a", "x"], [-4, 2, "y"]),
        ([0, "a", "x"], [-4, -1, "y"]),
        ([0, "a", "x"], [-4, True, "y"]),
        ([0, "a", "x"], [-4, 1, "y", 1, "z"]),
        ([0, "a", "x"], [-4, 0, [1, "y"]]),
        ([0, "a", "x"], [-4, 1, [-4, 0, "y"]]),
        ([0, "a", "x"], [-5, [0, 1]]),
        (keyed("a"), [-5]),
        (keyed("a"), [-5, []]),
        (keyed("a"), [-5, [0, 1], []]),
        (keyed("a"), [-5, [0, 1], [], [], [], []]),
        (keyed("a"), [-5, None]),
        (keyed("a"), [-5, [0]]),
        (keyed("a"), [-5, [0, 0]]),
        (keyed("a"), [-5, [0, 2]]),
        (keyed("a"), [-5, [-1, 1]]),
        (keyed("a", "b"), [-5, [1, 1, 0, 1]]),
        (keyed("a", "b"), [-5, [0, 2, 1, 1]]),
        (keyed("a", "b"), [-5, [], [0]]),
        (keyed("a", "b"), [-5, [], [2, 0]]),
        (keyed("a", "b"), [-5, [], [0, 2]]),
        (keyed("a", "b"), [-5, [], [0, -1]]),
        (keyed("a"), [-5, [], [], [0, "b"]]),
        (keyed("a"), [-5, [], [], [2, "b", "x"]]),
        (keyed("a"), [-5, [], [], [1, "b", "x", 1, "c", "y"]]),
        (keyed("a"), [-5, [], [], [0, "a", "x"]]),
        (keyed("a"), [-5, [], [], [0, None, "x"]]),
        ([-1, "x"], [-5, [], [], [0, "a", "x"]]),
        (keyed("a"), [-5, [], [], [0, "b", [-4, 0, "x"]]]),
        (keyed("a"), [-5, [], [], [], [0]]),
        (keyed("a"), [-5, [], [], [], [1, "x"]]),
        (keyed("a", "b"), [-5, [], [], [], [1, "x", 0, "y"]]),
        (keyed("a", "b"), [-5, [], [], [], [0, "x", 0, "y"]]),
    ],
)
def test_patch_that_does_not_fit_is_refused_and_changes_nothing(child: Any, delta: Any) -> None:
    made = mirror(child)
    before = made.root
    with pytest.raises(ValueError):
        made.apply(delta)
    assert made.root is before


@pytest.mark.parametrize(
    "definitions",
    [
        None,
        [4],
        [-1, ["p", []]],
        [True, ["p", []]],
        ["4", ["p", []]],
        [4, "p"],
        [4, []],
        [4, ["p"]],
        [4, ["", []]],
        [4, [1, []]],
        [4, ["p", ["class"]]],
        [4, ["p", [1, 0]]],
        [4, ["p", ["", 0]]],
        [4, ["p", ["@", 0]]],
        [4, ["p", ["class", None]]],
        [4, ["p", ["class", False]]],
        [4, ["p", ["@click", "x"]]],
        [4, ["p", [".value", True]]],
        [4, ["p", ["class", 0, "class", 1]]],
        [4, ["p", ["class", 1]]],
        [4, ["p", [], ""]],
        [4, ["p", [], None]],
        [4, ["p", [], 1]],
        [4, ["p", [], 0, 0]],
        [4, ["p", [], ["b", []], -1]],
        [0, ["b", [], 0]],
    ],
)
def test_malformed_template_is_refused(definitions: Any) -> None:
    made = mirror()
    known = dict(made.templates)
    with pytest.raises(ValueError):
        made.learn(definitions)
    assert made.templates == known


def test_templates_are_forgotten_with_a_reset() -> None:
    made = mirror([0, "a", "x"])
    made.learn([0, ["b", [], 0]], reset=True)
    made.replace([0, "x"])
    assert render(made.root) == "<b>x</b>"
    with pytest.raises(ValueError, match="template 1 is not known"):
        made.replace([1, "x"])


def test_template_told_again_is_the_same() -> None:
    made = mirror()
    template = made.templates[0]
    made.learn(TEMPLATES[:2])
    made.learn([7, TEMPLATES[1]], reset=True)
    assert made.templates == {7: template}


def test_too_deep_tree_is_refused() -> None:
    child: Any = "x"
    for _ in range(10_000):
        child = [1, child]
    with pytest.raises(ValueError, match="nested too deeply"):
        mirror().replace(child)


def test_message_about_something_large_is_short() -> None:
    with pytest.raises(ValueError) as caught:
        mirror().replace(["x" * 10_000] * 10_000)
    assert len(str(caught.value)) < 300


# Vectors, which the client's tests run too


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_vector_becomes_its_next(vector: dict[str, Any]) -> None:
    made, target = Mirror(), Mirror()
    made.learn(vector["templates"])
    made.replace(vector["before"])
    assert render(made.root) == vector["html"]
    if "delta" in vector:
        made.apply(vector["delta"])
    target.learn(vector["templates"])
    target.replace(vector["after"])
    assert render(made.root) == render(target.root)


# Questions


def elements(child: Any) -> list[Element]:
    return list(mirror(child).elements())


def test_elements_come_in_document_order() -> None:
    tree = [0, "a", [-1, [1, [1, "x"]], "text", [3, None, "T", [2, "v", None]], [-3, "<i>y<b>z</b></i><br>"]]]
    tags = ["p", "li", "li", "section", "h1", "input", "i", "b", "br"]
    assert [element.tag for element in elements(tree)] == tags


def test_element_shows_static_and_changing_attributes() -> None:
    section, heading = elements([3, None, "T", None])
    assert section.attributes == {"id": "s", "hidden": True}
    assert (section.text, heading.text) == ("Title: T – ", "Title: T")
    assert section.children == [heading, " – "]
    [field] = elements([2, "v", None])
    assert (field.attributes, field.properties) == ({"type": "text"}, {"value": "v"})
    assert (field.get("value"), field.get("type"), field.get("name")) == ("v", "text", None)


def test_element_knows_what_is_around_it() -> None:
    outer, inner, field = elements([0, None, [1, [2, "v", None]]])
    assert list(field.ancestors()) == [inner, outer]
    assert list(outer.elements()) == [inner, field]
    assert outer.parent is None


def test_text_of_the_tree_is_that_of_all_its_nodes() -> None:
    assert mirror([0, "a", [-1, "x", [1, "y"], [-3, "<b>&lt;z</b>"]]]).text == "xy<z"


def test_address_goes_by_slots_keys_and_indices() -> None:
    field = [2, "v", 7]
    assert [e.address("input") for e in elements(field) if e.tag == "input"] == [[1]]
    tree = [0, "a", [-2, ["k", 5], [1, field], [1, [-1, "x", field]]]]
    addresses = [element.address("input") for element in elements(tree) if element.tag == "input"]
    assert addresses == [[1, "k", 0, 1], [1, 5, 0, 1, 1]]


def test_address_of_a_key_combination_ends_with_it() -> None:
    [section, _] = elements([3, {"a": 1, "Ctrl+s": [b"m", {"p": True}]}, "T", None])
    assert section.address("keydown", "Ctrl+s") == [0, "Ctrl+s"]
    assert section.handler("keydown", "Ctrl+s") == (b"m", {"p": True})
    assert section.handler("keydown", "a") == (1, {})


def test_missing_handler_is_told_with_those_that_are_there() -> None:
    [section, _] = elements([3, {"a": 1}, "T", None])
    [field] = elements([2, "v", 7])
    with pytest.raises(
        LookupError, match=r'<section id="s" hidden> has no handler for \'click\'; it has: keydown'
    ):
        section.address("click")
    with pytest.raises(LookupError, match="'keydown' has handlers for a, not for None"):
        section.address("keydown")
    with pytest.raises(LookupError, match="the handler for 'input' is not for 'a' alone"):
        field.address("input", "a")


def test_elements_show_the_tree_of_the_moment() -> None:
    made = mirror([0, "a", "x"])
    [before] = made.elements()
    assert next(made.elements()) is before
    made.apply([-4, 1, "y"])
    [after] = made.elements()
    assert (before.text, after.text) == ("x", "y")


def test_raw_markup_that_is_not_well_formed_is_read_as_far_as_possible() -> None:
    [bold, item] = elements([-3, "<b>x</i><input disabled/></b></p>y"])
    assert (bold.tag, item.tag, item.attributes) == ("b", "input", {"disabled": True})
    assert mirror([-3, "<b>x</i></b></p>y"]).text == "xy"
