"""The feed: more comes as the end comes into view, and only what is new is sent."""

import re

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from demos.feed import BATCH, TOTAL
from tests.servers import Server, Servers
from tests.visitors import settled


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


SHORT = """
    from demos import feed
    from demos.app import app

    feed.TOTAL, feed.SECONDS = 50, 0
"""


def entries(page: Page) -> Locator:
    return page.get_by_role("feed").get_by_role("article")


def scroll_to_end(page: Page) -> None:
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")


def test_feed_loads_more_as_the_end_comes_into_view(demos: Server, page: Page) -> None:
    page.goto(f"{demos.url}/feed")
    settled(page)
    expect(entries(page)).to_have_count(BATCH)
    first = entries(page).first.element_handle()
    for count in 2, 3, 4:
        scroll_to_end(page)
        expect(entries(page)).to_have_count(count * BATCH)
        settled(page)
    expect(page.get_by_role("status")).to_have_text(f"{4 * BATCH} of {TOTAL:,} sightings")
    assert first.evaluate("(node, other) => node === other", entries(page).first.element_handle())


def test_feed_goes_on_until_the_window_is_full(demos: Server, page: Page) -> None:
    page.set_viewport_size({"width": 800, "height": 4000})
    page.goto(f"{demos.url}/feed")
    expect(page.locator(".ordinal").nth(2 * BATCH)).to_be_visible()


def test_feed_sends_only_what_is_new(demos: Server, page: Page) -> None:
    sizes: list[int] = []

    def measure(response: Response) -> None:
        if response.request.method == "POST":
            sizes.append(int(response.headers["content-length"]))

    page.goto(f"{demos.url}/feed")
    page.on("response", measure)
    for count in range(2, 8):
        scroll_to_end(page)
        expect(entries(page)).to_have_count(count * BATCH)
        settled(page)
    assert len(sizes) == 6
    assert sizes[-1] < sizes[0] * 1.2


def test_feed_loads_more_by_its_button(demos: Server, page: Page) -> None:
    page.goto(f"{demos.url}/feed")
    settled(page)
    button = page.get_by_role("button", name="Load more")
    button.evaluate("button => button.click()")  # without scrolling to it
    expect(page.get_by_role("button", name="Loading…")).to_be_attached()
    expect(page.get_by_role("feed")).to_have_attribute("aria-busy", "true")
    expect(entries(page)).to_have_count(2 * BATCH)
    expect(page.get_by_role("feed")).to_have_attribute("aria-busy", "false")
    expect(button).to_be_attached()


def test_feed_has_an_end(serve: Servers, page: Page) -> None:
    page.goto(f"{serve(SHORT).url}/feed")
    for count in 40, 50:
        settled(page)
        scroll_to_end(page)
        expect(entries(page)).to_have_count(count)
    expect(page.get_by_role("status")).to_have_text("All 50 sightings are shown.")
    expect(page.get_by_role("button", name=re.compile("Load"))).to_have_count(0)
    expect(page.locator(".feed-end")).to_have_count(0)


def test_feed_loads_more_without_javascript(serve: Servers, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(f"{serve(SHORT).url}/feed")
    expect(entries(page)).to_have_count(20)
    for count in 40, 50:
        page.get_by_role("button", name="Load more").click()
        expect(entries(page)).to_have_count(count)
    expect(page.get_by_role("button", name="Load more")).to_have_count(0)
