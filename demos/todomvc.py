"""TodoMVC: the well-known list of things to do, by its public specification.

The items are in the database and are read at each rendering, so that a restart of the server or a change in
another tab never shows an old list. Only the question which item is being edited belongs to the page.
"""

from typing import Annotated, Literal

from pydantic import StringConstraints
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from reactor import Child, Component, action, state
from reactor import html as h

from .database import Session, Table
from .layout import demo
from .site import typing, ui
from .visitors import Visitor

Show = Literal["all", "active", "completed"]
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]

FILTERS: dict[Show, str] = {"all": "/todomvc", "active": "/todomvc/active", "completed": "/todomvc/completed"}


class Todo(Table):
    __tablename__ = "todos"

    id: Mapped[int] = mapped_column(primary_key=True)
    visitor: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    completed: Mapped[bool] = mapped_column(default=False)


class TodoList(Component):
    show: Show = "all"
    editing: int | None = state(None)

    @action
    async def add(self, title: Title, session: Session, visitor: Visitor) -> None:
        if title:
            session.add(Todo(visitor=visitor, title=title))
            await session.commit()

    @action
    async def toggle(self, id: int, session: Session, visitor: Visitor, checked: bool = False) -> None:
        await session.execute(
            update(Todo).where(Todo.id == id, Todo.visitor == visitor).values(completed=checked)
        )
        await session.commit()

    @action
    async def toggle_all(self, session: Session, visitor: Visitor, checked: bool = False) -> None:
        await session.execute(update(Todo).where(Todo.visitor == visitor).values(completed=checked))
        await session.commit()

    @action
    async def destroy(self, id: int, session: Session, visitor: Visitor) -> None:
        await session.execute(delete(Todo).where(Todo.id == id, Todo.visitor == visitor))
        await session.commit()

    @action
    async def clear_completed(self, session: Session, visitor: Visitor) -> None:
        await session.execute(delete(Todo).where(Todo.visitor == visitor, Todo.completed))
        await session.commit()

    @action
    async def edit(self, id: int) -> None:
        self.editing = id

    @action
    async def cancel(self) -> None:
        self.editing = None

    @action
    async def save(self, id: int, value: Title, session: Session, visitor: Visitor) -> None:
        if self.editing != id:
            return  # Enter has saved it, and the field loses the focus as it goes
        self.editing = None
        mine = (Todo.id == id, Todo.visitor == visitor)
        if value:
            await session.execute(update(Todo).where(*mine).values(title=value))
        else:
            await session.execute(delete(Todo).where(*mine))
        await session.commit()

    async def render(self, session: Session, visitor: Visitor) -> Child:
        todos = (await session.scalars(select(Todo).where(Todo.visitor == visitor).order_by(Todo.id))).all()
        active = sum(not todo.completed for todo in todos)
        return h.section(class_="todoapp panel")[
            h.header(class_="header")[
                h.h2["todos"],
                h.form(action=self.add, data_clear=True)[
                    h.input(
                        class_="new-todo",
                        name="title",
                        placeholder="What needs to be done?",
                        aria_label="New todo",
                        autocomplete="off",
                        autofocus=True,
                    ),
                ],
            ],
            bool(todos)
            and h.section(class_="main")[
                h.form(class_="all", action=self.toggle_all)[
                    h.input(
                        id="toggle-all",
                        class_="toggle-all",
                        type="checkbox",
                        name="checked",
                        checked=active == 0,
                        on_change=self.toggle_all,
                    ),
                    h.label(for_="toggle-all")["Mark all as complete"],
                    h.button(class_="without-script")["Apply"],
                ],
                h.ul(class_="todo-list")[
                    (self.item(todo) for todo in todos if self.show in ("all", kind(todo))),
                ],
            ],
            bool(todos)
            and h.footer(class_="footer")[
                h.span(class_="todo-count")[h.strong[active], " item left" if active == 1 else " items left"],
                h.ul(class_="filters")[
                    (
                        h.li(key=name)[
                            h.a(
                                href=address,
                                class_={"selected": name == self.show},
                                aria_current="page" if name == self.show else None,
                            )[name.capitalize()]
                        ]
                        for name, address in FILTERS.items()
                    ),
                ],
                active < len(todos)
                and h.button(class_="clear-completed", on_click=self.clear_completed)["Clear completed"],
            ],
        ]

    def item(self, todo: Todo) -> Child:
        editing = todo.id == self.editing
        return h.li(key=todo.id, class_={"completed": todo.completed, "editing": editing})[
            h.div(class_="view")[
                h.form(action=self.toggle.bind(todo.id))[
                    h.input(
                        class_="toggle",
                        type="checkbox",
                        name="checked",
                        checked=todo.completed,
                        aria_label=f"Done: {todo.title}",
                        on_change=self.toggle.bind(todo.id),
                    ),
                    h.button(class_="without-script")["Apply"],
                ],
                h.label(on_dblclick=self.edit.bind(todo.id))[todo.title],
                h.button(
                    class_="destroy", aria_label=f"Delete: {todo.title}", on_click=self.destroy.bind(todo.id)
                ),
            ],
            editing
            and h.input(
                class_="edit",
                value=todo.title,
                aria_label="Edit todo",
                autofocus=True,
                on_keydown={"Enter": self.save.bind(todo.id), "Escape": self.cancel},
                on_blur=self.save.bind(todo.id),
            ),
        ]


def kind(todo: Todo) -> Show:
    return "completed" if todo.completed else "active"


@ui.page("/todomvc", title="TodoMVC", head=[typing])
async def todomvc() -> Child:
    return demo("todomvc", TodoList())


@ui.page("/todomvc/active", title="TodoMVC: active", head=[typing])
async def todomvc_active() -> Child:
    return demo("todomvc", TodoList(show="active"))


@ui.page("/todomvc/completed", title="TodoMVC: completed", head=[typing])
async def todomvc_completed() -> Child:
    return demo("todomvc", TodoList(show="completed"))
