"""7GUIs, task 1: a button and a number."""

from reactor import Child, Component, action, state
from reactor import html as h

from ..layout import demo
from ..site import ui


class Counter(Component):
    count: int = state(0)

    @action
    async def increment(self) -> None:
        self.count += 1

    def render(self) -> Child:
        return h.section(class_="panel tally")[
            h.output(class_="figure")[self.count],
            h.button(class_="primary", on_click=self.increment)["Count"],
        ]


@ui.page("/7guis/counter", title="7GUIs: counter")
async def counter() -> Child:
    return demo("7guis-counter", Counter())
