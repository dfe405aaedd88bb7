"""Suspense: what is shown in place of a slow part of the page until it is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from .actions import action
from .blocks import Child
from .boundaries import Caught, plain
from .components import Component, state
from .context import Reading
from .errors import CallRefused
from .failures import Failure, failure_of


class Running(Protocol):
    """Work that can be stopped."""

    def cancel(self) -> object:
        """Stops it."""


class Part:
    """The children of a `Suspense` that are rendered apart from the page, and what came of it.

    Arguments:
        children: what is rendered.
    """

    def __init__(self, children: Child) -> None:
        self.children = children
        self.root: Any = None
        """The mount that stands for the place where the part will be."""
        self.rendered: Sequence[Any] = ()
        """All that was rendered, when it is over."""
        self.caught: Sequence[CallRefused] = ()
        """What boundaries in it have caught."""
        self.error: BaseException | None = None
        """Why it could not be rendered, or where it leads."""
        self.inner: list[Part] = []
        """Those in it."""
        self.stale: set[Reading] = set()
        """What has changed since it was begun."""
        self.is_over = False
        self.is_cancelled = False
        self.is_taken = False
        """It stands in the page."""
        self.work: Running | None = None
        self.owner: object = None
        """Who sends it."""

    def cancel(self) -> None:
        """Stops the work; it can be begun again as another part."""
        self.is_cancelled = True
        if self.work is not None:
            self.work.cancel()

    def note(self, stale: set[Reading]) -> None:
        """Notes what has changed: whatever has read it is rendered again when the part is put in."""
        self.stale |= stale
        for part in self.inner:
            part.note(stale)


class Suspense(Component):
    """Shows a fallback until its children are there; the rest of the page does not wait for them.

    Arguments:
        fallback: what is shown meanwhile.
        children: what may be slow: components that load something in `mount` or `render`.

    The children are rendered apart, several such parts at the same time. If nothing in them waits, they are
    shown at once. Otherwise they follow in the same response, to a page as to a call, in the order in which
    they are ready. A part that fails shows so in the nearest `ErrorBoundary`, and without one in its place.
    Once they are there, the children stay: whatever changes in them is rendered in place. With another `key`
    it begins again.

    >>> from reactor import Suspense, html as h
    >>> from reactor.markup import render
    >>> render(Suspense(fallback=h.p["One moment…"])[h.p["Sunny"]].render())
    '<p>One moment…</p>'
    """

    fallback: Child = None
    children: Child = None
    shown: bool = state(False)
    caught: Caught | None = state(None)
    _part: Part | None = None

    @action
    async def retry(self) -> None:
        """Renders the children again."""
        self.caught = None

    def render(self) -> Child:
        """The children, if they are there."""
        if self.caught is not None:
            return plain(Failure(self.caught.message, self.caught.reference, self.caught.status, self.retry))
        return self.children if self.shown else self.fallback

    @property
    def is_awaited(self) -> bool:
        """Whether the children are still to be shown."""
        return not self.shown and self.caught is None

    @property
    def is_due(self) -> bool:
        """Whether there is something to do: the children are ready, or nobody renders them."""
        part = self._part
        return self.is_awaited and (part is None or part.is_over or part.is_cancelled)

    def catch(self, refused: CallRefused) -> None:
        """Notes a failure of the children, where no boundary shows it."""
        failure = failure_of(refused)
        self.caught = Caught(failure.message, failure.reference, failure.status)

    @property
    def kept(self) -> dict[str, Any]:
        """What a pass over the page changes of it, for taking that back."""
        return {name: self.__dict__.get(name) for name in ("shown", "caught", "_part")}
