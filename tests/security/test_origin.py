"""Where a request comes from (C): only pages of our own origin, or of allowed ones, may make calls."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import HTTPConnection
from starlette.routing import Route, WebSocketRoute

from reactor import CallRefused, Child, ReactorError
from reactor import html as h
from reactor.origin import Origins
from reactor.protocol import LINE_ADDRESS, MEDIA_TYPE
from reactor.proxies import Proxies
from reactor.testing import TestClient
from tests.server.applications import Counter, application, counting


def connection(
    headers: Mapping[str, str] | list[tuple[str, str]], *, scheme: str = "https", client: str = "203.0.113.5"
) -> HTTPConnection:
    pairs = list(headers.items()) if isinstance(headers, Mapping) else headers
    raw = [(name.encode(), value.encode("latin-1")) for name, value in pairs]
    return HTTPConnection(
        {"type": "http", "path": "/", "scheme": scheme, "headers": raw, "client": (client, 5000)}
    )


def is_let_in(
    headers: Mapping[str, str] | list[tuple[str, str]],
    *,
    allowed: list[str] | None = None,
    trusted: list[str] | None = None,
    scheme: str = "https",
    client: str = "203.0.113.5",
) -> bool:
    request = connection(headers, scheme=scheme, client=client)
    try:
        Origins(allowed or []).check(request, Proxies(trusted or []).sender(request))
    except CallRefused as refused:
        return refused.status != 403
    return True


OWN = {"host": "example.com", "cookie": "reactor=x"}

NOT_OURS = [
    "null",
    "",
    "https://example.com.evil.com",
    "https://evil-example.com",
    "https://evilexample.com",
    "https://example.com:444",
    "http://example.com",
    "HTTPS://example.com",
    "https://EXAMPLE.com",
    "https://user@example.com",
    "https://example.com@evil.com",
    "https://example.com/",
    "https://example.com#",
    "https://example.com\\.evil.com",
    "https://example.com, https://evil.com",
    "https://*.com",
    "https://ex\xe4mple.com",
    "https://xn--exmple-cua.com",
    "https://example.com.",
    "https://[::1]",
    "//example.com",
    "example.com",
    "javascript://example.com",
    "https://example.com" + "a" * 5000,
]


@pytest.mark.parametrize("origin", NOT_OURS, ids=ascii)
def test_origin_that_is_not_exactly_ours_is_refused(origin: str) -> None:
    """T-ORIGIN"""
    assert is_let_in({**OWN, "origin": "https://example.com"})
    assert not is_let_in({**OWN, "origin": origin})
    if not origin.startswith("https://example.com") or origin[19:20] not in ("/", "#"):
        assert not is_let_in({**OWN, "referer": f"{origin}/page"})


@pytest.mark.parametrize(
    ("host", "origin", "scheme", "is_ours"),
    [
        ("example.com", "https://example.com", "https", True),
        ("example.com:443", "https://example.com", "https", True),
        ("Example.COM", "https://example.com", "https", True),
        ("example.com", "http://example.com:80", "http", True),
        ("example.com:8000", "http://example.com:8000", "http", True),
        ("example.com:8000", "http://example.com", "http", False),
        ("example.com", "https://example.com", "http", False),
        ("[::1]:8000", "http://[::1]:8000", "http", True),
        ("my_host", "http://my_host", "http", True),
        ("", "https://", "https", False),
        ("a/b", "https://a", "https", False),
        ("a@b", "https://b", "https", False),
    ],
)
def test_origin_is_compared_with_the_address_of_the_request(
    host: str, origin: str, scheme: str, is_ours: bool
) -> None:
    """T-ORIGIN, T-HOST: usual ports may be left out; nothing else may differ."""
    headers = {"host": host, "cookie": "a=b"}
    assert is_let_in({**headers, "origin": origin}, scheme=scheme) == is_ours
    assert is_let_in({**headers, "referer": f"{origin}/page?x"}, scheme=scheme) == is_ours


@pytest.mark.parametrize(
    "site", ["cross-site", "same-site", "", "Same-Origin", "same-origin, cross-site", "x"]
)
def test_what_the_browser_says_goes_before_the_origin(site: str) -> None:
    """T-CSRF: `same-site` is foreign too."""
    assert is_let_in({**OWN, "sec-fetch-site": "same-origin"})
    assert is_let_in({**OWN, "sec-fetch-site": "none"})
    assert not is_let_in({**OWN, "sec-fetch-site": site, "origin": "https://example.com"})


def test_header_that_is_given_twice_is_refused() -> None:
    """T-ORIGIN"""
    for name, value in (("origin", "https://example.com"), ("sec-fetch-site", "same-origin")):
        assert not is_let_in([*OWN.items(), (name, value), (name, value)])


def test_request_that_says_nothing_is_of_a_browser_if_it_has_cookies() -> None:
    """T-ORIGIN: absent, for browsers."""
    assert not is_let_in(OWN)
    assert is_let_in({"host": "example.com"})


@pytest.mark.parametrize(
    ("entry", "let_in", "refused"),
    [
        ("https://a.example", ["https://a.example", "https://a.example:443"], ["http://a.example"]),
        (
            "a.example",
            ["https://a.example"],
            ["http://a.example", "https://a.example:8443", "https://b.a.example"],
        ),
        ("http://a.example:81", ["http://a.example:81"], ["http://a.example", "https://a.example:81"]),
        (
            "*.a.example",
            ["https://x.a.example", "https://y-1.a.example"],
            [
                "https://a.example",
                "https://x.y.a.example",
                "https://xa.example",
                "http://x.a.example",
                "null",
            ],
        ),
        (
            "https://*.a.example:81",
            ["https://x.a.example:81"],
            ["https://x.a.example", "https://.a.example:81"],
        ),
        ("A.Example", ["https://a.example"], ["https://A.EXAMPLE"]),
    ],
)
def test_allowed_origins_are_those_that_are_named(entry: str, let_in: list[str], refused: list[str]) -> None:
    """T-ORIGIN: a wildcard stands for one label."""
    for origin in let_in:
        assert is_let_in({**OWN, "origin": origin, "sec-fetch-site": "cross-site"}, allowed=[entry]), origin
    for origin in refused:
        assert not is_let_in({**OWN, "origin": origin, "sec-fetch-site": "cross-site"}, allowed=[entry]), (
            origin
        )


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("*", "every site"),
        ("null", "every site"),
        ("*.com", "whole domain"),
        ("https://a.example/", "write https://a.example"),
        ("https://a.example/path", "write https://a.example"),
        ("a.*.example", "first label"),
        ("*a.example", "first label"),
        ("ftp://a.example", "is no origin"),
        ("https://user@a.example", "is no origin"),
        ("a.example:8000", "no scheme"),
        ("exämple.com", "xn--"),
        ("", "is no origin"),
        (3, "is no text"),
    ],
)
def test_allowed_origin_that_is_none_is_an_error_at_once(entry: Any, fault: str) -> None:
    """T-ORIGIN"""
    with pytest.raises(ReactorError, match="allowed_origins") as raised:
        application(allowed_origins=[entry])
    assert fault in str(raised.value)
    with pytest.raises(ReactorError, match="is a list"):
        application(allowed_origins="https://a.example")


def test_forwarded_headers_of_a_stranger_mean_nothing() -> None:
    """T-HOST"""
    forged = {
        "host": "inside",
        "cookie": "a=b",
        "origin": "https://evil.example",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        "x-forwarded-for": "10.0.0.1",
        "forwarded": "host=evil.example;proto=https",
    }
    assert not is_let_in(forged)
    assert not is_let_in(forged, trusted=["10.0.0.0/8"])
    assert is_let_in({**forged, "origin": "https://evil.example"}, trusted=["203.0.113.5"])


@pytest.mark.parametrize(
    ("trusted", "headers", "sender"),
    [
        ([], {"x-forwarded-for": "1.1.1.1"}, ("http", "inside", "10.0.0.9")),
        (["10.0.0.0/8"], {"x-forwarded-for": "1.1.1.1"}, ("http", "inside", "1.1.1.1")),
        (["10.0.0.0/8"], {"x-forwarded-for": "6.6.6.6, 1.1.1.1"}, ("http", "inside", "1.1.1.1")),
        (["10.0.0.0/8"], {"x-forwarded-for": "6.6.6.6, 1.1.1.1, 10.0.0.2"}, ("http", "inside", "1.1.1.1")),
        (["10.0.0.0/8"], {"x-forwarded-for": "6.6.6.6, x, 10.0.0.2"}, ("http", "inside", "10.0.0.2")),
        (
            ["10.0.0.0/8"],
            {"x-forwarded-for": "[2001:db8:1:2:3::4]:80"},
            ("http", "inside", "2001:db8:1:2::/64"),
        ),
        (["10.0.0.0/8"], {"x-forwarded-for": "1.1.1.1:80"}, ("http", "inside", "1.1.1.1")),
        (["*"], {"x-forwarded-for": "6.6.6.6, 1.1.1.1"}, ("http", "inside", "1.1.1.1")),
        (["10.0.0.9"], {"x-forwarded-proto": "https"}, ("https", "inside", "10.0.0.9")),
        (["10.0.0.9"], {"x-forwarded-proto": "javascript"}, ("http", "inside", "10.0.0.9")),
        (["10.0.0.9"], {"x-forwarded-proto": "http, https"}, ("https", "inside", "10.0.0.9")),
        (
            ["10.0.0.0/8"],
            {"x-forwarded-for": "1.1.1.1, 10.0.0.2", "x-forwarded-proto": "https, http"},
            ("https", "inside", "1.1.1.1"),
        ),
        (["10.0.0.9"], {"x-forwarded-host": "evil.example, a.example"}, ("http", "a.example", "10.0.0.9")),
    ],
)
def test_sender_is_what_the_last_trusted_proxy_has_seen(
    trusted: list[str], headers: dict[str, str], sender: tuple[str, str, str]
) -> None:
    """T-HOST"""
    request = connection({"host": "inside", **headers}, scheme="http", client="10.0.0.9")
    seen = Proxies(trusted).sender(request)
    assert (seen.scheme, seen.host, seen.client) == sender


@pytest.mark.parametrize("entry", ["10.0.0.0/99", "localhost", "", 7, "10.0.0.1/8"])
def test_trusted_proxy_that_is_no_address_is_an_error_at_once(entry: Any) -> None:
    """T-HOST"""
    with pytest.raises(ReactorError, match="trusted_proxies"):
        application(trusted_proxies=[entry])


READ = [
    *("origin", "referer", "host", "sec-fetch-site"),
    *("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"),
]


@settings(max_examples=200)
@given(st.dictionaries(
    st.sampled_from(READ),
    st.text(st.characters(max_codepoint=255), max_size=40),
))  # fmt: skip
def test_headers_of_any_kind_let_nobody_in_who_is_not_ours(headers: dict[str, str]) -> None:
    """T-INTERNALHDR: each header that is read, with anything in it."""
    scheme_and_host = ("http://", headers.get("host", ""))
    for trusted in ([], ["*"]):
        if is_let_in({**headers, "cookie": "a=b"}, trusted=trusted, scheme="http"):
            site = headers.get("sec-fetch-site")
            ours = (headers.get("origin") or headers.get("referer", "")).startswith("".join(scheme_and_host))
            assert site in ("same-origin", "none") or (site is None and (ours or trusted))


async def test_refused_origin_is_one_short_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """T-LOG: the log says what to configure; the browser is not told."""
    async with TestClient(counting().app) as client:
        await client.get("/")
        caplog.set_level(logging.INFO, "reactor")
        origin = "https://evil.example\x1b[31m\r\nroot: fake" + "x" * 3000
        response = await client.post_call("/", b"", {"origin": origin, "sec-fetch-site": "cross-site"})
        assert response.status_code == 403
        assert b"evil" not in response.content
        assert b"allowed_origins" not in response.content
        (record,) = caplog.records
        line = record.getMessage()
        assert "https://evil.example" in line
        assert "allowed_origins" in line
        assert line.isascii()
        assert line.isprintable()
        assert len(line) < 700


KINDS = [
    "text/plain",
    "Text/Plain",
    "application/json;x",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    MEDIA_TYPE,
    f"{MEDIA_TYPE}, text/plain",
    "",
]


async def handshake(app: Any, path: str) -> list[str]:
    """What the application does with a WebSocket that a page of another origin opens."""
    done: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        done.append(message["type"])

    headers = [(b"host", b"testserver"), (b"origin", b"https://evil.example"), (b"cookie", b"a=b")]
    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "ws",
        "headers": headers,
        "client": ("203.0.113.5", 5000),
        "subprotocols": [],
    }
    await app(scope, receive, send)
    return done


async def test_every_address_that_takes_a_post_has_the_same_gate() -> None:
    """T-WSAUTH: all routes of an application with pages; a new one without the check fails here."""
    ui = application()
    ran: list[str] = []

    @ui.page("/")
    async def home() -> Child:
        ran.append("home")
        return Counter()

    @ui.page("/rooms/{room}")
    async def room(room: str) -> Child:
        ran.append("room")
        return h.p[room]

    ui.static("/static", directory="docs")
    plain = {getattr(route, "path", "") for route in type(ui.app)().routes}
    async with TestClient(ui.app) as client:
        checked = 0
        for route in ui.app.routes:
            path = str(getattr(route, "path", ""))
            if path in plain:
                continue
            if isinstance(route, WebSocketRoute):
                assert path.endswith(LINE_ADDRESS[1:])
                assert await handshake(ui.app, path) == ["websocket.close"]
                continue
            methods = (route.methods or set()) if isinstance(route, Route) else {"GET", "HEAD"}
            for method in methods - {"GET", "HEAD"}:
                for kind in KINDS:
                    headers = {"origin": "https://evil.example", "content-type": kind, "cookie": "a=b"}
                    response = await client.http.request(method, path, content=b"x", headers=headers)
                    assert response.status_code == 403, (path, method, kind)
                    checked += 1
        assert checked == 3 * len(KINDS)
    assert ran == []


@pytest.mark.parametrize("kind", KINDS)
async def test_other_sites_are_refused_whatever_the_content_type(kind: str) -> None:
    """T-CSRF: nothing of the application has run, methods in headers and fields mean nothing."""
    ui, ran = application(), []

    @ui.page("/")
    async def home() -> Child:
        ran.append("page")
        return Counter()

    async with TestClient(ui.app) as client:
        await client.get("/")
        ran.clear()
        for method in ("POST", "GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
            headers = {"content-type": kind, "origin": "https://evil.example", "sec-fetch-site": "cross-site"}
            headers |= {"x-http-method-override": "POST", "x-method-override": "POST"}
            url = "/?_method=POST&$call=x"
            response = await client.http.request(method, url, content=b"x", headers=headers)
            # A link from another site may lead to a page; that is all.
            assert response.status_code == (200 if method == "GET" else 403 if method == "POST" else 405)
            assert ran == (["page"] if method == "GET" else [])
            ran.clear()


async def test_cookie_counts_over_https_only_if_no_other_host_can_have_set_it() -> None:
    """T-COOKIE: a cookie without `__Host-`, which a sibling host may set, is no visitor there."""
    async with TestClient(counting().app, base_url="https://testserver") as client:
        await client.http.get("/")
        visitor = client.http.cookies["__Host-reactor"]
        client.http.cookies.clear()
        response = await client.http.get("/", headers={"cookie": f"reactor={visitor}"})
        assert "__Host-reactor=" in response.headers["set-cookie"]
        response = await client.http.get("/", headers={"cookie": f"__Host-reactor={visitor}"})
        assert "set-cookie" not in response.headers


async def test_cookie_is_secure_behind_a_trusted_proxy_with_tls() -> None:
    """T-COOKIE"""
    for trusted, name in (([], "reactor"), (["127.0.0.1"], "__Host-reactor")):
        async with TestClient(counting(trusted_proxies=trusted).app) as client:
            response = await client.http.get("/", headers={"x-forwarded-proto": "https"})
            assert response.headers["set-cookie"].startswith(f"{name}=")
