"""Calls: from the bytes of a `POST` to the answer."""

from __future__ import annotations

import logging
import time
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final, TypeVar

from fastapi import BackgroundTasks, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from .arguments import FILES, Entry, Payload
from .blocks import SAFE_INTEGER, Rendered
from .codec import Malformed, from_text, pack, unpack
from .dependencies import Resolver
from .diff import UNCHANGED
from .effects import to_wire
from .errors import CallRefused, Invalid, StateError
from .mounting import Mount
from .order import unqueued
from .protocol import (
    CALL_FIELD,
    CHANGED,
    FAILED,
    FORGED,
    HANDLER,
    LARGE,
    LATE,
    MALFORMED,
    NEEDS_STATE,
    PROTOCOL,
    STALE,
    STATE_FIELD,
    SUPERSEDED,
    WRONG_PROTOCOL,
)
from .records import Answer
from .results import sendable
from .running import Fit, Run
from .saved import Saved, join
from .seal import Expired, SealError, Unknown
from .site import MARK, Site
from .uploads import Upload
from .views import Done, Found, Ran, View, read_saved
from .wire import Encoder, Numbering

log = logging.getLogger("reactor")

HAS_CHANGED: Final = "This has changed in the meantime. Nothing was done; please look again."
TAKEN_OVER: Final = "A newer call has taken the place of this one. Nothing was changed."
STARTED_AFRESH: Final = "This page was updated and had to start afresh. Please try again."
FOREIGN: Final = "This page was made for another visitor, or cookies are blocked. Please reload it."
_LIMITS_OF_CODEC: Final = {"levels": " (Limits.depth)", "values": " (Limits.items)"}
"""By what there is too much of, the setting."""
_ASKED: Final = 20
"""How many times as much a prediction may cost that a browser has asked for (`Limits.ahead`)."""
_FAILED: Final = "Something went wrong. Nothing was changed."

T = TypeVar("T")

Open = Callable[[], Awaitable["Rendered | Response"]]
"""Runs the page's function, and gives the tree of its document."""


@dataclass(frozen=True)
class Call:
    """A call, as it came (`docs/protocol.md`)."""

    view: bytes
    version: int
    id: bytes
    address: list[str | int] | None
    mark: int | bytes | None
    payload: Payload
    sealed: bytes | None
    ahead: bool = False
    """Only to tell what a call would do."""
    blind: bool = False
    """The person acted before they could see that the call before was refused."""
    asks: bool = False
    """Whether the caller wants what the action returns."""
    others: frozenset[bytes] = frozenset()
    """The ids of the calls that are under way beside it."""
    supersedes: frozenset[bytes] = frozenset()
    """The ids of those whose place it takes."""
    forks: Sequence[tuple[bytes, bytes]] = ()
    """Sealed states before and after calls that were answered from another state than the one it brings."""


def read_call(body: bytes, site: Site, *, files: bool = False) -> Call:
    """A call from its bytes.

    Arguments:
        body: the bytes.
        site: the application's limits.
        files: whether files come with it.

    Raises:
        CallRefused: 400, 413.
    """
    limits = site.limits
    try:
        message = unpack(body, limit=limits.body, depth=limits.depth, items=limits.items)
    except Malformed as error:
        limit = _LIMITS_OF_CODEC.get(str(error).rpartition(" ")[2], "")
        raise CallRefused(400, MALFORMED, f"This call cannot be read: {error}{limit}.") from None
    if not isinstance(message, dict):
        raise CallRefused(400, MALFORMED, "A call is a map.")
    if message.get("p") != PROTOCOL or type(message.get("p")) is bool:
        raise CallRefused(400, WRONG_PROTOCOL, f"This server speaks protocol {PROTOCOL}. Please reload.")
    match message:
        case {"i": bytes() as view, "v": int() as version, "c": bytes() as call} if (
            len(view) <= 32 and 0 <= version < SAFE_INTEGER and 8 <= len(call) <= 32
        ):
            pass
        case _:
            raise CallRefused(400, MALFORMED, "A call needs i, v and c.")
    address, mark, sealed = message.get("a"), message.get("h"), message.get("s")
    if address is not None and not (
        isinstance(address, list) and all(type(step) in (str, int) for step in address)
    ):
        raise CallRefused(400, MALFORMED, "An address is a list of numbers and strings.")
    if not (mark is None or type(mark) in (int, bytes)) or not (sealed is None or type(sealed) is bytes):
        raise CallRefused(400, MALFORMED, "h is a number or binary, s is binary.")
    others, supersedes = (_ids(message.get(key, []), limits.calls) for key in "uz")
    return Call(
        view,
        version,
        call,
        address,  # type: ignore[arg-type]
        mark,  # type: ignore[arg-type]
        _payload(message, site, int if files else str),
        sealed,
        ahead=message.get("w") is True,
        blind=message.get("o") is True,
        asks=message.get("x") is True,
        others=others - {call},
        supersedes=supersedes - {call},
        forks=_forks(message.get("m", []), limits.forks),
    )


def _forks(given: object, limit: int) -> list[tuple[bytes, bytes]]:
    if not isinstance(given, list) or len(given) > limit:
        raise CallRefused(413, LARGE, f"m is a list of at most {limit} pairs (Limits.forks).")
    forks: list[tuple[bytes, bytes]] = []
    for fork in given:
        match fork:
            case [bytes() as before, bytes() as after]:
                forks.append((before, after))
            case _:
                raise CallRefused(400, MALFORMED, "m is a list of pairs of binaries.")
    return forks


def _ids(given: object, limit: int) -> frozenset[bytes]:
    if not isinstance(given, list) or len(given) > limit:
        raise CallRefused(413, LARGE, f"u and z are lists of at most {limit} ids (Limits.calls).")
    if not all(type(each) is bytes and 8 <= len(each) <= 32 for each in given):
        raise CallRefused(400, MALFORMED, "u and z are lists of call ids.")
    return frozenset(given)


def _payload(message: dict[str, Any], site: Site, file: type[Entry]) -> Payload:
    fields, entries = message.get("e"), message.get("f")
    if entries is not None:
        pairs = isinstance(entries, list) and len(entries) % 2 == 0
        if (
            not pairs
            or not all(type(name) is str for name in entries[::2])
            or not all(type(value) in (str, file) for value in entries[1::2])
        ):
            raise CallRefused(400, MALFORMED, "f is a list of names and values.")
        if len(entries) > 2 * site.limits.fields:
            raise CallRefused(413, LARGE, f"A form has at most {site.limits.fields} entries (Limits.fields).")
        return Payload(entries=list(zip(entries[::2], entries[1::2], strict=True)))
    if fields is not None and not isinstance(fields, dict):
        raise CallRefused(400, MALFORMED, "e is a map.")
    named = (fields or {}).get(FILES) if file is int else None
    return Payload(fields, files=len(named) if isinstance(named, list) else 0)


class Exchange:
    """One request to a page: who asks, with what, and how a view is had.

    Arguments:
        site: the application's keys, caches and settings.
        page: the path of the page, as declared.
        visitor: the visitor's id.
        request: the request.
        response: takes headers and cookies on the way.
        background: takes what is to be done after the response.
        open_page: runs the page's function.
        max_duration: seconds that a call may take; without it, the limit of the application holds.
    """

    def __init__(
        self,
        site: Site,
        page: str,
        visitor: str,
        request: Request,
        response: Response,
        background: BackgroundTasks,
        open_page: Open,
        max_duration: float | None = None,
    ) -> None:
        self.site = site
        self.page = page
        self.query = _query(request)
        self.called = self.query != request.scope["query_string"]
        self.place = _place(page, request, self.query)
        self.visitor = visitor
        self.response = response
        self.resolver = Resolver(request, response, background)
        self.max_duration = site.limits.duration if max_duration is None else max_duration
        self._open_page = open_page

    @property
    def purpose(self) -> str:
        """What the state of this page is sealed for."""
        return f"state {self.place}"

    async def fresh(
        self,
        sealed: bytes | None = None,
        identifier: bytes | None = None,
        forks: Sequence[tuple[bytes, bytes]] = (),
    ) -> View | Response:
        """A view from the page's function, with the sealed state laid over its components.

        Arguments:
            sealed: the state; without it, the page starts afresh.
            identifier: the view's id.
            forks: further states, each before and after a call; what differs is laid over it all.

        Raises:
            CallRefused: 400, the token is not ours, or not this visitor's; 409, it is of another build.
        """
        saved = None
        if sealed is not None:
            saved = self._read(sealed)
            for before, after in forks:
                saved = join(saved, self._read(before), self._read(after))
        content = await self._open_page()
        if isinstance(content, Response):
            return content
        view = View(self.place, self.visitor, identifier)
        try:
            await view.open(content, self.resolver, saved)
        except StateError as error:
            if saved is None:
                raise
            log.info("%s: a page of another build starts afresh: %s", self.page, error)
            raise CallRefused(409, STALE, STARTED_AFRESH) from None
        return view

    def check_state(self, text: str) -> None:
        """Checks that the state in a form is one of this page and visitor.

        Raises:
            CallRefused: 400, 409, 413.
        """
        try:
            self.unseal(from_text(text, limit=self.site.limits.state))
        except Malformed:
            raise CallRefused(400, MALFORMED, f"{STATE_FIELD} has a wrong form.") from None

    def _read(self, sealed: bytes) -> Saved:
        payload = self.unseal(sealed)
        try:
            return read_saved(payload, self.site.limits.state)
        except Malformed:
            raise CallRefused(409, STALE, STARTED_AFRESH) from None

    def unseal(self, sealed: bytes) -> bytes:
        """The state in a token.

        Raises:
            CallRefused: 400, 409, 413.
        """
        if len(sealed) > self.site.limits.state:
            limit = self.site.limits.state
            raise CallRefused(413, LARGE, f"The state is longer than {limit} bytes (Limits.state).")
        try:
            return self.site.keyring.open(
                sealed, purpose=self.purpose, visitor=self.visitor, max_age=self.site.limits.state_age
            )
        except (Unknown, Expired):
            raise CallRefused(409, STALE, STARTED_AFRESH) from None
        except SealError:
            raise CallRefused(400, FORGED, FOREIGN) from None

    def seal(self, view: View) -> bytes:
        """The sealed state of a view.

        Raises:
            StateError: it is larger than the limit.
        """
        return self._seal(view, view.save())

    def seal_change(self, view: View) -> bytes | None:
        """The sealed state of a view; `None` when what the browser has is the same, and fresh enough.

        Raises:
            StateError: it is larger than the limit.
        """
        state = view.save()
        sealed, since = view.sealed
        fresh = time.monotonic() - since < self.site.limits.state_age / 2
        return None if state == sealed and fresh else self._seal(view, state)

    def _seal(self, view: View, state: bytes) -> bytes:
        limit = self.site.limits.state
        if len(state) + 64 > limit:
            raise StateError(
                f"the state of the page {self.page} takes {len(state)} bytes, the limit is {limit} "
                "(Limits.state); keep ids instead of data, and load the data in render"
            )
        view.sealed = (state, time.monotonic())
        return self.site.keyring.seal(state, purpose=self.purpose, visitor=self.visitor)

    async def run(
        self,
        view: View,
        seek: Callable[[], Found],
        payload: Payload,
        then: Callable[[Found, Ran], Awaitable[T]],
        *,
        call: bytes = b"",
        blind: bool = False,
    ) -> T:
        """Runs a handler in its turn and within its time. Meanwhile other components' calls go on.

        Arguments:
            view: where.
            seek: finds the handler; asked again when others had their turn before.
            payload: what the browser sent.
            then: makes the answer of what came of it, while nothing else changes the view.
            call: the call's id.
            blind: whether the person had not seen yet what the call before came to.

        Raises:
            CallRefused: 504, it took longer than it may; 409, a newer call took its place, or what was
                clicked is no more there.
        """
        run = Run()
        try:
            async with run.limit:
                view.runs.add(call, run)
                return await self._in_turn(view, seek, payload, then, run, blind=blind)
        except TimeoutError:
            if not run.limit.expired():
                raise
            if run.is_superseded:
                raise CallRefused(409, SUPERSEDED, TAKEN_OVER) from None
            message = f"This took longer than {run.seconds:g} s. Nothing was changed."
            raise CallRefused(504, LATE, message) from None
        finally:
            view.runs.remove(call)

    async def _in_turn(
        self,
        view: View,
        seek: Callable[[], Found],
        payload: Payload,
        then: Callable[[Found, Ran], Awaitable[T]],
        run: Run,
        *,
        blind: bool,
    ) -> T:
        async with view.lock:
            found = seek()
            mount = view.mount_of(found.bound)
        is_parallel = found.bound.action.order == "parallel"
        async with nullcontext() if is_parallel else mount.turn():
            async with view.lock:
                found = seek()
                if view.mount_of(found.bound) is not mount:
                    raise CallRefused(409, CHANGED, HAS_CHANGED)
                mount.busy += 1
            bound = found.bound
            is_busy = True
            try:
                run.begin(bound.action.max_duration or self.max_duration)
                done = await Done.of(bound, payload, self.resolver, blind=blind)
                run.is_over = True
                async with view.lock:
                    mount.busy -= 1
                    is_busy = False
                    return await view.finish(mount, done, self.resolver, lambda ran: then(found, ran))
            except BaseException as error:
                if run.limit.expired() and not run.is_superseded:
                    log.warning("%s: the action %r took longer than %g s", self.page, bound, run.seconds)
                async with view.lock:
                    mount.busy -= is_busy
                    # A thread cannot be cancelled.
                    goes_on = isinstance(error, CancelledError) and not bound.action.is_async
                    view.take_back(mount, goes_on=goes_on)
                raise

    async def look_ahead(self, view: View, mounts: Iterable[Mount]) -> None:
        """Finds out what optimistic actions of components that were rendered will show."""
        begin = time.perf_counter()
        debug = self.site.debug
        await view.predictions.look(mounts, self.resolver, self.site.limits.ahead, debug=debug)
        if debug and view.predictions.elements:
            spent = 1000 * (time.perf_counter() - begin)
            self.response.headers.append(
                "server-timing",
                f'ahead;dur={spent:.1f};desc="{view.predictions.elements} elements made ahead"',
            )

    def keep_cookies(self, response: Response) -> None:
        """Sets the cookies of a response that is not sent itself."""
        self.response.raw_headers += [header for header in response.raw_headers if header[0] == b"set-cookie"]

    def is_seen(self, found: Found, mark: int | bytes | None) -> bool:
        """Whether the handler is still what the visitor saw."""
        digested: list[bytes] = []

        def note(data: bytes) -> bytes:
            digested.append(data)
            return b""

        now = found.listener.mark(found.keys, note)
        seen = None if mark is None else unqueued(mark)[0]
        if digested:
            return type(seen) is bytes and self.site.keyring.matches(digested[0], seen, MARK)
        return type(seen) is int and seen == now


def _query(request: Request) -> bytes:
    """The query of the page's address, without the call that a button without JavaScript puts there."""
    parts = request.scope["query_string"].split(b"&")
    ours = (f"{CALL_FIELD}=".encode(), f"%24{CALL_FIELD[1:]}=".encode())
    return b"&".join(part for part in parts if not part.startswith(ours))


def _place(page: str, request: Request, query: bytes) -> str:
    """The page at one address. Guards look at parameters, so what was made at one is not for another."""
    # Not `request.url`, which a strange Host header can shift.
    address = request.scope["path"].encode("utf-8", "surrogatepass") + b"?" + query
    return f"{page} {blake2b(address, digest_size=16).hexdigest()}"


async def answer_call(exchange: Exchange, body: bytes, upload: Upload | None = None) -> Answer:
    """The answer to a call; the recorded one, if it was answered before.

    Arguments:
        exchange: the request.
        body: the call's message.
        upload: the files that come with it.
    """
    site = exchange.site
    try:
        call = read_call(body, site, files=upload is not None)
        if call.ahead:
            return await _Run(exchange, call).predict()
        if upload is not None:
            await _receive(exchange, call, upload)
        return await site.records.once(exchange.visitor, call.id, lambda: _Run(exchange, call).answer())
    except CallRefused as refused:
        return refusal(refused)


async def _receive(exchange: Exchange, call: Call, upload: Upload) -> None:
    """Reads the files of a call, if what it calls is what the visitor saw. Otherwise none of them is kept."""
    site = exchange.site
    if site.records.has(exchange.visitor, call.id):
        return
    view: View | Response | None = site.views.get(call.view, exchange.visitor, exchange.place)
    if not isinstance(view, View) or view.version != call.version:
        try:
            view = None if call.sealed is None else await exchange.fresh(call.sealed, call.view)
        except CallRefused as refused:
            if refused.code != STALE:
                raise
            view = None
    found = view.find(call.address or ()) if isinstance(view, View) else None
    if found is not None and exchange.is_seen(found, call.mark):
        taken = found.bound.files
        names = call.payload.names_of_files(taken)
        call.payload.fill(names, await upload.files(names, taken))


def refusal(refused: CallRefused, **more: Any) -> Answer:
    """The answer that tells of an error."""
    return Answer(refused.status, pack({"e": _error(refused), **more}))


def _error(refused: CallRefused) -> dict[str, Any]:
    error: dict[str, Any] = {"c": refused.code, "m": refused.message}
    if isinstance(refused, Invalid):
        error["f"] = refused.fields
    return error


class _Moved(Exception):
    """The view is at another version than the call was made for."""


class _Changed(Exception):
    """What is at the address now is not what the visitor saw."""


class _Run:
    """The run of one call."""

    def __init__(self, exchange: Exchange, call: Call) -> None:
        self.exchange = exchange
        self.call = call
        self.site = exchange.site
        self.fit = Fit.SAME
        self.found: Found | None = None
        self.is_restored = False
        """The view was made for this call."""

    async def answer(self) -> Answer:
        try:
            answer = await self._answer()
        except CallRefused as refused:
            # An error is an answer, and recorded. With the state the browser repeats the call under its id.
            if refused.code == NEEDS_STATE:
                raise
            answer = refusal(refused)
        return replace(answer, headers=tuple(self.exchange.response.raw_headers))

    async def _answer(self) -> Answer:
        exchange, call = self.exchange, self.call
        held = self.site.views.get(call.view, exchange.visitor, exchange.place)
        if held is not None:
            held.runs.supersede(call.supersedes)
            if held.runs.is_superseded(call.id):
                raise CallRefused(409, SUPERSEDED, TAKEN_OVER)
            with suppress(_Moved):
                if not call.forks:
                    return await self._in(held)
        return await self._restored()

    async def predict(self) -> Answer:
        """What a call would show; nothing is run, and nothing is kept."""
        exchange, call = self.exchange, self.call
        view = self.site.views.get(call.view, exchange.visitor, exchange.place)
        if view is None or call.address is None:
            raise CallRefused(409, NEEDS_STATE, "The page has gone on.")
        async with view.lock:
            if call.version != view.version:
                raise CallRefused(409, NEEDS_STATE, "The page has gone on.")
            found = view.find(call.address)
            if found is None or not exchange.is_seen(found, call.mark):
                raise CallRefused(404, HANDLER, "There is nothing to call at this address.")
            told = await view.predictions.ask(
                found.bound,
                found.event,
                exchange.resolver,
                self.site.limits.ahead * _ASKED,
                view.numbering,
                self.site.digest,
                debug=self.site.debug,
            )
            templates = view.numbering.definitions()
        return Answer(200, pack({"b": call.version, "a": told, **({"t": templates} if templates else {})}))

    async def _restored(self) -> Answer:
        """In a view made from the sealed state; what the browser shows cannot be trusted to match it."""
        exchange, call = self.exchange, self.call
        if call.sealed is None:
            raise CallRefused(409, NEEDS_STATE, "The state is needed.")
        try:
            view = await exchange.fresh(call.sealed, call.view, call.forks)
        except CallRefused as refused:
            if refused.code != STALE:
                raise
            view = await exchange.fresh(None, call.view)
            if isinstance(view, Response):
                return self._elsewhere(view)
            return await self._sync(view, refused)
        if isinstance(view, Response):
            return self._elsewhere(view)
        if not call.forks:
            view.lineage.restored(call.version, call.id, call.others)
        # Those that come beside it need not be restored, too.
        self.site.views.put(view)
        self.is_restored, self.fit = True, Fit.SAME
        return await self._in(view)

    async def _in(self, view: View) -> Answer:
        call = self.call
        if call.address is None:
            async with view.lock:
                self._fit(view)
                return await self._sync(view)
        try:
            return await self.exchange.run(
                view,
                lambda: self._seek(view),
                call.payload,
                lambda found, ran: self._done(view, found, ran),
                call=call.id,
                blind=call.blind,
            )
        except _Changed:
            async with view.lock:
                return await self._sync(view, CallRefused(409, CHANGED, HAS_CHANGED))
        except (CallRefused, HTTPException, RequestValidationError) as error:
            return await self._failed(view, error)
        except _Moved:
            raise
        except Exception as error:
            log.exception("%s: the action %r failed", self.exchange.page, self.found and self.found.bound)
            message = f"{type(error).__name__}: {error}" if self.site.debug else _FAILED
            return await self._failed(view, CallRefused(500, FAILED, message))

    def _fit(self, view: View) -> None:
        """Finds out how the call goes with the view.

        Raises:
            _Moved: it does not.
        """
        if self.is_restored:
            return
        fit = view.lineage.fit(self.call.version, self.call.id, self.call.others)
        if fit is None or view not in self.site.views:
            raise _Moved
        self.fit = fit

    def _seek(self, view: View) -> Found:
        """The handler that the call is for.

        Raises:
            CallRefused: 404, there is none; 409, another call has changed what is there.
            _Changed: it is another one than the visitor saw.
            _Moved: the call does not go with the view.
        """
        self._fit(view)
        call = self.call
        found = self.found = view.find(call.address or [])
        # Files that were not read are those of a call that was not seen to be what the visitor saw.
        if found is not None and self.exchange.is_seen(found, call.mark) and not call.payload.waits:
            if self.fit is Fit.BESIDE and not view.mount_of(found.bound).is_same_since(call.version):
                raise _Moved
            is_same = self.fit is not Fit.BESIDE or call.mark is None
            if is_same or unqueued(call.mark)[1] == found.listener.queue():  # type: ignore[arg-type]
                return found
        if self.fit is Fit.BESIDE:
            # The browser is being told.
            raise CallRefused(409, CHANGED, HAS_CHANGED)
        if found is None and not self.is_restored:
            raise CallRefused(404, HANDLER, "There is nothing to call at this address.")
        raise _Changed

    async def _failed(
        self, view: View, error: CallRefused | HTTPException | RequestValidationError
    ) -> Answer:
        """The answer to a call of which nothing came; with it goes what had to wait for its end."""
        answer, refused = answer_to(error), as_refusal(error)
        if answer.status < 400 or self.is_restored or not view.is_behind:
            return answer
        try:
            async with view.lock:
                return await view.finish(
                    None, None, self.exchange.resolver, lambda ran: self._patch(view, ran, {}, refused)
                )
        except Exception:
            log.exception("%s: what had to wait for a call cannot be rendered", self.exchange.page)
            return answer

    async def _done(self, view: View, found: Found, ran: Ran) -> Answer:
        more: dict[str, Any] = {}
        if isinstance(ran.result, RedirectResponse):
            more["l"] = ran.result.headers["location"]
            self.exchange.keep_cookies(ran.result)
        elif self.call.asks and ran.result is not None:
            name = found.bound.action.__qualname__
            more["x"] = sendable(ran.result, action=name, limit=self.site.limits.result)
        if found.bound.action.overwrites:
            more["w"] = True
        if ran.effects:
            more["j"] = to_wire(ran.effects)
        if self.is_restored or self.fit is Fit.RESTORED:
            return await self._sync(view, ran.invalid, more, tell=ran.change is UNCHANGED)
        return await self._patch(view, ran, more, ran.invalid)

    async def _patch(
        self, view: View, ran: Ran, more: dict[str, Any], refused: CallRefused | None = None
    ) -> Answer:
        message: dict[str, Any] = {"b": view.version, "v": view.version + 1, **more}
        if refused is not None:
            message["e"] = _error(refused)
        sealed = self.exchange.seal_change(view)
        if ran.change is not UNCHANGED:
            message["d"] = Encoder(view.numbering, self.site.digest).change(ran.change)
        await self.exchange.look_ahead(view, ran.rendered)
        told = view.predictions.tell(view.numbering, self.site.digest, anew=False)
        if told:
            message["a"] = told
        templates = view.numbering.definitions()
        if templates:
            message["t"] = templates
        if sealed is not None:
            message["s"] = sealed
        packed = pack(message)
        view.lineage.advance(self.call.id, self.call.others)
        view.weigh(len(packed), at_least=view.cost)
        self.site.views.keep(view)
        return Answer(200 if refused is None else refused.status, packed)

    async def _sync(
        self,
        view: View,
        refused: CallRefused | None = None,
        more: dict[str, Any] | None = None,
        *,
        tell: bool = True,
    ) -> Answer:
        numbering = Numbering()
        root = Encoder(numbering, self.site.digest).child(view.root.content)
        await self.exchange.look_ahead(view, view.root.walk())
        told = view.predictions.tell(numbering, self.site.digest, anew=True)
        packed = pack(
            {
                "v": view.version + 1,
                "t": numbering.definitions(),
                "r": root,
                "s": self.exchange.seal(view),
                **({"a": told} if told else {}),
                **({"e": _error(refused)} if refused else {}),
                **({"n": refused.message} if refused and tell else {}),
                **(more or {}),
            }
        )
        view.numbering = numbering
        view.lineage.advance(self.call.id, self.call.others)
        view.weigh(len(packed))
        self.site.views.keep(view)
        return Answer(refused.status if refused else 200, packed)

    def _elsewhere(self, response: Response) -> Answer:
        """The page's function gave a response of its own, such as a redirect to the login."""
        self.exchange.keep_cookies(response)
        location = response.headers.get("location")
        if location is not None:
            return Answer(200, pack({"l": location}))
        return refusal(
            CallRefused(response.status_code, "refused", "This page is no more available. Please reload.")
        )


def answer_to(error: CallRefused | HTTPException | RequestValidationError) -> Answer:
    """The answer that tells of an error; a redirect, as guards of pages raise it, is none."""
    if isinstance(error, HTTPException) and 300 <= error.status_code < 400:
        location = (error.headers or {}).get("location") or (error.headers or {}).get("Location")
        if location is not None:
            return Answer(200, pack({"l": location}))
    return refusal(as_refusal(error))


def as_refusal(error: CallRefused | HTTPException | RequestValidationError) -> CallRefused:
    """An error that a dependency or an action has raised on purpose, as an answer."""
    if isinstance(error, CallRefused):
        return error
    if isinstance(error, HTTPException):
        return CallRefused(error.status_code, "refused", str(error.detail))
    return CallRefused(422, "invalid", "The request does not validate.")
