"""Components: their fields, what may be assigned, and when they are rendered again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from reactor import BuildError, Child, Component, ComponentError, StateError, action, state
from reactor import html as h
from reactor.components import class_of
from tests.core.rendering import opened, run, shown


class Card(Component):
    title: str
    size: int = 1
    open: bool = state(False)
    tags: list[str] = state([])

    def render(self) -> Child:
        return h.p[self.title]


def test_component_has_its_props_and_defaults() -> None:
    card = Card(title="One")
    assert (card.title, card.size, card.open, card.key) == ("One", 1, False, None)
    assert card.props == {"title": "One", "size": 1}
    assert repr(card) == "Card(title='One', size=1, open=False, tags=[])"


def test_component_default_of_state_is_copied() -> None:
    first, second = Card(title="1"), Card(title="2")
    first.tags.append("mine")
    assert second.tags == []
    assert Card(title="3").tags == []


def test_component_copy_has_the_props_and_fresh_state() -> None:
    card = Card(title="One", key="k")
    card.open = True
    copy = card.copy()
    assert (copy.title, copy.key, copy.open) == ("One", "k", False)


def test_component_factory_makes_each_state() -> None:
    numbers = iter(range(10))

    class Numbered(Component):
        number: int = state(factory=lambda: next(numbers))

    assert Numbered().number != Numbered().number


def test_component_state_takes_a_default_or_a_factory() -> None:
    with pytest.raises(ComponentError, match="either a default or factory"):
        state(1, factory=int)  # type: ignore[call-overload]
    with pytest.raises(ComponentError, match="either a default or factory"):
        state()  # type: ignore[call-overload]


def test_component_missing_prop_is_named_with_the_line() -> None:
    with pytest.raises(BuildError, match=r"Card\(…\): the prop 'title' is missing\n.*test_components.py:\d+"):
        Card()  # type: ignore[call-arg]


def test_component_unknown_prop_suggests_a_name() -> None:
    with pytest.raises(BuildError, match="Card has no prop 'titel'; did you mean 'title'"):
        Card(titel="x")  # type: ignore[call-arg]
    with pytest.raises(BuildError, match="it has: title, size"):
        Card(title="x", zzz=1)  # type: ignore[call-arg]


def test_component_state_is_not_given_from_outside() -> None:
    with pytest.raises(BuildError, match="open is state, which is not given from outside"):
        Card(title="x", open=True)  # type: ignore[call-arg]


def test_component_prop_cannot_be_assigned() -> None:
    card = Card(title="One")
    for name in ("title", "key"):
        with pytest.raises(ComponentError, match=f"Card.{name} is a prop"):
            setattr(card, name, "Two")
    assert card.title == "One"


def test_component_undeclared_attribute_cannot_be_assigned() -> None:
    card = Card(title="One")
    with pytest.raises(ComponentError, match="Card has no state field 'opened'"):
        card.opened = True
    for name in ("_cache",):
        setattr(card, name, 1)
        assert getattr(card, name) == 1


def test_component_property_with_a_setter_can_be_assigned() -> None:
    class Celsius(Component):
        degrees: float = state(0.0)

        @property
        def fahrenheit(self) -> float:
            return self.degrees * 1.8 + 32

        @fahrenheit.setter
        def fahrenheit(self, value: float) -> None:
            self.degrees = (value - 32) / 1.8

    component = Celsius()
    component.fahrenheit = 212
    assert component.degrees == 100


def test_component_fields_are_inherited_and_may_be_redefined() -> None:
    class Wide(Card):
        size: int = 2
        width: int = 10
        title: str = state("own")

    wide = Wide(width=20)
    assert (wide.size, wide.width, wide.title, wide.tags) == (2, 20, "own", [])
    wide.title = "changed"
    assert wide.title == "changed"
    assert Card(title="x").props == {"title": "x", "size": 1}


def test_component_class_variables_and_private_names_are_no_fields() -> None:
    class Shelf(Component):
        limit: ClassVar[int] = 3
        _cache: int = 0
        items: int = 1

    assert Shelf().props == {"items": 1}
    assert Shelf().limit == 3
    with pytest.raises(BuildError, match="no prop 'limit'"):
        Shelf(limit=1)  # type: ignore[call-arg]


def test_component_state_without_annotation_is_refused() -> None:
    with pytest.raises(ComponentError, match=re.escape("Bare.count = state(…) needs an annotation")):

        class Bare(Component):
            count = state(0)


@pytest.mark.parametrize("name", ["copy", "key", "props"])
def test_component_methods_cannot_have_names_of_the_framework(name: str) -> None:
    with pytest.raises(ComponentError, match=f"{name}: nothing of a component can have this name"):
        type("Wrong", (Component,), {name: action(lambda self: None)})


@pytest.mark.parametrize("name", ["render", "mount", "copy", "props", "key"])
def test_component_fields_cannot_have_names_of_the_framework(name: str) -> None:
    with pytest.raises(ComponentError, match=f"{name}: a field cannot have this name"):
        type("Wrong", (Component,), {"__annotations__": {name: int}})


def test_component_mutable_default_of_a_prop_is_refused() -> None:
    with pytest.raises(ComponentError, match="must not be a list"):

        class Wrong(Component):
            items: list[str] = []


def test_component_without_render_says_so() -> None:
    class Empty(Component):
        pass

    with pytest.raises(ComponentError, match="Empty has no render method"):
        Empty().render()


async def test_component_of_local_types_with_annotations_as_strings() -> None:
    class Item(BaseModel):
        name: str

    class Shelf(Component):
        items: list[Item] = state([])

        @action
        async def put(self, item: Item) -> None:
            self.items.append(item)

        def render(self) -> Child:
            return h.ul[(h.li[item.name] for item in self.items)]

    shelf = Shelf()
    shelf.items.append(Item(name="book"))
    known = class_of(shelf)
    assert known.load(known.dump(shelf.__dict__)) == {"items": [Item(name="book")]}
    assert shelf.put.action.arguments.wanted((), {}) == {"name"}


def test_component_state_of_a_type_that_is_no_data_is_refused() -> None:
    class Handle:
        pass

    class Wrong(Component):
        handle: Handle = state(factory=Handle)

    with pytest.raises(ComponentError, match="the type of a state field must be one that pydantic can turn"):
        class_of(Wrong())


def test_component_state_of_a_wrong_type_is_refused() -> None:
    card = Card(title="x")
    card.open = "wide"  # type: ignore[assignment]
    with pytest.raises(StateError, match="Card: a state field does not fit its annotation"):
        class_of(card).dump(card.__dict__)


def test_component_method_that_nobody_can_fill_is_refused() -> None:
    class Wrong(Component):
        def render(self, name: str) -> Child:
            return name

    with pytest.raises(ComponentError, match=r"Wrong.render takes 'name', which nobody gives"):
        class_of(Wrong())


# Children


class Panel(Component):
    title: str = ""
    children: Child = None

    def render(self) -> Child:
        return h.section[h.h2[self.title], self.children]


async def test_component_takes_children_in_brackets() -> None:
    view = await opened(Panel(title="T")["text", h.b["bold"], Card(title="inner")])
    assert shown(view) == "<section><h2>T</h2>text<b>bold</b><p>inner</p></section>"


async def test_component_with_children_is_not_changed_by_its_brackets() -> None:
    panel = Panel(title="T", key="k")
    filled = panel["more"]
    assert panel.children is None
    assert (filled.children, filled.title, filled.key) == ("more", "T", "k")


def test_component_without_the_prop_takes_no_children() -> None:
    with pytest.raises(BuildError, match="Card takes no children; declare the prop `children"):
        Card(title="x")["text"]


# What render returns


@pytest.mark.parametrize(
    ("content", "markup"),
    [
        (None, ""),
        ("text", "text"),
        (7, "7"),
        ([h.b["a"], None, "b"], "<b>a</b>b"),
        (h.fragment["a", h.i["b"]], "a<i>b</i>"),
        ((h.li(key=n)[n] for n in range(2)), "<li>0</li><li>1</li>"),
    ],
    ids=["none", "text", "number", "list", "fragment", "generator"],
)
async def test_component_may_render_any_child(content: Any, markup: str) -> None:
    class Showing(Component):
        def render(self) -> Child:
            return content  # type: ignore[no-any-return]

    assert shown(await opened(h.div[Showing()])) == f"<div>{markup}</div>"


async def test_component_may_render_another_component() -> None:
    class Outer(Component):
        which: int = state(0)

        @action
        async def turn(self) -> None:
            self.which += 1

        def render(self) -> Child:
            return Card(title=f"card {self.which}") if self.which < 2 else Panel(title="panel")

    view = await opened(h.div[Outer()])
    outer: Any = [*view.root.walk()][1].component
    assert shown(view) == "<div><p>card 0</p></div>"
    await run(view, outer.turn)
    assert shown(view) == "<div><p>card 1</p></div>"
    await run(view, outer.turn)
    assert shown(view) == "<div><section><h2>panel</h2></section></div>"


async def test_component_render_may_be_async() -> None:
    class Later(Component):
        async def render(self) -> Child:
            return h.p["later"]

    assert shown(await opened(Later())) == "<p>later</p>"


async def test_component_that_renders_itself_is_stopped() -> None:
    class Mirror(Component):
        def render(self) -> Child:
            return h.div[Mirror()]

    with pytest.raises(ComponentError, match="nested more than 100 deep; does it render itself"):
        await opened(Mirror())


# What is rendered again


class Counted(Component):
    """Notes each of its renders."""

    renders: ClassVar[list[str]] = []
    name: str
    data: Any = None
    clicks: int = state(0)

    @action
    async def click(self) -> None:
        self.clicks += 1

    def render(self) -> Child:
        self.renders.append(self.name)
        return h.p[f"{self.name} {self.clicks}"]


class Owner(Component):
    data: Any = None
    turns: int = state(0)
    swapped: bool = state(False)

    @action
    async def turn(self) -> None:
        self.turns += 1

    @action
    async def swap(self) -> None:
        self.swapped = not self.swapped

    def render(self) -> Child:
        names = ["b", "a"] if self.swapped else ["a", "b"]
        return h.div[self.turns, [Counted(name=name, key=name, data=self.data) for name in names]]


@pytest.fixture(autouse=True)
def _nothing_rendered() -> None:
    Counted.renders.clear()


def components(view: Any) -> dict[str, Any]:
    return {
        getattr(mount.component, "name", "owner"): mount.component
        for mount in view.root.walk()
        if mount.component is not None
    }


async def test_component_that_did_not_change_is_not_rendered_again() -> None:
    view = await opened(Owner())
    Counted.renders.clear()
    await run(view, components(view)["owner"].turn)
    assert Counted.renders == []
    await run(view, components(view)["a"].click)
    assert Counted.renders == ["a"]
    assert shown(view) == "<div>1<p>a 1</p><p>b 0</p></div>"


async def test_component_keeps_its_state_where_its_key_goes() -> None:
    view = await opened(Owner())
    await run(view, components(view)["a"].click)
    Counted.renders.clear()
    await run(view, components(view)["owner"].swap)
    assert shown(view) == "<div>0<p>b 0</p><p>a 1</p></div>"
    assert Counted.renders == []


@dataclass
class Point:
    x: int


class Model(BaseModel):
    items: list[int] = []


class Opaque:
    def __init__(self) -> None:
        self.x = 0


@pytest.mark.parametrize(
    ("data", "change"),
    [
        ([1], lambda data: data.append(2)),
        ({"a": [1]}, lambda data: data["a"].append(2)),
        ({1, 2}, lambda data: data.add(3)),
        (Point(1), lambda data: setattr(data, "x", 2)),
        (Model(items=[1]), lambda data: data.items.append(2)),
        (Opaque(), lambda data: setattr(data, "x", 2)),
        ([Opaque()], lambda data: setattr(data[0], "x", 2)),
    ],
    ids=["list", "nested", "set", "dataclass", "model", "object", "object in a list"],
)
async def test_component_whose_prop_changed_in_place_is_rendered_again(data: Any, change: Any) -> None:
    view = await opened(Owner(data=data))
    change(data)
    Counted.renders.clear()
    await run(view, components(view)["owner"].turn)
    assert Counted.renders == ["a", "b"]


@pytest.mark.parametrize("data", [None, 1, "a", (1, "a"), [1], {"a": 1}, Point(1), Model(), frozenset({1})])
async def test_component_with_equal_props_is_not_rendered_again(data: Any) -> None:
    view = await opened(Owner(data=data))
    Counted.renders.clear()
    await run(view, components(view)["owner"].turn)
    assert Counted.renders == []


async def test_component_keeps_its_state_when_its_props_change() -> None:
    class Parent(Component):
        title: str = state("one")

        @action
        async def rename(self) -> None:
            self.title = "two"

        def render(self) -> Child:
            return Counted(name=self.title)

    view = await opened(Parent())
    child = [*view.root.walk()][2].component
    assert isinstance(child, Counted)
    await run(view, child.click)
    parent: Any = [*view.root.walk()][1].component
    await run(view, parent.rename)
    assert shown(view) == "<p>two 1</p>"


async def test_component_of_another_class_or_key_starts_anew() -> None:
    class Parent(Component):
        key_: str = state("one")

        @action
        async def rename(self) -> None:
            self.key_ = "two"

        def render(self) -> Child:
            return h.div[h.span, [Counted(name="x", key=self.key_)]]

    view = await opened(Parent())
    child = [*view.root.walk()][2].component
    assert isinstance(child, Counted)
    await run(view, child.click)
    parent: Any = [*view.root.walk()][1].component
    await run(view, parent.rename)
    assert shown(view) == "<div><span></span><p>x 0</p></div>"


async def test_component_changed_by_another_one_is_rendered_again() -> None:
    class Parent(Component):
        total: int = state(0)

        @action
        async def add(self) -> None:
            self.total += 1

        def render(self) -> Child:
            return h.div[self.total, Adder(on_add=self.add)]

    class Adder(Component):
        on_add: Any

        @action
        async def press(self) -> None:
            await self.on_add()

        def render(self) -> Child:
            return h.button(on_click=self.press)["Add"]

    view = await opened(Parent())
    child: Any = [*view.root.walk()][2].component
    await run(view, child.press)
    assert shown(view).startswith("<div>1<button")


async def test_component_shows_other_children_when_they_change() -> None:
    class Parent(Component):
        count: int = state(0)

        @action
        async def add(self) -> None:
            self.count += 1

        def render(self) -> Child:
            return Panel(title="T")[h.b[self.count]]

    view = await opened(Parent())
    parent: Any = [*view.root.walk()][1].component
    await run(view, parent.add)
    assert shown(view) == "<section><h2>T</h2><b>1</b></section>"


def test_component_with_state_may_take_children_and_what_only_type_checkers_know() -> None:
    class Panel(Component):
        children: Child = None
        given: NotThere | None = None  # type: ignore[name-defined]  # noqa: F821
        open: bool = state(True)

        def render(self) -> Child:
            return h.p[self.children]

    assert class_of(Panel()).dump(Panel().__dict__) == b'{"open":true}'
