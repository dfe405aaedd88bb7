"""The application and its pages' frame; every demo adds its own pages to `ui`."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse

from reactor import Limits, Reactor, nonce
from reactor import html as h

from . import database
from .layout import shell

STATIC = Path(__file__).parent / "static"

app = FastAPI(title="reactor demos", docs_url=None, redoc_url=None, lifespan=database.lifespan)
ui = Reactor(app, layout=shell, stylesheets=["/static/style.css"], limits=Limits(upload=1_000_000_000))
assets = ui.static("/static", directory=STATIC)

typing = h.script(type="module", src=assets("page.js"), nonce=nonce())
"""For the head of pages in which one types: focuses new fields, clears forms as soon as they are sent."""


@app.get("/favicon.ico", include_in_schema=False)
async def icon() -> FileResponse:
    return FileResponse(STATIC / "icon.svg")
