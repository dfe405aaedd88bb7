"""The list of the seven tasks."""

from reactor import Child
from reactor import html as h

from ..catalogue import SEVEN_GUIS
from ..gallery import card
from ..site import ui


@ui.page("/7guis", title="7GUIs")
async def seven_guis() -> Child:
    return h.div(class_="gallery")[
        h.header(class_="hero")[
            h.nav(class_="crumbs", aria_label="Breadcrumb")[h.a(href="/")["Demos"]],
            h.h1["7GUIs"],
            h.p(class_="lead")["Seven small tasks that show how a way of programming user interfaces feels."],
        ],
        h.ul(class_="cards")[(h.li(key=demo.slug)[card(demo)] for demo in SEVEN_GUIS)],
    ]
