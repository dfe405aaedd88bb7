"""Blocks to HTML: held against a parser, with forms for browsers without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest

from reactor import html
from reactor.blocks import Block, Deferred, Items, Listener, Node, Raw, Rendered, Template
from reactor.markup import Forms, escape, page_form, render
from reactor.mirror import Mirror
from reactor.wire import Encoder, Numbering
from tests.core import documents
from tests.core.trees import Marked, grow

h: Any = html  # tests also write what the types refuse

act = Marked(1)

NASTY = [
    "<b>",
    "&amp;",
    '"',
    "'",
    "\r",
    "\r\n",
    "\n",
    "\t",
    "&#13;",
    "</p>",
    "<!--",
    "]]>",
    "😀",
    "\u2028",
    "&notit;",
]


@pytest.mark.parametrize("text", NASTY)
def test_text_comes_back_from_a_parser(text: str) -> None:
    tree = h.div(title=text)["x", text, h.pre[text], h.textarea(value=text), h.svg[h.title[text]]]
    assert documents.parse(render(tree)) == documents.meant(tree)


def test_carriage_return_and_nul_are_written_as_references() -> None:
    assert escape("a\rb\0c<") == "a&#13;b&#65533;c&lt;"


@pytest.mark.parametrize(
    "tree",
    [
        h.table[h.tbody[h.tr[h.td["1"], h.td[h.table[h.tbody[h.tr[h.td["2"]]]]]]]],
        h.table[h.caption["c"], h.colgroup[h.col(span=2)], h.thead[()], h.tbody[h.tr[h.th]]],
        h.select(value="b")[h.option(value="a")["A"], h.optgroup(label="g")[h.option["b"]]],
        h.svg(viewBox="0 0 1 1")[
            h.linearGradient(gradientUnits="userSpaceOnUse"), h.foreignObject[h.div["x"]]
        ],
        h.math[h.mrow[h.mi[h.span["x"]], h.mn["1"]]],
        h.pre["\n", "x"],
        h.pre[h.b["\n"]],
        h.textarea["\n\nx"],
        h.ul[[h.li(key=1)["a"], h.li(key=2)["b"]]],
        h.div["a", None, "b", ["c", [], ["d"]], h.fragment["e", h.br, "f"]],
        h.div[Raw("<i>raw</i> &amp; more")],
        h.style["a > b { color: red } /* &amp; */"],
        h.div[h.script["1 < 2 && 3 > 2"]],
    ],
)
def test_markup_is_what_a_parser_makes_the_tree_of(tree: Block) -> None:
    assert documents.parse(render(tree)) == documents.meant(tree)


def test_component_is_written_as_what_it_rendered() -> None:
    assert render(h.div[Node(h.p[Node("x")]), Node(None)]) == "<div><p>x</p></div>"


class Later(Deferred):
    key = None


def test_component_that_is_not_mounted_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="is not mounted"):
        render(h.div[Later()])


def test_style_is_left_out_where_the_policy_forbids_it() -> None:
    tree = h.p(style={"color": "red"}, class_="a")["x"]
    assert render(tree) == '<p style="color:red" class="a">x</p>'
    assert render(tree, styles=False) == '<p class="a">x</p>'


def test_larger_template_is_written_like_the_elements_it_stands_for() -> None:
    template = Template(
        (
            "li",
            (("class", 0), ("hidden", True), ("lang", 'a"b')),
            ("Total: < ", ("b", (("title", 1),), (2, "!")), ("br", (), ()), 3, ("pre", (), ("\nx",))),
        )
    )
    block = Block(template, ("c", None, "5 < 6", h.i["x"]))
    assert render(block) == (
        '<li class="c" hidden="" lang="a&#34;b">Total: &lt; <b>5 &lt; 6!</b><br><i>x</i><pre>\n\nx</pre></li>'
    )


@pytest.mark.parametrize("first", [None, "", "\n", "x"])
@pytest.mark.parametrize("second", [None, "\n", "\nx"])
def test_newline_at_the_beginning_of_a_larger_template_is_kept(first: str | None, second: str | None) -> None:
    block = Block(Template(("pre", (), (0, 1, "\n"))), (first or None, second))
    assert documents.parse(render(block)) == documents.meant(block)


def test_deep_tree_is_written() -> None:
    tree: Rendered = "x"
    for _ in range(150):
        tree = h.div[tree]
    assert render(tree).count("<div>") == 150


# Without JavaScript


class Recorder:
    """What the writer asked `$call` fields for."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[str | int], Listener, tuple[str | int, ...]]] = []

    def __call__(self, address: list[str | int], listener: Listener, keys: tuple[str | int, ...]) -> str:
        self.asked.append((list(address), listener, keys))
        return f"call{len(self.asked)}"


def written(tree: Rendered) -> tuple[str, Recorder, Forms]:
    call = Recorder()
    forms = Forms("STATE", call)
    return render(tree, forms=forms), call, forms


def test_form_with_an_action_carries_state_and_call() -> None:
    markup, call, forms = written(h.form(action=act)[h.input(name="x")])
    assert markup == (
        '<form method="post"><input type="hidden" name="$state" value="STATE">'
        '<input type="hidden" name="$call" value="call1"><input name="x"></form>'
    )
    assert call.asked == [([0], act, ())]
    assert not forms.page_form


def test_button_with_a_click_belongs_to_the_form_of_the_page() -> None:
    markup, call, forms = written(h.div[h.button(on_click=act, class_="b")["Go"]])
    assert markup == (
        '<div><button class="b" type="submit" form="reactor-form" name="$call" value="call1">'
        "Go</button></div>"
    )
    assert call.asked == [([0, 0], act, ())]
    assert forms.page_form
    assert page_form(Forms("STATE", lambda *_: "")) == (
        '<form id="reactor-form" method="post" hidden>'
        '<input type="hidden" name="$state" value="STATE"></form>'
    )


def test_button_with_an_action_of_its_own_wins_over_its_form() -> None:
    markup, call, _ = written(h.form(action=act)[h.button(form_action=Marked(2))["Save"]])
    assert '<button name="$call" value="call2">Save</button>' in markup
    assert call.asked == [([0], act, ()), ([1, 0], Marked(2), ())]


def test_address_goes_by_keys_and_indices_through_components() -> None:
    row = h.li(key="a")[Node(h.fragment["x", h.button(on_click=act)].content)]
    _, call, _ = written(Node(h.ul["first", [row]]))
    assert call.asked == [([0, 1, "a", 0, 1, 0], act, ("a",))]


def test_keys_of_all_lists_around_belong_to_a_call() -> None:
    inner = h.ul[[h.li(key=key)[h.button(on_click=act)] for key in ("x", "y")]]
    _, call, _ = written(h.ul[[h.li(key=1)[inner], h.li(key=2)[h.button(on_click=act)]]])
    assert [keys for _, _, keys in call.asked] == [(1, "x"), (1, "y"), (2,)]


def test_address_of_the_writer_is_that_of_the_mirror() -> None:
    tree = h.ul[[h.li(key=key)[h.span, [h.b[h.button(on_click=act)]]] for key in (7, "b")]]
    _, call, _ = written(tree)
    numbering, mirror = Numbering(), Mirror()
    wire = Encoder(numbering, bytes).child(tree)
    mirror.learn(numbering.definitions())
    mirror.replace(wire)
    buttons = [element for element in mirror.elements() if element.tag == "button"]
    assert [button.address("click") for button in buttons] == [address for address, _, _ in call.asked]


def test_button_without_an_action_is_left_alone() -> None:
    markup, call, _ = written(h.div[h.button(on_click=None)])
    assert markup == '<div><button type="button"></button></div>'
    assert call.asked == []


def test_button_with_a_name_brings_its_call_in_the_address() -> None:
    markup, _, _ = written(h.div[h.button(on_click=act, name="n")])
    assert 'name="n" type="submit" form="reactor-form" formaction="?$call=call1"' in markup


def test_sketches_of_tests_grow_into_trees() -> None:
    assert render(grow("x")) == "x"


ROWS = [
    [("a", "one", "two"), (None, "1 < 2", None), ("\"&'", None, "\r\0"), ("", "é", "two"), (None, "", "\n")],
    [(None, "one", "two")] * 5,
    [("a", "1", "2"), (True, "1", "2"), (None, "1", "2"), ("b", "1", "2"), ("c", Raw("<i>"), "2")],
    [("a", "1", h.b["<"]), ("a", None, "2"), ("a", "1", "2"), ("a", "1", "2"), ("a", "1", "2")],
]


@pytest.mark.parametrize("values", ROWS)
@pytest.mark.parametrize("styles", [True, False])
@pytest.mark.parametrize("tag", ["p", "pre"])
def test_rows_of_one_template_are_written_as_each_of_them_is(values: Any, styles: bool, tag: str) -> None:
    template = Template(("li", (("class", 0), ("lang", "en")), (" – ", (tag, (), (1,)), 2)))
    blocks = tuple(Block(template, each) for each in values)
    each = [render(block, styles=styles) for block in blocks]
    assert render(Items(blocks, None, live=False), styles=styles) == "".join(each)
    assert render(Items(blocks, tuple(range(5)), live=False), styles=styles) == "".join(each)
    assert render(Items(tuple(map(Node, blocks)), None, live=True), styles=styles) == "".join(each)


@pytest.mark.parametrize("styles", [True, False])
def test_rows_have_their_styles_only_where_these_are_written(styles: bool) -> None:
    template = Template(("li", (("style", 0),), ()))
    blocks = tuple(Block(template, (text,)) for text in ("color: red", None, 'content: "a"', "b"))
    whole = render(Items(blocks, None, live=False), styles=styles)
    assert whole == "".join(render(block, styles=styles) for block in blocks)
    assert ("color: red" in whole) is styles


def test_rows_that_are_always_the_same_are_written_as_often_as_they_stand_there() -> None:
    assert render(h.p[[h.br] * 5]) == f"<p>{'<br>' * 5}</p>"
