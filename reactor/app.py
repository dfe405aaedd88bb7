"""`Reactor`: the framework on a FastAPI application."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Lifespan

from . import cluster, garbage
from .addresses import PAGES, Refusing, prefix_of
from .assets import Asset, Assets, VersionedFiles
from .client_files import ADDRESS, ClientFiles
from .context import Context, answering
from .documents import Layout
from .error_pages import ErrorPage, ErrorPages, wants_html
from .errors import ReactorError
from .following import to_complete_pages
from .lines import Lines
from .origin import Origins
from .pages import NotDone, PageDefinition, add_page, answer_not_done
from .policy import STRICT_POLICY
from .protocol import COMPLETE
from .proxies import Proxies
from .routes import OwnRoute, PageRoute
from .seal import Keyring
from .secret import find
from .site import Limits, Site
from .storages import Storage

F = TypeVar("F", bound=Callable[..., Any])

_STATIC: Final = Path(__file__).parent / "static"
_SAME: Any = object()


class Reactor:
    """Reactive pages on a FastAPI application.

    Arguments:
        app: the application; its other routes go on beside the pages.
        secret: what state is sealed with, at least 32 characters; several: the first seals, all open.
            Without it, the environment's `REACTOR_SECRET`, and without that, a secret for development.
        layout: a function that puts the content of each page into what pages share.
        stylesheets: addresses of stylesheets for all pages.
        policy: the Content-Security-Policy of pages; empty: none is sent. `{nonce}` in it becomes a fresh one
            for each response, see `nonce`.
        limits: what is accepted and kept.
        allowed_origins: other origins whose pages may call actions: `https://partner.example`, or
            `*.partner.example` for all hosts with one label more.
        trusted_proxies: addresses or networks of the proxies in front, such as `10.0.0.0/8`; what others say
            in `X-Forwarded-…` is not believed. `*`: whoever connects is one.
        storage: where files are kept while they come in pieces; default: a folder for temporary files, which
            the workers of one machine share.
        debug: whether errors in the page tell about the application's code; default: `app.debug`.
        live: whether pages are told unasked of what was said on topics that they listen to, and of data that
            they have read and that has changed. Only pages that listen or have read such data open a line.
        redis_url: where the Redis is that the application's processes share, such as
            `redis://localhost:6379/0`; default: the environment's `REDIS_URL`; empty: none.

    >>> from fastapi import FastAPI
    >>> from reactor import Reactor, html as h
    >>> from reactor.secret import fresh
    >>> app = FastAPI()
    >>> ui = Reactor(app, secret=fresh())
    >>> @ui.page("/hello/{name}", title="Hello")
    ... async def hello(name: str):
    ...     return h.h1["Hello ", name]
    """

    def __init__(
        self,
        app: FastAPI,
        *,
        secret: str | Sequence[str] | None = None,
        layout: Layout | None = None,
        stylesheets: Sequence[str] = (),
        policy: str = STRICT_POLICY,
        limits: Limits | None = None,
        allowed_origins: Collection[str] = (),
        trusted_proxies: Collection[str] = (),
        storage: Storage | None = None,
        debug: bool | None = None,
        live: bool = True,
        redis_url: str | None = None,
    ) -> None:
        if any(isinstance(route, Refusing) for route in app.router.routes):
            raise ReactorError(
                "Reactor(app): this application has one already; one declares all of its pages"
            )
        self.app = app
        self._layout = layout
        self._stylesheets = tuple(stylesheets)
        files = ClientFiles(_STATIC, debug=app.debug if debug is None else debug)
        limits = limits or Limits()
        self.site = Site(
            keyring=Keyring(find(secret, directory=_directory_of_caller()), max_token=limits.state),
            limits=limits,
            policy=policy,
            client=files.address("client.js"),
            origins=Origins(allowed_origins),
            proxies=Proxies(trusted_proxies),
            debug=app.debug if debug is None else debug,
            live=live,
            storing=storage,
            redis_url=os.environ.get(cluster.URL, "").strip() if redis_url is None else redis_url,
            redis_prefix=os.environ.get(cluster.PREFIX, "").strip(),
        )
        app.router.lifespan_context = _running(self.site, app.router.lifespan_context)
        app.add_exception_handler(NotDone, answer_not_done)
        self._route(ADDRESS, files.serve)
        sheets = (Asset(files.address(name)) for name in ("errors.css", "overlay.css"))
        self._errors = ErrorPages(self.site, self._stylesheets, *sheets)
        self._answer: Any = app.exception_handlers.get(HTTPException, http_exception_handler)
        app.add_exception_handler(HTTPException, self._answer_http_exception)
        self._route(f"{PAGES}{{version}}.json", self._serve_addresses)
        self.lines = Lines(app, self.site)
        app.router.add_api_route(
            COMPLETE,
            to_complete_pages,
            methods=["GET"],
            include_in_schema=False,
            response_model=None,
            route_class_override=OwnRoute,
        )
        app.router.routes.insert(0, Refusing(app.router.routes, PageRoute))

    def _route(self, address: str, serve: Callable[..., Any]) -> None:
        self.app.router.add_api_route(
            address,
            serve,
            methods=["GET", "HEAD"],
            include_in_schema=False,
            response_model=None,
            route_class_override=OwnRoute,
        )

    async def _serve_addresses(self, request: Request) -> Response:
        addresses = self.site.addresses
        # What was asked for may be the list of another deploy.
        is_same = request.scope["path"].endswith(addresses.address)
        keep = "public, max-age=31536000, immutable" if is_same else "no-store"
        headers = {"cache-control": keep, "x-content-type-options": "nosniff"}
        return Response(addresses.file(prefix_of(request.scope)), 200, headers, media_type="application/json")

    async def _answer_http_exception(self, request: Request, error: Exception) -> Response:
        """An error page where a browser goes to an address that is nobody's; else as without us."""
        endpoint = request.scope.get("endpoint")
        # Where this application is part of another one, it is itself the endpoint so far.
        is_nobodys = endpoint is None or endpoint is self.app or isinstance(endpoint, StaticFiles)
        # Of a WebSocket there is no method.
        if is_nobodys and request.scope.get("method") in ("GET", "HEAD") and wants_html(request):
            with answering(Context(request, debug=self.site.debug)):
                return await self._errors.answer(request, error, request.url.path)
        answer = self._answer(request, error)
        made: Response = await answer if inspect.isawaitable(answer) else answer
        return made

    def page(
        self,
        path: str,
        *,
        title: str | None = None,
        layout: Layout | None = _SAME,
        stylesheets: Sequence[str] = (),
        head: Sequence[Any] = (),
        dependencies: Sequence[Any] = (),
        max_duration: float | None = None,
        prefetch: bool = True,
        live: bool = True,
    ) -> Callable[[F], F]:
        """Declares a page: a function that returns its content.

        Arguments:
            path: its path, with FastAPI's parameters: `/rooms/{room}`.
            title: its title; the function may return `Page(…, title=…)` instead.
            layout: another layout than the application's; `None` for none.
            stylesheets: further stylesheets, for this page.
            head: further elements of its head.
            dependencies: FastAPI dependencies that guard the page and each call on it.
            max_duration: seconds that a call on the page may take, unless its action says otherwise.
            prefetch: whether a browser may ask for the page when the visitor turns to a link to it, before a
                click. `False` for a page that costs much, or that notes its visits.
            live: `False`: the page is not told unasked of what has changed.

        Returns:
            A decorator; the function stays what it is. Its parameters are FastAPI's: path and query
            parameters, headers, cookies, `Depends`, `Request`. It returns a child, a `Page`, or a response.
        """

        def declare(function: F) -> F:
            definition = PageDefinition(
                path=path,
                function=function,
                layout=self._layout if layout is _SAME else layout,
                title=title,
                stylesheets=(*self._stylesheets, *stylesheets),
                head=tuple(head),
                max_duration=max_duration,
                live=live,
            )
            add_page(self.app, self.site, definition, dependencies, self._errors)
            self.site.addresses.add(path, prefetch=prefetch)
            return function

        return declare

    def error(
        self, status: int | None = None, *, title: str | None = None, layout: Layout | None = _SAME
    ) -> Callable[[F], F]:
        """Declares an error page: a function that returns what is shown when a page is not there, or fails.

        Arguments:
            status: the HTTP status that it is for, such as 404 or 500; without it, all that have none.
            title: its title; the function may return `Page(…, title=…)` instead.
            layout: another layout than the application's; `None` for none.

        Returns:
            A decorator; the function stays what it is. It is given the `Failure`, and the `Request` if it has
            a parameter of that type. What it shows stands still: nothing in it can be called.

        Raises:
            ComponentError: the function takes something else.

        >>> from fastapi import FastAPI
        >>> from reactor import Failure, Reactor, html as h
        >>> from reactor.secret import fresh
        >>> ui = Reactor(FastAPI(), secret=fresh())
        >>> @ui.error(404, title="Lost")
        ... def lost(failure: Failure):
        ...     return h.h1[failure.message]
        """

        def declare(function: F) -> F:
            page = ErrorPage(function, self._layout if layout is _SAME else layout, title)
            self._errors.declare(status, page)
            return function

        return declare

    def static(self, path: str, *, directory: str | os.PathLike[str]) -> Assets:
        """Serves the files of a folder.

        Arguments:
            path: where: `/static`.
            directory: the folder.

        Returns:
            A function that gives a file's address: `assets("style.css")`.
        """
        assets = Assets(path, Path(directory))
        self.app.mount(assets.path, VersionedFiles(directory=directory))
        return assets


def _running(site: Site, lifespan: Lifespan[Any]) -> Lifespan[Any]:
    """The application's life, with what its pages share with other processes, in a process set for them."""

    @asynccontextmanager
    async def running(app: Any) -> AsyncIterator[Any]:
        async with site.running(), lifespan(app) as state:
            garbage.settle()
            yield state

    return running


def _directory_of_caller() -> Path:
    """The folder of the application's module, whichever way it was started."""
    package = str(Path(__file__).parent)
    frame = inspect.currentframe()
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(package) and not name.startswith("<"):
            return Path(name).resolve().parent
        frame = frame.f_back
    return Path(sys.argv[0] or ".").resolve().parent
