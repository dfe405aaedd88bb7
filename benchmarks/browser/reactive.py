"""The pages that are measured, in reactor: the rows are those that stand beside other frameworks."""

from __future__ import annotations

from fastapi import FastAPI

from reactor import Child
from reactor import html as h

from ..applications import Counter
from ..peers.pages.ours import Rows, app, ui


def application() -> FastAPI:
    """`/counter` and `/rows/OWNER`."""

    @ui.page("/counter", title="Counter")
    async def counter() -> Child:
        return h.main[Counter()]

    @ui.page("/rows/{owner}", title="Rows")
    async def rows(owner: str) -> Child:
        return h.main[Rows(owner=owner)]

    return app
