"""A browser's tab that listens, by hand: one page, and the line on which it is told what is said.

What it is told is applied to a tree, as the client does; a frame that does not fit it fails the test.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.sync.client import ClientConnection, connect

from reactor.codec import pack, unpack
from reactor.mirror import Mirror
from reactor.protocol import LINE_ADDRESS, MEDIA_TYPE, PROTOCOL
from tests.faults.wire import Caller

SECONDS = 10.0


class Tab(Caller):
    """One open page, and its line.

    Attributes:
        tree: what the page shows.
        frames: what came over lines, in order; signs of life are left out.
    """

    def __init__(self, url: str, http: httpx.Client | None = None) -> None:
        parts = urlsplit(url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.path = url.removeprefix(self.origin)
        super().__init__(
            url, http or httpx.Client(headers={"Origin": self.origin, "Sec-Fetch-Site": "same-origin"})
        )
        self.tree = Mirror()
        self.frames: list[dict[str, Any]] = []
        self.line: ClientConnection | None = None
        self._opened = ExitStack()
        status, answer = self.call(a=None, h=None, m=[])
        assert status == 200
        self.show(answer)

    def __exit__(self, *_: object) -> None:
        self.cut()
        super().__exit__()

    def open(self, **headers: str | None) -> ClientConnection:
        """Opens a line; underscores in names of headers stand for hyphens, and `None` leaves one out."""
        cookie = "; ".join(f"{each.name}={each.value}" for each in self.http.cookies.jar)
        given: dict[str, str | None] = {"Cookie": cookie, "Origin": self.origin}
        given |= {name.replace("_", "-").title(): value for name, value in headers.items()}
        self.cut()
        opening = connect(
            self.origin.replace("http", "ws") + LINE_ADDRESS,
            additional_headers={name: value for name, value in given.items() if value is not None},
            compression=None,
            open_timeout=SECONDS,
            max_size=None,
        )
        self.line = self._opened.enter_context(opening)
        return self.line

    def position(self, **other: Any) -> dict[str, Any]:
        """Where the page is; `other` takes the place of its keys."""
        return {"p": PROTOCOL, **self.state, "a": self.path, "k": [], "u": [], **other}

    def tell(self, **other: Any) -> None:
        """Tells the server where the page is."""
        self.send(pack(self.position(**other)))

    def send(self, frame: bytes | str) -> None:
        assert self.line is not None
        self.line.send(frame)

    def attach(self, **other: Any) -> dict[str, Any]:
        """Opens a line, tells where the page is, and gives the answer; what comes before it is shown, too."""
        self.open()
        self.tell(**other)
        return self.hear(lambda frame: "q" in frame or "e" in frame)

    def hear(
        self, wanted: Callable[[dict[str, Any]], bool] = lambda frame: True, *, shown: bool = True
    ) -> dict[str, Any]:
        """The next frame that is wanted; those before it are shown, unless said otherwise."""
        assert self.line is not None
        until = time.monotonic() + SECONDS
        while True:
            data = self.line.recv(timeout=max(0.0, until - time.monotonic()))
            assert isinstance(data, bytes)
            if not data:
                self.line.send(b"")
                continue
            frame: Any = unpack(data, limit=10_000_000, depth=500)
            self.frames.append(frame)
            if shown:
                self.take(frame)
            if wanted(frame):
                return dict(frame)

    def hears_nothing(self) -> None:
        """Fails if the server has said something. It has answered all that it was asked when this ends."""
        assert self.line is not None
        self.tell(a="/nowhere")
        frame = self.hear(lambda frame: "q" in frame or "e" in frame or "v" in frame)
        assert frame.get("e", {}).get("c") == "refused", frame

    def closed(self) -> int:
        """Waits until the server has closed the line; the code."""
        assert self.line is not None
        until = time.monotonic() + SECONDS
        try:
            while True:
                self.line.recv(timeout=max(0.0, until - time.monotonic()))
        except TimeoutError:
            raise
        except Exception:
            return self.line.protocol.close_rcvd.code if self.line.protocol.close_rcvd else 1006

    def cut(self) -> None:
        """Ends the line as a network does: without a word."""
        if self.line is not None:
            with suppress(OSError):
                self.line.socket.shutdown(socket.SHUT_RDWR)
            self.line = None
            self._opened.close()

    def take(self, frame: Mapping[str, Any]) -> None:
        """Keeps and shows what a frame says, if it says something new of the page."""
        if "r" in frame:
            self.show(frame)
        elif "b" in frame:
            assert frame["b"] == self.state["v"], f"{frame} does not follow {self.state['v']}"
            self.show(frame)

    def show(self, frame: Mapping[str, Any]) -> None:
        self.tree.learn(frame.get("t", []), reset="r" in frame)
        if "r" in frame:
            self.tree.replace(frame["r"])
        elif "d" in frame:
            self.tree.apply(frame["d"])
        self.state["v"] = frame["v"]
        self.state["s"] = frame.get("s", self.state["s"])

    def act(self, at: int = 0, **other: Any) -> dict[str, Any]:
        """Clicks; the answer is shown."""
        before = self.state["v"]
        status, answer = self.call(at=at, **other)
        assert status == 200, answer
        assert "r" in answer or answer["b"] == before
        self.show(answer)
        return answer

    def texts(self, tag: str) -> list[str]:
        """The texts of all elements of a kind."""
        return [element.text for element in self.tree.elements() if element.tag == tag]

    def streamed(self, **other: Any) -> Any:
        """Opens a line as a response that does not end: a context, of the response."""
        return self.http.stream(
            "POST",
            self.origin + LINE_ADDRESS,
            content=pack(self.position(**other)),
            headers={"Content-Type": MEDIA_TYPE},
        )
