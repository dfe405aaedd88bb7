"""The Content-Security-Policy: what pages may load, its nonce, and the headers that go with it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from .symbols import Symbol

STRICT_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'; require-trusted-types-for 'script'"
)
"""The Content-Security-Policy of pages unless the application gives another. The framework needs no more."""

PLACE: Final = "{nonce}"
"""What stands in a policy for the nonce of each response."""

_current: ContextVar[str] = ContextVar("reactor_nonce", default="")


class Nonce(Symbol):
    """The nonce of the response that is being made.

    It is one value whatever the response, so that it never makes a difference between two trees; what it
    stands for is written into the HTML only. A browser hides it once the page is there.
    """

    __slots__ = ()

    def idle(self) -> Any:
        """The text of it; `None`, where the policy has none."""
        return _current.get() or None

    def __repr__(self) -> str:
        return "nonce()"


_NONCE: Final = Nonce()


def nonce() -> Nonce:
    """The nonce of the response, for scripts and styles that the policy lets in by it.

    The policy of the application says where: `Reactor(app, policy="script-src 'nonce-{nonce}' …")`.

    Returns:
        A value for the attribute `nonce`, and for nothing else.

    >>> from reactor import html as h, nonce
    >>> from reactor.markup import render
    >>> with nonce_of("script-src 'nonce-{nonce}'") as text:
    ...     text in render(h.script(src="/chart.js", nonce=nonce()))
    True
    """
    return _NONCE


@contextmanager
def nonce_of(policy: str) -> Iterator[str]:
    """Makes a fresh nonce for one response; an empty text where the policy has no place for one."""
    text = secrets.token_urlsafe(18) if PLACE in policy else ""
    token = _current.set(text)
    try:
        yield text
    finally:
        _current.reset(token)


def nonce_attribute() -> str:
    """The nonce as an attribute of a script of ours, or nothing."""
    text = _current.get()
    return f' nonce="{text}"' if text else ""


def page_headers(policy: str, nonce: str = "") -> dict[str, str]:
    """The headers of a page that say what a browser may do with it.

    Arguments:
        policy: its Content-Security-Policy; empty: none is sent.
        nonce: what `{nonce}` in it becomes.

    >>> page_headers("frame-ancestors 'none'")["x-frame-options"]
    'DENY'
    """
    headers = {
        "cache-control": "private, no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "cross-origin-opener-policy": "same-origin",
    }
    if policy:
        headers["content-security-policy"] = policy.replace(PLACE, nonce)
    # For browsers that do not know frame-ancestors. Other sites by name cannot be said so.
    framing = {(): "SAMEORIGIN", ("'self'",): "SAMEORIGIN", ("'none'",): "DENY"}.get(_framers(policy))
    if framing:
        headers["x-frame-options"] = framing
    return headers


def _framers(policy: str) -> tuple[str, ...]:
    for directive in policy.split(";"):
        name, *sources = directive.split() or [""]
        if name.lower() == "frame-ancestors":
            return tuple(source.lower() for source in sources) or ("'none'",)
    return ()
