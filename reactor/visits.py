"""Visits: where an action's redirect leads is rendered in the same process, for the same answer.

The whole application is called, with its middleware, as if the visitor had asked for that page; never over
the network. What is no page of ours is left to the browser.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from starlette.requests import Request

from .addresses import is_mounted, is_page
from .context import Reading
from .loopback import ask
from .protocol import MEDIA_TYPE
from .saved import Saved

_KEY: Final = "reactor.visit"
_MOST: Final = 5
"""Redirects one after the other."""
_KEPT: Final = frozenset(
    {"type", "asgi", "http_version", "scheme", "client", "server", "root_path", "state", "extensions"}
)
_LEFT_OUT: Final = tuple(
    name.encode()
    for name in ("content-", "if-", "transfer-encoding", "accept", "cookie", "origin", "range", "expect")
)
"""What the headers of the request begin with that are its own."""

Headers = Iterable[tuple[bytes, bytes]]


class Visit:
    """What a page takes over from the request whose action leads to it.

    Arguments:
        request: that request.
        stale: what has changed during it.
        saved: the state of the page that is left.
        seconds: the time that is left for it.
    """

    def __init__(
        self, request: Request, stale: set[Reading], saved: Saved | None = None, *, seconds: float = 30.0
    ) -> None:
        self._request = request
        self._seconds = seconds
        self.stale = stale
        self.saved = saved
        self.location: str | None = None
        """Where the page leads on to."""
        self.page: dict[str, Any] | None = None
        """The page, when it has been rendered."""

    async def to(self, address: str, cookies: Headers) -> tuple[str, dict[str, Any] | None, Headers]:
        """The page at an address.

        Arguments:
            address: where the visitor is sent.
            cookies: headers of the answer so far; the cookies in them are sent along.

        Returns:
            Where the visitor arrives after further redirects; the message of that page, `None` if the browser
            has to go there by itself; and the cookies that were set on the way.
        """
        given: list[tuple[bytes, bytes]] = []
        with suppress(TimeoutError, ValueError):  # or what is no address
            async with asyncio.timeout(self._seconds):
                for _ in range(_MOST):
                    scope = self._scope(address, [*cookies, *given])
                    reply = None if scope is None else await ask(scope)
                    is_known = self.page is not None or self.location is not None
                    if reply is None or not (reply.is_ours and is_known):
                        break
                    given += [header for header in reply.headers if header[0] == b"set-cookie"]
                    if self.page is not None:
                        return address, self.page, given
                    address, self.location = urljoin(address, self.location or ""), None
        return address, None, given

    def _scope(self, address: str, headers: Headers) -> _Scope | None:
        """What the server would give for a request of this address; `None`: it is no page of ours."""
        outer = self._request.scope
        if is_mounted(outer):
            # What guards the application around this one would not be asked.
            return None
        try:
            target = urlsplit(urljoin(outer["path"], address))
        except ValueError:
            return None
        own = (outer["scheme"], self._request.headers.get("host", ""))
        path = unquote_to_bytes(target.path)
        if (target.netloc and (target.scheme, target.netloc) != own) or not target.path.startswith("/"):
            return None
        if any(step in (b".", b"..") for step in path.split(b"/")):
            # A browser goes elsewhere with these.
            return None
        try:
            decoded = path.decode()
        except UnicodeDecodeError:
            return None
        scope = _Scope(self, outer.get("session"))
        scope.update({name: value for name, value in outer.items() if name in _KEPT})
        scope.update(
            method="GET",
            path=decoded,
            raw_path=target.path.encode("ascii", "surrogateescape"),
            query_string=target.query.encode("ascii", "surrogateescape"),
            headers=[
                *(header for header in outer["headers"] if not header[0].startswith(_LEFT_OUT)),
                (b"accept", MEDIA_TYPE.encode()),
                (b"cookie", _cookies(self._request.cookies, headers, target.path)),
            ],
            app=outer["app"],
        )
        return scope if is_page(scope["app"], scope) else None


class _Scope(dict[str, Any]):
    """The scope of a visit. Its session is that of the request that leads there, changed as it is."""

    def __init__(self, visit: Visit, session: Any) -> None:
        super().__init__({_KEY: visit})
        self._session = session

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, self._session if name == "session" and self._session is not None else value)


def visit_of(scope: MutableMapping[str, Any]) -> Visit | None:
    """The visit that a request is part of."""
    visit = scope.get(_KEY)
    return visit if isinstance(visit, Visit) else None


def _cookies(sent: Mapping[str, str], headers: Headers, path: str) -> bytes:
    """The cookies of a request, with those that an answer has set or deleted."""
    cookies = dict(sent)
    for name, value in headers:
        if name != b"set-cookie":
            continue
        pair, *attributes = value.decode("latin-1").split(";")
        cookie, _, content = pair.partition("=")
        told = {each.partition("=")[0].strip().lower(): each.partition("=")[2].strip() for each in attributes}
        below = told.get("path", "/").rstrip("/")
        if below and path != below and not path.startswith(f"{below}/"):
            continue
        if told.get("max-age", "") == "0" or "1970" in told.get("expires", ""):
            cookies.pop(cookie.strip(), None)
        else:
            cookies[cookie.strip()] = content.strip()
    return "; ".join(f"{name}={value}" for name, value in cookies.items()).encode("latin-1", "replace")
