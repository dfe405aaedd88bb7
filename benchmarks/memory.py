"""The memory that an open page takes on the server, beside the estimate that bounds the cache of them."""

from __future__ import annotations

import asyncio
import binascii
import gc
import tracemalloc
from dataclasses import dataclass

import httpx

from reactor import Reactor
from reactor.views import View

from .applications import reactive
from .report import Section, ratio, whole
from .visits import DATA


@dataclass(frozen=True)
class Held:
    """One page in memory: its bytes, those of its outline and HTML, and what the cache reckons."""

    memory: float
    outline: int
    html: int
    estimate: int


def held(ui: Reactor, path: str, count: int) -> Held:
    """Opens a page so often, each time as a new visitor, and gives what one of them takes."""

    async def load() -> bytes:
        transport = httpx.ASGITransport(ui.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as visitor:
            response = await visitor.get(path)
            return response.raise_for_status().content

    async def open_all() -> tuple[bytes, float]:
        html = await load()  # what is made once for all stays out of the figure
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(count):
            await load()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        return html, (after - before) / count

    tracemalloc.start()
    try:
        html, memory = asyncio.run(open_all())
    finally:
        tracemalloc.stop()
    data = DATA.search(html)
    if data is None:
        raise RuntimeError(f"{path} is not a page")
    outline = len(binascii.a2b_base64(data[1]))
    view = View(path, "")
    view.weigh(outline)
    return Held(memory, outline, len(html) - len(data[1]), view.cost)


def measure(rows: int, count: int) -> Section:
    ui = reactive()
    pages = {
        "`/counter`": held(ui, "/counter", 10 * count),
        f"{rows:,} rows as state": held(ui, f"/rows/{rows}", count),
        f"{rows:,} rows of a database": held(ui, f"/stored-rows/{rows}", count),
        "100 paragraphs of 1 kB": held(ui, "/prose", count),
    }
    body = [
        [
            label,
            whole(page.memory),
            whole(page.estimate),
            ratio(page.estimate, page.memory),
            whole(page.outline),
            whole(page.html),
        ]
        for label, page in pages.items()
    ]
    small, large = pages["`/counter`"], pages[f"{rows:,} rows as state"]
    slope = (large.memory - small.memory) / (large.outline - small.outline)
    return Section(
        "Memory",
        "What one open page takes in the server's memory while it is held (`tracemalloc`), and what the "
        "cache of open pages reckons for it (`Limits.views_size` bounds the sum). A page that is not held "
        "takes nothing.",
        [["", "bytes", "estimate", "of the memory", "bytes of outline", "bytes of HTML"], *body],
        [
            f"The line through the first two: {whole(small.memory - slope * small.outline)} bytes, and "
            f"{slope:.1f} for each byte of outline."
        ],
    )
