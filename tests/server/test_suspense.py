"""Slow parts of a page: it comes at once, they follow in the same response."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

import pytest
from fastapi import Depends

from reactor import (
    Child,
    Component,
    ErrorBoundary,
    Limits,
    Reactor,
    Suspense,
    action,
    not_found,
    redirect,
    refresh,
    state,
)
from reactor import html as h
from tests.server.applications import application, visiting


class Slow(Component):
    """Waits for something, then can be counted with."""

    name: str
    what: Callable[[str], Awaitable[object]]
    count: int = state(0)
    loads: int = state(0)

    async def mount(self) -> None:
        self.loads += 1
        await self.what(self.name)

    @action
    async def add(self) -> None:
        self.count += 1

    @action
    async def everything(self) -> None:
        refresh()

    def render(self) -> Child:
        return h.section[
            h.output[f"{self.name} {self.count} {self.loads}"],
            h.button(on_click=self.add)[f"Add to {self.name}"],
            h.button(on_click=self.everything)[f"Refresh {self.name}"],
            h.form(action=self.add)[h.button[f"Post {self.name}"]],
        ]


class Opener(Component):
    """Shows slow parts once it is asked to."""

    what: Callable[[str], Awaitable[object]]
    is_open: bool = state(False)
    clicks: int = state(0)

    @action
    async def show(self) -> None:
        self.is_open = True

    @action
    async def show_slowly(self) -> AsyncIterator[None]:
        self.is_open = True
        yield
        self.clicks += 1

    @action
    async def click(self) -> None:
        self.clicks += 1

    def render(self) -> Child:
        return h.main[
            h.b[self.clicks],
            h.button(on_click=self.show)["Show"],
            h.button(on_click=self.show_slowly)["Show slowly"],
            h.button(on_click=self.click)["Click"],
            self.is_open and Suspense(fallback=h.p["Waiting"])[Slow(name="a", what=self.what)],
        ]


async def turns(_: str) -> None:
    """Waits for longer than what counts as not waiting."""
    for _turn in range(20):
        await asyncio.sleep(0)


async def nothing(_: str) -> None:
    """Does not wait."""


def serving(content: Callable[[], Child], **settings: Any) -> Reactor:
    ui = application(**settings)

    @ui.page("/")
    async def page_() -> Child:
        return content()

    @ui.page("/elsewhere")
    async def elsewhere() -> Child:
        return h.h1["Elsewhere"]

    return ui


def two(what: Callable[[str], Awaitable[object]] = turns) -> Child:
    return h.main[(Suspense(key=n, fallback=h.p["Waiting for ", n])[Slow(name=n, what=what)] for n in "ab")]


async def test_page_comes_with_fallbacks_and_then_the_parts() -> None:
    async with visiting(serving(two)) as page:
        html = (await page.client.http.get("/")).text
        shown, _, rest = html.partition('id="reactor"')
        assert "Waiting for a" in shown
        assert rest.count("data-frame") in (1, 2)
        assert page.text.startswith("a 0 1")
        await page.click("Add to b")
        assert "b 1 1" in page.text


async def test_part_that_does_not_wait_is_shown_at_once() -> None:
    nested = h.main[Suspense(fallback="Outer")[Suspense(fallback="Inner")[Slow(name="a", what=nothing)]]]
    async with visiting(serving(lambda: nested)) as page:
        html = (await page.client.http.get("/")).text
        assert "a 0 1" in html
        assert "data-frame" not in html
        assert "refresh" not in html


async def test_page_comes_complete_without_javascript() -> None:
    async with visiting(serving(two), javascript=False) as page:
        assert "Waiting" not in page.text
        await page.click("Post a")
        assert "a 1 1" in page.text
        assert "b 0 1" in page.text


async def test_browser_without_javascript_is_led_to_the_complete_page() -> None:
    async with visiting(serving(two)) as page:
        http = page.client.http
        html = (await http.get("/?x=1")).text
        way = "/_reactor/complete?to=%2F%3Fx%3D1"
        assert f'<noscript><meta http-equiv="refresh" content="0; url={way}">' in html
        back = await http.get(way)
        assert (back.status_code, back.headers["location"]) == (303, "/?x=1")
        assert "a 0 1" in (await http.get("/?x=1")).text
        for bad in ("//evil.example", "https://evil.example", "javascript:1", "/\\evil", ""):
            assert (await http.get("/_reactor/complete", params={"to": bad})).status_code == 400
        http.cookies.clear()
        assert (await http.get("/_reactor/complete?to=/")).status_code == 400


@pytest.mark.parametrize("button", ["Show", "Show slowly"])
async def test_answer_to_a_call_is_followed_by_the_parts(button: str) -> None:
    async with visiting(serving(lambda: Opener(what=turns))) as page:
        await page.click(button)
        assert page.answer.followed
        assert "a 0 1" in page.text
        await page.click("Add to a")
        assert "a 1 1" in page.text
        page.server_forgets()
        await page.click("Add to a")
        assert "a 2 1" in page.text


async def test_repeated_call_whose_parts_were_lost_begins_them_again() -> None:
    async with visiting(serving(lambda: Opener(what=turns))) as page:
        await page.click("Show")
        again = await page.repeat_call()
        assert again.content["f"] == 3
        assert not again.followed


async def test_refresh_keeps_what_is_shown() -> None:
    async with visiting(serving(two)) as page:
        await page.click("Add to a")
        await page.click("Refresh a")
        assert "a 1 1" in page.text
        assert not page.answer.followed


async def broken(_: str) -> None:
    await turns("")
    raise RuntimeError("secret detail")


async def test_part_that_fails_shows_so_in_the_nearest_boundary() -> None:
    def content() -> Child:
        part = Suspense(fallback="Waiting")[Slow(name="a", what=broken)]
        return h.main[h.h1["Page"], ErrorBoundary(fallback=h.p["Closed"])[part]]

    async with visiting(serving(content), raise_server_errors=False) as page:
        assert "Page" in page.text
        assert "Closed" in page.text
    async with visiting(serving(content), javascript=False, raise_server_errors=False) as page:
        assert "Closed" in page.text
        assert page.status == 500


async def test_part_that_fails_without_a_boundary_is_told_in_its_place() -> None:
    fails = [True]

    async def sometimes(_: str) -> None:
        await turns("")
        if fails[0]:
            raise RuntimeError("secret detail")

    ui = serving(lambda: h.main[h.h1["Page"], two(sometimes)])
    async with visiting(ui, raise_server_errors=False) as page:
        assert "Page" in page.text
        assert page.text.count("Something went wrong") == 2
        assert "secret" not in page.text
        fails[0] = False
        await page.click(page.get_by_role("button", name="Try again").first)
        assert page.text.count("Something went wrong") == 1
        assert "a 0 1" in page.text


async def test_part_that_takes_too_long_is_told_so() -> None:
    async def forever(_: str) -> None:
        await asyncio.Event().wait()

    async with visiting(serving(lambda: two(forever), limits=Limits(duration=0.05))) as page:
        assert page.text.count("took longer than 0.05 s") == 2


async def test_part_may_not_be_there_or_lead_elsewhere() -> None:
    async def missing(_: str) -> None:
        await turns("")
        raise not_found("No such weather.")

    async def leads(_: str) -> None:
        await turns("")
        raise redirect("/elsewhere")

    async with visiting(serving(lambda: two(missing))) as page:
        assert "No such weather." in page.text
    async with visiting(serving(lambda: two(leads)), javascript=False) as page:
        assert page.text == "Elsewhere"
    async with visiting(serving(lambda: Opener(what=leads))) as page:
        await page.click("Show")
        assert page.answer.followed[-1]["l"] == "/elsewhere"


async def test_parts_are_rendered_at_the_same_time_up_to_a_limit() -> None:
    most = running = 0

    async def count(_: str) -> None:
        nonlocal most, running
        running += 1
        most = max(most, running)
        await turns("")
        running -= 1

    def content() -> Child:
        return h.main[(Suspense(key=n)[Slow(name=str(n), what=count)] for n in range(6))]

    async with visiting(serving(content, limits=Limits(parts=3))) as page:
        assert most == 3
        assert "5 0 1" in page.text


async def test_each_part_has_its_own_dependencies_and_closes_them() -> None:
    events: list[str] = []

    async def session() -> AsyncIterator[int]:
        number = sum(event.startswith("open") for event in events)
        events.append(f"open {number}")
        await turns("")
        try:
            yield number
        except RuntimeError:
            events.append(f"rolled back {number}")
            raise
        events.append(f"closed {number}")

    class Reader(Component):
        fails: bool

        def render(self, db: Annotated[int, Depends(session)]) -> Child:
            if self.fails:
                raise RuntimeError("broken")
            return h.p["session ", db]

    def content() -> Child:
        return h.main[(Suspense(key=n)[Reader(fails=n > 0)] for n in range(2))]

    async with visiting(serving(content), javascript=False, raise_server_errors=False) as page:
        assert "session 0" in page.text
        assert sorted(events) == ["closed 0", "open 0", "open 1", "rolled back 1"]


async def test_another_key_begins_anew() -> None:
    class Choice(Component):
        chosen: int = state(0)

        @action
        async def next(self) -> None:
            self.chosen += 1

        def render(self) -> Child:
            part = Suspense(key=self.chosen, fallback="Waiting")[Slow(name=f"n{self.chosen}", what=turns)]
            return h.main[h.button(on_click=self.next)["Next"], part]

    async with visiting(serving(Choice)) as page:
        await page.click("Next")
        assert page.answer.followed
        assert "n1 0 1" in page.text


async def test_nested_parts_come_in_their_turn() -> None:
    class Outer(Component):
        async def render(self) -> Child:
            await turns("")
            return h.div["outer ", Suspense(fallback="Inner waits")[Slow(name="inner", what=turns)]]

    ui = serving(lambda: h.main[Suspense(fallback="Outer waits")[Outer()]])
    for javascript in (True, False):
        async with visiting(ui, javascript=javascript) as page:
            assert "outer" in page.text
            assert "inner 0 1" in page.text
