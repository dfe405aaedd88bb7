"""A proxy that lets things go wrong between the browser and the server, one POST at a time."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import cast


@dataclass(frozen=True)
class CutResponse:
    """The server's answer ends in the middle of its body."""


@dataclass(frozen=True)
class ResetRequest:
    """The connection is reset before the request has reached the server."""


@dataclass(frozen=True)
class OtherAnswer:
    """The proxy itself answers; the server hears nothing."""

    status: int
    content_type: str
    body: bytes


Mishap = CutResponse | ResetRequest | OtherAnswer


class _Connection(StreamRequestHandler):
    """One request; then the connection ends."""

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            self._exchange(cast("_Listener", self.server))

    def _exchange(self, listener: _Listener) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            lines.append(line)
        if not lines:
            return
        is_post = lines[0].startswith(b"POST ")
        mishap = listener.mishaps.popleft() if is_post and listener.mishaps else None
        if is_post:
            listener.happened.append(mishap)
        if isinstance(mishap, ResetRequest):
            # To linger for no time means RST in place of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        length = next((int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")), 0)
        body = self.rfile.read(length)
        if isinstance(mishap, OtherAnswer):
            answer = (
                f"HTTP/1.1 {mishap.status} Proxy\r\nContent-Type: {mishap.content_type}\r\n"
                f"Content-Length: {len(mishap.body)}\r\nConnection: close\r\n\r\n"
            ).encode() + mishap.body
        else:
            answer = self._forwarded(listener.upstream, lines, body)
        if isinstance(mishap, CutResponse):
            head, _, rest = answer.partition(b"\r\n\r\n")
            answer = head + b"\r\n\r\n" + rest[: len(rest) // 2]
        self.wfile.write(answer)

    def _forwarded(self, port: int, lines: list[bytes], body: bytes) -> bytes:
        kept = [line for line in lines if not line.lower().startswith(b"connection:")]
        try:
            with socket.create_connection(("127.0.0.1", port)) as server, server.makefile("rb") as answer:
                server.sendall(b"".join([*kept, b"Connection: close\r\n\r\n", body]))
                return answer.read()
        except ConnectionError:
            return b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class _Listener(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.upstream = upstream
        self.mishaps: deque[Mishap] = deque()
        self.happened: list[Mishap | None] = []


class Mishaps:
    """Stands in front of a server and passes everything on, but for what is planned.

    Attributes:
        url: where clients connect to.
        happened: one entry for each POST: what went wrong with it, None if nothing did.
    """

    def __init__(self, port: int) -> None:
        self._listener = _Listener(port)
        self.url = f"http://127.0.0.1:{self._listener.server_address[1]}"
        self.happened = self._listener.happened
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def plan(self, *mishaps: Mishap) -> None:
        """The next POSTs meet these, one each."""
        self._listener.mishaps.extend(mishaps)

    def close(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()
