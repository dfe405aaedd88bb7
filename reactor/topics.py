"""Topics: what one part of an application says to all others that listen, in every process.

A message is published on a topic, from anywhere; components that subscribe to it hear of it wherever they
stand on an open page, in order, and what they change is shown.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any, Final, Generic, ParamSpec, TypeAlias, TypeVar, overload

from fastapi.dependencies.models import Dependant
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from .brokers import Broker, Publication, brokers
from .context import HERE, JOINED, context_now, note_reading, send
from .dependencies import Resolver, split
from .errors import ComponentError, ReactorError

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")

_TOPIC: Final = "topic "


class Topic(Generic[T]):
    """What is said about one thing: `Topic("prices", Price)`.

    One of many is best made by a function, which says what it depends on:

        def room(name: str) -> Topic[Message]:
            return Topic(f"room:{name}", Message)

    Topics with the same name are the same, in every process.

    Arguments:
        name: its name, in all of the application.
        message: the type of its messages: anything that pydantic can turn to JSON and back.

    >>> Topic("prices", int)
    Topic('prices', int)
    """

    __slots__ = ("message", "name")

    def __init__(self, name: str, message: type[T]) -> None:
        self.name = name
        self.message = message

    def publish(self, message: T) -> Publication:
        """Says something to all who listen; from anywhere: an action, a route, a background task, a thread.

        It is said at once, also if the action that says it fails later on. To subscribers on the page of that
        action it comes in the same answer.

        Arguments:
            message: what is said.

        Returns:
            What may be awaited to know that it is out.

        Raises:
            ReactorError: the message is not of the topic's type; or there is no event loop.
        """
        try:
            data = _adapter_of(self.message).dump_json(message, warnings="error")
        except (PydanticSerializationError, UnicodeError) as error:
            raise ReactorError(f"{self!r}.publish({message!r}): it is not of that type: {error}") from None
        context = context_now()
        if context is not None:
            context.published.add(self.topic)
        return send(self.topic, data)

    @property
    def topic(self) -> str:
        """What brokers know it by."""
        return _TOPIC + self.name

    def load(self, data: bytes) -> T:
        """A message from its bytes.

        Raises:
            ValidationError: they do not fit the topic's type.
        """
        made: T = _adapter_of(self.message).validate_json(data)
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Topic) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        kind = getattr(self.message, "__name__", None) or repr(self.message)
        return f"{type(self).__name__}({self.name!r}, {kind})"


class Presence(Generic[T]):
    """Who is somewhere: `Presence("room:7", Person)`.

    Whoever has the page open is there; who closes it, or whose connection or process ends, is not any more.

    Arguments:
        name: its name, in all of the application.
        member: the type of what the others are told of somebody.
    """

    __slots__ = ("member", "name")

    def __init__(self, name: str, member: type[T]) -> None:
        self.name = name
        self.member = member

    async def join(self, member: T) -> list[T]:
        """In `render`: whoever looks at this page is there, as long as the component is rendered so.

        Arguments:
            member: what the others are told; another value the next time takes its place.

        Returns:
            Who is there, the new one among them; who is there twice (two windows) counts once.
        """
        data = _adapter_of(self.member).dump_json(member).decode()
        note_reading(((JOINED, f"{self.topic}\0{data}"),))
        there = await self.here()
        return there if member in there else [*there, member]

    async def here(self) -> list[T]:
        """In `render`: who is there; when that changes, the component is rendered again.

        Returns:
            Them, in the order in which they came.
        """
        note_reading(((HERE, self.topic),))
        broker = _broker()
        members = {} if broker is None else await broker.members(self.topic)
        found: list[T] = []
        for data in members.values():
            try:
                member: T = _adapter_of(self.member).validate_json(data)
            except ValidationError:
                continue  # told by another version of the application
            if member not in found:
                found.append(member)
        return found

    @property
    def topic(self) -> str:
        """What brokers know it by."""
        return _TOPIC + self.name

    def __repr__(self) -> str:
        return f"Presence({self.name!r}, {getattr(self.member, '__name__', self.member)})"


Said: TypeAlias = Topic[Any] | Iterable[Topic[Any]] | None
"""What a component listens to: one topic, several, or none."""


class Subscription(Generic[P, R]):
    """A method that hears of what is said on a topic; made by `subscribe`."""

    def __init__(self, function: Callable[P, R], topic: Topic[Any] | Callable[[Any], Said]) -> None:
        self.function = function
        self._topic = topic
        self._class: type | None = None
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__qualname__ = function.__qualname__
        self.__wrapped__ = function

    def __set_name__(self, owner: type, name: str) -> None:
        self._class = owner

    @overload
    def __get__(self, instance: None, owner: type) -> Subscription[P, R]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Callable[..., R]: ...
    def __get__(self, instance: object, owner: type) -> Any:
        return self if instance is None else self.function.__get__(instance)

    @cached_property
    def parameters(self) -> tuple[Dependant | None, str | None]:
        """What FastAPI resolves for it, and the parameter that takes the message.

        Raises:
            ComponentError: it takes something else.
        """
        needs, own = split(self.function, getattr(self._class, "_locals", None))
        if len(own) > 1:
            raise ComponentError(
                f"{self.__qualname__}: what is subscribed takes the message, and FastAPI's dependencies; "
                f"nobody gives it {own[1].name!r}"
            )
        return needs, own[0].name if own else None

    def check(self) -> None:
        """Looks at what it takes.

        Raises:
            ComponentError: nobody can give it that.
        """
        _ = self.parameters

    def topics(self, component: object) -> list[Topic[Any]]:
        """What a component listens to as it is now."""
        said = self._topic if isinstance(self._topic, Topic) else self._topic(component)
        found = [] if said is None else [said] if isinstance(said, Topic) else list(said)
        for topic in found:
            if not isinstance(topic, Topic):
                raise ComponentError(f"@subscribe {self.__qualname__}: {topic!r} is no Topic")
        return found

    async def hear(self, component: object, topic: Topic[Any], data: bytes, resolver: Resolver) -> None:
        """Tells a component of a message."""
        needs, parameter = self.parameters
        values = await resolver.resolve(needs) if needs is not None else {}
        if parameter is not None:
            values[parameter] = topic.load(data)
        heard: Any = self.function(component, **values)  # type: ignore[arg-type]
        if inspect.isawaitable(heard):
            await heard

    def __repr__(self) -> str:
        return f"<subscription {self.__qualname__}>"


def subscribe(
    topic: Topic[Any] | Callable[[Any], Said],
) -> Callable[[Callable[P, R]], Subscription[P, R]]:
    """Makes a method of a component hear of what is said on a topic, as long as the component is on a page.

    The messages come one after the other, in their order, each once; while an action of the component runs,
    they wait. What the method changes is shown. It takes the message (or nothing), and FastAPI's
    dependencies; it may be `async`. When too much was missed to be told one by one, the component's `mount`
    is run again instead.

    Arguments:
        topic: the topic; or a function of the component that gives it, or several, or `None`.

    Returns:
        A decorator; the method can be called as any other, but not by visitors.

    >>> from reactor import Component, Topic, state, subscribe
    >>> prices = Topic("prices", float)
    >>> class Ticker(Component):
    ...     price: float = state(0.0)
    ...     @subscribe(prices)
    ...     def changed(self, price: float) -> None:
    ...         self.price = price
    ...     def render(self): ...
    >>> ticker = Ticker()
    >>> ticker.changed(9.5)
    >>> ticker.price
    9.5
    """
    if not isinstance(topic, Topic) and not callable(topic):
        raise ComponentError(f"@subscribe({topic!r}): a Topic is due, or a function that gives one")

    def declare(function: Callable[P, R]) -> Subscription[P, R]:
        if not inspect.isfunction(function):
            raise ComponentError(f"@subscribe goes on a method, directly above its def, not on {function!r}")
        return Subscription(function, topic)

    return declare


Heard: TypeAlias = Mapping[str, list[tuple[Subscription[Any, Any], Topic[Any]]]]
"""Who is to be told of what, by topic."""


def heard_by(component: object, subscriptions: Iterable[Subscription[Any, Any]]) -> Heard:
    """What a component listens to as it is now."""
    heard: dict[str, list[tuple[Subscription[Any, Any], Topic[Any]]]] = {}
    for subscription in subscriptions:
        for topic in subscription.topics(component):
            heard.setdefault(topic.topic, []).append((subscription, topic))
    return heard


def _broker() -> Broker | None:
    context = context_now()
    if context is not None:
        return context.broker
    return next(iter(brokers()), None)


def _adapter_of(kind: Any) -> TypeAdapter[Any]:
    return _adapter(kind)


@lru_cache(1024)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
