"""The page of these examples: its contents, then group after group."""

from collections.abc import Callable, Sequence
from typing import Final

from reactor import Child
from reactor import html as h

from ...layout import demo
from ...site import ui
from ..frame import identifier
from . import convention, data, errors, events, forms, safety, validation, waiting
from .section import Section

GROUPS: Final[Sequence[tuple[str, Callable[[], Sequence[Section]]]]] = (
    ("Where an action is defined", convention.sections),
    ("Forms", forms.sections),
    ("Validation and outcome", validation.sections),
    ("While it is under way", waiting.sections),
    ("Without a form", events.sections),
    ("What fails", errors.sections),
    ("Fresh data", data.sections),
    ("Safety", safety.sections),
)


@ui.page("/examples/nextjs", title="Examples: coming from Next.js")
async def nextjs() -> Child:
    groups = [(title, sections()) for title, sections in GROUPS]
    return demo(
        "examples-nextjs",
        [
            contents(groups),
            h.p(class_="hint")[
                "In the sources, annotations such as ",
                h.code["Guests"],
                " are dependencies of FastAPI that stand for a database, one for each visitor, and ",
                h.code["Line"],
                " is a text of 1 to 80 characters.",
            ],
            [group(title, sections) for title, sections in groups],
        ],
        wide=True,
    )


def contents(groups: Sequence[tuple[str, Sequence[Section]]]) -> Child:
    """Where everything is, numbered through."""
    first = 1
    lists: list[Child] = []
    for title, sections in groups:
        lists.append(
            h.div[
                h.p[title],
                h.ol(start=first)[(h.li[h.a(href=section.address)[section.title]] for section in sections)],
            ]
        )
        first += len(sections)
    return h.nav(class_="contents", aria_label="Contents")[lists]


def group(title: str, sections: Sequence[Section]) -> Child:
    """Examples under a heading."""
    return h.section(class_="examples", aria_labelledby=identifier(title))[
        h.h2(id=identifier(title))[title], [section.shown() for section in sections]
    ]
