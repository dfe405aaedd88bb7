"""The smallest page: a number and a button."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.windows import changes, is_same_page, opened, press, watch_changes
from tests.servers import Server, Servers
from tests.visitors import settled

COUNTER = """
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, state, html as h

    app = FastAPI()
    ui = Reactor(app)

    class Counter(Component):
        step: int = 1
        count: int = state(0)

        @action
        async def add(self):
            self.count += self.step

        @action
        def add_in_thread(self):
            self.count += self.step

        @action
        async def look(self):
            pass

        def render(self):
            return h.section[
                "The number is ", h.output[self.count], ", and not another one. ",
                h.button(on_click=self.add)["Count"],
                h.button(on_click=self.add_in_thread)["Count in a thread"],
                h.button(on_click=self.look)["Look"],
            ]

    class Both(Component):
        step: int = state(10)

        @action
        async def more(self):
            self.step += 5

        def render(self):
            return h.main[
                h.article(aria_label="First")[Counter()],
                h.article(aria_label="Second")[Counter(step=self.step)],
                h.button(on_click=self.more)["More"],
            ]

    class Wrapped(Component):
        shown: bool = state(True)

        @action
        async def toggle(self):
            self.shown = not self.shown

        def render(self):
            return [h.button(on_click=self.toggle)["Toggle"], Inner(shown=self.shown)]

    class Inner(Component):
        shown: bool

        def render(self):
            return Counter() if self.shown else None

    @ui.page("/", title="Counter")
    async def counter():
        return Counter()

    @ui.page("/both", title="Both")
    async def both():
        return Both()

    @ui.page("/wrapped", title="Wrapped")
    async def wrapped():
        return Wrapped()
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(COUNTER)


def test_click_counts(server: Server, page: Page) -> None:
    opened(page, server.url)
    assert page.title() == "Counter"
    expect(page.get_by_role("status")).to_have_text("0")
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("1")
    page.get_by_role("button", name="Count in a thread").click()
    expect(page.get_by_role("status")).to_have_text("2")
    assert page.locator("section").inner_text().startswith("The number is 2, and not another one.")
    assert is_same_page(page)


def test_keyboard_presses_a_button(server: Server, page: Page) -> None:
    opened(page, server.url)
    button = page.get_by_role("button", name="Count", exact=True)
    button.press("Enter")
    button.press(" ")
    expect(page.get_by_role("status")).to_have_text("2")
    expect(button).to_be_focused()


def test_twenty_quick_clicks_count_twenty(server: Server, page: Page) -> None:
    opened(page, server.url)
    button = page.get_by_role("button", name="Count", exact=True)
    button.click(click_count=10)
    button.evaluate("button => { for (let i = 0; i < 10; i++) button.click() }")
    expect(page.get_by_role("status")).to_have_text("20")
    settled(page)
    expect(page.get_by_role("status")).to_have_text("20")


def test_click_is_one_post_to_the_pages_own_address(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/?from=a+link#part")
    posts: list[str] = []
    # What the first answer is followed by.
    with page.expect_response("**/recovery.js"):
        press(page, "Count")
    page.on("request", lambda request: posts.append(f"{request.method} {request.url}"))
    press(page, "Count")
    assert posts == [f"POST {server.url}/?from=a+link"]


def test_click_changes_one_text_and_nothing_else(server: Server, page: Page) -> None:
    opened(page, server.url)
    watch_changes(page)
    press(page, "Count")
    assert [(each["type"], each["target"]) for each in changes(page)] == [("characterData", "#text")]


def test_action_that_changes_nothing_changes_no_node(server: Server, page: Page) -> None:
    opened(page, server.url)
    watch_changes(page)
    press(page, "Look")
    assert changes(page) == []


def test_two_counters_count_apart(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/both")
    first, second = page.get_by_role("article", name="First"), page.get_by_role("article", name="Second")
    first.get_by_role("button", name="Count", exact=True).click()
    second.get_by_role("button", name="Count", exact=True).click(click_count=2)
    expect(first.get_by_role("status")).to_have_text("1")
    expect(second.get_by_role("status")).to_have_text("20")


def test_changed_prop_keeps_the_state(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/both")
    second = page.get_by_role("article", name="Second")
    second.get_by_role("button", name="Count", exact=True).click()
    page.get_by_role("button", name="More").click()
    settled(page)
    second.get_by_role("button", name="Count", exact=True).click()
    expect(second.get_by_role("status")).to_have_text("25")


def test_component_that_goes_and_comes_back_begins_anew(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/wrapped")
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("1")
    page.get_by_role("button", name="Toggle").click()
    expect(page.get_by_role("status")).to_have_count(0)
    page.get_by_role("button", name="Toggle").click()
    expect(page.get_by_role("status")).to_have_text("0")
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("1")


def test_reload_begins_anew(server: Server, page: Page) -> None:
    opened(page, server.url)
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("1")
    page.reload()
    expect(page.get_by_role("status")).to_have_text("0")
