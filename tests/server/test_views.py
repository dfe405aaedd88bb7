"""The cache of views: bounded, and nothing is lost when it lets one go."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from reactor import Child, Component, Limits, action, state
from reactor import html as h
from reactor.testing import TestClient
from reactor.views import View, ViewCache
from tests.server.applications import application, counting


def view(cost: int = 1, visitor: str = "ada") -> View:
    made = View("/", visitor)
    made.cost = cost
    return made


def test_cache_holds_what_was_used_last() -> None:
    cache = ViewCache(count=2, size=100, idle=60)
    first, second, third = view(), view(), view()
    cache.put(first)
    cache.put(second)
    cache.put(first)
    cache.put(third)
    assert (first in cache, second in cache, third in cache) == (True, False, True)
    assert len(cache) == 2


def test_cache_is_bounded_by_size() -> None:
    cache = ViewCache(count=100, size=10, idle=60)
    views = [view(4) for _ in range(5)]
    for each in views:
        cache.put(each)
    assert [each in cache for each in views] == [False, False, False, True, True]
    cache.put(view(11))
    assert len(cache) == 0


def test_cache_counts_a_view_that_grows() -> None:
    cache = ViewCache(count=100, size=10, idle=60)
    growing = view(1)
    cache.put(growing)
    for cost in (5, 2, 9):
        growing.cost = cost
        cache.put(growing)
    growing.cost = 1
    cache.drop(growing)
    other = view(10)
    cache.put(other)
    assert other in cache


def test_cache_lets_idle_views_go() -> None:
    cache = ViewCache(count=100, size=100, idle=0)
    cache.put(view())
    cache.put(view())
    assert len(cache) <= 1


def test_cache_gives_a_view_only_to_its_visitor_and_page() -> None:
    cache = ViewCache(count=100, size=100, idle=60)
    mine = view()
    cache.put(mine)
    assert cache.get(mine.id, "ada", "/") is mine
    assert cache.get(mine.id, "eve", "/") is None
    assert cache.get(mine.id, "ada", "/other") is None
    assert cache.get(b"unknown", "ada", "/") is None


@pytest.mark.parametrize(
    "limits", [Limits(views=1), Limits(views_size=1), Limits(views_idle=0), Limits(views=0)]
)
async def test_views_that_are_let_go_lose_nothing(limits: Limits) -> None:
    async with TestClient(counting(limits=limits).app) as client:
        pages = [await client.get("/") for _ in range(3)]
        for turn in range(1, 4):
            for page in pages:
                await page.click("Count")
                assert page.answer.status == 200
                assert page.get_by_role("status").text == str(turn)


async def test_view_that_grows_by_patches_is_weighed() -> None:
    class Feed(Component):
        lines: list[int] = state([])

        @action
        async def more(self) -> None:
            self.lines.extend(range(500))

        def render(self) -> Child:
            return h.div[h.button(on_click=self.more)["More"], (h.p[line] for line in self.lines)]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Feed()

    async with TestClient(ui.app) as client:
        page = await client.get("/")
        cache = ui.site.views
        before = cache._held
        await page.click("More")
        assert cache._held > before + 10_000


async def test_views_of_two_visitors_do_not_mix() -> None:
    ui = counting()
    async with TestClient(ui.app) as one, TestClient(ui.app) as two:
        mine, theirs = await one.get("/"), await two.get("/")
        for _ in range(3):
            await mine.click("Count")
        await theirs.click("Count")
        assert mine.get_by_role("status").text == "3"
        assert theirs.get_by_role("status").text == "1"


async def test_many_visitors_at_the_same_time_do_not_mix() -> None:
    class Slow(Component):
        name: str
        count: int = state(0)

        @action
        async def add(self, number: int) -> None:
            before = self.count
            await asyncio.sleep(0)
            self.count = before + number

        async def render(self) -> Child:
            await asyncio.sleep(0)
            return h.p[h.output[f"{self.name} {self.count}"], h.button(on_click=self.add.bind(1))["Add"]]

    ui = application(limits=Limits(views=3))

    @ui.page("/{name}")
    async def page_(name: str) -> Child:
        return Slow(name=name)

    async def visit(name: str, clicks: int) -> str:
        async with TestClient(ui.app) as client:
            page = await client.get(f"/{name}")
            for _ in range(clicks):
                await page.click("Add")
            return page.get_by_role("status").text

    seen = await asyncio.gather(*(visit(f"v{number}", number) for number in range(8)))
    assert seen == [f"v{number} {number}" for number in range(8)]


async def test_tabs_of_one_visitor_are_pages_of_their_own() -> None:
    async with TestClient(counting().app) as client:
        first, second = await client.get("/"), await client.get("/")
        await first.click("Count")
        await first.click("Count")
        await second.click("Count")
        assert first.get_by_role("status").text == "2"
        assert second.get_by_role("status").text == "1"


async def test_view_that_is_let_go_leaves_nothing_of_its_page_behind() -> None:
    shown: list[weakref.ref[Component]] = []

    class Counter(Component):
        count: int = state(0)

        async def mount(self) -> None:
            shown.append(weakref.ref(self))

        @action
        async def add(self) -> None:
            self.count += 1

        def render(self) -> Child:
            return h.button(on_click=self.add)[self.count]

    ui = application(limits=Limits(views=1))

    @ui.page("/")
    async def page_() -> Child:
        return Counter()

    async with TestClient(ui.app) as client:
        for _ in range(3):
            page = await client.get("/")
            await page.click("0")
        gc.collect()
        assert [each() is not None for each in shown] == [False, False, True]
