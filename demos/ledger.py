"""Ledger: a counter that is kept in a database, one for each visitor."""

from fastapi.responses import PlainTextResponse
from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from reactor import Child, Component, action
from reactor import html as h

from .database import Session, Table
from .layout import demo
from .site import app, ui
from .visitors import Visitor


class Account(Table):
    __tablename__ = "accounts"

    visitor: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


async def stored(session: AsyncSession, visitor: str) -> int:
    return await session.scalar(select(Account.count).where(Account.visitor == visitor)) or 0


class Ledger(Component):
    @action
    async def increment(self, session: Session, visitor: Visitor) -> None:
        # The database adds, in one statement: calls that come at the same time cannot overwrite each other.
        await session.execute(
            insert(Account)
            .values(visitor=visitor, count=1)
            .on_conflict_do_update(index_elements=[Account.visitor], set_={"count": Account.count + 1})
        )
        await session.commit()

    async def render(self, session: Session, visitor: Visitor) -> Child:
        return h.section(class_="panel tally")[
            h.output(class_="figure")[await stored(session, visitor)],
            h.button(class_="primary", on_click=self.increment)["Count"],
        ]


@ui.page("/ledger", title="Ledger")
async def ledger() -> Child:
    return demo("ledger", Ledger())


@app.get("/ledger/count", response_class=PlainTextResponse)
async def ledger_count(session: Session, visitor: Visitor) -> str:
    return str(await stored(session, visitor))
