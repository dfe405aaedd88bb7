"""Actions that take longer than they may."""

from __future__ import annotations

import asyncio

from reactor import Child, Component, Limits, Reactor, action, state
from reactor import html as h
from tests.server.applications import application, visiting


class Slow(Component):
    said: str = state("nothing")

    @action
    async def begin(self) -> None:
        self.said = "half"
        await asyncio.Event().wait()

    @action(max_duration=0.02)
    async def hurry(self) -> None:
        self.said = "half"
        await asyncio.Event().wait()

    @action
    async def quick(self) -> None:
        self.said = "done"

    def render(self) -> Child:
        return [
            h.output[self.said],
            h.button(on_click=self.begin)["Begin"],
            h.button(on_click=self.hurry)["Hurry"],
            h.button(on_click=self.quick)["Quick"],
        ]


async def held_to(ui: Reactor, button: str) -> None:
    """Clicks something that takes too long, then something quick."""
    async with visiting(ui, raise_server_errors=False) as page:
        await page.click(button)
        assert page.answers[-1].status == 504
        assert "took longer than 0.02 s" in page.notices[-1]
        assert page.get_by_role("status").text == "nothing"
        await page.click("Quick")
        assert page.get_by_role("status").text == "done"


async def test_action_is_held_to_its_own_duration() -> None:
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Slow()

    await held_to(ui, "Hurry")


async def test_action_is_held_to_the_duration_of_its_page() -> None:
    ui = application()

    @ui.page("/", max_duration=0.02)
    async def page_() -> Child:
        return Slow()

    await held_to(ui, "Begin")


async def test_action_is_held_to_the_duration_of_the_application() -> None:
    ui = application(limits=Limits(duration=0.02))

    @ui.page("/")
    async def page_() -> Child:
        return Slow()

    await held_to(ui, "Begin")
