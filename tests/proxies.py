"""A round-robin proxy for tests: each request goes to the next server; answers can be lost or held back."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HEAD_LIMIT = 256 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request.

    Attributes:
        upstream: index of the server that got it.
        method: as in the request line.
        path: as in the request line, with the query.
        status: what the server answered; 502 if it could not be reached.
        lost: whether the answer was withheld from the client.
    """

    upstream: int
    method: str
    path: str
    status: int
    lost: bool


class _Closed(Exception):
    """The other side closed the connection where more was due."""


class RoundRobin:
    """An HTTP/1.1 proxy in a thread of its own. No stickiness: a connection carries one request.

    Attributes:
        url: where clients connect to.
        answers: one entry for each request, in the order in which the servers answered.
        lets_sockets_through: whether a WebSocket may be opened.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        """Start listening; requests go to these ports of 127.0.0.1 in turn."""
        self.answers: list[Answer] = []
        self._ports = list(ports)
        self._turn = 0
        self._losses: list[str | None] = []
        self._gates: dict[str | None, asyncio.Event] = {}
        self._tunnels: set[asyncio.StreamWriter] = set()
        self.lets_sockets_through = True
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="round-robin", daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._accept, "127.0.0.1", 0, limit=HEAD_LIMIT), self._loop
        ).result()
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def lose_next_response(self, method: str | None = "POST") -> None:
        """Cut the connection instead of passing on the next answer, once the server has given it.

        Args:
            method: only an answer to this method counts; None: any.
        """
        self._losses.append(method)

    @contextlib.contextmanager
    def holding_responses(self, method: str | None = "POST") -> Iterator[None]:
        """While the `with` block runs, answers to this method stay in the proxy; then they are passed on."""
        gate = asyncio.Event()
        self._gates[method] = gate
        try:
            yield
        finally:
            del self._gates[method]
            self._loop.call_soon_threadsafe(gate.set)

    def cut_sockets(self) -> None:
        """End all WebSockets that are open, without a word to either side."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for each in list(self._tunnels):
            each.transport.abort()

    def close(self) -> None:
        """Stop listening and end what still runs."""

        async def end() -> None:
            self._server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            for writer in self._writers:
                writer.close()
            closings = [writer.wait_closed() for writer in self._writers]
            await asyncio.gather(*others, *closings, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)  # the loop itself holds tasks only weakly
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._exchange(reader, writer)
        except (_Closed, ConnectionError):
            pass  # the client or the server went away: nobody waits for this
        finally:
            await self._close(writer)

    async def _close(self, writer: asyncio.StreamWriter) -> None:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        self._writers.discard(writer)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, headers = await _head(reader)
        method, path = first.split(" ")[:2]
        if _header(headers, "upgrade") and not self.lets_sockets_through:
            self.answers.append(Answer(-1, method, path, 400, False))
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        upstream = self._turn % len(self._ports)
        self._turn += 1
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self._ports[upstream], limit=HEAD_LIMIT)
        except ConnectionError:
            self.answers.append(Answer(upstream, method, path, 502, False))
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        self._writers.add(forth)
        try:
            if _header(headers, "upgrade"):
                await self._tunnel(first, headers, reader, writer, back, forth)
            else:
                await self._forward(upstream, method, path, first, headers, reader, writer, back, forth)
        finally:
            await self._close(forth)

    async def _forward(
        self,
        upstream: int,
        method: str,
        path: str,
        first: str,
        headers: list[tuple[str, str]],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamReader,
        forth: asyncio.StreamWriter,
    ) -> None:
        forth.write(_text(first, _closing(headers)))
        length = _header(headers, "content-length")
        if length:
            forth.write(await _exactly(reader, int(length)))
        elif "chunked" in _header(headers, "transfer-encoding"):
            await _copy_chunks(reader, forth)
        await forth.drain()

        status_line, answer_headers = await _head(back)
        status = int(status_line.split(" ")[1])
        lost = self._loses(method)
        if lost:
            await back.read()  # to its end: the server has done all of its work
            self.answers.append(Answer(upstream, method, path, status, True))
            writer.transport.abort()
            return
        gate = self._gates.get(method) or self._gates.get(None)
        if gate is not None:
            await gate.wait()
        self.answers.append(Answer(upstream, method, path, status, False))
        writer.write(_text(status_line, _closing(answer_headers)))
        while piece := await back.read(65536):  # piece by piece: a streamed answer stays one
            writer.write(piece)
            await writer.drain()

    async def _tunnel(
        self,
        first: str,
        headers: list[tuple[str, str]],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamReader,
        forth: asyncio.StreamWriter,
    ) -> None:
        """Pass a WebSocket through, both ways, until one side ends."""
        forth.write(_text(first, headers))
        self._tunnels |= {writer, forth}
        ways = {asyncio.create_task(_copy(reader, forth)), asyncio.create_task(_copy(back, writer))}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._tunnels -= {writer, forth}
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    def _loses(self, method: str) -> bool:
        for wanted in self._losses:
            if wanted in (method, None):
                self._losses.remove(wanted)
                return True
        return False


async def _head(reader: asyncio.StreamReader) -> tuple[str, list[tuple[str, str]]]:
    try:
        text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        raise _Closed from None
    first, *lines = text[:-4].split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return first, headers


def _header(headers: list[tuple[str, str]], wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")


def _closing(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same headers for a connection that ends after this message."""
    kept = [(name, value) for name, value in headers if name.lower() not in ("connection", "keep-alive")]
    return [*kept, ("Connection", "close")]


def _text(first: str, headers: list[tuple[str, str]]) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


async def _exactly(reader: asyncio.StreamReader, count: int) -> bytes:
    try:
        return await reader.readexactly(count)
    except asyncio.IncompleteReadError:
        raise _Closed from None


async def _copy_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        try:
            line = await reader.readuntil(b"\r\n")
        except asyncio.IncompleteReadError:
            raise _Closed from None
        size = int(line.split(b";")[0], 16)
        writer.write(line + await _exactly(reader, size + 2))
        if size == 0:
            return


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
