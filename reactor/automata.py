"""Automata: what a handler will do to the tree, call after call, told before it is called.

An action may have a *reducer*, which does to a copy of the component what the action will do to the
component itself. It is run ahead, with placeholders for what only the browser will know. Each run leads to
another state of the component, from which it is run again, until a state comes back or the budget is used
up. So a prediction is a small automaton: states, and between them the changes of the tree, with holes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from .actions import BoundAction
from .arguments import whole_model
from .attributes import NEVER_FILLED
from .blocks import ATTRIBUTE, CHILD, Block, Edit, Items, Listener
from .components import class_of
from .diff import UNCHANGED, Change, Splice, Update, diff
from .errors import ComponentError, PlaceholderError, StateError
from .feeds import closed, feeds_of
from .mounts import Mount
from .placeholders import Case, Holes, Texts, cases, model_cases, together
from .previews import Preview, Previewer, copied
from .protocol import EDIT
from .wire import Encoder, Numbering, Wire

_LEVELS: Final = 8
"""Calls in a row that are told ahead, if no state comes back earlier."""
_CASES: Final = 8
"""How many values a reducer is run with."""

_NOTHING: Final[list[Wire]] = []
"""On the wire: the tree stays as it is."""


class _State:
    """A state of an automaton.

    Arguments:
        at: what stands there in this state: the component's mount, or a preview.
        values: the component's state as JSON; `None`: it cannot be kept.
        level: how many calls lead to it.
    """

    __slots__ = ("at", "level", "transitions", "values")

    def __init__(self, at: Mount, values: bytes | None, level: int) -> None:
        self.at = at
        self.values = values
        self.level = level
        self.transitions: list[tuple[Mapping[str, Texts], Change, int]] = []
        """What must be sent for it, the change, the number of the next state."""


class Automaton:
    """The prediction of one handler.

    Arguments:
        mount: where the component stands.
        bound: the action, with what is bound.
        is_form: whether a form is sent, or an event.
        previewer: renders.
    """

    def __init__(
        self, mount: Mount, bound: BoundAction[Any, Any], previewer: Previewer, *, is_form: bool
    ) -> None:
        self.steps = _steps(mount)
        self.states = [_State(mount, mount.kept, 0)]
        self.holes = Holes()
        self._bound = bound
        self._is_form = is_form
        self._previewer = previewer
        self._open = [0]

    async def grow(self) -> bool:
        """Goes one call further.

        Returns:
            Whether there is more to come.

        Raises:
            Exception: at the first call, the reducer has failed, or what it leads to cannot be rendered.
        """
        following: list[int] = []
        level = self.states[self._open[0]].level
        for index in self._open:
            try:
                for case in self._cases(level):
                    await self._step(self.states[index], case, following)
            except Exception:
                # Twice need not make sense: to take away what is gone already, say.
                if level == 0:
                    raise
                self.states[index].transitions.clear()
        self._open = following
        return bool(following) and level + 1 < _LEVELS

    async def _step(self, state: _State, case: Case, following: list[int]) -> None:
        component = state.at.component
        if component is None:
            return
        plain = state.values is not None and not self.holes.parts_in(state.values)
        later = copied(component, state.values if plain else None)
        with closed("ahead"):
            self._bound.action.predict(later, case.value)
        try:
            values: bytes | None = class_of(later).dump(later.__dict__)
        except StateError:
            values = None
        known = self._known(values, state.level + 1)
        at: Mount
        is_fed = any(feed.has_changed for feed in feeds_of(later))
        if known is not None and values is not None and not self.holes.parts_in(values) and not is_fed:
            at = self.states[known].at
        else:
            for name in later._states:
                later.__dict__[name] = self.holes.revived(later.__dict__[name])
            at = await self._previewer.preview(state.at, later)
        if known is None:
            known = len(self.states)
            self.states.append(_State(at, values, state.level + 1))
            following.append(known)
        change = diff(state.at, at)
        _check_holes(change, self.holes, self._bound)
        state.transitions.append((case.when, change, known))

    def _known(self, values: bytes | None, level: int) -> int | None:
        """The state that is the same, when what was sent is counted back from the last call."""
        if values is None:
            return None
        name = self.holes.relative(values, level)
        for index, other in enumerate(self.states):
            if other.values is not None and self.holes.relative(other.values, other.level) == name:
                return index
        return None

    def _cases(self, level: int) -> list[Case]:
        """The arguments that the reducer is run with."""
        action, args, kwargs = self._bound.action, self._bound.args, self._bound.kwargs
        wanted = action.predicted

        make = self.holes.placeholder_at(level)
        left = action.arguments.open(args, kwargs)
        given = {
            name: value for name, value in action.arguments.named(args, kwargs).items() if name in wanted
        }
        model = whole_model(left)
        choices: list[list[Case]] = []
        if model is not None and left[0].name in wanted:
            name = left[0].name
            choices.append(
                [
                    Case({name: case.value}, case.when)
                    for case in model_cases(model, make, is_form=self._is_form)
                ]
            )
        else:
            for parameter in left:
                if parameter.name in wanted:
                    found = cases(
                        parameter.name, parameter.annotation, parameter.default, make, is_form=self._is_form
                    )
                    choices.append([Case({parameter.name: case.value}, case.when) for case in found])
        if math.prod(map(len, choices)) > _CASES:
            raise ComponentError(
                f"{action.__qualname__}: its reducer would have to be run with more than {_CASES} different "
                "values; let it take fewer of the parameters that are booleans, enumerations or optional"
            )
        return [
            Case(
                {**given, **{name: value for case in chosen for name, value in case.value.items()}},
                together(chosen),
            )
            for chosen in itertools.product(*choices)
        ]

    def encode(self, numbering: Numbering, digest: Callable[[bytes], bytes]) -> Wire:
        """The automaton as it travels: `[steps, state, …]`, a state `[when, change, next, …]`."""
        states: list[Wire] = []
        for state in self.states:
            wire: list[Wire] = []
            for when, change, following in state.transitions:
                encoder = PredictionEncoder(numbering, digest, keys_to(state.at))
                changed = _NOTHING if change is UNCHANGED else encoder.change(change)
                filled = self._with_holes(changed, state.level)
                wire += ({name: list(texts) for name, texts in when.items()} or None, filled, following)
            states.append(wire)
        return [self.steps, *states]

    def _with_holes(self, wire: Wire, level: int) -> Wire:
        """The same with holes where placeholders are; the very same where there are none."""
        if type(wire) is str:
            parts = self.holes.parts(wire)
            if len(parts) == 1:
                return wire
            return {
                "": [
                    part
                    if isinstance(part, str)
                    else part.field
                    if part.level == level
                    else [part.field, level - part.level]
                    for part in parts
                ]
            }
        if isinstance(wire, list):
            items = [self._with_holes(item, level) for item in wire]
            return wire if all(map(_is, items, wire)) else items
        if type(wire) is dict:
            values = {name: self._with_holes(value, level) for name, value in wire.items()}
            return wire if all(map(_is, values.values(), wire.values())) else values
        return wire


def _is(one: object, other: object) -> bool:
    return one is other


class PredictionEncoder(Encoder):
    """Encodes changes so that they fit a list that has changed in the meantime: by keys, not by indices."""

    __slots__ = ()

    def __init__(
        self, numbering: Numbering, digest: Callable[[bytes], bytes], keys: tuple[str | int, ...]
    ) -> None:
        super().__init__(numbering, digest)
        self._keys = keys

    def _splice(self, splice: Splice) -> list[Wire]:
        if splice.keys is None:
            return super()._splice(splice)
        old, new = splice.keys
        removed: list[Wire] = [key for start, count in splice.removed for key in old[start : start + count]]
        gone = set(removed)
        order: list[Wire] = [key for key in old if key not in gone]
        kept = len(order)
        wire: list[Wire] = [EDIT, removed, [], [], []]
        for source, goal in splice.moved:
            key = order.pop(source)
            order.insert(goal, key)
            wire[2] += (key, _after(order, goal, at_end=goal == kept - 1))
        there = set(order)
        last = max((index for index, key in enumerate(new) if key in there), default=-1)
        for index, key, child in splice.inserted:
            wire[3] += (key, _after(new, index, at_end=index > last), self._under(key, self.child, child))
        for _, key, change in splice.updated:
            wire[4] += (key, self._under(key, self.change, change))
        while not wire[-1]:
            wire.pop()
        return wire

    def _predicted(self, listener: Listener, event: str) -> int | None:
        key = listener.prediction(event)
        return None if key is None else self._numbering.predictions.get(key)


def _after(keys: Any, index: int, *, at_end: bool) -> Wire:
    """What an item follows: `True`: all others, `None`: nothing, or the one with this key."""
    return True if at_end else keys[index - 1] if index else None


def _steps(mount: Mount) -> int:
    """How many steps of an address lead to what a component shows."""
    steps = 0
    above: Mount | None = mount
    while above is not None:
        steps += len(above.place)
        above = above.owner
    return steps


def keys_to(mount: Mount) -> tuple[str | int, ...]:
    """The keys of lists on the way to a component."""
    if mount.owner is None:
        return ()
    keys = list(keys_to(mount.owner))
    child = mount.owner.content
    for step in mount.place:
        if isinstance(child, Items):
            if child.keys is not None:
                keys.append(step)
            child = child.values[int(step) if child.keys is None else child.keys.index(step)]
        elif isinstance(child, Block):
            child = child.values[int(step)]
    return tuple(keys)


def _check_holes(change: Change, holes: Holes, bound: BoundAction[Any, Any]) -> None:
    """Refuses what is sent by a browser as an address, a style or markup: the server would look at it first.

    Raises:
        PlaceholderError: a placeholder stands there.
    """
    if isinstance(change, Update):
        pairs = [(change.template, slot, value) for slot, value in change.changes]
    elif isinstance(change, Block):
        pairs = [(change.template, slot, value) for slot, value in enumerate(change.values)]
    else:
        pairs = []
        if isinstance(change, Splice):
            for _, _, inner in (*change.inserted, *change.updated):
                _check_holes(inner, holes, bound)
        elif isinstance(change, Edit):
            for _, block in (*change.first, *change.last, *change.updated):
                _check_holes(block, holes, bound)
        elif isinstance(change, Items):
            for item in change.values:
                _check_holes(item, holes, bound)
        elif isinstance(change, Preview):
            _check_holes(change.content, holes, bound)
    for template, slot, value in pairs:
        kind, name = template.kinds[slot], template.names[slot]
        if kind is CHILD:
            _check_holes(value, holes, bound)
        elif (
            kind is ATTRIBUTE
            and isinstance(value, str)
            and name in NEVER_FILLED
            and len(holes.parts(value)) > 1
        ):
            tag = template.tag_of(slot)
            raise PlaceholderError(
                f"the reducer of {bound!r} leads to <{tag} {name}=…> with what a visitor enters; "
                "an address, a style or markup is looked at by the server first"
            )
