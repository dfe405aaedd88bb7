"""Error boundaries: what is shown in place of a part of the page that failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from . import html as h
from .actions import action
from .blocks import Bare, Child
from .codec import pack, unpack
from .components import Component, state
from .errors import CallRefused
from .failures import Failure, failure_of

Fallback: TypeAlias = Child | Callable[[Failure], Child]
"""What a boundary shows: a child, or a function that makes one of the failure."""

_LARGEST = 64_000_000  # what is set aside was sealed: the limit of the whole state holds for it


@dataclass
class Caught:
    """What a boundary keeps of a failure."""

    message: str
    reference: str
    status: int


class ErrorBoundary(Component):
    """Shows a fallback in place of its children when something in them fails; the rest of the page goes on.

    Arguments:
        fallback: what is shown then: a child, or a function of the `Failure`. By default, its message and a
            button that tries again.
        children: what may fail.

    What fails is the rendering of a component in it, with its `mount` and their dependencies, or an action
    whose handler stands in it. The state of the components in it is kept, as it was before, and they have it
    again after a retry (`failure.retry`).

    >>> from reactor import ErrorBoundary, html as h
    >>> from reactor.markup import render
    >>> boundary = ErrorBoundary(fallback=h.p["No weather today."])[h.p["Sunny"]]
    >>> render(boundary.render())
    '<p>Sunny</p>'
    """

    fallback: Fallback = None
    children: Child = None
    caught: Caught | None = state(None)
    aside: bytes = state(b"")

    @action
    async def retry(self) -> None:
        """Renders the children again."""
        self.caught = None

    def render(self) -> Child:
        """The children, or the fallback."""
        if self.caught is None:
            return self.children
        caught, fallback = self.caught, self.fallback
        failure = Failure(caught.message, caught.reference, caught.status, self.retry)
        if fallback is None:
            return plain(failure)
        if callable(fallback) and not isinstance(fallback, Bare):
            return fallback(failure)
        return cast("Child", fallback)

    def catch(self, refused: CallRefused, aside: Any) -> None:
        """Notes a failure; from now on the fallback is shown.

        Arguments:
            refused: what went wrong.
            aside: the state of what is not shown meanwhile, as `Mount.save` gives it.
        """
        failure = failure_of(refused)
        self.caught = Caught(failure.message, failure.reference, failure.status)
        self.aside = pack(aside)

    def take_aside(self) -> Any:
        """What was set aside, once there is a retry; then it is no more here. `None`: nothing was."""
        if self.caught is not None or not self.aside:
            return None
        aside, self.aside = self.kept_aside, b""
        return aside

    @property
    def kept_aside(self) -> Any:
        """What is set aside; `None`: nothing."""
        return unpack(self.aside, limit=_LARGEST, depth=500) if self.aside else None


def plain(failure: Failure) -> Child:
    """The fallback where none was given."""
    shown: list[Child] = [h.p[failure.message]]
    if failure.reference:
        shown.append(h.p[h.small["Reference: ", h.code[failure.reference]]])
    if failure.retry is not None:
        shown.append(h.button(type="button", on_click=failure.retry)["Try again"])
    return h.section(class_="reactor-failure", role="alert")[shown]
