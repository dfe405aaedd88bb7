"""Click to DOM in Chromium, beside the same pages by hand."""

from __future__ import annotations

import contextlib
import secrets
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from tests.visitors import FLAGS, browser_executable

from ..report import Section, milliseconds, ratio, whole
from ..serve import Served, serving
from ..targets import Target

DRIVER: Final = Path(__file__).parent / "driver.js"
SIDES: Final = {"reactive": "reactor", "plain": "by hand"}
WHAT: Final = ("dom", "frame", "server", "after")
"""What is told of a sample (`driver.js`)."""
WARM_UP: Final = 2
"""Rounds that do not count."""
OPERATIONS: Final = {
    "run": "create 1,000 rows",
    "add": "append 1,000 rows",
    "update": "update every 10th of 2,000 rows",
    "swap": "swap two rows",
    "select": "select a row",
    "remove": "remove a row",
    "clear": "clear 2,000 rows",
}
"""In the order in which they are done; each begins with what the one before has left."""

TEXT: Final = (
    "From a click until the DOM shows what it was for, and until that is painted, in Chromium: pages of "
    "reactor beside the same pages with JSON endpoints of FastAPI, a template of Jinja2 and keyed JavaScript "
    "by hand (`benchmarks/browser/plain/`), of which the endpoints tell no more than what has changed. Both "
    "on uvicorn with one worker, on the same processors as the browser; the rows are each visitor's own, and "
    "the server's. The counter's endpoint is that of “Clicks”. A first load is counted until clicks are "
    "heard, and until something is painted. In the last two columns, both sides: what the server takes (from "
    "the request to the first byte), and the browser (from the last byte to the DOM). {rounds} rounds in "
    "turns, medians in ms."
)

Sample = dict[str, float]
"""What `driver.js` tells, in milliseconds."""
Left = dict[str, int]
"""What a page takes in the browser: the heap's size in bytes, nodes, listeners."""
Samples = defaultdict[tuple[str, str], list[Sample]]
"""By side and operation."""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, as the tests have it.

    Raises:
        RuntimeError: there is none on this machine; the message says how to get one.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_executable(playwright.chromium), args=FLAGS
        )
        with contextlib.closing(browser):
            yield browser


def open_page(browser: Browser, served: Served, path: str) -> Page:
    """A page in a window of a new visitor, that can be measured."""
    context = browser.new_context()
    context.add_init_script(path=DRIVER)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{served.port}{path}")
    return page


def run(page: Page, operation: str) -> Sample:
    """Does it once, and waits until the page is at rest."""
    sample: Sample = page.evaluate("measure", operation)
    page.evaluate("new Promise((resolve) => requestIdleCallback(resolve))")
    return sample


def same_table(pages: Mapping[str, Page]) -> None:
    """Compares what the two sides show.

    Raises:
        RuntimeError: it is not the same.
    """
    tables = [
        page.evaluate("document.querySelector('main').lastElementChild.outerHTML") for page in pages.values()
    ]
    if len(set(tables)) > 1:
        raise RuntimeError("the two pages do not show the same table")


def left(page: Page) -> Left:
    """What a page takes when garbage has been collected."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    taken = {**session.send("Runtime.getHeapUsage"), **session.send("Memory.getDOMCounters")}
    session.detach()
    return taken


def count(browser: Browser, served: Mapping[str, Served], rounds: int, samples: Samples) -> None:
    """Clicks on the counters."""
    pages = {side: open_page(browser, served[side], "/counter") for side in SIDES}
    for number in range(rounds + WARM_UP):
        for side, page in pages.items():
            sample = run(page, "count")
            if number >= WARM_UP:
                samples[side, "count"].append(sample)
    close(pages)


def work_at_rows(browser: Browser, served: Mapping[str, Served], rounds: int, samples: Samples) -> None:
    """Does all that can be done to the tables."""
    pages = {side: open_page(browser, served[side], f"/rows/{secrets.token_hex(8)}") for side in SIDES}
    for number in range(rounds + WARM_UP):
        for page in pages.values():
            left(page)
        for operation in OPERATIONS:
            for side, page in pages.items():
                sample = run(page, operation)
                if number >= WARM_UP:
                    samples[side, operation].append(sample)
            same_table(pages)
    close(pages)


def load(browser: Browser, served: Mapping[str, Served], rounds: int, samples: Samples) -> dict[str, Left]:
    """Opens pages that have rows already; tells what one takes in the browser then."""
    path = f"/rows/{secrets.token_hex(8)}"
    pages = {side: open_page(browser, served[side], path) for side in SIDES}
    for page in pages.values():
        run(page, "run")
    close(pages)
    remaining: dict[str, Left] = {}
    for _ in range(rounds):
        pages = {}
        for side in SIDES:
            pages[side] = open_page(browser, served[side], path)
            samples[side, "load"].append(pages[side].evaluate("load()"))
            remaining[side] = left(pages[side])
        same_table(pages)
        close(pages)
    return remaining


def close(pages: Mapping[str, Page]) -> None:
    for page in pages.values():
        page.context.close()


def measure(rounds: int) -> Section:
    """Times both sides in turns.

    Arguments:
        rounds: how often the table's operations are done; the counter is clicked ten times as often.

    Raises:
        RuntimeError: there is no Chromium, or the two sides do not show the same.
    """
    samples: Samples = defaultdict(list)
    with serving(*SIDES) as served, chromium() as browser:
        count(browser, served, 10 * rounds, samples)
        work_at_rows(browser, served, rounds, samples)
        remaining = load(browser, served, rounds, samples)

    def median(side: str, operation: str, what: str) -> float:
        return statistics.median(sample[what] for sample in samples[side, operation]) / 1000

    def row(operation: str, label: str) -> Sequence[str]:
        ours, theirs = ({what: median(side, operation, what) for what in WHAT} for side in SIDES)
        compared = (
            (milliseconds(ours[what]), milliseconds(theirs[what]), ratio(ours[what], theirs[what]))
            for what in ("dom", "frame")
        )
        parts = (f"{milliseconds(ours[what])} / {milliseconds(theirs[what])}" for what in WHAT[2:])
        return [label, *(figure for figures in compared for figure in figures), *parts]

    def target(operation: str, label: str, limit: float) -> Target:
        ours, theirs = (median(side, operation, "dom") for side in SIDES)
        return Target(f"click to DOM: {label}", limit, "of the time by hand", ours / theirs)

    heap = ", ".join(
        f"{whole(taken['usedSize'])} bytes of heap and {whole(taken['nodes'])} nodes ({SIDES[side]})"
        for side, taken in remaining.items()
    )
    labels = {"count": "counter", **OPERATIONS, "load": "first load, 1,000 rows"}
    return Section(
        "In the browser",
        TEXT.format(rounds=rounds),
        [
            ["", "DOM", "by hand", "ratio", "frame", "by hand", "ratio", "server", "browser"],
            *(row(*item) for item in labels.items()),
        ],
        [f"1,000 rows that were served, after garbage collection: {heap}."],
        [target("count", "counter", 1.15), *(target(*item, 1.25) for item in OPERATIONS.items())],
    )
