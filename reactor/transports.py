"""Transports: what carries the frames of a line to a browser."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final, Protocol

from starlette.types import Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from .streams import framed

_CLOSING: Final = 1.0
"""Seconds in which a browser takes that its line ends."""


class Left(Exception):
    """A browser has gone, without a word."""


class Transport(Protocol):
    """What carries frames to a browser."""

    async def send(self, frame: bytes) -> None:
        """Sends a frame, and waits until there is room for the next one.

        Raises:
            Left: the browser has gone.
        """

    async def close(self, code: int) -> None:
        """Ends the line, with a code as WebSockets have it."""


class Socket:
    """A WebSocket."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def send(self, frame: bytes) -> None:
        """Sends a frame."""
        try:
            await self._socket.send_bytes(frame)
        except (WebSocketDisconnect, RuntimeError, OSError):
            raise Left from None

    async def receive(self) -> bytes | None:
        """What the browser says; `None`: a text."""
        try:
            message = await self._socket.receive()
        except RuntimeError:
            raise Left from None
        if message["type"] == "websocket.disconnect":
            raise Left
        data: bytes | None = message.get("bytes")
        return data

    async def close(self, code: int) -> None:
        """Ends it."""
        # Who takes nothing takes no farewell either; without one the server cuts the connection.
        with suppress(RuntimeError, OSError, TimeoutError):
            async with asyncio.timeout(_CLOSING):
                await self._socket.close(code)


class Body:
    """The body of a response that does not end."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def send(self, frame: bytes) -> None:
        """Sends a frame."""
        try:
            await self._send({"type": "http.response.body", "body": framed(frame), "more_body": True})
        except OSError:
            raise Left from None

    async def close(self, code: int) -> None:
        """Ends the response."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_CLOSING):
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
