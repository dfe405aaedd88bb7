"""What is measured, in one browser. All take turns, so that what else the machine does hits all alike."""

from __future__ import annotations

import contextlib
import gzip
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, Response

from ..browser.measuring import chromium
from .relay import Relay
from .servers import PAGE, Peer, Server, running

CLICKS: Final = Path(__file__).parent / "clicks.js"
COUNT: Final = "count"
OPERATIONS: Final = {
    "run": "create 1,000 rows",
    "update": "update every 10th of 1,000 rows",
    "select": "select a row",
    "swap": "swap two rows",
    "remove": "remove a row",
    "add": "append 1,000 rows to 999",
    "clear": "clear 1,999 rows",
}
"""In the order in which they are done; each begins with what the one before has left."""

IDLE: Final = """(milliseconds) => new Promise((resolve) => {
    const rest = () => requestIdleCallback(() => resolve());
    setTimeout(rest, milliseconds);
})"""
EASY_MILLISECONDS: Final = 200
"""Between clicks on a page that is being loaded, when it is not timed."""
SETTLING: Final = 8
"""How often it is looked whether the memory changes, half a second each."""
REST_MILLISECONDS: Final = 60
"""Between two clicks: what the last one has left to be done is done then (htmx settles for 20 ms)."""


@dataclass(frozen=True)
class Counts:
    """How much is measured.

    Attributes:
        rounds: how many pages each framework has opened and worked at, at most.
        passes: how often all operations are done in one page; one more goes before them and does not count.
        clicks: on the counter, in each page.
        starts: of each server.
        pages: are held open, to see what they take.
        seconds: no round begins later than this.
    """

    rounds: int = 8
    passes: int = 2
    clicks: int = 10
    starts: int = 3
    pages: int = 12
    seconds: float = 150.0


TINY: Final = Counts(rounds=1, passes=1, clicks=1, starts=1, pages=2)
"""Shows that everything runs; the figures mean nothing."""


@dataclass
class Traffic:
    """Bytes on the wire, with all headers.

    Attributes:
        compressed: what `down` would be if a proxy compressed what the server has not.
    """

    up: int
    down: int
    compressed: int


@dataclass
class Figures:
    """What is known of one framework. Times in milliseconds, sizes in bytes."""

    clicks: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    painted: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    traffic: dict[str, Traffic] = field(default_factory=dict)
    load: Traffic = field(default_factory=lambda: Traffic(0, 0, 0))
    script: int = 0
    script_compressed: int = 0
    starts: list[float] = field(default_factory=list)
    memory: int = 0
    page_memory: float = 0
    rows_memory: float = 0


@dataclass(frozen=True)
class Measured:
    """All of it, by the frameworks' names."""

    figures: Mapping[str, Figures]
    rounds: int
    browser: str


def measure(peers: Sequence[Peer], counts: Counts) -> Measured:
    """Measures everything; takes a few minutes.

    Raises:
        RuntimeError: a server did not start, or a page does not do what it is for.
    """
    figures = {peer.name: Figures() for peer in peers}
    for _ in range(counts.starts):
        for peer in peers:
            with running(peer) as servers:
                figures[peer.name].starts.append(servers[peer.name].start_seconds * 1000)
    with chromium() as browser:
        with running(*peers) as servers:
            rounds = _time(browser, servers, figures, counts)
            for peer in peers:
                _say(f"bytes of {peer.name}")
                _count_bytes(browser, servers[peer.name], figures[peer.name])
        for peer in peers:
            _say(f"memory of {peer.name}")
            with running(peer) as servers:
                _weigh(browser, servers[peer.name], figures[peer.name], counts.pages)
        return Measured(figures, rounds, browser.version)


def click(page: Page, operation: str) -> float:
    """Does it, and says how long it took until the page showed it, in milliseconds."""
    taken: float = page.evaluate("(operation) => measureClick(operation)", operation)
    return taken


def rest(page: Page, milliseconds: int = REST_MILLISECONDS) -> None:
    page.evaluate(IDLE, milliseconds)


@contextlib.contextmanager
def opened(
    browser: Browser, port: int, script: str = "", heard: Callable[[Response], None] | None = None
) -> Iterator[Page]:
    """The page, in a window of a new visitor who has nothing in the cache.

    Arguments:
        browser: the one that opens it.
        port: of the server, or of a relay in front of it.
        script: runs in the page before anything else.
        heard: is told of each response.
    """
    context = browser.new_context()
    context.add_init_script(path=CLICKS)
    context.add_init_script(script)
    context.set_default_timeout(60_000)
    try:
        page = context.new_page()
        if heard is not None:
            page.on("response", heard)
        page.goto(f"http://127.0.0.1:{port}{PAGE}", wait_until="load")
        yield page
    finally:
        context.close()


def _time(
    browser: Browser, servers: Mapping[str, Server], figures: Mapping[str, Figures], counts: Counts
) -> int:
    """Returns how many rounds there were time for."""
    begin = time.monotonic()
    for number in range(counts.rounds):
        if number and time.monotonic() - begin > counts.seconds:
            return number
        for name, server in servers.items():
            _say(f"round {number + 1}: {name}")
            with opened(browser, server.port, "globalThis.arrival = measureArrival()") as page:
                arrival = page.evaluate("() => arrival")
                figures[name].painted.append(arrival["painted"])
                figures[name].answered.append(arrival["answered"])
                rest(page, 500)  # clicks that came too early, or too often, are answered meanwhile
                for _ in range(counts.clicks):
                    figures[name].clicks[COUNT].append(click(page, COUNT))
                    rest(page)
                for pass_number in range(counts.passes + 1):
                    for operation in OPERATIONS:
                        taken = click(page, operation)
                        rest(page)
                        if pass_number:
                            figures[name].clicks[operation].append(taken)
    return counts.rounds


def _count_bytes(browser: Browser, server: Server, figures: Figures) -> None:
    responses: list[Response] = []
    with contextlib.closing(Relay(server.port)) as relay, contextlib.ExitStack() as stack:

        def load() -> Page:
            return stack.enter_context(opened(browser, relay.port, heard=lambda one: responses.append(one)))

        page = load()
        figures.load = _count(page, relay, (0, 0), responses)
        scripts = [one.body() for one in responses if "javascript" in one.headers.get("content-type", "")]
        figures.script = sum(map(len, scripts))
        figures.script_compressed = sum(len(gzip.compress(script, 9)) for script in scripts)
        click(page, COUNT)  # the first may get a cookie
        _wait(page, relay)
        for operation in (COUNT, *OPERATIONS):
            responses.clear()
            before = relay.counted()
            click(page, operation)
            figures.traffic[operation] = _count(page, relay, before, responses)


def _count(page: Page, relay: Relay, before: tuple[int, int], responses: Sequence[Response]) -> Traffic:
    """What has come since, when nothing more comes."""
    _wait(page, relay)
    up, down = (now - then for now, then in zip(relay.counted(), before, strict=True))
    return Traffic(up, down, down - sum(map(_compressible, responses)))


def _wait(page: Page, relay: Relay) -> None:
    """Until nothing is on the wire."""
    while not relay.is_quiet():
        page.wait_for_timeout(50)
    page.wait_for_timeout(50)
    if not relay.is_quiet():
        _wait(page, relay)


def _compressible(response: Response) -> int:
    """How many bytes compression would spare, where the server has not compressed."""
    headers = response.headers
    packed = headers.get("content-type", "").startswith(("image/", "font/"))
    if packed or "content-encoding" in headers or response.status != 200:
        return 0
    body = response.body()
    return max(0, len(body) - len(gzip.compress(body, 6)))


def _weigh(browser: Browser, server: Server, figures: Figures, pages: int) -> None:
    """What a page takes in the server's memory while it is open and nothing happens in it."""
    with contextlib.ExitStack() as stack:

        def open_page() -> Page:
            # Few clicks: what is remembered of answers for a while is no part of a page at rest.
            script = f"globalThis.arrival = measureArrival({EASY_MILLISECONDS})"
            page = stack.enter_context(opened(browser, server.port, script))
            page.evaluate("() => arrival")
            return page

        def settled() -> int:
            """The memory when it does not change any more; what is collected later counts."""
            now = server.memory()
            for _ in range(SETTLING):
                last = now
                rest(warm[-1], 500)
                now = server.memory()
                if abs(now - last) < 100_000:
                    break
            return now

        # What is made once, for all pages, is made before: without rows, and with them.
        warm = [open_page() for _ in range(2)]
        figures.memory = settled()
        held = [open_page() for _ in range(pages)]
        figures.page_memory = (settled() - figures.memory) / pages
        for page in warm:
            click(page, "run")
        before = settled()
        for page in held:
            click(page, "run")
        figures.rows_memory = figures.page_memory + (settled() - before) / pages


def _say(text: str) -> None:
    print(f"-- {text}", flush=True)
