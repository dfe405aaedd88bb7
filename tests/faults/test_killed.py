"""The server's process ends (SIGKILL) and another one takes its place; the person goes on."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.servers import Server, Servers
from tests.visitors import Problems, settled

COUNTER = """
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, state, html as h

    app = FastAPI()
    ui = Reactor(app)

    class Counter(Component):
        count: int = state(0)

        @action
        async def add(self):
            self.count += 1

        def render(self):
            return h.section[
                h.label["Note ", h.input(name="note", on_keydown={"Enter": self.add})],
                h.textarea(aria_label="Longer note"),
                h.details[h.summary["More"], "This and that."],
                h.output[self.count],
                h.button(on_click=self.add)["Count"],
            ]

    @ui.page("/", title="Counter")
    async def counter():
        return Counter()
"""
IS_SAME_PAGE = "window.isSamePage === true"


def open_counter(server: Server, page: Page) -> None:
    page.goto(server.url)
    settled(page)
    page.evaluate("window.isSamePage = true")


def test_next_click_after_kill_counts_on(serve: Servers, page: Page) -> None:
    server = serve(COUNTER)
    open_counter(server, page)
    page.get_by_role("button", name="Count").click(click_count=2)
    expect(page.get_by_role("status")).to_have_text("2")
    server.kill()
    server.start()
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("3")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("4")
    assert page.evaluate(IS_SAME_PAGE)
    assert page.locator(".reactor-notice").count() == 0


def test_focus_caret_and_typed_text_stay_when_another_process_answers(serve: Servers, page: Page) -> None:
    server = serve(COUNTER)
    open_counter(server, page)
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("1")
    page.get_by_label("Longer note").fill("two\nlines")
    page.get_by_text("More").click()
    note = page.get_by_label("Note", exact=True)
    note.press_sequentially("typed")
    note.press("ArrowLeft")
    note.press("ArrowLeft")
    server.kill()
    server.start()
    note.press("Enter")
    expect(page.get_by_role("status")).to_have_text("2")
    settled(page)
    expect(note).to_be_focused()
    expect(note).to_have_value("typed")
    assert note.evaluate("field => [field.selectionStart, field.selectionEnd]") == [3, 3]
    expect(page.get_by_label("Longer note")).to_have_value("two\nlines")
    assert page.locator("details").evaluate("details => details.open")
    assert page.evaluate(IS_SAME_PAGE)


def test_click_while_the_server_is_away_is_done_once_it_is_back(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("request failed: net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE) POST")
    server = serve(COUNTER)
    open_counter(server, page)
    server.kill()
    page.get_by_role("button", name="Count").click()
    page.get_by_role("button", name="Count").click()
    expect(page.locator("html")).to_have_attribute("data-reactor", "retrying")
    expect(page.get_by_role("status")).to_have_text("0")
    server.start()
    expect(page.get_by_role("status")).to_have_text("2")
    settled(page)
    expect(page.get_by_role("status")).to_have_text("2")
    assert page.evaluate(IS_SAME_PAGE)


def test_deploy_that_adds_a_field_keeps_the_state(serve: Servers, page: Page) -> None:
    server = serve(COUNTER)
    open_counter(server, page)
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("1")
    changed = COUNTER.replace("count: int = state(0)", "count: int = state(0)\n        name: str = state('')")
    server.restart(changed.replace('["Count"]', '["Count on"]'))
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("2")
    expect(page.get_by_role("button")).to_have_text("Count on")
    assert page.evaluate(IS_SAME_PAGE)


def test_deploy_with_another_state_starts_the_page_afresh_and_says_so(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("response 409 POST")
    server = serve(COUNTER)
    open_counter(server, page)
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("1")
    server.restart(
        COUNTER.replace("count: int = state(0)", "count: list[str] = state(factory=list)")
        .replace("self.count += 1", "self.count.append('once')")
        .replace("h.output[self.count]", "h.output[', '.join(self.count)]")
    )
    page.get_by_role("button", name="Count").click()
    notice = page.locator(".reactor-notice")
    expect(notice).to_contain_text("start afresh")
    expect(page.locator("output")).to_have_text("")
    page.get_by_role("button", name="Count").click()
    expect(page.locator("output")).to_have_text("once")
    assert page.evaluate(IS_SAME_PAGE)
