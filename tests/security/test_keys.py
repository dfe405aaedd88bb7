"""Keys (F): workers that could not open what the others have sealed do not start."""

from __future__ import annotations

import time

import httpx
import pytest

from reactor.secret import fresh
from tests.servers import START_SECONDS, Server, Servers

APPLICATION = """
    import os
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, state, html as h
    from reactor.secret import fresh

    app = FastAPI()
    ui = Reactor(app, secret=SECRET)

    @ui.page("/")
    async def page():
        return h.p[os.getpid()]
"""


def log_says(server: Server, text: str) -> str:
    """The log, once this is in it."""
    deadline = time.monotonic() + START_SECONDS
    while text not in server.log:
        assert time.monotonic() < deadline, server.log
        time.sleep(0.02)  # between two looks at what another process writes
    return server.log


def test_workers_with_different_secrets_are_told_at_their_start(serve: Servers) -> None:
    """T-KEYS: a secret that is made at import is another one in each worker."""
    server = serve(APPLICATION.replace("SECRET", "fresh()"), workers=2)
    server.expect_traceback()
    log = log_says(server, "another secret than process")
    assert "Set REACTOR_SECRET" in log


@pytest.mark.parametrize("given", [True, False], ids=["given", "development"])
def test_workers_with_the_same_secret_all_start(serve: Servers, given: bool) -> None:
    """T-KEYS"""
    secret = repr(fresh()) if given else "None"
    server = serve(APPLICATION.replace("SECRET", secret), workers=2)
    log_says(server, "Application startup complete")
    deadline = time.monotonic() + START_SECONDS
    seen: set[str] = set()
    while len(seen) < 2:
        seen.add(httpx.get(server.url, trust_env=False).text.partition("<p>")[2].partition("</p>")[0])
        assert time.monotonic() < deadline, server.log
    assert "another secret" not in server.log


def test_server_in_production_does_not_start_without_a_secret(serve: Servers) -> None:
    """T-KEYS"""
    code = APPLICATION.replace("SECRET", "None")
    with pytest.raises(RuntimeError, match="REACTOR_ENV is production, and no secret is given"):
        serve(code, env={"REACTOR_ENV": "production"})
    for server in serve.all:
        server.expect_traceback()
    assert serve(code, env={"REACTOR_ENV": "production", "REACTOR_SECRET": fresh()}).running
