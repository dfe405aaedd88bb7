"""What a page shows, as elements: held by the wire's mirror, or read from HTML."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from html.parser import HTMLParser

from ..elements import VOID
from ..markup import render
from ..mirror import Element, Mirror

_LEADING_NEWLINE_IS_DROPPED = frozenset({"pre", "textarea", "listing"})


class Tree:
    """The elements of a page. Each has an identity that lasts while the page changes around it."""

    def elements(self) -> Iterator[Element]:
        """Every element, in document order."""
        raise NotImplementedError

    def identity(self, element: Element) -> Hashable:
        """What tells an element of this tree from the others, also after a change."""
        raise NotImplementedError

    @property
    def html(self) -> str:
        """The markup of the tree."""
        raise NotImplementedError

    def first(self, tag: str) -> Element | None:
        """The first element of this kind."""
        return next((element for element in self.elements() if element.tag == tag), None)


class MirroredTree(Tree):
    """The tree that calls and answers keep up to date.

    Arguments:
        mirror: what the browser holds.
    """

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self._root: object = None
        self._identities: dict[int, Hashable] = {}

    def elements(self) -> Iterator[Element]:
        return self.mirror.elements()

    def identity(self, element: Element) -> Hashable:
        # An address names a block; the elements of one block are told apart by their order.
        if self._root is not self.mirror.root:
            self._root = self.mirror.root
            self._identities = {}
            seen: dict[Hashable, int] = {}
            for each in self.mirror.elements():
                place = each._path
                seen[place] = seen.get(place, -1) + 1
                self._identities[id(each)] = (place, seen[place])
        return self._identities.get(id(element), id(element))

    @property
    def html(self) -> str:
        return f"<!doctype html>{render(self.mirror.root)}"


class ParsedTree(Tree):
    """The tree of a page that was read from HTML.

    Arguments:
        html: the markup.
    """

    def __init__(self, html: str) -> None:
        self._html = html
        reader = _Reader()
        reader.feed(html)
        reader.close()
        self._top = reader.top

    def elements(self) -> Iterator[Element]:
        for element in self._top:
            yield element
            yield from element.elements()

    def identity(self, element: Element) -> Hashable:
        return id(element)

    @property
    def html(self) -> str:
        return self._html


class _Reader(HTMLParser):
    """Reads HTML that is well formed, as ours is."""

    def __init__(self) -> None:
        super().__init__()
        self.top: list[Element] = []
        self._current: Element | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, self._current)
        for name, value in attrs:
            element.attributes.setdefault(name, value or "")
        if self._current is None:
            self.top.append(element)
        else:
            self._current.children.append(element)
        if tag not in VOID:
            self._current = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        element = self._current
        while element is not None:
            if element.tag == tag:
                self._current = element.parent
                return
            element = element.parent

    def handle_data(self, data: str) -> None:
        current = self._current
        if current is None:
            return
        if current.tag in _LEADING_NEWLINE_IS_DROPPED and not current.children:
            data = data.removeprefix("\n")
        if data:
            current.children.append(data)
