"""The request that is being answered, for code that nobody hands it to; and what it reads and changes.

Whoever shows something has *read* what it shows: data with a tag, a cookie. A component is rendered again
when what it has read is *stale*, because an action has said so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b
from typing import Any, Final, TypeAlias

import anyio.from_thread
from fastapi import Request, Response

from .brokers import DEFAULT as DEFAULT_BROKER
from .brokers import Broker, Publication, brokers
from .codec import to_text
from .errors import ComponentError, ReactorError
from .seal import Keyring
from .stores import DEFAULT, Store

Reading: TypeAlias = tuple[str, str]
"""What was read: of which kind (`tag`, `cookie`, …), and its name."""

EVERYTHING: Final[Reading] = ("everything", "")
"""Stale after `refresh()`."""

HERE: Final = "here"
"""The kind of reading of whoever has looked at who is on a topic."""

JOINED: Final = "joined"
"""The kind of reading of whoever says that the visitor is on a topic."""

ANY_COOKIE: Final[Reading] = ("cookie", "")
"""Read by who may have read any cookie, or the session; stale when one of them has changed."""


CONTEXT: Final = "reactor.context"
"""The key of the context in the scope of its request."""


class Blank(Response):
    """Takes cookies and headers for an answer that another response will be."""

    def __init__(self) -> None:
        self.raw_headers = []
        self.status_code: Any = None
        self.background = None
        self.body = b""


class OpenPage:
    """The page that is open, as the owner of actions that are no component's."""

    identifier = ""


class Context:
    """One request to a page, from its arrival to its answer.

    Arguments:
        request: the request.
        store: keeps cached values.
        keyring: seals and opens cookies.
        broker: carries what is published.
        secure: whether the browser has sent it by https; without it, what the server says.
        debug: whether errors tell about the application's code.
    """

    def __init__(
        self,
        request: Request,
        store: Store = DEFAULT,
        keyring: Keyring | None = None,
        *,
        broker: Broker = DEFAULT_BROKER,
        secure: bool | None = None,
        debug: bool = False,
    ) -> None:
        self.request = request
        self.is_secure = request.scope.get("scheme") == "https" if secure is None else secure
        self.client = ""
        """The address that it comes from."""
        self.caller: str | None = None
        """The id of a visitor who was here before, as their cookie tells it."""
        self.store = store
        self.keyring = keyring
        self.debug = debug
        self.broker = broker
        self.published: set[str] = set()
        """The topics on which something was said during this request."""
        self.view = b""
        """The open page that the request is about."""
        self.visitor: str | None = None
        """The id that was made for a visitor who has come with this request."""
        self.response: Response = Blank()
        """Takes cookies and headers for the answer."""
        self.stale: set[Reading] = set()
        """What has changed during this request."""
        self.changed: set[Reading] = set()
        """What other pages and caches are told at its end: until then it may not be written down for good."""
        self.is_over = False
        """Whether it has been answered; what goes on after that is told at once, too."""
        self.has_opened = False
        """Whether a dependency was opened (`yield`) that does something at the end."""
        self.readings: set[Reading] = set()
        """What the page's function and its dependencies have read."""
        self.memo: dict[object, object] = {}
        """What is remembered for the length of the request."""
        self.page = OpenPage()
        """Whose the actions are that are no component's."""
        self.roots: Sequence[object] = ()
        """The page's function and its layout."""
        self.sealer: Callable[[bytes], bytes] | None = None
        """Seals references for the visitor and the page."""
        self.most_captured = 0
        """Bytes that a reference may have."""
        self.most_changes = 1000
        """Changes of one feed that may wait to be sent."""

    def seal(self, content: bytes, name: str) -> bytes | None:
        """A reference, sealed: the same in one answer; `None` where nobody is rendered for.

        Arguments:
            content: what it says.
            name: that of the action, for the message.

        Raises:
            ComponentError: it says more than it may.
        """
        if self.sealer is None:
            return None
        if len(content) > self.most_captured:
            raise ComponentError(
                f"@action {name}: what it has captured and what is bound to it take {len(content)} bytes, "
                f"the limit is {self.most_captured} (Limits.captured); keep ids instead of data"
            )
        sealed = self.memo.get((OpenPage, content))
        if not isinstance(sealed, bytes):
            self.memo[(OpenPage, content)] = sealed = self.sealer(content)
        return sealed

    @property
    def path(self) -> Reading:
        """The page, as something that is read."""
        return ("path", self.request.scope["path"])

    @property
    def is_all_stale(self) -> bool:
        """Whether everything is to be rendered again."""
        return EVERYTHING in self.stale


_context: ContextVar[Context | None] = ContextVar("reactor_context", default=None)
_reader: ContextVar[set[Reading] | None] = ContextVar("reactor_reader", default=None)
_shared: ContextVar[str] = ContextVar("reactor_shared", default="")


def context_now() -> Context | None:
    """The request that is being answered; `None` outside of one."""
    return _context.get()


def shared_now() -> str:
    """The function that is computing something for all visitors; empty: there is none."""
    return _shared.get()


def context_of(what: str) -> Context:
    """The request that is being answered.

    Arguments:
        what: the function that asks, for the message.

    Raises:
        ReactorError: there is none.
    """
    context = _context.get()
    if _shared.get():
        raise ReactorError(
            f"{what} inside of {_shared.get()}, which is cached for all visitors: it would give the data of "
            "one to the others. Call it outside and pass on what it gives as an argument, or cache for the "
            "length of the request only: @cached(ttl=0)"
        )
    if context is None:
        raise ReactorError(
            f"{what} belongs to a request to a page: call it in a page's function, a component, an action, "
            "or a dependency of these, not at import or in a background task"
        )
    return context


class answering:  # noqa: N801  (used like a function)
    """Inside, the request is this one; what is read counts as read by the page."""

    __slots__ = ("_context", "_reader", "_token")

    def __init__(self, context: Context) -> None:
        self._context = context

    def __enter__(self) -> Context:
        self._token = _context.set(self._context)
        self._reader = _reader.set(self._context.readings)
        return self._context

    def __exit__(self, *_: object) -> None:
        _reader.reset(self._reader)
        _context.reset(self._token)


@contextmanager
def shared(name: str) -> Iterator[None]:
    """Inside there is no request: what is made here, by a function of this name, is for every visitor."""
    context, name_before = _context.set(None), _shared.set(name)
    try:
        yield
    finally:
        _shared.reset(name_before)
        _context.reset(context)


class reading:  # noqa: N801  (used like a function)
    """Inside, what is read is noted here."""

    __slots__ = ("_readings", "_token")

    def __init__(self, readings: set[Reading]) -> None:
        self._readings = readings

    def __enter__(self) -> None:
        self._token = _reader.set(self._readings)

    def __exit__(self, *_: object) -> None:
        _reader.reset(self._token)


def note_reading(readings: Collection[Reading]) -> None:
    """Notes that whoever is being rendered depends on these."""
    reader = _reader.get()
    if reader is not None:
        reader.update(readings)


def names_of(readings: Iterable[Reading]) -> list[str]:
    """What was read or is stale, as it is told to browsers: by digests, since names may tell things.

    Arguments:
        readings: of these the data, pages and cookies; the rest is nothing that another page has read.

    >>> names_of([("tag", "posts")])
    ['N2b2ZEZA']
    """
    return sorted(
        to_text(blake2b(f"{kind}:{name}".encode("utf-8", "surrogatepass"), digest_size=6).digest())
        for kind, name in readings
        if kind in ("tag", "path", "cookie")
    )


def send(topic: str, data: bytes) -> Publication:
    """Publishes something from wherever one is.

    Raises:
        ReactorError: there is no event loop.
    """
    context = context_now()
    mine = brokers() if context is None else [context.broker]
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        for broker in mine:
            try:
                anyio.from_thread.run_sync(broker.publish, topic, data)
            except RuntimeError:
                if broker.loop is None or broker.loop.is_closed():
                    raise ReactorError(
                        "publish(…) needs the event loop: call it in async code, or in a thread of a process "
                        "that has served a page; in a script write asyncio.run(main())"
                    ) from None
                broker.loop.call_soon_threadsafe(broker.publish, topic, data)
        return Publication([])
    return Publication([broker.publish(topic, data) for broker in mine])


def request() -> Request:
    """The request that is being answered: its headers, its session, the client, the state of middleware.

    Whoever calls it while the page is rendered is rendered again when an action changes a cookie or the
    session.

    Raises:
        ReactorError: no page is being answered; or it is called in a cached function.
    """
    now = context_of("request()").request
    note_reading((ANY_COOKIE,))
    return now


def refresh() -> None:
    """In an action: the whole page is rendered again, and goes back in the same answer.

    Without it, what is rendered again is the component of the action, and whatever had read what has become
    stale; after an action that is no component's method, everything.

    Raises:
        ReactorError: no page is being answered.
    """
    context_of("refresh()").stale.add(EVERYTHING)
