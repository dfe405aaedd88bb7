"""Counter: the smallest component. Its state lives in the component and nowhere else."""

from reactor import Child, Component, action, state
from reactor import html as h

from .layout import demo
from .site import ui


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


@ui.page("/counter", title="Counter")
async def counter() -> Child:
    return demo("counter", Counter())
