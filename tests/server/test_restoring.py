"""Pages go on where they were: after the server forgot them, on another process, after a deploy."""

from __future__ import annotations

from typing import Any

import pytest

from reactor import Child, Component, Limits, Reactor, action, state
from reactor import html as h
from reactor.secret import fresh
from reactor.testing import TestClient
from tests.server.applications import application, counting, visiting


@pytest.mark.parametrize("javascript", [True, False])
async def test_counter_counts(javascript: bool) -> None:
    async with visiting(counting(), "/?step=2", javascript=javascript) as page:
        assert page.title == "Counter"
        assert page.get_by_role("status").text == "0"
        for expected in ("2", "4", "6"):
            await page.click("Count")
            assert page.get_by_role("status").text == expected
        assert page.status == 200
        assert page.notices == []


async def test_counter_answer_is_a_patch_of_what_changed() -> None:
    async with visiting(counting()) as page:
        before = page.version
        await page.click("Count")
        assert page.version == before + 1
        assert page.answer.status == 200
        assert "r" not in page.answer.content
        assert page.answer.size < 150


async def test_page_that_the_server_forgot_goes_on() -> None:
    async with visiting(counting()) as page:
        await page.click("Count")
        page.server_forgets()
        await page.click("Count")
        assert page.get_by_role("status").text == "2"
        assert page.notices == []
        assert "r" in page.answer.content
        await page.click("Count")
        assert page.get_by_role("status").text == "3"
        assert "r" not in page.answer.content


async def test_page_with_much_state_is_asked_for_it_and_goes_on() -> None:
    class Notes(Component):
        lines: list[str] = state([])

        @action
        async def add(self) -> None:
            self.lines.append("x" * 2000)

        def render(self) -> Child:
            return h.div[h.output[len(self.lines)], h.button(on_click=self.add)["Add"]]

    ui = application()

    @ui.page("/")
    async def notes() -> Child:
        return Notes()

    async with visiting(ui) as page:
        await page.click("Add")
        await page.click("Add")
        page.server_forgets()
        await page.click("Add")
        assert page.get_by_role("status").text == "3"


async def test_page_goes_on_at_another_process_with_the_same_secret() -> None:
    first, second = counting(), counting()
    async with TestClient(first.app) as one, TestClient(second.app) as two:
        page = await one.get("/")
        await page.click("Count")
        for turn in range(2, 6):
            two.http.cookies.update(one.http.cookies)
            page.client = two if turn % 2 else one
            await page.click("Count")
            assert page.get_by_role("status").text == str(turn)


async def test_page_of_a_rotated_secret_goes_on() -> None:
    old, new = fresh(), fresh()
    before, during, after = counting(secret=old), counting(secret=[new, old]), counting(secret=[new])
    async with (
        TestClient(before.app) as first,
        TestClient(during.app) as second,
        TestClient(after.app) as third,
    ):
        page = await first.get("/")
        await page.click("Count")
        for client in (second, third):
            client.http.cookies.update(first.http.cookies)
            page.client = client
            await page.click("Count")
            assert page.answer.status == 200
        assert page.get_by_role("status").text == "3"


async def test_page_of_a_secret_that_is_gone_starts_afresh() -> None:
    async with TestClient(counting(secret=fresh()).app) as one, TestClient(counting().app) as two:
        page = await one.get("/")
        await page.click("Count")
        two.http.cookies.update(one.http.cookies)
        page.client = two
        await page.click("Count")
        assert (page.answer.status, page.answer.code) == (409, "stale")
        assert page.get_by_role("status").text == "0"
        assert page.notices == ["This page was updated and had to start afresh. Please try again."]
        await page.click("Count")
        assert page.get_by_role("status").text == "1"


def deployed(kind: type, start: Any, **added: Any) -> Reactor:
    """One class in different builds: the type of `count` differs, fields may be added."""

    async def increment(self: Any) -> None:
        self.count = self.count + kind(1)

    def render(self: Any) -> Child:
        names = ["count", *added]
        return h.div[
            h.output[" ".join(str(getattr(self, name)) for name in names)],
            h.button(on_click=self.increment)["Count"],
        ]

    increment.__qualname__ = "Deployed.increment"
    body: dict[str, Any] = {
        "__annotations__": {"count": kind, **{name: type(value) for name, value in added.items()}},
        "__qualname__": "Deployed",
        "__module__": __name__,
        "count": state(start),
        "render": render,
        **{name: state(value) for name, value in added.items()},
    }
    body["increment"] = action(increment)
    component: Any = type("Deployed", (Component,), body)
    ui = application()

    @ui.page("/")
    async def page() -> Child:
        return component()  # type: ignore[no-any-return]

    return ui


async def test_deploy_that_adds_a_field_keeps_the_state() -> None:
    async with (
        TestClient(deployed(int, 0).app) as one,
        TestClient(deployed(int, 0, colour="red").app) as two,
    ):
        page = await one.get("/")
        await page.click("Count")
        two.http.cookies.update(one.http.cookies)
        page.client = two
        await page.click("Count")
        assert page.answer.status == 200
        assert page.get_by_role("status").text == "2 red"


@pytest.mark.parametrize("javascript", [True, False])
async def test_deploy_that_changes_a_type_leads_to_a_fresh_page(javascript: bool) -> None:
    async with (
        TestClient(deployed(str, "a").app) as one,
        TestClient(deployed(int, 5).app) as two,
    ):
        page = await one.get("/", javascript=javascript)
        await page.click("Count")
        assert page.get_by_role("status").text == "a1"
        two.http.cookies.update(one.http.cookies)
        page.client = two
        await page.click("Count")
        assert (page.answer.code if javascript else page.status) == ("stale" if javascript else 409)
        assert page.get_by_role("status").text == "5"
        assert page.notices == ["This page was updated and had to start afresh. Please try again."]
        await page.click("Count")
        assert page.get_by_role("status").text == "6"


async def test_mount_is_not_run_again_when_a_page_is_restored() -> None:
    mounted: list[str] = []

    class Loaded(Component):
        content: str = state("")

        async def mount(self) -> None:
            mounted.append("mounted")
            self.content = f"loaded {len(mounted)}"

        @action
        async def look(self) -> None: ...

        def render(self) -> Child:
            return h.div[h.output[self.content], h.button(on_click=self.look)["Look"]]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Loaded()

    for javascript in (True, False):
        mounted.clear()
        async with visiting(ui, javascript=javascript) as page:
            if javascript:
                page.server_forgets()
            await page.click("Look")
            await page.click("Look")
            assert page.get_by_role("status").text == "loaded 1"
            assert mounted == ["mounted"]


@pytest.mark.parametrize("javascript", [True, False])
async def test_action_that_fails_keeps_nothing(javascript: bool, caplog: pytest.LogCaptureFixture) -> None:
    async with visiting(counting(), javascript=javascript, raise_server_errors=False) as page:
        await page.click("Count")
        shown = page.html
        if javascript:
            await page.click("Fail")
            assert (page.answer.status, page.answer.code) == (500, "failed")
            reference = page.answer.content["e"]["r"]
            assert page.notices == [
                f"Something went wrong. Nothing was changed. The reference is {reference}."
            ]
            assert f"reference {reference}" in caplog.text
            assert page.html == shown
            assert "secret detail" in caplog.text
            await page.click("Count")
            assert page.get_by_role("status").text == "2"
        else:
            await page.click("Fail")
            assert page.status == 500
        assert "secret detail" not in page.html


async def test_action_that_fails_says_more_only_with_debug() -> None:
    async with visiting(counting(debug=True), raise_server_errors=False) as page:
        await page.click("Fail")
        assert page.answer.message == "RuntimeError: secret detail"


async def test_state_that_is_too_large_keeps_nothing() -> None:
    class Notes(Component):
        lines: list[str] = state([])

        @action
        async def add(self) -> None:
            self.lines.append("x" * 600)

        def render(self) -> Child:
            return h.div[h.output[len(self.lines)], h.button(on_click=self.add)["Add"]]

    ui = application(limits=Limits(state=1000))

    @ui.page("/")
    async def notes() -> Child:
        return Notes()

    async with visiting(ui, raise_server_errors=False) as page:
        await page.click("Add")
        await page.click("Add")
        assert (page.answer.status, page.answer.code) == (500, "failed")
        assert page.get_by_role("status").text == "1"
        await page.click("Add")
        assert page.answer.code == "failed"
        await page.call(None)
        assert page.get_by_role("status").text == "1"
