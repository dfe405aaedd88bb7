"""Slow parts of a page: what a person sees of them, with and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.windows import is_same_page, opened, press
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

SLOW = """
    import asyncio, os
    from pathlib import Path
    from fastapi import FastAPI
    from reactor import Component, Limits, Reactor, Suspense, action, html as h, state

    app = FastAPI()

    class Search(Component):
        text: str = state("")

        @action
        async def find(self, text: str):
            self.text = text

        def render(self):
            return h.form(action=self.find)[h.input(name="text", aria_label="Find"), h.output[self.text]]

    limits = Limits(timeout=float(os.environ.get("TIMEOUT", 30)))
    ui = Reactor(app, limits=limits, layout=lambda content: h.body[Search(), content])

    class Slow(Component):
        name: str
        count: int = state(0)

        async def mount(self):
            Path(self.name + " begun").touch()
            try:
                while not Path(self.name).exists():
                    await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                Path(self.name + " stopped").touch()
                raise

        @action
        async def add(self, by: int):
            self.count += by

        def render(self):
            return h.section(id=self.name)[
                h.h2[f"{self.name} is there"],
                h.output[self.count],
                h.form(action=self.add)[
                    h.input(name="by", type="number", value="2", aria_label=f"By {self.name}"),
                    h.button[f"Add to {self.name}"],
                ],
            ]

    class Quick(Component):
        clicks: int = state(0)

        @action
        async def click(self):
            self.clicks += 1

        def render(self):
            return [
                h.b(id="clicks")[self.clicks],
                h.button(on_click=self.click)["Click"],
                self.clicks == 3 and Suspense(fallback=h.p["Waiting for called"])[Slow(name="called")],
            ]

    def part(name):
        return Suspense(key=name, fallback=h.p["Waiting for ", name])[Slow(name=name)]

    @ui.page("/", title="Slow")
    async def slow():
        return h.main[h.h1["Start"], Quick(), part("one"), part("two"), h.a(href="/next")["Next"]]

    @ui.page("/next", title="Next")
    async def next_page():
        return h.main[h.h1["Next page"], part("next")]

    @ui.page("/never", title="Never")
    async def never():
        return h.main[h.h1["Never"], part("never"), h.a(href="/next")["Next"]]
"""


class Gates:
    """What the parts wait for: files in the folder of the server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        for name in ("one", "two", "next", "called", "never"):
            for each in (name, f"{name} begun", f"{name} stopped"):
                (server.folder / each).unlink(missing_ok=True)

    def open(self, *names: str) -> None:
        for name in names:
            (self._server.folder / name).touch()

    def wait_for(self, page: Page, name: str) -> None:
        while not (self._server.folder / name).exists():
            page.evaluate("0")


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(SLOW)


@pytest.fixture
def gates(server: Server) -> Gates:
    return Gates(server)


def begun(page: Page, url: str) -> None:
    """Open a page whose parts are still to come, when its script has started."""
    page.goto(url, wait_until="commit")
    page.locator("html[data-reactor-adopted=true]").wait_for(state="attached")
    page.evaluate("window.isSamePage = true")


def test_parts_follow_the_page_in_the_order_in_which_they_are_ready(
    server: Server, gates: Gates, page: Page
) -> None:
    begun(page, server.url)
    expect(page.get_by_text("Waiting for one")).to_be_visible()
    # The page works meanwhile.
    press(page, "Click")
    expect(page.locator("#clicks")).to_have_text("1")
    gates.open("two")
    expect(page.get_by_role("heading", name="two is there")).to_be_visible()
    expect(page.get_by_text("Waiting for one")).to_be_visible()
    press(page, "Click")
    page.get_by_role("button", name="Add to two").click()
    expect(page.locator("#two output")).to_have_text("2")
    gates.open("one")
    expect(page.get_by_role("heading", name="one is there")).to_be_visible()
    page.wait_for_load_state("load")
    page.get_by_role("button", name="Add to one").click()
    expect(page.locator("#one output")).to_have_text("2")
    expect(page.locator("#clicks")).to_have_text("2")
    assert is_same_page(page)
    server.restart()
    press(page, "Click")
    expect(page.locator("#clicks")).to_have_text("3")
    expect(page.locator("#two output")).to_have_text("2")


def test_complete_page_comes_without_scripts(
    server: Server, gates: Gates, page_without_javascript: Page
) -> None:
    page = page_without_javascript
    gates.open("one", "two")
    page.goto(server.url)
    expect(page.get_by_role("heading", name="one is there")).to_be_visible()
    assert page.url == f"{server.url}/"
    page.get_by_role("button", name="Add to two").click()
    expect(page.locator("#two output")).to_have_text("2")
    expect(page.get_by_role("heading", name="one is there")).to_be_visible()


def test_answer_is_followed_by_its_part(server: Server, gates: Gates, page: Page, problems: Problems) -> None:
    # So Chromium's tools call a response that is not to be stored, if its end comes later than its beginning.
    problems.allow("request failed: net::ERR_ABORTED POST")
    gates.open("one", "two")
    opened(page, server.url)
    expect(page.get_by_role("heading", name="two is there")).to_be_visible()
    for _ in range(3):
        press(page, "Click")
    expect(page.get_by_text("Waiting for called")).to_be_visible()
    gates.wait_for(page, "called begun")
    # What is no more wanted is not gone on with.
    press(page, "Click")
    gates.wait_for(page, "called stopped")
    assert page.get_by_text("called").count() == 0


def test_another_page_comes_at_once_and_its_part_follows(
    server: Server, gates: Gates, page: Page, problems: Problems
) -> None:
    # So Chromium's tools call a response that is not to be stored, if its end comes later than its beginning.
    problems.allow("request failed: net::ERR_ABORTED GET .*/next")
    gates.open("one", "two")
    opened(page, server.url)
    page.get_by_label("Find").fill("tea")
    page.get_by_label("Find").press("Enter")
    settled(page)
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("heading", name="Next page")).to_be_visible()
    expect(page.get_by_text("Waiting for next")).to_be_visible()
    expect(page.locator("output").first).to_have_text("tea")
    gates.open("next")
    expect(page.get_by_role("heading", name="next is there")).to_be_visible()
    page.get_by_role("button", name="Add to next").click()
    expect(page.locator("#next output")).to_have_text("2")
    assert is_same_page(page)


def test_page_that_breaks_off_asks_for_what_is_missing(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("request failed: .*")
    server = serve(SLOW, env={"TIMEOUT": "1"})
    gates = Gates(server)
    begun(page, server.url)
    expect(page.get_by_text("Waiting for one")).to_be_visible()
    server.kill()
    gates.open("one", "two")
    server.restart()
    expect(page.get_by_role("heading", name="one is there")).to_be_visible()
    expect(page.get_by_role("heading", name="two is there")).to_be_visible()
    press(page, "Click")
    expect(page.locator("#clicks")).to_have_text("1")


def test_page_that_is_left_stops_its_parts(
    server: Server, gates: Gates, page: Page, problems: Problems
) -> None:
    problems.allow("request failed: net::ERR_ABORTED GET")
    begun(page, f"{server.url}/never")
    gates.wait_for(page, "never begun")
    page.goto("about:blank")
    gates.wait_for(page, "never stopped")
