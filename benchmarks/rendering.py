"""Building, HTML, diff and encoding of the table, beside what makes the same HTML."""

from __future__ import annotations

from collections.abc import Callable

from reactor.actions import Drawing
from reactor.blocks import Rendered
from reactor.codec import pack
from reactor.diff import Change, diff
from reactor.markup import render
from reactor.seal import Keyring
from reactor.secret import fresh
from reactor.wire import Encoder, Numbering

from .peers.pages.rows import Row
from .report import Section, milliseconds, ratio, whole
from .rows import (
    CompiledTable,
    Table,
    by_hand,
    make_rows,
    parsed,
    with_every_tenth_changed,
    with_htpy,
    with_jinja2,
)
from .targets import Target
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


class Measured:
    """A table before and after every tenth of its rows has changed, and what can be done with it.

    Arguments:
        table: makes it.
        rows: its rows.
        digested: a keyed digest.
    """

    def __init__(self, table: Table, rows: list[Row], digested: Callable[[bytes], bytes]) -> None:
        self.table = table
        self._digested = digested
        table.selected, table.rows = SELECTED, rows
        self._rows, self._changed = rows, with_every_tenth_changed(rows)
        self.old = self.build()
        self.new = self.changed()
        self.difference = diff(self.old, self.new)
        self._numbering = Numbering()
        Encoder(self._numbering, digested).child(self.old)

    def changed(self) -> Rendered:
        """The table after the change."""
        self.table.rows = self._changed
        made = self.build()
        self.table.rows = self._rows
        return made

    def build(self) -> Rendered:
        """The table as blocks, made as a page makes it."""
        with Drawing(self.table):
            return self.table.render()

    def patch(self, change: Change) -> bytes:
        """A change as it travels."""
        return pack(Encoder(self._numbering, self._digested).change(change))

    def update(self) -> bytes:
        """What a click costs: the table is built anew, compared, and the change encoded."""
        return self.patch(diff(self.old, self.changed()))

    def candidates(self) -> dict[str, Callable[[], object]]:
        return {
            "build": self.build,
            "HTML": lambda: render(self.old),
            "build and HTML": lambda: render(self.build()),
            "diff": lambda: diff(self.old, self.new),
            "patch": lambda: self.patch(self.difference),
            "update": self.update,
            "sync": lambda: packed_sync(self.old, self._digested),
            "outline": lambda: packed_sync(self.old, self._digested, outline=True),
        }

    def sizes(self) -> dict[str, int]:
        html = len(render(self.old).encode())
        return {
            "HTML": html,
            "build and HTML": html,
            "patch": len(self.patch(self.difference)),
            "update": len(self.update()),
            "sync": len(packed_sync(self.old, self._digested)),
            "outline": len(packed_sync(self.old, self._digested, outline=True)),
        }


LABELS = {
    "build": "build: elements become blocks",
    "HTML": "HTML of blocks",
    "build and HTML": "**build and HTML**",
    "diff": "diff, every 10th row changed",
    "patch": "that diff, encoded and packed",
    "update": "**build, diff, encode and pack**",
    "sync": "whole tree, encoded and packed",
    "outline": "outline for the first load, encoded and packed",
}


def measure(count: int, rounds: int) -> Section:
    rows, digested = make_rows(count), digest()
    compiled = Measured(CompiledTable(), rows, digested)
    builder = Measured(Table(), rows, digested)
    check(count)
    others = {
        "Jinja2, compiled template, autoescape": lambda: with_jinja2(rows, SELECTED),
        "htpy": lambda: with_htpy(rows, SELECTED),
        "by hand: f-strings, `markupsafe.escape`, `join`": lambda: by_hand(rows, SELECTED),
    }
    ways = {"compiled": compiled, "builder": builder}
    timings = in_turns(
        {f"{way} {name}": run for way, each in ways.items() for name, run in each.candidates().items()}
        | others,
        rounds,
    )
    sizes = {f"{way} {name}": size for way, each in ways.items() for name, size in each.sizes().items()}
    sizes |= dict.fromkeys(others, len(render(compiled.old).encode()))
    labels = {f"compiled {name}": f"compiled: {label}" for name, label in LABELS.items()}
    labels |= {name: name for name in others}
    labels |= {f"builder {name}": f"at run time: {label}" for name, label in LABELS.items()}
    jinja2, htpy = (timings[name].median for name in list(others)[:2])
    body = [
        [
            label,
            milliseconds(timings[name].median),
            milliseconds(timings[name].minimum),
            ratio(timings[name].median, jinja2),
            share(timings[name].median, htpy),
            share(timings[name].median, timings[at_run_time].median) if at_run_time in timings else "",
            whole(sizes[name]) if name in sizes else "",
        ]
        for name, label in labels.items()
        for at_run_time in [f"builder{name.removeprefix('compiled')}"]
    ]
    return Section(
        "Rendering",
        f"The table of js-framework-benchmark, {count:,} rows with two handlers each: compiled, where a row "
        "is one block, and with the builder at run time, where each element is one. All ways make the same "
        f"HTML (compared before the clock starts); handlers are no part of it. {rounds} rounds.",
        [
            ["", "median, ms", "minimum, ms", "of Jinja2's time", "of htpy's", "of the builder's", "bytes"],
            *body,
        ],
        targets=[
            *(
                Target(f"{what} {count:,} rows", times, f"times as fast as {other}", base / taken, True)
                for what, name in (
                    ("HTML of", "build and HTML"),
                    ("… of which HTML of blocks that are there, for", "HTML"),
                )
                for taken in [timings[f"compiled {name}"].median]
                for times, other, base in ((3, "Jinja2", jinja2), (50, "htpy", htpy))
            ),
            Target(
                f"build, diff and encode every 10th of {count:,} rows",
                10,
                "times as fast as the builder at run time",
                timings["builder update"].median / timings["compiled update"].median,
                True,
            ),
        ],
    )


def share(number: float, base: float) -> str:
    """What part of it."""
    return f"1/{base / number:.1f}" if number and number < base else ratio(number, base)


def check(count: int) -> None:
    """Makes sure that what is compared is the same, also with text that has to be escaped.

    Raises:
        RuntimeError: it is not.
    """
    table = Table()
    table.rows = [*make_rows(count), Row(count + 1, """R&D's <b>"best" table</b>""")]
    table.selected = SELECTED
    wanted = parsed(render(table.render()))
    compiled = CompiledTable()
    compiled.rows, compiled.selected = table.rows, table.selected
    if render(compiled.render()) != render(table.render()):
        raise RuntimeError("what is compiled makes another table")
    for make in (with_jinja2, with_htpy, by_hand):
        if parsed(make(table.rows, SELECTED)) != wanted:
            raise RuntimeError(f"{make.__name__} makes another table than reactor does")
