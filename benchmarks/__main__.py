"""`python -m benchmarks`: measures everything, prints it, and writes it into docs/performance.md."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import ahead, live, marks, memo, memory, rendering, throughput, traffic, workers
from .browser import measuring
from .report import Section, write

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


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


def main(arguments: list[str] | None = None) -> None:
    names = list(parts(Counts()))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"only these ({', '.join(names)}); writes nothing"
    )
    parser.add_argument("--tiny", action="store_true", help="counts so small that the figures mean nothing")
    parser.add_argument("--into", type=Path, metavar="FILE", help="where the tables are written")
    given = parser.parse_args(arguments)
    unknown = set(given.parts) - set(names)
    if unknown:
        parser.error(f"there is no part {unknown.pop()!r}; there are {', '.join(names)}")
    begin = time.monotonic()
    sections: list[Section] = []
    for name, measure in parts(TINY if given.tiny else Counts()).items():
        if not given.parts or name in given.parts:
            sections.append(measure())
            print(sections[-1].markdown(), end="\n\n", flush=True)
    print(f"{time.monotonic() - begin:.0f} s")
    path = given.into or (None if given.tiny or given.parts else DOCUMENT)
    if path is not None:
        write(sections, path)


if __name__ == "__main__":
    main()
