"""A visitor in a test: a browser without a window."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx

from ..failures import RAISED
from ..protocol import MEDIA_TYPE, MESSAGE_PART
from .files import File, multipart
from .pages import TestPage


class TestClient:
    """A visitor with cookies of their own, who opens pages and acts on them.

    What goes over the wire is what goes over it in a browser; only the browser is missing. The application
    runs in this process and its lifespan with it; or, with `base_url` alone, it is a server's.

    Arguments:
        app: the application.
        base_url: where it is; without `app`, the address of a running server.
        headers: sent with every request.
        raise_server_errors: whether an answer of 500 or more is an exception here: that of the application
            where it is known, `ServerFailed` otherwise.

    >>> import asyncio
    >>> from fastapi import FastAPI
    >>> from reactor import Component, Reactor, action, html as h, state
    >>> from reactor.secret import fresh
    >>> from reactor.testing import TestClient
    >>> app = FastAPI()
    >>> ui = Reactor(app, secret=fresh())
    >>> class Counter(Component):
    ...     count: int = state(0)
    ...     @action
    ...     async def increment(self) -> None:
    ...         self.count += 1
    ...     def render(self):
    ...         return h.section[h.output[self.count], h.button(on_click=self.increment)["Count"]]
    >>> @ui.page("/")
    ... async def counter():
    ...     return Counter()
    >>> async def visit() -> str:
    ...     async with TestClient(app) as client:
    ...         page = await client.get("/")
    ...         await page.click("Count")
    ...         return page.get_by_role("status").text
    >>> asyncio.run(visit())
    '1'
    """

    __test__ = False

    def __init__(
        self,
        app: Any = None,
        *,
        base_url: str = "http://testserver",
        headers: Mapping[str, str] | None = None,
        raise_server_errors: bool = True,
    ) -> None:
        if app is None and base_url == "http://testserver":
            raise ValueError("TestClient(…) takes an application, or the base_url of a running server")
        self.app = app
        self.base_url = httpx.URL(base_url)
        self.raise_server_errors = raise_server_errors
        self._lifespan = _Lifespan(app) if app is not None else None
        transport = None
        if self._lifespan is not None:
            transport = httpx.ASGITransport(self._lifespan.serve, raise_app_exceptions=raise_server_errors)
        self.http = httpx.AsyncClient(
            transport=transport,
            base_url=base_url,
            headers=dict(headers or {}),
            timeout=30,
            trust_env=False,
        )
        """The client for requests of one's own, with the visitor's cookies."""

    async def __aenter__(self) -> Self:
        if self._lifespan is not None:
            await self._lifespan.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()
        if self._lifespan is not None:
            await self._lifespan.end()

    @property
    def origin(self) -> str:
        """What a browser calls the origin of the pages: `http://testserver`."""
        return str(self.base_url.copy_with(path="/")).rstrip("/")

    async def get(self, url: str, *, javascript: bool = True) -> TestPage:
        """Opens a page.

        Arguments:
            url: its path and query.
            javascript: whether the browser runs scripts.

        Returns:
            The page, whatever its status; redirects have been followed.
        """
        page = TestPage(self, javascript=javascript)
        await page.open(url)
        return page

    async def navigate(
        self,
        method: str,
        url: str,
        entries: Sequence[tuple[str, str | File]] = (),
        *,
        with_files: bool = False,
    ) -> httpx.Response:
        """Goes to an address as a browser does, following redirects.

        Arguments:
            method: `GET` or `POST`.
            url: path and query, or an address of any origin.
            entries: those of a form.
            with_files: whether a posted form is `multipart/form-data`; otherwise of its files only the names
                are sent.
        """
        headers = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
        if method != "POST":
            address = httpx.URL(url)
            if entries:
                address = address.copy_with(query=_urlencoded(entries))
            headers["sec-fetch-site"] = "none"
            return self._unless_raised(await self.http.get(address, headers=headers, follow_redirects=True))
        headers |= {"origin": self.origin, "sec-fetch-site": "same-origin"}
        if with_files:
            content, headers["content-type"] = multipart(entries)
        else:
            content, headers["content-type"] = _urlencoded(entries), "application/x-www-form-urlencoded"
        return self._unless_raised(
            await self.http.post(url, content=content, headers=headers, follow_redirects=True)
        )

    def _unless_raised(self, response: httpx.Response) -> httpx.Response:
        """The response, unless the application has raised what it tells of."""
        raised = self._lifespan.raised if self._lifespan is not None else []
        if response.status_code >= 500 and self.raise_server_errors and raised:
            raise raised[-1]
        return response

    async def post_call(
        self, url: str, body: bytes, headers: Mapping[str, str] | None = None, files: Sequence[File] = ()
    ) -> httpx.Response:
        """Posts a call as the script in a browser does.

        Arguments:
            url: the page's path and query.
            body: the call, packed.
            headers: others than a browser's.
            files: those that go with it.
        """
        kind = MEDIA_TYPE
        if files:
            parts = [(MESSAGE_PART, File("blob", body)), *((str(i), file) for i, file in enumerate(files))]
            body, kind = multipart(parts)
        given = {
            "accept": MEDIA_TYPE,
            "content-type": kind,
            "origin": self.origin,
            "sec-fetch-site": "same-origin",
            "sec-fetch-mode": "cors",
            **(headers or {}),
        }
        return await self.http.post(url, content=body, headers=given)


def _urlencoded(entries: Sequence[tuple[str, str | File]]) -> bytes:
    return urlencode([(n, v if isinstance(v, str) else v.name) for n, v in entries]).encode()


class _Lifespan:
    """Runs an application's lifespan, and serves it within.

    Arguments:
        app: the ASGI application.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self.raised: list[BaseException] = []
        """What the application has raised while it answered the last request."""
        self._state: dict[str, Any] = {}
        self._task: asyncio.Task[None] | None = None
        self._received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        self.raised = []
        extensions = {**scope.get("extensions", {}), RAISED: self.raised}
        await self._app({**scope, "state": dict(self._state), "extensions": extensions}, receive, send)

    async def begin(self) -> None:
        self._task = asyncio.create_task(self._run())
        await self._tell("startup")

    async def end(self) -> None:
        if self._task is not None and not self._task.done():
            await self._tell("shutdown")
            await self._task

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self._state}
        await self._app(scope, self._received.get, self._sent.put)

    async def _tell(self, what: str) -> None:
        if self._task is None:
            return
        await self._received.put({"type": f"lifespan.{what}"})
        reply = asyncio.create_task(self._sent.get())
        await asyncio.wait({reply, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not reply.done():
            # An application that knows no lifespan ends at once, mostly with an exception: it works without.
            reply.cancel()
            if self._task.exception() is not None and what == "shutdown":
                self._task.result()
        elif reply.result()["type"] == f"lifespan.{what}.failed":
            await asyncio.wait({self._task})
            self._task.result()  # what the application has raised, if it did
            raise RuntimeError(f"the application's {what} failed: {reply.result().get('message', '')}")
