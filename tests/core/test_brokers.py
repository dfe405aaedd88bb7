"""Brokers: what is published arrives, in order and once, also for who was away; in memory and in Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from reactor.brokers import Broker, MemoryBroker, Position, presence_of
from reactor.cluster.broker import RedisBroker
from reactor.cluster.link import Link
from reactor.errors import NotPublished
from tests.redis_servers import RedisServer

Process = Callable[..., RedisBroker]


class Heard:
    """A listener, and what it was told."""

    def __init__(self) -> None:
        self.topics: list[str] = []
        self._rung = asyncio.Event()

    def __call__(self, topic: str) -> None:
        self.topics.append(topic)
        self._rung.set()

    async def ring(self) -> None:
        """Waits until it is told (again)."""
        await asyncio.wait_for(self._rung.wait(), 10)
        self._rung.clear()


@pytest.fixture
async def process(redis_server: RedisServer) -> AsyncIterator[Process]:
    """Makes brokers that know nothing of each other but their Redis, as those of two processes."""
    made: list[tuple[RedisBroker, Link]] = []

    def make(**settings: float) -> RedisBroker:
        link = Link(redis_server.url, "test:")
        broker = RedisBroker(link, **settings)  # type: ignore[arg-type]
        made.append((broker, link))
        return broker

    yield make
    for broker, link in made:
        await broker.close()
        await link.close()


@pytest.fixture(params=["memory", "redis"])
def make(request: pytest.FixtureRequest) -> Callable[..., Broker]:
    """Makes a broker of each kind."""
    if request.param == "memory":
        return MemoryBroker
    process: Process = request.getfixturevalue("process")
    return process


async def heal(broker: Broker, up: bool = True) -> None:
    """Waits until messages reach other processes, or do not any more."""
    changed = asyncio.Event()
    end = broker.watch(lambda _: changed.set())
    if broker.is_up is not up:
        await asyncio.wait_for(changed.wait(), 10)
    end()
    assert broker.is_up is up


# What every broker does


async def test_broker_gives_what_came_behind_a_position(make: Callable[..., Broker]) -> None:
    broker = make()
    begin = await broker.position("room")
    for data in (b"a", b"b", b"c"):
        await broker.publish("room", data)
    messages, end = await broker.since("room", begin)
    assert messages == [b"a", b"b", b"c"]
    assert await broker.since("room", end) == ([], end)
    await broker.publish("other", b"x")
    assert await broker.since("room", end) == ([], end)


async def test_broker_gives_listeners_what_came_behind_their_positions(make: Callable[..., Broker]) -> None:
    broker, heard = make(), Heard()
    await broker.publish("room", b"before")
    await broker.listen("room", heard)
    begin = await broker.position("room")
    ends = [await broker.publish("room", b"%d" % number) for number in range(5)]
    assert (await broker.since("room", begin))[0] == [b"0", b"1", b"2", b"3", b"4"]
    assert await broker.since("room", ends[2]) == ([b"3", b"4"], ends[4])
    assert await broker.since("room", ends[4]) == ([], ends[4])


async def test_broker_gives_what_was_just_published_without_being_waited_for(
    make: Callable[..., Broker],
) -> None:
    broker = make()
    for _ in range(2):
        begin = await broker.position("room")
        broker.publish("room", b"a")
        broker.publish("room", b"b")
        assert (await broker.since("room", begin))[0] == [b"a", b"b"]
        await broker.listen("room", Heard())


async def test_broker_tells_of_a_gap(make: Callable[..., Broker]) -> None:
    broker = make(count=2)
    begin = await broker.position("room")
    for data in (b"a", b"b", b"c"):
        await broker.publish("room", data)
    messages, end = await broker.since("room", begin)
    assert messages is None
    assert end.number == 3
    assert await broker.since("room", Position(b"another", 3)) == (None, end)
    assert await broker.since("room", Position(end.epoch, 4)) == (None, end)


async def test_broker_rings_who_listens_and_nobody_else(make: Callable[..., Broker]) -> None:
    broker, heard, stays = make(), Heard(), Heard()
    await broker.publish("room", b"before")
    await broker.listen("room", heard)
    await broker.listen("room", stays)
    await broker.publish("other", b"b")
    await broker.publish("room", b"a")
    await heard.ring()
    broker.ignore("room", heard)
    broker.ignore("room", heard)
    await stays.ring()
    await broker.publish("room", b"c")
    await stays.ring()
    assert (heard.topics, set(stays.topics)) == (["room"], {"room"})


async def test_broker_keeps_the_order_of_what_is_published_at_once(make: Callable[..., Broker]) -> None:
    broker = make()
    begin = await broker.position("room")
    published = [broker.publish("room", b"%d" % number) for number in range(500)]
    ends = await asyncio.gather(*published)
    assert (await broker.since("room", begin))[0] == [b"%d" % number for number in range(500)]
    assert [end.number for end in ends] == list(range(1, 501))


async def test_broker_knows_who_is_here(make: Callable[..., Broker]) -> None:
    broker, heard = make(), Heard()
    await broker.position("room")
    await broker.listen(presence_of("room"), heard)
    await broker.join("room", "line 1", b"Ada")
    await heard.ring()
    await broker.join("room", "line 2", b"Bob")
    await heard.ring()
    await broker.join("room", "line 2", b"Bob")
    assert list((await broker.members("room")).values()) == [b"Ada", b"Bob"]
    await broker.join("room", "line 1", b"Ada!")
    await heard.ring()
    assert list((await broker.members("room")).items()) == [("line 1", b"Ada!"), ("line 2", b"Bob")]
    await broker.leave("room", "line 1")
    await broker.leave("room", "line 1")
    await heard.ring()
    assert await broker.members("room") == {"line 2": b"Bob"}
    assert heard.topics == [presence_of("room")] * 4


# In memory


async def test_broker_in_memory_forgets_topics_that_nobody_used_lately() -> None:
    broker = MemoryBroker(topics=2)
    begin = await broker.position("a")
    for topic in ("a", "b", "c"):
        await broker.publish(topic, b"")
    assert (await broker.since("a", begin))[0] is None


# Of several processes


async def test_brokers_of_two_processes_share_topics_and_presence(process: Process) -> None:
    one, other, heard, came = process(), process(), Heard(), Heard()
    await other.listen("room", heard)
    await other.listen(presence_of("room"), came)
    begin = await other.position("room")
    end = await one.publish("room", b"a")
    # Whoever listens may be told too often.
    while (found := await other.since("room", begin)) == ([], begin):
        await heard.ring()
    assert found == ([b"a"], end)
    await one.join("room", "1", b"Ada")
    await came.ring()
    await other.join("room", "2", b"Bob")
    assert await one.members("room") == {"1": b"Ada", "2": b"Bob"}
    await one.close()
    while await other.members("room") != {"2": b"Bob"}:
        await came.ring()


async def test_broker_asks_redis_nothing_for_those_who_listen(process: Process) -> None:
    broker, heard = process(), Heard()
    await broker.listen("room", heard)
    begin = await broker.position("room")
    await broker.publish("room", b"a")
    await heard.ring()
    asked = broker._link._answers
    first = broker.since("room", begin)
    assert (await first)[0] == [b"a"]
    assert not asked


async def test_members_of_a_process_that_died_are_gone_within_five_seconds(
    process: Process, redis_server: RedisServer
) -> None:
    one, other, heard = process(), process(), Heard()
    await one.join("room", "1", b"Ada")
    await other.join("room", "2", b"Bob")
    await other.listen(presence_of("room"), heard)
    begin = asyncio.get_running_loop().time()
    await one._link.close()
    await heard.ring()
    assert await other.members("room") == {"2": b"Bob"}
    assert asyncio.get_running_loop().time() - begin < 5
    await one.position("room")
    await heard.ring()
    assert sorted(await other.members("room")) == ["1", "2"]


@pytest.mark.parametrize("emptied", [False, True], ids=["cut off", "emptied"])
async def test_broker_heals_after_redis_was_away(
    process: Process, redis_server: RedisServer, emptied: bool
) -> None:
    one, other, heard = process(), process(), Heard()
    await other.listen("room", heard)
    begin = await other.position("room")
    await one.join("room", "1", b"Ada")
    await one.join("room", "2", b"Bob")
    await one.publish("room", b"before")
    while (await other.since("room", begin))[0] != [b"before"]:
        await heard.ring()  # it may be for nothing
    if emptied:
        redis_server.kill()
    else:
        redis_server.freeze()
    await heal(one, up=False)
    await heal(other, up=False)
    waiting = [one.publish("room", b"%d" % number) for number in range(100)]
    await one.leave("room", "2")
    await one.join("room", "3", b"Eve")
    assert sorted(await one.members("room")) == ["1", "3"]
    messages, known = await other.since("room", begin)
    assert messages == [b"before"]
    if emptied:
        redis_server.start()
    else:
        redis_server.thaw()
    ends = await asyncio.wait_for(asyncio.gather(*waiting), 10)
    await heal(other)
    assert ends[-1].number == ends[0].number + 99
    # Who listens learns what it has missed, or that it has missed something.
    messages, _ = await other.since("room", known)
    while messages is not None and b"99" not in messages:
        await heard.ring()
        messages, _ = await other.since("room", known)
    assert messages == (None if emptied else [b"%d" % number for number in range(100)])
    assert await other.members("room") == {"1": b"Ada", "3": b"Eve"}


async def test_broker_publishes_nothing_twice_when_an_answer_was_lost(
    process: Process, redis_server: RedisServer
) -> None:
    one, other = process(), process()
    begin = await other.position("room")
    await one.publish("room", b"first")
    redis_server.freeze()
    published = [one.publish("room", b"%d" % number) for number in range(300)]
    await heal(one, up=False)
    # What had been sent before is done now, and nobody here is told.
    redis_server.thaw()
    await asyncio.wait_for(asyncio.gather(*published), 10)
    messages, _ = await other.since("room", begin)
    assert messages == [b"first", *[b"%d" % number for number in range(300)]]


async def test_broker_fails_what_is_too_much_and_tells_of_the_gap(
    process: Process, redis_server: RedisServer
) -> None:
    broker, heard = process(waiting=3), Heard()
    await broker.listen("room", heard)
    begin = await broker.position("room")
    redis_server.freeze()
    await heal(broker, up=False)
    waiting = [broker.publish("room", b"%d" % number) for number in range(4)]
    with pytest.raises(NotPublished, match="3 messages are waiting"):
        await waiting.pop()
    redis_server.thaw()
    await asyncio.gather(*waiting)
    assert (await broker.since("room", begin))[0] is None


async def test_broker_without_redis_answers_at_once(process: Process, redis_server: RedisServer) -> None:
    redis_server.kill()
    broker, heard = process(patience=0.3), Heard()
    async with asyncio.timeout(1):
        await broker.listen("room", heard)
        begin = await broker.position("room")
        await broker.join("room", "1", b"Ada")
        assert await broker.since("room", begin) == ([], begin)
        assert await broker.members("room") == {"1": b"Ada"}
        assert not broker.is_up
    with pytest.raises(NotPublished, match="waited"):
        await broker.publish("room", b"a")
