"""Actions that yield: each yield sends what has changed so far."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends

from reactor import Child, Component, Limits, action, effects, state
from reactor import html as h
from tests.server.applications import application, visiting


class Story(Component):
    """Tells something word by word."""

    text: str = state("")
    count: int = state(0)

    @action
    async def tell(self) -> AsyncIterator[None]:
        self.text = ""
        for word in ("Once", "upon", "a", "time"):
            self.text += word + " "
            yield

    @action
    async def fail(self) -> AsyncIterator[None]:
        self.text = "half"
        yield
        self.text = "all"
        raise RuntimeError("broken")

    @action
    async def late(self) -> AsyncIterator[None]:
        raise RuntimeError("at once")
        yield

    @action
    async def hang(self) -> AsyncIterator[None]:
        self.text = "begun"
        yield
        self.text = "more"
        await asyncio.Event().wait()

    @action
    async def hint(self) -> AsyncIterator[str]:
        effects.run(effects.focus("#first"))
        yield "one"
        effects.run(effects.focus("#second"))
        yield "two"

    @action
    async def add(self) -> None:
        self.count += 1

    def render(self) -> Child:
        return [
            h.output[self.text],
            h.b(id="count")[self.count],
            *(
                h.button(on_click=each)[each.action.__name__]
                for each in (self.tell, self.fail, self.late, self.hang, self.hint, self.add)
            ),
            h.form(action=self.tell)[h.button["Submit"]],
        ]


def story(**settings: Any) -> Any:
    ui = application(**settings)

    @ui.page("/")
    async def page_() -> Child:
        return Story()

    return ui


async def test_yield_sends_what_has_changed_so_far() -> None:
    async with visiting(story()) as page:
        await page.click("tell")
        assert page.get_by_role("status").text == "Once upon a time"
        answer = page.answer
        # Those that nobody waits for yet are put into the next one.
        assert 1 <= len(answer.parts) <= 4
        assert all(part["v"] == part["b"] + 1 for part in answer.parts)
        await page.click("add")
        assert page.get_by_text("1").text == "1"


async def test_yield_keeps_what_was_sent_when_the_action_fails() -> None:
    async with visiting(story(), raise_server_errors=False) as page:
        await page.click("fail")
        assert page.get_by_role("status").text == "half"
        assert page.answer.code == "failed"
        page.server_forgets()
        await page.click("add")
        assert page.get_by_role("status").text == "half"


async def test_action_that_fails_before_it_yields_answers_with_an_honest_status() -> None:
    async with visiting(story(), raise_server_errors=False) as page:
        await page.click("late")
        assert page.answer.status == 500
        assert page.answer.parts == []


async def test_action_that_yields_is_held_to_its_duration_between_two_yields() -> None:
    async with visiting(story(limits=Limits(duration=0.05)), raise_server_errors=False) as page:
        await page.click("hang")
        assert page.answer.code == "late"
        assert page.get_by_role("status").text == "begun"


async def test_action_that_yields_goes_on_after_a_restore() -> None:
    async with visiting(story()) as page:
        await page.click("add")
        page.server_forgets()
        await page.click("tell")
        assert "r" in page.answer.parts[0]
        assert page.get_by_role("status").text == "Once upon a time"
        assert page.get_by_text("1").text == "1"


async def test_action_that_yields_works_without_javascript() -> None:
    async with visiting(story(), javascript=False) as page:
        await page.click("Submit")
        assert page.get_by_role("status").text == "Once upon a time"


async def test_yield_sends_effects_and_the_last_value_is_the_result() -> None:
    async with visiting(story()) as page:
        await page.click("hint")
        assert page.effects[:1] + page.effects[-1:] == [effects.focus("#first"), effects.focus("#second")]


async def test_repeated_call_of_an_action_that_yields_is_not_run_again() -> None:
    async with visiting(story()) as page:
        await page.click("tell")
        again = await page.repeat_call()
        assert again.content == page.answer.content
        assert again.parts == []


async def test_dependencies_see_that_an_action_failed_after_it_had_yielded() -> None:
    ended: list[str] = []

    async def session() -> AsyncIterator[str]:
        try:
            yield "session"
        except BaseException:
            ended.append("rolled back")
            raise
        else:
            ended.append("committed")

    class Shop(Component):
        @action
        async def buy(self, db: Annotated[str, Depends(session)], *, well: bool) -> AsyncIterator[None]:
            yield
            assert ended.count("committed") <= 1
            if not well:
                raise RuntimeError("broken")

        def render(self) -> Child:
            return [
                h.button(on_click=self.buy.bind(well=True))["Buy"],
                h.button(on_click=self.buy.bind(well=False))["Break"],
            ]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Shop()

    async with visiting(ui, raise_server_errors=False) as page:
        await page.click("Buy")
        assert ended == ["committed"]
        await page.click("Break")
        assert page.answer.code == "failed"
        assert ended == ["committed", "rolled back"]
