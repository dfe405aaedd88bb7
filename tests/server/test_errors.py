"""What a visitor gets when something is not there, or fails: statuses, error pages, references."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request

from reactor import (
    ActionError,
    CallRefused,
    Child,
    Component,
    Failure,
    Page,
    Reactor,
    action,
    forbidden,
    not_found,
    state,
    unauthorized,
)
from reactor import html as h
from reactor.errors import ComponentError, ReactorError
from reactor.protocol import MEDIA_TYPE
from reactor.testing import TestClient
from tests.server.applications import SECRET, Counter, application, counting, visiting

both = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])

REFERENCE = re.compile(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}")
CANARY = "canary of the application"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def raising(error: Any, **settings: Any) -> Reactor:
    """An application whose page at `/` raises this."""
    ui = application(**settings)

    @ui.page("/")
    async def page_() -> Child:
        raise error

    return ui


def shell(content: Child) -> Child:
    return [h.header["Shop"], h.main[content]]


# What was raised on purpose


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (not_found("There is no such post."), 404, "There is no such post."),
        (not_found(), 404, "There is nothing at this address."),
        (forbidden("For editors only."), 403, "For editors only."),
        (unauthorized(authenticate="Bearer"), 401, "Please sign in first."),
        (ActionError("The room is taken.", status=409), 409, "The room is taken."),
        (CallRefused(410, "gone", "This is over."), 410, "This is over."),
        (HTTPException(400), 400, "This request cannot be understood."),
        (HTTPException(404), 404, "There is nothing at this address."),
        (HTTPException(413, "More than we take."), 413, "More than we take."),
        (HTTPException(429, headers={"Retry-After": "7"}), 429, "This was too often. Please wait a moment."),
        (HTTPException(503, "Back at noon."), 503, "Back at noon."),
    ],
)
async def test_error_on_purpose_is_told_with_its_status(error: Any, status: int, message: str) -> None:
    async with TestClient(raising(error).app) as client:
        response = await client.http.get("/", headers=BROWSER)
        assert response.status_code == status
        assert message in response.text
        assert not REFERENCE.search(response.text)
        assert response.headers["content-type"].startswith("text/html")
        for name, value in (getattr(error, "headers", None) or {}).items():
            assert response.headers[name] == value


async def test_error_page_of_ours_keeps_to_the_policy() -> None:
    async with TestClient(raising(not_found()).app) as client:
        response = await client.http.get("/", headers=BROWSER)
        assert "default-src 'self'" in response.headers["content-security-policy"]
        assert response.headers["cache-control"] == "private, no-store"
        assert "<style" not in response.text
        assert " style=" not in response.text
        assert "<script" not in response.text
        address = re.search(r'href="(/_reactor/client/\w+/errors\.css)"', response.text)
        assert address is not None
        sheet = await client.http.get(address[1])
        assert sheet.headers["content-type"] == "text/css; charset=utf-8"
        assert "immutable" in sheet.headers["cache-control"]


async def test_address_that_does_not_fit_the_page_is_422() -> None:
    ui = application()

    @ui.page("/rooms/{room}")
    async def room(room: int) -> Child:
        return h.p[room]

    async with TestClient(ui.app) as client:
        page = await client.get("/rooms/seven")
        assert page.status == 422
        assert page.title == "Unprocessable Content" or page.title == "Unprocessable Entity"
        assert "detail" in (await client.http.get("/rooms/seven")).json()


async def test_error_is_escaped() -> None:
    async with TestClient(raising(not_found("<script>alert(1)</script>")).app) as client:
        page = await client.get("/")
        assert len(page.get_by_tag("script")) == 0
        assert "<script>alert(1)</script>" in page.text


@pytest.mark.parametrize("how", ["page", "dependency", "component", "returned"])
async def test_not_found_may_be_said_anywhere(how: str) -> None:
    def guard() -> None:
        if how == "dependency":
            raise not_found("Nobody.")

    class Post(Component):
        def render(self) -> Child:
            if how == "component":
                raise not_found("Nobody.")
            return h.p["A post"]

    ui = application()

    @ui.page("/", dependencies=[Depends(guard)])
    async def page_() -> Any:
        if how == "page":
            raise not_found("Nobody.")
        return not_found("Nobody.") if how == "returned" else Post()

    async with visiting(ui) as page:
        assert page.status == 404
        assert "Nobody." in page.text


async def test_not_found_works_in_other_routes() -> None:
    ui = application()

    def guard() -> None:
        raise not_found("Nobody.")

    @ui.app.get("/api", dependencies=[Depends(guard)])
    def api() -> dict[str, int]:
        return {}

    async with TestClient(ui.app) as client:
        response = await client.http.get("/api", headers=BROWSER)
        assert (response.status_code, response.json()) == (404, {"detail": "Nobody."})


def test_action_error_has_the_status_of_an_error() -> None:
    assert ActionError("No.").status == 400
    with pytest.raises(ReactorError, match="400 to 599"):
        ActionError("Fine.", status=200)


# Addresses that are nobody's


async def test_unknown_address_is_an_error_page_for_browsers_only() -> None:
    ui = application()

    @ui.app.get("/api/{number}")
    def api(number: int) -> dict[str, int]:
        if number == 0:
            raise HTTPException(404, "No such number.")
        return {"number": number}

    async with TestClient(ui.app) as client:
        page = await client.get("/nowhere")
        assert (page.status, page.title) == (404, "Not found")
        assert "There is nothing at this address." in page.text
        assert (await client.http.get("/nowhere")).json() == {"detail": "Not Found"}
        assert (await client.http.post("/nowhere", headers=BROWSER)).json() == {"detail": "Not Found"}
        api_answer = await client.http.get("/api/0", headers=BROWSER)
        assert api_answer.json() == {"detail": "No such number."}
        assert (await client.http.get("/api/x", headers=BROWSER)).status_code == 422


async def test_handler_of_the_application_for_http_errors_is_asked_where_no_page_is() -> None:
    app = FastAPI()

    @app.exception_handler(HTTPException)
    async def own(request: Request, error: Exception) -> Any:
        raise AssertionError("not asked: FastAPI's class, not Starlette's")

    ui = Reactor(app, secret=SECRET)

    @ui.error(404)
    def lost(failure: Failure) -> Child:
        return h.h1["Lost"]

    async with TestClient(app) as client:
        assert (await client.get("/nowhere")).text == "Lost"
        assert (await client.http.get("/nowhere")).json() == {"detail": "Not Found"}


# What was not on purpose


@both
async def test_failure_of_a_page_tells_a_reference_and_nothing_else(
    javascript: bool, caplog: pytest.LogCaptureFixture
) -> None:
    ui = raising(RuntimeError(CANARY))
    async with visiting(ui, javascript=javascript, raise_server_errors=False) as page:
        assert (page.status, page.title) == (500, "Something went wrong")
        assert CANARY not in page.html
        assert "test_errors" not in page.html
        reference = REFERENCE.search(page.text)
        assert reference is not None
        assert f"/ failed, reference {reference[0]}" in caplog.text
        assert CANARY in caplog.text


async def test_failure_is_plain_for_tools() -> None:
    async with TestClient(raising(RuntimeError(CANARY)).app) as client:
        response = await client.http.get("/")
        assert response.status_code == 500
        assert response.headers["content-type"].startswith("text/plain")
        assert response.text.startswith("Something went wrong. The reference is ")
        assert CANARY not in response.text


async def test_references_differ() -> None:
    async with TestClient(raising(RuntimeError(CANARY)).app, raise_server_errors=False) as client:
        texts = {(await client.get("/")).text for _ in range(5)}
        assert len(texts) == 5


@both
async def test_dependency_that_fails(javascript: bool, caplog: pytest.LogCaptureFixture) -> None:
    is_broken = [False]

    def session() -> Iterator[str]:
        if is_broken[0]:
            raise RuntimeError(CANARY)
        try:
            yield "session"
        except BaseException as error:
            closed.append(type(error).__name__)
            raise

    closed: list[str] = []
    ui = application()

    @ui.page("/", dependencies=[Depends(session)])
    async def page_() -> Child:
        return Counter()

    async with visiting(ui, javascript=javascript, raise_server_errors=False) as page:
        await page.click("Fail")
        assert closed == ["NotDone"]
        is_broken[0] = True
        await page.click("Count")
        if javascript:
            assert (page.answer.status, page.answer.code) == (500, "failed")
            assert page.get_by_role("status").text == "0"
            is_broken[0] = False
            await page.click("Count")
            assert page.get_by_role("status").text == "1"
        else:
            assert page.status == 500
            assert REFERENCE.search(page.text)
        assert CANARY not in page.html
        assert CANARY in caplog.text


class Fragile(Component):
    """Cannot always be rendered."""

    count: int = state(0)

    @action
    async def add(self) -> None:
        self.count += 1

    def render(self) -> Child:
        if broken:
            raise RuntimeError(CANARY)
        return h.p[h.output[self.count], h.button(on_click=self.add)["Add"]]


broken: list[bool] = []


@both
async def test_failure_while_restoring_loses_nothing(
    javascript: bool, caplog: pytest.LogCaptureFixture
) -> None:
    broken.clear()
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Fragile()

    async with visiting(ui, javascript=javascript, raise_server_errors=False) as page:
        await page.click("Add")
        if javascript:
            page.server_forgets()
        broken.append(True)
        await page.click("Add")
        assert CANARY in caplog.text
        if not javascript:
            assert (page.status, page.title) == (500, "Something went wrong")
            assert CANARY not in page.html
            return
        assert (page.answer.status, page.answer.code) == (500, "failed")
        assert page.answer.content["e"]["r"] in caplog.text
        assert page.get_by_role("status").text == "1"
        broken.clear()
        await page.click("Add")
        assert page.get_by_role("status").text == "2"


@both
async def test_form_whose_action_fails_is_the_page_again(javascript: bool) -> None:
    async with visiting(counting(), javascript=javascript, raise_server_errors=False) as page:
        await page.click("Count")
        await page.click("Fail")
        assert (page.answer.status if javascript else page.status) == 500
        assert page.get_by_role("status", name="")[0].text == "1" if javascript else "1" in page.text
        told = page.notices[0] if javascript else page.get_by_role("alert").text
        assert told.startswith("Something went wrong. Nothing was changed. The reference is ")
        await page.click("Count")
        assert "2" in page.text


# Error pages of one's own


def shop() -> Reactor:
    ui = application(layout=shell)

    @ui.error(404, title="Lost")
    async def lost(failure: Failure, request: Request) -> Child:
        return h.h1[f"{failure.status} {failure.message} ({request.url.path})"]

    @ui.error()
    def other(failure: Failure) -> Page:
        return Page(h.p["Sorry: ", failure.message, " ", failure.reference], title="Sorry", lang="de")

    @ui.page("/posts/{post}")
    async def post(post: int) -> Child:
        if post == 0:
            raise RuntimeError(CANARY)
        if post == 1:
            raise forbidden("Not yours.")
        raise not_found("No such post.")

    return ui


async def test_error_page_of_ones_own_is_put_into_the_layout() -> None:
    async with TestClient(shop().app, raise_server_errors=False) as client:
        page = await client.get("/posts/7")
        assert (page.status, page.title) == (404, "Lost")
        assert page.get_by_role("main").text == "404 No such post. (/posts/7)"
        assert "Shop" in page.text
        page = await client.get("/nowhere")
        assert page.get_by_role("main").text == "404 There is nothing at this address. (/nowhere)"
        page = await client.get("/posts/1")
        assert (page.status, page.title) == (403, "Sorry")
        assert page.get_by_role("main").text.strip() == "Sorry: Not yours."
        page = await client.get("/posts/0")
        assert page.status == 500
        assert REFERENCE.search(page.get_by_role("main").text)
        assert CANARY not in page.html
        assert page.tree.first("html").attributes["lang"] == "de"  # type: ignore[union-attr]


async def test_error_page_shows_components_at_rest() -> None:
    def weather() -> str:
        return "sunny"

    class Sky(Component):
        seen: str = state("")

        def mount(self, weather: str = Depends(weather)) -> None:
            self.seen = weather

        def render(self, weather: str = Depends(weather)) -> Child:
            return h.p[f"{self.seen} {weather}", h.button(on_click=self.look)["Look"]]

        @action
        async def look(self) -> None: ...

    ui = application(layout=lambda content: [Sky(), content])

    @ui.error(404)
    def lost(failure: Failure) -> Child:
        return h.h1["Lost"]

    async with TestClient(ui.app) as client:
        page = await client.get("/nowhere")
        assert page.text.startswith("sunny sunny")
        assert "Lost" in page.text
        assert page.get_by_role("button").element.attributes["type"] == "button"


@action
async def sign_out() -> None: ...


async def test_error_page_shows_actions_of_the_layout_at_rest() -> None:
    ui = application(layout=lambda content: [h.form(action=sign_out)[h.button["Sign out"]], content])

    @ui.error(404)
    def lost(failure: Failure) -> Child:
        return h.h1["Lost", h.button(on_click=sign_out)["Too"]]

    async with TestClient(ui.app) as client:
        page = await client.get("/nowhere")
        assert page.status == 404
        assert [each.text for each in page.get_by_role("button")] == ["Sign out", "Too"]


@pytest.mark.parametrize("declared", [True, False])
async def test_failure_of_the_layout_is_a_page_without_it(
    declared: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def layout(content: Child) -> Child:
        raise RuntimeError(CANARY)

    ui = application(layout=layout)

    @ui.page("/")
    async def page_() -> Child:
        return h.p["Content"]

    if declared:

        @ui.error()
        def sorry(failure: Failure) -> Child:
            return h.h1["Sorry ", failure.reference]

    async with TestClient(ui.app, raise_server_errors=False) as client:
        page = await client.get("/")
        assert page.status == 500
        assert page.get_by_role("heading").text.startswith("Sorry" if declared else "Something went wrong")
        assert REFERENCE.search(page.text)
        assert CANARY not in page.html


async def test_failure_of_the_error_page_is_ours(caplog: pytest.LogCaptureFixture) -> None:
    ui = raising(not_found("No such post."))

    @ui.error(404)
    def lost(failure: Failure) -> Child:
        raise RuntimeError(CANARY)

    async with TestClient(ui.app, raise_server_errors=False) as client:
        page = await client.get("/")
        assert (page.status, page.title) == (404, "Not found")
        assert "No such post." in page.text
        assert CANARY in caplog.text


def test_error_page_that_takes_something_else_is_refused() -> None:
    ui = application()
    with pytest.raises(ComponentError, match=r"lost takes failure, user"):

        @ui.error(404)
        def lost(failure: Failure, user: str) -> Child:
            return h.p[user]


# Calls


async def test_call_keeps_its_form_whatever_the_error_page() -> None:
    ui = shop()

    def guard(request: Request) -> None:
        if request.headers.get("x-broken"):
            raise RuntimeError(CANARY)
        if request.headers.get("x-denied"):
            raise unauthorized()

    @ui.page("/", dependencies=[Depends(guard)])
    async def page_() -> Child:
        return Counter()

    async with visiting(ui, raise_server_errors=False) as page:
        for header, status, code in (("x-broken", 500, "failed"), ("x-denied", 401, "refused")):
            page.client.http.headers[header] = "1"
            await page.click("Count")
            del page.client.http.headers[header]
            assert (page.answer.status, page.answer.code) == (status, code)
            assert page.answer.response.headers["content-type"] == MEDIA_TYPE


async def test_refusals_have_no_reference_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    class Desk(Component):
        @action
        async def refuse(self) -> None:
            raise ActionError("The room is taken.", status=409)

        @action
        async def close(self) -> None:
            raise ActionError("Closed for today.", status=503)

        def render(self) -> Child:
            return h.p[h.button(on_click=self.refuse)["Book"], h.button(on_click=self.close)["Close"]]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Desk()

    async with visiting(ui, raise_server_errors=False) as page:
        with caplog.at_level(logging.INFO, "reactor"):
            await page.click("Book")
            assert page.answer.content["e"] == {"c": "error", "m": "The room is taken."}
            assert caplog.text == ""
            await page.click("Close")
        assert page.notices == ["The room is taken.", "Closed for today."]
        assert [record.levelname for record in caplog.records] == ["WARNING"]


# Development


async def test_development_shows_the_way_to_the_failure() -> None:
    class Message(Component):
        def render(self) -> Child:
            password = "hunter2"
            raise LookupError(f"<b>no message</b> of {len(password)}")

    class Thread(Component):
        def render(self) -> Child:
            return h.ul[h.li[Message()]]

    ui = application(debug=True)

    @ui.page("/")
    async def page_() -> Child:
        return Thread()

    async with TestClient(ui.app, raise_server_errors=False) as client:
        page = await client.get("/?q=1")
        assert page.status == 500
        assert page.get_by_role("heading")[0].text == "LookupError: <b>no message</b> of 7"
        assert "Thread › Message" in page.text
        assert "GET /?q=1" in page.text
        marked = [
            each.text for each in page.get_by_tag("span") if "failed" in str(each.element.attributes["class"])
        ]
        assert len(marked) == 1
        assert "raise LookupError(" in marked[0]
        assert "libraries" in page.text
        assert "Message.render in " in page.text
        [address] = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.html)
        sheet = await client.http.get(address)
        assert sheet.headers["content-type"] == "text/css; charset=utf-8"
        response = await client.http.get("/", headers=BROWSER)
        assert "default-src 'self'" in response.headers["content-security-policy"]
        assert "<style" not in response.text
        assert " style=" not in response.text


async def test_development_shows_what_has_led_to_it() -> None:
    ui = application(debug=True)

    @ui.page("/")
    async def page_() -> Child:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise RuntimeError("second") from error

    async with TestClient(ui.app, raise_server_errors=False) as client:
        page = await client.get("/")
        assert [each.text for each in page.get_by_role("heading")] == [
            "RuntimeError: second",
            "Because of KeyError: 'first'",
        ]


async def test_development_shows_error_pages_of_what_was_on_purpose() -> None:
    async with TestClient(raising(not_found("No such post."), debug=True).app) as client:
        page = await client.get("/")
        assert (page.status, page.title) == (404, "Not found")


async def test_development_tells_calls_the_traceback() -> None:
    async with visiting(counting(debug=True), raise_server_errors=False) as page:
        await page.click("Fail")
        path, *chain = page.answer.content["e"]["t"]
        assert path == "Counter"
        [[title, frames]] = chain
        assert title == "RuntimeError: secret detail"
        file, line, function, first, *source = frames[-1]
        assert file.endswith("applications.py")
        assert function == "Counter.fail"
        assert "raise RuntimeError" in source[line - first]
        assert len(source) <= 11
        assert [frame for frame in frames if "reactor/exchanges.py" in frame[0] and len(frame) > 4] == []


async def test_production_serves_no_overlay() -> None:
    async with TestClient(counting().app) as client:
        page = await client.http.get("/")
        [script] = re.findall(r'src="(/_reactor/client/[^"]+)"', page.text)
        overlay = script.replace("client.js", "overlay.js")
        for address in (overlay, overlay.replace(".js", ".css")):
            assert (await client.http.get(address)).status_code == 404


@both
async def test_production_tells_nothing_of_the_code(javascript: bool) -> None:
    async with visiting(counting(), javascript=javascript, raise_server_errors=False) as page:
        await page.click("Fail")
        told = page.answer.response.content.decode("latin-1") if javascript else page.html
        for canary in ("secret detail", "RuntimeError", "applications.py", "Traceback"):
            assert canary not in told
        if javascript:
            assert set(page.answer.content["e"]) == {"c", "m", "r"}
