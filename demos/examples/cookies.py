"""Examples of cookies: plain ones, sealed ones, and those that the page's function reads."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Cookie

from reactor import Child, Component, action, cookies, request
from reactor import html as h

from ..layout import demo
from ..site import ui
from .frame import example

PATH = "/examples/cookies"


class Theme(Component):
    @action
    async def choose(self, theme: Literal["light", "dark"]) -> None:
        cookies().set("theme", theme, path=PATH, max_age=timedelta(days=30))

    @action
    async def forget(self) -> None:
        cookies().delete("theme", path=PATH)

    def render(self) -> Child:
        chosen = cookies().get("theme")
        return h.form(class_="stack")[
            h.div(class_="buttons")[
                h.button(form_action=self.choose.bind("light"), aria_pressed=chosen == "light")["Light"],
                h.button(form_action=self.choose.bind("dark"), aria_pressed=chosen == "dark")["Dark"],
                h.button(form_action=self.forget)["Forget"],
            ],
        ]


class Shown(Component):
    """Another component: it has read the cookie, and so it follows."""

    def render(self) -> Child:
        return h.p["The cookie says: ", h.output(aria_label="Theme")[cookies().get("theme", "nothing")]]


class Cart(Component):
    @action
    async def add(self, item: str) -> None:
        items = cookies().sealed.get("cart", list[str], [])
        cookies().sealed.set("cart", [*items, item][-20:], path=PATH, max_age=timedelta(days=7))

    def render(self) -> Child:
        sealed = cookies().get("cart", "")
        return h.div(class_="stack")[
            h.div(class_="buttons")[
                (h.button(key=item, on_click=self.add.bind(item))[f"Add {item}"] for item in ("tea", "jam"))
            ],
            h.output(aria_label="Cart")[", ".join(cookies().sealed.get("cart", list[str], []))],
            sealed and h.p(class_="faded")[f"The browser keeps {sealed[:24]}…"],
        ]


class Browser(Component):
    def render(self) -> Child:
        return h.p[
            "Your browser asks for: ", h.output[request().headers.get("accept-language", "any language")]
        ]


@ui.page(PATH, title="Examples: cookies")
async def page(theme: Annotated[Literal["light", "dark"] | None, Cookie()] = None) -> Child:
    return demo(
        "examples-cookies",
        [
            example("A theme", "The box below follows, and so does the page's own function.", Theme()),
            example(
                "What has read it",
                "It is rendered again in the same answer.",
                h.div(class_="stack", style={"color-scheme": theme or "light dark"})[
                    Shown(), h.p["The page's function has: ", h.output(aria_label="Page")[theme or "nothing"]]
                ],
                Shown,
            ),
            example("A sealed cart", "The browser keeps it, and can neither read nor change it.", Cart()),
            example("The request", "Its headers, and the rest of it.", Browser()),
        ],
        wide=True,
    )
