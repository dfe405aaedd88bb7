"""Where a request comes from: who the visitor is, and whether the page that sent it is ours."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from .errors import CallRefused, ReactorError
from .heads import head_of
from .protocol import ORIGIN
from .proxies import Sender
from .seal import is_visitor, new_visitor

log = logging.getLogger("reactor")

_SECURE_COOKIE: Final = "__Host-reactor"
_COOKIE: Final = "reactor"
VISITOR_COOKIES: Final = (_SECURE_COOKIE, _COOKIE)
_YEAR: Final = 365 * 24 * 3600

_LONGEST: Final = 300
"""Characters that an origin may have; the name of a host has at most 253."""
_ORIGIN: Final = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
_ENTRY: Final = re.compile(r"(?:(https?)://)?(\*\.)?([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
_PORTS: Final = {"http": 80, "https": 443}


class Origins:
    """The origins whose pages may make calls, besides that of the page itself.

    Arguments:
        allowed: `https://partner.example`, with a port if it is not the usual one; without a scheme
            `https` is meant. `*.partner.example` stands for the hosts with one label more.

    Raises:
        ReactorError: one of them is no origin; the message says what is wrong with it.

    >>> Origins(["https://a.example/"])
    Traceback (most recent call last):
    ...
    reactor.errors.ReactorError: allowed_origins: 'https://a.example/' has more than an origin; write https://a.example
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        if isinstance(allowed, str):
            raise ReactorError(f"allowed_origins is a list: allowed_origins=[{allowed!r}]")
        self._exact: set[tuple[str, str, int]] = set()
        self._below: set[tuple[str, str, int]] = set()
        for entry in allowed:
            is_wild, origin = _entry(entry)
            (self._below if is_wild else self._exact).add(origin)

    def check(self, connection: HTTPConnection, sender: Sender) -> None:
        """Refuses a request that another site's page has sent. The same for every address of ours.

        Arguments:
            connection: a request that may change something, or a WebSocket's handshake.
            sender: where it comes from.

        Raises:
            CallRefused: 403.
        """
        head = head_of(connection.scope)
        # Of several values nobody knows which counts, and then none is right.
        origin, site, referer = head.get(b"origin"), head.get(b"sec-fetch-site"), head.get(b"referer")
        if origin is not None and (self._exact or self._below) and self._allows(_parsed(origin)):
            return
        if site is not None:
            # The browser itself says it, and no page can make it say something else.
            if site in ("same-origin", "none"):
                return
        elif origin is not None:
            if _is_own(_parsed(origin), sender):
                return
        elif referer is not None:
            if _is_own(_parsed(_origin_of(referer)), sender):
                return
        elif b"cookie" not in head:
            # No browser: every browser that has cookies to send says where a POST comes from.
            return
        told = origin if origin is not None else referer or ""
        log.warning(
            "%s: refused a request of the origin %s (Sec-Fetch-Site: %s) to %s://%s. If its pages may call, "
            "name it in Reactor(allowed_origins=[...]); behind a proxy, name that in trusted_proxies",
            *(_shown(text) for text in (connection.scope["path"], told or "none", site or "none")),
            sender.scheme,
            _shown(sender.host),
        )
        raise CallRefused(403, ORIGIN, "This request came from another site.")

    def _allows(self, origin: tuple[str, str, int] | None) -> bool:
        if origin is None:
            return False
        scheme, host, port = origin
        label, _, base = host.partition(".")
        return origin in self._exact or (bool(label) and (scheme, base, port) in self._below)


def _parsed(text: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an origin as a browser writes it; `None`: it is none, such as `null`."""
    found = _ORIGIN.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    scheme, host, port = found.groups()
    return scheme, host, int(port) if port else _PORTS[scheme]


def _is_own(origin: tuple[str, str, int] | None, sender: Sender) -> bool:
    return origin is not None and origin == _parsed(f"{sender.scheme}://{sender.host[:_LONGEST].lower()}")


def _origin_of(url: str) -> str:
    scheme, mark, rest = url[: 4 * _LONGEST].partition("://")
    return scheme + mark + re.split("[/?#]", rest, maxsplit=1)[0]


def _entry(entry: object) -> tuple[bool, tuple[str, str, int]]:
    """Whether an entry is a wildcard, and the origin that it names."""
    if not isinstance(entry, str):
        raise ReactorError(f"allowed_origins: {entry!r} is no text; write https://partner.example")
    text = entry.lower()
    found = _ENTRY.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or text == "null":
        raise ReactorError(f"allowed_origins: {entry!r} {_fault(text)}")
    scheme, wild, host, port = found.groups()
    if port and scheme is None:
        raise ReactorError(f"allowed_origins: {entry!r} has a port and no scheme; write https://{entry}")
    if wild and "." not in host and host != "localhost":
        raise ReactorError(
            f"allowed_origins: {entry!r} would let in every site of a whole domain of the internet"
        )
    scheme = scheme or "https"
    return bool(wild), (scheme, host, int(port) if port else _PORTS[scheme])


def _fault(text: str) -> str:
    found = _ENTRY.match(text)
    if text in ("null", "*"):
        return "would let in every site; name the origins"
    if not text.isascii():
        return "has letters that browsers write otherwise; write the host as they do (xn--…)"
    if found is not None and text[found.end() :].startswith(("/", "?", "#")):
        return f"has more than an origin; write {found.group()}"
    if "*" in text:
        return "has a * that is not the first label of a host; write *.partner.example"
    return "is no origin; write https://partner.example, or *.partner.example"


def _shown(text: str) -> str:
    """Text of a stranger for the log: one line, short, and nothing in it that a terminal would obey."""
    return ascii(text[:200])


def visitor_of(connection: HTTPConnection, *, secure: bool = False) -> str | None:
    """The id of the visitor, if the request carries one.

    Arguments:
        connection: the request.
        secure: whether it came by https: then only a cookie counts that no other host can have set.
    """
    cookies = head_of(connection.scope).cookies
    for name in VISITOR_COOKIES[:1] if secure else VISITOR_COOKIES:
        value = cookies.get(name)
        if value is not None and is_visitor(value):
            return value
    return None


def new_visitor_of(response: Response, *, secure: bool) -> str:
    """A new id for a visitor, set as a cookie that scripts cannot read.

    Arguments:
        response: takes the cookie.
        secure: whether the request came by https.
    """
    visitor = new_visitor()
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
