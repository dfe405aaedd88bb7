"""Ctrl+Enter and ⌘+Enter in a text area take the way of the form's button."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Server, Servers
from tests.visitors import settled

LETTERS = """
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, on, state, html as h

    app = FastAPI()
    ui = Reactor(app)

    class Letters(Component):
        said: list[str] = state(factory=list)

        @action
        async def send(self, text: str, by: str = "nobody"):
            self.said.append(f"sent {text} by {by}")

        @action
        async def keep(self, text: str):
            self.said.append(f"kept {text}")

        @action
        async def preview(self, value: str = ""):
            self.said.append(f"preview {value}")

        def render(self):
            return h.main[
                h.form(action=self.send)[
                    h.textarea(name="text", aria_label="Letter", required=True),
                    h.button(name="by", value="button")["Send"],
                    h.button(form_action=self.keep)["Keep"],
                ],
                h.form(action=self.send)[h.textarea(name="text", aria_label="Bare")],
                h.form[
                    h.textarea(name="text", aria_label="Kept"),
                    h.button(form_action=self.keep, form="")["No"],
                    h.button(form_action=self.keep)["Keep it"],
                ],
                h.form(action=self.send)[
                    h.textarea(name="text", aria_label="Own", on_keydown={"Ctrl+Enter": self.preview}),
                    h.button["Send own"],
                ],
                h.form(action=self.send)[
                    h.textarea(name="text", aria_label="Closed"), h.button(disabled=True)["Closed"]
                ],
                h.ul[(h.li[line] for line in self.said)],
            ]

    @ui.page("/", title="Letters")
    async def letters():
        return Letters()
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(LETTERS)


def lines(page: Page, *expected: str) -> None:
    expect(page.get_by_role("listitem")).to_have_text(list(expected))


@pytest.mark.parametrize("combination", ["Control+Enter", "Meta+Enter"])
def test_shortcut_presses_the_button_of_the_form(server: Server, page: Page, combination: str) -> None:
    page.goto(server.url)
    settled(page)
    letter = page.get_by_label("Letter")
    letter.press(combination)  # the browser says that something is required
    letter.fill("a")
    letter.press(combination)
    lines(page, "sent a by button")
    expect(letter).to_have_value("")
    page.get_by_label("Bare").fill("b")
    page.get_by_label("Bare").press(combination)
    lines(page, "sent a by button", "sent b by nobody")
    page.get_by_label("Kept").fill("c")
    page.get_by_label("Kept").press(combination)
    lines(page, "sent a by button", "sent b by nobody", "kept c")


def test_shortcut_is_left_to_who_has_a_handler_for_it(server: Server, page: Page) -> None:
    page.goto(server.url)
    settled(page)
    page.get_by_label("Own").fill("a")
    page.get_by_label("Own").press("Control+Enter")
    lines(page, "preview a")


def test_shortcut_does_not_press_a_button_that_is_disabled(server: Server, page: Page) -> None:
    page.goto(server.url)
    settled(page)
    page.get_by_label("Closed").fill("a")
    page.get_by_label("Closed").press("Control+Enter")
    page.get_by_label("Bare").fill("b")
    page.get_by_label("Bare").press("Control+Enter")
    lines(page, "sent b by nobody")
