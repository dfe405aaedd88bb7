"""What the server says unasked: topics, presence, changed data; and what is seen while the line is down."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.windows import begin, opened, press
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

LIVE = """
    from pydantic import BaseModel
    from fastapi import FastAPI
    from reactor import Component, Presence, Reactor, Topic, action, cached, connection, html as h
    from reactor import revalidate_tag, state, subscribe

    app = FastAPI()
    ui = Reactor(app)

    class Message(BaseModel):
        text: str

    log: list[Message] = []

    def room(name: str) -> Topic[Message]:
        return Topic(f"room:{name}", Message)

    class Room(Component):
        name: str
        messages: list[Message] = state([])
        typed: int = state(0)

        def mount(self):
            self.messages = list(log)

        @subscribe(lambda self: room(self.name))
        def arrived(self, message: Message):
            self.messages.append(message)

        @action
        async def send(self, text: str):
            log.append(Message(text=text))
            room(self.name).publish(log[-1])

        @send.optimistic
        def _(self, text):
            self.messages.append(Message(text=text))

        @action
        async def count(self):
            self.typed += 1

        async def render(self):
            people = await Presence(f"room:{self.name}", str).join("somebody")
            return h.section[
                h.p(role="status")[connection.then("Live", "Away")],
                h.ul[(h.li[each.text] for each in self.messages)],
                h.form(action=self.send)[h.input(name="text", aria_label="Text"), h.button["Send"]],
                h.output[self.typed],
                h.button(on_click=self.count)["Count"],
            ]

    class Guests(Component):
        me: str

        async def render(self):
            people = await Presence("guests", str).join(self.me)
            return h.p(id="guests")[", ".join(people)]

    numbers = {"a": 1}

    @cached(tags=["numbers"])
    async def number() -> int:
        return numbers["a"]

    class Number(Component):
        @action
        async def increase(self):
            numbers["a"] += 1
            revalidate_tag("numbers")

        async def render(self):
            return h.p[h.b(id="number")[await number()], h.button(on_click=self.increase)["Increase"]]

    @ui.page("/rooms/{name}", title="Room")
    async def show(name: str):
        return h.main[Room(name=name), h.a(href="/plain")["Plain"]]

    @ui.page("/guests/{me}", title="Guests")
    async def guests(me: str):
        return h.main[Guests(me=me)]

    @ui.page("/number", title="Number")
    async def shows_number():
        return h.main[Number()]

    @ui.page("/plain", title="Plain")
    async def plain():
        return h.main[h.h1["Plain"], h.a(href="/rooms/a")["Room"]]

    @app.post("/say/{name}")
    async def say(name: str, text: str):
        log.append(Message(text=text))
        await room(name).publish(log[-1])
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(LIVE)


def up(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-reactor-live", "up")


def test_message_reaches_everybody_in_the_room_and_nobody_else(
    server: Server, page: Page, another: Page
) -> None:
    for each in (page, another):
        opened(each, f"{server.url}/rooms/a")
        up(each)
    expect(page.locator("p[role=status]")).to_have_text("Live")
    page.get_by_label("Text").fill("Hello")
    page.get_by_label("Text").press("Enter")
    settled(page)
    for each in (page, another):
        expect(each.get_by_role("listitem")).to_have_text(["Hello"])
    press(another, "Count")
    expect(another.locator("output")).to_have_text("1")
    another.get_by_label("Text").fill("Hi")
    another.get_by_label("Text").press("Enter")
    for each in (page, another):
        expect(each.get_by_role("listitem")).to_have_text(["Hello", "Hi"])
    page.request.post(f"{server.url}/say/a?text=From+a+route")
    for each in (page, another):
        expect(each.get_by_role("listitem")).to_have_text(["Hello", "Hi", "From a route"])


def test_those_who_are_there_are_seen_and_who_leaves_is_not(
    server: Server, page: Page, another: Page
) -> None:
    opened(page, f"{server.url}/guests/Ada")
    expect(page.locator("#guests")).to_have_text("Ada")
    opened(another, f"{server.url}/guests/Bob")
    expect(page.locator("#guests")).to_have_text("Ada, Bob")
    expect(another.locator("#guests")).to_have_text("Ada, Bob")
    another.close()
    expect(page.locator("#guests")).to_have_text("Ada")


def test_changed_data_is_shown_on_other_open_pages(server: Server, page: Page, another: Page) -> None:
    for each in (page, another):
        opened(each, f"{server.url}/number")
        up(each)
    before = int(page.locator("#number").inner_text())
    press(page, "Increase")
    for each in (page, another):
        expect(each.locator("#number")).to_have_text(str(before + 1))


def test_page_that_listens_to_nothing_opens_no_line(server: Server, page: Page) -> None:
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    opened(page, f"{server.url}/plain")
    assert page.locator("html").get_attribute("data-reactor-live") is None
    page.get_by_role("link", name="Room").click()
    up(page)
    page.get_by_role("link", name="Plain").click()
    expect(page.locator("html")).to_have_attribute("data-reactor-live", "down")
    page.get_by_role("link", name="Room").click()
    up(page)
    assert len(sockets) == 2


def test_what_was_missed_comes_when_the_server_is_back(
    server: Server, page: Page, problems: Problems
) -> None:
    problems.allow("WebSocket connection to")
    problems.allow(re.escape("net::ERR_CONNECTION_REFUSED"))
    opened(page, f"{server.url}/rooms/b")
    up(page)
    server.kill()
    expect(page.locator("p[role=status]")).to_have_text("Away")
    server.start()
    page.request.post(f"{server.url}/say/b?text=Meanwhile")
    up(page)
    expect(page.get_by_role("listitem")).to_have_text(["Meanwhile"])
    press(page, "Count")
    expect(page.locator("output")).to_have_text("1")


def test_page_in_the_background_catches_up(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/rooms/c")
    up(page)
    there = page.get_by_role("listitem").count()
    page.evaluate(
        """() => {
            Object.defineProperty(document, 'hidden', {value: true, configurable: true});
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    begin(page, "Count")
    expect(page.locator("output")).to_have_text("1")
    for number in range(3):
        page.request.post(f"{server.url}/say/c?text={number}")
    expect(page.get_by_role("listitem")).to_have_count(there)
    page.evaluate(
        """() => {
            Object.defineProperty(document, 'hidden', {value: false, configurable: true});
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    expect(page.get_by_role("listitem")).to_have_count(there + 3)
