"""The shorter way to a page is taken only where there is nothing to find out, and means the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse

from reactor import Child, Component, Reactor, ReactorError, action
from reactor import html as h
from reactor.routes import PageRoute
from reactor.testing import TestClient
from tests.server.applications import SECRET, Counter, application


async def nothing() -> None: ...


def routes_of(function: Callable[..., Any], path: str = "/", **settings: Any) -> list[PageRoute]:
    ui = application()
    ui.page(path, **settings)(function)
    return [route for route in ui.app.router.routes if isinstance(route, PageRoute)]


async def plain() -> Child:
    return Counter()


async def texts(room: str, rest: str) -> Child:
    return h.p[room, " ", rest]


async def number(room: int) -> Child:
    return h.p[room]


async def bounded(room: Annotated[str, Path(max_length=3)]) -> Child:
    return h.p[room]


async def asked(q: Annotated[str, Query()] = "") -> Child:
    return h.p[q]


async def queried(q: str) -> Child:
    return h.p[q]


async def guarded(_: Annotated[None, Depends(nothing)]) -> Child:
    return h.p["in"]


async def requested(request: Request) -> Child:
    return h.p[request.url.path]


@pytest.mark.parametrize(
    ("function", "path", "is_short"),
    [
        (plain, "/", True),
        (plain, "/{room}", True),
        (texts, "/{room}/{rest}", True),
        (texts, "/{room}/{rest:path}", False),
        (number, "/{room}", False),
        (bounded, "/{room}", False),
        (asked, "/", False),
        (queried, "/", False),
        (guarded, "/", False),
        (requested, "/", False),
    ],
)
def test_short_way_is_for_pages_that_ask_for_nothing(
    function: Callable[..., Any], path: str, is_short: bool
) -> None:
    assert [route._asks_nothing for route in routes_of(function, path)] == [is_short] * 2
    guards = [Depends(nothing)]
    assert [route._asks_nothing for route in routes_of(function, path, dependencies=guards)] == [False] * 2


async def test_guards_of_the_application_are_asked_at_each_call() -> None:
    seen: list[str] = []

    async def guard(request: Request) -> None:
        seen.append(request.method)

    ui = Reactor(FastAPI(dependencies=[Depends(guard)]), secret=SECRET)
    ui.page("/")(plain)
    async with TestClient(ui.app) as client:
        page = await client.get("/")
        seen.clear()
        await page.click("Count")
    assert seen == ["POST"]


async def test_guards_of_who_takes_in_the_pages_are_asked_at_each_call() -> None:
    seen: list[str] = []
    is_open = True

    async def guard(request: Request) -> None:
        seen.append(request.method)
        if not is_open:
            raise HTTPException(403, "No entry.")

    ui = application()
    ui.page("/")(plain)
    outer = FastAPI()
    outer.exception_handlers.update(ui.app.exception_handlers)
    outer.include_router(ui.app.router, dependencies=[Depends(guard)])
    async with TestClient(outer, raise_server_errors=False) as client:
        page = await client.get("/")
        seen.clear()
        await page.click("Count")
        assert page.get_by_role("status").text == "1"
        is_open = False
        await page.click("Count")
        assert page.get_by_role("status").text == "1"
    assert seen == ["POST", "POST"]


async def test_middleware_and_exception_handlers_stand_around_the_short_way() -> None:
    ui = application()
    seen: list[tuple[str, int]] = []

    @ui.app.middleware("http")
    async def note(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await go_on(request)
        seen.append((request.method, response.status_code))
        return response

    @ui.app.exception_handler(HTTPException)
    async def answer(request: Request, error: HTTPException) -> Response:
        return PlainTextResponse("mine", error.status_code)

    @ui.page("/")
    async def counter() -> Child:
        return Counter()

    @ui.page("/gone")
    async def gone() -> Child:
        raise HTTPException(410)

    async with TestClient(ui.app) as client:
        page = await client.get("/")
        seen.clear()
        await page.click("Count")
        assert (await client.http.get("/gone", headers={"accept": "application/json"})).text == "mine"
        assert (await client.http.put("/")).status_code == 405
    assert seen == [("POST", 200), ("GET", 410), ("PUT", 405)]


async def test_what_actions_of_a_page_on_the_short_way_depend_on_is_opened_and_closed() -> None:
    events: list[str] = []

    @asynccontextmanager
    async def _noted(name: str) -> AsyncIterator[None]:
        events.append(f"open {name}")
        yield
        events.append(f"close {name}")

    async def session() -> AsyncIterator[str]:
        async with _noted("session"):
            yield "session"

    class Desk(Component):
        @action
        async def save(self, _: Annotated[str, Depends(session)], background: BackgroundTasks) -> None:
            events.append("save")
            background.add_task(events.append, "background")

        def render(self) -> Child:
            return h.button(on_click=self.save)["Save"]

    ui = application()

    @ui.page("/")
    async def desk() -> Child:
        return Desk()

    async with TestClient(ui.app) as client:
        await (await client.get("/")).click("Save")
    assert events == ["open session", "save", "background", "close session"]


async def test_endpoint_at_the_address_of_a_page_takes_what_is_not_for_the_page() -> None:
    ui = application()

    @ui.page("/items")
    async def items() -> Child:
        return Counter()

    @ui.app.post("/items")
    async def add(names: list[str]) -> int:
        return len(names)

    async with TestClient(ui.app) as client:
        page = await client.get("/items")
        assert (await client.http.post("/items", json=["a", "b"])).json() == 2
        await page.click("Count")
        assert page.get_by_role("status").text == "1"
        plain = await client.get("/items", javascript=False)
        await plain.click("Count")
        assert plain.get_by_role("status").text == "1"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_page_behind_an_endpoint_at_its_address_is_an_error_that_names_it(method: str) -> None:
    ui = application()

    async def taken() -> int:
        return 1

    ui.app.add_api_route("/items", taken, methods=[method])
    if method == "PUT":
        ui.page("/items")(plain)
        return
    with pytest.raises(ReactorError, match=rf"taken is asked before it with {method} .*test_routes"):
        ui.page("/items")(plain)
