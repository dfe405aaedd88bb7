"""States that are kept on the server: small pages, and what is lost when they are gone."""

from __future__ import annotations

from typing import Any

from reactor import Child, Component, Limits, Reactor, action, state
from reactor import html as h
from tests.redis_servers import RedisServer
from tests.server.applications import application, visiting


class Much(Component):
    text: str = state(factory=lambda: "x" * 10_000)
    count: int = state(0)

    @action
    async def add(self) -> None:
        self.text += "y"
        self.count += 1

    def render(self) -> Child:
        return h.div[h.output[self.count], h.button(on_click=self.add)["Add"]]


def much(**settings: Any) -> Reactor:
    ui = application(**settings)

    @ui.page("/")
    async def page() -> Child:
        return Much()

    return ui


async def test_state_that_is_too_large_for_the_page_is_kept_on_the_server() -> None:
    for javascript in (True, False):
        async with visiting(much(limits=Limits(state_in_page=1_000)), javascript=javascript) as page:
            await page.click("Add")
            if javascript:
                page.server_forgets()
                assert page.view is not None
                assert len(page.view.sealed) < 100
            await page.click("Add")
            assert page.get_by_role("status").text == "2"


async def test_page_whose_state_is_gone_starts_afresh() -> None:
    ui = much(limits=Limits(state_in_page=1_000))
    async with visiting(ui) as page:
        await page.click("Add")
        ui.site.__post_init__()  # all that a process keeps
        await page.click("Add")
        assert page.answer.status == 409
        assert page.get_by_role("status").text == "0"
        await page.click("Add")
        assert page.get_by_role("status").text == "1"


async def test_state_in_redis_is_had_by_the_process_that_knows_nothing_of_it(
    redis_server: RedisServer,
) -> None:
    ui = much(limits=Limits(state_in_page=1_000), redis_url=redis_server.url)
    async with ui.site.running(), visiting(ui, raise_server_errors=False) as page:
        await page.click("Add")
        ui.site.__post_init__()
        await page.click("Add")
        assert page.get_by_role("status").text == "2"
        # Without Redis nothing is done that would lose it.
        ui.site.__post_init__()
        redis_server.kill()
        await page.click("Add")
        assert page.answer.status == 503
        assert page.get_by_role("status").text == "2"
