"""What is told unasked, when lines are cut, pages sleep, processes are killed, and proxies are in the way."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.proxies import RoundRobin
from tests.redis_servers import RedisServer
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

SECONDS = float(os.environ.get("FAULT_SECONDS", "2"))
"""How long lines are cut; a minute and a cut each second is what a person may try by hand."""
MESSAGES = int(os.environ.get("FAULT_MESSAGES", "60"))
PAUSE = float(os.environ.get("FAULT_PAUSE", "0.1"))

TALK = """
    import asyncio
    from pathlib import Path
    from fastapi import FastAPI
    from reactor import Component, Limits, Reactor, Topic, action, html as h, state, subscribe

    app = FastAPI()
    ui = Reactor(app, limits=Limits(heartbeat=0.2, silence=0.6, rate=1e6, burst=10**6))
    SAID = Path("said.txt")
    SAID.touch()
    room = Topic("room", str)

    class Room(Component):
        heard: list[str] = state(factory=list)
        count: int = state(0)

        def mount(self):
            self.heard = SAID.read_text().split()

        @subscribe(room)
        def hear(self, text: str):
            self.heard.append(text)

        @action
        async def add(self):
            self.count += 1

        def render(self):
            return h.section[
                h.output[self.count],
                h.button(on_click=self.add)["Add"],
                h.ol[(h.li(key=at)[text] for at, text in enumerate(self.heard))],
            ]

    class Story(Component):
        prompts: list[str] = state(factory=list)
        text: str = state("")

        @action
        async def tell(self, prompt: str):
            self.prompts.append(prompt)
            for number in range(6):
                self.text += f"{number} "
                yield
                if number == 2:
                    while not Path("go.txt").exists():
                        await asyncio.sleep(0.01)

        def render(self):
            return h.section[
                h.ul[(h.li[text] for text in self.prompts)],
                h.output[self.text],
                h.form(action=self.tell)[h.input(name="prompt", aria_label="Prompt"), h.button["Tell"]],
            ]

    @ui.page("/", title="Room")
    async def rooms():
        return h.main[Room(), h.a(href="/plain")["Plain"]]

    @ui.page("/story", title="Story")
    async def story():
        return Story()

    @ui.page("/plain", title="Plain")
    async def plain():
        return h.h1["Plain"]

    @app.post("/say")
    async def say(text: str):
        with SAID.open("a") as file:
            file.write(f"{text}\\n")
        await room.publish(text)

    @app.get("/lines")
    async def lines():
        return len(ui.lines)

    @app.get("/up")
    async def is_up():
        return ui.site.broker.is_up
"""


@pytest.fixture
def allowed(problems: Problems) -> None:
    problems.allow("WebSocket connection to")
    problems.allow("response 409 POST")  # a worker that needs the state says so
    problems.allow(r"net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED)")
    problems.allow("request failed: net::ERR")


def up(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-reactor-live", "up", timeout=15_000)


def say(server: Server | RoundRobin, text: str) -> None:
    assert httpx.post(f"{server.url}/say", params={"text": text}).status_code == 200


def lines(server: Server) -> int:
    found: int = httpx.get(f"{server.url}/lines").json()
    return found


@contextlib.contextmanager
def cutting(proxy: RoundRobin) -> Iterator[None]:
    """While the block runs, all lines are cut again and again."""
    over = threading.Event()

    def cut() -> None:
        while not over.wait(PAUSE):
            proxy.cut_sockets()

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("workers", [1, 2])
def test_nothing_is_lost_or_told_twice_while_lines_are_cut(
    serve: Servers,
    redis_server: RedisServer,
    round_robin: Callable[..., RoundRobin],
    page: Page,
    allowed: None,
    workers: int,
) -> None:
    servers = [serve(TALK, env={"REDIS_URL": redis_server.url}) for _ in range(workers)]
    proxy = round_robin(*servers)
    page.goto(proxy.url)
    up(page)
    expected = [str(number) for number in range(MESSAGES)]
    pause = SECONDS / len(expected)
    with cutting(proxy):
        page.evaluate(
            """([left, pause]) => {
                const click = () => {
                    document.querySelector('button').click();
                    if (--left) setTimeout(click, pause);
                };
                click();
            }""",
            [len(expected), pause * 1000],
        )
        begin = time.monotonic()
        for number, text in enumerate(expected):
            time.sleep(max(0.0, begin + number * pause - time.monotonic()))  # as fast as was asked for
            say(proxy, text)
    expect(page.locator("output")).to_have_text(str(len(expected)), timeout=60_000)
    expect(page.locator("li")).to_have_text(expected, timeout=15_000)
    up(page)
    say(proxy, "last")
    expect(page.locator("li")).to_have_text([*expected, "last"])
    settled(page)
    assert page.locator(".reactor-notice").count() == 0


def test_page_that_has_slept_longer_than_every_timeout_catches_up(serve: Servers, page: Page) -> None:
    server = serve(TALK)
    page.goto(server.url)
    up(page)

    def publish() -> None:
        while lines(server):
            pass
        for text in ("one", "two"):
            say(server, text)

    thread = threading.Thread(target=publish)
    thread.start()
    page.evaluate("const end = performance.now() + 2000; while (performance.now() < end);")
    thread.join()
    expect(page.locator("li")).to_have_text(["one", "two"])
    up(page)
    page.get_by_role("button").click()
    expect(page.locator("output")).to_have_text("1")
    settled(page)


def test_stream_whose_process_is_killed_is_told_anew_and_nothing_twice(
    serve: Servers, page: Page, allowed: None
) -> None:
    server = serve(TALK)
    page.goto(f"{server.url}/story")
    settled(page)
    page.get_by_label("Prompt").fill("hello")
    page.get_by_label("Prompt").press("Enter")
    expect(page.locator("output")).to_have_text("0 1 2")
    server.kill()
    (server.folder / "go.txt").touch()
    server.start()
    expect(page.locator("output")).to_have_text("0 1 2 3 4 5", timeout=15_000)
    expect(page.locator("li")).to_have_text(["hello"])
    settled(page)


def test_proxy_that_lets_no_websocket_through_is_gone_around_once_and_for_all(
    serve: Servers, round_robin: Callable[..., RoundRobin], page: Page, allowed: None
) -> None:
    proxy = round_robin(serve(TALK))
    proxy.lets_sockets_through = False
    page.goto(proxy.url)
    up(page)
    tried = sum(answer.upstream < 0 for answer in proxy.answers)
    say(proxy, "one")
    expect(page.locator("li")).to_have_text(["one"])
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    say(proxy, "two")
    expect(page.locator("li")).to_have_text(["one", "two"])
    page.evaluate("dispatchEvent(new Event('online'))")
    say(proxy, "three")
    expect(page.locator("li")).to_have_text(["one", "two", "three"])
    assert sum(answer.upstream < 0 for answer in proxy.answers) == tried


def test_page_that_listens_to_nothing_opens_no_line_when_it_is_seen_again(serve: Servers, page: Page) -> None:
    server = serve(TALK)
    page.goto(server.url)
    up(page)
    page.get_by_role("link", name="Plain").click()
    expect(page.locator("html")).to_have_attribute("data-reactor-live", "down")
    while lines(server):
        pass
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.evaluate("dispatchEvent(new Event('online'))")
    settled(page)
    assert sockets == []
    assert lines(server) == 0


def test_line_with_much_to_tell_is_not_taken_for_dead(serve: Servers, page: Page) -> None:
    """Signs of life go both ways also while there is no silence in which one would be due."""
    server = serve(TALK)
    page.goto(server.url)
    up(page)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    begin = time.monotonic()
    number = 0
    while time.monotonic() - begin < 2.0:
        say(server, str(number))
        number += 1
    expect(page.locator("li")).to_have_count(number)
    settled(page)
    assert sockets == []


def test_browsers_of_two_workers_agree_after_redis_was_killed(
    serve: Servers,
    redis_server: RedisServer,
    round_robin: Callable[..., RoundRobin],
    new_visitor: Callable[..., Page],
    allowed: None,
) -> None:
    servers = [serve(TALK, env={"REDIS_URL": redis_server.url}) for _ in range(2)]
    proxy = round_robin(*servers)
    pages = [new_visitor(), new_visitor()]
    for each in pages:
        each.goto(proxy.url)
        up(each)
    say(proxy, "before")
    for each in pages:
        expect(each.locator("li")).to_have_text(["before"])
    redis_server.kill()
    while any(httpx.get(f"{each.url}/up").json() for each in servers):
        pass
    pages[0].get_by_role("button").click()
    expect(pages[0].locator("output")).to_have_text("1")
    redis_server.start()
    while not all(httpx.get(f"{each.url}/up").json() for each in servers):
        pass
    said = ["before"]
    for number in range(4):
        say(proxy, f"after {number}".replace(" ", "-"))
        said.append(f"after-{number}")
    for each in pages:
        expect(each.locator("li")).to_have_text(said, timeout=15_000)
    expect(pages[0].locator("output")).to_have_text("1")
