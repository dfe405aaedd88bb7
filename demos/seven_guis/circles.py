"""7GUIs, task 6: draw circles, and take it back.

The drawing is its own history: a list of changes, of which the first `done` count. Undo and redo move that
number.
"""

from math import hypot
from typing import Annotated, NamedTuple

from pydantic import Field

from reactor import Child, Component, action, on, state
from reactor import html as h

from ..layout import demo
from ..site import typing, ui

MOST = 500
MENU = (190, 48)


class Change(NamedTuple):
    """A circle, as it is from now on."""

    id: int
    x: int
    y: int
    diameter: int


Diameter = Annotated[int, Field(ge=10, le=200)]


class Circles(Component):
    changes: list[Change] = state(factory=list)
    done: int = state(0)
    chosen: int | None = state(None)
    menu: tuple[int, int] | None = state(None)
    adjusting: int | None = state(None)
    """The diameter that the open dialog shows; `None`: it is closed."""

    def circles(self) -> dict[int, Change]:
        drawn = {change.id: change for change in self.changes[: self.done]}
        if self.chosen in drawn and self.adjusting is not None:
            drawn[self.chosen] = drawn[self.chosen]._replace(diameter=self.adjusting)
        return drawn

    def nearest(self, x: float, y: float) -> Change | None:
        around = [
            circle for circle in self.circles().values() if distance(circle, x, y) < circle.diameter / 2
        ]
        return min(around, key=lambda circle: distance(circle, x, y), default=None)

    def record(self, change: Change) -> None:
        if self.done < MOST:
            self.changes = [*self.changes[: self.done], change]
            self.done = len(self.changes)

    def dismiss(self) -> None:
        """Close whatever is open; what the dialog changed becomes one change."""
        if self.adjusting is not None and self.chosen is not None:
            before = {change.id: change for change in self.changes[: self.done]}[self.chosen]
            if before.diameter != self.adjusting:
                self.record(before._replace(diameter=self.adjusting))
        self.chosen = self.menu = self.adjusting = None

    @action
    async def draw(self, x: float, y: float) -> None:
        if self.chosen is not None:
            self.dismiss()
        elif self.nearest(x, y) is None:
            id = max((change.id for change in self.changes[: self.done]), default=0) + 1
            self.record(Change(id, round(x), round(y), 40))

    @action
    async def open_menu(self, x: float, y: float, width: float, height: float) -> None:
        self.dismiss()
        circle = self.nearest(x, y)
        if circle is not None:
            self.chosen = circle.id
            self.menu = (round(max(0, min(x, width - MENU[0]))), round(max(0, min(y, height - MENU[1]))))

    @action
    async def adjust(self, id: int) -> None:
        circle = self.circles().get(id)
        if circle is not None:
            self.chosen, self.menu, self.adjusting = id, None, circle.diameter

    @action
    async def set_diameter(self, value: Diameter) -> None:
        if self.adjusting is not None:
            self.adjusting = value

    @action
    async def close(self) -> None:
        self.dismiss()

    @action
    async def undo(self) -> None:
        self.dismiss()
        self.done = max(self.done - 1, 0)

    @action
    async def redo(self) -> None:
        self.dismiss()
        self.done = min(self.done + 1, len(self.changes))

    def render(self) -> Child:
        return h.section(class_="panel circles")[
            h.div(class_="buttons")[
                h.button(on_click=self.undo, disabled=self.done == 0)["Undo"],
                h.button(on_click=self.redo, disabled=self.done == len(self.changes))["Redo"],
            ],
            h.div(class_="easel")[
                h.svg(
                    class_="canvas",
                    role="group",
                    aria_label="Canvas",
                    on_click=self.draw,
                    on_contextmenu=on(self.open_menu, prevent=True),
                )[
                    (self.circle(circle) for circle in self.circles().values()),
                    self.menu and self.chosen and self.popup(self.chosen, *self.menu),
                ],
                self.adjusting is not None and self.dialog(self.adjusting),
            ],
            h.p(class_="hint")[
                "Click to draw. Right click a circle, or press Enter on it, to change its diameter."
            ],
        ]

    def circle(self, circle: Change) -> Child:
        return h.circle(
            key=circle.id,
            cx=circle.x,
            cy=circle.y,
            r=circle.diameter / 2,
            class_={"chosen": circle.id == self.chosen},
            role="button",
            tabindex="0",
            aria_label=f"Circle {circle.id}, diameter {circle.diameter}",
            on_keydown={"Enter": self.adjust.bind(circle.id)},
        )

    def popup(self, id: int, x: int, y: int) -> Child:
        return h.foreignObject(x=x, y=y, width=MENU[0], height=MENU[1])[
            h.div(class_="menu", role="menu", aria_label="Circle")[
                h.button(role="menuitem", on_click=on(self.adjust.bind(id), stop=True))["Adjust diameter…"]
            ]
        ]

    def dialog(self, diameter: int) -> Child:
        return h.dialog(open=True, aria_label="Adjust diameter", on_keydown={"Escape": self.close})[
            h.label(class_="field")[
                "Diameter",
                h.input(
                    type="range",
                    min=10,
                    max=200,
                    value=str(diameter),
                    autofocus=True,
                    on_input=self.set_diameter,
                ),
            ],
            h.p(class_="reading quiet")[diameter],
            h.button(class_="primary", on_click=self.close)["Close"],
        ]


def distance(circle: Change, x: float, y: float) -> float:
    return hypot(circle.x - x, circle.y - y)


@ui.page("/7guis/circles", title="7GUIs: circle drawer", head=[typing])
async def circles() -> Child:
    return demo("7guis-circles", Circles())
