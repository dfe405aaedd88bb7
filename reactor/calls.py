"""Calls: from the bytes of a `POST` to the answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final

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
    WRONG_PROTOCOL,
)
from .records import Answer
from .results import sendable
from .seal import Expired, SealError, Unknown
from .site import MARK, Site
from .uploads import Upload
from .views import Found, Ran, View, read_saved
from .wire import Encoder, Numbering

log = logging.getLogger("reactor")

HAS_CHANGED: Final = "This has changed in the meantime. Nothing was done; please look again."
STARTED_AFRESH: Final = "This page was updated and had to start afresh. Please try again."
FOREIGN: Final = "This page was made for another visitor, or cookies are blocked. Please reload it."
_LIMITS_OF_CODEC: Final = {"levels": " (Limits.depth)", "values": " (Limits.items)"}
"""By what there is too much of, the setting."""
_ASKED: Final = 20
"""How many times as much a prediction may cost that a browser has asked for (`Limits.ahead`)."""
_FAILED: Final = "Something went wrong. Nothing was changed."

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
    )


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

    async def fresh(self, sealed: bytes | None = None, identifier: bytes | None = None) -> View | Response:
        """A view from the page's function, with the sealed state laid over its components.

        Raises:
            CallRefused: 400, the token is not ours, or not this visitor's; 409, it is of another build.
        """
        saved = None
        if sealed is not None:
            payload = self.unseal(sealed)
            try:
                saved = read_saved(payload, self.site.limits.state)
            except Malformed:
                raise CallRefused(409, STALE, STARTED_AFRESH) from None
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

    async def run(self, view: View, found: Found, payload: Payload, *, blind: bool = False) -> Ran:
        """Runs a handler within its time.

        Arguments:
            view: the page.
            found: the handler.
            payload: what was sent.
            blind: whether the person had not seen yet what the call before came to.

        Raises:
            CallRefused: 504, it took longer than it may.
        """
        allowed = found.bound.action.max_duration or self.max_duration
        limit = asyncio.timeout(allowed)
        try:
            async with limit:
                return await view.run(found, payload, self.resolver, blind=blind)
        except TimeoutError:
            if not limit.expired():
                raise
            log.warning("%s: the action %r took longer than %g s", self.page, found.bound, allowed)
            raise CallRefused(
                504, LATE, f"This took longer than {allowed:g} s. Nothing was changed."
            ) from None

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
        if digested:
            return type(mark) is bytes and self.site.keyring.matches(digested[0], mark, MARK)
        return type(mark) is int and mark == now


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


class _Run:
    """The run of one call."""

    def __init__(self, exchange: Exchange, call: Call) -> None:
        self.exchange = exchange
        self.call = call
        self.site = exchange.site

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
        if held is not None and call.version == held.version:
            async with held.lock:
                # Whoever had the lock may have left half a change behind, and dropped the view.
                if call.version == held.version and held in self.site.views:
                    return await self._in(held, restored=False)
        return await self._restored()

    async def predict(self) -> Answer:
        """What a call would show; nothing is run, and nothing is kept."""
        exchange, call = self.exchange, self.call
        view = self.site.views.get(call.view, exchange.visitor, exchange.place)
        if view is None or call.version != view.version or call.address is None:
            raise CallRefused(409, NEEDS_STATE, "The page has gone on.")
        async with view.lock:
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
            view = await exchange.fresh(call.sealed, call.view)
        except CallRefused as refused:
            if refused.code != STALE:
                raise
            view = await exchange.fresh(None, call.view)
            if isinstance(view, Response):
                return self._elsewhere(view)
            return await self._sync(view, refused)
        if isinstance(view, Response):
            return self._elsewhere(view)
        return await self._in(view, restored=True)

    async def _in(self, view: View, *, restored: bool) -> Answer:
        call = self.call
        if call.address is None:
            return await self._sync(view)
        found = view.find(call.address)
        if found is None or not self.exchange.is_seen(found, call.mark) or call.payload.waits:
            if found is None and not restored:
                raise CallRefused(404, HANDLER, "There is nothing to call at this address.")
            return await self._sync(view, CallRefused(409, CHANGED, HAS_CHANGED))
        try:
            ran = await self.exchange.run(view, found, call.payload, blind=call.blind)
            return await self._done(view, found, ran, restored=restored)
        except (CallRefused, HTTPException, RequestValidationError) as error:
            self.site.views.drop(view)
            return answer_to(error)
        except Exception as error:
            # Half a change is none: the browser has the state from before, and the next call starts there.
            self.site.views.drop(view)
            log.exception("%s: the action %r failed", self.exchange.page, found.bound)
            raise CallRefused(500, FAILED, _explained(error, debug=self.site.debug)) from error
        except asyncio.CancelledError:
            self.site.views.drop(view)
            raise

    async def _done(self, view: View, found: Found, ran: Ran, *, restored: bool) -> Answer:
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
        if restored:
            return await self._sync(view, ran.invalid, more, tell=ran.change is UNCHANGED)
        return await self._patch(view, ran, more)

    async def _patch(self, view: View, ran: Ran, more: dict[str, Any]) -> Answer:
        message: dict[str, Any] = {"b": view.version, "v": view.version + 1, **more}
        if ran.invalid is not None:
            message["e"] = _error(ran.invalid)
        if ran.change is not UNCHANGED:
            message["d"] = Encoder(view.numbering, self.site.digest).change(ran.change)
        await self.exchange.look_ahead(view, ran.rendered)
        told = view.predictions.tell(view.numbering, self.site.digest, anew=False)
        if told:
            message["a"] = told
        templates = view.numbering.definitions()
        if templates:
            message["t"] = templates
        sealed = self.exchange.seal_change(view)
        if sealed is not None:
            message["s"] = sealed
        packed = pack(message)
        view.version += 1
        view.weigh(len(packed), at_least=view.cost)
        self.site.views.put(view)
        return Answer(200 if ran.invalid is None else ran.invalid.status, packed)

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
        view.version += 1
        view.weigh(len(packed))
        self.site.views.put(view)
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


def _explained(error: Exception, *, debug: bool) -> str:
    return f"{type(error).__name__}: {error}" if debug else _FAILED
