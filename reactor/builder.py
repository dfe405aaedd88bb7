"""What makes elements of attributes and children; `reactor.html` is its face."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from . import attributes as attribute_rules
from . import hooks
from .blocks import (
    Bare,
    Block,
    Child,
    Definition,
    Expansion,
    Fragment,
    Key,
    Listener,
    Template,
    children_of,
    key_of,
)
from .effects import steps_of
from .elements import PROPERTIES, VOID
from .errors import build_error
from .symbols import Symbol
from .taint import refuse_tainted

_TEMPLATES_PER_ELEMENT = 2_000
"""How many sets of attribute names an element remembers; names made from data must not fill the memory."""

_Convert = Callable[[Any], Any]


class Part(NamedTuple):
    """One attribute, property or event of an element: its name in a template, and what makes its value."""

    name: str
    convert: _Convert


class _Shape:
    """An element with one set of attribute names: its template, and what turns each argument into a value."""

    __slots__ = ("converts", "template")

    def __init__(self, template: Template, converts: tuple[_Convert, ...]) -> None:
        self.template = template
        self.converts = converts


class ElementFactory(Bare):
    """What makes one kind of element: `h.div`.

    Arguments:
        tag: the element's name in markup.
    """

    __slots__ = ("_bare", "_shapes", "tag")

    def __init__(self, tag: str) -> None:
        attribute_rules.check_tag(tag)
        self.tag = tag
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        self._bare: Block | None = None

    def __call__(
        self, named: Mapping[str, Any] | None = None, /, *, key: Key | None = None, **attributes: Any
    ) -> Block:
        """The element with these attributes.

        Arguments:
            named: attributes whose names are no keywords, by their name in markup.
            key: what identifies the element in its list.
            attributes: all others.

        Raises:
            BuildError: a name or value that the element cannot have; the message tells the line.
        """
        if named is not None:
            attributes = {**self._keywords(named), **attributes}
        if "bind" in attributes and isinstance(attributes["bind"], Expansion):
            attributes = attributes.pop("bind").expand(self.tag, attributes)
        names = tuple(attributes)
        if self.tag in _SUBMITTING:
            names, attributes = self._actions(names, attributes)
        shape = self._shapes.get(names)
        try:
            if shape is None:
                shape = self._shape(names)
            values = [
                convert(value) for convert, value in zip(shape.converts, attributes.values(), strict=True)
            ]
        except (TypeError, ValueError) as error:
            raise build_error(str(error)) from None
        if shape.template.child_slots:
            values.append(None)
        if key is not None:
            key = key_of(key, self.tag)
        return Block(shape.template, tuple(values), key)

    def __getitem__(self, children: Child | tuple[Child, ...]) -> Block:
        """The element without attributes, with these children."""
        return self.block()[children]

    def block(self) -> Block:
        """The element without attributes and children."""
        if self._bare is None:
            self._bare = self()
        return self._bare

    def __repr__(self) -> str:
        return f"h.{self.tag}"

    def _keywords(self, named: object) -> dict[str, Any]:
        if not isinstance(named, Mapping):
            raise build_error(
                f"<{self.tag}>: children go in brackets, attributes in parentheses: "
                f"h.{self.tag}(…)[{named!r}]"
            )
        for name in named:
            if type(name) is not str:
                refuse_tainted(name, f"be the name of an attribute of <{self.tag}>")
            if not isinstance(name, str):
                raise build_error(f"<{self.tag}>: the name of an attribute is a string, not {name!r}")
        # A name that a keyword could not mean is marked, so that it stays as it is.
        return {
            name if name.startswith("on_") or attribute_rules.name_of(name) == name else f"={name}": value
            for name, value in named.items()
        }

    def _actions(
        self, names: tuple[str, ...], attributes: dict[str, Any]
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        """What the spellings of forms mean.

        `action=` and `form_action=` with an action are submit events; and `type="button"` is what a button
        with `on_click` has anyway.
        """
        if self.tag == "button" and attributes.get("type") == "submit" and calls(attributes.get("on_click")):
            raise build_error(
                "<button>: with on_click it does not submit its form; give form_action=… instead, "
                "or action=… to the form"
            )
        renamed: dict[str, Any] = {}
        for name, value in attributes.items():
            if name in ("action", "form_action", "formaction") and isinstance(value, _HANDLERS):
                if not isinstance(value, Mapping) and not calls(value):
                    raise build_error(
                        f"<{self.tag}>: {name} takes an action, and effects around it; effects alone go into "
                        f"{'on_submit' if name == 'action' else 'on_click'}"
                    )
                if "on_submit" in attributes:
                    raise build_error(f"<{self.tag}>: {name} and on_submit both give an action; keep one")
                renamed["on_submit"] = value
            elif name == "type" and value == "button" and self.tag == "button" and "on_click" in attributes:
                continue
            else:
                renamed[name] = value
        heard = renamed.get("on_submit")
        if self.tag == "form" and heard and isinstance(heard, _HANDLERS) and not calls(heard):
            if "action" not in renamed and "method" not in renamed:
                raise build_error(
                    "<form on_submit>: effects alone do not say where the form goes; "
                    'give action=self.method, an address, or method="dialog"'
                )
            renamed.setdefault("method", "get")
        return tuple(renamed), renamed

    def parts(self, names: tuple[str, ...]) -> tuple[list[tuple[str, str | bool]], list[Part]]:
        """What a set of attribute names makes of this element.

        Arguments:
            names: the keywords.

        Returns:
            The attributes that it has besides, and one part for each name.

        Raises:
            TypeError, ValueError: a name that the element cannot have.
        """
        tag = self.tag
        static: list[tuple[str, str | bool]] = []
        if tag == "button" and "on_click" in names and "type" not in names:
            static.append(("type", "button"))
        if tag == "form" and "on_submit" in names and "method" not in names:
            static.append(("method", "post"))
        parts: list[Part] = []
        taken: set[str] = set()
        hooked = "hook" in names
        for keyword in names:
            if keyword.startswith("on_"):
                event = hooks.event_of(tag, keyword, own=hooked or "-" in tag)
                name, convert = f"@{event}", _listener(tag, event)
            elif hooked and (of_hook := hooks.converter(tag, keyword)):
                name, convert = of_hook
            else:
                name = keyword[1:] if keyword[0] == "=" else attribute_rules.name_of(keyword)
                attribute_rules.check_name(tag, name)
                if name in PROPERTIES.get(tag, ()):
                    name, convert = f".{name}", _property(tag, name)
                else:
                    convert = functools.partial(attribute_rules.attribute_value, tag, name)
            if name in taken:
                raise ValueError(f"<{tag}>: {keyword} is given twice")
            taken.add(name)
            parts.append(Part(name, convert))
        return static, parts

    def _shape(self, names: tuple[str, ...]) -> _Shape:
        """The template and converters of a set of attribute names."""
        static, parts = self.parts(names)
        attributes = (*static, *((part.name, slot) for slot, part in enumerate(parts)))
        children: tuple[int, ...] = () if self.tag in VOID else (len(names),)
        definition: Definition = (self.tag, attributes, children)
        if len(self._shapes) >= _TEMPLATES_PER_ELEMENT:
            self._shapes.clear()
        shape = _Shape(Template(definition), tuple(part.convert for part in parts))
        self._shapes[names] = shape
        return shape


class FragmentFactory:
    """`h.fragment(key=…)[…]`: several children without an element around them."""

    __slots__ = ("_key",)

    def __init__(self, key: Key | None = None) -> None:
        self._key = key

    def __call__(self, *, key: Key | None = None) -> "FragmentFactory":
        """The same, with a key."""
        return FragmentFactory(key)

    def __getitem__(self, children: Child | tuple[Child, ...]) -> Fragment:
        return Fragment(children_of(children, "fragment"), self._key)


def _property(tag: str, name: str) -> _Convert:
    """What turns an argument into the value of a property: text for `value`, else `True` or `None`."""

    def convert(argument: Any) -> Any:
        value = attribute_rules.attribute_value(tag, name, argument)
        if name != "value" and not isinstance(value, Symbol):
            return None if value is None else True
        if value is True:
            raise TypeError(f"<{tag} value>: takes text or a number, not True")
        return value

    return convert


def _listener(tag: str, event: str) -> _Convert:
    def convert(value: Any) -> Any:
        if value is None or value is False:
            return None
        if isinstance(value, Listener):
            return value.placed()
        if isinstance(value, (list, tuple)):
            try:
                steps = steps_of(value)
                return steps and steps.placed()
            except (TypeError, ValueError) as error:
                raise type(error)(f"<{tag} on_{event}>: {error}") from None
        if (
            isinstance(value, Mapping)
            and value
            and all(isinstance(each, _SEVERAL) for each in value.values())
        ):
            if not event.startswith("key"):
                raise TypeError(f"<{tag} on_{event}>: key combinations belong to on_keydown and on_keyup")
            heard = {combination: convert(item) for combination, item in value.items()}
            return {combination: item for combination, item in heard.items() if item is not None} or None
        raise TypeError(
            f"<{tag} on_{event}>: {value!r} is no action; "
            f"write on_{event}=self.method with @action on the method"
        )

    return convert


def calls(value: object) -> bool:
    """Whether what stands in an `on_…` attribute makes a call; effects alone do not."""
    if isinstance(value, (list, tuple)):
        return any(map(calls, value))
    return isinstance(value, Listener) and value.called() is not None


_SUBMITTING = frozenset({"form", "button", "input"})
_SEVERAL = (Listener, list, tuple)
_HANDLERS = (*_SEVERAL, Mapping)
