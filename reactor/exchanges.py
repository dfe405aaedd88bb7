"""Exchanges: one request to a page: who asks, with what, and how a view is had."""

from __future__ import annotations

import asyncio
import logging
import time
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Final, TypeVar
from urllib.parse import quote, unquote

from fastapi import BackgroundTasks, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Match

from .arguments import Payload
from .blocks import Rendered
from .brokers import REVALIDATED
from .codec import Malformed, from_text
from .context import EVERYTHING, Context, reading
from .cookies import Before
from .deliveries import Delivery, stale_in
from .dependencies import Resolver
from .effects import Effect
from .errors import CallRefused, StateError
from .failures import is_expected, is_redirect, reaches_boundary, told
from .mounts import Mount
from .navigation import Redirect
from .order import unqueued
from .parts import Parts
from .protocol import (
    CALL_FIELD,
    CHANGED,
    FORGED,
    FROM_HEADER,
    LARGE,
    LATE,
    MALFORMED,
    STALE,
    STATE_FIELD,
    STATE_HEADER,
    SUPERSEDED,
)
from .references import opened
from .running import Run
from .saved import Saved, around, join, place_of
from .seal import Expired, SealError, Unknown
from .site import MARK, Site
from .states import Unreachable
from .tracebacks import note_path
from .values import Unreadable
from .views import Done, Found, Gone, Ran, View, read_saved

log = logging.getLogger("reactor")

HAS_CHANGED: Final = "This has changed in the meantime. Nothing was done; please look again."
TAKEN_OVER: Final = "A newer call has taken the place of this one. Nothing was changed."
OUT_OF_REACH: Final = "What this page has kept cannot be reached now. Nothing was changed; please try again."
STARTED_AFRESH: Final = "This page was updated and had to start afresh. Please try again."
FOREIGN: Final = "This page was made for another visitor, or cookies are blocked. Please reload it."

_SMALL_STATE: Final = 1_000
_SEALED_AT_LEAST: Final = 1.0
"""Seconds after which a state that changes all the time is sent, also if it is larger than that."""

_KEPT: Final = b"\xc1"
"""Begins what a state is known by that is kept on the server; no MessagePack does."""

T = TypeVar("T")

Open = Callable[[], Awaitable["Rendered | Response"]]
"""Runs the page's function, and gives the tree of its document."""


class Exchange:
    """One request to a page: who asks, with what, and how a view is had.

    Arguments:
        site: the application's keys, caches and settings.
        page: the path of the page, as declared.
        visitor: the visitor's id.
        request: the request.
        response: takes headers and cookies on the way.
        background: takes what is to be done after the response.
        context: what the request reads and changes.
        open_page: runs the page's function.
        reopen_page: the same, with its dependencies resolved anew.
        max_duration: seconds that a call may take; without it, the limit of the application holds.
        live: whether the page is told unasked of what has changed.
    """

    def __init__(
        self,
        site: Site,
        page: str,
        visitor: str,
        request: Request,
        response: Response,
        background: BackgroundTasks,
        context: Context,
        open_page: Open,
        reopen_page: Callable[[Resolver], Awaitable[Rendered | Response]],
        max_duration: float | None = None,
        *,
        live: bool = True,
    ) -> None:
        self.live = live and site.live
        self.site = site
        self.page = page
        self.request = request
        self.query = _query(request)
        self.called = self.query != request.scope["query_string"]
        self.place = _place(page, request.scope["path"], self.query)
        self.visitor = visitor
        self.client = context.client
        self.response = response
        self.context = context
        self.resolver = Resolver(request, response, background, context)
        self.resolver.reopen = self._reopen
        context.sealer = self._seal_reference
        context.most_captured = site.limits.captured
        context.most_changes = site.limits.feed
        self.max_duration = site.limits.duration if max_duration is None else max_duration
        self.parts = Parts(self.resolver, seconds=self.max_duration, count=site.limits.parts)
        """What is rendered apart for this request."""
        self._open_page = open_page
        self._reopen_page = reopen_page

    def close(self) -> None:
        """Ends it: nothing of the page is rendered for this request any more.

        What it has given to others is let go, so that all of it is freed at once and need not be found by the
        garbage collector.
        """
        self.parts.close()
        self.context.sealer = self.resolver.reopen = self.resolver.suspend = None

    @property
    def purpose(self) -> str:
        """What the state of this page is sealed for."""
        return f"state {self.place}"

    async def fresh(
        self,
        sealed: bytes | None = None,
        identifier: bytes | None = None,
        forks: Sequence[tuple[bytes, bytes]] = (),
        layout: Saved | None = None,
    ) -> View | Response:
        """A view from the page's function, with the sealed state laid over its components.

        Arguments:
            sealed: the state; without it, the page starts afresh.
            identifier: the view's id.
            forks: further states, each before and after a call; what differs is laid over it all.
            layout: without a state, that of what stands around the page's content, from the page before.

        Raises:
            CallRefused: 400, the token is not ours, or not this visitor's; 409, it is of another build.
        """
        saved = layout
        if sealed is not None:
            saved = await self.read(sealed)
            for before, after in forks:
                saved = join(saved, await self.read(before), await self.read(after))
        view = View(self.place, self.visitor, identifier)
        self.context.page, self.context.view = view.owner, view.id
        view.can_listen = self.live
        self.site.broker.loop = asyncio.get_running_loop()
        view.revalidated = await self.site.broker.position(REVALIDATED)
        if saved is not None:
            view.restore(saved)
        view.content = place_of(self.request.scope["path"])
        try:
            content = await self._open_page()
            if isinstance(content, Response):
                return content
            await view.open(content, self.resolver, saved)
        except Redirect as leaving:
            return leaving.with_traceback(None)
        except StateError as error:
            if saved is None:
                raise
            log.info("%s: a page of another build starts afresh: %s", self.page, error)
            raise CallRefused(409, STALE, STARTED_AFRESH) from None
        return view

    async def _reopen(self) -> Rendered:
        """The content of the page as it is now.

        Raises:
            Gone: there is none any more; a guard may see to it that the visitor has no business here now.
        """
        self.context.readings.clear()
        here = RedirectResponse(self.address, 303)
        try:
            with reading(self.context.readings):
                content = await self._reopen_page(self.resolver)
        except (HTTPException, RequestValidationError) as error:
            log.info("%s: the page is not there any more after an action: %s", self.page, error)
            raise Gone(here) from error
        except Redirect as leaving:
            raise Gone(leaving.with_traceback(None)) from None
        if isinstance(content, Response):
            raise Gone(content if "location" in content.headers else here)
        return content

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """What dependencies, actions and the framework have set on the way."""
        return (*self.response.raw_headers, *self.context.response.raw_headers)

    @property
    def address(self) -> str:
        """The address of the page, as a path; never one that a browser takes for another host."""
        path = quote(self.request.scope["path"])
        if path.startswith("//"):
            path = f"/.{path}"
        return f"{path}?{self.query.decode('latin-1')}" if self.query else path

    def find(
        self, view: View, address: Sequence[str | int], mark: int | bytes | None, reference: bytes | None
    ) -> Found | None:
        """The handler of a call, if it is what the visitor saw.

        Arguments:
            view: where; other components' calls may go on in it meanwhile.
            address: where it stands; of a reference, where it stood.
            mark: what the visitor saw there.
            reference: what stands for an action that is no component's.

        Raises:
            CallRefused: 400, 409, 413: what is wrong with the reference.
        """
        self.context.page, self.context.view = view.owner, view.id
        if reference is not None:
            return self._open_reference(view, reference, view.find(address))
        found = view.find(address)
        return found if found is not None and self.is_seen(found, mark) else None

    def _open_reference(self, view: View, token: bytes, there: Found | None) -> Found | None:
        limits = self.site.limits
        if len(token) > limits.captured + 64:
            raise CallRefused(
                413, LARGE, f"A reference is longer than {limits.captured} bytes (Limits.captured)."
            )
        content = self.open_token(token, self._reference_purpose)
        try:
            bound = opened(content, view.component_at)
            mount = bound.owner.__dict__.get("_mount")
            within = there.within if there is not None else mount if isinstance(mount, Mount) else None
            return Found(bound, bound, (), within=within)
        except Unreadable as unreadable:
            log.info("%s: a reference is of no use any more: %s", self.page, unreadable)
            return None

    def _seal_reference(self, content: bytes) -> bytes:
        return self.site.keyring.seal(content, purpose=self._reference_purpose, visitor=self.visitor)

    @property
    def _reference_purpose(self) -> str:
        return f"action {self.place}"

    async def layout_before(self) -> Saved | None:
        """The state around the content of the page that a link of was followed; `None`: it is not told."""
        headers = self.request.headers
        before, text = headers.get(FROM_HEADER, "").partition("?"), headers.get(STATE_HEADER)
        if text is None:
            return None
        path, query = unquote(before[0]), before[2].encode("latin-1", "replace")
        scope = {**self.request.scope, "path": path}
        for route in self.request.app.router.routes:
            if route.matches(scope)[0] is Match.FULL:
                break
        else:
            return None
        try:
            sealed = from_text(text, limit=self.site.limits.state)
            payload = self.open_token(sealed, f"state {_place(getattr(route, 'path', ''), path, query)}")
            return around(read_saved(await self._kept(payload), self.site.limits.state), place_of(path))
        except (CallRefused, Malformed):
            return None

    def check_state(self, text: str) -> None:
        """Checks that the state in a form is one of this page and visitor.

        Raises:
            CallRefused: 400, 409, 413.
        """
        try:
            self.unseal(from_text(text))
        except Malformed:
            raise CallRefused(400, MALFORMED, f"{STATE_FIELD} has a wrong form.") from None

    async def read(self, sealed: bytes) -> Saved:
        """What is kept in a state.

        Raises:
            CallRefused: 400, 409, 413, 503.
        """
        payload = await self._kept(self.unseal(sealed))
        try:
            return read_saved(payload, self.site.limits.state)
        except Malformed:
            raise CallRefused(409, STALE, STARTED_AFRESH) from None

    async def _kept(self, state: bytes) -> bytes:
        """A state, if it is not in the page, from where it is kept.

        Raises:
            CallRefused: 409, it is not there any more; 503, it cannot be had now.
        """
        if not state.startswith(_KEPT):
            return state
        try:
            kept = await self.site.states.get(state.removeprefix(_KEPT))
        except Unreachable:
            raise CallRefused(503, LATE, OUT_OF_REACH) from None
        if kept is None:
            raise CallRefused(409, STALE, STARTED_AFRESH)
        return kept

    def unseal(self, sealed: bytes) -> bytes:
        """The state in a token, or what it is known by.

        Raises:
            CallRefused: 400, 409, 413.
        """
        if len(sealed) > self.site.limits.state:
            limit = self.site.limits.state
            raise CallRefused(413, LARGE, f"The state is longer than {limit} bytes (Limits.state).")
        return self.open_token(sealed, self.purpose)

    def open_token(self, sealed: bytes, purpose: str) -> bytes:
        """What is in a token that was made for this visitor.

        Arguments:
            sealed: the token.
            purpose: what it was sealed for.

        Raises:
            CallRefused: 400, 409.
        """
        try:
            state = self.site.keyring.open(
                sealed, purpose=purpose, visitor=self.visitor, max_age=self.site.limits.state_age
            )
        except (Unknown, Expired):
            raise CallRefused(409, STALE, STARTED_AFRESH) from None
        except SealError:
            self.site.rates.failed(self.visitor, self.client)
            raise CallRefused(400, FORGED, FOREIGN) from None
        self.site.rates.know(self.visitor)
        return state

    def seal(self, view: View) -> bytes:
        """The sealed state of a view.

        Raises:
            StateError: it is larger than the limit.
        """
        return self._seal(view, view.save())

    def seal_change(self, view: View, *, soon: bool = False) -> bytes | None:
        """The sealed state of a view; `None` when what the browser has is the same, and fresh enough.

        Arguments:
            view: whose.
            soon: there will be another one soon: a large state is not sent each time.

        Raises:
            StateError: it is larger than the limit.
        """
        state = view.save()
        sealed, since = view.sealed
        age = time.monotonic() - since
        if soon and len(state) > _SMALL_STATE and age < _SEALED_AT_LEAST:
            return None
        return None if state == sealed and age < self.site.limits.state_age / 2 else self._seal(view, state)

    def _seal(self, view: View, state: bytes) -> bytes:
        limit = self.site.limits.state
        if len(state) + 64 > limit:
            raise StateError(
                f"the state of the page {self.page} takes {len(state)} bytes, the limit is {limit} "
                "(Limits.state); keep ids instead of data, and load the data in render"
            )
        view.sealed = (state, time.monotonic())
        most = self.site.limits.state_in_page
        if most is not None and len(state) > most:
            name = self.site.states.keep(state, f"{self.visitor} {self.purpose}")
            state = state if name is None else _KEPT + name
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
        step: Callable[[Found, list[Effect]], Awaitable[None]] | None = None,
    ) -> T:
        """Runs a handler in its turn and within its time. Meanwhile other components' calls go on.

        Arguments:
            view: where.
            seek: finds the handler; asked again when others had their turn before.
            payload: what the browser sent.
            then: makes the answer of what came of it, while nothing else changes the view.
            call: the call's id.
            blind: whether the person had not seen yet what the call before came to.
            step: what is done wherever the action yields; it takes out of the list the effects that it sends.

        Raises:
            CallRefused: 504, it took longer than it may; 409, a newer call took its place, or what was
                clicked is no more there.
        """
        run = Run(self.site.deadlines)
        try:
            with run.limit:
                self.site.runs.add(self.visitor, call, run)
                return await self._in_turn(view, seek, payload, then, run, blind=blind, step=step)
        except Redirect as leaving:  # by a component that was rendered
            raise Gone(leaving.with_traceback(None)) from None
        except TimeoutError:
            if not run.limit.has_expired:
                raise
            if run.is_superseded:
                raise CallRefused(409, SUPERSEDED, TAKEN_OVER) from None
            message = f"This took longer than {run.seconds:g} s. Nothing was changed."
            raise CallRefused(504, LATE, message) from None
        finally:
            self.site.runs.remove(self.visitor, call)
            view.note_done()

    async def _in_turn(
        self,
        view: View,
        seek: Callable[[], Found],
        payload: Payload,
        then: Callable[[Found, Ran], Awaitable[T]],
        run: Run,
        *,
        blind: bool,
        step: Callable[[Found, list[Effect]], Awaitable[None]] | None,
    ) -> T:
        async with view.lock:
            found = seek()
            bound = found.bound
            mount = view.mount_of(bound)
            turn = None if bound.action.order == "parallel" else mount.turn()
            waits = turn is not None and not turn.take()
            # A page has no state of which there could be a half.
            is_busy = mount.component is not None
            mount.busy += is_busy and not waits
        if turn is None:
            return await self._act(view, found, mount, None, payload, then, run, blind=blind, step=step)
        if waits:
            await turn.acquire()
        try:
            if waits:
                async with view.lock:
                    found = seek()
                    if view.mount_of(found.bound) is not mount:
                        raise CallRefused(409, CHANGED, HAS_CHANGED)
                    mount.busy += is_busy
            return await self._act(view, found, mount, mount, payload, then, run, blind=blind, step=step)
        finally:
            turn.release()

    async def _act(
        self,
        view: View,
        found: Found,
        mount: Mount,
        own: Mount | None,
        payload: Payload,
        then: Callable[[Found, Ran], Awaitable[T]],
        run: Run,
        *,
        blind: bool,
        step: Callable[[Found, list[Effect]], Awaitable[None]] | None,
    ) -> T:
        """Runs a handler whose turn it is.

        Arguments:
            mount: where its component stands, which counts as busy now.
            own: the same, if it is nobody else's turn there.
        """
        bound, is_busy = found.bound, mount.component is not None
        before = Before(self.context)
        try:
            if bound.action.rate is not None:
                await self.site.rates.act(self.visitor, bound.action.name, bound.action.rate)
            seconds = bound.action.max_duration or self.max_duration
            run.begin(seconds)

            async def stepped(asked: list[Effect]) -> None:
                if step is not None:
                    await step(found, asked)
                run.begin(seconds)

            done = await Done.of(bound, payload, self.resolver, blind=blind, step=stepped)
            run.is_over = True
            before.compare(failed=done.invalid is not None)
            async with self.delivery(view, own) as delivery, view.lock:
                mount.busy -= is_busy
                is_busy = False
                if mount.is_aside:
                    raise CallRefused(409, CHANGED, HAS_CHANGED)
                if delivery.effects:
                    done.effects = (*done.effects, *delivery.effects)
                return await view.finish(mount, done, self.resolver, partial(then, found))
        except BaseException as error:
            if run.limit.has_expired and not run.is_superseded:
                log.warning(
                    "%s: the action %r took longer than %g s (max_duration, Limits.duration)",
                    self.page,
                    bound,
                    run.seconds,
                )
            if not is_expected(error):
                note_path(error, mount.trail)
            is_led = isinstance(error, (Gone, Redirect)) or is_redirect(error)
            before.compare(failed=not is_led)
            async with view.lock:
                mount.busy -= is_busy
                # A thread cannot be cancelled.
                goes_on = isinstance(error, CancelledError) and not bound.action.is_async
                view.take_back(mount, goes_on=goes_on)
                boundary = None if mount.is_aside or found.within is None else found.within.boundary
                is_shown = isinstance(error, Exception) and not isinstance(error, Gone)
                if boundary is None or not is_shown or not reaches_boundary(error):
                    raise
                return await self._fall_back(view, found, error, boundary, then)

    def delivery(self, view: View, own: Mount | None = None, *, always: bool = False) -> Delivery:
        """Lets components hear of what this request has said, or was said since they were made from a state.

        Arguments:
            view: the page.
            own: the component whose turn it is.
            always: whether it hears of what was said elsewhere, too.
        """
        is_due = always or self.context.published or view.is_restored
        return Delivery(view, self.resolver, own, self._note_revalidated if is_due else None)

    async def _note_revalidated(self, view: View) -> None:
        """Notes which data has changed since a page heard of that last."""
        broker, context = self.site.broker, self.context
        if view.revalidated is None:
            view.revalidated = await broker.position(REVALIDATED)
            return
        messages, view.revalidated = await broker.since(REVALIDATED, view.revalidated)
        stale = stale_in(messages, view.id)
        context.stale |= {EVERYTHING} if stale is None else stale

    async def _fall_back(
        self,
        view: View,
        found: Found,
        error: BaseException,
        boundary: Mount,
        then: Callable[[Found, Ran], Awaitable[T]],
    ) -> T:
        """Lets a boundary show that an action has failed. The view is locked, and what was done taken back.

        Raises:
            CallRefused: the fallback cannot be shown; what the action has failed with.
        """
        refused = told(error, f"{self.page}: the action {found.bound!r}")
        try:
            done = Done(None, caught=(refused, boundary))
            return await view.finish(None, done, self.resolver, partial(then, found))
        except Exception as problem:
            raise told(problem, f"{self.page}: the fallback of an error boundary") from error

    async def look_ahead(self, view: View, mounts: Iterable[Mount]) -> None:
        """Finds out what optimistic actions of components that were rendered will show."""
        debug = self.site.debug
        begin = time.perf_counter() if debug else 0.0
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
    query: bytes = request.scope["query_string"]
    if not query:
        return query
    parts = query.split(b"&")
    ours = (f"{CALL_FIELD}=".encode(), f"%24{CALL_FIELD[1:]}=".encode())
    return b"&".join(part for part in parts if not part.startswith(ours))


def _place(page: str, path: str, query: bytes) -> str:
    """The page at one address. Guards look at parameters, so what was made at one is not for another."""
    # Not `request.url`, which a strange Host header can shift.
    address = path.encode("utf-8", "surrogatepass") + b"?" + query
    return f"{page} {blake2b(address, digest_size=16).hexdigest()}"
