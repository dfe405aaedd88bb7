"""Mounts: components where they stand on a page, with what is kept of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from hashlib import blake2b
from typing import Any, Final

from .blocks import Feeding, Node
from .boundaries import ErrorBoundary
from .brokers import Position
from .components import Component, class_of
from .context import HERE, JOINED, Reading
from .errors import StateError
from .feeds import Feed
from .outcomes import Outcomes, dump_outcomes
from .saved import Feeds, Live, Place, dump_more
from .topics import Heard
from .turns import Turn

_OURS: Final = frozenset({"_feeds", "_mount", "_outcomes", "_part", "_watched"})
"""What the framework itself keeps with a component."""


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

    def keep(self) -> Callable[[], None]:
        """Notes how it is; what it gives makes it that again."""
        before = self.content, self.edit, self.readings, self.is_outdated

        def put_back() -> None:
            self.content, self.edit, self.readings, self.is_outdated = before

        return put_back

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
            for name in [name for name in fields if name[0] == "_" and name not in _OURS]:
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
        self.component.__dict__.update({name: before[name] for name in _OURS - {"_feeds"} if name in before})
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
            outcomes: Outcomes = mount.component.__dict__.get("_outcomes", {})
            more: list[Any] = []
            if outcomes or mount.started or mount.cursors or mount.readings or mount.feeds:
                feeds = {
                    (each.feed.name, at): each.readings
                    for at, each in mount.feeds.items()
                    if not each.is_outdated
                }
                more = dump_more(dump_outcomes(outcomes), mount.started, mount.live, feeds)
            if data or below or more or known.has_mount:
                saved.append([list(place), known.tag, data, below, *more])
        return saved

    @property
    def live(self) -> Live:
        """What it listens to, and where it says that the visitor is."""
        return Live(
            self.cursors, tuple(sorted(name for kind, name in self.readings if kind in (JOINED, HERE)))
        )
