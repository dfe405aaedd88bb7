"""The request that is being answered, for code that nobody hands it to; and what it reads and changes.

Whoever shows something has *read* what it shows: data with a tag, a cookie. A component is rendered again
when what it has read is *stale*, because an action has said so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeAlias

from fastapi import Request, Response

from .errors import ComponentError, ReactorError

Reading: TypeAlias = tuple[str, str]
"""What was read: of which kind (`tag`, `cookie`, …), and its name."""

EVERYTHING: Final[Reading] = ("everything", "")
"""Stale after `refresh()`."""


class OpenPage:
    """The page that is open, as the owner of actions that are no component's."""

    identifier = ""


class Context:
    """One request to a page, from its arrival to its answer.

    Arguments:
        request: the request.
        debug: whether errors tell about the application's code.
    """

    def __init__(self, request: Request, *, debug: bool = False) -> None:
        self.request = request
        self.debug = debug
        self.response = Response()
        """Takes cookies and headers for the answer."""
        self.stale: set[Reading] = set()
        """What has changed during this request."""
        self.readings: set[Reading] = set()
        """What the page's function and its dependencies have read."""
        self.memo: dict[object, object] = {}
        """What is remembered for the length of the request."""
        self.page = OpenPage()
        """Whose the actions are that are no component's."""
        self.roots: Sequence[object] = ()
        """The page's function and its layout."""
        self.sealer: Callable[[bytes], bytes] | None = None
        """Seals references for the visitor and the page."""
        self.most_captured = 0
        """Bytes that a reference may have."""

    def seal(self, content: bytes, name: str) -> bytes | None:
        """A reference, sealed: the same in one answer; `None` where nobody is rendered for.

        Arguments:
            content: what it says.
            name: that of the action, for the message.

        Raises:
            ComponentError: it says more than it may.
        """
        if self.sealer is None:
            return None
        if len(content) > self.most_captured:
            raise ComponentError(
                f"@action {name}: what it has captured and what is bound to it take {len(content)} bytes, "
                f"the limit is {self.most_captured} (Limits.captured); keep ids instead of data"
            )
        sealed = self.memo.get((OpenPage, content))
        if not isinstance(sealed, bytes):
            self.memo[(OpenPage, content)] = sealed = self.sealer(content)
        return sealed

    @property
    def is_all_stale(self) -> bool:
        """Whether everything is to be rendered again."""
        return EVERYTHING in self.stale


_context: ContextVar[Context | None] = ContextVar("reactor_context", default=None)
_reader: ContextVar[set[Reading] | None] = ContextVar("reactor_reader", default=None)


def context_now() -> Context | None:
    """The request that is being answered; `None` outside of one."""
    return _context.get()


def context_of(what: str) -> Context:
    """The request that is being answered.

    Arguments:
        what: the function that asks, for the message.

    Raises:
        ReactorError: there is none.
    """
    context = _context.get()
    if context is None:
        raise ReactorError(
            f"{what} belongs to a request to a page: call it in a page's function, a component, an action, "
            "or a dependency of these, not at import or in a background task"
        )
    return context


@contextmanager
def answering(context: Context) -> Iterator[Context]:
    """Inside, the request is this one; what is read counts as read by the page."""
    token = _context.set(context)
    try:
        with reading(context.readings):
            yield context
    finally:
        _context.reset(token)


@contextmanager
def reading(readings: set[Reading]) -> Iterator[None]:
    """Inside, what is read is noted here."""
    token = _reader.set(readings)
    try:
        yield
    finally:
        _reader.reset(token)


def note_reading(readings: Collection[Reading]) -> None:
    """Notes that whoever is being rendered depends on these."""
    reader = _reader.get()
    if reader is not None:
        reader.update(readings)


def refresh() -> None:
    """In an action: the whole page is rendered again, and goes back in the same answer.

    Without it, what is rendered again is the component of the action, and whatever had read what has become
    stale; after an action that is no component's method, everything.

    Raises:
        ReactorError: no page is being answered.
    """
    context_of("refresh()").stale.add(EVERYTHING)
