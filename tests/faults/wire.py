"""A visitor who speaks the protocol by hand, as no browser would."""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Sequence
from typing import Any, Self

import httpx

from reactor.codec import pack, unpack
from reactor.protocol import MEDIA_TYPE, PROTOCOL

_DATA = re.compile(r'<script type="application/reactor" id="reactor">([^<]*)</script>')


class Caller:
    """One open page.

    Attributes:
        http: the connection, with the visitor's cookies.
        url: the page's address.
        state: what the browser knows: view id `i`, version `v`, sealed state `s`.
        handlers: address and mark of every handler on the page, by event, in document order.
    """

    def __init__(self, url: str, http: httpx.Client | None = None) -> None:
        self.url = url
        self.http = http or httpx.Client(headers={"Origin": url, "Sec-Fetch-Site": "same-origin"})
        page = self.http.get(url)
        found = _DATA.search(page.text)
        if found is None:
            raise AssertionError(f"{url} is no page of reactor: {page.text[:200]}")
        data: Any = unpack(binascii.a2b_base64(found[1]), limit=10_000_000, depth=500)
        self.html = page.text
        self.state: dict[str, Any] = {"i": data["i"], "v": data["v"], "s": data["s"]}
        self.handlers: dict[str, list[tuple[list[int | str], Any]]] = {}
        templates = dict(zip(data["t"][::2], data["t"][1::2], strict=True))
        self._collect(data["r"], [], templates)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def message(self, event: str = "click", at: int = 0, **other: Any) -> dict[str, Any]:
        """The call that a browser would make; `other` takes the place of its keys."""
        address, mark = self.handlers[event][at]
        call = {"p": PROTOCOL, **self.state, "c": os.urandom(16), "a": address, "h": mark, "e": {}}
        return {**call, **other}

    def post(self, body: bytes, **headers: str) -> httpx.Response:
        """Send these bytes; underscores in names of headers stand for hyphens."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(self.url, content=body, headers={"Content-Type": MEDIA_TYPE, **given})

    def call(self, event: str = "click", at: int = 0, **other: Any) -> tuple[int, dict[str, Any]]:
        """Call a handler and keep what a browser keeps of the answer: status and answer."""
        response = self.post(pack(self.message(event, at, **other)))
        answer = answer_of(response)
        if "v" in answer:
            self.state["v"] = answer["v"]
            self.state["s"] = answer.get("s", self.state["s"])
        return response.status_code, answer

    def _collect(self, child: Any, path: list[int | str], templates: dict[int, Any]) -> None:
        if not isinstance(child, list) or not child:
            return
        kind, *values = child
        if kind >= 0:
            names = dict(_slots(templates[kind]))
            for slot, value in enumerate(values):
                name = names[slot]
                if name is None:
                    self._collect(value, [*path, slot], templates)
                elif name.startswith("@") and value is not None:
                    mark = value[0] if isinstance(value, list) else value
                    self.handlers.setdefault(name[1:], []).append(([*path, slot], mark))
        elif kind == -1:
            for index, item in enumerate(values):
                self._collect(item, [*path, index], templates)
        elif kind == -2:
            for key, item in zip(values[0], values[1:], strict=True):
                self._collect(item, [*path, key], templates)


def answer_of(response: httpx.Response) -> dict[str, Any]:
    """The message that came back."""
    answer: Any = unpack(response.content, limit=10_000_000, depth=500)
    assert isinstance(answer, dict)
    return answer


def _slots(element: Sequence[Any]) -> list[tuple[int, str | None]]:
    """The slots of a template: an attribute's, property's or event's name, None for a child."""
    _, attributes, *children = element
    pairs = zip(attributes[::2], attributes[1::2], strict=True)
    found: list[tuple[int, str | None]] = [(is_, name) for name, is_ in pairs if type(is_) is int]
    for child in children:
        if type(child) is int:
            found.append((child, None))
        elif isinstance(child, list):
            found += _slots(child)
    return found
