"""After an action the page shows what it has written: the component, or with `refresh` the whole page."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import Depends, HTTPException

from reactor import Child, Component, Reactor, ReactorError, action, refresh, state
from reactor import html as h
from tests.server.applications import application, visiting

stock: dict[str, int] = {}
rendered: list[str] = []


@pytest.fixture(autouse=True)
def _full() -> None:
    stock.update(apples=3, open=1)
    rendered.clear()


def apples() -> int:
    return stock["apples"]


def is_open() -> None:
    if not stock["open"]:
        raise HTTPException(403, "Closed.")


class Count(Component):
    """Reads what it shows by itself."""

    async def render(self, left: Annotated[int, Depends(apples)]) -> Child:
        rendered.append("count")
        return h.output[left]


class Till(Component):
    sold: int = state(0)

    @action
    async def sell(self, *, everywhere: bool) -> None:
        stock["apples"] -= 1
        self.sold += 1
        if everywhere:
            refresh()

    @action
    async def close(self) -> None:
        stock["open"] = 0
        refresh()

    def render(self) -> Child:
        rendered.append("till")
        return h.div[
            h.p["Sold ", self.sold],
            h.button(on_click=self.sell.bind(everywhere=False))["Sell"],
            h.button(on_click=self.sell.bind(everywhere=True))["Sell and tell"],
            h.form(action=self.close)[h.button["Close"]],
        ]


def shop() -> Reactor:
    ui = application()

    @ui.page("/", dependencies=[Depends(is_open)])
    async def page(left: Annotated[int, Depends(apples)]) -> Child:
        rendered.append("page")
        return h.main[h.h1[left, " apples"], Count(), Till()]

    return ui


@pytest.mark.parametrize("javascript", [True, False])
async def test_refresh_shows_the_whole_page_anew(javascript: bool) -> None:
    async with visiting(shop(), javascript=javascript) as page:
        if javascript:
            rendered.clear()
            await page.click("Sell")
            assert ("3 apples" in page.text, "Sold 1" in page.text, rendered) == (True, True, ["till"])
        await page.click("Sell and tell")
        left = 1 if javascript else 2
        assert f"{left} apples" in page.text
        assert page.get_by_role("status").text == str(left)


async def test_refresh_goes_back_in_the_same_answer_as_a_patch() -> None:
    async with visiting(shop()) as page:
        await page.click("Sell and tell")
        assert page.answer.status == 200
        assert "r" not in page.answer.content, "a patch, not the whole tree"
        assert "2 apples" in page.text


async def test_refresh_works_in_a_page_that_the_server_has_forgotten() -> None:
    async with visiting(shop()) as page:
        await page.click("Sell")
        page.server_forgets()
        await page.click("Sell and tell")
        assert "1 apples" in page.text
        assert "Sold 2" in page.text


async def test_a_page_whose_guard_refuses_after_the_action_is_left() -> None:
    async with visiting(shop()) as page:
        await page.click("Close")
        assert page.answer.content["l"] == "/"


def test_refresh_needs_a_request() -> None:
    with pytest.raises(ReactorError, match="belongs to a request"):
        refresh()
