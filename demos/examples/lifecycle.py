"""Examples of what happens by itself: when an element comes into the page or into view, and in time."""

import asyncio
from datetime import UTC, datetime

from reactor import Child, Component, action, on, state
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example


class Report(Component):
    lines: list[str] | None = state(None)

    @action
    async def load(self) -> None:
        await asyncio.sleep(1)
        self.lines = ["Visitors: 1,204", "Orders: 87", "Returns: 3"]

    def render(self) -> Child:
        if self.lines is None:
            return h.div(class_="rows skeleton", aria_busy=True, on_mount=self.load)[
                h.span["Loading the report"], h.span, h.span
            ]
        return h.ul(class_="rows")[(h.li[line] for line in self.lines)]


class Scroller(Component):
    visible: set[int] = state(set())
    seen: set[int] = state(set())

    @action
    async def show(self, number: int) -> None:
        self.visible.add(number)
        self.seen.add(number)

    @action
    async def hide(self, number: int) -> None:
        self.visible.discard(number)

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.div(class_="scroller", tabindex="0", role="group", aria_label="Tiles")[
                (
                    h.div(
                        key=n,
                        class_=["tile", f"tint-{n % 6}"],
                        on_visible=self.show.bind(n),
                        on_hidden=self.hide.bind(n),
                    )[n]
                    for n in range(1, 13)
                )
            ],
            h.output["In view: ", ", ".join(map(str, sorted(self.visible)))],
            h.meter(aria_label="Seen", min=0, max=12, value=len(self.seen)),
        ]


class Clock(Component):
    running: bool = state(True)
    now: str = state("")

    @action
    async def tick(self) -> None:
        self.now = datetime.now(UTC).strftime("%H:%M:%S")

    @action
    async def toggle(self) -> None:
        self.running = not self.running

    def render(self) -> Child:
        return h.div(
            class_="buttons",
            on_mount=self.tick,
            on_interval=on(self.tick, every=1.0) if self.running else None,
        )[
            h.button(on_click=self.toggle)["Stop" if self.running else "Go on"],
            h.span(class_="reading")[self.now or "--:--:--", " UTC"],
        ]


@ui.page("/examples/lifecycle", title="Examples: lifecycle")
async def lifecycle() -> Child:
    return demo(
        "examples-lifecycle",
        [
            example(
                "When it comes into the page", "The page is there at once; the slow part follows.", Report()
            ),
            example("In view, out of view", "Scroll the tiles.", Scroller()),
            example("As time goes by", "Each second, while this tab is visible.", Clock()),
        ],
        wide=True,
    )
