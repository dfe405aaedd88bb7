"""The line: one connection of a browser's tab, for what the server says unasked.

A line is a WebSocket; where none can be opened, a response that does not end carries the same frames. What a
page is told goes through the application as a request of its visitor to the page would, with its middleware,
guards and dependencies: nobody is told what they may not see by now. Nothing of the page hangs on the line:
when it breaks, the browser opens another one, to whichever process, and reads on.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from fastapi import FastAPI, Response
from starlette.types import Scope

from .addresses import is_page
from .answers import patch, sync
from .brokers import REVALIDATED, Position, presence_of
from .codec import pack, unpack
from .context import HERE, JOINED, names_of
from .deliveries import stale_in
from .diff import UNCHANGED
from .effects import to_wire
from .errors import CallRefused
from .exchanges import Exchange
from .failures import told
from .loopback import ask
from .messages import read_call, refusal
from .protocol import MALFORMED, MEDIA_TYPE, NEEDS_STATE, STALE
from .records import Answer
from .running import Fit
from .saved import Saved
from .site import Site
from .transports import Transport
from .views import Done, Ran, View

log = logging.getLogger("reactor")

_KEY: Final = "reactor.line"
_PACE: Final = 0.02
"""Seconds between two frames at least; what happens in between is told together."""
_ABSENCE: Final = 2.0
"""Seconds for which a visitor stays present whose line has ended: perhaps they open another one."""
_LONGEST_ADDRESS: Final = 8_000
_RING: Final = pack({})
"""There is something new: the browser tells where it is, and is told."""
_OWN: Final = (b"sec-websocket-", b"upgrade", b"connection", b"content-", b"transfer-")
"""What the headers of the line begin with that are not those of a request."""
_OWN_NAMES: Final = (b"accept", b"accept-encoding")
_ASKED_AGAIN: Final = (NEEDS_STATE, STALE)
"""What is wrong with what a browser asks for, so that it asks once more."""


class _Stuck(Exception):
    """A browser takes nothing any more."""


class _Replaced(Exception):
    """The page is told on another line by now."""


Work = Callable[[Exchange], Awaitable[Answer]]
"""What a request to a page is for that a line makes."""


def line_work(scope: Scope) -> Work | None:
    """What is to be done, where a line makes the request."""
    work: Work | None = scope.get(_KEY)
    return work


class Line:
    """One tab of a browser that listens.

    Arguments:
        app: the application.
        site: its keys and settings.
        scope: that of the request which has opened it.
        transport: carries frames to the browser.
    """

    def __init__(self, app: FastAPI, site: Site, scope: Scope, transport: Transport) -> None:
        self.id = os.urandom(9).hex()
        self.site = site
        self._app = app
        self._scope = scope
        self._transport = transport
        self._address = ""
        self._asked: dict[str, Any] | None = None
        """What the browser has asked for last, and has not been answered."""
        self._view: View | None = None
        self._names: frozenset[str] = frozenset()
        """What the page has read, as the browser knows it."""
        self._number = 0
        """That of what the browser has asked last."""
        self._told_of = b""
        """The view that the browser shows."""
        self._revalidated: Position | None = None
        """Where that is to be looked at for a page that this process does not hold."""
        self._topics: frozenset[str] = frozenset()
        self._joined: dict[str, bytes] = {}
        self._rung: set[str] = set()
        self._is_changed = False
        self._is_hidden = False
        self._is_refused = False
        self._has_reach_changed = False
        self._wake = asyncio.Event()
        self._last = 0.0

    @property
    def _reach(self) -> int:
        """What the browser is told: whether it hears of all processes, or of this one only."""
        return 1 if self.site.broker.is_up else 2

    @property
    def _answering(self) -> dict[str, Any]:
        """What an answer to a position says besides: the number that it had."""
        return {"q": self._reach, "c": self._number}

    async def run(self) -> None:
        """Tells the browser what there is to be told, as long as the line is up."""
        clock = asyncio.get_running_loop().time
        beat = clock() + self.site.limits.heartbeat
        unwatch = self.site.broker.watch(self._note_reach)
        try:
            while not self._is_refused:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(beat):
                        await self._wake.wait()
                if clock() >= beat:
                    # Also when there is much to tell: the browser answers this, and nothing else.
                    beat = clock() + self.site.limits.heartbeat
                    await self._send(b"")
                if not self._wake.is_set():
                    continue
                pause = self._last + _PACE - clock()
                if pause > 0 and self._asked is None:
                    await asyncio.sleep(pause)
                self._wake.clear()
                await self._work()
            await self._transport.close(1008)
        except _Stuck:
            seconds = self.site.limits.patience
            log.info("a browser has taken nothing for %g s: its line is given up (Limits.patience)", seconds)
            await self._transport.close(1008)
        finally:
            unwatch()
            await self._leave()

    def _note_reach(self, _: bool) -> None:
        self._has_reach_changed = True
        self._wake.set()

    def take(self, frame: dict[str, Any]) -> None:
        """Takes what the browser says."""
        if frame.get("h") is True:
            self._is_hidden = True
            return
        self._is_hidden = False
        self._asked = frame
        self._wake.set()

    async def _work(self) -> None:
        if self._asked is not None:
            frame, self._asked = self._asked, None
            self._rung.clear()
            await self._attach(frame)
        if self._is_changed:
            self._is_changed, known = False, self._topics
            await self._settle()
            # Before it was listened to, something may have been said.
            self._rung |= self._topics - known
        if self._has_reach_changed:
            self._has_reach_changed = False
            await self._send(pack({"q": self._reach}))
        if not self._rung or self._is_hidden:
            # A page that is not seen is told when it is shown again, and asks.
            return
        rung, self._rung = self._rung, set()
        view = self._view
        if view is not None and view in self.site.views and view.watcher == self._look:
            await self._answer(await self._ask(self._address, lambda made: self._deliver(made, view, rung)))
            return
        if view is not None:
            self._forget(view)
        if await self._concerns(rung):
            await self._send(_RING)

    async def _answer(self, answer: Answer) -> None:
        body = answer.body
        if answer.status >= 400:
            message: Any = unpack(body, limit=len(body))
            self._is_refused = message["e"]["c"] not in _ASKED_AGAIN
            body = pack({**message, "i": self._told_of, "c": self._number})
        if body:
            await self._send(body)

    async def _send(self, frame: bytes) -> None:
        try:
            async with asyncio.timeout(self.site.limits.patience):
                await self._transport.send(frame)
        except TimeoutError:
            raise _Stuck from None
        self._last = asyncio.get_running_loop().time()

    # What the browser asks for

    async def _attach(self, frame: dict[str, Any]) -> None:
        """The browser shows a page, and tells which, and how far it has come."""
        self._let_go()
        self._number = number if type(number := frame.get("c")) is int else 0
        self._told_of = view if isinstance(view := frame.get("i"), bytes) else b""
        address = frame.get("a")
        if not isinstance(address, str) or len(address) > _LONGEST_ADDRESS:
            await self._answer(refusal(CallRefused(400, MALFORMED, "a is the address of a page.")))
            return
        names = frame.get("k", [])
        is_list = isinstance(names, list) and len(names) <= self.site.limits.items
        self._names = frozenset(name for name in names if isinstance(name, str)) if is_list else frozenset()
        self._address = address
        await self._answer(await self._ask(address, lambda exchange: self._attached(exchange, frame)))

    async def _attached(self, exchange: Exchange, frame: dict[str, Any]) -> Answer:
        call = read_call(pack({**frame, "c": os.urandom(16), "a": None, "k": None}), self.site)
        view = self.site.views.get(call.view, exchange.visitor, exchange.place)
        fit = None if view is None else view.lineage.fit(call.version, b"", call.others)
        if view is not None and fit in (Fit.SAME, Fit.BESIDE):
            self._hold(view)
            await self._settle()
            return await self._tell(exchange, view, presences(view), asked=call.version)
        if call.sealed is None:
            raise CallRefused(409, NEEDS_STATE, "The state is needed.")
        saved = await exchange.read(call.sealed)
        if not await self._has_missed(saved):
            return Answer(200, pack({**self._answering, "i": call.view}))
        made = await exchange.fresh(call.sealed, call.view)
        if isinstance(made, Response):
            raise CallRefused(409, "refused", "This page is not there any more. Please reload.")
        self.site.views.put(made)
        self._hold(made)
        await self._settle()
        return await self._tell(exchange, made, presences(made), asked=call.version, is_whole=True)

    async def _has_missed(self, saved: Saved) -> bool:
        """Whether something was said since a state was made; if not, the line only listens."""
        broker = self.site.broker
        lives = list(_live_in(saved))
        # Components may have heard differently far of one topic.
        heard = {each for live in lives for each in live.cursors.items()}
        joined = {name for live in lives for name in live.joined}
        self._revalidated = next((position for topic, position in heard if topic == REVALIDATED), None)
        heard = {(topic, position) for topic, position in heard if topic != REVALIDATED}
        topics = {topic for topic, _ in heard} | {presence_of(name.partition("\0")[0]) for name in joined}
        await self._follow(topics)
        await self._be_in(name for name in joined if "\0" in name)
        if joined:
            return True  # who is there has no position by which it could be known
        for topic, position in heard:
            messages, _ = await broker.since(topic, position)
            if messages is None or messages:
                return True
        return await self._concerns({REVALIDATED})

    async def _concerns(self, rung: set[str]) -> bool:
        """Whether it is about a page that this process does not hold."""
        if rung - {REVALIDATED}:
            return True
        if self._revalidated is None:
            return False
        messages, self._revalidated = await self.site.broker.since(REVALIDATED, self._revalidated)
        stale = stale_in(messages, self._told_of)
        return stale is None or not self._names.isdisjoint(names_of(stale))

    # What is told unasked

    async def _deliver(self, exchange: Exchange, view: View, rung: set[str]) -> Answer:
        here = {name for name in presences(view) if presence_of(name) in rung}
        return await self._tell(exchange, view, here)

    async def _tell(
        self,
        exchange: Exchange,
        view: View,
        here: set[str],
        *,
        asked: int | None = None,
        is_whole: bool = False,
    ) -> Answer:
        """What was said since the page was told something last.

        Arguments:
            exchange: the request.
            view: the page.
            here: where others have come or gone.
            asked: the version that the browser says it shows; without it, it has not asked.
            is_whole: all of the page is told.
        """
        context = exchange.context
        context.page, context.view = view.owner, view.id
        more: dict[str, Any] = {} if asked is None else {**self._answering, "i": view.id}
        nothing = Answer(200, pack(more) if more else b"")
        try:
            async with exchange.delivery(view, always=True) as delivery, view.lock:
                if view.watcher != self._look:
                    raise _Replaced
                # What it was told on a line that has broken it may not have got.
                is_lost = is_whole or (asked is not None and view.lineage.has_pushed(asked))
                context.stale |= {(HERE, name) for name in here}
                if delivery.is_late:
                    self._rung |= self._topics
                is_stale = context.is_all_stale or any(
                    context.stale & (mount.readings | mount.started) for mount in view.mounts
                )
                if not (delivery or is_stale or is_lost):
                    return nothing
                done = Done(None, effects=tuple(delivery.effects))

                async def tell(ran: Ran) -> Answer:
                    if ran.effects:
                        more["j"] = to_wire(ran.effects)
                    if is_lost:
                        # What is made of its state goes on from what it shows.
                        whole = not is_whole
                        return await sync(exchange, view, None, more, whole=whole, made=view.lineage.push)
                    if ran.change is UNCHANGED and not ran.effects:
                        return nothing
                    return await patch(exchange, view, ran, more, made=view.lineage.push)

                return await view.finish(None, done, exchange.resolver, tell)
        except _Replaced:
            # Nothing counts as heard: it is told on the other line. Was it another tab, this one asks.
            view.note_done(has_missed=True)
            return Answer(200, _RING)

    # What the page listens to

    def _hold(self, view: View) -> None:
        self._view = view
        view.watcher = self._look

    def _let_go(self) -> None:
        if self._view is not None and self._view.watcher == self._look:
            self._view.watcher = None
        self._view = None

    def _forget(self, view: View) -> None:
        """The process holds the page no more, or tells it on another line; what it knows of it is noted."""
        self._revalidated = view.revalidated
        readings = {name for mount in view.mounts for name in (*mount.readings, *mount.started)}
        self._names = frozenset(names_of(readings))
        self._let_go()

    def _look(self, has_missed: bool) -> None:
        """Something was done in the page: it may listen to something else, or have had no time to hear."""
        self._is_changed = True
        if has_missed:
            self._rung |= self._topics
        self._wake.set()

    def _heard(self, topic: str) -> None:
        self._rung.add(topic)
        self._wake.set()

    async def _settle(self) -> None:
        """Listens to what the page listens to, and is where its visitor is."""
        view = self._view
        if view is None:
            return
        topics = {topic for mount in view.mounts for topic in mount.cursors}
        await self._follow({*topics, *map(presence_of, presences(view))})
        await self._be_in({name for mount in view.mounts for kind, name in mount.readings if kind == JOINED})

    async def _follow(self, topics: Iterable[str]) -> None:
        wanted = frozenset({*topics, REVALIDATED})
        for topic in self._topics - wanted:
            self.site.broker.ignore(topic, self._heard)
        for topic in wanted - self._topics:
            await self.site.broker.listen(topic, self._heard)
        self._topics = wanted

    async def _be_in(self, joined: Iterable[str]) -> None:
        """Notes where the visitor is."""
        now = {topic: data.encode() for topic, _, data in (name.partition("\0") for name in sorted(joined))}
        for topic in self._joined.keys() - now.keys():
            await self.site.broker.leave(topic, self.id)
        for topic, data in now.items():
            if self._joined.get(topic) != data:
                await self.site.broker.join(topic, self.id, data)
        self._joined = now

    async def _leave(self) -> None:
        self._let_go()
        for topic in self._topics:
            self.site.broker.ignore(topic, self._heard)
        if self._joined:
            _end_later(self.site, self.id, list(self._joined))

    # Requests that the line makes

    async def _ask(self, address: str, work: Work) -> Answer:
        """Asks the application as the browser would.

        Arguments:
            address: the page's, as a path with its query.
            work: what the page is asked for.
        """
        scope = self._request(address)
        if scope is None:
            return refusal(CallRefused(404, "refused", "There is no page at this address."))
        done: list[Answer] = []

        async def noted(exchange: Exchange) -> Answer:
            try:
                answer = await work(exchange)
            except CallRefused as refused:
                answer = refusal(refused)
            except Exception as error:
                answer = refusal(told(error, f"{exchange.page}: what is told unasked"))
            done.append(answer)
            return answer

        scope[_KEY] = noted
        reply = await ask(scope)
        if done:
            return done[0]
        is_answer = reply.status >= 400 and reply.is_ours
        return Answer(reply.status, bytes(reply.body)) if is_answer else refusal(answer_refused(reply.status))

    def _request(self, address: str) -> Scope | None:
        outer = self._scope
        try:
            target = urlsplit(address)
            path = unquote(target.path, errors="strict")
        except ValueError:
            return None
        if target.netloc or not path.startswith("/"):
            return None
        given = ("asgi", "http_version", "client", "server", "root_path", "extensions")
        scope: Scope = {name: outer[name] for name in given if name in outer}
        scope.update(
            state=dict(outer.get("state", {})),
            type="http",
            method="POST",
            scheme={"ws": "http", "wss": "https"}.get(outer["scheme"], outer["scheme"]),
            path=path,
            raw_path=target.path.encode("ascii", "replace"),
            query_string=target.query.encode("ascii", "replace"),
            headers=[
                *(header for header in outer["headers"] if not is_own(header[0])),
                (b"content-type", MEDIA_TYPE.encode()),
                (b"accept", MEDIA_TYPE.encode()),
            ],
            app=self._app,
        )
        return scope if is_page(self._app, {**scope, "method": "GET"}) else None


def presences(view: View) -> set[str]:
    """The topics of which a page shows who is there."""
    return {name for mount in view.mounts for kind, name in mount.readings if kind == HERE}


def answer_refused(status: int) -> CallRefused:
    """Why nothing is told, where the application has led the request elsewhere."""
    return CallRefused(403 if status < 400 else status, "refused", "This page is not told of any more.")


def is_own(header: bytes) -> bool:
    """Whether a header is the line's own, not one of what it asks for."""
    return header.startswith(_OWN) or header in _OWN_NAMES


def _live_in(saved: Saved) -> Iterable[Any]:
    for mount in saved.values():
        if mount.live:
            yield mount.live
        yield from _live_in(mount.below)


_ending: Final[set[asyncio.Task[None]]] = set()


def _end_later(site: Site, line: str, topics: list[str]) -> None:
    """Takes a visitor from where they were, unless the process ends before: then it is seen by others."""

    async def end() -> None:
        await asyncio.sleep(_ABSENCE)
        for topic in topics:
            await site.broker.leave(topic, line)

    task = asyncio.create_task(end())
    _ending.add(task)
    task.add_done_callback(_ending.discard)
