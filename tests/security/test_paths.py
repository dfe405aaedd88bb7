"""Paths, hosts, redirects, requests of our own (D)."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from fastapi import Cookie, Depends, FastAPI, HTTPException

from reactor import Child, Reactor, ReactorError, redirect
from reactor import html as h
from reactor.client_files import ADDRESS as CLIENT
from reactor.codec import pack, unpack
from reactor.protocol import COMPLETE, LINE_ADDRESS, MEDIA_TYPE
from reactor.testing import TestClient
from tests.security.calls import error_of, message
from tests.server.applications import Counter, application

# T-AUTHPATH


def login(user: Annotated[str | None, Cookie()] = None) -> None:
    if user != "ada":
        raise HTTPException(403, "Please log in.")


def guarded() -> Reactor:
    ui = application()

    @ui.page("/admin", dependencies=[Depends(login)])
    async def admin() -> Child:
        return h.main[h.p["for administrators"], Counter()]

    @ui.page("/")
    async def home() -> Child:
        return h.p["home"]

    return ui


SPELLINGS = [
    *(
        "/admin",
        "/ADMIN",
        "/Admin/",
        "/admin/",
        "//admin",
        "/admin//",
        "/./admin",
        "/x/../admin",
        "/admin;x=1",
    ),
    *(
        "/admin%2f",
        "/%61dmin",
        "/%2561dmin",
        "/admin%00",
        "/admin.",
        "/admin%20",
        "/admin.json",
        "/admin/data",
    ),
    *("/admin?_data=1", "/admin?x=%2e", "/en/admin", "/admin?$call=x", "/admin%3f", "\\admin", "/admin\\"),
]


async def ask(
    app: FastAPI, method: str, target: str, headers: dict[str, str], body: bytes = b""
) -> tuple[int, bytes]:
    """A request whose target nobody tidies up."""
    path, _, query = target.partition("?")
    messages: list[dict[str, Any]] = []

    bodies = [body]

    async def receive() -> dict[str, Any]:
        if not bodies:
            await asyncio.Event().wait()  # nobody leaves
        return {"type": "http.request", "body": bodies.pop(), "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "scheme": "http",
        "server": ("testserver", 80),
        "client": ("203.0.113.1", 1),
    }
    await app(scope, receive, send)
    return messages[0]["status"], b"".join(message.get("body", b"") for message in messages)


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_guard_holds_for_every_spelling_of_its_page(spelling: str) -> None:
    """T-AUTHPATH: as a page, as a call, and as a form; whatever headers ask for a variant."""
    ui = guarded()
    async with TestClient(ui.app) as client:
        client.http.cookies["user"] = "ada"
        page = await client.get("/admin")
        cookie = f"reactor={client.http.cookies['reactor']}"
        variants = {"rsc": "1", "x-middleware-subrequest": "middleware", "x-requested-with": "XMLHttpRequest"}
        variants |= {"purpose": "prefetch", "x-original-url": "/", "x-rewrite-url": "/", "accept": MEDIA_TYPE}
        _, shown = await ask(ui.app, "GET", spelling, {"host": "testserver", "cookie": cookie, **variants})
        assert b"for administrators" not in shown
        headers = {"host": "testserver", "origin": client.origin, "cookie": cookie}
        call = {**headers, "content-type": MEDIA_TYPE}
        status, answer = await ask(ui.app, "POST", spelling, call, pack(message(page)))
        assert status in (307, 403, 404, 405), spelling
        assert b"for administrators" not in answer
        form = {**headers, "content-type": "application/x-www-form-urlencoded"}
        status, answer = await ask(ui.app, "POST", spelling, form, b"$state=x&$call=y")
        assert status in (307, 403, 404, 405), spelling
        await page.click("Count")
        assert page.get_by_role("status").text == "1"


async def test_guard_is_asked_at_each_call_and_after_a_logout() -> None:
    """T-WSLIFE, T-LATE: over HTTP every call asks anew, so the one after a logout is refused."""
    async with TestClient(guarded().app) as client:
        client.http.cookies["user"] = "ada"
        page = await client.get("/admin")
        await page.click("Count")
        sent = message(page)
        del client.http.cookies["user"]
        response = await client.post_call("/admin", pack(sent))
        assert error_of(response) == (403, "refused")
        client.http.cookies["user"] = "ada"
        assert (await client.post_call("/admin", pack({**sent, "c": b"another id"}))).status_code == 200


# T-HOST

HOSTS = [
    "a/b",
    "a?b",
    "a#b",
    "a@b",
    "a b",
    "[::1",
    "[::1]:99999",
    "evil.example",
    "",
    "a\tb",
    "x" * 5000,
    "a:b:c",
]


@pytest.mark.parametrize("host", HOSTS, ids=ascii)
async def test_nothing_on_a_page_comes_from_the_host_header(host: str) -> None:
    """T-HOST: with the forwarded headers, too; the path of the request is what is authorised."""
    ui = guarded()
    cookie = "reactor=" + "a" * 43
    headers = {"cookie": cookie, "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    status, plain = await ask(ui.app, "GET", "/", {**headers, "host": "testserver"})
    status, body = await ask(ui.app, "GET", "/", {**headers, "host": host})
    assert status == 200
    assert b"evil.example" not in body
    assert plain.partition(b"application/reactor")[0] == body.partition(b"application/reactor")[0]
    status, body = await ask(ui.app, "GET", "/admin", {**headers, "host": host, "x-forwarded-prefix": "/"})
    assert status == 403


# T-REDIR


@pytest.mark.parametrize(
    "address",
    [
        *(
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
            "JaVaScRiPt:x",
            "data:x",
        ),
        *(
            "\t//evil.example",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x=y",
            "https:evil.example",
            "ftp://x",
            "x",
            "",
        ),
        *("https://a b", "vbscript:x", "/\x00", " /x"),
    ],
)
def test_redirect_to_anything_but_a_path_or_a_web_address_is_refused(address: str) -> None:
    """T-REDIR"""
    with pytest.raises(ReactorError, match=r"redirect\("):
        redirect(address)


def test_redirect_to_letters_of_any_language_does_not_fail() -> None:
    """T-REDIR"""
    for address in ("/ä/€/日本", "/%25%32%66", "/a?b=ü", "/\U0001f600"):
        location = redirect(address).headers["location"]
        assert location.isascii()
        assert location.startswith("/")
        assert not location.startswith("//")


async def test_address_of_a_page_stays_on_its_host() -> None:
    """T-REDIR: a page that takes any path, also one that begins like the address of another host."""
    ui = application()

    @ui.page("/{path:path}")
    async def anything(path: str) -> Child:
        return h.p[path]

    _, body = await ask(ui.app, "GET", "//evil.example/x", {"host": "testserver", "accept": MEDIA_TYPE})
    shown: Any = unpack(body, limit=100_000)
    assert urljoin("http://testserver/", shown["u"]) == "http://testserver//evil.example/x"


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("/{tenant:path}", "//evil.example/page"),
        ("/{tenant}", "/%22%3E%3Cscript%3E/page"),
        ("/{tenant}", "/a%3Fb/page"),
    ],
)
async def test_files_of_a_page_come_from_its_host_wherever_it_is_mounted(place: str, path: str) -> None:
    """T-REDIR: below a path of which the visitor's address tells a part."""
    ui = application()

    @ui.page("/page")
    async def page() -> Child:
        return h.p["Page"]

    outer = FastAPI()
    outer.mount(place, ui.app)
    status, body = await ask(outer, "GET", path, {"host": "testserver", "accept": "text/html"})
    assert status == 200
    [address] = re.findall(r'<script type="module" src="([^"]*)"', body.decode())
    files = urlsplit(urljoin("http://testserver/", address))
    assert files.netloc == "testserver"
    assert unquote(files.path).startswith(unquote(path).removesuffix("page").lstrip("/"), 1)


# T-PATH


@pytest.mark.parametrize(
    "path",
    [
        *("../secret", "..%2fsecret", "%2e%2e/secret", "..\\secret", "..%5csecret", "%252e%252e%252fsecret"),
        *(
            "%00",
            "a.txt%00.png",
            "/etc/passwd",
            "//etc/passwd",
            "C:\\x",
            "\\\\server\\x",
            "....//secret",
            "link",
        ),
        *(
            "../static-not/secret",
            "a.txt.",
            ".",
            "..",
            "%c0%ae%c0%ae/secret",
            "CON",
            "a.txt::$DATA",
        ),
    ],
)
async def test_static_path_leads_to_files_of_its_folder_only(tmp_path: Path, path: str) -> None:
    """T-PATH: a folder beside it with the same beginning, links, and other ways of writing dots."""
    folder = tmp_path / "static"
    folder.mkdir()
    (tmp_path / "static-not").mkdir()
    for secret in (tmp_path / "secret", tmp_path / "static-not" / "secret"):
        secret.write_text("the secret")
    (folder / "a.txt").write_text("public")
    (folder / "link").symlink_to(tmp_path / "secret")
    ui = application()
    assets = ui.static("/static", directory=folder)
    status, body = await ask(ui.app, "GET", f"/static/{path}", {"host": "testserver"})
    assert status in (404, 405, 307)
    assert b"the secret" not in body
    assert (await ask(ui.app, "GET", "/static/a.txt", {"host": "testserver"}))[1] == b"public"
    with pytest.raises(ReactorError, match="no static file"):
        assets("../secret")


# T-FILES


async def test_file_that_did_not_come_as_a_part_of_the_request_is_none() -> None:
    """T-FILES: neither a number nor a map stands for a file where there are none."""
    async with TestClient(guarded().app) as client:
        client.http.cookies["user"] = "ada"
        page = await client.get("/admin")
        for changes in (
            {"f": ["file", 0]},
            {"f": ["file", {"filename": "x", "path": "/etc/passwd"}]},
            {"f": ["file", b"content"]},
        ):
            response = await client.post_call("/admin", pack(message(page, **changes)))
            assert error_of(response) == (400, "malformed")


# T-DEBUG


def test_framework_adds_no_address_but_pages_and_its_script() -> None:
    """T-DEBUG: the same with debug."""
    for debug in (True, False):
        ui = application(debug=debug)
        before = {getattr(route, "path", "") for route in type(ui.app)().routes}

        @ui.page("/")
        async def home() -> Child:
            return h.p["home"]

        paths = [getattr(route, "path", "") for route in ui.app.routes]
        added = [path for path in paths if path and path not in before]
        assert [path for path in added if "_reactor/" not in path] == ["/", "/"]
        # What is the same for everybody: scripts, stylesheets, the addresses of pages.
        others = [path for path in added if not path.endswith((".js", ".css", ".json"))]
        # And the line, of which each visitor is told what is theirs, and what sets a cookie and leads back.
        assert {*others} - {"/"} == {CLIENT, COMPLETE, f"/{{page:path}}{LINE_ADDRESS[1:]}"}
