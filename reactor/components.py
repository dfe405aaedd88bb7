"""Components: props, state, render.

A component class declares typed fields. A field without `state(…)` is a *prop*: given by whoever renders
the component. A field with `state(…)` is its own: it lives as long as the component stands at its place in
the page, and survives the end of the server process, sealed in the page.
"""

from __future__ import annotations

import copy
import difflib
import inspect
import sys
import typing
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Final, TypeVar, cast, dataclass_transform, get_origin, overload

from fastapi.dependencies.models import Dependant
from pydantic import ConfigDict, PydanticSchemaGenerationError, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, SchemaSerializer
from pydantic_core.core_schema import CoreConfig
from typing_extensions import TypedDict

from .actions import Action, short_tag
from .blocks import Child, Deferred, Key, Listener, children_of
from .compiler import compile_class, register
from .dependencies import split
from .errors import ComponentError, StateError, TaintError, build_error
from .taint import is_used, marks_in
from .topics import Subscription

T = TypeVar("T")
C = TypeVar("C", bound="Component")

_REQUIRED: Final = object()
_JSON: Final = CoreConfig(ser_json_bytes="base64", ser_json_inf_nan="strings")
_EMPTY: Final = (None, list, dict, set)
"""Factories that make the same each time."""


class _State:
    """What `state(…)` leaves in the class body."""

    __slots__ = ("default", "factory")

    def __init__(self, default: Any, factory: Callable[[], Any] | None) -> None:
        self.default = default
        self.factory = factory

    def make(self) -> Any:
        """A fresh default."""
        return self.factory() if self.factory is not None else copy.deepcopy(self.default)


@overload
def state(default: T, *, init: typing.Literal[False] = False) -> T: ...
@overload
def state(*, factory: Callable[[], T], init: typing.Literal[False] = False) -> T: ...
def state(default: Any = _REQUIRED, *, factory: Callable[[], Any] | None = None, init: bool = False) -> Any:
    """Declares a field as the component's own state.

    Arguments:
        default: the value at the start; each component gets a copy of a list, dictionary or model.
        factory: makes that value instead.
        init: state is never an argument of the component; only for type checkers.

    Returns:
        To a type checker, a value of the field's type.

    Raises:
        ComponentError: neither or both of `default` and `factory` are given.

    The field's type is anything that pydantic can turn to JSON and back.
    """
    if (default is _REQUIRED) == (factory is None):
        raise ComponentError("state(…) takes either a default or factory=…")
    return _State(default, factory)


@dataclass_transform(kw_only_default=True, field_specifiers=(state,))
class _Fields(Deferred):
    """Tells type checkers that the fields of its subclasses are arguments; `key` is one of them."""


class Component(_Fields):
    """The base of components.

    >>> from reactor import Component, html as h, state
    >>> class Greeting(Component):
    ...     name: str
    ...     excited: bool = state(False)
    ...     def render(self):
    ...         return h.p["Hello ", self.name, "!" if self.excited else "."]
    >>> Greeting(name="Ada").excited
    False

    A subclass may define, besides `render` and actions:

    * `mount(self, …)`: called once when the component first appears, not when it is restored; `async` or
      not; FastAPI dependencies are resolved. The place to load what the state starts from.

    There is no `unmount`: a server that may end at any moment cannot promise to call it.
    """

    key: Key | None = None

    _props: ClassVar[dict[str, Any]] = {}
    _states: ClassVar[dict[str, _State]] = {}
    _locals: ClassVar[dict[str, Any]] = {}
    _known: ClassVar[ComponentClass | None] = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._props, cls._states, cls._known = dict(cls._props), dict(cls._states), None
        cls._collect_fields()
        cls._check_actions()
        register(cls)

    def __init__(self, **props: Any) -> None:
        cls = type(self)
        fields = self.__dict__
        declared = cls._props
        for name, value in props.items():
            if name not in declared and name != "key":
                raise cls._unknown_prop(name)
            fields[name] = value.placed() if isinstance(value, Listener) else value
        for name, default in declared.items():
            if name not in fields:
                if default is _REQUIRED:
                    raise build_error(f"{cls.__name__}(…): the prop {name!r} is missing")
                fields[name] = default
        for name, declaration in cls._states.items():
            fields[name] = declaration.make()

    def render(self, *args: Any, **kwargs: Any) -> Child | Awaitable[Child]:
        """What the component shows: one child; may be `async`; FastAPI dependencies are resolved.

        It reads props and state, and changes nothing.
        """
        raise ComponentError(f"{type(self).__name__} has no render method")

    def __getitem__(self: C, children: Child | tuple[Child, ...]) -> C:
        """The component with these children, for one that declares the prop `children`."""
        if "children" not in self._props:
            raise build_error(
                f"{type(self).__name__} takes no children; declare the prop `children: Child = None` "
                "and put it into what render returns"
            )
        made = self.copy()
        made.__dict__["children"] = children_of(children, type(self).__name__)
        return made

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._states or name[0] == "_":
            self.__dict__[name] = value
            return
        cls = type(self)
        if name in self._props or name == "key":
            raise ComponentError(
                f"{cls.__name__}.{name} is a prop: it belongs to whoever renders the component. For a value "
                f"that the component changes itself, declare `{name}: … = state(…)`"
            )
        if isinstance(inspect.getattr_static(cls, name, None), property):
            object.__setattr__(self, name, value)
            return
        raise ComponentError(
            f"{cls.__name__} has no state field {name!r}, so its value would be lost; declare "
            f"`{name}: … = state(…)`, or use a name that begins with _ for what need not be kept"
        )

    def __repr__(self) -> str:
        fields = (f"{name}={self.__dict__.get(name)!r}" for name in (*self._props, *self._states))
        return f"{type(self).__name__}({', '.join(fields)})"

    def copy(self: C) -> C:
        """A component with the same props, and fresh state."""
        made = object.__new__(type(self))
        made.__dict__.update({name: self.__dict__[name] for name in self._props})
        made.__dict__["key"] = self.key
        for name, declaration in self._states.items():
            made.__dict__[name] = declaration.make()
        return made

    @property
    def identifier(self) -> str:
        """A text that tells this component from all others of the page; for `id`s."""
        mount = self.__dict__.get("_mount")
        return "" if mount is None else str(mount.identifier)

    @property
    def props(self) -> dict[str, Any]:
        """The props, by name."""
        return {name: self.__dict__[name] for name in self._props}

    @classmethod
    def _collect_fields(cls) -> None:
        cls._remember_locals()
        for name in _OURS & cls.__dict__.keys():
            raise ComponentError(
                f"{cls.__name__}.{name}: nothing of a component can have this name, the framework uses it"
            )
        for name, annotation in inspect.get_annotations(cls).items():
            if name.startswith("_") or str(get_origin(annotation)) == "typing.ClassVar":
                continue
            if isinstance(annotation, str) and annotation.startswith(("ClassVar", "typing.ClassVar")):
                continue
            if name in _RESERVED:
                raise ComponentError(
                    f"{cls.__name__}.{name}: a field cannot have this name, the framework uses it"
                )
            default = cls.__dict__.get(name, _REQUIRED)
            if isinstance(default, _State):
                cls._states[name] = default
                cls._props.pop(name, None)
                delattr(cls, name)
            else:
                if isinstance(default, (list, dict, set)):
                    raise ComponentError(
                        f"{cls.__name__}.{name}: a prop's default is shared by all components and must not "
                        f"be a {type(default).__name__}; use a tuple or None, or state(…) if it is state"
                    )
                cls._props[name] = default
                cls._states.pop(name, None)
        for name, value in list(cls.__dict__.items()):
            if isinstance(value, _State):
                raise ComponentError(
                    f"{cls.__name__}.{name} = state(…) needs an annotation: {name}: int = state(0)"
                )

    @classmethod
    def _remember_locals(cls) -> None:
        """Annotations that are strings may name things of the function that the class is defined in."""
        if "_locals" in cls.__dict__ or "<locals>" not in cls.__qualname__:
            return
        frame = sys._getframe(3)
        cls._locals = {**cls._locals, **frame.f_locals}

    @classmethod
    def _check_actions(cls) -> None:
        seen: dict[int, str] = {}
        for name in dir(cls):
            value = inspect.getattr_static(cls, name)
            if isinstance(value, Action):
                tag = value.tag(cls, ())
                if tag in seen and seen[tag] != value.name:
                    raise ComponentError(
                        f"{cls.__name__}: the actions {seen[tag]} and {value.name} happen to share a short "
                        "mark; rename one of them"
                    )
                seen[tag] = value.name

    @classmethod
    def _unknown_prop(cls, name: str) -> Exception:
        if name in cls._states:
            return build_error(f"{cls.__name__}({name}=…): {name} is state, which is not given from outside")
        close = difflib.get_close_matches(name, cls._props, 1)
        hint = f"; did you mean {close[0]!r}?" if close else f"; it has: {', '.join(cls._props) or 'none'}"
        return build_error(f"{cls.__name__} has no prop {name!r}{hint}")


_OURS: Final = frozenset({"copy", "identifier", "key", "props"})
_RESERVED: Final = _OURS | {"render", "mount"}


class ComponentClass:
    """What the framework knows about a component class; made once, when it is first used.

    Arguments:
        cls: the class.
    """

    def __init__(self, cls: type[Component]) -> None:
        compile_class(cls)
        self.name = cls.__qualname__
        self.tag = short_tag(f"{cls.__module__}.{cls.__qualname__}")
        self.render_needs = self._needs(cls, "render")
        self.has_mount = hasattr(cls, "mount")
        self.mount_needs = self._needs(cls, "mount") if self.has_mount else None
        self.fields = tuple(cls._states)
        actions = (inspect.getattr_static(cls, name) for name in dir(cls))
        declared = (inspect.getattr_static(cls, name) for name in dir(cls))
        self.subscriptions = tuple(item for item in declared if isinstance(item, Subscription))
        for subscription in self.subscriptions:
            subscription.check()
        self.reducers = any(isinstance(item, Action) and item.reducer is not None for item in actions)
        """Whether something can be told of what its actions will do."""
        self._adapter = self._state_adapter(cls) if self.fields else None
        # The configuration of a TypedDict reaches only its validation; a serializer takes its own.
        self._serializer = (
            None if self._adapter is None else SchemaSerializer(self._adapter.core_schema, _JSON)
        )
        # A factory may make something else each time (an id, a date): then only what is kept is the same.
        same = all(declaration.factory in _EMPTY for declaration in cls._states.values())
        self.initial = (
            b""
            if self.has_mount or self._adapter is None or not same
            else self.dump({name: declaration.make() for name, declaration in cls._states.items()})
        )
        """The state of a new component, where that is always the same; it need not be kept."""

    def _needs(self, cls: type[Component], method: str) -> Dependant | None:
        needs, own = split(getattr(cls, method), cls._locals)
        missing = [
            item.name for item in own if item.default is item.empty and item.kind < item.VAR_POSITIONAL
        ]
        if missing and getattr(cls, method) is not Component.render:
            raise ComponentError(
                f"{self.name}.{method} takes {missing[0]!r}, which nobody gives; besides self it may take "
                "FastAPI dependencies only. Values from outside are props"
            )
        return needs

    def _state_adapter(self, cls: type[Component]) -> TypeAdapter[dict[str, Any]]:
        self.hints = self._hints(cls)
        fields = {name: self.hints[name] for name in self.fields}
        # Missing fields take their default: a deploy that adds one keeps old pages alive.
        shape = TypedDict(f"{cls.__name__}State", fields, total=False)  # type: ignore[misc]
        shape.__pydantic_config__ = ConfigDict(  # type: ignore[attr-defined]
            val_json_bytes="base64", extra="ignore"
        )
        try:
            return cast("TypeAdapter[dict[str, Any]]", TypeAdapter(shape))
        except PydanticSchemaGenerationError as error:
            raise ComponentError(
                f"{self.name}: the type of a state field must be one that pydantic can turn to JSON and back "
                f"(for a row of a database, keep its id): {str(error).splitlines()[0]}"
            ) from None

    def _hints(self, cls: type[Component]) -> dict[str, Any]:
        """The types of the state fields. Those of props may name what is there for type checkers only."""
        hints: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            own = {name: hint for name, hint in inspect.get_annotations(base).items() if name in self.fields}
            if own:
                module = getattr(sys.modules.get(base.__module__), "__dict__", {})
                names = {**vars(base), **module, **cls._locals}
                holder = type(base.__name__, (), {"__annotations__": own, "__module__": base.__module__})
                hints |= typing.get_type_hints(holder, localns=names, include_extras=True)
        return hints

    def dump(self, values: dict[str, Any]) -> bytes:
        """State as JSON.

        Raises:
            StateError: a value is not of its annotation's type.
            TaintError: a tainted value would not be marked any more when it is read again.
        """
        if self._serializer is None:
            return b""
        try:
            dumped = self._serializer.to_json({name: values[name] for name in self.fields}, warnings="error")
        except (PydanticSerializationError, UnicodeError) as error:
            raise StateError(f"{self.name}: a state field does not fit its annotation: {error}") from None
        if is_used():
            self._check_taint(values, dumped)
        return dumped

    def _check_taint(self, values: dict[str, Any], dumped: bytes) -> None:
        """Refuses marked values that would not be marked any more when they are read again."""
        marks = {name: list(marks_in(values[name])) for name in self.fields}
        if not any(marks.values()):
            return
        loaded = self.load(dumped)
        for name, whys in marks.items():
            if len(list(marks_in(loaded.get(name)))) < len(whys):
                raise TaintError(
                    f"{self.name}.{name}: in state that is kept a tainted value loses its mark ({whys[0]}); "
                    f'annotate the field: {name}: Annotated[…, tainted("…")], or keep an id instead'
                )

    def load(self, data: bytes) -> dict[str, Any]:
        """State from JSON.

        Raises:
            StateError: it does not fit the class (any more).
        """
        if self._adapter is None:
            return {}
        try:
            return self._adapter.validate_json(data)
        except ValidationError as error:
            raise StateError(
                f"{self.name}: the state does not fit the class: {error.error_count()} fields"
            ) from None


def class_of(component: Component) -> ComponentClass:
    """What the framework knows about the class of a component."""
    cls = type(component)
    known = cls._known
    if known is None:
        known = cls._known = ComponentClass(cls)
    return known
