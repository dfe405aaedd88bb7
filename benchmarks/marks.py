"""What the marks of handlers cost, beside the other way: one digest of all handlers for each answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any

from pydantic_core import to_json

from reactor import Element
from reactor import html as h
from reactor.actions import BoundAction
from reactor.blocks import Block, Items, Listener, Rendered, SlotKind

from .rendering import digest, packed_sync
from .report import Section, milliseconds, whole
from .rows import Table, make_rows, table_row
from .timing import in_turns


class Unmarked(Listener):
    """A handler whose mark takes one byte and no time."""

    __slots__ = ("listener",)

    def __init__(self, listener: Listener) -> None:
        self.listener = listener

    def mark(self, keys: tuple[str | int, ...], digest: Callable[[bytes], bytes]) -> int:
        return 0

    def options(self, event: str) -> dict[str, Any] | None:
        return self.listener.options(event)


def table_with(rows: Table, handler: Callable[[Listener], Listener], *, priced: bool) -> Element:
    """The table with its handlers wrapped; `priced`: bound to something that is no key."""
    return h.tbody[
        (
            table_row(
                row.id,
                row.label,
                False,
                handler(rows.select.bind(row.id * 1000 if priced else row.id)),
                handler(rows.remove.bind(row.id * 1000 if priced else row.id)),
            )
            for row in rows.rows
        )
    ]


def handlers(child: Rendered) -> Iterator[BoundAction[Any, Any]]:
    """All actions in a tree."""
    if isinstance(child, Block):
        kinds = child.template.kinds
        for slot, value in enumerate(child.values):
            if kinds[slot] is SlotKind.CHILD:
                if value is not None and type(value) is not str:
                    yield from handlers(value)
            elif kinds[slot] is SlotKind.EVENT and isinstance(value, BoundAction):
                yield value
    elif isinstance(child, Items):
        for value in child.values:
            yield from handlers(value)


def digest_of_all(tree: Rendered) -> bytes:
    """What the other way has to make for each answer: a digest of the bound arguments of all handlers."""
    bound = [(handler.action.name, handler.args, handler.kwargs) for handler in handlers(tree)]
    return blake2b(to_json(bound), digest_size=8).digest()


def measure(count: int, rounds: int) -> Section:
    table = Table()
    table.rows = make_rows(count)
    keyed = table_with(table, lambda listener: listener, priced=False)
    priced = table_with(table, lambda listener: listener, priced=True)
    bare = table_with(table, Unmarked, priced=False)
    digested = digest()
    trees = {"bare": bare, "keyed": keyed, "priced": priced}
    sizes = {name: len(packed_sync(tree, digested)) for name, tree in trees.items()}
    timings = in_turns(
        {
            "bare": lambda: packed_sync(bare, digested),
            "keyed": lambda: packed_sync(keyed, digested),
            "priced": lambda: packed_sync(priced, digested),
            "all": lambda: digest_of_all(keyed),
        },
        rounds,
    )
    base = timings["bare"].median
    labels = {
        "bare": "whole tree, encoded and packed; a mark is one byte and takes no time",
        "keyed": "… with marks: bound to the row's key (16 bits)",
        "priced": "… with marks: bound to something else (digests of 6 bytes)",
    }
    body = [
        [
            label,
            milliseconds(timings[name].median),
            milliseconds(timings[name].median - base) if name != "bare" else "",
            whole(sizes[name]),
            whole(sizes[name] - sizes["bare"]) if name != "bare" else "",
        ]
        for name, label in labels.items()
    ]
    once = milliseconds(timings["all"].median)
    body.append(["the other way: gather all bound arguments and digest them", once, once, "", ""])
    return Section(
        "Marks",
        f"What it takes to make sure that the handler that runs is the one that was seen "
        f"([Architecture](architecture.md#marks)): {count:,} rows with two handlers each. Marks are made for "
        "what is sent: the first load, a sync, what a patch inserts. The other way is one digest of all "
        f"handlers of a component, for each answer in which it was rendered. {rounds} rounds.",
        [["", "median, ms", "more, ms", "bytes", "more"], *body],
    )
