"""Calls: from the bytes of a `POST` to the answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from .answers import patch, sync
from .caching import settle, tell_others
from .codec import pack
from .context import names_of
from .diff import UNCHANGED
from .effects import Effect, to_wire
from .errors import CallRefused
from .exchanges import HAS_CHANGED, TAKEN_OVER, Exchange
from .failures import NOTHING_CHANGED, told
from .following import awaits, follow, followed, send_parts
from .messages import Call, answer_to, read_call, refusal
from .navigation import Redirect
from .order import unqueued
from .pieces import answer_stored
from .protocol import (
    CAUGHT,
    CHANGED,
    DETACHED,
    FAILED,
    FOLLOWED,
    HANDLER,
    NEEDS_STATE,
    STALE,
    SUPERSEDED,
)
from .records import Answer
from .results import sendable
from .running import Fit
from .saved import Saved
from .streams import Stream
from .uploads import Upload
from .views import Done, Found, Gone, Ran, View
from .visits import Visit

log = logging.getLogger("reactor")

_ASKED: Final = 20
"""How many times as much a prediction may cost that a browser has asked for (`Limits.ahead`)."""


async def answer_call(exchange: Exchange, body: bytes, upload: Upload | None = None) -> Answer:
    """The answer to a call; the recorded one, if it was answered before.

    Arguments:
        exchange: the request.
        body: the call's message.
        upload: the files that come with it.
    """
    site = exchange.site
    try:
        call = read_call(body, site, files=upload is not None)
        if call.ahead:
            return await _Run(exchange, call).predict()
        if call.cancels:
            for each in site.runs.supersede(exchange.visitor, call.supersedes):
                # Perhaps another process runs it.
                site.broker.publish(_cancelled(exchange.visitor, each), b"")
            return Answer(200, pack({}))
        going_on = site.streams.get((exchange.visitor, call.id))
        if going_on is not None and going_on.whole is not None:
            # Its connection has broken, and the browser asks again.
            turn = going_on.join()
            return Answer(200, await going_on.whole(), more=(going_on, turn))
        if upload is not None:
            await _receive(exchange, call, upload)
        run = _Run(exchange, call)
        if call.stored is not None:
            return await answer_stored(exchange, call, call.stored, lambda: _seen(exchange, call), run.once)
        answer = await run.once()
        if upload is not None and answer.more is not None:
            upload.stay(answer.more[0])
        return answer
    except CallRefused as refused:
        return refusal(refused)
    except (HTTPException, RequestValidationError):
        raise
    except Exception as error:
        return refusal(told(error, f"{exchange.page}: a call", and_so=NOTHING_CHANGED))


def _cancelled(visitor: str, call: bytes) -> str:
    """The topic on which processes tell each other that a call is cancelled."""
    return f"cancel {visitor} {call.hex()}"


async def _receive(exchange: Exchange, call: Call, upload: Upload) -> None:
    """Reads the files of a call, if what it calls is what the visitor saw. Otherwise none of them is kept."""
    if exchange.site.records.has(exchange.visitor, call.id):
        return
    found = await _seen(exchange, call)
    if found is not None:
        taken = found.bound.files
        names = call.payload.names_of_files(taken)
        call.payload.fill(names, await upload.files(names, taken))


async def _seen(exchange: Exchange, call: Call) -> Found | None:
    """What a call with files is for, if it is what the visitor saw."""
    site = exchange.site
    view: View | Response | None = site.views.get(call.view, exchange.visitor, exchange.place)
    if not isinstance(view, View) or view.version != call.version:
        try:
            view = None if call.sealed is None else await exchange.fresh(call.sealed, call.view)
        except CallRefused as refused:
            if refused.code != STALE:
                raise
            view = None
    if not isinstance(view, View):
        return None
    return exchange.find(view, call.address or (), call.mark, call.reference)


class _Moved(Exception):
    """The view is at another version than the call was made for."""


class _Changed(Exception):
    """What is at the address now is not what the visitor saw."""


class _Undone(Exception):
    """An action that yields has failed; those who undo what it did are told so."""


class _Yields(Exception):
    """The action sends what it has done piece by piece."""


class _Run:
    """The run of one call."""

    def __init__(self, exchange: Exchange, call: Call) -> None:
        self.exchange = exchange
        self.call = call
        self.site = exchange.site
        self.fit = Fit.SAME
        self.found: Found | None = None
        self.is_restored = False
        """The view was made for this call."""
        self.view: View | None = None
        """The view, once it has answered in it."""
        self.has_parts = False
        """Slow parts of the page follow the last answer of an action that yields."""
        self.begin = time.monotonic()
        self.stream: Stream | None = None
        """Takes what the action has done so far, wherever it yields."""
        self.behind: asyncio.Task[None] | None = None
        """Waits for somebody to take what the action has done; then it is sent, unless it has done more."""
        self.last: Answer | None = None
        """What the stream ends with."""
        self.leaving: tuple[dict[str, Any], RedirectResponse, Saved] | None = None
        """The action leads elsewhere: what is answered, where to, and the state of the layout."""

    async def once(self) -> Answer:
        """The answer, the recorded one if there is one; and what is still awaited, if something is."""
        exchange = self.exchange
        answer = await self.site.records.once(exchange.visitor, self.call.id, self._answer)
        if self.stream is not None or self.view is None:
            return answer
        return followed(answer, follow(exchange, self.view))

    async def _answer(self) -> Answer:
        exchange, call = self.exchange, self.call
        try:
            if call.supersedes:
                self.site.runs.supersede(exchange.visitor, call.supersedes)
            if self.site.runs.is_superseded(exchange.visitor, call.id):
                raise CallRefused(409, SUPERSEDED, TAKEN_OVER)
            held = self.site.views.get(call.view, exchange.visitor, exchange.place)
            try:
                answer = await (self._restored() if held is None or call.forks else self._in(held))
            except _Moved:
                answer = await self._restored()
        except CallRefused as refused:
            # An error is an answer, and recorded. With the state the browser repeats the call under its id.
            if refused.code == NEEDS_STATE:
                raise
            answer = refusal(refused)
        headers = exchange.headers
        return answer._replace(headers=(*answer.headers, *headers)) if headers else answer

    async def predict(self) -> Answer:
        """What a call would show; nothing is run, and nothing is kept."""
        exchange, call = self.exchange, self.call
        view = self.site.views.get(call.view, exchange.visitor, exchange.place)
        if view is None or call.address is None:
            raise CallRefused(409, NEEDS_STATE, "The page has gone on.")
        async with view.lock:
            if call.version != view.version:
                raise CallRefused(409, NEEDS_STATE, "The page has gone on.")
            found = exchange.find(view, call.address, call.mark, None)
            if found is None:
                raise CallRefused(404, HANDLER, "There is nothing to call at this address.")
            told = await view.predictions.ask(
                found.bound,
                found.event,
                exchange.resolver,
                self.site.limits.ahead * _ASKED,
                view.numbering,
                self.site.digest,
                debug=self.site.debug,
            )
            templates = view.numbering.definitions()
        return Answer(200, pack({"b": call.version, "a": told, **({"t": templates} if templates else {})}))

    async def _restored(self) -> Answer:
        """In a view made from the sealed state; what the browser shows cannot be trusted to match it."""
        exchange, call = self.exchange, self.call
        if call.sealed is None:
            raise CallRefused(409, NEEDS_STATE, "The state is needed.")
        try:
            view = await exchange.fresh(call.sealed, call.view, call.forks)
        except CallRefused as refused:
            if refused.code != STALE:
                raise
            view = await exchange.fresh(None, call.view)
            if isinstance(view, Response):
                return self._elsewhere(view)
            return await self._sync(view, refused)
        if isinstance(view, Response):
            return self._elsewhere(view)
        if not call.forks:
            view.lineage.restored(call.version, call.id, call.others)
        # Those that come beside it need not be restored, too.
        self.site.views.put(view)
        self.is_restored, self.fit = True, Fit.SAME
        return await self._in(view)

    async def _in(self, view: View) -> Answer:
        call, exchange = self.call, self.exchange
        if call.address is None and call.reference is None:
            try:
                async with exchange.delivery(view), view.lock:
                    self._fit(view)
                    # The browser misses something: what nobody renders any more is begun again.
                    self.exchange.parts.take_over(view.mounts)
                    return await view.finish(None, None, exchange.resolver, lambda _: self._sync(view))
            finally:
                view.note_done()
        try:
            answer = await self.exchange.run(
                view,
                partial(self._seek, view),
                call.payload,
                partial(self._done, view),
                call=call.id,
                blind=call.blind,
                step=partial(self._step, view),
            )
            return answer if self.leaving is None else await self._arrive(*self.leaving)
        except _Yields:
            return await self._begin_stream(view)
        except _Changed:
            async with view.lock:
                return await self._sync(view, CallRefused(409, CHANGED, HAS_CHANGED))
        except (CallRefused, HTTPException, RequestValidationError) as error:
            return await self._failed(view, error)
        except Gone as gone:
            return self._elsewhere(gone.response)
        except _Moved:
            raise
        except Exception as error:
            where = f"{self.exchange.page}: the action {self.found and self.found.bound!r}"
            return await self._failed(view, told(error, where, and_so=NOTHING_CHANGED))

    def _fit(self, view: View) -> None:
        """Finds out how the call goes with the view.

        Raises:
            _Moved: it does not.
        """
        if self.is_restored:
            return
        fit = view.lineage.fit(self.call.version, self.call.id, self.call.others)
        if fit is None or view not in self.site.views:
            raise _Moved
        self.fit = fit

    def _seek(self, view: View) -> Found:
        """The handler that the call is for.

        Raises:
            CallRefused: 404, there is none; 409, another call has changed what is there.
            _Changed: it is another one than the visitor saw.
            _Moved: the call does not go with the view.
        """
        self._fit(view)
        call = self.call
        is_beside = self.fit is Fit.BESIDE
        found = self.found = self.exchange.find(view, call.address or [], call.mark, call.reference)
        # Files that were not read are those of a call that was not seen to be what the visitor saw.
        if found is not None and not call.payload.waits:
            if found.bound.action.yields and self.stream is None:
                raise _Yields
            if is_beside and not view.mount_of(found.bound).is_same_since(call.version):
                raise _Moved
            if call.reference is not None:
                return found
            is_same = not is_beside or call.mark is None
            if is_same or unqueued(call.mark)[1] == found.listener.queue():  # type: ignore[arg-type]
                return found
        if is_beside:
            # The browser is being told.
            raise CallRefused(409, CHANGED, HAS_CHANGED)
        if not self.is_restored and call.reference is None and view.find(call.address or []) is None:
            raise CallRefused(404, HANDLER, "There is nothing to call at this address.")
        raise _Changed

    async def _failed(
        self, view: View, error: CallRefused | HTTPException | RequestValidationError
    ) -> Answer:
        """The answer to a call of which nothing came; with it goes what had to wait for its end."""
        answer, refused = answer_to(error), told(error, self.exchange.page)
        is_behind = view.is_behind or self.stream is not None
        if answer.status < 400 or self.is_restored or not is_behind:
            return answer
        try:
            async with view.lock:
                more, resolver = self._stale, self.exchange.resolver
                return await view.finish(
                    None, None, resolver, lambda ran: self._patch(view, ran, more, refused)
                )
        except Exception:
            log.exception("%s: what had to wait for a call cannot be rendered", self.exchange.page)
            return answer

    async def _begin_stream(self, view: View) -> Answer:
        """The answer of an action that yields, as far as it has come when it does so for the first time."""
        exchange, key = self.exchange, (self.exchange.visitor, self.call.id)
        stream = self.stream = self.site.streams[key] = Stream(self.site.limits.grace)
        turn = stream.join()
        stream.whole = lambda: self._whole(view)
        exchange.parts.is_followed = True
        stream.begin(self._stream(view, stream))
        first = await stream.take(turn)
        if first is None or (self.last is not None and first is self.last.body):
            if self.last is not None and self.has_parts:
                return followed(self.last, (stream, turn))
            return self.last or refusal(CallRefused(500, FAILED, "This did not work."))
        return Answer(200, first, exchange.headers, (stream, turn))

    async def _stream(self, view: View, stream: Stream) -> None:
        """Runs the action, in a task of its own; at the end comes the answer."""
        visitor, call = self.exchange.visitor, self.call.id
        broker, topic = self.site.broker, _cancelled(visitor, call)
        rung = asyncio.Event()
        listening = asyncio.create_task(self._listen(topic, rung))

        def ring(_: str) -> None:
            rung.set()

        try:
            await broker.listen(topic, ring)
            # What its dependencies have opened they close in the same task, and learn how it has ended.
            async with self.exchange.resolver.apart():
                try:
                    answer = await self._in(view)
                except _Moved:
                    answer = await self._restored()
                except CallRefused as refused:
                    answer = refusal(refused)
                self.last = answer = answer._replace(headers=(*answer.headers, *self.exchange.headers))
                self.site.records.keep(visitor, call, answer)
                if self.view is None or not self.exchange.parts.are_awaited:
                    stream.end(answer.body)
                else:
                    await stream.wanted()
                    self.site.streams.pop((visitor, call))  # who asks again gets the recorded answer
                    self.has_parts, stream.grace = True, 0.0
                    stream.put(answer.body)
                    await send_parts(self.exchange, self.view, stream)
                if answer.status >= 400:
                    raise _Undone(answer.status)
        except _Undone:
            raise
        except Exception:
            log.exception("%s: the end of an action that yields", self.exchange.page)
            raise
        finally:
            broker.ignore(topic, ring)
            listening.cancel()
            if self.behind is not None:
                self.behind.cancel()
            self.exchange.parts.close()
            self.site.streams.pop((visitor, call), None)
            settle(self.exchange.context)

    async def _listen(self, topic: str, rung: asyncio.Event) -> None:
        """Waits for another process to say that the call is cancelled."""
        begin = await self.site.broker.position(topic)
        while True:
            await rung.wait()
            rung.clear()
            # It may be rung for nothing.
            messages, _ = await self.site.broker.since(topic, begin)
            if messages:
                self.site.runs.supersede(self.exchange.visitor, (self.call.id,))

    async def _step(self, view: View, found: Found, asked: list[Effect]) -> None:
        """Shows what the action has done so far, if somebody waits for it; else as soon as somebody does."""
        stream = self.stream
        if stream is None:
            return
        if self.behind is not None:
            self.behind.cancel()
            # What could not be shown fails again below.
            await asyncio.gather(self.behind, return_exceptions=True)
            self.behind = None
        stream.grace = None if found.bound.action.detached else self.site.limits.grace
        if stream.is_wanted:
            await self._show(view, found, asked)
        else:
            self.behind = asyncio.create_task(self._show_later(view, found, asked, stream))

    async def _show_later(self, view: View, found: Found, asked: list[Effect], stream: Stream) -> None:
        mount = view.mount_of(found.bound)
        before = mount.state
        await stream.wanted()
        # What the action does until it yields again is not shown by half.
        if mount.state == before:
            await self._show(view, found, asked)

    async def _show(self, view: View, found: Found, asked: list[Effect]) -> None:
        """Makes a frame of what the action has done so far."""
        context, effects = self.exchange.context, tuple(asked)
        found.bound.ended(context, is_done=True)
        async with view.lock:
            mount = view.mount_of(found.bound)
            if mount.is_aside:
                raise CallRefused(409, CHANGED, HAS_CHANGED)
            done = Done(None, effects=effects)
            await view.finish(mount, done, self.exchange.resolver, lambda ran: self._frame(view, found, ran))
            del asked[: len(effects)]
            tell_others(context.stale, view.id)
            context.stale.clear()

    async def _frame(self, view: View, found: Found, ran: Ran) -> None:
        more = {**self._stale, "f": DETACHED if found.bound.action.detached else FOLLOWED}
        if ran.effects:
            more["j"] = to_wire(ran.effects)
        if self.is_restored or self.fit is Fit.RESTORED:
            answer = await self._sync(view, None, more, tell=False)
            self.is_restored, self.fit = False, Fit.SAME
        elif ran.change is not UNCHANGED or len(more) > 1:
            answer = await self._patch(view, ran, more)
        else:
            return
        if self.stream is not None:
            self.stream.put(answer.body)

    async def _whole(self, view: View) -> bytes:
        """A frame for a browser that may not have had those before."""
        async with view.lock:
            follows = FOLLOWED if self.stream is None or self.stream.grace is not None else DETACHED
            return (await self._sync(view, None, {"f": follows}, tell=False, whole=True)).body

    async def _done(self, view: View, found: Found, ran: Ran) -> Answer:
        more = self._stale
        refused: CallRefused | None = ran.invalid
        if ran.caught is not None:
            refused = caught(ran.caught)
        if self.call.asks and ran.result is not None and not isinstance(ran.result, RedirectResponse):
            name = found.bound.action.__qualname__
            more["x"] = sendable(ran.result, action=name, limit=self.site.limits.result)
        if found.bound.action.overwrites:
            more["w"] = True
        if ran.effects:
            more["j"] = to_wire(ran.effects)
        if isinstance(ran.result, RedirectResponse):
            return self._leave(view, ran.result, more)
        if self.is_restored or self.fit is Fit.RESTORED:
            tell = ran.change is UNCHANGED and ran.caught is None
            return await self._sync(view, refused, more, tell=tell)
        return await self._patch(view, ran, more, refused)

    @property
    def _stale(self) -> dict[str, Any]:
        """What the browser is told of what has changed."""
        names = names_of(self.exchange.context.stale)
        return {"k": names} if names else {}

    async def _patch(
        self, view: View, ran: Ran, more: dict[str, Any], refused: CallRefused | None = None
    ) -> Answer:
        more = {**awaits(self.exchange), **more}
        return await patch(self.exchange, view, ran, more, refused, made=self._made(view))

    async def _sync(
        self,
        view: View,
        refused: CallRefused | None = None,
        more: dict[str, Any] | None = None,
        *,
        tell: bool = True,
        whole: bool = False,
    ) -> Answer:
        # What was answered beside this call may come later than this answer, and is not shown then.
        whole = whole or self.call.is_whole or self.fit is not Fit.SAME
        more = {**awaits(self.exchange), **(more or {})}
        made = self._made(view)
        return await sync(self.exchange, view, refused, more, tell=tell, whole=whole, made=made)

    def _made(self, view: View) -> Callable[[], None]:
        """Notes that this call has made a new version."""
        self.view = view
        return partial(view.lineage.advance, self.call.id, self.call.others)

    def _leave(self, view: View, to: RedirectResponse, more: dict[str, Any]) -> Answer:
        """Nothing of the page is shown again; what has become of its state is kept for a return."""
        is_apart = self.is_restored or self.fit is Fit.RESTORED
        sealed = self.exchange.seal(view)
        message = {
            "b": self.call.version if is_apart else view.version,
            "v": view.version + 1,
            "s": sealed,
            **more,
        }
        view.lineage.advance(self.call.id, self.call.others)
        # What it shows is not what its state is: whoever comes back gets it made from that.
        self.site.views.drop(view)
        self.leaving = message, to, view.kept_around(self.site.limits.state)
        return Answer(200, b"")

    async def _arrive(self, message: dict[str, Any], to: RedirectResponse, layout: Saved) -> Answer:
        """The page that the action leads to, in the same answer."""
        exchange = self.exchange
        exchange.keep_cookies(to)
        left = exchange.max_duration - (time.monotonic() - self.begin)
        visit = Visit(exchange.request, exchange.context.stale, layout, seconds=max(left, 0.0))
        address, page, cookies = await visit.to(to.headers["location"], exchange.headers)
        exchange.response.raw_headers += cookies
        is_replaced = isinstance(to, Redirect) and to.replace
        message["l"] = address
        if page is not None or is_replaced:
            message["y"] = [is_replaced] if page is None else [is_replaced, page]
        return Answer(200, pack(message))

    def _elsewhere(self, response: Response) -> Answer:
        """The page's function gave a response of its own, such as a redirect to the login."""
        self.exchange.keep_cookies(response)
        location = response.headers.get("location")
        if location is not None:
            return Answer(200, pack({"l": location, **self._stale}))
        return refusal(
            CallRefused(response.status_code, "refused", "This page is no more available. Please reload.")
        )


def caught(refused: CallRefused) -> CallRefused:
    """What a call is answered with when the page itself shows that it has failed."""
    shown = CallRefused(refused.status, CAUGHT, refused.message)
    shown.reference, shown.trace = refused.reference, refused.trace
    return shown
