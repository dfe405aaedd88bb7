"""The builder: what is written becomes this markup, and what cannot be built is refused with a place."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import markupsafe
import pytest

from reactor import html
from reactor.blocks import Block
from reactor.elements import ELEMENTS, EVENTS, VOID
from reactor.errors import BuildError
from reactor.markup import render
from tests.core.trees import Marked

h: Any = html  # tests also write what the types refuse

act = Marked(1)


class Colour(enum.StrEnum):
    RED = "red & blue"


class Level(enum.IntEnum):
    HIGH = 3


class Widget:
    def __html__(self) -> str:
        return "<i>widget</i>"


def numbers() -> Iterator[int]:
    yield from range(3)


def inside(child: Any) -> str:
    """The markup of what stands in a `<p>`, without the `<p>`."""
    return render(h.p[child]).removeprefix("<p>").removesuffix("</p>")


# What is written


@pytest.mark.parametrize(
    ("child", "markup"),
    [
        ("text", "text"),
        ("", ""),
        (1, "1"),
        (0, "0"),
        (-1.5, "-1.5"),
        (Decimal("1.50"), "1.50"),
        (Level.HIGH, "3"),
        (Colour.RED, "red &amp; blue"),
        (None, ""),
        (False, ""),
        (h.b["x"], "<b>x</b>"),
        (h.br, "<br>"),
        ((), ""),
        ([], ""),
        (("a", "b"), "ab"),
        (["a", None, ["b", [h.i["c"]]], False], "ab<i>c</i>"),
        (numbers(), "012"),
        ((str(n) for n in range(3)), "012"),
        (map(str, [1, 2]), "12"),
        ({"only": 1}.keys(), "only"),
        (h.fragment["a", h.b["b"]], "a<b>b</b>"),
        (h.fragment[()], ""),
        (markupsafe.Markup("<b>safe</b>"), "<!--[--><b>safe</b><!--]-->"),
        (markupsafe.Markup(""), ""),
        (Widget(), "<!--[--><i>widget</i><!--]-->"),
        ("<script>alert('1')</script> & \"", "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &#34;"),
        ("a\rb\0", "a&#13;b&#65533;"),
    ],
)
def test_child_is_written(child: Any, markup: str) -> None:
    assert inside(child) == markup


@pytest.mark.parametrize(
    ("element", "markup"),
    [
        (h.div(), "<div></div>"),
        (h.div(class_="a"), '<div class="a"></div>'),
        (h.div(class_=["a", None, ("b", {"c": True, "d": False})]), '<div class="a b c"></div>'),
        (h.div(class_={"a": 0}), "<div></div>"),
        (h.div(style={"font_size": "2rem", "--n": 3}), '<div style="font-size:2rem;--n:3"></div>'),
        (h.div(data_user_id=7, aria_label="x"), '<div data-user-id="7" aria-label="x"></div>'),
        (h.div(aria_hidden=True, aria_busy=False), '<div aria-hidden="true" aria-busy="false"></div>'),
        (
            h.div({"x-y": "1", "@click": None} if False else {"x-y": "1"}, id="i"),
            '<div x-y="1" id="i"></div>',
        ),
        (h.label(for_="name"), '<label for="name"></label>'),
        (h.input(required=True, disabled=False, readonly=None), '<input required="">'),
        (h.input(value='"><b>'), '<input value="&#34;&gt;&lt;b&gt;">'),
        (h.input(value="", checked=True, indeterminate=True), '<input value="" checked="">'),
        (h.input(checked=False), "<input>"),
        (h.input(checked="checked"), '<input checked="">'),
        (h.img(src="/a.png", alt=""), '<img src="/a.png" alt="">'),
        (h.a(title=markupsafe.Markup('"><b>')), '<a title="&#34;&gt;&lt;b&gt;"></a>'),
        (h.p(title="a\r\nb"), '<p title="a&#13;\nb"></p>'),
        (
            h.svg(viewBox="0 0 1 1")[h.linearGradient(stroke_width=2)],
            '<svg viewBox="0 0 1 1"><linearGradient stroke-width="2"></linearGradient></svg>',
        ),
        (h.math[h.mi["x"]], "<math><mi>x</mi></math>"),
        (h.annotation_xml(encoding="text/html"), '<annotation-xml encoding="text/html"></annotation-xml>'),
        (h.my_widget(some_name="1"), '<my-widget some-name="1"></my-widget>'),
        (h.del_["gone"], "<del>gone</del>"),
        (h.button(on_click=act)["Go"], '<button type="button">Go</button>'),
        (h.button(on_click=act, type="button")["Go"], '<button type="button">Go</button>'),
        (h.form(action=act), '<form method="post"></form>'),
        (h.form(action="/search", method="get"), '<form action="/search" method="get"></form>'),
        (h.button(form_action="/other"), '<button formaction="/other"></button>'),
        (h.div(on_click=None, on_keydown=False), "<div></div>"),
        (h.script(src="/a.js", defer=True), '<script src="/a.js" defer=""></script>'),
        (h.script["if (a < b && c) {}"], "<script>if (a < b && c) {}</script>"),
        (h.style["a > b { content: '&' }", "\r\n"], "<style>a > b { content: '&' }\n</style>"),
        (h.script[markupsafe.Markup("a<b")], "<script>a<b</script>"),
        (h.title["1 < 2", " & 3"], "<title>1 &lt; 2 &amp; 3</title>"),
        (h.textarea(value="<a>\n"), "<textarea>&lt;a&gt;\n</textarea>"),
        (h.textarea(value="\n"), "<textarea>\n\n</textarea>"),
        (h.textarea(value=None), "<textarea></textarea>"),
        (h.textarea["\nx"], "<textarea>\n\nx</textarea>"),
        (h.pre["\nx"], "<pre>\n\nx</pre>"),
        (h.pre[None, ["", ["\nx"]]], "<pre>\n\nx</pre>"),
        (h.pre["x\n"], "<pre>x\n</pre>"),
    ],
)
def test_element_is_written(element: Block, markup: str) -> None:
    assert render(element) == markup


@pytest.mark.parametrize(
    ("options", "markup"),
    [
        ([h.option(value="a")["A"], h.option(value="b")["B"]], [False, True]),
        ([h.option["a"], h.option["b"]], [False, True]),
        ([h.option["a"], h.option["  b\n "]], [False, True]),
        ([h.option["a"], h.option["", ["b"]]], [False, True]),
        ([h.option(value=None)["b"], h.option["a"]], [True, False]),
        ([h.option(value="b")["1"], h.option(value="b")["2"]], [True, False]),
        ([h.optgroup[h.option["a"]], h.optgroup[h.option["b"]]], [False, True]),
        ([h.option["a"], h.option["c"]], [False, False]),
    ],
)
def test_select_shows_the_option_with_its_value(options: list[Block], markup: list[bool]) -> None:
    written = render(h.select(value="b")[options])
    assert [" selected" in option for option in re.findall("<option[^>]*>", written)] == markup


def test_option_outside_of_the_controlled_select_is_not_selected() -> None:
    written = render(h.div[h.select(value="a")[h.option["a"]], h.select[h.option["a"]]])
    assert written.count("selected") == 1


@pytest.mark.parametrize("tag", sorted(ELEMENTS - {"script", "style"}))
def test_every_element_can_be_written(tag: str) -> None:
    name = tag.replace("-", "_")
    element = getattr(h, f"{name}_" if name in ("del",) else name)
    assert render(element.block()) == (f"<{tag}>" if tag in VOID else f"<{tag}></{tag}>")


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_event_can_be_listened_to(event: str) -> None:
    block = h.div({f"on_{event}": act})
    assert block.template.names[0] == event


def test_same_attribute_names_share_a_template() -> None:
    assert h.p(class_="a")["x"].template is h.p(class_="b").template
    assert h.p(class_="a").template is not h.p(title="a").template


def test_element_is_not_changed_by_its_brackets() -> None:
    card = h.p(class_="card")
    assert render(card["one"]) == '<p class="card">one</p>'
    assert render(card["two"]) == '<p class="card">two</p>'
    assert render(card) == '<p class="card"></p>'


def test_element_is_markup_to_a_template_engine() -> None:
    assert markupsafe.Markup("<div>%s</div>") % h.b["<"] == "<div><b>&lt;</b></div>"


def test_keys_make_a_keyed_list() -> None:
    identity = UUID(int=1)
    rows = h.ul[[h.li(key=1), "text", h.li(key="a"), h.li(key=identity), h.fragment(key=2)["x"]]]
    assert rows.values[0].keys == (1, "\x001", "a", str(identity), 2)
    assert h.ul[[h.li, h.li]].values[0].keys is None
    assert h.ul[h.li(key=1)].values[0].keys == (1,)
    assert h.ul[[h.script(src="/a", key="a"), h.script(src="/b", key="b")]].values[0].keys == ("a", "b")


def test_integer_key_that_javascript_cannot_hold_becomes_text() -> None:
    assert h.ul[h.li(key=2**60)].values[0].keys == (str(2**60),)


def test_one_child_is_no_list() -> None:
    assert h.p["x"].values == ("x",)
    assert h.p[h.b].values[0].template.tag == "b"


def test_names_that_are_no_elements_are_no_attributes_of_the_module() -> None:
    assert not hasattr(h, "_private")
    assert not hasattr(h, "buton")


# What is refused

COMBINATIONS = {"Escape": act}


def coroutine() -> Any:
    async def load() -> str:
        return "x"

    return Closing(load())


class Closing:
    """A coroutine that is closed after the test, so that nothing complains that it was never awaited."""

    def __init__(self, inner: Any) -> None:
        inner.close()

    def __await__(self) -> Iterator[Any]:
        yield


@pytest.mark.parametrize(
    ("build", "message"),
    [
        # Children
        (lambda: h.div[object()], r"<div>: <object object at .*> \(object\) cannot be a child"),
        (
            lambda: h.div[True],
            r"<div>: True \(bool\) cannot be a child; True shows nothing; write `condition and",
        ),
        (lambda: h.div["a", [b"bytes"]], r"<div>: b'bytes' \(bytes\) cannot be a child"),
        (lambda: h.div[{"a": 1}], r"<div>: a dict cannot be a child; attributes go in parentheses"),
        (lambda: h.div[len], r"<div>: .* cannot be a child; call it"),
        (lambda: h.div[act], r"<div>: .* cannot be a child; an action goes into an attribute: on_click"),
        (lambda: h.div[coroutine()], r"<div>: .* cannot be a child; await it"),
        (lambda: h.fragment[object()], r"<fragment>: "),
        (lambda: h.br["x"], r"<br> cannot have children"),
        (lambda: h.input(value="x")["y"], r"<input> cannot have children"),
        (lambda: h.div("text"), r"<div>: children go in brackets, attributes in parentheses"),
        (lambda: h.title[h.b["x"]], r"<title> takes text only"),
        (lambda: h.textarea[markupsafe.Markup("x")], r"<textarea> takes text only"),
        (lambda: h.script[h.b], r"<script> takes text only"),
        (lambda: h.script["var a = '</script>'"], r"<script>: this text could end the element early"),
        (lambda: h.script["<!-- x"], r"<script>: this text could end the element early"),
        (lambda: h.style["</sty", "le>"], r"<style>: this text could end the element early"),
        (lambda: h.style["<", "/style>"], r"<style>: this text could end the element early"),
        (lambda: h.style["<img src=x>"], r"<style>: this text could end the element early"),
        (lambda: h.style[markupsafe.Markup("</STYLE>")], r"<style>: this text could end the element early"),
        # Keys
        (lambda: h.ul[[h.li(key=1), h.li(key=2), h.li(key=1)]], r"<ul>: two items have the key 1"),
        (lambda: h.ul[h.li(key="a"), h.fragment(key="a")["x"]], r"<ul>: two items have the key 'a'"),
        (lambda: h.li(key=1.5), r"<li>: a key is a string that is not empty, an integer or a UUID, not 1.5"),
        (lambda: h.li(key=""), r"<li>: a key is a string that is not empty"),
        (lambda: h.li(key=True), r"<li>: a key is .*, not True"),
        (lambda: h.li(key="\x000"), r"<li>: a key is .*, not '\\x000'"),
        (lambda: h.ul[h.fragment(key=())["x"]], r"<ul>: a key is .*, not \(\)"),
        # Attributes
        (lambda: h.a(href="javascript:alert(1)"), r"<a href>: 'javascript:alert\(1\)' would run as script"),
        (lambda: h.a(href=" \x01java\tscript:alert(1)"), r"<a href>: .* would run as script"),
        (lambda: h.a(href="JAVA\nSCRIPT:alert(1)"), r"<a href>: .* would run as script"),
        (lambda: h.form(action="vbscript:x"), r"<form action>: .* would run as script"),
        (lambda: h.button(form_action="javascript:x"), r"<button formaction>: .* would run as script"),
        (lambda: h.a(href=markupsafe.Markup("javascript:x")), r"<a href>: .* would run as script"),
        (lambda: h.iframe(srcdoc="<p>"), r"<iframe srcdoc>"),
        (
            lambda: h.div(onclick="alert(1)"),
            r"<div onclick>: a handler is not text; write on_click=self\.method",
        ),
        (lambda: h.div({"a b": "x"}), r"<div>: 'a b' cannot be the name of an attribute"),
        (lambda: h.div({'"><script>': "x"}), r"<div>: .* cannot be the name of an attribute"),
        (lambda: h.div({"@click": "x"}), r"<div>: '@click' cannot be the name of an attribute"),
        (lambda: h.div({".value": "x"}), r"<div>: '\.value' cannot be the name of an attribute"),
        (lambda: h.div({1: "x"}), r"<div>: the name of an attribute is a string, not 1"),
        (lambda: h.div({"class": "a"}, class_="b"), r"<div>: class_ is given twice"),
        (lambda: h.div(className="a"), r"<div className>: .* write class_"),
        (lambda: h.div(title=object()), r"<div title>: takes text.*, not"),
        (lambda: h.div(title=["a"]), r"<div title>: takes text"),
        (lambda: h.div(class_=1.5), r"<div class>: "),
        (lambda: h.div(style={"color": "red; background: url(x)"}), r"<div style>: "),
        (lambda: h.textarea(value=True), r"<textarea value>: takes text or a number, not True"),
        # Events
        (lambda: h.div(on_clik=act), r"<div>: there is no event 'clik'; did you mean on_click\?"),
        (lambda: h.div(on_click="alert(1)"), r"<div on_click>: 'alert\(1\)' is no action"),
        (
            lambda: h.div(on_click=len),
            r"<div on_click>: .* is no action; write on_click=self\.method with @action",
        ),
        (lambda: h.div(on_click=COMBINATIONS), r"<div on_click>: key combinations belong to on_keydown"),
        (lambda: h.form(action=act, on_submit=act), r"<form>: action and on_submit both give an action"),
    ],
)
def test_what_cannot_be_built_names_the_element_and_the_line(
    build: Callable[[], object], message: str
) -> None:
    with pytest.raises(BuildError) as caught:
        build()
    text = str(caught.value)
    assert re.match(message, text), text
    assert text.endswith(f"\n  in {__file__}:{build.__code__.co_firstlineno}")


@pytest.mark.parametrize("name", ["buton", "Div", "x"])
def test_unknown_element_is_named_with_the_line(name: str) -> None:
    with pytest.raises(AttributeError, match=f"<{name}>: there is no such element") as caught:
        getattr(h, name)
    assert __file__ in str(caught.value)


def test_unknown_element_that_looks_like_another_gets_a_hint() -> None:
    with pytest.raises(AttributeError, match="did you mean <button>"):
        h.buton  # noqa: B018


def test_line_is_the_one_inside_a_generator() -> None:
    with pytest.raises(BuildError) as caught:
        h.ul[(h.li[item] for item in [object()])]
    assert __file__ in str(caught.value)
