"""Effects as values: what they are on the wire, what is refused, where they may stand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reactor import BuildError, Component, action, bind, effects, on, state
from reactor import html as h
from reactor.blocks import Listener
from reactor.diff import UNCHANGED, diff
from reactor.effects import Effect, NoBrowserError, from_wire, to_wire
from reactor.markup import render
from reactor.mirror import Mirror
from reactor.wire import Encoder, Numbering

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "effects.json").read_text("utf-8"))


class Form(Component):
    name: str = state("")

    @action
    async def save(self) -> None: ...

    def render(self) -> h.Element:
        return h.form(action=self.save)


def handler(listener: Any, event: str = "click") -> Any:
    """What travels for a handler."""
    element = h.div({f"on_{event}": listener})
    return Encoder(Numbering(), bytes).child(element)[1]


def mirrored(element: Any) -> Mirror:
    """A tree that has travelled."""
    numbering = Numbering()
    child = Encoder(numbering, bytes).child(element)
    mirror = Mirror()
    mirror.learn(numbering.definitions())
    mirror.replace(child)
    return mirror


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_effects_are_read_as_they_were_written(vector: dict[str, Any]) -> None:
    assert to_wire(from_wire(vector["effects"])) == vector["effects"]


def test_effect_alone_makes_no_call() -> None:
    assert handler(effects.focus("#name")) == [None, {"b": [[5, "#name"]]}]


def test_effects_stand_before_and_after_a_call() -> None:
    save = Form().save
    alone = handler(save)
    listed = handler([effects.hide("#a"), effects.focus(), save, None, effects.show("#b", transition="fade")])
    assert listed == [alone, {"b": [[2, "#a", False], [5]], "e": [[2, "#b", True, "fade"]]}]


def test_effects_keep_the_options_of_a_call() -> None:
    save = Form().save
    inside = handler([effects.focus(), on(save, confirm="Sure?")])
    around = handler(on([effects.focus(), save], confirm="Sure?"))
    assert inside == around == [handler(save), {"b": [[5]], "c": "Sure?"}]


def test_effects_stand_at_key_combinations() -> None:
    keys = {"Escape": effects.close("#d"), "Enter": [Form().save, effects.focus()], "a": [None]}
    value = handler(keys, "keydown")
    assert value["Escape"] == [None, {"b": [[8, "#d", False]]}]
    assert value["Enter"][1] == {"e": [[5]]}
    assert "a" not in value


def test_effects_stand_beside_a_binding() -> None:
    form = Form()
    block = h.input(bind=bind(form).name, on_input=[effects.add_class("typed")])
    listener = block.values[block.template.names.index("input")]
    assert listener.options("input")["b"] == [[0, None, "typed", True]]
    assert listener.options("input")["d"] == 0.15
    with pytest.raises(BuildError, match="bind listens to on_input itself"):
        h.input(bind=bind(form).name, on_input=form.save)


def test_effects_that_are_equal_change_nothing() -> None:
    form = Form()

    def button(name: str) -> h.Element:
        return h.button(on_click=[effects.dispatch("note", {"a": [1]}), form.save, effects.focus(name)])["x"]

    assert diff(button("#a"), button("#a")) is UNCHANGED
    assert diff(button("#a"), button("#b")) is not UNCHANGED
    assert hash(effects.dispatch("note", {"a": [1]})) == hash(effects.dispatch("note", {"a": [1]}))


def test_effect_keeps_its_detail_when_that_changes() -> None:
    detail = {"rows": [1]}
    effect = effects.dispatch("note", detail)
    detail["rows"].append(2)
    assert to_wire([effect]) == [[3, None, "note", {"rows": [1]}]]


def test_list_without_effects_is_no_handler() -> None:
    assert handler([None, False]) is None
    assert isinstance(h.div(on_click=[effects.blur()]).values[0], Listener)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: effects.focus("name"), "did you mean '#name' or '.name'"),
        (lambda: effects.focus(" "), "is no selector"),
        (lambda: effects.closest("li").inner("a").inner("b"), "was said already"),
        (lambda: effects.add_class(" "), "takes the names of classes"),
        (lambda: effects.set_attribute("onclick", "x"), "a handler is not text"),
        (lambda: effects.remove_attribute("OnClick"), "a handler is not text"),
        (lambda: effects.set_attribute("srcdoc", "<p>"), "may hold script"),
        (lambda: effects.set_attribute("href", " java\nscript:alert(1)"), "would run as script"),
        (lambda: effects.set_attribute("src", "data:text/html,x"), "could run as script"),
        (lambda: effects.toggle_attribute("action", "/a", "javascript:b"), "would run as script"),
        (lambda: effects.set_attribute("to", "javascript:alert(1)"), "would run as script"),
        (lambda: effects.set_attribute("aria_label", "x"), "write 'aria-label'"),
        (lambda: effects.set_attribute('a"b', "x"), "cannot be the name"),
        (lambda: effects.set_attribute("class", "x"), "write add_class"),
        (lambda: effects.set_attribute("value", "x"), "write set_value"),
        (lambda: effects.set_attribute("title", Form().save.pending), "only the browser knows"),  # type: ignore[arg-type]
        (lambda: effects.show(transition="a b"), "the name of one class"),
        (lambda: effects.copy("x", from_="#a"), "a text, or from_="),
        (lambda: effects.dispatch(""), "the name of an event"),
        (lambda: effects.dispatch("x", {1: 2}), "a detail is data"),
        (lambda: effects.dispatch("x", object()), "a detail is data"),
        (lambda: effects.dispatch("x", float("nan")), "a detail is data"),
        (lambda: effects.set_value(None), "takes text, a number"),  # type: ignore[arg-type]
        (lambda: effects.set_value(float("inf")), "cannot hold this number"),
        (lambda: h.button(on_click=[Form().save, Form().save]), "an event makes one call"),
        (lambda: h.button(on_click=[on(effects.focus(), stop=True), Form().save]), "an event makes one call"),
        (lambda: h.button(on_click=["x"]), "neither an action nor an effect"),  # type: ignore[list-item]
        (lambda: on([]), "or effects"),
        (lambda: on([Form().save, Form().save]), "an event makes one call"),
        (lambda: h.form(action=effects.reset()), "effects alone go into on_submit"),
        (lambda: h.button(form_action=[effects.reset()]), "effects alone go into on_click"),
        (lambda: h.form(on_submit=effects.reset()), "do not say where the form goes"),
        (lambda: h.button(type="submit", on_click=[effects.blur(), Form().save]), "does not submit its form"),
    ],
)
def test_effects_say_what_is_wrong(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BuildError, match=message) as error:
        make()
    assert "test_effects.py:" in str(error.value)


def test_effects_need_no_form_without_javascript() -> None:
    effect = effects.add_class("a")
    assert render(h.button(on_click=effect)["x"]) == '<button type="button">x</button>'
    assert render(h.button(type="submit", on_click=effect)["x"]) == '<button type="submit">x</button>'
    assert render(h.form(action="/find", on_submit=effect)) == '<form action="/find" method="get"></form>'
    dialog = h.form(method="dialog", on_submit=effect)
    assert render(dialog) == '<form method="dialog"></form>'


def test_effects_from_outside_an_action_are_an_error() -> None:
    with pytest.raises(NoBrowserError, match=r"effects\.run\(…\) is for actions"):
        effects.run(effects.focus())
    with effects.collect() as asked:
        effects.run(effects.focus(), effects.blur("#a"))
        with pytest.raises(BuildError, match="takes effects"):
            effects.run("focus")  # type: ignore[arg-type]
    assert asked == [effects.focus(), effects.blur("#a")]


def test_mirror_takes_handlers_with_effects() -> None:
    mirror = mirrored(h.button(on_click=[effects.blur(), Form().save, effects.focus()]))
    (button,) = mirror.elements()
    assert from_wire(button.handler("click").options["b"]) == [effects.blur()]
    (button,) = mirrored(h.button(on_click=effects.blur())).elements()
    assert button.handler("click").mark is None


@pytest.mark.parametrize(
    "wire",
    [
        [None, {}],
        [None, {"b": 1}],
        [1, {"e": [[99]]}],
        [1, {"b": [[0, 7]]}],
        [1, {"b": [["0"]]}],
        [1, {"b": [[]]}],
    ],
)
def test_mirror_refuses_malformed_effects(wire: Any) -> None:
    mirror = Mirror()
    mirror.learn([0, ["p", ["@click", 0]]])
    with pytest.raises(ValueError):
        mirror.replace([0, wire])


def test_effect_shows_what_it_does() -> None:
    assert repr(Effect(0, "#a", ("on", True))) == "<effect class '#a' 'on' True>"
