"""Element expressions: `h.li(class_=kind)["Total: ", h.b[total]]` in a source, as one template.

An expression is taken apart into the template that it makes and the expressions of the values that fill it,
in the order in which they are evaluated. Whatever cannot be known before it runs stays as it is.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any, Final, TypeAlias

from ..attributes import plain_text
from ..blocks import (
    Block,
    Deferred,
    Definition,
    Fragment,
    Listener,
    Rendered,
    Template,
    child_of,
    children_of,
    items_of,
    text_only,
)
from ..builder import ElementFactory, calls
from ..elements import TEXT_ONLY, VOID
from ..errors import BuildError
from ..makers import Convert, maker

Resolve: TypeAlias = Callable[[ast.expr], object]
"""What a name or a chain of names stands for; `None` where that is not known."""

_LEFT: Final = frozenset({"noscript", "template"})
"""Elements whose content a browser keeps elsewhere."""
_ACTIONS: Final = frozenset({"action", "form_action", "formaction"})
_SUBMITTING: Final = frozenset({"button", "form", "input"})
_DYNAMIC: Final = frozenset({"bind", "hook"})
_READS: Final = (ast.Constant, ast.Name, ast.Attribute, ast.Load)
_KEYS: Final = (*_READS, ast.Subscript, ast.JoinedStr, ast.FormattedValue)


class Left(Exception):
    """An expression is not compiled; the message says why."""


@dataclass
class _Slot:
    """A value that is known when the expression runs.

    Arguments:
        expression: gives the value.
        convert: makes of it what the block holds.
        plain: whether a text that is not empty is that already.
    """

    expression: ast.expr
    convert: Convert
    plain: bool = False
    number: int = -1


@dataclass
class _Element:
    """An element as it is written.

    Arguments:
        factory: makes it when the program runs.
        line: where its call stands.
        keywords: what the call is given: values that are known now, or slots.
        static: the attributes that its template has besides.
        attributes: those of its template, by name.
        children: what stands between its brackets; `None`: it has none.
        key: its key.
        before_key: what is evaluated before that.
    """

    factory: ElementFactory
    line: int
    keywords: list[tuple[str, Any]]
    attributes: list[tuple[str, str | bool | _Slot]]
    children: list[Any] | None = None
    key: ast.expr | None = None
    before_key: list[ast.expr] = field(default_factory=list)

    def slots(self) -> list[_Slot]:
        """All of them, in the order of the template."""
        found = [value for _, value in self.attributes if isinstance(value, _Slot)]
        for child in self.children or ():
            found += (
                [child] if isinstance(child, _Slot) else child.slots() if isinstance(child, _Element) else []
            )
        return found


@dataclass
class _Constant:
    """A child that is known now.

    Arguments:
        value: as it is written.
        text: what it shows.
    """

    value: Any
    text: str


@dataclass
class Compiled:
    """A template, and how the expression that makes blocks of it is written.

    Arguments:
        template: the template.
        make: makes a block of the values.
        values: the expressions of the values, in order, and of the key.
    """

    template: Template
    make: Callable[..., Block]
    values: list[ast.expr] = field(default_factory=list)


class Reader:
    """Reads element expressions.

    Arguments:
        resolve: tells what names stand for.
        file: the source, for errors.
        function: the function that the expression stands in, for tracebacks.
    """

    def __init__(self, resolve: Resolve, file: str, function: str) -> None:
        self._resolve = resolve
        self._file = file
        self._function = function

    def factory(self, node: ast.expr) -> ElementFactory | None:
        """What makes the elements of an expression; `None`: it is no element expression."""
        if isinstance(node, ast.Subscript):
            node = node.value
        if isinstance(node, ast.Call):
            node = node.func
        found = self._resolve(node)
        return found if isinstance(found, ElementFactory) else None

    def read(self, node: ast.expr) -> Compiled | None:
        """What becomes of an expression; `None`: it makes no element.

        Raises:
            Left: it stays as it is.
        """
        if isinstance(node, (ast.Attribute, ast.Name)) or self.factory(node) is None:
            return None
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Subscript):
            return None
        element = self._element(node)
        if element.children is None and element.factory.tag not in VOID:
            # Its children may be given later.
            element.children = [_Slot(_constant(None, node), functools.partial(children_of, tag=""))]
        return self._compiled(element, node)

    def _compiled(self, element: _Element, node: ast.expr) -> Compiled:
        slots = element.slots()
        for number, slot in enumerate(slots):
            slot.number = number
        template = interned(_definition(element))
        key = element.key or _constant(None, node)
        if not slots and element.key is None:
            block = Block(template, ())
            return Compiled(template, lambda: block)
        is_first = not all(isinstance(part, _KEYS) for part in ast.walk(key))
        if is_first and not all(map(_is_read, element.before_key)):
            raise Left("its key is computed behind other attributes that are; give it a name before")
        make = maker(
            template,
            [slot.convert for slot in slots],
            {slot.number for slot in slots if slot.plain},
            self._fallback(element),
        )
        values = [slot.expression for slot in slots]
        for at, slot in enumerate(slots):
            if any(not _is_read(later) for later in values[at + 1 :]):
                values[at] = _soon(slot)
        if is_first:
            return Compiled(template, lambda key, *values: make(*values, key), [key, *values])
        return Compiled(template, make, [*values, key])

    def _element(self, node: ast.expr) -> _Element:
        factory = self.factory(node)
        if factory is None:
            raise Left("it is no element")
        tag = factory.tag
        if "-" in tag or tag in _LEFT:
            raise Left(f"what is in <{tag}> is not the page's own")
        call = node.value if isinstance(node, ast.Subscript) else node
        keywords = call.keywords if isinstance(call, ast.Call) else []
        if isinstance(call, ast.Call) and call.args:
            raise Left(f"<{tag}>: attributes in a dictionary are known when it runs")
        element = _Element(factory, call.lineno, [], [])
        given: dict[str, ast.expr] = {}
        for keyword in keywords:
            if keyword.arg is None:
                raise Left(f"<{tag}>: attributes after ** are known when it runs")
            if keyword.arg in _DYNAMIC:
                raise Left(f"<{tag}>: {keyword.arg}= stands for attributes that are known when it runs")
            if keyword.arg == "key":
                element.key, element.before_key = keyword.value, list(given.values())
            else:
                given[keyword.arg] = keyword.value
        self._attributes(element, given)
        if isinstance(node, ast.Subscript):
            element.children = self._children(tag, node.slice)
        return element

    def _attributes(self, element: _Element, given: dict[str, ast.expr]) -> None:
        tag = element.factory.tag
        names = {name: name for name in given}
        if tag in _SUBMITTING:
            names = self._submitting(tag, given)
        try:
            static, parts = element.factory.parts(tuple(names.values()))
        except (TypeError, ValueError) as error:
            raise Left(str(error)) from None
        element.attributes += static
        for (keyword, name), part in zip(names.items(), parts, strict=True):
            expression = given[keyword]
            convert = part.convert if name == keyword else functools.partial(_action, part.convert)
            if isinstance(expression, ast.Constant) and part.name[0] not in ".@" and part.name != "style":
                element.keywords.append((keyword, expression.value))
                try:
                    value = convert(expression.value)
                except (TypeError, ValueError) as error:
                    raise Left(str(error)) from None
                if value is not None:
                    element.attributes.append((part.name, value))
                continue
            is_listener = part.name[0] == "@" and name == keyword
            slot = _Slot(expression, convert, plain=is_listener or plain_text(part.name))
            element.keywords.append((keyword, slot))
            element.attributes.append((part.name, slot))

    def _submitting(self, tag: str, given: dict[str, ast.expr]) -> dict[str, str]:
        """The names of attributes by keyword: an action of a form or button is an event.

        Raises:
            Left: which of them there are is known when it runs.
        """
        if "on_submit" in given:
            raise Left(f"<{tag}>: what on_submit= makes of it is known when it runs")
        kind = given.get("type")
        if "on_click" in given and kind is not None and tag == "button":
            if not isinstance(kind, ast.Constant) or kind.value != "button":
                raise Left("<button>: its type decides what on_click= may be")
            del given["type"]
        names: dict[str, str] = {}
        for name, expression in given.items():
            is_address = isinstance(expression, (ast.Constant, ast.JoinedStr))
            names[name] = "on_submit" if name in _ACTIONS and not is_address else name
        if list(names.values()).count("on_submit") > 1:
            raise Left(f"<{tag}>: it has two actions")
        return names

    def _children(self, tag: str, node: ast.expr) -> list[Any]:
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        if any(isinstance(part, ast.Slice) for part in parts):
            raise Left(f"<{tag}>: a slice is no child")
        if tag in TEXT_ONLY:
            return [_Slot(node, functools.partial(_text, tag=tag))]
        if any(isinstance(part, ast.Starred) or _has_key(part) for part in parts):
            return [_Slot(node, functools.partial(children_of, tag=tag))]
        return [self._child(tag, part, sole=len(parts) == 1) for part in parts]

    def _child(self, tag: str, node: ast.expr, *, sole: bool) -> Any:
        if isinstance(node, ast.Constant):
            try:
                text = child_of(node.value, tag)
            except BuildError as error:
                raise Left(str(error).splitlines()[0]) from None
            return _Constant(node.value, text if type(text) is str else "")
        factory = self.factory(node)
        if factory is not None:
            bare = _Element(factory, node.lineno, [], [])
            if isinstance(node, (ast.Attribute, ast.Name)):
                return (
                    bare
                    if factory.tag not in _LEFT and "-" not in factory.tag
                    else self._slot(tag, node, sole)
                )
            if not (isinstance(node, ast.Subscript) and isinstance(node.value, ast.Subscript)):
                try:
                    return self._element(node)
                except Left:
                    pass  # it is made when the program runs, in the place of a child
        return self._slot(tag, node, sole)

    def _slot(self, tag: str, node: ast.expr, sole: bool) -> _Slot:
        return _Slot(node, functools.partial(children_of if sole else _sibling, tag=tag), plain=True)

    def _fallback(self, element: _Element) -> Callable[..., Any]:
        """The same with the builder, of the values that the expressions have given."""

        def build(each: _Element, values: Sequence[Any], key: Any) -> Any:
            given = {name: values[it.number] if isinstance(it, _Slot) else it for name, it in each.keywords}
            if key is not None:
                given["key"] = key
            call, fill = _steps(self._file, each.line, self._function)
            made = call(each.factory, given)
            if each.children is None:
                return made
            children = tuple(
                values[child.number]
                if isinstance(child, _Slot)
                else build(child, values, None)
                if isinstance(child, _Element)
                else child.value
                for child in each.children
            )
            return fill(made, children[0] if len(children) == 1 else children)

        return lambda *values: build(element, values, values[-1])


def _soon(slot: _Slot) -> ast.expr:
    """An expression whose value is gone through at once, if it can be gone through only once.

    Otherwise what stands behind it would be evaluated before what it gives.
    """
    node = slot.expression
    is_child = getattr(slot.convert, "func", None) in (children_of, _sibling)
    if not is_child or isinstance(
        node, (ast.Constant, ast.JoinedStr, ast.Compare, ast.Attribute, ast.ListComp)
    ):
        return node
    call = ast.Call(func=ast.Constant(SOON), args=[node], keywords=[])
    if not isinstance(node, ast.Name):
        return ast.copy_location(call, node)
    # A local variable costs less to look at than to hand over.
    again = ast.Name(id=node.id, ctx=ast.Load())
    test = ast.Compare(
        left=ast.Attribute(value=again, attr="__class__", ctx=ast.Load()),
        ops=[ast.In()],
        comparators=[ast.Constant(PLAIN)],
    )
    return ast.copy_location(ast.IfExp(test=test, body=node, orelse=call), node)


SOON: Final = "\0reactor soon"
PLAIN: Final = "\0reactor plain"
"""Constants that no program has; something else stands in their place in the end."""


def soon(value: Any) -> Any:
    """What can be gone through only once, gone through."""
    if hasattr(value, "__next__"):
        return items_of(value, "element")
    return value


def _sibling(value: Any, tag: str) -> Rendered:
    if isinstance(value, (Block, Deferred, Fragment)) and value.key is not None:
        raise TypeError("siblings with keys are a list")
    return child_of(value, tag)


def _text(value: Any, tag: str) -> Rendered:
    content = children_of(value, tag)
    return None if content is None else text_only(content, tag)


def _action(convert: Convert, value: Any) -> Any:
    if not isinstance(value, (Listener, list, tuple)) or not calls(value):
        raise TypeError("an address, or what is no action")
    return convert(value)


def _is_read(node: ast.expr) -> bool:
    """Whether evaluating it does nothing: a constant, a name, an attribute."""
    return all(isinstance(part, _READS) for part in ast.walk(node))


def _has_key(node: ast.expr) -> bool:
    """Whether it is a call of something with a key: then it stands in a list."""
    if isinstance(node, ast.Subscript):
        node = node.value
    return isinstance(node, ast.Call) and any(keyword.arg == "key" for keyword in node.keywords)


def _constant(value: Any, at: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Constant(value), at)


def _definition(element: _Element) -> Definition:
    attributes = tuple(
        (name, value.number if isinstance(value, _Slot) else value) for name, value in element.attributes
    )
    children: list[str | int | Definition] = []
    for child in element.children or ():
        if isinstance(child, _Slot):
            children.append(child.number)
        elif isinstance(child, _Element):
            children.append(_definition(child))
        elif children and isinstance(children[-1], str):
            children[-1] += child.text
        elif child.text:
            children.append(child.text)
    return (element.factory.tag, attributes, tuple(children))


_templates: Final[dict[str, Template]] = {}


def interned(definition: Definition) -> Template:
    """The template of a definition; for equal ones the same."""
    known = repr(definition)  # 1 and True are equal, and not the same
    template = _templates.get(known)
    if template is None:
        template = _templates[known] = Template(definition)
    return template


_call: Final[FunctionType] = lambda factory, given: factory(**given)  # type: ignore[assignment]  # noqa: E731
_fill: Final[FunctionType] = lambda element, children: element[children]  # type: ignore[assignment]  # noqa: E731


@functools.lru_cache(1000)
def _steps(file: str, line: int, function: str) -> tuple[FunctionType, FunctionType]:
    """What makes an element and fills it, as if it stood in this line: errors tell it."""

    def placed(step: FunctionType) -> FunctionType:
        code: CodeType = step.__code__
        code = code.replace(co_filename=file, co_firstlineno=line, co_name=function, co_qualname=function)
        return FunctionType(code, {})

    return placed(_call), placed(_fill)
