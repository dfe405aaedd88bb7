"""Cookies: read and set anywhere, and seen at once by all that is rendered afterwards."""

from __future__ import annotations

import re
import struct
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, Final, Literal, TypeVar, overload
from urllib.parse import quote, unquote

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from .codec import Malformed, from_text, to_text
from .context import ANY_COOKIE, Context, context_of, note_reading
from .errors import DataError, user_line
from .origin import VISITOR_COOKIES, new_visitor_of, visitor_of
from .seal import Keyring, SealError

T = TypeVar("T")
D = TypeVar("D")

SameSite = Literal["lax", "strict", "none"]

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_PATH: Final = re.compile(r"/[\x21-\x3a\x3c-\x7e]*")
_DOMAIN: Final = re.compile(r"\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_OCTETS: Final = "!#$&'()*+-./:<=>?@[]^_`{|}~"
"""What a value may hold besides letters and digits (RFC 6265); `%` begins what is encoded."""
_SIZE: Final = 4096
"""Bytes of name and value: browsers take no more."""
_UNTIL: Final = struct.Struct(">d")
_LONG_AGO: Final = "Expires=Thu, 01 Jan 1970 00:00:00 GMT"


def cookies() -> Cookies:
    """The visitor's cookies: those that came with the request, and what was done to them since.

    What is set or deleted travels with the answer, and is seen at once by all that asks afterwards, also by
    FastAPI's `Cookie()`. In an action, what has read the cookie is rendered again. When an action fails, its
    cookies are as they were.

    Returns:
        A mapping of names to texts, with `set`, `delete`, and `sealed`.

    Raises:
        ReactorError: no page is being answered; or it is called in a function that is cached for all.
    """
    return Cookies(context_of("cookies()"))


class Cookies(Mapping[str, str]):
    """The visitor's cookies; `cookies()` gives them.

    Arguments:
        context: the request.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def __getitem__(self, name: str) -> str:
        note_reading((("cookie", name),))
        return unquote(self._context.request.cookies[name])

    def __iter__(self) -> Iterator[str]:
        note_reading((ANY_COOKIE,))
        return iter(self._context.request.cookies)

    def __len__(self) -> int:
        note_reading((ANY_COOKIE,))
        return len(self._context.request.cookies)

    def __repr__(self) -> str:
        return f"<Cookies {', '.join(self._context.request.cookies)}>"

    @property
    def sealed(self) -> SealedCookies:
        """Cookies that the visitor can neither read nor change."""
        return SealedCookies(self._context, self)

    def set(
        self,
        name: str,
        value: str,
        *,
        max_age: int | timedelta | None = None,
        expires: datetime | None = None,
        path: str = "/",
        domain: str | None = None,
        secure: bool | None = None,
        httponly: bool = True,
        samesite: SameSite = "lax",
    ) -> None:
        """Sets a cookie.

        Arguments:
            name: its name: letters, digits, and any of ``!#$%&'*+-.^_`|~``.
            value: any text. What a cookie cannot hold is percent-encoded, as `encodeURIComponent` does it.
            max_age: the seconds that the browser keeps it; neither this nor `expires`: until it is closed.
            expires: the moment until which it keeps it, with a time zone.
            path: the pages that get it.
            domain: the domain whose hosts get it; `None`: this host only.
            secure: whether it travels over HTTPS only; `None`: if this request did.
            httponly: whether the page's scripts cannot read it.
            samesite: whether it comes along from other sites: `lax`, only when a link is followed; `strict`:
                never; `none`: always, which needs `secure`.

        Raises:
            DataError: a browser would not take it.
        """
        text = quote(value, safe=_OCTETS, errors="replace")
        age = int(max_age.total_seconds()) if isinstance(max_age, timedelta) else max_age
        is_secure = self._is_https if secure is None else secure
        self._check(name, text, path, domain, samesite, secure=is_secure)
        parts = [f"Path={path}"]
        if domain is not None:
            parts.append(f"Domain={domain}")
        if age is not None:
            parts.append(f"Max-Age={max(age, 0)}")
        if expires is not None:
            if expires.tzinfo is None:
                raise _error(f"the cookie {name!r}: expires={expires!r} has no time zone")
            parts.append(f"Expires={format_datetime(expires.astimezone(UTC), usegmt=True)}")
        is_gone = (age is not None and age <= 0) or (expires is not None and expires <= datetime.now(UTC))
        self._send(name, text, parts, samesite, secure=is_secure, httponly=httponly)
        self._show(name, None if is_gone else text)

    def delete(self, name: str, *, path: str = "/", domain: str | None = None) -> None:
        """Deletes a cookie. One that is not there is none the less.

        Arguments:
            name: its name.
            path: as it was set.
            domain: as it was set.

        Raises:
            DataError: no cookie can be named so.
        """
        self._check(name, "", path, domain, "lax", secure=self._is_https)
        parts = [
            f"Path={path}",
            *([f"Domain={domain}"] if domain is not None else []),
            "Max-Age=0",
            _LONG_AGO,
        ]
        self._send(name, "", parts, "lax", secure=self._is_https, httponly=True)
        self._show(name, None)

    @property
    def _is_https(self) -> bool:
        return self._context.is_secure

    def _check(
        self, name: str, text: str, path: str, domain: str | None, samesite: str, *, secure: bool
    ) -> None:
        """Refuses what a browser would not take, or take for something else.

        Raises:
            DataError: why.
        """
        if not _NAME.fullmatch(name):
            raise _error(
                f"a cookie cannot have the name {name!r}: letters, digits and signs such as - _ . only"
            )
        if name in VISITOR_COOKIES:
            raise _error(f"the cookie {name!r} is reactor's own; take another name")
        if (size := len(name) + len(text)) > _SIZE:
            raise _error(f"the cookie {name!r} takes {size} bytes; browsers keep at most {_SIZE}")
        if not _PATH.fullmatch(path):
            raise _error(
                f"the cookie {name!r}: path={path!r} must begin with / and have no spaces, ; or others"
            )
        if domain is not None and not _DOMAIN.fullmatch(domain):
            raise _error(f"the cookie {name!r}: domain={domain!r} is no domain, such as example.org")
        if samesite not in ("lax", "strict", "none"):
            raise _error(f"the cookie {name!r}: samesite={samesite!r} is none of 'lax', 'strict', 'none'")
        lower = name.lower()
        if not secure and (samesite == "none" or lower.startswith(("__host-", "__secure-"))):
            reason = "samesite='none' needs" if samesite == "none" else "its name asks for"
            raise _error(f"the cookie {name!r}: {reason} secure=True, and so HTTPS")
        if lower.startswith("__host-") and (path != "/" or domain is not None):
            raise _error(f"the cookie {name!r}: its name asks for path='/' and no domain")

    def _send(
        self, name: str, text: str, parts: list[str], samesite: str, *, secure: bool, httponly: bool
    ) -> None:
        """Puts a cookie into the answer, in place of an earlier one of the same name, path and domain."""
        same = re.compile(
            rf"{re.escape(name)}=[^;]*; {re.escape('; '.join(_places(parts)))}(?!; Domain)(;|$)"
        )
        headers = self._context.response.raw_headers
        headers[:] = [
            (key, value)
            for key, value in headers
            if key != b"set-cookie" or not same.match(value.decode("latin-1"))
        ]
        parts = [*parts, *(["Secure"] if secure else []), *(["HttpOnly"] if httponly else [])]
        cookie = "; ".join([f"{name}={text}", *parts, f"SameSite={samesite.capitalize()}"])
        headers.append((b"set-cookie", cookie.encode("ascii")))

    def _show(self, name: str, text: str | None) -> None:
        """From now on the request looks as if it had come with this."""
        request, ours = self._context.request, name.encode("ascii")
        if request.cookies.get(name) == text:
            return
        chunks = [
            chunk.strip()
            for key, header in request.scope["headers"]
            if key == b"cookie"
            for chunk in header.split(b";")
            if chunk.partition(b"=")[0].strip() != ours
        ]
        if text is not None:
            chunks.append(ours + b"=" + text.encode("ascii"))
        others = [header for header in request.scope["headers"] if header[0] != b"cookie"]
        _replace_headers(request, others + ([(b"cookie", b"; ".join(chunks))] if chunks else []))
        self._context.stale |= {("cookie", name), ANY_COOKIE}


class SealedCookies:
    """Cookies that are encrypted, and open for this application, under this name, and with this visitor only.

    A visitor is who holds the cookie that reactor gives to everybody; so one that was taken from another
    browser does not open. Neither does one that is older than it was made for, whatever the browser does.

    Arguments:
        context: the request.
        cookies: sets them.
    """

    def __init__(self, context: Context, cookies: Cookies) -> None:
        self._context = context
        self._cookies = cookies

    @property
    def _keyring(self) -> Keyring:
        if self._context.keyring is None:
            raise DataError("there are no keys to seal cookies with: this request is not one to a page")
        return self._context.keyring

    @overload
    def get(self, name: str, annotation: type[T]) -> T | None: ...
    @overload
    def get(self, name: str, annotation: type[T], default: D) -> T | D: ...
    @overload
    def get(self, name: str, annotation: Any, default: Any = None) -> Any: ...
    def get(self, name: str, annotation: Any, default: Any = None) -> Any:
        """What is in a sealed cookie.

        Arguments:
            name: its name.
            annotation: the type that it must have: whatever pydantic can make of JSON.
            default: what is given if there is none, or none that was sealed here, for this visitor, for this
                name, and of this type, or if it is too old.
        """
        note_reading((("cookie", name),))
        token, visitor = self._context.request.cookies.get(name), _visitor_of(self._context)
        if token is None or visitor is None:
            return default
        try:
            sealed = from_text(token, limit=_SIZE)
            data = self._keyring.open(sealed, purpose=f"cookie {name}", visitor=visitor, max_age=None)
            (until,) = _UNTIL.unpack_from(data)
            if until <= time.time():
                return default
            return _adapter(annotation).validate_json(data[_UNTIL.size :])
        except (Malformed, SealError, ValidationError):
            return default

    def set(
        self,
        name: str,
        value: object,
        *,
        max_age: int | timedelta | None = None,
        expires: datetime | None = None,
        path: str = "/",
        domain: str | None = None,
        secure: bool | None = None,
        samesite: SameSite = "lax",
    ) -> None:
        """Sets a sealed cookie. Scripts never see it.

        Arguments:
            name: as of `Cookies.set`, and so the others.
            value: whatever pydantic makes JSON of; sealed it may take about 3000 bytes.
            max_age: the seconds that it is good for.
            expires: the moment until which it is good, with a time zone.
            path: the pages that get it.
            domain: the domain whose hosts get it.
            secure: whether it travels over HTTPS only.
            samesite: whether it comes along from other sites.

        Raises:
            DataError: a browser would not take it, or there is no JSON of the value.
        """
        try:
            data = to_json(value, inf_nan_mode="strings")
        except (PydanticSerializationError, UnicodeError) as error:
            raise _error(f"the cookie {name!r}: a {type(value).__name__} has no JSON: {error}") from None
        ends = [time.time() + _seconds(max_age)] if max_age is not None else []
        ends += [expires.timestamp()] if expires is not None else []
        context = self._context
        if _visitor_of(context) is None:
            context.visitor = new_visitor_of(context.response, secure=context.is_secure)
        # Of the two the browser heeds max_age.
        until = _UNTIL.pack(ends[0] if ends else float("inf"))
        visitor = _visitor_of(context) or ""
        sealed = self._keyring.seal(until + data, purpose=f"cookie {name}", visitor=visitor)
        self._cookies.set(
            name,
            to_text(sealed),
            max_age=max_age,
            expires=expires,
            path=path,
            domain=domain,
            secure=secure,
            samesite=samesite,
        )


class Before:
    """The cookies and the session as they are before an action.

    Arguments:
        context: the request.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        scope = context.request.scope
        self._response = list(context.response.raw_headers)
        self._request = list(scope["headers"])
        self._session = dict(scope["session"]) if scope.get("session") else {}

    def compare(self, *, failed: bool) -> None:
        """Notes a session that has changed.

        Arguments:
            failed: whether the action has failed: then the cookies become what they were.
        """
        request = self._context.request
        session = request.scope.get("session") or {}
        if (session or self._session) and dict(session) != self._session:
            self._context.stale.add(ANY_COOKIE)
        if failed and self._context.response.raw_headers != self._response:
            self._context.response.raw_headers[:] = self._response
            _replace_headers(request, self._request)


def _replace_headers(request: Request, headers: list[tuple[bytes, bytes]]) -> None:
    request.scope["headers"] = headers
    for kept in ("_cookies", "_headers"):  # what the request has made of them
        request.__dict__.pop(kept, None)


def _visitor_of(context: Context) -> str | None:
    return visitor_of(context.request, secure=context.is_secure) or context.visitor


def _seconds(age: int | timedelta) -> float:
    return age.total_seconds() if isinstance(age, timedelta) else age


def _places(parts: list[str]) -> list[str]:
    return [part for part in parts if part.startswith(("Path=", "Domain="))]


@lru_cache(256)
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


def _error(message: str) -> DataError:
    line = user_line()
    return DataError(f"{message}\n  in {line}" if line else message)
