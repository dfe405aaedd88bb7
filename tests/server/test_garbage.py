"""The garbage collector of a process that serves pages."""

from __future__ import annotations

import httpx
import pytest

from tests.servers import Servers

APPLICATION = """
    import gc
    from contextlib import asynccontextmanager
    from fastapi import FastAPI, Request
    from reactor import Reactor

    @asynccontextmanager
    async def lifespan(app):
        {own}
        yield {{"before": gc.get_freeze_count()}}

    app = FastAPI(lifespan=lifespan)
    ui = Reactor(app)

    @app.get("/collector")
    async def collector(request: Request) -> dict:
        is_frozen = gc.get_freeze_count() > request.state.before
        return {{"frozen": is_frozen, "young": gc.get_threshold()[0]}}
"""


@pytest.mark.parametrize(
    ("own", "frozen", "young"),
    [
        pytest.param("pass", True, 10_000, id="as Python sets it"),
        pytest.param("gc.set_threshold(50_000)", True, 50_000, id="set to look less often"),
        pytest.param("gc.set_threshold(0); gc.disable()", False, 0, id="switched off"),
    ],
)
def test_collector_need_not_look_at_what_was_there_before_the_first_visitor(
    serve: Servers, own: str, frozen: bool, young: int
) -> None:
    server = serve(APPLICATION.format(own=own))
    found = httpx.get(f"{server.url}/collector").json()
    assert found == {"frozen": frozen, "young": young}
