"""The link of a process to Redis: commands, channels, and whether it is there.

Commands go over one connection, one behind the other, and are not waited for in between; what the others
tell comes by a second one. A beat each second proves that Redis answers, and that this process lives. While
Redis is away nothing waits for it: whoever asks is told so at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import random
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from contextvars import Context
from typing import Any, Final, TypeAlias

from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from ..errors import ReactorError

log = logging.getLogger("reactor")

Argument: TypeAlias = bytes | str | int | float
Heard: TypeAlias = Callable[[bytes], None]
"""Is given what was published on a channel."""

_MOST_WAITING: Final = 20_000
"""Commands that may wait for their answers; more are refused as if Redis were away."""
_POOL_OPTIONS: Final = ("max_connections", "timeout")
"""Options of an address that are those of a pool, and not of a connection."""


def text_of(name: bytes) -> str:
    """A key or name that Redis tells, as text."""
    return name.decode("utf-8", "surrogatepass")


class Away(Exception):
    """Redis cannot be reached now."""


class Script:
    """A program in Lua that Redis runs as a whole, nothing in between.

    Arguments:
        text: the program.
    """

    all: Final[list[Script]] = []

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        Script.all.append(self)


_ALIVE: Final = Script(
    """
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local before = redis.call('ZSCORE', KEYS[1], ARGV[1])
    redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
    return before and tonumber(before) >= now and 1 or 0
    """
)


class _Lane:
    """One connection: what is sent goes out in its order, as much at once as there is."""

    def __init__(self, connection: AbstractConnection) -> None:
        self.connection = connection
        self._waiting: deque[tuple[Argument, ...]] = deque()
        self._wake = asyncio.Event()

    def send(self, *command: Argument) -> None:
        # A path from an address may hold what no text does; the one who writes must not fail for it.
        encoded = (each.encode("utf-8", "surrogatepass") if type(each) is str else each for each in command)
        self._waiting.append(tuple(encoded))
        self._wake.set()

    async def write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            packed: list[bytes] = []
            while self._waiting:
                packed += self.connection.pack_command(*self._waiting.popleft())
            await self.connection.send_packed_command([b"".join(packed)], check_health=False)

    async def open(self) -> None:
        await self.connection.connect()  # type: ignore[no-untyped-call]

    async def read(self) -> Any:
        return await self.connection.read_response(disable_decoding=True, disconnect_on_error=False)

    async def close(self) -> None:
        with suppress(Exception):
            await self.connection.disconnect(nowait=True)


class Link:
    """A process's connections to Redis, made when they are first needed, and made again when they are lost.

    Its methods are for the event loop's thread. In another loop than before it begins anew.

    Arguments:
        url: where Redis is: `redis://host:6379/0`; `rediss://` with TLS, `unix://` for a socket.
        prefix: begins all keys and channels.
        beat: seconds between two proofs that Redis is there, and the longest that it may take to answer.
        life: seconds without a proof after which this process counts as dead.

    Raises:
        ReactorError: the address is none.
    """

    def __init__(self, url: str, prefix: str, *, beat: float = 1.0, life: float = 3.5) -> None:
        self.prefix = prefix
        self.process = os.urandom(8).hex()
        """Tells this process from all others."""
        self.is_up = True
        """Whether Redis is there, as far as is known."""
        self.on_up: list[Callable[[], Awaitable[None]]] = []
        """Called when Redis has come (back), before anybody is told."""
        self.on_beat: list[Callable[[bool], None]] = []
        """Called with each beat; with whether the others have taken this process for alive since the last."""
        self.watchers: dict[Callable[[bool], None], None] = {}
        self._beat = beat
        self._life = life
        try:
            options: dict[str, Any] = dict(parse_url(url))
        except ValueError as error:
            raise ReactorError(
                f"the address of Redis (REDIS_URL, or redis_url=) cannot be read: {error}. It looks like "
                "redis://localhost:6379/0"
            ) from None
        for name in _POOL_OPTIONS:
            options.pop(name, None)
        self._kind: type[AbstractConnection] = options.pop("connection_class", Connection)
        self._options = options | {
            "protocol": 2,
            "decode_responses": False,
            "socket_timeout": None,
            "socket_connect_timeout": beat,
            "retry": Retry(NoBackoff(), 0),
        }
        self._heard: dict[str, dict[Heard, None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self.users = 0
        """How many hold it."""
        self._reset()

    def _reset(self) -> None:
        self._commands: _Lane | None = None
        self._channels: _Lane | None = None
        self._answers: deque[asyncio.Future[Any]] = deque()
        self._confirmations: dict[str, deque[asyncio.Future[None]]] = {}
        self._pong: asyncio.Future[None] | None = None

    def key(self, *parts: str) -> str:
        """A key of the application."""
        return self.prefix + ":".join(parts)

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop in which it lives."""
        return self._loop

    @property
    def processes(self) -> str:
        """The key of who lives: each process, with the time in ms until which it counts as alive."""
        return self.key("processes")

    @property
    def is_attached(self) -> bool:
        """Whether it lives in the event loop that runs."""
        return self._loop is asyncio.get_running_loop() and self._task is not None and not self._task.done()

    # Its life

    def attach(self) -> None:
        """Begins to connect, unless that has been begun."""
        if self.is_attached:
            return
        loop = self._loop = asyncio.get_running_loop()
        self._reset()
        self._tried = asyncio.Event()
        # In the context of the request that comes first it would hold the page of that.
        self._task = loop.create_task(self._live(), name="reactor link to redis", context=Context())

    async def ready(self) -> None:
        """Waits until it is known whether Redis is there.

        Raises:
            Away: it is not.
        """
        self.attach()
        if not self._tried.is_set():
            await self._tried.wait()
        if not self.is_up:
            raise Away

    def hold(self) -> None:
        """Notes that somebody uses the link, until they let it go."""
        self.users += 1
        self.attach()

    async def let_go(self) -> None:
        """Notes that somebody uses the link no more; closes it if nobody does."""
        self.users = max(0, self.users - 1)
        if not self.users:
            await self.close()

    async def close(self) -> None:
        """Closes the connections. Whoever needs them afterwards gets new ones."""
        task, self._task = self._task, None
        if task is not None and self._loop is asyncio.get_running_loop():
            task.cancel()
            await asyncio.wait((task,))
        self._loop = None

    async def _live(self) -> None:
        pause = 0.05
        task = asyncio.current_task()
        while True:
            failure = await self._connected()
            if task is not None and task.cancelling():
                # `gather` tells of the failure of a part in place of it.
                raise asyncio.CancelledError
            if self.is_up or not self._tried.is_set():
                why = f"{type(failure).__name__}: {failure}"
                log.warning("Redis is away (%s). Pages and actions go on, each process by itself.", why)
            else:
                pause = min(1.0, 2 * pause)
            self._tell(False)
            if self._was_up:
                pause = 0.05
            # Not all processes at once.
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))

    async def _connected(self) -> BaseException | None:
        """Keeps the connections for as long as Redis answers. Returns what has ended them."""
        commands = self._commands = _Lane(self._kind(**self._options))
        channels = self._channels = _Lane(self._kind(**self._options))
        self._was_up = False
        tasks: list[asyncio.Task[None]] = []

        def begin(work: Coroutine[Any, Any, None]) -> None:
            tasks.append(asyncio.create_task(work))

        try:
            async with asyncio.timeout(2 * self._beat):
                await asyncio.gather(commands.open(), channels.open())
            for lane in (commands, channels):
                begin(lane.write())
            begin(self._read(commands))
            begin(self._hear(channels))
            begin(self._tend())
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).exception()
        except (RedisError, OSError, TimeoutError) as error:
            return error
        finally:
            self._commands = self._channels = None
            for task in tasks:
                task.cancel()
            # Also those that have failed beside the first one are looked at.
            await asyncio.gather(*tasks, return_exceptions=True)
            waiting, self._answers = self._answers, deque()
            for answer in waiting:
                if not answer.done():
                    answer.set_exception(Away())
                    answer.exception()  # seen: nobody may be waiting
            confirmations, self._confirmations = self._confirmations, {}
            for futures in confirmations.values():
                for confirmation in futures:
                    if not confirmation.done():
                        confirmation.set_result(None)
            await commands.close()
            await channels.close()

    async def _tend(self) -> None:
        async with asyncio.timeout(5 * self._beat):
            for script in Script.all:
                self._send("SCRIPT", "LOAD", script.text)
            for channel in list(self._heard):
                self._subscribe(channel)
            confirmations = [future for futures in self._confirmations.values() for future in futures]
            if confirmations:
                await asyncio.wait(confirmations)
            await self.post(_ALIVE, (self.processes,), self.process, round(1000 * self._life))
            for come in self.on_up:
                await come()
        self._was_up = True
        self._tell(True)
        while True:
            await asyncio.sleep(self._beat)
            self._pong = asyncio.get_running_loop().create_future()
            if self._channels is not None:
                self._channels.send("PING")
            alive = self.post(_ALIVE, (self.processes,), self.process, round(1000 * self._life))
            # Where this process itself stood still, what has come meanwhile is read in the second turn.
            for seconds in (self._beat, 0.1):
                await asyncio.wait((alive, self._pong), timeout=seconds)
            if not (alive.done() and self._pong.done()):
                raise TimeoutError(f"no answer within {self._beat:g} s")
            for beat in self.on_beat:
                beat(bool(alive.result()))

    def _tell(self, is_up: bool) -> None:
        changed, self.is_up = self.is_up is not is_up, is_up
        if changed and is_up:
            log.warning("Redis is back.")
        if changed:
            for watcher in list(self.watchers):
                watcher(is_up)
        self._tried.set()

    # Commands

    async def run(self, script: Script, keys: Sequence[str], *arguments: Argument) -> Any:
        """Runs a script.

        Arguments:
            script: which.
            keys: the keys that it works with, in full.
            arguments: what else it is given.

        Raises:
            Away: Redis is not there, or was lost meanwhile: then nobody knows whether the script was run.
        """
        await self.ready()
        return await self.post(script, keys, *arguments)

    def post(self, script: Script, keys: Sequence[str], *arguments: Argument) -> asyncio.Future[Any]:
        """As `run`, without waiting for anything: what is posted first is run first."""
        return self._send("EVALSHA", script.digest, len(keys), *keys, *arguments)

    def _send(self, *command: Argument) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self._commands is None or len(self._answers) >= _MOST_WAITING:
            answer.set_exception(Away())
            answer.exception()
        else:
            self._answers.append(answer)
            self._commands.send(*command)
        return answer

    async def _read(self, lane: _Lane) -> None:
        while True:
            try:
                told, failure = await lane.read(), None
            except NoScriptError:
                raise  # somebody has emptied it: all begins anew
            except ResponseError as error:
                told, failure = None, error
            answer = self._answers.popleft()
            if answer.done():
                continue  # whoever asked is gone
            if failure is None:
                answer.set_result(told)
            else:
                log.error("Redis has refused a command: %s", failure)
                answer.set_exception(Away(str(failure)))
                answer.exception()

    # Channels

    async def hear(self, channel: str, heard: Heard) -> None:
        """From now on `heard` is told what is published on a channel; if Redis is away, once it is back."""
        self.expect(channel, heard)
        with suppress(Away):
            await self.ready()
            waiting = self._confirmations.get(channel)
            if waiting:
                await asyncio.wait((waiting[-1],))

    def expect(self, channel: str, heard: Heard) -> None:
        """As `hear`, without waiting for anything, and outside of an event loop, too."""
        is_new = channel not in self._heard
        self._heard.setdefault(channel, {})[heard] = None
        if is_new and self._channels is not None:
            self._subscribe(channel)

    def ignore(self, channel: str, heard: Heard) -> None:
        """From now on `heard` is not told what is published on a channel."""
        listeners = self._heard.get(channel, {})
        listeners.pop(heard, None)
        if not listeners and self._heard.pop(channel, None) is not None and self._channels is not None:
            self._channels.send("UNSUBSCRIBE", channel)

    def _subscribe(self, channel: str) -> None:
        if self._channels is not None:
            confirmation: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._confirmations.setdefault(channel, deque()).append(confirmation)
            self._channels.send("SUBSCRIBE", channel)

    async def _hear(self, lane: _Lane) -> None:
        while True:
            kind, *told = await lane.read()
            if kind == b"message":
                for heard in list(self._heard.get(text_of(told[0]), ())):
                    heard(told[1])
            elif kind == b"subscribe":
                channel = text_of(told[0])
                futures = self._confirmations.get(channel, deque())
                if futures:
                    confirmation = futures.popleft()
                    if not confirmation.done():
                        confirmation.set_result(None)
                if not futures:
                    self._confirmations.pop(channel, None)
            elif kind == b"pong" and self._pong is not None and not self._pong.done():
                self._pong.set_result(None)
