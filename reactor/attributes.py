"""Names and values of attributes: what a keyword means, what is refused, what text a value becomes.

Pure functions for the builder. Each raises a plain `TypeError` or `ValueError` whose message begins with the
element and the attribute; the builder adds the application's line.

What is refused is what could do more than say a value: names that break out of the markup, handlers written
as text (`onclick="…"`), addresses that run as script, and declarations smuggled into a style.
"""

import difflib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeAlias
from uuid import UUID

from .blocks import Listener
from .elements import (
    ANIMATED_VALUES,
    BOOLEAN,
    CAMEL_CASE_ATTRIBUTES,
    ELEMENTS,
    MEDIA_ATTRIBUTES,
    ON_OR_OFF,
    TRUE_OR_FALSE,
    URL_ATTRIBUTES,
    YES_OR_NO,
)
from .policy import Nonce
from .symbols import Choice, Joined, Pending, Symbol
from .taint import refuse_tainted, taint_error, why_tainted

AttributeValue: TypeAlias = str | int | float | Decimal | bool | date | time | UUID | Symbol | Listener | None
"""What an attribute takes unless it is one of those below; an action that is a function in `data-…` only."""

ClassValue: TypeAlias = "str | Sequence[ClassValue] | Mapping[str, object] | bool | None"
"""What `class_` takes: `"a b"`, `["a", condition and "b"]`, `{"a": condition}`, one in another."""

StyleValue: TypeAlias = str | Mapping[str, str | int | float | Decimal | bool | None] | None
"""What `style` takes: `{"font_size": "2rem", "--depth": 3}`, or the text itself."""

_NAMES_REMEMBERED: Final = 4096

_NAME: Final = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_.:-]*[A-Za-z0-9_.])?")
_HANDLER: Final = re.compile(r"on[a-z0-9]*")
_TAG: Final = re.compile(r"[a-z][a-z0-9._]*(?:-[a-z0-9._]+)+")
_STYLE_NAME: Final = re.compile(r"-?[a-z]+(?:-[a-z0-9]+)*|--[A-Za-z0-9_-]+")

_SCRIPT_SCHEMES: Final = frozenset(("javascript", "vbscript", "livescript", "mocha"))
_MEDIA_SCHEMES: Final = frozenset(("data", "blob", "filesystem"))
_ADDRESS_LISTS: Final = frozenset(("archive", "attributionsrc", "imagesrcset", "ping", "srcset"))
_LIST_SEPARATORS: Final = re.compile(r"[\s,;]+")
_REFRESH: Final = re.compile(
    r"[\s\x00-\x1f]*[0-9.]+\s*(?:[;,]\s*(?:url\s*=)?|url\s*=)\s*['\"]?(.*)", re.IGNORECASE | re.DOTALL
)
# What a browser drops from an address, and what a person does not see in it: it cannot hide a scheme.
_INVISIBLE: Final = dict.fromkeys(
    (
        *range(0x21),
        *range(0x7F, 0xA1),
        *(0xAD, 0x3000, 0xFEFF),
        *range(0x2000, 0x2010),
        *range(0x2028, 0x2030),
        *range(0x205F, 0x2070),
    )
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL_IN_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PLAIN_STYLE: Final = re.compile(r"[A-Za-z0-9 #%.,_+-]*")
_QUOTE: Final = re.compile(r"\s*[\"']")
_UNQUOTED_URL: Final = re.compile(r"\s*+[^\s\"'()\\]*+\s*+\)")

_CLASS: Final = 1
_STYLE: Final = 2
_ADDRESS: Final = 3
_PRESENCE: Final = 4
_MARKUP: Final = 5
_META: Final = 6
_ANIMATED: Final = 7

_KINDS: Final[dict[str, int]] = {
    **dict.fromkeys(BOOLEAN, _PRESENCE),
    **dict.fromkeys(URL_ATTRIBUTES, _ADDRESS),
    **dict.fromkeys(("by", "from", "to", "values"), _ANIMATED),
    "class": _CLASS,
    "style": _STYLE,
    "srcdoc": _MARKUP,
    "content": _META,
}
"""Attributes whose value needs more than being turned into text."""

NEVER_FILLED: Final = frozenset(_KINDS) - BOOLEAN - {"class"}
"""Attributes whose value is checked here, so that a browser must not put it together by itself."""


@lru_cache(_NAMES_REMEMBERED)
def name_of(keyword: str) -> str:
    """The name in markup of a keyword argument.

    Arguments:
        keyword: as written in Python.

    Returns:
        The keyword without one trailing underscore, its other underscores as hyphens.

    >>> [name_of(keyword) for keyword in ("class_", "aria_label", "viewBox", "form_action")]
    ['class', 'aria-label', 'viewBox', 'formaction']
    """
    if keyword == "form_action":  # the framework's own spelling, beside `action` of a form
        return "formaction"
    return keyword.removesuffix("_").replace("_", "-")


def closest(name: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant.

    Arguments:
        name: what was written.
        names: all that there are.

    Returns:
        One of `names`, or `None` when none is alike.

    >>> closest("buton", ["a", "button"])
    'button'
    """
    return next(iter(difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.7)), None)


@lru_cache(_NAMES_REMEMBERED)
def check_tag(name: str) -> None:
    """Refuse what is not the name of an element.

    Arguments:
        name: a name in markup: a standard one, or a custom element's, which has a hyphen.

    Raises:
        ValueError: no such element, or a name that could break out of the markup.

    >>> check_tag("my-widget")
    >>> check_tag("buton")
    Traceback (most recent call last):
    ...
    ValueError: <buton>: there is no such element; did you mean <button>? (custom elements have a hyphen)
    """
    if name in ELEMENTS or _TAG.fullmatch(name):
        return
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9._-]*", name):
        raise ValueError(f"{_shown(name)} cannot be the name of an element")
    close = closest(name, ELEMENTS)
    raise ValueError(
        f"<{_shown(name, quoted=False)}>: there is no such element"
        + (f"; did you mean <{close}>?" if close else "")
        + " (custom elements have a hyphen)"
    )


@lru_cache(_NAMES_REMEMBERED)
def check_name(tag: str, name: str) -> None:
    """Refuse what cannot be, or must not be, the name of an attribute.

    Arguments:
        tag: the element, for the message.
        name: the name in markup.

    Raises:
        ValueError: a name that could break out of the markup, one of the `on…` attributes that hold
            script, or one with capitals, which the browser would make small.

    >>> check_name("a", "aria-label")
    >>> check_name("a", "onclick")
    Traceback (most recent call last):
    ...
    ValueError: <a onclick>: a handler is not text; write on_click=self.method
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"<{tag}>: {_shown(name)} cannot be the name of an attribute")
    lowered = name.lower()
    if _HANDLER.fullmatch(lowered):
        event = lowered[2:] or "click"
        raise ValueError(f"<{tag} {name}>: a handler is not text; write on_{event}=self.method")
    if name != lowered and name not in CAMEL_CASE_ATTRIBUTES:
        meant = {"classname": "class_", "htmlfor": "for_"}.get(lowered, lowered)
        raise ValueError(f"<{tag} {name}>: HTML has no capitals in names of attributes; write {meant}")


def attribute_value(tag: str, name: str, value: object) -> str | bool | Symbol | None:
    """What an attribute is set to.

    Arguments:
        tag: the element's name in markup.
        name: the attribute's name in markup, checked before.
        value: what the application gave: text, a number, a boolean, a date, a time, a UUID; for `class`
            see `class_value`, for `style` `style_value`, for addresses `url_value`; for `srcdoc` markup
            that is marked as safe.

    Returns:
        The text; `True`: present without text; `None`: absent.

    Raises:
        TypeError: a value of a type that the attribute does not take.
        ValueError: a value that the attribute must not have.

    >>> attribute_value("input", "maxlength", 20), attribute_value("input", "required", True)
    ('20', True)
    >>> attribute_value("p", "hidden", False), attribute_value("p", "aria-hidden", False)
    (None, 'false')
    """
    kind = _KINDS.get(name)
    if kind is None:
        if type(value) is str:
            return value
        if (why := why_tainted(value)) is not None:
            raise taint_error(f"cannot be the value of <{tag} {name}>", why)
        if isinstance(value, Listener) and name.startswith("data-"):
            return value.address()
        return _symbolic(tag, name, value) if isinstance(value, Symbol) else _plain_value(tag, name, value)
    if value is None:
        return None
    if type(value) is not str and (why := why_tainted(value)) is not None:
        raise taint_error(f"cannot be the value of <{tag} {name}>", why)
    if isinstance(value, Symbol):
        return _symbolic(tag, name, value)
    if kind == _CLASS:
        return class_value(value, tag)
    if kind == _ADDRESS:
        return None if value is False else url_value(tag, name, value)
    if kind == _PRESENCE:
        if value is True or value is False:
            return value or None
        if isinstance(value, str):
            return _text(value)
        raise TypeError(f"<{tag} {name}>: takes True or False, not {_described(value)}")
    if kind == _STYLE:
        return style_value(value, tag)
    if kind == _MARKUP:
        return _markup(tag, name, value)
    text = _plain_value(tag, name, value)
    if type(text) is str:
        if kind == _META and tag == "meta":
            _check_refresh(text)
        elif kind == _ANIMATED and name in ANIMATED_VALUES.get(tag, ()):
            for part in (text, *text.split(";")):
                _check_scheme(tag, name, part)
    return text


def plain_text(name: str) -> bool:
    """Whether an attribute or property is set to any text as it is, if that is not empty.

    Arguments:
        name: as in a template.

    >>> plain_text("title"), plain_text("href"), plain_text(".value")
    (True, False, True)
    """
    return name in ("class", ".value") or (name[0] not in ".@" and name not in _KINDS)


def class_value(value: object, tag: str = "element") -> str | Joined | None:
    """The text of a `class` attribute.

    Arguments:
        value: a string; a list or tuple of values like this one; a dictionary of names and whether they
            are wanted; `None` or `False`.
        tag: the element, for messages.

    Returns:
        The names in order with a space between two, or `None` when there is none.

    Raises:
        TypeError: something else.

    >>> class_value(["card", {"open": True, "new": False}, None])
    'card open'
    """
    if type(value) is str:
        return value or None
    parts = [part for part in _class_parts(value, tag) if isinstance(part, Symbol) or part]
    if any(isinstance(part, Symbol) for part in parts):
        return Joined(tuple(parts))
    return " ".join(map(str, parts)) or None


def _class_parts(value: object, tag: str) -> list[str | Symbol]:
    """The names in a class, in order; those that only the browser knows as symbols."""
    if value is None or value is False:
        return []
    if type(value) is not str and (why := why_tainted(value)) is not None:
        raise taint_error(f"cannot be a class of <{tag}>", why)
    if isinstance(value, Mapping):
        return [
            _symbolic(tag, "class", wanted.then(name))
            if isinstance(wanted, Pending)
            else _class_name(name, tag)
            for name, wanted in value.items()
            if isinstance(wanted, Symbol) or wanted
        ]
    if isinstance(value, (list, tuple)):
        return [name for part in value for name in _class_parts(part, tag)]
    if isinstance(value, Symbol):
        return [_symbolic(tag, "class", value)]
    return [_class_name(value, tag)]


def style_value(value: object, tag: str = "element") -> str | None:
    """The text of a `style` attribute.

    Arguments:
        value: a dictionary of declarations, their names with underscores (`font_size`), with hyphens, or
            custom (`--depth`); numbers as they are; `None` and `False` leave one out. Or the whole text.
        tag: the element, for messages.

    Returns:
        The declarations, or `None` when there is none.

    Raises:
        TypeError: a type that is not taken.
        ValueError: a name that is none, or a value that is more than one value.

    >>> style_value({"font_size": "2rem", "--depth": 3, "color": None})
    'font-size:2rem;--depth:3'
    """
    if value is None or value is False:
        return None
    if isinstance(value, str):
        text = _text(value)
        if _CONTROL_IN_TEXT.search(text):
            raise ValueError(f"<{tag} style>: {_shown(text)} holds a control character")
        return text or None
    if not isinstance(value, Mapping):
        raise TypeError(f"<{tag} style>: takes a dictionary or text, not {_described(value)}")
    declarations: list[str] = []
    for name, item in value.items():
        if item is None or item is False:
            continue
        if type(name) is not str:
            raise TypeError(f"<{tag} style>: names are strings, not {_described(name)}")
        property_name = _style_name(name)
        if property_name is None:
            hint = re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name)
            raise ValueError(
                f"<{tag} style>: {_shown(name)} is no name of a property"
                + (f"; write {hint}" if hint != name and _style_name(hint) else "")
            )
        if type(item) is not str and (why := why_tainted(item)) is not None:
            raise taint_error(f"cannot be the {name} of <{tag} style>", why)
        if isinstance(item, str):
            text = item.strip()
            if not _PLAIN_STYLE.fullmatch(text):
                _check_style(tag, property_name, text)
        elif isinstance(item, (int, float, Decimal)) and item is not True:
            text = _number(tag, f"style {property_name}", item)
        else:
            raise TypeError(f"<{tag} style>: {property_name} takes text or a number, not {_described(item)}")
        if text:
            declarations.append(f"{property_name}:{text}")
    return ";".join(declarations) or None


def url_value(tag: str, name: str, value: object) -> str:
    r"""The text of an attribute that holds an address, or several.

    Arguments:
        tag: the element's name in markup.
        name: the attribute's name in markup.
        value: text, or an object for an address (of starlette, pydantic, httpx, urllib).

    Returns:
        The text, as it was given.

    Raises:
        TypeError: not an address.
        ValueError: an address that would run as script. `data:` and `blob:` are taken where they are only
            shown or played, such as `<img src>`.

    >>> url_value("a", "href", "/rooms?sort=new")
    '/rooms?sort=new'
    >>> url_value("a", "href", " java\tscript:alert(1)")
    Traceback (most recent call last):
    ...
    ValueError: <a href>: ' java\tscript:alert(1)' would run as script
    """
    if type(value) is str:
        text = value
    elif isinstance(value, str):
        text = _text(value)
    elif hasattr(value, "scheme"):
        text = str(value.geturl()) if hasattr(value, "geturl") else str(value)
    else:
        raise TypeError(f"<{tag} {name}>: takes an address (text or a URL object), not {_described(value)}")
    if ":" in text:
        if name in _ADDRESS_LISTS:
            for part in _LIST_SEPARATORS.split(text):
                _check_scheme(tag, name, part)
        _check_scheme(tag, name, text)
    return text


def _symbolic(tag: str, name: str, value: Symbol) -> Symbol:
    """A symbol whose values are what the attribute takes."""
    if isinstance(value, Nonce):
        if name != "nonce":
            raise TypeError(f"<{tag} {name}>: nonce() is for the attribute nonce only")
        return value
    if isinstance(value, Pending):
        value = value.then(True, False)
    if isinstance(value, Choice):
        yes, no = (attribute_value(tag, name, branch) for branch in (value.yes, value.no))
        return Choice(value.source, yes, no)
    if name in _KINDS and name != "class":
        raise TypeError(f"<{tag} {name}>: what a person types cannot stand here")
    return value


def _plain_value(tag: str, name: str, value: object) -> str | bool | None:
    """The value of an attribute of which nothing else is known."""
    if value is None:
        return None
    if value is True or value is False:
        if name in TRUE_OR_FALSE or name.startswith(("aria-", "data-")):
            return "true" if value else "false"
        if name in YES_OR_NO:
            return "yes" if value else "no"
        if name in ON_OR_OFF:
            return "on" if value else "off"
        return value or None
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (int, float, Decimal)):
        return _number(tag, name, value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    hint = "; a handler goes into on_click=… or another event" if callable(value) else ""
    raise TypeError(
        f"<{tag} {name}>: takes text, a number, True, False, None, a date, a time or a UUID, "
        f"not {_described(value)}{hint}"
    )


def _text(value: str) -> str:
    """The plain text of a string, of an enumeration's member for example."""
    if type(value) is str:
        return value
    refuse_tainted(value, "be a text in markup")
    return str.__str__(value)


def _number(tag: str, name: str, value: int | float | Decimal) -> str:
    if isinstance(value, int):
        return int.__repr__(value)
    if not math.isfinite(value):
        raise ValueError(f"<{tag} {name}>: {value} is no number that markup can hold")
    return float.__repr__(value) if isinstance(value, float) else f"{value:f}"


def _class_name(value: object, tag: str) -> str:
    if not isinstance(value, str):
        raise TypeError(
            f"<{tag} class>: takes text, a list, or a dictionary {{name: wanted}}, not {_described(value)}"
        )
    return _text(value)


def _markup(tag: str, name: str, value: object) -> str | None:
    if value is False:
        return None
    markup = getattr(type(value), "__html__", None)
    if markup is None:
        raise TypeError(
            f"<{tag} {name}>: is markup; takes elements or what is marked as safe, not {_described(value)}"
        )
    return str(markup(value))


@lru_cache(_NAMES_REMEMBERED)
def _style_name(name: str) -> str | None:
    """The name of a property in CSS, or `None` when it cannot be one."""
    property_name = name if name.startswith("--") else name.removesuffix("_").replace("_", "-")
    return property_name if _STYLE_NAME.fullmatch(property_name) else None


def _check_style(tag: str, name: str, text: str) -> None:
    """Refuse text that would end the declaration, hide what follows, or begin another."""
    trouble = _style_trouble(text)
    if trouble:
        raise ValueError(f"<{tag} style>: {name} must be one value; {_shown(text)} {trouble}")


def _style_trouble(text: str) -> str | None:
    if _CONTROL.search(text):
        return "holds a control character"
    open_brackets: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character in "\"'":
            position = _end_of_quote(text, position)
            if position < 0:
                return "has a quotation without an end"
            continue
        if character == "\\":
            return "has a backslash outside quotation marks"
        if character in "{}" or (character == ";" and not open_brackets):
            return f"holds {character!r}"
        if text.startswith(("/*", "<!--", "-->"), position):
            return "holds a comment"
        if character in "([":
            open_brackets.append(")" if character == "(" else "]")
            if _word_before(text, position).lower() == "url" and not _QUOTE.match(text, position + 1):
                address = _UNQUOTED_URL.match(text, position + 1)
                if address is None:
                    return "has an address that needs quotation marks"
                position = address.end() - 1
                continue
        elif character in ")]" and (not open_brackets or open_brackets.pop() != character):
            return f"closes {character!r} that was not open"
        position += 1
    return "leaves a bracket open" if open_brackets else None


def _word_before(text: str, end: int) -> str:
    """The name that ends at `end`, with the sign that makes a colour or a rule of it."""
    start = end
    while start and (text[start - 1].isalnum() or text[start - 1] in "-_" or text[start - 1] > "\x7f"):
        start -= 1
    return text[start - 1 : end] if start and text[start - 1] in "#@" else text[start:end]


def _end_of_quote(text: str, start: int) -> int:
    """The position after a quotation that begins at `start`; -1: it has no end."""
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text[position] == text[start]:
            return position + 1
        else:
            position += 1
    return -1


def _check_scheme(tag: str, name: str, text: str) -> None:
    before, colon, after = text.partition(":")
    # No scheme of ours is longer than ten letters, but any number of invisible ones may stand between them.
    if not colon or "/" in before:
        return
    scheme = before.translate(_INVISIBLE).casefold()
    if scheme in _SCRIPT_SCHEMES:
        raise ValueError(f"<{tag} {name}>: {_shown(text)} would run as script")
    if scheme in _MEDIA_SCHEMES and (tag, name) not in MEDIA_ATTRIBUTES:
        if tag == "link" and after.translate(_INVISIBLE).casefold().startswith("image/"):
            return
        raise ValueError(
            f"<{tag} {name}>: {_shown(text)} could run as script; {scheme}: is for images and media only"
        )


def _check_refresh(text: str) -> None:
    """Refuse `<meta http-equiv="refresh">` that goes to a script."""
    refresh = _REFRESH.match(text) if ":" in text else None
    if refresh:
        _check_scheme("meta", "content", refresh[1])


def _shown(text: str, *, quoted: bool = True) -> str:
    """Text for a message: short, and without characters that could be taken for something else."""
    short = text if len(text) <= 80 else f"{text[:79]}…"
    return ascii(short).replace("\\u2026", "…") if quoted else short


def _described(value: object) -> str:
    refuse_tainted(value, "be part of an error message")
    return f"{_shown(repr(value), quoted=False)} ({type(value).__name__})"
