"""Examples of what is shown before the server has answered. Each answer here takes most of a second."""

import asyncio

from pydantic import BaseModel

from reactor import Child, Component, Handler, Invalid, action, state
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example

SECONDS = 0.8


class Likes(Component):
    likes: int = state(0)

    @action
    async def like(self) -> None:
        await asyncio.sleep(SECONDS)
        self.likes += 1

    @like.optimistic
    def _(self) -> None:
        self.likes += 1

    def render(self) -> Child:
        return h.div(class_="buttons")[
            h.button(class_="primary", on_click=self.like)["Like"],
            h.p["Likes: ", h.output[self.likes]],
        ]


class Lamp(Component):
    lit: bool = state(False)

    @action
    async def switch(self) -> None:
        await asyncio.sleep(SECONDS)
        self.lit = not self.lit

    @switch.optimistic
    def _(self) -> None:
        self.lit = not self.lit

    def render(self) -> Child:
        return h.div(class_="buttons")[
            h.button(on_click=self.switch, aria_pressed=self.lit)["Lamp"],
            h.output["on" if self.lit else "off"],
        ]


class Item(BaseModel):
    id: int | None = None
    text: str
    done: bool = False


class Entry(Component):
    """One row: a component of its own, with actions that its parent gives."""

    item: Item
    on_toggle: Handler
    on_remove: Handler
    on_top: Handler

    def render(self) -> Child:
        return h.li(class_={"faded": self.item.id is None, "done": self.item.done})[
            h.label[
                h.input(
                    type="checkbox",
                    checked=self.item.done,
                    on_change=self.on_toggle,
                    disabled=self.item.id is None,
                ),
                self.item.text,
            ],
            self.item.id is not None
            and h.span(class_="buttons")[
                h.button(on_click=self.on_top, aria_label=f"To the top: {self.item.text}")["↑"],
                h.button(on_click=self.on_remove, aria_label=f"Remove: {self.item.text}")["×"],
            ],
        ]


class Shopping(Component):
    items: list[Item] = state([Item(id=1, text="Bread"), Item(id=2, text="Milk"), Item(id=3, text="Tea")])
    last: int = state(3)

    @action
    async def add(self, text: str) -> None:
        await asyncio.sleep(SECONDS)
        if not text.strip() or any(item.text == text for item in self.items):
            raise Invalid(text=f"{text or 'Nothing'} is on the list already")
        self.last += 1
        self.items.append(Item(id=self.last, text=text))

    @add.optimistic
    def _(self, text: str) -> None:
        self.items.append(Item(text=text))

    @action
    async def toggle(self, id: int, checked: bool) -> None:
        await asyncio.sleep(SECONDS)
        self.set_done(id, checked)

    @toggle.optimistic
    def _(self, id: int, checked: bool) -> None:
        self.set_done(id, checked)

    @action
    async def remove(self, id: int) -> None:
        await asyncio.sleep(SECONDS)
        self.items = [item for item in self.items if item.id != id]

    @remove.optimistic
    def _(self, id: int) -> None:
        self.items = [item for item in self.items if item.id != id]

    @action
    async def top(self, id: int) -> None:
        await asyncio.sleep(SECONDS)
        self.items.sort(key=lambda item: item.id != id)

    @top.optimistic
    def _(self, id: int) -> None:
        self.items.sort(key=lambda item: item.id != id)

    def set_done(self, id: int, done: bool) -> None:
        for item in self.items:
            if item.id == id:
                item.done = done

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.ul(class_="rows")[
                (
                    Entry(
                        key=item.id,
                        item=item,
                        on_toggle=self.toggle.bind(item.id),
                        on_remove=self.remove.bind(item.id),
                        on_top=self.top.bind(item.id),
                    )
                    for item in self.items
                )
            ],
            h.form(class_="inline", action=self.add)[
                h.input(self.add.field("text"), aria_label="Item", autocomplete="off"),
                h.button["Add"],
            ],
            h.div(role="alert")[self.add.error("text")],
        ]


@ui.page("/examples/optimistic", title="Examples: optimistic updates")
async def optimistic() -> Child:
    return demo(
        "examples-optimistic",
        [
            example("Counting", "Five quick clicks: one, two, three, four, five, at once.", Likes()),
            example("Switching", "Clicked twice, it is back where it was.", Lamp()),
            example(
                "A list",
                "Add, check, move and remove. What is on the list already is refused, and taken back.",
                Shopping(),
                Entry,
                Item,
            ),
        ],
        wide=True,
    )
