"""Views: open pages. What is kept of one is a cache; its truth is the sealed state in the browser."""

from __future__ import annotations

import asyncio
import os
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from contextvars import Context
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from .actions import BoundAction
from .arguments import Payload
from .blocks import CHILD, EVENT, Block, Items, Listener, Node, Rendered
from .brokers import REVALIDATED, Position
from .codec import pack, unpack
from .components import Component, class_of
from .context import HERE, JOINED, OpenPage
from .dependencies import Resolver
from .diff import UNCHANGED, Change, diff
from .effects import Effect, collect
from .errors import CallRefused, ComponentError, Invalid
from .feeds import feeds_of
from .mounting import Renderer
from .mounts import Mount
from .navigation import Redirect
from .outcomes import Outcomes, dump_outcomes, load_outcomes
from .predictions import Predictions
from .running import Lineage
from .saved import NOT_LIVE, Live, Saved, around, dump_more, load_saved
from .suspense import Suspense
from .weights import weight_of
from .wire import Numbering

# Measured (benchmarks/memory.py), in bytes.
_VIEW_COST: Final = 4_000
"""An open page without its tree."""
_STATE_COST: Final = 9
"""State, for each byte of it that is sealed."""
_PATCH_COST: Final = 48
"""What a patch puts into the tree at most, for each of its bytes."""
_UNWEIGHED: Final = 20_000
"""So much may be put into it before it is weighed again; to weigh it takes a twentieth of a click."""


_LIVE: Final = frozenset({"tag", HERE, JOINED})
_kind_of: Final = itemgetter(0)
_feeds_of: Final = attrgetter("feeds")

T = TypeVar("T")


class Found(NamedTuple):
    """A handler, its action, the keys of lists on the way to it, its event, and where it stands."""

    listener: Listener
    bound: BoundAction[Any, Any]
    """The action to call."""
    keys: tuple[str | int, ...]
    event: str = ""
    within: Mount | None = None
    """The innermost component that shows it; not always the one whose action it is."""


class Ran(NamedTuple):
    """What came of running a handler.

    Arguments:
        result: what the action returned.
        change: how the tree has changed.
        invalid: why nothing was done, when the arguments do not validate.
        rendered: the components that were rendered.
        effects: what the action has asked the browser for.
        caught: how the action has failed, where an error boundary shows it.
    """

    result: Any
    change: Change
    invalid: Invalid | None
    rendered: tuple[Mount, ...]
    effects: tuple[Effect, ...] = ()
    caught: CallRefused | None = None


Step: TypeAlias = Callable[[list[Effect]], Awaitable[None]]
"""Shows what an action has done so far; it is given the effects that it has asked for."""


async def _gone_through(steps: AsyncGenerator[Any], asked: list[Effect], step: Step | None) -> Any:
    """Runs an action that yields to its end; gives the last value that it has yielded."""
    last = None
    async with aclosing(steps):
        async for value in steps:
            last = value if value is not None else last
            if step is not None:
                await step(asked)
    return last


async def itself(ran: Ran) -> Ran:
    """For `View.finish` where no answer is to be made."""
    return ran


class Gone(Exception):
    """The page is not there any more for this visitor, after what an action has done.

    Arguments:
        response: what leads them on.
    """

    def __init__(self, response: Response) -> None:
        super().__init__("the page is not there any more")
        self.response = response


class Done:
    """What an action has done, before it is shown.

    Arguments:
        bound: the action; `None`: nothing was done.
        result: what it returned.
        invalid: why it was refused.
        effects: what it wants the browser to do.
        blind: whether the person had not seen yet what the call before came to.
        caught: how it has failed, and the boundary that shall show it.
    """

    def __init__(
        self,
        bound: BoundAction[Any, Any] | None,
        result: Any = None,
        invalid: Invalid | None = None,
        effects: tuple[Effect, ...] = (),
        *,
        blind: bool = False,
        caught: tuple[CallRefused, Mount] | None = None,
    ) -> None:
        self.bound = bound
        self.result = result
        self.invalid = invalid
        self.effects = effects
        self.blind = blind
        self.caught = caught

    @classmethod
    async def of(
        cls,
        bound: BoundAction[Any, Any],
        payload: Payload,
        resolver: Resolver,
        *,
        blind: bool = False,
        step: Step | None = None,
    ) -> Done:
        """Runs an action.

        Arguments:
            bound: the action.
            payload: what the browser sent.
            resolver: resolves its dependencies.
            blind: whether the person had not seen yet what the call before came to.
            step: what is done where it yields; it takes out of the list the effects that it sends.
        """
        try:
            with collect() as asked:
                try:
                    result = await bound.run(resolver, payload)
                    if bound.action.yields:
                        result = await _gone_through(result, asked, step)
                except Redirect as leaving:
                    result = leaving.with_traceback(None)
        except Invalid as error:
            bound.ended(resolver.context, is_done=False)
            return cls(bound, invalid=error)
        if isinstance(result, HTTPException):
            raise result
        bound.ended(resolver.context, is_done=True)
        return cls(bound, result, None, tuple(asked), blind=blind)

    @property
    def outcomes(self) -> Outcomes:
        """Those of all actions of the component, as they are now."""
        return {} if self.bound is None else dict(self.bound.outcomes)

    @outcomes.setter
    def outcomes(self, outcomes: Outcomes) -> None:
        if self.bound is not None:
            self.bound.outcomes.clear()
            self.bound.outcomes.update(outcomes)

    def note(self) -> None:
        """Notes the outcome for the component to show."""
        if self.bound is None:
            return
        if self.invalid is not None:
            self.bound.failed(self.invalid)
        # What is wrong stays until it was seen.
        elif not (self.blind and self.bound.errors):
            self.bound.succeeded(None if isinstance(self.result, Response) else self.result)


class View:
    """An open page.

    Arguments:
        page: its page, at one address.
        visitor: who it was rendered for.
        identifier: that of a view that is restored; a new one otherwise.
    """

    def __init__(self, page: str, visitor: str, identifier: bytes | None = None) -> None:
        self.id = os.urandom(12) if identifier is None else identifier
        self.page = page
        self.visitor = visitor
        # Two copies of a page (a tab that was duplicated, a call answered by two processes) go on from one
        # state, each its own way: equal numbers would let one be taken for the other.
        self.lineage = Lineage(1 if identifier is None else int.from_bytes(os.urandom(4), "big"))
        self.root = Mount(None)
        self.mounts: tuple[Mount, ...] = (self.root,)
        """All that stands on the page; while it is rendered, what stood there before."""
        self.is_live = False
        """Whether something of it may change without anything that its visitor does."""
        self.owner = OpenPage()
        """Whose the actions are that are no component's."""
        self.owner.__dict__["_mount"] = self.root
        self.content = -1
        """The key of the page's own content in its layout."""
        self.numbering = Numbering()
        self.predictions = Predictions()
        self.lock = asyncio.Lock()
        self.sealed: tuple[bytes, float] = (b"", 0.0)
        """The state that the browser has, and when it was sealed."""
        self.cost = _VIEW_COST
        """An estimate of the memory that it takes, in bytes."""
        self._tree_cost = 0
        """What of it the tree takes."""
        self._patched = 0
        """What patches have put into the tree at most since that was estimated, in bytes."""
        self.watching: set[Callable[[], None]] = set()
        """Told whenever something was rendered: places may have gone."""
        self.status = 200
        """The HTTP status that is honest, when something failed as it was opened."""
        self.can_listen = True
        """Whether it may be told unasked."""
        self.listens_to: frozenset[str] | None = None
        """What it listened to when its browser was told that it is to listen."""
        self.revalidated: Position | None = None
        """How far it was heard which data has changed."""
        self.is_restored = False
        """It was made from a state, and has not heard yet what was said since."""
        self.watcher: Callable[[bool], None] | None = None
        """Is told when something has been done in it; with `True`, that what was said is still to be told."""

    def note_done(self, *, has_missed: bool = False) -> None:
        """Tells its watcher that something has been done in it: turns are free that were not.

        Arguments:
            has_missed: what was said is still to be told.
        """
        if self.watcher is not None:
            self.watcher(has_missed)

    def restore(self, saved: Saved) -> None:
        """Gives the page itself what was kept of it, before its function runs."""
        own = saved.get(())
        if own is None:
            return
        if own.outcomes:
            self.owner.__dict__["_outcomes"] = load_outcomes(own.outcomes)
        self.revalidated = own.live.cursors.get(REVALIDATED, self.revalidated)

    async def open(self, content: Rendered, resolver: Resolver, saved: Saved | None = None) -> None:
        """Mounts the content of the page, with kept state where there is some."""
        renderer = Renderer(resolver)
        await renderer.show(content, self.root, saved)
        self.root.readings = frozenset(resolver.context.readings)
        self.is_restored = saved is not None
        self._look()
        renderer.settle()
        self._note(renderer)

    def _note(self, renderer: Renderer) -> None:
        for each in renderer.caught:
            self.status = max(self.status, min(each.status, 500))

    def find(self, address: Iterable[str | int]) -> Found | None:
        """The handler at an address, if there is one."""
        child: Rendered = self.root.content
        keys: tuple[str | int, ...] = ()
        within: Node = self.root
        steps = iter(address)
        for step in steps:
            while type(child) is not Block and isinstance(child, Node):
                within, child = child, child.content
            if type(child) is Block:
                if type(step) is not int or not 0 <= step < len(child.values):
                    return None
                kind, value = child.template.kinds[step], child.values[step]
                if kind is CHILD:
                    child = value
                    continue
                if kind is not EVENT:
                    return None
                listener = value.get(next(steps, None)) if isinstance(value, dict) else value
                if next(steps, None) is not None or not isinstance(listener, Listener):
                    return None
                bound = listener.called()
                if not isinstance(bound, BoundAction):
                    return None
                event = child.template.names[step]
                return Found(listener, bound, keys, event, within if isinstance(within, Mount) else None)
            if not isinstance(child, Items):
                return None
            index = _index(child, step)
            if index is None:
                return None
            if child.keys is not None:
                keys = (*keys, child.keys[index])
            child = child.values[index]
        return None

    @property
    def has_layout(self) -> bool:
        """Whether components stand around the page's own content."""
        return any(self.content not in place for place in self.root.below)

    def kept_around(self, limit: int) -> Saved:
        """The state of what stands around the page's own content."""
        return around(read_saved(self.save(), limit), self.content)

    def _look(self) -> None:
        """Notes what stands on the page, after a pass over it."""
        self.mounts = tuple(self.root.walk())
        self.is_live = self.can_listen and any(map(_is_live, self.mounts))

    @property
    def topics(self) -> frozenset[str]:
        """What it listens to, and where it shows who is there."""
        mounts = self.mounts
        there = (name for each in mounts for kind, name in each.readings if kind in (HERE, JOINED))
        return frozenset((*(topic for each in mounts for topic in each.cursors), *there))

    @property
    def is_line_needed(self) -> bool:
        """Whether its browser is to say anew where it listens; perhaps its line is another process's."""
        if not self.is_live:
            return False
        return self.listens_to is None or (self.watcher is None and self.listens_to != self.topics)

    @property
    def version(self) -> int:
        """The version of the tree."""
        return self.lineage.version

    def mount_of(self, bound: BoundAction[Any, Any]) -> Mount:
        """Where the component of a handler stands.

        Raises:
            ComponentError: it does not stand in this view.
        """
        owner = bound.owner
        if owner is self.owner:
            return self.root
        own = owner.__dict__.get("_mount")
        if isinstance(own, Mount) and own.component is owner and own.is_on(self.root):
            return own
        for mount in self.mounts:
            if mount.component is owner:
                return mount
        raise ComponentError(
            f"{bound!r}: the handler is of a {type(owner).__name__} that is not on the page: what "
            "stands there is a copy of it. Give the action from inside a component: self.method"
        )

    def component_at(self, path: Sequence[Sequence[str | int]], tag: int) -> Component | None:
        """The component at a path, if it is of the class that has this tag."""
        mount: Mount | None = self.root
        for place in path:
            mount = None if mount is None else mount.below.get(tuple(place))
        component = None if mount is None else mount.component
        return component if component is not None and class_of(component).tag == tag else None

    async def run(self, found: Found, payload: Payload, resolver: Resolver, *, blind: bool = False) -> Ran:
        """Runs a handler, and renders what it has changed, when nothing else goes on in the view.

        Arguments that do not validate are noted for the component to show; the state stays as it was.
        """
        mount = self.mount_of(found.bound)
        done = await Done.of(found.bound, payload, resolver, blind=blind)
        return await self.finish(mount, done, resolver, itself)

    async def finish(
        self,
        mount: Mount | None,
        done: Done | None,
        resolver: Resolver,
        then: Callable[[Ran], Awaitable[T]],
    ) -> T:
        """Renders what an action has changed. What other actions that still run have done is left for them.

        Arguments:
            mount: where the component of the action stands.
            done: what the action has done; without it, only what is left to do is done.
            resolver: resolves the dependencies of `render`.
            then: makes the answer; when it raises, nothing is changed.

        Returns:
            What `then` gives.
        """
        done = done or Done(None)
        outcomes = done.outcomes
        renderer = Renderer(resolver, mount, self.version + 1)
        caught: CallRefused | None = None
        try:
            if done.caught is not None:
                caught, boundary = done.caught
                renderer.catch(boundary, caught)
            if done.invalid is not None:
                self._roll_back(clear=False)
            done.note()
            context = resolver.context
            if isinstance(done.result, RedirectResponse):
                # What is left behind is not shown again.
                for each in self.mounts:
                    if each is mount or not each.busy:
                        each.leave(context.stale)
                return await then(Ran(done.result, UNCHANGED, None, (), done.effects))
            stale = context.stale
            if stale:
                resolver.renew()
            for each in self.mounts:
                if isinstance(each.component, Suspense) and each.component._part is not None:
                    each.component._part.note(stale)
                if each is mount or not each.busy:
                    is_stale = bool(stale) and (
                        context.is_all_stale or not stale.isdisjoint(each.readings | each.started)
                    )
                    is_own = each is mount and each.component is not None
                    each.dirty = is_own or is_stale or each.stale or each.changed()
            before = self.root.content
            await renderer.refresh(self.root)
            self._look()
            change = diff(before, self.root.content)
            if any(map(_feeds_of, self.mounts)):
                await renderer.complete(change)
            rendered = tuple(renderer.rendered)
            renderer.settle()
            self._note(renderer)
            for look in list(self.watching):
                look()
            return await then(Ran(done.result, change, done.invalid, rendered, done.effects, caught))
        except BaseException:
            renderer.undo()
            self._look()
            done.outcomes = outcomes
            for each in self.mounts:
                each.dirty = False
                for feed in feeds_of(each.component):
                    feed.give_back()
            self.predictions.forget()
            self.sealed = (b"", 0.0)  # the browser may not have it
            raise

    def take_back(self, mount: Mount, *, goes_on: bool) -> None:
        """Undoes what an action has done that failed.

        Arguments:
            mount: where its component stands.
            goes_on: it could not be stopped: from now on it works on a component that is not there any more.
        """
        if not mount.busy:
            if goes_on:
                mount.renew()
            mount.roll_back()
            mount.clear()
        self._roll_back(clear=True)

    def _roll_back(self, *, clear: bool) -> None:
        for each in self.mounts:
            for feed in feeds_of(each.component):
                feed.undo()
            if not each.busy and each.roll_back() and clear:
                each.clear()

    @property
    def is_behind(self) -> bool:
        """Whether something is still to be rendered that could not be while an action ran."""
        return any(each.stale and not each.busy for each in self.mounts)

    def save(self) -> bytes:
        """The state of all components, and the outcomes of the page's own actions, to be sealed."""
        outcomes: Outcomes = self.owner.__dict__.get("_outcomes", {})
        heard = self.revalidated if self.is_live else None
        own: list[Any] = []
        if outcomes or heard is not None:
            live = NOT_LIVE if heard is None else Live({REVALIDATED: heard})
            more = dump_more(dump_outcomes(outcomes), frozenset(), live)
            own = [[[], 0, b"", [], *more]] if more else []
        return pack([*own, *self.root.save()])

    async def fill(self, resolver: Resolver) -> None:
        """Loads all feeds, for an answer that gives the whole page."""
        renderer = Renderer(resolver)
        for each in self.mounts:
            for supply in each.feeds.values():
                if supply.content is None:
                    await renderer.fill(supply)

    def _let_go(self) -> None:
        """Lets go of what the answer says of feeds."""
        for each in self.mounts:
            for supply in each.feeds.values():
                supply.forget()
            for feed in feeds_of(each.component):
                feed.tell(leave=each.busy > 0)

    def weigh(self, changed: int | None = None) -> None:
        """Estimates the memory that the view takes, now that an answer is made of it.

        Arguments:
            changed: the size of what was sent besides the state, in bytes, if it was a change and not the
                whole.
        """
        self._let_go()
        self._patched += (changed or 0) * _PATCH_COST
        # To go through all of a large page for each small change would cost more than the change.
        if changed is None or self._patched > max(self._tree_cost / 2, _UNWEIGHED):
            self._patched, self._tree_cost = 0, weight_of(self.root.content)
        self.cost = _VIEW_COST + len(self.sealed[0]) * _STATE_COST + self._tree_cost


def _is_live(mount: Mount) -> bool:
    """Whether a component may change by what others do."""
    read = mount.readings | mount.started if mount.started else mount.readings
    return bool(mount.cursors) or not _LIVE.isdisjoint(map(_kind_of, read))


def read_saved(data: bytes, limit: int) -> Saved:
    """The kept state of a view, from its packed form.

    Raises:
        Malformed: it is not of that form.
    """
    return load_saved(unpack(data, limit=limit, depth=500))


def _index(items: Items, step: str | int) -> int | None:
    if items.keys is not None:
        try:
            index = items.keys.index(step)
        except ValueError:
            return None
        return index if type(items.keys[index]) is type(step) else None
    return step if type(step) is int and 0 <= step < len(items.values) else None


class ViewCache:
    """The views that this process holds: bounded by count, bytes, and idle time.

    Arguments:
        count: how many views at most.
        size: how many bytes at most, by estimate.
        idle: seconds after which a view that nobody used is dropped.
        visitor_count: how many views of one visitor at most; without it, `count` alone holds.
    """

    def __init__(self, *, count: int, size: int, idle: float, visitor_count: int | None = None) -> None:
        self._views: OrderedDict[bytes, tuple[View, float, int]] = OrderedDict()
        self._of_visitors: dict[str, OrderedDict[bytes, View]] = {}
        self._visitor_count = count if visitor_count is None else visitor_count
        self._count = count
        self._size = size
        self._idle = idle
        self._held = 0
        self._sweep: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._views)

    def __contains__(self, view: View) -> bool:
        held = self._views.get(view.id)
        return held is not None and held[0] is view

    def get(self, identifier: bytes, visitor: str, page: str) -> View | None:
        """A view of this visitor on this page, if it is held."""
        held = self._views.get(identifier)
        if held is None or held[0].visitor != visitor or held[0].page != page:
            return None
        return held[0]

    def put(self, view: View) -> None:
        """Holds a view as the one used last; lets go what is beyond the bounds."""
        self._put(view, self._views.get(view.id))

    def _put(self, view: View, held: tuple[View, float, int] | None) -> None:
        """The same, by what is held under its id."""
        now = time.monotonic()
        if held is None or held[0] is not view:
            self.drop(view)
            held = None
        self._views[view.id] = (view, now, view.cost)
        theirs = self._of_visitors.setdefault(view.visitor, OrderedDict())
        if held is None:
            self._held += view.cost
            theirs[view.id] = view
            while len(theirs) > self._visitor_count:
                self.drop(next(iter(theirs.values())))
        else:
            self._held += view.cost - held[2]
            self._views.move_to_end(view.id)
            theirs.move_to_end(view.id)
        self.prune(now)

    def sweep(self) -> None:
        """Lets idle views go from now on also when no request comes any more; for use in an event loop."""
        if self._sweep is None:
            # In the context of the request the timer would hold the page that it was for.
            self._sweep = asyncio.get_running_loop().call_later(self._idle, self._swept, context=Context())

    def _swept(self) -> None:
        self._sweep = None
        self.prune()
        if self._views:
            self.sweep()

    def keep(self, view: View) -> None:
        """As `put`, unless the same page was restored meanwhile."""
        held = self._views.get(view.id)
        if held is None or held[0] is view:
            self._put(view, held)

    def drop(self, view: View) -> None:
        """Lets a view go; nothing is lost."""
        held = self._views.pop(view.id, None)
        if held is not None:
            self._held -= held[2]  # what it cost when it was put here
            theirs = self._of_visitors[held[0].visitor]
            del theirs[view.id]
            if not theirs:
                del self._of_visitors[held[0].visitor]

    def prune(self, now: float | None = None) -> None:
        """Lets go what is beyond the bounds."""
        oldest = (time.monotonic() if now is None else now) - self._idle
        while self._views:
            view, used, _ = next(iter(self._views.values()))
            if len(self._views) <= self._count and self._held <= self._size and used >= oldest:
                break
            self.drop(view)
