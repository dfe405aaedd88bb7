"""Actions: what a visitor may call of what was rendered for them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from operator import attrgetter
from types import FrameType
from typing import TYPE_CHECKING, Any, Concatenate, Final, Generic, ParamSpec, TypeVar, get_args, overload

from fastapi.concurrency import run_in_threadpool
from pydantic_core import PydanticSerializationError, to_json

from . import html as h
from .arguments import Arguments, Payload
from .blocks import SAFE_INTEGER, Block, Listener
from .context import Context
from .dependencies import Resolver
from .effects import Cancel, Effect
from .errors import ComponentError, Invalid
from .events import field_options
from .order import CODES, Order
from .outcomes import Outcome, Outcomes
from .storages import Taken
from .symbols import Data, Paused, Pending, Progress, Source

if TYPE_CHECKING:
    from typing import Self

_CONSTANT: Final = (type(None), bool, int, float, str)
_DISTINCT: Final = frozenset({type(None), int, str})
"""Types whose values never change, and are never equal to one of another of these types."""
_ROW: Final = (0, 1)
"""Where the bound values of most handlers in lists stand: the innermost key is the only one."""
_NO_NAMES: Final[dict[str, Any]] = {}

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., None])


def short_tag(name: str) -> int:
    """A number of 16 bits that stands for a name on the wire."""
    return int.from_bytes(blake2b(name.encode(), digest_size=2).digest(), "big")


class Action(Generic[P, R]):
    """What a visitor may call: a function, and how it is called.

    Arguments:
        function: a method of a component, or a function of no component.
        overwrites: whether its values win over what was typed meanwhile.
        max_duration: seconds that a call may take; `None`: as the page says.
        order: what becomes of a call while others are under way.
        detached: whether one that yields goes on when nobody listens any more.
        is_method: whether it is a method.
        names: what its annotations may name besides the globals of its module.
    """

    def __init__(
        self,
        function: Callable[..., R],
        *,
        overwrites: bool,
        max_duration: float | None,
        order: Order = "queue",
        rate: tuple[int, float] | None = None,
        detached: bool = False,
        is_method: bool = True,
        names: Mapping[str, Any] | None = None,
    ) -> None:
        self.function = function
        self.rate = rate
        self.is_method = is_method
        self._names = names
        self.order: Order = order
        self.yields = inspect.isasyncgenfunction(function)
        """It is `async` and sends what has changed wherever it yields."""
        self.detached = detached
        self.is_async = self.yields or inspect.iscoroutinefunction(function)
        self.overwrites = overwrites
        self.max_duration = max_duration
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__qualname__ = function.__qualname__
        self.__wrapped__ = function
        self._class: type | None = None
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.key = function.__name__ if is_method else self.name
        """Its name among the actions of its owner."""
        self._marks: dict[tuple[type, tuple[int | str, ...]], int] = {}
        self.reducer: Callable[..., None] | None = None
        """Does to a copy of the component what the action will do."""
        self.options: dict[tuple[object, ...], dict[str, Any] | None] = {}
        """What the browser has to know, by event and what is bound."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._class = owner

    @cached_property
    def arguments(self) -> Arguments:
        """What it takes."""
        names = getattr(self._class, "_locals", None) if self._names is None else self._names
        return Arguments(self.function, names, is_method=self.is_method)

    @cached_property
    def takes_one(self) -> bool:
        """Whether one argument can be bound by its place."""
        return self.arguments.most > 0

    def optimistic(self, reducer: F) -> F:
        """Gives the action a reducer, so that what it will do is seen before the server has answered.

        The reducer is a plain method that changes the state as the action will. It is run ahead on a copy of
        the component, and the browser shows what came of it with the click. When the answer is there, that
        counts; when the action fails or refuses, all is taken back.

        What is bound is given to it as it is. What only the browser will know (a form's fields, the event's
        value) is a *placeholder*: it can be stored, passed on and shown, also inside an f-string; to look
        into it is an error. For booleans, enumerations and optional values it is run with each of them.

        Arguments:
            reducer: a plain method; of the action's parameters it names those that it needs.

        Returns:
            The reducer.

        Raises:
            ComponentError: it is `async`, or the action has one already.

        >>> from reactor import Component, action, state
        >>> class Likes(Component):
        ...     count: int = state(0)
        ...     @action
        ...     async def like(self) -> None:
        ...         self.count += 1
        ...     @like.optimistic
        ...     def _(self) -> None:
        ...         self.count += 1
        """
        if inspect.iscoroutinefunction(reducer) or inspect.isgeneratorfunction(reducer):
            raise ComponentError(f"{self.__qualname__}: a reducer is a plain method; it cannot wait")
        if self.reducer is not None:
            raise ComponentError(f"{self.__qualname__} has a reducer already")
        self.reducer = reducer
        return reducer

    @cached_property
    def predicted(self) -> frozenset[str]:
        """The parameters that the reducer takes.

        Raises:
            ComponentError: the action has no such parameter.
        """
        if self.reducer is None:
            return frozenset()
        names = list(inspect.signature(self.reducer).parameters)[1:]
        known = {parameter.name for parameter in self.arguments.open((), {})}
        for name in names:
            if name not in known:
                raise ComponentError(
                    f"the reducer of {self.__qualname__} takes {name!r}, which its action does not get "
                    f"from a browser; there is: {', '.join(sorted(known)) or 'nothing'}"
                )
        return frozenset(names)

    def predict(self, owner: object, values: Mapping[str, Any]) -> None:
        """Runs the reducer on a copy of the component."""
        if self.reducer is not None:
            self.reducer(owner, **values)

    def of(self, owner: type) -> str:
        """The name of the action in a class; classes that inherit it may do something else with it."""
        return f"{owner.__module__}.{owner.__qualname__} {self.name}"

    def tag(self, owner: type, positions: tuple[int | str, ...]) -> int:
        """The mark of a handler whose bound values are the keys at these places of its address.

        Arguments:
            owner: the class of the component.
            positions: of each value; then how many have no name, and the names of the others.
        """
        tag = self._marks.get((owner, positions))
        if tag is None:
            tag = self._marks[owner, positions] = short_tag(f"{self.of(owner)}{positions or ''}")
        return tag

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> BoundAction[P, R]: ...
    def __get__(self, instance: object, owner: type) -> Self | BoundAction[P, R]:
        if instance is None:
            return self
        made: BoundAction[P, R] = BoundAction(self, instance)
        names: list[str] | None = instance.__dict__.get(DRAWING)
        if names is not None and getattr(type(instance), self.key, None) is self:
            # Until it is rendered, the component itself has what it was asked for: rows ask once each.
            instance.__dict__[self.key] = made
            names.append(self.key)
        return made

    def __repr__(self) -> str:
        return f"<action {self.name}>"


DRAWING: Final = "_drawing"
"""Among the fields of a component that is being rendered: the names of the actions that it has at hand."""


class Drawing:
    """While a component is rendered all handlers of one of its actions hold what they have in common once.

    Arguments:
        component: the component.
    """

    __slots__ = ("_fields", "_names")

    def __init__(self, component: object) -> None:
        self._fields: dict[str, Any] = component.__dict__
        self._names: list[str] | None = None

    def __enter__(self) -> None:
        if DRAWING not in self._fields:
            self._names = self._fields[DRAWING] = []

    def __exit__(self, *_: object) -> None:
        if self._names is not None:
            for name in (DRAWING, *self._names):
                self._fields.pop(name, None)


class _Bond:
    """What the handlers of one action of one component have in common, those that a render has made.

    Arguments:
        action: the action.
        owner: whose it is.
        kwargs: what is bound by name; then it is that of one handler alone.
        seen: the bound values as they were; `None` where they cannot change, so that they tell it themselves.
    """

    __slots__ = ("action", "kwargs", "likes", "owner", "seen", "told")

    def __init__(
        self, action: Action[..., Any], owner: object, kwargs: dict[str, Any], seen: object = None
    ) -> None:
        self.action = action
        self.owner = owner
        self.kwargs = kwargs
        self.seen = seen
        self.told: Source = False
        """The source of their calls that the browser knows of; `False`: it has not been told."""
        self.likes: object = None
        """The same in those whose handlers, bound to the same, were found to be the same to a browser."""

    def is_usual(self) -> bool:
        """Whether nothing but what is bound decides what the browser is told of a handler."""
        action, owner = self.action, self.owner
        if self.seen is not None or owner is None or action.order != "queue" or action.reducer is not None:
            return False
        return "_watched" not in owner.__dict__

    def is_like(self, other: _Bond) -> bool:
        """Whether handlers that are bound to the same are the same to a browser."""
        return (
            other.action is self.action
            and (other.owner is self.owner is not None or other.place is self.place)
            and other.seen == self.seen
            # The browser must be told when something begins to depend on these calls.
            and other.known(other.owner) == self.known(self.owner)
        )

    @property
    def place(self) -> Any:
        """Where the owner stands: a copy that shows what will be stands for it."""
        return self.owner.__dict__.get("_mount", self.owner)

    def source(self, owner: Any) -> Source:
        """Whose calls these are, if something of the component, or their order, depends on them."""
        action = self.action
        if action.order != "queue" or action.key in owner.__dict__.get("_watched", ()):
            return source_of(owner, action)
        return None

    def known(self, owner: Any) -> Source:
        """The source that the browser knows of, or would be told."""
        if self.told is False:
            self.told = self.source(owner)
        return self.told


def source_of(owner: object, action: Action[..., Any]) -> Source:
    """What stands for the calls of an action."""
    return (getattr(owner, "identifier", ""), action.key)


class BoundAction(Listener, Generic[P, R]):
    """An action of one component, perhaps with arguments: `self.remove.bind(item.id)`.

    It can be called like the method that it is, also from other actions and from tests.
    """

    __slots__ = ("_bond", "action", "args")

    def __init__(
        self,
        action: Action[..., R],
        owner: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] = _NO_NAMES,
    ) -> None:
        self.action = action
        self.args = args
        self._bond = _Bond(action, owner, kwargs)
        if args or kwargs:
            self._bond.seen = self._snapshot()

    @property
    def kwargs(self) -> dict[str, Any]:
        """What is bound by name."""
        return self._bond.kwargs

    @property
    def owner(self) -> Any:
        """Whose action it is: a component, or the open page."""
        return self._bond.owner

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Calls the method."""
        arguments = self.action.arguments
        if self.args and arguments.needs is not None:
            # What FastAPI resolves may stand between the bound values; it is given by name then.
            named = arguments.named((*self.args, *args), {**self.kwargs, **kwargs})
            return self.action.function(self.owner, **named)
        return self.action.function(self.owner, *self.args, *args, **{**self.kwargs, **kwargs})

    def bind(self, *args: Any, **kwargs: Any) -> BoundAction[..., R]:
        """The action with these arguments given; the others come from the event or form.

        What is bound is what the visitor saw: if it has changed when the call comes, nothing is run.

        Raises:
            ComponentError: the action has no such parameter.
        """
        bond, action = self._bond, self.action
        is_first = not (kwargs or self.args or bond.kwargs)
        if is_first and len(args) == 1 and type(args[0]) in _DISTINCT and action.takes_one:
            # The key of a row, as a rule: there may be thousands of them.
            made: BoundAction[..., R] = _BoundToOne()
            made._bond, made.action, made.args = bond, action, args
            return made
        args, kwargs = self.args + args, {**bond.kwargs, **kwargs}
        action.arguments.check_bound(action.__qualname__, args, kwargs)
        return BoundAction(action, bond.owner, args, kwargs)

    def mark(self, keys: tuple[str | int, ...], digest: Callable[[bytes], bytes]) -> int | bytes:
        """What the visitor sees of this: the action, and which keys or which digest it is bound to."""
        args, kwargs = self.args, self.kwargs
        if not args and not kwargs:
            return self.action.tag(type(self.owner), ())
        if self._bond.seen is None and args == keys[-1:] and _is_key(args[0]):
            return self.action.tag(type(self.owner), _ROW)
        positions: list[int | str] = []
        for value in (*args, *kwargs.values()) if kwargs else args:
            for position, key in enumerate(reversed(keys)):
                if type(key) is type(value) and key == value and _is_key(value):
                    positions.append(position)
                    break
            else:
                return digest(self._canonical())
        return self.action.tag(type(self.owner), (*positions, len(args), *kwargs))

    def _snapshot(self) -> object:
        """The bound values as they are now, to be compared later: a list or model may change in place."""
        if not self.kwargs and _DISTINCT.issuperset(map(type, self.args)):
            return None
        values = (*self.args, *self.kwargs.values())
        if all(type(value) in _CONSTANT for value in values):
            return (tuple(map(type, values)), values, tuple(self.kwargs))
        try:
            return to_json([self.args, self.kwargs])
        except (PydanticSerializationError, ValueError):
            return object()  # it cannot be compared; `mark` says so if it is rendered

    def _canonical(self) -> bytes:
        try:
            return self.action.of(type(self.owner)).encode() + b"\0" + to_json([self.args, self.kwargs])
        except (PydanticSerializationError, ValueError) as error:
            raise ComponentError(
                f"{self.action.__qualname__}.bind(…): a bound value must be data (text, numbers, dates, "
                f"models, lists of these), so that it can be compared when the call comes: {error}"
            ) from None

    def options(self, event: str) -> dict[str, Any] | None:
        """Which fields of the event the action wants, and the order of its calls."""
        known = self.action.options
        bound = (event, len(self.args), *self.kwargs)
        if bound not in known:
            wanted = self.action.arguments.wanted(self.args, self.kwargs)
            options = field_options(event, wanted, files=bool(self.files))
            code = CODES.get(self.action.order)
            known[bound] = options if code is None else {**(options or {}), "y": code}
        return known[bound]

    @property
    def files(self) -> dict[str, Taken]:
        """The parameters that take files, and what each takes."""
        return self.action.arguments.files(self.args, self.kwargs)

    @property
    def errors(self) -> Mapping[str, str]:
        """What was wrong with the last call, by field; the empty name stands for the whole."""
        outcome = self._outcome
        return {} if outcome is None else outcome.errors

    @property
    def result(self) -> Any:
        """What the action returned when it was called last; `None` before, and after an error."""
        outcome = self._outcome
        return None if outcome is None else outcome.result

    def error(self, field: str = "") -> Block | None:
        """An element that tells what is wrong with a field; nothing while it is right.

        Arguments:
            field: its name; without it, what is wrong with the whole.

        Returns:
            `<span class="error" id=…>`; the field that has `field(…)` is described by it.
        """
        message = self.errors.get(field)
        if message is None:
            return None
        return h.span(id=self._error_id(field), class_="error", role=None if field else "alert")[message]

    def field(self, name: str) -> dict[str, str | bool | None]:
        """The attributes of a form's field: its name, and whether and why it is wrong.

        Arguments:
            name: the name of the argument.

        Returns:
            What goes first into the parentheses: `h.input(self.create.field("email"), type="email")`.
        """
        wrong = name in self.errors
        return {
            "name": name,
            "aria-invalid": True if wrong else None,
            "aria-describedby": self._error_id(name) if wrong else None,
        }

    @property
    def pending(self) -> Pending:
        """Whether a call of this action is under way: for attributes, classes, and `.then(yes, no)`."""
        watched: set[str] = self.owner.__dict__.setdefault("_watched", set())
        watched.add(self.action.key)
        return Pending(source_of(self.owner, self.action))

    def data(self, name: str) -> Data:
        """What is being sent in a field, while a call of this action is under way."""
        return self.pending.data(name)

    @property
    def cancel(self) -> Effect:
        """Cancels the calls of this action that are under way: `h.button(on_click=self.ask.cancel)["Stop"]`.

        The browser sees to it. In the action `asyncio.CancelledError` is raised where it waits; what it has
        sent by `yield` stays, everything else is undone.
        """
        watched: set[str] = self.owner.__dict__.setdefault("_watched", set())
        watched.add(self.action.key)
        return Cancel(calls=source_of(self.owner, self.action))

    @property
    def progress(self) -> Progress:
        """How much of the files was sent, in per cent, while a call of this action sends some."""
        return self.pending.progress

    @property
    def paused(self) -> Pending:
        """Whether the upload of a call of this action is paused (`effects.pause`)."""
        return Pending(Paused(self.pending.source))

    def source(self) -> Source:
        """Whose calls these are, if something of the component, or their order, depends on them."""
        return self._tell(self._bond.source(self.owner))

    def _tell(self, source: Source) -> Source:
        """Notes what the browser is told."""
        bond = self._bond
        if bond.told is not False and bond.told != source:
            # Others that a render has made with it were told something else.
            bond = self._bond = _Bond(bond.action, bond.owner, bond.kwargs, bond.seen)
        bond.told = source
        return source

    def alike(self, keys: tuple[str | int, ...]) -> Hashable:
        """The same for all handlers of a list that are bound to the key of their item and nothing else."""
        bond = self._bond
        if not self.args or self.args != keys[-1:] or not bond.is_usual():
            return None
        if bond.told is not None:
            self._tell(None)
        return (bond.action, id(bond.owner))

    @classmethod
    def all_alike(cls, column: Sequence[Any], keys: Sequence[str | int]) -> bool:
        """Whether they are of one action, and each is bound to the key of its item and nothing else."""
        bonds = set(map(_bond_of, column))
        if len({(bond.action, id(bond.owner)) for bond in bonds}) != 1:
            return False
        if not all(bond.is_usual() and bond.told in (None, False) for bond in bonds):
            return False
        if list(map(_args_of, column)) != list(zip(keys)):
            return False
        for bond in bonds:
            bond.told = None
        return True

    def prediction(self, event: str) -> Hashable:
        """What identifies the prediction of a call; `None`: the action has no reducer."""
        if self.action.reducer is None:
            return None
        return (self._bond.place, self.action.key, self._bound, event == "submit")

    def queue(self) -> int:
        """The number of the component in its page."""
        mount = self.owner.__dict__.get("_mount")
        return 0 if mount is None else int(mount.number)

    def reset(self) -> None:
        """Forgets the errors and the result of the last call."""
        self.outcomes.pop(self.action.key, None)

    def succeeded(self, result: Any) -> None:
        """Notes how a call ended."""
        if result is None:
            self.reset()  # nothing to be shown
        else:
            self.outcomes[self.action.key] = Outcome(self._bound, {}, result)

    def failed(self, invalid: Invalid) -> None:
        """Notes why a call was refused."""
        self.outcomes[self.action.key] = Outcome(self._bound, invalid.fields)

    @property
    def outcomes(self) -> Outcomes:
        """Those of all actions of the component."""
        outcomes: Outcomes = self.owner.__dict__.setdefault("_outcomes", {})
        return outcomes

    @property
    def _outcome(self) -> Outcome | None:
        outcome = self.outcomes.get(self.action.key)
        # The action itself stands for its last call, whatever that was bound to.
        bare = not self.args and not self.kwargs
        return outcome if outcome is None or bare or outcome.bound == self._bound else None

    @property
    def _bound(self) -> str:
        return self._canonical().decode() if self.args or self.kwargs else ""

    def _error_id(self, field: str) -> str:
        place = getattr(self.owner, "identifier", "")
        return f"error-{field or 'form'}-{short_tag(f'{place} {self.action.key} {self._bound}'):x}"

    async def run(self, resolver: Resolver, payload: Payload) -> Any:
        """Calls the action with what a browser sent.

        Raises:
            Invalid: the payload does not fit the action's annotations.
        """
        arguments = self.action.arguments
        values = arguments.named(self.args, self.kwargs)
        values.update(self._validated(payload))
        if arguments.needs is not None:
            values.update(await resolver.resolve(arguments.needs))
        return await self.invoke(values)

    async def invoke(self, values: dict[str, Any]) -> Any:
        """Calls the function with all of its arguments, each by name.

        Returns:
            Its result; of one that yields, what it is gone through with.
        """
        function: Callable[..., Any] = self.action.function
        if self.action.yields:
            return function(self.owner, **values)
        if self.action.is_async:
            return await function(self.owner, **values)
        return await run_in_threadpool(function, self.owner, **values)

    def ended(self, context: Context, *, is_done: bool) -> None:
        """Notes what is stale after a call; of a component's action nothing else than the component."""

    def _validated(self, payload: Payload) -> dict[str, Any]:
        """The arguments that a payload gives; fields of the component that follow its form are set."""
        wrong: dict[str, str] = {}
        values: dict[str, Any] = {}
        followed: dict[str, Action[..., Any]] = self.owner.__dict__.get("_submitted", {})
        try:
            values = self.action.arguments.validate(self.args, self.kwargs, payload)
        except Invalid as error:
            if not followed:
                raise
            wrong.update(error.fields)
        for name, setter in followed.items():
            if payload.has_entry(name):
                try:
                    setattr(self.owner, name, setter.arguments.validate((), {}, payload)[name])
                except Invalid as error:
                    wrong.update(error.fields)
        if wrong:
            raise Invalid(wrong)
        return values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BoundAction):
            return False
        bond, its = self._bond, other._bond
        likes = bond.likes
        if likes is not None and likes is its.likes:
            return self.args == other.args  # as a rule: there may be thousands of them
        if not (bond is its or its.is_like(bond)):
            return False
        if bond.seen is not None:
            return True
        if bond.owner is its.owner:
            bond.likes = its.likes = its.likes or likes or object()
        return self.args == other.args

    def __hash__(self) -> int:
        return hash((self.action, id(self._bond.place)))

    def __repr__(self) -> str:
        bound = [repr(value) for value in self.args] + [
            f"{name}={value!r}" for name, value in self.kwargs.items()
        ]
        return f"{self.action.__qualname__}({', '.join(bound)})"


class _BoundToOne(BoundAction[P, R]):
    """An action with one argument; it is filled by whoever makes it, which takes less time."""

    __slots__ = ()
    __init__ = object.__init__


_bond_of: Final = attrgetter("_bond")
_args_of: Final = attrgetter("args")


def _is_key(value: object) -> bool:
    """Whether a value may stand in an address as it is."""
    return type(value) is str or (type(value) is int and -SAFE_INTEGER <= value <= SAFE_INTEGER)


class Declared(BoundAction[P, R]):
    """What `@action` makes, to type checkers: of a method a descriptor, of a function a handler by itself."""

    @overload  # type: ignore[no-overload-impl]
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(
        self: Declared[Concatenate[Any, Q], R], instance: object, owner: type
    ) -> BoundAction[Q, R]: ...

    def optimistic(self, reducer: F) -> F:  # type: ignore[empty-body]
        """Gives the action of a component a reducer; see `Action.optimistic`."""


@overload
def action(function: Callable[P, R], /) -> Declared[P, R]: ...
@overload
def action(
    *,
    order: Order = "queue",
    overwrites: bool = False,
    max_duration: float | None = None,
    rate: tuple[int, float] | None = None,
    detached: bool = False,
) -> Callable[[Callable[P, R]], Declared[P, R]]: ...
def action(
    function: Callable[..., Any] | None = None,
    /,
    *,
    order: Order = "queue",
    overwrites: bool = False,
    max_duration: float | None = None,
    rate: tuple[int, float] | None = None,
    detached: bool = False,
) -> Any:
    """Makes a method or function an action: what a visitor may call once a handler for it was rendered.

    It may be `async`; a plain one runs in a thread, as FastAPI's endpoints do. Its parameters are
    filled from what is bound, then by name from the event's fields or the form's entries, validated by
    their annotations; a single pydantic model takes them all. FastAPI's dependencies are resolved.

    Arguments:
        function: the method.
        order: what becomes of a call while others of its component are under way. `queue`: it waits until
            they are done; `latest`: it takes the place of those of this action, which are cancelled; `drop`:
            it is ignored while one of this action is under way; `parallel`: it does not wait.
        overwrites: the values that this action gives to fields win over what was typed meanwhile.
        max_duration: seconds that a call may take with its dependencies; then it is cancelled (a plain `def`
            cannot be, and goes on in its thread), nothing is kept, and the person is told. Without it, the
            page's limit holds. Of one that yields, the seconds between two yields.
        rate: how many calls a visitor may make in how many seconds, such as `(5, 60)`; the others are refused
            before anything is run, and the person is told when they may try again. It is counted in each
            process. Without it, `Limits.rate` alone holds.
        detached: one that yields goes on to its end also when the page was closed.

    Returns:
        What stands in for the method; on an instance it gives a handler.

    >>> from reactor import Component, action, state
    >>> class Counter(Component):
    ...     count: int = state(0)
    ...     @action
    ...     def add(self, step: int = 1) -> None:
    ...         self.count += step
    ...     def render(self): ...
    >>> counter = Counter()
    >>> counter.add(2)
    >>> counter.count
    2
    """

    def make(function: Callable[..., Any], frame: FrameType | None = None) -> Any:
        if not inspect.isfunction(function):
            raise ComponentError(
                f"@action goes on a method or function, directly above its def, not on {function!r}"
            )
        if inspect.isgeneratorfunction(function):
            raise ComponentError(f"@action {function.__qualname__}: an action that yields is an `async def`")
        if order not in get_args(Order):
            known = ", ".join(map(repr, get_args(Order)))
            raise ComponentError(f"@action {function.__qualname__}: order={order!r} is none of {known}")
        if rate is not None and not (isinstance(rate, tuple) and len(rate) == 2 and min(rate) > 0):
            raise ComponentError(
                f"@action {function.__qualname__}: rate={rate!r} is not (calls, seconds), such as (5, 60)"
            )
        if _is_method(function):
            return Action(
                function,
                overwrites=overwrites,
                max_duration=max_duration,
                order=order,
                rate=rate,
                detached=detached,
            )
        from .references import reference_of  # noqa: PLC0415

        return reference_of(
            function,
            frame or sys._getframe(1),
            overwrites=overwrites,
            max_duration=max_duration,
            order=order,
            rate=rate,
            detached=detached,
        )

    return make if function is None else make(function, sys._getframe(1))


def _is_method(function: Callable[..., Any]) -> bool:
    """Whether a function is defined in a class."""
    around, _, _ = function.__qualname__.rpartition(".")
    return bool(around) and not around.endswith("<locals>")
