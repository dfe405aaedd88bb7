"""Where an action may be defined: in what renders it, in a module, or by whoever passes it on."""

from collections import deque
from typing import Annotated

from fastapi import Depends

from reactor import Child, Component, Handler, action
from reactor import html as h

from .memory import Kept, Line
from .section import Section

Guests = Annotated[deque[str], Depends(Kept(lambda: deque[str](maxlen=4)))]
Rings = Annotated[deque[int], Depends(Kept(lambda: deque([0], maxlen=1)))]
Items = Annotated[dict[str, str], Depends(Kept(lambda: {"tea": "Tea", "milk": "Milk"}))]


class GuestBook(Component):
    def render(self, guests: Guests) -> Child:
        @action
        async def sign(name: Line, guests: Guests) -> None:
            guests.append(name)

        return h.div(class_="stack")[
            h.form(class_="inline", action=sign)[
                h.input(
                    sign.field("name"), aria_label="Your name", placeholder="Your name", autocomplete="off"
                ),
                h.button["Sign"],
                sign.error("name"),
            ],
            h.ul(class_="rows")[(h.li[name] for name in guests)],
        ]


@action
async def ring(rings: Rings) -> None:
    rings[0] += 1


class Bell(Component):
    def render(self, rings: Rings) -> Child:
        return h.div(class_="buttons")[
            h.button(on_click=ring)["Ring the bell"],
            h.output[f"Rung {rings[0]} times."],
        ]


@action
async def update_item(id: str, name: Line, items: Items) -> None:
    if id in items:
        items[id] = name


class ItemForm(Component):
    name: str
    on_update: Handler

    def render(self) -> Child:
        return h.form(class_="inline", action=self.on_update)[
            h.input(name="name", value=self.name, aria_label=f"Name of {self.name}"), h.button["Update"]
        ]


class ItemList(Component):
    def render(self, items: Items) -> Child:
        return h.ul(class_="rows")[
            (h.li(key=id)[ItemForm(name=name, on_update=update_item.bind(id))] for id, name in items.items())
        ]


def sections() -> list[Section]:
    return [
        Section(
            "In the page",
            "The function stands where it is used. The form sends it what was typed, JavaScript or not.",
            GuestBook(),
        ),
        Section(
            "In a module",
            "One function for every page and component that imports it. The page has a sealed reference.",
            Bell(),
            (ring,),
        ),
        Section(
            "Passed as a prop",
            "The form does not know what it calls: the list hands it an action, one argument bound.",
            ItemList(),
            (ItemForm, update_item),
        ),
    ]
