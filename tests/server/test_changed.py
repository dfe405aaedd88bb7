"""What was seen is what is called: otherwise nothing is run, and the person is told."""

from __future__ import annotations

import pytest

from reactor import Child, Component, Reactor, action, state
from reactor import html as h
from tests.server.applications import application, visiting

TOLD = "This has changed in the meantime. Nothing was done; please look again."

both = pytest.mark.parametrize("javascript", [True, False])


class World:
    """What changes outside of the page."""

    def __init__(self) -> None:
        self.price = 10
        self.rows = ["a", "b", "c"]
        self.on_sale = True
        self.done: list[str] = []


def market(world: World) -> Reactor:
    class Market(Component):
        @action
        async def buy(self, price: int) -> None:
            world.done.append(f"bought for {price}")

        @action
        async def remove(self, row: str) -> None:
            world.done.append(f"removed {row}")
            world.rows.remove(row)

        @action
        async def reserve(self) -> None:
            world.done.append("reserved")

        @action
        async def cancel(self) -> None:
            world.done.append("cancelled")

        def render(self) -> Child:
            return h.div[
                h.output[f"price {world.price}"],
                h.button(on_click=self.buy.bind(world.price))["Buy"],
                h.ul[
                    (
                        h.li(key=r)[r, h.button(on_click=self.remove.bind(r))[f"Remove {r}"]]
                        for r in world.rows
                    )
                ],
                h.button(on_click=self.reserve)["Reserve"]
                if world.on_sale
                else h.button(on_click=self.cancel)["Cancel"],
            ]

    ui = application()

    @ui.page("/")
    async def page() -> Child:
        return Market()

    return ui


@both
async def test_price_that_changed_is_not_paid(javascript: bool) -> None:
    world = World()
    async with visiting(market(world), javascript=javascript) as page:
        world.price = 12
        if javascript:
            page.server_forgets()
        await page.click("Buy")
        assert world.done == []
        assert page.get_by_role("status").text == "price 12"
        assert page.notices == [TOLD]
        assert (page.answer.code == "changed") if javascript else (page.status == 409)
        await page.click("Buy")
        assert world.done == ["bought for 12"]


@both
async def test_price_that_is_the_same_is_paid(javascript: bool) -> None:
    world = World()
    async with visiting(market(world), javascript=javascript) as page:
        if javascript:
            page.server_forgets()
        await page.click("Buy")
        assert world.done == ["bought for 10"]
        assert page.notices == []


@both
async def test_row_that_moved_is_the_one_that_is_removed(javascript: bool) -> None:
    world = World()
    async with visiting(market(world), javascript=javascript) as page:
        world.rows = ["c", "new", "b", "a"]
        if javascript:
            page.server_forgets()
        await page.click("Remove b")
        assert world.done == ["removed b"]
        assert [item.text[:1] for item in page.get_by_role("listitem")] == ["c", "n", "a"]


@both
async def test_row_that_is_gone_is_not_removed_and_none_in_its_place(javascript: bool) -> None:
    world = World()
    async with visiting(market(world), javascript=javascript) as page:
        world.rows = ["a", "c"]
        if javascript:
            page.server_forgets()
        await page.click("Remove b")
        assert world.done == []
        assert page.notices == [TOLD]
        assert len(page.get_by_role("listitem")) == 2


@both
async def test_button_that_became_another_one_is_not_pressed(javascript: bool) -> None:
    world = World()
    async with visiting(market(world), javascript=javascript) as page:
        world.on_sale = False
        if javascript:
            page.server_forgets()
        await page.click("Reserve")
        assert world.done == []
        assert page.notices == [TOLD]
        await page.click("Cancel")
        assert world.done == ["cancelled"]


async def test_button_as_it_was_seen_is_not_the_one_that_is_there_now() -> None:
    world = World()
    async with visiting(market(world)) as page:
        seen = page.get_by_role("button", name="Buy").one()
        world.price = 12
        await page.click("Remove a")
        assert page.get_by_role("status").text == "price 12"
        world.done.clear()
        await seen.click()
        assert world.done == []
        assert page.notices == [TOLD]


async def test_handler_that_does_not_exist_is_not_found() -> None:
    world = World()
    async with visiting(market(world)) as page:
        button = page.get_by_role("button", name="Buy").element
        address, mark = button.address("click"), button.handler("click").mark
        for wrong in ([], [99], ["x"], [*address, 0], address[:-1], [-1], [2, 0, 0], [*address[:-1], 2**40]):
            await page.call(list(wrong), mark)
            assert (page.answer.status, page.answer.code) == (404, "handler"), wrong
        assert world.done == []


@pytest.mark.parametrize("mark", [None, 0, 65535, b"", b"123456", b"x" * 100])
async def test_mark_that_is_made_up_runs_nothing(mark: int | bytes | None) -> None:
    world = World()
    async with visiting(market(world)) as page:
        for name in ("Buy", "Reserve", "Remove a"):
            button = page.get_by_role("button", name=name).element
            await page.call(button.address("click"), mark)
            assert (page.answer.status, page.answer.code) == (409, "changed")
        assert world.done == []


async def test_mark_of_another_button_runs_nothing() -> None:
    world = World()
    async with visiting(market(world)) as page:
        buy = page.get_by_role("button", name="Buy").element
        reserve = page.get_by_role("button", name="Reserve").element
        await page.call(reserve.address("click"), buy.handler("click").mark)
        await page.call(buy.address("click"), reserve.handler("click").mark)
        assert world.done == []


async def test_list_that_is_bound_and_changed_in_place_can_be_clicked() -> None:
    ran: list[list[str]] = []

    class Basket(Component):
        items: list[str] = state([])

        @action
        async def add(self) -> None:
            self.items.append("x")

        @action
        async def order(self, items: list[str]) -> None:
            ran.append(list(items))

        def render(self) -> Child:
            return h.div[
                h.button(on_click=self.add)["Add"], h.button(on_click=self.order.bind(self.items))["Order"]
            ]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Basket()

    async with visiting(ui) as page:
        await page.click("Add")
        await page.click("Order")
        assert ran == [["x"]]
        assert page.notices == []
