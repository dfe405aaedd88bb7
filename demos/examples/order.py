"""Examples of the order of calls. Each of these takes a second and a half."""

import asyncio

from reactor import Child, Component, action, state
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example

SECONDS = 1.5


class Counter(Component):
    """It goes on while the others work."""

    count: int = state(0)

    @action
    async def add(self) -> None:
        self.count += 1

    def render(self) -> Child:
        return h.div(class_="buttons")[
            h.button(class_="primary", on_click=self.add)["Count"],
            h.p["Counted ", h.output[self.count], "."],
        ]


class Queue(Component):
    steps: list[str] = state([])

    @action
    async def step(self, name: str) -> None:
        await asyncio.sleep(SECONDS)
        self.steps.append(name)

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.div(class_="buttons")[
                (h.button(key=name, class_="spins", on_click=self.step.bind(name))[name] for name in "ABC")
            ],
            h.output[", ".join(self.steps) or "Nothing yet"],
        ]


class Latest(Component):
    answer: str = state("")

    @action(order="latest")
    async def look_up(self, value: str) -> None:
        await asyncio.sleep(SECONDS)
        self.answer = f"{len(value)} letters"

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.input(aria_label="Word", autocomplete="off", on_input=self.look_up),
            h.output(class_={"faded": self.look_up.pending})[self.answer],
        ]


class Drop(Component):
    orders: int = state(0)

    @action(order="drop")
    async def order(self) -> None:
        await asyncio.sleep(SECONDS)
        self.orders += 1

    def render(self) -> Child:
        return h.div(class_="buttons")[
            h.button(class_="spins", on_click=self.order)["Order"],
            h.p["Orders: ", h.output[self.orders]],
        ]


class Parallel(Component):
    loaded: list[str] = state([])

    @action(order="parallel")
    async def load(self, name: str) -> None:
        await asyncio.sleep(SECONDS)
        self.loaded.append(name)

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.div(class_="buttons")[
                (h.button(key=name, class_="spins", on_click=self.load.bind(name))[name] for name in "ABC")
            ],
            h.output[", ".join(self.loaded) or "Nothing yet"],
        ]


@ui.page("/examples/order", title="Examples: order")
async def order() -> Child:
    return demo(
        "examples-order",
        [
            example("Beside each other", "It counts at once, whatever else is under way.", Counter()),
            example("One after the other", "Click A, B and C: they are done in this order.", Queue()),
            example("Only the latest", "What is under way is cancelled when you type on.", Latest()),
            example("One at a time", "A second click counts only after the first is done.", Drop()),
            example("All at once", "A, B and C take no longer than one of them.", Parallel()),
        ],
        wide=True,
    )
