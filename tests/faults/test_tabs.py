"""One visitor, several windows on the same page; and ways back to a page that was left."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from reactor.codec import pack
from tests.faults.wire import Caller, answer_of
from tests.servers import Servers
from tests.visitors import Visitors, settled

COUNTER = """
    import os
    from fastapi import FastAPI
    from fastapi.responses import HTMLResponse
    from reactor import Component, Reactor, action, state, html as h
    from reactor.site import Limits

    app = FastAPI()
    ui = Reactor(app, limits=Limits(views=int(os.environ.get("VIEWS", "1000"))))

    class Counter(Component):
        count: int = state(0)

        @action
        async def add(self):
            self.count += 1

        @action
        async def double(self):
            self.count *= 2

        def render(self):
            return h.section[
                h.output[self.count],
                h.button(on_click=self.add)["Count"],
                h.button(on_click=self.double)["Double"],
                h.ul[(h.li(key=n)["Number ", n] for n in range(self.count, 0, -1))],
                h.a(href="/other")["Other"],
            ]

    @ui.page("/", title="Counter")
    async def counter():
        return Counter()

    @ui.page("/other", title="Other")
    async def other():
        return h.a(href="/")["Counter"]
"""


def test_two_tabs_of_one_visitor_are_two_states(serve: Servers, page: Page) -> None:
    server = serve(COUNTER)
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(server.url)
        settled(tab)
    for _ in range(3):
        page.get_by_role("button", name="Count").click()
        other.get_by_role("button", name="Count").click(click_count=2)
    expect(page.get_by_role("status")).to_have_text("3")
    expect(other.get_by_role("status")).to_have_text("6")
    server.kill()
    server.start()
    other.get_by_role("button", name="Count").click()
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("4")
    expect(other.get_by_role("status")).to_have_text("7")


def test_evicted_views_go_on_where_they_were(serve: Servers, new_visitor: Visitors) -> None:
    server = serve(COUNTER, env={"VIEWS": "1"})
    first, second = new_visitor(), new_visitor()
    for page in (first, second):
        page.goto(server.url)
        settled(page)
        page.evaluate("window.isSamePage = true")
    for turn in range(1, 6):
        first.get_by_role("button", name="Count").click()
        expect(first.get_by_role("status")).to_have_text(str(turn))
        second.get_by_role("button", name="Count").click(click_count=2)
        expect(second.get_by_role("status")).to_have_text(str(2 * turn))
    expect(first.get_by_role("listitem")).to_have_text([f"Number {n}" for n in range(5, 0, -1)])
    expect(second.get_by_role("listitem")).to_have_text([f"Number {n}" for n in range(10, 0, -1)])
    for page in (first, second):
        assert page.evaluate("window.isSamePage === true")
        assert page.locator(".reactor-notice").count() == 0


def test_two_copies_of_one_page_do_not_take_each_others_state(serve: Servers) -> None:
    # A tab that was duplicated goes on with the same view id, version and state.
    server = serve(COUNTER)
    with Caller(server.url) as first:
        first.call(at=0)
        second = Caller(server.url, first.http)
        second.state = dict(first.state)
        for _ in range(3):
            assert first.call(at=0)[0] == 200
            assert second.call(at=1)[0] == 200
        assert (shown(first), shown(second)) == (4, 8)
        assert second.call(at=1)[0] == 200
        assert first.call(at=0)[0] == 200
        assert (shown(second), shown(first)) == (16, 5)


def shown(caller: Caller) -> int:
    """The number in the page, by a sync."""
    response = caller.post(pack({**caller.message(), "a": None, "h": None, "e": None}))
    answer = answer_of(response)
    caller.state["v"], caller.state["s"] = answer["v"], answer["s"]
    texts: list[str] = []

    def collect(child: object) -> None:
        if isinstance(child, str):
            texts.append(child)
        elif isinstance(child, list):
            for each in child:
                collect(each)

    collect(answer["r"])
    return int(next(text for text in texts if text.isdecimal()))
