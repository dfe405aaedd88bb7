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

    def elements(self) -> Iterator[Element]:
        """Every element, in document order."""
        return self.mirror.elements()

    def identity(self, element: Element) -> Hashable:
        """What tells an element from the others, also after a change."""
        # A path names a block, a number one of its elements. What stands in raw markup has no path; it is
        # known by its place in its parent.
        parent = element.parent
        if parent is not None and not element._path and parent._path:
            return (self.identity(parent), "raw", _place(element, parent))
        return (element._path, element._number)

    @property
    def html(self) -> str:
        """The markup of the tree."""
        return f"<!doctype html>{render(self.mirror.root)}"


def _place(element: Element, parent: Element) -> int:
    return next(index for index, child in enumerate(parent.children) if child is element)


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
        """Every element, in document order."""
        for element in self._top:
            yield element
            yield from element.elements()

    def identity(self, element: Element) -> Hashable:
        """What tells an element from the others, also after a change."""
        return id(element)

    @property
    def html(self) -> str:
        """The markup of the tree."""
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
