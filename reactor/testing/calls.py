"""The wire, from the browser's side: calls out, answers in, the tree kept up to date."""

from __future__ import annotations

import binascii
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from ..codec import pack, unpack
from ..layers import OpenCall, applied, layered, resolved
from ..mirror import Mirror
from ..protocol import DATA_BLOCK, MEDIA_TYPE, NEEDS_STATE, PROTOCOL
from .files import File
from .trees import MirroredTree, ParsedTree

_LONGEST_ANSWER: Final = 64_000_000
_STATE_SENT_UNASKED: Final = 1024

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
    """

    status: int
    code: str
    message: str
    fields: dict[str, str]
    size: int
    response: httpx.Response = field(repr=False)
    content: dict[str, Any] = field(repr=False)


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

    async def sync(self) -> Answer:
        """Asks for the whole tree."""
        return await self.call({})

    async def call(self, fields: dict[str, Any], files: Sequence[File] = ()) -> Answer:
        """Makes a call, and applies the answer to the tree.

        Arguments:
            fields: `a`, `h` and `e` or `f` of the call.
            files: those that are named in there by their numbers.

        Raises:
            WireError: the answer is none, or does not fit the tree.
        """
        answer = await self.send_call(fields, files)
        await self.take(answer)
        return answer

    async def send_call(self, fields: dict[str, Any], files: Sequence[File] = ()) -> Answer:
        """Makes a call; the answer is not applied.

        Arguments:
            fields: `a`, `h` and `e` or `f` of the call.
            files: those that are named in there by their numbers.
        """
        message = {"p": PROTOCOL, "i": self.id, "v": self.version, "c": os.urandom(16), **fields}
        if (files or len(self.sealed) <= _STATE_SENT_UNASKED) and "s" not in message:
            message["s"] = self.sealed
        answer = await self.send(pack(message), files)
        if answer.code == NEEDS_STATE and "s" not in message:
            answer = await self.send(pack({**message, "s": self.sealed}), files)
        return answer

    async def send(self, body: bytes, files: Sequence[File] = ()) -> Answer:
        """Posts the bytes of a call, and reads the answer without applying it."""
        self.last_call, self.last_files = body, files
        response = await self._post(body, files)
        if response.headers.get("content-type", "").partition(";")[0] != MEDIA_TYPE:
            raise WireError(
                f"the answer to a call is {response.status_code} {response.headers.get('content-type')}: "
                f"{response.text[:500]}"
            )
        content: Any = _decoded(response.content)
        error = content.get("e") or {}
        return Answer(
            response.status_code,
            error.get("c", ""),
            error.get("m", ""),
            error.get("f", {}),
            len(response.content),
            response,
            content,
        )

    async def take(self, answer: Answer) -> None:
        """Applies an answer to the tree, or asks for a sync where it does not fit."""
        content = answer.content
        if "b" in content and content["b"] != self.version:
            await self.sync()
            return
        try:
            if "t" in content:
                self.mirror.learn(content["t"], reset="r" in content)
            if "r" in content:
                self._predictions.clear()
            for number, prediction in zip(content.get("a", ())[::2], content.get("a", ())[1::2], strict=True):
                self._predictions[number] = prediction
            if "r" in content:
                self._told = content["r"]
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
