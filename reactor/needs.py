"""Which parts of the browser's half a page needs; `client_js/src/needs.ts` says it of answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from .blocks import EVENT, PROPERTY, Definition, Template
from .elements import EVENTS, OWN_EVENTS

_FILLED_IN: Final = frozenset(("form", "input", "select", "textarea"))
_DETAILS: Final = frozenset("cdfoty")
"""Options of handlers that want to know more of an event, or are not heard at each."""
_TOLD: Final = frozenset(("change", "input", "interval", "mousemove", "pointermove", "scroll"))
"""Events that tell what is in a field, or of which only the latest counts."""


class Needs:
    """What is noted while a page is encoded.

    >>> needs = Needs()
    >>> needs.options({"f": ["client_x"]})
    >>> needs.lists()
    >>> needs.parts([]), needs.ahead
    (['details'], {'making'})
    """

    __slots__ = ("_found", "ahead")

    def __init__(self) -> None:
        self._found: set[str] = set()
        self.ahead: set[str] = set()
        """What the page will want soon, and need not wait for."""

    def options(self, options: Mapping[str, Any]) -> None:
        """Notes what the options of a handler ask for."""
        keys = options.keys()
        if not _DETAILS.isdisjoint(keys):
            self._found.add("details")
        if "w" in keys:
            self._found |= {"details", "happenings"}
        if "a" in keys:
            self.ahead |= {"making", "predictions"}
        if "b" in keys or "e" in keys:
            self.ahead.add("effects")

    def lists(self) -> None:
        """Notes a list with keys: its items come and go."""
        self.ahead.add("making")

    def others(self) -> None:
        """Notes a value that only the browser knows."""
        self._found.add("making")

    def raw(self) -> None:
        """Notes markup: there may be anything in it, also fields."""
        self._found.add("making")
        self.ahead.add("fields")

    def parts(self, templates: Iterable[Template]) -> list[str]:
        """What must be there before the page listens.

        Arguments:
            templates: those of the page.
        """
        return sorted(self._found.union(*map(_of, templates)))


@lru_cache(4096)
def _of(template: Template) -> frozenset[str]:
    found: set[str] = set()
    for name, kind in zip(template.names, template.kinds, strict=True):
        if kind is PROPERTY:
            found.add("fields")
        elif kind is EVENT:
            event = name.removeprefix("@")
            if event in OWN_EVENTS:
                found.add("happenings")
            if event in _TOLD or event.startswith("key") or event not in EVENTS:
                found.add("details")
    tags = set(_tags(template.definition))
    if not tags.isdisjoint(_FILLED_IN):
        found.add("fields")
    if "noscript" in tags:
        # What stands in it is not in the page, so it is made.
        found.add("making")
    return frozenset(found)


def _tags(element: Definition) -> Iterable[str]:
    tag, _, children = element
    yield tag
    for child in children:
        if isinstance(child, tuple):
            yield from _tags(child)
