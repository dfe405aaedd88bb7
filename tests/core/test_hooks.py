"""Elements with a hook: what its script is given, and the events that it names itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel

from reactor import BuildError, Component, action
from reactor import html as h
from reactor.blocks import Block
from reactor.markup import render


class Point(BaseModel):
    x: float
    label: str | None = None


class Board(Component):
    @action
    async def choose(self, id: int) -> None: ...

    def render(self) -> Block:
        return h.div()


choose = Board().choose
WRONG: Any = 3


def options_of(block: Block) -> Any:
    text = dict(zip(block.template.names, block.values, strict=True))["data-options"]
    assert isinstance(text, str)
    return json.loads(text)


def test_hook_and_its_options_are_plain_attributes() -> None:
    block = h.div(hook="Chart", options={"a": '<b> & "c"'}, id="d")
    json = "{&#34;a&#34;:&#34;&lt;b&gt; &amp; \\&#34;c\\&#34;&#34;}"
    assert render(block) == f'<div data-hook="Chart" data-options="{json}" id="d"></div>'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([Point(x=1, label="a")], [{"x": 1, "label": "a"}]),
        ({"from": date(2026, 5, 1)}, {"from": "2026-05-01"}),
        ([float("nan"), float("inf")], [None, None]),
        ("text", "text"),
        (0, 0),
        (False, False),
    ],
)
def test_options_are_whatever_pydantic_makes_json_of(value: object, expected: object) -> None:
    assert options_of(h.div(hook="Chart", options=value)) == expected


def test_no_hook_and_no_options_leave_no_attributes() -> None:
    assert render(h.div(hook=None, options=None)) == "<div></div>"
    assert render(h.svg(hook="Chart", options=None)) == '<svg data-hook="Chart"></svg>'


def test_options_without_a_hook_are_an_attribute_like_any_other() -> None:
    assert render(h.my_list(options="a b")) == '<my-list options="a b"></my-list>'


@pytest.mark.parametrize(
    ("build", "event"),
    [
        (lambda: h.div({"on_zoom": choose}, hook="Map"), "zoom"),
        (lambda: h.div({"on_zoom_end": choose}, hook="Map"), "zoom-end"),
        (lambda: h.div({"on_sl-change": choose}, hook="Map"), "sl-change"),
        (lambda: h.div({"on_rowClick": choose}, hook="Map"), "rowClick"),
        (lambda: h.my_map(on_zoom=choose), "zoom"),
        (lambda: h.my_map(on_import_=choose), "import"),
        (lambda: h.my_map(on_dbl_click=choose), "dblclick"),
        (lambda: h.div(hook="Map", on_select=choose), "select"),
    ],
)
def test_events_of_hooks_and_custom_elements_have_any_name(build: Callable[[], Block], event: str) -> None:
    assert event in build().template.names


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: h.div({"on_zoom": choose}), r"<div>: there is no event 'zoom'"),
        (
            lambda: h.div({"on_a b": choose}, hook="Map"),
            r"<div on_a b>: 'a b' cannot be the name of an event",
        ),
        (lambda: h.div({"on_": choose}, hook="Map"), r"<div on_>: '' cannot be the name of an event"),
        (lambda: h.my_map({"on_" + "x" * 65: choose}), r"<my-map on_x+>: .* cannot be the name"),
        (lambda: h.my_map(on_zoom="go()"), r"<my-map on_zoom>: 'go\(\)' is no action"),
        (
            lambda: h.div(hook=WRONG),
            r'<div hook>: takes the name of a hook, as in hook="Chart", not 3',
        ),
        (lambda: h.div(hook=" "), r"<div hook>: takes the name of a hook"),
        (lambda: h.div(hook="A", options={"a": object()}), r"<div options>: takes data .* unknown type"),
        (lambda: h.div({"data-hook": "A"}, hook="A"), r"<div>: hook is given twice"),
    ],
)
def test_what_a_hook_cannot_have_names_the_line(build: Callable[[], object], message: str) -> None:
    with pytest.raises(BuildError, match=message) as caught:
        build()
    assert str(caught.value).endswith(f"\n  in {__file__}:{build.__code__.co_firstlineno}")
