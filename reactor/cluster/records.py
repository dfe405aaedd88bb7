"""Recorded answers of an application with several processes.

Whoever runs a call claims it in Redis, and leaves the answer there, sealed for its visitor. A repetition that
reaches another process meanwhile waits for it, and takes over when the first one has failed or died.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from ..codec import Malformed, pack, unpack
from ..records import Answer, Records
from ..seal import Keyring, SealError
from ..streams import Stream
from .link import Away, Link, Script

_LARGEST: Final = 1_000_000
"""Bytes of an answer that is shared; a larger one is known in its process only."""
_CLAIMED: Final = 24 * 3_600_000
"""Milliseconds for which a claim holds at most; its process must live, too."""
_MOST_UNTOLD: Final = 1_000
"""Answers that wait for Redis to come back."""
_PURPOSE: Final = "record"
_CLAIM, _ANSWER = b"C", b"A"

# KEYS: the record, who lives. ARGV: the claim, that is C, the process (16 bytes) and random ones; how long it
# holds. Returns the answer, 1 if the call is ours to run, or 0 while another process runs it.
_BEGIN: Final = Script(
    """
    local known = redis.call('GET', KEYS[1])
    if known then
        if known:sub(1, 1) == 'A' then return known end
        local owner = known:sub(2, 17)
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local lives = tonumber(redis.call('ZSCORE', KEYS[2], owner) or 0) >= now
        if lives and owner ~= ARGV[1]:sub(2, 17) then return 0 end
    end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1
    """
)

# KEYS: the record. ARGV: the claim, the channel, the age of the answer, the answer (empty: there is none).
_END: Final = Script(
    """
    local known = redis.call('GET', KEYS[1])
    if known and known ~= ARGV[1] then return end
    if ARGV[4] == '' then
        redis.call('DEL', KEYS[1])
    else
        redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[3])
    end
    redis.call('PUBLISH', ARGV[2], '')
    """
)


class RedisRecords(Records):
    """The answers of the last minutes, of all processes; while Redis is away, of this one.

    Arguments:
        link: the process' connections.
        keyring: seals the answers.
        digest: stands for a visitor and a call, so that Redis does not hold their ids.
        count: how many answers at most, in this process.
        size: how many bytes at most, in this process.
        age: seconds that an answer is kept.
    """

    def __init__(
        self,
        link: Link,
        keyring: Keyring,
        digest: Callable[[str], str],
        *,
        count: int,
        size: int,
        age: float,
    ) -> None:
        super().__init__(count=count, size=size, age=age)
        self._link = link
        self._keyring = keyring
        self._digest = digest
        self._untold: OrderedDict[str, tuple[bytes, bytes, float]] = OrderedDict()
        """What came of calls while Redis was away: claim and answer, and when."""
        self._ending: set[asyncio.Task[None]] = set()
        link.on_up.append(self._come)

    async def once(self, visitor: str, call: bytes, run: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to a call: the recorded one, or what `run` makes now."""
        return await super().once(visitor, call, lambda: self._once(visitor, call, run))

    async def _once(self, visitor: str, call: bytes, run: Callable[[], Awaitable[Answer]]) -> Answer:
        name = self._digest(f"{visitor} {call.hex()}")
        claim = _CLAIM + self._link.process.encode() + os.urandom(8)
        answer = await self._claim(name, claim, visitor)
        if answer is not None:
            return answer
        try:
            answer = await run()
        except BaseException:
            self._end(name, claim, b"")
            raise
        if answer.more is None:
            # Not waited for: the browser has its answer before, and asks again only if it did not get it.
            self._end(name, claim, self._seal(answer, visitor))
        else:
            ending = asyncio.create_task(self._end_stream(name, claim, visitor, call, answer.more[0]))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
        return answer

    async def _end_stream(self, name: str, claim: bytes, visitor: str, call: bytes, stream: Stream) -> None:
        """Waits for the end of an answer in frames; what is recorded then is the last one."""
        await stream.finished()
        kept = self._answers.get((visitor, call))
        self._end(name, claim, b"" if kept is None else self._seal(kept[0], visitor))

    async def _claim(self, name: str, claim: bytes, visitor: str) -> Answer | None:
        """The answer that another process has given, or gives; `None`: the call is ours."""
        changed = asyncio.Event()
        channel, is_listening = self._channel(name), False

        def heard(_: bytes) -> None:
            changed.set()

        try:
            while True:
                changed.clear()
                keys = (self._key(name), self._link.processes)
                found = await self._link.run(_BEGIN, keys, claim, _CLAIMED)
                if isinstance(found, bytes):
                    return self._open(found, visitor)
                if found:
                    return None
                if not is_listening:
                    is_listening = True
                    await self._link.hear(channel, heard)
                    continue  # it may have ended before we listened
                # A process that has died tells nobody.
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), 1.0)
        except Away:
            return None
        finally:
            if is_listening:
                self._link.ignore(channel, heard)

    def _end(self, name: str, claim: bytes, packed: bytes) -> None:
        if not self._link.is_attached:
            return
        ended = self._post(name, claim, packed, self._age)
        since = time.monotonic()

        def told(future: asyncio.Future[object]) -> None:
            if not future.cancelled() and future.exception() is not None:
                self._untold[name] = (claim, packed, since)
                if len(self._untold) > _MOST_UNTOLD:
                    self._untold.popitem(last=False)

        ended.add_done_callback(told)

    def _post(self, name: str, claim: bytes, packed: bytes, age: float) -> asyncio.Future[object]:
        age = max(1, round(1000 * age))
        return self._link.post(_END, (self._key(name),), claim, self._channel(name), age, packed)

    async def _come(self) -> None:
        untold, self._untold = self._untold, OrderedDict()
        for name, (claim, packed, since) in untold.items():
            self._post(name, claim, packed, self._age - (time.monotonic() - since))

    def _key(self, name: str) -> str:
        return self._link.key("record", name)

    def _channel(self, name: str) -> str:
        return self._link.key("on", "record", name)

    def _seal(self, answer: Answer, visitor: str) -> bytes:
        """An answer as it lies in Redis; empty if it is none that can be shared."""
        if len(answer.body) > _LARGEST:
            return b""
        headers = [part for header in answer.headers for part in header]
        try:
            packed = pack([answer.status, answer.body, headers])
            return _ANSWER + self._keyring.seal(packed, purpose=_PURPOSE, visitor=visitor)
        except ValueError:  # longer than tokens may be
            return b""

    def _open(self, packed: bytes, visitor: str) -> Answer | None:
        try:
            sealed = self._keyring.open(packed[1:], purpose=_PURPOSE, visitor=visitor, max_age=None)
            match unpack(sealed, limit=2 * _LARGEST):
                case [int() as status, bytes() as body, list() as headers]:
                    return Answer(status, body, tuple(zip(headers[::2], headers[1::2], strict=True)))
        except (SealError, Malformed):
            pass
        return None  # of an older secret
