"""An application below a path: behind a proxy that takes the path away, and as a part of another one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.windows import begin, is_same_page, opened, press
from tests.servers import Server, Servers
from tests.visitors import Problems

BELOW = """
    import os
    from pathlib import Path
    from fastapi import FastAPI
    from reactor import Component, Reactor, Suspense, Topic, action, redirect, state, subscribe, html as h

    Path("files").mkdir(exist_ok=True)
    Path("files", "style.css").write_text("h1 { color: rgb(1, 2, 3) }")
    Path("files", "dot.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>')

    how = os.environ["HOW"]
    inner = FastAPI(root_path="/my shop.1" if how == "fastapi" else "")
    ui = Reactor(inner, debug=False)
    assets = ui.static("/static", directory="files")
    news = Topic("news", int)

    class Counter(Component):
        count: int = state(0)
        heard: int = state(0)

        @subscribe(news)
        async def hear(self, count: int): self.heard = count

        @action
        async def add(self):
            self.count += 1
            await news.publish(self.count)

        @action
        async def leave(self): return redirect("/my%20shop.1/other?from=counter")

        def render(self):
            return [
                h.output(aria_label="Count")[self.count], h.output(aria_label="Heard")[self.heard],
                h.button(on_click=self.add)["Add"], h.button(on_click=self.leave)["Leave"],
                h.a(href="other")["Other"],
            ]

    class Slow(Component):
        async def mount(self):
            import asyncio
            await asyncio.sleep(0.05)

        def render(self): return h.p["Slowly"]

    @ui.page("/", title="Counter")
    async def counter(): return h.main[h.h1["Counter"], Counter()]

    @ui.page("/other", title="Other")
    async def other(): return h.main[h.h1["Other"], h.a(href="./")["Back"]]

    @ui.page("/slow", title="Slow")
    async def slow(): return h.main[h.h1["Slow"], Suspense(fallback=h.p["Wait"])[Slow()]]

    @ui.page("/files", title="Files", stylesheets=[assets("style.css")])
    async def files(): return h.main[h.h1["Files"], h.img(src=assets("dot.svg"), alt="Dot")]

    class Stripping:
        '''As a proxy and a server do it together.'''

        async def __call__(self, scope, receive, send):
            if "path" in scope:
                prefix = "/my shop.1"
                if not scope["path"].startswith(prefix):
                    await send({"type": "http.response.start", "status": 404, "headers": []})
                    await send({"type": "http.response.body"})
                    return
                if how == "proxy":
                    scope = {**scope, "root_path": prefix}
                else:
                    scope = {**scope, "path": scope["path"].removeprefix(prefix)}
            await inner(scope, receive, send)

    if how == "mounted":
        app = FastAPI()
        app.mount("/my shop.1", inner)
    else:
        app = Stripping()
"""
MOUNTED = "mounted"


@pytest.fixture(scope="module", params=["proxy", "fastapi", MOUNTED])
def how(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(serve_for_module: Servers, how: str) -> Server:
    return serve_for_module(BELOW, env={"HOW": how})


def test_files_below_a_path_are_found(server: Server, how: str, page: Page) -> None:
    if how == "fastapi":
        pytest.skip("Starlette finds no static files where FastAPI(root_path=…) knows more than the server")
    opened(page, f"{server.url}/my%20shop.1/files")
    expect(page.get_by_role("heading")).to_have_css("color", "rgb(1, 2, 3)")
    expect(page.get_by_role("img")).to_have_js_property("naturalWidth", 7)


def test_page_below_a_path_works_with_its_links(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/my%20shop.1/")
    press(page, "Add")
    expect(page.get_by_label("Count")).to_have_text("1")
    page.get_by_role("link", name="Other").click()
    expect(page.get_by_role("heading")).to_have_text("Other")
    expect(page).to_have_url(f"{server.url}/my%20shop.1/other")
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("heading")).to_have_text("Counter")
    begin(page, "Leave")
    expect(page.get_by_role("heading")).to_have_text("Other")
    expect(page).to_have_url(f"{server.url}/my%20shop.1/other?from=counter")
    assert is_same_page(page)


def test_page_below_a_path_is_told_unasked(server: Server, how: str, page: Page, another: Page) -> None:
    if how == MOUNTED:
        pytest.skip("what an application around this one guards is not asked for what is told unasked")
    for window in (page, another):
        opened(window, f"{server.url}/my%20shop.1/")
        expect(window.locator("html[data-reactor-live=up]")).to_have_count(1)
    press(page, "Add")
    expect(another.get_by_label("Heard")).to_have_text("1")


def test_page_below_a_path_works_without_javascript(server: Server, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(f"{server.url}/my%20shop.1/")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_label("Count")).to_have_text("1")
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading")).to_have_text("Other")
    page.goto(f"{server.url}/my%20shop.1/slow")
    expect(page.get_by_text("Slowly")).to_be_visible()
    expect(page).to_have_url(f"{server.url}/my%20shop.1/slow")


def test_error_page_below_a_path_leads_back_to_its_start(
    server: Server, page: Page, problems: Problems
) -> None:
    problems.allow("response 404")
    page.goto(f"{server.url}/my%20shop.1/nowhere")
    expect(page.get_by_role("heading")).to_have_text("Not found")
    page.get_by_role("link", name="Back to the start").click()
    expect(page.get_by_role("heading")).to_have_text("Counter")
