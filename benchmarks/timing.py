"""Timing in turns."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """How long something took, each time, in seconds."""

    seconds: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def minimum(self) -> float:
        return min(self.seconds)


def in_turns(candidates: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Runs each candidate once a round, after one round that does not count.

    The garbage collector works between the measurements and not in them, as with `timeit`.
    """
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for run in candidates.values():
        run()
    gc.freeze()  # what is there already is not gone through again before each measurement
    for _ in range(rounds):
        for name, run in candidates.items():
            gc.collect()
            gc.disable()
            begin = time.perf_counter()
            made = run()  # kept until the clock has stopped: letting it go takes time too
            seconds[name].append(time.perf_counter() - begin)
            gc.enable()
            del made
    gc.unfreeze()
    return {name: Timing(taken) for name, taken in seconds.items()}
