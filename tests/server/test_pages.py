"""Pages over HTTP: what is served, with which headers; static files; layouts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from fastapi import HTTPException, Response

from reactor import (
    BuildError,
    CallRefused,
    Child,
    Component,
    Page,
    Reactor,
    ReactorError,
    action,
    nonce,
    redirect,
    state,
)
from reactor import html as h
from reactor.policy import STRICT_POLICY
from reactor.testing import TestClient
from tests.server.applications import Counter, application, counting, visiting


async def test_page_is_served_with_strict_headers() -> None:
    async with TestClient(counting().app) as client:
        headers = (await client.http.get("/")).headers
        assert headers["content-type"] == "text/html; charset=utf-8"
        assert headers["content-security-policy"] == STRICT_POLICY
        assert headers["cache-control"] == "private, no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
        page = await client.get("/")
        await page.click("Count")
        answer = page.answer.response.headers
        assert answer["cache-control"] == "private, no-store"
        assert answer["x-content-type-options"] == "nosniff"
        assert "content-encoding" not in answer


async def test_page_says_what_others_may_do_with_it() -> None:
    for policy, framing in (
        (STRICT_POLICY, "SAMEORIGIN"),
        ("default-src 'self'", "SAMEORIGIN"),
        ("", "SAMEORIGIN"),
        ("Frame-Ancestors 'NONE'; default-src 'self'", "DENY"),
        ("frame-ancestors 'self' https://partner.example", None),
    ):
        async with TestClient(counting(policy=policy).app) as client:
            headers = (await client.http.get("/")).headers
            assert headers.get("x-frame-options") == framing
            assert headers["cross-origin-opener-policy"] == "same-origin"
            response = await client.http.post("/", headers={"content-type": "text/plain"})
            assert response.status_code == 403
            assert response.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["cache-control"] == "private, no-store"


async def test_application_may_set_the_headers_otherwise() -> None:
    ui = application()

    @ui.page("/")
    async def page_(response: Response) -> Child:
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
        response.headers["Content-Security-Policy"] = "default-src 'self'"
        return Counter()

    async with visiting(ui) as page:
        headers = (await page.client.http.get("/")).headers
        assert headers.get_list("cross-origin-opener-policy") == ["same-origin-allow-popups"]
        assert headers.get_list("content-security-policy") == ["default-src 'self'"]
        await page.click("Count")
        assert page.get_by_role("status").text == "1"
        assert (await page.repeat_call()).status == 200


async def test_nonce_is_fresh_for_each_response_and_never_in_a_patch() -> None:
    ui = application(policy="script-src 'nonce-{nonce}' 'strict-dynamic'")

    class Nonced(Component):
        turn: int = state(0)

        @action
        async def next(self) -> None:
            self.turn += 1

        def render(self) -> Child:
            return h.section[
                h.script(src="/a.js", nonce=nonce()),
                h.output[self.turn],
                h.script(src="/b.js", nonce=nonce()) if self.turn else None,
                h.button(on_click=self.next)["Next"],
            ]

    @ui.page("/", head=[h.script(src="/c.js", nonce=nonce())])
    async def page_() -> Child:
        return Nonced()

    seen = set()
    async with TestClient(ui.app) as client:
        for _ in range(3):
            response = await client.http.get("/")
            (given,) = re.findall(r"'nonce-([\w-]{24})'", response.headers["content-security-policy"])
            assert response.text.count(f'nonce="{given}"') == 3
            assert f'"{given}"' not in response.text.partition('id="reactor"')[2]
            seen.add(given)
        assert len(seen) == 3
        page = await client.get("/")
        before = page._html
        await page.click("Next")
        assert page.get_by_role("status").text == "1"
        given = re.findall(r'nonce="([\w-]+)"', before)[0].encode()
        assert given not in page.answer.response.content
        ui.site.__post_init__()
        await page.click("Next")
        assert page.get_by_role("status").text == "2"
        assert given not in page.answer.response.content


def test_nonce_is_for_its_attribute_only() -> None:
    value: Any = nonce()
    with pytest.raises(BuildError, match="nonce"):
        h.p[value]
    for name in ("title", "class", "data-x", "href"):
        with pytest.raises(BuildError, match="nonce"):
            h.a({name: value})
    with pytest.raises(BuildError):
        str(nonce())


async def test_page_with_another_policy() -> None:
    for policy in ("default-src 'self'", ""):
        async with TestClient(counting(policy=policy).app) as client:
            headers = (await client.http.get("/")).headers
            assert headers.get("content-security-policy", "") == policy


async def test_cookie_of_the_visitor_is_out_of_reach_for_scripts() -> None:
    for base, name, secure in (
        ("http://testserver", "reactor", False),
        ("https://testserver", "__Host-reactor", True),
    ):
        async with TestClient(counting().app, base_url=base) as client:
            response = await client.http.get("/")
            cookie = response.headers["set-cookie"]
            assert cookie.startswith(f"{name}=")
            assert "HttpOnly" in cookie
            assert "SameSite=lax" in cookie
            assert "Path=/" in cookie
            assert ("Secure" in cookie) == secure
            assert "Domain" not in cookie
            assert "set-cookie" not in (await client.http.get("/")).headers
            page = await client.get("/")
            await page.click("Count")
            assert page.get_by_role("status").text == "1"


async def test_head_has_the_headers_of_get_and_no_body() -> None:
    async with TestClient(counting().app) as client:
        response = await client.http.head("/")
        assert response.status_code == 200
        assert response.headers["content-security-policy"] == STRICT_POLICY


async def test_page_may_have_another_title_language_head_and_status() -> None:
    ui = application(stylesheets=["/site.css"])

    @ui.page("/{name}", title="Never", stylesheets=["/page.css"], head=[h.meta(name="a", content="b")])
    async def page_(name: str) -> Page:
        return Page(
            h.h1[name], title=f"About {name}", lang="de", head=[h.meta(name="c", content='"<>')], status=404
        )

    for javascript in (True, False):
        async with visiting(ui, "/ada", javascript=javascript) as page:
            assert page.title == "About ada"
            assert page.status == 404
            assert page.get_by_tag("html").one().attributes["lang"] == "de"
            assert [e.attributes["content"] for e in page.get_by_tag("meta", {"content": "b"})] == ["b"]
            assert [e.attributes["content"] for e in page.get_by_tag("meta", {"name": "c"})] == ['"<>']
            links = [e.attributes["href"] for e in page.get_by_tag("link", {"rel": "stylesheet"})]
            assert links == ["/site.css", "/page.css"]


def shell(content: Child) -> Child:
    return [h.header["Shell"], h.main[content]]


def shell_with_body(content: Child) -> Child:
    return h.body(class_="wide")[h.main[content]]


def generated(content: Child) -> Iterator[Child]:
    yield h.header["Shell"]
    yield h.main[content]


@pytest.mark.parametrize("layout", [shell, shell_with_body, generated])
async def test_layout_is_put_around_each_page(layout: Any) -> None:
    ui = application(layout=layout)

    @ui.page("/")
    async def inside() -> Child:
        return Counter()

    @ui.page("/alone", layout=None)
    async def alone() -> Child:
        return h.p["alone"]

    @ui.page("/other", layout=lambda content: h.article[content])
    async def other() -> Child:
        return (text for text in ("a", "b"))

    async with visiting(ui) as page:
        assert page.get_by_role("main").get_by_role("status").text == "0"
        assert bool(page.get_by_role("banner")) == (layout is not shell_with_body)
        assert (page.get_by_tag("body").attributes.get("class") == "wide") == (layout is shell_with_body)
        await page.click("Count")
        assert page.get_by_role("status").text == "1"
        await page.open("/alone")
        assert page.text == "alone"
        await page.open("/other")
        assert page.get_by_role("article").text == "ab"


async def test_page_function_may_be_a_plain_one() -> None:
    ui = application()

    @ui.page("/")
    def page_() -> Child:
        return h.p["plain"]

    async with visiting(ui) as page:
        assert page.text == "plain"


async def test_page_function_may_raise_and_respond() -> None:
    ui = application()

    @ui.page("/missing")
    async def missing() -> Child:
        raise HTTPException(404, "No such thing.")

    @ui.page("/file")
    async def file() -> Response:
        return Response(b"data", media_type="text/csv")

    async with TestClient(ui.app) as client:
        assert (await client.http.get("/missing")).status_code == 404
        assert (await client.http.get("/file")).text == "data"
        page = await client.get("/missing")
        assert page.status == 404
        with pytest.raises(LookupError, match="has no view"):
            _ = page.version


async def test_page_function_may_refuse() -> None:
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        raise CallRefused(410, "gone", "This is over.")

    async with TestClient(ui.app) as client:
        response = await client.http.get("/")
        assert (response.status_code, response.text) == (410, "This is over.")


async def test_what_is_shown_is_escaped() -> None:
    ui = application()
    hostile = "</title><script>alert(1)</script>\"'&"

    @ui.page("/")
    async def page_(text: str) -> Page:
        return Page(h.p(title=text)[text], title=text, lang=text)

    async with TestClient(ui.app) as client:
        response = await client.http.get("/", params={"text": hostile})
        assert "<script>alert" not in response.text
        for javascript in (True, False):
            page = await client.get(str(response.request.url), javascript=javascript)
            assert page.title == hostile
            assert page.text == hostile
            assert page.get_by_tag("p").attributes["title"] == hostile


async def test_client_script_is_served_for_ever() -> None:
    async with TestClient(counting().app) as client:
        page = await client.get("/", javascript=False)
        address = page.get_by_tag("script", {"type": "module"}).attributes["src"]
        response = await client.http.get(address)
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "immutable" in response.headers["cache-control"]


# Static files


@pytest.fixture
def site(tmp_path: Path) -> Reactor:
    ui = application()
    (tmp_path / "static" / "deep").mkdir(parents=True)
    (tmp_path / "static" / "style.css").write_text("p { color: red }")
    (tmp_path / "static" / "deep" / "a.txt").write_text("deep")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "static" / "link.txt").symlink_to(tmp_path / "secret.txt")
    ui.static("/static", directory=tmp_path / "static")
    return ui


async def test_static_file_has_an_address_with_its_version(site: Reactor, tmp_path: Path) -> None:
    assets = site.static("/more", directory=tmp_path / "static")
    address = assets("style.css")
    async with TestClient(site.app) as client:
        response = await client.http.get(address)
        assert response.text == "p { color: red }"
        assert response.headers["content-type"].startswith("text/css")
        assert "immutable" in response.headers["cache-control"]
        assert response.headers["x-content-type-options"] == "nosniff"
        assert (await client.http.get("/more/style.css")).headers["cache-control"] == "no-cache"
        assert (await client.http.get("/static/deep/a.txt")).text == "deep"
    (tmp_path / "static" / "style.css").write_text("p { color: green; }")
    assert assets("style.css") != address


@pytest.mark.parametrize(
    ("takes", "is_packed"),
    [
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("identity", False),
        ("br, gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("x-gzip", False),
    ],
)
async def test_client_comes_packed_for_who_takes_that(takes: str, is_packed: bool) -> None:
    ui = counting()
    async with TestClient(ui.app) as client:
        plain = await client.http.get(ui.site.client, headers={"accept-encoding": "identity"})
        answer = await client.http.get(ui.site.client, headers={"accept-encoding": takes})
        assert answer.text == plain.text
        assert ("content-encoding" in answer.headers) is is_packed
        assert (int(answer.headers["content-length"]) < len(plain.content) / 2) is is_packed
        assert answer.headers["vary"] == "accept-encoding"
        assert "immutable" in answer.headers["cache-control"]
        assert (await client.http.head(ui.site.client)).status_code == 200


def test_second_reactor_on_an_application_is_refused(site: Reactor) -> None:
    with pytest.raises(ReactorError, match="has one already"):
        Reactor(site.app)


def test_static_file_that_is_not_there_is_named(site: Reactor, tmp_path: Path) -> None:
    assets = site.static("/more", directory=tmp_path / "static")
    for name in ("missing.css", "../secret.txt", "/etc/passwd", "deep", "link.txt"):
        with pytest.raises(ReactorError, match="there is no static file"):
            assets(name)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static/..%2fsecret.txt",
        "/static/%2e%2e%2fsecret.txt",
        "/static/..%5csecret.txt",
        "/static//etc/passwd",
        "/static/deep/../../secret.txt",
        "/static/link.txt",
        "/static/%00",
        "/static/",
        "/static/deep",
        "/static/" + "a" * 5000,
    ],
)
async def test_static_files_lead_nowhere_else(site: Reactor, path: str) -> None:
    messages: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        messages.append(message)

    # Not by a client: it would take the dots out of the path.
    scope = {
        "type": "http",
        "method": "GET",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "scheme": "http",
        "server": ("testserver", 80),
    }
    await site.app(scope, receive, send)  # type: ignore[arg-type]
    assert messages[0]["status"] in (404, 405)
    assert b"secret" not in b"".join(bytes(message.get("body", b"")) for message in messages)  # type: ignore[call-overload]


# redirect


@pytest.mark.parametrize(
    "address", ["/done", "/", "?page=2", "https://example.org/x?y=1#z", "http://example.org"]
)
def test_redirect_goes_to_paths_and_web_addresses(address: str) -> None:
    assert redirect(address).headers["location"] == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "//evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "\\\\evil",
        "/a\r\nSet-Cookie: x",
        " /a",
        "data:x",
    ],
)
def test_redirect_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(ReactorError, match=r"redirect\("):
        redirect(address)
