"""`@cached`: data that is computed once and kept until it changes, and how one says that it has."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import inspect
import itertools
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping
from contextlib import nullcontext
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import blake2b
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar, cast, overload
from uuid import UUID

from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError, PydanticUndefinedAnnotation
from pydantic_core import PydanticSerializationError, SchemaSerializer
from pydantic_core.core_schema import CoreConfig
from typing_extensions import TypedDict

from .brokers import REVALIDATED
from .codec import pack
from .context import (
    EVERYTHING,
    Context,
    Reading,
    context_now,
    note_reading,
    reading,
    send,
    shared,
    shared_now,
)
from .errors import DataError, ReactorError
from .stores import DEFAULT, Entry, MemoryStore, Store, stores

log = logging.getLogger("reactor")

P = ParamSpec("P")
R = TypeVar("R")

Tags: TypeAlias = "Iterable[str] | Callable[..., Iterable[str]]"

_JSON: Final = CoreConfig(ser_json_bytes="base64", ser_json_inf_nan="strings")
_PLAIN: Final = (type(None), bool, int, str)
_NAMED: Final = (float, bytes, datetime, date, time, timedelta, Decimal, UUID)
_VALUE: Final = "value"
_OWN_STORE: Final = "reactor store"
_numbers: Final = itertools.count()


@overload
def cached(function: Callable[P, Awaitable[R]], /) -> Callable[P, Coroutine[Any, Any, R]]: ...
@overload
def cached(function: Callable[P, R], /) -> Callable[P, Coroutine[Any, Any, R]]: ...
@overload
def cached(
    *, tags: Tags = (), ttl: float | None = None, key: Callable[..., object] | None = None
) -> _Decorator: ...
def cached(
    function: Callable[..., Any] | None = None,
    /,
    *,
    tags: Tags = (),
    ttl: float | None = None,
    key: Callable[..., object] | None = None,
) -> Any:
    """Makes a function one whose results are kept: for the length of the request, and across requests.

    The result is kept as JSON, made and read by pydantic by the *return annotation*; each call gets a value
    of its own. Equal calls that come at once are computed once. Exceptions are not kept.

    Arguments:
        function: an `async def`, or a plain `def`, which runs in a thread. It does not see the request.
        tags: what the data belongs to, for `revalidate_tag`; or a function of the same arguments.
        ttl: the seconds that a result is good for; `None`: until it is revalidated; 0: for the length of the
            request only, and then it may depend on `cookies()` and `request()`.
        key: a function of the same arguments whose result stands for them. Without it, they stand for
            themselves, and must be values: numbers, texts, dates, models, lists and dictionaries of these.

    Returns:
        The function, to be awaited.

    Raises:
        DataError: it has no return annotation, or one that pydantic cannot turn to JSON and back.

    >>> import asyncio
    >>> @cached(tags=lambda id: [f"post:{id}"], ttl=60)
    ... async def title_of(id: int) -> str:
    ...     print("looked up")
    ...     return f"Post {id}"
    >>> async def twice():
    ...     return await title_of(1) + ", " + await title_of(1)
    >>> asyncio.run(twice())
    looked up
    'Post 1, Post 1'
    """
    names = sys._getframe(1).f_locals
    decorate = _Decorator(tags, ttl, key, names)
    return decorate if function is None else decorate(function)


class _Decorator:
    def __init__(
        self,
        tags: Tags,
        ttl: float | None,
        key: Callable[..., object] | None,
        names: Mapping[str, Any],
    ) -> None:
        self.tags = tags
        self.ttl = ttl
        self.key = key
        self.names = names

    @overload
    def __call__(self, function: Callable[P, Awaitable[R]], /) -> Callable[P, Coroutine[Any, Any, R]]: ...
    @overload
    def __call__(self, function: Callable[P, R], /) -> Callable[P, Coroutine[Any, Any, R]]: ...
    def __call__(self, function: Callable[..., Any], /) -> Any:
        made = _Cached(function, self.tags, self.ttl, self.key, self.names)

        @functools.wraps(function)
        async def call(*args: Any, **kwargs: Any) -> Any:
            return await made.call(args, kwargs)

        return call


_Place: TypeAlias = "tuple[Store, asyncio.AbstractEventLoop, str]"


class _Flight:
    """A value that is being computed, in a task of its own, as long as somebody waits for it.

    Arguments:
        place: where it can be joined.
        mark: the moment at which it began.
        outer: the one that needs it.
    """

    def __init__(self, place: _Place, mark: int, outer: _Flight | None) -> None:
        self.place = place
        self.mark = mark
        self.outer = outer
        self.readings: set[Reading] = set()
        """What was read for it; and the pages that it is computed for."""
        self.parts: set[str] = set()
        self._task: asyncio.Task[tuple[Entry, bool]] | None = None
        self._waiting = 0

    @property
    def readers(self) -> set[Reading]:
        """The pages that it is computed for."""
        return {each for each in self.readings if each[0] == "path"}

    def begin(self, work: Coroutine[Any, Any, tuple[Entry, bool]]) -> None:
        """Starts the work."""
        _flights[self.place] = self
        self._task = asyncio.create_task(work)
        self._task.add_done_callback(lambda _: self.leave())

    async def join(self) -> tuple[Entry, bool]:
        """What comes of it, and whether it is still true then. When nobody waits any more, it ends."""
        task = cast("asyncio.Task[tuple[Entry, bool]]", self._task)
        self._waiting += 1
        try:
            return await asyncio.shield(task)
        finally:
            self._waiting -= 1
            if not self._waiting and not task.done():
                self.leave()
                task.cancel()

    def leave(self) -> None:
        """From now on nobody can join."""
        if _flights.get(self.place) is self:
            _flights.pop(self.place, None)

    def is_within(self, other: _Flight) -> bool:
        """Whether the other one waits for this one, or is it."""
        return self is other or (self.outer is not None and self.outer.is_within(other))


_flights: Final[dict[_Place, _Flight]] = {}
_inside: ContextVar[_Flight | None] = ContextVar("reactor_flight", default=None)


class _Cached:
    """A cached function."""

    def __init__(
        self,
        function: Callable[..., Any],
        tags: Tags,
        ttl: float | None,
        key: Callable[..., object] | None,
        names: Mapping[str, Any],
    ) -> None:
        if not inspect.isfunction(function):
            raise DataError(f"@cached goes on a function, directly above its def, not on {function!r}")
        self.function = function
        self.label = f"{function.__qualname__}()"
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise self._error("a cached function cannot yield; return a list")
        if isinstance(tags, str):
            raise self._error(f"tags={tags!r} is one text; give a list: tags=[{tags!r}]")
        if ttl is not None and not ttl >= 0:
            raise self._error(f"ttl={ttl!r}: the seconds are 0 or more, or None")
        self.tags = tags if callable(tags) else tuple(tags)
        self.ttl = ttl
        self.key = key
        self.names = names
        self.signature = inspect.signature(function)
        self.name = f"{function.__module__}.{function.__qualname__}"
        if "<locals>" in self.name:
            # Each one that is made sees variables of its own: it is another function.
            self.name += f" {next(_numbers)}"
        try:
            self._prepare()
        except NameError:
            pass  # a class that comes later in the module: when it is called first
        else:
            self.names = {}

    def _error(self, message: str) -> DataError:
        code = self.function.__code__
        return DataError(f"@cached {self.label}: {message}\n  in {code.co_filename}:{code.co_firstlineno}")

    def _prepare(self) -> None:
        """Makes what reads and writes the JSON.

        Raises:
            NameError: the annotation names what is not there yet.
        """
        annotation = inspect.signature(self.function, locals=self.names, eval_str=True).return_annotation
        if annotation is inspect.Signature.empty:
            raise self._error("it needs a return annotation, by which its result is kept: -> list[Post]")
        shape = TypedDict("shape", {_VALUE: annotation})  # type: ignore[misc]
        shape.__pydantic_config__ = ConfigDict(val_json_bytes="base64")  # type: ignore[attr-defined]
        try:
            self._adapter = cast("TypeAdapter[dict[str, Any]]", TypeAdapter(shape))
        except PydanticUndefinedAnnotation as error:
            raise NameError(str(error)) from None
        except PydanticSchemaGenerationError as error:
            raise self._error(
                f"its result ({annotation!r}) must be of a type that pydantic can turn to JSON and back: "
                f"{str(error).splitlines()[0]}. Return a model, a dataclass, or values"
            ) from None
        # The configuration of a TypedDict reaches only its validation; a serializer takes its own.
        self._serializer = SchemaSerializer(self._adapter.core_schema, _JSON)

    def _dump(self, value: object) -> bytes:
        try:
            return self._serializer.to_json(
                {_VALUE: value}, warnings="error", round_trip=True, by_alias=False
            )
        except (PydanticSerializationError, UnicodeError) as error:
            raise self._error(
                f"it returned a {type(value).__name__} that does not fit its annotation: "
                f"{str(error).splitlines()[-1].strip()}"
            ) from None

    def _load(self, data: bytes) -> Any:
        return self._adapter.validate_json(data, by_name=True, by_alias=False)[_VALUE]

    def _called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, frozenset[Reading]]:
        """The key of a call, and its tags."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        if self.key is not None:
            stand_in = {"key": self.key(*bound.args, **bound.kwargs)}
        else:
            stand_in = bound.arguments
        known = []
        for name, value in stand_in.items():
            try:
                known.append([name, _canonical(value)])
            except TypeError as error:
                raise self._error(
                    f"the argument {name!r} is or holds a {error}, which is no value that a result can be "
                    "known by. Give key=, a function of the same arguments that says what they stand for"
                ) from None
        digest = blake2b(json.dumps(known).encode(), digest_size=20).hexdigest()
        tags = self.tags(*bound.args, **bound.kwargs) if callable(self.tags) else self.tags
        if isinstance(tags, str):
            raise self._error(f"its tags are one text, {tags!r}; give a list")
        return f"{self.name} {digest}", frozenset(("tag", tag) for tag in tags)

    async def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The value: the one that this request has seen, or the one that is kept, or a new one."""
        if self.names:
            self._prepare()
            self.names = {}
        key, tags = self._called(args, kwargs)
        context, outer = context_now(), _inside.get()
        readers = {context.path} if context is not None else outer.readers if outer is not None else set()
        note_reading(tags | readers)
        memo = {} if context is None else context.memo
        entry = memo.get((_Cached, key))
        if isinstance(entry, Entry):
            value = self._load(entry.value)
        else:
            store = self._store(context, outer)
            entry, value, is_true = await self._find(store, key, tags | readers, args, kwargs)
            if is_true:
                memo[(_Cached, key)] = entry
        note_reading([each for each in entry.tags if each[0] != "path"])
        if outer is not None:
            outer.parts.update((key, *entry.parts))
        return value

    def _store(self, context: Context | None, outer: _Flight | None) -> Store:
        if self.ttl == 0:
            own = MemoryStore()
            return own if context is None else cast(Store, context.memo.setdefault(MemoryStore, own))
        if context is not None:
            return context.store
        return DEFAULT if outer is None else outer.place[0]

    async def _find(
        self,
        store: Store,
        key: str,
        readings: Collection[Reading],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> tuple[Entry, Any, bool]:
        """What is kept, or comes of a computation; its value; and whether it is still true."""
        readers = [each for each in readings if each[0] == "path"]
        place, outer = (store, asyncio.get_running_loop(), key), _inside.get()
        while True:
            entry, mark = await store.get(key, readers)
            if entry is not None:
                try:
                    return entry, self._load(entry.value), True
                except ValidationError:
                    pass  # kept by another version of the application
            flight = _flights.get(place)
            if flight is None:
                flight = _Flight(place, mark, outer)
                flight.readings.update(readings)
                flight.begin(self._compute(flight, args, kwargs))
            elif outer is not None and outer.is_within(flight):
                raise self._error("it calls itself with the same arguments, and would wait for ever")
            flight.readings.update(readers)
            entry, is_true = await flight.join()
            # What has changed after it began, but before it was asked for here, must not be missed.
            if is_true or mark == flight.mark:
                return entry, self._load(entry.value), is_true

    async def _compute(
        self, flight: _Flight, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Entry, bool]:
        _inside.set(flight)  # for this task
        with reading(flight.readings), nullcontext() if self.ttl == 0 else shared(self.label):
            if inspect.iscoroutinefunction(self.function):
                value = await self.function(*args, **kwargs)
            else:
                value = await run_in_threadpool(self.function, *args, **kwargs)
        data = self._dump(value)
        entry = Entry(data, frozenset(flight.readings), flight.mark, frozenset(flight.parts))
        store, _, key = flight.place
        # Whoever joined has asked before the store looks at what has changed since.
        flight.leave()
        return entry, await store.set(key, entry, self.ttl)


def _canonical(value: Any) -> object:
    """A value as JSON that tells it from all others.

    Raises:
        TypeError: it is none; the message is the name of its type.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    name = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(value, Enum):
        return [name, value.name]
    if kind in _NAMED:
        return [name, repr(value)]
    if kind in (list, tuple):
        return [name, *map(_canonical, value)]
    if kind in (set, frozenset):
        return [name, *sorted(map(_canonical, value), key=json.dumps)]
    if kind is dict:
        return [name, *[[_canonical(key), _canonical(item)] for key, item in value.items()]]
    if isinstance(value, BaseModel):
        return [name, *[[key, _canonical(item)] for key, item in value.__dict__.items()]]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return [name, *[[each.name, _canonical(getattr(value, each.name))] for each in fields]]
    raise TypeError(kind.__qualname__)


def revalidate_tag(*tags: str) -> None:
    """Says that the data with these tags has changed.

    What is kept of it, here and in requests that are under way, is let go. In an action whatever the page
    shows of it is rendered again, and goes back in the same answer. May be called anywhere, also in threads.

    Arguments:
        tags: the tags.

    Raises:
        DataError: it is called inside of a cached function, which gives data and changes none.
    """
    _revalidate("revalidate_tag", {("tag", tag) for tag in tags})


def revalidate_path(path: str) -> None:
    """Says that what a page shows has changed.

    All cached data that was read while the page was rendered is let go. In an action on this very page the
    whole of it is rendered again, and goes back in the same answer.

    Arguments:
        path: the page's path, as in its address, without a query: `/posts/1`.

    Raises:
        DataError: it is no path; or it is called inside of a cached function.
    """
    if not path.startswith("/") or "?" in path or "#" in path:
        raise DataError(f"revalidate_path({path!r}): a path begins with / and has no query, such as /posts/1")
    _revalidate("revalidate_path", {("path", path)})


def settle(context: Context) -> None:
    """At the end of a request: others are told what has changed during it.

    Not before: what a dependency with `yield` writes down at its end is not there before. Whoever has looked
    in the meantime has seen the old, and what was kept of that is let go once more.
    """
    changed, context.changed = context.changed, set()
    if changed:
        if context.has_opened:
            _let_go(changed, context)
        tell_others(changed, context.view)


def tell_others(changed: Collection[Reading], view: bytes) -> None:
    """Lets other open pages know what has changed.

    Arguments:
        changed: what; of it data and pages.
        view: the page that knows already.
    """
    told = [name for name in sorted(changed) if name[0] in ("tag", "path")]
    if not told:
        return
    try:
        send(REVALIDATED, pack([view, [list(name) for name in told]]))
    except ReactorError:
        log.debug("outside of an event loop: open pages are not told that %s has changed", told)


def _let_go(changed: set[Reading], context: Context | None) -> None:
    """Lets go what is kept of what has changed."""
    own = None if context is None else context.memo.get(MemoryStore)
    for store in [*stores(), *([own] if isinstance(own, Store) else [])]:
        store.delete(changed)
    for flight in list(_flights.values()):
        if not changed.isdisjoint(flight.readings):
            flight.leave()


def _revalidate(what: str, changed: set[Reading]) -> None:
    if shared_now():
        raise DataError(f"{what}() inside of {shared_now()}: a cached function gives data and changes none")
    context = context_now()
    _let_go(changed, context)
    if context is None:
        tell_others(changed, b"")
        return
    context.changed |= changed
    if context.is_over:
        tell_others(changed, context.view)
    for key, entry in list(context.memo.items()):
        if isinstance(entry, Entry) and not changed.isdisjoint(entry.tags | {context.path}):
            context.memo.pop(key, None)
    context.stale |= changed
    if context.path in changed:
        context.stale.add(EVERYTHING)
