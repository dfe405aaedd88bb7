"""Feeds: what is done to one, and what a browser makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reactor import BuildError, Child, Component, ComponentError, feed
from reactor import html as h
from reactor.blocks import Edit, Items
from reactor.layers import fed
from reactor.markup import render
from reactor.mirror import Mirror
from reactor.mounts import Mount
from reactor.wire import Encoder, Numbering

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "feeds.json").read_text("utf-8"))


class Log(Component):
    @feed
    def lines(self) -> list[tuple[int, str]]:
        return []

    @lines.item
    def _(self, line: tuple[int, str]) -> h.Element:
        return h.li(key=line[0])[line[1]]

    def render(self) -> Child:
        return h.ul[self.lines]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_feed_becomes_what_the_vectors_say(vector: dict[str, Any]) -> None:
    mirror = Mirror()
    mirror.learn(vector["templates"])
    mirror.replace(vector["tree"])
    data = vector["tree"]
    for step in vector["steps"]:
        mirror.apply(step["delta"])
        assert render(mirror.root) == step["html"]
        data = [data[0], fed(data[1], step["delta"][2])]
        other = Mirror()
        other.learn(vector["templates"])
        other.replace(data)
        assert render(other.root) == step["html"]


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["append", "prepend", "update", "remove"]), st.integers(0, 6), st.sampled_from("abc")
    ),
    max_size=12,
)


@given(st.lists(st.integers(0, 6), unique=True), DEEDS)
def test_feed_tells_at_once_what_was_done_one_after_the_other(keys: list[int], deeds: Any) -> None:
    log = Log()
    log.__dict__["_mount"] = Mount(log)
    model = dict.fromkeys(keys, "old")
    for kind, key, text in deeds:
        if kind == "remove":
            log.lines.remove(key)
            model.pop(key, None)
            continue
        getattr(log.lines, kind)((key, text))
        if kind == "update":
            model.update({key: text} if key in model else {})
        else:
            model.pop(key, None)
            model = {**model, key: text} if kind == "append" else {key: text, **model}
    edit = log.lines.edit(log.lines.take(), set())
    assert edit is not None
    before = Items(tuple(h.li(key=key)["old"] for key in keys), tuple(keys), live=False)
    shown: Any = edit.apply(before)
    assert [(key, item.values[-1]) for key, item in zip(shown.keys or (), shown.values, strict=True)] == list(
        model.items()
    )
    encoder = Encoder(Numbering(), bytes)
    whole = encoder.child(edit.apply(before))
    assert fed(encoder.child(before), encoder.change(edit)) == whole


def test_feed_says_what_is_wrong_with_an_item() -> None:
    class Wrong(Log):
        @feed
        def bare(self) -> list[str]:
            return []

        @feed
        def numbers(self) -> list[int]:
            return []

        @numbers.item
        def shown(self, number: int) -> Any:
            return [h.li, Log(), h.li(key=2)[Log()]][number]

    log = Wrong()
    log.__dict__["_mount"] = Mount(log)
    log.bare.append("x")
    with pytest.raises(ComponentError, match=r"@bare\.item"):
        log.bare.edit(log.bare.take(), set())
    for number, message in enumerate(["one element", "one element", "no component"]):
        log.numbers.append(number)
        with pytest.raises(BuildError, match=message):
            log.numbers.edit(log.numbers.take()[-1:], set())
    with pytest.raises(BuildError, match="key"):
        log.lines.remove("")


def test_feed_is_declared_on_a_method_with_a_sensible_limit() -> None:
    with pytest.raises(ComponentError, match="limit"):
        feed(limit=0)
    with pytest.raises(ComponentError, match="method"):
        feed(str)
    with pytest.raises(ComponentError, match="plain"):

        class _Log(Log):
            @Log.lines.item  # type: ignore[arg-type]
            async def _(self, line: tuple[int, str]) -> Any:
                return h.li


def test_feed_edit_of_nothing_leaves_all() -> None:
    items = Items((h.li["a"],), (1,), live=False)
    assert Edit().apply(items).keys == (1,)
