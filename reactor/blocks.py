"""Blocks: the one form of a rendered tree.

A `Template` is one element with its static content and numbered slots; a `Block` is a template and the
values of its slots. What stands in a child slot is a *child*: nothing (`None`), text (`str`), a `Block`,
`Raw` markup, `Items` (a list), a component that is not mounted yet (`Deferred`) or one that is (`Node`).

Everything behind this module (markup, diff, wire) works on this form alone and does not know which
front end made it.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import IntEnum
from itertools import chain
from operator import attrgetter
from typing import Final, Self, TypeAlias, Union
from uuid import UUID

from .elements import RAW_TEXT, TEXT_ONLY, VOID
from .errors import build_error
from .policy import Nonce
from .symbols import Choice, Data, Progress, Source, Symbol
from .taint import taint_error, why_tainted

Key: TypeAlias = str | int | UUID
"""What identifies an item in its list."""

Definition: TypeAlias = tuple[
    str, tuple[tuple[str, str | bool | int], ...], tuple["str | int | Definition", ...]
]
"""An element of a template: tag, (name, value) of attributes, children. An `int` is a slot."""

SAFE_INTEGER: Final = 2**53 - 1
_IMPLICIT_KEY: Final = "\x00"


class SlotKind(IntEnum):
    """What a slot sets."""

    ATTRIBUTE = 0
    PROPERTY = 1
    EVENT = 2
    CHILD = 3


# A member costs several times as much to look up in its class as in a module.
ATTRIBUTE: Final = SlotKind.ATTRIBUTE
PROPERTY: Final = SlotKind.PROPERTY
EVENT: Final = SlotKind.EVENT
CHILD: Final = SlotKind.CHILD


class _Slots:
    """The slots and elements of a template, as they are found."""

    def __init__(self) -> None:
        self.elements: list[tuple[str, int]] = []
        self.owners: list[int] = []
        self.kinds: list[SlotKind] = []
        self.names: list[str] = []

    def add(self, owner: int, slot: int, kind: SlotKind, name: str) -> None:
        if slot != len(self.kinds):
            tag = self.elements[owner][0]
            raise ValueError(f"<{tag}>: slot {slot} stands where slot {len(self.kinds)} is due")
        self.owners.append(owner)
        self.kinds.append(kind)
        self.names.append(name)


class Template:
    """One element with static content and numbered slots.

    Arguments:
        definition: the element; slots are numbered from 0 in document order.

    >>> item = Template(("li", (("class", 0),), ("Total: ", ("b", (), (1,)))))
    >>> [kind.name for kind in item.kinds]
    ['ATTRIBUTE', 'CHILD']
    """

    __slots__ = (
        "_emptied", "child_slots", "definition", "elements", "kinds", "names", "owners", "program", "tag",
    )  # fmt: skip

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.tag = definition[0]
        found = _Slots()
        self._number(definition, -1, found)
        self.elements = tuple(found.elements)
        """Its elements in document order: the name of each, and the number of the one that it stands in."""
        self.owners = tuple(found.owners)
        """By slot the number of the element that it belongs to."""
        self.kinds: tuple[SlotKind, ...] = tuple(found.kinds)
        self.names: tuple[str, ...] = tuple(found.names)
        """The name of what each slot sets, without its first character; empty for a child."""
        self.child_slots = tuple(slot for slot, kind in enumerate(self.kinds) if kind is CHILD)
        self._emptied: Template | None = None
        self.program: object = None
        """What `markup` has compiled this template to, once it has."""

    def _number(self, element: Definition, parent: int, found: _Slots) -> None:
        own = len(found.elements)
        found.elements.append((element[0], parent))
        for name, value in element[1]:
            if type(value) is int:
                kind = {"@": EVENT, ".": PROPERTY}.get(name[0], ATTRIBUTE)
                found.add(own, value, kind, name if kind is ATTRIBUTE else name[1:])
        for child in element[2]:
            if type(child) is int:
                found.add(own, child, CHILD, "")
            elif type(child) is tuple:
                self._number(child, own, found)

    def tag_of(self, slot: int) -> str:
        """The name of the element that a slot belongs to."""
        return self.elements[self.owners[slot]][0]

    def form_of(self, slot: int) -> int | None:
        """The number of the form that the element of a slot is, or stands in; `None`: it stands in none."""
        number = self.owners[slot]
        while number >= 0:
            tag, parent = self.elements[number]
            if tag == "form":
                return number
            number = parent
        return None

    def emptied(self) -> Template:
        """The element alone, with its attributes and one slot for all its children."""
        if self._emptied is None:
            tag, attributes, _ = self.definition
            count = sum(type(value) is int for _, value in attributes)
            self._emptied = Template((tag, attributes, (count,)))
        return self._emptied

    def __deepcopy__(self, memo: object) -> Template:
        return self

    def __repr__(self) -> str:
        return f"Template({self.definition!r})"


class Listener:
    """What an event slot holds: an action that a rendered element may call.

    `reactor.actions.BoundAction` is one; `reactor.on(…)` wraps one together with options. Two listeners
    are equal when a browser could not tell them apart.
    """

    __slots__ = ()

    def mark(self, keys: tuple[str | int, ...], digest: Callable[[bytes], bytes]) -> int | bytes | None:
        """What the visitor saw, to be compared when the call comes (`docs/protocol.md`)."""
        raise NotImplementedError

    def options(self, event: str) -> dict[str, typing.Any] | None:
        """What the browser has to know about this listener on `event`, or `None`."""
        raise NotImplementedError

    def source(self) -> Source:
        """Whose calls these are, for values that depend on them; `None` when nothing does."""
        return None

    def called(self) -> Listener | None:
        """What is called in the end; `None` when the browser does all by itself."""
        return self

    def prediction(self, event: str) -> Hashable:
        """What identifies the prediction of what a call will do; `None` where there is none."""
        called = self.called()
        return None if called is None or called is self else called.prediction(event)

    stays: typing.ClassVar[bool] = True
    """Whether one that is put into the page stands there as it is: the class has no `placed` of its own."""

    def __init_subclass__(cls, **options: typing.Any) -> None:
        super().__init_subclass__(**options)
        cls.stays = cls.placed is Listener.placed

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def placed(self) -> Listener:
        """What stands in the page from now on."""
        return self

    def alike(self, keys: tuple[str | int, ...]) -> Hashable:
        """What it has in common with others that travel as it does; `None`: nothing is known of it.

        Arguments:
            keys: those of the lists that it stands in.
        """
        return None

    @classmethod
    def all_alike(cls, column: Sequence[typing.Any], keys: Sequence[str | int]) -> bool:
        """Whether many of this class travel as the first of them does; `False`: nothing is known of that.

        Arguments:
            column: listeners, each in another item of a list.
            keys: those of the items.
        """
        return False

    def token(self) -> bytes | None:
        """What stands for it where nobody can look it up in the page; `None`: it can be looked up."""
        called = self.called()
        return None if called is None or called is self else called.token()

    def address(self) -> Symbol:
        """What stands for it in a `data-…` attribute, so that a script can call it.

        Raises:
            TypeError: it does not stand alone.
        """
        raise TypeError(
            f"{self!r} does not stand alone; a data-… attribute takes an action that is a function. For one "
            "of a component use on_…, or a hook"
        )

    def queue(self) -> int:
        """The number of the queue that its calls wait in: that of the component."""
        called = self.called()
        return 0 if called is None or called is self else called.queue()


def sole_class(column: Iterable[object]) -> type[Listener] | None:
    """The one class that all of these listeners are of; `None`: there are several, or something else."""
    kinds = set(map(type, column))
    if len(kinds) != 1:
        return None
    kind = kinds.pop()
    return kind if issubclass(kind, Listener) else None


class Expansion:
    """A value of the attribute `bind`, which stands for several attributes."""

    __slots__ = ()

    def expand(self, tag: str, attributes: dict[str, typing.Any]) -> dict[str, typing.Any]:
        """All attributes of an element, those that this stands for included."""
        raise NotImplementedError


class Bare:
    """What makes elements, standing for an element without attributes and children: `h.br`."""

    __slots__ = ()

    def block(self) -> Block:
        """That element."""
        raise NotImplementedError


class Deferred:
    """What stands for a tree that is not there yet: a component before it is mounted."""

    __slots__ = ()
    key: Key | None

    def __deepcopy__(self, memo: object) -> Self:
        return self


class Node:
    """The place of a mounted component in a tree.

    `content` is what it rendered; while a change is under way, `before` is what it had rendered.
    """

    __slots__ = ("before", "content")

    def __init__(self, content: Rendered = None) -> None:
        self.content: Rendered = content
        self.before: Rendered | Node = self
        """The content before this change; the node itself: it was not rendered again."""

    @property
    def origin(self) -> Node:
        """The node that this one stands for: one that was rendered ahead is a later state of another."""
        return self


class Edit:
    """What becomes of a list of which only the browser knows the items.

    Arguments:
        removed: the keys of items that go, if they are there.
        first: items that are put before all others, in this order; those that are there already move.
        last: items that are put behind all others.
        updated: items that are brought up to date, if they are there.
        limit: how many items stay at most: the last ones, or if it is negative, the first; 0: all.
    """

    __slots__ = ("first", "last", "limit", "removed", "updated")

    def __init__(
        self,
        removed: Sequence[str | int] = (),
        first: Sequence[Keyed] = (),
        last: Sequence[Keyed] = (),
        updated: Sequence[Keyed] = (),
        limit: int = 0,
    ) -> None:
        self.removed = removed
        self.first = first
        self.last = last
        self.updated = updated
        self.limit = limit

    def apply(self, items: Items) -> Items:
        """What a list becomes."""
        left = dict(zip(items.keys or (), items.values, strict=True))
        for key in self.removed:
            left.pop(key, None)
        left.update((key, value) for key, value in self.updated if key in left)
        for key, _ in (*self.first, *self.last):
            left.pop(key, None)
        found = [*self.first, *left.items(), *self.last]
        kept = found[-self.limit :] if self.limit >= 0 else found[: -self.limit]
        return Items(tuple(value for _, value in kept), tuple(key for key, _ in kept), live=False)


class Feeding(Node):
    """The place of a feed in a tree. What it shows is known only until the browser has been told.

    Arguments:
        source: whose items these are; equal when they are the same feed's.
    """

    __slots__ = ("edit", "source")
    content: Items | None

    def __init__(self, source: object) -> None:
        super().__init__()
        self.source = source
        self.edit: Edit | None = None
        """How it changes; nothing while `content` gives the whole."""


class Raw:
    """Markup that the application's author marked as safe."""

    __slots__ = ("html",)

    def __init__(self, html: str) -> None:
        self.html = html

    def __eq__(self, other: object) -> bool:
        return type(other) is Raw and other.html == self.html

    def __hash__(self) -> int:
        return hash(self.html)

    def __repr__(self) -> str:
        return f"Raw({self.html!r})"


class Items:
    """A list of children, with keys or matched by position.

    `live` tells that a component stands somewhere below.
    """

    __slots__ = ("keys", "live", "values")

    def __init__(self, values: tuple[Rendered, ...], keys: tuple[str | int, ...] | None, live: bool) -> None:
        self.values = values
        self.keys = keys
        self.live = live

    def __repr__(self) -> str:
        return f"Items({self.values!r}, keys={self.keys!r})"


class Block:
    """A template and the values of its slots; what `h.div(…)[…]` gives.

    Blocks are values: nothing changes them, so they may be kept and used again.
    """

    __slots__ = ("key", "live", "template", "values")

    def __init__(
        self, template: Template, values: tuple[typing.Any, ...], key: Key | None = None, live: bool = False
    ) -> None:
        self.template = template
        self.values = values
        self.key = key
        self.live = live

    def __getitem__(self, children: Child | tuple[Child, ...]) -> Block:
        """The same element with these children."""
        template = self.template
        if template.tag in VOID:
            raise build_error(f"<{template.tag}> cannot have children")
        if template.definition[2] != (len(template.kinds) - 1,):
            template = template.emptied()
        content = children_of(children, template.tag)
        if content is not None and template.tag in TEXT_ONLY:
            content = text_only(content, template.tag)
        kept = self.values[: len(template.kinds) - 1]
        return Block(template, (*kept, content), self.key, is_live(content))

    def __html__(self) -> str:
        """The element as markup, for template engines that know the `__html__` convention."""
        from .markup import render  # noqa: PLC0415  (the one upward look: a convenience for Jinja2 and others)

        return render(self)

    def __repr__(self) -> str:
        return f"<{self.template.tag}>{list(self.values)!r}"


class Fragment:
    """Several children that stand together without an element of their own; may have a key."""

    __slots__ = ("content", "key")

    def __init__(self, content: Rendered, key: Key | None) -> None:
        self.content = content
        self.key = key


Keyed: TypeAlias = tuple["str | int", Block]
"""An item of a list, with its key."""

Rendered: TypeAlias = str | Block | Raw | Items | Deferred | Node | Symbol | None
"""A child as the framework keeps it."""

Child: TypeAlias = Union[
    str,
    bool,
    int,
    float,
    Decimal,
    Block,
    Bare,
    Raw,
    Items,
    Deferred,
    Fragment,
    Symbol,
    "HasHtml",
    "Iterable[Child]",
    None,
]
"""What may be written between an element's brackets."""


class HasHtml(typing.Protocol):
    """Markup that is marked as safe, such as `markupsafe.Markup`."""

    def __html__(self) -> str: ...


_LIKE_A_TAG: Final = re.compile(r"<(?:[A-Za-z/!?]|\Z)")
_ENDS_RAW_TEXT: Final = re.compile(r"</(?:script|style)|<!--|<script", re.IGNORECASE)
_NUMBERS: Final = frozenset({int, float, Decimal})


def key_of(value: object, tag: str = "element") -> str | int:
    """A key in the form that the wire knows.

    Arguments:
        value: a string, an integer, or a UUID.
        tag: the element that it is for, for the message.

    Raises:
        BuildError: it is none of these, or an empty string.

    >>> key_of(7), key_of("a")
    (7, 'a')
    """
    kind = type(value)
    if kind is int:
        return value if -SAFE_INTEGER <= value <= SAFE_INTEGER else str(value)  # type: ignore[operator, return-value]
    if (why := why_tainted(value)) is not None:
        raise taint_error(f"cannot be the key of <{tag}>", why)
    if isinstance(value, str) and (text := str.__str__(value)) and text[0] != _IMPLICIT_KEY:
        return text
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    raise build_error(f"<{tag}>: a key is a string that is not empty, an integer or a UUID, not {value!r}")


def children_of(children: object, tag: str) -> Rendered:
    """What stands between an element's brackets, as one child.

    Raises:
        BuildError: a child of a wrong type, or two items with the same key.
    """
    if type(children) is tuple:
        if len(children) != 1:
            return items_of(children, tag) if children else None
        children = children[0]
    if isinstance(children, (Block, Deferred, Fragment)) and children.key is not None:
        return items_of((children,), tag)
    return child_of(children, tag)


def child_of(value: object, tag: str) -> Rendered:
    """One child, as the framework keeps it.

    Arguments:
        value: what the application wrote.
        tag: the element that it stands in, for messages.

    Raises:
        BuildError: a child of a wrong type.
    """
    kind = type(value)
    if kind is str:
        return value or None  # type: ignore[return-value]
    if kind is Block:
        return value  # type: ignore[return-value]
    if value is None or value is False:
        return None
    if kind in _NUMBERS:
        return str(value)
    if isinstance(value, (Deferred, Block, Raw, Items, Node)):
        return value
    if (why := why_tainted(value)) is not None:
        raise taint_error(f"cannot be a child of <{tag}>", why)
    if isinstance(value, Fragment):
        return value.content
    if isinstance(value, Symbol):
        return _symbol_of(value, tag)
    if isinstance(value, Bare):
        return value.block()
    if hasattr(kind, "__html__"):
        return Raw(str(value.__html__())) if value else None  # type: ignore[attr-defined]
    if isinstance(value, str):
        return str.__str__(value) or None
    if isinstance(value, Mapping):
        hint = f"attributes go in parentheses: h.{tag}({{…}})[…]"
        raise build_error(f"<{tag}>: a {kind.__name__} cannot be a child; {hint}")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray, memoryview)):
        return items_of(value, tag)
    raise build_error(_wrong_child(value, tag))


def _symbol_of(value: Symbol, tag: str) -> Symbol:
    """A child that the browser resolves."""
    if isinstance(value, Choice):
        choice = Choice(value.source, child_of(value.yes, tag), child_of(value.no, tag))
        if is_live(choice.yes) or is_live(choice.no):
            raise build_error(f"<{tag}>: a component cannot depend on what only the browser knows")
        return choice
    if isinstance(value, (Data, Progress)):
        return value
    if isinstance(value, Nonce):
        raise build_error(f"<{tag}>: nonce() is for the attribute nonce only")
    raise build_error(f'<{tag}>: {value!r} shows nothing by itself; write pending.then("Sending…", "Send")')


def _wrong_child(value: object, tag: str) -> str:
    kind = type(value).__name__
    hint = "write str(…) around it"
    if value is True:
        hint = "True shows nothing; write `condition and element`"
    elif isinstance(value, Listener):
        hint = "an action goes into an attribute: on_click=…"
    elif inspect.isawaitable(value):
        hint = "await it first"
    elif callable(value):
        hint = "call it, or render a component"
    return (
        f"<{tag}>: {value!r} ({kind}) cannot be a child; {hint}. "
        "Accepted: str, numbers, elements, components, None, False, safe markup, and iterables of these"
    )


def items_of(values: Iterable[object], tag: str) -> Items | None:
    """A list of children: keyed as soon as one item has a key.

    Raises:
        BuildError: a child of a wrong type, or two items with the same key.
    """
    rest = iter(values)
    first: list[typing.Any] = []
    for value in rest:
        first.append(value)
        if type(value) is not Block:
            break
    else:
        # As a rule these are rows with numbers, which need not be looked at one by one.
        numbers = list(map(_key_of, first))
        if set(map(type, numbers)) == {int} and -SAFE_INTEGER <= min(numbers) <= max(numbers) <= SAFE_INTEGER:
            return Items(tuple(first), _unique(numbers, tag), True in map(_live_of, first))
    items: list[Rendered] = []
    keys: list[str | int] | None = None
    live = False
    for value in chain(first, rest):
        item = child_of(value, tag)
        key: Key | None = value.key if isinstance(value, (Block, Deferred, Fragment)) else None
        live = live or is_live(item)
        if key is not None:
            if keys is None:
                keys = [f"{_IMPLICIT_KEY}{index}" for index in range(len(items))]
            keys.append(key_of(key, tag))
        elif keys is not None:
            keys.append(f"{_IMPLICIT_KEY}{len(items)}")
        items.append(item)
    return Items(tuple(items), None if keys is None else _unique(keys, tag), live) if items else None


def _unique(keys: list[str | int], tag: str) -> tuple[str | int, ...]:
    if len(set(keys)) != len(keys):
        seen: set[str | int] = set()
        twice = next(key for key in keys if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise build_error(f"<{tag}>: two items have the key {twice!r}; keys are unique in their list")
    return tuple(keys)


def text_only(content: Rendered, tag: str) -> str | None:
    """The content of an element in which a parser takes tags for text.

    What `<script>` and `<style>` hold is not escaped, so it must not be able to end them. Inside `<svg>` a
    parser sees tags in them too; so a text that nobody marked as safe must not hold anything like a tag.
    """
    parts: list[str] = []
    for part in _flat(content):
        text = part.html if isinstance(part, Raw) and tag in RAW_TEXT else part
        if type(text) is not str:
            raise build_error(f"<{tag}> takes text only, not {part!r}")
        if tag in RAW_TEXT and (_ENDS_RAW_TEXT if isinstance(part, Raw) else _LIKE_A_TAG).search(text):
            raise build_error(
                f"<{tag}>: this text could end the element early; "
                "put a space behind <, or write it as \\u003c in a script and \\3c in a style"
            )
        parts.append(text)
    whole = "".join(parts)
    if tag in RAW_TEXT:
        if _ENDS_RAW_TEXT.search(whole):
            raise build_error(f"<{tag}>: these texts together could end the element early")
        # A parser would do the same; and the lengths of texts have to agree.
        whole = whole.replace("\r\n", "\n").replace("\r", "\n")
    return whole or None


def _flat(child: Rendered) -> Iterable[Rendered]:
    if isinstance(child, Items):
        for value in child.values:
            yield from _flat(value)
    elif child is not None:
        yield child


def columns_of(values: Sequence[Rendered]) -> tuple[Template, list[tuple[typing.Any, ...]]] | None:
    """What each slot holds in many blocks of one template; `None`: something else is among them.

    Arguments:
        values: children, one at least; of components what they have rendered counts.

    >>> item = Template(("li", (("class", 0),), (1,)))
    >>> columns_of([Block(item, ("a", "one")), Block(item, ("b", "two"))])[1]
    [('a', 'b'), ('one', 'two')]
    """
    contents: typing.Any = values
    if type(values[0]) is not Block:
        contents = [value.content if isinstance(value, Node) else value for value in values]
    if set(map(type, contents)) != {Block} or len(set(map(_template_of, contents))) != 1:
        return None
    return contents[0].template, list(zip(*map(_values_of, contents), strict=True))


_key_of: Final = attrgetter("key")
_live_of: Final = attrgetter("live")
_template_of: Final = attrgetter("template")
_values_of: Final = attrgetter("values")


def is_live(child: Rendered) -> bool:
    """Whether a component stands in this child or below."""
    if isinstance(child, (Block, Items)):
        return child.live
    return isinstance(child, (Deferred, Node))
