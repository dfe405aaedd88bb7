"""Components in place: mounting, keeping and restoring their state."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, TypeAlias

import pytest
from fastapi import Depends, FastAPI, Header
from fastapi.exceptions import RequestValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from reactor import Child, Component, StateError, action, state
from reactor import html as h
from reactor.codec import Malformed, pack, unpack
from reactor.components import Component as Base
from reactor.components import class_of
from reactor.saved import load_saved
from reactor.views import View
from tests.core.rendering import opened, resolver, run, shown

Plan: TypeAlias = tuple[str, tuple[Any, ...]]
"""What a random component shows: its kind, and the plans of those in it."""


class Mounted:
    """Counts, for tests that want to know how often `mount` was called."""

    calls: ClassVar[Iterator[int]] = itertools.count()


class Leaf(Component):
    plan: Any
    count: int = state(0)
    label: str = state("")

    @action
    async def change(self, value: int) -> None:
        self.count = value
        self.label = f"label {value}"

    def render(self) -> Child:
        inner = [make(plan, key=index) for index, plan in enumerate(self.plan[1])]
        return h.p[self.count, " ", self.label, inner]


class Loaded(Leaf):
    async def mount(self) -> None:
        self.label = f"loaded {next(Mounted.calls)}"


class Drawn(Leaf):
    seed: int = state(factory=lambda: next(Mounted.calls) % 2)

    def render(self) -> Child:
        return h.p[self.seed, super().render()]


class Turning(Leaf):
    """Shows its components in another order, and some not at all, depending on its state."""

    def render(self) -> Child:
        inner = [make(plan, key=f"k{index}") for index, plan in enumerate(self.plan[1])]
        if self.count % 2:
            inner.reverse()
        return h.div[h.b["x"], inner[self.count % 3 :], h.i[self.label]]


class Passing(Leaf):
    """Nothing but another component, a list without keys, or nothing."""

    def render(self) -> Child:
        inner = [make(plan) for plan in self.plan[1]]
        return inner[0] if len(inner) == 1 else inner or None


KINDS: dict[str, type[Leaf]] = {kind.__name__: kind for kind in (Leaf, Loaded, Drawn, Turning, Passing)}


def make(plan: Plan, key: Any = None) -> Leaf:
    return KINDS[plan[0]](plan=plan, key=key)


plans: st.SearchStrategy[Plan] = st.recursive(
    st.tuples(st.sampled_from(sorted(KINDS)), st.just(())),
    lambda inner: st.tuples(st.sampled_from(sorted(KINDS)), st.lists(inner, max_size=4).map(tuple)),
    max_leaves=12,
)


def components(view: View) -> list[Any]:
    return [mount.component for mount in view.root.walk() if mount.component is not None]


@settings(max_examples=150)
@given(plans, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), max_size=6))
async def test_mounting_what_was_saved_is_restored(plan: Plan, changes: list[tuple[int, int]]) -> None:
    view = await opened(h.div[make(plan)])
    for who, value in changes:
        there = components(view)
        await run(view, there[who % len(there)].change.bind(value))
    saved = view.save()
    restored = await opened(h.div[make(plan)], saved)
    assert shown(restored) == shown(view)
    assert restored.save() == saved
    if changes:
        who, value = changes[0]
        await run(view, components(view)[who % len(components(view))].change.bind(value + 1))
        await run(restored, components(restored)[who % len(components(restored))].change.bind(value + 1))
        # What appears only now may load or draw something else in each.
        if not any(name in repr(plan) for name in ("Loaded", "Drawn")):
            assert shown(restored) == shown(view)


def test_mounting_saved_state_is_data_of_one_form_only() -> None:
    good: list[Any] = [[["a", 1], 7, b"{}", []]]
    assert load_saved(unpack(pack(good), limit=100))
    bad: list[Any] = [None, 7, [7], [[["a"], 7, b"{}"]], [[["a"], "7", b"", []]], [[["a"], 7, "text", []]]]
    bad += [[[["a"], 7, b"", {}]], [[["a"], 7, b"", [[1, 2]]]]]
    for data in bad:
        with pytest.raises(Malformed):
            load_saved(data)


async def test_mounting_state_at_its_start_takes_no_room() -> None:
    view = await opened(h.div[[Leaf(plan=("Leaf", ()), key=key) for key in range(50)]])
    assert len(view.save()) < 10
    await run(view, components(view)[7].change.bind(0))
    assert 10 < len(view.save()) < 100


# Kinds of values


class Line(BaseModel):
    name: str
    price: Decimal
    due: date | None = None


class Everything(Component):
    text: str = state("")
    number: float = state(0.0)
    data: bytes = state(b"")
    lines: list[Line] = state([])
    by_name: dict[str, Line] = state({})
    unique: set[int] = state(set())
    pair: tuple[int, str] | None = state(None)
    when: date = state(date(2000, 1, 1))

    def render(self) -> Child:
        return h.p[repr(self.__dict__)]


async def test_mounting_restores_values_of_all_kinds() -> None:
    line = Line(name="ä\0\u2028", price=Decimal("1.10"), due=date(2026, 11, 22))
    view = await opened(Everything())
    [component] = components(view)
    values = {
        "text": "<&\r\n\0",
        "number": float("inf"),
        "data": b"\x00\xff",
        "lines": [line],
        "by_name": {"a": line},
        "unique": {1, 2},
        "pair": (1, "x"),
        "when": date(2026, 1, 1),
    }
    for name, value in values.items():
        setattr(component, name, value)
    for mount in view.root.walk():
        mount.keep()
    [restored] = components(await opened(Everything(), view.save()))
    assert {name: getattr(restored, name) for name in values} == values


# Classes that have changed since


def described(version: type[Base]) -> bytes:
    return pack([[[], class_of(version()).tag, b'{"count":7,"gone":"x"}', []]])


def versioned(**annotations: Any) -> type[Base]:
    """One class of different deploys: the same name, other fields."""
    body: dict[str, Any] = {"__annotations__": {}, "__module__": __name__, "__qualname__": "Versioned"}
    for name, (kind, default) in annotations.items():
        body["__annotations__"][name] = kind
        body[name] = state(default)
    body["render"] = lambda self: h.p[repr(self)]
    return type("Versioned", (Component,), body)


async def test_mounting_added_and_removed_fields_keep_the_rest() -> None:
    old = versioned(count=(int, 0), gone=(str, ""))
    new = versioned(count=(int, 0), added=(str, "fresh"))
    [component] = components(await opened(new(), described(old)))
    assert (component.count, component.added) == (7, "fresh")


async def test_mounting_field_of_another_type_does_not_fit() -> None:
    old = versioned(count=(int, 0), gone=(str, ""))
    new = versioned(count=(date, date(2026, 1, 1)), gone=(str, ""))
    with pytest.raises(StateError, match="Versioned: the state does not fit the class: 1 fields"):
        await opened(new(), described(old))


async def test_mounting_state_of_another_class_is_not_taken() -> None:
    view = await opened(h.div[Leaf(plan=("Leaf", ()))])
    await run(view, components(view)[0].change.bind(3))
    restored = await opened(h.div[Turning(plan=("Turning", ()))], view.save())
    assert components(restored)[0].count == 0


# mount


class Journal(Component):
    """Notes what happens to it, from outside."""

    events: ClassVar[list[str]] = []
    name: str
    shown: bool = state(True)
    content: str = state("")

    async def mount(self) -> None:
        self.events.append(f"mount {self.name}")
        self.content = "loaded"

    @action
    async def toggle(self) -> None:
        self.shown = not self.shown

    def render(self) -> Child:
        return h.div[self.content, self.shown and self.name == "outer" and Journal(name="inner")]


@pytest.fixture(autouse=True)
def _no_events() -> None:
    Journal.events.clear()


async def test_mount_is_called_once_when_a_component_appears() -> None:
    view = await opened(Journal(name="outer"))
    assert Journal.events == ["mount outer", "mount inner"]
    outer = components(view)[0]
    assert shown(view) == "<div>loaded<div>loaded</div></div>"
    await run(view, outer.toggle)
    await run(view, outer.toggle)
    assert Journal.events == ["mount outer", "mount inner", "mount inner"]


async def test_mount_is_not_called_when_a_component_is_restored() -> None:
    view = await opened(Journal(name="outer"))
    Journal.events.clear()
    restored = await opened(Journal(name="outer"), view.save())
    assert Journal.events == []
    assert shown(restored) == shown(view)


async def test_mount_may_be_a_plain_method() -> None:
    class Plain(Component):
        content: str = state("")

        def mount(self) -> None:
            self.content = "ready"

        def render(self) -> Child:
            return self.content

    assert shown(await opened(h.p[Plain()])) == "<p>ready</p>"


# Dependencies


def database() -> str:
    return "database"


class Depending(Component):
    rows: str = state("")

    async def mount(self, source: Annotated[str, Depends(database)]) -> None:
        self.rows = f"rows of {source}"

    async def render(self, source: Annotated[str, Depends(database)]) -> Child:
        return h.p[self.rows, ", shown with ", source]


async def test_mount_and_render_take_dependencies() -> None:
    assert shown(await opened(Depending())) == "<p>rows of database, shown with database</p>"


async def test_dependencies_of_components_can_be_overridden() -> None:
    app = FastAPI()
    app.dependency_overrides[database] = lambda: "another"
    view = View("/", "a visitor", None)
    await view.open(Depending(), resolver(app))
    assert shown(view) == "<p>rows of another, shown with another</p>"


async def test_dependency_is_resolved_once_in_a_request() -> None:
    calls: list[int] = []

    def counted() -> int:
        calls.append(1)
        return len(calls)

    class Twice(Component):
        def render(self, number: Annotated[int, Depends(counted)]) -> Child:
            return number

    assert shown(await opened(h.p[Twice(), Twice()])) == "<p>11</p>"


async def test_dependency_that_does_not_validate_is_refused() -> None:
    class Needing(Component):
        def render(self, number: Annotated[int, Header()]) -> Child:
            return number

    with pytest.raises(RequestValidationError):
        await opened(Needing())
