"""Examples of feeds: lists of which the server keeps nothing."""

from collections.abc import Iterable
from datetime import date, timedelta

from reactor import Child, Component, action, feed, state
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example

TODAY = date(2026, 5, 1)


class Throws(Component):
    """The last five throws of a die; the browser sees to that."""

    thrown: int = state(0)

    @feed(limit=5)
    def throws(self) -> Iterable[int]:
        return range(max(self.thrown - 5, 0), self.thrown)

    @throws.item
    def _(self, number: int) -> h.Element:
        return h.li(key=number)[f"No. {number + 1}: {number * 7 % 6 + 1}"]

    @action
    async def throw(self) -> None:
        self.throws.append(self.thrown)
        self.thrown += 1

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.button(class_="primary", on_click=self.throw)["Throw"],
            h.ul(class_="rows", aria_label="Throws")[self.throws],
            h.p(class_="hint")["Thrown ", h.output[self.thrown], " times."],
        ]


class Diary(Component):
    """Days, the last one at the end. Days before come in front, and what one reads stays where it is."""

    shown: int = state(8)
    hidden: set[int] = state(set())

    @feed
    def days(self) -> Iterable[int]:
        return (ago for ago in reversed(range(self.shown)) if ago not in self.hidden)

    @days.item
    def _(self, ago: int) -> h.Element:
        day = TODAY - timedelta(days=ago)
        return h.li(key=ago)[
            f"{day:%A}, {day.day} {day:%B}. ",
            h.button(on_click=self.hide.bind(ago), aria_label=f"Hide {day.day} {day:%B}")["Hide"],
        ]

    @action
    async def earlier(self) -> None:
        before = range(self.shown, self.shown + 8)
        self.shown += len(before)
        self.days.prepend(*reversed(before))

    @action
    async def hide(self, ago: int) -> None:
        self.hidden.add(ago)
        self.days.remove(ago)

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.button(on_click=self.earlier)["Earlier days"],
            h.ul(class_="rows scrolls", tabindex="0", aria_label="Days")[self.days],
        ]


@ui.page("/examples/feeds", title="Examples: feeds")
async def feeds() -> Child:
    return demo(
        "examples-feeds",
        [
            example("The last ones", "What is new is put behind the others; the first one goes.", Throws()),
            example("Earlier ones", "Scroll a little, then ask for more: nothing jumps.", Diary()),
        ],
        wide=True,
    )
