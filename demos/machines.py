"""What some machines measure, ten times a second.

It is made up; every process makes up the same, as all would read the same from one store.
"""

import math
import random
import time
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel

TICKS_A_SECOND = 10
MACHINES = ("ash", "birch", "cedar", "elm", "hazel", "larch", "maple", "rowan")

Metric = Literal["requests", "latency"]


class Sample(BaseModel):
    """What was measured at one time.

    Arguments:
        tick: when, in tenths of a second since 1970.
        requests: requests a second, all machines together.
        latency: milliseconds in which 95 of 100 were answered.
        errors: how many of 1,000 failed.
        loads: how busy each machine is, in per cent.
    """

    tick: int
    requests: int
    latency: int
    errors: float
    loads: list[int]


def now() -> int:
    """The tick that it is."""
    return int(time.time() * TICKS_A_SECOND)


def value(metric: Metric, tick: int) -> int:
    """What was measured of all machines together."""
    # Long waves, short waves, and now and then a rush.
    wave = _noise(metric, tick / 230) + 0.5 * _noise(metric, tick / 37 + 0.5) + 0.2 * _noise(metric, tick / 8)
    rush = max(0.0, _noise("rush", tick / 90) - 0.72) * 3
    if metric == "requests":
        return round(1_450 + 620 * wave + 900 * rush)
    return round(max(12.0, 64 + 26 * wave + 120 * rush))


@lru_cache(64)
def sample(tick: int) -> Sample:
    """What was measured at a tick."""
    busy = 38 + (value("requests", tick) - 1_450) / 32
    return Sample(
        tick=tick,
        requests=value("requests", tick),
        latency=value("latency", tick),
        errors=round(max(0.0, 1.2 + _noise("errors", tick / 60)), 1),
        loads=[
            round(min(99.0, max(2.0, busy + 22 * _noise(name, tick / 31) + 8 * _noise(name, tick / 6))))
            for name in MACHINES
        ],
    )


def _noise(name: str, at: float) -> float:
    """A number between -1 and 1 that moves smoothly."""
    before = math.floor(at)
    part = at - before
    part *= part * (3 - 2 * part)
    return _at(name, before) * (1 - part) + _at(name, before + 1) * part


@lru_cache(4_096)
def _at(name: str, at: int) -> float:
    return random.Random(f"{name} {at}").uniform(-1, 1)
