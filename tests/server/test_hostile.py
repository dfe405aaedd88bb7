"""What a visitor may send: anything. It is refused shortly, and nothing is changed; never a traceback."""

from __future__ import annotations

import math
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import Depends, HTTPException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reactor import Child, Limits, Reactor
from reactor import html as h
from reactor.codec import pack, to_text, unpack
from reactor.protocol import MEDIA_TYPE
from reactor.testing import TestClient, TestPage
from tests.server.applications import Counter, application, counting

SETTINGS = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])

LIMITS = Limits(body=20_000, depth=8, items=500, fields=20, state=5_000, rate=math.inf)


def two_pages() -> Reactor:
    ui = counting(limits=LIMITS)

    @ui.page("/other")
    async def other() -> Child:
        return h.div[Counter()]

    return ui


@pytest.fixture
async def page() -> AsyncIterator[TestPage]:
    async with TestClient(two_pages().app) as client:
        page = await client.get("/")
        await page.click("Count")
        yield page


def call(page: TestPage, **changes: Any) -> bytes:
    """A call of the counter's button, with some keys changed; a key that is `...` is left out."""
    view = page.view
    assert view is not None
    button = page.get_by_role("button", name="Count").element
    message: dict[str, Any] = {
        "p": 1,
        "i": view.id,
        "v": view.version,
        "c": b"0123456789",
        "a": button.address("click"),
        "h": button.handler("click").mark,
        "e": {},
        "s": view.sealed,
        **changes,
    }
    return pack({key: value for key, value in message.items() if value is not ...})


async def refused(page: TestPage, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Posts a body that must be refused: shortly, in our form, with nothing changed."""
    response = await page.client.post_call("/", body, headers)
    assert 400 <= response.status_code < 500, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    message: Any = unpack(response.content, limit=1_000_000, depth=500)
    assert len(message["e"]["m"]) < 200
    assert "Traceback" not in message["e"]["m"]
    await unchanged(page)
    return response.status_code, message["e"]["c"]


async def unchanged(page: TestPage) -> None:
    await page.call(None)
    assert page.get_by_role("status").text == "1"


# Tokens


def tampered(token: bytes) -> list[bytes]:
    """Each byte changed in one bit, and the token cut at some places."""
    flipped = [
        bytes([*token[:index], byte ^ (1 << (index % 8)), *token[index + 1 :]])
        for index, byte in enumerate(token)
    ]
    return [*flipped, *(token[:length] for length in range(0, len(token), 7)), token + b"\0"]


async def test_token_that_was_tampered_with_runs_nothing(page: TestPage) -> None:
    assert page.view is not None
    for token in tampered(page.view.sealed):
        body = call(page, i=b"unknown", s=token, c=os.urandom(16))
        response = await page.client.post_call("/", body)
        message: Any = unpack(response.content, limit=100_000, depth=100)
        code = message["e"]["c"]
        # With another format or key id it cannot be told from an old one: the page starts afresh.
        assert (response.status_code, code) in ((400, "forged"), (409, "stale")), token
        assert "1001" not in response.text
    await unchanged(page)


async def test_token_of_another_visitor_is_refused(page: TestPage) -> None:
    assert page.view is not None
    async with TestClient(page.client.app) as other:
        theirs = await other.get("/")
        for identifier in (b"unknown", page.view.id):
            body = call(page, i=identifier)
            response = await other.post_call("/", body)
            assert response.status_code == 400
            assert b"another visitor" in response.content
        await theirs.click("Count")
        assert theirs.get_by_role("status").text == "1"
    await unchanged(page)


async def test_token_of_another_page_is_refused(page: TestPage) -> None:
    response = await page.client.post_call("/other", call(page))
    assert response.status_code == 400
    assert await refused(page, call(page, s=b"\1" * 60, i=b"unknown")) in ((400, "forged"), (409, "stale"))


async def test_token_of_another_purpose_is_refused(page: TestPage) -> None:
    ui_ring: Any = two_pages().site.keyring
    visitor = page.client.http.cookies["reactor"]
    token = ui_ring.seal(b"\x90", purpose="state", visitor=visitor)
    assert await refused(page, call(page, i=b"unknown", s=token)) == (400, "forged")


async def test_token_that_is_too_large_is_refused_by_name(page: TestPage) -> None:
    body = call(page, i=b"unknown", s=b"\1" * 6000)
    assert await refused(page, body) == (413, "large")


async def test_cookie_that_is_made_up_is_no_visitor(page: TestPage) -> None:
    cookies = page.client.http.cookies
    for made_up in ("", "ada", "a" * 43, "a" * 5000, "%00", "../../etc"):
        headers = {"cookie": f"reactor={made_up}"}
        response = await page.client.post_call("/", call(page, i=b"unknown"), headers)
        assert response.status_code == 400, made_up
    assert cookies["reactor"]
    await unchanged(page)


async def test_genuine_token_with_state_of_a_wrong_form_starts_afresh() -> None:
    ui = two_pages()
    async with TestClient(ui.app) as client:
        page = await client.get("/")
        [(held, *_)] = ui.site.views._views.values()
        for payload in (b"", b"\xff", b"\x90\x90", pack({"a": 1}), pack([[["a"], 1, 2, 3]]), pack([1])):
            token = ui.site.keyring.seal(payload, purpose=f"state {held.page}", visitor=held.visitor)
            body = call(page, i=b"unknown", s=token, c=os.urandom(16))
            response = await client.post_call("/", body)
            assert response.status_code == 409
            assert b"afresh" in response.content


# Addresses: a guard looks at the path and query of a page, so state and views stay where they were made


def rooms(closed: set[str]) -> Reactor:
    ui = application()

    def guard(room: str) -> None:
        if room in closed:
            raise HTTPException(403, "This room is closed.")

    @ui.page("/rooms/{room}", dependencies=[Depends(guard)])
    async def page_(room: str) -> Child:
        return Counter(step=10 if room == "big" else 1)

    @ui.page("/search")
    async def search(room: str) -> Child:
        return Counter(step=10 if room == "big" else 1)

    return ui


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("/rooms/big", "/rooms/small"),
        ("/search?room=big", "/search?room=small"),
        ("/rooms/big", "/rooms/big?x=1"),
    ],
)
async def test_call_at_another_address_of_a_page_runs_nothing(here: str, there: str) -> None:
    closed: set[str] = set()
    async with TestClient(rooms(closed).app) as client:
        page = await client.get(here)
        await page.click("Count")
        assert page.get_by_role("status").text == "10"
        closed.add("big")
        for identifier in ({}, {"i": b"unknown"}):
            response = await client.post_call(there, call(page, **identifier, c=os.urandom(16)))
            assert response.status_code == 400 + 3 * (there == "/rooms/big?x=1")
        closed.clear()
        plain = await client.get(here, javascript=False)
        button = plain.get_by_role("button", name="Count").element
        form = plain.fields.form_of(button)
        assert form is not None
        response = await client.navigate("POST", there, plain.fields.entries(form, button))
        assert response.status_code == 400
        await page.click("Count")
        assert page.get_by_role("status").text == "20"


# Messages

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@SETTINGS
@given(st.dictionaries(st.sampled_from("pivcahefsxyz"), values, max_size=4))
async def test_call_with_any_values_is_answered(page: TestPage, changes: dict[str, Any]) -> None:
    response = await page.client.post_call("/", call(page, **changes))
    assert response.headers["content-type"] == MEDIA_TYPE
    assert response.status_code in (200, 400, 404, 409, 413, 422)


@SETTINGS
@given(st.binary(max_size=60))
async def test_call_of_any_bytes_is_refused(page: TestPage, body: bytes) -> None:
    response = await page.client.post_call("/", body)
    assert response.headers["content-type"] == MEDIA_TYPE
    assert response.status_code in (400, 413)


@SETTINGS
@given(st.lists(st.integers(-3, 12) | st.integers() | st.text(max_size=3) | st.booleans(), max_size=8))
async def test_call_of_any_address_never_reaches_what_is_not_there(
    page: TestPage, address: list[int | str]
) -> None:
    bounded = [step if type(step) is not int else max(-(2**53) + 1, min(step, 2**53 - 1)) for step in address]
    if bounded == page.get_by_role("button", name="Count").element.address("click"):
        return
    response = await page.client.post_call("/", call(page, a=bounded))
    assert response.status_code in (400, 404, 409)


@SETTINGS
@given(values)
async def test_form_with_any_call_is_answered(page: TestPage, value: Any) -> None:
    assert page.view is not None
    entries: list[Any] = [value, [value, 1], [[value], 1], [[value, value], b"x"]]
    for entry in entries:
        data = {"$state": to_text(page.view.sealed), "$call": to_text(pack(entry))}
        response = await page.client.navigate("POST", "/", list(data.items()))
        assert response.status_code in (400, 409)
        assert "Traceback" not in response.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"%"),
        ("application/x-www-form-urlencoded", b"$state=%ff&$call=%00"),
        ("application/x-www-form-urlencoded", b"$state=AAAA&$call=kg"),
        ("application/x-www-form-urlencoded", b"&" * 5000),
        ("application/x-www-form-urlencoded", b"a=1&" * 21),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name="),
        ("multipart/form-data; boundary=x", b"no boundary at all"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: nonsense\r\n\r\n1\r\n--x--\r\n"),
        ("multipart/form-data; boundary=" + "x" * 300, b"--x--"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n1\r\n--x--\r\n',
        ),
    ],
)
async def test_form_that_cannot_be_read_is_refused(page: TestPage, kind: str, body: bytes) -> None:
    headers = {"content-type": kind, "origin": page.client.origin}
    response = await page.client.http.post("/", content=body, headers=headers)
    assert 400 <= response.status_code < 500
    assert len(response.text) < 300
    await unchanged(page)


async def test_form_with_an_empty_field_for_files_is_read(page: TestPage) -> None:
    plain = await page.client.get("/", javascript=False)
    button = plain.get_by_role("button", name="Count").element
    form = plain.fields.form_of(button)
    assert form is not None
    part = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    parts = [part.format(name, "", value) for name, value in plain.fields.entries(form, button)]
    parts.append(part.format("photo", '; filename=""\r\nContent-Type: application/octet-stream', ""))
    headers = {"origin": page.client.origin, "content-type": "multipart/form-data; boundary=x"}
    content = "".join([*parts, "--x--\r\n"]).encode()
    response = await page.client.http.post("/", content=content, headers=headers)
    assert response.status_code == 200
    assert "<output>1</output>" in response.text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"p": 2}, (400, "protocol")),
        ({"p": True}, (400, "protocol")),
        ({"p": ...}, (400, "protocol")),
        ({"i": ...}, (400, "malformed")),
        ({"i": b"x" * 33}, (400, "malformed")),
        ({"i": "text"}, (400, "malformed")),
        ({"v": ...}, (400, "malformed")),
        ({"v": -1}, (400, "malformed")),
        ({"v": 2**53 - 1}, (400, "malformed")),
        ({"c": b"short"}, (400, "malformed")),
        ({"c": b"x" * 33}, (400, "malformed")),
        ({"a": "text"}, (400, "malformed")),
        ({"a": [True]}, (400, "malformed")),
        ({"a": [[1]]}, (400, "malformed")),
        ({"a": [99]}, (404, "handler")),
        ({"h": "text"}, (400, "malformed")),
        ({"h": 1.5}, (400, "malformed")),
        ({"e": 7}, (400, "malformed")),
        ({"f": ["odd"]}, (400, "malformed")),
        ({"f": ["a", 1]}, (400, "malformed")),
        ({"f": ["a", "b"] * 21}, (413, "large")),
        ({"s": "text"}, (400, "malformed")),
        ({"e": {"a": [[[[[[[[[1]]]]]]]]]}}, (400, "malformed")),
        ({"e": {"a": [0] * 600}}, (400, "malformed")),
        ({"e": {"a": "x" * 30_000}}, (413, "large")),
        ({"i": b"unknown", "s": ...}, (409, "state")),
    ],
    ids=str,
)
async def test_call_with_a_wrong_part_is_refused(
    page: TestPage, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert await refused(page, call(page, **changes)) == expected


async def test_call_that_is_cut_is_refused(page: TestPage) -> None:
    body = call(page)
    for length in range(0, len(body), 9):
        assert await refused(page, body[:length]) == (400, "malformed")
    assert await refused(page, body + b"\xc0") == (400, "malformed")


async def test_errors_of_limits_name_their_settings(page: TestPage) -> None:
    for changes, name in (
        ({"e": {"a": "x" * 30_000}}, "Limits.body"),
        ({"f": ["a", "b"] * 21}, "Limits.fields"),
        ({"e": {"a": [[[[[[[[[1]]]]]]]]]}}, "Limits.depth"),
        ({"e": {"a": [0] * 600}}, "Limits.items"),
        ({"i": b"unknown", "s": b"\1" * 6000}, "Limits.state"),
    ):
        response = await page.client.post_call("/", call(page, **changes))
        message: Any = unpack(response.content, limit=1000, depth=10)
        assert name in message["e"]["m"]


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/json", "application/msgpack", "text/html", "application/x-reactor-2"],
)
async def test_other_content_type_is_refused(page: TestPage, kind: str) -> None:
    headers = {"content-type": kind, "origin": page.client.origin}
    response = await page.client.http.post("/", content=call(page), headers=headers)
    assert response.status_code == 415
    await unchanged(page)


OTHERS: list[dict[str, str]] = [
    {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
    {"sec-fetch-site": "same-site", "origin": "http://sub.testserver"},
    {"sec-fetch-site": "", "origin": "https://evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"origin": "null"},
    {"origin": "http://testserver.evil.example"},
    {"origin": "http://evil@testserver"},
    {"origin": "http://testserver:81"},
    {"origin": "javascript://testserver"},
    {"referer": "https://evil.example/testserver"},
    {"origin": "http://["},
    {},
]


@pytest.mark.parametrize("headers", OTHERS, ids=str)
@pytest.mark.parametrize("kind", [MEDIA_TYPE, "application/x-www-form-urlencoded"])
async def test_request_of_another_origin_runs_nothing(
    page: TestPage, headers: dict[str, str], kind: str
) -> None:
    response = await page.client.http.post("/", content=call(page), headers={"content-type": kind, **headers})
    assert response.status_code == 403
    await unchanged(page)


async def test_request_of_another_origin_is_refused_before_dependencies_run() -> None:
    ui, ran = application(), []

    @ui.page("/", dependencies=[Depends(lambda: ran.append("guard"))])
    async def page_() -> Child:
        return Counter()

    async with TestClient(ui.app) as client:
        page = await client.get("/")
        ran.clear()
        headers = {"origin": "https://evil.example", "content-type": MEDIA_TYPE}
        assert (await client.http.post("/", content=call(page), headers=headers)).status_code == 403
        headers = {"origin": client.origin, "content-type": "text/plain"}
        assert (await client.http.post("/", content=call(page), headers=headers)).status_code == 415
        assert ran == []


async def test_request_of_an_allowed_origin_is_answered() -> None:
    async with TestClient(counting(allowed_origins=["https://partner.example"]).app) as client:
        page = await client.get("/")
        headers = {"origin": "https://partner.example", "sec-fetch-site": "cross-site"}
        assert (await client.post_call("/", call(page), headers)).status_code == 200
        headers = {"origin": "https://other.example", "sec-fetch-site": "cross-site"}
        assert (await client.post_call("/", call(page), headers)).status_code == 403


async def test_get_never_runs_an_action(page: TestPage) -> None:
    http = page.client.http
    for method in ("GET", "HEAD"):
        response = await http.request(
            method, "/", content=call(page), headers={"content-type": MEDIA_TYPE}, params={"$call": "x"}
        )
        assert response.status_code == 200
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        assert (await http.request(method, "/", content=call(page))).status_code == 405
    await unchanged(page)


async def test_call_without_the_visitors_cookie_is_refused(page: TestPage) -> None:
    async with TestClient(page.client.app) as stranger:
        response: httpx.Response = await stranger.post_call("/", call(page))
        assert response.status_code == 400
        assert "set-cookie" not in response.headers
    await unchanged(page)
