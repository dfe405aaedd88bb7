"""Examples of actions that yield: what has changed so far is shown, and they go on."""

import asyncio
from collections.abc import AsyncIterator

from reactor import Child, Component, action, state
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example

STEPS = ("Reading the ledger", "Adding up", "Drawing the charts", "Writing it down")
SECONDS = 0.1


class ProgressBar(Component):
    """Long work in steps; each tells how far it has come."""

    per_cent: int = state(0)

    @action
    async def make(self) -> AsyncIterator[None]:
        for self.per_cent in range(0, 100, 4):
            yield
            await asyncio.sleep(SECONDS)
        self.per_cent = 100

    def render(self) -> Child:
        now = self.per_cent * len(STEPS) // 100
        return h.div(class_="stack")[
            h.progress(max=100, value=self.per_cent, aria_label="Progress of the report"),
            h.ol(class_="steps")[
                (
                    h.li(class_={"done": number < now}, aria_current="step" if number == now else None)[step]
                    for number, step in enumerate(STEPS)
                )
            ],
            h.div(class_="buttons")[
                h.button(class_="primary", on_click=self.make, disabled=self.make.pending)["Make the report"],
                h.button(on_click=self.make.cancel, disabled=self.make.pending.then(False, True))["Stop"],
            ],
        ]


class Text(Component):
    """Of a text that grows only what is new is sent."""

    text: str = state("")

    @action
    async def tell(self) -> AsyncIterator[None]:
        self.text = ""
        for word in "Once upon a time there was a page that did not wait for its end.".split():
            self.text += word + " "
            yield
            await asyncio.sleep(SECONDS)

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.button(on_click=self.tell)["Tell a story"],
            h.p(role="log", aria_label="Story")[self.text],
        ]


class Detached(Component):
    """It goes on when the page is closed, and says what it came to."""

    done: int = state(0)

    @action(detached=True)
    async def work(self) -> AsyncIterator[int]:
        for self.done in range(1, 11):
            await asyncio.sleep(SECONDS)
            yield self.done

    def render(self) -> Child:
        result = self.work.result
        return h.div(class_="stack")[
            h.button(on_click=self.work)["Begin"],
            h.p(role="status")["All ten are done." if result == 10 else f"{self.done} of 10"],
        ]


@ui.page("/examples/streaming", title="Examples: streaming")
async def streaming() -> Child:
    return demo(
        "examples-streaming",
        [
            example("A progress bar", "Stop it in the middle: what was shown stays.", ProgressBar()),
            example("A text in pieces", "Meanwhile everything else can be used.", Text()),
            example("To the end", "Without detached=True, who closes the page ends the work.", Detached()),
        ],
        wide=True,
    )
