"""Links, the browser's history, reloads, tabs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.windows import opened, press
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

SITE = """
    import os
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, state, html as h

    app = FastAPI()
    ui = Reactor(app)

    class Counter(Component):
        name: str
        count: int = state(0)
        rows: list[int] = state(factory=list)

        @action
        async def add(self):
            self.count += 1
            self.rows.insert(0, self.count)

        @action
        async def add_two(self):
            for _ in range(2):
                await self.add()

        def render(self):
            return h.main[
                h.output[self.count],
                h.ul[(h.li(key=row)[row] for row in self.rows)],
                h.button(on_click=self.add)["Count"], h.button(on_click=self.add_two)["Count two"],
                h.input(aria_label="Note"),
                h.a(href="/first")["First"], h.a(href="/second")["Second"],
                h.a(href="#part")["Part"], h.p(id="part")[self.name],
            ]

    @ui.page("/{name}", title="Site")
    async def page(name: str):
        return Counter(name=name)
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(SITE)


def link(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).click()
    settled(page)


def back(page: Page) -> None:
    page.go_back()
    settled(page)


def forward(page: Page) -> None:
    page.go_forward()
    settled(page)


def shows(page: Page, name: str, count: int) -> None:
    expect(page.locator("#part")).to_have_text(name)
    expect(page.locator("output")).to_have_text(str(count))
    expect(page.get_by_role("listitem")).to_have_text([str(each) for each in range(count, 0, -1)])


@pytest.fixture(params=["links", "loads"])
def page(request: pytest.FixtureRequest, page: Page) -> Page:
    """A window in which links are followed without a load, and one in which each is a load."""
    if request.param == "loads":
        page.add_init_script(
            "addEventListener('DOMContentLoaded', () => document.documentElement.dataset.reload = '')"
        )
    return page


def test_back_and_forward_lead_to_the_pages_as_they_were(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/first")
    for _ in range(3):
        press(page, "Count")
    link(page, "Second")
    shows(page, "second", 0)
    press(page, "Count")
    back(page)
    shows(page, "first", 3)
    press(page, "Count")
    shows(page, "first", 4)
    forward(page)
    shows(page, "second", 1)
    press(page, "Count")
    shows(page, "second", 2)
    back(page)
    shows(page, "first", 4)
    assert page.locator(".reactor-notice").count() == 0


def test_back_leads_to_the_page_as_it_was_though_the_server_was_killed(serve: Servers, page: Page) -> None:
    server = serve(SITE)
    opened(page, f"{server.url}/first")
    press(page, "Count")
    press(page, "Count")
    link(page, "Second")
    server.kill()
    server.start()
    back(page)
    shows(page, "first", 2)
    press(page, "Count")
    shows(page, "first", 3)


def test_back_to_a_page_that_cannot_be_opened_any_more_begins_afresh(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("response 409 POST")
    server = serve(SITE, env={"REACTOR_SECRET": "the-first-secret-and-long-enough-8f14e45f"})
    opened(page, f"{server.url}/first")
    press(page, "Count")
    link(page, "Second")
    server.restart(env={"REACTOR_SECRET": "the-second-secret-and-long-enough-c9f0f895"})
    back(page)
    shows(page, "first", 0)
    press(page, "Count")
    shows(page, "first", 1)


def test_reload_begins_afresh_and_back_still_leads_back(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/first")
    press(page, "Count")
    link(page, "Second")
    press(page, "Count")
    page.reload()
    settled(page)
    shows(page, "second", 0)
    back(page)
    shows(page, "first", 1)


def test_fragment_links_stay_on_the_page(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/first")
    press(page, "Count")
    link(page, "Part")
    assert page.url == f"{server.url}/first#part"
    press(page, "Count")
    shows(page, "first", 2)
    page.go_back()
    press(page, "Count")
    shows(page, "first", 3)
    assert page.url == f"{server.url}/first"


def test_history_state_of_others_is_kept(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/first")
    page.evaluate("history.replaceState({theirs: 7}, '')")
    press(page, "Count")
    link(page, "Second")
    back(page)
    shows(page, "first", 1)
    assert page.evaluate("history.state.theirs") == 7


def test_two_tabs_on_one_page_are_apart_also_in_their_histories(server: Server, page: Page) -> None:
    other = page.context.new_page()
    for tab, clicks in ((page, 1), (other, 4)):
        opened(tab, f"{server.url}/first")
        for _ in range(clicks):
            press(tab, "Count")
        link(tab, "Second")
    back(page)
    back(other)
    shows(page, "first", 1)
    shows(other, "first", 4)
    press(other, "Count")
    press(page, "Count")
    shows(page, "first", 2)
    shows(other, "first", 5)


def test_click_right_after_going_back_counts_on(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/first")
    for _ in range(2):
        press(page, "Count")
    link(page, "Second")
    page.go_back(wait_until="commit")
    page.get_by_role("button", name="Count", exact=True).click()
    # Either the click came before the script, as in a page without one, or it counts on from what was there.
    settled(page)
    shows(page, "first", 3)


def test_copy_of_a_page_in_another_tab_goes_its_own_way(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/first")
    press(page, "Count")
    link(page, "Second")
    back(page)
    # What duplicating a tab does: the other tab has the same entry in its history.
    with page.expect_popup() as popup:
        page.evaluate("url => void window.open(url)", f"{server.url}/first")
    other = popup.value
    settled(other)
    other.evaluate(
        """() => addEventListener("pagehide", () => {
            history.replaceState({reactor: opener.history.state.reactor}, "");
        })"""
    )
    other.goto(f"{server.url}/second")
    settled(other)
    back(other)
    shows(other, "first", 1)
    for turn in range(1, 4):
        press(page, "Count")
        press(other, "Count two")
        shows(page, "first", 1 + turn)
        shows(other, "first", 1 + 2 * turn)
