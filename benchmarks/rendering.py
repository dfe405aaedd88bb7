"""Building, HTML, diff and encoding of the table, beside what makes the same HTML."""

from __future__ import annotations

from collections.abc import Callable

from reactor.blocks import Rendered
from reactor.codec import pack
from reactor.diff import Change, diff
from reactor.markup import render
from reactor.seal import Keyring
from reactor.secret import fresh
from reactor.wire import Encoder, Numbering

from .report import Section, milliseconds, ratio, whole
from .rows import Row, Table, by_hand, make_rows, parsed, with_every_tenth_changed, with_htpy, with_jinja2
from .timing import in_turns

SELECTED = 5


def digest() -> Callable[[bytes], bytes]:
    """A keyed digest, as an application has it."""
    keyring = Keyring([fresh()])
    return lambda data: keyring.digest(data, "mark")


def packed_sync(tree: Rendered, digested: Callable[[bytes], bytes], *, outline: bool = False) -> bytes:
    """The whole tree as it travels, with its templates."""
    numbering = Numbering()
    root = Encoder(numbering, digested, outline=outline).child(tree)
    return pack([numbering.definitions(), root])


def measure(count: int, rounds: int) -> Section:
    rows = make_rows(count)
    table = Table()
    table.rows, table.selected = rows, SELECTED
    old = table.render()
    table.rows = with_every_tenth_changed(rows)
    new = table.render()
    table.rows = rows
    change = diff(old, new)
    digested = digest()
    numbering = Numbering()
    Encoder(numbering, digested).child(old)

    def packed_change(change: Change) -> bytes:
        return pack(Encoder(numbering, digested).change(change))

    check(count)
    markup = render(old)
    timings = in_turns(
        {
            "build": table.render,
            "HTML": lambda: render(old),
            "build and HTML": lambda: render(table.render()),
            "Jinja2": lambda: with_jinja2(rows, SELECTED),
            "htpy": lambda: with_htpy(rows, SELECTED),
            "by hand": lambda: by_hand(rows, SELECTED),
            "diff": lambda: diff(old, new),
            "patch": lambda: packed_change(change),
            "sync": lambda: packed_sync(old, digested),
            "outline": lambda: packed_sync(old, digested, outline=True),
        },
        rounds,
    )
    sizes = {
        "HTML": len(markup.encode()),
        "patch": len(packed_change(change)),
        "sync": len(packed_sync(old, digested)),
        "outline": len(packed_sync(old, digested, outline=True)),
    }
    sizes |= dict.fromkeys(("build and HTML", "Jinja2", "htpy", "by hand"), sizes["HTML"])
    labels = {
        "build": "build: elements become blocks",
        "HTML": "HTML of blocks",
        "build and HTML": "**build and HTML**",
        "Jinja2": "Jinja2, compiled template, autoescape",
        "htpy": "htpy",
        "by hand": "by hand: f-strings, `markupsafe.escape`, `join`",
        "diff": "diff, every 10th row changed",
        "patch": "that diff, encoded and packed",
        "sync": "whole tree, encoded and packed",
        "outline": "outline for the first load, encoded and packed",
    }
    base = timings["Jinja2"].median
    body = [
        [
            label,
            milliseconds(timings[name].median),
            milliseconds(timings[name].minimum),
            ratio(timings[name].median, base),
            whole(sizes[name]) if name in sizes else "",
        ]
        for name, label in labels.items()
    ]
    return Section(
        "Rendering",
        f"The table of js-framework-benchmark, {count:,} rows with two handlers each. All ways make the same "
        f"HTML (compared before the clock starts); handlers are no part of it. {rounds} rounds.",
        [["", "median, ms", "minimum, ms", "of Jinja2's time", "bytes"], *body],
    )


def check(count: int) -> None:
    """Makes sure that what is compared is the same, also with text that has to be escaped.

    Raises:
        RuntimeError: it is not.
    """
    table = Table()
    table.rows = [*make_rows(count), Row(count + 1, """R&D's <b>"best" table</b>""")]
    table.selected = SELECTED
    wanted = parsed(render(table.render()))
    for make in (with_jinja2, with_htpy, by_hand):
        if parsed(make(table.rows, SELECTED)) != wanted:
            raise RuntimeError(f"{make.__name__} makes another table than reactor does")
