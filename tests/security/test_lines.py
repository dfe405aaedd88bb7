"""Lines as a hostile browser uses them (B): frames, addresses, states, and one that never reads."""

from __future__ import annotations

import os
import socket
import time
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from reactor.codec import pack, unpack
from reactor.protocol import LINE_ADDRESS, MEDIA_TYPE
from tests.servers import Server, Servers
from tests.tabs import SECONDS, Tab

ROOMS = """
    import asyncio
    from fastapi import Depends, FastAPI, HTTPException
    from reactor import Component, Limits, Reactor, Topic, action, html as h, state, subscribe

    app = FastAPI()
    ui = Reactor(
        app,
        limits=Limits(
            state=20_000, body=20_000, visitor_lines=3, patience=0.5, body_time=1.0, rate=20, burst=60,
            topic_messages=20_000,
        ),
    )
    banned: set[str] = set()
    ran: list[str] = []

    class Room(Component):
        name: str
        heard: list[str] = state(factory=list)
        width: int = 0

        @subscribe(lambda self: Topic(self.name, str))
        def hear(self, text: str):
            self.heard = [*self.heard[-5:], text]

        @action
        async def act(self):
            pass

        def render(self):
            wide = self.heard[-1] * self.width if self.heard else ""
            return h.section[
                h.p[wide], h.ul[(h.li[text] for text in self.heard)], h.button(on_click=self.act)["Act"]
            ]

    async def guard(name: str):
        if name in banned:
            raise HTTPException(403, "You have left.")

    @ui.page("/rooms/{name}", dependencies=[Depends(guard)])
    async def rooms(name: str, width: int = 0):
        return Room(name=name, width=width)

    @app.post("/say/{name}")
    async def say(name: str, text: str = "", count: int = 1):
        ran.append(name)
        for number in range(count):
            Topic(name, str).publish(text or str(number))
            if number % 50 == 0:
                await asyncio.sleep(0.02)  # time for those who listen

    @app.post("/ban/{name}")
    async def ban(name: str):
        banned.add(name)

    @app.get("/inside")
    async def inside():
        with open("/proc/self/statm") as memory:
            return {"lines": len(ui.lines), "ran": ran, "memory": int(memory.read().split()[1]) * 4096}
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(ROOMS)


def inside(server: Server) -> Any:
    return httpx.get(f"{server.url}/inside").json()


def say(server: Server, name: str, **more: Any) -> None:
    assert httpx.post(f"{server.url}/say/{name}", params=more, timeout=60).status_code == 200


def is_error(frame: dict[str, Any]) -> bool:
    return "e" in frame


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\xc1", 1007),
        (b"\x81", 1007),
        (pack([1]), 1007),
        (pack(1), 1007),
        (b"\x91" * 100 + b"\xc0", 1007),
        (b"\xdd\xff\xff\xff\xff", 1007),
        (os.urandom(100) + b"\xc1", 1007),
        (b"\xc4" + bytes(50_000), 1009),
        ("text", 1003),
        ('{"a": "/rooms/a"}', 1003),
    ],
)
def test_frame_that_is_none_ends_the_line_with_a_code(server: Server, frame: bytes | str, code: int) -> None:
    """T-DATA, T-CRASH"""
    with Tab(f"{server.url}/rooms/frames") as tab:
        tab.open()
        tab.send(frame)
        assert tab.closed() == code
        # Nothing is lost.
        say(server, "frames", text="hello")
        tab.attach()
        assert tab.texts("li")[-1] == "hello"


@pytest.mark.parametrize(
    "changes",
    [
        {"p": 99},
        {"p": None},
        {"i": "text"},
        {"i": bytes(100)},
        {"v": "1"},
        {"v": -1},
        {"a": None},
        {"a": ["/rooms/a"]},
        {"u": [1]},
        {"u": [bytes(16)] * 100},
        {"s": "text"},
        {"m": [[b"", b""]] * 100},
    ],
    ids=str,
)
def test_position_of_a_wrong_form_is_refused_and_the_line_ends(
    server: Server, changes: dict[str, Any]
) -> None:
    """T-ARGS"""
    with Tab(f"{server.url}/rooms/forms") as tab:
        tab.open()
        tab.tell(**changes)
        frame = tab.hear(is_error)
        assert frame["e"]["c"] in ("malformed", "protocol", "large")
        assert tab.closed() == 1008


@pytest.mark.parametrize("version", [0, 1, 77, 2**40])
def test_position_that_never_was_is_answered_by_the_whole_page(server: Server, version: int) -> None:
    with Tab(f"{server.url}/rooms/{version}") as tab:
        tab.open()
        tab.tell(v=version)
        frame = tab.hear()
        # Nothing was said: it may stay as it is, and listens.
        assert frame["q"] == 1
        say(server, str(version), text="hello")
        frame = tab.hear(shown=False)
        if not frame:
            tab.tell(v=version)
            frame = tab.hear()
        assert "r" in frame or frame["b"] == version


@pytest.mark.parametrize(
    "address",
    [
        "",
        "rooms/a",
        "//evil.example/rooms/a",
        "http://evil.example/rooms/a",
        "/say/secret",
        "/rooms/../say/secret",
        "/rooms/%2e%2e/say/secret",
        "/rooms/a/../../say/secret",
        "/nowhere",
        "/rooms/%ff",
        "/rooms/a/",
        "http://[/rooms/a",
        "/inside",
        LINE_ADDRESS,
        "/" + "a" * 9_000,
    ],
    ids=lambda address: address[:30],
)
def test_address_that_is_no_page_is_asked_for_nothing(server: Server, address: str) -> None:
    """T-PATH, T-SSRF: neither another host, nor a route of the application's own."""
    with Tab(f"{server.url}/rooms/paths") as tab:
        tab.open()
        tab.tell(a=address)
        assert tab.hear(is_error)["e"]["c"] in ("refused", "malformed")
        assert tab.closed() == 1008
    assert "secret" not in inside(server)["ran"]


def test_state_of_another_visitor_page_or_making_opens_no_line(server: Server) -> None:
    """T-SEALBIND"""
    with Tab(f"{server.url}/rooms/alice") as alice, Tab(f"{server.url}/rooms/bob") as bob:
        say(server, "alice", text="secret")
        for changes in (
            {"i": alice.state["i"], "v": alice.state["v"], "s": alice.state["s"], "a": alice.path},
            {"s": alice.state["s"], "i": bytes(12)},
            {"a": "/rooms/alice", "i": bytes(12)},
            {"s": bob.state["s"][:-1] + bytes([bob.state["s"][-1] ^ 1]), "i": bytes(12)},
        ):
            bob.open()
            bob.tell(**changes)
            assert bob.hear(is_error)["e"]["c"] == "forged"
            assert bob.closed() == 1008
        # The view is held, but for somebody else: it is as if it were not.
        bob.open()
        bob.tell(i=alice.state["i"], v=alice.state["v"], s=None, a=alice.path)
        assert bob.hear()["e"]["c"] == "state"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": None},
        {"sec_fetch_site": "cross-site"},
        {"cookie": None},
        {"cookie": "reactor=made-up"},
    ],
    ids=str,
)
def test_line_of_another_site_or_of_nobody_is_refused(server: Server, headers: dict[str, Any]) -> None:
    """T-WSAUTH, T-ORIGIN"""
    with Tab(f"{server.url}/rooms/sites") as tab:
        with pytest.raises(InvalidStatus) as refused:
            tab.open(**headers)
        assert refused.value.response.status_code == 403
        given = {"Content-Type": MEDIA_TYPE, "Origin": server.url, "Sec-Fetch-Site": "same-origin"}
        given["Cookie"] = "; ".join(f"{each.name}={each.value}" for each in tab.http.cookies.jar)
        for name, value in headers.items():
            given.pop({"origin": "Sec-Fetch-Site"}.get(name, ""), None)
            given[name.replace("_", "-").title()] = value
        sent = {name: value for name, value in given.items() if value is not None}
        answer = httpx.post(server.url + LINE_ADDRESS, content=pack(tab.position()), headers=sent)
        assert answer.status_code in (400, 403)


def test_visitor_has_no_more_lines_than_the_limit_says(server: Server) -> None:
    """T-CONN: and those that have ended count no longer."""
    with Tab(f"{server.url}/rooms/many") as tab:
        others = [Tab(f"{server.url}/rooms/many", tab.http) for _ in range(3)]
        for each in others:
            each.attach()
        with pytest.raises(InvalidStatus):
            tab.open()
        others[0].cut()
        until = time.monotonic() + SECONDS
        while tab.line is None and time.monotonic() < until:
            try:
                tab.open()
            except InvalidStatus:
                time.sleep(0.2)  # the server hears of the end a moment later; each try counts as a call
        assert tab.line is not None
        for each in others:
            each.cut()


def test_flood_of_frames_ends_the_line_of_whoever_sends_it(server: Server) -> None:
    """T-RATE"""
    with Tab(f"{server.url}/rooms/flood") as tab, Tab(f"{server.url}/rooms/flood") as other:
        other.attach()
        tab.open()
        frame = pack(tab.position())
        try:
            for _ in range(1_000):
                tab.send(frame)
        except Exception:
            pass  # it has ended before all were sent
        assert tab.closed() in (1008, 1006)
        say(server, "flood", text="calm")
        other.hear()
        assert other.texts("li") == ["calm"]


def test_line_on_which_nothing_is_said_ends(server: Server) -> None:
    """T-CONN: whoever opens one shows a page, and says so."""
    with Tab(f"{server.url}/rooms/silent") as tab:
        tab.open()
        assert tab.closed() == 1008


def test_who_may_not_see_a_page_any_more_is_told_nothing_of_it(server: Server) -> None:
    """T-WSLIFE, T-LATE: guards are asked anew at each message."""
    with Tab(f"{server.url}/rooms/leaving") as tab:
        tab.attach()
        httpx.post(f"{server.url}/ban/leaving")
        say(server, "leaving", text="secret")
        frame = tab.hear()
        assert frame["e"]["c"] == "refused"
        assert b"secret" not in pack(frame)
        assert tab.closed() == 1008


def test_client_that_never_reads_costs_little_and_is_given_up(server: Server) -> None:
    """T-CONN: while 10,000 messages are published, of which each would be shown by 100 kB."""
    with Tab(f"{server.url}/rooms/deaf?width=20000") as tab:
        before = inside(server)
        deaf = _deaf(tab)
        while inside(server)["lines"] == before["lines"]:
            pass
        say(server, "deaf", count=10_000)
        until = time.monotonic() + SECONDS
        while inside(server)["lines"] > before["lines"]:
            assert time.monotonic() < until, "the line is still open"
        after = inside(server)
        assert after["memory"] - before["memory"] < 40_000_000
        deaf.close()
        # Nothing is lost.
        tab.attach()
        assert tab.texts("li")[-1] == "9999"


def _deaf(tab: Tab) -> socket.socket:
    """A WebSocket of this tab that takes nothing but the handshake."""
    host, port = tab.origin.removeprefix("http://").split(":")
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect((host, int(port)))
    cookie = "; ".join(f"{each.name}={each.value}" for each in tab.http.cookies.jar)
    deaf.sendall(
        f"GET {LINE_ADDRESS} HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {tab.origin}\r\n"
        f"Cookie: {cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    message = pack(tab.position())
    # A frame of the client's: binary, its length in two bytes, and a mask that changes nothing.
    deaf.sendall(b"\x82\xfe" + len(message).to_bytes(2, "big") + bytes(4) + message)
    return deaf


def test_streamed_line_is_held_to_the_same(server: Server) -> None:
    """T-BYTES"""
    with Tab(f"{server.url}/rooms/streamed") as tab:
        for content, status in ((b"\xc1", 400), (bytes(100_000), 413), (pack([]), 400)):
            answer = tab.http.post(
                server.url + LINE_ADDRESS, content=content, headers={"Content-Type": MEDIA_TYPE}
            )
            assert answer.status_code == status
            found: Any = unpack(answer.content, limit=10_000)
            assert found["e"]["m"]
