"""Every call is answered once: a repeated one gets the recorded answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import Depends, HTTPException, Response

from reactor import Child, Component, Limits, Reactor, action, state
from reactor import html as h
from reactor.records import Answer, Records
from reactor.testing import TestPage
from tests.server.applications import application, visiting

ran: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    ran.clear()


def session(response: Response) -> None:
    response.set_cookie("session", f"number {len(ran)}")


class Shop(Component):
    bought: int = state(0)

    @action
    async def buy(self) -> None:
        ran.append("buy")
        self.bought += 1

    @action
    async def login(self, _session: Annotated[None, Depends(session)]) -> None:
        ran.append("login")

    @action
    async def fail(self) -> None:
        ran.append("fail")
        raise RuntimeError

    @action
    async def refuse(self) -> None:
        ran.append("refuse")
        raise HTTPException(409, "Sold out.")

    @action
    async def add(self, amount: int) -> None:
        ran.append("add")

    @action
    async def slow(self) -> None:
        ran.append("slow")
        await asyncio.sleep(0.05)
        self.bought += 10

    def render(self) -> Child:
        names = ("buy", "login", "fail", "refuse", "add", "slow")
        return h.div[h.output[self.bought], (h.button(on_click=getattr(self, n), key=n)[n] for n in names)]


def shop(**settings: Limits) -> Reactor:
    ui = application(**settings)

    @ui.page("/")
    async def page() -> Child:
        return Shop()

    return ui


@pytest.mark.parametrize("forgotten", [False, True])
async def test_call_that_is_repeated_is_not_run_again(forgotten: bool) -> None:
    async with visiting(shop()) as page:
        if forgotten:
            page.server_forgets()
        await page.click("buy")
        again = await page.repeat_call()
        assert ran == ["buy"]
        assert (again.status, again.content) == (page.answer.status, page.answer.content)
        await page.click("buy")
        assert page.get_by_role("status").text == "2"


@pytest.mark.parametrize("name", ["fail", "refuse", "add"])
async def test_call_that_failed_is_not_run_again(name: str) -> None:
    async with visiting(shop(), raise_server_errors=False) as page:
        await page.click(name)
        before = list(ran)
        again = await page.repeat_call()
        assert ran == before
        assert (again.status, again.code) == (page.answer.status, page.answer.code)
        assert again.status in (409, 422, 500)


async def test_recorded_answer_brings_its_cookies() -> None:
    async with visiting(shop()) as page:
        await page.click("login")
        assert page.client.http.cookies["session"] == '"number 0"'
        del page.client.http.cookies["session"]
        await page.repeat_call()
        assert page.client.http.cookies["session"] == '"number 0"'


async def test_call_that_comes_twice_at_the_same_time_runs_once() -> None:
    async with visiting(shop()) as page:
        view = page.view
        assert view is not None
        button = page.get_by_role("button", name="slow").element
        handler = button.handler("click")
        fields: dict[str, Any] = {
            "a": button.address("click"),
            "h": handler.mark,
            "e": {},
            "c": b"0123456789abcdef",
        }
        first, second = await asyncio.gather(view.call(fields), view.call(fields))
        assert ran == ["slow"]
        assert first.content == second.content


async def test_call_of_another_visitor_with_the_same_id_is_another_call() -> None:
    ui = shop()
    for _ in range(2):
        async with visiting(ui) as page:
            button = page.get_by_role("button", name="buy").element
            await page.call(button.address("click"), button.handler("click").mark, c=b"0123456789abcdef")
            assert page.answer.status == 200
    assert ran == ["buy", "buy"]


async def test_records_are_bounded() -> None:
    async with visiting(shop(limits=Limits(records=2))) as page:
        await page.click("buy")
        assert page.view is not None
        oldest = page.view.last_call
        await page.click("buy")
        await page.click("buy")
        # It is no more known; but its version is not the page's any more, and it has its old state.
        answer = await page.view.send(oldest)
        assert answer.status == 200
        assert ran == ["buy"] * 4


# The records themselves


def answering(*answers: Answer) -> Callable[[], asyncio.Future[Answer]]:
    left = list(answers)

    def run() -> asyncio.Future[Answer]:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        future.set_result(left.pop(0))
        return future

    return run


async def test_records_let_go_by_count_size_and_age() -> None:
    for records in (
        Records(count=1, size=1000, age=60),
        Records(count=10, size=15, age=60),
        Records(count=10, size=1000, age=0),
    ):
        run = answering(*[Answer(200, b"0123456789") for _ in range(4)])
        await records.once("v", b"a", run)
        await records.once("v", b"b", run)
        await records.once("v", b"a", run)
        assert len(records._answers) <= 1


async def test_records_are_bounded_while_a_call_runs_long() -> None:
    records = Records(count=2, size=1000, age=60)
    never = asyncio.get_running_loop().create_future()

    async def long() -> Answer:
        await never
        return Answer(200, b"")

    waiting = asyncio.create_task(records.once("v", b"long", long))
    await asyncio.sleep(0)
    for number in range(10):
        await records.once("v", bytes([number]), answering(Answer(200, b"")))
    assert len(records._answers) == 2
    never.set_result(None)
    assert (await waiting).status == 200


async def test_call_whose_connection_was_lost_is_run_by_its_repetition() -> None:
    records = Records(count=10, size=1000, age=60)
    started = asyncio.Event()

    async def lost() -> Answer:
        started.set()
        await asyncio.Event().wait()
        return Answer(500, b"")

    first = asyncio.create_task(records.once("v", b"a", lost))
    await started.wait()
    second = asyncio.create_task(records.once("v", b"a", answering(Answer(200, b"done"))))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).body == b"done"


async def test_call_that_raised_is_told_to_those_who_wait_and_not_recorded() -> None:
    records = Records(count=10, size=1000, age=60)
    gate = asyncio.Event()

    async def fails() -> Answer:
        await gate.wait()
        raise ValueError("no")

    both = [asyncio.create_task(records.once("v", b"a", fails)) for _ in range(2)]
    await asyncio.sleep(0)
    gate.set()
    results = await asyncio.gather(*both, return_exceptions=True)
    assert [str(result) for result in results] == ["no", "no"]
    assert (await records.once("v", b"a", answering(Answer(200, b"")))).status == 200


async def test_call_after_one_that_failed_starts_from_the_last_good_state() -> None:
    """Two copies of a tab call at once, and the first leaves half a change behind."""
    started, gate = asyncio.Event(), asyncio.Event()

    class Half(Component):
        count: int = state(0)

        @action
        async def break_(self) -> None:
            self.count += 1000
            started.set()
            await gate.wait()
            raise RuntimeError

        @action
        async def add(self) -> None:
            self.count += 1

        def render(self) -> Child:
            return h.div[
                h.output[self.count],
                h.button(on_click=self.break_)["Break"],
                h.button(on_click=self.add)["Add"],
            ]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Half()

    async with visiting(ui, raise_server_errors=False) as page:
        twin = TestPage(page.client, javascript=True)
        twin.url, twin.view, twin.tree = page.url, page.view, page.tree
        broken = asyncio.create_task(page.click("Break"))
        await started.wait()
        added = asyncio.create_task(twin.click("Add"))
        await asyncio.sleep(0.02)
        gate.set()
        await asyncio.gather(broken, added)
        assert page.answer.code == "failed"
        assert twin.answer.status == 200
        assert twin.get_by_role("status").text == "1"
