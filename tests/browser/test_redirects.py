"""Redirects of actions in a browser; and a server that speaks another version than the page."""

from __future__ import annotations

from textwrap import dedent

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.windows import begin, is_same_page, opened, press
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

SITE = """
    from fastapi import FastAPI, Request, Response
    from fastapi.responses import PlainTextResponse
    from reactor import Component, Reactor, action, redirect, state, html as h

    app = FastAPI()
    ui = Reactor(app, layout=lambda content: [h.nav[h.input(aria_label="Search")], h.main[content]])

    class Form(Component):
        saved: int = state(0)

        @action
        async def save(self, title: str, response: Response):
            self.saved += 1
            response.set_cookie("title", title)
            raise redirect("/posts/" + title + "#part")

        @action
        async def replace(self):
            return redirect("/posts/replaced", replace=True)

        @action
        async def leave(self):
            return redirect("/file")

        def render(self):
            return [
                h.h1["New"], h.output[self.saved],
                h.form(action=self.save)[h.input(name="title", aria_label="Title"), h.button["Save"]],
                h.button(on_click=self.replace)["Replace"], h.button(on_click=self.leave)["Leave"],
                h.textarea(aria_label="Draft"), h.input(aria_label="Code", type="password"),
            ]

    @ui.page("/", title="New")
    async def new():
        return Form()

    @ui.page("/posts/{title}", title="Post")
    async def post(title: str, request: Request):
        cookie = request.cookies.get("title")
        return [h.h1[title], h.p["Cookie: ", cookie], h.p(style="height: 3000px"), h.p(id="part")["Part"]]

    @app.get("/file")
    async def file():
        return PlainTextResponse("a file")
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(SITE)


def test_redirect_shows_the_new_page_with_one_request(server: Server, page: Page) -> None:
    opened(page, server.url)
    page.get_by_label("Search").fill("typed")
    seen: list[str] = []

    def note(request: Request) -> None:
        # Parts of the client come once for all pages.
        if "/_reactor/client/" not in request.url:
            seen.append(request.method)

    page.on("request", note)
    page.get_by_label("Title").fill("first")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("first")
    expect(page.locator("p").first).to_have_text("Cookie: first")
    settled(page)
    assert seen == ["POST"]
    assert page.url == f"{server.url}/posts/first#part"
    assert page.title() == "Post"
    assert is_same_page(page)
    expect(page.get_by_label("Search")).to_have_value("typed")
    assert page.locator("#part").evaluate("part => part.getBoundingClientRect().top < innerHeight")
    # Back leads to what the action has left there.
    page.go_back()
    expect(page.locator("h1")).to_have_text("New")
    expect(page.locator("output")).to_have_text("1")
    expect(page.get_by_label("Title")).to_have_value("")
    settled(page)
    page.get_by_label("Title").fill("second")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("second")


def test_redirect_may_take_the_place_of_the_page(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/posts/before")
    page.goto(server.url)
    settled(page)
    press(page, "Replace")
    expect(page.locator("h1")).to_have_text("replaced")
    page.go_back()
    expect(page.locator("h1")).to_have_text("before")


def test_redirect_to_what_is_no_page_is_a_load(server: Server, page: Page) -> None:
    opened(page, server.url)
    with page.expect_navigation():
        begin(page, "Leave")
    assert page.url == f"{server.url}/file"


def test_redirect_without_javascript(server: Server, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(server.url)
    page.get_by_label("Title").fill("plain")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("plain")
    expect(page.locator("p").first).to_have_text("Cookie: plain")
    assert page.url == f"{server.url}/posts/plain#part"


NEWER = """\
from reactor import documents, messages
documents.PROTOCOL = messages.PROTOCOL = 2
"""


def test_page_that_is_older_than_the_server_is_loaded_anew_with_what_was_entered(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("response 400 POST")
    server = serve(SITE)
    opened(page, server.url)
    page.get_by_label("Draft").fill("a long text")
    page.get_by_label("Code").fill("secret")
    page.get_by_label("Title").fill("kept")
    # The new server speaks version 2; so does the page that it serves, but not this script.
    server.restart(NEWER + dedent(SITE))
    with page.expect_event("load"):
        page.get_by_role("button", name="Save").click()
    settled(page)
    expect(page.get_by_label("Draft")).to_have_value("a long text")
    expect(page.get_by_label("Title")).to_have_value("kept")
    expect(page.get_by_label("Code")).to_have_value("")
    # Once: the script is the same, and another load would not help.
    page.evaluate("window.isSamePage = true")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("reload")
    assert is_same_page(page)
