"""Clicks a second with two workers, against one."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from .report import Section, ratio, whole
from .serve import Served, serving
from .targets import Target

NAME = "held"
WORKERS = (1, 2)

Result = dict[str, float]


def put_load_on(served: Served, connections: int, seconds: float) -> Result:
    """One round; the load comes from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.flood", NAME]
    command += [str(number) for number in (served.port, connections, seconds)]
    before = served.processor_seconds()
    result: Result = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return {**result, "server": (served.processor_seconds() - before) / result["clicks"]}


def measure(connections: int, rounds: int, seconds: float) -> Section:
    results: dict[int, list[Result]] = {count: [] for count in WORKERS}
    with serving(NAME, workers=WORKERS[0]) as one, serving(NAME, workers=WORKERS[1]) as two:
        for _ in range(rounds):
            for count, served in zip(WORKERS, (one, two), strict=True):
                results[count].append(put_load_on(served[NAME], connections, seconds))

    def median(count: int, what: str) -> float:
        return statistics.median(result[what] for result in results[count])

    work = median(1, "server")
    possible = 2 * work / (work + median(2, "own"))
    return Section(
        "Workers",
        "The same clicks on one worker and on two that share a port and a secret, as `uvicorn --workers` has "
        f"them. {connections} connections; each has a click under way all the time. The load is made on the "
        "same processors, two in all, by a program that does no more than it must (`benchmarks/flood.py`). "
        "With one worker it has the other processor; with two it takes its share of what they would have. "
        f"{rounds} rounds of {seconds:g} s.",
        [
            ["", "requests/s", "best", "of one worker", "work, µs", "load, µs"],
            *(
                [
                    f"click on `/counter`, {count} worker{'s' if count > 1 else ''}",
                    whole(median(count, "rate")),
                    whole(max(result["rate"] for result in results[count])),
                    ratio(median(count, "rate"), median(1, "rate")),
                    whole(median(count, "server") * 1e6),
                    whole(median(count, "own") * 1e6),
                ]
                for count in WORKERS
            ),
        ],
        [
            "“Work” is the time that the workers take for a click, “load” what its sender takes. Two "
            f"processors that make the load, too, could do at most {possible:.2f} times what one worker does."
        ],
        [
            Target(
                "two workers",
                1.8,
                "times the actions a second of one",
                median(2, "rate") / median(1, "rate"),
                at_least=True,
            )
        ],
    )
