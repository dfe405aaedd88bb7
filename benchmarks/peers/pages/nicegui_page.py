"""The page in NiceGUI: a `ui.table` with a slot for its rows, as in NiceGUI's example of an editable table.

The slot gives the rows the markup that the others have; around them stands what `ui.table` makes.
"""

import os

from nicegui import ui
from rows import Table

ROW = """
    <tr :key="props.row.id" :class="{danger: props.row.selected}">
        <td class="col-md-1">{{ props.row.id }}</td>
        <td class="col-md-4">
            <a href="#" @click.prevent="() => $parent.$emit('choose', props.row.id)">{{ props.row.label }}</a>
        </td>
        <td class="col-md-1">
            <a href="#" aria-label="Remove" @click.prevent="() => $parent.$emit('drop', props.row.id)">
                <span class="glyphicon glyphicon-remove" aria-hidden="true"></span>
            </a>
        </td>
        <td class="col-md-6"></td>
    </tr>
"""
COLUMNS = [{"name": name, "label": name, "field": name} for name in ("id", "label")]


class Rows:
    """The table, and what is done to it."""

    def __init__(self) -> None:
        self.data = Table()
        with ui.element("div").classes("jumbotron panel"):
            ui.label("Rows")
            with ui.element("div").classes("row actions"):
                self.button("run", "Create 1,000 rows", lambda: self.run(1_000))
                self.button("runlots", "Create 10,000 rows", lambda: self.run(10_000))
                self.button("add", "Append 1,000 rows", self.add)
                self.button("update", "Update every 10th row", self.update)
                self.button("clear", "Clear", self.clear)
                self.button("swaprows", "Swap rows", self.swap)
        self.table = ui.table(columns=COLUMNS, rows=[], row_key="id")
        self.table.props("hide-header").add_slot("body", ROW)
        self.table.on("choose", lambda event: self.select(event.args))
        self.table.on("drop", lambda event: self.remove(event.args))

    def button(self, id: str, text: str, run) -> None:
        with ui.element("div").classes("col-sm-6 smallpad"):
            ui.button(text, on_click=run).props(f"id={id}")

    def run(self, count: int) -> None:
        self.data.run(count)
        self.table.update_rows([row._asdict() for row in self.data.rows])

    def add(self) -> None:
        self.table.add_rows([row._asdict() for row in self.data.add(1_000)])

    def update(self) -> None:
        for row in self.table.rows[::10]:
            row["label"] += " !!!"
        self.table.update()

    def clear(self) -> None:
        self.table.update_rows([])

    def swap(self) -> None:
        rows = self.table.rows
        if len(rows) > 998:
            rows[1], rows[998] = rows[998], rows[1]

    def select(self, id: int) -> None:
        for row in self.table.rows:
            row["selected"] = row["id"] == id
        self.table.update()

    def remove(self, id: int) -> None:
        self.table.remove_rows([row for row in self.table.rows if row["id"] == id])


@ui.page("/benchmark", title="Benchmark")
def benchmark() -> None:
    with ui.element("div").classes("container benchmark"):
        Rows()
        with ui.element("p"):
            ui.button("Count", on_click=lambda: count.set_text(str(int(count.text) + 1))).props("id=inc")
            count = ui.label("0").props("id=count")


ui.run(
    host="127.0.0.1",
    port=int(os.environ["PORT"]),
    reload=False,
    show=False,
    show_welcome_message=False,
    reconnect_timeout=30,  # on a busy machine its pages are loaded anew after the 3 s that are the default
)
