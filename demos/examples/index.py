"""The list of the examples."""

from reactor import Child
from reactor import html as h

from ..catalogue import EXAMPLES
from ..gallery import card
from ..site import ui


@ui.page("/examples", title="Examples")
async def examples() -> Child:
    return h.div(class_="gallery")[
        h.header(class_="hero")[
            h.nav(class_="crumbs", aria_label="Breadcrumb")[h.a(href="/")["Demos"]],
            h.h1["Examples"],
            h.p(class_="lead")[
                "Small components, one for each thing, shown beside the source that makes them."
            ],
        ],
        h.ul(class_="cards")[(h.li(key=demo.slug)[card(demo)] for demo in EXAMPLES)],
    ]
