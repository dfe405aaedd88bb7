"""Blocks to HTML: a join of static strings and escaped values.

Each template is compiled once to a *program*: static strings with one instruction between two of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

from markupsafe import escape as _escape

from .blocks import Block, Definition, Items, Listener, Node, Raw, Rendered, Template, columns_of
from .elements import RAW_TEXT, VOID
from .protocol import CALL_FIELD, PAGE_FORM, RAW_END, RAW_START, STATE_FIELD
from .symbols import Symbol
from .taint import refuse_tainted

Call: TypeAlias = Callable[[list["str | int"], "Listener", tuple["str | int", ...]], str]
"""Makes the text of a `$call` field from an address, the listener there, and the keys on the way."""

_ATTRIBUTE: Final = 0
_STYLE: Final = 1
_CHILD: Final = 2
_FORM: Final = 3
_SUBMITTER: Final = 4
_STATE: Final = 14
_BUTTON: Final = 5
_SELECT: Final = 6
_OPTION: Final = 7
_TEXTAREA: Final = 8
_RAW_TEXT: Final = 9
_FORM_END: Final = 10
_CONTROL: Final = 11
_VALUE: Final = 12
_FORM_TAG: Final = 13

_NOT_SHOWN_AGAIN: Final = frozenset({"password", "file", "hidden", "submit", "button", "reset", "image"})
"""Types of inputs whose content is not filled in again."""

_Step: TypeAlias = tuple[str, int, int, Any]
"""A static string, then an instruction, its slot, and what else it needs."""

_Program: TypeAlias = tuple[tuple[_Step, ...], str]
"""The steps of a template, and the static string after the last."""

_LEADING_NEWLINE_IS_DROPPED: Final = frozenset({"pre", "textarea", "listing"})
_SPACES: Final = re.compile("[ \\t\\n\\f\\r]+")
_SPECIAL: Final = re.compile("[&<>\"'\r\0]")
_SPECIALS: Final = ("&", "<", ">", '"', "'", "\r", "\0")
_SHORT: Final = 100
_MANY: Final = 4
"""Items from which on it is worth while to look whether they are alike."""
_OF_ROWS: Final = frozenset({_ATTRIBUTE, _STYLE, _CHILD})
_TEXTS: Final = frozenset({str, type(None)})


class Typed:
    """What was typed into a form that is shown again, as its action refused it.

    Arguments:
        address: that of the form's handler, or of its button's.
        entries: the form's entries.
    """

    def __init__(self, address: Sequence[str | int], entries: Iterable[tuple[str, str]]) -> None:
        self.address = list(address)
        self.values: dict[str, list[str]] = {}
        for name, value in entries:
            self.values.setdefault(name, []).append(value)


class Forms:
    """What lets a page's forms and buttons work without JavaScript.

    Arguments:
        state: the sealed state as text.
        call: makes the text of a `$call` field.
        typed: what was typed into a form that is shown again.
        query: that of the page's address.
        called: whether the address that was asked for has a call in it, which must not be made again.
    """

    def __init__(
        self, state: str, call: Call, typed: Typed | None = None, query: str = "", *, called: bool = False
    ) -> None:
        self.query = query
        self.called = called
        self.typed = typed
        self.state = state
        self.call = call
        self.page_form = False
        """Whether a button needs the page's own form."""

    @property
    def target(self) -> str:
        """The attribute that sends a form to the page's address, where that is not the one in the browser."""
        return f' action="{escape(f"?{self.query}")}"' if self.called else ""


def render(
    child: Rendered, *, forms: Forms | None = None, styles: bool = True, path: Sequence[str | int] = ()
) -> str:
    """The HTML of a child.

    Arguments:
        child: the tree; components in it are mounted.
        forms: makes forms and buttons work without JavaScript; `None` leaves that out.
        styles: whether `style` attributes are written; a strict Content-Security-Policy forbids them.
        path: the address of the child in its view.

    >>> from reactor import html as h
    >>> render(h.p(title='"')["1 < 2", h.br])
    '<p title="&#34;">1 &lt; 2<br></p>'
    """
    writer = _Writer(forms, styles, path)
    writer.child(child)
    return "".join(writer.out)


def escape(text: str) -> str:
    """Text for HTML. What the parser would change (a carriage return, NUL) is written as a reference."""
    # Most texts are short and need nothing; to see that takes a quarter of the time of a `Markup`.
    if type(text) is not str:
        refuse_tainted(text, "be written into a page")
    if len(text) < _SHORT and _SPECIAL.search(text) is None:
        return text
    escaped = str(_escape(text))
    if "\r" in escaped or "\0" in escaped:
        return escaped.replace("\r", "&#13;").replace("\0", "&#65533;")
    return escaped


def escaped(texts: Sequence[str]) -> Sequence[str]:
    """Texts for HTML; one look at all of them tells whether there is anything to escape."""
    whole = "".join(texts)
    return [escape(text) for text in texts] if any(special in whole for special in _SPECIALS) else texts


class _Writer:
    __slots__ = ("again", "enctype", "forms", "in_form", "keys", "out", "path", "selected", "styles", "typed")

    def __init__(self, forms: Forms | None, styles: bool, path: Sequence[str | int]) -> None:
        self.out: list[str] = []
        self.forms = forms
        self.styles = styles
        self.path: list[str | int] = list(path)
        self.keys: tuple[str | int, ...] = ()
        self.in_form = False
        """Whether a form with an action of its own is being written."""
        self.enctype: int | None = None
        """Where its encoding is written if a field for files comes."""
        self.selected: str | None = None
        """The value of the `<select>` that is being written."""
        self.typed: dict[str, list[str]] | None = None
        """What was typed into the form that is being written, by name."""
        self.again: list[str] | None = None
        """What was typed into the field that is being written."""

    def child(self, child: Rendered) -> None:
        kind = type(child)
        if kind is str:
            self.out.append(escape(child))  # type: ignore[arg-type]
        elif kind is Block:
            self.block(child)  # type: ignore[arg-type]
        elif child is None:
            return
        elif kind is Items:
            self.items(child)  # type: ignore[arg-type]
        elif isinstance(child, Node):
            self.child(child.content)
        elif isinstance(child, Raw):
            self.out.append(f"{RAW_START}{child.html}{RAW_END}")
        elif isinstance(child, Block):
            self.block(child)
        elif isinstance(child, Symbol):
            self.child(child.idle())
        else:
            raise TypeError(f"{child!r} is not mounted")

    def items(self, items: Items) -> None:
        if len(items.values) >= _MANY and self.rows(items.values):
            return
        path, keys = self.path, items.keys
        outer = self.keys
        for index, value in enumerate(items.values):
            if keys is None:
                path.append(index)
                self.child(value)
            else:
                key = keys[index]
                path.append(key)
                self.keys = (*outer, key)
                self.child(value)
            path.pop()
        self.keys = outer

    def rows(self, values: Sequence[Rendered]) -> bool:
        """Writes items column by column, if they are of one template and hold nothing but text.

        Returns:
            Whether they are; otherwise nothing is written.
        """
        table = columns_of(values)
        if table is None:
            return False
        template, columns = table
        steps, end = program_of(template)
        if any(step[1] not in _OF_ROWS for step in steps):
            return False
        row = [""]
        filled: dict[int, Sequence[str]] = {}
        for static, instruction, slot, extra in steps:
            row[-1] += static
            if instruction == _STYLE and not self.styles:
                continue
            column, kinds = columns[slot], set(map(type, columns[slot]))
            if not kinds <= _TEXTS or (instruction == _CHILD and extra):
                return False
            if instruction == _CHILD:
                filled[len(row)] = escaped(column if None not in column else [text or "" for text in column])
            elif kinds != {type(None)}:
                filled[len(row)] = ["" if text is None else f'{extra}{escape(text)}"' for text in column]
            else:
                continue
            row += ("", "")
        row[-1] += end
        # All rows with nothing in their slots, then slot by slot: that is half of the time of a `zip`.
        written = row * len(values)
        for index, texts in filled.items():
            written[index :: len(row)] = texts
        self.out += written
        return True

    def block(self, block: Block) -> None:
        steps, end = program_of(block.template)
        out, values = self.out, block.values
        for static, instruction, slot, extra in steps:
            out.append(static)
            if instruction == _ATTRIBUTE:
                value = values[slot]
                if isinstance(value, Symbol):
                    value = value.idle()
                if value is None or value is False:
                    continue
                out.append(f'{extra}"' if value is True else f'{extra}{escape(value)}"')
            elif instruction == _CHILD:
                value = values[slot]
                if type(value) is str and not extra:
                    out.append(escape(value))
                elif value is not None:
                    start = len(out)
                    self.path.append(slot)
                    self.child(value)
                    self.path.pop()
                    if extra and next(filter(None, out[start:]), "")[:1] == "\n":
                        out.insert(start, "\n")
            else:
                self.special(instruction, slot, extra, values)
        out.append(end)

    def special(self, instruction: int, slot: int, extra: Any, values: tuple[Any, ...]) -> None:
        """The rarer instructions."""
        out = self.out
        if any(isinstance(value, Symbol) for value in values):
            values = tuple(value.idle() if isinstance(value, Symbol) else value for value in values)
        if instruction == _STYLE:
            if self.styles and values[slot] is not None:
                out.append(f'{extra}{escape(values[slot])}"')
        elif instruction in (_FORM, _SUBMITTER, _BUTTON, _STATE):
            self.submission(instruction, slot, extra, values[slot])
        elif instruction == _FORM_TAG:
            out.append(self.forms.target if self.forms is not None else "")
            self.enctype = len(out) - 1 if extra and self.forms is not None else None
        elif instruction == _FORM_END:
            self.typed, self.in_form, self.enctype = None, False, None
        elif instruction == _CONTROL:
            self.control(extra, values)
        elif instruction == _VALUE:
            value = values[slot]
            if self.again is None and value is not None and value is not False:
                text = "" if extra or value is True else escape(value)
                out.append(f' {"checked" if extra else "value"}="{text}"')
        elif instruction == _SELECT:
            self.selected = values[slot] if slot >= 0 else None
            if slot >= 0 and self.again is not None:
                self.selected = self.again[-1] if self.again else None
        elif instruction == _OPTION:
            if self.selected is not None and self.selected == _option_value(extra, values):
                out.append(' selected=""')
                self.selected = None  # of two options with the same value the first is selected
        elif instruction == _TEXTAREA:
            value = values[slot] if self.again is None else "".join(self.again[-1:])
            if value:
                out.append(("\n" if value[0] == "\n" else "") + escape(value))
        elif instruction == _RAW_TEXT:
            out.append(values[slot] or "")

    def control(self, extra: tuple[Any, Any, Any, str], values: tuple[Any, ...]) -> None:
        """Notes what was typed into a field before; an input gets it here, instead of its own value."""
        self.again = None
        name, kind, value = (values[part] if type(part) is int else part for part in extra[:3])
        if self.enctype is not None and kind == "file":
            # Only so does a browser send more of a file than its name.
            self.out[self.enctype] += ' enctype="multipart/form-data"'
            self.enctype = None
        if self.typed is None:
            return
        if type(name) is not str or kind in _NOT_SHOWN_AGAIN:
            return
        checkable = kind in ("checkbox", "radio")
        self.again = self.typed.get(name, [] if checkable or extra[3] == "select" else None)
        if extra[3] != "input":
            return
        if checkable and self.again is not None:
            self.out.append(f' value="{escape(value)}"' if isinstance(value, str) else "")
            self.out.append(' checked=""' if (value or "on") in self.again else "")
        elif self.again:
            # Repeated names are filled in order.
            self.out.append(f' value="{escape(self.again[0])}"')
            self.typed[name] = self.again[1:] if len(self.again) > 1 else self.again

    def submission(self, instruction: int, slot: int, named: bool, listener: object) -> None:
        """What makes a form or button call its action without JavaScript."""
        out, forms = self.out, self.forms
        if forms is None or not isinstance(listener, Listener) or listener.called() is None:
            out.append(' type="button"' if instruction == _BUTTON else "")
            return
        if instruction == _STATE:
            if not self.in_form:
                out.append(f'<input type="hidden" name="{STATE_FIELD}" value="{forms.state}">')
            return
        typed = forms.typed
        if instruction == _FORM and typed is not None and typed.address[: len(self.path)] == self.path:
            self.typed = dict(typed.values)
        call = escape(forms.call([*self.path, slot], listener, self.keys))
        state = f'<input type="hidden" name="{STATE_FIELD}" value="{forms.state}">'
        if instruction == _FORM:
            self.in_form = True
            out.append(state)
            out.append(f'<input type="hidden" name="{CALL_FIELD}" value="{call}">')
        elif instruction == _SUBMITTER:
            out.append(self.named_call(call, named or (forms.called and not self.in_form)))
            if not self.in_form:
                # The form has no action of its own: its button brings what makes one.
                out.append(' formmethod="post"')
        else:
            forms.page_form = True
            out.append(f' type="submit" form="{PAGE_FORM}"{self.named_call(call, named)}')

    def named_call(self, call: str, named: bool) -> str:
        """What a button brings its call with: name and value, or an address where it has these itself."""
        if not named:
            return f' name="{CALL_FIELD}" value="{call}"'
        query = f"{self.forms.query}&" if self.forms is not None and self.forms.query else ""
        return f' formaction="{escape(f"?{query}{CALL_FIELD}={call}")}"'


def _option_value(extra: tuple[str | bool | int | None, tuple[Any, ...]], values: tuple[Any, ...]) -> str:
    """The value that an option has in a browser: that of its attribute, or else its text."""
    value, children = extra
    given: Any = values[value] if type(value) is int else value
    if given is not None:
        return "" if given is True else str(given)
    return _SPACES.sub(" ", _text(children, values)).strip(" ")


def _text(children: tuple[Any, ...], values: tuple[Any, ...]) -> str:
    texts: list[str] = []
    for child in children:
        if isinstance(child, tuple):
            texts.append(_text(child[2], values))
        else:
            texts.append(child if isinstance(child, str) else _text_of(values[child]))
    return "".join(texts)


def _text_of(child: Rendered) -> str:
    if isinstance(child, str):
        return child
    if isinstance(child, Items):
        return "".join(map(_text_of, child.values))
    if isinstance(child, Block):
        return _text(child.template.definition[2], child.values)
    if isinstance(child, Symbol):
        return _text_of(child.idle())
    return _text_of(child.content) if isinstance(child, Node) else ""


def page_form(forms: Forms) -> str:
    """The form that buttons with `on_click` belong to in a browser without JavaScript."""
    return (
        f'<form id="{PAGE_FORM}" method="post"{forms.target} hidden>'
        f'<input type="hidden" name="{STATE_FIELD}" value="{forms.state}"></form>'
    )


def program_of(template: Template) -> _Program:
    """The program of a template; it is compiled once."""
    program: _Program | None = template.program  # type: ignore[assignment]
    if program is None:
        program = template.program = compile_template(template)
    return program


def compile_template(template: Template) -> _Program:
    """The program of a template: its steps, and the static string after the last."""
    compiler = _Compiler()
    compiler.element(template.definition)
    return tuple(compiler.steps), "".join(compiler.static)


class _Compiler:
    def __init__(self) -> None:
        self.steps: list[_Step] = []
        self.static: list[str] = []

    def step(self, instruction: int, slot: int, extra: Any = None) -> None:
        self.steps.append(("".join(self.static), instruction, slot, extra))
        self.static.clear()

    def element(self, element: Definition) -> None:
        tag, attributes, children = element
        names = dict(attributes)
        click = names.get("@click")
        submit = names.get("@submit")
        fallback = tag == "button" and type(click) is int and names.get("type") == "button"
        if tag in ("button", "input") and type(submit) is int:
            self.step(_STATE, submit)
        self.static.append(f"<{tag}")
        content: int | None = None
        if tag in ("input", "textarea", "select"):
            own = names.get(".value", names.get("value"))
            self.step(_CONTROL, -1, (names.get("name"), names.get("type"), own, tag))
        for name, value in attributes:
            if type(value) is not int:
                if not (fallback and name == "type"):
                    self.static.append(f" {name}" + ('=""' if value is True else f'="{escape(str(value))}"'))
            elif name[0] == "@":
                continue
            elif name == ".value" and tag == "textarea":
                content = value
            elif name == ".value" and tag == "select":
                self.step(_SELECT, value)
            elif name == "style":
                self.step(_STYLE, value, ' style="')
            elif tag == "input" and name in (".value", ".checked"):
                self.step(_VALUE, value, name == ".checked")
            elif name != ".indeterminate":
                self.step(_ATTRIBUTE, value, f' {name.lstrip(".")}="')
        if tag == "option" and ".selected" not in names:
            self.step(_OPTION, -1, (names.get("value"), children))
        if fallback and type(click) is int:
            self.step(_BUTTON, click, "name" in names)
        elif tag in ("button", "input") and type(submit) is int:
            self.step(_SUBMITTER, submit, tag == "input" or "name" in names)
        if tag == "form" and type(submit) is int and "action" not in names:
            self.step(_FORM_TAG, submit, "enctype" not in names)
        self.static.append(">")
        if tag in VOID:
            return
        if tag in _LEADING_NEWLINE_IS_DROPPED and len(children) > 1 and type(children[0]) is int:
            self.static.append("\n")  # which of its children is the first is not known before
        if tag == "form" and type(submit) is int:
            self.step(_FORM, submit, False)
        if content is not None:
            self.step(_TEXTAREA, content)
        self.children(tag, children, skip_slots=content is not None)
        self.static.append(f"</{tag}>")
        if tag == "select" and ".value" in names:
            self.step(_SELECT, -1)
        if tag == "form" and type(submit) is int:
            self.step(_FORM_END, submit)

    def children(self, tag: str, children: tuple[Any, ...], *, skip_slots: bool) -> None:
        for index, child in enumerate(children):
            if type(child) is tuple:
                self.element(child)
            elif type(child) is int:
                if tag in RAW_TEXT:
                    self.step(_RAW_TEXT, child)
                elif not skip_slots:
                    self.step(_CHILD, child, len(children) == 1 and tag in _LEADING_NEWLINE_IS_DROPPED)
            elif tag in RAW_TEXT:
                self.static.append(child)
            else:
                lead = "\n" if index == 0 and tag in _LEADING_NEWLINE_IS_DROPPED and child[:1] == "\n" else ""
                self.static.append(lead + escape(child))
