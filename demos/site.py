"""The application and its pages' frame; every demo adds its own pages to `ui`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse

from reactor import Limits, Reactor, nonce
from reactor import html as h

from . import database
from .layout import shell

STATIC = Path(__file__).parent / "static"

Work = Callable[[], Coroutine[Any, Any, None]]

_works: list[Work] = []


def background(work: Work) -> Work:
    """Makes a function run as long as the server does."""
    _works.append(work)
    return work


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """What happens before the first request, between, and after the last."""
    async with database.lifespan(app):
        running = [asyncio.create_task(work()) for work in _works]
        yield
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


app = FastAPI(title="reactor demos", docs_url=None, redoc_url=None, lifespan=lifespan)
ui = Reactor(app, layout=shell, stylesheets=["/static/style.css"], limits=Limits(upload=1_000_000_000))
assets = ui.static("/static", directory=STATIC)

typing = h.script(type="module", src=assets("page.js"), nonce=nonce())
"""For the head of pages in which one types: focuses new fields, clears forms as soon as they are sent."""


@app.get("/favicon.ico", include_in_schema=False)
async def icon() -> FileResponse:
    return FileResponse(STATIC / "icon.svg")
