"""Lines: all that are open; who may open one, over a WebSocket or as a response that does not end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from .codec import Malformed, unpack
from .errors import CallRefused
from .line import Line
from .messages import answer_to, refusal
from .origin import visitor_of
from .protocol import LARGE, LINE_ADDRESS, MALFORMED, MEDIA_TYPE, STREAM_TYPE
from .rates import TooOften
from .records import Answer
from .routes import OwnRoute
from .site import Site
from .streams import left
from .transports import Body, Left, Socket

log = logging.getLogger("reactor")


class Lines:
    """The lines of an application.

    Arguments:
        app: the application.
        site: its keys and settings.
    """

    def __init__(self, app: FastAPI, site: Site) -> None:
        self._app = app
        self._site = site
        self._open: dict[str, int] = {}
        """How many each visitor has."""
        # Below the page's own address: cookies may be for a part of the site.
        address = f"/{{page:path}}{LINE_ADDRESS[1:]}"
        app.router.add_websocket_route(address, self.socket)
        app.router.add_api_route(
            address,
            self.stream,
            methods=["POST"],
            include_in_schema=False,
            response_model=None,
            route_class_override=OwnRoute,
        )

    def __len__(self) -> int:
        return sum(self._open.values())

    async def socket(self, socket: WebSocket) -> None:
        """A line over a WebSocket."""
        try:
            visitor = await self._admit(socket)
        except CallRefused:
            await socket.close(1008)
            return
        transport = Socket(socket)
        with _counted(self._open, visitor):
            await socket.accept()
            line = Line(self._app, self._site, socket.scope, transport)
            running = asyncio.create_task(line.run())
            reading = asyncio.create_task(self._read(transport, line, visitor, socket))
            try:
                await asyncio.wait((running, reading), return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _ended(running, reading)

    async def _read(self, transport: Socket, line: Line, visitor: str, socket: WebSocket) -> None:
        limits = self._site.limits
        client = self._site.proxies.sender(socket).client
        # Who has not said by then which page they show does not show one.
        seconds = min(limits.body_time, limits.silence)
        while True:
            try:
                async with asyncio.timeout(seconds):
                    data = await transport.receive()
                if data is None:
                    await transport.close(1003)
                    return
                if not data:
                    continue
                await self._site.rates.admit(visitor, client)
                line.take(self._frame(data))
                seconds = limits.silence
            except (TimeoutError, TooOften):
                await transport.close(1008)
                return
            except CallRefused as refused:
                await transport.close(1009 if refused.code == LARGE else 1007)
                return

    async def stream(self, request: Request) -> Response:
        """The same frames, as the body of a response."""
        try:
            visitor = await self._admit(request)
            data = bytearray()
            async with asyncio.timeout(self._site.limits.body_time):
                async for part in request.stream():
                    data += part
                    if len(data) > self._largest:
                        raise CallRefused(413, LARGE, "This frame is too long (Limits.state).")
            frame = self._frame(bytes(data))
        except TimeoutError:
            return _response(refusal(CallRefused(408, LARGE, "The frame took too long (Limits.body_time).")))
        except CallRefused as refused:
            return _response(answer_to(refused))
        return _Frames(self, visitor, frame)

    @property
    def _largest(self) -> int:
        return self._site.limits.state + self._site.limits.body

    async def _admit(self, connection: HTTPConnection) -> str:
        """Who opens a line.

        Raises:
            CallRefused: they may not.
        """
        sender = self._site.proxies.sender(connection)
        self._site.origins.check(connection, sender)
        visitor = visitor_of(connection, secure=sender.is_secure)
        if visitor is None:
            raise CallRefused(400, MALFORMED, "Only who has a page of ours open can listen.")
        await self._site.rates.admit(visitor, sender.client)
        limits = self._site.limits
        if self._open.get(visitor, 0) >= limits.visitor_lines or len(self) >= limits.lines:
            raise CallRefused(
                429, "refused", "There are too many open pages (Limits.lines, Limits.visitor_lines)."
            )
        return visitor

    def _frame(self, data: bytes) -> dict[str, Any]:
        limits = self._site.limits
        if len(data) > self._largest:
            raise CallRefused(413, LARGE, "This frame is too long (Limits.state).")
        try:
            frame = unpack(data, limit=self._largest, depth=limits.depth, items=limits.items)
        except Malformed as error:
            raise CallRefused(400, MALFORMED, f"This frame cannot be read: {error}.") from None
        if not isinstance(frame, dict):
            raise CallRefused(400, MALFORMED, "A frame is a map.")
        return frame


class _Frames(Response):
    """A response that does not end by itself."""

    def __init__(self, lines: Lines, visitor: str, frame: Mapping[str, Any]) -> None:
        super().__init__(
            None, headers={"cache-control": "no-store", "x-accel-buffering": "no"}, media_type=STREAM_TYPE
        )
        self.raw_headers = [header for header in self.raw_headers if header[0] != b"content-length"]
        self._lines = lines
        self._visitor = visitor
        self._frame = dict(frame)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        line = Line(self._lines._app, self._lines._site, scope, Body(send))
        line.take(self._frame)
        with _counted(self._lines._open, self._visitor):
            running = asyncio.create_task(line.run())
            leaving = asyncio.create_task(left(receive))
            try:
                await asyncio.wait((running, leaving), return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _ended(running, leaving)


async def _ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception) and not isinstance(outcome, Left):
            log.error("a line has ended", exc_info=outcome)


@contextmanager
def _counted(counts: dict[str, int], visitor: str) -> Iterator[None]:
    """Counts a visitor's line as long as it is open."""
    counts[visitor] = counts.get(visitor, 0) + 1
    try:
        yield
    finally:
        counts[visitor] -= 1
        if not counts[visitor]:
            del counts[visitor]


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, {"cache-control": "no-store"}, media_type=MEDIA_TYPE)
