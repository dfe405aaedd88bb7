"""Calls on a bad connection, slow ones, failing ones: the person sees what goes on, and nothing is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.windows import NOT_LOADED, begin, is_same_page, opened, press
from tests.proxies import RoundRobin
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

CALLS = """
    import asyncio
    from pathlib import Path
    from fastapi import FastAPI, HTTPException
    from reactor import Component, Reactor, action, redirect, state, html as h
    from reactor.site import Limits

    app = FastAPI()
    ui = Reactor(app, limits=Limits(timeout=float(Path("timeout").read_text())))
    log = Path("log")

    class Calls(Component):
        done: list[str] = state(factory=list)
        text: str = state("")
        shown: bool = state(True)

        def note(self, what):
            with log.open("a") as file:
                file.write(what + " ")
            self.done.append(what)

        @action
        async def do(self, what: str):
            Path("begun").touch()
            while Path("closed").exists():
                await asyncio.sleep(0.01)
            self.note(what)

        @action
        async def typed(self, value: str):
            self.note(value)
            self.text = value

        @action
        async def hide(self):
            self.shown = False

        @action
        async def fail(self):
            self.note("half")
            raise RuntimeError("on purpose")

        @action
        async def refuse(self):
            self.note("half")
            raise HTTPException(403, "You may not do this.")

        @action
        async def go(self):
            return redirect("/elsewhere?from=here")

        def render(self):
            return h.main[
                h.output[" ".join(self.done)],
                [h.button(key=each, on_click=self.do.bind(each))[f"Do {each}"] for each in "abc"],
                h.button(on_click=self.do.bind("hidden"))["Do hidden"] if self.shown else None,
                h.button(on_click=self.hide)["Hide"],
                h.button(on_click=self.fail)["Fail"],
                h.button(on_click=self.refuse)["Refuse"],
                h.button(on_click=self.go)["Go"],
                h.input(aria_label="Text", on_input=self.typed),
            ]

    @ui.page("/", title="Calls")
    async def calls():
        return Calls()

    @ui.page("/elsewhere", title="Elsewhere")
    async def elsewhere():
        return h.h1["Elsewhere"]
"""
STATE = "data-reactor"


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(CALLS, files={"timeout": "30"})


@pytest.fixture(autouse=True)
def _clean(request: pytest.FixtureRequest) -> None:
    if "server" in request.fixturenames:
        (request.getfixturevalue("server").folder / "log").unlink(missing_ok=True)


def logged(server: Server) -> str:
    file = server.folder / "log"
    return file.read_text().strip() if file.exists() else ""


@contextlib.contextmanager
def working(server: Server, page: Page, button: str) -> Iterator[None]:
    """Click a button; the action waits on the server while the `with` block runs."""
    closed, begun = server.folder / "closed", server.folder / "begun"
    begun.unlink(missing_ok=True)
    closed.touch()
    try:
        begin(page, button)
        while not begun.exists():
            page.evaluate("0")
        yield
    finally:
        closed.unlink()


def test_slow_call_shows_that_the_page_is_busy(server: Server, page: Page) -> None:
    opened(page, server.url)
    with working(server, page, "Do a"):
        expect(page.locator("html")).to_have_attribute(STATE, "busy")
    settled(page)
    assert page.locator("html").get_attribute(STATE) is None
    expect(page.get_by_role("status")).to_have_text("a")


def test_calls_are_done_in_the_order_of_the_clicks(server: Server, page: Page) -> None:
    opened(page, server.url)
    with working(server, page, "Do a"):
        for name in ("Do b", "Do c", "Do a", "Do b"):
            page.get_by_role("button", name=name).click()
    expect(page.get_by_role("status")).to_have_text("a b c a b")
    settled(page)
    assert logged(server) == "a b c a b"


def test_of_several_inputs_that_wait_only_the_last_is_sent(server: Server, page: Page) -> None:
    opened(page, server.url)
    with working(server, page, "Do a"):
        page.get_by_label("Text").press_sequentially("hello")
    expect(page.get_by_role("status")).to_have_text("a hello")
    settled(page)
    assert logged(server) == "a hello"


def test_click_on_what_an_earlier_call_takes_away_is_dropped_and_told(server: Server, page: Page) -> None:
    opened(page, server.url)
    with working(server, page, "Do a"):
        page.get_by_role("button", name="Hide").click()
        page.get_by_role("button", name="Do hidden").click()
        page.get_by_role("button", name="Do b").click()
    expect(page.locator("output")).to_have_text("a b")
    expect(page.locator(".reactor-notice")).to_contain_text("Nothing was done")
    settled(page)
    assert logged(server) == "a b"


def test_click_without_a_connection_is_done_once_there_is_one_again(
    server: Server, page: Page, problems: Problems
) -> None:
    problems.allow("request failed: net::ERR_INTERNET_DISCONNECTED")
    problems.allow(NOT_LOADED)
    opened(page, server.url)
    page.context.set_offline(True)
    expect(page.locator("html")).to_have_attribute(STATE, "offline")
    page.get_by_role("button", name="Do a").click()
    page.get_by_role("button", name="Do b").click()
    expect(page.locator("html")).to_have_attribute(STATE, "offline")
    page.context.set_offline(False)
    expect(page.get_by_role("status")).to_have_text("a b")
    settled(page)
    assert logged(server) == "a b"
    assert is_same_page(page)


def test_connection_that_goes_and_comes_back_unused_leaves_no_mark(server: Server, page: Page) -> None:
    opened(page, server.url)
    page.context.set_offline(True)
    expect(page.locator("html")).to_have_attribute(STATE, "offline")
    page.context.set_offline(False)
    settled(page)
    press(page, "Do a")
    expect(page.get_by_role("status")).to_have_text("a")


def test_call_that_takes_longer_than_the_timeout_is_asked_for_again_and_done_once(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("request failed: net::ERR_ABORTED POST")
    server = serve(CALLS, files={"timeout": "0.3"})
    opened(page, server.url)
    posts: list[bytes] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            posts.append(request.post_data_buffer or b"")

    page.on("request", note)
    with working(server, page, "Do a"):
        expect(page.locator("html")).to_have_attribute(STATE, "retrying")
        with page.expect_request(server.url + "/"):
            pass
    expect(page.get_by_role("status")).to_have_text("a")
    settled(page)
    assert len(posts) >= 2
    assert len(set(posts)) == 1
    assert logged(server) == "a"


def test_person_is_told_in_the_end_and_can_try_again(serve: Servers, page: Page, problems: Problems) -> None:
    problems.allow("request failed: net::ERR_CONNECTION_REFUSED POST")
    server = serve(CALLS, files={"timeout": "30"})
    page.clock.install()
    opened(page, server.url)
    # What tells it is there after the first answer.
    with page.expect_response("**/recovery.js"):
        press(page, "Do a")
    page.get_by_label("Text").evaluate("field => field.defaultValue = ''")
    server.kill()
    page.get_by_role("button", name="Do a").click()
    page.get_by_role("button", name="Do b").click()
    tries = 0
    page.on("requestfailed", lambda request: failed.append(request.method))
    failed: list[str] = []
    notice = page.get_by_role("alert")
    while not notice.count():
        page.clock.run_for(1_000)
        tries += 1
        assert tries < 200
    expect(notice).to_contain_text("cannot be reached")
    assert 5 <= len(failed) <= 12
    told_after = len(failed)
    page.clock.run_for(120_000)
    assert len(failed) == told_after
    # In vain the first time.
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Try again").click()
    while not notice.count():
        page.clock.run_for(1_000)
    server.start()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("status")).to_have_text("a a b")
    settled(page)
    assert logged(server) == "a a b"
    expect(notice).to_have_count(0)


def test_first_call_without_a_server_is_done_once_there_is_one_again(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("request failed: net::ERR_CONNECTION_REFUSED")
    problems.allow(NOT_LOADED)
    server = serve(CALLS, files={"timeout": "30"})
    opened(page, server.url)
    server.kill()
    page.get_by_role("button", name="Do a").click()
    expect(page.locator("html")).to_have_attribute(STATE, "retrying")
    server.start()
    expect(page.get_by_role("status")).to_have_text("a")
    settled(page)
    assert logged(server) == "a"


def test_action_that_raises_is_told_and_changes_nothing(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("response 500 POST")
    server = serve(CALLS, files={"timeout": "30"})
    server.expect_traceback()
    opened(page, server.url)
    press(page, "Do a")
    page.get_by_role("button", name="Fail").click()
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong")
    assert "on purpose" not in page.content()
    settled(page)
    expect(page.get_by_role("status")).to_have_text("a")
    press(page, "Do b")
    expect(page.get_by_role("status")).to_have_text("a b")


def test_refusal_is_told_in_the_applications_words(server: Server, page: Page, problems: Problems) -> None:
    problems.allow("response 403 POST")
    opened(page, server.url)
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_role("alert")).to_contain_text("You may not do this.")
    press(page, "Do b")
    expect(page.get_by_role("status")).to_have_text("b")


def test_notice_can_be_dismissed(server: Server, page: Page, problems: Problems) -> None:
    problems.allow("response 403 POST")
    opened(page, server.url)
    page.get_by_role("button", name="Refuse").click()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_redirect_goes_there(server: Server, page: Page) -> None:
    opened(page, server.url)
    page.get_by_role("button", name="Go").click()
    expect(page).to_have_url(f"{server.url}/elsewhere?from=here")
    expect(page.get_by_role("heading")).to_have_text("Elsewhere")
    page.go_back()
    expect(page.get_by_role("button", name="Do a")).to_be_visible()


def test_answer_that_is_on_its_way_when_the_next_click_comes_is_not_lost(
    server: Server, round_robin: Callable[..., RoundRobin], page: Page
) -> None:
    proxy = round_robin(server)
    opened(page, proxy.url)
    with proxy.holding_responses("POST"):
        begin(page, "Do a")
        expect(page.locator("html")).to_have_attribute(STATE, "busy")
        begin(page, "Do b")
    expect(page.get_by_role("status")).to_have_text("a b")
    settled(page)
    assert [answer.status for answer in proxy.answers if answer.method == "POST"] == [200, 200]


def test_clicks_beyond_the_rate_are_all_done_in_the_end(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("response 429 POST")
    server = serve(
        """
        from fastapi import FastAPI
        from reactor import Component, Limits, Reactor, action, state, html as h

        app = FastAPI()
        ui = Reactor(app, limits=Limits(rate=2, burst=2))

        class Counter(Component):
            count: int = state(0)

            @action
            async def add(self): self.count += 1

            def render(self):
                return h.main[h.output[self.count], h.button(on_click=self.add)["Add"]]

        @ui.page("/", title="Counter")
        async def counter():
            return Counter()
        """
    )
    opened(page, server.url)
    for _ in range(4):
        begin(page, "Add")
    expect(page.get_by_role("status")).to_have_text("4")
    assert any("429" in line for line in problems.seen)
    expect(page.get_by_role("alert")).to_have_count(0)
