"""Blocks in the form that travels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from reactor import Component, action, html, on
from reactor.actions import Drawing
from reactor.blocks import Block, Deferred, Items, Listener, Node, Raw, Rendered, Template
from reactor.diff import UNCHANGED, diff
from reactor.symbols import Pending
from reactor.wire import Encoder, Numbering, definition
from tests.core.trees import Marked

h: Any = html  # tests also write what the types refuse


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:4]


class Bound(Listener):
    """A listener with bound arguments: its mark is a digest of them and of the keys on its way."""

    __slots__ = ("arguments",)

    def __init__(self, arguments: bytes) -> None:
        self.arguments = arguments

    def mark(self, keys: tuple[str | int, ...], digest: Callable[[bytes], bytes]) -> bytes:
        return digest(repr((self.arguments, keys)).encode())

    def options(self, event: str) -> dict[str, Any] | None:
        return {"f": ["value"]} if event == "input" else None


def whole(tree: Rendered, **options: bool) -> Any:
    return Encoder(Numbering(), digest, **options).child(tree)


def change(old: Rendered, new: Rendered) -> Any:
    numbering = Numbering()
    Encoder(numbering, digest).child(old)
    return Encoder(numbering, digest).change(diff(old, new))


def test_definition_travels_as_lists() -> None:
    template = h.input(value="x", on_input=Marked(1), required=True).template
    assert definition(template.definition) == ["input", [".value", 0, "@input", 1, "required", 2]]


@pytest.mark.parametrize(
    ("tree", "wire"),
    [
        (None, None),
        ("x", "x"),
        (h.br.block(), [0]),
        (h.p["x"], [0, "x"]),
        (h.p(class_="a", hidden=True, title=None)["x"], [0, "a", True, None, "x"]),
        (h.p["a", None, "b"], [0, [-1, "a", None, "b"]]),
        (h.ul[[h.li(key="k")["x"], "y"]], [0, [-2, ["k", "\x001"], [1, "x"], "y"]]),
        (h.p[Raw("<b>")], [0, [-3, "<b>"]]),
        (h.p[Node(h.b["x"])], [0, [1, "x"]]),
        (h.p[Node(Node(None))], [0, None]),
        (h.p(on_click=Marked(7)), [0, 7, None]),
        (h.p(on_click=Marked(7, prevent=True)), [0, [7, {"p": True}], None]),
        (
            h.p(on_keydown={"Ctrl+s": Marked(1), "a": Marked(2, prevent=True)}),
            [0, {"Ctrl+s": 1, "a": [2, {"p": True}]}, None],
        ),
        (h.input(on_input=Bound(b"1")), [0, [digest(b"(b'1', ())"), {"f": ["value"]}]]),
    ],
)
def test_child_travels(tree: Rendered, wire: Any) -> None:
    assert whole(tree) == wire


def test_mark_knows_the_keys_on_its_way() -> None:
    tree = h.ul[[h.li(key="a")[h.ol[[h.li(key=1)[h.b(on_click=Bound(b"x"))]]]]]]
    [_, [_, _, [_, [_, [_, _, [_, [_, mark, _]]]]]]] = whole(tree)
    assert mark == digest(b"(b'x', ('a', 1))")


def test_mark_of_what_is_inserted_or_updated_knows_its_keys_too() -> None:
    def row(key: str, argument: bytes) -> Rendered:
        item: Rendered = h.li(key=key)[h.b(on_click=Bound(argument))]
        return item

    wire = change(h.ul[[row("a", b"1")]], h.ul[[row("n", b"1"), row("a", b"2")]])
    [_, _, [_, _, _, inserted, updated]] = wire
    assert inserted == [0, "n", [1, [2, digest(b"(b'1', ('n',))"), None]]]
    assert updated == [1, [-4, 0, [-4, 0, digest(b"(b'2', ('a',))")]]]


def test_outline_has_lengths_for_texts_and_nothing_for_attributes() -> None:
    tree = h.p(class_="a", style="color: red", on_click=Marked(1))["é", "😀!", Raw("<b>"), h.input(value="x")]
    assert whole(tree, outline=True) == [0, None, None, 1, [-1, 1, 3, [-3], [1, None]]]
    assert whole(tree, outline=True, styles=False)[:4] == [0, None, "color: red", 1]


@pytest.mark.parametrize("outline", [True, False])
@pytest.mark.parametrize("styles", [True, False])
@pytest.mark.parametrize("keys", [None, (1, 2, "a", 4)])
def test_rows_of_one_template_travel_as_each_of_them_does(outline: bool, styles: bool, keys: Any) -> None:
    template = Template(("li", (("class", 0), ("style", 1), ("@click", 2)), (3, ("b", (), (4,)))))
    values = [
        ("a", "color: red", Bound(b"1"), "one", None),
        (None, None, None, "é", "two"),
        (True, None, Bound(b"2"), None, "😀"),
        (Pending(None).then("b", None), None, {"Enter": Bound(b"3")}, "one", None),
    ]
    blocks = tuple(Block(template, each) for each in values)
    each = []
    for index, block in enumerate(blocks):
        steps = () if keys is None else (keys[index],)
        encoder = Encoder(Numbering(), digest, outline=outline, styles=styles)
        alone = Items((block,), None if keys is None else steps, live=False)
        each.append(encoder.child(alone)[-1])
    for items in (blocks, tuple(map(Node, blocks)), (*blocks, *blocks)):
        length = len(items)
        known = None if keys is None else (keys * 2)[:length]
        wire = whole(Items(items, known, live=False), outline=outline, styles=styles)
        assert wire[1 if keys is None else 2 :] == (each * 2)[:length]


class Shop(Component):
    @action
    async def buy(self, what: Any) -> None: ...

    @action
    async def sell(self, what: Any) -> None: ...

    @action(order="latest")
    async def look(self, what: Any) -> None: ...


def wrapped(listener: Listener) -> Listener:
    return on(listener, prevent=True)


@pytest.mark.parametrize("wrap", [lambda listener: listener, wrapped])
@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize(
    "bind",
    [
        lambda shop, at: shop.buy.bind(at),
        lambda shop, at: shop.buy.bind(at + 1),
        lambda shop, at: shop.buy,
        lambda shop, at: shop.buy.bind(None),
        lambda shop, at: shop.buy.bind(what=at),
        lambda shop, at: shop.look.bind(at),
        lambda shop, at: (shop.buy if at else shop.sell).bind(at),
        lambda shop, at: (shop if at else Shop()).buy.bind(at),
        lambda shop, at: shop.buy.bind(at) if at else None,
        lambda shop, at: shop.buy.bind(at) if at else on(shop.buy.bind(at), stop=True),
    ],
)
def test_handlers_in_many_rows_travel_as_each_by_itself(bind: Any, keyed: bool, wrap: Any) -> None:
    def rows(shop: Shop) -> Items:
        made = [bind(shop, at) for at in range(6)]
        cells = tuple(h.td(on_click=each and wrap(each)) for each in made)
        return Items(cells, tuple(range(6)) if keyed else None, live=False)

    shop = Shop()
    with Drawing(shop):
        together = rows(shop)
    alone = [
        Encoder(Numbering(), digest).child(Items((cell,), (at,) if keyed else None, live=False))
        for at, cell in enumerate(rows(shop).values)
    ]
    assert [[each] for each in whole(together)[2 if keyed else 1 :]] == [
        each[2 if keyed else 1 :] for each in alone
    ]


def test_handlers_that_wait_for_calls_are_told_so_in_many_rows() -> None:
    shop = Shop()

    def rows() -> Block:
        with Drawing(shop):
            made: Block = h.ul[[h.li(key=at, on_click=shop.buy.bind(at))["x"] for at in range(6)]]
            return made

    numbering = Numbering()
    encoder = Encoder(numbering, digest)
    before = rows()
    assert type(encoder.child(before)[1][2][1]) is int
    assert diff(before, rows()) is UNCHANGED
    assert shop.buy.pending.source is not None
    updates = encoder.change(diff(before, rows()))[2][4]
    assert [update[2][1]["k"] for update in updates[1::2]] == [numbering.source(shop.buy.pending.source)] * 6


def test_templates_are_told_once() -> None:
    numbering = Numbering()
    encoder = Encoder(numbering, digest)
    assert encoder.child(h.p["x"]) == [0, "x"]
    assert numbering.definitions() == [0, ["p", [], 0]]
    assert encoder.child(h.p[h.b["y"]]) == [0, [1, "y"]]
    assert numbering.definitions() == [1, ["b", [], 0]]
    assert numbering.definitions() == []


@pytest.mark.parametrize(
    ("old", "new", "wire"),
    [
        ("x", "y", "y"),
        (h.p["x"], None, None),
        (h.p["x"], h.p["y"], [-4, 0, "y"]),
        (h.p["x"], h.p[()], [-4, 0, None]),
        (h.p(class_="a", on_click=Marked(1)), h.p(class_=None, on_click=Marked(2)), [-4, 0, None, 1, 2]),
        (h.p["a", "b", "c"], h.p["a", "d"], [-4, 0, [-5, [2, 1], [], [], [1, "d"]]]),
        (h.p["a", "b"], h.p["a", "b", "c"], [-4, 0, [-5, [], [], [2, None, "c"]]]),
        (h.p["a", "b", "c"], h.p["a", "b"], [-4, 0, [-5, [2, 1]]]),
        (h.ul[[h.li(key=1), h.li(key=2)]], h.ul[[h.li(key=2), h.li(key=1)]], [-4, 0, [-5, [], [1, 0]]]),
        (h.p["a", "b"], h.p["a"], [-4, 0, "a"]),
        (h.ul[h.li(key=1), "x"], h.ul[h.li, "x"], [-4, 0, [-1, [1, None], "x"]]),
    ],
)
def test_change_travels(old: Rendered, new: Rendered, wire: Any) -> None:
    assert change(old, new) == wire


def test_nothing_is_not_sent() -> None:
    with pytest.raises(ValueError, match="nothing changed"):
        Encoder(Numbering(), digest).change(UNCHANGED)


class Later(Deferred):
    key = None


def test_component_that_is_not_mounted_cannot_travel() -> None:
    with pytest.raises(TypeError, match="is not mounted"):
        whole(h.p[Later()])
