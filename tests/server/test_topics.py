"""Topics: what an action says is heard on its own page in the same answer, and kept as heard."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from reactor import Child, Component, ComponentError, Presence, ReactorError, Topic, action, state, subscribe
from reactor import html as h
from tests.server.applications import application, visiting


class Said(BaseModel):
    text: str


def room(name: str) -> Topic[Said]:
    return Topic(f"room:{name}", Said)


class Talk(Component):
    """Says something, and hears it."""

    name: str = "a"
    heard: list[str] = state([])
    loads: int = state(0)

    def mount(self) -> None:
        self.loads += 1

    @subscribe(lambda self: room(self.name))
    def arrived(self, said: Said) -> None:
        if said.text == "bad":
            raise ValueError("it does not want to hear this")
        self.heard.append(said.text)

    @action
    async def say(self, text: str) -> None:
        room(self.name).publish(Said(text=text))

    @action
    def shout(self, text: str) -> None:
        room(self.name).publish(Said(text=text.upper()))

    @action
    async def fail(self) -> None:
        room(self.name).publish(Said(text="before it failed"))
        raise RuntimeError("broken")

    @action
    async def nothing(self) -> None: ...

    def render(self) -> Child:
        return [
            h.output[" ".join(self.heard)],
            h.b(id="loads")[self.loads],
            h.form(action=self.say)[h.input(name="text", aria_label="Say"), h.button["Say"]],
            h.form(action=self.shout)[h.input(name="text", aria_label="Shout"), h.button["Shout"]],
            h.button(on_click=self.fail)["Fail"],
            h.button(on_click=self.nothing)["Nothing"],
        ]


def talking(**settings: Any) -> Any:
    ui = application(**settings)

    @ui.page("/")
    async def page_() -> Child:
        return Talk()

    return ui


async def test_what_an_action_says_is_heard_in_the_same_answer() -> None:
    async with visiting(talking()) as page:
        await page.fill("Say", "hello")
        await page.click("Say")
        assert page.get_by_role("status").text == "hello"
        await page.fill("Shout", "from a thread")
        await page.click("Shout")
        assert page.get_by_role("status").text == "hello FROM A THREAD"


async def test_restored_page_hears_what_was_said_and_hears_it_once() -> None:
    ui = talking()
    async with visiting(ui) as page:
        await page.fill("Say", "one")
        await page.click("Say")
        room("a").publish(Said(text="two"))
        page.server_forgets()
        await page.click("Nothing")
        assert page.get_by_role("status").text == "one two"
        page.server_forgets()
        await page.click("Nothing")
        assert page.get_by_role("status").text == "one two"


async def test_message_that_cannot_be_heard_does_not_keep_the_others_back() -> None:
    async with visiting(talking()) as page:
        for text in ("good", "bad", "better"):
            await page.fill("Say", text)
            await page.click("Say")
        assert page.get_by_role("status").text == "good better"


async def test_what_was_said_stands_when_the_action_fails() -> None:
    async with visiting(talking(), raise_server_errors=False) as page:
        await page.click("Fail")
        assert page.get_by_role("status").text == ""
        await page.fill("Say", "more")
        await page.click("Say")
        assert page.get_by_role("status").text == "before it failed more"


async def test_page_that_has_missed_too_much_loads_anew() -> None:
    from reactor import Limits  # noqa: PLC0415

    ui = talking(limits=Limits(topic_messages=2))
    async with visiting(ui) as page:
        for number in range(5):
            room("a").publish(Said(text=str(number)))
        page.server_forgets()
        await page.click("Nothing")
        assert page.get_by_text("2").text == "2"
        assert page.get_by_role("status").text == ""


async def test_message_of_another_type_is_refused() -> None:
    with pytest.raises(
        ReactorError, match=r"Topic\('room:a', Said\)\.publish\('text'\): it is not of that type"
    ):
        room("a").publish("text")  # type: ignore[arg-type]


def test_publish_needs_an_event_loop() -> None:
    application()
    with pytest.raises(ReactorError, match=r"asyncio\.run"):
        room("a").publish(Said(text="nobody"))


def test_subscribe_wants_a_topic() -> None:
    with pytest.raises(ComponentError, match="a Topic is due"):
        subscribe("room:a")  # type: ignore[arg-type]


async def test_subscription_that_takes_too_much_is_an_error() -> None:
    class Wrong(Component):
        @subscribe(Topic("x", int))
        def heard(self, one: int, two: int) -> None: ...

        @action
        async def go(self) -> None:
            Topic("x", int).publish(1)

        def render(self) -> Child:
            return h.button(on_click=self.go)["Go"]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Wrong()

    with pytest.raises(ComponentError, match="nobody gives it 'two'"):
        async with visiting(ui):
            pass


async def test_who_joins_is_there_at_once() -> None:
    class Guests(Component):
        async def render(self) -> Child:
            people = await Presence("guests", str).join("Ada")
            return h.output[", ".join(people), " of ", len(await Presence("guests", str).here())]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Guests()

    async with visiting(ui) as page:
        # Nobody listens: a page that was only fetched is not there for the others.
        assert page.get_by_role("status").text == "Ada of 0"
