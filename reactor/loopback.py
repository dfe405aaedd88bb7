"""Loopback: requests that the application makes of itself, without a network.

The whole application is called, with its middleware, as a server would call it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.types import Message

from .protocol import MEDIA_TYPE

log = logging.getLogger("reactor")

_running: Final[set[asyncio.Task[None]]] = set()
"""What responses have left to do in the background."""


@dataclass
class Reply:
    """What the application has answered; 500, if it has failed before it could."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    @property
    def is_ours(self) -> bool:
        """Whether it is one of our messages."""
        kinds = (value for name, value in self.headers if name == b"content-type")
        return any(value.startswith(MEDIA_TYPE.encode()) for value in kinds)


async def ask(scope: MutableMapping[str, Any]) -> Reply:
    """Calls the application; what it does after its response goes on by itself.

    Arguments:
        scope: that of a request without a body; its `app` is called.
    """
    answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    reply = Reply()
    has_received = False

    async def receive() -> Message:
        nonlocal has_received
        if has_received:
            # Whoever waits for the end of the connection waits as long as there is something to do.
            await asyncio.Event().wait()
        has_received = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers.extend(message.get("headers", ()))
            return
        reply.body.extend(message.get("body", b""))
        if not message.get("more_body") and not answered.done():
            answered.set_result(None)

    def end(task: asyncio.Task[None]) -> None:
        _running.discard(task)
        # What failed was answered and logged as every failure of the application is.
        failure = None if task.cancelled() else task.exception()
        if not answered.done():
            answered.set_result(None)
        if failure is not None:
            log.info("%s: a page that was asked for by the application failed: %r", scope["path"], failure)

    task = asyncio.create_task(scope["app"](scope, receive, send))
    _running.add(task)
    task.add_done_callback(end)
    try:
        await asyncio.shield(answered)
    except BaseException:
        task.cancel()
        raise
    return reply
