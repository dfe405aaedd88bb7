"""What a person sees before the server has answered, and that it is what comes, or is taken back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.windows import begin, opened
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

LIST = """
    import asyncio
    from pathlib import Path
    from fastapi import FastAPI
    from pydantic import BaseModel
    from reactor import Component, Invalid, Limits, Reactor, action, state, html as h

    app = FastAPI()
    ui = Reactor(app, limits=Limits(ahead=1_000))

    class Item(BaseModel):
        id: int | None = None
        text: str

    async def wait():
        while Path("closed").exists():
            await asyncio.sleep(0.01)

    class List(Component):
        size: int
        items: list[Item] = state(factory=list)
        count: int = state(0)
        lit: bool = state(False)

        async def mount(self):
            self.items = [Item(id=n, text=f"item {n}") for n in range(self.size)]

        @action
        async def add(self, text: str):
            await wait()
            if "bad" in text:
                raise Invalid(text=f"{text} is refused")
            self.count += 1
            self.items.append(Item(id=1000 + self.count, text=text))

        @add.optimistic
        def _(self, text: str):
            self.items.append(Item(text=text))

        @action
        async def remove(self, id: int):
            await wait()
            self.items = [item for item in self.items if item.id != id]

        @remove.optimistic
        def _(self, id: int):
            self.items = [item for item in self.items if item.id != id]

        @action
        async def break_(self):
            await wait()
            raise RuntimeError("expected")

        @break_.optimistic
        def _(self):
            self.items = []

        @action
        async def up(self):
            await wait()
            self.count += 1

        @up.optimistic
        def _(self):
            self.count += 1

        @action
        async def switch(self, checked: bool):
            await wait()
            self.lit = checked

        @switch.optimistic
        def _(self, checked: bool):
            self.lit = checked

        def render(self):
            return h.main[
                h.ul[
                    (
                        h.li(key=item.id, aria_busy=item.id is None or None)[
                            h.b[item.text], h.input(aria_label=f"Note {item.id}"),
                            h.button(on_click=self.remove.bind(item.id))["Remove ", item.text],
                        ]
                        for item in self.items
                    )
                ],
                h.form(action=self.add)[h.input(self.add.field("text"), aria_label="Text"), h.button["Add"]],
                h.div(role="alert")[self.add.error("text")],
                h.button(on_click=self.break_)["Break"],
                h.button(on_click=self.up)["Up"], h.output[self.count],
                h.input(type="checkbox", aria_label="Lamp", checked=self.lit, on_change=self.switch),
                h.p(class_={"lit": self.lit})["light" if self.lit else "dark"],
            ]

    @ui.page("/list/{size}", title="List")
    async def items(size: int):
        return List(size=size)
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(LIST)


@pytest.fixture
def held(server: Server) -> Iterator[contextlib.ExitStack]:
    """Actions wait on the server until this is closed."""
    with contextlib.ExitStack() as stack:
        closed = server.folder / "closed"
        closed.touch()
        stack.callback(closed.unlink)
        yield stack


def add(page: Page, text: str) -> None:
    page.get_by_label("Text").fill(text)
    page.get_by_label("Text").press("Enter")


def watch_texts(page: Page) -> None:
    """Begin to note every list of items that is shown."""
    page.evaluate(
        """() => {
            const show = () => [...document.querySelectorAll("li b")].map(each => each.textContent).join();
            window.shown = [show()];
            new MutationObserver(() => window.shown.at(-1) !== show() && window.shown.push(show()))
                .observe(document.body, {subtree: true, childList: true, characterData: true});
        }"""
    )


def texts(page: Page) -> Any:
    return page.evaluate("window.shown")


def test_optimistic_messages_stand_in_their_order_and_once(
    server: Server, page: Page, held: contextlib.ExitStack
) -> None:
    opened(page, f"{server.url}/list/1")
    watch_texts(page)
    for text in ("a", "b", "c"):
        add(page, text)
    expect(page.locator("li b")).to_have_text(["item 0", "a", "b", "c"])
    expect(page.locator("li[aria-busy=true]")).to_have_count(3)
    expect(page.get_by_label("Text")).to_have_value("")
    # The elements stay the same when the server has made items of them; so does what is typed into them.
    page.evaluate("document.querySelectorAll('li').forEach((item, i) => item.order = i)")
    page.get_by_label("Note None").nth(1).fill("half a sen")
    held.close()
    settled(page)
    expect(page.locator("li[aria-busy=true]")).to_have_count(0)
    assert page.evaluate("[...document.querySelectorAll('li')].map(item => item.order)") == [0, 1, 2, 3]
    expect(page.get_by_label("Note 1002")).to_have_value("half a sen")
    expect(page.get_by_label("Note 1002")).to_be_focused()
    assert texts(page) == ["item 0", "item 0,a", "item 0,a,b", "item 0,a,b,c"]


def test_optimistic_message_that_is_refused_is_taken_back_and_told(
    server: Server, page: Page, held: contextlib.ExitStack, problems: Problems
) -> None:
    problems.allow("response 422 POST .*")
    opened(page, f"{server.url}/list/0")
    for text in ("a", "bad", "c"):
        add(page, text)
    expect(page.locator("li b")).to_have_text(["a", "bad", "c"])
    held.close()
    settled(page)
    expect(page.locator("li b")).to_have_text(["a", "c"])
    expect(page.get_by_role("alert")).to_have_text("bad is refused")
    expect(page.get_by_label("Text")).to_have_value("bad")
    expect(page.get_by_label("Text")).to_be_focused()
    add(page, "good")
    settled(page)
    expect(page.get_by_role("alert")).to_have_text("")
    expect(page.get_by_label("Text")).to_have_value("")


def test_optimistic_text_that_was_typed_since_is_not_overwritten(
    server: Server, page: Page, held: contextlib.ExitStack, problems: Problems
) -> None:
    problems.allow("response 422 POST .*")
    opened(page, f"{server.url}/list/0")
    add(page, "bad")
    page.get_by_label("Text").fill("the next one")
    held.close()
    settled(page)
    expect(page.get_by_role("alert")).to_have_text("bad is refused")
    expect(page.get_by_label("Text")).to_have_value("the next one")


def test_optimistic_failure_is_taken_back(
    server: Server, page: Page, held: contextlib.ExitStack, problems: Problems
) -> None:
    problems.allow("response 500 POST .*")
    opened(page, f"{server.url}/list/3")
    page.get_by_label("Note 1").fill("kept")
    begin(page, "Break")
    expect(page.locator("li")).to_have_count(0)
    server.expect_traceback()
    held.close()
    settled(page)
    expect(page.locator("li b")).to_have_text(["item 0", "item 1", "item 2"])
    expect(page.locator(".reactor-notice[role=alert]")).to_contain_text("Something went wrong")


def test_optimistic_five_quick_clicks_count_to_five(
    server: Server, page: Page, held: contextlib.ExitStack
) -> None:
    opened(page, f"{server.url}/list/0")
    count = page.locator("output")
    seen = page.get_by_role("button", name="Up").evaluate(
        """button => [1, 2, 3, 4, 5].map(() => {
            button.click();
            return document.querySelector("output").textContent;
        })"""
    )
    assert seen == ["1", "2", "3", "4", "5"]
    watch_changes = (
        "new MutationObserver(() => window.counts.add(document.querySelector('output').textContent))"
    )
    page.evaluate(
        f"window.counts = new Set(); {watch_changes}.observe(document.body,"
        " {subtree: true, childList: true, characterData: true})"
    )
    held.close()
    settled(page)
    expect(count).to_have_text("5")
    assert set(page.evaluate("[...window.counts]")) <= {"5"}


def test_optimistic_box_that_is_ticked_twice_is_back_where_it_was(
    server: Server, page: Page, held: contextlib.ExitStack
) -> None:
    opened(page, f"{server.url}/list/0")
    lamp = page.get_by_label("Lamp")
    light = page.locator("p")
    for said in ("light", "dark", "light"):
        lamp.click()
        expect(light).to_have_text(said)
    held.close()
    settled(page)
    expect(light).to_have_text("light")
    expect(lamp).to_be_checked()


def test_optimistic_items_that_are_removed_go_at_once(
    server: Server, page: Page, held: contextlib.ExitStack
) -> None:
    opened(page, f"{server.url}/list/4")
    watch_texts(page)
    begin(page, "Remove item 1")
    begin(page, "Remove item 2")
    add(page, "new")
    expect(page.locator("li b")).to_have_text(["item 0", "item 3", "new"])
    held.close()
    settled(page)
    expect(page.locator("li b")).to_have_text(["item 0", "item 3", "new"])
    assert [each.count("new") for each in texts(page)].count(2) == 0
    assert texts(page)[-1] == "item 0,item 3,new"
    assert len(texts(page)) == 4


def test_optimistic_large_list_is_foreseen_when_the_person_turns_to_it(
    server: Server, page: Page, held: contextlib.ExitStack
) -> None:
    opened(page, f"{server.url}/list/900")
    button = page.get_by_role("button", name="Remove item 700", exact=True)
    with page.expect_response(lambda response: response.request.method == "POST") as asked:
        button.focus()
    body = asked.value.body()
    assert len(body) < 200
    assert asked.value.status == 200
    page.keyboard.press("Enter")
    expect(button).to_have_count(0)
    held.close()
    settled(page)
    expect(page.locator("li")).to_have_count(899)


def test_optimistic_page_is_the_same_without_predictions(server: Server, page: Page) -> None:
    """A click that comes before anything is known is just a call."""
    opened(page, f"{server.url}/list/900")
    begin(page, "Remove item 5")
    settled(page)
    expect(page.locator("li")).to_have_count(899)
