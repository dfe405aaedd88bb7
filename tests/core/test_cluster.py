"""What several processes share besides topics and cached values: recorded answers and rates."""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from fastapi import FastAPI

from reactor import Reactor, ReactorError
from reactor.brokers import brokers, out_of_use
from reactor.cluster.link import Link
from reactor.cluster.nginx import configuration
from reactor.cluster.shared import Cluster
from reactor.rates import TooOften
from reactor.records import Answer, Records
from reactor.seal import Keyring
from reactor.secret import fresh
from reactor.streams import Stream
from tests.redis_servers import RedisServer
from tests.servers import ROOT

KEYRING = Keyring([fresh()], max_token=500_000)

Process = Callable[[], Cluster]


@pytest.fixture
async def process(redis_server: RedisServer) -> AsyncIterator[Process]:
    """Makes what a process has: it knows nothing of others but their Redis."""
    made: list[Cluster] = []

    def make() -> Cluster:
        made.append(Cluster(redis_server.url, "test:", count=100, size=100_000, age=60))
        return made[-1]

    yield make
    for cluster in made:
        await cluster.link.close()


def records(cluster: Cluster, *, count: int = 100) -> Records:
    return cluster.records(KEYRING, count=count, size=1_000_000, age=60)


async def heal(link: Link, *, up: bool) -> None:
    changed = asyncio.Event()
    link.watchers[lambda _: changed.set()] = None
    if link.is_up is not up:
        await asyncio.wait_for(changed.wait(), 10)


class Call:
    """A call that runs until it may end, and how often it was begun."""

    def __init__(self, answer: Answer | BaseException) -> None:
        self.begun = 0
        self.begins = asyncio.Event()
        self.may_end = asyncio.Event()
        self._answer = answer

    async def __call__(self) -> Answer:
        self.begun += 1
        self.begins.set()
        await self.may_end.wait()
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer


def at_once(answer: Answer) -> Callable[[], Awaitable[Answer]]:
    async def run() -> Answer:
        return answer

    return run


ANSWER = Answer(409, b"\x00 body", ((b"set-cookie", b"a=b"), (b"set-cookie", b"c=d")))
OTHER = Answer(200, b"other")


async def test_call_that_is_repeated_at_another_process_is_answered_from_the_record(process: Process) -> None:
    one, other = records(process()), records(process())
    assert await one.once("ada", b"12345678", at_once(ANSWER)) == ANSWER
    assert await other.once("ada", b"12345678", at_once(OTHER)) == ANSWER
    assert await other.once("eve", b"12345678", at_once(OTHER)) == OTHER


async def test_call_that_still_runs_is_waited_for_at_another_process(process: Process) -> None:
    one, other, call = records(process()), records(process()), Call(ANSWER)
    first = asyncio.create_task(one.once("ada", b"12345678", call))
    await call.begins.wait()
    second = asyncio.create_task(other.once("ada", b"12345678", call))
    call.may_end.set()
    await asyncio.wait((first, second), timeout=10)
    assert first.result() == second.result() == ANSWER
    assert call.begun == 1


async def test_answer_in_frames_is_waited_for_to_its_end_at_another_process(process: Process) -> None:
    one, other, may_end = records(process()), records(process()), asyncio.Event()

    async def stream() -> Answer:
        frames = Stream()

        async def work() -> None:
            await may_end.wait()
            one.keep("ada", b"12345678", ANSWER)

        frames.begin(work())
        return Answer(200, b"first", (), (frames, frames.join()))

    assert (await one.once("ada", b"12345678", stream)).body == b"first"
    second = asyncio.create_task(other.once("ada", b"12345678", at_once(OTHER)))
    may_end.set()
    assert await asyncio.wait_for(second, 10) == ANSWER


@pytest.mark.parametrize("end", ["fails", "is cancelled"])
async def test_call_that_came_to_nothing_is_run_by_the_process_that_waits(process: Process, end: str) -> None:
    one, other, call = records(process()), records(process()), Call(ValueError("no"))
    first = asyncio.create_task(one.once("ada", b"12345678", call))
    await call.begins.wait()
    second = asyncio.create_task(other.once("ada", b"12345678", at_once(OTHER)))
    if end == "fails":
        call.may_end.set()
    else:
        first.cancel()
    assert await asyncio.wait_for(second, 10) == OTHER
    with pytest.raises(ValueError if end == "fails" else asyncio.CancelledError):
        await first


async def test_call_of_a_process_that_died_is_run_by_another(process: Process) -> None:
    dying, other, call = process(), process(), Call(ANSWER)
    first = asyncio.create_task(records(dying).once("ada", b"12345678", call))
    await call.begins.wait()
    await dying.link.close()
    assert await asyncio.wait_for(records(other).once("ada", b"12345678", at_once(OTHER)), 6) == OTHER
    first.cancel()


async def test_answer_that_was_given_while_redis_was_away_is_told_when_it_is_back(
    process: Process, redis_server: RedisServer
) -> None:
    clusters = process(), process()
    one, other = map(records, clusters)
    call = Call(ANSWER)
    first = asyncio.create_task(one.once("ada", b"12345678", call))
    await call.begins.wait()
    await clusters[1].link.ready()
    redis_server.freeze()
    await heal(clusters[0].link, up=False)
    call.may_end.set()
    assert await first == ANSWER
    assert await one.once("ada", b"87654321", at_once(OTHER)) == OTHER
    assert await one.once("ada", b"87654321", at_once(ANSWER)) == OTHER
    redis_server.thaw()
    for cluster in clusters:
        await heal(cluster.link, up=True)
    assert await other.once("ada", b"12345678", at_once(OTHER)) == ANSWER
    assert await other.once("ada", b"87654321", at_once(ANSWER)) == OTHER


async def test_records_in_redis_tell_nobody_what_was_answered(
    process: Process, redis_server: RedisServer
) -> None:
    cluster = process()
    await records(cluster).once("visitor-ada", b"12345678", at_once(Answer(200, b"a secret of Ada's")))
    cluster.rates(KEYRING, 10, 10).know("visitor-ada")
    await cluster.rates(KEYRING, 10, 10).admit("visitor-ada", "192.0.2.7")
    port = redis_server.url.rpartition(":")[2].partition("/")[0]
    said = b""
    for key in _ask(port, "KEYS", "*").split():
        said += key + _ask(port, "DUMP", key.decode())
    assert b"test:record:" in said
    for secret in (b"secret of Ada", b"visitor-ada", b"12345678", b"192.0.2.7"):
        assert secret not in said


def _ask(port: str, *command: str) -> bytes:
    return subprocess.run(["redis-cli", "-p", port, *command], check=True, capture_output=True).stdout


async def test_rates_count_the_calls_at_all_processes(process: Process) -> None:
    one, other = (process().rates(KEYRING, 0.001, 4) for _ in range(2))
    await one.admit(None, "1.1.1.1")
    one.know("ada")
    for rates in (one, other, one, other):
        await rates.admit("ada", "1.1.1.1")
    with pytest.raises(TooOften):
        await one.admit("ada", "1.1.1.1")
    with pytest.raises(TooOften) as raised:
        await other.admit("ada", "1.1.1.1")
    assert (raised.value.status, raised.value.headers) == (429, ((b"retry-after", b"1000"),))
    # Who is not known shares with all others at the address; a failure costs more.
    for _ in range(5):
        await one.admit("eve", "1.1.1.1")
    other.failed("eve", "1.1.1.1")
    await other.admit("mallory", "3.3.3.3")  # nobody waits for what a failure costs; this comes after it
    with pytest.raises(TooOften):
        await one.admit("mallory", "1.1.1.1")
    await one.admit("mallory", "2.2.2.2")


async def test_rate_of_an_action_holds_at_all_processes(process: Process) -> None:
    one, other = (process().rates(KEYRING, math.inf, 1) for _ in range(2))
    await one.act("ada", "login", (2, 60.0))
    await other.act("ada", "login", (2, 60.0))
    with pytest.raises(TooOften, match="Please wait"):
        await one.act("ada", "login", (2, 60.0))
    await one.act("bob", "login", (2, 60.0))
    await one.act("ada", "send", (2, 60.0))


async def test_rates_are_counted_in_the_process_while_redis_is_away(
    process: Process, redis_server: RedisServer
) -> None:
    redis_server.kill()
    rates = process().rates(KEYRING, 0.001, 2)
    rates.know("ada")
    async with asyncio.timeout(1):
        for _ in range(2):
            await rates.admit("ada", "1.1.1.1")
        with pytest.raises(TooOften):
            await rates.admit("ada", "1.1.1.1")


def test_applications_with_one_redis_and_one_secret_share_a_broker() -> None:
    secret = fresh()
    first, second = (Reactor(FastAPI(), secret=secret, redis_url="redis://localhost:1") for _ in range(2))
    other = Reactor(FastAPI(), secret=fresh(), redis_url="redis://localhost:1")
    try:
        assert first.site.broker is second.site.broker
        assert other.site.broker is not first.site.broker
        assert len([broker for broker in brokers() if broker is first.site.broker]) == 1
    finally:
        # What other tests publish would wait for their Redis.
        for each in (first, other):
            out_of_use(each.site.broker)


def test_configuration_of_nginx_in_the_documents_is_the_one_that_is_tried() -> None:
    document = (ROOT / "docs" / "deployment.md").read_text()
    shown = document.partition("```nginx\n")[2].partition("```")[0]
    assert shown == configuration([8001, 8002], host="127.0.0.1", port=8000)


def test_address_of_redis_that_is_none_is_an_error_that_says_so() -> None:
    with pytest.raises(ReactorError, match="looks like redis://localhost"):
        Reactor(FastAPI(), secret=fresh(), redis_url="localhost")


def test_package_without_redis_names_what_is_missing() -> None:
    code = """
import sys
sys.modules["redis"] = None
from fastapi import FastAPI
from reactor import Reactor
from reactor.secret import fresh
Reactor(FastAPI(), secret=fresh())
Reactor(FastAPI(), secret=fresh(), redis_url="redis://localhost")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert "pip install 'reactor[redis]'" in ended.stderr.splitlines()[-1]
