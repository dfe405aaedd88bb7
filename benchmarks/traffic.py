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
    with serving("held") as served:

        def visit(path: str, named: str, steps: dict[str, Callable[[Visit], Exchange]]) -> None:
            with Visit(served["held"].port, path) as page:
                html = page.first.body
                loads.append(f"{named} {len(html):,} ({len(gzip.compress(html, 9)):,} gzipped)")
                for label, step in steps.items():
                    clicks.append([f"{named}: {label}", *_columns(page, step(page))])

        visit("/counter", "`/counter`", {"click": _count})
        visit(f"/stored-rows/{rows}", f"{rows:,} rows of a database", STEPS)
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


def _client() -> str:
    script = CLIENT.read_bytes()
    sizes = [f"{len(script):,} bytes", f"{len(gzip.compress(script, 9)):,} gzipped"]
    with contextlib.suppress(ImportError):
        sizes.append(f"{len(importlib.import_module('brotli').compress(script)):,} with brotli")
    return ", ".join(sizes)
