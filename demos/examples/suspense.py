"""Examples of slow parts: the page is there at once, what is slow follows in the same response."""

import asyncio

from reactor import Child, Component, Suspense, action, state
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example


class Forecast(Component):
    """It asks somebody who takes their time."""

    city: str
    seconds: float
    sky: str = state("")

    async def mount(self) -> None:
        await asyncio.sleep(self.seconds)
        self.sky = {"Oslo": "snow", "Rome": "sun"}.get(self.city, "clouds")

    @action
    async def look_again(self) -> None:
        self.sky = f"still {self.sky}"

    def render(self) -> Child:
        return h.p[
            self.city,
            ": ",
            h.output[self.sky],
            " ",
            h.button(on_click=self.look_again)[f"Look at {self.city}"],
        ]


def waiting(city: str) -> Child:
    return h.p(class_="faded", aria_busy=True)[f"Looking at {city}…"]


class Forecasts(Component):
    def render(self) -> Child:
        return h.div(class_="stack")[
            Suspense(key="Oslo", fallback=waiting("Oslo"))[Forecast(city="Oslo", seconds=1.5)],
            Suspense(key="Rome", fallback=waiting("Rome"))[Forecast(city="Rome", seconds=0.7)],
        ]


class Travel(Component):
    to: str | None = state(None)

    @action
    async def go(self, city: str) -> None:
        self.to = city

    def render(self) -> Child:
        to = self.to
        return h.div(class_="stack")[
            h.div(class_="buttons")[
                (h.button(on_click=self.go.bind(city))[city] for city in ("Lima", "Cairo")),
            ],
            to and Suspense(key=to, fallback=waiting(to))[Forecast(city=to, seconds=1.0)],
        ]


@ui.page("/examples/suspense", title="Examples: slow parts")
async def suspense() -> Child:
    return demo(
        "examples-suspense",
        [
            example(
                "Parts of a page", "They take as long as the slowest, not the sum.", Forecasts(), Forecast
            ),
            example("Parts of an answer", "The click is answered at once, the rest follows.", Travel()),
        ],
        wide=True,
    )
