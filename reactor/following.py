"""What follows an answer: slow parts of the page (`Suspense`), each as soon as it is there."""

from __future__ import annotations

import binascii
import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from .addresses import prefix_of
from .answers import patch
from .codec import pack
from .diff import UNCHANGED
from .errors import ReactorError
from .exchanges import Exchange
from .failures import is_redirect
from .markup import escape
from .navigation import Redirect, redirect
from .origin import visitor_of
from .protocol import AWAITED, COMPLETE, COMPLETE_COOKIE, FRAME_ATTRIBUTE
from .records import Answer
from .streams import FrameResponse, Stream
from .views import Gone, Ran, View, itself

log = logging.getLogger("reactor")

_LAST: Final = pack({})
"""A frame after which nothing is awaited."""


def awaits(exchange: Exchange) -> dict[str, Any]:
    """What an answer says while parts of the page are still awaited."""
    return {"f": AWAITED} if exchange.parts.are_awaited else {}


async def complete(exchange: Exchange, view: View) -> None:
    """Waits for all parts of a page that nobody has seen yet, and puts them in."""
    while await exchange.parts.ready(view.lock):
        async with view.lock:
            await view.finish(None, None, exchange.resolver, itself)


def follow(exchange: Exchange, view: View) -> tuple[Stream, int] | None:
    """Begins to send the parts that are awaited after an answer; `None`: there are none."""
    if not exchange.parts.are_awaited:
        return None
    exchange.parts.is_followed = True
    stream = Stream()
    turn = stream.join()
    stream.begin(_apart(exchange, view, stream))
    return stream, turn


async def _apart(exchange: Exchange, view: View, stream: Stream) -> None:
    async with exchange.resolver.apart():
        await send_parts(exchange, view, stream)


async def send_parts(exchange: Exchange, view: View, stream: Stream) -> None:
    """Makes a frame whenever something is ready and somebody takes it, until nothing is awaited."""
    parts, views = exchange.parts, exchange.site.views
    exchange.context.stale.clear()  # what had read it was rendered for the answer
    has_failed = False
    last = _LAST
    view.watching.add(parts.prune)
    try:
        while await parts.ready(view.lock):
            await stream.wanted()
            if views.get(view.id, view.visitor, view.page) not in (None, view):
                break  # the page goes on in another view, which has parts of its own
            try:
                async with view.lock:
                    frame = await view.finish(
                        None, None, exchange.resolver, lambda ran: _frame(exchange, view, ran)
                    )
            except (Redirect, Gone, HTTPException) as leaving:
                if isinstance(leaving, HTTPException) and not is_redirect(leaving):
                    raise
                async with view.lock:
                    last = _leave(exchange, view, leaving)
                break
            except Exception as error:
                if has_failed:
                    raise
                has_failed = True
                parts.fail(error)
                continue
            if frame is None:
                continue
            if not parts.are_awaited:
                last = frame
                break
            stream.put(frame)
        stream.end(last)
    except Exception:
        log.exception("%s: a part of the page cannot be shown", exchange.page)
        stream.end(_LAST)
        raise
    finally:
        view.watching.discard(parts.prune)
        parts.close()


async def _frame(exchange: Exchange, view: View, ran: Ran) -> bytes | None:
    if ran.change is UNCHANGED and not ran.rendered:
        return None
    return (await patch(exchange, view, ran, awaits(exchange), made=view.lineage.push)).body


def _leave(exchange: Exchange, view: View, leaving: Redirect | Gone | HTTPException) -> bytes:
    """A part leads elsewhere: nothing of the page is shown again."""
    response = leaving.response if isinstance(leaving, Gone) else leaving
    message: dict[str, Any] = {
        "b": view.version,
        "v": view.version + 1,
        "l": (response.headers or {}).get("location", ""),
    }
    if isinstance(response, Redirect) and response.replace:
        message["y"] = [True]
    exchange.site.views.drop(view)
    return pack(message)


def followed(answer: Answer, more: tuple[Stream, int] | None) -> Answer:
    """An answer with what follows it."""
    return answer if more is None else Answer(answer.status, answer.body, answer.headers, more)


class DocumentResponse(FrameResponse):
    """A page whose slow parts follow before its end.

    Arguments:
        html: the page.
        stream: the parts.
        turn: what `Stream.join` has given.
        status: the HTTP status.
        headers: further headers.
    """

    media_type = "text/html"

    def __init__(self, html: str, more: tuple[Stream, int], status: int, headers: Mapping[str, str]) -> None:
        start, end, rest = html.rpartition("</body>")
        super().__init__(start.encode("utf-8", "replace"), *more, status, dict(headers))
        self._is_begun = False
        self._end = (end + rest).encode()

    def wrapped(self, message: bytes | None) -> bytes:
        """What is sent of a frame; a comment behind it tells that it is there to its end."""
        if not self._is_begun and message is not None:
            self._is_begun = True
            return message + b"<!---->"
        if message is None:
            return self._end
        if not message:
            return b"<!---->"
        data = binascii.b2a_base64(message, newline=False).decode()
        script = f'<script type="application/reactor" {FRAME_ATTRIBUTE}>{data}</script><!---->'
        return script.encode()


def refresh_element(exchange: Exchange) -> str:
    """Leads browsers without JavaScript to where they get the complete page."""
    own = prefix_of(exchange.request.scope) + COMPLETE
    address = f"{own}?{urlencode({'to': exchange.address})}"
    return f'<noscript><meta http-equiv="refresh" content="0; url={escape(address)}"></noscript>'


async def to_complete_pages(request: Request) -> Response:
    """Notes that a browser runs no scripts, and leads it back."""
    try:
        back = redirect(request.query_params.get("to", ""))
        if not request.query_params["to"].startswith("/"):
            raise ReactorError("not an address of this site")
    except (ReactorError, KeyError):
        return PlainTextResponse("This leads to no page of this site.", 400)
    if visitor_of(request) is None:
        # Otherwise it would go round in circles.
        return PlainTextResponse("This page needs JavaScript or cookies.", 400)
    response = RedirectResponse(back.headers["location"], 303, {"cache-control": "no-store"})
    response.set_cookie(COMPLETE_COOKIE, "1", path="/", samesite="lax")
    return response


def wants_complete(request: Request) -> bool:
    """Whether a browser that runs no scripts asks for a page."""
    return COMPLETE_COOKIE in request.cookies
