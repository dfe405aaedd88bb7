"""Feeds: large lists of which the server keeps nothing. The browser has the items; what changes is told.

A feed is declared with `@feed` in a component, shown where the component renders it, and changed in actions.
Its items are loaded when it comes into a page, and whenever nobody can say any more what the browser shows.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar, overload

from .actions import BoundAction, Drawing
from .blocks import EVENT, Block, Deferred, Edit, Items, Key, Listener, items_of, key_of
from .components import Component
from .context import Context, Reading, context_now, reading
from .dependencies import Resolver, split
from .errors import ComponentError, build_error
from .references import Reference, Standing

T = TypeVar("T")
C = TypeVar("C", bound=Component)

_MOST: Final = 1000
"""Changes that wait, where no request says how many there may be."""

_KEYLESS: Final = "\x00"

_Kind: TypeAlias = Literal["append", "prepend", "update", "remove", "reset"]

_phase: ContextVar[Literal["", "render", "ahead"]] = ContextVar("reactor_feed_phase", default="")


class closed:  # noqa: N801  (used like a function)
    """Inside, no feed can be changed, or, ahead of a call, only those of copies."""

    __slots__ = ("_now", "_token")

    def __init__(self, phase: Literal["render", "ahead"]) -> None:
        self._now: Literal["render", "ahead"] = phase

    def __enter__(self) -> None:
        self._token = _phase.set(self._now)

    def __exit__(self, *_: object) -> None:
        _phase.reset(self._token)


class _Change:
    """Something that was done to a feed, and that the browser has not been told."""

    __slots__ = ("author", "is_taken", "kind", "value")

    def __init__(self, kind: _Kind, value: Any, author: Context | None) -> None:
        self.kind = kind
        self.value = value
        self.author = author
        """The request that did it; `None`: whoever is next tells of it."""
        self.is_taken = False
        """It goes with the answer that is being made."""


class Feed(Deferred, Generic[T]):
    """The feed of one component: what `self.messages` is, if `messages` was declared with `@feed`.

    It is put into the page as a child, and changed in `mount` and in actions. What is done to it is told to
    the browser with the answer; nothing of its items is kept here. An item with a key that is there already
    is never there twice: it is brought up to date, and stands where it was put last.
    """

    __slots__ = ("_changes", "_definition", "_owner")
    key: Key | None = None

    def __init__(self, definition: Definition[T], owner: Component) -> None:
        self._definition = definition
        self._owner = owner
        self._changes: list[_Change] = []

    def append(self, *items: T) -> None:
        """Puts items behind all others. Beyond the limit the first ones go.

        Raises:
            ComponentError: something is being rendered.
        """
        for item in items:
            self._note("append", item)

    def prepend(self, *items: T) -> None:
        """Puts items before all others, in this order. Beyond the limit the last ones go.

        Raises:
            ComponentError: something is being rendered.
        """
        for item in reversed(items):
            self._note("prepend", item)

    def update(self, *items: T) -> None:
        """Brings items up to date, where they stand; those that the browser does not show are passed over.

        Raises:
            ComponentError: something is being rendered.
        """
        for item in items:
            self._note("update", item)

    def remove(self, *keys: Key) -> None:
        """Takes items away, if they are shown.

        Arguments:
            keys: those of their elements.

        Raises:
            BuildError: something is no key.
            ComponentError: something is being rendered.
        """
        for key in keys:
            self._note("remove", key_of(key))

    def reset(self) -> None:
        """Loads it anew, for whatever its function depends on is another now.

        Raises:
            ComponentError: something is being rendered.
        """
        self._note("reset", None)

    def _note(self, kind: _Kind, value: Any) -> None:
        phase = _phase.get()
        if phase == "render":
            raise ComponentError(
                f"{self!r} cannot be changed while something is rendered; do it in an action"
            )
        mount = self._owner.__dict__.get("_mount")
        if phase == "ahead" and mount is not None and mount.component is self._owner:
            raise ComponentError(
                f"{self!r} is not one of the reducer's own component, so it cannot change it"
            )
        context = context_now()
        own = [each for each in self._changes if each.author in (context, None) and not each.is_taken]
        if kind == "reset" or len(own) >= (_MOST if context is None else context.most_changes):
            self._changes = [change for change in self._changes if change not in own]
            self._changes.append(_Change("reset", None, context))
        if kind != "reset":
            self._changes.append(_Change(kind, value, context))

    # What the framework does with it

    def miss(self) -> None:
        """Nobody knows any more what has changed in it: it is loaded, and what was done is put on top."""
        self._changes.insert(0, _Change("reset", None, context_now()))

    @property
    def source(self) -> tuple[object, str]:
        """What it is known by, also as that of a copy of its component."""
        return (self._owner.__dict__.get("_mount", self._owner), self._definition.name)

    @property
    def name(self) -> str:
        """Its name in its component."""
        return self._definition.name

    @property
    def mount(self) -> Any:
        """Where its component stands.

        Raises:
            ComponentError: nowhere yet.
        """
        mount = self._owner.__dict__.get("_mount")
        if mount is None:
            raise ComponentError(f"{self!r}: its component is not on the page; show it from inside of that")
        return mount

    @property
    def has_changed(self) -> bool:
        """Whether something was done that was not told yet."""
        return bool(self._changes)

    def take(self) -> Sequence[_Change]:
        """What goes with the answer that is being made: what this request has done, and nobody else tells."""
        context = context_now()
        for change in self._changes:
            change.is_taken |= change.author is context or change.author is None
        return [change for change in self._changes if change.is_taken]

    def give_back(self) -> None:
        """The answer could not be made."""
        for change in self._changes:
            change.is_taken = False

    def undo(self) -> None:
        """Takes back what this request has done."""
        context = context_now()
        self._changes = [change for change in self._changes if change.author is not context]

    def tell(self, *, leave: bool) -> None:
        """What was taken is told now.

        Arguments:
            leave: what this request has done besides is left for whoever is next.
        """
        context = context_now()
        kept = [change for change in self._changes if not change.is_taken]
        for change in kept:
            if change.author is context:
                change.author = None
        self._changes = kept if leave else [change for change in kept if change.author is not None]

    async def load(self, resolver: Resolver, readings: set[Reading]) -> Items:
        """What it starts with.

        Arguments:
            resolver: resolves dependencies.
            readings: takes what is read.
        """
        definition = self._definition
        with closed("render"), reading(readings), Drawing(self._owner):
            needs = {} if definition.needs is None else await resolver.resolve(definition.needs)
            loaded = definition.load(self._owner, **needs)
            if inspect.isawaitable(loaded):
                loaded = await loaded
            items = items_of((self._item(value) for value in loaded), definition.name)
        return Items((), (), live=False) if items is None else items

    def edit(self, changes: Iterable[_Change], readings: set[Reading]) -> Edit | None:
        """What changes are to the list, each item once; `None`: it is to be loaded anew.

        Arguments:
            changes: what was done, one after the other.
            readings: takes what is read.
        """
        removed: dict[str | int, None] = {}
        first: dict[str | int, Block] = {}
        last: dict[str | int, Block] = {}
        updated: dict[str | int, Block] = {}
        limit = 0
        with closed("render"), reading(readings):
            for change in changes:
                if change.kind == "reset":
                    return None
                if change.kind == "remove":
                    for part in (first, last, updated):
                        part.pop(change.value, None)
                    removed[change.value] = None
                    continue
                item = self._item(change.value)
                key = self._key(item)
                while key in (first.keys() | last.keys()) and str(key).startswith(_KEYLESS):
                    key = f"{key}{_KEYLESS}"
                if change.kind == "update":
                    there = next((part for part in (first, last) if key in part), updated)
                    if there is not updated or key not in removed:
                        there[key] = item
                    continue
                for part in (first, last, updated):
                    part.pop(key, None)
                removed.pop(key, None)
                (first if change.kind == "prepend" else last)[key] = item
                limit = self._definition.limit or 0
                limit = limit if change.kind == "append" else -limit
        return Edit(
            list(removed), list(reversed(first.items())), list(last.items()), list(updated.items()), limit
        )

    def _key(self, item: Block) -> str | int:
        """The key of an item; one that is foretold need not have one yet."""
        if item.key is not None:
            return key_of(item.key, item.template.tag)
        if self.mount.component is not self._owner:
            return _KEYLESS
        raise build_error(f"{self!r}: an item is one element with a key: <{item.template.tag}> has none")

    def _item(self, value: T) -> Block:
        definition = self._definition
        if definition.render is None:
            raise ComponentError(f"{self!r}: nobody has said what an item looks like; @{self.name}.item does")
        item = definition.render(self._owner, value)
        if not isinstance(item, Block):
            raise build_error(f"{self!r}: an item is one element with a key, not {item!r}")
        self._key(item)
        if item.live:
            raise build_error(f"{self!r}: there can be no component in an item; nobody would keep its state")
        return standing(item)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Feed) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self._definition.name)

    def __repr__(self) -> str:
        return f"{type(self._owner).__name__}.{self._definition.name}"


class Definition(Generic[T]):
    """What `@feed` makes of a method.

    Arguments:
        load: gives what the feed starts with.
        limit: how many items a browser keeps.
    """

    def __init__(self, load: Callable[..., Any], limit: int | None) -> None:
        self.load = load
        self.limit = limit
        self.name = load.__name__
        self.__doc__ = load.__doc__
        self.render: Callable[[Any, T], Block] | None = None
        self._class: type = object
        self._needs: tuple[Any] | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        self._class, self.name = owner, name

    def item(self, render: Callable[[C, T], Block]) -> Callable[[C, T], Block]:
        """Says what an item looks like: a plain method that makes one element with a key.

        There are no components in it, since nobody would keep their state. Its actions are called as
        everywhere else.

        Arguments:
            render: a method that takes an item.

        Returns:
            The method.

        Raises:
            ComponentError: it is `async`.
        """
        if inspect.iscoroutinefunction(render):
            raise ComponentError(
                f"@{self.name}.item is a plain method; what it needs is loaded with the item"
            )
        self.render = render
        return render

    @property
    def needs(self) -> Any:
        """The dependencies of the method that loads it."""
        if self._needs is None:
            needs, own = split(self.load, getattr(self._class, "_locals", None))
            missing = [
                each.name for each in own if each.default is each.empty and each.kind < each.VAR_POSITIONAL
            ]
            if missing:
                raise ComponentError(
                    f"@feed {self.load.__qualname__} takes {missing[0]!r}, which nobody gives; besides self "
                    "it may take FastAPI dependencies only"
                )
            self._needs = (needs,)
        return self._needs[0]

    @overload
    def __get__(self, instance: None, owner: type) -> Definition[T]: ...
    @overload
    def __get__(self, instance: Component, owner: type) -> Feed[T]: ...
    def __get__(self, instance: Component | None, owner: type) -> Definition[T] | Feed[T]:
        if instance is None:
            return self
        feeds: dict[str, Feed[T]] = instance.__dict__.setdefault("_feeds", {})
        found = feeds.get(self.name)
        if found is None:
            found = feeds[self.name] = Feed(self, instance)
        return found

    def __repr__(self) -> str:
        return f"<feed {self.load.__qualname__}>"


@overload
def feed(load: Callable[..., Awaitable[Iterable[T]]], /) -> Definition[T]: ...
@overload
def feed(load: Callable[..., Iterable[T]], /) -> Definition[T]: ...
@overload
def feed(*, limit: int | None = None) -> _Feed: ...
def feed(load: Callable[..., Any] | None = None, /, *, limit: int | None = None) -> Any:
    """Declares a feed: a list that the server does not keep, however long it is in the browser.

    The method gives what it starts with. It may be `async`; FastAPI's dependencies are resolved. It is asked
    again whenever the whole is needed: when the page is loaded, without JavaScript at every step, after
    `reset()`, when its component is given other props, and when something that it has read has become stale.
    So what it gives follows from props, state, and data that is kept elsewhere.

    Arguments:
        load: the method.
        limit: how many items the browser keeps; those at the other end of where items are put go. Without
            it, all.

    Returns:
        What stands in for the method; on an instance it is a `Feed`. Its `item` says what an item looks like.

    Raises:
        ComponentError: the limit is no number of items, or it is not put on a method.

    >>> from reactor import Component, feed, html as h
    >>> class Log(Component):
    ...     @feed(limit=500)
    ...     def lines(self) -> list[str]:
    ...         return ["first", "second"]
    ...     @lines.item
    ...     def _(self, line: str) -> h.Element:
    ...         return h.li(key=line)[line]
    ...     def render(self) -> h.Element:
    ...         return h.ul[self.lines]
    >>> Log().lines
    Log.lines
    """
    if limit is not None and (type(limit) is not int or limit < 1):
        raise ComponentError(f"@feed(limit={limit!r}): a limit is a number of items, at least 1")

    def make(load: Callable[..., Any]) -> Definition[Any]:
        if not inspect.isfunction(load):
            raise ComponentError(f"@feed goes on a method, directly above its def, not on {load!r}")
        return Definition(load, limit)

    return make if load is None else make(load)


class _Feed:
    """To type checkers, what `feed(limit=…)` gives."""

    @overload
    def __call__(self, load: Callable[..., Awaitable[Iterable[T]]], /) -> Definition[T]: ...
    @overload
    def __call__(self, load: Callable[..., Iterable[T]], /) -> Definition[T]: ...
    def __call__(self, load: Any, /) -> Any:
        """Declares the feed."""


def feeds_of(component: Component | None) -> Iterable[Feed[Any]]:
    """The feeds of a component that were used so far."""
    found: dict[str, Feed[Any]] = {} if component is None else component.__dict__.get("_feeds", {})
    return found.values()


def keep_changes(component: Component) -> Callable[[], None]:
    """Notes what was done to the feeds of a component; what it gives takes back what is done from now on."""
    before = {feed: list(feed._changes) for feed in feeds_of(component)}

    def put_back() -> None:
        for feed in feeds_of(component):
            feed._changes = before.get(feed, [])

    return put_back


def standing(block: Block) -> Block:
    """An element whose actions stand alone: the tree that it goes into is not kept."""
    values = list(block.values)
    for slot, (kind, value) in enumerate(zip(block.template.kinds, values, strict=True)):
        if value is None:
            continue
        if kind is EVENT:
            values[slot] = _alone(value)
        elif isinstance(value, Block):
            values[slot] = standing(value)
        elif isinstance(value, Items):
            values[slot] = Items(tuple(map(_standing, value.values)), value.keys, live=False)
    return Block(block.template, tuple(values), block.key)


def _standing(child: Any) -> Any:
    if isinstance(child, Block):
        return standing(child)
    if isinstance(child, Items):
        return Items(tuple(map(_standing, child.values)), child.keys, live=False)
    return child


def _alone(value: Any) -> Any:
    if isinstance(value, dict):
        return {combination: _alone(listener) for combination, listener in value.items()}
    bound = value.called() if isinstance(value, Listener) else None
    return Standing(value) if isinstance(bound, BoundAction) and not isinstance(bound, Reference) else value
