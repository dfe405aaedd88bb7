"""The same pages by hand: JSON endpoints of FastAPI, a template of Jinja2, scripts without a framework."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import jinja2
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

from ..applications import bare
from ..peers.pages.rows import Row, Table

FOLDER = Path(__file__).parent / "plain"
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


class Which(BaseModel):
    """The row that is meant."""

    id: int


def application() -> FastAPI:
    """`/counter` and `/rows/OWNER`."""
    app = bare()
    app.mount("/static", StaticFiles(directory=FOLDER))
    tables: defaultdict[str, Table] = defaultdict(Table)

    @app.get("/counter")
    async def counter() -> HTMLResponse:
        return HTMLResponse(TEMPLATES.get_template("counter.html").render())

    @app.get("/rows/{owner}")
    async def rows(owner: str) -> HTMLResponse:
        template = TEMPLATES.get_template("rows.html")
        return HTMLResponse(template.render(table=tables[owner]))

    @app.post("/rows/{owner}/run")
    async def run(owner: str) -> list[Row]:
        return tables[owner].run(1_000)

    @app.post("/rows/{owner}/add")
    async def add(owner: str) -> list[Row]:
        return tables[owner].add(1_000)

    @app.post("/rows/{owner}/update")
    async def update(owner: str) -> list[Row]:
        return tables[owner].update()

    @app.post("/rows/{owner}/swaprows")
    async def swap(owner: str) -> list[int]:
        return tables[owner].swap()

    @app.post("/rows/{owner}/clear")
    async def clear(owner: str) -> list[Row]:
        tables[owner].clear()
        return []

    @app.post("/rows/{owner}/select")
    async def select(owner: str, which: Which) -> Which:
        tables[owner].selected = which.id
        return which

    @app.post("/rows/{owner}/remove")
    async def remove(owner: str, which: Which) -> Which:
        tables[owner].remove(which.id)
        return which

    return app
