"""Which addresses of an application are pages: what a browser may open without loading it whole."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.convertors import Convertor
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Match, NoMatchFound, compile_path
from starlette.types import Receive, Scope, Send

from .protocol import MEDIA_TYPE

PAGES: Final = "/_reactor/pages-"
"""What the address of the list begins with."""


def prefix_of(scope: Mapping[str, Any]) -> str:
    """What stands in front of all addresses of an application: where a proxy or another one has put it.

    Arguments:
        scope: of a request to it.

    Returns:
        The beginning of an address, empty at the top. Part of it may come from the address that was asked
        for (`mount("/{tenant}", …)`); it never leads to another host.

    >>> prefix_of({"root_path": "/my shop"}) + "/basket"
    '/my%20shop/basket'
    >>> prefix_of({"root_path": "//other.example"})
    '/other.example'
    """
    root = scope.get("root_path", "").strip("/")
    return f"/{quote(root)}" if root else ""


def is_mounted(scope: Mapping[str, Any]) -> bool:
    """Whether the application is part of another one, whose addresses it does not know."""
    return "app_root_path" in scope


class Addresses:
    """The pages of an application, by the patterns of their addresses."""

    def __init__(self) -> None:
        self._patterns: list[tuple[str, bool]] = []
        self._digest = ""

    def add(self, path: str, *, prefetch: bool) -> None:
        """Adds a page.

        Arguments:
            path: its path, with parameters.
            prefetch: whether a browser may ask for it before the visitor does.
        """
        self._patterns.append((_pattern(path), prefetch))
        self._digest = ""

    def file(self, prefix: str = "") -> bytes:
        """The list as browsers get it: JSON, `[[pattern, …], [pattern that is not to be prefetched, …]]`.

        Arguments:
            prefix: what stands in front of their addresses.
        """
        before = _literally(unquote(prefix))
        all_of_them = [before + pattern for pattern, _ in self._patterns]
        unasked = [before + pattern for pattern, prefetch in self._patterns if not prefetch]
        return json.dumps([all_of_them, unasked], separators=(",", ":")).encode()

    @property
    def address(self) -> str:
        """The address of the list, within the application; another one when it changes."""
        self._digest = self._digest or hashlib.sha256(self.file()).hexdigest()[:12]
        return f"{PAGES}{self._digest}.json"


def _pattern(path: str) -> str:
    """The regular expression of a path, as JavaScript reads it.

    >>> _pattern("/rooms/{room}/{number:int}")
    '/rooms/[^/]+/[0-9]+'
    """
    _, form, convertors = compile_path(path)
    parts = re.split(r"\{(\w+)\}", form)
    return "".join(
        _in_javascript(convertors[part]) if at % 2 else _literally(part) for at, part in enumerate(parts)
    )


def _literally(text: str) -> str:
    return re.sub(r"[^\w/-]", _escaped, text)


def _in_javascript(convertor: Convertor[Any]) -> str:
    return f"(?:{convertor.regex})" if "|" in convertor.regex else convertor.regex


def _escaped(character: re.Match[str]) -> str:
    code = character[0]
    return f"\\{code}" if code.isascii() else code


class Refusing(BaseRoute):
    """Stands before all other routes, and answers requests for a page where there is none.

    The pattern of a page may fit an address that another route takes, one that does something, say. A browser
    that asks there for a page gets this answer (406), and nothing is run; it then goes there as to any link.

    Arguments:
        routes: those of the application.
        kind: the class of the routes of pages.
    """

    def __init__(self, routes: Sequence[BaseRoute], kind: type[BaseRoute]) -> None:
        self._routes = routes
        self._kind = kind

    def is_page(self, scope: Scope) -> bool:
        """Whether a page answers this request."""
        for route in self._routes:
            if route is not self and route.matches(scope)[0] is Match.FULL:
                return isinstance(route, self._kind)
        return False

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Fits only requests for a page, where there is none."""
        asks = (
            scope["type"] == "http" and scope["method"] == "GET" and (b"accept", _ASKED) in scope["headers"]
        )
        return (Match.FULL if asks and not self.is_page(scope) else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers."""
        headers = {"cache-control": "no-store", "vary": "accept"}
        await PlainTextResponse("There is no page at this address.", 406, headers)(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        """It has no address of its own."""
        raise NoMatchFound(name, path_params)


def is_page(app: Starlette, scope: Scope) -> bool:
    """Whether a page of an application answers this request."""
    return any(route.is_page(scope) for route in app.router.routes if isinstance(route, Refusing))


_ASKED: Final = MEDIA_TYPE.encode()


def asks_for_page(scope: MutableMapping[str, Any]) -> bool:
    """Whether a request wants a page in the form for a browser that has another one open."""
    return scope["method"] == "GET" and (b"accept", _ASKED) in scope["headers"]
