"""Brokers: what is published arrives, in order and once, also for who was away."""

from reactor.brokers import MemoryBroker, Position, presence_of


async def test_broker_gives_what_came_behind_a_position() -> None:
    broker = MemoryBroker()
    begin = await broker.position("room")
    for data in (b"a", b"b", b"c"):
        await broker.publish("room", data)
    messages, end = await broker.since("room", begin)
    assert messages == [b"a", b"b", b"c"]
    assert await broker.since("room", end) == ([], end)
    await broker.publish("other", b"x")
    assert await broker.since("room", end) == ([], end)


async def test_broker_tells_of_a_gap() -> None:
    broker = MemoryBroker(count=2)
    begin = await broker.position("room")
    for data in (b"a", b"b", b"c"):
        await broker.publish("room", data)
    messages, end = await broker.since("room", begin)
    assert messages is None
    assert end.number == 3
    assert await broker.since("room", Position(b"another", 3)) == (None, end)
    assert await broker.since("room", Position(end.epoch, 4)) == (None, end)


async def test_broker_rings_who_listens_and_nobody_else() -> None:
    broker, heard = MemoryBroker(), list[str]()
    await broker.listen("room", heard.append)
    await broker.publish("room", b"a")
    await broker.publish("other", b"b")
    broker.ignore("room", heard.append)
    broker.ignore("room", heard.append)
    await broker.publish("room", b"c")
    assert heard == ["room"]


async def test_broker_forgets_topics_that_nobody_used_lately() -> None:
    broker = MemoryBroker(topics=2)
    begin = await broker.position("a")
    for topic in ("a", "b", "c"):
        await broker.publish(topic, b"")
    assert (await broker.since("a", begin))[0] is None


async def test_broker_knows_who_is_here() -> None:
    broker, heard = MemoryBroker(), list[str]()
    await broker.listen(presence_of("room"), heard.append)
    await broker.join("room", "line 1", b"Ada")
    await broker.join("room", "line 2", b"Bob")
    await broker.join("room", "line 2", b"Bob")
    assert list((await broker.members("room")).values()) == [b"Ada", b"Bob"]
    await broker.leave("room", "line 1")
    await broker.leave("room", "line 1")
    assert await broker.members("room") == {"line 2": b"Bob"}
    assert heard == [presence_of("room")] * 3
