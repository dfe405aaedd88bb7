"""How often, where and when an element listens."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.servers import Server, Servers
from tests.visitors import settled

LISTENING = """
    from fastapi import FastAPI
    from reactor import Component, Page, Reactor, action, on, state, html as h

    app = FastAPI()
    ui = Reactor(app)
    static = ui.static("/static", directory=".")

    class Listening(Component):
        heard: list[str] = state(factory=list)
        rows: int = state(1)
        opened: bool = state(False)

        @action
        async def note(self, what: str):
            self.heard.append(what)

        @action
        async def typed(self, value: str):
            self.heard.append(value)
            with open("log", "a") as file:
                file.write(value)

        @action
        async def more(self):
            self.rows += 1

        @action
        async def toggle(self, opened: bool):
            self.opened = opened

        def render(self):
            note = self.note.bind
            return h.main(on_keydown={"Escape": on(note("escape"), target="window")})[
                h.output[" ".join(self.heard)],
                h.button(on_click=on(note("deleted"), confirm="Really?"))["Delete"],
                h.button(on_click=on(note("once"), once=True))["Once"],
                h.div(id="outer", on_click=on(note("outer"), self_only=True))[h.b["inner"]],
                h.input(aria_label="Debounced", on_input=on(self.typed, debounce=0.4)),
                h.input(aria_label="Slow", on_input=on(self.typed, debounce=60)),
                h.input(aria_label="Throttled", on_input=on(self.typed, throttle=0.5)),
                h.form(action=on(self.typed, reset=False))[
                    h.input(name="value", aria_label="Kept"), h.button["Send"],
                ],
                h.button(on_click=self.toggle.bind(True))["Open"],
                h.div(id="menu", on_clickoutside=self.toggle.bind(False), on_mount=note("mounted"))[
                    h.input(aria_label="Menu", autofocus=True),
                ] if self.opened else None,
                h.ul[[h.li(key=i, class_="row")[i] for i in range(self.rows)],
                     h.li(key="end", id="end", on_visible=self.more, on_hidden=note("hidden"))],
            ]

    @ui.page("/", title="Listening")
    async def listening():
        return Page(Listening(), head=[h.link(rel="stylesheet", href=static("style.css"))])

    @ui.page("/elsewhere", title="Elsewhere")
    async def elsewhere():
        return h.h1["Elsewhere"]
"""
STYLE = ".row { height: 5000px } #end { height: 10px } #outer { padding: 5px }"


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(LISTENING, files={"style.css": STYLE})


@pytest.fixture
def opened(server: Server, page: Page) -> Page:
    (server.folder / "log").unlink(missing_ok=True)
    page.goto(server.url)
    settled(page)
    return page


def heard(page: Page, *words: str) -> None:
    expect(page.locator("output")).to_have_text(" ".join(words))


def test_a_question_must_be_answered_with_yes(opened: Page) -> None:
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    opened.once("dialog", refuse)
    opened.get_by_role("button", name="Delete").click()
    settled(opened)
    heard(opened)
    opened.once("dialog", lambda dialog: dialog.accept())
    opened.get_by_role("button", name="Delete").click()
    heard(opened, "deleted")
    assert asked == ["Really?"]


def test_once_is_heard_once(opened: Page) -> None:
    for _ in range(3):
        opened.get_by_role("button", name="Once").click()
        settled(opened)
    heard(opened, "once")


def test_self_only_does_not_hear_elements_within(opened: Page) -> None:
    opened.locator("#outer b").click()
    settled(opened)
    heard(opened)
    opened.locator("#outer").click(position={"x": 1, "y": 1})
    heard(opened, "outer")


def test_debounced_typing_is_one_call(opened: Page) -> None:
    opened.get_by_label("Debounced").press_sequentially("hello")
    heard(opened, "hello")


def test_what_is_typed_is_sent_before_the_form_and_when_the_field_is_left(opened: Page) -> None:
    opened.get_by_label("Slow").press_sequentially("ab")
    opened.get_by_label("Kept").focus()
    heard(opened, "ab")
    opened.get_by_label("Slow").press("End")
    opened.keyboard.type("c")
    opened.locator("form:has([name=value])").evaluate("form => form.requestSubmit()")
    settled(opened)
    heard(opened, "ab", "abc", "")


def test_what_is_typed_is_sent_when_the_page_is_left(opened: Page, server: Server) -> None:
    opened.get_by_label("Slow").press_sequentially("last words")
    opened.goto(f"{server.url}/elsewhere")
    log, deadline = server.folder / "log", time.monotonic() + 10
    while not log.exists() and time.monotonic() < deadline:
        opened.evaluate("0")
    assert log.read_text() == "last words"


def test_throttled_typing_is_heard_at_once_and_in_the_end(opened: Page) -> None:
    # In one task: how fast this machine types does not matter.
    opened.get_by_label("Throttled").evaluate(
        "field => { for (const text of ['a', 'ab', 'abc']) {"
        " field.value = text; field.dispatchEvent(new InputEvent('input', {bubbles: true})); } }"
    )
    heard(opened, "a", "abc")


def test_keys_are_heard_on_the_whole_window(opened: Page) -> None:
    opened.keyboard.press("Escape")
    heard(opened, "escape")
    opened.get_by_label("Kept").press("Escape")
    heard(opened, "escape", "escape")


def test_a_form_need_not_be_reset(opened: Page) -> None:
    opened.get_by_label("Kept").fill("kept")
    opened.get_by_role("button", name="Send").click()
    heard(opened, "kept")
    settled(opened)
    expect(opened.get_by_label("Kept")).to_have_value("kept")


def test_a_menu_has_the_focus_when_it_opens_and_closes_at_a_click_elsewhere(opened: Page) -> None:
    opened.get_by_role("button", name="Open").click()
    expect(opened.get_by_label("Menu")).to_be_focused()
    heard(opened, "mounted")
    opened.get_by_label("Menu").click()
    settled(opened)
    expect(opened.locator("#menu")).to_be_visible()
    opened.locator("output").click()
    expect(opened.locator("#menu")).to_have_count(0)
    heard(opened, "mounted")


def test_coming_into_view_and_leaving_it_are_heard(opened: Page) -> None:
    rows = opened.locator(".row")
    expect(rows).to_have_count(1)
    opened.locator("#end").scroll_into_view_if_needed()
    expect(rows).to_have_count(2)
    heard(opened, "hidden")
    opened.locator("#end").scroll_into_view_if_needed()
    expect(rows).to_have_count(3)
    heard(opened, "hidden", "hidden")
