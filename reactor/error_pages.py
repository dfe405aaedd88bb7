"""Error pages: what a visitor gets in place of a page that is not there, or that failed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from fastapi import BackgroundTasks, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse

from . import html as h
from .addresses import prefix_of
from .assets import Asset
from .blocks import Block, is_live
from .context import Context, answering
from .dependencies import STACKS, Resolver, signature_of
from .documents import Layout, Page, document, resting
from .errors import CallRefused, ComponentError
from .failures import Failure, failure_of, is_expected, told
from .overlays import overlay
from .policy import nonce_of, page_headers
from .site import Site
from .views import View

_TITLES: Final = {
    401: "Please sign in",
    403: "No entry",
    404: "Not found",
    409: "This has changed",
    413: "Too large",
    429: "Too often",
    500: "Something went wrong",
    503: "Not available",
}


@dataclass(frozen=True)
class ErrorPage:
    """An error page as it was declared.

    Arguments:
        function: gives its content.
        layout: what its content is put into.
        title: its title, unless the function gives one.
    """

    function: Callable[..., Any]
    layout: Layout | None
    title: str | None

    def __post_init__(self) -> None:
        if len(self._names) > 1:
            raise ComponentError(
                f"{self.function.__qualname__} takes {', '.join(self._names)}; an error page takes the "
                "failure, and the request if it wants to"
            )

    @property
    def _names(self) -> list[str]:
        """The parameters that are not the request."""
        parameters = signature_of(self.function).parameters.values()
        return [each.name for each in parameters if each.annotation is not Request]

    async def content(self, failure: Failure, request: Request) -> Page:
        """What it shows."""
        given: dict[str, Any] = {}
        for name in signature_of(self.function).parameters:
            given[name] = failure if name in self._names else request
        if inspect.iscoroutinefunction(self.function):
            content = await self.function(**given)
        else:
            content = await run_in_threadpool(self.function, **given)
        page = content if isinstance(content, Page) else Page(content)
        title = page.title or self.title or title_of(failure.status)
        return Page(page.content, title, page.lang, page.head)


class ErrorPages:
    """The error pages of an application, and ours where it has none.

    Arguments:
        site: the application's settings.
        stylesheets: addresses, for the application's error pages.
        own: the address of the stylesheet of ours.
        overlay: the address of the stylesheet for what developers see.
    """

    def __init__(self, site: Site, stylesheets: Sequence[str], own: Asset, overlay: Asset) -> None:
        self._site = site
        self._stylesheets = stylesheets
        self._own = own
        self._overlay = overlay
        self._pages: dict[int | None, ErrorPage] = {}

    def declare(self, status: int | None, page: ErrorPage) -> None:
        """Adds one.

        Arguments:
            status: the HTTP status that it is for; `None`: all that have none of their own.
            page: the error page.
        """
        self._pages[status] = page

    async def answer(self, request: Request, error: Exception, where: str) -> Response:
        """The response to a request that has failed.

        Arguments:
            request: the request.
            error: why.
            where: what was being done, for the log.
        """
        refused = told(error, where)
        headers = dict(getattr(error, "headers", None) or {}) if isinstance(error, HTTPException) else {}
        if not wants_html(request):
            ours = page_headers("default-src 'none'; frame-ancestors 'none'")
            plain = PlainTextResponse(plain_text(refused), refused.status, {**ours, **headers})
            plain.raw_headers += refused.headers
            return plain
        with nonce_of(self._site.policy) as nonce:
            answer = await self._document(request, error, refused, headers, nonce)
        answer.raw_headers += refused.headers
        return answer

    async def _document(
        self, request: Request, error: Exception, refused: CallRefused, headers: dict[str, str], nonce: str
    ) -> Response:
        if self._site.debug and not is_expected(error):
            html = overlay(error, request, refused, prefix_of(request.scope) + self._overlay)
            return self._html(html, refused.status, headers, nonce)
        failure = failure_of(refused)
        declared = self._pages.get(failure.status) or self._pages.get(None)
        # What failed may be the layout itself.
        for layout in (declared.layout, None) if declared is not None else ():
            try:
                made = await self._made(declared, layout, failure, request)  # type: ignore[arg-type]
                return self._html(made, failure.status, headers, nonce)
            except Exception as problem:
                told(problem, f"the error page {declared and declared.function.__qualname__}")
        prefix = prefix_of(request.scope)
        last = resting(document(ours(failure, prefix), None, [self._own], prefix=prefix), self._site)
        return self._html(last, failure.status, headers, nonce)

    async def _made(
        self, declared: ErrorPage, layout: Layout | None, failure: Failure, request: Request
    ) -> str:
        page = await declared.content(failure, request)
        root = document(page, layout, self._stylesheets, prefix=prefix_of(request.scope))
        if is_live(root):
            root = await self._rendered(root, request)
        return resting(root, self._site)

    async def _rendered(self, root: Block, request: Request) -> Block:
        """The document with what its components show. They are not kept: nobody can call them."""
        # Outside of a route there is none.
        before = {name: request.scope[name] for name in STACKS if name in request.scope}
        context = Context(request, debug=self._site.debug)
        async with AsyncExitStack() as stack:
            request.scope.update(dict.fromkeys(STACKS, stack))
            try:
                with answering(context):
                    view = View("", "")
                    await view.open(root, Resolver(request, Response(), BackgroundTasks(), context))
            finally:
                for name in STACKS:
                    del request.scope[name]
                request.scope.update(before)
        if not isinstance(view.root.content, Block):
            raise TypeError("a view shows a document")
        return view.root.content

    def _html(self, html: str, status: int, headers: Mapping[str, str], nonce: str) -> Response:
        given = {**page_headers(self._site.policy, nonce), **headers}
        return HTMLResponse(html.encode("utf-8", "replace"), status, given)


def wants_html(request: Request) -> bool:
    """Whether a browser asks for a document; scripts and tools that say nothing of it get plain answers."""
    return "text/html" in request.headers.get("accept", "")


def stays_with_fastapi(request: Request, error: Exception) -> bool:
    """Whether FastAPI's own answer (JSON) serves better: for scripts, where the application has raised it."""
    return isinstance(error, (HTTPException, RequestValidationError)) and not wants_html(request)


def plain_text(refused: CallRefused) -> str:
    """An error in one line."""
    return (
        f"{refused.message} The reference is {refused.reference}." if refused.reference else refused.message
    )


def title_of(status: int) -> str:
    """A title for an error page.

    >>> title_of(404), title_of(410)
    ('Not found', 'Gone')
    """
    if status in _TITLES:
        return _TITLES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return _TITLES[500]


def ours(failure: Failure, prefix: str = "") -> Page:
    """The page where the application has none.

    Arguments:
        failure: what it tells of.
        prefix: what stands in front of the application's addresses.
    """
    title = title_of(failure.status)
    return Page(
        h.body[
            h.main[
                h.p(class_="status", aria_hidden="true")[failure.status],
                h.h1[title],
                # One that only says the same again is left out.
                failure.message.rstrip(".") != title and h.p[failure.message],
                failure.status >= 500 and h.p["It was not your fault. Please try again in a moment."],
                failure.reference
                and h.p(class_="reference")[
                    "If you write to us about it, name ", h.code[failure.reference], "."
                ],
                h.p(class_="ways")[h.a(href=f"{prefix}/")["Back to the start"]],
            ]
        ],
        title=title,
        head=[h.meta(name="robots", content="noindex")],
        status=failure.status,
    )
