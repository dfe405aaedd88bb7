"""Previews: what a component would show in another state. Nothing of the page is touched."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from .actions import DRAWING
from .blocks import Block, Feeding, Items, Node, Rendered, is_live
from .components import Component, class_of
from .context import reading
from .dependencies import Resolver
from .errors import ComponentError
from .feeds import Feed
from .mounting import rendered
from .mounts import Mount
from .props import frozen, is_same
from .saved import Place

_EACH: Final = 20
"""What it takes to run a reducer and to compare what comes of it, in elements."""


class Preview(Mount):
    """A component as it would be.

    Arguments:
        component: in that state.
        origin: the mount on the page, or the first preview of a component that is not there yet.
        owner: the mount or preview that it stands in.
        place: where in that.
    """

    __slots__ = ("_origin",)

    def __init__(
        self, component: Component, origin: Node | None, owner: Mount | None, place: Place = ()
    ) -> None:
        super().__init__(component, owner, place)
        self._origin = origin
        component.__dict__["_mount"] = self.origin

    @property
    def number(self) -> int:
        """The queue of the mount on the page; what is not there yet has none of its own."""
        return self._origin.number if isinstance(self._origin, Mount) else 0

    @property
    def origin(self) -> Node:
        """The mount that this is a later state of."""
        return self if self._origin is None else self._origin


class Previewer:
    """Renders previews, and counts what that costs.

    Arguments:
        resolver: resolves dependencies of `render`.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self.elements = 0
        """How many were made; what is done besides for each preview counts, too."""

    async def preview(self, mount: Mount, component: Component) -> Preview:
        """What stands there when the component of a mount is this one.

        Arguments:
            mount: on the page, or a preview itself.
            component: one of the same class, in another state.
        """
        self.elements += _EACH
        made = Preview(component, mount.origin, mount.owner, mount.place)
        await self._fill(made, mount.below)
        return made

    async def _fill(self, preview: Preview, before: Mapping[Place, Mount]) -> None:
        if preview.component is not None:
            with reading(set()):
                content = await rendered(preview.component, self._resolver)
            preview.content = await self._resolve(content, preview, (), before)

    async def _resolve(
        self, child: Rendered, owner: Preview, place: Place, before: Mapping[Place, Mount]
    ) -> Rendered:
        if isinstance(child, Block):
            self.elements += 1
            values = list(child.values)
            for slot in child.template.child_slots:
                value = values[slot]
                if value is not None and type(value) is not str:
                    values[slot] = await self._resolve(value, owner, (*place, slot), before)
            return Block(child.template, tuple(values), child.key, live=True) if child.live else child
        if isinstance(child, Items):
            items = list(child.values)
            for index, value in enumerate(items):
                step = index if child.keys is None else child.keys[index]
                items[index] = await self._resolve(value, owner, (*place, step), before)
            return Items(tuple(items), child.keys, live=True) if is_live(child) else child
        if isinstance(child, Component):
            return await self._component(child, owner, place, before)
        if isinstance(child, Feed):
            return self._feed(child, owner, place)
        return child

    def _feed(self, feed: Feed[Any], owner: Preview, place: Place) -> Feeding:
        """A feed with what a reducer has done to it."""
        there = owner.origin.feeds.get(place) if isinstance(owner.origin, Mount) else None
        made = Feeding(feed.source)
        made.edit = feed.edit(feed.take(), set()) if feed.has_changed else None
        if there is None or there.source != feed.source or (feed.has_changed and made.edit is None):
            raise ComponentError(f"{feed!r} would be loaded, so what it would show cannot be told ahead")
        return made

    async def _component(
        self, given: Component, owner: Preview, place: Place, before: Mapping[Place, Mount]
    ) -> Mount:
        known = before.get(place)
        props = frozen(given.__dict__, tuple(given._props))
        if known is not None and is_same(mounted := known.component, given):
            owner.below[place] = known
            if known.props == props and not any(
                isinstance(value, Feed) and value.has_changed for value in given.props.values()
            ):
                return known
            later = copied(mounted, known.kept or None)
            later.__dict__.update(given.props)
            made = Preview(later, known.origin, owner, place)
        else:
            if class_of(given).has_mount:
                raise ComponentError(
                    f"{type(given).__name__} has a `mount`, so what it would show cannot be told ahead"
                )
            made = Preview(given.copy(), None, owner, place)
        made.props = props
        owner.below[place] = made
        await self._fill(made, {} if known is None else known.below)
        return made


def copied(component: Component, state: bytes | None = None) -> Component:
    """A component with the same props and state, that can be changed without changing this one.

    Arguments:
        component: on the page, or of a preview.
        state: its state as JSON, where it is known; much faster than to copy the values.
    """
    made = object.__new__(type(component))
    known = {} if state is None else class_of(component).load(state)
    memo: dict[int, Any] = {}
    own = {"_feeds", "_watched", DRAWING, *component.__dict__.get(DRAWING, ())}
    for name, value in component.__dict__.items():
        if name in known or name in own:
            continue
        if name == "_outcomes":
            made.__dict__[name] = dict(value)
        elif name.startswith("_"):
            made.__dict__[name] = value
        else:
            made.__dict__[name] = _copy(value, memo)
    made.__dict__.update(known)
    return made


def _copy(value: Any, memo: dict[int, Any]) -> Any:
    """A value that a reducer may change; what cannot be copied (a connection, say) is left as it is."""
    try:
        return copy.deepcopy(value, memo)
    except Exception:  # whatever a foreign class raises
        return value
