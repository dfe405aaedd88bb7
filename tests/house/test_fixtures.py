"""The fixtures of the tests themselves, tried on a plain application."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page

from tests.proxies import RoundRobin
from tests.servers import Server, Servers
from tests.visitors import Chromium, Problems, Visitors

PLAIN = """
    import os
    from pathlib import Path
    from fastapi import FastAPI
    from fastapi.responses import HTMLResponse

    app = FastAPI()
    calls = Path("calls")

    @app.get("/", response_class=HTMLResponse)
    def index(): return "<title>Plain</title><link rel=icon href=data:,><h1>Plain</h1>"

    @app.get("/process")
    def process(): return {"pid": os.getpid(), "price": os.environ.get("PRICE", "10"), "version": 1}

    @app.post("/calls")
    def call():
        with calls.open("a") as file: file.write("x")
        return calls.stat().st_size

    @app.get("/script", response_class=HTMLResponse)
    def script(do: str): return f"<link rel=icon href=data:,><script>{do}</script><noscript>none</noscript>"

    @app.get("/broken")
    def broken(): raise RuntimeError("on purpose")
"""


@pytest.fixture(scope="module")
def plain(serve_for_module: Servers) -> Server:
    return serve_for_module(PLAIN)


def test_serve_starts_a_process_of_its_own(plain: Server) -> None:
    assert httpx.get(f"{plain.url}/process").json()["pid"] != os.getpid()
    assert "GET /process" in plain.log


def test_serve_killed_server_refuses_and_comes_back_on_the_same_port(serve: Servers) -> None:
    server = serve(PLAIN)
    url = server.url
    with httpx.Client(base_url=url) as client:  # keeps its connection, as a browser does
        before = client.get("/process").json()["pid"]
        server.kill()
        with pytest.raises(httpx.TransportError):
            client.get("/process")
        server.start()
        assert server.url == url
        assert client.get("/process").json()["pid"] != before


def test_serve_restart_takes_new_code_and_environment(serve: Servers) -> None:
    server = serve(PLAIN)
    server.restart(PLAIN.replace('"version": 1', '"version": 2'), env={"PRICE": "12"})
    answer = httpx.get(f"{server.url}/process").json()
    assert (answer["version"], answer["price"]) == (2, "12")


def test_serve_kill_ends_the_workers_too(serve: Servers) -> None:
    server = serve(PLAIN, workers=2)
    assert httpx.get(f"{server.url}/process").status_code == 200
    server.kill()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/process")


def test_serve_hides_the_callers_settings(serve: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REACTOR_SECRET", "of the person at this machine")
    server = serve(
        "import os\nfrom fastapi import FastAPI\nassert 'REACTOR_SECRET' not in os.environ\napp = FastAPI()\n"
    )
    assert server.running


def test_serve_shows_why_an_application_does_not_start(serve: Servers) -> None:
    with pytest.raises(RuntimeError, match="no such setting"):
        serve("raise SystemExit('no such setting')\n")


def test_serve_notices_a_traceback(serve: Servers) -> None:
    server = serve(PLAIN)
    assert not server.unexpected_traceback()
    assert httpx.get(f"{server.url}/broken").status_code == 500
    server.stop()
    assert server.unexpected_traceback()
    server.expect_traceback()
    assert not server.unexpected_traceback()


def test_round_robin_takes_turns(serve: Servers, round_robin: Callable[..., RoundRobin]) -> None:
    first, second = serve(PLAIN), serve(PLAIN)
    proxy = round_robin(first, second)
    with httpx.Client(base_url=proxy.url) as client:
        seen = [client.get("/process").json()["pid"] for _ in range(6)]
    assert len(set(seen)) == 2
    assert seen == seen[:2] * 3
    assert [answer.upstream for answer in proxy.answers] == [0, 1, 0, 1, 0, 1]


def test_round_robin_passes_bodies_on(serve: Servers, round_robin: Callable[..., RoundRobin]) -> None:
    server = serve("""
        from fastapi import FastAPI, Request
        app = FastAPI()

        @app.post("/")
        async def size(request: Request): return [len(await request.body()), request.headers["host"]]
    """)
    proxy = round_robin(server)
    host = proxy.url.removeprefix("http://")
    assert httpx.post(proxy.url, content=b"x" * 100_000).json() == [100_000, host]
    assert httpx.post(proxy.url, content=(b"x" * 1_000 for _ in range(5))).json() == [5_000, host]


def test_round_robin_loses_an_answer_after_the_work_is_done(
    serve: Servers, round_robin: Callable[..., RoundRobin]
) -> None:
    proxy = round_robin(serve(PLAIN), serve(PLAIN))
    proxy.lose_next_response("POST")
    assert httpx.get(f"{proxy.url}/process").status_code == 200
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{proxy.url}/calls")
    assert [(answer.status, answer.lost) for answer in proxy.answers] == [(200, False), (200, True)]
    assert httpx.post(f"{proxy.url}/calls").json() == 2


def test_round_robin_answers_502_for_a_dead_server(
    serve: Servers, round_robin: Callable[..., RoundRobin]
) -> None:
    server = serve(PLAIN)
    proxy = round_robin(server)
    server.kill()
    assert httpx.get(proxy.url).status_code == 502


async def test_round_robin_holds_answers_back(serve: Servers, round_robin: Callable[..., RoundRobin]) -> None:
    server = serve(PLAIN)
    proxy = round_robin(server)
    async with httpx.AsyncClient(base_url=proxy.url) as client:
        with proxy.holding_responses("POST"):
            held = asyncio.create_task(client.post("/calls"))
            while not (server.folder / "calls").exists():
                assert (await client.get("/process")).status_code == 200
            assert not held.done()
        assert (await held).json() == 1


def test_page_shows_what_was_served(plain: Server, page: Page) -> None:
    page.goto(plain.url)
    assert page.get_by_role("heading").inner_text() == "Plain"


def test_page_without_javascript_runs_no_script(plain: Server, page_without_javascript: Page) -> None:
    page_without_javascript.goto(f"{plain.url}/script?do=document.body.textContent='script'")
    assert page_without_javascript.locator("body").inner_text() == "none"


@pytest.mark.parametrize(
    ("do", "problem"),
    [
        ("console.error('oh')", "console error: oh"),
        ("throw new Error('oh')", "page error: Error: oh"),
        ("Promise.reject(new Error('oh'))", "page error: Error: oh"),
        ("fetch('/missing')", "response 404 GET .*/missing"),
        (
            "fetch('http://127.0.0.1:1/').catch(() => 0)",
            "request failed: net::ERR_.* GET http://127.0.0.1:1/",
        ),
    ],
)
def test_problems_are_noticed(plain: Server, page: Page, problems: Problems, do: str, problem: str) -> None:
    page.goto(f"{plain.url}/script?do={do}", wait_until="networkidle")
    seen = problems.unexpected()
    problems.allow(problem)
    assert len(seen) == 1
    assert problems.unexpected() == []


def test_visitors_have_cookies_of_their_own(plain: Server, new_visitor: Visitors) -> None:
    url = plain.url
    first, second = new_visitor(), new_visitor()
    first.goto(f"{url}/script?do=document.cookie='who=first'")
    second.goto(f"{url}/script?do=document.cookie='other=second'")
    assert [cookie["name"] for cookie in first.context.cookies()] == ["who"]
    tab = first.context.new_page()
    tab.goto(url)
    assert tab.evaluate("document.cookie") == "who=first"


async def test_asynchronous_tests_run_beside_the_browser(chromium: Chromium) -> None:
    assert await asyncio.sleep(0, "done") == "done"


def test_page_works_after_an_asynchronous_test(page: Page) -> None:
    page.set_content("<p>still here</p>")
    assert page.get_by_text("still here").is_visible()
