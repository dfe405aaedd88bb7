"""Echo: whatever is given is shown as what it is, in a patch, after a reload, and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Server, Servers
from tests.visitors import Problems, Visitors

HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</output></ScRiPt ><!-- --><b>&amp;&lt;",
    "`${alert(1)}` {{7*7}} \u2028 \u202e ✓ \U0001f600",
    "  two  spaces and a \ttab ",
)


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


def give(page: Page, **fields: str) -> None:
    for label, value in fields.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Text", exact=True).press("Enter")


@pytest.mark.parametrize("javascript", [True, False])
def test_echo_shows_text_and_title_verbatim(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    page = new_visitor(javascript=javascript)
    page.goto(f"{demos.url}/echo")
    for text in HOSTILE:
        give(page, Text=text, Title=text)
        for _ in range(2):
            expect(page.get_by_test_id("titled")).to_have_attribute("title", text)
            assert page.locator("output").evaluate("output => output.textContent") == text
            assert page.locator("output").evaluate("output => output.childNodes.length") == 1
            page.reload()


@pytest.mark.parametrize("javascript", [True, False])
def test_echo_refuses_addresses_that_are_scripts(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422")
    page = new_visitor(javascript=javascript)
    page.goto(f"{demos.url}/echo")
    give(page, Link="https://example.org/?a=1&b=\"2'")
    expect(page.get_by_test_id("link")).to_have_attribute("href", "https://example.org/?a=1&b=\"2'")
    for link in (
        "javascript:alert(1)",
        " java\tscript:alert(1)",
        "JAVASCRIPT://x%0aalert(1)",
        "data:text/html,<script>",
    ):
        give(page, Link=link)
        expect(page.get_by_label("Link", exact=True)).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_test_id("link")).to_have_attribute("href", "https://example.org/?a=1&b=\"2'")


def test_echo_sets_a_style(demos: Server, page: Page) -> None:
    page.goto(f"{demos.url}/echo")
    give(page, Style="color: rgb(1, 2, 3); --own: 4")
    for _ in range(2):
        expect(page.get_by_test_id("styled")).to_have_css("color", "rgb(1, 2, 3)")
        page.reload()
