"""The table of js-framework-benchmark, with reactor, Jinja2, htpy, and by hand."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser
from types import FunctionType
from typing import cast

import htpy
import jinja2
from markupsafe import escape

from reactor import Child, Component, Element, action, compiled, state
from reactor import html as h
from reactor.blocks import Listener

from .peers.pages.rows import Row, label_of

CLASS_OF_SELECTED = ' class="danger"'


def make_rows(count: int) -> list[Row]:
    """The same rows every time."""
    return [Row(number, label_of(number)) for number in range(1, count + 1)]


def with_every_tenth_changed(rows: Sequence[Row]) -> list[Row]:
    return [Row(row.id, f"{row.label} !!!") if index % 10 == 0 else row for index, row in enumerate(rows)]


class Table(Component):
    """The table; `rows` is state, `selected` the id of the row that stands out."""

    rows: list[Row] = state(factory=list)
    selected: int | None = state(None)

    @action
    async def select(self, id: int) -> None:
        self.selected = id

    @action
    async def remove(self, id: int) -> None:
        self.rows = [row for row in self.rows if row.id != id]

    def render(self) -> Element:
        return h.table(class_="table table-hover table-striped test-data")[
            h.tbody(id="tbody")[(self.row(*row) for row in self.rows)]
        ]

    def row(self, id: int, label: str) -> Child:
        return table_row(id, label, id == self.selected, self.select.bind(id), self.remove.bind(id))


def table_row(id: int, label: str, selected: bool, select: Listener, remove: Listener) -> Element:
    return h.tr(key=id, class_="danger" if selected else None)[
        h.td(class_="col-md-1")[id],
        h.td(class_="col-md-4")[h.a(on_click=select)[label]],
        h.td(class_="col-md-1")[
            h.a(on_click=remove)[h.span(class_="glyphicon glyphicon-remove", aria_hidden="true")]
        ],
        h.td(class_="col-md-6"),
    ]


def _copied(function: FunctionType) -> FunctionType:
    """The same function once more, so that one of them can be compiled."""
    return FunctionType(function.__code__, function.__globals__, function.__name__)


_compiled_row = compiled(_copied(cast(FunctionType, table_row)))


class CompiledTable(Table):
    """The same, compiled."""

    render = compiled(_copied(cast(FunctionType, Table.render)))

    def row(self, id: int, label: str) -> Child:
        made: Child = _compiled_row(
            id, label, id == self.selected, self.select.bind(id), self.remove.bind(id)
        )
        return made


TEMPLATE = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    '<table class="table table-hover table-striped test-data"><tbody id="tbody">'
    "{% for row in rows %}"
    '<tr{% if row.id == selected %} class="danger"{% endif %}>'
    '<td class="col-md-1">{{ row.id }}</td>'
    '<td class="col-md-4"><a>{{ row.label }}</a></td>'
    '<td class="col-md-1"><a><span class="glyphicon glyphicon-remove" aria-hidden="true"></span></a></td>'
    '<td class="col-md-6"></td></tr>'
    "{% endfor %}"
    "</tbody></table>"
)


def with_jinja2(rows: Sequence[Row], selected: int | None) -> str:
    return TEMPLATE.render(rows=rows, selected=selected)


def with_htpy(rows: Sequence[Row], selected: int | None) -> str:
    return str(
        htpy.table(class_="table table-hover table-striped test-data")[
            htpy.tbody(id="tbody")[
                (
                    htpy.tr(class_="danger" if row.id == selected else None)[
                        htpy.td(class_="col-md-1")[row.id],
                        htpy.td(class_="col-md-4")[htpy.a[row.label]],
                        htpy.td(class_="col-md-1")[
                            htpy.a[htpy.span(class_="glyphicon glyphicon-remove", aria_hidden="true")]
                        ],
                        htpy.td(class_="col-md-6"),
                    ]
                    for row in rows
                )
            ]
        ]
    )


def by_hand(rows: Sequence[Row], selected: int | None) -> str:
    """The floor: nothing but the strings of this very table."""
    return (
        '<table class="table table-hover table-striped test-data"><tbody id="tbody">'
        + "".join([_row_by_hand(row, row.id == selected) for row in rows])
        + "</tbody></table>"
    )


def _row_by_hand(row: Row, selected: bool) -> str:
    return (
        f'<tr{CLASS_OF_SELECTED if selected else ""}><td class="col-md-1">{row.id}</td>'
        f'<td class="col-md-4"><a>{escape(row.label)}</a></td><td class="col-md-1"><a>'
        '<span class="glyphicon glyphicon-remove" aria-hidden="true"></span></a></td>'
        '<td class="col-md-6"></td></tr>'
    )


class _Parsed(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, sorted((name, value or "") for name, value in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(tag)

    def handle_data(self, data: str) -> None:
        self.parts.append([data])


def parsed(markup: str) -> list[object]:
    """What a parser sees in markup, to compare what different ways have made."""
    parser = _Parsed()
    parser.feed(markup)
    parser.close()
    return parser.parts
