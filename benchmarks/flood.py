"""A load that takes little itself: `python -m benchmarks.flood NAME PORT CONNECTIONS SECONDS`; prints JSON.

It says and hears what `benchmarks.load` does, with plain sockets and without an event loop, so that most of
two processors is left for two workers. All connections have a click under way all the time.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time

from .load import WARM_UP, BareTalk, PageTalk, Talk


class _Connection:
    """A socket, and what is said on it."""

    def __init__(self, talk: Talk, port: int) -> None:
        self.talk = talk
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def send(self) -> None:
        body = self.talk.body()
        self.talk.clicks += 1
        self.socket.send(b"%b%d\r\n\r\n%b" % (self.talk.head, len(body), body))

    def is_answered(self) -> bool:
        """Takes what has come; whether that was the rest of an answer.

        Raises:
            RuntimeError: the click was refused.
        """
        received = self._received = self._received + self.socket.recv(1 << 16)
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not received.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"refused: {received[:500]!r}")
        start = received.index(b"content-length: ") + 16
        due = end + 4 + int(received[start : received.index(b"\r\n", start)])
        if len(received) < due:
            return False
        self.talk.take(received[end + 4 : due])
        self._received = b""
        return True


def run(name: str, port: int, connections: int, seconds: float) -> dict[str, float]:
    """The load; every count is compared with the clicks that were made.

    Raises:
        RuntimeError: a server has counted wrong.
    """
    talks: list[Talk] = [BareTalk(port) if name == "bare" else PageTalk(port) for _ in range(connections)]
    made = {each.socket.fileno(): each for each in (_Connection(talk, port) for talk in talks)}
    ready = select.epoll()
    begin = time.perf_counter() + WARM_UP * seconds
    end = begin + seconds
    for number, each in made.items():
        ready.register(number, select.EPOLLIN)
        each.send()
    under_way, counted, all_of_them, worked = len(made), 0, 0, time.process_time()
    while under_way:
        for number, _ in ready.poll():
            each = made[number]
            if not each.is_answered():
                continue
            all_of_them += 1
            now = time.perf_counter()
            counted += begin <= now < end
            if now < end:
                each.send()
            else:
                under_way -= 1
    worked = time.process_time() - worked
    for talk in talks:
        if talk.count() != talk.clicks:
            raise RuntimeError(f"{name}: {talk.clicks} clicks, and the server counts {talk.count()}")
    return {"rate": counted / seconds, "clicks": all_of_them, "own": worked / all_of_them}


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))))
