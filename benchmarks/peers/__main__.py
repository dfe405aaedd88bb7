"""`python -m benchmarks.peers`, or `make bench-peers`: measures, and writes into docs/performance.md."""

from __future__ import annotations

import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ..command import asked
from ..report import Section, machine, place, whole
from .catalogue import CATALOGUE, OURS
from .measuring import COUNT, OPERATIONS, TINY, Counts, Figures, Measured, Traffic, measure
from .servers import Peer

BEGIN: Final = "<!-- peers: written by `make bench-peers` -->"
END: Final = "<!-- /peers -->"
NAMES: Final = {COUNT: "count one up", **OPERATIONS}

Figure = Callable[[Figures], float]


def main(arguments: list[str] | None = None) -> None:
    given = asked("benchmarks.peers", __doc__, list(CATALOGUE), arguments)
    # What is told to end ends its servers too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    begin = time.monotonic()
    peers = [CATALOGUE[name]() for name in given.names]
    text = tables(peers, measure(peers, TINY if given.is_tiny else Counts()))
    print(f"\n{text}\n\n{time.monotonic() - begin:.0f} s")
    if given.into is not None:
        place(text, given.into, BEGIN, END)


def tables(peers: Sequence[Peer], measured: Measured) -> str:
    """All that goes into the document."""
    figures = measured.figures
    head = ["", *figures]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    versions = ", ".join(f"{peer.name} {peer.versions}" for peer in peers)
    clicks = Section(
        "Beside other frameworks: click to DOM",
        "The page of js-framework-benchmark and a counter, written as the documentation of each framework "
        "has it (`benchmarks/peers/pages`), served in its production mode by one process without a proxy, "
        f"opened in Chromium {measured.browser}. {versions}; Node {node}. Milliseconds from the click until "
        f"the page shows all that it was for, medians; {measured.rounds} pages of each took turns; the least "
        "of a row is bold. In reactor, FastHTML and Next.js the rows are kept for the visitor in what stands "
        "for a database, in NiceGUI and ReactPy by the page itself. ReactPy runs on a Starlette before 1.0, "
        "which it needs; FastHTML's page has htmx alone of its usual scripts, and from its own server.",
        [
            head,
            *(row(label, figures, median_of(name), "{:,.1f}") for name, label in NAMES.items()),
        ],
    )
    traffic = Section(
        "Beside other frameworks: bytes",
        "What is on the wire for each, counted between browser and server, with all headers: up / down. "
        "NiceGUI and Next.js compress responses by themselves, reactor the files of its client, uvicorn "
        "compresses what goes over a WebSocket; in brackets stands what would come down if a proxy "
        "compressed the rest. With its first rows a page of reactor also loads the part of its client that "
        "makes elements.",
        [
            head,
            *(
                [label, *(wire(one.traffic[name]) for one in figures.values())]
                for name, label in NAMES.items()
            ),
            ["first load, nothing cached", *(wire(one.load) for one in figures.values())],
            row("… of which JavaScript, not compressed", figures, lambda one: one.script, "{:,.0f}"),
            row("… of which JavaScript, gzipped", figures, lambda one: one.script_compressed, "{:,.0f}"),
        ],
    )
    rest = Section(
        "Beside other frameworks: load, memory, start",
        "The page is clicked every 10 ms from the first moment on; the first click that is answered "
        "counts. Memory is that of the server's processes (PSS); what a page takes is the growth by many "
        "that are open, divided. Where memory is collected later (Node), or is taken from what lay free, "
        "that is a rough figure.",
        [
            head,
            row("first paint, ms", figures, lambda one: statistics.median(one.painted), "{:,.0f}"),
            row("first click answered, ms", figures, lambda one: statistics.median(one.answered), "{:,.0f}"),
            row("server, MB", figures, lambda one: one.memory / 1e6, "{:,.1f}"),
            row("an open page without rows, kB", figures, lambda one: one.page_memory / 1e3, "{:,.0f}"),
            row("an open page with 1,000 rows, kB", figures, lambda one: one.rows_memory / 1e3, "{:,.0f}"),
            row("start of the server until it answers, ms", figures, lambda one: min(one.starts), "{:,.0f}"),
        ],
    )
    sections = [clicks, traffic, rest]
    text = [machine(), *(section.markdown() for section in sections)]
    if OURS in figures:
        text += ["## Where a peer is better", where_better(sections, list(figures))]
    return "\n\n".join(text)


def row(label: str, figures: Mapping[str, Figures], figure: Figure, form: str) -> list[str]:
    """A line of a table; the least is bold."""
    values = [figure(one) for one in figures.values()]
    return [
        label,
        *(f"**{form.format(value)}**" if value == min(values) else form.format(value) for value in values),
    ]


def median_of(operation: str) -> Figure:
    return lambda one: statistics.median(one.clicks[operation])


def wire(traffic: Traffic) -> str:
    up, down, compressed = map(whole, (traffic.up, traffic.down, traffic.compressed))
    return f"{up} / {down}" + (f" ({compressed})" if traffic.compressed < 0.9 * traffic.down else "")


def where_better(sections: Sequence[Section], names: Sequence[str]) -> str:
    """A list by peer: of what it needs less than we do, from the tables as they stand."""
    ours = names.index(OURS)
    lines = []
    for index, name in enumerate(names):
        parts = []
        for section in sections:
            better = [
                f"{label.lstrip('… ')} ({cells[index]} against {cells[ours]})".replace("**", "")
                for label, *cells in section.rows[1:]
                if least(cells[index]) < least(cells[ours])
            ]
            if better:
                parts.append(f"{section.title.rpartition(': ')[2]}: {', '.join(better)}")
        if parts:
            lines.append(f"- **{name}**. {'; '.join(parts)}.")
    return "\n".join(lines) or "In none of the lines above."


def least(cell: str) -> float:
    """What a cell comes to: of bytes, both directions, compressed where that could be."""
    up, _, down = cell.replace(",", "").replace("*", "").rpartition(" / ")
    plain, _, compressed = down.rstrip(")").partition(" (")
    return float(up or 0) + float(compressed or plain)


if __name__ == "__main__":
    main()
