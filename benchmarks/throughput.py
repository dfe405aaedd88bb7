"""Clicks a second over HTTP, beside a bare FastAPI endpoint on the same server."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence

from .report import Section, milliseconds, ratio, whole
from .serve import Served, serving
from .targets import Target

LABELS = {
    "bare": "bare FastAPI endpoint",
    "held": "click on `/counter`",
    "restored": "click on `/counter`, no page held",
}

Result = dict[str, float]


def put_load_on(name: str, served: Served, connections: int, seconds: float, processor: int | None) -> Result:
    """One round; the load comes from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.load", name]
    command += [
        str(number) for number in (served.port, connections, seconds, processor) if number is not None
    ]
    before = served.processor_seconds()
    result: Result = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return {**result, "server": (served.processor_seconds() - before) / result["clicks"]}


def _connections(count: int) -> str:
    return f"{count} connection{'s' if count > 1 else ''}"


def measure(connections: Sequence[int], rounds: int, seconds: float) -> Section:
    processors = sorted(os.sched_getaffinity(0))
    server, load = processors[:2] if len(processors) > 1 else (None, None)
    results: dict[tuple[str, int], list[Result]] = {
        (name, count): [] for count in connections for name in LABELS
    }
    with serving(*LABELS, processor=server) as served:
        for _ in range(rounds):
            for name, count in results:
                results[name, count].append(put_load_on(name, served[name], count, seconds, load))

    def median(name: str, count: int, what: str) -> float:
        return statistics.median(result[what] for result in results[name, count])

    body = [
        [
            f"{LABELS[name]}, {_connections(count)}",
            whole(median(name, count, "rate")),
            whole(max(result["rate"] for result in results[name, count])),
            ratio(median(name, count, "rate"), median("bare", count, "rate")),
            milliseconds(median(name, count, "median")),
            milliseconds(min(result["median"] for result in results[name, count])),
            milliseconds(median(name, count, "p99")),
            whole(median(name, count, "server") * 1e6),
        ]
        for name, count in results
    ]
    own = ", ".join(
        f"{statistics.median(median(name, count, 'own') for count in connections) * 1e6:.0f} µs ({label})"
        for name, label in LABELS.items()
    )
    where = (
        "one processor to the server and another to the load" if load is not None else "one processor for all"
    )
    return Section(
        "Clicks",
        "A `POST` of a click, against a bare FastAPI endpoint that validates one pydantic model and returns "
        "JSON. Both on uvicorn with one worker, uvloop and httptools, without access log; requests have the "
        f"headers that Chromium sends; {where}. Each connection has a page of its own and sends its next "
        f"click when the last one is answered. {rounds} rounds of {seconds:g} s.",
        [
            ["", "requests/s", "best", "of the bare", "latency, ms", "least", "p99, ms", "work, µs"],
            *body,
        ],
        [
            f"The load generator itself takes for each request: {own}. That is part of the latency at one "
            "connection. Latencies are medians of rounds; “least” is the median of the best round; "
            "“work” is the time that the server's process works on a request."
        ],
        [
            Target(
                f"actions a second, {_connections(count)}",
                1,
                "of what the bare FastAPI endpoint does",
                median("held", count, "rate") / median("bare", count, "rate"),
                at_least=True,
            )
            for count in connections
        ],
    )
