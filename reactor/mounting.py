"""Components in place: matching, rendering, keeping and restoring their state."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping, Set
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from hashlib import blake2b
from typing import Any, Final, TypeGuard
from uuid import UUID

from pydantic import BaseModel
from starlette.exceptions import HTTPException

from .blocks import Block, Deferred, Feeding, Items, Listener, Node, Rendered, child_of, is_live
from .boundaries import ErrorBoundary
from .brokers import Position
from .components import Component, class_of
from .context import EVERYTHING, HERE, JOINED, Reading, reading
from .dependencies import Resolver
from .diff import Change, untold
from .errors import CallRefused, ComponentError, StateError
from .failures import is_redirect, told
from .feeds import Feed, closed
from .outcomes import dump_outcomes, load_outcomes
from .saved import (
    NOT_LIVE,
    Feeds,
    Live,
    Place,
    Saved,
    SavedMount,
    dump_more,
    dump_saved,
    laid_over,
    load_saved,
    merged,
)
from .suspense import Part, Suspense
from .topics import Heard, heard_by
from .tracebacks import note_path
from .turns import Turn

OURS: Final = frozenset({"_feeds", "_mount", "_outcomes", "_part", "_watched"})
"""What the framework itself keeps with a component."""

_CAUGHT: Final = ("caught", "aside")
"""The state of a boundary."""

_MAXIMAL_DEPTH: Final = 100  # Python's own limit is met at about twice that
_CONSTANT: Final = frozenset({type(None), int, str, bytes, date, datetime, time, timedelta, UUID})
_NUMBERS: Final = frozenset({bool, float, Decimal})
"""Types of constants that may be equal to an integer, and are not the same."""


class Supply(Feeding):
    """A feed where a component shows it.

    Arguments:
        feed: the feed.
    """

    __slots__ = ("feed", "is_outdated", "readings")

    def __init__(self, feed: Feed[Any]) -> None:
        super().__init__(feed.source)
        self.feed = feed
        self.readings: Set[Reading] = frozenset()
        """What was read for its items."""
        self.is_outdated = False
        """It is to be loaded anew as soon as its component has time."""

    def forget(self) -> None:
        """Lets go of its items, which the browser has, or which are not to be told."""
        self.content = self.edit = None


class Mount(Node):
    """A component in its place.

    Arguments:
        component: the component; its state is this mount's.
        owner: the mount that it stands in; `None`: it is the page.
        place: where in that.
    """

    __slots__ = (
        "_number", "begun", "below", "busy", "component", "count", "cursors", "depth", "dirty",
        "fed", "feeds", "has_missed", "heard", "is_aside", "kept", "lock", "outdated", "owner",
        "place", "props", "readings", "root", "since", "stale", "started",
    )  # fmt: skip

    def __init__(self, component: Component | None, owner: Mount | None = None, place: Place = ()) -> None:
        super().__init__()
        self.component = component
        self.owner = owner
        self.place = place
        self.depth: int = 0 if owner is None else owner.depth + 1
        self.below: dict[Place, Mount] = {}
        self.feeds: dict[Place, Supply] = {}
        """The feeds that it shows, by their place."""
        self.fed: dict[Place, Supply] = {}
        """Those that it showed before it was rendered last."""
        self.begun: Feeds = {}
        """Those that a browser shows from which it is restored."""
        self.kept = b""
        """The state when it was last looked at."""
        self.props: object = None
        self.dirty = False
        self.stale = False
        """Its props have changed while it was busy; it is rendered when it no longer is."""
        self.since = 0
        """The version in which its props changed last."""
        self.readings: Set[Reading] = frozenset()
        """What was read when it was rendered last."""
        self.started: Set[Reading] = frozenset()
        """What its `mount` had read."""
        self.heard: Heard = {}
        """Who is to be told of what is said, by topic."""
        self.cursors: dict[str, Position] = {}
        """How far each topic was heard."""
        self.has_missed = False
        """More was said than it can be told of: its `mount` is run again."""
        self.is_aside = False
        """A boundary shows its fallback in place of it: what its actions still do comes to nothing."""
        self.outdated = False
        """What its `mount` has made is not kept any more."""
        self.busy = 0
        """How many actions of the component are running."""
        self.lock: Turn | None = None
        """Whose turn it is; made when it is needed."""
        self.root: Mount = self if owner is None else owner.root
        self.count = 0
        """In the root: how many numbers were given."""
        self._number: int | None = None

    @property
    def number(self) -> int:
        """The queue of the component's calls; no other of the page has ever had this number."""
        if self._number is None:
            self._number = self.root.count
            self.root.count += 1
        return self._number

    @property
    def identifier(self) -> str:
        """A short text made of where it stands."""
        places: list[Place] = []
        mount: Mount | None = self
        while mount is not None:
            places.append(mount.place)
            mount = mount.owner
        return blake2b(repr(places).encode(), digest_size=5).hexdigest()

    @property
    def path(self) -> list[Place]:
        """Where it stands: its place in its owner, that one's in its own, and so on, from the page down."""
        return [] if self.owner is None else [*self.owner.path, self.place]

    def walk(self) -> Iterator[Mount]:
        """This mount and all below."""
        if not self.below:
            return iter((self,))
        found: list[Mount] = []
        left = [self]
        while left:
            mount = left.pop()
            found.append(mount)
            if mount.below:
                left += reversed(mount.below.values())
        return iter(found)

    @property
    def trail(self) -> str:
        """The components that it stands in, and itself: `Page › Thread › Message`."""
        names: list[str] = []
        mount: Mount | None = self
        while mount is not None and mount.component is not None:
            names.append(type(mount.component).__name__)
            mount = mount.owner
        return " › ".join(reversed(names))

    @property
    def boundary(self) -> Mount | None:
        """The innermost error boundary around what stands here, itself included, that is on the page."""
        mount: Mount | None = self
        found: Mount | None = None
        while mount is not None:
            if found is None and isinstance(mount.component, ErrorBoundary):
                found = mount
            owner = mount.owner
            if owner is not None and owner.below.get(mount.place) is not mount:
                found = None  # what was taken from the page took its boundaries with it
            mount = owner
        return found

    def is_on(self, root: Mount) -> bool:
        """Whether it stands on a page."""
        mount = self
        while mount.owner is not None and mount.owner.below.get(mount.place) is mount:
            mount = mount.owner
        return mount is root

    def stands_in(self, other: Mount) -> bool:
        """Whether it is somewhere below another one."""
        mount = self.owner
        while mount is not None and mount is not other:
            mount = mount.owner
        return mount is not None

    def is_same_since(self, version: int) -> bool:
        """Whether it was given nothing else after a version, nor was what it stands in.

        In a list without keys the component at a place is the same one, but may stand for another item.
        """
        is_same = self.since <= version
        return is_same and (self.owner is None or self.owner.is_same_since(version))

    def turn(self) -> Turn:
        """Whoever holds this is the one whose action runs on the component."""
        if self.lock is None:
            self.lock = Turn()
        return self.lock

    @property
    def state(self) -> bytes:
        """The state as it is now."""
        component = self.component
        if component is None or not component._states:
            return b""
        return class_of(component).dump(component.__dict__)

    def changed(self) -> bool:
        """Whether the state is another than when it was last looked at."""
        component = self.component
        if component is None or not component._states:
            return False
        return self.state != self.kept

    def keep(self) -> None:
        """Notes the state as it is now."""
        component = self.component
        if component is not None and component._states:
            self.kept = self.state

    def leave(self, stale: Set[Reading]) -> None:
        """Notes the state of a component that is not rendered, since the visitor leaves the page.

        Arguments:
            stale: what has changed; a state that its `mount` has made of that is made anew on a return.
        """
        self.outdated |= not self.started.isdisjoint(stale)
        # What was to change in a feed is not told any more.
        self.feeds = {place: each for place, each in self.feeds.items() if not each.feed.has_changed}
        if self.changed():
            self.keep()
            self.stale = True

    def roll_back(self) -> bool:
        """Makes the state what it was when it was last looked at.

        Returns:
            Whether it was another.
        """
        if self.component is None:
            return False
        try:
            if not self.changed():
                return False
        except StateError:
            pass  # what does not fit its annotation has changed
        self.component.__dict__.update(class_of(self.component).load(self.kept))
        return True

    def clear(self) -> None:
        """Forgets what the component keeps beside its state, as a restart would."""
        if self.component is not None:
            fields = self.component.__dict__
            for name in [name for name in fields if name[0] == "_" and name not in OURS]:
                del fields[name]

    def renew(self) -> None:
        """Gives the place to another object with the same props and the state as it was last looked at.

        Somebody else may still work on the one that it had.
        """
        if self.component is None:
            return
        known, before = class_of(self.component), self.component.__dict__
        self.component = self.component.copy()
        self.component.__dict__.update(known.load(self.kept) if known.fields else {})
        self.component.__dict__.update({name: before[name] for name in OURS - {"_feeds"} if name in before})
        self.stale = True

    def save(self) -> list[Any]:
        """The state of everything below, in a form that can be packed.

        Returns:
            For each component `[place, tag, data, below]`; then, where there are any, the outcomes of its
            actions, what its `mount` has read, what it listens to, and the feeds that the browser shows.
        """
        saved: list[Any] = []
        for place, mount in self.below.items():
            if mount.component is None or mount.outdated:
                continue
            below = mount.save()
            known = class_of(mount.component)
            data = b"" if mount.kept == known.initial and not known.has_mount else mount.kept
            outcomes = dump_outcomes(mount.component.__dict__.get("_outcomes", {}))
            feeds = {
                (each.feed.name, at): each.readings
                for at, each in mount.feeds.items()
                if not each.is_outdated
            }
            live = mount.live if mount.cursors or mount.readings else NOT_LIVE
            more = dump_more(outcomes, mount.started, live, feeds)
            if data or below or more or known.has_mount:
                saved.append([list(place), known.tag, data, below, *more])
        return saved

    @property
    def live(self) -> Live:
        """What it listens to, and where it says that the visitor is."""
        return Live(
            self.cursors, tuple(sorted(name for kind, name in self.readings if kind in (JOINED, HERE)))
        )


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
        self._undo.append(partial(_put_back, root, root.before, root.content, before, root.kept, root.stale))
        self._undo.append(partial(setattr, root, "feeds", root.feeds))
        root.below, root.fed, root.feeds = {}, root.feeds, {}
        content = await self._resolve(content, root, (), before, saved)
        root.fed = {}
        if root.before is root:
            root.before = root.content
        root.content = content
        root.dirty = root.stale = False
        self.rendered.append(root)

    async def refresh(self, mount: Mount) -> None:
        """Renders again what is dirty, from here down; nothing of a component whose action is running."""
        if isinstance(mount.component, ErrorBoundary):
            await self._guarded(mount, None, self._refresh)
        else:
            await self._refresh(mount, None)

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

    async def _render(self, mount: Mount, saved: Saved | None) -> None:
        if isinstance(mount.component, ErrorBoundary):
            await self._guarded(mount, saved, self._draw)
        else:
            await self._draw(mount, saved)

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
        mount.readings = readings.union(*(each.readings for each in mount.feeds.values()))
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
        self._undo.append(partial(_put_back, mount, mount.before, mount.content, {}, mount.kept, mount.stale))
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
        if self._is_busy(mount) or supply.content is not None:
            return
        changes = supply.feed.take()
        readings = set(supply.readings)
        edit = supply.feed.edit(changes, readings) if changes and not supply.is_outdated else None
        if edit is not None:
            self._undo.append(supply.forget)
            supply.edit, supply.readings = edit, readings
        elif changes or supply.is_outdated:
            await self.fill(supply)

    async def fill(self, supply: Supply) -> None:
        """Loads a feed, with what was done to it besides."""
        feed, readings = supply.feed, set[Reading]()
        self._undo.append(partial(_supply_back, supply, supply.readings, supply.is_outdated))
        content = await feed.load(self._resolver, readings)
        changes = [] if self._is_busy(feed.mount) else feed.take()
        edit = feed.edit((change for change in changes if change.kind != "reset"), readings)
        supply.content = content if edit is None else edit.apply(content)
        supply.edit, supply.readings, supply.is_outdated = None, readings, False

    async def complete(self, change: Change, root: Mount) -> None:
        """Fills the feeds in what is made anew: of their items nobody remembers anything."""
        if not any(mount.feeds for mount in root.walk()):
            return
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
    with closed("render"):
        content = component.render(**needs)
        if inspect.isawaitable(content):
            content = await content
    if isinstance(content, HTTPException):
        raise content
    return child_of(content, type(component).__name__)


def _put_back(
    mount: Mount,
    before: Rendered | Node,
    content: Rendered,
    below: dict[Place, Mount],
    kept: bytes,
    stale: bool,
) -> None:
    mount.before, mount.content, mount.below, mount.kept, mount.stale = before, content, below, kept, stale


def _listening_back(mount: Mount, heard: Heard, cursors: dict[str, Position]) -> None:
    mount.heard, mount.cursors = heard, cursors


def _readings_back(mount: Mount, readings: Set[Reading], started: Set[Reading]) -> None:
    mount.readings, mount.started = readings, started


def _supply_back(supply: Supply, readings: Set[Reading], is_outdated: bool) -> None:
    supply.forget()
    supply.readings, supply.is_outdated = readings, is_outdated


def _props_back(mount: Mount, values: dict[str, Any], props: object, stale: bool, since: int) -> None:
    if mount.component is not None:
        mount.component.__dict__.update(values)
    mount.props, mount.stale, mount.since = props, stale, since


def is_same(mounted: Component | None, given: Component) -> TypeGuard[Component]:
    """Whether what is rendered now is the component that is mounted there."""
    return mounted is not None and type(mounted) is type(given) and mounted.key == given.key


class _Unstable:
    """A value that may change without a trace: it is never taken for the same."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return id(self)


def frozen(values: Mapping[str, Any], names: tuple[str, ...]) -> object:
    """A snapshot of props, equal to another one only if nothing in them has changed."""
    return tuple(
        [values[name] if type(values[name]) in _CONSTANT else _freeze(values[name], 0) for name in names]
    )


def _freeze(value: Any, depth: int) -> object:
    kind = type(value)
    if kind in _CONSTANT or isinstance(value, (Enum, type)):
        return value
    if kind in _NUMBERS:
        return (kind, value)
    if depth > 20:
        return _Unstable()
    if kind in (list, tuple) or (isinstance(value, tuple) and hasattr(kind, "_fields")):
        return (kind, *[_freeze(item, depth + 1) for item in value])
    if kind is dict:
        return (kind, *[(_freeze(key, depth + 1), _freeze(item, depth + 1)) for key, item in value.items()])
    if kind in (set, frozenset):
        return (kind, frozenset(_freeze(item, depth + 1) for item in value))
    if isinstance(value, (Listener, Feed)):
        return value
    if isinstance(value, BaseModel):
        return (kind, _freeze(value.__dict__, depth + 1))
    if dataclasses.is_dataclass(value):
        return (
            kind,
            *[_freeze(getattr(value, field.name), depth + 1) for field in dataclasses.fields(value)],
        )
    # A new one each time: tuples take an item that is the very same for equal without asking it.
    return _Unstable()
