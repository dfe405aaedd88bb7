"""Examples of effects: what the browser does by itself, alone or around a call."""

from typing import Annotated

from pydantic import Field

from reactor import Child, Component, action, bind, effects, on, state
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example


class FadingMenu(Component):
    def render(self) -> Child:
        hide = [
            effects.hide("#fading", transition="fade"),
            effects.set_attribute("aria-expanded", False, to="#fader"),
        ]
        return h.div(
            class_="dropdown", on_clickoutside=hide, on_keydown={"Escape": [*hide, effects.focus("#fader")]}
        )[
            h.button(
                id="fader",
                aria_expanded=False,
                aria_controls="fading",
                on_click=[
                    effects.toggle("#fading", transition="fade"),
                    effects.toggle_attribute("aria-expanded", True, False),
                ],
            )["Links"],
            h.ul(id="fading", class_="menu", hidden=True)[
                h.li[h.a(href="/")["All demos"]],
                h.li[h.a(href="/examples")["All examples"]],
            ],
        ]


class Guests(Component):
    guests: list[str] = state(["Ada", "Grace"])

    @action
    async def invite(self, name: Annotated[str, Field(min_length=1)]) -> None:
        self.guests.append(name)
        effects.run(effects.close("#invitation"), effects.focus("#invite"))

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.ul(class_="rows")[(h.li(key=n)[name] for n, name in enumerate(self.guests))],
            h.div(class_="buttons")[h.button(id="invite", on_click=effects.open("#invitation"))["Invite…"]],
            h.dialog(id="invitation", aria_label="Invite")[
                h.form(class_="stack", action=self.invite, novalidate=True)[
                    h.label(class_="field")["Name", h.input(self.invite.field("name"), autocomplete="off")],
                    self.invite.error("name"),
                    h.div(class_="buttons")[
                        h.button(class_="primary")["Invite"],
                        h.button(type="button", on_click=effects.close("#invitation"))["Cancel"],
                    ],
                ]
            ],
        ]


class Labels(Component):
    labels: dict[int, str] = state({1: "Letters", 2: "Photos"})

    @action
    async def rename(self, id: int, label: Annotated[str, Field(min_length=1)]) -> None:
        self.labels[id] = label

    def render(self) -> Child:
        return h.ul(class_="rows")[(self.row(id, label) for id, label in self.labels.items())]

    def row(self, id: int, label: str) -> Child:
        row = effects.closest("li")
        button, form, field = row.inner("button"), row.inner("form"), row.inner("input")
        back = [effects.hide(form), effects.focus(button)]
        return h.li(key=id)[
            h.button(on_click=[effects.show(form), effects.focus(field)])[label],
            h.form(class_="inline", hidden=True, action=[self.rename.bind(id), *back])[
                h.input(
                    name="label",
                    value=label,
                    aria_label=f"New name of {label}",
                    autocomplete="off",
                    on_keydown={"Escape": [effects.reset(), *back]},
                ),
            ],
        ]


class Snippet(Component):
    def render(self) -> Child:
        return h.div(class_="stack")[
            h.code(id="snippet")["pip install reactor"],
            h.div(class_="buttons")[
                h.button(
                    on_click=[
                        effects.copy(from_="#snippet"),
                        effects.show(effects.closest("div").inner("output")),
                    ]
                )["Copy"],
                h.output(hidden=True)["Copied."],
            ],
        ]


class Colours(Component):
    colour: str = state("red")

    def render(self) -> Child:
        return h.div(class_="stack")[
            h.label(class_="field")[
                "Colour", h.input(id="colour", bind=bind(self).colour, autocomplete="off")
            ],
            h.div(class_="buttons")[
                (h.button(key=c, on_click=effects.set_value(c, to="#colour"))[c] for c in ("green", "blue"))
            ],
            h.output[f"The server knows: {self.colour}."],
        ]


class Lines(Component):
    lines: int = state(3)

    @action
    async def more(self) -> None:
        self.lines += 1
        effects.run(effects.scroll_into_view("#lines > :last-child", smooth=True))

    def render(self) -> Child:
        dots = effects.closest("div").inner("button")
        return h.div(class_="stack")[
            h.ul(id="lines", class_="rows scroller", tabindex="0", aria_label="Lines")[
                (h.li(key=n)[f"Line {n}"] for n in range(1, self.lines + 1))
            ],
            h.div(class_="buttons")[
                h.button(
                    on_click=on(
                        [
                            effects.add_class("primary", to=dots),
                            self.more,
                            effects.remove_class("primary", to=dots),
                        ],
                        throttle=0.2,
                    )
                )["One more"]
            ],
        ]


@ui.page("/examples/effects", title="Examples: effects")
async def effects_page() -> Child:
    return demo(
        "examples-effects",
        [
            example("A menu", "No call is made. Escape and a click elsewhere close it.", FadingMenu()),
            example("A dialog", "It closes when the action says so.", Guests()),
            example("In place", "Click a name; Enter keeps the new one, Escape the old.", Labels()),
            example("Clipboard", "Then paste it somewhere.", Snippet()),
            example("A field", "Set as if it were typed, so what is bound to it follows.", Colours()),
            example("After the answer", "The new line is scrolled into view.", Lines()),
        ],
        wide=True,
    )
