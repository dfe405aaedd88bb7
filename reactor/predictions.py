"""Predictions: what optimistic actions of a page will show, as far as its browser has been told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Iterator
from hashlib import blake2b
from typing import Any, Final

from .actions import BoundAction
from .automata import Automaton
from .blocks import CHILD, EVENT, Block, Feeding, Items, Node, Rendered
from .codec import pack
from .components import class_of
from .dependencies import Resolver
from .mounts import Mount
from .previews import Previewer
from .wire import Numbering, Wire

log = logging.getLogger("reactor")

_MANY: Final = 500
"""So many handlers are kept in any case, whether they are still on the page or not."""


class Predictions:
    """The predictions of one view, and what its browser has been told of them."""

    def __init__(self) -> None:
        self._told: dict[Hashable, bytes] = {}
        self._fresh: dict[Hashable, Automaton] = {}
        self._looked_at: set[Mount] = set()
        self._left = 0
        """Handlers that were on the page when it was last seen to."""
        self.elements = 0
        """How many elements were made for what was told last."""

    async def look(self, mounts: Iterable[Mount], resolver: Resolver, budget: int, *, debug: bool) -> None:
        """Looks ahead from what was rendered.

        Arguments:
            mounts: the components that were rendered again; those that they stand in count, too.
            resolver: resolves dependencies of `render`.
            budget: elements that may be made.
            debug: whether a reducer that fails is an error; otherwise it is logged.
        """
        self.elements = 0
        optimistic = _optimistic(mounts)
        if not optimistic:
            return
        previewer = Previewer(resolver)
        growing: list[tuple[Hashable, Automaton]] = []
        for mount in optimistic:
            # Of one whose action is running there is half a state only.
            if mount.busy:
                continue
            self._looked_at.add(mount)
            if previewer.elements >= budget:
                continue
            cost = count_elements(mount.content, budget)
            for bound, event in handlers_of(mount.content):
                if bound.owner is not mount.component or bound.action.reducer is None:
                    continue
                if previewer.elements + cost > budget:
                    break
                key = bound.prediction(event)
                if key in self._fresh:
                    continue
                automaton = Automaton(mount, bound, previewer, is_form=event == "submit")
                more = await _grown(automaton, bound, debug=debug)
                if more is not None:
                    self._fresh[key] = automaton
                if more:
                    growing.append((key, automaton))
        while growing and previewer.elements <= budget:
            grown: list[tuple[Hashable, Automaton]] = []
            for key, automaton in growing:
                if previewer.elements <= budget and await automaton.grow():
                    grown.append((key, automaton))
            growing = grown
        self.elements = previewer.elements

    def forget(self) -> None:
        """Forgets what was looked at and is not to be told."""
        self._fresh.clear()
        self._looked_at.clear()

    async def ask(
        self,
        bound: BoundAction[Any, Any],
        event: str,
        resolver: Resolver,
        budget: int,
        numbering: Numbering,
        digest: Callable[[bytes], bytes],
        *,
        debug: bool,
    ) -> list[Wire]:
        """The prediction of one handler that a browser asks for: `[number, automaton]`, or nothing.

        Arguments:
            bound: the action, with what is bound.
            event: the event that it is for.
            resolver: resolves dependencies of `render`.
            budget: elements that may be made.
            numbering: the view's numbers.
            digest: for the marks of handlers.
            debug: whether a reducer that fails is an error; otherwise it is logged.
        """
        key = bound.prediction(event)
        mount = bound.owner.__dict__.get("_mount")
        if (
            key is None
            or not isinstance(mount, Mount)
            or mount.busy
            or count_elements(mount.content, budget) > budget
        ):
            return []
        previewer = Previewer(resolver)
        automaton = Automaton(mount, bound, previewer, is_form=event == "submit")
        more = await _grown(automaton, bound, debug=debug)
        if more is None:
            return []
        while more and previewer.elements <= budget:
            more = await automaton.grow()
        wire = automaton.encode(numbering, digest)
        self._told[key] = _name(wire)
        return [numbering.prediction(key), wire]

    def tell(self, numbering: Numbering, digest: Callable[[bytes], bytes], *, anew: bool) -> list[Wire]:
        """What the browser has not been told yet: `[number, automaton or nil, …]`.

        Arguments:
            numbering: the view's numbers.
            digest: for the marks of handlers.
            anew: whether the browser begins afresh.
        """
        if anew:
            self._told.clear()
        told: list[Wire] = []
        if not (self._fresh or self._looked_at):
            return told
        for key, automaton in self._fresh.items():
            wire = automaton.encode(numbering, digest)
            name = _name(wire)
            if self._told.get(key) != name:
                self._told[key] = name
                told += (numbering.prediction(key), wire)
        for key in [key for key in self._told if key[0] in self._looked_at and key not in self._fresh]:  # type: ignore[index]
            del self._told[key]
            told += (numbering.prediction(key), None)
        if len(numbering.predictions) > 2 * self._left + _MANY and self._looked_at:
            self._forget_gone(numbering)
        self._fresh.clear()
        self._looked_at.clear()
        return told

    def _forget_gone(self, numbering: Numbering) -> None:
        """Forgets handlers that are not on the page any more."""
        root = next(iter(self._looked_at))
        while root.owner is not None:
            root = root.owner
        there = {bound.prediction(event) for bound, event in handlers_of(root.content)}
        for known in (numbering.predictions, self._told):
            for key in [key for key in known if key not in there]:
                del known[key]
        self._left = len(numbering.predictions)


def _name(wire: Wire) -> bytes:
    """What tells a prediction from others; it is much shorter."""
    return blake2b(pack(wire), digest_size=12).digest()


async def _grown(automaton: Automaton, bound: BoundAction[Any, Any], *, debug: bool) -> bool | None:
    """Whether there is more to come; `None`: there is no prediction."""
    try:
        return await automaton.grow()
    except Exception:
        if debug:
            raise
        log.warning("the reducer of %r cannot be run ahead", bound, exc_info=True)
        return None


def handlers_of(content: Rendered) -> Iterator[tuple[BoundAction[Any, Any], str]]:
    """The actions in a tree, each with the event that it is for; in document order."""
    if isinstance(content, Block):
        for slot, (kind, value) in enumerate(zip(content.template.kinds, content.values, strict=True)):
            if kind is CHILD:
                yield from handlers_of(value)
            elif kind is EVENT and value is not None:
                for listener in value.values() if isinstance(value, dict) else (value,):
                    bound = listener.called()
                    if isinstance(bound, BoundAction):
                        yield bound, content.template.names[slot]
    elif isinstance(content, Items):
        for item in content.values:
            yield from handlers_of(item)
    elif isinstance(content, Node) and not isinstance(content, Feeding):
        yield from handlers_of(content.content)


def count_elements(content: Rendered, limit: int) -> int:
    """How many elements there are; beyond a limit it is not counted on."""
    count = 0
    stack: list[Rendered] = [content]
    while stack and count <= limit:
        child = stack.pop()
        if isinstance(child, Block):
            count += 1
            stack += [child.values[slot] for slot in child.template.child_slots]
        elif isinstance(child, Items):
            stack += child.values
        elif isinstance(child, Node) and not isinstance(child, Feeding):
            stack.append(child.content)
    return count


def _optimistic(mounts: Iterable[Mount]) -> list[Mount]:
    """Those of these, and of all that they stand in, that have reducers; the outer ones first."""
    seen: set[Mount] = set()
    found: list[Mount] = []
    for mount in mounts:
        above: Mount | None = mount
        while above is not None and above not in seen:
            seen.add(above)
            if above.component is not None and class_of(above.component).reducers:
                found.append(above)
            above = above.owner
    return sorted(found, key=lambda mount: mount.depth)
