"""The gallery of the demos, and their sources."""

import io
import keyword
import tokenize
from collections.abc import Iterable, Iterator

from fastapi import HTTPException

from reactor import Child, Page
from reactor import html as h

from .catalogue import BY_SLUG, EXAMPLES, SEVEN_GUIS, START_HERE, Demo
from .site import ui


@ui.page("/", title="reactor demos")
async def gallery() -> Child:
    return h.div(class_="gallery")[
        h.header(class_="hero")[
            h.h1["Pages that react, written in Python"],
            h.p(class_="lead")[
                "Each of these demos is a Python class on a FastAPI server. A click is one round trip; "
                "stop the server in between, and the page goes on."
            ],
        ],
        group("first", "Start here", START_HERE),
        group("examples", "Examples", EXAMPLES),
        group("seven-guis", "The seven tasks of 7GUIs", SEVEN_GUIS),
    ]


def group(id: str, title: str, demos: Iterable[Demo]) -> Child:
    """Cards under a heading."""
    return h.section(class_="group", aria_labelledby=id)[
        h.h2(id=id)[title],
        h.ul(class_="cards")[(h.li(key=demo.slug)[card(demo)] for demo in demos)],
    ]


def card(demo: Demo) -> Child:
    return h.article(class_="card")[
        h.h3[h.a(href=demo.address)[demo.name]],
        h.p[demo.shows],
        h.footer[
            h.code[demo.address],
            h.a(class_="source", href=f"/source/{demo.slug}", aria_label=f"Source of {demo.name}")["Source"],
        ],
    ]


@ui.page("/source/{slug}")
async def source(slug: str) -> Page:
    demo = BY_SLUG.get(slug)
    if demo is None:
        raise HTTPException(404, "There is no demo of this name.")
    return Page(
        h.article(class_="demo wide")[
            h.header(class_="demo-header")[
                h.nav(class_="crumbs", aria_label="Breadcrumb")[
                    h.a(href="/")["Demos"], h.a(href=demo.address)[demo.name]
                ],
                h.h1[f"Source of {demo.name}"],
                h.p(class_="lead")[demo.shows],
            ],
            (
                h.section(key=name, class_="listing", aria_label=name)[
                    h.h2[name],
                    h.pre(tabindex="0")[h.code[highlighted(text) if name.endswith(".py") else text]],
                ]
                for name, text in demo.sources()
            ),
        ],
        title=f"Source of {demo.name}",
    )


def highlighted(text: str) -> Iterator[Child]:
    """Python source with elements around its keywords, strings, comments, numbers and definitions."""
    starts = [0, 0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    done, before = 0, ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        name = _kind(token, before)
        start, end = starts[token.start[0]] + token.start[1], starts[token.end[0]] + token.end[1]
        if name and start >= done:
            yield text[done:start]
            yield h.span(class_=name)[text[start:end]]
            done = end
        before = token.string
    yield text[done:]


def _kind(token: tokenize.TokenInfo, before: str) -> str | None:
    match tokenize.tok_name[token.type]:
        case "NAME" if keyword.iskeyword(token.string):
            return "keyword"
        case "NAME" if before in ("def", "class"):
            return "definition"
        case "STRING" | "FSTRING_START" | "FSTRING_MIDDLE" | "FSTRING_END":
            return "string"
        case "COMMENT":
            return "comment"
        case "NUMBER":
            return "number"
    return None
