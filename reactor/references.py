"""References: actions of no component. They stand alone, sealed, for as long as the page that shows them.

An action that is a plain function belongs to the page. Where it stands in a page, a *reference* is given to
the browser: which action, what is bound to it, and, of a function within a function, the values of the
variables that it uses, as they were when the page was rendered. It is sealed for the visitor and the page,
and comes back with the call.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from types import CellType, CodeType, FrameType, FunctionType
from typing import Any, Final, ParamSpec, TypeVar

from fastapi import params
from fastapi.concurrency import run_in_threadpool

from .actions import Action, BoundAction
from .blocks import Listener
from .codec import Malformed, pack, to_text, unpack
from .components import Component, class_of
from .context import EVERYTHING, Context, OpenPage, context_now, note_reading
from .errors import ComponentError, user_line
from .outcomes import Outcomes
from .symbols import Settled, Source
from .values import TRAVELS, Unfit, Unreadable, dump, is_static, restore, static_id

P = ParamSpec("P")
R = TypeVar("R")

_COMPONENT: Final = -1
_STATIC: Final = -2
_REFERENCE: Final = -3
_METHOD: Final = -4

_MOST: Final = 16
"""So many definitions of one name are kept: of a function that is defined anew in each rendering."""
_NESTING: Final = 4
_WORD: Final = re.compile(r"[^\W\d]\w*")

At = Callable[[Sequence[Sequence["str | int"]], int], "Component | None"]
"""Finds a component of the page by its place and the tag of its class."""


class Definition(Action[P, R]):
    """A function with `@action`, as this process knows it.

    Arguments:
        function: the function, or of one within another the one that was made last.
        outer: the variables that are not the page's: the application's, in every process the same.
        settings: as `Action` takes them.
    """

    def __init__(self, function: Callable[..., R], outer: Mapping[str, CellType], **settings: Any) -> None:
        super().__init__(function, is_method=False, **settings)
        self.outer = outer
        code: CodeType = function.__code__
        self.captures = tuple(name for name in code.co_freevars if name not in outer)
        self.defaults = _defaults(function)
        parameters = inspect.signature(function).parameters
        said = "\0".join((self.name, *parameters, "", *code.co_freevars))
        self.id = blake2b(said.encode(), digest_size=8, key=self.defaults[:64]).digest()

    def fits(
        self, function: Callable[..., Any], outer: Mapping[str, CellType], names: Mapping[str, Any]
    ) -> bool:
        """Whether a function is this one, made anew."""
        return (
            function.__code__ is self.function.__code__
            # Variables are equal when their values are; here the very same ones are meant.
            and {name: id(cell) for name, cell in self.outer.items()}
            == {name: id(cell) for name, cell in outer.items()}
            and function.__annotations__ == self.function.__annotations__
            and {name: id(value) for name, value in names.items()}
            == {name: id(value) for name, value in (self._names or {}).items()}
            and _defaults(function) == self.defaults
        )


_definitions: dict[bytes, dict[int, Definition[..., Any]]] = {}
"""By their ids: those that differ in variables of the application, the last one at the end."""
_by_code: dict[CodeType, list[Definition[..., Any]]] = {}
"""The same, by the code of a function that is made anew in each rendering; the last one at the end."""


def reference_of(function: Callable[..., R], frame: FrameType | None, **settings: Any) -> Reference[..., R]:
    """What `@action` makes of a function that is no method.

    Arguments:
        function: the function.
        frame: where it was defined; what its annotations name may stand there.
        settings: those of the decorator.
    """
    context = context_now()
    code: CodeType = function.__code__
    outer = _outer_variables(function, context) if code.co_freevars else {}
    names = _names_of_annotations(function, frame)
    known = _by_code.setdefault(code, [])
    for definition in known:
        if definition.fits(function, outer, names):
            definition.function = function
            break
    else:
        definition = Definition(function, outer, names=names, **settings)
        if context is not None:
            _check_made_anew(definition, context)
        known.append(definition)
        _definitions.setdefault(definition.id, {})[id(definition)] = definition
        for old in known[:-_MOST]:
            known.remove(old)
            _definitions[old.id].pop(id(old))
            if not _definitions[old.id]:
                del _definitions[old.id]
    return Reference(definition, function)


class Reference(BoundAction[P, R]):
    """A function that a visitor may call where a page refers to it, perhaps with arguments."""

    __slots__ = ("_content", "_definition", "_function")

    def __init__(
        self,
        action: Definition[..., R],
        function: Callable[..., R],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        content: bytes | None = None,
        owner: Component | None = None,
    ) -> None:
        self._definition = action
        self._function = function
        self._content = content
        super().__init__(action, owner, args, kwargs or {})
        self._bond.seen = content

    @property
    def __wrapped__(self) -> Callable[..., R]:
        """The function, for tools that look at it."""
        return self._function

    @property
    def owner(self) -> Any:
        """Whose action it is: the component that it has captured, or else the page that is open."""
        bond = self._bond
        if bond.owner is None:
            bond.owner = self._captured_component()
        if bond.owner is not None:
            return bond.owner
        context = context_now()
        return OpenPage() if context is None else context.page

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Calls the function."""
        arguments = self.action.arguments
        if self.args and arguments.needs is not None:
            return self._function(**arguments.named((*self.args, *args), {**self.kwargs, **kwargs}))
        return self._function(*self.args, *args, **{**self.kwargs, **kwargs})

    def __get__(self, instance: object, owner: type) -> Reference[P, R]:
        return self

    def bind(self, *args: Any, **kwargs: Any) -> Reference[..., R]:
        """The action with these arguments given; the others come from the event or form.

        Raises:
            ComponentError: the action has no such parameter.
        """
        args, kwargs = (*self.args, *args), {**self.kwargs, **kwargs}
        self.action.arguments.check_bound(self.action.__qualname__, args, kwargs)
        return Reference(self._definition, self._function, args, kwargs)

    def optimistic(self, reducer: Callable[..., None]) -> Callable[..., None]:
        """There is none for a function: what it would change is no component's state.

        Raises:
            ComponentError: always.
        """
        raise ComponentError(
            f"{self.action.__qualname__}: a reducer changes the state of a component; put the action into "
            "the component that shows what comes of it"
        )

    def placed(self) -> Reference[P, R]:
        """The reference with its variables as they are now; what is put into a page does not change there.

        Raises:
            ComponentError: one of them cannot travel.
        """
        if self._content is not None:
            return self
        return Reference(
            self._definition, self._function, self.args, self.kwargs, self.content, self._captured_component()
        )

    @property
    def content(self) -> bytes:
        """What is sealed: the action, its variables, and what is bound; the same for the same values."""
        return pack(self._parts()) if self._content is None else self._content

    def _parts(self, nesting: int = _NESTING) -> list[Any]:
        if self._content is not None:
            return unpack(self._content, limit=len(self._content), depth=500)  # type: ignore[return-value]
        if nesting == 0:
            raise ComponentError(f"{self!r} captures itself, or actions that are nested too deeply")
        captured = [self._captured(name, value, nesting) for name, value in self._variables()]
        bound: list[Any] = []
        for name, value in [*enumerate(self.args), *self.kwargs.items()]:
            try:
                bound.append([name, dump(value)])
            except Unfit as unfit:
                raise self._cannot(f"the bound value {name!r}", unfit) from None
        return [self._definition.id, captured, bound]

    def _captured(self, name: str, value: Any, nesting: int) -> Any:
        if isinstance(value, Component):
            mount = value.__dict__.get("_mount")
            if mount is None:
                raise ComponentError(f"{self!r}: {name} is a component that is not on the page")
            return [_COMPONENT, mount.path, class_of(value).tag]
        if isinstance(value, Reference):
            return [_REFERENCE, *value._parts(nesting - 1)]
        if is_static(value):
            return [_STATIC, static_id(value)]
        try:
            return dump(value)
        except Unfit as unfit:
            raise self._cannot(f"the variable {name!r}", unfit) from None

    def _cannot(self, what: str, unfit: Unfit) -> ComponentError:
        code: CodeType = self._function.__code__
        where = user_line()
        return ComponentError(
            f"@action {self.action.__qualname__}: {what} holds {unfit}, which cannot be kept for the call. "
            f"{TRAVELS}. For a connection or a service give the action a parameter with Depends(…); for a "
            f"row of a database keep its id.\n  the action is in {code.co_filename}:{code.co_firstlineno}"
            + (f"\n  it was put into the page in {where}" if where else "")
        )

    def _variables(self) -> Iterator[tuple[str, Any]]:
        code: CodeType = self._function.__code__
        cells: Sequence[CellType] = self._function.__closure__ or ()
        for name, cell in zip(code.co_freevars, cells, strict=True):
            if name in self._definition.outer:
                continue
            try:
                yield name, cell.cell_contents
            except ValueError:
                raise ComponentError(
                    f"@action {self.action.__qualname__}: the variable {name!r} has no value yet where the "
                    "action is put into the page"
                ) from None

    def _captured_component(self) -> Component | None:
        found = {id(value): value for _, value in self._variables() if isinstance(value, Component)}
        if len(found) > 1:
            names = " and ".join(name for name, value in self._variables() if isinstance(value, Component))
            raise ComponentError(
                f"@action {self.action.__qualname__} captures {names}: an action belongs to one component"
            )
        return next(iter(found.values()), None)

    def alike(self, keys: tuple[str | int, ...]) -> None:
        """Nothing is known: its variables count, too."""

    all_alike = Listener.all_alike

    def mark(self, keys: tuple[str | int, ...], digest: Callable[[bytes], bytes]) -> int | bytes:
        """A digest of what is called; the reference itself goes with it."""
        return digest(self.content)

    def options(self, event: str) -> dict[str, Any] | None:
        """Those of an action, and the reference."""
        token = self.token()
        options = super().options(event)
        return options if token is None else {**(options or {}), "g": token}

    def token(self) -> bytes | None:
        """The reference, sealed for whoever the page is rendered for."""
        context = context_now()
        return None if context is None else context.seal(self.content, self.action.__qualname__)

    def address(self) -> Settled:
        """What stands for it in a `data-…` attribute."""
        return _Address(self.placed())

    def _snapshot(self) -> object:
        return self._content

    def _canonical(self) -> bytes:
        return self.content

    @property
    def _bound(self) -> str:
        if not self.args and not self.kwargs and not self._definition.captures:
            return ""
        return blake2b(self.content, digest_size=12).hexdigest()

    @property
    def outcomes(self) -> Outcomes:
        """Those of the owner's actions; who looks is rendered again when there is another one."""
        note_reading([("outcome", self.action.key)])
        return super().outcomes

    def ended(self, context: Context, *, is_done: bool) -> None:
        """Notes what is stale after a call: everything, unless the action itself has said what is."""
        context.stale.add(("outcome", self.action.key))
        is_told = any(kind in ("tag", "path") for kind, _ in context.stale)
        if is_done and not is_told and isinstance(self.owner, OpenPage):
            context.stale.add(EVERYTHING)

    async def invoke(self, values: dict[str, Any]) -> Any:
        """Calls the function."""
        function: Callable[..., Any] = self._function
        if self.action.yields:
            return function(**values)
        return (
            await function(**values) if self.action.is_async else await run_in_threadpool(function, **values)
        )

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Reference)
            and other.content == self.content
            and other._bond.known(other.owner) == self._bond.known(self.owner)
        )

    def __hash__(self) -> int:
        return hash(self.action.name)


class Standing(Listener):
    """A listener for where the tree is not kept, so that its action, of a component, must stand alone.

    Arguments:
        listener: the action, or what calls it.

    Raises:
        ComponentError: what is bound to the action cannot travel, or it is none that a class has by name.
    """

    __slots__ = ("_bound", "_content", "_listener")

    def __init__(self, listener: Listener) -> None:
        bound = listener.called()
        if not isinstance(bound, BoundAction):
            raise ComponentError(f"{listener!r} calls no action")
        self._listener = listener
        self._bound = bound
        owner, key = bound.owner, bound.action.key
        mount = owner.__dict__.get("_mount")
        if mount is None or inspect.getattr_static(type(owner), key, None) is not bound.action:
            raise ComponentError(
                f"{bound!r} cannot be called from an item of a feed; use an action of its component"
            )
        values: list[Any] = []
        for name, value in [*enumerate(bound.args), *bound.kwargs.items()]:
            try:
                values.append([name, dump(value)])
            except Unfit as unfit:
                raise ComponentError(
                    f"{bound!r}: the bound value {name!r} holds {unfit}, which cannot be kept for the call. "
                    f"{TRAVELS}"
                ) from None
        self._content = pack([_METHOD, mount.path, class_of(owner).tag, key, values])

    def mark(self, keys: tuple[str | int, ...], digest: Callable[[bytes], bytes]) -> bytes:
        """A digest of what is called; the reference itself goes with it."""
        return digest(self._content)

    def options(self, event: str) -> dict[str, Any] | None:
        """Those of the listener, and the reference."""
        token, options = self.token(), self._listener.options(event)
        return options if token is None else {**(options or {}), "g": token}

    def source(self) -> Source:
        """That of the action."""
        return self._listener.source()

    def called(self) -> BoundAction[..., Any]:
        """The action."""
        return self._bound

    def prediction(self, event: str) -> None:
        """There is none: what is known of one ends with the tree that it was made for."""

    def token(self) -> bytes | None:
        """The reference, sealed for whoever the page is rendered for."""
        context = context_now()
        return None if context is None else context.seal(self._content, self._bound.action.__qualname__)

    def __repr__(self) -> str:
        return repr(self._listener)


class _Address(Settled):
    """A reference as text."""

    __slots__ = ("_reference",)

    def __init__(self, reference: Reference[..., Any]) -> None:
        self._reference = reference

    def idle(self) -> str:
        """The sealed reference."""
        return to_text(self._reference.token() or b"")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Address) and other._reference == self._reference

    def __hash__(self) -> int:
        return hash(self._reference)

    def __repr__(self) -> str:
        return repr(self._reference)


def opened(content: bytes, at: At) -> BoundAction[..., Any]:
    """The action that a reference stands for, from what was sealed.

    Arguments:
        content: as `Reference.content` gave it, and found to be sealed by us.
        at: finds a component of the page that the call is for.

    Raises:
        Unreadable: the action, a variable or a class is another one now, or not there any more.
    """
    try:
        data: Any = unpack(content, limit=len(content), depth=500)
    except Malformed as error:
        raise Unreadable(str(error)) from None
    return _method(data[1:], at) if data[0] == _METHOD else _opened(data, at, content)


def _method(data: Any, at: At) -> BoundAction[..., Any]:
    path, tag, key, bound = data
    component = at(path, tag)
    action = None if component is None else inspect.getattr_static(type(component), key, None)
    if not isinstance(action, Action):
        raise Unreadable("an action of a component that is not there any more")
    names = getattr(action.function, "__globals__", {})
    args = tuple(restore(value, names) for name, value in bound if type(name) is int)
    kwargs = {name: restore(value, names) for name, value in bound if type(name) is str}
    return BoundAction(action, component, args, kwargs)


def _opened(data: Any, at: At, content: bytes | None = None) -> Reference[..., Any]:
    identifier, captured, bound = data
    definition = _definition(identifier)
    function: Any = definition.function
    code: CodeType = function.__code__
    owner: Component | None = None
    if code.co_freevars:
        if len(captured) != len(definition.captures):
            raise Unreadable(f"{definition.name} uses other variables now")
        cells: dict[str, CellType] = dict(definition.outer)
        for name, value in zip(definition.captures, captured, strict=True):
            restored = _restored(value, at, function, name)
            owner = restored if isinstance(restored, Component) else owner
            cells[name] = CellType(restored)
        made = FunctionType(
            code,
            function.__globals__,
            function.__name__,
            function.__defaults__,
            tuple(cells[name] for name in code.co_freevars),
        )
        made.__kwdefaults__ = function.__kwdefaults__
        function = made
    args = tuple(restore(value, function.__globals__) for name, value in bound if type(name) is int)
    kwargs = {name: restore(value, function.__globals__) for name, value in bound if type(name) is str}
    return Reference(definition, function, args, kwargs, content, owner)


def _definition(identifier: bytes) -> Definition[..., Any]:
    """The definition of an action, for the page that the call is for."""
    around = _cells(context_now())
    for definition in reversed(_definitions.get(identifier, {}).values()):
        if all(id(cell) in around for cell in definition.outer.values()):
            return definition
    raise Unreadable("an action that is not there any more")


def _restored(value: Any, at: At, function: Any, name: str) -> Any:
    if isinstance(value, list) and value and type(value[0]) is int and value[0] < 0:
        kind, *parts = value
        if kind == _COMPONENT:
            component = at(*parts)
            if component is None:
                raise Unreadable("a component that is not there any more")
            return component
        if kind == _REFERENCE:
            return _opened(parts, at)
        now = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))[name]
        if not is_static(now.cell_contents) or static_id(now.cell_contents) != parts[0]:
            raise Unreadable(f"{name} is something else now")
        return now.cell_contents
    return restore(value, function.__globals__)


def _defaults(function: Callable[..., Any]) -> bytes:
    """A digest of a function's own defaults: they are made when it is, and may be the visitor's."""
    if "<locals>" not in function.__qualname__:
        return b""
    given = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    found: list[Any] = []
    for value in given:
        try:
            found.append(dump(value))
        except Unfit as unfit:
            if not is_static(value) and not isinstance(value, (params.Depends, params.Param)):
                raise ComponentError(
                    f"@action {function.__qualname__}: a default is {unfit}, which cannot be kept for the "
                    f"call; {TRAVELS}. Give the action a parameter with Depends(…) instead"
                ) from None
            found.append(static_id(value if is_static(value) else type(value)))
    return blake2b(pack(found), digest_size=8).digest() if found else b""


def _names_of_annotations(function: Callable[..., Any], frame: FrameType | None) -> dict[str, Any]:
    """What annotations that are texts name of the function around."""
    if frame is None or "<locals>" not in function.__qualname__:
        return {}
    texts = [text for text in function.__annotations__.values() if isinstance(text, str)]
    words = set(_WORD.findall(" ".join(texts)))
    local = frame.f_locals if words else {}
    return {name: local[name] for name in words if name in local}


def _check_made_anew(definition: Definition[..., Any], context: Context) -> None:
    """Refuses dependencies that are made in the rendering: they would see the values of another visitor's.

    Raises:
        ComponentError: there is one.
    """
    known = {id(cell.cell_contents) for cell in _cells(context).values() if _has_content(cell)}
    left = [definition.arguments.needs] if definition.arguments.needs is not None else []
    while left:
        for needed in left.pop().dependencies:
            left.append(needed)
            call = needed.call
            if "<locals>" in getattr(call, "__qualname__", "") and id(call) not in known:
                raise ComponentError(
                    f"@action {definition.__qualname__}: the dependency {getattr(call, '__name__', call)!r} "
                    "is a function that is made anew in each rendering; define it outside of the page's "
                    "function, "
                    "and bind or capture the values that it takes"
                )


def _has_content(cell: CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _outer_variables(function: Callable[..., Any], context: Context | None) -> dict[str, CellType]:
    """The variables of a function that are the application's, not the page's."""
    around = _cells(context)
    code: CodeType = function.__code__
    cells: Sequence[CellType] = function.__closure__ or ()
    pairs = zip(code.co_freevars, cells, strict=True)
    return {name: cell for name, cell in pairs if id(cell) in around or name == "__class__"}


def _cells(context: Context | None) -> dict[int, CellType]:
    """The variables around the page's function and its layout, and around the functions that these use."""
    if context is None:
        return {}
    known = context.memo.get(_cells)
    if isinstance(known, dict):
        return known
    found: dict[int, CellType] = {}
    left: list[Any] = list(context.roots)
    while left:
        each = left.pop()
        if isinstance(each, type):
            left += [part for part in vars(each).values() if isinstance(part, (FunctionType, Action))]
            continue
        function = getattr(each, "function", each) if isinstance(each, Action) else inspect.unwrap(each)
        for cell in getattr(function, "__closure__", None) or ():
            if id(cell) not in found:
                found[id(cell)] = cell
                try:
                    content = cell.cell_contents
                except ValueError:
                    continue
                if isinstance(content, (FunctionType, type)):
                    left.append(content)
    context.memo[_cells] = found
    return found
