"""FastAPI's dependencies on pages and actions mean what they mean on endpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

import pytest
from fastapi import BackgroundTasks, Cookie, Depends, FastAPI, Header, HTTPException, Query, Request, Response

from reactor import Child, Component, Reactor, action, redirect, state
from reactor import html as h
from reactor.testing import TestClient
from tests.server.applications import SECRET, application, visiting

events: list[str] = []


@pytest.fixture(autouse=True)
def _no_events() -> None:
    events.clear()


async def transaction() -> AsyncIterator[str]:
    """What a session of a database does."""
    events.append("begin")
    try:
        yield "transaction"
    except BaseException:
        events.append("rollback")
        raise
    else:
        events.append("commit")


def settings() -> str:
    return "settings"


async def visitor(response: Response) -> str:
    response.set_cookie("seen", "yes")
    response.headers["x-visitor"] = "known"
    return "ada"


def no_entry() -> None:
    raise HTTPException(403, "No entry.")


def to_login() -> None:
    raise HTTPException(303, headers={"Location": "/login"})


def note(text: str) -> None:
    events.append(f"background: {text}")


class Desk(Component):
    said: str = state("")

    @action
    async def save(self, session: Annotated[str, Depends(transaction)]) -> None:
        events.append(f"save in {session}")
        self.said = "saved"

    @action
    async def fail(self, session: Annotated[str, Depends(transaction)], background: BackgroundTasks) -> None:
        background.add_task(note, "never")
        self.said = "half"
        raise RuntimeError("no")

    @action
    async def refuse(self, session: Annotated[str, Depends(transaction)]) -> None:
        raise HTTPException(409, "Sold out.")

    @action
    async def ask(self, request: Request, agent: Annotated[str, Header(alias="user-agent")]) -> None:
        self.said = f"{request.method} {request.url.path} {agent}"

    @action
    async def parameters(self, room: str, page: Annotated[int, Query()] = 1) -> None:
        self.said = f"{room} {page}"

    @action
    async def later(self, background: BackgroundTasks) -> None:
        background.add_task(note, "done")
        events.append("action")

    @action
    async def known(self, who: Annotated[str, Depends(visitor)]) -> None:
        self.said = who

    @action
    async def told(self, seen: Annotated[str, Cookie()] = "nothing") -> None:
        self.said = f"cookie {seen}"

    @action
    async def configured(self, what: Annotated[str, Depends(settings)]) -> None:
        self.said = what

    @action
    async def forbidden(self, _gate: Annotated[None, Depends(no_entry)]) -> None:
        self.said = "entered"

    @action
    async def ended(self, _gate: Annotated[None, Depends(to_login)]) -> None:
        self.said = "entered"

    @action
    async def number(self, length: Annotated[int, Header(alias="x-length")]) -> None:
        self.said = str(length)

    @action
    async def login(self) -> Response:
        response = redirect("/login")
        response.set_cookie("session", "new")
        return response

    @action
    def plain(self) -> None:
        self.said = "from a thread"

    def render(self) -> Child:
        names = (
            "save fail refuse ask later known told configured forbidden ended number login plain"
        ).split()
        return h.div[
            h.output[self.said],
            (h.button(on_click=getattr(self, name), key=name)[name] for name in names),
            h.button(on_click=self.parameters.bind("r"))["parameters"],
        ]


def desk() -> Reactor:
    ui = application()

    @ui.page("/")
    async def page() -> Child:
        return Desk()

    @ui.page("/login")
    async def login(session: Annotated[str, Cookie()] = "none") -> Child:
        return h.p["Please log in. Session: ", session]

    return ui


both = pytest.mark.parametrize("javascript", [True, False])


@both
async def test_dependency_with_yield_ends_after_the_action(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.click("save")
        assert page.get_by_role("status").text == "saved"
        assert events == ["begin", "save in transaction", "commit"]


@both
async def test_dependency_with_yield_sees_that_the_action_failed(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript, raise_server_errors=False) as page:
        await page.click("fail")
        assert events == ["begin", "rollback"]


@both
async def test_dependency_with_yield_sees_that_the_action_refused(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.click("refuse")
        assert events == ["begin", "rollback"]
        assert page.notices == ["Sold out."]
        assert (page.answer.status if javascript else page.status) == 409


@both
async def test_dependency_of_a_page_sees_that_its_action_failed(javascript: bool) -> None:
    ui = application()

    @ui.page("/")
    async def page_(session: Annotated[str, Depends(transaction)]) -> Child:
        return Desk()

    async with visiting(ui, javascript=javascript, raise_server_errors=False) as page:
        events.clear()
        await page.click("refuse")
        assert events.count("rollback") == 2
        assert "commit" not in events


@both
async def test_action_takes_request_and_headers(javascript: bool) -> None:
    async with TestClient(desk().app, headers={"user-agent": "tester"}) as client:
        page = await client.get("/", javascript=javascript)
        await page.click("ask")
        assert page.get_by_role("status").text == "POST / tester"


async def test_action_takes_query_parameters_of_its_page() -> None:
    async with visiting(desk(), "/?page=7") as page:
        await page.click("parameters")
        assert page.get_by_role("status").text == "r 7"


@both
async def test_background_task_runs_after_the_action(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.click("later")
        assert events == ["action", "background: done"]


@both
async def test_background_task_of_an_action_that_failed_does_not_run(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript, raise_server_errors=False) as page:
        await page.click("fail")
        assert "background: never" not in events


@both
async def test_cookies_and_headers_of_a_dependency_reach_the_answer(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.click("known")
        assert page.client.http.cookies["seen"] == "yes"
        if javascript:
            assert page.answer.response.headers["x-visitor"] == "known"
            assert page.answer.response.headers["content-type"] == "application/x-reactor"
        await page.click("told")
        assert page.get_by_role("status").text == "cookie yes"


@both
async def test_cookies_of_a_redirect_are_set(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.click("login")
        assert page.url == "/login"
        assert page.text == "Please log in. Session: new"


@both
async def test_dependencies_can_be_overridden(javascript: bool) -> None:
    ui = desk()
    ui.app.dependency_overrides[settings] = lambda: "others"
    async with visiting(ui, javascript=javascript) as page:
        await page.click("configured")
        assert page.get_by_role("status").text == "others"


@both
async def test_guard_of_an_action_is_answered(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.click("forbidden")
        assert (page.answer.status if javascript else page.status) == 403
        assert page.notices == ["No entry."]
        assert page.get_by_role("status").text == ""


@both
async def test_guard_of_an_action_may_redirect(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.click("ended")
        assert page.url == "/login"


@both
async def test_dependency_of_an_action_that_does_not_validate_is_answered(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.click("number")
        assert (page.answer.status if javascript else page.status) == 422
        assert page.notices == ["The request does not validate."]


@both
async def test_action_without_async_runs(javascript: bool) -> None:
    async with visiting(desk(), javascript=javascript) as page:
        await page.click("plain")
        assert page.get_by_role("status").text == "from a thread"


# Guards of pages


def guarded(open_: list[bool]) -> Reactor:
    ui = application()

    def guard() -> None:
        if not open_[0]:
            raise HTTPException(401, "Please log in.")

    def redirecting() -> None:
        if not open_[0]:
            raise HTTPException(303, headers={"Location": "/login"})

    @ui.page("/", dependencies=[Depends(guard)])
    async def page() -> Child:
        return Desk()

    @ui.page("/redirecting", dependencies=[Depends(redirecting)])
    async def other() -> Child:
        return Desk()

    @ui.page("/login")
    async def login() -> Child:
        return h.p["Please log in."]

    return ui


async def test_guard_of_a_page_guards_each_call_on_it() -> None:
    is_open = [True]
    async with visiting(guarded(is_open)) as page:
        await page.click("plain")
        assert page.answer.status == 200
        is_open[0] = False
        await page.click("save")
        assert (page.answer.status, page.answer.message) == (401, "Please log in.")
        assert events == []
        assert page.get_by_role("status").text == "from a thread"


async def test_guard_of_a_page_guards_its_forms() -> None:
    is_open = [True]
    async with visiting(guarded(is_open), javascript=False) as page:
        is_open[0] = False
        await page.click("save")
        assert page.status == 401
        assert events == []


@both
async def test_guard_of_a_page_may_redirect(javascript: bool) -> None:
    is_open = [True]
    async with visiting(guarded(is_open), "/redirecting", javascript=javascript) as page:
        is_open[0] = False
        await page.click("save")
        assert page.url == "/login"
        assert events == []


async def test_page_function_may_return_a_response() -> None:
    ui = application()
    is_open = [True]

    @ui.page("/")
    async def page_() -> Child | Response:
        if not is_open[0]:
            response = redirect("/login")
            response.delete_cookie("session")
            return response
        return Desk()

    @ui.page("/login")
    async def login() -> Child:
        return h.p["Please log in."]

    async with visiting(ui) as page:
        page.client.http.cookies.set("session", "old", domain="testserver.local")
        page.server_forgets()
        is_open[0] = False
        await page.click("save")
        assert page.url == "/login"
        assert "session" not in page.client.http.cookies
        assert events == []
    async with visiting(ui) as page:
        assert page.url == "/login"


async def test_page_parameters_are_those_of_fastapi() -> None:
    ui = application()

    @ui.page("/rooms/{room}")
    async def room(room: int, request: Request, q: str = "none") -> Child:
        return h.p[f"{room} {q} {request.url.path}"]

    async with visiting(ui, "/rooms/7?q=x") as page:
        assert page.text == "7 x /rooms/7"
        assert (await page.client.get("/rooms/seven")).status == 422


def test_pages_are_not_in_the_schema_of_the_api() -> None:
    ui = desk()

    @ui.app.get("/api")
    def api() -> dict[str, int]:
        return {"answer": 42}

    assert list(ui.app.openapi()["paths"]) == ["/api"]


async def test_other_routes_go_on_beside_pages() -> None:
    ui = desk()

    @ui.app.get("/api/{number}")
    def api(number: int) -> dict[str, int]:
        return {"number": number}

    @ui.app.post("/api")
    def posted(data: dict[str, int]) -> dict[str, int]:
        return data

    async with TestClient(ui.app) as client:
        assert (await client.http.get("/api/7")).json() == {"number": 7}
        assert (await client.http.post("/api", json={"a": 1})).json() == {"a": 1}
        assert (await client.http.get("/api/x")).status_code == 422
        assert (await client.http.get("/nothing")).json() == {"detail": "Not Found"}


async def test_lifespan_of_the_application_is_run() -> None:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
        events.append("start")
        yield {"name": "shared"}
        events.append("end")

    ui = Reactor(FastAPI(lifespan=lifespan), secret=SECRET)

    @ui.page("/")
    async def page_(request: Request) -> Child:
        return h.p[request.state.name]

    async with visiting(ui) as page:
        assert page.text == "shared"
    assert events == ["start", "end"]


def sessions() -> Iterator[str]:
    events.append("open")
    yield "session"
    events.append("close")


async def test_dependency_is_resolved_once_for_an_action_and_what_it_renders() -> None:
    class Rows(Component):
        count: int = state(0)

        @action
        async def add(self, session: Annotated[str, Depends(sessions)]) -> None:
            self.count += 1

        async def render(self, session: Annotated[str, Depends(sessions)]) -> Child:
            return h.div[h.output[f"{session} {self.count}"], h.button(on_click=self.add)["Add"]]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Rows()

    async with visiting(ui) as page:
        events.clear()
        await page.click("Add")
        assert page.get_by_role("status").text == "session 1"
        assert events == ["open", "close"]
