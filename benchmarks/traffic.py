"""The bytes of first loads and clicks, and those of the client."""

from __future__ import annotations

import contextlib
import gzip
import importlib
from collections.abc import Callable
from pathlib import Path

import reactor
from reactor.codec import pack

from .applications import BUTTONS
from .report import Section, whole
from .serve import serving
from .targets import Target
from .visits import Exchange, Visit

CLIENT = Path(reactor.__file__).parent / "static" / "client.js"


def _button(text: str) -> Callable[[Visit], Exchange]:
    return lambda visit: visit.click(visit.clickable(text))


def _count(visit: Visit) -> Exchange:
    """The second click: from then on there is state that travels."""
    visit.click(visit.clickable("Count"))
    return visit.click(visit.clickable("Count"))


def _select(visit: Visit) -> Exchange:
    """Selects the sixth row; each row has two links."""
    return visit.click(visit.clickable(index=len(BUTTONS) + 2 * 5))


STEPS: dict[str, Callable[[Visit], Exchange]] = {
    "select a row": _select,
    "prepend a row": _button("Prepend"),
    "swap two rows": _button("Swap"),
    "update every 10th row": _button("Update"),
}
"""What is done on the pages of rows, one after the other."""


def measure(rows: int) -> Section:
    clicks: list[list[str]] = []
    loads: list[str] = []
    bodies: dict[str, int] = {}
    stored = f"{rows:,} rows of a database"
    with serving("held") as served:

        def visit(path: str, named: str, steps: dict[str, Callable[[Visit], Exchange]]) -> None:
            with Visit(served["held"].port, path) as page:
                html = page.first.body
                loads.append(f"{named} {len(html):,} ({len(gzip.compress(html, 9)):,} gzipped)")
                for label, step in steps.items():
                    exchange = step(page)
                    clicks.append([f"{named}: {label}", *_columns(page, exchange)])
                    bodies[clicks[-1][0]] = exchange.sent_body + len(exchange.body)

        visit("/counter", "`/counter`", {"click": _count})
        visit(f"/stored-rows/{rows}", stored, STEPS)
        visit(f"/rows/{rows}", f"{rows:,} rows as state", STEPS)
    return Section(
        "Bytes",
        "What travels for a click. The headers up are those of Chromium; uvicorn compresses nothing. Rows "
        "that the component reads from a database are not in its state. Rows that are state travel with it, "
        "sealed (which leaves nothing to compress): down with each answer, up only when the server asks.",
        [
            ["", "up, body", "with headers", "down, body", "with headers", "patch in it", "state in it"],
            *clicks,
        ],
        [f"First load, bytes of the HTML: {'; '.join(loads)}.", f"The client: {_client()}."],
        [
            Target(
                "a click on the counter, up and down", 350, "bytes of bodies", bodies["`/counter`: click"]
            ),
            Target(
                f"prepend to {stored}, up and down",
                400,
                "bytes of bodies",
                bodies[f"{stored}: prepend a row"],
            ),
            Target("the client that every page loads", 8_000, "bytes, gzipped", gzipped(CLIENT)),
        ],
    )


def _columns(visit: Visit, exchange: Exchange) -> list[str]:
    answer = visit.answer
    patch = len(pack(answer["d"])) + (len(pack(answer["t"])) if "t" in answer else 0)
    numbers = (
        exchange.sent_body,
        exchange.sent,
        len(exchange.body),
        exchange.received,
        patch,
        len(answer.get("s", b"")),
    )
    return [whole(number) for number in numbers]


def gzipped(script: Path) -> int:
    return len(gzip.compress(script.read_bytes(), 9))


def _client() -> str:
    sizes = [f"{CLIENT.stat().st_size:,} bytes", f"{gzipped(CLIENT):,} gzipped"]
    with contextlib.suppress(ImportError):
        sizes.append(f"{len(importlib.import_module('brotli').compress(CLIENT.read_bytes())):,} with brotli")
    parts = sorted(gzipped(part) for part in CLIENT.parent.glob("*.js") if part != CLIENT)
    return (
        f"{', '.join(sizes)}; further {len(parts)} parts, of {parts[0]:,} to {parts[-1]:,} bytes gzipped, "
        "are loaded by pages that need them"
    )
