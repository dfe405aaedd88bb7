"""How an example is shown: what it does on one side, its source on the other."""

import inspect
from functools import cache
from typing import Any, Literal

from reactor import Child, Component
from reactor import html as h

from ..gallery import highlighted
from ..site import STATIC


def example(
    title: str, text: str, content: Child, *sources: Any, script: str = "", level: Literal[2, 3] = 2
) -> Child:
    """Something beside its source.

    Arguments:
        title: what it shows.
        text: what to try.
        content: what is shown; of a component its class belongs to the source.
        sources: other classes and functions that belong to it.
        script: a file of the static folder that belongs to it.
        level: of the heading; 3 where it stands in a group that has one.
    """
    if isinstance(content, Component):
        sources = (*sources, type(content))
    name = identifier(title)
    heading = h.h2 if level == 2 else h.h3
    return h.section(class_="example", aria_labelledby=name)[
        h.div(class_="try")[heading(id=name)[title], h.p(class_="hint")[text], content],
        h.div(class_="listing")[
            h.pre(tabindex="0", role="region", aria_label=f"Source: {title}")[h.code[source(sources)]],
            script
            and h.pre(tabindex="0", role="region", aria_label=f"Script: {title}")[
                h.code[(STATIC / script).read_text("utf-8")]
            ],
        ],
    ]


def identifier(title: str) -> str:
    """The id of an example's heading, for links to it."""
    return title.replace(" ", "-")


@cache
def source(parts: tuple[Any, ...]) -> list[Child]:
    """The source of some classes and functions, highlighted."""
    return list(highlighted("\n\n".join(inspect.getsource(inspect.unwrap(part)) for part in parts)))
