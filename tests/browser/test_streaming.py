"""Answers that come in pieces: what a person sees of an action that yields."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.windows import begin, is_same_page, opened, press
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

STREAMING = """
    import asyncio, os
    from pathlib import Path
    from fastapi import FastAPI
    from fastapi.middleware.cors import CORSMiddleware
    from fastapi.middleware.gzip import GZipMiddleware
    from starlette.middleware.sessions import SessionMiddleware
    from reactor import Component, Limits, Reactor, action, state, html as h

    app = FastAPI()

    if os.environ["AROUND"] == "middleware":
        app.add_middleware(GZipMiddleware, minimum_size=10)
        app.add_middleware(SessionMiddleware, secret_key="secret")
        app.add_middleware(CORSMiddleware, allow_origins=["*"])

        @app.middleware("http")
        async def around(request, call_next):
            response = await call_next(request)
            response.headers["x-around"] = "1"
            return response

    ui = Reactor(app, limits=Limits(grace=0.2))

    async def gate(name):
        while not Path(name).exists():
            await asyncio.sleep(0.01)

    class Story(Component):
        text: str = state("")
        asked: list[str] = state([])

        @action
        async def ask(self, prompt: str):
            self.asked.append(prompt)
            self.text = "An answer that is long: "
            yield
            try:
                for part in ("one", "two", "three"):
                    await gate(part)
                    self.text += part + " "
                    yield
            except asyncio.CancelledError:
                Path("cancelled").touch()
                raise

        @ask.optimistic
        def _(self, prompt):
            self.asked.append(prompt)

        @action(detached=True)
        async def go_on(self):
            yield
            self.text = "began"
            yield
            await gate("one")
            Path("ended").touch()

        def render(self):
            return h.section[
                h.div(role="log")[self.text],
                h.ul[(h.li[each] for each in self.asked)],
                h.form(action=self.ask)[
                    h.input(name="prompt", aria_label="Prompt"),
                    h.button[self.ask.pending.then("Asking", "Ask")],
                ],
                h.button(on_click=self.ask.cancel)["Stop"],
                h.button(on_click=self.go_on)["Go on"],
            ]

    class Other(Component):
        count: int = state(0)

        @action
        async def add(self):
            self.count += 1

        def render(self):
            return h.section[h.output[self.count], h.button(on_click=self.add)["Add"]]

    @ui.page("/", title="Story")
    async def story():
        return h.main[Story(), Other(), h.a(href="/elsewhere")["Elsewhere"]]

    @ui.page("/elsewhere", title="Elsewhere")
    async def elsewhere():
        return h.h1["Elsewhere"]
"""


@pytest.fixture(scope="module", params=["nothing", "middleware"])
def server(serve_for_module: Servers, request: pytest.FixtureRequest) -> Server:
    return serve_for_module(STREAMING, env={"AROUND": request.param})


@pytest.fixture(autouse=True)
def closed(server: Server) -> Path:
    """All gates are closed."""
    for name in ("one", "two", "three", "cancelled", "ended"):
        (server.folder / name).unlink(missing_ok=True)
    return server.folder


def ask(page: Page, prompt: str = "Why?") -> None:
    page.get_by_label("Prompt").fill(prompt)
    page.get_by_label("Prompt").press("Enter")
    expect(page.get_by_role("log")).to_have_text("An answer that is long: ")


def test_text_comes_in_pieces_while_other_things_go_on(
    server: Server, page: Page, problems: Problems
) -> None:
    """What the person has selected in the text stays selected."""
    # Chromium says so of some answers in frames that it has read to their end.
    problems.allow("request failed: net::ERR_ABORTED POST")
    opened(page, server.url)
    ask(page)
    log, prompt = page.get_by_role("log"), page.get_by_label("Prompt")
    expect(page.get_by_role("listitem")).to_have_text(["Why?"])
    expect(prompt).to_have_value("")
    expect(page.get_by_role("button", name="Asking")).to_be_visible()
    prompt.fill("typed meanwhile")
    begin(page, "Add")
    expect(page.locator("output")).to_have_text("1")
    page.evaluate("window.text = document.querySelector('[role=log]').firstChild")
    page.evaluate("getSelection().setBaseAndExtent(text, 3, text, 9)")
    (server.folder / "one").touch()
    expect(log).to_have_text("An answer that is long: one ")
    assert page.evaluate("window.text === document.querySelector('[role=log]').firstChild")
    begin(page, "Add")
    expect(page.locator("output")).to_have_text("2")
    for name in ("two", "three"):
        (server.folder / name).touch()
    expect(log).to_have_text("An answer that is long: one two three ")
    settled(page)
    assert page.evaluate("getSelection().toString()") == "answer"
    expect(prompt).to_have_value("typed meanwhile")
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_text(["Why?"])
    press(page, "Add")
    expect(page.locator("output")).to_have_text("3")


def test_person_cancels_and_what_came_stays(server: Server, page: Page, problems: Problems) -> None:
    problems.allow("request failed: net::ERR_ABORTED POST")
    opened(page, server.url)
    ask(page)
    (server.folder / "one").touch()
    expect(page.get_by_role("log")).to_have_text("An answer that is long: one ")
    begin(page, "Stop")
    settled(page)
    assert (server.folder / "cancelled").exists()
    expect(page.get_by_role("log")).to_have_text("An answer that is long: one ")
    assert page.locator(".reactor-notice").count() == 0
    press(page, "Add")
    expect(page.locator("output")).to_have_text("1")
    (server.folder / "one").unlink()
    ask(page, "Again?")
    expect(page.get_by_role("listitem")).to_have_text(["Why?", "Again?"])


def test_page_that_is_closed_cancels_the_work(server: Server, page: Page, problems: Problems) -> None:
    problems.allow("request failed: net::ERR_ABORTED POST")
    opened(page, server.url)
    ask(page)
    page.close()
    while not (server.folder / "cancelled").exists():
        pass


def test_link_cancels_the_work_of_the_page_that_is_left(
    server: Server, page: Page, problems: Problems
) -> None:
    problems.allow("request failed: net::ERR_ABORTED POST")
    opened(page, server.url)
    ask(page)
    page.get_by_role("link", name="Elsewhere").click()
    expect(page.get_by_role("heading", name="Elsewhere")).to_be_visible()
    while not (server.folder / "cancelled").exists():
        page.evaluate("0")
    assert is_same_page(page)


def test_detached_work_goes_on_when_the_page_is_closed(
    server: Server, page: Page, problems: Problems
) -> None:
    problems.allow("request failed: net::ERR_ABORTED POST")
    opened(page, server.url)
    begin(page, "Go on")
    expect(page.get_by_role("log")).to_have_text("began")
    page.close()
    (server.folder / "one").touch()
    while not (server.folder / "ended").exists():
        pass
