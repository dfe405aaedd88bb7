"""Stores, in memory and in Redis: bounds, expiry, tags, and what comes too late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from reactor.cluster.link import Link
from reactor.cluster.store import RedisStore
from reactor.stores import Entry, MemoryStore, Store, Tag
from tests.redis_servers import RedisServer


def entry(value: str, *tags: str, mark: int = 0, parts: tuple[str, ...] = ()) -> Entry:
    return Entry(value.encode(), frozenset(("tag", tag) for tag in tags), mark, frozenset(parts))


async def value(store: Store, key: str, *paths: str) -> str | None:
    found, _ = await store.get(key, [("path", path) for path in paths])
    return None if found is None else found.value.decode()


@pytest.fixture
async def process(redis_server: RedisServer) -> AsyncIterator[Callable[[], RedisStore]]:
    """Makes stores that know nothing of each other but their Redis, as those of two processes."""
    made: list[Link] = []

    def make() -> RedisStore:
        made.append(Link(redis_server.url, "test:"))
        return RedisStore(made[-1])

    yield make
    for link in made:
        await link.close()


@pytest.fixture(params=["memory", "redis"])
def make(request: pytest.FixtureRequest) -> Callable[[], Store]:
    """Makes a store of each kind."""
    if request.param == "memory":
        return MemoryStore
    process: Callable[[], RedisStore] = request.getfixturevalue("process")
    return process


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while True:
            if await is_so():
                return
            await asyncio.sleep(0)


async def heal(*stores: RedisStore, up: bool = True) -> None:
    """Waits until Redis is there for all of them, or is away."""

    async def is_so() -> bool:
        return all(store._link.is_up is up for store in stores)

    await until(is_so)


async def gone(store: Store, key: str, *paths: str) -> None:
    """Waits until a value is gone."""

    async def is_so() -> bool:
        return await value(store, key, *paths) is None

    await until(is_so)


# What every store does


async def test_store_deletes_by_tag(make: Callable[[], Store]) -> None:
    store = make()
    _, mark = await store.get("a")
    assert await store.set("a", entry("1", "x", "y", mark=mark), None)
    assert await store.set("b", entry("2", "y", mark=mark), None)
    assert await store.set("c", entry("3", mark=mark), None)
    store.delete([("tag", "x")])
    assert [await value(store, key) for key in "abc"] == [None, "2", "3"]


async def test_store_lets_go_after_its_time(make: Callable[[], Store]) -> None:
    store = make()
    _, mark = await store.get("a")
    await store.set("a", entry("1", mark=mark), 0.05)
    await store.set("b", entry("2", mark=mark), 60)
    assert await store.set("c", entry("3", mark=mark), 0)
    assert [await value(store, key) for key in "abc"] == ["1", "2", None]
    await gone(store, "a")
    assert await value(store, "b") == "2"


async def test_store_refuses_what_began_before_a_deletion(make: Callable[[], Store]) -> None:
    store = make()
    _, mark = await store.get("a")
    store.delete([("tag", "x")])
    assert not await store.set("a", entry("1", "x", mark=mark), None)
    assert await value(store, "a") is None
    assert await store.set("b", entry("1", "other", mark=mark), None)
    _, later = await store.get("a")
    assert later != mark
    assert await store.set("a", entry("2", "x", mark=later), None)
    assert await value(store, "a") == "2"
    assert (await store.get("c"))[1] == (await store.get("d"))[1]


async def test_store_deletes_what_a_path_has_read_with_its_parts(make: Callable[[], Store]) -> None:
    store = make()
    _, mark = await store.get("part")
    await store.set("part", entry("1", mark=mark), None)
    await store.set("whole", entry("2", parts=("part",), mark=mark), None)
    await store.set("other", entry("3", mark=mark), None)
    await value(store, "whole", "/posts")
    await value(store, "other", "/")
    store.delete([("path", "/posts")])
    assert [await value(store, key) for key in ("part", "whole", "other")] == [None, None, "3"]


async def test_store_value_that_many_paths_have_read_goes_with_each(make: Callable[[], Store]) -> None:
    store = make()
    _, mark = await store.get("settings")
    await store.set("settings", entry("1", mark=mark), None)
    for number in range(1000):
        await value(store, "settings", f"/posts/{number}")
    unknown: Tag = ("path", "/posts/999")
    store.delete([unknown])
    assert await value(store, "settings") is None


# Of several processes


async def test_stores_of_two_processes_share_values_and_deletions(process: Callable[[], RedisStore]) -> None:
    one, other = process(), process()
    _, mark = await one.get("a")
    await one.set("a", entry("1", "x", mark=mark), None)
    assert await value(other, "a", "/posts") == "1"
    for tag in (("tag", "x"), ("path", "/posts")):
        _, mark = await other.get("b")
        # It is computed in one process while the other one tells of a change.
        one.delete([tag])
        await gone(other, "a", "/posts")
        assert await value(one, "a") is None
        _, later = await other.get("a")
        assert not await other.set("a", Entry(b"old", frozenset([tag]), mark), None)
        assert await one.set("a", entry("2", "x", mark=later), None)
        assert await value(other, "a", "/posts") == "2"


async def test_store_finds_a_value_again_without_asking_redis(process: Callable[[], RedisStore]) -> None:
    store = process()
    _, mark = await store.get("a")
    await store.set("a", entry("1", mark=mark), None)
    await value(store, "a", "/")
    for _ in range(3):
        finding = value(store, "a", "/")
        assert await finding == "1"
        assert not store._link._answers


async def test_store_keeps_values_of_inner_functions_to_its_process(
    process: Callable[[], RedisStore],
) -> None:
    one, other = process(), process()
    key = "module.make.<locals>.find 1 digest"
    _, mark = await one.get(key)
    await one.set(key, entry("1", "x", mark=mark), None)
    assert (await value(one, key), await value(other, key)) == ("1", None)
    other.delete([("tag", "x")])
    await gone(one, key)


async def test_store_goes_on_without_redis_and_forgets_when_it_is_back(
    process: Callable[[], RedisStore], redis_server: RedisServer
) -> None:
    one, other = process(), process()
    _, early = await one.get("a")
    await one.set("a", entry("old", "x", mark=early), None)
    await one.set("b", entry("stays", mark=early), None)
    assert await value(other, "a") == "old"
    redis_server.freeze()
    await heal(one, other, up=False)
    assert await value(one, "a") is None, "nobody knows whether it is good"
    _, mark = await one.get("a")
    assert await one.set("a", entry("alone", "x", mark=mark), None)
    assert await value(one, "a") == "alone"
    assert not await one.set("a", entry("early", "x", mark=early), None)
    one.delete([("tag", "x")])
    assert await value(one, "a") is None
    _, mark = await one.get("a")
    redis_server.thaw()
    await heal(one, other)
    # The deletion of that time holds for all.
    await gone(other, "a")
    assert [await value(one, key) for key in "ab"] == [None, "stays"]
    assert not await one.set("a", entry("alone", "x", mark=mark), None)


async def test_store_takes_nothing_that_began_before_redis_was_emptied(
    process: Callable[[], RedisStore], redis_server: RedisServer
) -> None:
    store = process()
    _, mark = await store.get("a")
    redis_server.kill()
    await heal(store, up=False)
    redis_server.start()
    await heal(store)
    assert not await store.set("a", entry("1", "x", mark=mark), None)


# In memory


async def test_store_keeps_until_the_time_is_over() -> None:
    now = [100.0]
    store = MemoryStore(clock=lambda: now[0])
    await store.set("a", entry("1"), 10)
    await store.set("b", entry("2"), None)
    now[0] = 109.9
    assert await value(store, "a") == "1"
    now[0] = 110.0
    assert (await value(store, "a"), await value(store, "b"), len(store)) == (None, "2", 1)


async def test_store_lets_go_what_was_used_least_recently() -> None:
    store = MemoryStore(count=2)
    await store.set("a", entry("1"), None)
    await store.set("b", entry("2"), None)
    await value(store, "a")
    await store.set("c", entry("3"), None)
    assert [await value(store, key) for key in "abc"] == ["1", None, "3"]


async def test_store_is_bounded_by_bytes() -> None:
    store = MemoryStore(size=10_000)
    for number in range(20):
        await store.set(str(number), entry("x" * 1000), None)
    assert 0 < len(store) < 10
    assert await store.set("large", entry("x" * 20_000), None)
    assert await value(store, "large") is None
    assert len(store) > 0, "what is too large puts nothing else out"


async def test_store_of_which_all_is_gone_takes_nothing() -> None:
    store = MemoryStore(size=100_000)
    for number in range(50):
        await store.set(str(number), entry("x", f"tag {number}"), None)
        await value(store, str(number), "/a", "/b")
    store.delete([("tag", f"tag {number}") for number in range(50)])
    assert (len(store), store._held, store._by_tag) == (0, 0, {})


async def test_store_that_has_forgotten_a_deletion_rather_refuses() -> None:
    store = MemoryStore(count=3)
    _, mark = await store.get("a")
    for number in range(10):
        store.delete([("tag", f"tag {number}")])
    assert not await store.set("a", entry("1", "tag 0", mark=mark), None)
    assert not await store.set("a", entry("1", "never deleted", mark=mark), None)
    _, mark = await store.get("a")
    assert await store.set("a", entry("1", "tag 0", mark=mark), None)


async def test_store_knows_few_of_many_paths_that_have_read_a_value() -> None:
    store = MemoryStore()
    await store.set("settings", entry("1"), None)
    for number in range(1000):
        await value(store, "settings", f"/posts/{number}")
    assert len([tag for tag, keys in store._by_tag.items() if "settings" in keys]) < 110
