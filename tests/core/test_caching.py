"""Cached functions outside of pages: what is computed when, for whom, and what is never given."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from random import Random
from typing import Any

import pytest
from pydantic import BaseModel, Field

from reactor import DataError, ReactorError, cached, cookies, request, revalidate_path, revalidate_tag
from reactor.stores import DEFAULT, MemoryStore

ran: list[Any] = []


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    ran.clear()
    yield
    if isinstance(DEFAULT, MemoryStore):
        DEFAULT.clear()


class Post(BaseModel):
    id: int
    title: str = Field(validation_alias="name", default="", serialization_alias="Title")
    tags: set[str] = set()


@dataclass
class Point:
    x: int
    y: float


class Colour(Enum):
    RED = "r"


class Gate:
    """A function that computes stands here until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def pass_through(self) -> None:
        self.reached.set()
        await self.opened.wait()


async def test_cached_is_computed_once() -> None:
    @cached
    async def total(a: int, b: int = 2) -> int:
        ran.append((a, b))
        return a + b

    assert [await total(1), await total(a=1), await total(1, b=2), await total(2)] == [3, 3, 3, 4]
    assert ran == [(1, 2), (2, 2)]


async def test_cached_plain_function_runs_in_a_thread() -> None:
    @cached(tags=["threads"])
    def name() -> str:
        return threading.current_thread().name

    assert await name() != threading.current_thread().name


async def test_cached_value_is_of_its_type_and_nobody_elses() -> None:
    @cached
    async def posts() -> list[Post]:
        ran.append("posts")
        return [Post.model_validate({"id": 1, "name": "One", "tags": {"a"}})]

    first, second = await posts(), await posts()
    assert first == second == [Post.model_validate({"id": 1, "name": "One", "tags": {"a"}})]
    assert first is not second
    assert first[0].tags is not second[0].tags
    assert ran == ["posts"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, "1"),
        (1, 1.0),
        (1, True),
        (None, "None"),
        ([1, 2], (1, 2)),
        ([1, 2], [[1], 2]),
        (date(2026, 5, 1), "2026-05-01"),
        (date(2026, 5, 1), datetime(2026, 5, 1)),
        (b"a", "a"),
        (Colour.RED, "r"),
        ({"a": 1}, {"a": "1"}),
        (Point(1, 2), Point(1, 2.5)),
        (Post(id=1), Post(id=2)),
        (Post(id=1), {"id": 1}),
        ({1, 2}, {1, 3}),
    ],
)
async def test_cached_tells_arguments_apart(one: object, other: object) -> None:
    @cached
    async def seen(value: object) -> int:
        ran.append(value)
        return len(ran)

    assert await seen(one) != await seen(other)
    assert (await seen(one), await seen(other), len(ran)) == (1, 2, 2)


async def test_cached_takes_a_key_for_arguments_that_are_no_values() -> None:
    @cached(key=lambda database, id: id)
    async def title(database: object, id: int) -> str:
        ran.append(id)
        return f"Post {id}"

    assert [await title(object(), 1), await title(object(), 1)] == ["Post 1", "Post 1"]
    assert ran == [1]


async def test_cached_refuses_arguments_that_are_no_values() -> None:
    @cached
    async def title(database: object, id: int) -> str:
        return f"Post {id}"

    with pytest.raises(
        DataError, match=r"argument 'database' is or holds a object.*key=(.|\n)*test_caching.py:"
    ):
        await title(object(), 1)


async def test_cached_same_name_inside_of_functions_is_another_function() -> None:
    def make(number: int) -> Callable[[], Any]:
        @cached
        async def get() -> int:
            return number

        return get

    assert [await make(1)(), await make(2)()] == [1, 2]


async def test_cached_exceptions_are_not_kept() -> None:
    @cached
    async def flaky() -> str:
        ran.append("flaky")
        if len(ran) == 1:
            raise LookupError("not yet")
        return "there"

    with pytest.raises(LookupError, match="not yet"):
        await flaky()
    assert await flaky() == "there"


async def test_cached_outside_of_requests_ttl_0_keeps_nothing() -> None:
    @cached(ttl=0)
    async def now() -> int:
        ran.append("now")
        return len(ran)

    assert [await now(), await now()] == [1, 2]


async def test_cached_equal_calls_at_once_are_computed_once() -> None:
    gate = Gate()

    @cached
    async def slow() -> int:
        ran.append("slow")
        await gate.pass_through()
        return 7

    calls = [asyncio.create_task(slow()) for _ in range(5)]
    await gate.reached.wait()
    gate.opened.set()
    assert await asyncio.gather(*calls) == [7] * 5
    assert ran == ["slow"]


async def test_cached_first_caller_that_is_cancelled_does_not_cancel_the_others() -> None:
    gate = Gate()

    @cached
    async def slow() -> int:
        ran.append("slow")
        await gate.pass_through()
        return 7

    first = asyncio.create_task(slow())
    await gate.reached.wait()
    second = asyncio.create_task(slow())
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    gate.opened.set()
    assert await second == 7
    assert ran == ["slow"]


async def test_cached_ends_when_nobody_waits_any_more() -> None:
    gate, ended = Gate(), asyncio.Event()

    @cached
    async def slow() -> int:
        ran.append("slow")
        try:
            await gate.pass_through()
        except asyncio.CancelledError:
            ended.set()
            raise
        return 7

    only = asyncio.create_task(slow())
    await gate.reached.wait()
    only.cancel()
    await ended.wait()
    gate.opened.set()
    assert await slow() == 7
    assert ran == ["slow", "slow"]


async def test_revalidated_data_is_computed_anew_by_tag() -> None:
    @cached(tags=lambda id: ["posts", f"post:{id}"])
    async def post(id: int) -> int:
        ran.append(id)
        return len(ran)

    assert [await post(1), await post(2)] == [1, 2]
    revalidate_tag("post:1")
    assert [await post(1), await post(2)] == [3, 2]
    revalidate_tag("posts", "others")
    assert [await post(1), await post(2)] == [4, 5]
    revalidate_tag("unknown")
    assert [await post(1), await post(2)] == [4, 5]


async def test_revalidated_in_a_thread() -> None:
    @cached(tags=["a"])
    async def count() -> int:
        ran.append("count")
        return len(ran)

    await count()
    await asyncio.to_thread(revalidate_tag, "a")
    assert await count() == 2


async def test_nested_function_gives_its_tags_to_the_outer_one() -> None:
    @cached(tags=["inner"])
    async def inner() -> int:
        ran.append("inner")
        return len(ran)

    @cached(tags=["middle"])
    async def middle() -> int:
        return await inner()

    @cached
    async def outer() -> int:
        return await middle()

    assert await outer() == 1
    revalidate_tag("inner")
    assert await outer() == 2
    await inner()
    revalidate_tag("middle")
    assert (await outer(), ran) == (2, ["inner", "inner"])


async def test_what_was_begun_before_a_revalidation_is_neither_kept_nor_joined() -> None:
    gates = [Gate(), Gate()]
    stock = [1]

    @cached(tags=["stock"])
    async def count() -> int:
        seen, gate = stock[0], gates[len(ran)]
        ran.append(seen)
        await gate.pass_through()
        return seen

    before = asyncio.create_task(count())
    await gates[0].reached.wait()
    stock[0] = 2
    revalidate_tag("stock")
    after = asyncio.create_task(count())
    await gates[1].reached.wait()  # it has not joined the first one
    gates[1].opened.set()
    assert await after == 2
    gates[0].opened.set()
    assert await before == 1  # it was asked for before
    assert await count() == 2  # and was not kept
    assert ran == [1, 2]


async def test_what_was_begun_before_a_nested_tag_was_known_is_not_joined_after_its_revalidation() -> None:
    gate, later = Gate(), Gate()
    stock = [1]

    @cached(tags=["stock"])
    async def count() -> int:
        ran.append(stock[0])
        return stock[0]

    @cached
    async def between() -> int:
        value = await count()
        await (later if gate.opened.is_set() else gate).pass_through()
        return value

    @cached
    async def report() -> int:
        return await between()

    later.opened.set()
    before = asyncio.create_task(report())
    await gate.reached.wait()
    stock[0] = 2
    revalidate_tag("stock")
    after = asyncio.create_task(report())
    await asyncio.sleep(0)  # it joins
    gate.opened.set()
    assert (await before, await after, await report()) == (1, 2, 2)
    assert ran == [1, 2]


@pytest.mark.parametrize("seed", range(10))
async def test_whoever_asks_after_a_revalidation_never_gets_what_is_older(seed: int) -> None:
    random, written, given = Random(seed), {"a": 0, "b": 0}, [0]

    async def turns() -> None:
        for _ in range(random.randrange(6)):
            await asyncio.sleep(0)  # a turn of the event loop, for the others

    @cached(tags=lambda name: [name])
    async def read(name: str) -> int:
        await turns()
        value = written[name]
        await turns()
        return value

    @cached
    async def between(name: str) -> int:
        value = await read(name)
        await turns()
        return value

    @cached
    async def both() -> tuple[int, int]:
        first = await between("a")
        await turns()
        return first, await read("b")

    async def reader() -> None:
        for _ in range(20):
            await turns()
            a, b = written["a"], written["b"]
            if random.random() < 0.5:
                seen = await both()
                assert seen[0] >= a
                assert seen[1] >= b
            else:
                assert await read("a") >= a
            given[0] += 1

    async def writer(name: str) -> None:
        for _ in range(15):
            await turns()
            written[name] += 1
            revalidate_tag(name)

    async def impatient() -> None:
        for _ in range(10):
            task = asyncio.create_task(both())
            await turns()
            task.cancel()
            await asyncio.wait((task,))

    await asyncio.gather(*(reader() for _ in range(5)), writer("a"), writer("b"), impatient())
    assert (await both(), given[0]) == ((15, 15), 100)


async def test_cached_function_that_calls_itself_with_the_same_arguments_is_an_error() -> None:
    @cached
    async def depth(n: int) -> int:
        return await depth(n)

    with pytest.raises(DataError, match="calls itself"):
        await depth(1)


async def test_cached_function_may_call_itself_with_other_arguments() -> None:
    @cached
    async def factorial(n: int) -> int:
        ran.append(n)
        return 1 if n < 2 else n * await factorial(n - 1)

    assert (await factorial(5), await factorial(4)) == (120, 24)
    assert ran == [5, 4, 3, 2, 1]


async def test_cached_result_must_fit_its_annotation() -> None:
    @cached
    async def wrong() -> list[int]:
        return ["a"]  # type: ignore[list-item]

    with pytest.raises(DataError, match="it returned a list that does not fit its annotation"):
        await wrong()


def test_cached_needs_a_return_annotation() -> None:
    with pytest.raises(DataError, match=r"needs a return annotation(.|\n)*test_caching.py:\d+"):

        @cached
        async def nothing():  # type: ignore[no-untyped-def]
            return 1


def test_cached_needs_a_type_that_is_data() -> None:
    with pytest.raises(DataError, match="pydantic can turn to JSON and back"):

        @cached
        async def lock() -> threading.Lock:
            return threading.Lock()


def test_cached_refuses_what_it_cannot_mean() -> None:
    async def fine() -> int:
        return 1

    with pytest.raises(DataError, match=re.escape("tags='posts' is one text; give a list: tags=['posts']")):
        cached(tags="posts")(fine)
    with pytest.raises(DataError, match="ttl=-1"):
        cached(ttl=-1)(fine)
    with pytest.raises(DataError, match="directly above its def"):
        cached(Post)
    with pytest.raises(DataError, match="cannot yield"):

        @cached
        def many() -> Iterator[int]:
            yield 1


async def test_cached_annotation_may_name_a_class_that_comes_later() -> None:
    @cached
    async def get() -> Later:
        return Later(number=1)

    assert (await get()).number == 1


class Later(BaseModel):
    number: int


async def test_cached_function_for_all_cannot_ask_for_the_visitor() -> None:
    @cached
    async def greeting() -> str:
        return f"Hello {cookies()['name']}"

    @cached(ttl=5)
    def agent() -> str:
        return str(request().headers)

    with pytest.raises(ReactorError, match=r"cookies\(\) inside of .*greeting\(\), which is cached for all"):
        await greeting()
    with pytest.raises(ReactorError, match=r"request\(\) inside of .*agent\(\)"):
        await agent()


async def test_cached_function_cannot_revalidate() -> None:
    @cached
    async def odd() -> int:
        revalidate_tag("a")
        return 1

    with pytest.raises(DataError, match="gives data and changes none"):
        await odd()


@pytest.mark.parametrize("path", ["posts", "", "/posts?page=1", "https://example.org/"])
def test_revalidate_path_takes_a_path(path: str) -> None:
    with pytest.raises(DataError, match="a path begins with /"):
        revalidate_path(path)
