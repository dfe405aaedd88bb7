"""Feeds in a browser: what is shown there stays, whoever answers, wherever one comes back to."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.windows import begin, changes, is_same_page, opened, press, watch_changes
from tests.servers import Servers
from tests.visitors import Problems, Visitors, settled

CHAT = """
    import os
    from fastapi import FastAPI
    from reactor import Component, Reactor, Topic, action, feed, state, subscribe, html as h
    from reactor.site import Limits

    app = FastAPI()
    ui = Reactor(app, limits=Limits(views=int(os.environ.get("VIEWS", "1000"))))
    stored = {"hall": ["one", "two", "three"]}

    class Chat(Component):
        room: str
        count: int = state(0)

        @feed(limit=100_000)
        async def messages(self):
            return [(text, text) for text in stored.setdefault(self.room, [])]

        @messages.item
        def _(self, message):
            key, text = message
            return h.li(key=key, class_=None if key else "sending")[
                h.span[text], h.input(aria_label=f"Note on {text}"),
                key and h.button(
                    on_click=self.remove.bind(key), disabled=self.remove.pending
                )["Remove ", text],
                key and h.form(action=self.remove)[h.input(type="hidden", name="key", value=key),
                                                   h.button[f"Drop {text}"]],
            ]

        @subscribe(lambda self: Topic(self.room, str))
        def arrived(self, text: str):
            self.messages.append((text, text))

        @action
        async def send(self, text: str):
            stored[self.room].append(text)
            self.messages.append((text, text))
            Topic(self.room, str).publish(text)  # who has sent it hears of it, too

        @send.optimistic
        def _(self, text):
            self.messages.append((None, text))

        @action
        async def remove(self, key: str):
            stored[self.room].remove(key)
            self.messages.remove(key)

        @action
        async def earlier(self):
            self.count += 1
            older = [f"older {self.count}.{number}" for number in range(20)]
            self.messages.prepend(*((text, text) for text in older))

        @action
        async def whisper(self):
            self.count += 1
            self.messages.append((f"psst {self.count}", f"psst {self.count}"))

        def render(self):
            return h.section[
                h.form(action=self.send)[h.input(name="text", aria_label="Text"), h.button["Send"]],
                h.button(on_click=self.earlier)["Earlier"], h.button(on_click=self.whisper)["Whisper"],
                h.div(id="box", style="height: 4em; overflow: auto")[h.ul[self.messages]],
            ]

    @ui.page("/{room}")
    async def chat(room: str):
        return h.main[h.a(href="/kitchen")["Kitchen"], Chat(room=room)]
"""

both = pytest.mark.parametrize("views", ["1000", "0"], ids=["same process", "another process"])
"""Of no page held each call is answered as by a process that has never seen it."""


def items(page: Page) -> Locator:
    return page.locator("#box li > span")


def say(page: Page, text: str) -> None:
    page.get_by_label("Text").fill(text)
    page.get_by_label("Text").press("Enter")


@both
def test_feed_leaves_alone_what_is_shown(serve: Servers, page: Page, views: str) -> None:
    opened(page, f"{serve(CHAT, env={'VIEWS': views}).url}/hall")
    note = page.get_by_label("Note on two")
    note.fill("typed")
    note.focus()
    page.locator("#box").evaluate("box => { box.scrollTop = 30 }")
    watch_changes(page, "#box ul")
    press(page, "Whisper")
    press(page, "Whisper")
    expect(items(page)).to_have_text(["one", "two", "three", "psst 1", "psst 2"])
    expect(note).to_have_value("typed")
    expect(note).to_be_focused()
    assert page.locator("#box").evaluate("box => box.scrollTop") == 30
    assert [(each["type"], each["added"], each["removed"]) for each in changes(page)] == [
        ("childList", 1, 0)
    ] * 2
    press(page, "Remove two")
    expect(items(page)).to_have_text(["one", "three", "psst 1", "psst 2"])
    begin(page, "Drop one")
    expect(items(page)).to_have_text(["three", "psst 1", "psst 2"])
    assert is_same_page(page)


def test_feed_does_not_jump_when_something_comes_before(serve: Servers, page: Page) -> None:
    opened(page, f"{serve(CHAT).url}/hall")
    press(page, "Earlier")
    page.locator("#box").evaluate("box => { box.scrollTop = 200 }")
    before = page.get_by_label("Note on two").bounding_box()
    press(page, "Earlier")
    expect(items(page)).to_have_count(43)
    assert page.get_by_label("Note on two").bounding_box() == before


@both
def test_feed_shows_an_item_before_the_server_has_it(serve: Servers, page: Page, views: str) -> None:
    opened(page, f"{serve(CHAT, env={'VIEWS': views}).url}/hall")
    page.evaluate(
        """() => {
            window.real = fetch;
            window.fetch = (...of) => new Promise(go => { window.go = () => go(real(...of)); });
        }"""
    )
    say(page, "four")
    expect(page.locator("#box li").last).to_have_class("sending")
    item = page.locator("#box li").last.element_handle()
    page.evaluate("() => { window.fetch = real; go(); }")
    expect(page.get_by_role("button", name="Remove four")).to_be_attached()
    expect(items(page)).to_have_text(["one", "two", "three", "four"])
    assert item.evaluate("(item, other) => item === other", page.locator("#box li").last.element_handle())


@both
def test_feed_is_as_it_was_left_when_one_comes_back(serve: Servers, page: Page, views: str) -> None:
    opened(page, f"{serve(CHAT, env={'VIEWS': views}).url}/hall")
    press(page, "Whisper")
    page.get_by_role("link", name="Kitchen").click()
    expect(items(page)).to_have_count(0)
    page.go_back()
    expect(items(page)).to_have_text(["one", "two", "three", "psst 1"])
    settled(page)
    press(page, "Whisper")
    expect(items(page)).to_have_text(["one", "two", "three", "psst 1", "psst 2"])
    assert is_same_page(page)


def test_feed_is_loaded_whole_when_the_page_had_to_be_mended(
    serve: Servers, page: Page, problems: Problems
) -> None:
    # To the browser, what is served so does not come from this machine.
    problems.allow("WebSocket connection .* failed")
    page.route(
        "**/hall",
        lambda route: (
            route.fulfill(
                response=(answer := route.fetch()),
                body=answer.text().replace("<ul><li", "<ul><i>foreign</i><b></b></ul><ul><li", 1),
            )
            if route.request.method == "GET"
            else route.continue_()
        ),
    )
    page.goto(f"{serve(CHAT, env={'VIEWS': '0'}).url}/hall")
    settled(page)
    press(page, "Whisper")
    expect(items(page)).to_have_text(["one", "two", "three", "psst 1"])


def test_feed_works_without_javascript(serve: Servers, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(f"{serve(CHAT).url}/hall")
    page.get_by_label("Text").fill("four")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("button", name="Remove two").click()
    page.get_by_role("button", name="Drop one").click()
    expect(items(page)).to_have_text(["three", "four"])


def test_feed_shows_what_others_send(serve: Servers, page: Page, new_visitor: Visitors) -> None:
    url = serve(CHAT).url + "/hall"
    other = opened(new_visitor(), url)
    opened(page, url)
    note = other.get_by_label("Note on two")
    note.fill("typed")
    say(page, "four")
    expect(items(other)).to_have_text(["one", "two", "three", "four"])
    expect(items(page)).to_have_text(["one", "two", "three", "four"])
    expect(note).to_have_value("typed")
    say(other, "five")
    expect(items(page)).to_have_text(["one", "two", "three", "four", "five"])
    assert is_same_page(page)
