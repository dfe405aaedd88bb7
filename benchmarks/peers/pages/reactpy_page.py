"""The page in ReactPy: two components, whose state is held by hooks and replaced, never changed in place.

ReactPy 1.1 needs a Starlette before 1.0 (`add_websocket_route`).
"""

from fastapi import FastAPI
from reactpy import component, event, html, use_ref, use_state
from reactpy.backend.fastapi import Options, configure
from rows import Row, label_of


def action(id, text, run):
    return html.div(
        {"class_name": "col-sm-6 smallpad"},
        html.button(
            {"id": id, "class_name": "btn btn-primary btn-block", "type": "button", "on_click": run}, text
        ),
    )


@component
def table():
    rows, set_rows = use_state([])
    selected, set_selected = use_state(None)
    last_id = use_ref(0)

    def make(count):
        first = last_id.current + 1
        last_id.current += count
        return [Row(id, label_of(id)) for id in range(first, first + count)]

    def run(count):
        set_rows(make(count))
        set_selected(None)

    def update(_):
        set_rows(
            [row if index % 10 else row._replace(label=row.label + " !!!") for index, row in enumerate(rows)]
        )

    def clear(_):
        set_rows([])
        set_selected(None)

    def swap(_):
        if len(rows) > 998:
            set_rows([rows[0], rows[998], *rows[2:998], rows[1], *rows[999:]])

    def show(row):
        @event(prevent_default=True)
        def select(_):
            set_selected(row.id)

        @event(prevent_default=True)
        def remove(_):
            set_rows(lambda rows: [other for other in rows if other.id != row.id])

        return html.tr(
            {"key": row.id, "class_name": "danger" if row.id == selected else ""},
            html.td({"class_name": "col-md-1"}, str(row.id)),
            html.td({"class_name": "col-md-4"}, html.a({"href": "#", "on_click": select}, row.label)),
            html.td(
                {"class_name": "col-md-1"},
                html.a(
                    {"href": "#", "aria-label": "Remove", "on_click": remove},
                    html.span({"class_name": "glyphicon glyphicon-remove", "aria-hidden": "true"}),
                ),
            ),
            html.td({"class_name": "col-md-6"}),
        )

    return html.div(
        html.div(
            {"class_name": "jumbotron panel"},
            html.h2("Rows"),
            html.div(
                {"class_name": "row actions"},
                action("run", "Create 1,000 rows", lambda _: run(1_000)),
                action("runlots", "Create 10,000 rows", lambda _: run(10_000)),
                action("add", "Append 1,000 rows", lambda _: set_rows([*rows, *make(1_000)])),
                action("update", "Update every 10th row", update),
                action("clear", "Clear", clear),
                action("swaprows", "Swap rows", swap),
            ),
        ),
        html.table(
            {"class_name": "table table-hover table-striped test-data"},
            html.tbody({"id": "tbody"}, [show(row) for row in rows]),
        ),
    )


@component
def counter():
    count, set_count = use_state(0)
    return html.p(
        html.button(
            {"id": "inc", "type": "button", "on_click": lambda _: set_count(lambda count: count + 1)}, "Count"
        ),
        " ",
        html.output({"id": "count"}, str(count)),
    )


@component
def page():
    return html.div({"class_name": "container benchmark"}, table(), counter())


app = FastAPI()
configure(app, page, Options(head=html.title("Benchmark")))
