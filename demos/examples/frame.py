"""How an example is shown: what it does on one side, its source on the other."""

import inspect
from functools import cache

from reactor import Child, Component
from reactor import html as h

from ..gallery import highlighted
from ..site import STATIC


def example(title: str, text: str, component: Component, *models: type, script: str = "") -> Child:
    """A component beside its source.

    Arguments:
        title: what it shows.
        text: what to try.
        component: what is shown.
        models: other classes that belong to its source.
        script: a file of the static folder that belongs to it.
    """
    name = type(component).__name__
    return h.section(class_="example", aria_labelledby=name)[
        h.div(class_="try")[h.h2(id=name)[title], h.p(class_="hint")[text], component],
        h.div(class_="listing")[
            h.pre(tabindex="0", role="region", aria_label=f"Source: {title}")[
                h.code[source((*models, type(component)))]
            ],
            script
            and h.pre(tabindex="0", role="region", aria_label=f"Script: {title}")[
                h.code[(STATIC / script).read_text("utf-8")]
            ],
        ],
    ]


@cache
def source(classes: tuple[type, ...]) -> list[Child]:
    """The source of some classes, highlighted."""
    return list(highlighted("\n\n".join(inspect.getsource(cls) for cls in classes)))
