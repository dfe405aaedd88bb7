"""Dashboard: numbers and charts that move ten times a second. One task measures, all who look are told."""

import asyncio
import hashlib
import time
from functools import lru_cache
from itertools import pairwise
from typing import Final

from reactor import Child, Component, Presence, Topic, action, connection, state, subscribe
from reactor import html as h

from .layout import demo
from .machines import MACHINES, TICKS_A_SECOND, Metric, Sample, now, sample, value
from .site import background, ui
from .visitors import Visitor

SECONDS = 30
"""How much of the past a chart shows."""
WIDTH: Final = SECONDS * TICKS_A_SECOND
HEIGHT: Final = 400

samples = Topic("machines", Sample)
viewers = Presence("dashboard", str)


@background
async def measure() -> None:
    """Publishes what is measured while somebody looks; while nobody does, it looks whether somebody does."""
    looked = 0.0
    while True:
        if time.monotonic() - looked > 1:
            if not await viewers.here():
                await asyncio.sleep(0.5)
                continue
            looked = time.monotonic()
        tick = now()
        samples.publish(sample(tick))
        # A timer may be a little early: then it would still be the same tick.
        await asyncio.sleep((tick + 1) / TICKS_A_SECOND - time.time() + 0.002)


class Dashboard(Component):
    latest: Sample = state(factory=lambda: sample(now()))
    is_paused: bool = state(False)

    def mount(self) -> None:
        self.latest = sample(now())

    @subscribe(lambda self: None if self.is_paused else samples)
    def measured(self, latest: Sample) -> None:
        # Where several processes share their topics, each of them measures.
        if latest.tick > self.latest.tick:
            self.latest = latest

    @action
    async def pause(self) -> None:
        self.is_paused = not self.is_paused
        self.latest = sample(now())

    def render(self) -> Child:
        latest = self.latest
        return h.div(class_={"dashboard": True, "paused": self.is_paused})[
            h.header(class_="toolbar")[
                h.div(class_="line")[
                    h.span(class_="dot", aria_hidden="true"),
                    h.p(role="status")[
                        "Paused" if self.is_paused else connection.then("Live", "Waiting for the server…")
                    ],
                    Viewers(looks=not self.is_paused),
                ],
                h.div(class_="buttons")[
                    h.a(class_="button without-script", href="/dashboard")["Look again"],
                    h.button(class_="primary", on_click=self.pause)["Resume" if self.is_paused else "Pause"],
                ],
            ],
            h.dl(class_="figures")[
                figure("Requests", f"{latest.requests:,}", "a second"),
                figure("Latency", latest.latency, "ms, 95 of 100"),
                figure("Failed", latest.errors, "of 1,000"),
                figure("Busiest", max(latest.loads), "per cent"),
            ],
            h.div(class_="charts")[
                chart("requests", "Requests a second", 2_800, latest),
                chart("latency", "Latency in milliseconds", 180, latest),
            ],
            h.section(class_="panel", aria_labelledby="machines")[
                h.h2(id="machines")["Machines"],
                h.ul(class_="loads")[map(load, MACHINES, latest.loads)],
            ],
        ]


class Viewers(Component):
    """How many look at it; a component of its own, so that it is rendered when that changes, and not ever."""

    looks: bool

    async def render(self, visitor: Visitor) -> Child:
        me = hashlib.sha256(visitor.encode()).hexdigest()[:12]
        there = await (viewers.join(me) if self.looks else viewers.here())
        count = len(there)
        return h.p(class_="hint viewers")[
            "You look alone" if there == [me] else f"{count} look" if count != 1 else "1 looks"
        ]


class Past(Component):
    """The seconds of a chart that are over; a component, so that it is rendered when one more of them is."""

    metric: Metric
    most: int
    second: int
    hour: int

    def render(self) -> Child:
        return h.g[
            (
                stretch(self.metric, self.most, each, each - self.hour, TICKS_A_SECOND)
                for each in range(self.second - SECONDS - 1, self.second)
            )
        ]


@lru_cache(1_000)
def stretch(metric: Metric, most: int, second: int, at: int, ticks: int) -> h.Element:
    """A piece of a chart.

    Arguments:
        metric: of what.
        most: the value at the upper edge.
        second: when it begins.
        at: where it begins, in seconds.
        ticks: how long it is.
    """
    first = second * TICKS_A_SECOND
    heights = [HEIGHT - min(value(metric, first + tick), most) * HEIGHT // most for tick in range(ticks + 1)]
    line = "l" + " ".join(f"1 {after - before}" for before, after in pairwise(heights)) if ticks else ""
    # An area begins a little before its place, so that no seam is seen.
    return h.g(key=second, transform=f"translate({at * TICKS_A_SECOND} 0)")[
        h.path(class_="area", d=f"M-1 {HEIGHT}V{heights[0]}h1{line}V{HEIGHT}"),
        h.path(class_="curve", d=f"M0 {heights[0]}{line}"),
    ]


def chart(metric: Metric, title: str, most: int, latest: Sample) -> Child:
    """A curve that moves to the left. Of its pieces only the last one changes, and the place of them all."""
    second, ticks = divmod(latest.tick, TICKS_A_SECOND)
    hour = second // 3_600 * 3_600
    return h.figure(class_=["panel", "chart-live", f"of-{metric}"])[
        h.figcaption[h.h2[title], h.span(class_="reading")[f"{getattr(latest, metric):,}"]],
        h.svg(
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            preserveAspectRatio="none",
            role="img",
            aria_label=f"{title} in the last {SECONDS} seconds",
        )[
            h.path(class_="grid", d="".join(f"M0 {HEIGHT * part // 4}H{WIDTH}" for part in range(1, 4))),
            # The newest point lies a little outside, and comes in.
            h.g(
                class_="moving",
                transform=f"translate({WIDTH + 1 + hour * TICKS_A_SECOND - latest.tick} 0)",
            )[
                Past(metric=metric, most=most, second=second, hour=hour),
                stretch(metric, most, second, second - hour, ticks),
            ],
        ],
    ]


def figure(name: str, value: str | float, unit: str) -> Child:
    return h.div(class_="panel")[h.dt[name], h.dd[h.strong[value], " ", h.span[unit]]]


def load(name: str, value: int) -> Child:
    return h.li(key=name)[
        h.span[name],
        h.svg(viewBox="0 0 100 1", preserveAspectRatio="none", aria_hidden="true")[
            h.rect(class_={"busy": value > 80}, width="100", height="1", transform=f"scale({value / 100} 1)")
        ],
        h.span(class_="reading")[f"{value} %"],
    ]


@ui.page("/dashboard", title="Dashboard")
async def dashboard() -> Child:
    return demo("dashboard", Dashboard(), wide=True)
