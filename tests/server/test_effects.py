"""Effects over the wire: with handlers, and from actions."""

from __future__ import annotations

import asyncio
from typing import Annotated

import pytest
from fastapi import BackgroundTasks
from pydantic import Field

from reactor import Child, Component, Invalid, Reactor, action, effects, on, state
from reactor import html as h
from reactor.effects import NoBrowserError
from tests.server.applications import application, visiting


class Notes(Component):
    notes: list[str] = state(factory=list)

    @action
    async def add(self, text: Annotated[str, Field(min_length=2)]) -> None:
        self.notes.append(text)
        effects.run(effects.scroll_into_view("li:last-child"), effects.focus("#text"))
        if text == "wrong":
            raise Invalid(text="Not this one.")
        if text == "broken":
            raise RuntimeError("on purpose")

    @action
    def slow(self) -> None:
        """Runs in a thread."""
        effects.run(effects.dispatch("slow"))

    @action
    async def both(self) -> None:
        await self.add("twice")
        self.slow()

    @action
    async def quiet(self) -> None: ...

    def render(self) -> Child:
        return h.section[
            h.form(action=[effects.add_class("sent"), self.add, effects.remove_class("sent")])[
                h.input(name="text", aria_label="Text"), h.button["Add"]
            ],
            h.ul[(h.li(key=i)[note] for i, note in enumerate(self.notes))],
            h.button(on_click=effects.toggle("#menu"))["Menu"],
            h.button(on_click=self.slow)["Slow"],
            h.button(on_click=self.both)["Both"],
            h.button(on_click=self.quiet)["Quiet"],
            h.form(action="/found", on_submit=effects.blur())[
                h.input(name="q", aria_label="Query"), h.button(on_click=on(effects.focus()))["Focus"]
            ],
            h.form(action="/found", on_submit=on(effects.blur(), prevent=True))[h.button["Stay"]],
            h.input(aria_label="Keys", on_keydown={"Escape": [effects.blur(), self.quiet]}),
        ]


def noting() -> Reactor:
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Notes()

    @ui.page("/found")
    async def found(q: str = "") -> Child:
        return h.p[f"Found {q}"]

    return ui


SENT = [effects.add_class("sent")]
DONE = [effects.remove_class("sent"), effects.scroll_into_view("li:last-child"), effects.focus("#text")]


async def test_effects_are_told_in_their_order() -> None:
    async with visiting(noting()) as page:
        await page.fill("Text", "one")
        await page.click("Add")
        assert page.effects == SENT + DONE
        assert page.answer.content["j"] == effects.to_wire(DONE[1:])


async def test_effects_alone_make_no_call() -> None:
    async with visiting(noting()) as page:
        await page.click("Menu")
        assert page.effects == [effects.toggle("#menu")]
        assert page.answers == []


async def test_effects_of_key_combinations() -> None:
    async with visiting(noting()) as page:
        await page.press("Keys", "Escape")
        assert page.effects == [effects.blur()]
        assert len(page.answers) == 1


@pytest.mark.parametrize(("text", "status"), [("x", 422), ("wrong", 422), ("broken", 500)])
async def test_effects_after_a_call_are_those_of_a_success(text: str, status: int) -> None:
    async with visiting(noting(), raise_server_errors=False) as page:
        await page.fill("Text", text)
        await page.click("Add")
        assert page.answer.status == status
        assert page.effects == SENT
        assert "j" not in page.answer.content


async def test_effects_survive_a_restart_of_the_server() -> None:
    async with visiting(noting()) as page:
        page.server_forgets()
        await page.fill("Text", "one")
        await page.click("Add")
        assert "r" in page.answer.content
        assert page.effects == SENT + DONE


async def test_effects_of_an_action_in_a_thread() -> None:
    async with visiting(noting()) as page:
        await page.click("Slow")
        assert page.effects == [effects.dispatch("slow")]
        await page.click("Quiet")
        assert page.effects == [effects.dispatch("slow")]


async def test_effects_of_actions_that_call_each_other() -> None:
    async with visiting(noting()) as page:
        await page.click("Both")
        assert page.effects == [*DONE[1:], effects.dispatch("slow")]


async def test_effects_of_calls_at_the_same_time_are_kept_apart() -> None:
    ui = noting()
    async with visiting(ui) as one, visiting(ui) as other:
        await asyncio.gather(one.click("Slow"), other.click("Both"), one.click("Quiet"))
        assert one.effects == [effects.dispatch("slow")]
        assert other.effects == [*DONE[1:], effects.dispatch("slow")]


async def test_effects_of_a_repeated_call_are_those_of_the_first() -> None:
    async with visiting(noting()) as page:
        await page.click("Slow")
        again = await page.repeat_call()
        assert again.content["j"] == effects.to_wire([effects.dispatch("slow")])


async def test_effects_of_an_action_that_has_ended_are_an_error() -> None:
    seen: list[str] = []

    class Late(Component):
        @action
        async def go(self, background: BackgroundTasks) -> None:
            background.add_task(self.later)

        async def later(self) -> None:
            try:
                effects.run(effects.focus())
            except NoBrowserError as error:
                seen.append(str(error))

        def render(self) -> Child:
            return h.button(on_click=self.go)["Go"]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Late()

    async with visiting(ui) as page:
        await page.click("Go")
        assert page.effects == []
    assert len(seen) == 1


async def test_effects_do_not_keep_a_form_from_being_sent() -> None:
    async with visiting(noting()) as page:
        await page.fill("Query", "tea")
        await page.press("Query", "Enter")
        assert page.effects == [effects.blur()]
        assert page.text == "Found tea"


async def test_effects_keep_a_form_when_they_are_to() -> None:
    async with visiting(noting()) as page:
        await page.click("Stay")
        assert page.effects == [effects.blur()]
        assert page.url == "/"


async def test_effects_without_javascript_do_nothing() -> None:
    async with visiting(noting(), javascript=False) as page:
        await page.click("Menu")
        await page.fill("Text", "one")
        await page.click("Add")
        assert page.effects == []
        assert page.get_by_role("listitem").text == "one"


async def test_handler_with_effects_alone_cannot_be_called() -> None:
    async with visiting(noting()) as page:
        address = page.get_by_role("button", name="Menu").element.address("click")
        for mark in (None, 0, b"x"):
            answer = await page.call(address, mark)
            assert (answer.status, answer.code) == (404, "handler")
        answer = await page.call(address, None, s=page.view.sealed if page.view else b"", i=b"other view id")
        assert answer.status == 409
