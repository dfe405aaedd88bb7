"""Benchmark: the page of js-framework-benchmark, with its markup and its operations.

The rows are state of the component: sealed, and kept by the browser. So they are as small as can be: the
order of the ids is kept as runs of numbers that follow each other, and the words of a label come from its id.
"""

from collections.abc import Iterable
from itertools import product
from random import getrandbits
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, StringConstraints

from reactor import Child, Component, action, on, state
from reactor import html as h
from reactor.blocks import Listener

from .layout import demo
from .site import typing, ui

ADJECTIVES = (
    "pretty large big small tall short long handsome plain quaint clean elegant easy angry crazy helpful "
    "mushy odd unsightly adorable important inexpensive cheap expensive fancy"
).split()
COLOURS = "red yellow blue green pink brown purple brown white black orange".split()
NOUNS = "table chair house bbq desk car pony cookie sandwich burger pizza mouse keyboard".split()
MOST_ROWS = 50_000
MOST_MESSAGES = 200

LABELS = [" ".join(words) for words in product(ADJECTIVES, COLOURS, NOUNS)]


def to_runs(ids: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers as (first, count).

    >>> to_runs([1, 2, 3, 9, 4, 5])
    [(1, 3), (9, 1), (4, 2)]
    """
    runs: list[tuple[int, int]] = []
    for id in ids:
        if runs and id == sum(runs[-1]):
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((id, 1))
    return runs


def from_runs(runs: Iterable[tuple[int, int]]) -> list[int]:
    return [id for first, count in runs for id in range(first, first + count)]


Ids = Annotated[
    list[int], PlainSerializer(to_runs, return_type=list[tuple[int, int]]), BeforeValidator(from_runs)
]


class Rows(Component):
    ids: Ids = state(factory=list)
    last_id: int = state(0)
    seed: int = state(factory=lambda: getrandbits(32))
    updates: dict[int, int] = state(factory=dict)
    """How often a row was updated, where it was."""
    selected: int | None = state(None)

    _shown: Any = None
    """The rows as they were rendered; those that have not changed are used again."""

    def more(self, count: int) -> list[int]:
        count = min(count, MOST_ROWS - len(self.ids))
        first = self.last_id + 1
        self.last_id += count
        return list(range(first, first + count))

    @action
    async def run(self, count: int) -> None:
        await self.clear()
        self.ids = self.more(count)

    @action
    async def add(self) -> None:
        self.ids += self.more(1_000)

    @action
    async def update(self) -> None:
        for id in self.ids[::10]:
            self.updates[id] = self.updates.get(id, 0) + 1

    @action
    async def clear(self) -> None:
        self.ids, self.updates, self.selected = [], {}, None

    @action
    async def swap_rows(self) -> None:
        if len(self.ids) > 998:
            self.ids[1], self.ids[998] = self.ids[998], self.ids[1]

    @action
    async def select(self, id: int) -> None:
        self.selected = id

    @action
    async def remove(self, id: int) -> None:
        self.ids.remove(id)
        self.updates.pop(id, None)

    def render(self) -> Child:
        before, self._shown = self._shown or {}, {}
        for id in self.ids:
            looks = (id, self.updates.get(id, 0), id == self.selected)
            self._shown[looks] = before.get(looks) or self.row(*looks)
        return h.fragment[
            h.div(class_="jumbotron panel")[
                h.h2["Rows"],
                h.div(class_="row actions")[
                    button("run", "Create 1,000 rows", self.run.bind(1_000)),
                    button("runlots", "Create 10,000 rows", self.run.bind(10_000)),
                    button("add", "Append 1,000 rows", self.add),
                    button("update", "Update every 10th row", self.update),
                    button("clear", "Clear", self.clear),
                    button("swaprows", "Swap rows", self.swap_rows),
                ],
            ],
            h.table(class_="table table-hover table-striped test-data")[
                h.tbody(id="tbody")[self._shown.values()],
            ],
        ]

    def row(self, id: int, updates: int, selected: bool) -> Child:
        # Numbers, other than texts, have the same hash in each process.
        label = LABELS[hash((self.seed, id)) % len(LABELS)] + " !!!" * updates
        return h.tr(key=id, class_="danger" if selected else None)[
            h.td(class_="col-md-1")[id],
            h.td(class_="col-md-4")[h.a(href="#", on_click=on(self.select.bind(id), prevent=True))[label]],
            h.td(class_="col-md-1")[
                h.a(href="#", aria_label="Remove", on_click=on(self.remove.bind(id), prevent=True))[
                    h.span(class_="glyphicon glyphicon-remove", aria_hidden="true")
                ]
            ],
            h.td(class_="col-md-6"),
        ]


def button(id: str, text: str, run: Listener) -> Child:
    return h.div(class_="col-sm-6 smallpad")[
        h.button(id=id, class_="btn btn-primary btn-block", type="button", on_click=run)[text]
    ]


class SmallThings(Component):
    clicks: int = state(0)
    messages: list[str] = state(factory=list)

    @action
    async def click(self) -> None:
        self.clicks += 1

    @action
    async def send(self, message: Annotated[str, StringConstraints(max_length=500)]) -> None:
        self.messages = [*self.messages, message][-MOST_MESSAGES:]

    def render(self) -> Child:
        return h.div(class_="panel latency")[
            h.h2["Small things"],
            h.p[h.button(id="inc", on_click=self.click)["Count"], " ", h.output(id="count")[self.clicks]],
            h.form(class_="inline", action=self.send, data_clear=True)[
                h.input(name="message", aria_label="Message", autocomplete="off", required=True),
                h.button["Append"],
            ],
            h.ul(id="messages")[(h.li(key=index)[text] for index, text in enumerate(self.messages))],
        ]


@ui.page("/benchmark", title="Benchmark", head=[typing])
async def benchmark() -> Child:
    return demo("benchmark", h.div(class_="container benchmark")[Rows(), SmallThings()], wide=True)
