"""Several processes answer in turn, without stickiness; none of them knows what the others did."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.proxies import RoundRobin
from tests.servers import Servers
from tests.visitors import Problems, Visitors, settled

OLD = "of-two-processes-and-long-enough-c0ffee41"
NEW = "another-one-that-is-long-enough-decaf0bb"
SECRET = {"REACTOR_SECRET": OLD}
ROWS = """
    import os
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, state, html as h

    app = FastAPI()
    ui = Reactor(app)

    class Row(Component):
        number: int
        count: int = state(0)

        @action
        async def add(self):
            self.count += 1

        def render(self):
            return h.li[h.output[self.count], h.button(on_click=self.add)[f"Count in row {self.number}"]]

    class Rows(Component):
        numbers: list[int] = state(factory=lambda: [1])
        total: int = state(0)

        @action
        async def add(self):
            self.total += 1
            if self.total % 10 == 0:
                self.numbers.insert(0, self.total)

        def render(self):
            return h.section[
                h.button(on_click=self.add)["Count"],
                h.output(id="total")[self.total],
                h.ul[(Row(number=number, key=number) for number in self.numbers)],
            ]

    @ui.page("/", title="Rows")
    async def rows():
        return Rows()
"""


def test_two_hundred_clicks_on_two_processes_are_all_counted(
    serve: Servers, round_robin: Callable[..., RoundRobin], page: Page, problems: Problems
) -> None:
    # A state of more than 1,024 bytes is sent only when a process says that it needs it.
    problems.allow("response 409 POST")
    proxy = round_robin(serve(ROWS, env=SECRET), serve(ROWS, env=SECRET))
    page.goto(proxy.url)
    settled(page)
    page.evaluate("window.isSamePage = true")
    button = page.get_by_role("button", name="Count", exact=True)
    for _ in range(10):
        button.click()
    expect(page.locator("#total")).to_have_text("10")
    button.evaluate("button => { for (let i = 0; i < 190; i++) button.click() }")
    # What is asked for while all that goes on comes in its turn.
    page.get_by_role("button", name="Count in row 1", exact=True).click(click_count=3)
    expect(page.locator("#total")).to_have_text("200", timeout=30_000)
    settled(page)
    expect(page.locator("li")).to_have_count(21)
    expect(page.get_by_role("listitem").last).to_contain_text("3")
    assert page.evaluate("window.isSamePage === true")
    assert page.locator(".reactor-notice").count() == 0
    done = [answer.upstream for answer in proxy.answers if (answer.method, answer.status) == ("POST", 200)]
    # What the processes did beside each other is brought together by calls of its own.
    assert len(done) >= 203
    assert min(done.count(0), done.count(1)) >= 50


def test_two_visitors_on_two_processes_do_not_mix(
    serve: Servers, round_robin: Callable[..., RoundRobin], new_visitor: Visitors
) -> None:
    proxy = round_robin(serve(ROWS, env=SECRET), serve(ROWS, env=SECRET))
    alice, bob = new_visitor(), new_visitor()
    for page in (alice, bob):
        page.goto(proxy.url)
        settled(page)
    for _ in range(3):
        alice.get_by_role("button", name="Count", exact=True).click()
        bob.get_by_role("button", name="Count in row 1").click()
    expect(alice.locator("#total")).to_have_text("3")
    expect(bob.get_by_role("listitem")).to_contain_text("3")
    expect(bob.locator("#total")).to_have_text("0")
    expect(alice.get_by_role("listitem")).to_contain_text("0")


def test_workers_of_one_application_share_the_development_secret(serve: Servers, page: Page) -> None:
    server = serve(ROWS, workers=2)
    page.goto(server.url)
    settled(page)
    button = page.get_by_role("button", name="Count", exact=True)
    button.evaluate("button => { for (let i = 0; i < 9; i++) button.click() }")
    expect(page.locator("#total")).to_have_text("9")
    settled(page)
    assert page.locator(".reactor-notice").count() == 0


def test_another_secret_refuses_and_changes_nothing(serve: Servers, page: Page, problems: Problems) -> None:
    problems.allow("response 409 POST")
    server = serve(ROWS, env=SECRET)
    page.goto(server.url)
    settled(page)
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.locator("#total")).to_have_text("1")
    server.restart(env={"REACTOR_SECRET": NEW})
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.locator(".reactor-notice")).to_contain_text("start afresh")
    expect(page.locator("#total")).to_have_text("0")


def test_a_new_secret_before_the_old_one_opens_pages_of_both(serve: Servers, page: Page) -> None:
    server = serve(ROWS, env=SECRET)
    page.goto(server.url)
    settled(page)
    button = page.get_by_role("button", name="Count", exact=True)
    button.click()
    expect(page.locator("#total")).to_have_text("1")
    server.restart(env={"REACTOR_SECRET": f"{NEW} {OLD}"})
    button.click()
    expect(page.locator("#total")).to_have_text("2")
    server.restart(env={"REACTOR_SECRET": NEW})
    button.click()
    expect(page.locator("#total")).to_have_text("3")
