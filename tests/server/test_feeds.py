"""Feeds: what the server tells of a list that it does not keep, and when it loads it anew."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import pytest
from fastapi import Depends
from pydantic import BaseModel

from reactor import (
    Child,
    Component,
    ComponentError,
    ErrorBoundary,
    Failure,
    Feed,
    Invalid,
    Limits,
    Reactor,
    Topic,
    action,
    feed,
    redirect,
    refresh,
    state,
    subscribe,
)
from reactor import html as h
from reactor.testing import TestPage
from reactor.testing.calls import Answer
from tests.server.applications import application, visiting

both = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])

stored: list[str] = []
loads: list[str] = []
gates: dict[str, asyncio.Event] = {}


@pytest.fixture(autouse=True)
def _store() -> None:
    stored[:] = ["a", "b", "c"]
    loads.clear()
    gates.clear()


def database() -> list[str]:
    return stored


class Message(BaseModel):
    id: str | None = None
    text: str


news = Topic("news", Message)


class Room(Component):
    """A room; what is sent is stored, what is whispered is not."""

    name: str = "hall"
    is_open: bool = state(True)
    sent: int = state(0)
    mood: str = state("")

    @feed(limit=6)
    async def messages(self, db: Annotated[list[str], Depends(database)]) -> list[Message]:
        loads.append(self.name)
        if "broken" in db:
            raise RuntimeError("the store is away")
        return [Message(id=text, text=f"{text}{self.mood}") for text in db]

    @messages.item
    def _(self, message: Message) -> h.Element:
        if message.text == "unshowable":
            raise RuntimeError("it cannot be shown")
        return h.li(key=message.id, title="sending" if message.id is None else None)[
            message.text,
            message.id
            and h.button(on_click=self.remove.bind(message.id), disabled=self.remove.pending)[
                f"Remove {message.text}"
            ],
        ]

    @action
    async def send(self, text: str) -> None:
        if text == "bad":
            self.messages.append(Message(id=text, text=text))
            raise Invalid(text="refused")
        self.sent += 1
        stored.append(text)
        self.messages.append(Message(id=text, text=text))

    @send.optimistic
    def _(self, text: str) -> None:
        self.messages.append(Message(text=text))

    @action
    async def whisper(self) -> None:
        self.messages.append(Message(id="psst", text="psst"))

    @action
    async def remove(self, id: str) -> None:
        if id == "b":
            raise RuntimeError("b cannot go")
        stored.remove(id)
        self.messages.remove(id)

    @action
    async def fail(self) -> None:
        self.messages.append(Message(id="half", text="half"))
        raise RuntimeError("failed")

    @action
    async def spoil(self) -> None:
        self.messages.append(Message(id="x", text="unshowable"))

    @action
    async def change(self) -> None:
        self.messages.prepend(Message(id="n", text="new"), Message(id="c", text="first"))
        self.messages.update(Message(id="a", text="A"), Message(id="unknown", text="?"))

    @action
    async def cheer(self) -> None:
        self.mood = "!"
        self.messages.reset()

    @action
    async def toggle(self) -> None:
        self.is_open = not self.is_open

    @action
    async def flood(self) -> None:
        for number in range(50):
            self.messages.append(Message(id=str(number), text="drop"))

    @action
    async def leave(self) -> Any:
        self.messages.append(Message(id="left", text="left"))
        stored.append("left")
        return redirect("/other")

    @action
    async def renew(self) -> None:
        stored.append(f"from elsewhere {len(stored)}")
        refresh()

    @action(order="parallel")
    async def slow(self, name: str) -> None:
        self.messages.append(Message(id=name, text=name))
        await gates[name].wait()

    def render(self) -> Child:
        names = ("whisper", "fail", "spoil", "change", "cheer", "toggle", "flood", "leave", "renew")
        return h.section[
            h.output[self.sent],
            self.is_open and h.ul[self.messages],
            h.form(action=self.send)[h.input(name="text", aria_label="Text"), h.button["Send"]],
            self.send.error("text"),
            (h.button(on_click=getattr(self, name))[name] for name in names),
            (h.button(on_click=self.slow.bind(name))[f"slow {name}"] for name in ("one", "two")),
        ]


def rooms(content: Any = Room, **settings: Any) -> Reactor:
    ui = application(**settings)

    @ui.page("/")
    async def room() -> Child:
        made: Child = content()
        return made

    @ui.page("/other")
    async def other() -> Child:
        return h.p["other"]

    return ui


def items(page: TestPage, which: int = 0) -> list[str]:
    lists = [element for element in page.tree.elements() if element.tag == "ul"]
    found = [child for child in lists[which].children if not isinstance(child, str)]
    return [item.children[0] for item in found if isinstance(item.children[0], str)]


async def press(page: TestPage, name: str) -> Answer:
    """Clicks a button, and no more: what leads elsewhere is not followed."""
    button = next(each for each in page.tree.elements() if each.tag == "button" and each.text == name)
    return await page.call(button.address("click"), button.handler("click").mark)


async def send(page: TestPage, text: str) -> None:
    await page.fill("Text", text)
    await page.submit("Send")


@both
async def test_feed_shows_what_it_starts_with_and_what_is_done_to_it(javascript: bool) -> None:
    async with visiting(rooms(), javascript=javascript) as page:
        assert items(page) == ["a", "b", "c"]
        await send(page, "d")
        assert items(page) == ["a", "b", "c", "d"]
        await page.click("Remove a")
        assert items(page) == ["b", "c", "d"]
        await page.click("Remove d")
        assert items(page) == ["b", "c"]


async def test_feed_is_not_loaded_for_what_is_told() -> None:
    async with visiting(rooms()) as page:
        loads.clear()
        await page.click("change")
        assert items(page) == ["new", "first", "A", "b"]
        await page.click("whisper")
        await page.click("whisper")
        assert items(page) == ["new", "first", "A", "b", "psst"]
        assert page.answer.size < 400
        assert loads == []


async def test_feed_keeps_to_its_limit_at_the_other_end() -> None:
    async with visiting(rooms()) as page:
        for text in "defg":
            await send(page, text)
        assert items(page) == list("bcdefg")
        await page.click("change")
        assert items(page) == ["new", "first", "b", "d", "e", "f"]


async def test_feed_stays_when_another_process_answers() -> None:
    async with visiting(rooms()) as page:
        await page.click("whisper")
        loads.clear()
        page.server_forgets()
        await send(page, "d")
        assert items(page) == ["a", "b", "c", "psst", "d"]
        page.server_forgets()
        await page.click("Remove d")
        assert items(page) == ["a", "b", "c", "psst"]
        assert loads == []
        assert "r" in page.answer.content


async def test_feed_that_appears_in_another_process_is_loaded() -> None:
    async with visiting(rooms()) as page:
        await page.click("toggle")
        stored.append("d")
        loads.clear()
        page.server_forgets()
        await page.click("toggle")
        assert items(page) == ["a", "b", "c", "d"]
        assert loads == ["hall"]
        await page.click("toggle")
        await page.click("toggle")
        assert loads == ["hall", "hall"]


async def test_feed_is_given_whole_where_the_browser_asks_for_it() -> None:
    async with visiting(rooms()) as page:
        stored.append("d")
        await page.call(None)
        assert items(page) == ["a", "b", "c"]
        await page.call(None, m=[])
        assert items(page) == ["a", "b", "c", "d"]
        page.server_forgets()
        stored.append("e")
        await page.call(None, m=[])
        assert items(page) == ["a", "b", "c", "d", "e"]


async def test_feed_is_loaded_when_states_are_joined() -> None:
    async with visiting(rooms()) as page:
        view = page._connected
        before = view.sealed
        await page.click("whisper")
        page.server_forgets()
        stored.append("d")
        answer = await page.call(None, s=view.sealed, m=[[before, view.sealed]])
        assert items(page) == ["a", "b", "c", "d"]
        assert answer.status == 200


async def test_feed_that_was_loaded_for_joined_states_hears_what_is_said_after_that() -> None:
    async with visiting(rooms(Listening)) as page:
        view = page._connected
        before = view.sealed
        await page.click("whisper")
        page.server_forgets()
        # As from another process, which has stored it when the feed was loaded already.
        await news.publish(Message(id="d", text="d"))
        await page.call(None, s=view.sealed, m=[[before, view.sealed]])
        assert items(page) == ["a", "b", "c", "d"]


@both
async def test_feed_does_not_show_what_an_action_did_that_failed(javascript: bool) -> None:
    async with visiting(rooms(), javascript=javascript, raise_server_errors=False) as page:
        for deed in ("fail", "spoil", "Remove b"):
            await page.click(deed)
            assert (page.answer.status if javascript else page.status) == 500
            assert items(page) == ["a", "b", "c"]
        await send(page, "bad")
        assert "refused" in page.text
        assert items(page) == ["a", "b", "c"]
        await send(page, "d")
        assert items(page) == ["a", "b", "c", "d"]


async def test_feed_that_gets_too_much_at_once_is_loaded_anew() -> None:
    async with visiting(rooms(limits=Limits(feed=20))) as page:
        await page.click("whisper")
        loads.clear()
        await page.click("flood")
        assert loads == ["hall"]
        assert len(items(page)) == 6


async def test_feed_is_reset_with_its_state() -> None:
    async with visiting(rooms()) as page:
        await page.click("cheer")
        assert items(page) == ["a!", "b!", "c!"]
        await page.click("renew")
        assert items(page) == ["a!", "b!", "c!", "from elsewhere 3!"]
        page.server_forgets()
        await page.click("renew")
        assert len(items(page)) == 5


async def test_feed_is_loaded_anew_on_a_return_to_a_page_that_was_left_by_an_action() -> None:
    async with visiting(rooms()) as page:
        view = page._connected
        answer = await press(page, "leave")
        assert answer.content["l"] == "/other"
        view.version, view.sealed = answer.content["v"], answer.content["s"]
        await view.sync()
        assert items(page) == ["a", "b", "c", "left"]


async def test_feed_begins_anew_when_its_component_is_given_other_props_or_another_place() -> None:
    class House(Component):
        name: str = state("hall")
        is_there: bool = state(True)

        @action
        async def move(self) -> None:
            self.name = "kitchen"

        @action
        async def hide(self) -> None:
            self.is_there = not self.is_there

        def render(self) -> Child:
            return h.div[
                h.button(on_click=self.move)["Move"],
                h.button(on_click=self.hide)["Hide"],
                self.is_there and Room(name=self.name),
            ]

    async with visiting(rooms(House)) as page:
        await page.click("whisper")
        await page.click("Move")
        assert items(page) == ["a", "b", "c"]
        assert loads[-1] == "kitchen"
        await page.click("whisper")
        await page.click("Hide")
        await page.click("Hide")
        assert items(page) == ["a", "b", "c"]


async def test_feed_may_stand_in_two_places_and_in_another_component() -> None:
    class Short(Component):
        messages: Feed[Message]

        def render(self) -> Child:
            return h.aside[h.ul[self.messages]]

    class Double(Room):
        def render(self) -> Child:
            return h.div[h.ul["Here:", self.messages], Short(messages=self.messages), Room.render(self)]

    async with visiting(rooms(Double)) as page:
        await page.click("whisper")
        await page.click("toggle")
        for restored in (False, True):
            if restored:
                page.server_forgets()
            await send(page, f"d{restored}")
            assert items(page, 0)[-1] == items(page, 1)[-1] == f"d{restored}"
        assert items(page, 0) == items(page, 1) == ["a", "b", "c", "psst", "dFalse", "dTrue"]
        await page.click("toggle")
        assert items(page, 2) == ["a", "b", "c", "dFalse", "dTrue"]
        assert items(page, 1)[3] == "psst"


async def test_feed_whose_element_becomes_another_is_given_whole() -> None:
    class Wrapped(Room):
        def render(self) -> Child:
            inner = [h.ul[self.messages], h.button(on_click=self.toggle)["toggle"]]
            return h.div[inner] if self.is_open else h.section[inner]

    async with visiting(rooms(Wrapped)) as page:
        await page.click("toggle")
        assert items(page) == ["a", "b", "c"]
        assert "r" not in page.answer.content


@both
async def test_feed_that_cannot_be_shown_is_caught_by_a_boundary(javascript: bool) -> None:
    def sorry(failure: Failure) -> Child:
        return h.p["Sorry. ", h.button(on_click=failure.retry)["Retry"]]

    def bounded() -> Child:
        return ErrorBoundary(fallback=sorry)[Room()]

    async with visiting(rooms(bounded), javascript=javascript, raise_server_errors=False) as page:
        await send(page, "d")
        await page.click("Remove b")  # the action of an item fails in it
        assert "Sorry" in page.text
        await page.click("Retry")
        assert items(page) == ["a", "b", "c", "d"]
        stored.append("broken")
        await page.click("cheer")
        assert "Sorry" in page.text
        stored.remove("broken")
        if javascript:
            page.server_forgets()
        await page.click("Retry")
        assert items(page)[-1][0] == "d"


async def test_feed_tells_of_each_of_several_actions_what_is_its_own() -> None:
    gates.update(one=asyncio.Event(), two=asyncio.Event())
    async with visiting(rooms()) as page:
        first = asyncio.create_task(page.click("slow one"))
        second = asyncio.create_task(page.click("slow two"))
        await asyncio.sleep(0)
        gates["two"].set()
        await second
        assert items(page) == ["a", "b", "c", "two"]
        gates["one"].set()
        await first
        assert items(page) == ["a", "b", "c", "two", "one"]


async def test_feed_shows_what_will_be_appended() -> None:
    async with visiting(rooms()) as page:
        for restored in (False, True):
            async with page.unanswered() as answer:
                await send(page, f"d{restored}")
                await send(page, f"e{restored}")
                assert items(page)[-2:] == [f"d{restored}", f"e{restored}"]
                if restored:
                    page.server_forgets()
                await answer()
                assert items(page)[-2:] == [f"d{restored}", f"e{restored}"]
            assert items(page)[-2:] == [f"d{restored}", f"e{restored}"]
        assert items(page) == ["b", "c", "dFalse", "eFalse", "dTrue", "eTrue"]


async def test_feed_item_calls_only_what_was_shown_to_this_visitor() -> None:
    ui = rooms()
    async with visiting(ui) as page, visiting(ui) as other:
        button = next(e for e in page.tree.elements() if e.text == "Remove a" and e.tag == "button")
        handler = button.handler("click")
        refused = await other.call([0], handler.mark, g=handler.options["g"])
        assert (refused.status, refused.code) == (400, "forged")
        assert stored == ["a", "b", "c"]
        await page.call([0], handler.mark, g=handler.options["g"])
        assert stored == ["b", "c"]


async def test_feed_cannot_be_changed_by_what_renders() -> None:
    class Eager(Room):
        def render(self) -> Child:
            self.messages.append(Message(id="d", text="d"))
            return h.ul[self.messages]

    with pytest.raises(ComponentError, match="cannot be changed while something is rendered"):
        async with visiting(rooms(Eager)):
            pass


async def test_view_with_a_long_feed_holds_none_of_it() -> None:
    costs: list[int] = []
    for size in (10, 2_000):
        stored[:] = [f"number {number}" for number in range(size)]
        ui = rooms()
        async with visiting(ui) as page:
            await press(page, "whisper")
            assert page.answer.size < 400
            [(view, _, _)] = ui.site.views._views.values()
            costs.append(view.cost)
            assert all(each.content is None for mount in view.root.walk() for each in mount.feeds.values())
    assert costs[0] == pytest.approx(costs[1], abs=500)


class Listening(Room):
    @subscribe(news)
    def arrived(self, message: Message) -> None:
        self.messages.append(message)
        if message.text == "bad":
            raise ValueError("it does not want to hear this")


async def test_feed_hears_what_is_published_and_shows_it_once() -> None:
    ui = rooms(Listening)
    async with visiting(ui) as page:
        for text in ("d", "bad", "d", "e"):
            await news.publish(Message(id=text, text=text))
        page.server_forgets()
        loads.clear()
        await page.click("whisper")
        assert sorted(items(page)) == ["a", "b", "c", "d", "e", "psst"]
        await news.publish(Message(id="f", text="f"))
        page.server_forgets()
        await page.click("whisper")
        assert sorted(items(page)) == ["b", "c", "d", "e", "f", "psst"]
        assert loads == []


async def test_feed_that_has_missed_more_than_is_remembered_is_loaded_anew() -> None:
    async with visiting(rooms(Listening, limits=Limits(topic_messages=2))) as page:
        for text in "hijk":
            stored.append(text)
            await news.publish(Message(id=text, text=text))
        page.server_forgets()
        loads.clear()
        await page.click("change")
        assert items(page) == ["new", "first", "A", "b", "h", "i"]
        assert loads == ["hall"]
