"""Deliveries: what was said comes to the components of an open page that listen."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from .brokers import Position
from .codec import unpack
from .components import class_of
from .context import Reading
from .dependencies import Resolver
from .effects import Effect, collect
from .feeds import feeds_of, keep_changes
from .mounts import Mount
from .views import View

log = logging.getLogger("reactor")

_LONGEST = 1_000_000


class Delivery:
    """What was said since the components of a page heard something last; a context, in which it is shown.

    Nobody else's action runs on them meanwhile. A component whose action is running hears of it later. When
    it cannot be shown, nothing counts as heard.

    Arguments:
        view: the page.
        resolver: resolves the dependencies of those who hear.
        own: the component whose action has just ended, and whose turn it still is.
        note_revalidated: notes which data has changed elsewhere; without it, nothing was said to anybody.
    """

    def __init__(
        self,
        view: View,
        resolver: Resolver,
        own: Mount | None = None,
        note_revalidated: Callable[[View], Awaitable[None]] | None = None,
    ) -> None:
        self._view = view
        self._resolver = resolver
        self._own = own
        self._note_revalidated = note_revalidated
        self._turns: AsyncExitStack | None = None
        self._before: list[tuple[Mount, dict[str, Position], bool]] = []
        self.effects: list[Effect] = []
        """What those who have heard want the browser to do."""
        self.is_late = False
        """Somebody is to hear of it later."""

    def __bool__(self) -> bool:
        """Whether somebody has heard something."""
        return bool(self._before)

    async def __aenter__(self) -> Self:
        if self._note_revalidated is None:
            return self
        try:
            with collect() as asked:
                for mount in self._view.mounts:
                    if mount.cursors:
                        await self._tell(mount)
            self.effects += asked
            await self._note_revalidated(self._view)
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            for mount, cursors, has_missed in reversed(self._before):
                mount.cursors, mount.has_missed = cursors, has_missed
                if mount is not self._own:
                    mount.roll_back()
                    for feed in feeds_of(mount.component):
                        feed.undo()
        elif self._note_revalidated is not None:
            self._view.is_restored = False
        if self._turns is not None:
            await self._turns.aclose()

    async def _tell(self, mount: Mount) -> None:
        broker = self._resolver.context.broker
        new: list[tuple[str, list[bytes] | None, Position]] = []
        for topic, position in mount.cursors.items():
            messages, end = await broker.since(topic, position)
            if messages is None or messages or end != position:
                new.append((topic, messages, end))
        if not new:
            return
        if mount is not self._own:
            if mount.busy or mount.turn().locked():
                self.is_late = True
                return
            if self._turns is None:
                self._turns = AsyncExitStack()
            await self._turns.enter_async_context(mount.turn())
        self._before.append((mount, mount.cursors, mount.has_missed))
        mount.cursors = {**mount.cursors, **{topic: end for topic, _, end in new}}
        mount.stale = True
        if any(messages is None for _, messages, _ in new):
            for feed in feeds_of(mount.component):
                feed.miss()
            if mount.component is not None and class_of(mount.component).has_mount:
                mount.has_missed = True
                return
        for topic, messages, _ in new:
            for data in messages or ():
                await self._hear(mount, topic, data)

    async def _hear(self, mount: Mount, topic: str, data: bytes) -> None:
        component = mount.component
        if component is None:
            return
        before = mount.state
        for subscription, said in mount.heard.get(topic, ()):
            put_back = keep_changes(component)
            try:
                await subscription.hear(component, said, data, self._resolver)
                before = mount.state
            except Exception:
                log.exception("%s: %r could not hear of a message on %r", mount.trail, subscription, said)
                put_back()
                if before:
                    component.__dict__.update(class_of(component).load(before))


def stale_in(messages: list[bytes] | None, view: bytes) -> set[Reading] | None:
    """What has changed, by what processes have told each other.

    Arguments:
        messages: what they have told; `None`: more than is known.
        view: the page that is asked for; it knows of what it has changed itself.

    Returns:
        `None`: perhaps everything.
    """
    if messages is None:
        return None
    found: set[Reading] = set()
    for data in messages:
        told: Any = unpack(data, limit=_LONGEST)
        origin, names = told
        if origin != view:
            found.update((kind, name) for kind, name in names)
    return found
