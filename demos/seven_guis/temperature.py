"""7GUIs, task 2: two fields, each following the other while one types."""

import math

from reactor import Child, Component, action, state
from reactor import html as h

from ..layout import demo
from ..site import ui


class Temperature(Component):
    celsius: str = state("")
    fahrenheit: str = state("")

    @action
    async def type_celsius(self, value: str) -> None:
        self.celsius = value
        degrees = number(value)
        if degrees is not None:
            self.fahrenheit = text(degrees * 9 / 5 + 32)

    @action
    async def type_fahrenheit(self, value: str) -> None:
        self.fahrenheit = value
        degrees = number(value)
        if degrees is not None:
            self.celsius = text((degrees - 32) * 5 / 9)

    @action
    async def convert(self, celsius: str, fahrenheit: str) -> None:
        """What the form sends: the field that was changed rules."""
        if celsius != self.celsius:
            await self.type_celsius(celsius)
        elif fahrenheit != self.fahrenheit:
            await self.type_fahrenheit(fahrenheit)

    def render(self) -> Child:
        return h.form(class_="panel", action=self.convert)[
            h.div(class_="equation")[
                h.label(class_="field")[
                    "Celsius",
                    h.input(
                        name="celsius",
                        value=self.celsius,
                        inputmode="decimal",
                        autocomplete="off",
                        aria_invalid=invalid(self.celsius),
                        on_input=self.type_celsius,
                    ),
                ],
                h.span(class_="equals", aria_hidden="true")["="],
                h.label(class_="field")[
                    "Fahrenheit",
                    h.input(
                        name="fahrenheit",
                        value=self.fahrenheit,
                        inputmode="decimal",
                        autocomplete="off",
                        aria_invalid=invalid(self.fahrenheit),
                        on_input=self.type_fahrenheit,
                    ),
                ],
            ],
            h.button(class_="without-script")["Convert"],
        ]


def number(value: str) -> float | None:
    try:
        degrees = float(value.strip().replace(",", "."))
    except ValueError:
        return None
    return degrees if math.isfinite(degrees) else None


def text(degrees: float) -> str:
    return f"{degrees:.2f}".rstrip("0").rstrip(".")


def invalid(value: str) -> bool | None:
    return True if value.strip() and number(value) is None else None


@ui.page("/7guis/temperature", title="7GUIs: temperature")
async def temperature() -> Child:
    return demo("7guis-temperature", Temperature())
