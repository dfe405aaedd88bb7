"""Which parts of the browser's half a page needs.

In `tests/vectors/needs.json` is what the client says of answers in the same way. They differ in three
things. Of `making` the client does not speak: it is the part that looks. What is wanted soon it loads while
it looks, where the server names it. And whether an event is the browser's the client asks its window, the
server the standards.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from reactor import Component, action, effects, on, state
from reactor import html as h
from reactor.mirror import Mirror
from reactor.needs import Needs
from reactor.wire import Encoder, Numbering

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "needs.json").read_text("utf-8")
)


class Note(Component):
    text: str = state("")

    @action
    async def take(self) -> None: ...

    @action
    async def read(self, x: float) -> None: ...

    def render(self) -> h.Element:
        return h.p[self.text]


note = Note()


def needs(*tree: Any) -> tuple[list[str], set[str]]:
    numbering = Numbering()
    encoder = Encoder(numbering, bytes, outline=True)
    encoder.child(h.main[tree])
    assert encoder.needs
    return encoder.needs.parts(numbering.numbers), encoder.needs.ahead


PARTS: dict[str, tuple[Callable[[], Any], list[str], set[str]]] = {
    "text": (lambda: h.p(class_="a")["b"], [], set()),
    "click": (lambda: h.button(on_click=note.take)["a"], [], set()),
    "place": (lambda: h.button(on_click=note.read)["a"], ["details"], set()),
    "asked": (lambda: h.button(on_click=on(note.take, confirm="Sure?"))["a"], ["details"], set()),
    "keys": (lambda: h.div(on_keydown={"Enter": note.take}), ["details"], set()),
    "window": (
        lambda: h.div(on_click=on(note.take, target="window")),
        ["details", "happenings"],
        set(),
    ),
    "pending": (lambda: h.p(hidden=note.take.pending)["a"], ["making"], set()),
    "markup": (lambda: h.p[Markup("<b>a</b>")], ["making"], {"fields"}),
    "noscript": (lambda: h.noscript["a"], ["making"], set()),
    "effect": (lambda: h.button(on_click=effects.focus("#a"))["a"], [], {"effects"}),
}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_page_needs_what_an_answer_needs(vector: dict[str, Any]) -> None:
    mirror, found = Mirror(), Needs()
    mirror.learn(vector["templates"])
    found.options(vector.get("options", {}))
    assert found.parts(mirror.templates.values()) == vector["parts"]


@pytest.mark.parametrize("name", PARTS)
def test_page_needs_the_parts_for_what_stands_in_it(name: str) -> None:
    tree, parts, ahead = PARTS[name]
    assert needs(tree()) == (parts, ahead)


def test_page_will_want_what_makes_items_of_a_list_with_keys() -> None:
    listed = h.ul[[h.li(key=each)[each] for each in "ab"]]
    assert needs(h.section(key="content")[listed]) == ([], {"making"})
