"""One open page, as Chromium and the client hold it, over a plain socket that counts every byte."""

from __future__ import annotations

import binascii
import os
import re
import socket
from dataclasses import dataclass
from typing import Any, cast

from reactor.codec import pack, unpack
from reactor.mirror import Element, Mirror
from reactor.protocol import MEDIA_TYPE, PROTOCOL

BROWSER = (
    "Host: 127.0.0.1:{port}\r\n"
    "Connection: keep-alive\r\n"
    "Pragma: no-cache\r\n"
    "Cache-Control: no-cache\r\n"
    'sec-ch-ua-platform: "Linux"\r\n'
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
    "Safari/537.36\r\n"
    'sec-ch-ua: "Chromium";v="142", "Not_A Brand";v="99"\r\n'
    "sec-ch-ua-mobile: ?0\r\n"
    "Origin: http://127.0.0.1:{port}\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Dest: empty\r\n"
    "Referer: http://127.0.0.1:{port}/counter\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-US,en;q=0.9\r\n"
    "Cookie: {cookie}\r\n"
    "Accept: {media}\r\n"
    "Content-Type: {media}\r\n"
)
"""What Chromium sends with a `fetch` to the page's own address."""

SMALL_STATE = 1024
"""A larger state is sent only when the server asks for it (`client_js/src/calls.ts`)."""

_DATA = re.compile(rb'<script type="application/reactor" id="reactor">([^<]*)</script>')


def _message(packed: bytes) -> dict[str, Any]:
    return cast(dict[str, Any], unpack(packed, limit=10**8, depth=500, items=10**7))


def data_of(html: bytes) -> tuple[dict[str, Any], int]:
    """What a page says to the client, and how many bytes of HTML there are besides.

    Raises:
        RuntimeError: it is no page of reactor.
    """
    data = _DATA.search(html)
    if data is None:
        raise RuntimeError(f"this is no page: {html[:200]!r}")
    return _message(binascii.a2b_base64(data[1])), len(html) - len(data[1])


def head(path: str, port: int, cookie: str, media: str) -> bytes:
    """The head of a `POST`, up to its content length."""
    lines = BROWSER.format(port=port, cookie=cookie, media=media)
    return f"POST {path} HTTP/1.1\r\n{lines}Content-Length: ".encode()


@dataclass(frozen=True)
class Exchange:
    """A request and its response, with their bytes."""

    sent: int
    sent_body: int
    status: int
    headers: bytes
    body: bytes

    @property
    def received(self) -> int:
        return len(self.headers) + len(self.body)


class Visit:
    """A visitor's page: opened, then synced, so that it knows its whole tree."""

    def __init__(self, port: int, path: str) -> None:
        self.port = port
        self.path = path
        self.cookie = ""
        self.mirror = Mirror()
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.first = self._exchange(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode(), b"")
        cookie = re.search(rb"set-cookie: ([^;]+)", self.first.headers, re.I)
        if cookie is None:
            raise RuntimeError(f"{path} is not a page: {self.first.headers!r}")
        self.cookie = cookie[1].decode()
        page, _ = data_of(self.first.body)
        self.view: bytes = page["i"]
        self.version: int = page["v"]
        self.sealed: bytes = page["s"]
        self.answer = page
        self.call()

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def message(self, more: dict[str, Any]) -> bytes:
        """The body of a call, as the client makes it."""
        message: dict[str, Any] = {
            "p": PROTOCOL,
            "i": self.view,
            "v": self.version,
            "c": os.urandom(16),
            **more,
        }
        if len(self.sealed) <= SMALL_STATE:
            message["s"] = self.sealed
        return pack(message)

    def call(self, **more: Any) -> Exchange:
        """Calls, and applies the answer; without more it asks for a sync.

        Raises:
            RuntimeError: the call is refused.
        """
        body = self.message(more)
        start = head(self.path, self.port, self.cookie, MEDIA_TYPE)
        exchange = self._exchange(start + f"{len(body)}\r\n\r\n".encode(), body)
        answer = _message(exchange.body)
        if exchange.status != 200:
            raise RuntimeError(f"{self.path}: {exchange.status} {answer}")
        self.mirror.learn(answer.get("t", []), reset="r" in answer)
        if "r" in answer:
            self.mirror.replace(answer["r"])
        elif "d" in answer:
            self.mirror.apply(answer["d"])
        self.version, self.sealed = answer["v"], answer.get("s", self.sealed)
        self.answer = answer
        return exchange

    def click(self, element: Element) -> Exchange:
        return self.call(**self.handler(element))

    def handler(self, element: Element) -> dict[str, Any]:
        """Address and mark of what an element does when it is clicked."""
        return {"a": element.address("click"), "h": element.handler("click").mark}

    def clickable(self, text: str | None = None, index: int = 0) -> Element:
        """An element that an action listens on for clicks, by its text, by its place among them.

        Raises:
            RuntimeError: there is none such.
        """
        found = [
            element
            for element in self.mirror.elements()
            if "click" in element.handlers and (text is None or element.text == text)
        ]
        if index >= len(found):
            raise RuntimeError(f"{self.path}: only {len(found)} elements {text or ''} can be clicked")
        return found[index]

    def _exchange(self, start: bytes, body: bytes) -> Exchange:
        self._socket.sendall(start + body)
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        headers = bytes(received[: end + 4])
        length = int(re.search(rb"content-length: (\d+)", headers, re.I)[1])  # type: ignore[index]
        while len(received) < end + 4 + length:
            received += self._more()
        status = int(headers.split(b" ", 2)[1])
        return Exchange(len(start) + len(body), len(body), status, headers, bytes(received[end + 4 :]))

    def _more(self) -> bytes:
        part = self._socket.recv(1 << 16)
        if not part:
            raise RuntimeError(f"{self.path}: the server has closed the connection")
        return part
