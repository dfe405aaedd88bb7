"""Without JavaScript the same pages work for everything that is a form, a button or a link."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Server, Servers
from tests.visitors import Problems

PLAIN = """
    from typing import Annotated
    from fastapi import FastAPI
    from pydantic import Field
    from reactor import Component, Reactor, action, redirect, state, html as h

    app = FastAPI()
    ui = Reactor(app)

    class Counter(Component):
        count: int = state(0)

        @action
        async def add(self): self.count += 1

        @action
        async def ignored(self): self.count += 1000

        def render(self):
            return h.section[
                h.output[self.count], h.button(on_click=self.add)["Count"],
                h.p(on_click=self.ignored)["No button"],
            ]

    class Row(Component):
        name: str
        clicks: int = state(0)

        @action
        async def click(self): self.clicks += 1

        def render(self):
            return h.li[self.name, h.button(on_click=self.click)["Click ", self.name], self.clicks]

    class Rows(Component):
        names: list[str] = state(factory=lambda: list("abc"))

        @action
        async def remove(self, name: str): self.names.remove(name)
        @action
        async def reverse(self): self.names.reverse()
        @action
        async def add(self, name: Annotated[str, Field(min_length=1, max_length=5)], gift: bool = False,
                      note: str = ""):
            self.names.append(name + ("*" if gift else "") + note.replace("\\n", "|"))
        @action
        async def add_first(self, name: str): self.names.insert(0, name)

        def render(self):
            return h.section[
                h.ul[(Row(name=name, key=name) for name in self.names)],
                [h.button(key=n, on_click=self.remove.bind(n))[f"Remove {n}"] for n in self.names],
                h.button(on_click=self.reverse)["Reverse"],
                h.form(action=self.add)[
                    h.input(name="name", aria_label="Name"),
                    h.label[h.input(type="checkbox", name="gift"), "Gift"],
                    h.textarea(name="note", aria_label="Note"),
                    h.button["Add"],
                    h.button(form_action=self.add_first)["Add first"],
                ],
            ]

    class Leaving(Component):
        @action
        async def leave(self, to: str): return redirect(f"/elsewhere?q={to}")

        def render(self):
            return h.form(action=self.leave)[h.input(name="to", aria_label="To"), h.button["Leave"]]

    class Broken(Component):
        count: int = state(0)

        @action
        async def fail(self):
            self.count += 1
            raise RuntimeError("on purpose")

        def render(self):
            return h.section[h.output[self.count], h.button(on_click=self.fail)["Fail"]]

    PAGES = {"counter": Counter, "rows": Rows, "leaving": Leaving, "broken": Broken}

    @ui.page("/elsewhere", title="Elsewhere")
    async def elsewhere(q: str = ""):
        return h.h1["Elsewhere ", q]

    @ui.page("/{name}", title="Plain")
    async def page(name: str, more: str = ""):
        return [PAGES[name]() if name in PAGES else None, h.p(id="more")[more]]
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(PLAIN)


@pytest.fixture
def page(page_without_javascript: Page) -> Page:
    return page_without_javascript


def shows_rows(page: Page, *rows: str) -> None:
    expect(page.get_by_role("listitem")).to_have_text([f"{row[0]}Click {row[0]}{row[1:]}" for row in rows])


def test_buttons_carry_the_state_on_over_several_posts(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/counter")
    for count in range(1, 6):
        page.get_by_role("button", name="Count").click()
        expect(page.get_by_role("status")).to_have_text(str(count))
    assert page.title() == "Plain"
    page.get_by_text("No button").click()
    expect(page.get_by_role("status")).to_have_text("5")


def test_query_of_the_page_stays(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/counter?more=this")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("1")
    expect(page.locator("#more")).to_have_text("this")


def test_server_killed_between_two_posts_changes_nothing(serve: Servers, page: Page) -> None:
    server = serve(PLAIN)
    page.goto(f"{server.url}/counter")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("1")
    server.kill()
    server.start()
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("2")


def test_buttons_of_rows_reach_their_rows(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/rows")
    page.get_by_role("button", name="Click b").click()
    page.get_by_role("button", name="Click b").click()
    page.get_by_role("button", name="Click c").click()
    shows_rows(page, "a0", "b2", "c1")
    page.get_by_role("button", name="Reverse").click()
    shows_rows(page, "c1", "b2", "a0")
    page.get_by_role("button", name="Remove c").click()
    shows_rows(page, "b2", "a0")
    page.get_by_role("button", name="Click b").click()
    shows_rows(page, "b3", "a0")


def test_form_is_posted_with_its_fields(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/rows")
    page.get_by_label("Name").fill("x")
    page.get_by_label("Gift").check()
    page.get_by_label("Note").fill("two\nlines")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("listitem").last).to_contain_text("x*two|lines")
    expect(page.get_by_label("Name")).to_have_value("")
    page.get_by_label("Name").fill("y")
    page.get_by_role("button", name="Add first").click()
    expect(page.get_by_role("listitem").first).to_contain_text("Click y")
    page.get_by_label("Name").fill("<b>")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_role("listitem").last).to_contain_text("Click <b>")


def test_form_that_does_not_validate_gives_a_page_that_says_so(
    server: Server, page: Page, problems: Problems
) -> None:
    problems.allow("response 422 POST")
    page.goto(f"{server.url}/rows")
    page.get_by_role("button", name="Click a").click()
    page.get_by_label("Name").fill("too long for this")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    shows_rows(page, "a1", "b0", "c0")
    page.get_by_label("Name").fill("d")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_have_count(0)
    shows_rows(page, "a1", "b0", "c0", "d0")


def test_redirect_is_followed_by_a_get(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/leaving")
    page.get_by_label("To").fill("there")
    statuses: list[tuple[str, int]] = []
    page.on("response", lambda response: statuses.append((response.request.method, response.status)))
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading")).to_have_text("Elsewhere there")
    assert page.url == f"{server.url}/elsewhere?q=there"
    assert statuses[:2] == [("POST", 303), ("GET", 200)]
    page.reload()  # asks nothing, and posts nothing
    expect(page.get_by_role("heading")).to_have_text("Elsewhere there")


def test_page_that_was_opened_twice_is_two_states(server: Server, page: Page) -> None:
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(f"{server.url}/counter")
    page.get_by_role("button", name="Count").click()
    other.get_by_role("button", name="Count").click()
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("2")
    expect(other.get_by_role("status")).to_have_text("1")


def test_back_leads_to_the_number_that_stood_there(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/counter")
    for _ in range(3):
        page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("3")
    page.goto(f"{server.url}/elsewhere")
    page.goto(f"{server.url}/counter")
    expect(page.get_by_role("status")).to_have_text("0")


def test_action_that_raises_gives_no_half_change(serve: Servers, page: Page, problems: Problems) -> None:
    problems.allow("response 500 POST")
    server = serve(PLAIN)
    server.expect_traceback()
    page.goto(f"{server.url}/broken")
    page.get_by_role("button", name="Fail").click()
    assert "on purpose" not in page.content()
    page.goto(f"{server.url}/broken")
    expect(page.get_by_role("status")).to_have_text("0")


def test_page_of_another_build_starts_afresh_and_says_so(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("response 409 POST")
    server = serve(PLAIN)
    page.goto(f"{server.url}/counter")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("1")
    rebuilt = PLAIN.replace("count: int = state(0)", "count: list[int] = state(factory=list)", 1)
    rebuilt = rebuilt.replace("self.count += 1\n", "self.count.append(1)\n", 1)
    server.restart(rebuilt.replace("h.output[self.count]", "h.output[len(self.count)]", 1))
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("alert")).to_contain_text("afresh")
    expect(page.get_by_role("status")).to_have_text("0")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_role("status")).to_have_text("1")
