"""What a request may cost (B): bytes, time, log lines, and what is left of it."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import pkgutil
import re
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest
from starlette.requests import HTTPConnection

import reactor
from reactor import CallRefused, Limits
from reactor import html as h
from reactor.attributes import class_value, style_value, url_value
from reactor.codec import Malformed, from_text, pack, unpack
from reactor.diff import diff
from reactor.markup import escape
from reactor.multipart import Multipart
from reactor.origin import Origins, visitor_of
from reactor.protocol import MEDIA_TYPE
from reactor.proxies import Proxies
from reactor.testing import TestClient
from tests.security.calls import post
from tests.server.applications import counting

# T-BYTES


@pytest.mark.parametrize(
    "kind", [MEDIA_TYPE, "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
)
async def test_body_without_end_takes_no_more_memory_than_its_limit(kind: str) -> None:
    """T-BYTES: in chunks that do not say how many there are; a hundred times as much as may be."""
    limit = 200_000
    limits = Limits(body=limit, upload=limit, file_size=limit)
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        if kind.startswith("multipart"):
            yield b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n'
        while sent < 100 * limit:
            sent += 10_000
            yield b"a" * 10_000

    async with TestClient(counting(limits=limits).app) as client:
        await client.get("/")
        headers = {"content-type": kind, "origin": client.origin}
        tracemalloc.start()
        try:
            response = await client.http.post("/", content=body(), headers=headers)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert response.status_code == 413
    # What the client of this test makes before it sends is no more than one chunk.
    assert peak < 2 * limit + 1_000_000


# T-QUAD


def time_of(work: Callable[[], object]) -> float:
    """Seconds of this process for it; the least of several runs."""
    seen = []
    for _ in range(3):
        begin = time.process_time()
        work()
        seen.append(time.process_time() - begin)
    return min(seen)


def quietly(work: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        with suppress(Malformed, CallRefused, ValueError):
            work()

    return run


def requested(name: str, value: str) -> HTTPConnection:
    headers = [(b"host", b"a"), (name.encode(), value.encode())]
    return HTTPConnection(
        {"type": "http", "path": "/", "scheme": "http", "headers": headers, "client": ("1.1.1.1", 1)}
    )


def origin_of(name: str, value: str) -> None:
    request = requested(name, value)
    Origins(["*.a.example"]).check(request, Proxies(["*"]).sender(request))


def parts(data: bytes) -> None:
    async def read() -> None:
        async def stream() -> AsyncIterator[bytes]:
            yield data

        body = Multipart("multipart/form-data; boundary=b", stream())
        while await body.part():
            pass

    asyncio.run(read())


def rows(count: int, *, backwards: bool) -> Any:
    numbers = range(count)
    return h.ul[[h.li(key=n)[n] for n in (reversed(numbers) if backwards else numbers)]]


PART = b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n\r\n'

# Each of some size; eight times of it may take at most twenty times as long, where a square would take 64.
GROWING: dict[str, tuple[int, Callable[[int], object]]] = {
    "lists": (4000, lambda n: unpack(b"\x91" * n, limit=10**7)),
    "maps": (4000, lambda n: unpack(b"\xde" + n.to_bytes(2, "big") + b"\xa0\xc0" * n, limit=10**7)),
    "keys": (4000, lambda n: unpack(pack({str(k): k for k in range(n)}), limit=10**7)),
    "text": (40_000, lambda n: from_text("-" * n + "=")),
    "origin": (4000, lambda n: origin_of("origin", "https://" + "a." * n)),
    "referer": (4000, lambda n: origin_of("referer", "https://" + "/?#" * n)),
    "forwarded": (4000, lambda n: origin_of("x-forwarded-for", "1.1.1.1," * n)),
    "cookie": (4000, lambda n: visitor_of(requested("cookie", "a=b; " * n))),
    "cookie quotes": (4000, lambda n: visitor_of(requested("cookie", 'a="' + "\\" * n))),
    "parts": (300, lambda n: parts(PART * n)),
    "preamble": (20_000, lambda n: parts(b"\r\n-" * n)),
    "boundaries": (20_000, lambda n: parts(PART + b"\r\n--" * n)),
    "headers": (2000, lambda n: parts(b"--b\r\n" + b"a: b\r\n" * n)),
    "long header": (20_000, lambda n: parts(b"--b\r\na: " + b"b; " * n)),
    "disposition": (
        2000,
        lambda n: parts(b"--b\r\ncontent-disposition: form-data" + b'; a="\\"' * n + b"\r\n\r\n"),
    ),
    "escape": (100_000, lambda n: escape("<\r\0" * n)),
    "style": (4000, lambda n: style_value({"color": "(" * n})),
    "style comment": (4000, lambda n: style_value({"color": "/ " * n + "url(" * n})),
    "address": (20_000, lambda n: url_value("a", "href", "\t" * n + "javascript" + ":" * n)),
    "addresses": (4000, lambda n: url_value("img", "srcset", "a , " * n + ":")),
    "class": (20_000, lambda n: class_value(["a "] * n)),
    "turned list": (150, lambda n: diff(rows(n, backwards=False), rows(n, backwards=True))),
}


@pytest.mark.parametrize("name", GROWING)
def test_cost_grows_no_faster_than_its_cause(name: str) -> None:
    """T-QUAD, T-COUNT"""
    size, work = GROWING[name]
    small = time_of(quietly(lambda: work(size)))
    large = time_of(quietly(lambda: work(8 * size)))
    assert large < 20 * small + 0.05


# T-REDOS


def patterns() -> dict[str, re.Pattern[Any]]:
    found = {}
    for info in pkgutil.walk_packages(reactor.__path__, "reactor."):
        if "testing" in info.name or "__main__" in info.name:
            continue
        for name, value in vars(importlib.import_module(info.name)).items():
            if isinstance(value, re.Pattern):
                found[f"{info.name}.{name}"] = value
    return found


def uses(name: str) -> set[str]:
    """Which of its methods the package calls; those that replace are searches."""
    module, _, pattern = name.rpartition(".")
    source = inspect.getsource(importlib.import_module(module))
    found = set(re.findall(rf"\b{pattern}\.(match|fullmatch|search|sub|split|find\w+)\(", source))
    # Given to something else, or chosen between.
    return {"search" if use in ("sub", "split") or use[:4] == "find" else use for use in found} or {"search"}


@pytest.mark.parametrize("name", patterns())
def test_pattern_takes_no_more_than_its_share_of_time(name: str) -> None:
    """T-REDOS: on long runs of one or two characters, with an end that does not fit."""
    pattern = patterns()[name]
    runs = ["a", " ", "-", "0", "1 ", "a-", "(", "<", "\t", ";", "a,", "url(", "https://a", "é"]
    used = [getattr(pattern, method) for method in uses(name)]
    for run in runs:
        texts: list[Any] = [(run * (size // len(run))) + "\0" for size in (2_000, 16_000)]
        if isinstance(pattern.pattern, bytes):
            texts = [text.encode() for text in texts]
        small, large = (
            time_of(lambda text=text: [use(text) for use in used])  # type: ignore[misc]
            for text in texts
        )
        assert large < 20 * small + 0.05, run


# T-LOOP


async def test_largest_message_does_not_hold_up_others_for_long() -> None:
    """T-LOOP: what is decoded at once is bounded by the limits that hold without settings."""
    limits = Limits()
    inner = b"\xc0" * (limits.items - 100)
    data = (
        b"\xdd"
        + len(inner).to_bytes(4, "big")
        + inner
        + b"\xc6"
        + (900_000).to_bytes(4, "big")
        + b"a" * 900_000
    )
    data = b"\x82\xa1a" + data[: 5 + len(inner)] + b"\xa1b" + data[5 + len(inner) :]
    took = time_of(lambda: unpack(data, limit=limits.body, depth=limits.depth, items=limits.items))
    assert took < 0.05


# T-CONN


async def test_tabs_that_were_closed_leave_nothing_behind() -> None:
    """T-CONN: neither tasks nor views beyond what is kept."""
    ui = counting(limits=Limits(views=20, records=20))
    async with TestClient(ui.app) as client:
        await client.get("/")
        tasks = len(asyncio.all_tasks())
        for _ in range(40):
            page = await client.get("/")
            await page.click("Count")
        assert len(asyncio.all_tasks()) <= tasks
        assert len(ui.site.views) == 20


# T-LOG


async def test_hostile_request_leaves_at_most_one_short_line(caplog: pytest.LogCaptureFixture) -> None:
    """T-LOG: and none with what a terminal would obey, or that looks like another line."""
    evil = "\x1b[31m\r\nINFO:root:fake \u2028" + "x" * 3000
    caplog.set_level(logging.INFO)
    async with TestClient(counting(limits=Limits(body=10**6)).app, raise_server_errors=False) as client:
        page = await client.get("/")
        for changes in (
            {"e": {evil: evil}},
            {"a": [evil]},
            {"h": evil.encode()},
            {"s": evil.encode(), "i": b"?"},
            {"f": [evil, evil]},
            {"i": evil.encode()},
            {"p": evil},
        ):
            caplog.clear()
            await post(page, **changes)
            await client.http.post(f"/{'y' * 500}", headers={"referer": "x" * 5000})
            ours = [record for record in caplog.records if record.name == "reactor"]
            assert len(ours) <= 1
            for record in ours:
                assert record.getMessage().isprintable()
                assert len(record.getMessage()) < 1000
