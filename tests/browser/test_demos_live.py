"""The demos that live: a text that is written, a dashboard that moves, a chat of several people."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from demos.model import answer
from tests.browser.windows import begin, opened
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

CLOSED = "request failed: net::ERR_ABORTED POST .*/stream"
"""How Chromium calls it, now and then, when the end of an answer in frames is read."""

FAST = """
    from demos import stream
    from demos.app import app

    stream.WORDS_A_SECOND = 400
"""


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


def up(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-reactor-live", "up")


def until(element: Locator, condition: str) -> None:
    """Wait for something that only a script can see; it is asked as often as the browser answers."""
    end = time.monotonic() + 10
    while not element.evaluate(condition):
        assert time.monotonic() < end, condition


# Stream


def ask(page: Page, prompt: str) -> None:
    page.get_by_label("Prompt").fill(prompt)
    page.get_by_role("button", name="Ask", exact=True).click()


def first_paragraph(prompt: str) -> str:
    return answer(prompt).split("\n")[0]


def test_stream_answers_word_by_word_and_keeps_the_questions(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow(CLOSED)
    opened(page, f"{serve(FAST).url}/stream")
    log = page.get_by_role("log")
    log.evaluate(
        """log => {
            window.lengths = new Set();
            new MutationObserver(() => lengths.add(log.textContent.length))
                .observe(log, {subtree: true, childList: true, characterData: true});
        }"""
    )
    for prompt in ("Why do cats purr?", "How do I sail?"):
        ask(page, prompt)
        expect(log).to_contain_text(prompt)
        expect(page.get_by_label("Prompt")).to_have_value("")
    settled(page)
    for prompt in ("Why do cats purr?", "How do I sail?"):
        expect(log.get_by_text(first_paragraph(prompt))).to_be_visible()
    expect(log.locator("pre")).to_have_count(2)
    assert page.evaluate("lengths.size") > 20
    assert log.evaluate("e => e.scrollHeight - e.scrollTop - e.clientHeight") < 2


def test_stream_is_stopped_and_goes_on_with_another_question(
    demos: Server, page: Page, problems: Problems
) -> None:
    problems.allow(CLOSED)
    opened(page, f"{demos.url}/stream")
    page.get_by_role("button", name="Why is the sky blue?").click()
    expect(page.locator(".answer p").first).not_to_be_empty()
    expect(page.get_by_text("Stopped.", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Stop").click()
    settled(page)
    expect(page.get_by_text("Stopped.", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    expect(page.get_by_label("Prompt")).to_be_focused()
    expect(page.locator(".answer p").first).not_to_be_empty()
    ask(page, "And the sea?")
    expect(page.locator(".question")).to_have_text(["Why is the sky blue?", "And the sea?"])
    begin(page, "Stop")


def test_stream_leaves_those_alone_who_have_scrolled_up(
    demos: Server, page: Page, problems: Problems
) -> None:
    problems.allow(CLOSED)
    page.set_viewport_size({"width": 1000, "height": 620})
    opened(page, f"{demos.url}/stream")
    ask(page, "Why is the sky blue?")
    log = page.get_by_role("log")
    until(log, "e => e.scrollTop > 150")
    log.hover()
    page.mouse.wheel(0, -1000)
    until(log, "e => e.scrollTop < 2")
    height = log.evaluate("e => e.scrollHeight")
    until(log, f"e => e.scrollHeight > {height}")
    assert log.evaluate("e => e.scrollTop") < 2
    page.get_by_role("button", name="To the end").click()
    # The text grows: it is followed with the next frame.
    until(log, "e => e.scrollHeight - e.scrollTop - e.clientHeight < 2")
    begin(page, "Stop")


def test_stream_comes_whole_without_javascript(serve: Servers, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(f"{serve(FAST).url}/stream")
    ask(page, "What is bread?")
    expect(page.get_by_role("log")).to_contain_text(answer("What is bread?").split("\n\n")[-1])
    expect(page.get_by_text("Stopped.", exact=True)).to_have_count(0)


# Dashboard


def place(page: Page) -> str:
    """Where the curves are."""
    return page.locator(".moving").first.get_attribute("transform") or ""


def test_dashboard_moves_until_it_is_paused(demos: Server, page: Page, another: Page) -> None:
    opened(page, f"{demos.url}/dashboard")
    expect(page.get_by_role("status")).to_have_text("Live")
    before = place(page)
    expect(page.locator(".moving").first).not_to_have_attribute("transform", before)
    opened(another, f"{demos.url}/dashboard")
    expect(page.get_by_text("2 look")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status")).to_have_text("Paused")
    settled(page)
    paused, moving = place(page), place(another)
    for _ in range(3):
        expect(another.locator(".moving").first).not_to_have_attribute("transform", moving)
        moving = place(another)
    assert place(page) == paused
    expect(another.get_by_text("1 looks").or_(another.get_by_text("You look alone"))).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".moving").first).not_to_have_attribute("transform", paused)


def test_dashboard_shows_its_figures_without_javascript(demos: Server, page_without_javascript: Page) -> None:
    page_without_javascript.goto(f"{demos.url}/dashboard")
    expect(page_without_javascript.locator(".loads li")).to_have_count(8)
    expect(page_without_javascript.get_by_role("link", name="Look again")).to_be_visible()


# Chat


def messages(page: Page) -> Locator:
    return page.get_by_role("log").locator(".bubble")


def write(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()


def called(page: Page, name: str) -> None:
    """Take a name."""
    page.locator(".who summary").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".who summary")).to_contain_text(name)


def test_chat_of_two_people(demos: Server, page: Page, another: Page) -> None:
    for each, name in ((page, "Red Kite"), (another, "Barn Owl")):
        opened(each, f"{demos.url}/chat/workshop")
        up(each)
        called(each, name)
    expect(page.get_by_role("status")).to_have_text("Red Kite and Barn Owl are here")
    expect(another.get_by_role("status")).to_have_text("Barn Owl and Red Kite are here")

    another.get_by_label("Message", exact=True).press_sequentially("Hel")
    expect(page.get_by_text("Barn Owl is typing")).to_be_visible()
    expect(another.locator(".typing")).to_be_empty()
    write(another, "Hello")
    for each in (page, another):
        expect(messages(each).last).to_have_text("Hello")
    expect(page.locator(".typing")).to_be_empty()
    for text in ("one", "two"):
        write(page, text)
    for each in (page, another):
        expect(messages(each).filter(has_text="Hello")).to_have_count(1)
        expect(messages(each).nth(-2)).to_have_text("one")
        expect(messages(each).last).to_have_text("two")
    expect(page.locator("li[aria-busy]")).to_have_count(0)

    another.get_by_role("link", name="Kitchen").click()
    expect(page.get_by_role("status")).to_have_text("Red Kite is here")
    write(page, "three")
    expect(another.get_by_role("link", name="Workshop")).to_have_text("Workshop1")
    another.get_by_role("link", name="Workshop").click()
    expect(messages(another).last).to_have_text("three")
    expect(another.get_by_role("link", name="Workshop")).to_have_text("Workshop")
    another.close()
    expect(page.get_by_role("status")).to_have_text("Red Kite is here")


def test_chat_loads_what_was_said_before_as_one_scrolls_up(demos: Server, page: Page) -> None:
    opened(page, f"{demos.url}/chat/archive")
    expect(messages(page).last).to_contain_text("No. 100,000")
    log = page.get_by_role("log")
    # A hook brings it there, from a script of the demo's own.
    log.evaluate("""async e => {
        while (e.scrollHeight - e.scrollTop - e.clientHeight >= 2) await new Promise(requestAnimationFrame);
    }""")
    settled(page)
    for count in (100, 150):
        there = messages(page).first.inner_text()
        log.evaluate("e => e.scrollTop = 0")
        expect(messages(page)).to_have_count(count)
        settled(page)
        before = page.get_by_text(there)
        expect(before).to_be_attached()
        assert before.evaluate("e => e.getBoundingClientRect().bottom") > 0
    assert log.evaluate("e => e.scrollTop") > 500


def test_chat_says_when_the_line_is_down_and_catches_up(
    serve: Servers, page: Page, another: Page, problems: Problems
) -> None:
    problems.allow("WebSocket connection to")
    problems.allow("net::ERR_CONNECTION_REFUSED")
    server = serve("demos.app:app")
    opened(page, f"{server.url}/chat")
    up(page)
    server.kill()
    expect(page.get_by_text("Not connected")).to_be_visible()
    server.start()
    another.goto(f"{server.url}/chat")
    write(another, "You have missed this")
    expect(messages(page).last).to_have_text("You have missed this")
    up(page)


def test_chat_works_without_javascript(demos: Server, page_without_javascript: Page, page: Page) -> None:
    page_without_javascript.goto(f"{demos.url}/chat/kitchen")
    opened(page, f"{demos.url}/chat/kitchen")
    up(page)
    write(page_without_javascript, "From an old browser")
    for each in (page_without_javascript, page):
        expect(messages(each).last).to_have_text("From an old browser")
    write(page, "And from a new one")
    page_without_javascript.get_by_role("link", name="Look whether").click()
    expect(messages(page_without_javascript).last).to_have_text("And from a new one")
