"""What assistive technology is told about elements: role, accessible name, visible text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..mirror import Element
from .controls import CONTROLS, attribute, type_of
from .trees import Tree

_ROLES: Final = {
    "article": "article",
    "aside": "complementary",
    "blockquote": "blockquote",
    "button": "button",
    "caption": "caption",
    "datalist": "listbox",
    "dd": "definition",
    "details": "group",
    "dialog": "dialog",
    "dt": "term",
    "fieldset": "group",
    "figure": "figure",
    "form": "form",
    "h1": "heading",
    "h2": "heading",
    "h3": "heading",
    "h4": "heading",
    "h5": "heading",
    "h6": "heading",
    "hr": "separator",
    "li": "listitem",
    "main": "main",
    "math": "math",
    "menu": "list",
    "meter": "meter",
    "nav": "navigation",
    "ol": "list",
    "optgroup": "group",
    "option": "option",
    "output": "status",
    "p": "paragraph",
    "progress": "progressbar",
    "search": "search",
    "table": "table",
    "tbody": "rowgroup",
    "td": "cell",
    "textarea": "textbox",
    "tfoot": "rowgroup",
    "thead": "rowgroup",
    "time": "time",
    "tr": "row",
    "ul": "list",
}
_INPUT_ROLES: Final = {
    "button": "button",
    "checkbox": "checkbox",
    "image": "button",
    "number": "spinbutton",
    "radio": "radio",
    "range": "slider",
    "reset": "button",
    "search": "searchbox",
    "submit": "button",
    "email": "textbox",
    "password": "textbox",
    "tel": "textbox",
    "text": "textbox",
    "url": "textbox",
}
# Dates, colours and files have no role of their own in the standard; one still types or chooses there.
_NAMED_BY_CONTENT: Final = frozenset(
    """button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox menuitemradio option
    radio row rowheader switch tab tooltip treeitem""".split()
)
_UNSEEN: Final = frozenset({"head", "script", "style", "template", "noscript", "datalist"})
_INLINE: Final = frozenset(
    """a abbr b bdi bdo button cite code data del dfn em i img input ins kbd label map mark meter output
    picture progress q ruby s samp select small span strong sub sup svg textarea time u var wbr math text
    tspan""".split()
)
_KEEPS_SPACES: Final = frozenset({"pre", "textarea"})
_LINE: Final = "\x01"
_SPACE: Final = "\x02"
"""A line break and a space that stay as they are."""
_SPACES: Final = re.compile(r"[ \t\n\r\f]+")


def role_of(element: Element) -> str:
    """The ARIA role of an element: the given one, or that which the element has by itself; or empty."""
    given = (attribute(element, "role") or "").split()
    if given:
        return given[0]
    tag = element.tag
    if tag in ("a", "area"):
        return "link" if attribute(element, "href") is not None else ""
    if tag == "input":
        return _input_role(element)
    if tag == "img":
        return "presentation" if attribute(element, "alt") == "" else "img"
    if tag == "svg":
        return "img" if attribute(element, "aria-label") else ""
    if tag == "select":
        size = attribute(element, "size") or "1"
        several = attribute(element, "multiple") is not None or (size.isdecimal() and int(size) > 1)
        return "listbox" if several else "combobox"
    if tag == "th":
        return "rowheader" if (attribute(element, "scope") or "").startswith("row") else "columnheader"
    if tag in ("header", "footer"):
        sectioning = ("article", "aside", "main", "nav", "section")
        if any(outer.tag in sectioning for outer in element.ancestors()):
            return ""
        return "banner" if tag == "header" else "contentinfo"
    if tag == "section":
        named = attribute(element, "aria-label") or attribute(element, "aria-labelledby")
        return "region" if named else ""
    return _ROLES.get(tag, "")


def _input_role(element: Element) -> str:
    kind = type_of(element)
    if attribute(element, "list") is not None and kind in ("text", "search", "tel", "url", "email"):
        return "combobox"
    return _INPUT_ROLES.get(kind, "")


def level_of(element: Element) -> int | None:
    """The level of a heading."""
    level = attribute(element, "aria-level") or (
        element.tag[1:] if re.fullmatch("h[1-6]", element.tag) else ""
    )
    return int(level) if level.isdecimal() else None


def is_hidden(element: Element) -> bool:
    """Whether nobody is shown or told of the element."""
    return any(_is_unseen(each) for each in (element, *element.ancestors()))


def _is_unseen(element: Element) -> bool:
    return (
        element.tag in _UNSEEN
        or attribute(element, "hidden") is not None
        or attribute(element, "aria-hidden") == "true"
        or (element.tag == "input" and type_of(element) == "hidden")
    )


def name_of(element: Element, tree: Tree) -> str:
    """The accessible name of an element, as far as the usual cases go."""
    named_by = (attribute(element, "aria-labelledby") or "").split()
    if named_by:
        by_id = {attribute(each, "id"): each for each in tree.elements()}
        texts = [text_of(by_id[identifier]) for identifier in named_by if identifier in by_id]
        return _one_line(" ".join(texts))
    label = (attribute(element, "aria-label") or "").strip()
    if label:
        return _one_line(label)
    own = _name_by_host(element, tree)
    if not own and role_of(element) in _NAMED_BY_CONTENT:
        own = content_name(element)
    return _one_line(own or attribute(element, "title") or attribute(element, "placeholder") or "")


def _name_by_host(element: Element, tree: Tree) -> str:
    tag = element.tag
    if tag == "input" and type_of(element) in ("button", "submit", "reset", "image"):
        fallback = {"submit": "Submit", "reset": "Reset"}.get(type_of(element), "")
        value = element.get("value")
        return attribute(element, "alt") or (value if isinstance(value, str) else fallback)
    if tag in CONTROLS or tag in ("meter", "output", "progress"):
        return " ".join(label_text(label) for label in labels_of(element, tree))
    if tag in ("img", "area"):
        return attribute(element, "alt") or ""
    inner = {"fieldset": "legend", "figure": "figcaption", "table": "caption"}.get(tag)
    for child in element.children:
        if inner is not None and isinstance(child, Element) and child.tag == inner:
            return text_of(child)
    if tag == "optgroup":
        return attribute(element, "label") or ""
    return ""


def labels_of(control: Element, tree: Tree) -> list[Element]:
    """The `<label>` elements of a control."""
    identifier = attribute(control, "id")
    return [
        label
        for label in tree.elements()
        if label.tag == "label"
        and (
            (identifier is not None and attribute(label, "for") == identifier)
            or (attribute(label, "for") is None and _labelled(label) is control)
        )
    ]


def _labelled(label: Element) -> Element | None:
    """The first control inside a label."""
    labelable = CONTROLS | {"meter", "output", "progress"}
    for element in label.elements():
        if element.tag in labelable and not (element.tag == "input" and type_of(element) == "hidden"):
            return element
    return None


def control_of(label: Element, tree: Tree) -> Element | None:
    """The control that a label belongs to."""
    named = attribute(label, "for")
    if named is None:
        return _labelled(label)
    return next((element for element in tree.elements() if attribute(element, "id") == named), None)


def label_text(label: Element) -> str:
    """The text of a label, without that of the controls in it."""
    return _one_line("".join(_texts(label, skip=CONTROLS | {"meter", "output", "progress"})))


def content_name(element: Element) -> str:
    """The name that an element has from what is in it."""
    return _one_line("".join(_texts(element, skip=frozenset())))


def _texts(element: Element, skip: frozenset[str]) -> Iterator[str]:
    for child in element.children:
        if isinstance(child, str):
            yield child
        elif child.tag in skip or _is_unseen(child):
            continue
        elif attribute(child, "aria-label"):
            yield f" {attribute(child, 'aria-label')} "
        elif child.tag == "img":
            yield f" {attribute(child, 'alt') or ''} "
        elif child.tag in _INLINE:
            yield from _texts(child, skip)
        else:
            yield from (" ", *_texts(child, skip), " ")


def text_of(element: Element) -> str:
    """The text of an element as one reads it: spaces as shown, blocks on lines of their own.

    The cells of a row are separated by a tab. What a field holds is not part of it.
    """
    parts: list[str] = []
    _read(element, parts)
    text = re.sub(" *([\n\t\x01]) *", r"\1", "".join(parts))
    return re.sub("\n+", "\n", text).strip(" \n").replace(_LINE, "\n").replace(_SPACE, " ")


def _read(element: Element, parts: list[str]) -> None:
    if _is_unseen(element) or element.tag in ("select", "textarea") or element.tag in ("title", "desc"):
        return
    for child in element.children:
        if isinstance(child, str):
            keeps = any(each.tag in _KEEPS_SPACES for each in (element, *element.ancestors()))
            text = child.replace("\n", _LINE).replace(" ", _SPACE) if keeps else _SPACES.sub(" ", child)
            if text.startswith(" ") and parts and parts[-1].endswith((" ", "\n", "\t")):
                text = text[1:]
            parts.append(text)
        elif child.tag == "br":
            parts.append(_LINE)
        elif child.tag in ("td", "th"):
            _read(child, parts)
            parts.append("\t" if _has_next(element, child) else "")
        elif child.tag in _INLINE or "-" in child.tag:
            _read(child, parts)
        else:
            parts.append("\n")
            _read(child, parts)
            parts.append("\n")


def _has_next(row: Element, cell: Element) -> bool:
    elements = [child for child in row.children if isinstance(child, Element)]
    return elements[-1] is not cell


def _one_line(text: str) -> str:
    return " ".join(text.split())
