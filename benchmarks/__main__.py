"""`python -m benchmarks`: measures everything, prints it, and writes it into docs/performance.md."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import ahead, live, marks, memo, memory, rendering, targets, throughput, traffic, workers
from .browser import measuring
from .command import asked
from .report import Section, write


@dataclass(frozen=True)
class Counts:
    """How much is measured."""

    rows: int = 1_000
    rounds: int = 40
    connections: tuple[int, ...] = (1, 16)
    load_rounds: int = 5
    load_seconds: float = 2.0
    pages: int = 10
    lines: int = 1_000
    messages: int = 20
    browser_rounds: int = 15


TINY = Counts(
    rows=20,
    rounds=1,
    connections=(2,),
    load_rounds=1,
    load_seconds=0.05,
    pages=1,
    lines=2,
    messages=2,
    browser_rounds=1,
)
"""Shows that everything runs; the figures mean nothing."""


def parts(counts: Counts) -> dict[str, Callable[[], Section]]:
    """What there is to measure, by the name that the command takes."""
    return {
        "rendering": lambda: rendering.measure(counts.rows, counts.rounds),
        "marks": lambda: marks.measure(counts.rows, counts.rounds),
        "memo": lambda: memo.measure(counts.rows),
        "predictions": lambda: ahead.measure(counts.rows, counts.rounds),
        "clicks": lambda: throughput.measure(counts.connections, counts.load_rounds, counts.load_seconds),
        "workers": lambda: workers.measure(
            max(counts.connections) * 2, counts.load_rounds, counts.load_seconds
        ),
        "bytes": lambda: traffic.measure(counts.rows),
        "memory": lambda: memory.measure(counts.rows, counts.pages),
        "browser": lambda: measuring.measure(counts.browser_rounds),
        "live": lambda: live.measure(counts.lines, counts.messages),
    }


def reached(sections: Sequence[Section]) -> Section:
    """The targets of all sections."""
    return Section(
        "Targets",
        "What is to be reached, and what this run has measured; the sections below tell what each figure is, "
        "and what it is compared with. “Rows” are those of js-framework-benchmark.",
        targets.table(target for section in sections for target in section.targets),
    )


def main(arguments: list[str] | None = None) -> None:
    given = asked("benchmarks", __doc__, list(parts(Counts())), arguments)
    begin = time.monotonic()
    measures = parts(TINY if given.is_tiny else Counts())
    sections: list[Section] = []
    for name in given.names:
        since = time.monotonic()
        sections.append(measures[name]())
        print(sections[-1].markdown(), f"{name}: {time.monotonic() - since:.0f} s", sep="\n\n", flush=True)
        print()
    sections.insert(0, reached(sections))
    print(sections[0].markdown(), f"{time.monotonic() - begin:.0f} s", sep="\n\n")
    if given.into is not None:
        write(sections, given.into)


if __name__ == "__main__":
    main()
