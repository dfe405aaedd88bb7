"""Random trees: sketches that hypothesis draws and shrinks, and what makes real trees of them.

A sketch is a plain value, so that the same tree can be built twice, changed a little, and printed when a
test fails. Sketches are valid HTML: a parser makes of their markup the very tree that was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import markupsafe
from hypothesis import settings
from hypothesis import strategies as st

from reactor import html as h
from reactor.blocks import Listener, Node, Rendered, child_of

EXAMPLES: Final = max(200, settings.default.max_examples if settings.default else 0)
"""How many examples a property test of trees takes."""


class Marked(Listener):
    """A listener that is nothing but its mark."""

    __slots__ = ("number", "prevent")

    def __init__(self, number: int, *, prevent: bool = False) -> None:
        self.number = number
        self.prevent = prevent

    def mark(self, keys: tuple[str | int, ...], digest: Callable[[bytes], bytes]) -> int | bytes:
        return self.number

    def options(self, event: str) -> dict[str, Any] | None:
        return {"p": True} if self.prevent else None

    def __eq__(self, other: object) -> bool:
        return type(other) is Marked and (other.number, other.prevent) == (self.number, self.prevent)

    def __hash__(self) -> int:
        return hash(self.number)

    def __repr__(self) -> str:
        return f"Marked({self.number}{', prevent=True' if self.prevent else ''})"


@dataclass(frozen=True)
class Element:
    tag: str
    attributes: tuple[tuple[str, Any], ...] = ()
    children: tuple[Sketch, ...] = ()
    key: str | int | None = None


@dataclass(frozen=True)
class Sequence:
    """A list between other children, or a fragment."""

    children: tuple[Sketch, ...]
    fragment: bool = False
    key: str | int | None = None


@dataclass(frozen=True)
class Markup:
    html: str


@dataclass(frozen=True)
class Component:
    """The place of a mounted component; the same identity in two trees is the same component."""

    identity: int
    content: Sketch


Sketch: TypeAlias = str | int | Element | Sequence | Markup | Component | None

# What may stand where: by context, the elements and the context inside each of them.
_INLINE: Final = {"b": "inline", "em": "inline", "span": "inline"}
_PHRASING: Final = {
    "span": "phrasing",
    "b": "inline",
    "br": "void",
    "input": "void",
    "img": "void",
    "button": "inline",
    "select": "select",
    "textarea": "text",
    "svg": "svg",
    "math": "math",
}
_FLOW: Final = _PHRASING | {
    "div": "flow",
    "section": "flow",
    "p": "phrasing",
    "pre": "phrasing",
    "ul": "list",
    "table": "table",
    "details": "details",
    "my_widget": "flow",
}
CONTEXTS: Final[dict[str, dict[str, str]]] = {
    "flow": _FLOW,
    "phrasing": _PHRASING,
    "inline": _INLINE,
    "details": _FLOW | {"summary": "inline"},
    "list": {"li": "flow"},
    "table": {"caption": "phrasing", "colgroup": "columns", "thead": "rows", "tbody": "rows"},
    "columns": {"col": "void"},
    "rows": {"tr": "cells"},
    "cells": {"td": "flow", "th": "flow"},
    "select": {"option": "text", "optgroup": "options"},
    "options": {"option": "text"},
    "svg": {
        "g": "svg",
        "circle": "svg",
        "text": "svg",
        "linearGradient": "svg",
        "title": "text",
        "desc": "inline",
        "foreignObject": "flow",
    },
    "math": {"mrow": "math", "mi": "inline", "mn": "inline", "mtext": "inline"},
    "text": {},
    "void": {},
}
_WITHOUT_TEXT: Final = frozenset({"table", "columns", "rows", "cells", "select", "options", "void"})
_MARKUP: Final[dict[str, tuple[str, ...]]] = {
    "flow": ("", "<b>bold</b> &amp; <i>more</i>", "<p>one</p><p>two</p>", "plain &lt;", "<!-- note -->"),
    "phrasing": ("", "<b>bold</b> &amp; <i>more</i>", "plain &lt;"),
    "inline": ("<b>bold</b>",),
    "list": ("<li>raw</li><li>items</li>",),
    "rows": ("<tr><td>raw</td></tr>",),
    "svg": ('<circle r="1"></circle>', '<linearGradient id="g"></linearGradient>'),
    "math": ("<mi>raw</mi>",),
}

KEYS: Final = (0, 1, 2, 3, 4, "0", "a", "b", "c", "é")

characters: Final = st.sampled_from([*"ab <>&\"'\n\t=;/é😀\u2028\xa0", "\r", "\r\n", "👩\u200d👧"])
texts: Final = st.one_of(
    st.lists(characters, max_size=5).map("".join),
    st.sampled_from(
        ["<!--", "-->", "<!--]-->", "</script>", "]]>", "&amp;", "<b>x</b>", "\n", "\nx", "\r\n"]
    ),
)
lines: Final = texts.map(lambda text: text.replace("\r", "").replace("\n", ""))
listeners: Final = st.builds(Marked, st.integers(0, 3), prevent=st.booleans())
_ABSENT: Final = st.none()
_classes: Final = st.sampled_from(["a", "b", "a b", "c a"]) | _ABSENT
_COMMON: Final[dict[str, st.SearchStrategy[Any]]] = {
    "class_": _classes,
    "title": texts | _ABSENT,
    "data_x": texts | st.integers(0, 2) | st.booleans(),
    "hidden": st.booleans(),
    "style": st.sampled_from([None, "color: red;", "margin-left: 1px; color: blue;"]),
    "on_click": listeners | _ABSENT,
    "on_keydown": listeners
    | st.dictionaries(st.sampled_from(["Escape", "Ctrl+s"]), listeners, min_size=1)
    | _ABSENT,
}
_FOREIGN: Final[dict[str, st.SearchStrategy[Any]]] = {
    "class_": _classes,
    "fill": st.sampled_from(["red", "none", None]),
    "stroke_width": st.integers(0, 2) | st.just(1.5),
    "on_click": listeners | _ABSENT,
}
_ATTRIBUTES: Final[dict[str, dict[str, st.SearchStrategy[Any]]]] = {
    "input": _COMMON
    | {
        "type": st.sampled_from(["text", "checkbox"]),
        "value": lines | _ABSENT,
        "checked": st.booleans(),
        "indeterminate": st.booleans(),
        "on_input": listeners,
    },
    "textarea": _COMMON | {"value": texts | _ABSENT},
    "select": _COMMON | {"value": st.sampled_from(["a", "b", "", "c d"]), "multiple": st.booleans()},
    "option": {"value": st.sampled_from(["a", "b", "", None]), "selected": st.booleans(), "class_": _classes},
    "svg": _FOREIGN | {"viewBox": st.just("0 0 1 1")},
    "linearGradient": _FOREIGN | {"gradientUnits": st.just("userSpaceOnUse")},
    "math": {"class_": _classes, "displaystyle": st.booleans()},
    "details": _COMMON | {"open": st.booleans()},
}


@st.composite
def _attributes(draw: st.DrawFn, tag: str, context: str) -> tuple[tuple[str, Any], ...]:
    pool = _ATTRIBUTES.get(tag, _FOREIGN if context in ("svg", "math") else _COMMON)
    names = draw(st.lists(st.sampled_from(list(pool)), unique=True, max_size=3))
    return tuple((name, draw(pool[name])) for name in names)


@st.composite
def elements(draw: st.DrawFn, context: str, depth: int, key: str | int | None = None) -> Element:
    """An element that may stand in this context."""
    tag = draw(st.sampled_from(list(CONTEXTS[context])))
    inside = CONTEXTS[context][tag]
    attributes = draw(_attributes(tag, context))
    controlled = tag == "textarea" and any(name == "value" for name, _ in attributes)
    children = () if controlled or inside == "void" else draw(several(inside, depth - 1))
    return Element(tag, attributes, children, key)


@st.composite
def items(draw: st.DrawFn, context: str, depth: int, key: str | int | None = None) -> Sketch:
    """One child; with a key, an element or a fragment."""
    leaf = depth <= 0 or not CONTEXTS[context]
    kinds = ["nothing"] if key is None else ["fragment"]
    if key is None and context not in _WITHOUT_TEXT:
        kinds += ["text", "text", "number"]
    if CONTEXTS[context] and depth > 0:
        kinds += ["element"] * 5
    if key is None and not leaf:
        kinds += ["list", "fragment", "component", "component"]
    if key is None and context in _MARKUP:
        kinds.append("markup")
    kind = draw(st.sampled_from(kinds))
    if kind == "text":
        return draw(texts)
    if kind == "number":
        return draw(st.integers(0, 20))
    if kind == "element":
        return draw(elements(context, depth, key))
    if kind == "markup":
        return Markup(draw(st.sampled_from(_MARKUP[context])))
    if kind in ("list", "fragment"):
        return Sequence(draw(several(context, depth - 1)), kind == "fragment", key)
    if kind == "component":
        return Component(0, draw(items(context, depth)))
    return None


@st.composite
def several(draw: st.DrawFn, context: str, depth: int) -> tuple[Sketch, ...]:
    """What stands between the brackets of an element, or in a list: with keys or without."""
    if context in ("text", "void"):
        return tuple(draw(st.lists(texts, max_size=2))) if context == "text" else ()
    if depth > 0 and draw(st.booleans()):
        keys = draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=4))
        return tuple(draw(items(context, depth, key)) for key in keys)  # type: ignore[arg-type]
    return tuple(draw(st.lists(items(context, depth), max_size=3)))


@st.composite
def trees(draw: st.DrawFn, depth: int = 4) -> Sketch:
    """A whole tree, as a component may render it: an element, a list, a text, nothing."""
    return distinct(draw(_roots(depth)))


def _roots(depth: int = 4) -> st.SearchStrategy[Sketch]:
    """Mostly an element, for they are more interesting."""
    return st.one_of(elements("flow", depth), elements("flow", depth), items("flow", depth))


def _key(sketch: Sketch) -> str | int | None:
    return sketch.key if isinstance(sketch, (Element, Sequence)) else None


@st.composite
def _changed(draw: st.DrawFn, sketch: Sketch, context: str, depth: int) -> Sketch:
    """The sketch with a few changes."""
    what = draw(st.integers(0, 9))
    if what == 0:
        return draw(items(context, depth, _key(sketch)))
    if isinstance(sketch, Element):
        inside = CONTEXTS[context][sketch.tag]
        if what == 1:
            attributes = draw(_attributes(sketch.tag, context))
            if sketch.tag == "textarea" and sketch.children:
                attributes = tuple(pair for pair in attributes if pair[0] != "value")
            return replace(sketch, attributes=attributes)
        if what == 2 and sketch.attributes:
            pool = _ATTRIBUTES.get(sketch.tag, _FOREIGN if context in ("svg", "math") else _COMMON)
            index = draw(st.integers(0, len(sketch.attributes) - 1))
            name = sketch.attributes[index][0]
            attribute = (name, draw(pool[name]))
            changed = (*sketch.attributes[:index], attribute, *sketch.attributes[index + 1 :])
            return replace(sketch, attributes=changed)
        if inside == "void" or (sketch.tag == "textarea" and any(n == "value" for n, _ in sketch.attributes)):
            return sketch
        return replace(sketch, children=draw(_several_changed(sketch.children, inside, depth - 1)))
    if isinstance(sketch, Sequence):
        return replace(sketch, children=draw(_several_changed(sketch.children, context, depth - 1)))
    if isinstance(sketch, Component):
        return replace(sketch, content=draw(_changed(sketch.content, context, depth)))
    return sketch


@st.composite
def _several_changed(
    draw: st.DrawFn, children: tuple[Sketch, ...], context: str, depth: int
) -> tuple[Sketch, ...]:
    changed = list(children)
    edit = draw(st.sampled_from(["none", "remove", "insert", "shuffle", "swap", "reverse"]))
    if changed and edit == "remove":
        changed.pop(draw(st.integers(0, len(changed) - 1)))
    elif changed and edit == "shuffle":
        changed = list(draw(st.permutations(changed)))
    elif changed and edit == "swap":
        changed[0], changed[-1] = changed[-1], changed[0]
    elif changed and edit == "reverse":
        changed.reverse()
    elif edit == "insert":
        taken = {_key(child) for child in children}
        free = [key for key in KEYS if key not in taken]
        keyed = taken - {None} and free
        if context == "text":
            item: Sketch = draw(texts)
        else:
            item = draw(items(context, max(depth, 1), draw(st.sampled_from(free)) if keyed else None))
        changed.insert(draw(st.integers(0, len(changed))), item)
    if context == "text":
        return tuple(changed)
    for index in draw(st.lists(st.integers(0, max(len(changed) - 1, 0)), max_size=2, unique=True)):
        if index < len(changed):
            changed[index] = draw(_changed(changed[index], context, depth))
    return tuple(changed)


@st.composite
def histories(draw: st.DrawFn, length: int = 2) -> list[Sketch]:
    """Trees that follow on one another: each is another tree, or the one before with a few changes.

    Some components live on from one tree to the next.
    """
    first = draw(_roots())
    history = [distinct(Component(0, first) if draw(st.booleans()) else first)]
    while len(history) < length:
        what = draw(st.integers(0, 5))
        mounted = list(_mounted(history[-1], "flow"))
        if what < 3 and mounted:
            # A component changes by itself; those around it are not rendered again.
            identity, context = draw(st.sampled_from(mounted))
            content = draw(items(context, 2))
            history.append(distinct(_with(history[-1], Component(identity, content))))
        elif what < 5:
            history.append(distinct(draw(_changed(history[-1], "flow", 4))))
        else:
            history.append(distinct(draw(_roots())))
    return history


def _mounted(sketch: Sketch, context: str) -> Iterator[tuple[int, str]]:
    """The components in a sketch, each with the context that it stands in."""
    if isinstance(sketch, Component):
        yield sketch.identity, context
        yield from _mounted(sketch.content, context)
    elif isinstance(sketch, (Element, Sequence)):
        inside = CONTEXTS[context][sketch.tag] if isinstance(sketch, Element) else context
        for child in sketch.children:
            yield from _mounted(child, inside)


def _with(sketch: Sketch, component: Component) -> Sketch:
    """The sketch with this in place of the component that has its identity."""
    if isinstance(sketch, Component):
        if sketch.identity == component.identity:
            return component
        return replace(sketch, content=_with(sketch.content, component))
    if isinstance(sketch, (Element, Sequence)):
        return replace(sketch, children=tuple(_with(child, component) for child in sketch.children))
    return sketch


def distinct(sketch: Sketch) -> Sketch:
    """The sketch with an identity of its own for each component that has none, or one that is taken."""
    taken = {component.identity for component in components(sketch)} | {0}
    seen: set[int] = set()

    def walk(sketch: Sketch) -> Sketch:
        if isinstance(sketch, Component):
            identity = sketch.identity
            if identity == 0 or identity in seen:
                identity = next(number for number in range(1, len(taken) + 2) if number not in taken)
                taken.add(identity)
            seen.add(identity)
            return Component(identity, walk(sketch.content))
        if isinstance(sketch, (Element, Sequence)):
            return replace(sketch, children=tuple(map(walk, sketch.children)))
        return sketch

    return walk(sketch)


def without_contents(sketch: Sketch) -> Sketch:
    """The sketch as the component that rendered it knows it: what is in other components is not its own."""
    if isinstance(sketch, Component):
        return Component(sketch.identity, None)
    if isinstance(sketch, (Element, Sequence)):
        return replace(sketch, children=tuple(map(without_contents, sketch.children)))
    return sketch


class Grove:
    """Builds sketches as an application would, and keeps their components from one tree to the next.

    A component whose own rendering is the same as before is not rendered again, whatever those inside do.
    """

    def __init__(self) -> None:
        self._nodes: dict[int, Node] = {}
        self._rendered: dict[int, Sketch] = {}

    def grow(self, sketch: Sketch) -> Rendered:
        """The tree of a sketch; components that changed know what they had rendered before."""
        return child_of(self._child(sketch), "test")

    def settle(self) -> None:
        """The change is over: no component remembers what it had rendered before."""
        for node in self._nodes.values():
            node.before = node

    def _child(self, sketch: Sketch) -> Any:
        if isinstance(sketch, Element):
            attributes = dict(sketch.attributes)
            element = getattr(h, sketch.tag)(key=sketch.key, **attributes)
            return element[tuple(map(self._child, sketch.children))] if sketch.children else element
        if isinstance(sketch, Sequence):
            children = tuple(map(self._child, sketch.children))
            return h.fragment(key=sketch.key)[children] if sketch.fragment else iter(children)
        if isinstance(sketch, Markup):
            return markupsafe.Markup(sketch.html) if sketch.html else None
        if isinstance(sketch, Component):
            return self._component(sketch)
        return sketch

    def _component(self, sketch: Component) -> Node:
        content = child_of(self._child(sketch.content), "test")
        own = without_contents(sketch.content)
        node = self._nodes.get(sketch.identity)
        if node is None:
            node = self._nodes[sketch.identity] = Node(content)
        elif self._rendered[sketch.identity] != own:
            node.before = node.content
            node.content = content
        self._rendered[sketch.identity] = own
        return node


def grow(sketch: Sketch) -> Rendered:
    """The tree of a sketch, for a test that looks at one tree."""
    return Grove().grow(sketch)


def components(sketch: Sketch) -> Iterator[Component]:
    """The components in a sketch, those inside others too."""
    if isinstance(sketch, Component):
        yield sketch
        yield from components(sketch.content)
    elif isinstance(sketch, (Element, Sequence)):
        for child in sketch.children:
            yield from components(child)
