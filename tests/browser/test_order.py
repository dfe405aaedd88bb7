"""Calls beside each other: what a person sees of their order; and that each ends once, whatever happens."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Page, Request, Response, expect

from reactor.codec import unpack
from tests.browser.windows import begin, is_same_page, opened, press
from tests.proxies import RoundRobin
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

ORDER = """
    import asyncio
    from pathlib import Path
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, state, html as h

    app = FastAPI()
    ui = Reactor(app)

    class Worker(Component):
        name: str
        done: list[str] = state([])

        async def work(self, what):
            Path("begun").touch()
            try:
                while Path("closed").exists():
                    await asyncio.sleep(0.01)
                self.done.append(what)
            except asyncio.CancelledError:
                Path("cancelled").touch()
                raise

        @action
        async def queue(self, what: str):
            await self.work(what)

        @action(order="latest")
        async def latest(self, what: str):
            await self.work(what)

        @action(order="drop")
        async def drop(self):
            await self.work("drop")

        @action(order="parallel")
        async def parallel(self):
            await self.work("parallel")

        @action
        async def quick(self):
            self.done.append("quick")

        def render(self):
            return h.section(id=self.name)[
                h.output[" ".join(self.done)],
                h.button(on_click=self.queue.bind("a"))[f"{self.name} queue"],
                h.button(on_click=self.latest.bind("a"))[f"{self.name} latest"],
                h.button(on_click=self.latest.bind("b"))[f"{self.name} newer"],
                h.button(on_click=self.drop)[f"{self.name} drop"],
                h.button(on_click=self.parallel)[f"{self.name} parallel"],
                h.button(on_click=self.quick)[f"{self.name} quick"],
            ]

    @ui.page("/", title="Order")
    async def order():
        return h.main[Worker(name="A"), Worker(name="B"), h.a(href="/elsewhere")["Elsewhere"]]

    @ui.page("/elsewhere", title="Elsewhere")
    async def elsewhere():
        return h.h1["Elsewhere"]
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(ORDER)


@contextlib.contextmanager
def working(server: Server, page: Page, button: str) -> Iterator[None]:
    """Click a button; the action waits on the server while the `with` block runs."""
    begun, closed = server.folder / "begun", server.folder / "closed"
    (server.folder / "cancelled").unlink(missing_ok=True)
    begun.unlink(missing_ok=True)
    closed.touch()
    try:
        begin(page, button)
        while not begun.exists():
            page.evaluate("0")
        yield
    finally:
        closed.unlink(missing_ok=True)


def test_slow_action_holds_up_neither_another_component_nor_a_link(
    server: Server, page: Page, problems: Problems
) -> None:
    problems.allow("request failed: net::ERR_ABORTED POST")
    opened(page, server.url)
    with working(server, page, "A queue"):
        for _ in range(3):
            begin(page, "B quick")
        begin(page, "A quick")
        expect(page.locator("#B output")).to_have_text("quick quick quick")
        expect(page.locator("#A output")).to_have_text("")
        assert page.locator("html").get_attribute("data-reactor") == "busy"
    settled(page)
    expect(page.locator("#A output")).to_have_text("a quick")
    assert is_same_page(page)
    with working(server, page, "A queue"):
        page.get_by_role("link", name="Elsewhere").click()
        expect(page.get_by_role("heading", name="Elsewhere")).to_be_visible()


def test_newer_call_takes_the_place_of_the_older_one_on_the_server_too(
    server: Server, page: Page, problems: Problems
) -> None:
    problems.allow("response 409 POST")
    opened(page, server.url)
    with working(server, page, "A latest"):
        begin(page, "A newer")
        while not (server.folder / "cancelled").exists():
            page.evaluate("0")
    expect(page.locator("#A output")).to_have_text("b")
    settled(page)
    assert page.locator(".reactor-notice").count() == 0
    assert page.locator("[aria-busy]").count() == 0


def test_second_click_is_dropped_while_the_first_is_under_way(server: Server, page: Page) -> None:
    opened(page, server.url)
    with working(server, page, "A drop"):
        begin(page, "A drop")
    settled(page)
    expect(page.locator("#A output")).to_have_text("drop")
    press(page, "A drop")
    expect(page.locator("#A output")).to_have_text("drop drop")


def test_parallel_calls_do_not_wait_for_each_other(server: Server, page: Page) -> None:
    opened(page, server.url)
    with working(server, page, "A parallel"):
        begin(page, "A parallel")
        begin(page, "A quick")
        expect(page.locator("#A output")).to_have_text("quick")
    settled(page)
    expect(page.locator("#A output")).to_have_text("quick parallel parallel")


# At random

FUZZ = """
    import asyncio, os, random, uuid
    from pathlib import Path
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, state, html as h

    app = FastAPI()
    ui = Reactor(app)
    chance = random.Random(int(os.environ["SEED"]))
    ledger = Path(os.environ["LEDGER"])

    class Cell(Component):
        name: str
        load: str = state("")
        done: int = state(0)

        def mount(self):
            self.load = uuid.uuid4().hex[:8]

        async def work(self):
            await asyncio.sleep(chance.choice((0, 0, 0.01, 0.03, 0.1, 0.3)))
            if chance.random() < 0.15:
                if self.name != "parallel":
                    self.done += 1000
                raise RuntimeError("on purpose")
            await asyncio.sleep(0)
            with ledger.open("a") as file:
                file.write(f"{self.name}:{self.load}\\n")
            self.done += 1

        @action
        async def queue(self):
            await self.work()

        @action(order="latest")
        async def latest(self):
            await self.work()

        @action(order="drop")
        async def drop(self):
            await self.work()

        @action(order="parallel")
        async def parallel(self):
            await self.work()

        def render(self):
            orders = ["parallel"] if self.name == "parallel" else os.environ["ORDERS"].split()
            return h.section[
                h.output(id=self.name, title=self.load)[self.done],
                (h.button(key=n, on_click=getattr(self, n))[f"{self.name} {n}"] for n in orders),
            ]

    class Board(Component):
        load: str = state("")
        turns: int = state(0)

        def mount(self):
            self.load = uuid.uuid4().hex[:8]

        @action
        async def turn(self):
            await asyncio.sleep(chance.choice((0, 0.01, 0.05)))
            with ledger.open("a") as file:
                file.write(f"turns:{self.load}\\n")
            self.turns += 1

        def render(self):
            cells = ["a", "b", "c", "parallel"]
            cells = cells[self.turns % 4 :] + cells[: self.turns % 4]
            return h.main[
                h.button(on_click=self.turn)["turn"],
                h.output(id="turns", title=self.load)[self.turns],
                h.div[(Cell(key=name, name=name) for name in cells)],
            ]

    @ui.page("/", title="Cells")
    async def cells():
        return Board()
"""
CLICK_AT_RANDOM = """async ([seed, count]) => {
    let state = seed;
    const next = (below) => (state = (state * 48271) % 2147483647) % below;
    for (let i = 0; i < count; i++) {
        const buttons = [...document.querySelectorAll("main button")];
        buttons[next(buttons.length)].click();
        if (next(3) === 0) await new Promise((resolve) => setTimeout(resolve, next(40)));
    }
}"""


class Heard:
    """What the calls of a page were answered, by their ids."""

    def __init__(self, page: Page) -> None:
        self.sent: Counter[bytes] = Counter()
        self.answers: dict[bytes, set[tuple[int, str]]] = {}
        self.messages: list[dict[str, Any]] = []
        page.on("request", self._request)
        page.on("response", self._response)

    def forget(self) -> None:
        self.sent.clear()
        self.answers.clear()

    def _request(self, request: Request) -> None:
        if request.method == "POST":
            self.sent[self._id(request)] += 1

    def _response(self, response: Response) -> None:
        if response.request.method != "POST":
            return
        with contextlib.suppress(Error):  # an answer that was lost
            body: Any = unpack(response.body(), limit=1_000_000, depth=100)
            code = (body.get("e") or {}).get("c", "")
            if code != "state":
                self.answers.setdefault(self._id(response.request), set()).add((response.status, code))

    def _id(self, request: Request) -> bytes:
        message: Any = unpack(request.post_data_buffer or b"", limit=1_000_000, depth=100)
        self.messages.append(message)
        found: bytes = message["c"]
        return found


def check(page: Page, heard: Heard, ledger: Path, names: Iterable[str]) -> None:
    """Every call has ended, once; nothing is left of it; the page shows what was done."""
    settled(page)
    assert page.locator("[aria-busy], [data-pending]").count() == 0
    assert set(heard.answers) == set(heard.sent)
    assert {len(answers) for answers in heard.answers.values()} == {1}
    codes = {code for answers in heard.answers.values() for _, code in answers}
    assert codes <= {"", "failed", "superseded"}
    done = Counter(ledger.read_text().split())
    for name in names:
        shown = page.locator(f"#{name}")
        assert (name, int(shown.inner_text())) == (name, done[f"{name}:{shown.get_attribute('title')}"])


@pytest.mark.parametrize("seed", [1, 2])
def test_calls_at_random_end_once_each(
    serve: Servers,
    round_robin: Callable[..., RoundRobin],
    page: Page,
    problems: Problems,
    tmp_path: Path,
    seed: int,
) -> None:
    problems.allow("response (409|500) POST")
    problems.allow("request failed: .* POST")
    ledger = tmp_path / "ledger"
    ledger.touch()
    server = serve(FUZZ, env={"SEED": str(seed), "LEDGER": str(ledger), "ORDERS": "queue latest drop"})
    server.expect_traceback()
    proxy = round_robin(server)
    heard = Heard(page)
    opened(page, proxy.url)
    page.evaluate(CLICK_AT_RANDOM, [seed, 20])
    page.reload()  # in the midst of it all
    settled(page)
    heard.forget()
    for turn in range(3):
        proxy.lose_next_response()
        page.evaluate(CLICK_AT_RANDOM, [seed + turn, 25])
        check(page, heard, ledger, ("a", "b", "c", "parallel", "turns"))
    assert max(heard.sent.values()) > 1
    before = page.locator("#a, #b, #c, #parallel").all_inner_texts()
    server.restart()
    for _ in range(4):
        press(page, "turn")
    assert page.locator("#a, #b, #c, #parallel").all_inner_texts() == before


@pytest.mark.parametrize("seed", [1])
def test_calls_at_random_on_two_processes_lose_nothing(
    serve: Servers,
    round_robin: Callable[..., RoundRobin],
    page: Page,
    problems: Problems,
    tmp_path: Path,
    seed: int,
) -> None:
    problems.allow("response (409|500) POST")
    ledger = tmp_path / "ledger"
    ledger.touch()
    secret = "of-two-processes-and-long-enough-c0ffee41"
    env = {"LEDGER": str(ledger), "ORDERS": "queue drop", "REACTOR_SECRET": secret}
    servers = [serve(FUZZ, env={**env, "SEED": str(seed + n)}) for n in range(2)]
    for server in servers:
        server.expect_traceback()
    heard = Heard(page)
    opened(page, round_robin(*servers).url)
    for turn in range(3):
        page.evaluate(CLICK_AT_RANDOM, [seed + turn, 25])
        # Of parallel calls that two processes ran beside each other, each counts from what it knew.
        check(page, heard, ledger, ("a", "b", "c", "turns"))
    assert any(message.get("m") for message in heard.messages)
