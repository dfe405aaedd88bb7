"""Where the demos keep what has to last: one SQLite file, shared by all processes of the server."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

PATH = Path(os.environ.get("DEMOS_DATABASE") or ".demo/demos.sqlite3").absolute()
SECONDS_TO_WAIT = 15
"""How long a connection waits while another one writes."""


class Table(DeclarativeBase):
    """The base of all tables; each stands in the module of its demo."""


engine = create_async_engine(f"sqlite+aiosqlite:///{PATH}", connect_args={"timeout": SECONDS_TO_WAIT})
sessions = async_sessionmaker(engine, expire_on_commit=False)


async def _session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(_session)]
"""A session with the database, for the arguments of actions, `render` and endpoints."""


def prepare() -> None:
    """Make the file and its tables where they are missing; processes that start together do so in turn."""
    PATH.parent.mkdir(parents=True, exist_ok=True)
    with PATH.with_name(f"{PATH.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        first = create_engine(f"sqlite:///{PATH}", connect_args={"timeout": SECONDS_TO_WAIT})
        with first.connect() as connection:
            # With a write-ahead log readers and the one writer do not stop each other. The file remembers it.
            connection.execute(text("PRAGMA journal_mode = WAL"))
        Table.metadata.create_all(first)
        first.dispose()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """What happens before the first request and after the last."""
    await asyncio.to_thread(prepare)
    yield
    await engine.dispose()
