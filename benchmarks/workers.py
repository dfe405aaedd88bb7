"""Clicks a second with several workers, against one."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from .report import Section, ratio, whole
from .serve import Served, serving

LABELS = {"bare": "bare FastAPI endpoint", "held": "click on `/counter`"}
WORKERS = (1, 2)

Result = dict[str, float]


def put_load_on(name: str, served: Served, connections: int, seconds: float) -> Result:
    """One round; the load comes from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.flood", name]
    command += [str(number) for number in (served.port, connections, seconds)]
    before = served.processor_seconds()
    result: Result = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return {**result, "server": (served.processor_seconds() - before) / result["clicks"]}


def measure(connections: int, rounds: int, seconds: float) -> Section:
    results: dict[tuple[str, int], list[Result]] = {(name, count): [] for name in LABELS for count in WORKERS}
    with serving(*LABELS, workers=WORKERS[0]) as one, serving(*LABELS, workers=WORKERS[-1]) as several:
        for _ in range(rounds):
            for name, count in results:
                served = (one if count == WORKERS[0] else several)[name]
                results[name, count].append(put_load_on(name, served, connections, seconds))

    def median(name: str, count: int, what: str) -> float:
        return statistics.median(result[what] for result in results[name, count])

    def share(name: str) -> float:
        """How many times as much two processors can give as one worker, if they make the load, too."""
        work = median(name, 1, "server")
        return max(WORKERS) * work / (work + median(name, max(WORKERS), "own"))

    return Section(
        "Workers",
        "The same clicks on one worker and on two that share a port and a secret, as `uvicorn --workers` has "
        f"them. {connections} connections; each has a click under way all the time. The load is made on the "
        "same processors, two in all, by a program that does no more than it must (`benchmarks/flood.py`). "
        "With one worker it has the other processor; with two it takes its share of what they would have. "
        f"{rounds} rounds of {seconds:g} s.",
        [
            ["", "requests/s", "best", "of one worker", "work, µs", "load, µs", "possible"],
            *(
                [
                    f"{LABELS[name]}, {count} worker{'s' if count > 1 else ''}",
                    whole(median(name, count, "rate")),
                    whole(max(result["rate"] for result in results[name, count])),
                    ratio(median(name, count, "rate"), median(name, 1, "rate")),
                    whole(median(name, count, "server") * 1e6),
                    whole(median(name, count, "own") * 1e6),
                    "" if count == 1 else f"{share(name):.2f}",
                ]
                for name, count in results
            ),
        ],
        [
            "“Work” is the time that the workers take for a request, “load” what its sender takes; what two "
            "processors could give of one worker's requests, if the load takes that of them, is “possible”."
        ],
    )
