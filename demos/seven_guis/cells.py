"""7GUIs, task 7: a spreadsheet.

The sheet keeps what was typed, and only the cells that hold something. What they show is worked out anew for
each rendering; a row whose cells show what they did is not rendered again.
"""

from typing import Annotated, Any

from pydantic import StringConstraints

from reactor import BoundAction, Child, Component, action, state
from reactor import html as h

from ..layout import demo
from ..site import typing, ui
from .formulas import COLUMNS, LONGEST, ROWS, evaluate

MOST = 400
"""How many cells may hold something."""

Content = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST)]

EXAMPLE = {
    "A0": "Apples",
    "B0": "3",
    "C0": "0.4",
    "D0": "=B0*C0",
    "A1": "Pears",
    "B1": "5",
    "C1": "0.5",
    "D1": "=B1*C1",
    "A2": "Total",
    "D2": "=SUM(D0:D1)",
}


class Sheet(Component):
    contents: dict[str, str] = state(factory=dict)
    editing: tuple[int, str] | None = state(None)

    @action
    async def fill(self) -> None:
        self.contents, self.editing = {**self.contents, **EXAMPLE}, None

    @action
    async def edit(self, row: int, column: str) -> None:
        self.editing = (row, column)

    @action
    async def cancel(self) -> None:
        self.editing = None

    @action
    async def save(self, row: int, column: str, value: Content) -> None:
        if self.editing != (row, column):
            return  # Enter has saved it, and the field loses the focus as it goes
        self.editing = None
        contents = {cell: text for cell, text in self.contents.items() if cell != f"{column}{row}"}
        if value and len(contents) < MOST:
            contents[f"{column}{row}"] = value
        self.contents = contents

    def render(self) -> Child:
        values = evaluate(self.contents)
        return h.div[
            h.div(class_="toolbar")[
                h.p(class_="hint")[
                    "Double click a cell, or press Enter on it. Formulas begin with =, as in =SUM(A0:A3)."
                ],
                h.button(on_click=self.fill)["Fill in an example"],
            ],
            h.div(class_="sheet panel", role="region", aria_label="Sheet", tabindex="0")[
                h.table[
                    h.thead[h.tr[h.td, (h.th(key=column, scope="col")[column] for column in COLUMNS)]],
                    h.tbody[(self.row(row, values) for row in range(ROWS))],
                ]
            ],
        ]

    def row(self, row: int, values: dict[str, str]) -> Child:
        editing = self.editing[1] if self.editing and self.editing[0] == row else None
        return Row(
            key=row,
            number=row,
            values={column: values[cell] for column in COLUMNS if (cell := f"{column}{row}") in values},
            editing=editing,
            content=self.contents.get(f"{editing}{row}", ""),
            edit=self.edit,
            save=self.save,
            cancel=self.cancel,
        )


class Row(Component):
    number: int
    values: dict[str, str]
    editing: str | None
    content: str
    edit: BoundAction[..., Any]
    save: BoundAction[..., Any]
    cancel: BoundAction[..., Any]

    def render(self) -> Child:
        return h.tr[h.th(scope="row")[self.number], (self.cell(column) for column in COLUMNS)]

    def cell(self, column: str) -> Child:
        name = f"{column}{self.number}"
        edit = self.edit.bind(self.number, column)
        if column != self.editing:
            value = self.values.get(column)
            return h.td(
                key=column,
                class_=value and kind(value),
                aria_label=name,
                tabindex="0",
                on_dblclick=edit,
                on_keydown={"Enter": edit},
            )[value]
        save = self.save.bind(self.number, column)
        return h.td(key=column, class_="editing", aria_label=name)[
            h.input(
                aria_label=name,
                value=self.content,
                maxlength=LONGEST,
                autocomplete="off",
                autofocus=True,
                on_keydown={"Enter": save, "Escape": self.cancel},
                on_blur=save,
            )
        ]


def kind(value: str) -> str | None:
    if value.startswith("#"):
        return "wrong"
    return "number" if value[-1:].isdigit() and value.lstrip("-")[:1].isdigit() else None


@ui.page("/7guis/cells", title="7GUIs: cells", head=[typing])
async def cells() -> Child:
    return demo("7guis-cells", Sheet(), wide=True)
