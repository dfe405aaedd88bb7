"""What a person sees when something fails: error pages, and in development the overlay."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.servers import Servers
from tests.visitors import Problems, Visitors, settled

APP = """
from fastapi import FastAPI
from reactor import Component, ErrorBoundary, Reactor, action, html as h, state

app = FastAPI()
ui = Reactor(app, debug={debug})


class Part(Component):
    count: int = state(0)

    @action
    async def add(self) -> None:
        self.count += 1

    @action
    async def fail(self) -> None:
        password = "hunter2"
        raise RuntimeError("<b>the secret</b> of the application")

    def render(self):
        return h.section[
            h.output[self.count], h.button(on_click=self.add)["Add"], h.button(on_click=self.fail)["Fail"]
        ]


@ui.page("/")
async def home():
    return [h.h1["Home"], Part()]


@ui.page("/boundary")
async def boundary():
    return ErrorBoundary()[Part()]


@ui.page("/broken")
async def broken():
    raise LookupError("no such thing")
"""


def test_error_page_of_ours_is_styled_under_the_strict_policy(
    serve: Servers, new_visitor: Visitors, problems: Problems
) -> None:
    server = serve(APP.format(debug=False))
    server.expect_traceback()
    problems.allow("response (404|500) GET")
    for dark in (False, True):
        page = new_visitor(dark=dark)
        page.goto(f"{server.url}/broken")
        expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
        reference = page.locator(".reference code").inner_text()
        assert f"reference {reference}" in server.log
        background = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
        assert background == ("rgb(23, 22, 20)" if dark else "rgb(250, 248, 245)")
        page.goto(f"{server.url}/nowhere")
        expect(page.get_by_role("heading", name="Not found")).to_be_visible()
        page.get_by_role("link", name="Back to the start").click()
        expect(page.get_by_role("heading", name="Home")).to_be_visible()


def test_overlay_shows_where_a_call_has_failed_and_goes_with_escape(
    serve: Servers, page: Page, problems: Problems
) -> None:
    server = serve(APP.format(debug=True))
    server.expect_traceback()
    problems.allow("response 500 POST")
    page.goto(server.url)
    settled(page)
    page.get_by_role("button", name="Add").click()
    for _ in range(2):
        page.get_by_role("button", name="Fail").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_have_accessible_name("RuntimeError: <b>the secret</b> of the application")
        expect(dialog.locator(".path")).to_have_text("Part")
        expect(dialog.locator(".failed")).to_have_text(re.compile("raise RuntimeError"))
        expect(dialog.locator(".failed")).to_have_css("background-color", "rgb(255, 220, 214)")
        expect(dialog.locator(".place").first).to_contain_text("Part.fail in ")
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
    expect(page.locator(".reactor-notice")).to_contain_text("RuntimeError")
    expect(page.locator("output")).to_have_text("1")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("output")).to_have_text("2")


def test_overlay_comes_beside_what_a_boundary_shows(serve: Servers, page: Page, problems: Problems) -> None:
    server = serve(APP.format(debug=True))
    server.expect_traceback()
    problems.allow("response 500 POST")
    page.goto(f"{server.url}/boundary")
    page.get_by_role("button", name="Fail").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("output")).to_have_text("0")


def test_page_that_fails_in_development_shows_the_line(
    serve: Servers, page: Page, page_without_javascript: Page, problems: Problems
) -> None:
    server = serve(APP.format(debug=True))
    server.expect_traceback()
    problems.allow("response 500 GET")
    for window in (page, page_without_javascript):
        window.goto(f"{server.url}/broken")
        expect(window.get_by_role("heading", name="LookupError: no such thing")).to_be_visible()
        expect(window.locator(".failed")).to_have_text(re.compile('raise LookupError\\("no such thing"\\)'))
        expect(window.locator(".failed")).to_have_css("background-color", "rgb(255, 220, 214)")
