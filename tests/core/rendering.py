"""Mounts components without a page: what tests of the core render with."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from fastapi import BackgroundTasks, FastAPI, Request, Response

from reactor.arguments import Payload
from reactor.blocks import Child, child_of
from reactor.codec import unpack
from reactor.dependencies import Resolver
from reactor.markup import render
from reactor.saved import load_saved
from reactor.views import Found, View


def resolver(app: FastAPI | None = None) -> Resolver:
    """What resolves dependencies, of a request that says nothing. (Those with `yield` need a page.)"""
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [],
        "app": app or FastAPI(),
        "path_params": {},
    }
    scope["fastapi_inner_astack"] = scope["fastapi_function_astack"] = AsyncExitStack()
    return Resolver(Request(scope), Response(), BackgroundTasks())


async def opened(content: Child, saved: bytes | None = None) -> View:
    """A view that shows this content; with the state that another view's `save` gave."""
    view = View("/", "a visitor", None)
    state = None if saved is None else load_saved(unpack(saved, limit=10_000_000, depth=500))
    await view.open(child_of(content, "body"), resolver(), state)
    return view


def shown(view: View) -> str:
    """The markup of a view."""
    return render(view.root.content)


async def run(view: View, action: Any, payload: Payload | None = None) -> Any:
    """Runs an action of a component of the view; returns what it returned."""
    ran = await view.run(Found(action, action, ()), payload or Payload({}), resolver())
    if ran.invalid is not None:
        raise ran.invalid
    return ran.result
