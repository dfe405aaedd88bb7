"""Examples of events: keys, how often, whether at all, and where they are heard."""

from reactor import Child, Component, action, on, state
from reactor import html as h
from reactor.events import MouseEvent

from ..layout import demo
from ..site import ui
from .frame import example


class Keys(Component):
    said: str = state("Nothing yet.")

    @action
    async def note(self, what: str) -> None:
        self.said = what

    def render(self) -> Child:
        return h.div(class_="field")[
            h.label(for_="keys")["Press Enter, Shift+Enter, Escape or Ctrl+S here"],
            h.input(
                id="keys",
                autocomplete="off",
                on_keydown={
                    "Enter": self.note.bind("Sent."),
                    "Shift+Enter": self.note.bind("A new line."),
                    "Escape": self.note.bind("Cancelled."),
                    "Ctrl+s": on(self.note.bind("Saved."), prevent=True),
                },
            ),
            h.output[self.said],
        ]


class Shortcut(Component):
    open: bool = state(False)

    @action
    async def toggle(self) -> None:
        self.open = not self.open

    @action
    async def close(self) -> None:
        self.open = False

    def render(self) -> Child:
        return h.div(
            class_="stack",
            on_keydown={
                "Alt+k": on(self.toggle, target="window", prevent=True),
                "Escape": on(self.close, target="window"),
            },
        )[
            h.p[h.kbd["Alt"], " + ", h.kbd["K"], " works wherever the focus is."],
            self.open and h.input(type="search", aria_label="Search", autofocus=True),
        ]


class Slider(Component):
    name: str
    debounce: float | None = None
    throttle: float | None = None
    calls: int = state(0)
    value: str = state("50")

    @action
    async def slide(self, value: str) -> None:
        self.calls += 1
        self.value = value

    def render(self) -> Child:
        return h.div(class_="field")[
            h.label(for_=self.name)[self.name],
            h.input(
                id=self.name,
                type="range",
                value=self.value,
                on_input=on(self.slide, debounce=self.debounce, throttle=self.throttle),
            ),
            h.output(for_=self.name)[f"{self.value} (calls: {self.calls})"],
        ]


class Sliders(Component):
    def render(self) -> Child:
        return h.div(class_="stack")[
            Slider(name="Each event"),
            Slider(name="Debounced", debounce=0.5),
            Slider(name="Throttled", throttle=0.5),
        ]


class Careful(Component):
    files: list[str] = state(["Letters", "Photos", "Taxes"])
    liked: int = state(0)

    @action
    async def delete(self, name: str) -> None:
        self.files.remove(name)

    @action
    async def like(self) -> None:
        self.liked += 1

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.ul(class_="rows")[
                (
                    h.li(key=name)[
                        name,
                        h.button(
                            class_="danger",
                            aria_label=f"Delete {name}",
                            on_click=on(self.delete.bind(name), confirm=f"Delete {name} for ever?"),
                        )["Delete"],
                    ]
                    for name in self.files
                )
            ],
            h.div(class_="buttons")[
                h.button(on_click=on(self.like, once=True))["Like, once"],
                h.output[f"{self.liked} likes"],
            ],
        ]


class Menu(Component):
    open: bool = state(False)

    @action
    async def toggle(self) -> None:
        self.open = not self.open

    @action
    async def close(self) -> None:
        self.open = False

    def render(self) -> Child:
        return h.div(
            class_="dropdown",
            on_clickoutside=self.close if self.open else None,
            on_keydown={"Escape": self.close} if self.open else None,
        )[
            h.button(on_click=self.toggle, aria_expanded=self.open, aria_controls="links")["Links"],
            h.ul(id="links", class_="menu", hidden=not self.open)[
                h.li[h.a(href="/")["All demos"]],
                h.li[h.a(href="/examples")["All examples"]],
            ],
        ]


class Pointer(Component):
    at: tuple[float, float] = state((120.0, 60.0))
    outer: int = state(0)

    @action
    async def place(self, event: MouseEvent) -> None:
        self.at = (round(event.x), round(event.y))

    @action
    async def edge(self) -> None:
        self.outer += 1

    def render(self) -> Child:
        x, y = self.at
        return h.div(class_="pond", on_click=on(self.edge, self_only=True))[
            h.svg(class_="canvas", role="img", aria_label="Canvas", on_click=self.place)[
                h.circle(cx=x, cy=y, r=14)
            ],
            h.output[f"{x:g}, {y:g}; on the edge: {self.outer}"],
        ]


@ui.page("/examples/events", title="Examples: events")
async def events() -> Child:
    return demo(
        "examples-events",
        [
            example("Keys", "A dictionary says which keys mean what.", Keys()),
            example("Keys of the whole window", "While the element is in the page.", Shortcut()),
            example("How often", "Move each of them, and watch the calls.", Sliders(), Slider),
            example("Sure? And only once", "A question before, and a limit.", Careful()),
            example("A click outside", "Elsewhere, or Escape: the menu closes.", Menu()),
            example(
                "Position, and only the element itself", "Click into the canvas and beside it.", Pointer()
            ),
        ],
        wide=True,
    )
