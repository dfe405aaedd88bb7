"""Heads: the headers of a request by name, read once however many ask."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final

from starlette.requests import cookie_parser

_KEY: Final = "reactor.head"


class Head:
    """The headers of a request by name.

    Arguments:
        headers: as ASGI gives them.

    >>> head = Head([(b"content-type", b"text/plain; charset=utf-8"), (b"via", b"a"), (b"via", b"b")])
    >>> head.kind, head.get(b"via"), head.get(b"origin")
    ('text/plain', 'a,b', None)
    """

    __slots__ = ("_cookies", "_values", "headers", "kind")

    def __init__(self, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self.headers = headers
        self._cookies: dict[str, str] | None = None
        self._values = values = dict(headers)
        if len(values) != len(headers):
            # Of several nobody knows which counts, so they stand for what none of them says.
            for name in values:
                several = [value for each, value in headers if each == name]
                values[name] = (b"; " if name == b"cookie" else b",").join(several)
        kind = values.get(b"content-type", b"").decode("latin-1")
        self.kind = kind.partition(";")[0].strip().lower()
        """The media type of the body; empty: it is not told."""

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies by name, as `Request.cookies` has them, which would copy all headers."""
        if self._cookies is None:
            self._cookies = cookie_parser(self.get(b"cookie") or "")
        return self._cookies

    def __contains__(self, name: bytes) -> bool:
        return name in self._values

    def get(self, name: bytes) -> str | None:
        """The value of a header, of one that is there several times all of them; `None`: it is not there.

        Arguments:
            name: in small letters.
        """
        value = self._values.get(name)
        return None if value is None else value.decode("latin-1")


def head_of(scope: MutableMapping[str, Any]) -> Head:
    """The headers of a request, by its scope."""
    head = scope.get(_KEY)
    if isinstance(head, Head) and head.headers is scope["headers"]:
        return head
    head = scope[_KEY] = Head(scope["headers"])
    return head
