"""Streams: an answer in several frames, each a message of its own, as the body of one response.

A frame is its length (4 bytes, big-endian) and the message; one without a message is a sign of life. At most
one waits to be taken: whoever makes them asks first whether the last one is gone, and puts what has happened
since into the next one, so that a slow browser gets fewer, and nothing piles up.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, MutableMapping
from contextlib import AsyncExitStack, suppress
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .protocol import STREAM_TYPE

HEARTBEAT: Final = 15.0
"""Seconds without a frame after which there is a sign of life."""
_LENGTH: Final = struct.Struct(">I")


def framed(message: bytes) -> bytes:
    """A message as a frame.

    >>> framed(b"ab").hex(" ")
    '00 00 00 02 61 62'
    """
    return _LENGTH.pack(len(message)) + message


def frames_in(body: bytes) -> Iterator[bytes]:
    """The messages of a body that has come to its end; signs of life are left out.

    >>> list(frames_in(framed(b"ab") + framed(b"") + framed(b"c")))
    [b'ab', b'c']
    """
    at = 0
    while at + _LENGTH.size <= len(body):
        (size,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size + size
        if size:
            yield body[at - size : at]


class Stream:
    """Frames on their way from whoever makes them to whoever sends them.

    Arguments:
        grace: seconds for which the work goes on when nobody takes frames any more; `None`: to its end.
    """

    def __init__(self, grace: float | None = 0.0) -> None:
        self.grace = grace
        self.failure: BaseException | None = None
        """What the work came to in the end, for dependencies that undo what they did."""
        self.closing = AsyncExitStack()
        """Closes what the work has in use, when it has ended."""
        self.whole: Callable[[], Coroutine[Any, Any, bytes]] | None = None
        """Makes a frame for somebody who has not had those before."""
        self._wanted = asyncio.Event()
        self._there = asyncio.Event()
        self._frames: deque[bytes] = deque()
        """At most the one that is to be taken, and the last one."""
        self._is_over = False
        self._task: asyncio.Task[None] | None = None
        self._turn = 0
        self._leaving: asyncio.TimerHandle | None = None

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Begins to make frames."""
        self._task = asyncio.create_task(work)
        self._task.add_done_callback(self._done)

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for the next frame."""
        return self._wanted.is_set()

    async def wanted(self) -> None:
        """Waits until somebody waits for the next frame."""
        await self._wanted.wait()

    def put(self, message: bytes) -> None:
        """Gives a frame to whoever waits for it."""
        self._frames.append(message)
        self._wanted.clear()
        self._there.set()

    def end(self, message: bytes | None = None) -> None:
        """Gives the last frame."""
        if message is not None:
            self._frames.append(message)
        self._is_over = True
        self._there.set()

    async def take(self, turn: int) -> bytes | None:
        """The next frame; `None`: there is none any more, or somebody else takes them now.

        Arguments:
            turn: what `join` has given.
        """
        while not self._frames and not self._is_over and turn == self._turn:
            self._wanted.set()
            self._there.clear()
            await self._there.wait()
        if turn != self._turn:
            return None
        return self._frames.popleft() if self._frames else None

    def join(self) -> int:
        """Somebody begins to take frames, in place of whoever took them before.

        Returns:
            Their turn.
        """
        self._turn += 1
        if not self._is_over:
            self._frames.clear()
        self._wanted.clear()
        self._there.set()
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        return self._turn

    def leave(self, turn: int) -> None:
        """Somebody takes no frames any more; when nobody else does, the work is cancelled after the grace."""
        if turn != self._turn or self._task is None or self._task.done():
            return
        self._wanted.clear()
        if self.grace is not None:
            self._leaving = asyncio.get_running_loop().call_later(self.grace, self._task.cancel)

    async def finished(self) -> None:
        """Waits until the work has ended."""
        if self._task is not None:
            await asyncio.wait((self._task,))

    def _done(self, task: asyncio.Task[None]) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
        self.failure = self.failure or (None if task.cancelled() else task.exception())
        if task.cancelled():
            self.failure = self.failure or asyncio.CancelledError()
        self.end()


class FrameResponse(Response):
    """A response that sends frames as they come, and lasts as long as the work that makes them.

    Arguments:
        first: the first message.
        stream: the others.
        turn: what `Stream.join` has given.
        status: the HTTP status.
        headers: further headers.
    """

    media_type = STREAM_TYPE

    def __init__(
        self, first: bytes, stream: Stream, turn: int, status: int, headers: MutableMapping[str, str]
    ) -> None:
        # Proxies that gather what they pass on would keep it back.
        super().__init__(None, status, {**headers, "x-accel-buffering": "no"})
        self.raw_headers = [header for header in self.raw_headers if header[0] != b"content-length"]
        self._first = first
        self._stream = stream
        self._turn = turn

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends them."""
        stream = self._stream
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(left(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            sending.cancel()
            stream.leave(self._turn)
        with suppress(asyncio.CancelledError, OSError):
            await sending
        # What the action has opened is closed when it has ended.
        await stream.finished()
        await stream.closing.aclose()
        if stream.failure is not None:
            await _fail(scope, stream.failure)
        if self.background is not None:
            await self.background()

    def wrapped(self, message: bytes | None) -> bytes:
        """What is sent of a message; of none it is a sign of life; `None`: there are no more."""
        return b"" if message is None else framed(message)

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        frame: bytes | None = self._first
        taking: asyncio.Task[bytes | None] | None = None
        try:
            while frame is not None:
                await send({"type": "http.response.body", "body": self.wrapped(frame), "more_body": True})
                taking = asyncio.create_task(self._stream.take(self._turn))
                while not (await asyncio.wait((taking,), timeout=HEARTBEAT))[0]:
                    await send({"type": "http.response.body", "body": self.wrapped(b""), "more_body": True})
                frame = taking.result()
            await send({"type": "http.response.body", "body": self.wrapped(None), "more_body": False})
        finally:
            if taking is not None:
                taking.cancel()


async def left(receive: Receive) -> None:
    """Waits until the browser has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _fail(scope: Scope, failure: BaseException) -> None:
    """Lets FastAPI's dependencies with `yield` see that the request has failed in the end."""
    stack = scope.get("fastapi_inner_astack")
    if isinstance(stack, AsyncExitStack):
        with suppress(type(failure)):
            await stack.__aexit__(type(failure), failure, failure.__traceback__)
