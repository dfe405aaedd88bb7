"""Requests that no browser of ours sends: each is refused with a short message, and changes nothing."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from reactor.codec import pack, to_text
from reactor.protocol import MEDIA_TYPE
from tests.faults.wire import Caller, answer_of
from tests.servers import Server, Servers

GUARDED = """
    import math
    from pathlib import Path
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, state, html as h
    from reactor.site import Limits

    app = FastAPI()
    limits = Limits(body=20_000, depth=8, items=500, fields=20, state=5_000, body_time=0.5, rate=math.inf)
    ui = Reactor(app, limits=limits, allowed_origins=["https://partner.example"])
    done = Path("done")

    class Counter(Component):
        count: int = state(0)

        @action
        async def add(self, value: str = ""):
            self.count += 1
            with done.open("a") as file:
                file.write("x")

        def render(self):
            return h.section[
                h.output[self.count],
                h.button(on_click=self.add)["Count"],
                h.form(action=self.add)[h.input(name="value"), h.button["Send"]],
            ]

    class Other(Component):
        count: list[int] = state(factory=lambda: [1, 2, 3])

        @action
        async def add(self):
            with done.open("a") as file:
                file.write("x")

        def render(self):
            return h.section[h.output[len(self.count)], h.button(on_click=self.add)["Count"]]

    @ui.page("/", title="Counter")
    async def counter():
        return Counter()

    @ui.page("/other", title="Other")
    async def other():
        return Other()
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(GUARDED)


def done(server: Server) -> int:
    file = server.folder / "done"
    return file.stat().st_size if file.exists() else 0


@pytest.fixture
def caller(server: Server) -> Iterator[Caller]:
    """An open page. After the test it still works, and nothing but its own last click was done."""
    (server.folder / "done").unlink(missing_ok=True)
    with Caller(server.url) as caller:
        yield caller
        assert done(server) == 0
        status, _ = caller.call()
        assert status == 200
        assert done(server) == 1


def assert_refused(response: httpx.Response, status: int, code: str, says: str = "") -> None:
    assert response.status_code == status
    assert response.headers["content-type"].startswith(MEDIA_TYPE)
    error = answer_of(response)["e"]
    assert error["c"] == code
    assert says in error["m"]
    assert 0 < len(error["m"]) < 200
    assert "Traceback" not in error["m"]


def test_body_that_is_cut_is_refused_at_each_length(caller: Caller) -> None:
    body = pack(caller.message())
    for length in range(0, len(body), 7):
        assert_refused(caller.post(body[:length]), 400, "malformed")


def test_body_with_something_behind_it_is_refused(caller: Caller) -> None:
    assert_refused(caller.post(pack(caller.message()) + b"\xc0"), 400, "malformed")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"{}",
        json.dumps({"p": 1}).encode(),
        b"\x90",
        b"\xc0",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc9\x00\x00\x00\x01\x05\x00",
        b"\x81\xa1p\xd4\x05\x00",
        b"\x81\x01\x02",
        b"\x82\xa1p\x01\xa1p\x01",
        bytes(range(100, 200)),
    ],
    ids=lambda body: body[:8].hex() or "empty",
)
def test_body_that_is_no_call_is_refused(caller: Caller, body: bytes) -> None:
    response = caller.post(body)
    assert response.status_code == 400
    assert answer_of(response)["e"]["c"] in ("malformed", "protocol")


def test_body_that_is_too_long_is_refused(caller: Caller) -> None:
    assert_refused(caller.post(pack(caller.message(e={"value": "x" * 20_001}))), 413, "large", "Limits.body")


def test_body_that_is_too_long_and_does_not_say_so_is_refused(caller: Caller) -> None:
    body = pack(caller.message(e={"value": "x" * 20_001}))

    def chunks() -> Iterator[bytes]:  # without a Content-Length
        for start in range(0, len(body), 4_000):
            yield body[start : start + 4_000]

    with httpx.Client(headers=caller.http.headers, cookies=caller.http.cookies) as http:
        response = http.post(caller.url, content=chunks(), headers={"Content-Type": MEDIA_TYPE})
    assert_refused(response, 413, "large", "Limits.body")


def test_body_in_chunks_is_a_body(caller: Caller, server: Server) -> None:
    body = pack(caller.message())
    with httpx.Client(headers=caller.http.headers, cookies=caller.http.cookies) as http:
        response = http.post(
            caller.url, content=iter([body[:5], body[5:]]), headers={"Content-Type": MEDIA_TYPE}
        )
    assert response.status_code == 200
    assert done(server) == 1
    (server.folder / "done").unlink()
    answer = answer_of(response)
    caller.state.update(v=answer["v"], s=answer["s"])


def test_body_that_is_too_deep_is_refused(caller: Caller) -> None:
    deep: object = 1
    for _ in range(10):
        deep = [deep]
    response = caller.post(pack(caller.message(e={"value": deep})))
    assert_refused(response, 400, "malformed", "levels")
    # Far deeper than any limit: one byte a level.
    bomb = b"\x81\xa1e" + b"\x91" * 15_000 + b"\xc0"
    assert_refused(caller.post(bomb), 400, "malformed")


def test_body_with_too_many_values_is_refused(caller: Caller) -> None:
    assert_refused(caller.post(pack(caller.message(e={"value": [0] * 501}))), 400, "malformed")


def test_form_with_too_many_entries_is_refused(caller: Caller) -> None:
    entries = ["value", "x"] * 21
    body = pack({**caller.message("submit"), "e": None, "f": entries})
    assert_refused(caller.post(body), 413, "large", "Limits.fields")


@pytest.mark.parametrize(
    "change",
    [
        {"i": "text"},
        {"i": None},
        {"v": "1"},
        {"v": None},
        {"c": b"short"},
        {"c": b"x" * 33},
        {"c": "12345678"},
        {"a": "text"},
        {"a": [1.5]},
        {"a": [None]},
        {"a": [True]},
        {"a": {}},
        {"h": "text"},
        {"h": 1.5},
        {"h": []},
        {"e": "text"},
        {"e": [1]},
        {"f": ["value"]},
        {"f": ["value", 1]},
        {"f": "value"},
        {"s": "text"},
        {"s": 1},
    ],
    ids=repr,
)
def test_call_with_a_value_of_a_wrong_type_is_refused(caller: Caller, change: dict[str, Any]) -> None:
    assert_refused(caller.post(pack({**caller.message(), **change})), 400, "malformed")


@pytest.mark.parametrize("protocol", [0, 2, "1", None, True, 1.5, b"1"])
def test_other_protocol_version_is_refused(caller: Caller, protocol: object) -> None:
    assert_refused(caller.post(pack(caller.message(p=protocol))), 400, "protocol", "reload")


@pytest.mark.parametrize(
    "kind",
    ["application/json", "text/plain", "application/msgpack", "", "application/x-reactor-2", "text/html"],
)
def test_other_content_type_is_refused(caller: Caller, kind: str) -> None:
    response = caller.post(pack(caller.message()), Content_Type=kind)
    assert response.status_code == 415
    assert MEDIA_TYPE in response.text


def test_content_type_is_taken_with_parameters_and_in_any_case(caller: Caller, server: Server) -> None:
    response = caller.post(pack(caller.message()), Content_Type="Application/X-Reactor; charset=binary")
    assert response.status_code == 200
    (server.folder / "done").unlink()
    answer = answer_of(response)
    caller.state.update(v=answer["v"], s=answer["s"])


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "nonsense"},
        {"Origin": ""},
        {"Referer": "https://evil.example/"},
        {},
    ],
    ids=lambda headers: " ".join(headers.values()) or "none",
)
def test_call_from_another_origin_is_refused(caller: Caller, headers: dict[str, str]) -> None:
    for kind in (MEDIA_TYPE, "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        with httpx.Client(cookies=caller.http.cookies) as http:
            response = http.post(
                caller.url, content=pack(caller.message()), headers={"Content-Type": kind, **headers}
            )
        assert response.status_code == 403
        assert b"another site" in response.content


def test_call_from_an_allowed_origin_is_answered(caller: Caller, server: Server) -> None:
    with httpx.Client(cookies=caller.http.cookies) as http:
        headers = {
            "Content-Type": MEDIA_TYPE,
            "Origin": "https://partner.example",
            "Sec-Fetch-Site": "cross-site",
        }
        response = http.post(caller.url, content=pack(caller.message()), headers=headers)
    assert response.status_code == 200
    (server.folder / "done").unlink()
    answer = answer_of(response)
    caller.state.update(v=answer["v"], s=answer["s"])


def test_get_with_a_call_in_it_shows_the_page(caller: Caller, server: Server) -> None:
    body = pack(caller.message())
    address, mark = caller.handlers["click"][0]
    query = {"$state": to_text(caller.state["s"]), "$call": to_text(pack([address, mark]))}
    for request in (
        caller.http.build_request("GET", caller.url, content=body, headers={"Content-Type": MEDIA_TYPE}),
        caller.http.build_request("GET", caller.url, params=query),
    ):
        response = caller.http.send(request)
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/html")
        assert "<output>0</output>" in response.text
    assert done(server) == 0


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_method_is_refused(caller: Caller, method: str) -> None:
    response = caller.http.request(
        method, caller.url, content=pack(caller.message()), headers={"Content-Type": MEDIA_TYPE}
    )
    assert response.status_code == 405


@pytest.mark.parametrize(
    "address",
    [[], [0], [1], [2], [99], [2, 0], [-1], ["x"], [2**52], [2, "key", 1], [1] * 400],
    ids=lambda address: repr(address)[:20],
)
def test_address_that_names_no_handler_is_refused(caller: Caller, address: list[int | str]) -> None:
    assert_refused(caller.post(pack(caller.message(a=address))), 404, "handler")


def test_mark_of_another_handler_is_refused(caller: Caller) -> None:
    for mark in (0, 65_536, -1, b"", b"123456", None):
        response = caller.post(pack(caller.message(h=mark)))
        assert response.status_code == 409
        answer = answer_of(response)
        assert answer["e"]["c"] == "changed"
        assert "Nothing was done" in answer["n"]
        caller.state.update(v=answer["v"], s=answer["s"])


def test_state_that_was_tampered_with_is_refused(caller: Caller) -> None:
    sealed: bytes = caller.state["s"]
    other_view = os.urandom(12)
    for at in range(5, len(sealed)):
        bent = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        assert_refused(caller.post(pack(caller.message(i=other_view, s=bent))), 400, "forged")
    for length in range(5, len(sealed), 3):
        response = caller.post(pack(caller.message(i=other_view, s=sealed[:length])))
        assert_refused(response, 400, "forged")


def test_state_of_another_visitor_is_refused(caller: Caller, server: Server) -> None:
    with Caller(server.url) as other:
        # With the same view id, and with one that is in no cache.
        for view in (other.state["i"], os.urandom(12)):
            response = caller.post(pack({**caller.message(), **other.state, "i": view}))
            assert_refused(response, 400, "forged")


def test_state_of_another_page_is_refused(caller: Caller, server: Server) -> None:
    other = Caller(f"{server.url}/other", caller.http)
    # With the view of the other page, and with one that is in no cache.
    for view in (other.state["i"], os.urandom(12)):
        response = caller.post(pack({**caller.message(), **other.state, "i": view}))
        assert_refused(response, 400, "forged")


def test_state_that_is_too_large_is_refused(caller: Caller) -> None:
    sealed = caller.state["s"] + b"x" * 5_000
    assert_refused(
        caller.post(pack(caller.message(i=os.urandom(12), s=sealed))), 413, "large", "Limits.state"
    )


def test_call_without_the_visitors_cookie_is_refused(caller: Caller) -> None:
    with httpx.Client(headers={"Origin": caller.url, "Sec-Fetch-Site": "same-origin"}) as http:
        response = http.post(caller.url, content=pack(caller.message()), headers={"Content-Type": MEDIA_TYPE})
    assert_refused(response, 400, "forged", "cookies")


def test_state_is_asked_for_when_it_is_needed(caller: Caller) -> None:
    assert_refused(caller.post(pack(caller.message(i=os.urandom(12), s=None))), 409, "state")


# By hand, on a bare connection


def exchange(server: Server, caller: Caller, head: str, *bodies: bytes) -> bytes:
    """Send these pieces as they are, and read all that comes back until the server closes or is silent."""
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in caller.http.cookies.jar)
    start = (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookies}\r\n"
        f"Origin: {server.url}\r\nContent-Type: {MEDIA_TYPE}\r\nConnection: close\r\n{head}\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for piece in (start, *bodies):
            connection.sendall(piece)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    return answer


def test_content_length_that_is_too_large_is_refused_before_the_body_comes(
    server: Server, caller: Caller
) -> None:
    answer = exchange(server, caller, "Content-Length: 99999999999")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Limits.body" in answer


def test_body_that_does_not_come_is_waited_for_no_longer_than_the_limit(
    server: Server, caller: Caller
) -> None:
    body = pack(caller.message())
    # One byte is missing, and the connection stays open.
    answer = exchange(server, caller, f"Content-Length: {len(body)}", body[:-1])
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"Limits.body_time" in answer


def test_chunk_that_does_not_come_is_waited_for_no_longer_than_the_limit(
    server: Server, caller: Caller
) -> None:
    body = pack(caller.message())
    answer = exchange(server, caller, "Transfer-Encoding: chunked", b"%x\r\n%s\r\n" % (len(body), body))
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_content_length_that_is_too_small_cuts_the_call(server: Server, caller: Caller) -> None:
    body = pack(caller.message())
    answer = exchange(server, caller, f"Content-Length: {len(body) - 3}", body)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"malformed" in answer


@pytest.mark.parametrize("length", ["-1", "1e3", "x", "+5", "5, 6"])
def test_content_length_that_is_no_number_is_refused(server: Server, caller: Caller, length: str) -> None:
    # What comes behind a head that is refused may meet a closed connection, and take the answer with it.
    answer = exchange(server, caller, f"Content-Length: {length}")
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_visitor_who_leaves_in_the_middle_of_a_body_leaves_no_trace(server: Server, caller: Caller) -> None:
    body = pack(caller.message())
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in caller.http.cookies.jar)
    head = (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookies}\r\nOrigin: {server.url}\r\n"
        f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head.encode() + body[: len(body) // 2])
    assert caller.http.get(caller.url).status_code == 200
    assert not server.unexpected_traceback()


# Forms, as they come without JavaScript


def form_fields(caller: Caller) -> dict[str, str]:
    address, mark = caller.handlers["submit"][0]
    return {
        "$state": to_text(caller.state["s"]),
        "$call": to_text(pack([address, mark])),
        "value": "x",
    }


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"$state": ""}, 400),
        ({"$state": "!!!"}, 400),
        ({"$state": "AAAA"}, 409),
        ({"$state": "A" * 8_000}, 413),
        ({"$call": ""}, 400),
        ({"$call": "!!!"}, 400),
        ({"$call": "wA"}, 400),
        ({"$call": to_text(pack([[99], 1]))}, 409),
        ({"$call": to_text(pack([["x"] * 300, 1]))}, 409),
        ({"value": "x" * 20_001}, 413),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_form_that_was_tampered_with_is_refused(caller: Caller, change: dict[str, str], status: int) -> None:
    response = caller.http.post(caller.url, data={**form_fields(caller), **change})
    assert response.status_code == status
    assert "Traceback" not in response.text


def test_form_with_too_many_entries_names_the_limit(caller: Caller) -> None:
    fields = {**form_fields(caller), **{f"field{n}": "x" for n in range(30)}}
    response = caller.http.post(caller.url, data=fields)
    assert response.status_code == 400
    assert "Limits.fields" in response.text


def test_form_without_our_fields_is_refused(caller: Caller) -> None:
    response = caller.http.post(caller.url, data={"value": "x"})
    assert response.status_code == 400
    assert "$state" in response.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data; boundary=x", b"--y\r\n\r\n"),
        ("multipart/form-data; boundary=" + "x" * 5_000, b""),
        ("application/x-www-form-urlencoded", b"%%%=&&&=\xff"),
        ("application/x-www-form-urlencoded", b"\x00" * 100),
    ],
    ids=["no boundary", "cut", "other boundary", "long boundary", "no encoding", "zeros"],
)
def test_form_that_cannot_be_read_is_refused(caller: Caller, kind: str, body: bytes) -> None:
    response = caller.post(body, Content_Type=kind)
    assert response.status_code == 400
    assert "Traceback" not in response.text
