"""Answers and requests that get lost on the way. What the person did is done once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.faults.mishaps import CutResponse, Mishap, Mishaps, OtherAnswer, ResetRequest
from tests.proxies import RoundRobin
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

LEDGER = """
    import asyncio, sqlite3
    from pathlib import Path
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, state, html as h

    app = FastAPI()
    ui = Reactor(app)
    database = sqlite3.connect("ledger.sqlite3")
    database.execute("CREATE TABLE IF NOT EXISTS ledger (n INTEGER NOT NULL)")
    database.execute("INSERT INTO ledger SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM ledger)")
    database.commit()

    class Ledger(Component):
        clicks: int = state(0)

        @action
        async def add(self):
            self.clicks += 1
            Path("begun").touch()
            while Path("closed").exists():
                await asyncio.sleep(0.01)
            with database:
                database.execute("UPDATE ledger SET n = n + 1")

        @action
        async def note(self, text: str):
            with database:
                database.execute("UPDATE ledger SET n = n + 1")

        def render(self):
            [(n,)] = database.execute("SELECT n FROM ledger").fetchall()
            return h.section[
                h.output(id="ledger")[n],
                h.output(id="clicks")[self.clicks],
                h.button(on_click=self.add)["Count"],
                h.form(action=self.note)[h.input(name="text", aria_label="Text"), h.button["Write"]],
            ]

    @ui.page("/", title="Ledger")
    async def ledger():
        return Ledger()

    @app.get("/elsewhere")
    def elsewhere():
        return "elsewhere"
"""


def in_ledger(server: Server) -> int:
    database = sqlite3.connect(server.folder / "ledger.sqlite3")
    try:
        [(number,)] = database.execute("SELECT n FROM ledger").fetchall()
    finally:
        database.close()
    assert isinstance(number, int)
    return number


def test_answer_lost_after_the_work_was_done_does_not_repeat_the_work(
    serve: Servers, round_robin: Callable[..., RoundRobin], page: Page, problems: Problems
) -> None:
    problems.allow("request failed: .* POST")
    server = serve(LEDGER)
    proxy = round_robin(server)
    page.goto(proxy.url)
    settled(page)
    button = page.get_by_role("button", name="Count")
    button.click()
    expect(page.locator("#ledger")).to_have_text("1")
    proxy.lose_next_response()
    button.click()
    expect(page.locator("#ledger")).to_have_text("2")
    expect(page.locator("#clicks")).to_have_text("2")
    assert [answer.lost for answer in proxy.answers if answer.method == "POST"] == [False, True, False]
    assert in_ledger(server) == 2
    button.click()
    expect(page.locator("#clicks")).to_have_text("3")
    assert in_ledger(server) == 3
    assert page.locator(".reactor-notice").count() == 0


def test_answer_to_a_form_that_is_lost_does_not_repeat_the_work(
    serve: Servers, round_robin: Callable[..., RoundRobin], page: Page, problems: Problems
) -> None:
    problems.allow("request failed: .* POST")
    server = serve(LEDGER)
    proxy = round_robin(server)
    page.goto(proxy.url)
    settled(page)
    proxy.lose_next_response()
    proxy.lose_next_response()
    page.get_by_label("Text").fill("a note")
    page.get_by_role("button", name="Write").click()
    expect(page.locator("#ledger")).to_have_text("1")
    expect(page.get_by_label("Text")).to_have_value("")
    assert [answer.lost for answer in proxy.answers if answer.method == "POST"] == [True, True, False]
    assert in_ledger(server) == 1


UNAVAILABLE = OtherAnswer(503, "text/html", b"<h1>Service unavailable</h1>")


@pytest.mark.parametrize(
    "mishaps",
    [
        [CutResponse()],
        [ResetRequest()],
        [UNAVAILABLE],
        [OtherAnswer(502, "text/plain", b"")],
        [OtherAnswer(504, "", b"")],
        [ResetRequest(), CutResponse(), UNAVAILABLE],
    ],
    ids=["cut", "reset", "503", "502", "504", "all of them"],
)
def test_call_that_meets_a_mishap_is_done_once(
    ledger: Server,
    mishaps_before: Callable[[Server], Mishaps],
    page: Page,
    problems: Problems,
    mishaps: list[Mishap],
) -> None:
    problems.allow("request failed: .* POST")
    problems.allow("response 50[234] POST")
    proxy = mishaps_before(ledger)
    page.goto(proxy.url)
    settled(page)
    before = in_ledger(ledger)
    proxy.plan(*mishaps)
    # The second click waits for the first one.
    page.get_by_role("button", name="Count").click(click_count=2)
    expect(page.locator("html")).to_have_attribute("data-reactor", "retrying")
    expect(page.locator("#clicks")).to_have_text("2")
    settled(page)
    assert proxy.happened == [*mishaps, None, None]
    assert in_ledger(ledger) == before + 2
    expect(page.locator("#ledger")).to_have_text(str(before + 2))
    assert page.locator(".reactor-notice").count() == 0


@pytest.fixture(scope="module")
def ledger(serve_for_module: Servers) -> Server:
    return serve_for_module(LEDGER)


@pytest.mark.parametrize(
    "answer",
    [
        OtherAnswer(200, "text/html", b"<h1>Please pay for the network</h1>"),
        OtherAnswer(403, "text/html", b"<h1>Blocked by the firewall</h1>"),
        OtherAnswer(200, "application/x-reactor", b"\x81\xa1v"),
        OtherAnswer(500, "text/plain", b"Internal Server Error"),
    ],
    ids=["200 of another", "403 of another", "200 cut short", "500 of another"],
)
def test_answer_that_is_not_ours_is_told_and_the_page_goes_on(
    ledger: Server,
    mishaps_before: Callable[[Server], Mishaps],
    page: Page,
    problems: Problems,
    answer: OtherAnswer,
) -> None:
    problems.allow(f"response {answer.status} POST")
    proxy = mishaps_before(ledger)
    page.goto(proxy.url)
    settled(page)
    proxy.plan(answer)
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("alert")).to_contain_text("did not work")
    settled(page)
    expect(page.locator("#clicks")).to_have_text("0")
    page.get_by_role("button", name="Count").click()
    expect(page.locator("#clicks")).to_have_text("1")


def test_reload_in_the_middle_of_a_call_does_the_work_once_or_not_at_all(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("request failed: net::ERR_ABORTED POST")
    server = serve(LEDGER)
    page.goto(server.url)
    settled(page)
    (server.folder / "closed").touch()
    with page.expect_request(lambda request: request.method == "POST"):
        page.get_by_role("button", name="Count").click()
    while not (server.folder / "begun").exists():  # the action has begun, and waits
        page.evaluate("0")
    page.reload()
    settled(page)
    expect(page.locator("#ledger")).to_have_text("0")
    (server.folder / "closed").unlink()
    page.get_by_role("button", name="Count").click()
    expect(page.locator("#clicks")).to_have_text("1")
    settled(page)
    page.reload()
    settled(page)
    in_the_end = in_ledger(server)
    assert in_the_end in (1, 2)
    expect(page.locator("#ledger")).to_have_text(str(in_the_end))
    expect(page.locator("#clicks")).to_have_text("0")


def test_kill_in_the_middle_of_a_call_does_the_work_once(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("request failed: .* POST")
    server = serve(LEDGER)
    page.goto(server.url)
    settled(page)
    (server.folder / "closed").touch()
    page.get_by_role("button", name="Count").click()
    while not (server.folder / "begun").exists():
        page.evaluate("0")
    server.kill()
    (server.folder / "closed").unlink()
    server.start()
    expect(page.locator("#clicks")).to_have_text("1")
    expect(page.locator("#ledger")).to_have_text("1")
    assert in_ledger(server) == 1
