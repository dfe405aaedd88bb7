"""7GUIs, task 4: time passes, and the person may change how much of it there is."""

import time
from typing import Annotated

from pydantic import Field

from reactor import Child, Component, action, on, state
from reactor import html as h

from ..layout import demo
from ..site import ui

Seconds = Annotated[float, Field(ge=1, le=60)]


class Timer(Component):
    duration: float = state(15.0)
    elapsed: float = state(0.0)
    seen: float = state(factory=time.time)
    """When the time was last looked at."""

    @action
    async def tick(self) -> None:
        now = time.time()
        self.elapsed = min(self.elapsed + max(now - self.seen, 0.0), max(self.duration, self.elapsed))
        self.seen = now

    @action
    async def set_duration(self, value: Seconds) -> None:
        if self.running:
            await self.tick()
        self.duration, self.seen = value, time.time()

    @action
    async def reset(self) -> None:
        self.elapsed, self.seen = 0.0, time.time()

    @property
    def running(self) -> bool:
        return self.elapsed < self.duration

    def render(self) -> Child:
        return h.section(
            class_="panel stack", on_interval=on(self.tick, every=0.1) if self.running else None
        )[
            h.div(class_="field")[
                h.label(for_="elapsed")["Elapsed time"],
                h.progress(id="elapsed", max=self.duration, value=round(min(self.elapsed, self.duration), 2)),
                h.p(class_="reading")[f"{self.elapsed:.1f}s"],
            ],
            h.div(class_="field")[
                h.label(for_="duration")["Duration"],
                h.input(
                    id="duration",
                    type="range",
                    min=1,
                    max=60,
                    step=0.5,
                    value=f"{self.duration:g}",
                    aria_valuetext=f"{self.duration:g} seconds",
                    on_input=self.set_duration,
                ),
                h.p(class_="reading quiet")[f"{self.duration:g} seconds"],
            ],
            h.div(class_="buttons")[h.button(on_click=self.reset)["Reset"]],
        ]


@ui.page("/7guis/timer", title="7GUIs: timer")
async def timer() -> Child:
    return demo("7guis-timer", Timer())
