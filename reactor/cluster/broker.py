"""The broker of many processes: topics and presence in Redis.

What is published waits in this process for its turn, and goes out in bundles; a bundle is numbered, logged
and told to the others by one script, as a whole or not at all. One that was sent and not answered is sent
again, and Redis knows whether it had it: nothing comes twice, and the order of one process is kept. While
Redis is away bundles wait; what waits too long, or is too much, fails, and then whoever listens to its topic
is told of a gap.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from functools import partial
from typing import Any, Final

from ..brokers import Broker, Listener, Position, presence_of
from ..errors import NotPublished
from .link import Away, Link, Script, text_of

log = logging.getLogger("reactor")

_BUNDLE: Final = 64
_BUNDLE_SIZE: Final = 1_000_000
_REMEMBERED: Final = 120_000
"""Milliseconds for which Redis remembers the last bundle of a process."""
_MOST_LOST: Final = 10_000
"""Topics of which it is known that a message was lost."""
_EPOCH: Final = 6

# KEYS: the process' last bundle, then head and log of each message's topic.
# ARGV: number of the bundle, how long it is remembered, age of logs, messages in a log, bytes in one;
# then for each message: its channel, an epoch if one is needed, "1" if the log begins anew, the message.
_PUBLISH: Final = Script(
    """
    local last = redis.call('HMGET', KEYS[1], 'number', 'ends')
    if last[1] == ARGV[1] then return cmsgpack.unpack(last[2]) end
    local age, count, size = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
    local ends = {}
    for at = 1, (#KEYS - 1) / 2 do
        local head, log = KEYS[2 * at], KEYS[2 * at + 1]
        local channel, epoch, anew, data = unpack(ARGV, 4 * at + 2, 4 * at + 5)
        if anew == '1' then redis.call('DEL', head) end
        local known = redis.call('HGET', head, 'epoch')
        if known then
            epoch = known
        else
            redis.call('DEL', log)
            redis.call('HSET', head, 'epoch', epoch)
        end
        local number = redis.call('HINCRBY', head, 'number', 1)
        local held = redis.call('HINCRBY', head, 'held', #data)
        local length = redis.call('RPUSH', log, data)
        while length > 0 and (length > count or held > size) do
            held = held - #redis.call('LPOP', log)
            length = length - 1
        end
        redis.call('HSET', head, 'held', held)
        redis.call('PEXPIRE', head, age)
        redis.call('PEXPIRE', log, age)
        redis.call('PUBLISH', channel, epoch .. struct.pack('>I8', number) .. data)
        ends[at] = {epoch, number}
    end
    redis.call('HSET', KEYS[1], 'number', ARGV[1], 'ends', cmsgpack.pack(ends))
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return ends
    """
)

# KEYS: head and log of a topic. ARGV: an epoch if one is needed, the age, and, unless only the end is asked
# for: epoch and number of a position. Returns epoch, number, and messages or false.
_READ: Final = Script(
    """
    local known = redis.call('HMGET', KEYS[1], 'epoch', 'number')
    local epoch, number = known[1], tonumber(known[2] or 0)
    if not epoch then
        epoch = ARGV[1]
        redis.call('DEL', KEYS[2])
        redis.call('HSET', KEYS[1], 'epoch', epoch)
    end
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    redis.call('PEXPIRE', KEYS[2], ARGV[2])
    if not ARGV[3] or ARGV[3] ~= epoch then return {epoch, number, false} end
    local missed = number - tonumber(ARGV[4])
    if missed < 0 or missed > redis.call('LLEN', KEYS[2]) then return {epoch, number, false} end
    if missed == 0 then return {epoch, number, {}} end
    return {epoch, number, redis.call('LRANGE', KEYS[2], -missed, -1)}
    """
)

# KEYS: heads and logs that are still listened to. ARGV: their age.
_TOUCH: Final = Script("for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[1]) end")

# Members of a topic are a hash: member -> process, the turn in which they came, data. For each process there
# is a set of the topics on which it has any.
# KEYS: members, the process' topics, turns. ARGV: process, member, data, channel, topic, age.
_JOIN: Final = Script(
    """
    local known = redis.call('HGET', KEYS[1], ARGV[2])
    local turn
    if known then
        local before = cmsgpack.unpack(known)
        if before[1] == ARGV[1] and before[3] == ARGV[3] then return 0 end
        turn = before[2]
    else
        turn = redis.call('INCR', KEYS[3])
    end
    redis.call('HSET', KEYS[1], ARGV[2], cmsgpack.pack({ARGV[1], turn, ARGV[3]}))
    redis.call('SADD', KEYS[2], ARGV[5])
    redis.call('PUBLISH', ARGV[4], '')
    return 1
    """
)

# KEYS: members, the process' topics. ARGV: process, member, channel, topic, "1" if it was the process' last.
_LEAVE: Final = Script(
    """
    local known = redis.call('HGET', KEYS[1], ARGV[2])
    if known and cmsgpack.unpack(known)[1] == ARGV[1] then
        redis.call('HDEL', KEYS[1], ARGV[2])
        redis.call('PUBLISH', ARGV[3], '')
    end
    if ARGV[5] == '1' then redis.call('SREM', KEYS[2], ARGV[4]) end
    """
)

# KEYS: members, who lives. Returns member and data of those whose process lives, as they came.
_MEMBERS: Final = Script(
    """
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local lives, found = {}, {}
    local all = redis.call('HGETALL', KEYS[1])
    for at = 1, #all, 2 do
        local process, turn, data = unpack(cmsgpack.unpack(all[at + 1]))
        if lives[process] == nil then
            lives[process] = tonumber(redis.call('ZSCORE', KEYS[2], process) or 0) >= now
        end
        if lives[process] then found[#found + 1] = {turn, all[at], data} end
    end
    table.sort(found, function(one, other) return one[1] < other[1] end)
    local told = {}
    for _, each in ipairs(found) do
        told[#told + 1] = each[2]
        told[#told + 1] = each[3]
    end
    return told
    """
)

# Lets the members of processes go that do not live any more; and of one that says so.
# KEYS: who lives. ARGV: what keys of a process' topics, of members, and channels begin with; that process.
_REAP: Final = Script(
    """
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. now)
    gone[#gone + 1] = ARGV[4]
    for _, process in ipairs(gone) do
        for _, topic in ipairs(redis.call('SMEMBERS', ARGV[1] .. process)) do
            local members = ARGV[2] .. topic
            local all = redis.call('HGETALL', members)
            for at = 1, #all, 2 do
                if cmsgpack.unpack(all[at + 1])[1] == process then redis.call('HDEL', members, all[at]) end
            end
            redis.call('PUBLISH', ARGV[3] .. topic, '')
        end
        redis.call('DEL', ARGV[1] .. process)
        redis.call('ZREM', KEYS[1], process)
    end
    return #gone
    """
)

# KEYS: a process' topics. ARGV: the process, what keys of members begin with.
# Returns topic and member of each.
_OWN: Final = Script(
    """
    local own = {}
    for _, topic in ipairs(redis.call('SMEMBERS', KEYS[1])) do
        local all = redis.call('HGETALL', ARGV[2] .. topic)
        for at = 1, #all, 2 do
            if cmsgpack.unpack(all[at + 1])[1] == ARGV[1] then
                own[#own + 1] = topic
                own[#own + 1] = all[at]
            end
        end
    end
    return own
    """
)


@dataclass
class _Message:
    topic: str
    data: bytes
    published: asyncio.Future[Position]
    since: float = field(default_factory=time.monotonic)


@dataclass
class _Tail:
    """The end of a topic that is listened to, as far as it is known here."""

    epoch: bytes
    number: int
    messages: deque[bytes] = field(default_factory=deque)
    """The last ones up to `number`, without a hole."""
    held: int = 0

    @property
    def end(self) -> Position:
        return Position(self.epoch, self.number)

    def since(self, position: Position) -> list[bytes] | None:
        missed = self.number - position.number
        if position.epoch != self.epoch or not 0 <= missed <= len(self.messages):
            return None
        return [self.messages[at] for at in range(len(self.messages) - missed, len(self.messages))]


class RedisBroker(Broker):
    """Carries messages between all processes that use the same Redis with the same prefix.

    Arguments:
        link: the process' connections.
        count: messages of a topic that are kept, in Redis, and in each process that listens.
        size: bytes of a topic's messages that are kept.
        age: seconds that they are kept after the last one.
        waiting: messages that may wait in this process while Redis is away.
        waiting_size: bytes that they may have.
        patience: seconds that each of them may wait.
    """

    def __init__(
        self,
        link: Link,
        *,
        count: int = 1_000,
        size: int = 4_000_000,
        age: float = 3600.0,
        waiting: int = 10_000,
        waiting_size: int = 16_000_000,
        patience: float = 60.0,
    ) -> None:
        self._link = link
        self._count = count
        self._size = size
        self._age = round(1000 * age)
        self._waiting = waiting
        self._waiting_size = waiting_size
        self._patience = patience
        self._outbox: deque[_Message] = deque()
        self._outbox_size = 0
        self._pending: dict[str, asyncio.Future[Position]] = {}
        """The last message on a topic that this process has not published yet."""
        self._bundle: list[_Message] = []
        """Was sent, and may have arrived."""
        self._bundles = 0
        self._lost: set[str] = set()
        """Topics of which a message was not published."""
        self._sending: asyncio.Task[None] | None = None
        self._listeners: dict[str, dict[Listener, None]] = {}
        self._heard: dict[str, Callable[[bytes], None]] = {}
        """What takes the messages of a topic."""
        self._tails: dict[str, _Tail | None] = {}
        self._published: dict[str, Position] = {}
        """How far a topic that is listened to has come, where the tail lags behind."""
        self._reads: dict[tuple[str, Position], asyncio.Future[Any]] = {}
        self._mine: dict[str, dict[str, bytes]] = {}
        """Who is on which topic by this process."""
        self._is_unsure = False
        """Whether Redis may not know of all of them."""
        self._registering: asyncio.Task[None] | None = None
        self._touched = time.monotonic()
        link.on_up.append(self._come)
        link.on_beat.append(self._beat)

    @property
    def _places(self) -> tuple[str, str, str]:
        """What the keys of a process' topics, of members, and the channels of presence begin with."""
        return self._link.key("by", ""), self._link.key("here", ""), self._channel(presence_of(""))

    def _head(self, topic: str) -> str:
        return self._link.key("topic", topic)

    def _log(self, topic: str) -> str:
        return self._link.key("log", topic)

    def _channel(self, topic: str) -> str:
        return self._link.key("on", topic)

    @property
    def is_up(self) -> bool:
        """Whether messages reach other processes now."""
        return self._link.is_up

    def watch(self, watcher: Callable[[bool], None]) -> Callable[[], None]:
        """From now on `watcher` is told when messages begin or cease to reach other processes."""
        self._link.watchers[watcher] = None
        return lambda: self._link.watchers.pop(watcher, None)

    # Messages

    def publish(self, topic: str, data: bytes) -> asyncio.Future[Position]:
        """Publishes a message; while Redis is away it waits.

        Returns:
            The position behind it, when it has been published. `NotPublished` is raised by it if the message
            has waited too long, or too many were waiting.
        """
        published: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        message = _Message(topic, data, published)
        if len(self._outbox) >= self._waiting or self._outbox_size + len(data) > self._waiting_size:
            self._fail(message, f"{len(self._outbox)} messages are waiting already")
            return published
        self._pending[topic] = published
        published.add_done_callback(partial(self._settle, topic))
        self._outbox.append(message)
        self._outbox_size += len(data)
        if self._sending is None or self._sending.done() or self._sending.get_loop() != published.get_loop():
            self._sending = asyncio.create_task(self._send(), name="reactor outbox")
        return published

    def _settle(self, topic: str, published: asyncio.Future[Position]) -> None:
        if self._pending.get(topic) is published:
            del self._pending[topic]

    def _fail(self, message: _Message, why: str) -> None:
        if len(self._lost) < _MOST_LOST:
            self._lost.add(message.topic)
        if not message.published.done() and not message.published.get_loop().is_closed():
            message.published.set_exception(
                NotPublished(f"a message on {message.topic!r} was not published: Redis is away, and {why}")
            )
            message.published.exception()  # seen: nobody may be waiting
        log.warning("A message was not published: Redis is away, and %s.", why)

    async def _send(self) -> None:
        """Sends what waits, until nothing does."""
        while self._outbox or self._bundle:
            try:
                await self._link.ready()
                # One that was not answered goes first, and as it was.
                if not self._bundle:
                    self._take()
                await self._send_bundle()
            except Away:
                self._give_up()
                await asyncio.sleep(0.1)

    def _take(self) -> None:
        size = 0
        while self._outbox and len(self._bundle) < _BUNDLE and size < _BUNDLE_SIZE:
            message = self._outbox.popleft()
            self._bundle.append(message)
            size += len(message.data)
            self._outbox_size -= len(message.data)
        self._bundles += 1

    async def _send_bundle(self) -> None:
        keys = [self._link.key("sent", self._link.process)]
        arguments: list[bytes | str | int] = []
        anew = set(self._lost)
        for message in self._bundle:
            topic = message.topic
            keys += (self._head(topic), self._log(topic))
            is_lost = "1" if topic in anew else ""
            anew.discard(topic)
            arguments += (self._channel(topic), os.urandom(_EPOCH), is_lost, message.data)
        limits = (_REMEMBERED, self._age, self._count, self._size)
        ends = await self._link.post(_PUBLISH, keys, self._bundles, *limits, *arguments)
        bundle, self._bundle = self._bundle, []
        for message, (epoch, number) in zip(bundle, ends, strict=True):
            self._lost.discard(message.topic)
            end = Position(epoch, number)
            if message.topic in self._tails:
                self._published[message.topic] = end
            if not message.published.done():
                message.published.set_result(end)

    def _give_up(self) -> None:
        """Lets what has waited too long go."""
        oldest = time.monotonic() - self._patience
        if self._bundle and self._bundle[0].since < oldest:
            # It may have arrived; Redis does not remember it for ever.
            bundle, self._bundle = self._bundle, []
            for message in bundle:
                self._fail(message, f"it has waited for {self._patience:g} s")
        while self._outbox and self._outbox[0].since < oldest:
            message = self._outbox.popleft()
            self._outbox_size -= len(message.data)
            self._fail(message, f"it has waited for {self._patience:g} s")

    async def position(self, topic: str) -> Position:
        """Where a topic ends now; while Redis is away, as far as is known here."""
        tail = self._tail(topic)
        if tail is not None:
            return tail.end
        _, end = await self._read(topic, None)
        return end

    async def since(self, topic: str, position: Position) -> tuple[list[bytes] | None, Position]:
        """What came on a topic behind a position; while Redis is away, as far as is known here."""
        pending = self._pending.get(topic)
        if pending is not None and self._link.is_up:
            # Whoever has said something finds it there; unless Redis is just going away.
            await asyncio.wait((pending,), timeout=2.0)
        tail = self._tail(topic)
        if tail is not None:
            messages = tail.since(position)
            if messages is not None:
                return messages, tail.end
        # Those who were all away for the same time ask the same.
        key = (topic, position)
        reading = self._reads.get(key)
        if reading is None:
            reading = self._reads[key] = asyncio.ensure_future(self._read(topic, position))
            reading.add_done_callback(lambda _: self._reads.pop(key, None))
        messages, end = await asyncio.shield(reading)
        return messages, end

    def _tail(self, topic: str) -> _Tail | None:
        """The tail of a topic, if it is known here, and not behind what this process has published."""
        tail = self._tails.get(topic)
        if tail is None or not self._link.is_up:
            return None
        published = self._published.get(topic)
        if published is not None:
            if published.epoch != tail.epoch or published.number > tail.number:
                return None
            del self._published[topic]
        return tail

    async def _read(self, topic: str, position: Position | None) -> tuple[list[bytes] | None, Position]:
        keys, asked = (self._head(topic), self._log(topic)), () if position is None else astuple(position)
        try:
            told = await self._link.run(_READ, keys, os.urandom(_EPOCH), self._age, *asked)
        except Away:
            tail = self._tails.get(topic)
            if position is None:
                return None, Position(b"", 0) if tail is None else tail.end
            # Nothing is known to be missing: what has come meanwhile is read when Redis is back.
            known = None if tail is None else tail.since(position)
            return ([], position) if tail is None or known is None else (known, tail.end)
        return told[2], Position(told[0], told[1])

    # Listening

    async def listen(self, topic: str, listener: Listener) -> None:
        """From now on `listener` is told when there is something new on a topic."""
        self._listeners.setdefault(topic, {})[listener] = None
        self._tails.setdefault(topic, None)
        heard = self._heard.setdefault(topic, partial(self._hear, topic))
        await self._link.hear(self._channel(topic), heard)

    def ignore(self, topic: str, listener: Listener) -> None:
        """From now on `listener` is told nothing of this topic."""
        listeners = self._listeners.get(topic, {})
        listeners.pop(listener, None)
        if not listeners and self._listeners.pop(topic, None) is not None:
            self._tails.pop(topic, None)
            self._published.pop(topic, None)
            self._link.ignore(self._channel(topic), self._heard.pop(topic))

    def _hear(self, topic: str, told: bytes) -> None:
        if told and topic in self._tails:
            epoch, number = told[:_EPOCH], int.from_bytes(told[_EPOCH : _EPOCH + 8], "big")
            tail = self._tails[topic]
            if tail is None or tail.epoch != epoch or number > tail.number + 1:
                # What is before it is read from Redis by whoever needs it.
                tail = self._tails[topic] = _Tail(epoch, number - 1)
            if number > tail.number:
                self._append(tail, [told[_EPOCH + 8 :]])
        self._ring(topic)

    def _append(self, tail: _Tail, messages: Sequence[bytes]) -> None:
        tail.messages.extend(messages)
        tail.number += len(messages)
        tail.held += sum(map(len, messages))
        while tail.messages and (len(tail.messages) > self._count or tail.held > self._size):
            tail.held -= len(tail.messages.popleft())

    def _ring(self, topic: str) -> None:
        for listener in list(self._listeners.get(topic, ())):
            listener(topic)

    async def _come(self) -> None:
        """Redis is there (again): what has come meanwhile is read, and whoever is here by us is told of."""
        await self._register()
        topics = [topic for topic in self._tails if topic in self._listeners]
        known = {topic: self._tails[topic] for topic in topics}
        self._published.clear()
        asked = []
        for topic, tail in known.items():
            position = () if tail is None else astuple(tail.end)
            keys = (self._head(topic), self._log(topic))
            asked.append(self._link.post(_READ, keys, os.urandom(_EPOCH), self._age, *position))
        for (topic, before), told in zip(known.items(), await asyncio.gather(*asked), strict=True):
            end = Position(told[0], told[1])
            if topic not in self._tails or self._tails[topic] is not before:
                continue  # what was heard in the meantime is newer
            if before is None or before.epoch != end.epoch:
                self._tails[topic] = _Tail(end.epoch, end.number)
            elif before.number < end.number:
                missed = end.number - before.number
                if told[2] is None:
                    self._tails[topic] = _Tail(end.epoch, end.number)
                else:
                    self._append(before, told[2][-missed:])
        for topic in topics:
            self._ring(topic)

    def _beat(self, is_alive: bool) -> None:
        self._link.post(_REAP, (self._link.processes,), *self._places)
        if not is_alive or self._is_unsure:
            self._registering = asyncio.create_task(self._register(), name="reactor presence")
        if time.monotonic() - self._touched > self._age / 3000:
            self._touched = time.monotonic()
            keys = [key for topic in self._tails for key in (self._head(topic), self._log(topic))]
            for at in range(0, len(keys), 1_000):
                self._link.post(_TOUCH, keys[at : at + 1_000], self._age)

    # Presence

    async def join(self, topic: str, member: str, data: bytes) -> None:
        """Notes that somebody is on a topic; while Redis is away, the others are told when it is back."""
        self._mine.setdefault(topic, {})[member] = data
        try:
            await self._link.ready()
            await self._join(topic, member, data)
        except Away:
            self._is_unsure = True
            self._ring(presence_of(topic))

    def _join(self, topic: str, member: str, data: bytes) -> asyncio.Future[Any]:
        link = self._link
        keys = (link.key("here", topic), link.key("by", link.process), link.key("turns"))
        channel = self._channel(presence_of(topic))
        return link.post(_JOIN, keys, link.process, member, data, channel, topic)

    async def leave(self, topic: str, member: str) -> None:
        """Notes that somebody is no longer on a topic."""
        members = self._mine.get(topic, {})
        if members.pop(member, None) is None:
            return
        if not members:
            self._mine.pop(topic, None)
        try:
            await self._link.ready()
            await self._leave(topic, member)
        except Away:
            self._is_unsure = True
            self._ring(presence_of(topic))

    def _leave(self, topic: str, member: str) -> asyncio.Future[Any]:
        link = self._link
        keys = (link.key("here", topic), link.key("by", link.process))
        is_last = "" if topic in self._mine else "1"
        return link.post(
            _LEAVE, keys, link.process, member, self._channel(presence_of(topic)), topic, is_last
        )

    async def members(self, topic: str) -> Mapping[str, bytes]:
        """Who is on a topic; while Redis is away, by this process."""
        try:
            told = await self._link.run(_MEMBERS, (self._link.key("here", topic), self._link.processes))
        except Away:
            return dict(self._mine.get(topic, {}))
        return {text_of(member): data for member, data in zip(told[::2], told[1::2], strict=True)}

    async def _register(self) -> None:
        """Tells who is here by us, and nobody else: some may have come or gone while Redis was away."""
        link = self._link
        self._is_unsure = False
        try:
            own = await link.post(_OWN, (link.key("by", link.process),), link.process, link.key("here", ""))
            asked = [
                self._join(topic, member, data)
                for topic, members in self._mine.items()
                for member, data in members.items()
            ]
            for topic, member in zip(own[::2], own[1::2], strict=True):
                name, who = text_of(topic), text_of(member)
                if who not in self._mine.get(name, {}):
                    asked.append(self._leave(name, who))
            await asyncio.gather(*asked)
        except Away:
            self._is_unsure = True

    async def close(self) -> None:
        """Publishes what waits, and leaves with all who are here by this process. The link stays."""
        link = self._link
        if not link.is_attached:
            return
        if self._sending is not None and not self._sending.done():
            await asyncio.wait((self._sending,), timeout=1.0 if link.is_up else 0.0)
            self._sending.cancel()
        if self._registering is not None:
            self._registering.cancel()
        with suppress(Away):
            await link.post(_REAP, (link.processes,), *self._places, link.process)
