"""Parts of the client: loaded by pages that need them, when they need them, and by no others."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.windows import NOT_LOADED, begin, begun, is_same_page, opened, press
from tests.servers import Servers
from tests.visitors import Problems, settled

PAGES: Final = """
    from typing import Annotated
    from fastapi import FastAPI, UploadFile
    from reactor import Component, Reactor, action, effects, on, redirect, state, html as h

    app = FastAPI()
    ui = Reactor(app)

    class Counter(Component):
        count: int = state(0)

        @action
        async def add(self):
            self.count += 1

        def more(self):
            return None

        def render(self):
            return h.main[
                h.h1["Page"], h.output[self.count], h.button(on_click=self.add)["Add"],
                self.more() if self.count else None,
            ]

    def page(path):
        def declare(component):
            @ui.page(path, title=path)
            async def show():
                return component()
            return component
        return declare

    page("/")(Counter)

    @page("/brings-elements")
    class Elements(Counter):
        def more(self):
            return h.p["An element"]

    @page("/brings-field")
    class Field(Counter):
        def more(self):
            return h.label["Name", h.input(name="name", value="as given")]

    @page("/brings-link")
    class Link(Counter):
        def more(self):
            return h.a(href="/field")["To a field"]

    @page("/brings-effect")
    class Effect(Counter):
        @action
        async def add(self):
            self.count += 1
            effects.run(effects.add_class("done", to="h1"))

    @page("/typed")
    class Note(Elements):
        def render(self):
            return h.main[h.label["Note", h.input(name="note")], super().render()]

    @page("/redirect")
    class Redirect(Counter):
        @action
        async def add(self):
            return redirect("/field")

    @page("/link")
    class Links(Counter):
        def render(self):
            return h.main[h.h1["Links"], h.a(href="/field")["To a field"], h.a(href="/")["To the counter"]]

    @page("/field")
    class Typed(Component):
        text: str = state("")

        @action
        async def take(self, value: str):
            self.text = value

        def render(self):
            return h.main[h.h1["Field"], h.input(aria_label="Text", on_input=self.take), h.output[self.text]]

    @page("/effect")
    class Alone(Counter):
        def render(self):
            return h.main[h.h1["Effect"], h.button(on_click=effects.add_class("done", to="h1"))["Mark"]]

    @page("/pending")
    class Pending(Counter):
        def render(self):
            text = self.add.pending.then("Adding", "Add")
            return h.main[h.button(on_click=self.add)[text], h.output[self.count]]

    @page("/keys")
    class Keys(Counter):
        def render(self):
            return h.main[h.section(tabindex=0, on_keydown={"Enter": self.add})["Here"], h.output[self.count]]

    @page("/interval")
    class Interval(Counter):
        def render(self):
            return h.main[h.section(on_mount=self.add)["Here"], h.output[self.count]]

    @page("/optimistic")
    class Optimistic(Component):
        count: int = state(0)

        @action
        async def add(self):
            self.count += 1

        @add.optimistic
        def _(self):
            self.count += 1

        def render(self):
            return h.main[h.output[self.count], h.button(on_click=self.add)["Add"]]
"""
LOADED: Final = re.compile(r"/_reactor/client/\w+/(\w+)\.js$")


class Parts:
    """What a page asks for of the client: not its core, nor what comes after every first answer."""

    def __init__(self, page: Page) -> None:
        self.asked: set[str] = set()
        page.on("request", lambda request: self.asked.update(LOADED.findall(request.url)))

    def now(self) -> set[str]:
        return self.asked - {"client", "recovery"}


def test_counter_loads_the_client_and_nothing_else(serve: Servers, page: Page) -> None:
    parts = Parts(page)
    opened(page, serve(PAGES).url)
    assert parts.asked == {"client"}
    with page.expect_request("**/recovery.js"):
        press(page, "Add")
    press(page, "Add")
    expect(page.locator("output")).to_have_text("2")
    assert parts.asked == {"client", "recovery"}


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/link", "navigation"),
        ("/field", "fields"),
        ("/effect", "effects"),
        ("/pending", "making"),
        ("/keys", "details"),
        ("/interval", "happenings"),
        ("/optimistic", "predictions"),
    ],
)
def test_page_loads_the_part_that_it_needs(serve: Servers, page: Page, path: str, part: str) -> None:
    parts = Parts(page)
    opened(page, serve(PAGES).url + path)
    page.wait_for_load_state("networkidle")
    assert part in parts.now()


def test_parts_come_with_the_first_answer_that_needs_them(serve: Servers, page: Page) -> None:
    server = serve(PAGES)
    parts = Parts(page)
    opened(page, server.url + "/brings-elements")
    assert parts.now() == set()
    press(page, "Add")
    expect(page.get_by_text("An element")).to_be_visible()
    assert parts.now() == {"making"}
    opened(page, server.url + "/brings-field")
    press(page, "Add")
    expect(page.get_by_label("Name")).to_have_value("as given")
    assert parts.now() == {"making", "fields"}
    opened(page, server.url + "/brings-effect")
    assert "effects" not in parts.now()
    press(page, "Add")
    expect(page.get_by_role("heading")).to_have_class("done")
    assert parts.now() == {"making", "fields", "effects"}


def test_link_that_an_answer_brings_is_followed_without_a_load(serve: Servers, page: Page) -> None:
    parts = Parts(page)
    opened(page, serve(PAGES).url + "/brings-link")
    with page.expect_response(lambda response: response.url.endswith("/navigation.js")):
        press(page, "Add")
    page.wait_for_load_state("networkidle")
    page.get_by_role("link").click()
    expect(page.get_by_role("heading")).to_have_text("Field")
    assert "fields" in parts.now()


def test_page_that_is_gone_to_loads_what_it_needs(serve: Servers, page: Page) -> None:
    parts = Parts(page)
    with page.expect_response(lambda response: response.url.endswith("/navigation.js")):
        opened(page, serve(PAGES).url + "/link")
    page.wait_for_load_state("networkidle")
    assert "fields" not in parts.now()
    page.get_by_role("link", name="To a field").click()
    expect(page.get_by_role("heading")).to_have_text("Field")
    assert is_same_page(page)
    assert "fields" in parts.now()
    page.get_by_label("Text").press_sequentially("typed")
    settled(page)
    expect(page.locator("output")).to_have_text("typed")


def test_what_is_done_before_a_part_is_there_is_not_lost(serve: Servers, page: Page) -> None:
    held: list[Route] = []
    page.route("**/effects.js", lambda route: held.append(route))
    begun(page, serve(PAGES).url + "/effect")
    begin(page, "Mark")
    expect(page.get_by_role("heading")).not_to_have_class("done")
    for route in held:
        route.continue_()
    expect(page.get_by_role("heading")).to_have_class("done")


def test_answer_that_needs_a_part_waits_for_it(serve: Servers, page: Page) -> None:
    held: list[Route] = []
    page.route("**/making.js", lambda route: held.append(route))
    opened(page, serve(PAGES).url + "/brings-elements")
    with page.expect_request("**/making.js"):
        begin(page, "Add")
    expect(page.locator("output")).to_have_text("0")
    begin(page, "Add")
    for route in held:
        route.continue_()
    settled(page)
    expect(page.locator("output")).to_have_text("2")


class Deploy:
    """The server has the parts of another release, which the page that is open cannot use."""

    def __init__(self, page: Page, problems: Problems, part: str) -> None:
        self.documents = 0
        self.helps = True
        problems.allow(NOT_LOADED)
        problems.allow(f"response 404 GET .*/{part}.js")
        # The page is left, and has not read what else the answer says.
        problems.allow(f"net::ERR_ABORTED GET .*/{part}.js")
        page.on("request", self._count)
        page.route(re.compile(rf"/{part}\.js"), self._answer)

    def _count(self, request: Request) -> None:
        self.documents += request.is_navigation_request()

    def _answer(self, route: Route) -> None:
        if self.documents < 2 or not self.helps:
            route.continue_(url=re.sub(r"/client/\w+/", "/client/0123456789ab/", route.request.url))
        else:
            route.continue_()


def test_page_of_another_release_goes_on_as_one_of_this_release(
    serve: Servers, page: Page, problems: Problems
) -> None:
    deploy = Deploy(page, problems, "making")
    opened(page, serve(PAGES).url + "/typed")
    page.get_by_label("Note").fill("as typed")
    with page.expect_event("load"):
        begin(page, "Add")
    settled(page)
    expect(page.get_by_label("Note")).to_have_value("as typed")
    press(page, "Add")
    expect(page.get_by_text("An element")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("as typed")
    assert deploy.documents == 2


def test_page_that_would_be_of_another_release_again_is_not_loaded_again(
    serve: Servers, page: Page, problems: Problems
) -> None:
    deploy = Deploy(page, problems, "making")
    deploy.helps = False
    opened(page, serve(PAGES).url + "/brings-elements")
    with page.expect_event("load"):
        begin(page, "Add")
    settled(page)
    with page.expect_request("**/making.js?2"):
        begin(page, "Add")
    assert deploy.documents == 2


def test_part_that_may_be_wanted_later_does_not_load_the_page_anew(
    serve: Servers, page: Page, problems: Problems
) -> None:
    deploy = Deploy(page, problems, "effects")
    with page.expect_request("**/effects.js?2"):
        begun(page, serve(PAGES).url + "/effect")
    assert is_same_page(page)
    with page.expect_event("load"):
        begin(page, "Mark")
    settled(page)
    press(page, "Mark")
    expect(page.get_by_role("heading")).to_have_class("done")
    assert deploy.documents == 2


def test_redirect_is_followed_without_the_part_for_it(serve: Servers, page: Page, problems: Problems) -> None:
    Deploy(page, problems, "navigation")
    opened(page, serve(PAGES).url + "/redirect")
    begin(page, "Add")
    expect(page.get_by_role("heading")).to_have_text("Field")
    assert not is_same_page(page)


def test_part_that_could_not_be_loaded_is_tried_again(serve: Servers, page: Page, problems: Problems) -> None:
    problems.allow(NOT_LOADED)
    problems.allow("request failed: net::ERR_INTERNET_DISCONNECTED GET .*/making.js$")
    page.route("**/making.js", lambda route: route.abort("internetdisconnected"))
    opened(page, serve(PAGES).url + "/brings-elements")
    begin(page, "Add")
    expect(page.get_by_text("An element")).to_be_visible()
    assert is_same_page(page)
