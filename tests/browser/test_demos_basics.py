"""The gallery, the sources, the counter and the ledger, as a visitor meets them."""

import re

import pytest
from playwright.sync_api import Page, expect

from demos.catalogue import BY_SLUG
from tests.servers import Server, Servers
from tests.visitors import Problems, Visitors, settled


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


def test_gallery_leads_to_each_demo_and_its_source(demos: Server, page: Page, problems: Problems) -> None:
    problems.allow("ERR_ABORTED")  # one leaves a page while something is loading, or between two ticks
    page.goto(f"{demos.url}/")
    cards = page.get_by_role("article")
    links = [
        (
            card.get_by_role("heading").get_by_role("link").get_attribute("href"),
            card.get_by_role("link", name="Source").get_attribute("href"),
        )
        for card in cards.all()
    ]
    assert ("/counter", "/source/counter") in links
    assert len(links) == len(BY_SLUG)
    for demo, source in links:
        page.goto(f"{demos.url}{demo}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        settled(page)
        assert page.locator("html").get_attribute("data-reactor-adopted") == "true"
        page.get_by_role("link", name="Read its source").click()
        expect(page).to_have_url(f"{demos.url}{source}")
        expect(page.locator("code").first).to_contain_text("reactor import")


def test_source_is_shown_as_it_is_written(demos: Server, page: Page) -> None:
    page.goto(f"{demos.url}/source/7guis-cells")
    with open("demos/seven_guis/formulas.py", encoding="utf-8") as file:
        assert page.locator("code").nth(1).text_content() == file.read()


@pytest.mark.parametrize("path", ["/counter", "/7guis/counter"])
def test_counter_counts(demos: Server, page: Page, path: str) -> None:
    page.goto(f"{demos.url}{path}")
    count = page.get_by_role("button", name="Count")
    for _ in range(3):
        count.click()
    expect(page.locator("output")).to_have_text("3")


@pytest.mark.parametrize("path", ["/counter", "/7guis/counter"])
def test_counter_counts_without_javascript(demos: Server, page_without_javascript: Page, path: str) -> None:
    page = page_without_javascript
    page.goto(f"{demos.url}{path}")
    page.get_by_role("button", name="Count").click()
    page.get_by_role("button", name="Count").click()
    expect(page.locator("output")).to_have_text("2")


def test_ledger_survives_a_reload(demos: Server, page: Page) -> None:
    page.goto(f"{demos.url}/ledger")
    page.get_by_role("button", name="Count").click()
    expect(page.locator("output")).to_have_text("1")
    page.reload()
    expect(page.locator("output")).to_have_text("1")
    assert page.context.request.get(f"{demos.url}/ledger/count").text() == "1"


def test_ledger_is_the_visitor_s_own(demos: Server, new_visitor: Visitors) -> None:
    alice, bob = new_visitor(), new_visitor()
    for visitor in alice, bob:
        visitor.goto(f"{demos.url}/ledger")
    alice.get_by_role("button", name="Count").click()
    expect(alice.locator("output")).to_have_text("1")
    bob.get_by_role("button", name="Count").click()
    expect(bob.locator("output")).to_have_text("1")


def test_ledger_keeps_every_one_of_many_quick_clicks_in_two_tabs(demos: Server, page: Page) -> None:
    other = page.context.new_page()
    page.goto(f"{demos.url}/ledger")
    other.goto(f"{demos.url}/ledger")
    for tab in page, other:
        settled(tab)
        tab.get_by_role("button", name="Count").evaluate(
            "button => { for (let i = 0; i < 20; i++) button.click(); }"
        )
    for tab in page, other:
        settled(tab)
    assert page.context.request.get(f"{demos.url}/ledger/count").text() == "40"


def test_ledger_counts_without_javascript(demos: Server, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(f"{demos.url}/ledger")
    page.get_by_role("button", name="Count").click()
    expect(page.locator("output")).to_have_text("1")
    page.goto(f"{demos.url}/ledger")
    expect(page.locator("output")).to_have_text("1")


def test_visitor_s_cookie_is_out_of_reach_for_scripts(demos: Server, page: Page) -> None:
    page.goto(f"{demos.url}/ledger")
    (cookie,) = [item for item in page.context.cookies() if item.get("name") == "demos_visitor"]
    assert cookie.get("httpOnly") is True
    assert cookie.get("sameSite") == "Lax"


def test_pages_keep_to_the_strict_policy(demos: Server, page: Page) -> None:
    response = page.goto(f"{demos.url}/counter")
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert "style-src 'self'" in policy
    assert "script-src 'self'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert not re.search(r"unsafe|\*|data:", policy)
