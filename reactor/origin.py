"""Where a request comes from: who the visitor is, and whether the page that sent it is ours."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from .errors import CallRefused
from .protocol import ORIGIN
from .seal import is_visitor, new_visitor

_SECURE_COOKIE: Final = "__Host-reactor"
_COOKIE: Final = "reactor"
VISITOR_COOKIES: Final = (_SECURE_COOKIE, _COOKIE)
_YEAR: Final = 365 * 24 * 3600


def check_origin(connection: HTTPConnection, allowed: Collection[str] = ()) -> None:
    """Refuses a request that another site's page has sent.

    Arguments:
        connection: a request that may change something, or a WebSocket's handshake.
        allowed: other origins that may send such requests, as `https://host`.

    Raises:
        CallRefused: 403.
    """
    headers = connection.headers
    origin = headers.get("origin")
    if origin is not None and origin in allowed:
        return
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
    elif origin is not None:
        if _same_host(origin, headers.get("host", "")):
            return
    elif "referer" in headers:
        if _same_host(headers["referer"], headers.get("host", "")):
            return
    elif not connection.cookies:
        # No browser: every browser that has cookies to send says where a POST comes from.
        return
    raise CallRefused(403, ORIGIN, "This request came from another site.")


def _same_host(url: str, host: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return (
        bool(host)
        and parts.scheme in ("http", "https")
        and "@" not in parts.netloc
        and parts.netloc == host.lower()
    )


def visitor_of(connection: HTTPConnection) -> str | None:
    """The id of the visitor, if the request carries one."""
    for name in VISITOR_COOKIES:
        value = connection.cookies.get(name)
        if value is not None and is_visitor(value):
            return value
    return None


def new_visitor_of(connection: HTTPConnection, response: Response) -> str:
    """A new id for a visitor, set as a cookie that scripts cannot read."""
    visitor = new_visitor()
    secure = connection.scope.get("scheme") in ("https", "wss")
    response.set_cookie(
        _SECURE_COOKIE if secure else _COOKIE,
        visitor,
        max_age=_YEAR,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    return visitor
