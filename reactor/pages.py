"""Pages: a FastAPI route for the first load, for calls, and for forms without JavaScript."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from fastapi import BackgroundTasks, Depends, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, RedirectResponse

from .addresses import asks_for_page, is_mounted, prefix_of
from .arguments import Entry, Payload
from .blocks import Rendered
from .calls import answer_call
from .codec import Malformed, from_text, pack, unpack
from .compiler import register
from .context import CONTEXT, Context, answering, context_of, note_reading
from .deadlines import Limit
from .dependencies import Resolver, note_request, opens
from .diff import UNCHANGED
from .documents import Layout, Page, document, message_of, served
from .error_pages import ErrorPages, stays_with_fastapi
from .errors import CallRefused
from .exchanges import FOREIGN, HAS_CHANGED, Exchange, Open
from .failures import NOTHING_CHANGED, is_expected, is_redirect, told
from .following import DocumentResponse, awaits, complete, follow, refresh_element, wants_complete
from .heads import Head, head_of
from .line import line_work
from .markup import Typed
from .messages import answer_to, refusal
from .navigation import Redirect
from .origin import new_visitor_of, visitor_of
from .pieces import answer_piece
from .policy import nonce_of, page_headers
from .protocol import (
    CALL_FIELD,
    COOKIES_HEADER,
    FORGED,
    LARGE,
    MALFORMED,
    MEDIA_TYPE,
    PIECE_TYPE,
    STALE,
    STATE_FIELD,
    WRONG_TYPE,
)
from .proxies import Sender
from .records import Answer
from .routes import GIVEN, TAKEN, WITH_FILES, Handle, PageRoute, check_free, parameters_of
from .site import Site
from .streams import FrameResponse
from .uploads import Upload
from .views import Gone, View, itself
from .visits import visit_of

log = logging.getLogger("reactor")


class NotDone(Exception):
    """A call or form that was refused or failed, on its way out.

    It is raised through FastAPI's dependencies, so that those with `yield` roll back as after any endpoint
    that fails; at the end it becomes the response.

    Arguments:
        response: what is answered.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(f"answered with {response.status_code}")
        self.response = response


async def answer_not_done(request: Request, error: Exception) -> Response:
    """The response that a `NotDone` carries."""
    if not isinstance(error, NotDone):
        raise error
    return error.response


_REPLACED: Final = frozenset(name.encode() for name in page_headers("-"))
"""Headers of ours that an application may set otherwise."""
_PRIVATE: Final = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}
_OURS: Final = (
    *((name.encode(), value.encode()) for name, value in _PRIVATE.items()),
    (b"content-type", MEDIA_TYPE.encode()),
)


@dataclass(frozen=True)
class PageDefinition:
    """A page as it was declared.

    Arguments:
        path: its path, with FastAPI's parameters.
        function: gives its content.
        layout: what its content is put into.
        title: its title, unless the function gives one.
        stylesheets: addresses.
        head: further elements of its head.
        max_duration: seconds that a call may take.
        live: whether it is told unasked of what has changed.
    """

    path: str
    function: Callable[..., Any]
    layout: Layout | None
    title: str | None
    stylesheets: Sequence[str]
    head: Sequence[Any]
    max_duration: float | None = None
    live: bool = True


async def _given(
    request: Request, response: Response, background: BackgroundTasks
) -> tuple[Request, Response, BackgroundTasks]:
    """What FastAPI gives to whoever asks; a function can ask only once, and the page's may do so itself."""
    return request, response, background


def add_page(
    app: FastAPI, site: Site, page: PageDefinition, dependencies: Sequence[Any], errors: ErrorPages
) -> None:
    """Adds the routes of a page to an application.

    Raises:
        ReactorError: an endpoint at this address stands before it, and would take what the page is sent.
    """
    check_free(app.router, page.path)
    handler = PageHandler(site, page, errors)
    register(page.function)
    if page.layout is not None:
        register(page.layout)

    class Gate(PageRoute):
        """The route of this page."""

        function = staticmethod(page.function)
        router = app.router
        enter = staticmethod(handler.enter)

    async def endpoint(**values: Any) -> Response:
        request, response, background = values.pop(GIVEN)

        needs = request.scope["route"].dependant

        async def open_page() -> Rendered | Response:
            note_request(needs, apart_from=_given)
            context_of("a page").has_opened |= opens(needs)
            return await handler.open(values, response)

        async def reopen_page(resolver: Resolver) -> Rendered | Response:
            again = await resolver.resolve(needs, apart_from=_given)
            again.pop(GIVEN)
            return await handler.open(again, response)

        return await handler.respond(request, response, background, open_page, reopen_page)

    parameters = parameters_of(page.function)
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters.append(inspect.Parameter(GIVEN, keyword, annotation=Annotated[Any, Depends(_given)]))
    endpoint.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    endpoint.__name__ = page.function.__name__
    for methods in (["GET", "HEAD"], ["POST"]):
        app.router.add_api_route(
            page.path,
            endpoint,
            methods=methods,
            dependencies=dependencies,
            include_in_schema=False,
            response_model=None,
            name=page.function.__name__,
            route_class_override=Gate,
        )


class PageHandler:
    """Answers the requests to one page."""

    def __init__(self, site: Site, page: PageDefinition, errors: ErrorPages) -> None:
        self.site = site
        self.page = page
        self.errors = errors

    async def enter(self, request: Request, handle: Handle) -> Response:
        """Answers a request; `handle` gives what FastAPI is to find out, and goes on with it."""
        site = self.site
        sender = site.proxies.sender(request)
        context = Context(
            request,
            site.store,
            site.keyring,
            broker=site.broker,
            secure=sender.is_secure,
            debug=site.debug,
        )
        context.client = sender.client
        context.caller = visitor_of(request, secure=sender.is_secure)
        request.scope[CONTEXT] = context
        visit = visit_of(request.scope)
        if visit is not None:
            context.stale = visit.stale
        with answering(context):
            try:
                return await self._gate(request, sender, context.caller, handle)
            except Redirect as leaving:
                response = leaving.with_traceback(None)
            response.raw_headers += _cookies(context)
            return _elsewhere(request, response)

    async def _gate(self, request: Request, sender: Sender, visitor: str | None, handle: Handle) -> Response:
        """Refuses what does not come from our own pages, before dependencies run; then hands on.

        Whatever fails on the way becomes an answer: the error of a call, or an error page.
        """
        is_post, head = request.method == "POST", head_of(request.scope)
        is_call = is_post and _is_call(head)
        try:
            if is_post:
                self.site.origins.check(request, sender)
                kind = head.kind
                if line_work(request.scope) is None:
                    rates = self.site.piece_rates if kind == PIECE_TYPE else self.site.rates
                    await rates.admit(visitor, sender.client)
                if kind not in TAKEN:
                    raise CallRefused(415, WRONG_TYPE, f"A call is {MEDIA_TYPE}, or a form.")
            return await handle(request)
        except (NotDone, ClientDisconnect):
            raise
        except Exception as error:
            cookies = _cookies(context_of("a page"))
            is_plain = not (cookies or is_call or asks_for_page(request.scope))
            if isinstance(error, HTTPException) and is_redirect(error) and not is_plain:
                response = Response(status_code=error.status_code, headers=error.headers)
                response.raw_headers += cookies
                return _elsewhere(request, response)
            if is_call:
                raise NotDone(_response(self._failed(error))) from error
            if is_redirect(error) or stays_with_fastapi(request, error):
                raise
            raise NotDone(await self.errors.answer(request, error, self.page.path)) from error

    def _failed(self, error: Exception) -> Answer:
        """The answer to a call that has failed before or after all that is its own."""
        if isinstance(error, (CallRefused, HTTPException, RequestValidationError)):
            return answer_to(error)
        return refusal(told(error, f"{self.page.path}: a call", and_so=NOTHING_CHANGED))

    async def respond(
        self,
        request: Request,
        response: Response,
        background: BackgroundTasks,
        open_page: Open,
        reopen_page: Callable[[Resolver], Awaitable[Rendered | Response]],
    ) -> Response:
        """The page, or the answer to a call; FastAPI has resolved the page's parameters."""
        context, is_post = context_of("a page"), request.method == "POST"
        visitor = context.caller
        if visitor is None:
            if is_post:
                raise CallRefused(400, FORGED, FOREIGN)
            visitor = context.visitor or new_visitor_of(response, secure=context.is_secure)
        context.roots = (self.page.function, self.page.layout)
        exchange = Exchange(
            self.site,
            self.page.path,
            visitor,
            request,
            response,
            background,
            context,
            open_page,
            reopen_page,
            self.page.max_duration,
            live=self.page.live and not is_mounted(request.scope),
        )
        try:
            made = await self._made(exchange, request)
        finally:
            if not exchange.parts.is_followed:
                exchange.close()
        # What dependencies and the framework have set on the way; a recorded answer brings its own.
        headers = exchange.headers
        if headers:
            theirs = {header[0] for header in headers} & _REPLACED
            made.raw_headers = [header for header in made.raw_headers if header[0] not in theirs]
            given = set(made.raw_headers)
            made.raw_headers += [
                header
                for header in headers
                if header not in given and header[0] not in (b"content-length", b"content-type")
            ]
        if is_post and b"set-cookie" in dict(made.raw_headers):
            # A line was opened with the cookies from before.
            made.headers[COOKIES_HEADER] = "1"
        if is_post and made.status_code >= 400:
            raise NotDone(made)
        return made

    async def _made(self, exchange: Exchange, request: Request) -> Response:
        if request.method != "POST":
            return await self._load(exchange)
        work = line_work(request.scope)
        if work is not None:
            return _response(await work(exchange))
        head = head_of(request.scope)
        kind = head.kind
        if kind == MEDIA_TYPE:
            return _response(await answer_call(exchange, await self._body(request, head)))
        if kind == PIECE_TYPE:
            return _response(await answer_piece(exchange))
        if kind == WITH_FILES:
            async with Upload(request, self.site.limits) as upload:
                if _is_call(head):
                    return _response(await answer_call(exchange, await upload.message(), upload))
                return await self._submit_with_files(exchange, request, upload)
        return await self._submit(exchange, request, await self._form(request))

    async def open(self, values: dict[str, Any], response: Response) -> Rendered | Response:
        """Runs the page's function; `response` takes the status of the page."""
        function = self.page.function
        note_reading((context_of("a page").path,))
        if inspect.iscoroutinefunction(function):
            content = await function(**values)
        else:
            content = await run_in_threadpool(function, **values)
        if isinstance(content, Response):
            return content
        if isinstance(content, HTTPException):
            raise content
        page = content if isinstance(content, Page) else Page(content)
        if page.status != 200:
            response.status_code = page.status
        if page.title is None:
            page = replace(page, title=self.page.title)
        page = replace(page, head=(*self.page.head, *page.head))
        scope = context_of("a page").request.scope
        return document(page, self.page.layout, self.page.stylesheets, scope["path"], prefix=prefix_of(scope))

    async def _load(self, exchange: Exchange) -> Response:
        """The first load."""
        view = await self._opened(exchange)
        if isinstance(view, Response):
            return _elsewhere(exchange.request, view)
        if wants_complete(exchange.request):
            await complete(exchange, view)
        # What a boundary has caught is no success, whatever else the page shows.
        status = exchange.response.status_code or 200 if view.status == 200 else view.status
        if asks_for_page(exchange.request.scope):
            return await self._message(exchange, view, status)
        return await self._document(exchange, view, status=status)

    async def _opened(self, exchange: Exchange) -> View | Response:
        """The page, with the state of its layout from the page before where there is one."""
        layout = None
        if asks_for_page(exchange.request.scope):
            visit = visit_of(exchange.request.scope)
            layout = await exchange.layout_before() if visit is None else visit.saved
        if layout is not None:
            # Of another build, that is to say: not kept.
            with suppress(CallRefused):
                return await exchange.fresh(layout=layout)
        return await exchange.fresh()

    async def _message(self, exchange: Exchange, view: View, status: int) -> Response:
        """The page for a browser that has another one open."""
        await exchange.look_ahead(view, view.mounts)
        prefix = prefix_of(exchange.request.scope)
        message = message_of(view, self.site, exchange.seal(view), exchange.address, prefix)
        message |= awaits(exchange)
        visit = visit_of(exchange.request.scope)
        if visit is not None:
            visit.page = message
        packed = pack(message)
        view.weigh()
        self.site.views.put(view)
        self.site.views.sweep()
        # An answer that leads to the page holds one message only, and what is fetched ahead may never be
        # seen: their browser asks for the parts.
        is_seen = visit is None and exchange.request.headers.get("purpose") != "prefetch"
        more = follow(exchange, view) if is_seen else None
        return _response(Answer(status, packed, ((b"vary", b"accept"),), more))

    async def _document(
        self,
        exchange: Exchange,
        view: View,
        *,
        status: int = 200,
        notice: str = "",
        alert: bool = False,
        typed: Typed | None = None,
    ) -> Response:
        await view.fill(exchange.resolver)
        if exchange.request.method != "GET":
            await complete(exchange, view)
        await exchange.look_ahead(view, view.mounts)
        sealed = exchange.seal(view)
        query = exchange.query.decode("latin-1")
        with nonce_of(self.site.policy) as nonce:
            html = served(
                view,
                self.site,
                sealed,
                query=query,
                called=exchange.called,
                notice=notice,
                alert=alert,
                typed=typed,
                prefix=prefix_of(exchange.request.scope),
                more=awaits(exchange),
                start=refresh_element(exchange) if exchange.parts.are_awaited else "",
            )
        self.site.views.put(view)
        self.site.views.sweep()
        self.site.rates.know(exchange.visitor)
        headers = page_headers(self.site.policy, nonce)
        headers["vary"] = "accept"
        more = follow(exchange, view)
        if more is not None:
            return DocumentResponse(html, more, status, headers)
        return HTMLResponse(html.encode("utf-8", "replace"), status, headers)

    async def _submit(
        self, exchange: Exchange, request: Request, form: Sequence[tuple[str, Entry]]
    ) -> Response:
        """A form that the browser has posted by itself: the action is run, the whole page comes back."""
        entries, sealed, address, mark, reference = self._called(request, form)
        try:
            view = await exchange.fresh(sealed)
        except CallRefused as refused:
            if refused.code != STALE:
                raise
            return await self._afresh(exchange, refused)
        if isinstance(view, Response):
            return view
        found = exchange.find(view, address, mark, reference)
        if found is None:
            return await self._document(exchange, view, status=409, notice=HAS_CHANGED, alert=True)
        try:
            ran = await exchange.run(
                view, lambda: found, Payload(entries=entries), lambda _, ran: itself(ran)
            )
        except Gone as gone:
            exchange.keep_cookies(gone.response)
            return RedirectResponse(gone.response.headers["location"], 303)
        except Exception as error:
            if is_redirect(error) or (self.site.debug and not is_expected(error)):
                raise
            why = told(error, f"{self.page.path}: the action {found.bound!r}", and_so=NOTHING_CHANGED)
            again = await exchange.fresh(sealed)
            if isinstance(again, Response):
                return again
            return await self._document(exchange, again, status=why.status, notice=why.message, alert=True)
        if ran.caught is not None:
            return await self._document(exchange, view, status=ran.caught.status)
        if isinstance(ran.result, RedirectResponse):
            exchange.keep_cookies(ran.result)
            return RedirectResponse(ran.result.headers["location"], 303)
        if ran.invalid is None:
            return await self._document(exchange, view)
        # Where the page itself does not show what is wrong, a notice does.
        notice = ran.invalid.message if ran.change is UNCHANGED else ""
        typed = Typed(address, [(name, value) for name, value in entries if isinstance(value, str)])
        return await self._document(exchange, view, status=422, notice=notice, alert=True, typed=typed)

    async def _submit_with_files(self, exchange: Exchange, request: Request, upload: Upload) -> Response:
        try:
            form = await upload.form(exchange.check_state)
        except CallRefused as refused:
            if refused.code != STALE:
                raise
            return await self._afresh(exchange, refused)
        return await self._submit(exchange, request, form)

    async def _afresh(self, exchange: Exchange, refused: CallRefused) -> Response:
        view = await exchange.fresh()
        if isinstance(view, Response):
            return view
        return await self._document(exchange, view, status=refused.status, notice=refused.message, alert=True)

    async def _form(self, request: Request) -> list[tuple[str, str]]:
        """The entries of a form without files."""
        limits = self.site.limits
        body = await self._body(request, head_of(request.scope))
        try:
            form = await _parse(request, body, limits.fields)
        except (MultiPartException, HTTPException):
            message = f"This form cannot be read, or has more than {limits.fields} entries (Limits.fields)."
            raise CallRefused(400, MALFORMED, message) from None
        return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]

    def _called(
        self, request: Request, form: Sequence[tuple[str, Entry]]
    ) -> tuple[list[tuple[str, Entry]], bytes, list[Any], int | bytes | None, bytes | None]:
        """The entries of a posted form that are its own, and what the framework has put into it."""
        limits = self.site.limits
        if len(form) > limits.fields:
            raise CallRefused(413, LARGE, f"A form has at most {limits.fields} entries (Limits.fields).")
        # A browser sends line breaks as CRLF; its script, and so the other way of calling, as LF.
        entries: list[tuple[str, Entry]] = [
            (name, value.replace("\r\n", "\n") if isinstance(value, str) else value) for name, value in form
        ]
        ours = {
            name: value
            for name, value in entries
            if name in (STATE_FIELD, CALL_FIELD) and isinstance(value, str)
        }
        # A button that has a name of its own brings its call in the address.
        ours.update((CALL_FIELD, value) for value in request.query_params.getlist(CALL_FIELD))
        try:
            sealed = from_text(ours[STATE_FIELD])
            most = limits.captured + 4096
            call = unpack(from_text(ours[CALL_FIELD], limit=most), limit=most)
        except (KeyError, Malformed):
            raise CallRefused(400, MALFORMED, f"A form needs {STATE_FIELD} and {CALL_FIELD}.") from None
        match call:
            case [list() as address, (int() | bytes()) as mark, *more] if _is_address(address):
                reference = more[0] if more and isinstance(more[0], bytes) else None
                own = [entry for entry in entries if not entry[0].startswith("$")]
                return own, sealed, address, mark, reference
            case _:
                raise CallRefused(400, MALFORMED, f"{CALL_FIELD} has a wrong form.")

    async def _body(self, request: Request, head: Head) -> bytes:
        """The body, within its limits of size and time."""
        limits = self.site.limits
        length = head.get(b"content-length") or "0"
        if length.isdecimal() and int(length[:20]) > limits.body:
            raise self._too_large
        parts = bytearray()
        try:
            with Limit(self.site.deadlines, limits.body_time):
                async for part in request.stream():
                    parts += part
                    if len(parts) > limits.body:
                        raise self._too_large
        except TimeoutError:
            message = f"The body took longer than {limits.body_time} s (Limits.body_time)."
            raise CallRefused(408, LARGE, message) from None
        except ClientDisconnect:
            raise CallRefused(400, MALFORMED, "The body ended too early.") from None
        return bytes(parts)

    @property
    def _too_large(self) -> CallRefused:
        limit = self.site.limits.body
        return CallRefused(413, LARGE, f"The body is longer than {limit} bytes (Limits.body).")


def _is_address(steps: list[Any]) -> bool:
    return all(type(step) in (int, str) for step in steps)


async def _parse(request: Request, body: bytes, fields: int) -> FormData:
    """A form from a body that was read already."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return await Request(request.scope, receive).form(max_fields=fields, max_part_size=len(body) + 1)


def _cookies(context: Context) -> list[tuple[bytes, bytes]]:
    """What somebody takes along who is led elsewhere."""
    return [header for header in context.response.raw_headers if header[0] == b"set-cookie"]


def _elsewhere(request: Request, response: Response) -> Response:
    """A response of a page's own, for who asks: a script does not see where a redirect leads."""
    location = response.headers.get("location")
    is_asked = asks_for_page(request.scope)
    if location is None or not (is_asked or _is_call(head_of(request.scope))):
        return response
    visit = visit_of(request.scope)
    if visit is not None:
        visit.location = location
    cookies = tuple(header for header in response.raw_headers if header[0] == b"set-cookie")
    vary = ((b"vary", b"accept"),) if is_asked else ()
    is_replaced = {"y": [True]} if isinstance(response, Redirect) and response.replace else {}
    return _response(Answer(200, pack({"l": location, **is_replaced}), (*cookies, *vary)))


class _Message(Response):
    """A response that is one of our messages."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.background = None
        self.body = answer.body
        self.raw_headers = [*_OURS, (b"content-length", b"%d" % len(answer.body))]


def _response(answer: Answer) -> Response:
    response: Response = (
        _Message(answer)
        if answer.more is None
        else FrameResponse(answer.body, *answer.more, answer.status, _PRIVATE)
    )
    if answer.headers:
        ours = {b"content-length", *(name for name, _ in response.raw_headers)}
        response.raw_headers += [header for header in answer.headers if header[0] not in ours]
    return response


def _is_call(head: Head) -> bool:
    """Whether the script in a browser makes the request; with files it is told by what it wants to hear."""
    return head.kind in (MEDIA_TYPE, PIECE_TYPE) or (
        head.kind == WITH_FILES and head.get(b"accept") == MEDIA_TYPE
    )
