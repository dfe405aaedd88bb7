"""What is told unasked: the memory of a line, and how soon and in how many bytes a message is everywhere."""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from reactor.codec import pack, unpack
from reactor.protocol import LINE_ADDRESS, MEDIA_TYPE, PROTOCOL
from reactor.streams import frames_in

from .report import Section, milliseconds, whole
from .serve import Served, serving
from .visits import Visit

WORDS = 2_000
_TOGETHER = 50
"""Lines that are opened at once."""


@dataclass
class Message:
    """When one was heard, and in how many bytes, by so many pages."""

    count: int
    heard: list[tuple[float, int]] = field(default_factory=list)
    everywhere: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, size: int) -> None:
        self.heard.append((time.perf_counter(), size))
        if len(self.heard) == self.count:
            self.everywhere.set()


async def listen(line: ClientConnection, messages: list[Message]) -> None:
    """Notes what is told on a line: each message by one frame."""
    number = 0
    async for frame in line:
        if frame:
            messages[number].note(len(frame))
            number += 1
        else:
            await line.send(b"")


def memory(served: Served) -> int:
    """The bytes of memory that a process has."""
    return int(Path(f"/proc/{served.processes[0]}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def opened(visit: Visit) -> ClientConnection:
    """The line of a page, once the server has answered on it.

    Raises:
        RuntimeError: the server does not tell this page.
    """
    origin = f"http://127.0.0.1:{visit.port}"
    line = await connect(
        f"ws://127.0.0.1:{visit.port}{LINE_ADDRESS}",
        additional_headers={"Cookie": visit.cookie, "Origin": origin},
        compression=None,
    )
    position: dict[str, Any] = {
        "p": PROTOCOL,
        "i": visit.view,
        "v": visit.version,
        "s": visit.sealed,
        "a": visit.path,
    }
    await line.send(pack(position))
    answer: Any = unpack(bytes(await line.recv(decode=False)), limit=10**6)
    if answer.get("q") != 1:
        raise RuntimeError(f"{visit.path} is not told: {answer}")
    return line


async def told(served: Served, count: int, messages: int) -> tuple[list[float], list[float], int, list[int]]:
    """Opens lines, and publishes messages, one when all have heard the one before.

    Returns:
        Seconds until each line had heard a message, until all had, the memory of a line, and the bytes of
        what was told.
    """
    visits = [Visit(served.port, "/ticker") for _ in range(count)]
    for visit in visits:
        visit.__exit__()
    before = memory(served)
    lines: list[ClientConnection] = []
    for first in range(0, count, _TOGETHER):
        lines += await asyncio.gather(*map(opened, visits[first : first + _TOGETHER]))
    each = (memory(served) - before) // count
    said = [Message(count) for _ in range(messages)]
    listening = [asyncio.create_task(listen(line, said)) for line in lines]
    latencies: list[float] = []
    last: list[float] = []
    sizes: list[int] = []
    async with httpx.AsyncClient() as http:
        for message in said:
            begin = time.perf_counter()
            await http.post(f"http://127.0.0.1:{served.port}/publish")
            await message.everywhere.wait()
            since = [when - begin for when, _ in message.heard]
            sizes += [size for _, size in message.heard]
            latencies += since
            last.append(max(since))
    for task, line in zip(listening, lines, strict=True):
        task.cancel()
        await line.close()
    return latencies, last, each, sizes


def streamed(served: Served) -> tuple[int, int, int]:
    """The bytes and frames of an answer that tells a text word by word, and the bytes of the text."""
    with Visit(served.port, "/story") as visit:
        element = visit.clickable("Tell")
        handler = element.handler("click")
        message: dict[str, Any] = {
            "a": element.address("click"),
            "h": handler.mark,
            "s": visit.sealed,
            "e": {},
        }
        answer = httpx.post(
            f"http://127.0.0.1:{served.port}/story",
            content=visit.message(message),
            headers={
                "Content-Type": MEDIA_TYPE,
                "Cookie": visit.cookie,
                "Origin": f"http://127.0.0.1:{served.port}",
            },
            timeout=60,
        ).raise_for_status()
    frames = list(frames_in(answer.content))
    text = sum(len(word) for word in re.findall(r"word\d+ ?", " ".join(f"word{n}" for n in range(WORDS))))
    return len(answer.content), len(frames), text


def measure(count: int, messages: int) -> Section:
    with serving("held") as served:
        latencies, last, each, sizes = asyncio.run(told(served["held"], count, messages))
        size, frames, text = streamed(served["held"])
    latencies.sort()
    body = [
        ["memory of a line with its page, bytes", whole(each)],
        ["until a page is told, median, ms", milliseconds(statistics.median(latencies))],
        ["… 99th percentile, ms", milliseconds(latencies[int(len(latencies) * 0.99)])],
        ["until all are told, median, ms", milliseconds(statistics.median(last))],
        ["frames a second", whole(count / statistics.median(last))],
        ["bytes of what a page is told, median", whole(statistics.median(sizes))],
        [f"an answer that tells {WORDS:,} words one by one: bytes", whole(size)],
        ["… of which the text", whole(text)],
        ["… frames", whole(frames)],
    ]
    return Section(
        "Live",
        f"{count:,} WebSockets of as many visitors on one worker. A message is published, and heard by all "
        "of their pages: guards and dependencies of the page are asked anew for each, the component hears, "
        f"is rendered and compared, its state is sealed. {messages} messages, the next when all have heard "
        "the last; the load shares the machine with the server.",
        [["", ""], *body],
    )
