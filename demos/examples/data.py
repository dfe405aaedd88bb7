"""Examples of data that is cached, and shown anew when an action has changed it."""

import asyncio
from collections import Counter
from datetime import datetime

from pydantic import BaseModel

from reactor import Child, Component, action, cached, refresh, revalidate_path, revalidate_tag
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example

SLOW = 0.3


class Lookup(BaseModel):
    """Something that was looked up: what, for which time, and when."""

    value: int
    count: int
    at: datetime


shelf = {"tea": 12, "coffee": 30}
lookups: Counter[str] = Counter()


async def look_up(name: str) -> Lookup:
    """Stands for a slow query."""
    await asyncio.sleep(SLOW)
    lookups[name] += 1
    return Lookup(value=shelf.get(name, sum(shelf.values())), count=lookups[name], at=datetime.now())


@cached(tags=lambda name: ["stock", f"stock:{name}"])
async def stock(name: str) -> Lookup:
    return await look_up(name)


@cached(tags=["stock"])
async def total() -> Lookup:
    return await look_up("total")


@cached(ttl=5)
async def lately() -> Lookup:
    return await look_up("lately")


def shown(name: str, found: Lookup) -> Child:
    """A value, and when it was computed."""
    return h.p[
        f"{name}: ",
        h.output(aria_label=name)[found.value],
        h.small(class_="faded")[f" computed at {found.at:%H:%M:%S}, number ", h.b[found.count]],
    ]


class Stock(Component):
    name: str

    @action
    async def sell(self) -> None:
        shelf[self.name] -= 1
        revalidate_tag(f"stock:{self.name}")

    async def render(self) -> Child:
        return h.div(class_="buttons")[
            h.button(on_click=self.sell, aria_label=f"Sell {self.name}")["Sell"],
            shown(self.name, await stock(self.name)),
        ]


class Shop(Component):
    @action
    async def deliver(self) -> None:
        for name in shelf:
            shelf[name] += 10
        revalidate_tag("stock")

    async def render(self) -> Child:
        return h.div(class_="stack")[
            (Stock(name=name, key=name) for name in shelf),
            shown("All", await total()),
            h.button(class_="primary", on_click=self.deliver)["Deliver ten of each"],
        ]


class Lately(Component):
    @action
    async def look(self) -> None:
        """An action renders its component again, whatever it does."""

    async def render(self) -> Child:
        once, again = await asyncio.gather(lately(), lately())
        return h.div(class_="stack")[
            shown("Once", once),
            shown("And again", again),
            h.button(on_click=self.look)["Look again"],
        ]


class Whole(Component):
    @action
    async def refresh(self) -> None:
        refresh()

    @action
    async def compute(self) -> None:
        revalidate_path("/examples/data")

    def render(self) -> Child:
        return h.div(class_="buttons")[
            h.button(on_click=self.refresh)["Render everything"],
            h.button(on_click=self.compute)["And compute everything"],
        ]


@ui.page("/examples/data", title="Examples: data")
async def data() -> Child:
    return demo(
        "examples-data",
        [
            example(
                "By tag",
                "What is sold is looked up again, and nothing else: see the numbers behind.",
                Shop(),
                stock,
                total,
                Stock,
            ),
            example("For five seconds", "Two ask at once; it is computed once.", Lately(), lately),
            example("The whole page", "With what is cached, or with all of it computed anew.", Whole()),
        ],
        wide=True,
    )
