"""How an example is shown: what it does on one side, its source on the other."""

import inspect
from functools import cache
from typing import Any

from reactor import Child, Component
from reactor import html as h

from ..gallery import highlighted
from ..site import STATIC


def example(title: str, text: str, content: Child, *sources: Any, script: str = "") -> Child:
    """Something beside its source.

    Arguments:
        title: what it shows.
        text: what to try.
        content: what is shown; of a component its class belongs to the source.
        sources: other classes and functions that belong to it.
        script: a file of the static folder that belongs to it.
    """
    if isinstance(content, Component):
        sources = (*sources, type(content))
    name = title.replace(" ", "-")
    return h.section(class_="example", aria_labelledby=name)[
        h.div(class_="try")[h.h2(id=name)[title], h.p(class_="hint")[text], content],
        h.div(class_="listing")[
            h.pre(tabindex="0", role="region", aria_label=f"Source: {title}")[h.code[source(sources)]],
            script
            and h.pre(tabindex="0", role="region", aria_label=f"Script: {title}")[
                h.code[(STATIC / script).read_text("utf-8")]
            ],
        ],
    ]


@cache
def source(parts: tuple[Any, ...]) -> list[Child]:
    """The source of some classes and functions, highlighted."""
    return list(highlighted("\n\n".join(inspect.getsource(inspect.unwrap(part)) for part in parts)))
