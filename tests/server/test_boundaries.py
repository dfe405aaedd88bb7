"""Error boundaries: what fails is replaced, the rest of the page goes on, and a retry brings it back."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Annotated, Any

import pytest
from fastapi import Depends, HTTPException

from reactor import (
    ActionError,
    Child,
    Component,
    ErrorBoundary,
    Failure,
    Invalid,
    Reactor,
    action,
    not_found,
    state,
)
from reactor import html as h
from reactor.testing import TestPage
from tests.server.applications import application, visiting

both = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])

REFERENCE = re.compile(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}")

broken: set[str] = set()
"""What fails at the moment."""
events: list[str] = []


@pytest.fixture(autouse=True)
def _whole() -> None:
    broken.clear()
    events.clear()


def check(what: str) -> None:
    if what in broken:
        raise RuntimeError(f"secret of {what}")


def weather() -> str:
    check("dependency")
    return "sunny"


class Part(Component):
    """A counter that can fail in each way."""

    name: str
    count: int = state(0)
    begun: int = state(0)

    async def mount(self) -> None:
        check(f"mount {self.name}")
        events.append(f"mount {self.name}")
        self.begun += 1

    @action
    async def add(self) -> None:
        self.count += 1

    @action
    async def fail(self) -> None:
        self.count += 100
        raise RuntimeError("secret of an action")

    @action
    async def refuse(self) -> None:
        self.count += 100
        raise ActionError("The room is taken.", status=409)

    @action
    async def lose(self) -> None:
        self.count += 100
        raise not_found("There is no such room.")

    @action
    async def mistake(self) -> None:
        self.count += 100
        raise Invalid("Not like this.")

    @action
    async def add_and_break(self) -> None:
        self.count += 1
        broken.add(f"render {self.name}")

    def render(self, weather: Annotated[str, Depends(weather)]) -> Child:
        check(f"render {self.name}")
        return h.section(aria_label=self.name)[
            h.output[f"{self.name} {self.count} {self.begun} {weather}"],
            [
                h.button(on_click=handler)[f"{label} {self.name}"]
                for label, handler in {
                    "Add": self.add,
                    "Fail": self.fail,
                    "Refuse": self.refuse,
                    "Lose": self.lose,
                    "Mistake": self.mistake,
                    "Break": self.add_and_break,
                }.items()
            ],
        ]


class Frame(Component):
    """What stands around the part that fails: nothing knows of a boundary."""

    name: str
    opened: int = state(0)

    @action
    async def open(self) -> None:
        self.opened += 1

    def render(self) -> Child:
        return h.div[h.p[f"Frame {self.opened}"], h.button(on_click=self.open)["Open"], Part(name=self.name)]


def told(failure: Failure) -> Child:
    return h.aside[
        h.p(role="alert")[f"{failure.status} {failure.message}"],
        h.button(on_click=failure.retry)["Once more"],
        h.code[failure.reference],
    ]


def showing(content: Any, **settings: Any) -> Reactor:
    ui = application(**settings)

    @ui.page("/")
    async def page_() -> Child:
        made: Child = content()
        return made

    return ui


def two() -> Child:
    return h.main[
        ErrorBoundary(fallback=told, key="one")[Frame(name="A")],
        ErrorBoundary(key="two")[Part(name="B")],
        Part(name="C"),
    ]


def outputs(page: TestPage) -> list[str]:
    return [each.text for each in page.get_by_tag("output")]


def alerts(page: TestPage) -> list[str]:
    return [each.text for each in page.get_by_role("alert")]


@both
@pytest.mark.parametrize("what", ["render A", "mount A"])
async def test_boundary_shows_its_fallback_at_the_first_load(
    what: str, javascript: bool, caplog: pytest.LogCaptureFixture
) -> None:
    broken.add(what)
    async with visiting(showing(two), javascript=javascript, raise_server_errors=False) as page:
        assert page.status == 500
        assert outputs(page) == ["B 0 1 sunny", "C 0 1 sunny"]
        assert alerts(page) == ["500 Something went wrong."]
        assert "secret" not in page.html
        reference = REFERENCE.search(page.text)
        assert reference is not None
        assert f"reference {reference[0]}" in caplog.text
        assert "RuntimeError: secret of" in caplog.text
        assert "in the component ErrorBoundary › Frame › Part" in caplog.text
        await page.click("Add B")
        assert page.status == (500 if javascript else 200)
        assert outputs(page) == ["B 1 1 sunny", "C 0 1 sunny"]
        broken.clear()
        await page.click("Once more")
        assert outputs(page) == ["A 0 1 sunny", "B 1 1 sunny", "C 0 1 sunny"]
        assert alerts(page) == []
        await page.click("Add A")
        assert outputs(page)[0] == "A 1 1 sunny"


@both
async def test_boundary_keeps_the_state_of_what_failed(javascript: bool) -> None:
    async with visiting(showing(two), javascript=javascript, raise_server_errors=False) as page:
        await page.click("Add A")
        await page.click("Open")
        await page.click("Fail A")
        assert alerts(page) == ["500 Something went wrong."]
        assert outputs(page) == ["B 0 1 sunny", "C 0 1 sunny"]
        if javascript:
            assert (page.answer.status, page.answer.code) == (500, "caught")
            assert page.answer.content["e"]["r"] in page.text
            assert "t" not in page.answer.content["e"]
            assert page.notices == []
            page.server_forgets()
        else:
            assert page.status == 500
        await page.click("Add B")
        await page.click("Once more")
        assert outputs(page) == ["A 1 1 sunny", "B 1 1 sunny", "C 0 1 sunny"]
        assert "Frame 1" in page.text
        assert events.count("mount A") == 1


@both
@pytest.mark.parametrize(
    ("button", "status", "message"),
    [("Refuse", 409, "The room is taken."), ("Lose", 404, "There is no such room.")],
)
async def test_boundary_shows_what_an_action_says(
    button: str, status: int, message: str, javascript: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with visiting(showing(two), javascript=javascript) as page:
        await page.click(f"{button} A")
        assert alerts(page) == [f"{status} {message}"]
        assert (page.answer.status if javascript else page.status) == status
        assert page.get_by_tag("code")[0].text == ""
        assert page.notices == []
        assert "Traceback" not in caplog.text
        await page.click("Once more")
        assert outputs(page)[0] == "A 0 1 sunny"


@both
async def test_boundary_does_not_show_what_is_invalid(javascript: bool) -> None:
    async with visiting(showing(two), javascript=javascript) as page:
        await page.click("Mistake A")
        assert outputs(page)[0] == "A 0 1 sunny"
        assert (page.answer.status if javascript else page.status) == 422


async def test_without_a_boundary_a_notice_tells_what_an_action_says() -> None:
    async with visiting(showing(two)) as page:
        await page.click("Refuse C")
        assert page.notices == ["The room is taken."]
        assert (page.answer.status, page.answer.code) == (409, "error")
        await page.click("Lose C")
        assert page.notices[1:] == ["There is no such room."]
        assert page.answer.status == 404
        assert outputs(page)[2] == "C 0 1 sunny"


async def test_retry_that_fails_again_has_a_new_reference() -> None:
    broken.add("render A")
    async with visiting(showing(two), raise_server_errors=False) as page:
        seen = {page.get_by_tag("code")[0].text}
        for _ in range(3):
            await page.click("Once more")
            assert page.answer.status == 200
            assert alerts(page) == ["500 Something went wrong."]
            seen.add(page.get_by_tag("code")[0].text)
        assert len(seen) == 4
        page.server_forgets()
        broken.clear()
        await page.click("Once more")
        assert outputs(page)[0] == "A 0 1 sunny"
        assert events.count("mount A") == 1


async def test_own_component_that_cannot_be_rendered_after_its_action_goes_back() -> None:
    async with visiting(showing(two), raise_server_errors=False) as page:
        await page.click("Add A")
        await page.click("Break A")
        assert alerts(page) == ["500 Something went wrong."]
        assert page.answer.code == "caught"
        broken.clear()
        await page.click("Once more")
        assert outputs(page)[0] == "A 1 1 sunny"


async def test_action_around_the_boundary_stands_though_something_in_it_fails() -> None:
    class Parent(Component):
        count: int = state(0)

        @action
        async def count_up(self) -> None:
            self.count += 1

        def render(self) -> Child:
            return h.div[
                h.p[f"Parent {self.count}"],
                h.button(on_click=self.count_up)["Up"],
                ErrorBoundary(fallback=told)[Part(name=f"P{self.count}"), Part(name="Q")],
            ]

    async with visiting(showing(Parent)) as page:
        await page.click("Add P0")
        await page.click("Add Q")
        broken.add("render P1")
        await page.click("Up")
        assert page.answer.status == 200
        assert "Parent 1" in page.text
        assert alerts(page) == ["500 Something went wrong."]
        await page.click("Up")
        assert alerts(page) == ["500 Something went wrong."]
        await page.click("Once more")
        assert outputs(page) == ["P2 1 1 sunny", "Q 1 1 sunny"]


async def test_handler_of_a_component_around_the_boundary_belongs_to_where_it_stands() -> None:
    class Parent(Component):
        @action
        async def refuse(self) -> None:
            raise ActionError("Closed.")

        def render(self) -> Child:
            return h.div[
                ErrorBoundary(fallback=told)[h.button(on_click=self.refuse)["Inside"]],
                h.button(on_click=self.refuse)["Outside"],
            ]

    async with visiting(showing(Parent)) as page:
        await page.click("Outside")
        assert (alerts(page), page.notices) == ([], ["Closed."])
        await page.click("Inside")
        assert (alerts(page), page.notices) == (["400 Closed."], ["Closed."])


async def test_inner_boundary_is_the_one_that_shows() -> None:
    def nested() -> Child:
        return ErrorBoundary(fallback=h.p["Outer"])[
            Part(name="A"), ErrorBoundary(fallback=h.p["Inner"])[Part(name="B")]
        ]

    async with visiting(showing(nested), raise_server_errors=False) as page:
        await page.click("Fail B")
        assert "Inner" in page.text
        assert outputs(page) == ["A 0 1 sunny"]
        await page.click("Fail A")
        assert page.text == "Outer"


async def test_error_of_a_fallback_goes_to_the_next_boundary() -> None:
    def careless(failure: Failure) -> Child:
        raise RuntimeError("secret of a fallback")

    def nested() -> Child:
        return ErrorBoundary(fallback=told)[Part(name="A"), ErrorBoundary(fallback=careless)[Part(name="B")]]

    async with visiting(showing(nested), raise_server_errors=False) as page:
        await page.click("Add A")
        await page.click("Fail B")
        assert alerts(page) == ["500 Something went wrong."]
        assert outputs(page) == []
        await page.click("Once more")
        assert outputs(page) == ["A 1 1 sunny", "B 0 1 sunny"]
    broken.add("render B")
    async with visiting(showing(nested), raise_server_errors=False) as page:
        assert alerts(page) == ["500 Something went wrong."]


async def test_error_of_the_only_fallback_is_that_of_the_call(caplog: pytest.LogCaptureFixture) -> None:
    def careless(failure: Failure) -> Child:
        raise RuntimeError("secret of a fallback")

    def content() -> Child:
        return ErrorBoundary(fallback=careless)[Part(name="A")]

    async with visiting(showing(content), raise_server_errors=False) as page:
        await page.click("Fail A")
        assert (page.answer.status, page.answer.code) == (500, "failed")
        assert outputs(page) == ["A 0 1 sunny"]
        assert "secret of an action" in caplog.text
        assert "secret of a fallback" in caplog.text
        await page.click("Add A")
        assert outputs(page) == ["A 1 1 sunny"]


async def test_boundaries_in_a_list_fail_each_for_itself() -> None:
    class Rows(Component):
        order: str = state("ABC")

        @action
        async def turn(self) -> None:
            self.order = self.order[::-1]

        def render(self) -> Child:
            return h.div[
                h.button(on_click=self.turn)["Turn"],
                h.ul[(h.li(key=name)[ErrorBoundary(fallback=told)[Part(name=name)]] for name in self.order)],
            ]

    broken.update({"render A", "mount C"})
    async with visiting(showing(Rows), raise_server_errors=False) as page:
        await page.click("Add B")
        assert len(alerts(page)) == 2
        await page.click("Turn")
        assert outputs(page) == ["B 1 1 sunny"]
        broken.clear()
        await page.get_by_role("button", name="Once more")[0].click()
        assert outputs(page) == ["C 0 1 sunny", "B 1 1 sunny"]
        await page.click("Once more")
        assert outputs(page) == ["C 0 1 sunny", "B 1 1 sunny", "A 0 1 sunny"]


async def test_dependency_that_fails_reaches_each_boundary_that_needs_it() -> None:
    broken.add("dependency")

    def content() -> Child:
        return [ErrorBoundary(fallback=told)[Part(name="A")], ErrorBoundary(fallback=told)[Part(name="B")]]

    async with visiting(showing(content), raise_server_errors=False) as page:
        assert len(alerts(page)) == 2
        broken.clear()
        await page.get_by_role("button")[0].click()
        await page.click("Once more")
        assert outputs(page) == ["A 0 1 sunny", "B 0 1 sunny"]


@pytest.mark.parametrize(("status", "raised"), [(404, True), (403, True), (404, False)])
async def test_boundary_catches_what_a_component_says(status: int, raised: bool) -> None:
    class Post(Component):
        def render(self) -> Any:
            error = HTTPException(status, "Not for you.")
            if raised:
                raise error
            return error

    async with visiting(showing(lambda: [h.p["Rest"], ErrorBoundary(fallback=told)[Post()]])) as page:
        assert page.status == status
        assert alerts(page) == [f"{status} Not for you."]
        assert "Rest" in page.text


async def test_boundary_lets_redirects_pass() -> None:
    class Guarded(Component):
        def render(self) -> Child:
            raise HTTPException(303, headers={"Location": "/login"})

    ui = showing(lambda: ErrorBoundary(fallback=told)[Guarded()])

    @ui.page("/login")
    async def login() -> Child:
        return h.p["Please log in."]

    async with visiting(ui) as page:
        assert page.url == "/login"


async def test_boundary_around_the_content_of_all_pages() -> None:
    ui = application(layout=lambda content: h.body[h.h1["Site"], ErrorBoundary(fallback=told)[content]])

    @ui.page("/")
    async def page_() -> Child:
        return Part(name="A")

    async with visiting(ui, raise_server_errors=False) as page:
        await page.click("Fail A")
        assert page.text.startswith("Site")
        assert alerts(page) == ["500 Something went wrong."]
        await page.click("Once more")
        assert outputs(page) == ["A 0 1 sunny"]


async def test_action_that_runs_while_its_boundary_fails_comes_to_nothing() -> None:
    started, gate = asyncio.Event(), asyncio.Event()

    class Slow(Component):
        count: int = state(0)

        @action
        async def work(self) -> None:
            self.count += 1
            started.set()
            await gate.wait()

        def render(self) -> Child:
            return h.p[h.output[f"Slow {self.count}"], h.button(on_click=self.work)["Work"]]

    def content() -> Child:
        return ErrorBoundary(fallback=told)[Slow(), Part(name="A")]

    async with visiting(showing(content), raise_server_errors=False) as page:
        working = asyncio.create_task(page.click("Work"))
        await started.wait()
        await page.click("Fail A")
        assert alerts(page) == ["500 Something went wrong."]
        gate.set()
        await working
        assert sorted((each.status, each.code) for each in page.answers) == [
            (409, "changed"),
            (500, "caught"),
        ]
        await page.click("Once more")
        assert outputs(page) == ["Slow 0", "A 0 1 sunny"]


async def test_restored_page_that_fails_in_a_boundary_says_that_it_has_changed() -> None:
    async with visiting(showing(two), raise_server_errors=False) as page:
        await page.click("Add A")
        page.server_forgets()
        broken.add("render A")
        await page.click("Add A")
        assert (page.answer.status, page.answer.code) == (409, "changed")
        assert alerts(page) == ["500 Something went wrong."]
        page.server_forgets()
        broken.clear()
        await page.click("Once more")
        assert outputs(page)[0] == "A 1 1 sunny"


async def test_state_of_another_build_still_leads_to_a_fresh_page() -> None:
    def version(kind: type, start: Any) -> Reactor:
        class Old(Component):
            value: kind = state(start)  # type: ignore[valid-type]

            @action
            async def change(self) -> None:
                self.value = {int: 5, str: "five"}[kind]

            def render(self) -> Child:
                return h.p[h.output[str(self.value)], h.button(on_click=self.change)["Change"]]

        Old.__qualname__ = "Old"
        return showing(lambda: ErrorBoundary(fallback=told)[Old()])

    before, after = version(str, "zero"), version(int, 0)
    async with visiting(before) as page:
        await page.click("Change")
        page.client._lifespan._app = after.app  # type: ignore[union-attr]
        await page.click("Change")
        assert (page.answer.status, page.answer.code) == (409, "stale")
        assert outputs(page) == ["0"]


async def test_default_fallback_tells_what_happened_and_tries_again() -> None:
    async with visiting(showing(two), raise_server_errors=False) as page:
        await page.click("Fail B")
        [alert] = alerts(page)
        assert alert.startswith("Something went wrong.")
        assert REFERENCE.search(alert)
        await page.click("Try again")
        assert outputs(page)[1] == "B 0 1 sunny"


async def test_fallback_may_have_components_with_state() -> None:
    def content() -> Child:
        return ErrorBoundary(fallback=Part(name="F"))[Part(name="A")]

    async with visiting(showing(content), raise_server_errors=False) as page:
        await page.click("Add A")
        await page.click("Fail A")
        assert outputs(page) == ["F 0 1 sunny"]
        await page.click("Add F")
        page.server_forgets()
        await page.click("Add F")
        assert outputs(page) == ["F 2 1 sunny"]


async def test_failure_in_development_says_more() -> None:
    async with visiting(showing(two, debug=True), raise_server_errors=False) as page:
        await page.click("Fail A")
        assert alerts(page) == ["500 RuntimeError: secret of an action"]
        path, *chain = page.answer.content["e"]["t"]
        assert path == "ErrorBoundary › Frame › Part"
        title, frames = chain[0]
        assert title == "RuntimeError: secret of an action"
        assert frames[-1][2].endswith("Part.fail")
        assert any("raise RuntimeError" in line for line in frames[-1][4:])


async def test_what_a_boundary_caught_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async with visiting(showing(two), raise_server_errors=False) as page:
        with caplog.at_level(logging.INFO, "reactor"):
            await page.click("Fail A")
        assert [record.levelname for record in caplog.records if record.name == "reactor"] == ["ERROR"]


async def test_action_may_return_that_there_is_nothing() -> None:
    class Leaving(Component):
        @action
        async def leave(self) -> Any:
            return not_found("There is no way out.")

        def render(self) -> Child:
            return h.button(on_click=self.leave)["Leave"]

    async with visiting(showing(lambda: ErrorBoundary(fallback=told)[Leaving()])) as page:
        await page.click("Leave")
        assert alerts(page) == ["404 There is no way out."]


@action
async def refuse_for_all() -> None:
    raise ActionError("Closed for all.")


@both
async def test_action_of_no_component_reaches_the_boundary_that_its_handler_stands_in(
    javascript: bool,
) -> None:
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        number = 7

        @action
        async def fail() -> None:
            raise RuntimeError(f"secret of {number}")

        return h.main[
            ErrorBoundary(fallback=told)[Part(name="A"), h.button(on_click=refuse_for_all)["Inside"]],
            ErrorBoundary(fallback=told)[h.button(on_click=fail)["Closure"]],
            h.button(on_click=refuse_for_all)["Outside"],
        ]

    async with visiting(ui, javascript=javascript, raise_server_errors=False) as page:
        await page.click("Add A")
        await page.click("Outside")
        assert outputs(page) == ["A 1 1 sunny"]
        if javascript:
            assert page.notices == ["Closed for all."]
        await page.click("Inside")
        assert alerts(page) == ["400 Closed for all."]
        assert outputs(page) == []
        await page.click("Once more")
        assert outputs(page) == ["A 1 1 sunny"]
        await page.click("Closure")
        assert alerts(page) == ["500 Something went wrong."]
        assert "secret" not in page.html
