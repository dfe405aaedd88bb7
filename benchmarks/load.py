"""The load: so many connections that each send their next click when the last one is answered.

`python -m benchmarks.load NAME PORT CONNECTIONS SECONDS [PROCESSOR]` prints one JSON object. It runs in a
process of its own. For both kinds of server it does the same: it makes a body, sends it, reads status and
length, decodes the answer, and takes from it what the next call needs.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from abc import ABC, abstractmethod
from typing import Any

import uvloop
from msgpack import packb, unpackb  # type: ignore[import-untyped]

from reactor.protocol import MEDIA_TYPE, PROTOCOL

from .visits import Visit, head

WARM_UP = 0.2
"""Part of the time whose requests do not count."""


class Talk(ABC):
    """What one connection says and hears."""

    head: bytes
    clicks = 0

    @abstractmethod
    def body(self) -> bytes:
        """The next call."""

    @abstractmethod
    def take(self, body: bytes) -> None:
        """The answer."""

    @abstractmethod
    def count(self) -> int:
        """How many clicks the server says that there were."""


class BareTalk(Talk):
    """With an endpoint that takes and gives JSON."""

    def __init__(self, port: int) -> None:
        self.head = head("/count", port, "visitor=" + "v" * 43, "application/json")
        self.answer = {"count": 0}

    def body(self) -> bytes:
        return json.dumps({"count": self.answer["count"]}).encode()

    def take(self, body: bytes) -> None:
        self.answer = json.loads(body)

    def count(self) -> int:
        return self.answer["count"]


class PageTalk(Talk):
    """With a page of reactor."""

    def __init__(self, port: int) -> None:
        with Visit(port, "/counter") as visit:
            button = visit.clickable("Count")
            self.call: dict[str, Any] = {"p": PROTOCOL, "i": visit.view, **visit.handler(button)}
            self.head = head("/counter", port, visit.cookie, MEDIA_TYPE)
            self.mirror = visit.mirror
            self.answer: Any = {"v": visit.version, "s": visit.sealed}

    def body(self) -> bytes:
        call = self.call
        call["v"], call["s"], call["c"] = self.answer["v"], self.answer["s"], os.urandom(16)
        packed: bytes = packb(call)
        return packed

    def take(self, body: bytes) -> None:
        self.answer = unpackb(body)

    def count(self) -> int:
        # The patches between did not change the tree in any other place than the last one does.
        if "r" in self.answer:
            self.mirror.learn(self.answer["t"], reset=True)
            self.mirror.replace(self.answer["r"])
        else:
            self.mirror.apply(self.answer["d"])
        return int(next(element.text for element in self.mirror.elements() if element.tag == "output"))


class Connection(asyncio.Protocol):
    """Keeps one connection busy until the time is over."""

    def __init__(self, talk: Talk, begin: float, end: float) -> None:
        self.talk = talk
        self.begin = begin
        self.end = end
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies: list[float] = []
        self._received = b""
        self._due = 0
        """How many bytes the answer has in all; 0: not known yet."""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError("the server has closed a connection"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._due:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self._received.startswith(b"HTTP/1.1 200 "):
                self.done.set_exception(RuntimeError(f"refused: {self._received[:500]!r}"))
                self._transport.close()
                return
            start = self._received.index(b"content-length: ") + 16
            self._due = end + 4 + int(self._received[start : self._received.index(b"\r\n", start)])
            self._start = end + 4
        if len(self._received) >= self._due:
            self._answered()

    def _answered(self) -> None:
        now = time.perf_counter()
        if self._sent >= self.begin:
            self.latencies.append(now - self._sent)
        self.talk.take(self._received[self._start : self._due])
        self._received, self._due = b"", 0
        if now < self.end or not self.latencies:
            self._send()
        else:
            self.done.set_result(None)
            self._transport.close()

    def _send(self) -> None:
        talk = self.talk
        talk.clicks += 1
        body = talk.body()
        request = b"%b%d\r\n\r\n%b" % (talk.head, len(body), body)
        self._sent = time.perf_counter()
        self._transport.write(request)


async def run(name: str, port: int, connections: int, seconds: float) -> dict[str, float]:
    """The load; every count is compared with the clicks that were made.

    Raises:
        RuntimeError: a server has counted wrong.
    """
    talks: list[Talk] = [BareTalk(port) if name == "bare" else PageTalk(port) for _ in range(connections)]
    loop = asyncio.get_running_loop()
    begin = time.perf_counter() + WARM_UP * seconds
    end = begin + seconds
    worked = time.process_time()
    made = [
        (await loop.create_connection(lambda talk=talk: Connection(talk, begin, end), "127.0.0.1", port))[1]  # type: ignore[misc]
        for talk in talks
    ]
    await asyncio.gather(*(connection.done for connection in made))
    worked = time.process_time() - worked
    for talk in talks:
        if talk.count() != talk.clicks:
            raise RuntimeError(f"{name}: {talk.clicks} clicks, and the server counts {talk.count()}")
    latencies = sorted(latency for connection in made for latency in connection.latencies)
    return {
        "rate": len(latencies) / seconds,
        "median": latencies[len(latencies) // 2],
        "p99": latencies[min(len(latencies) - 1, len(latencies) * 99 // 100)],
        "clicks": sum(talk.clicks for talk in talks),
        "own": worked / sum(talk.clicks for talk in talks),
    }


def main(name: str, port: str, connections: str, seconds: str, processor: str | None = None) -> None:
    if processor is not None:
        os.sched_setaffinity(0, {int(processor)})
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run(name, int(port), int(connections), float(seconds)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
