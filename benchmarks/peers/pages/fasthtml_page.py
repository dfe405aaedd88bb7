"""The page in FastHTML with htmx: each click answers with the elements that have changed.

FastHTML's own header elements load htmx and more from other hosts. Here the server has its htmx itself.
"""

import os
from collections import defaultdict
from uuid import uuid4

from fasthtml.common import H2, A, Button, Div, Output, P, Script, Span, Td, Tr, fast_app
from fasthtml.common import Table as HtmlTable
from fasthtml.common import Tbody as HtmlTbody
from rows import Row, Table

app, rt = fast_app(
    default_hdrs=False,
    pico=False,
    title="Benchmark",
    hdrs=(Script(src="/htmx.min.js"),),
    static_path=os.environ["SCRIPTS"],
    secret_key="not secret: a benchmark",
)
tables: defaultdict[str, Table] = defaultdict(Table)


def table_of(session) -> Table:
    return tables[session["page"]]


def show(row: Row, selected: int | None = None, **attributes):
    return Tr(
        Td(row.id, cls="col-md-1"),
        Td(A(row.label, href="#", hx_post=select.to(id=row.id)), cls="col-md-4"),
        Td(
            A(
                Span(cls="glyphicon glyphicon-remove", aria_hidden="true"),
                href="#",
                aria_label="Remove",
                hx_delete=remove.to(id=row.id),
            ),
            cls="col-md-1",
        ),
        Td(cls="col-md-6"),
        id=f"row-{row.id}",
        cls="danger" if row.id == selected else None,
        **attributes,
    )


def action(id: str, text: str, **attributes):
    return Div(
        Button(text, id=id, cls="btn btn-primary btn-block", type="button", hx_target="#tbody", **attributes),
        cls="col-sm-6 smallpad",
    )


@rt("/benchmark")
def get(session):
    session["page"], session["count"] = str(uuid4()), 0
    return Div(
        Div(
            H2("Rows"),
            Div(
                action("run", "Create 1,000 rows", hx_post=run.to(count=1_000)),
                action("runlots", "Create 10,000 rows", hx_post=run.to(count=10_000)),
                action("add", "Append 1,000 rows", hx_post=add, hx_swap="beforeend"),
                action("update", "Update every 10th row", hx_post=update, hx_swap="none"),
                action("clear", "Clear", hx_post=clear),
                action("swaprows", "Swap rows", hx_post=swap, hx_swap="none"),
                cls="row actions",
            ),
            cls="jumbotron panel",
        ),
        # What is written here holds for the links of all rows.
        HtmlTable(
            HtmlTbody(id="tbody", hx_target="closest tr", hx_swap="outerHTML"),
            cls="table table-hover table-striped test-data",
        ),
        P(
            Button("Count", id="inc", type="button", hx_post=increment, hx_target="#count"),
            " ",
            Output(0, id="count"),
        ),
        cls="container benchmark",
    )


@rt(methods=["post"])
def run(session, count: int):
    table = table_of(session)
    table.run(count)
    return [show(row) for row in table.rows]


@rt(methods=["post"])
def add(session):
    return [show(row) for row in table_of(session).add(1_000)]


@rt(methods=["post"])
def update(session):
    table = table_of(session)
    return [show(row, table.selected, hx_swap_oob="true") for row in table.update()]


@rt(methods=["post"])
def clear(session):
    table_of(session).clear()
    return ""


@rt(methods=["post"])
def swap(session):
    table = table_of(session)
    table.swap()
    return [
        show(table.rows[index], table.selected, hx_swap_oob=f"outerHTML:#tbody > tr:nth-child({index + 1})")
        for index in (1, 998)
        if index < len(table.rows)
    ]


@rt(methods=["post"])
def select(session, id: int):
    table = table_of(session)
    before, table.selected = table.selected, id
    shown = [show(row, id) for row in (table.row(id),) if row]
    if before not in (None, id) and (row := table.row(before)):
        shown.append(show(row, hx_swap_oob="true"))
    return shown


@rt(methods=["delete"])
def remove(session, id: int):
    table_of(session).remove(id)
    return ""


@rt(methods=["post"])
def increment(session):
    session["count"] += 1
    return session["count"]
