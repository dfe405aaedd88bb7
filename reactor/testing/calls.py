"""The wire, from the browser's side: calls out, answers in, the tree kept up to date."""

from __future__ import annotations

import asyncio
import binascii
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from ..codec import pack, unpack
from ..layers import OpenCall, applied, layered, resolved, told
from ..mirror import Mirror
from ..protocol import AWAITED, DATA_BLOCK, MEDIA_TYPE, NEEDS_STATE, PROTOCOL, STALE, STREAM_TYPE, SUPERSEDED
from ..streams import frames_in
from .files import File
from .trees import MirroredTree, ParsedTree

_LONGEST_ANSWER: Final = 64_000_000
_STATE_SENT_UNASKED: Final = 1024
_NEAR: Final = 32
"""Versions of one lineage count up; others begin anywhere."""

Post = Callable[[bytes, Sequence[File]], Awaitable[httpx.Response]]
"""Posts the bytes of a call, and the files that go with it, to the page's address."""


@dataclass(frozen=True)
class Answer:
    """What a server has answered to a call.

    Arguments:
        status: the HTTP status.
        code: the error's code (`docs/protocol.md`); empty: there is none.
        message: what the person is told.
        fields: with the code `invalid`, a message for each field.
        size: bytes of the body.
        response: the whole response.
        content: the message, decoded.
        parts: the messages before it, where an action has yielded.
        followed: those after it: slow parts of the page.
    """

    status: int
    code: str
    message: str
    fields: dict[str, str]
    size: int
    response: httpx.Response = field(repr=False)
    content: dict[str, Any] = field(repr=False)
    parts: Sequence[dict[str, Any]] = ()
    followed: Sequence[dict[str, Any]] = ()


def fit_of(answer: dict[str, Any], version: int, *, is_same_state: bool) -> str:
    """How an answer goes with what is shown.

    Arguments:
        answer: the message.
        version: the one that is shown.
        is_same_state: whether the state of the call is still the one that is shown.

    Returns:
        `fits`; `done`: it is contained in what is shown; `early`: others come before it; `fork`: the server
        went on from a state that the page has left.

    >>> fit_of({"b": 5, "v": 6}, 5, is_same_state=False)
    'fits'
    """
    is_sync = "r" in answer
    if not is_sync and "b" not in answer:
        return "done"
    if "v" not in answer:  # only a prediction
        return "fits" if answer["b"] == version else "done"
    ahead = answer["v"] - version
    is_near = abs(ahead) <= _NEAR
    if is_near and ahead <= 0:
        return "done"
    if (is_near or is_same_state) if is_sync else answer["b"] == version:
        return "fits"
    return "early" if is_near else "fork"


class WireError(AssertionError):
    """The server has sent what does not fit `docs/protocol.md`."""


class RemoteView:
    """An open page as a browser keeps it.

    Arguments:
        html: the page as it was served.
        post: posts a call.

    Raises:
        LookupError: the HTML is not that of a page of ours.
    """

    def __init__(self, html: str, post: Post) -> None:
        block = next((e for e in ParsedTree(html).elements() if e.attributes.get("id") == DATA_BLOCK), None)
        if block is None:
            raise LookupError("this is no page of the framework")
        start: Any = _decoded(binascii.a2b_base64(block.text))
        if start["p"] != PROTOCOL:
            raise WireError(f"the page speaks protocol {start['p']}, not {PROTOCOL}")
        self.id: bytes = start["i"]
        self.version: int = start["v"]
        self.sealed: bytes = start["s"]
        self.mirror = Mirror()
        self.tree = MirroredTree(self.mirror)
        self.open: list[OpenCall] = []
        """The calls that have no answer yet, oldest first."""
        self._told: Any = None  # the tree as the server has given it, in the form that travels
        self._predictions: dict[int, Any] = {}
        self._covered = False
        self.last_call: bytes = b""
        self.last_files: Sequence[File] = ()
        self._post = post
        self._under_way: list[bytes] = []
        self._states: dict[int, bytes] = {self.version: self.sealed}
        self._sending = 0
        self._answered = asyncio.Condition()

    async def sync(self) -> Answer:
        """Asks for the whole tree."""
        return await self.call({"m": []} if self._told is None else {})

    async def call(self, fields: dict[str, Any], files: Sequence[File] = ()) -> Answer:
        """Makes a call, and applies the answer to the tree.

        Arguments:
            fields: `a`, `h` and `e` or `f` of the call.
            files: those that are named in there by their numbers.

        Raises:
            WireError: the answer is none, or does not fit the tree.
        """
        call = fields.get("c") or os.urandom(16)
        base = self.sealed
        self._under_way.append(call)
        try:
            answer = await self.send_call({**fields, "c": call}, files)
            await self.take(answer, base)
        finally:
            self._under_way.remove(call)
        return answer

    async def send_call(self, fields: dict[str, Any], files: Sequence[File] = ()) -> Answer:
        """Makes a call; the answer is not applied.

        Arguments:
            fields: `a`, `h` and `e` or `f` of the call.
            files: those that are named in there by their numbers.
        """
        message = {"p": PROTOCOL, "i": self.id, "v": self.version, "c": os.urandom(16), **fields}
        others = [other for other in self._under_way if other != message["c"]]
        if others and "u" not in message:
            message["u"] = others
        base = self.sealed
        if (files or len(base) <= _STATE_SENT_UNASKED) and "s" not in message:
            message["s"] = base
        self._sending += 1
        try:
            answer = await self.send(pack(message), files)
            if answer.code == NEEDS_STATE and "s" not in message:
                answer = await self.send(pack({**message, "s": base}), files)
        finally:
            self._sending -= 1
            async with self._answered:
                self._answered.notify_all()
        return answer

    async def send(self, body: bytes, files: Sequence[File] = ()) -> Answer:
        """Posts the bytes of a call, and reads the answer without applying it."""
        self.last_call, self.last_files = body, files
        response = await self._post(body, files)
        kind = response.headers.get("content-type", "").partition(";")[0]
        if kind not in (MEDIA_TYPE, STREAM_TYPE):
            raise WireError(
                f"the answer to a call is {response.status_code} {response.headers.get('content-type')}: "
                f"{response.text[:500]}"
            )
        messages = [response.content] if kind == MEDIA_TYPE else list(frames_in(response.content))
        decoded = [_decoded(message) for message in messages]
        at = next((at for at, message in enumerate(decoded) if message.get("f", AWAITED) == AWAITED), -1)
        content = decoded[at]
        error = content.get("e") or {}
        return Answer(
            response.status_code,
            error.get("c", ""),
            error.get("m", ""),
            error.get("f", {}),
            len(response.content),
            response,
            content,
            decoded[:at],
            decoded[at + 1 :],
        )

    async def take(self, answer: Answer, base: bytes | None = None) -> None:
        """Applies an answer to the tree, in its turn. One that does not fit is joined with what is shown.

        Arguments:
            answer: the answer.
            base: the sealed state that its call went on from; without it, that of now.
        """
        base = self.sealed if base is None else base
        for part in answer.parts:
            if self._fit(part, base) == "fits":
                self._show(part)
                base = self.sealed
        content = answer.content
        before = self._before(content, base)
        if "v" in content:
            self._states[content["v"]] = content.get("s", before)
        async with self._answered:
            await self._answered.wait_for(lambda: self._fit(content, base) != "early" or not self._sending)
            fit = self._fit(content, base)
            if fit == "fits":
                self._show(content)
                self._answered.notify_all()
        if fit in ("early", "fork") and answer.code not in (STALE, SUPERSEDED):
            pairs = [[before, content["s"]]] if "s" in content else []
            await self.call({"s": self.sealed, "m": pairs})
            return
        last = content
        for last in answer.followed:
            if self._fit(last, base) == "fits":
                self._show(last)
        if last.get("f") == AWAITED:
            await self.sync()

    def _fit(self, content: dict[str, Any], base: bytes) -> str:
        return fit_of(content, self.version, is_same_state=base == self.sealed)

    def _before(self, content: dict[str, Any], base: bytes) -> bytes:
        """The state that an answer's version was made from, as far as it was told."""
        version = content.get("b", content.get("v", 0) - 1)
        return next((self._states[n] for n in range(version, version - _NEAR, -1) if n in self._states), base)

    def _show(self, content: dict[str, Any]) -> None:
        try:
            known = self.mirror.templates
            if "t" in content:
                self.mirror.learn(content["t"], reset="r" in content)
            if "r" in content:
                self._predictions.clear()
            for number, prediction in zip(content.get("a", ())[::2], content.get("a", ())[1::2], strict=True):
                self._predictions[number] = prediction
            if "r" in content:
                numbers = self.mirror.numbers_of(known)
                self._told = told(content["r"], self._told, numbers, self.mirror.templates)
            elif "d" in content:
                self._told = applied(self._told, content["d"], self.mirror.templates)
            if "d" in content and not self._covered:
                self.mirror.apply(content["d"])
            elif "r" in content or "d" in content:
                self.mirror.replace(self._told)
            self.show()
        except (ValueError, IndexError) as error:
            raise WireError(f"the answer does not fit the page: {error}") from error
        self.version = content.get("v", self.version)
        self.sealed = content.get("s", self.sealed)
        if not self._sending:
            self._states.clear()
        self._states[self.version] = self.sealed

    def show(self) -> None:
        """Shows what the person sees while calls have no answer."""
        if not self.open and not self._covered:
            return
        templates = self.mirror.templates
        known = {number: each for number, each in self._predictions.items() if each is not None}
        self.mirror.replace(resolved(layered(self._told, self.open, known, templates), self.open, templates))
        self._covered = bool(self.open)

    def forget(self) -> None:
        """Takes a name that the server does not know, so that it has to restore the page."""
        self.id = os.urandom(len(self.id))


def _decoded(data: bytes) -> Any:
    try:
        return unpack(data, limit=_LONGEST_ANSWER, depth=500, items=5_000_000)
    except ValueError as error:
        raise WireError(f"the server sent what cannot be read: {error}") from error
