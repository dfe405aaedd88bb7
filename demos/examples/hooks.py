"""Examples of the page's own JavaScript: a chart that is drawn by a hook, and a custom element."""

import random

from reactor import Child, Component, Invalid, Page, action, nonce, state
from reactor import html as h

from ..layout import demo
from ..site import assets, ui
from .frame import example

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Visitors(Component):
    week: int = state(1)
    shown: bool = state(True)
    chosen: str = state("none yet")

    @action
    async def next_week(self) -> None:
        self.week += 1

    @action
    async def toggle(self) -> None:
        self.shown = not self.shown

    @action
    async def choose(self, day: int) -> dict[str, object]:
        if day == 6:
            raise Invalid(day="On Sundays nobody counts.")
        self.chosen = DAYS[day]
        return {"day": DAYS[day], "visitors": 12 * self.values[day]}

    @property
    def values(self) -> list[int]:
        return random.Random(self.week).sample(range(10, 100), len(DAYS))

    def render(self) -> Child:
        return h.div(class_="stack")[
            self.shown
            and h.div(
                class_="chart",
                hook="Chart",
                options={"title": f"Visitors in week {self.week}", "values": self.values},
                on_select=self.choose,
            ),
            h.div(class_="buttons")[
                h.button(on_click=self.next_week)["Next week"],
                h.button(on_click=self.toggle)["Hide" if self.shown else "Show"],
            ],
            h.p["The server knows of: ", h.output[self.chosen]],
        ]


class Rating(Component):
    stars: int = state(3)

    @action
    async def rate(self, stars: int) -> None:
        self.stars = min(max(stars, 1), 5)

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.star_rating(value=self.stars, on_rate=self.rate),
            h.p(role="status")[f"{self.stars} of 5"],
        ]


@ui.page("/examples/hooks", title="Examples: hooks")
async def hooks() -> Page:
    return Page(
        demo(
            "examples-hooks",
            [
                example(
                    "A chart",
                    "Its script draws what the server gives to it. Press a bar; Sunday's is refused.",
                    Visitors(),
                    script="chart.js",
                ),
                example(
                    "A custom element",
                    "It lives in a shadow tree of its own, and tells what is chosen by an event.",
                    Rating(),
                    script="stars.js",
                ),
            ],
            wide=True,
        ),
        head=[h.script(type="module", src=assets(name), nonce=nonce()) for name in ("chart.js", "stars.js")],
    )
