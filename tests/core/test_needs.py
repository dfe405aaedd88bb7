"""Which parts of the browser's half a page needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from markupsafe import Markup

from reactor import Component, action, effects, on, state
from reactor import html as h
from reactor.wire import Encoder, Numbering


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
    "event of an element of its own": (lambda: h.x_map(on_chosen=note.take), ["details"], set()),
    "mount": (lambda: h.div(on_mount=note.take), ["happenings"], set()),
    "window": (
        lambda: h.div(on_click=on(note.take, target="window")),
        ["details", "happenings"],
        set(),
    ),
    "field": (lambda: h.input(name="a"), ["fields"], set()),
    "typed": (lambda: h.input(name="a", on_input=note.take), ["details", "fields"], set()),
    "pending": (lambda: h.p(hidden=note.take.pending)["a"], ["making"], set()),
    "markup": (lambda: h.p[Markup("<b>a</b>")], ["making"], {"fields"}),
    "noscript": (lambda: h.noscript["a"], ["making"], set()),
    "effect": (lambda: h.button(on_click=effects.focus("#a"))["a"], [], {"effects"}),
}


@pytest.mark.parametrize("name", PARTS)
def test_page_needs_the_parts_for_what_stands_in_it(name: str) -> None:
    tree, parts, ahead = PARTS[name]
    assert needs(tree()) == (parts, ahead)


def test_page_will_want_what_makes_items_of_a_list_with_keys() -> None:
    listed = h.ul[[h.li(key=each)[each] for each in "ab"]]
    assert needs(h.section(key="content")[listed]) == ([], {"making"})
