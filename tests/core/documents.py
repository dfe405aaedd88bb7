"""What a parser makes of markup, next to what was meant: both in one plain form that can be compared.

node    = text | (namespace, tag, {attribute: value}, [node, …]) | ("comment", text)
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias
from xml.dom import Node as Kind

import html5lib

from reactor.blocks import Block, Definition, Items, Node, Raw, Rendered

Parsed: TypeAlias = Any
"""A text, a comment, or an element as (namespace, tag, attributes, children)."""

HTML: Final = "http://www.w3.org/1999/xhtml"
SVG: Final = "http://www.w3.org/2000/svg"
MATHML: Final = "http://www.w3.org/1998/Math/MathML"

_HTML_AGAIN: Final = frozenset({"foreignObject", "desc", "title", "mi", "mn", "mtext"})
"""Elements of SVG and MathML in which HTML stands again."""


def parse(markup: str, container: str = "div") -> list[Parsed]:
    """What a parser makes of markup inside an element."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("dom"), namespaceHTMLElements=True)
    return _parsed(parser.parseFragment(markup, container=container))


def _parsed(parent: Any) -> list[Parsed]:
    nodes: list[Parsed] = []
    for node in parent.childNodes:
        if node.nodeType == Kind.TEXT_NODE:
            _add_text(nodes, node.data)
        elif node.nodeType == Kind.COMMENT_NODE:
            nodes.append(("comment", node.data))
        else:
            attributes = {name: node.getAttribute(name) for name in node.attributes.keys()}  # noqa: SIM118
            nodes.append((node.namespaceURI, node.tagName, attributes, _parsed(node)))
    return nodes


def meant(child: Rendered) -> list[Parsed]:
    """The nodes that a tree means, where its markup shows them."""
    nodes: list[Parsed] = []
    _child(child, nodes, HTML, "div", None)
    return nodes


def _add_text(nodes: list[Parsed], text: str) -> None:
    """Adjacent texts are one text, as in a parser."""
    if not text:
        return
    if nodes and isinstance(nodes[-1], str):
        nodes[-1] += text
    else:
        nodes.append(text)


def _child(
    child: Rendered, nodes: list[Parsed], namespace: str, tag: str, selected: list[str] | None
) -> None:
    if isinstance(child, str):
        _add_text(nodes, child)
    elif isinstance(child, Block):
        nodes.append(_element(child.template.definition, child.values, namespace, selected))
    elif isinstance(child, Items):
        for value in child.values:
            _child(value, nodes, namespace, tag, selected)
    elif isinstance(child, Node):
        _child(child.content, nodes, namespace, tag, selected)
    elif isinstance(child, Raw):
        nodes.append(("comment", "["))
        markup = f"<svg>{child.html}</svg>" if namespace == SVG else child.html
        markup = f"<math>{child.html}</math>" if namespace == MATHML else markup
        parsed = parse(markup, "div" if namespace != HTML else tag)
        nodes.extend(parsed if namespace == HTML else parsed[0][3])
        nodes.append(("comment", "]"))


def _element(
    definition: Definition, values: tuple[Any, ...], namespace: str, selected: list[str] | None
) -> Parsed:
    tag, pairs, children = definition
    namespace = {"svg": SVG, "math": MATHML}.get(tag, namespace)
    inside = HTML if tag in _HTML_AGAIN else namespace
    attributes: dict[str, str] = {}
    nodes: list[Parsed] = []
    for name, value in pairs:
        held: Any = values[value] if type(value) is int else value
        if name[0] == "@" or name == ".indeterminate" or held is None:
            continue
        if name == ".value" and tag == "textarea":
            _add_text(nodes, held)
        elif name == ".value" and tag == "select":
            selected = [held]
        else:
            attributes[name.removeprefix(".")] = "" if held is True else held
    for child in children:
        if isinstance(child, tuple):
            nodes.append(_element(child, values, inside, selected))
        elif isinstance(child, str):
            _add_text(nodes, child)
        else:
            _child(values[child], nodes, inside, tag, selected)
    if tag == "option" and selected and not any(name == ".selected" for name, _ in pairs):
        own = attributes.get("value", " ".join("".join(map(str, nodes)).split(" ")))
        if own == selected[0]:
            attributes["selected"] = ""
            selected.clear()
    return (namespace, tag, attributes, nodes)
