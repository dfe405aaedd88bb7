"""Thread: messages are there when they are sent, and are taken back when they are refused."""

import re

import pytest
from playwright.sync_api import expect

from tests.servers import Server, Servers
from tests.visitors import Problems, Visitors, settled

both = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


def test_thread_message_is_marked_until_the_server_has_it(demos: Server, new_visitor: Visitors) -> None:
    page = new_visitor()
    page.goto(f"{demos.url}/thread?delay=0.5")
    settled(page)
    messages = page.get_by_role("list", name="Messages").get_by_role("listitem")
    for text in ("one", "two"):
        page.get_by_label("Message", exact=True).fill(text)
        page.get_by_role("button", name="Send").click()
    assert messages.all_text_contents() == ["one", "two"]
    assert [each.get_attribute("aria-busy") for each in messages.all()] == ["true", "true"]
    settled(page)
    expect(messages).to_have_text(["one", "two"])
    expect(page.locator("li[aria-busy]")).to_have_count(0)
    page.reload()
    expect(messages).to_have_text(["one", "two"])


@both
def test_thread_refused_message_is_explained(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422 POST .*/thread")
    page = new_visitor(javascript=javascript)
    page.goto(f"{demos.url}/thread")
    field = page.get_by_label("Message", exact=True)
    for text in ("fine", "this will fail"):
        field.fill(text)
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("listitem").filter(has_text="fine")).to_have_count(1)
    expect(page.get_by_role("alert").filter(has_text="refused")).to_contain_text(re.compile("this will fail"))
    expect(page.get_by_role("list", name="Messages").get_by_role("listitem")).to_have_text(["fine"])
    expect(field).to_have_value("this will fail")
    expect(field).to_have_attribute("aria-invalid", "true")
