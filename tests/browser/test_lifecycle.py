"""When things begin and end in a page: components, timers, the script itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.windows import changes, opened, press, watch_changes
from tests.servers import Server, Servers
from tests.visitors import settled

LIFE = """
    from pathlib import Path
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, on, state, html as h

    app = FastAPI()
    ui = Reactor(app)

    class Clock(Component):
        ticks: int = state(0)

        @action
        async def tick(self): self.ticks += 1

        def render(self):
            return h.p(on_interval=on(self.tick, every=1.0))["Ticks: ", self.ticks]

    class Clocks(Component):
        shown: bool = state(True)
        slow: bool = state(False)

        @action
        async def toggle(self): self.shown = not self.shown

        def render(self):
            return h.main[
                h.button(on_click=self.toggle)["Toggle"],
                Clock() if self.shown else None,
                h.p["Always here"],
            ]

    class Mounted(Component):
        started: str = state("no")
        count: int = state(0)

        async def mount(self):
            with open("mounts", "a") as file:
                file.write("x")
            self.started = f"start {Path('mounts').stat().st_size}"

        @action
        async def add(self): self.count += 1

        def render(self):
            return h.p[self.started, " ", self.count, h.button(on_click=self.add)["Count"]]

    class Mounts(Component):
        shown: bool = state(True)

        @action
        async def toggle(self): self.shown = not self.shown

        def render(self):
            return h.main[h.button(on_click=self.toggle)["Toggle"], Mounted() if self.shown else None]

    class Template(Component):
        turn: int = state(0)

        @action
        async def next(self): self.turn += 1

        def render(self):
            return h.main[
                h.template(id="template")[h.p["In a template ", self.turn]],
                h.noscript["Without a script ", self.turn],
                h.output[self.turn],
                h.button(on_click=self.next)["Next"],
            ]

    class Mended(Component):
        # A table without a body: the parser puts one in, and the page does not match what was sent.
        turn: int = state(0)

        @action
        async def next(self): self.turn += 1

        def render(self):
            return h.main[
                h.table[h.tr[h.td["Cell ", self.turn]]],
                h.button(on_click=self.next)["Next"],
            ]

    PAGES = {"clocks": Clocks, "mounts": Mounts, "template": Template, "mended": Mended}

    @ui.page("/{name}", title="Life")
    async def page(name: str):
        return PAGES[name]() if name in PAGES else None
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(LIFE)


def stopped(page: Page, url: str) -> int:
    """A page whose time stands still unless a test lets it go on; how many ticks it has had by then."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    page.clock.install(time=begin)
    opened(page, url)
    page.clock.pause_at(begin + timedelta(hours=1))
    settled(page)
    return int(page.get_by_text("Ticks: ").inner_text().removeprefix("Ticks: "))


def test_interval_calls_once_a_period(server: Server, page: Page) -> None:
    begin = stopped(page, f"{server.url}/clocks")
    for ticks in range(1, 4):
        page.clock.run_for(1_000)
        expect(page.get_by_text(f"Ticks: {begin + ticks}")).to_be_visible()
        settled(page)


def test_interval_skips_ticks_while_its_call_is_unanswered(server: Server, page: Page) -> None:
    begin = stopped(page, f"{server.url}/clocks")
    held: list[Route] = []
    page.route("**/clocks", lambda route: held.append(route))
    with page.expect_request("**/clocks"):
        page.clock.run_for(3_000)
    page.clock.fast_forward(10_000)  # as after a computer has slept
    assert len(held) == 1
    held[0].continue_()
    page.unroute("**/clocks")
    expect(page.get_by_text(f"Ticks: {begin + 1}")).to_be_visible()


def test_interval_ends_with_its_element(server: Server, page: Page) -> None:
    stopped(page, f"{server.url}/clocks")
    press(page, "Toggle")
    expect(page.get_by_text("Ticks")).to_have_count(0)
    posts: list[str] = []
    page.on("request", lambda request: posts.extend([request.url] * (request.method == "POST")))
    page.clock.run_for(10_000)
    settled(page)
    assert posts == []
    press(page, "Toggle")
    expect(page.get_by_text("Ticks: 0")).to_be_visible()
    page.clock.run_for(1_000)
    expect(page.get_by_text("Ticks: 1")).to_be_visible()
    assert len(posts) == 2


def test_interval_rests_while_the_page_is_not_seen(server: Server, page: Page) -> None:
    begin = stopped(page, f"{server.url}/clocks")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.method))
    # A browser without windows shows every tab, so the page is told that it is not.
    page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", {value: true, configurable: true});
            Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.clock.run_for(10_000)
    settled(page)
    assert posts == []
    page.evaluate(
        """() => {
            delete document.hidden;
            delete document.visibilityState;
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.clock.run_for(1_000)
    expect(page.get_by_text(f"Ticks: {begin + 1}")).to_be_visible()
    settled(page)
    assert len(posts) == 1


def test_mount_runs_once_also_when_the_page_is_restored(serve: Servers, page: Page) -> None:
    server = serve(LIFE)
    opened(page, f"{server.url}/mounts")
    expect(page.locator("p")).to_contain_text("start 1 0")
    press(page, "Count")
    server.kill()
    server.start()
    press(page, "Count")
    expect(page.locator("p")).to_contain_text("start 1 2")
    assert (server.folder / "mounts").read_text() == "x"
    press(page, "Toggle")
    press(page, "Toggle")
    expect(page.locator("p")).to_contain_text("start 2 0")


def test_script_tells_when_it_starts_and_when_it_has_patched(server: Server, page: Page) -> None:
    page.add_init_script(
        """window.told = [];
        for (const type of ["reactor:start", "reactor:patch"])
            document.addEventListener(type, event => window.told.push([type, event.detail?.status]));"""
    )
    opened(page, f"{server.url}/mounts")
    press(page, "Count")
    assert page.evaluate("window.told") == [["reactor:start", None], ["reactor:patch", 200]]


def test_script_changes_nothing_of_the_page_that_was_served(server: Server, page: Page) -> None:
    held: list[Route] = []
    page.route("**/_reactor/client/**/client.js", lambda route: held.append(route))
    page.goto(f"{server.url}/mounts", wait_until="commit")
    page.get_by_role("button", name="Count").wait_for()
    served = page.locator("html").evaluate("html => html.innerHTML")
    page.locator("main").evaluate("main => window.main = main")
    watch_changes(page, "body")
    while not held:
        page.evaluate("0")
    held[0].continue_()
    settled(page)
    assert page.locator("html").evaluate("html => html.innerHTML") == served
    # Texts that stand side by side are one node after parsing; taking them apart is all that is done.
    assert {each["type"] for each in changes(page)} <= {"characterData", "childList"}
    assert all(each["removed"] == 0 for each in changes(page))
    assert page.locator("main").evaluate("main => main === window.main")


def test_template_element_is_found_and_patched(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/template")
    press(page, "Next")
    expect(page.get_by_role("status")).to_have_text("1")
    inside = page.locator("#template").evaluate("template => template.content.textContent")
    assert inside == "In a template 1"
    assert page.locator("#template").evaluate("template => template.childNodes.length") == 0


def test_page_that_the_parser_had_to_mend_works(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/mended")
    settled(page)
    for turn in range(1, 4):
        press(page, "Next")
        expect(page.locator("td")).to_have_text([f"Cell {turn}"])
    watch_changes(page)
    press(page, "Next")
    assert [each["type"] for each in changes(page)] == ["characterData"]
    assert page.locator(".reactor-notice").count() == 0
