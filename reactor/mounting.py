"""Mounting: the pass over a page that puts components in place, renders them, and can take it all back."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Set
from functools import partial
from typing import Any, Final

from starlette.exceptions import HTTPException

from .actions import Drawing
from .blocks import Block, Deferred, Items, Node, Rendered, child_of, is_live
from .boundaries import ErrorBoundary
from .brokers import Position
from .components import Component, class_of
from .context import EVERYTHING, Reading, reading
from .dependencies import Resolver
from .diff import Change, untold
from .errors import CallRefused, ComponentError, StateError
from .failures import is_redirect, told
from .feeds import Feed, closed
from .mounts import Mount, Supply
from .outcomes import load_outcomes
from .props import frozen, is_same
from .saved import Place, Saved, SavedMount, dump_saved, laid_over, load_saved, merged
from .suspense import Part, Suspense
from .topics import Heard, heard_by
from .tracebacks import note_path

_CAUGHT: Final = ("caught", "aside")
"""The state of a boundary."""

_MAXIMAL_DEPTH: Final = 100  # Python's own limit is met at about twice that


class Renderer:
    """One pass over a view: mounts, renders, and notes what was rendered.

    What fails in an error boundary is taken back to where the boundary's turn began, and its fallback is
    rendered.

    Arguments:
        resolver: resolves dependencies of `mount` and `render`.
        own: where the component stands whose action has ended: it is rendered though others of its actions
            may be running; and if what fails stands around it, the action has failed.
        version: the one that this pass makes.
    """

    def __init__(self, resolver: Resolver, own: Mount | None = None, version: int = 0) -> None:
        self._resolver = resolver
        self._own = own
        self._version = version
        self.rendered: list[Mount] = []
        self.caught: list[CallRefused] = []
        """What boundaries have caught in this pass."""
        self._undo: list[Callable[[], None]] = []
        self._restores = False

    async def show(self, content: Rendered, root: Mount, saved: Saved | None = None) -> None:
        """Makes `content` what a mount shows: components in it are matched, or mounted and restored.

        Raises:
            StateError: kept state does not fit its component any more.
        """
        if root.owner is None:
            self._restores = saved is not None
        before = root.below
        kept = root.feeds, root.kept, root.stale
        self._undo.append(partial(_put_back, root, root.before, root.content, before, *kept))
        root.below, root.fed, root.feeds = {}, root.feeds, {}
        if is_live(content):
            content = await self._resolve(content, root, (), before, saved)
        root.fed = {}
        if root.before is root:
            root.before = root.content
        root.content = content
        root.dirty = root.stale = False
        self.rendered.append(root)

    def refresh(self, mount: Mount) -> Awaitable[None]:
        """Renders again what is dirty, from here down; nothing of a component whose action is running."""
        if isinstance(mount.component, ErrorBoundary):
            return self._guarded(mount, None, self._refresh)
        return self._refresh(mount, None)

    async def _refresh(self, mount: Mount, saved: Saved | None) -> None:
        is_due = isinstance(mount.component, Suspense) and mount.component.is_due
        if (mount.dirty or is_due) and not self._is_busy(mount):
            await self._draw(mount, saved)
        else:
            for supply in mount.feeds.values():
                await self._supply(supply)
            for below in list(mount.below.values()):
                await self.refresh(below)

    def _is_busy(self, mount: Mount) -> bool:
        return mount.busy > 0 and mount is not self._own

    def settle(self) -> None:
        """Ends the pass: what was rendered is now what is shown."""
        for mount in self.rendered:
            mount.before = mount
        self.rendered.clear()

    def undo(self) -> None:
        """Takes the pass back, also when it has ended: what was shown before is what is shown."""
        self._undo_to(0, 0)

    def _undo_to(self, steps: int, rendered: int) -> None:
        for put_back in reversed(self._undo[steps:]):
            put_back()
        del self._undo[steps:]
        del self.rendered[rendered:]

    async def _guarded(
        self, mount: Mount, saved: Saved | None, work: Callable[[Mount, Saved | None], Awaitable[None]]
    ) -> None:
        """Works at the mount of a boundary, which catches what fails in it."""
        steps, rendered = len(self._undo), len(self.rendered)
        try:
            await work(mount, saved)
        except Exception as error:
            # Where the action's own component fails with what stands around it, the whole pass is taken back.
            is_failed_action = self._own is not None and self._own.stands_in(mount)
            is_of_another_build = self._restores and isinstance(error, StateError)
            if is_redirect(error) or is_failed_action or is_of_another_build:
                raise
            reached = load_saved(mount.save())
            self._undo_to(steps, rendered)
            self.catch(mount, told(error, "rendering"), reached, saved, error)
            await self._draw(mount, None)

    def catch(
        self,
        mount: Mount,
        refused: CallRefused,
        reached: Saved | None = None,
        saved: Saved | None = None,
        error: Exception | None = None,
    ) -> None:
        """Makes a boundary show its fallback once it is rendered; the state of what is in it is set aside.

        Arguments:
            mount: where the boundary stands.
            refused: what went wrong.
            reached: the state of what stood in it when it failed, as far as that was there.
            saved: what was to be restored in it.
            error: why, if something could not be rendered.
        """
        boundary = mount.component
        if not isinstance(boundary, ErrorBoundary):
            raise ComponentError(f"{boundary!r} is no error boundary")
        kept = boundary.kept_aside
        before = saved if kept is None else load_saved(kept)
        if before is None:
            before = load_saved(mount.save())
        elif isinstance(error, StateError):
            reached, before = None, {}  # what was set aside does not fit any more
        was = {name: boundary.__dict__[name] for name in _CAUGHT}
        self._undo.append(partial(boundary.__dict__.update, was))
        boundary.catch(refused, dump_saved(laid_over(reached or {}, before)))
        self._let_go(mount)
        self.caught.append(refused)

    def _let_go(self, mount: Mount) -> None:
        """Takes from a mount what stands below it; what is shown there next is something else."""
        self._undo.append(partial(setattr, mount, "below", mount.below))
        for each in list(mount.walk())[1:]:
            self._undo.append(partial(setattr, each, "is_aside", each.is_aside))
            each.is_aside = True
        mount.below = {}

    def _render(self, mount: Mount, saved: Saved | None) -> Awaitable[None]:
        if isinstance(mount.component, ErrorBoundary):
            return self._guarded(mount, saved, self._draw)
        return self._draw(mount, saved)

    async def _draw(self, mount: Mount, saved: Saved | None) -> None:
        component = mount.component
        self._undo.append(partial(_readings_back, mount, mount.readings, mount.started))
        if component is None:
            await self.show(await self._reopened(), mount)
            mount.readings = frozenset(self._resolver.context.readings)
            return
        if isinstance(component, ErrorBoundary) and (aside := self._taken_aside(component)) is not None:
            self._let_go(mount)
            saved = load_saved(aside)
        if isinstance(component, Suspense) and component.is_awaited and await self._filled(mount, component):
            return
        try:
            if mount.has_missed or mount.started & self._resolver.context.stale:
                self._undo.append(partial(setattr, mount, "has_missed", mount.has_missed))
                mount.has_missed = False
                await self._load(component, mount)
            readings: set[Reading] = set()
            with reading(readings):
                content = await rendered(component, self._resolver)
        except Exception as error:
            note_path(error, mount.trail)
            raise
        if class_of(component).subscriptions:
            self._undo.append(partial(_listening_back, mount, mount.heard, mount.cursors))
            await self._listen(mount)
        await self.show(content, mount, saved)
        mount.readings = readings.union(*[each.readings for each in mount.feeds.values()])
        mount.begun = {}
        mount.keep()

    async def _filled(self, mount: Mount, suspense: Suspense) -> bool:
        """Puts in what was rendered apart, if it is there; sees to it that somebody does that.

        Returns:
            Whether nothing is left to be drawn.

        Raises:
            Exception: it could not be rendered.
        """
        self._undo.append(partial(suspense.__dict__.update, suspense.kept))
        if self._resolver.suspend is None:
            suspense.shown = True
            return False
        part = suspense._part
        if part is None or part.is_cancelled:
            part = await self._resolver.suspend(mount)
            self._undo.append(part.cancel)
            suspense._part = part
        if not part.is_over:
            return False
        self._undo.append(partial(setattr, part, "is_taken", part.is_taken))
        part.is_taken, suspense._part = True, None
        self.caught += part.caught
        if part.error is not None:
            if not isinstance(part.error, Exception) or is_redirect(part.error) or _is_guarded(mount):
                raise part.error
            refused = told(part.error, "rendering")
            suspense.catch(refused)
            self.caught.append(refused)
            return False
        suspense.shown = True
        return await self._put_in(mount, suspense, part)

    async def _put_in(self, mount: Mount, suspense: Suspense, part: Part) -> bool:
        """Puts what was rendered apart into its place."""
        kept = mount.feeds, mount.kept, mount.stale
        self._undo.append(partial(_put_back, mount, mount.before, mount.content, {}, *kept))
        self._let_go(mount)
        root = part.root or mount
        mount.below = root.below
        for below in mount.below.values():
            below.owner = mount
        self.rendered += part.rendered
        for each in list(mount.walk())[1:] if part.stale else ():
            if each.component is not None and each.started & part.stale:
                await self._load(each.component, each)
            is_read = not part.stale.isdisjoint(each.readings | each.started)
            each.dirty = is_read or EVERYTHING in part.stale or each.changed()
        if part.children is not suspense.children:
            # Whoever renders it has given it others since; what is the same in these stays.
            return False
        if mount.before is mount:
            mount.before = mount.content
        mount.content = root.content
        mount.dirty = mount.stale = False
        mount.readings = frozenset()
        mount.keep()
        self.rendered.append(mount)
        for below in list(mount.below.values()):
            await self.refresh(below)
        return True

    def _taken_aside(self, boundary: ErrorBoundary) -> Any:
        before = boundary.aside
        aside = boundary.take_aside()
        if aside is not None:
            self._undo.append(partial(setattr, boundary, "aside", before))
        return aside

    async def _reopened(self) -> Rendered:
        if self._resolver.reopen is None:
            raise ComponentError("nobody has said how to open the page again")
        return await self._resolver.reopen()

    async def _resolve(
        self, child: Rendered, owner: Mount, place: Place, before: dict[Place, Mount], saved: Saved | None
    ) -> Rendered:
        if isinstance(child, Block):
            if not child.live:
                return child
            values = list(child.values)
            for slot in child.template.child_slots:
                value = values[slot]
                if is_live(value):
                    values[slot] = await self._resolve(value, owner, (*place, slot), before, saved)
            return Block(child.template, tuple(values), child.key, live=True)
        if isinstance(child, Items):
            if not child.live:
                return child
            items = list(child.values)
            for index, value in enumerate(items):
                if is_live(value):
                    step = index if child.keys is None else child.keys[index]
                    items[index] = await self._resolve(value, owner, (*place, step), before, saved)
            return Items(tuple(items), child.keys, live=True)
        if isinstance(child, Component):
            return await self._mount(child, owner, place, before, saved)
        if isinstance(child, Feed):
            return await self._feed(child, owner, place)
        if isinstance(child, Deferred):
            raise ComponentError(f"{child!r} cannot be rendered")
        return child

    async def _feed(self, feed: Feed[Any], owner: Mount, place: Place) -> Supply:
        """The place of a feed that is shown now: the one from before, or a new one, which is filled."""
        supply = owner.fed.get(place)
        read: Set[Reading] | None = frozenset()
        if supply is None or supply.source != feed.source:
            supply = Supply(feed)
            read = owner.begun.get((feed.name, place)) if self._restores else None
            supply.readings = read or frozenset()
        supply.feed = feed
        try:
            await (self.fill(supply) if read is None else self._supply(supply))
        except Exception as error:
            note_path(error, owner.trail)
            raise
        owner.feeds[place] = supply
        return supply

    async def _supply(self, supply: Supply) -> None:
        """Notes how a feed changes."""
        context, mount = self._resolver.context, supply.feed.mount
        is_given_other_props = 0 < self._version == mount.since
        is_stale = context.is_all_stale or not context.stale.isdisjoint(supply.readings)
        supply.is_outdated |= is_given_other_props or is_stale
        if self._is_busy(mount):
            return
        changes = supply.feed.take()
        if not (changes or supply.is_outdated):
            return
        readings = set(supply.readings)
        edit = None if supply.is_outdated else supply.feed.edit(changes, readings)
        if edit is None:
            await self.fill(supply)
            return
        self._undo.append(supply.keep())
        supply.readings = readings
        if supply.content is None:
            supply.edit = edit
        else:
            # It was loaded for this answer, before this was done.
            supply.content = edit.apply(supply.content)

    async def fill(self, supply: Supply) -> None:
        """Loads a feed, with what was done to it besides."""
        feed, readings = supply.feed, set[Reading]()
        self._undo.append(supply.keep())
        content = await feed.load(self._resolver, readings)
        changes = [] if self._is_busy(feed.mount) else feed.take()
        edit = feed.edit((change for change in changes if change.kind != "reset"), readings)
        supply.content = content if edit is None else edit.apply(content)
        supply.edit, supply.readings, supply.is_outdated = None, readings, False

    async def complete(self, change: Change) -> None:
        """Fills the feeds in what is made anew: of their items nobody remembers anything."""
        for supply in untold(change):
            if isinstance(supply, Supply):
                await self.fill(supply)

    async def _mount(
        self, given: Component, owner: Mount, place: Place, before: dict[Place, Mount], saved: Saved | None
    ) -> Mount:
        """The mount of a component that stands at `place` now: the one from before, or a new one."""
        props = frozen(given.__dict__, tuple(given._props))
        known = before.get(place)
        if known is not None and is_same(mounted := known.component, given):
            owner.below[place] = known
            same = known.props == props
            if not same:
                self._undo.append(
                    partial(_props_back, known, mounted.props, known.props, known.stale, known.since)
                )
                mounted.__dict__.update(given.props)
                known.props, known.since = props, self._version
            if self._is_busy(known):
                # Half of what its action does is not shown; it is rendered when that has ended.
                known.stale |= not same
                await self.refresh(known)
            elif known.dirty or known.stale or not same:
                await self._render(known, None)
            else:
                await self.refresh(known)
            return known
        mount = Mount(given.copy(), owner, place)
        if mount.depth > _MAXIMAL_DEPTH:
            raise ComponentError(
                f"{type(given).__name__} is nested more than {_MAXIMAL_DEPTH} deep; does it render itself?"
            )
        mount.props = props
        kept = saved.get(place) if saved is not None else None
        if kept is not None and kept.tag != class_of(given).tag:
            kept = None
        try:
            await self._start(mount, kept)
        except Exception as error:
            note_path(error, mount.trail)
            raise
        owner.below[place] = mount
        await self._render(mount, None if kept is None else kept.below)
        return mount

    async def _start(self, mount: Mount, kept: SavedMount | None) -> None:
        """Gives a new component its state: the kept one, or what its `mount` makes."""
        component = mount.component
        if component is None:
            return
        component.__dict__["_mount"] = mount
        known = class_of(component)
        if kept is not None:
            if kept.outcomes:
                component.__dict__["_outcomes"] = load_outcomes(kept.outcomes)
            mount.started, mount.begun = kept.started, kept.feeds
            data = merged(kept.data, kept.forks, known.initial)
            if data:
                component.__dict__.update(known.load(data))
            mount.kept = data or known.initial
            await self._listen(mount, kept.live.cursors)
            return
        # What is said while it loads comes after that.
        await self._listen(mount)
        if known.has_mount:
            await self._load(component, mount)
            mount.keep()  # it has begun, also if it cannot be rendered now

    async def _listen(self, mount: Mount, kept: Mapping[str, Position] | None = None) -> None:
        """Finds out what a component listens to: from now on, or from where it has heard.

        Arguments:
            mount: where it stands.
            kept: how far it had heard, where it is restored.
        """
        component = mount.component
        if component is None or not class_of(component).subscriptions:
            return
        mount.heard = heard_by(component, class_of(component).subscriptions)
        known = mount.cursors if kept is None else kept
        broker = self._resolver.context.broker
        mount.cursors = {
            topic: known[topic] if topic in known else await broker.position(topic) for topic in mount.heard
        }

    async def _load(self, component: Component, mount: Mount) -> None:
        """Runs a component's own `mount`; again, when something that it has read has changed."""
        known = class_of(component)
        readings: set[Reading] = set()
        with reading(readings):
            needs = await self._resolver.resolve(known.mount_needs) if known.mount_needs is not None else {}
            loaded = component.mount(**needs)  # type: ignore[attr-defined]
            if inspect.isawaitable(loaded):
                await loaded
        mount.started, mount.outdated = readings, False


def _is_guarded(mount: Mount) -> bool:
    """Whether an error boundary stands around it."""
    owner = mount.owner
    while owner is not None and not isinstance(owner.component, ErrorBoundary):
        owner = owner.owner
    return owner is not None


async def rendered(component: Component, resolver: Resolver) -> Rendered:
    """What a component shows, with the components in it not yet mounted."""
    known = class_of(component)
    needs = await resolver.resolve(known.render_needs) if known.render_needs is not None else {}
    component.__dict__.pop("_submitted", None)  # what is not rendered any more cannot be sent
    with closed("render"), Drawing(component):
        content = component.render(**needs)
        if type(content) is not Block and inspect.isawaitable(content):
            content = await content
    if isinstance(content, HTTPException):
        raise content
    return child_of(content, type(component).__name__)


def _put_back(
    mount: Mount,
    before: Rendered | Node,
    content: Rendered,
    below: dict[Place, Mount],
    feeds: dict[Place, Supply],
    kept: bytes,
    stale: bool,
) -> None:
    mount.before, mount.content, mount.below = before, content, below
    mount.feeds, mount.kept, mount.stale = feeds, kept, stale


def _listening_back(mount: Mount, heard: Heard, cursors: dict[str, Position]) -> None:
    mount.heard, mount.cursors = heard, cursors


def _readings_back(mount: Mount, readings: Set[Reading], started: Set[Reading]) -> None:
    mount.readings, mount.started = readings, started


def _props_back(mount: Mount, values: dict[str, Any], props: object, stale: bool, since: int) -> None:
    if mount.component is not None:
        mount.component.__dict__.update(values)
    mount.props, mount.stale, mount.since = props, stale, since
