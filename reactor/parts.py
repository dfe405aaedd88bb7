"""Parts: what stands in a `Suspense` is rendered apart, each in a task of its own, off the view's lock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from .blocks import child_of
from .context import reading
from .dependencies import Resolver
from .errors import CallRefused, ComponentError
from .mounting import Renderer
from .mounts import Mount
from .navigation import Redirect
from .protocol import LATE
from .suspense import Part, Suspense

_TURNS: Final = 5
"""Of the event loop: what is rendered by then has not waited for anything."""
_ending: Final[set[asyncio.Task[None]]] = set()
"""What is being stopped: it still closes what it has opened."""


class PartRoot(Mount):
    """Stands for a `Suspense` while its children are rendered apart.

    Arguments:
        mount: the place of the `Suspense`.
        part: what is rendered.
    """

    __slots__ = ("part",)

    def __init__(self, mount: Mount, part: Part) -> None:
        super().__init__(mount.component, mount.owner, mount.place)
        self.part = part


class Parts:
    """The parts that one request has begun to render.

    Arguments:
        resolver: that of the request. Each part resolves its dependencies by itself, and closes what they
            have opened when it is over.
        seconds: how long a part may take.
        count: how many are rendered at the same time.
    """

    def __init__(self, resolver: Resolver, *, seconds: float, count: int) -> None:
        self._resolver = resolver
        self._seconds = seconds
        self._turns = asyncio.Semaphore(count)
        self._tasks: dict[Part, asyncio.Task[None]] = {}
        self._mounts: dict[Part, Mount] = {}
        self._heir: Parts | None = None
        """Goes on with these."""
        self.is_followed = False
        """Somebody sends what is still awaited after the answer."""
        resolver.suspend = self._begin

    async def _begin(self, mount: Mount) -> Part:
        """Begins to render what a `Suspense` shows.

        Returns:
            The part: it is over, if nothing in it has waited.
        """
        if self._heir is not None:
            return await self._heir._begin(mount)
        suspense = mount.component
        if not isinstance(suspense, Suspense):
            raise ComponentError(f"{suspense!r} is no Suspense")
        part = Part(suspense.children)
        part.root = PartRoot(mount, part)
        outer = _around(mount)
        if outer is not None:
            outer.inner.append(part)
        part.work = self._tasks[part] = asyncio.create_task(self._render(part, part.root))
        self._mounts[part] = mount
        part.owner = self
        for _ in range(_TURNS):
            if not part.is_over:
                await asyncio.sleep(0)
        return part

    def take_over(self, mounts: Iterable[Mount]) -> None:
        """Goes on with what other requests have begun: whoever asks last is sent it.

        Arguments:
            mounts: all of the page. No pass over it is under way.
        """
        for mount in mounts:
            part = mount.component._part if isinstance(mount.component, Suspense) else None
            owner = None if part is None else part.owner
            if part is not None and isinstance(owner, Parts) and owner is not self and part in owner._tasks:
                self._tasks[part], self._mounts[part] = owner._tasks.pop(part), owner._mounts.pop(part)
                owner._heir = part.owner = self

    async def _render(self, part: Part, root: PartRoot) -> None:
        try:
            async with self._turns:
                await self._in_time(part, root)
        except asyncio.CancelledError:
            part.is_cancelled = True
            raise
        except (Exception, Redirect) as error:
            part.error = error
        part.is_over = True

    async def _in_time(self, part: Part, root: PartRoot) -> None:
        limit = asyncio.timeout(self._seconds)
        try:
            resolver = self._resolver.another()
            resolver.suspend = self._begin
            async with limit, resolver.apart():
                renderer = Renderer(resolver)
                with reading(set()):
                    await renderer.show(child_of(part.children, "Suspense"), root)
                part.rendered = tuple(mount for mount in renderer.rendered if mount is not root)
                part.caught = tuple(renderer.caught)
                renderer.settle()
        except TimeoutError:
            if not limit.expired():
                raise
            message = f"This took longer than {self._seconds:g} s."
            raise CallRefused(504, LATE, message) from None

    @property
    def are_awaited(self) -> bool:
        """Whether something is still to be shown. No pass over the view is under way."""
        return any(self._is_awaited(part) for part in self._tasks)

    async def ready(self, lock: asyncio.Lock) -> bool:
        """Waits until something can be put in.

        Arguments:
            lock: that of the view.

        Returns:
            Whether something can: otherwise nothing is awaited any more.
        """
        while True:
            async with lock:
                self.prune()
                if any(part.is_over and _around(mount) is None for part, mount in self._mounts.items()):
                    return True
            running = [task for task in self._tasks.values() if not task.done()]
            if not running:
                return False
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)

    def prune(self) -> None:
        """Stops what nobody awaits any more. No pass over the view is under way."""
        for part in [part for part in self._tasks if not self._is_awaited(part)]:
            self._drop(part)

    def fail(self, error: Exception) -> None:
        """What is ready cannot be put in."""
        for part in self._tasks:
            if part.is_over:
                part.error = part.error or error

    def close(self) -> None:
        """Stops whatever is still being rendered."""
        for part in list(self._tasks):
            self._drop(part)

    def _drop(self, part: Part) -> None:
        task = self._tasks.pop(part)
        del self._mounts[part]
        if not task.done():
            part.cancel()
            _ending.add(task)
            task.add_done_callback(_ending.discard)

    def _is_awaited(self, part: Part) -> bool:
        """Whether nobody has put it in, and its place is on the page or in another part that is awaited."""
        mount = self._mounts[part]
        if part.is_taken or part.is_cancelled:
            return False
        while mount.owner is not None:
            if isinstance(mount, PartRoot):
                return mount.part in self._tasks and not mount.part.is_cancelled
            if mount.owner.below.get(mount.place) is not mount:
                return False
            mount = mount.owner
        return True


def _around(mount: Mount) -> Part | None:
    """The part that a place is in, as long as that is not put in."""
    outer: Mount | None = mount
    while outer is not None and not isinstance(outer, PartRoot):
        outer = outer.owner
    return None if outer is None else outer.part
