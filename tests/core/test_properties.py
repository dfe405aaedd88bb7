"""What holds for all trees: one tree patched to become another is that other tree."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reactor import html as h
from reactor.blocks import Block, Items, Node, Raw, Rendered
from reactor.codec import pack, unpack
from reactor.diff import UNCHANGED, Splice, diff
from reactor.markup import render
from reactor.mirror import Mirror
from reactor.protocol import KEYED, RAW
from reactor.wire import Encoder, Numbering
from tests.core import documents, trees

many = settings(max_examples=trees.EXAMPLES, suppress_health_check=[HealthCheck.too_slow])


def digest(data: bytes) -> bytes:
    return b"digest"


class Page:
    """One view on both sides: what the server knows, and the mirror of it."""

    def __init__(self) -> None:
        self.numbering = Numbering()
        self.mirror = Mirror()

    def sent(self, wire: Any) -> Any:
        """What travels, after it has travelled."""
        self.mirror.learn(unpack(pack(self.numbering.definitions()), limit=10**6))
        return unpack(pack(wire), limit=10**6)

    def show(self, tree: Rendered) -> None:
        self.mirror.replace(self.sent(Encoder(self.numbering, digest).child(tree)))

    def change(self, old: Rendered, new: Rendered) -> None:
        change = diff(old, new)
        if change is not UNCHANGED:
            self.mirror.apply(self.sent(Encoder(self.numbering, digest).change(change)))


def shape(child: Rendered) -> Any:
    """A tree in nested lists; components are what they rendered, listeners what travels of them."""
    if isinstance(child, Node):
        return shape(child.content)
    if isinstance(child, Block):
        return [child.template.definition, [shape(value) for value in child.values]]
    if isinstance(child, Items):
        return [list(child.keys) if child.keys else None, [shape(value) for value in child.values]]
    if isinstance(child, Raw):
        return ["raw", child.html]
    return _handler(child)


def _handler(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _handler(listener) for name, listener in value.items()}
    if isinstance(value, trees.Marked):
        return [value.number, {"p": True}] if value.prevent else value.number
    return value


@many
@given(trees.histories(3))
def test_tree_patched_or_synced_becomes_the_next(history: list[trees.Sketch]) -> None:
    patched, synced, grove = Page(), Page(), trees.Grove()
    old = grove.grow(history[0])
    patched.show(old)
    synced.show(old)
    assert render(patched.mirror.root) == render(old)
    for sketch in history[1:]:
        new = grove.grow(sketch)
        patched.change(old, new)
        synced.show(new)
        for page in (patched, synced):
            assert shape(page.mirror.root) == shape(new)
            assert render(page.mirror.root) == render(new)
        grove.settle()
        old = new


@many
@given(trees.trees())
def test_tree_is_equal_to_itself_and_to_its_markup_and_to_its_outline(sketch: trees.Sketch) -> None:
    grove = trees.Grove()
    tree = grove.grow(sketch)
    assert diff(tree, tree) is UNCHANGED
    assert diff(tree, grove.grow(sketch)) is UNCHANGED
    assert documents.parse(render(tree)) == documents.meant(tree)
    numbering = Numbering()
    whole = Encoder(numbering, digest).child(tree)
    assert_outline(Encoder(numbering, digest, outline=True).child(tree), whole, numbering)


def assert_outline(outline: Any, whole: Any, numbering: Numbering) -> None:
    if isinstance(whole, str):
        assert outline == len(whole.encode("utf-16-le")) // 2
    elif whole is None:
        assert outline is None
    elif whole[0] == RAW:
        assert outline == [RAW]
    else:
        assert outline[0] == whole[0]
        assert len(outline) == len(whole)
        if whole[0] >= 0:
            template = next(template for template, number in numbering.numbers.items() if number == whole[0])
            for kind, given_, value in zip(template.kinds, outline[1:], whole[1:], strict=True):
                if kind.name == "CHILD":
                    assert_outline(given_, value, numbering)
                else:
                    assert given_ == (value if kind.name == "EVENT" else None)
        else:
            start = 2 if whole[0] == KEYED else 1
            assert outline[1:start] == whole[1:start]
            for given_, value in zip(outline[start:], whole[start:], strict=True):
                assert_outline(given_, value, numbering)


@many
@given(st.lists(st.integers(0, 12), unique=True), st.lists(st.integers(0, 12), unique=True))
def test_list_is_changed_with_the_least_moves(before: list[int], after: list[int]) -> None:
    page = Page()
    old, new = rows(before), rows(after)
    page.show(old)
    change = diff(old, new)
    if before == after:
        assert change is UNCHANGED
        return
    page.change(old, new)
    assert render(page.mirror.root) == render(new)
    if isinstance(change, Splice):
        kept = [key for key in after if key in before]
        assert len(change.moved) == len(kept) - longest_increasing([before.index(key) for key in kept])
        assert sum(count for _, count in change.removed) == len([key for key in before if key not in after])
        assert [key for _, key, _ in change.inserted] == [key for key in after if key not in before]
        assert change.updated == []


def rows(keys: list[int], texts: dict[int, str] | None = None) -> Rendered:
    return h.ul[[h.li(key=key)[(texts or {}).get(key, f"row {key}")] for key in keys]].values[0]  # type: ignore[no-any-return]


def longest_increasing(sequence: list[int]) -> int:
    """The plain way, in quadratic time."""
    lengths: list[int] = []
    for index, item in enumerate(sequence):
        before = [lengths[other] for other in range(index) if sequence[other] < item]
        lengths.append(1 + max(before, default=0))
    return max(lengths, default=0)


def wire_of(old: Rendered, new: Rendered) -> Any:
    numbering = Numbering()
    Encoder(numbering, digest).child(old)
    return Encoder(numbering, digest).change(diff(old, new))


def test_item_before_a_thousand_is_one_insert() -> None:
    old, new = rows(list(range(1_000))), rows([1_000, *range(1_000)])
    assert wire_of(old, new) == [-5, [], [], [0, 1_000, [0, "row 1000"]]]


def test_item_removed_of_a_thousand_is_one_removal() -> None:
    old, new = rows(list(range(1_000))), rows([key for key in range(1_000) if key != 500])
    assert wire_of(old, new) == [-5, [500, 1]]


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 998), (0, 999), (400, 402)])
def test_swap_is_two_moves_at_most(first: int, second: int) -> None:
    keys = list(range(1_000))
    keys[first], keys[second] = keys[second], keys[first]
    wire = wire_of(rows(list(range(1_000))), rows(keys))
    assert len(wire) == 3
    assert len(wire[2]) // 2 <= 2


def test_every_order_of_five_items_is_reached() -> None:
    for keys in itertools.permutations(range(5)):
        page = Page()
        old, new = rows(list(range(5))), rows(list(keys))
        page.show(old)
        page.change(old, new)
        assert render(page.mirror.root) == render(new)


def test_large_list_changed_everywhere_becomes_the_next() -> None:
    before = list(range(0, 2_000, 2))
    after = [key for key in reversed(range(0, 2_100, 3)) if key % 5]
    page = Page()
    old, new = rows(before), rows(after, {key: f"new {key}" for key in after if key % 7 == 0})
    page.show(old)
    page.change(old, new)
    assert render(page.mirror.root) == render(new)
