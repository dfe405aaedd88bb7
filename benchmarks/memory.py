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
from .targets import Target
from .visits import data_of


@dataclass(frozen=True)
class Held:
    """One page in memory, in bytes.

    Attributes:
        memory: that it takes.
        left: of it when it has been idle for so long that it is let go.
        estimate: what the cache reckons.
        blocks: their number.
        html: of its HTML.
    """

    memory: float
    left: float
    estimate: int
    blocks: int
    html: int


class NotingCache(ViewCache):
    """Holds every view, and knows which one came last."""

    last: View

    def put(self, view: View) -> None:
        self.last = view
        super().put(view)

    def let_idle_go(self) -> None:
        """As if nobody had used any for the idle time."""
        idle, self._idle = self._idle, 0.0
        self.prune()
        self._idle = idle
        del self.last


def held(path: str, count: int) -> Held:
    """Lets so many visitors open a page, and gives what one of them takes."""
    ui = reactive()
    views = ui.site.views = NotingCache(count=count, size=10**12, idle=3600.0)
    transport = httpx.ASGITransport(ui.app)
    visitors = [httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") for _ in range(count)]

    async def load(visitor: httpx.AsyncClient) -> bytes:
        return (await visitor.get(path)).raise_for_status().content

    async def open_all() -> bytes:
        content = b""
        for visitor in visitors:
            content = await asyncio.create_task(load(visitor))  # as a server does
        if len(views) != count:
            raise RuntimeError(f"{path}: {len(views)} pages are held, not {count}")
        return content

    def traced() -> int:
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    async def weigh() -> Held:
        # What is made once, for all or for a visitor, stays out of the figures.
        for _ in range(2):
            await open_all()
            views.let_idle_go()
        html = data_of(await open_all())[1]
        views.let_idle_go()
        before = traced()
        await open_all()
        memory, estimate, blocks = traced() - before, views.last.cost, blocks_in(views.last.root)
        views.let_idle_go()
        return Held(memory / count, (traced() - before) / count, estimate, blocks, html)

    tracemalloc.start()
    try:
        return asyncio.run(weigh())
    finally:
        tracemalloc.stop()


def blocks_in(child: Rendered) -> int:
    """How many blocks a tree has."""
    if isinstance(child, Node):
        return blocks_in(child.content)
    if isinstance(child, Block):
        return 1 + sum(blocks_in(child.values[slot]) for slot in child.template.child_slots)
    return sum(map(blocks_in, child.values)) if isinstance(child, Items) else 0


def measure(rows: int, count: int) -> Section:
    counter, stored = "`/counter`", f"{rows:,} rows of a database"
    pages = {
        counter: held("/counter", 10 * count),
        f"{rows:,} rows as state": held(f"/rows/{rows}", count),
        stored: held(f"/stored-rows/{rows}", count),
        "100 paragraphs of 1 kB": held("/prose", count),
        "a feed of 10": held("/feed/10", 10 * count),
        f"a feed of {10 * rows:,}": held(f"/feed/{10 * rows}", count),
    }
    body = [
        [
            label,
            whole(page.memory),
            whole(page.left),
            whole(page.estimate),
            ratio(page.estimate, page.memory),
            whole(page.blocks),
            whole(page.html),
        ]
        for label, page in pages.items()
    ]
    return Section(
        "Memory",
        "What one open page takes in the server's memory while it is held, what is left of that when it has "
        "been idle and is let go (`tracemalloc`), and what the cache of open pages reckons for it "
        "(`Limits.views_size` bounds the sum). What is kept of a visitor, such as a cipher for the state, "
        "is no part of it.",
        [["", "bytes", "when idle", "estimate", "of the memory", "blocks", "bytes of HTML"], *body],
        targets=[
            *(
                Target(f"memory of an open page: {label}", limit, "kB", pages[label].memory / 1000)
                for label, limit in ((counter, 40), (stored, 500))
            ),
            # Some hundred bytes are the caches of Python and httpx, divided by a few pages.
            Target("… after the idle time", 1, "kB", max(page.left for page in pages.values()) / 1000),
        ],
    )
