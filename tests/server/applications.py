"""Small applications for the tests of the server side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from reactor import Child, Component, Reactor, action, state
from reactor import html as h
from reactor.secret import fresh
from reactor.testing import TestClient, TestPage

SECRET = fresh()
"""What equal installations share."""


def application(*, secret: Any = SECRET, **settings: Any) -> Reactor:
    """Pages on an application of their own."""
    return Reactor(FastAPI(), secret=secret, **settings)


class Counter(Component):
    """Counts; with a button that fails halfway."""

    step: int = 1
    count: int = state(0)

    @action
    async def increment(self) -> None:
        self.count += self.step

    @action
    async def fail(self) -> None:
        self.count += 1000
        raise RuntimeError("secret detail")

    def render(self) -> Child:
        return h.section[
            h.output[self.count],
            h.button(on_click=self.increment)["Count"],
            h.button(on_click=self.fail)["Fail"],
        ]


def counting(**settings: Any) -> Reactor:
    """An application with a counter at `/`."""
    ui = application(**settings)

    @ui.page("/", title="Counter")
    async def counter(step: int = 1) -> Child:
        return Counter(step=step)

    return ui


@asynccontextmanager
async def visiting(
    ui: Reactor, url: str = "/", *, javascript: bool = True, raise_server_errors: bool = True
) -> AsyncIterator[TestPage]:
    """A page that a new visitor has opened."""
    async with TestClient(ui.app, raise_server_errors=raise_server_errors) as client:
        yield await client.get(url, javascript=javascript)
