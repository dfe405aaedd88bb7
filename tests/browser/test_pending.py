"""What a person sees while a call is under way: from the click until the patch that brings its result."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Server, Servers
from tests.visitors import settled

NOTES = """
    import asyncio
    from pathlib import Path
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, form, state, html as h

    app = FastAPI()
    ui = Reactor(app)

    async def wait():
        while Path("closed").exists():
            await asyncio.sleep(0.01)

    class Notes(Component):
        notes: list[str] = state(factory=list)
        ticks: int = state(0)

        @action
        async def add(self, text: str):
            await wait()
            self.notes.append(text)

        @action
        async def clear(self):
            await wait()
            self.notes.clear()

        @action
        async def draft(self, text: str):
            await wait()

        def render(self):
            adding = self.add.pending
            return h.main[
                h.ul[[h.li(key=i)[note] for i, note in enumerate(self.notes)],
                     adding.then(h.li(class_="soon")[self.add.data("text"), adding.then("…")])],
                h.form(action=self.add, id="notes")[
                    h.input(name="text", aria_label="Text"),
                    h.button(disabled=adding, class_=["big", {"busy": adding}])[
                        adding.then("Adding…", "Add")
                    ],
                    h.p(id="around", title=form.data("text"))[form.pending.then("sending", "idle")],
                    h.button(form_action=self.draft)["Draft"],
                ],
                h.p(id="elsewhere")[form.pending.then("sending", "idle")],
                h.button(on_click=self.clear)["Clear"],
                h.input(type="checkbox", aria_label="Busy", checked=self.clear.pending, disabled=True),
                h.input(aria_label="Echo", value=self.add.data("text"), readonly=True),
                h.textarea(aria_label="Longer echo", value=self.add.data("text"), readonly=True),
                h.progress(style=self.clear.pending.then("color: red", "color: blue")),
            ]

    @ui.page("/", title="Notes")
    async def notes():
        return Notes()
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(NOTES)


@pytest.fixture
def held(server: Server) -> Iterator[contextlib.ExitStack]:
    """Actions wait on the server until this is closed."""
    with contextlib.ExitStack() as stack:
        closed = server.folder / "closed"
        closed.touch()
        stack.callback(closed.unlink)
        yield stack


def opened(page: Page, server: Server) -> Page:
    page.goto(server.url)
    settled(page)
    assert page.locator("html").get_attribute("data-reactor-adopted") == "true"
    return page


def test_pending_begins_with_the_click_and_ends_with_the_patch(
    server: Server, page: Page, held: contextlib.ExitStack
) -> None:
    opened(page, server)
    button = page.locator("form button").first
    page.get_by_label("Text", exact=True).fill("milk")
    # In the same task as the click.
    seen = button.evaluate(
        "button => { button.click(); return [button.textContent, button.disabled, button.className,"
        " document.querySelector('.soon').textContent] }"
    )
    assert seen == ["Adding…", True, "big busy", "milk…"]
    expect(page.get_by_label("Echo", exact=True)).to_have_value("milk")
    expect(page.get_by_label("Longer echo")).to_have_value("milk")
    expect(page.locator("li")).to_have_text(["milk…"])
    # From here on note every state that is shown: the item never appears twice, nor not at all.
    page.evaluate(
        "window.shown = new Set(); new MutationObserver(() => window.shown.add(document.querySelector('ul')"
        ".textContent + '|' + document.querySelector('form button').textContent))"
        ".observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true})"
    )
    held.close()
    settled(page)
    assert page.evaluate("[...window.shown].filter(text => !text.startsWith('milk…'))") == ["milk|Add"]
    expect(button).to_be_enabled()
    expect(button).to_have_class("big")
    expect(page.get_by_label("Echo", exact=True)).to_have_value("")
    expect(page.get_by_label("Text", exact=True)).to_have_value("")


def test_pending_is_marked_on_the_button_and_on_the_form_that_is_sent(
    server: Server, page: Page, held: contextlib.ExitStack
) -> None:
    opened(page, server)
    page.get_by_role("button", name="Draft").click()
    draft, form = page.get_by_role("button", name="Draft"), page.locator("#notes")
    for element in (draft, form):
        expect(element).to_have_attribute("aria-busy", "true")
        expect(element).to_have_attribute("data-pending", "slow")
    expect(page.locator("#around")).to_have_text("sending")
    expect(page.locator("#around")).to_have_attribute("title", "")
    expect(page.locator("#elsewhere")).to_have_text("idle")
    expect(page.get_by_role("button", name="Add")).to_be_enabled()
    held.close()
    settled(page)
    assert form.get_attribute("data-pending") is None
    assert draft.get_attribute("aria-busy") is None
    expect(page.locator("#around")).to_have_text("idle")


def test_form_is_sent_once_at_a_time_and_clicks_are_counted(
    server: Server, page: Page, held: contextlib.ExitStack
) -> None:
    opened(page, server)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_role("button", name="Clear").dblclick()
    text = page.get_by_label("Text", exact=True)
    text.fill("once")
    text.press("Enter")
    text.press("Enter")
    held.close()
    settled(page)
    assert [method for method in sent if method == "POST"] == ["POST"] * 3
    expect(page.locator("li")).to_have_text(["once"])


def test_second_call_is_pending_while_it_waits_for_the_first(
    server: Server, page: Page, held: contextlib.ExitStack
) -> None:
    opened(page, server)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_label("Busy")).to_be_checked()
    expect(page.locator("progress")).to_have_attribute("style", "color: red;")
    page.get_by_label("Text", exact=True).fill("later")
    page.get_by_label("Text", exact=True).press("Enter")
    expect(page.locator("li")).to_have_text(["later…"])
    expect(page.locator("form button").first).to_have_text("Adding…")
    held.close()
    settled(page)
    expect(page.locator("li")).to_have_text(["later"])
    expect(page.get_by_label("Busy")).not_to_be_checked()
    expect(page.locator("progress")).to_have_attribute("style", "color: blue;")


def test_focus_comes_back_to_a_button_that_was_disabled_meanwhile(
    server: Server, page: Page, held: contextlib.ExitStack
) -> None:
    opened(page, server)
    button = page.locator("form button").first
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_be_disabled()
    expect(button).not_to_be_focused()
    held.close()
    settled(page)
    expect(button).to_be_focused()


def test_nothing_is_pending_without_javascript(server: Server, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(server.url)
    expect(page.get_by_label("Echo", exact=True)).to_have_value("")
    expect(page.locator("#around")).to_have_text("idle")
    page.get_by_label("Text", exact=True).fill("milk")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("li")).to_have_text(["milk"])
    expect(page.get_by_role("button", name="Add")).to_be_enabled()
    expect(page.get_by_label("Busy")).not_to_be_checked()
    expect(page.locator("#around")).not_to_have_attribute("title", "milk")


def test_pending_that_is_first_asked_for_later_is_known(serve: Servers, page: Page) -> None:
    server = serve("""
        import asyncio
        from pathlib import Path
        from fastapi import FastAPI
        from reactor import Component, Reactor, action, state, html as h

        app = FastAPI()
        ui = Reactor(app)

        class Saving(Component):
            opened: bool = state(False)

            @action
            async def open(self):
                self.opened = True

            @action
            async def save(self):
                while Path("closed").exists():
                    await asyncio.sleep(0.01)

            def render(self):
                return h.main[
                    h.button(on_click=self.open)["Open"],
                    h.button(on_click=self.save)["Save"],
                    h.output[self.save.pending.then("saving", "idle")] if self.opened else None,
                ]

        @ui.page("/", title="Saving")
        async def saving():
            return Saving()
    """)
    opened(page, server)
    page.get_by_role("button", name="Open").click()
    expect(page.locator("output")).to_have_text("idle")
    closed = server.folder / "closed"
    closed.touch()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("output")).to_have_text("saving")
    closed.unlink()
    expect(page.locator("output")).to_have_text("idle")
