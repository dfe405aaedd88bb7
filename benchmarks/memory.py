"""The memory that an open page takes on the server, beside the estimate that bounds the cache of them."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from dataclasses import dataclass

import httpx

from reactor.blocks import Block, Items, Node, Rendered
from reactor.views import View, ViewCache

from .applications import reactive
from .report import Section, ratio, whole
from .visits import data_of


@dataclass(frozen=True)
class Held:
    """One page in memory: its bytes, what the cache reckons, its blocks, and the bytes of its HTML."""

    memory: float
    estimate: int
    blocks: int
    html: int


class NotingCache(ViewCache):
    """Holds every view, and knows which one came last."""

    last: View

    def put(self, view: View) -> None:
        self.last = view
        super().put(view)


def held(path: str, count: int) -> Held:
    """Opens a page so often, each time as a new visitor, and gives what one of them takes."""
    ui = reactive()
    views = ui.site.views = NotingCache(count=count + 1, size=10**12, idle=3600.0)

    async def load() -> httpx.Response:
        transport = httpx.ASGITransport(ui.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as visitor:
            return (await visitor.get(path)).raise_for_status()

    async def open_all() -> tuple[httpx.Response, float]:
        first = await load()  # what is made once for all stays out of the figure
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(count):
            await load()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        return first, (after - before) / count

    tracemalloc.start()
    try:
        first, memory = asyncio.run(open_all())
    finally:
        tracemalloc.stop()
    if len(views) != count + 1:
        raise RuntimeError(f"{path}: {len(views)} pages are held, not {count + 1}")
    _, html = data_of(first.content)
    return Held(memory, views.last.cost, blocks_in(views.last.root), html)


def blocks_in(child: Rendered) -> int:
    """How many blocks a tree has."""
    if isinstance(child, Node):
        return blocks_in(child.content)
    if isinstance(child, Block):
        return 1 + sum(blocks_in(child.values[slot]) for slot in child.template.child_slots)
    return sum(map(blocks_in, child.values)) if isinstance(child, Items) else 0


def measure(rows: int, count: int) -> Section:
    pages = {
        "`/counter`": held("/counter", 10 * count),
        f"{rows:,} rows as state": held(f"/rows/{rows}", count),
        f"{rows:,} rows of a database": held(f"/stored-rows/{rows}", count),
        "100 paragraphs of 1 kB": held("/prose", count),
        "a feed of 10": held("/feed/10", 10 * count),
        f"a feed of {10 * rows:,}": held(f"/feed/{10 * rows}", count),
    }
    body = [
        [
            label,
            whole(page.memory),
            whole(page.estimate),
            ratio(page.estimate, page.memory),
            whole(page.blocks),
            whole(page.html),
        ]
        for label, page in pages.items()
    ]
    return Section(
        "Memory",
        "What one open page takes in the server's memory while it is held (`tracemalloc`), and what the "
        "cache of open pages reckons for it (`Limits.views_size` bounds the sum). A page that is not held "
        "takes nothing.",
        [["", "bytes", "estimate", "of the memory", "blocks", "bytes of HTML"], *body],
    )
