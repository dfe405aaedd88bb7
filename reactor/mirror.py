"""The tree as a browser holds it: learns templates, takes whole trees, applies patches, answers questions.

It is the Python twin of the client's tree. `reactor.testing` drives pages through it, so every test of an
application also runs the real wire messages. It trusts nothing: what does not fit `docs/protocol.md` is a
`ValueError` that says what was wrong, and the tree stays as it was.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from reprlib import repr as shown
from typing import Any, Final, NamedTuple, TypeAlias, TypeGuard

from .blocks import SAFE_INTEGER, Block, Definition, Edit, Items, Raw, Rendered, SlotKind, Template
from .effects import from_wire as read_effects
from .elements import VOID
from .protocol import APPEND, CHOICE, DATA, FEED, ITEMS, JOINED, KEYED, PROGRESS, RAW, SPLICE, UPDATE

Wire: TypeAlias = Any
"""nil, booleans, numbers, strings, binary, lists and dictionaries of these."""

Held: TypeAlias = Rendered
"""A child as the mirror holds it: no component is among them, and event slots are as they travelled."""

_OURS: Final = 2**40
"""From here on the numbers that templates have here alone."""

_SPLICE_PARTS: Final = ("removed", "moved", "inserted", "updated")


class Handler(NamedTuple):
    """What an event slot holds for one event or key combination."""

    mark: int | bytes | None
    """`None`: nothing is called, the browser does all by itself."""
    options: dict[str, Wire]


class Mirror:
    """What a browser holds of one view.

    >>> mirror = Mirror()
    >>> mirror.learn([0, ["p", ["class", 0], 1]])
    >>> mirror.replace([0, "note", "Hello"])
    >>> mirror.apply([-4, 1, "Bye"])
    >>> [(element.tag, element.attributes, element.text) for element in mirror.elements()]
    [('p', {'class': 'note'}, 'Bye')]
    """

    def __init__(self) -> None:
        self.templates: dict[int, Template] = {}
        """By the number that the server gave them."""
        self.root: Held = None
        self._interned: dict[Definition, Template] = {}
        self._view: tuple[Held, list[Element | str]] | None = None

    def learn(self, definitions: Wire, *, reset: bool = False) -> None:
        """Note templates.

        Arguments:
            definitions: `[number, element, number, element, …]`.
            reset: whether the numbers known before are forgotten, as with a sync.

        Raises:
            ValueError: they are malformed, or a number already names another template.
        """
        known = {} if reset else dict(self.templates)
        flat = _list(definitions, "templates")
        if len(flat) % 2:
            raise ValueError("templates: a number without an element")
        for number, element in zip(flat[::2], flat[1::2], strict=True):
            if not _is_index(number):
                raise ValueError(f"templates: {shown(number)} is no number of a template")
            definition = _guarded(_definition, element)
            template = self._interned.get(definition)
            if template is None:
                template = self._interned[definition] = Template(definition)
            if known.setdefault(number, template) is not template:
                raise ValueError(f"template {number} is known as another element")
        self.templates = known

    def numbers_of(self, before: Mapping[int, Template]) -> Callable[[int], int]:
        """Gives for a number that a template had before the one that it has; a new one where nobody named it.

        Arguments:
            before: what `templates` was.
        """
        numbers = {template: number for number, template in self.templates.items()}

        def renumber(number: int) -> int:
            template = before[number]
            if template not in numbers:
                numbers[template] = _OURS + len(numbers)
                self.templates[numbers[template]] = template
            return numbers[template]

        return renumber

    def replace(self, child: Wire) -> None:
        """Make the whole tree this child: a sync.

        Raises:
            ValueError: the child is malformed.
        """
        self.root = _guarded(self._child, child)

    def apply(self, delta: Wire) -> None:
        """Apply a patch.

        Arguments:
            delta: how the root changes.

        Raises:
            ValueError: the delta is malformed or does not fit the tree.
        """
        self.root = _guarded(self._delta, self.root, delta)

    @property
    def children(self) -> list[Element | str]:
        """The elements and texts at the root."""
        if self._view is None or self._view[0] is not self.root:
            view = _View()
            view.child(self.root, None, ())
            self._view = (self.root, view.top)
        return list(self._view[1])

    @property
    def text(self) -> str:
        """All text of the tree."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def elements(self) -> Iterator[Element]:
        """Every element, in document order; those of raw markup too."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.elements()

    # Decoding

    def _child(self, wire: Wire) -> Held:
        if wire is None:
            return None
        if type(wire) is str:
            if not wire:
                raise ValueError("a text is never empty; nothing is nil")
            return wire
        kind = _first(wire, "child")
        if kind >= 0:
            return self._block(wire)
        if kind == ITEMS:
            return Items(tuple(self._child(value) for value in wire[1:]), None, False)
        if kind == KEYED:
            keys = _keys(wire[1] if len(wire) > 1 else None)
            if len(keys) != len(wire) - 2:
                raise ValueError(f"keyed list: {len(keys)} keys for {len(wire) - 2} items")
            return Items(tuple(self._child(value) for value in wire[2:]), keys, False)
        if kind == RAW:
            if len(wire) != 2 or type(wire[1]) is not str:
                raise ValueError(f"raw markup is [{RAW}, string], not {shown(wire)}")
            return Raw(wire[1])
        if kind in (UPDATE, SPLICE, APPEND, FEED):
            raise ValueError("a patch stands where a whole child is due")
        if kind <= CHOICE:
            return self._child(_idle(wire))
        raise ValueError(f"child: there is no kind {kind}")

    def _block(self, wire: list[Wire]) -> Block:
        template = self.templates.get(wire[0])
        if template is None:
            raise ValueError(f"template {wire[0]} is not known")
        if len(wire) - 1 != len(template.kinds):
            raise ValueError(f"<{template.tag}>: {len(wire) - 1} values for {len(template.kinds)} slots")
        values = tuple(self._value(template, slot, value) for slot, value in enumerate(wire[1:]))
        return Block(template, values)

    def _value(self, template: Template, slot: int, value: Wire) -> Any:
        kind = template.kinds[slot]
        if kind is SlotKind.CHILD:
            return self._child(value)
        if kind is not SlotKind.EVENT:
            value = _idle(value)
        if kind is SlotKind.EVENT:
            _check_handler(template, slot, value)
        elif not (value is None or value is True or type(value) is str) and (
            kind is SlotKind.ATTRIBUTE or value is not False
        ):
            place = f"<{template.tag} {template.names[slot]}>"
            raise ValueError(f"{place}: {shown(value)} is no value of such a slot ({kind.name.lower()})")
        return value

    # Patching: everything on the way to a change is made anew, so a patch that fails leaves the tree alone.

    def _delta(self, old: Held, delta: Wire) -> Held:
        if type(delta) is list and delta and type(delta[0]) is int:
            if delta[0] == UPDATE:
                return self._update(old, delta)
            if delta[0] == SPLICE:
                return self._splice(old, delta)
            if delta[0] == APPEND:
                return self._append(old, delta)
            if delta[0] == FEED:
                return self._feed(old, delta)
        return self._child(delta)

    def _append(self, old: Held, delta: list[Wire]) -> str:
        if type(old) is not str or len(delta) != 2 or type(delta[1]) is not str or not delta[1]:
            raise ValueError(f"append: {shown(delta[1:])} cannot be added to {_what(old)}")
        return old + delta[1]

    def _update(self, old: Held, delta: list[Wire]) -> Block:
        if type(old) is not Block:
            raise ValueError(f"update: {_what(old)} has no slots")
        template = old.template
        if len(delta) < 3 or len(delta) % 2 == 0:
            raise ValueError(f"update of <{template.tag}>: pairs of slot and change are due")
        values = list(old.values)
        seen: set[int] = set()
        for slot, change in zip(delta[1::2], delta[2::2], strict=True):
            if not _is_index(slot) or slot >= len(values):
                raise ValueError(f"update of <{template.tag}>: there is no slot {shown(slot)}")
            if slot in seen:
                raise ValueError(f"update of <{template.tag}>: slot {slot} is given twice")
            seen.add(slot)
            if template.kinds[slot] is SlotKind.CHILD:
                values[slot] = self._delta(values[slot], change)
            else:
                values[slot] = self._value(template, slot, change)
        return Block(template, tuple(values))

    def _splice(self, old: Held, delta: list[Wire]) -> Items:
        if type(old) is not Items:
            raise ValueError(f"splice: {_what(old)} is no list")
        if not 2 <= len(delta) <= 5:
            raise ValueError(f"splice: {len(delta) - 1} parts, where one to four are due")
        parts = [_list(part, f"splice, {name}") for name, part in zip(_SPLICE_PARTS, delta[1:], strict=False)]
        if not parts[-1]:
            raise ValueError(f"splice: the last part, {_SPLICE_PARTS[len(parts) - 1]}, is empty")
        parts += [[] for _ in range(4 - len(parts))]
        keys: list[str | int | None] = list(old.keys) if old.keys is not None else [None] * len(old.values)
        items: list[tuple[str | int | None, Held]] = list(zip(keys, old.values, strict=True))
        _remove(items, parts[0])
        _move(items, parts[1])
        self._insert(items, parts[2], keyed=old.keys is not None)
        self._update_items(items, parts[3])
        final = None if old.keys is None else _keys([key for key, _ in items])
        return Items(tuple(value for _, value in items), final, False)

    def _feed(self, old: Held, delta: list[Wire]) -> Items:
        if type(old) is not Items or old.keys is None:
            raise ValueError(f"feed: {_what(old)} is no list with keys")
        removed, first, last, updated = (_part(delta, number) for number in range(1, 5))
        limit = delta[5] if len(delta) == 6 else 0
        if len(delta) > 6 or not _is_safe(limit):
            raise ValueError(f"feed: {shown(delta)} has a wrong form")
        put, behind, changed = map(self._keyed, (first, last, updated))
        return Edit(_keys(removed), put, behind, changed, limit).apply(old)

    def _keyed(self, part: Wire) -> list[tuple[str | int, Block]]:
        flat = _list(part, "items of a feed")
        if len(flat) % 2:
            raise ValueError("feed: a key without an item")
        items = [self._child(item) for item in flat[1::2]]
        if not all(isinstance(item, Block) for item in items):
            raise ValueError("feed: an item is one element")
        return list(zip(_keys(flat[::2]), items, strict=True))  # type: ignore[arg-type]

    def _insert(self, items: list[tuple[str | int | None, Held]], part: list[Wire], *, keyed: bool) -> None:
        if len(part) % 3:
            raise ValueError("splice, inserted: triples of index, key and child are due")
        last = -1
        for index, key, child in zip(part[::3], part[1::3], part[2::3], strict=True):
            if not _is_index(index) or not last < index <= len(items):
                raise ValueError(
                    f"splice, inserted: index {shown(index)} behind {last} in {len(items)} items"
                )
            if (key is not None) != keyed:
                kind = "with" if keyed else "without"
                raise ValueError(f"splice, inserted: key {shown(key)} in a list {kind} keys")
            items.insert(index, (key, self._child(child)))
            last = index

    def _update_items(self, items: list[tuple[str | int | None, Held]], part: list[Wire]) -> None:
        if len(part) % 2:
            raise ValueError("splice, updated: pairs of index and delta are due")
        last = -1
        for index, delta in zip(part[::2], part[1::2], strict=True):
            if not _is_index(index) or not last < index < len(items):
                raise ValueError(f"splice, updated: index {shown(index)} behind {last} in {len(items)} items")
            key, value = items[index]
            items[index] = (key, self._delta(value, delta))
            last = index


class Element:
    """An element of the tree, as a test wants to see it. It shows the tree at the time it was asked for.

    >>> mirror = Mirror()
    >>> mirror.learn([0, ["button", ["type", "button", "@click", 0], 1], 1, ["p", [], 0]])
    >>> mirror.replace([1, [-2, ["a"], [0, 7, "Buy"]]])
    >>> [p, button] = mirror.elements()
    >>> button.address("click"), button.handler("click").mark, button.parent is p
    ([0, 'a', 0], 7, True)
    """

    __slots__ = (
        "_number",
        "_path",
        "_slots",
        "attributes",
        "children",
        "handlers",
        "parent",
        "properties",
        "tag",
    )

    def __init__(
        self, tag: str, parent: Element | None, path: tuple[str | int, ...] = (), number: int = 0
    ) -> None:
        self.tag = tag
        self.parent = parent
        self.attributes: dict[str, str | bool] = {}
        """The attributes that are present; `True`: without a value."""
        self.properties: dict[str, str | bool | None] = {}
        """The properties that the tree controls, such as `value`."""
        self.handlers: dict[str, Wire] = {}
        """By event, the handler as it travelled."""
        self.children: list[Element | str] = []
        self._path = path
        self._number = number
        self._slots: dict[str, int] = {}

    @property
    def text(self) -> str:
        """All text in it, as `textContent` has it."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def elements(self) -> Iterator[Element]:
        """The elements below it, in document order."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.elements()

    def ancestors(self) -> Iterator[Element]:
        """The elements around it, from the inside out."""
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    def get(self, name: str) -> str | bool | None:
        """A property that the tree controls, or else an attribute; `None` where there is neither."""
        return self.properties[name] if name in self.properties else self.attributes.get(name)

    def address(self, event: str, combination: str | None = None) -> list[str | int]:
        """The address of a handler, as a call names it.

        Arguments:
            event: such as `"click"`.
            combination: the key combination, where the handler has several.

        Raises:
            LookupError: the element has no such handler.
        """
        self.handler(event, combination)
        address = [*self._path, self._slots[event]]
        return address if combination is None else [*address, combination]

    def handler(self, event: str, combination: str | None = None) -> Handler:
        """The handler of an event: its mark, and its options.

        Arguments:
            event: such as `"click"`.
            combination: the key combination, where the handler has several.

        Raises:
            LookupError: the element has no such handler.
        """
        handler = self.handlers.get(event)
        if handler is None:
            there = ", ".join(self.handlers) or "none"
            raise LookupError(f"{self!r} has no handler for {event!r}; it has: {there}")
        if isinstance(handler, dict):
            if combination not in handler:
                there = ", ".join(handler)
                raise LookupError(f"{self!r}: {event!r} has handlers for {there}, not for {combination!r}")
            handler = handler[combination]
        elif combination is not None:
            raise LookupError(f"{self!r}: the handler for {event!r} is not for {combination!r} alone")
        return Handler(*handler) if isinstance(handler, list) else Handler(handler, {})

    def __repr__(self) -> str:
        parts = [name if value is True else f'{name}="{value}"' for name, value in self.attributes.items()]
        return f"<{' '.join([self.tag, *parts])}>"


class _View:
    """Makes the elements of a tree."""

    def __init__(self) -> None:
        self.top: list[Element | str] = []

    def child(self, child: Held, parent: Element | None, path: tuple[str | int, ...]) -> None:
        if isinstance(child, str):
            self.add(child, parent)
        elif isinstance(child, Block):
            self.element(child.template.definition, child, parent, path, itertools.count())
        elif isinstance(child, Items):
            for index, value in enumerate(child.values):
                self.child(value, parent, (*path, index if child.keys is None else child.keys[index]))
        elif isinstance(child, Raw):
            _RawReader(self, parent).read(child.html)

    def element(
        self,
        definition: Definition,
        block: Block,
        parent: Element | None,
        path: tuple[str | int, ...],
        numbers: Iterator[int],
    ) -> None:
        tag, attributes, children = definition
        element = Element(tag, parent, path, next(numbers))
        self.add(element, parent)
        for name, value in attributes:
            slot = value if type(value) is int else None
            held: Any = value if slot is None else block.values[slot]
            if name[0] == ".":
                element.properties[name[1:]] = held
            elif held is None:
                continue
            elif name[0] == "@" and slot is not None:
                element.handlers[name[1:]] = held
                element._slots[name[1:]] = slot
            else:
                element.attributes[name] = held
        for child in children:
            if isinstance(child, tuple):
                self.element(child, block, element, path, numbers)
            elif isinstance(child, str):
                self.add(child, element)
            else:
                self.child(block.values[child], element, (*path, child))

    def add(self, child: Element | str, parent: Element | None) -> None:
        (self.top if parent is None else parent.children).append(child)


class _RawReader(HTMLParser):
    """Reads the elements of raw markup, as far as they are well formed."""

    def __init__(self, view: _View, parent: Element | None) -> None:
        super().__init__()
        self._view = view
        self._outside = parent
        self._current = parent

    def read(self, html: str) -> None:
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, self._current)
        element.attributes.update((name, True if value is None else value) for name, value in attrs)
        self._view.add(element, self._current)
        if tag not in VOID:
            self._current = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        element = self._current
        while element is not self._outside and element is not None:
            if element.tag == tag:
                self._current = element.parent
                return
            element = element.parent

    def handle_data(self, data: str) -> None:
        self._view.add(data, self._current)


def _guarded(decode: Any, *arguments: Any) -> Any:
    """Runs a recursive function on input from anybody."""
    try:
        return decode(*arguments)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _definition(wire: Wire) -> Definition:
    element = _list(wire, "element")
    if len(element) < 2 or type(element[0]) is not str or not element[0]:
        raise ValueError(f"an element is [tag, [name, value, …], child, …], not {shown(element)}")
    tag, flat = element[0], _list(element[1], f"attributes of <{element[0]}>")
    if len(flat) % 2:
        raise ValueError(f"<{tag}>: an attribute without a value")
    attributes: list[tuple[str, str | bool | int]] = []
    for name, value in zip(flat[::2], flat[1::2], strict=True):
        if type(name) is not str or name in ("", "@", "."):
            raise ValueError(f"<{tag}>: {shown(name)} is no name of an attribute")
        if not (_is_index(value) or (name[0] not in "@." and (value is True or type(value) is str))):
            raise ValueError(f"<{tag} {name}>: {shown(value)} is neither a slot nor a static value")
        attributes.append((name, value))
    if len({name for name, _ in attributes}) != len(attributes):
        raise ValueError(f"<{tag}>: an attribute is given twice")
    children: list[str | int | Definition] = []
    for child in element[2:]:
        if type(child) is list:
            children.append(_definition(child))
        elif _is_index(child) or (type(child) is str and child):
            children.append(child)
        else:
            raise ValueError(f"<{tag}>: {shown(child)} is no child of a template")
    return tag, tuple(attributes), tuple(children)


def _check_handler(template: Template, slot: int, value: Wire) -> None:
    name = f"<{template.tag} @{template.names[slot]}>"
    for handler in value.values() if type(value) is dict else () if value is None else (value,):
        mark, options = handler, {}
        if type(handler) is list:
            if len(handler) != 2:
                raise ValueError(f"{name}: a handler with options is [mark, options], not {shown(handler)}")
            mark, options = handler
        only_effects = mark is None and type(options) is dict and "b" in options
        if not (type(mark) is bytes or _is_safe(mark) or only_effects):
            raise ValueError(f"{name}: {shown(mark)} is no mark")
        if type(options) is not dict or not all(type(option) is str for option in options):
            raise ValueError(f"{name}: {shown(options)} are no options")
        for key in ("b", "e"):
            if key in options:
                read_effects(options[key])
    if type(value) is dict and not (value and all(type(combination) is str for combination in value)):
        raise ValueError(f"{name}: {shown(value)} has no key combinations")


def _part(delta: list[Wire], number: int) -> Wire:
    return delta[number] if number < len(delta) else []


def _keys(wire: Wire) -> tuple[str | int, ...]:
    keys = _list(wire, "keys")
    for key in keys:
        if not (_is_safe(key) or (type(key) is str and key)):
            raise ValueError(f"{shown(key)} is no key")
    if len(set(keys)) != len(keys):
        raise ValueError(f"a key stands twice in {shown(keys)}")
    return tuple(keys)


def _remove(items: list[tuple[str | int | None, Held]], part: list[Wire]) -> None:
    if len(part) % 2:
        raise ValueError("splice, removed: pairs of start and count are due")
    end = 0
    for start, count in zip(part[::2], part[1::2], strict=True):
        fits = _is_index(start) and _is_index(count) and count and end <= start <= len(items) - count
        if not fits:
            raise ValueError(
                f"splice, removed: {shown(count)} at {shown(start)} behind {end} in {len(items)} items"
            )
        end = start + count
    for start, count in reversed(list(zip(part[::2], part[1::2], strict=True))):
        del items[start : start + count]


def _move(items: list[tuple[str | int | None, Held]], part: list[Wire]) -> None:
    if len(part) % 2:
        raise ValueError("splice, moved: pairs of from and to are due")
    for source, goal in zip(part[::2], part[1::2], strict=True):
        if not (_is_index(source) and _is_index(goal) and max(source, goal) < len(items)):
            raise ValueError(f"splice, moved: from {shown(source)} to {shown(goal)} in {len(items)} items")
        items.insert(goal, items.pop(source))


def _list(wire: Wire, name: str) -> list[Wire]:
    if type(wire) is not list:
        raise ValueError(f"{name}: a list is due, not {shown(wire)}")
    return wire


def _idle(wire: Wire) -> Wire:
    """What a symbol is while no call is under way; any other value as it is."""
    if type(wire) is not list or not wire or type(wire[0]) is not int or wire[0] > CHOICE:
        return wire
    match wire:
        case [kind, _, _, no, *_] if kind == CHOICE:
            return _idle(no)
        case [kind, _, str()] if kind == DATA:
            return None
        case [kind, _] if kind == PROGRESS:
            return None
        case [kind, *parts] if kind == JOINED:
            known = [part for part in map(_idle, parts) if part]
            if all(type(part) is str for part in known):
                return " ".join(known) or None
    raise ValueError(f"a symbol has a wrong form: {shown(wire)}")


def _first(wire: Wire, name: str) -> int:
    if type(wire) is not list or not wire or type(wire[0]) is not int:
        raise ValueError(
            f"{name}: nil, a string or a list that begins with an integer is due, not {shown(wire)}"
        )
    return wire[0]


def _is_index(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= SAFE_INTEGER


def _is_safe(value: object) -> TypeGuard[int]:
    return type(value) is int and -SAFE_INTEGER <= value <= SAFE_INTEGER


def _what(child: Held) -> str:
    if child is None:
        return "nothing"
    if isinstance(child, Items):
        return "a list"
    return "a text" if isinstance(child, str) else "raw markup" if isinstance(child, Raw) else "a block"
