"""Redirects from actions, pages, guards and plain routes; pages for browsers that have another one open."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.responses import RedirectResponse

from reactor import Child, Component, Page, Reactor, action, redirect, revalidate_path, state
from reactor import html as h
from reactor.codec import unpack as unpack_bytes
from reactor.context import refresh
from reactor.protocol import MEDIA_TYPE
from reactor.testing import TestClient, TestPage
from tests.server.applications import SECRET, application, visiting

both = pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "without"])
ASKING = {"accept": MEDIA_TYPE}


log: list[str] = []


async def database() -> AsyncIterator[str]:
    """A session of a database, as one writes it."""
    try:
        yield "open"
    except BaseException:
        log.append("rolled back")
        raise
    log.append("committed")


Database = Annotated[str, Depends(database)]


def unpack(body: bytes) -> Any:
    return unpack_bytes(body, limit=1_000_000)


class Sender(Component):
    """A button for each way to lead elsewhere."""

    count: int = state(0)

    @action
    async def returned(self) -> Response:
        self.count += 1
        return redirect("/target?from=returned")

    @action
    async def raised(self) -> None:
        self.count += 1
        try:
            raise redirect("/target?from=raised")
        except Exception:
            self.count = 1000

    @action
    def threaded(self) -> None:
        raise redirect("/target?from=threaded")

    @action
    async def to(self, address: str) -> Response:
        return redirect(address)

    @action
    async def replacing(self) -> Response:
        return redirect("/target?from=replaced", replace=True)

    def render(self) -> Child:
        return [
            h.output[self.count],
            h.button(on_click=self.returned)["Returned"],
            h.button(on_click=self.raised)["Raised"],
            h.button(on_click=self.threaded)["Threaded"],
            h.button(on_click=self.replacing)["Replacing"],
            h.form(action=self.to)[h.input(name="address", aria_label="Address"), h.button["Go"]],
        ]


def senders(add: Callable[[Reactor], object] = lambda ui: None, **settings: Any) -> Reactor:
    """A page that leads elsewhere, and the one where it leads to."""
    ui = application(**settings)

    @ui.page("/", title="Sender")
    async def sender() -> Child:
        return Sender()

    add(ui)

    @ui.page("/target", title="Target")
    async def target(request: Request) -> Child:
        return h.main["from ", request.query_params.get("from")]

    return ui


def arrival(page: TestPage) -> dict[str, Any] | None:
    """The page that came with the last answer."""
    _, *pages = page.answer.content.get("y", [False])
    return pages[0] if pages else None


async def go(page: TestPage, address: str) -> None:
    await page.fill("Address", address)
    await page.submit("Go")


@both
@pytest.mark.parametrize("way", ["Returned", "Raised", "Threaded"])
async def test_redirect_leads_on_whether_returned_or_raised(way: str, javascript: bool) -> None:
    async with visiting(senders(), javascript=javascript) as page:
        await page.click(way)
        assert page.url == f"/target?from={way.lower()}"
        assert page.text == f"from {way.lower()}"
        assert page.title == "Target"


async def test_redirect_brings_the_new_page_in_the_same_answer() -> None:
    async with visiting(senders()) as page:
        await page.click("Returned")
        answer = page.answer.content
        assert page.answer.status == 200
        assert answer["l"] == "/target?from=returned"
        assert "d" not in answer
        assert "r" not in answer
        new = arrival(page)
        assert new is not None
        assert {"p", "i", "v", "t", "r", "s", "o", "u"} <= set(new)
        assert new["u"] == "/target?from=returned"
        assert "from " in repr(new)


async def test_redirect_may_replace_the_entry_of_the_history() -> None:
    async with visiting(senders()) as page:
        await page.click("Replacing")
        assert page.answer.content["y"][0] is True
        assert page.url == "/target?from=replaced"


async def test_redirect_keeps_what_the_action_has_done_for_a_return() -> None:
    async with visiting(senders()) as page:
        await page.click("Returned")
        assert page.view is not None
        answer = page.answer.content
        assert answer["v"] == answer["b"] + 1
        assert isinstance(answer["s"], bytes)


async def test_redirect_renders_nothing_of_the_page_that_is_left() -> None:
    rendered: list[int] = []

    class Leaver(Component):
        count: int = state(0)

        @action
        async def leave(self) -> Response:
            self.count += 1
            refresh()
            return redirect("/target")

        def render(self) -> Child:
            rendered.append(self.count)
            return h.button(on_click=self.leave)["Leave"]

    def add(ui: Reactor) -> None:
        @ui.page("/leaver")
        async def leaver() -> Child:
            return Leaver()

    async with visiting(senders(add), "/leaver") as page:
        await page.click("Leave")
        assert page.url == "/target"
        assert rendered == [0]


@both
async def test_redirect_lets_a_session_commit(javascript: bool) -> None:
    class Saver(Component):
        @action
        async def save(self, db: Database) -> None:
            raise redirect("/target")

        def render(self) -> Child:
            return h.form(action=self.save)[h.button["Save"]]

    def add(ui: Reactor) -> None:
        @ui.page("/saver")
        async def saver(db: Database) -> Child:
            return Saver()

        async def guard(db: Database) -> None:
            raise redirect("/target")

        @ui.page("/guarded", dependencies=[Depends(guard)])
        async def guarded() -> Child:
            return "never"

        @ui.page("/raising")
        def raising(db: Database) -> Child:
            raise redirect("/target")

    async with visiting(senders(add), "/saver", javascript=javascript) as page:
        log.clear()
        await page.submit("Save")
        assert page.url == "/target"
        for address in ("/guarded", "/raising"):
            await page.open(address)
            assert page.url == "/target"
        assert set(log) == {"committed"}


async def test_redirect_of_a_page_or_guard_is_told_to_a_script() -> None:
    def add(ui: Reactor) -> None:
        async def login() -> None:
            response = redirect("/target", replace=True)
            response.set_cookie("seen", "yes")
            raise response

        def old() -> None:
            raise HTTPException(303, headers={"Location": "/target"})

        @ui.page("/guarded", dependencies=[Depends(login)])
        async def guarded() -> Child:
            return "never"

        @ui.page("/old", dependencies=[Depends(old)])
        async def guarded_as_before() -> Child:
            return "never"

        @ui.page("/returning")
        async def returning() -> Response:
            return RedirectResponse("/target")

    async with TestClient(senders(add).app) as client:
        for address in ("/guarded", "/old", "/returning"):
            response = await client.http.get(address, headers=ASKING, follow_redirects=False)
            assert response.status_code == 200
            assert unpack(response.content)["l"] == "/target"
            assert response.headers["vary"] == "accept"
            plain = await client.http.get(address, follow_redirects=False)
            assert plain.status_code in (303, 307)
        guarded = await client.http.get("/guarded", headers=ASKING)
        assert unpack(guarded.content)["y"] == [True]
        assert "seen=yes" in guarded.headers["set-cookie"]


async def test_redirect_of_a_plain_route_is_a_response() -> None:
    app = FastAPI()
    Reactor(app, secret=SECRET)

    @app.get("/plain")
    async def plain() -> Any:
        return redirect("/target")

    async with TestClient(app) as client:
        response = await client.http.get("/plain", follow_redirects=False)
        assert (response.status_code, response.headers["location"]) == (303, "/target")


@both
async def test_redirect_of_a_component_that_is_rendered(javascript: bool) -> None:
    class Door(Component):
        is_open: bool = state(True)

        @action
        async def close(self) -> None:
            self.is_open = False

        def render(self) -> Child:
            if not self.is_open:
                raise redirect("/target")
            return h.button(on_click=self.close)["Close"]

    class Closed(Component):
        async def mount(self) -> None:
            raise redirect("/target")

        def render(self) -> Child:
            return "never"

    def add(ui: Reactor) -> None:
        @ui.page("/door")
        async def door() -> Child:
            return Door()

        @ui.page("/closed")
        async def closed() -> Child:
            return Closed()

    async with visiting(senders(add), "/door", javascript=javascript) as page:
        await page.click("Close")
        assert page.url == "/target"
        await page.open("/closed")
        assert page.url == "/target"


# Chains, and what is no page


def with_chains(ui: Reactor) -> None:
    @ui.page("/first")
    async def first() -> Response:
        response = redirect("/second#part")
        response.set_cookie("step", "first")
        return response

    @ui.page("/second")
    async def second(request: Request) -> Response:
        return redirect(f"/target?from={request.cookies.get('step')}")

    @ui.page("/endless")
    async def endless() -> Response:
        return redirect("/endless")

    @ui.page("/failing")
    async def failing() -> Child:
        raise RuntimeError("on purpose")

    @ui.page("/absent")
    async def absent() -> Child:
        raise HTTPException(404)

    @ui.page("/gone")
    async def gone() -> Page:
        return Page(h.h1["Gone"], status=404)

    @ui.page("/any/{path:path}")
    async def anything() -> Child:
        return "never"


async def test_redirects_one_after_the_other_are_one_answer() -> None:
    async with visiting(senders(with_chains)) as page:
        await go(page, "/first")
        assert page.answer.content["l"] == "/target?from=first"
        assert arrival(page) is not None
        assert "step=first" in page.answer.response.headers["set-cookie"]


async def test_redirect_to_a_page_with_an_error_of_its_own_brings_it() -> None:
    async with visiting(senders(with_chains)) as page:
        await go(page, "/gone")
        new = arrival(page)
        assert new is not None
        assert "Gone" in repr(new)


@pytest.mark.parametrize(
    "address",
    [
        "/endless",
        "/absent",
        "/failing",
        "/nowhere",
        "/file",
        "https://other.test/target",
        "http://[",
        "/any/%2e%2e/target",
    ],
)
async def test_redirect_to_what_is_no_page_is_left_to_the_browser(address: str) -> None:
    asked: list[str] = []

    def add(ui: Reactor) -> None:
        @ui.app.get("/file")
        async def file(request: Request) -> Response:
            asked.append(request.headers["accept"])
            return PlainTextResponse("file")

        with_chains(ui)

    ui = senders(add)
    async with visiting(ui, raise_server_errors=False) as page:
        await page.fill("Address", address)
        async with page.unanswered() as answer:
            await page.submit("Go")
            taken = await answer()
            assert taken.content["l"] == address
            assert "y" not in taken.content
            assert asked == []
            taken.content.pop("l")


async def test_redirect_to_the_same_site_by_its_whole_address_brings_the_page() -> None:
    async with visiting(senders()) as page:
        await go(page, f"{page.client.origin}/target?from=whole")
        assert arrival(page) is not None


# What the page is rendered with


class Sessions:
    """Sessions as Starlette's middleware has them: in a cookie, written when the response begins."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        kept = Request(scope).cookies.get("session")
        scope["session"] = json.loads(b64decode(kept)) if kept else {}

        async def keep(message: Any) -> None:
            if message["type"] == "http.response.start":
                content = b64encode(json.dumps(scope["session"]).encode())
                message["headers"] = [
                    *message["headers"],
                    (b"set-cookie", b"session=" + content + b"; path=/"),
                ]
            await send(message)

        await self.app(scope, receive, keep)


class Guard:
    """Lets nobody see what begins with `/private` who has no name."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if (
            scope["type"] == "http"
            and scope["path"].startswith("/private")
            and not scope["session"].get("name")
        ):
            await PlainTextResponse("No.", 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class Login(Component):
    @action
    async def log_in(self, name: str, request: Request, response: Response) -> Response:
        request.session["name"] = name
        response.set_cookie("theme", "dark")
        response.delete_cookie("old")
        return redirect("/private")

    @action
    async def log_out(self, request: Request) -> Response:
        request.session.clear()
        return redirect("/private")

    def render(self) -> Child:
        return [
            h.form(action=self.log_in)[h.input(name="name", aria_label="Name"), h.button["Log in"]],
            h.button(on_click=self.log_out)["Log out"],
        ]


def with_login(ui: Reactor) -> None:
    @ui.page("/login")
    async def login() -> Child:
        return Login()

    @ui.page("/private")
    async def private(request: Request) -> Child:
        request.session["visits"] = request.session.get("visits", 0) + 1
        cookies = ", ".join(
            f"{name} {value}" for name, value in request.cookies.items() if name in ("old", "theme")
        )
        return [h.main[f"{request.session['name']}: {cookies}"], Login()]

    ui.app.add_middleware(Guard)
    ui.app.add_middleware(Sessions)


async def test_redirect_takes_session_and_cookies_along() -> None:
    async with visiting(senders(with_login), "/login") as page:
        page.client.http.cookies.set("old", "1")
        await page.fill("Name", "Ada")
        await page.submit("Log in")
        new = arrival(page)
        assert new is not None
        assert "Ada: theme dark" in repr(new["r"])
        # What the page has changed is kept; the page was opened once more by the test's own browser.
        session = json.loads(b64decode(page.client.http.cookies["session"]))
        assert session == {"name": "Ada", "visits": 2}


async def test_redirect_does_not_lead_past_a_middleware() -> None:
    async with visiting(senders(with_login), "/login", raise_server_errors=False) as page:
        await page.fill("Name", "Ada")
        await page.submit("Log in")
        async with page.unanswered() as answer:
            await page.click("Log out")
            taken = await answer()
            assert taken.content["l"] == "/private"
            assert "y" not in taken.content
            taken.content.pop("l")


async def test_redirect_is_answered_again_when_its_call_is_repeated() -> None:
    async with visiting(senders()) as page, page.unanswered() as answer:
        await page.click("Returned")
        first = await answer()
        again = await page.repeat_call()
        assert again.content == first.content
        first.content.pop("l")


async def test_redirect_does_not_wait_for_what_is_done_in_the_background() -> None:
    ended = asyncio.Event()
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await ended.wait()

    def add(ui: Reactor) -> None:
        from fastapi import BackgroundTasks  # noqa: PLC0415

        @ui.page("/working")
        async def working(tasks: BackgroundTasks) -> Child:
            if not begun.is_set():
                tasks.add_task(work)
            return h.main["working"]

    async with visiting(senders(add)) as page:
        await go(page, "/working")
        assert page.text == "working"
        ended.set()


# Pages for a browser that has another one open


async def test_message_of_a_page_is_the_whole_page() -> None:
    async with TestClient(senders().app) as client:
        response = await client.http.get("/target?from=link", headers=ASKING)
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(MEDIA_TYPE)
        assert response.headers["cache-control"] == "private, no-store"
        assert response.headers["vary"] == "accept"
        assert "reactor=" in response.headers["set-cookie"]
        message = unpack(response.content)
        assert message["u"] == "/target?from=link"
        assert "Target" in repr(message["r"])
        page = await client.http.get("/target")
        assert page.headers["content-type"].startswith("text/html")
        assert page.headers["vary"] == "accept"


async def test_message_of_a_page_keeps_its_status() -> None:
    async with TestClient(senders(with_chains).app) as client:
        assert (await client.http.get("/gone", headers=ASKING)).status_code == 404


async def test_message_names_the_stylesheets_that_the_page_needs() -> None:
    def add(ui: Reactor) -> None:
        @ui.page("/styled", stylesheets=["/a.css"])
        async def styled() -> Page:
            return Page(
                "styled", head=[h.link(rel="stylesheet", href="/b.css"), h.link(rel="icon", href="/i.svg")]
            )

    async with TestClient(senders(add).app) as client:
        message = unpack((await client.http.get("/styled", headers=ASKING)).content)
        assert message["o"]["styles"] == ["/a.css", "/b.css"]


async def test_message_is_not_asked_of_what_is_no_page() -> None:
    asked: list[str] = []

    def add(ui: Reactor) -> None:
        @ui.app.get("/rooms/leave")
        async def leave() -> str:
            asked.append("leave")
            return "left"

        @ui.page("/rooms/{room}", prefetch=False)
        async def room(room: str) -> Child:
            return room

    async with TestClient(senders(add).app) as client:
        response = await client.http.get("/rooms/leave", headers=ASKING)
        assert (response.status_code, asked) == (406, [])
        assert (await client.http.get("/rooms/leave")).json() == "left"
        assert (await client.http.get("/rooms/1", headers=ASKING)).status_code == 200


async def test_addresses_of_pages_are_listed_for_the_browser() -> None:
    def add(ui: Reactor) -> None:
        @ui.page("/rooms/{room}/{number:int}", prefetch=False)
        async def room(room: str, number: int) -> Child:
            return room

    async with TestClient(senders(add).app) as client:
        page = unpack((await client.http.get("/target", headers=ASKING)).content)
        response = await client.http.get(page["o"]["pages"])
        assert response.json() == [["/", "/rooms/[^/]+/[0-9]+", "/target"], ["/rooms/[^/]+/[0-9]+"]]
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        other = await client.http.get("/_reactor/pages-0123456789ab.json")
        assert other.headers["cache-control"] == "no-store"


async def test_message_names_what_the_page_has_read() -> None:
    class Writer(Component):
        @action
        async def write(self) -> None:
            revalidate_path("/target")

        def render(self) -> Child:
            return h.button(on_click=self.write)["Write"]

    def add(ui: Reactor) -> None:
        @ui.page("/writer")
        async def writer() -> Child:
            return Writer()

    async with visiting(senders(add), "/writer") as page:
        target = unpack((await page.client.http.get("/target", headers=ASKING)).content)
        other = unpack((await page.client.http.get("/", headers=ASKING)).content)
        await page.click("Write")
        stale = set(page.answer.content["k"])
        assert stale & set(target["k"])
        assert not stale & set(other["k"])


# The state of the layout


class Basket(Component):
    """Stands in the layout, with state of its own."""

    items: int = state(0)

    @action
    async def add(self) -> None:
        self.items += 1

    @action
    async def add_and_go(self) -> Response:
        self.items += 1
        return redirect("/shop?page=2")

    def render(self) -> Child:
        return [
            h.output(class_="basket")[self.items],
            h.button(on_click=self.add)["Add"],
            h.button(on_click=self.add_and_go)["Add and go"],
        ]


class Amount(Component):
    """Stands in the content."""

    amount: int = state(0)

    @action
    async def more(self) -> None:
        self.amount += 1

    @action
    async def go(self, address: str) -> Response:
        return redirect(address)

    def render(self) -> Child:
        return [
            h.output(class_="amount")[f"amount {self.amount}"],
            h.button(on_click=self.more)["More"],
            h.button(on_click=self.go.bind("/shop?page=2"))["Same"],
            h.button(on_click=self.go.bind("/other"))["Other"],
        ]


def shop() -> Reactor:
    ui = application(layout=lambda content: [h.nav[Basket()], h.main[content]])

    for path in ("/shop", "/other"):

        @ui.page(path)
        async def page() -> Child:
            return Amount()

    return ui


@pytest.mark.parametrize("button", ["Same", "Other", "Add and go"])
async def test_redirect_keeps_the_state_of_the_layout_and_of_nothing_else(button: str) -> None:
    async with visiting(shop(), "/shop") as page:
        await page.click("Add")
        await page.click("More")
        async with page.unanswered() as answer:
            await page.click(button)
            taken = await answer()
            shown = repr(taken.content["y"][1]["r"])
            assert f"'{2 if button == 'Add and go' else 1}'" in shown
            assert "'amount 0'" in shown
            taken.content.pop("l")


async def test_link_keeps_the_state_of_the_layout() -> None:
    async with visiting(shop(), "/shop?page=1") as page:
        await page.click("Add")
        await page.click("More")
        sealed = page.answer.content["s"]
        text = urlsafe_b64encode(sealed).rstrip(b"=").decode()
        http = page.client.http

        async def asked(address: str, **headers: str) -> str:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return repr(unpack((await http.get(address, headers={**ASKING, **named})).content)["r"])

        for address in ("/other", "/shop?page=2", "/shop?page=1"):
            shown = await asked(address, reactor_from="/shop?page=1", reactor_state=text)
            assert "'1'" in shown
            assert "'amount 0'" in shown
        # Whatever is wrong with it, the page comes as if nothing had been told.
        for wrong in (
            {"reactor_state": text},
            {"reactor_from": "/shop", "reactor_state": text},
            {"reactor_from": "/nowhere", "reactor_state": text},
            {"reactor_from": "/shop?page=1", "reactor_state": "x" + text},
            {"reactor_from": "/shop?page=1", "reactor_state": "%"},
            {"reactor_from": "//[", "reactor_state": text},
            {"reactor_from": "/%ff\\?%ff", "reactor_state": text[:20]},
        ):
            assert "'0'" in await asked("/other", **wrong)
        stranger = {"cookie": "reactor=" + "A" * 22}
        assert "'0'" in await asked("/other", reactor_from="/shop?page=1", reactor_state=text, **stranger)
