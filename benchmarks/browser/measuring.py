"""Click to DOM in Chromium, beside the same pages by hand."""

from __future__ import annotations

import contextlib
import secrets
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from tests.visitors import FLAGS, browser_executable

from ..report import Section, milliseconds, ratio, whole
from ..serve import Served, serving

DRIVER: Final = Path(__file__).parent / "driver.js"
SIDES: Final = ("reactive", "plain")
OPERATIONS: Final = {
    "create": "create 1,000 rows",
    "append": "append 1,000 rows",
    "update": "update every 10th of 2,000 rows",
    "swap": "swap two rows",
    "select": "select a row",
    "remove": "remove a row",
    "clear": "clear 2,000 rows",
}
"""In the order in which they are done; each begins with what the one before has left."""

Sample = dict[str, float]
"""What `driver.js` tells, in milliseconds."""
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
    tables = [page.evaluate("document.querySelector('main').lastElementChild.outerHTML") for page in pages.values()]
    if len(set(tables)) > 1:
        raise RuntimeError("the two pages do not show the same table")


def collect(page: Page) -> Any:
    """Has garbage collected, and tells what is left: the heap's size, documents, nodes, listeners."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")
    counters = session.send("Memory.getDOMCounters")
    session.detach()
    return {**heap, **counters}


def count(browser: Browser, served: Mapping[str, Served], rounds: int, samples: Samples) -> None:
    pages = {side: open_page(browser, served[side], "/counter") for side in SIDES}
    for number in range(rounds + 3):
        for side, page in pages.items():
            sample = run(page, "count")
            if number >= 3:
                samples[side, "count"].append(sample)
    for page in pages.values():
        page.context.close()


def work_at_rows(browser: Browser, served: Mapping[str, Served], rounds: int, samples: Samples) -> None:
    owner = secrets.token_hex(8)
    pages = {side: open_page(browser, served[side], f"/rows/{owner}") for side in SIDES}
    for number in range(rounds + 2):
        for page in pages.values():
            collect(page)
        for operation in OPERATIONS:
            for side, page in pages.items():
                sample = run(page, operation)
                if number >= 2:
                    samples[side, operation].append(sample)
            same_table(pages)
    for page in pages.values():
        page.context.close()


def load(browser: Browser, served: Mapping[str, Served], rounds: int, samples: Samples) -> dict[str, Any]:
    owner = secrets.token_hex(8)
    left: dict[str, Any] = {}
    for side in SIDES:
        page = open_page(browser, served[side], f"/rows/{owner}")
        run(page, "create")
        page.context.close()
    for _ in range(rounds):
        for side in SIDES:
            page = open_page(browser, served[side], f"/rows/{owner}")
            samples[side, "load"].append(page.evaluate("load()"))
            left[side] = collect(page)
            page.context.close()
    return left


def measure(rounds: int) -> Section:
    """Times both sides in turns.

    Arguments:
        rounds: how often the table's operations are done; the counter is clicked ten times as often.
    """
    samples: Samples = defaultdict(list)
    with serving(*SIDES) as served, chromium() as browser:
        count(browser, served, 10 * rounds, samples)
        work_at_rows(browser, served, rounds, samples)
        left = load(browser, served, rounds, samples)

    def median(side: str, operation: str, what: str) -> float:
        return statistics.median(sample[what] for sample in samples[side, operation]) / 1000

    def row(operation: str, label: str) -> Sequence[str]:
        ours, theirs = ((lambda what, side=side: median(side, operation, what)) for side in SIDES)
        parts = ("server", "after") if "after" in samples["plain", operation][0] else ("server",)
        return [
            label,
            *(milliseconds(side("dom")) for side in (ours, theirs)),
            ratio(ours("dom"), theirs("dom")),
            *(milliseconds(side("frame")) for side in (ours, theirs)),
            ratio(ours("frame"), theirs("frame")),
            *(f"{milliseconds(ours(part))} / {milliseconds(theirs(part))}" for part in parts),
        ]

    rows = {"count": "counter", **OPERATIONS, "load": "first load, 1,000 rows"}
    return Section(
        "In the browser",
        "",
        [
            ["", "ms", "by hand", "ratio", "frame", "by hand", "ratio", "server", "client"],
            *(row(*item) for item in rows.items()),
        ],
        [str(left)],
    )
