"""Links that are followed without a load: what stays, what comes, and what is left to the browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.windows import begin, is_same_page, opened, press
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

SITE = """
    import asyncio
    from fastapi import FastAPI, Request, Response
    from fastapi.responses import HTMLResponse, PlainTextResponse
    from reactor import Component, Page, Reactor, action, on, redirect, state, html as h

    app = FastAPI()
    gates = {name: asyncio.Event() for name in ("work", "fail", "page")}
    ticks = []
    asked = []

    class Basket(Component):
        items: int = state(0)

        @action
        async def add(self):
            self.items += 1

        def render(self):
            return h.button(on_click=self.add, aria_label="Add")[self.items]

    def layout(content):
        return h.body(class_="site")[
            h.nav[
                h.a(href="/one")["One"], h.a(href="/two?tab=2#part")["Two"], h.a(href="/three")["Three"],
                h.a(href="/slow")["Slow"], h.a(href="/styled")["Styled"], h.a(href="/ticking")["Ticking"],
                h.a(href="/sent")["Sent"], h.a(href="/plain")["Plain"], h.a(href="/guarded")["Guarded"],
                h.a(href="/one", data_reload=True)["Reload"], h.a(href="/broken")["Broken"],
                h.a(href="/two", data_prefetch="false")["Unasked"], h.a(href="/alone")["Alone"],
                h.a(href="/tall")["Tall"],
                h.input(aria_label="Search"),
                h.details[h.summary["More"], "more"],
                Basket(),
            ],
            h.main[content],
        ]

    ui = Reactor(app, layout=layout)
    posts = []

    class Counter(Component):
        name: str
        count: int = state(0)

        @action
        async def add(self):
            self.count += 1
            posts.append(self.count)

        @action
        async def wait(self):
            await gates["work"].wait()
            self.count += 10
            posts.append(self.count)

        @action
        async def fail(self):
            await gates["fail"].wait()
            raise RuntimeError("on purpose")

        @action
        async def lead(self):
            await gates["work"].wait()
            return redirect("/three")

        def render(self):
            return [
                h.h1[self.name], h.output[self.count],
                h.button(on_click=self.add)["Count"], h.button(on_click=self.wait)["Wait"],
                h.button(on_click=self.fail)["Fail"], h.button(on_click=self.lead)["Lead"],
                h.input(aria_label="Note", name="note"), h.input(aria_label="Secret", type="password"),
                h.p(style="height: 3000px")["tall"], h.p(id="part")["Part"],
            ]

    for name in ("one", "two", "three", "tall"):
        def declare(name):
            @ui.page("/" + name, title=name.title())
            async def page(request: Request):
                asked.append((name, request.headers.get("purpose", "")))
                return Counter(name=name.title())
        declare(name)

    @ui.page("/slow", title="Slow")
    async def slow():
        await gates["page"].wait()
        return Counter(name="Slow")

    @ui.page("/styled", title="Styled", stylesheets=["/style.css"])
    async def styled():
        return h.h1["Styled"]

    @app.get("/style.css")
    async def style():
        return PlainTextResponse("h1 { color: rgb(1, 2, 3) }", media_type="text/css")

    class Ticking(Component):
        @action
        async def tick(self):
            ticks.append(1)

        def render(self):
            return h.h1(on_interval=on(self.tick, every=0.05))["Ticking"]

    @ui.page("/ticking", title="Ticking")
    async def ticking():
        return Ticking()

    @ui.page("/sent")
    async def sent():
        return redirect("/three")

    @app.get("/plain", response_class=HTMLResponse)
    async def plain():
        return "<title>Plain</title><link rel=icon href=data:,><h1>Plain</h1>"

    @ui.page("/guarded", title="Guarded", prefetch=False)
    async def guarded(request: Request):
        asked.append(("guarded", request.headers.get("purpose", "")))
        return h.h1["Guarded"]

    @ui.page("/broken")
    async def broken():
        return PlainTextResponse("broken")

    @ui.page("/alone", title="Alone", layout=None)
    async def alone():
        return h.main[h.h1["Alone"], h.input(aria_label="First", autofocus=True)]

    @app.post("/open/{name}")
    async def open_gate(name: str):
        gates[name].set()

    @app.get("/log")
    async def log():
        return {"ticks": len(ticks), "asked": asked, "posts": posts}
"""


@pytest.fixture
def server(serve: Servers) -> Server:
    return serve(SITE)


def link(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


def arrived(page: Page, title: str) -> None:
    expect(page).to_have_title(title)
    expect(page.locator("h1")).to_have_text(title)
    settled(page)


def open_gate(page: Page, name: str) -> None:
    page.evaluate("name => fetch('/open/' + name, {method: 'POST'})", name)


def requests_of(page: Page) -> list[str]:
    """Every request of pages from now on, as `GET /path`."""
    seen: list[str] = []

    def note(request: Request) -> None:
        path = re.sub(r"^https?://[^/]+", "", request.url)
        if not re.match(r"/(_reactor|favicon|open|log)", path):
            seen.append(f"{request.method} {path}")

    page.on("request", note)
    return seen


def test_link_keeps_the_layout_and_brings_the_page(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/one")
    seen = requests_of(page)
    page.get_by_label("Search").fill("typed")
    page.locator("summary").click()
    page.get_by_label("Note").fill("mine")
    page.evaluate("window.nav = document.querySelector('nav'); scrollTo(0, 500)")
    press(page, "Count")
    press(page, "Add")
    link(page, "Two")
    arrived(page, "Two")
    expect(page.get_by_label("Add")).to_have_text("1")
    assert page.url == f"{server.url}/two?tab=2#part"
    assert is_same_page(page)
    assert page.evaluate("window.nav === document.querySelector('nav')")
    expect(page.get_by_label("Search")).to_have_value("typed")
    assert page.locator("details").get_attribute("open") is not None
    # The page itself is another one.
    expect(page.get_by_label("Note")).to_have_value("")
    expect(page.locator("output")).to_have_text("0")
    assert page.locator("#part").evaluate("part => part.getBoundingClientRect().top < innerHeight")
    assert seen == ["POST /one", "POST /one", "GET /two?tab=2"]
    press(page, "Count")
    expect(page.locator("output")).to_have_text("1")
    assert seen[-1] == "POST /two?tab=2"
    # From the top, with the focus in the page, and told.
    link(page, "Three")
    arrived(page, "Three")
    assert page.evaluate("scrollY") == 0
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("[aria-live=polite]")).to_have_text("Three")


def test_link_to_a_page_without_the_layout_and_a_field_that_wants_the_focus(
    server: Server, page: Page
) -> None:
    opened(page, f"{server.url}/one")
    link(page, "Alone")
    arrived(page, "Alone")
    assert is_same_page(page)
    expect(page.locator("nav")).to_have_count(0)
    expect(page.get_by_label("First")).to_be_focused()
    page.go_back()
    arrived(page, "One")
    assert is_same_page(page)


def test_link_that_is_left_to_the_browser(server: Server, page: Page, problems: Problems) -> None:
    problems.allow("request failed: net::ERR_ABORTED GET .*/broken")  # what came was not for the script
    problems.allow("request failed: net::ERR_ABORTED GET .*/one")  # asked for ahead
    opened(page, f"{server.url}/one")
    with page.expect_event("load"):
        link(page, "Reload")
    settled(page)
    assert not is_same_page(page)
    for name in ("Plain", "Broken"):
        opened(page, f"{server.url}/one")
        with page.expect_navigation():
            link(page, name)
        assert page.url == f"{server.url}/{name.lower()}"
        assert not is_same_page(page)
    opened(page, f"{server.url}/one")
    with page.context.expect_page() as popup:
        page.get_by_role("link", name="Three").click(modifiers=["ControlOrMeta"])
    popup.value.close()
    page.evaluate(
        "document.addEventListener('click', event => event.preventDefault(), {once: true, capture: true})"
    )
    link(page, "Two")
    page.evaluate("document.querySelector('a').setAttribute('target', '_blank')")
    with page.context.expect_page() as popup:
        link(page, "One")
    popup.value.close()
    assert page.url == f"{server.url}/one"
    assert is_same_page(page)


def test_link_to_a_page_that_leads_on(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/one")
    link(page, "Sent")
    arrived(page, "Three")
    assert page.url == f"{server.url}/three"
    assert is_same_page(page)
    page.go_back()
    arrived(page, "One")


def test_back_and_forward_bring_what_was_left(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/one")
    press(page, "Count")
    page.get_by_label("Note").fill("mine")
    page.get_by_label("Secret").fill("hidden")
    page.evaluate("scrollTo(0, 700)")
    page.get_by_role("link", name="Two", exact=True).evaluate("link => link.click()")
    arrived(page, "Two")
    page.get_by_label("Note").fill("theirs")
    seen = requests_of(page)
    page.go_back()
    arrived(page, "One")
    assert page.url == f"{server.url}/one"
    expect(page.locator("output")).to_have_text("1")
    expect(page.get_by_label("Note")).to_have_value("mine")
    expect(page.get_by_label("Secret")).to_have_value("")
    assert page.evaluate("scrollY") == 700
    page.go_forward()
    arrived(page, "Two")
    expect(page.get_by_label("Note")).to_have_value("theirs")
    assert seen == ["POST /one", "POST /two?tab=2"]
    # After a load the browser knows only what the entry keeps.
    page.reload()
    settled(page)
    page.go_back()
    arrived(page, "One")
    expect(page.locator("output")).to_have_text("1")
    expect(page.get_by_label("Note")).to_have_value("mine")


def test_call_of_a_page_that_was_left_goes_on_and_is_not_shown(
    server: Server, page: Page, problems: Problems
) -> None:
    problems.allow("response 500 POST")
    server.expect_traceback()
    opened(page, f"{server.url}/one")
    seen = requests_of(page)
    begin(page, "Wait")
    begin(page, "Count")
    link(page, "Two")
    expect(page.locator("h1")).to_have_text("Two")
    open_gate(page, "work")
    settled(page)
    expect(page.locator("output")).to_have_text("0")
    # Both were done, one after the other, at the page that they were made on.
    assert [each for each in seen if each.startswith("POST")] == ["POST /one", "POST /one"]
    assert page.evaluate("fetch('/log').then(answer => answer.json())")["posts"] == [10, 11]
    page.go_back()
    arrived(page, "One")
    expect(page.locator("output")).to_have_text("11")
    # Errors are told; where they would have led to is left aside.
    begin(page, "Fail")
    link(page, "Three")
    expect(page.locator("h1")).to_have_text("Three")
    open_gate(page, "fail")
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong")
    arrived(page, "Three")


def test_redirect_of_a_page_that_was_left_is_left_aside(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/one")
    begin(page, "Lead")
    link(page, "Two")
    expect(page.locator("h1")).to_have_text("Two")
    open_gate(page, "work")
    settled(page)
    arrived(page, "Two")


def test_second_click_takes_the_place_of_the_first(server: Server, page: Page, problems: Problems) -> None:
    problems.allow("request failed: net::ERR_ABORTED GET .*/slow")
    opened(page, f"{server.url}/one")
    page.get_by_role("link", name="Slow").evaluate("link => link.click()")
    expect(page.locator("html")).to_have_attribute("data-reactor", "navigating")
    link(page, "Two")
    arrived(page, "Two")
    open_gate(page, "page")
    link(page, "Three")
    arrived(page, "Three")
    page.go_back()
    arrived(page, "Two")
    page.go_back()
    arrived(page, "One")


def test_timers_of_a_page_that_was_left_stop(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/ticking")
    with page.expect_response(lambda response: response.request.method == "POST"):
        pass
    link(page, "Two")
    arrived(page, "Two")
    before = page.evaluate("fetch('/log').then(answer => answer.json())")["ticks"]
    assert before > 0
    press(page, "Count")
    page.evaluate("new Promise(done => setTimeout(done, 150))")
    assert page.evaluate("fetch('/log').then(answer => answer.json())")["ticks"] == before


def test_stylesheet_of_the_new_page_is_there_when_it_is_shown(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/one")
    link(page, "Styled")
    arrived(page, "Styled")
    expect(page.locator("h1")).to_have_css("color", "rgb(1, 2, 3)")
    link(page, "Two")
    arrived(page, "Two")
    expect(page.locator("h1")).to_have_css("color", "rgb(0, 0, 0)")


def test_page_is_asked_for_when_the_person_turns_to_a_link(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/one")

    def asked(name: str) -> list[str]:
        log = page.evaluate("fetch('/log').then(answer => answer.json())")["asked"]
        return [purpose for which, purpose in log if which == name]

    with page.expect_response("**/three"):
        page.get_by_role("link", name="Three").hover()
    link(page, "Three")
    arrived(page, "Three")
    assert asked("three") == ["prefetch"]
    # By the keyboard, too. After a call it is asked for anew.
    with page.expect_response("**/two?tab=2"):
        page.get_by_role("link", name="Two", exact=True).focus()
    press(page, "Count")
    link(page, "Two")
    arrived(page, "Two")
    assert asked("two") in (["prefetch", ""], ["prefetch", "prefetch"])
    # Not where the page or the link does not want it.
    page.get_by_role("link", name="Guarded").hover()
    page.get_by_role("link", name="Unasked").hover()
    with page.expect_response("**/three"):
        page.get_by_role("link", name="Three").hover()
    assert asked("guarded") == []
    assert len(asked("two")) == 2
    link(page, "Guarded")
    arrived(page, "Guarded")
    assert asked("guarded") == [""]


def test_view_transition_where_the_page_wants_it(server: Server, page: Page) -> None:
    page.emulate_media(reduced_motion="no-preference")
    opened(page, f"{server.url}/one")
    page.evaluate(
        """() => {
            const start = document.startViewTransition;
            window.transitions = 0;
            document.startViewTransition = function (work) {
                window.transitions++;
                return start.call(this, work);
            };
        }"""
    )
    link(page, "Two")
    arrived(page, "Two")
    assert page.evaluate("transitions") == 0
    page.evaluate(
        """() => {
            const meta = document.createElement("meta");
            Object.assign(meta, {name: "view-transition", content: "same-origin"});
            document.head.append(meta);
        }"""
    )
    link(page, "Three")
    arrived(page, "Three")
    assert page.evaluate("transitions") == 1


def test_scripts_may_keep_the_person_on_the_page(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/one")
    page.evaluate(
        """() => {
            const told = { push: what => {
                const { dataset } = document.documentElement;
                dataset.told = dataset.told ? `${dataset.told}, ${what}` : what;
            } };
            document.addEventListener("reactor:navigate", event => {
                told.push(event.detail.url);
                if (event.detail.url.endsWith("/three")) event.preventDefault();
            });
            document.addEventListener("reactor:arrive", event => told.push("at " + event.detail.url));
        }"""
    )
    url = server.url
    link(page, "Three")
    expect(page.locator("html")).to_have_attribute("data-told", f"{url}/three")
    link(page, "One")
    told = f"{url}/three, {url}/one, at {url}/one"
    expect(page.locator("html")).to_have_attribute("data-told", told)
