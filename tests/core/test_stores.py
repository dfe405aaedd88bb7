"""The store in memory: bounds, expiry, tags, and what comes too late."""

from __future__ import annotations

from reactor.stores import Entry, MemoryStore, Tag


def entry(value: str, *tags: str, mark: int = 0, parts: tuple[str, ...] = ()) -> Entry:
    return Entry(value.encode(), frozenset(("tag", tag) for tag in tags), mark, frozenset(parts))


async def value(store: MemoryStore, key: str, *paths: str) -> str | None:
    found, _ = await store.get(key, [("path", path) for path in paths])
    return None if found is None else found.value.decode()


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


async def test_store_deletes_by_tag() -> None:
    store = MemoryStore()
    await store.set("a", entry("1", "x", "y"), None)
    await store.set("b", entry("2", "y"), None)
    await store.set("c", entry("3"), None)
    store.delete([("tag", "x")])
    assert [await value(store, key) for key in "abc"] == [None, "2", "3"]


async def test_store_refuses_what_began_before_a_deletion() -> None:
    store = MemoryStore()
    _, mark = await store.get("a")
    store.delete([("tag", "x")])
    assert not await store.set("a", entry("1", "x", mark=mark), None)
    assert await value(store, "a") is None
    assert await store.set("b", entry("1", "other", mark=mark), None)
    _, mark = await store.get("a")
    assert await store.set("a", entry("2", "x", mark=mark), None)


async def test_store_that_has_forgotten_a_deletion_rather_refuses() -> None:
    store = MemoryStore(count=3)
    _, mark = await store.get("a")
    for number in range(10):
        store.delete([("tag", f"tag {number}")])
    assert not await store.set("a", entry("1", "tag 0", mark=mark), None)
    assert not await store.set("a", entry("1", "never deleted", mark=mark), None)
    _, mark = await store.get("a")
    assert await store.set("a", entry("1", "tag 0", mark=mark), None)


async def test_store_deletes_what_a_path_has_read_with_its_parts() -> None:
    store = MemoryStore()
    await store.set("part", entry("1"), None)
    await store.set("whole", entry("2", parts=("part",)), None)
    await store.set("other", entry("3"), None)
    await value(store, "whole", "/posts")
    await value(store, "other", "/")
    store.delete([("path", "/posts")])
    assert [await value(store, key) for key in ("part", "whole", "other")] == [None, None, "3"]


async def test_store_value_that_many_paths_have_read_goes_with_each() -> None:
    store = MemoryStore()
    await store.set("settings", entry("1"), None)
    for number in range(1000):
        await value(store, "settings", f"/posts/{number}")
    held = [tag for tag, keys in store._by_tag.items() if "settings" in keys]
    assert len(held) < 110
    unknown: Tag = ("path", "/posts/999")
    store.delete([unknown])
    assert await value(store, "settings") is None
