"""The store of an application with several processes: cached values in Redis, and a copy nearby.

What was let go is known by tag and *mark*, the number of the deletion; a value is good if it began to be
computed behind the marks of all that it depends on. So a deletion costs the same however many values go by
it, and what was computed from older data is never kept, in whichever process.

The copy in this process is dropped when a deletion is heard of, before anything newer is asked for. While
Redis is away nobody hears of anything, so values are kept here only, and for seconds.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Collection
from dataclasses import replace
from threading import Lock
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]

from ..stores import DEFAULT, Entry, MemoryStore, Store, Tag
from .link import Argument, Away, Link, Script, text_of

log = logging.getLogger("reactor")

_ALONE: Final = 5.0
"""Seconds that a value is good for while Redis is away."""
_NEARBY: Final = 60.0
"""Seconds after which a copy is looked at again, though nothing was heard."""
_UNTOUCHED: Final = 7 * 24 * 3_600_000
"""Milliseconds after which a value without `ttl` goes that nobody has asked for."""
_LARGEST: Final = 16_000_000
"""Bytes of a value that is shared."""
_DELETED: Final = 50_000
"""Tags of which it is known when they were last deleted."""
_LOCAL: Final = -(1 << 62)
"""Marks of this process' own begin here; those of Redis are positive."""
_EVERYTHING: Final = b"*"

# The deletions are a sorted set: tag -> the mark of its last deletion; `=mark`: the newest mark;
# `=forgotten`: the newest one of those that were dropped. Marks go on from the time, so that they are higher
# than all before, should Redis have been emptied.
_MARKS: Final = """
    local deletions = KEYS[1]
    local mark = tonumber(redis.call('ZSCORE', deletions, '=mark') or 0)
    if mark == 0 then
        local time = redis.call('TIME')
        mark = time[1] * 1000000 + time[2]
        redis.call('ZADD', deletions, mark, '=mark', mark, '=forgotten')
    end
    local function has_changed(tags, marks)
        if #tags == 0 then return false end
        local forgotten = tonumber(redis.call('ZSCORE', deletions, '=forgotten'))
        local deleted = redis.call('ZMSCORE', deletions, unpack(tags))
        for at = 1, #tags do
            if tonumber(deleted[at] or forgotten) > marks[at] then return true end
        end
        return false
    end
    local function note_readers(key, first)
        if not ARGV[first] or redis.call('EXISTS', key) == 0 then return end
        if redis.call('HEXISTS', key, 'path:') == 1 then return end
        for at = first, #ARGV do redis.call('HSETNX', key, ARGV[at], mark) end
        if redis.call('HLEN', key) > 110 then redis.call('HSETNX', key, 'path:', mark) end
    end
"""

# A value is a hash: `=value`, `=mark`, `=tags`, `=parts`, `=stays` if it has no ttl; `path:/…` for each page
# that has read it: the mark at that time.
# KEYS: deletions, the value. ARGV: what keys of values begin with, for how long an untouched one is kept, and
# the pages that read it.
_GET: Final = Script(
    _MARKS
    + """
    local fields = redis.call('HGETALL', KEYS[2])
    if #fields == 0 then return {mark} end
    local own, readers, marks = {}, {}, {}
    for at = 1, #fields, 2 do
        if fields[at]:sub(1, 1) == '=' then
            own[fields[at]] = fields[at + 1]
        else
            readers[#readers + 1] = fields[at]
            marks[#marks + 1] = tonumber(fields[at + 1])
        end
    end
    local tags = cmsgpack.unpack(own['=tags'])
    local since = {}
    for at = 1, #tags do since[at] = tonumber(own['=mark']) end
    if has_changed(tags, since) or has_changed(readers, marks) then
        redis.call('DEL', KEYS[2])
        return {mark}
    end
    note_readers(KEYS[2], 3)
    for _, part in ipairs(cmsgpack.unpack(own['=parts'])) do note_readers(ARGV[1] .. part, 3) end
    local left = -1
    if own['=stays'] then redis.call('PEXPIRE', KEYS[2], ARGV[2]) else left = redis.call('PTTL', KEYS[2]) end
    return {mark, own['=value'], tags, cmsgpack.unpack(own['=parts']), left, tonumber(own['=mark'])}
    """
)

# KEYS: deletions, the value. ARGV: what keys of values begin with, its mark, how long it is kept ("0": it is
# not), "1" if it has no ttl, the value, tags and parts packed, and the pages that read it.
_SET: Final = Script(
    _MARKS
    + """
    local since = tonumber(ARGV[2])
    local tags, parts = cmsgpack.unpack(ARGV[6]), cmsgpack.unpack(ARGV[7])
    local all, marks = {}, {}
    for _, tag in ipairs(tags) do all[#all + 1] = tag end
    for at = 8, #ARGV do all[#all + 1] = ARGV[at] end
    for at = 1, #all do marks[at] = since end
    if has_changed(all, marks) then return 0 end
    if ARGV[3] == '0' then return 1 end
    redis.call('DEL', KEYS[2])
    redis.call('HSET', KEYS[2], '=value', ARGV[5], '=mark', ARGV[2], '=tags', ARGV[6], '=parts', ARGV[7])
    if ARGV[4] == '1' then redis.call('HSET', KEYS[2], '=stays', '1') end
    redis.call('PEXPIRE', KEYS[2], ARGV[3])
    note_readers(KEYS[2], 8)
    for _, part in ipairs(parts) do note_readers(ARGV[1] .. part, 8) end
    return 1
    """
)

# KEYS: deletions. ARGV: the channel, how many are known, and the tags; none: everything goes.
_DELETE: Final = Script(
    _MARKS
    + """
    mark = mark + 1
    redis.call('ZADD', deletions, mark, '=mark')
    if not ARGV[3] then
        redis.call('ZADD', deletions, mark, '=forgotten')
        redis.call('PUBLISH', ARGV[1], '*')
        return mark
    end
    local tags = {}
    for at = 3, #ARGV do
        redis.call('ZADD', deletions, mark, ARGV[at])
        tags[#tags + 1] = ARGV[at]
    end
    local over = redis.call('ZCARD', deletions) - ARGV[2]
    if over > 0 then
        local oldest = redis.call('ZRANGE', deletions, 0, over + 1, 'WITHSCORES')
        for at = 1, #oldest, 2 do
            if oldest[at]:sub(1, 1) ~= '=' then
                redis.call('ZREM', deletions, oldest[at])
                redis.call('ZADD', deletions, 'GT', oldest[at + 1], '=forgotten')
            end
        end
    end
    redis.call('PUBLISH', ARGV[1], cmsgpack.pack(tags))
    return mark
    """
)


class RedisStore(Store):
    """Keeps values in Redis, for all processes.

    Functions that were made inside of others have values in this process only: in another one the same name
    may stand for a function that sees other variables.

    Arguments:
        link: the process' connections.
        count: how many values are kept nearby.
        size: how many bytes they may take, by estimate.
    """

    def __init__(self, link: Link, *, count: int = 10_000, size: int = 64_000_000) -> None:
        self._link = link
        self._near = MemoryStore(count=count, size=size)
        self._lock = Lock()
        self._deleted: set[str] = set()
        """Was deleted here, and is to be told."""
        self._is_all_deleted = False
        self._mark = 0
        self._telling: asyncio.Task[None] | None = None
        link.expect(self._channel, self._hear)
        # Before listeners are told: what they show is read from here.
        link.on_up.insert(0, self._come)
        link.watchers[self._change] = None

    async def get(self, key: str, readers: Collection[Tag] = ()) -> tuple[Entry | None, int]:
        """What is kept under a key, and a mark of this moment."""
        if not await self._is_up() or not self._is_shared(key):
            entry, mark = await self._near.get(key, readers)
            return entry, mark + _LOCAL
        if self._near.has_readers(key, readers):
            entry, _ = await self._near.get(key, readers)
            if entry is not None:
                return entry, self._mark
        # What is deleted from here on may not be known to what Redis is about to answer.
        _, near = await self._near.get(key)
        paths = [_member(reader) for reader in readers]
        try:
            told = await self._ask(_GET, key, self._key(""), _UNTOUCHED, *paths)
        except Away:
            entry, mark = await self._near.get(key, readers)
            return entry, mark + _LOCAL
        self._mark = max(self._mark, told[0])
        if len(told) == 1:
            return None, told[0]
        _, value, members, parts, left, since = told
        tags = frozenset(map(_tag, members))
        entry = Entry(value, tags, since, frozenset(map(text_of, parts)))
        copy = replace(entry, tags=tags | set(readers), mark=near)
        await self._near.set(key, copy, _NEARBY if left < 0 else min(_NEARBY, left / 1000))
        return entry, told[0]

    async def set(self, key: str, entry: Entry, ttl: float | None) -> bool:
        """Keeps a value, unless what it depends on has changed since it began to be computed."""
        is_up = await self._is_up()
        if entry.mark < 0:
            if self._is_shared(key) or not is_up:
                ttl = 0 if is_up else min(_ALONE, math.inf if ttl is None else ttl)
            return await self._near.set(key, replace(entry, mark=entry.mark - _LOCAL), ttl)
        if not is_up:
            return False  # nobody knows
        _, near = await self._near.get(key)
        paths = [_member(tag) for tag in entry.tags if tag[0] == "path"]
        members = [_member(tag) for tag in entry.tags if tag[0] != "path"]
        packed = [_packed(members), _packed(list(entry.parts))]
        life = _UNTOUCHED if ttl is None else math.ceil(1000 * ttl)
        if len(entry.value) > _LARGEST:
            life = 0
        stays = "1" if ttl is None else ""
        try:
            is_true = await self._ask(
                _SET, key, self._key(""), entry.mark, life, stays, entry.value, *packed, *paths
            )
        except Away:
            return False
        if is_true:
            nearby = min(_NEARBY, math.inf if ttl is None else ttl)
            await self._near.set(key, replace(entry, mark=near), nearby)
        return bool(is_true)

    def delete(self, tags: Collection[Tag]) -> None:
        """Lets all values with one of these tags go: here at once, in the other processes in a moment.

        While Redis is away they are told when it is back.
        """
        if not tags:
            return
        members = {_member(tag) for tag in tags}
        if any(tag[0] == "path" for tag in tags):
            members.add(_member(("path", "")))
        with self._lock:
            self._deleted |= members
            if len(self._deleted) > _DELETED // 2:
                self._deleted.clear()
                self._is_all_deleted = True
        self._forget(tags)
        self._tell_soon()

    def _forget(self, tags: Collection[Tag]) -> None:
        """Lets go of what is here; for a path, of all: what pages elsewhere have read is not known."""
        if any(tag[0] == "path" for tag in tags):
            self._near.clear()
        else:
            self._near.delete(tags)

    def _tell_soon(self) -> None:
        """Tells the others, in whichever thread it is called."""
        try:
            running: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        loop = self._link.loop
        if running is not None and self._link.is_attached:
            self._tell()
        elif loop is not None and loop.is_running():
            loop.call_soon_threadsafe(self._tell)
        elif running is not None:
            self._telling = running.create_task(self._attach())

    async def _attach(self) -> None:
        if await self._is_up():
            self._tell()

    def _tell(self, *, anyway: bool = False) -> None:
        """Tells Redis what was deleted: behind this, whatever is asked for is asked later."""
        if not (self._deleted or self._is_all_deleted) or not (anyway or self._link.is_up):
            return
        with self._lock:
            deleted, self._deleted = self._deleted, set()
            is_all, self._is_all_deleted = self._is_all_deleted, False
        if is_all:
            deleted = set()
        keys = (self._link.key("deletions"),)
        told = self._link.post(_DELETE, keys, self._channel, _DELETED, *sorted(deleted))

        def done(told: asyncio.Future[Any]) -> None:
            if told.cancelled() or told.exception() is not None:
                # Twice is once.
                with self._lock:
                    self._deleted |= deleted
                    self._is_all_deleted |= is_all

        told.add_done_callback(done)

    async def _come(self) -> None:
        """Redis is there (again): what was missed is not known, so that nothing here is good any more."""
        self._near.clear()
        DEFAULT.clear()
        self._tell(anyway=True)

    def _change(self, is_up: bool) -> None:
        if not is_up:
            self._near.clear()

    def _hear(self, told: bytes) -> None:
        if told == _EVERYTHING:
            self._near.clear()
            DEFAULT.clear()
            return
        tags = [_tag(member) for member in msgpack.unpackb(told, raw=True)]
        self._forget(tags)
        DEFAULT.delete(tags)

    async def _is_up(self) -> bool:
        try:
            await self._link.ready()
        except Away:
            return False
        return True

    def _is_shared(self, key: str) -> bool:
        return "<locals>" not in key

    def _ask(self, script: Script, key: str, *arguments: Argument) -> asyncio.Future[Any]:
        # What was deleted in another thread must be known before.
        self._tell()
        return self._link.post(script, (self._link.key("deletions"), self._key(key)), *arguments)

    def _key(self, key: str) -> str:
        return self._link.key("value", key)

    @property
    def _channel(self) -> str:
        return self._link.key("on", "deletions")


def _packed(names: list[str]) -> bytes:
    packed: bytes = msgpack.packb(names, unicode_errors="surrogatepass")
    return packed


def _member(tag: Tag) -> str:
    return f"{tag[0]}:{tag[1]}"


def _tag(member: bytes) -> Tag:
    kind, _, name = text_of(member).partition(":")
    return kind, name
