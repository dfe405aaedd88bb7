"""Routes of pages: FastAPI's, and a shorter way to pages that ask FastAPI for nothing.

What a page's parameters and dependencies are FastAPI finds out for each request. For a page that has no
dependencies and takes nothing but texts of its path there is nothing to find out, and it is answered at once.
All else is the same: middleware and exception handlers stand around the route, and what actions, `mount` and
`render` depend on is resolved by FastAPI where it is asked for.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from functools import cached_property
from typing import Any, ClassVar, Final, TypeAlias

from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.exceptions import FastAPIError
from fastapi.routing import APIRoute
from starlette.convertors import StringConvertor
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from .caching import settle
from .compiler import compile_pending
from .context import CONTEXT, Blank, Context
from .dependencies import STACKS, signature_of
from .errors import ReactorError
from .heads import head_of
from .protocol import MEDIA_TYPE, PIECE_TYPE

GIVEN: Final = "reactor_given"
"""The parameter of a page's endpoint for the request, the response and what is done after it."""

OWN: Final = "_reactor/"
"""What is in all addresses of the framework, wherever it is mounted."""

WITH_FILES: Final = "multipart/form-data"
FORMS: Final = frozenset({"application/x-www-form-urlencoded", WITH_FILES})
TAKEN: Final = FORMS | {MEDIA_TYPE, PIECE_TYPE}
"""What a page takes by `POST`: calls, files of calls, and forms."""

_NONE: Final = Match.NONE  # each look-up of a member in its class takes longer than all else here
_READING: Final = {"GET", "HEAD"}
_CALLING: Final = {"POST"}
_TELEMETRY: Final = "fastapi.telemetry"

Handle: TypeAlias = Callable[[Request], Awaitable[Response]]
"""Answers a request; or raises."""


class OwnRoute(APIRoute):
    """A route to an address of the framework's own."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """How it goes with a request; of nearly all it can be told at once that it does not."""
        return super().matches(scope) if OWN in scope["path"] else (_NONE, {})


class PageRoute(APIRoute):
    """The route of a page; one for calls has a twin that shows it, and the other way round."""

    function: ClassVar[Callable[..., Any]]
    """The page's function."""
    router: ClassVar[APIRouter]
    """The one that the page was declared on."""

    async def enter(self, request: Request, handle: Handle) -> Response:
        """Looks at where a request comes from before anything of the application runs; then hands on."""
        return await handle(request)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """How it goes with a request; those that are for its twin it need not look at."""
        twin = _READING if self.methods == _CALLING else _CALLING
        if scope.get("method") in twin:
            return _NONE, {}
        match, found = super().matches(scope)
        if match is Match.FULL and self.methods == _CALLING and head_of(scope).kind not in TAKEN:
            # The application may have an endpoint of its own at this address.
            return Match.PARTIAL, found
        return match, found

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The way through FastAPI."""
        handle = super().get_route_handler()

        async def entered(request: Request) -> Response:
            return await self.enter(request, handle)

        return entered

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request; when all that its dependencies have opened is closed, others hear of it."""
        compile_pending()
        # What FastAPI(root_path=…) says, a server does not know: from here on the path is the browser's.
        root = scope.get("root_path", "").rstrip("/")
        if root and not scope["path"].startswith(f"{root}/"):
            scope["path"] = root + scope["path"]
        try:
            # Where another router has taken in this one, it may have dependencies of its own.
            is_direct = scope.get("router") is self.router and scope["method"] in (self.methods or ())
            if is_direct and self._asks_nothing and _TELEMETRY not in scope:
                await self._answer(scope, receive, send)
            else:
                await super().handle(scope, receive, send)
        finally:
            # The context knows the request, and so the scope: what goes round in a circle is freed late.
            context = scope.pop(CONTEXT, None)
            if isinstance(context, Context):
                context.is_over = True
                settle(context)

    @cached_property
    def _asks_nothing(self) -> bool:
        texts = {name for name, each in self.param_convertors.items() if isinstance(each, StringConvertor)}
        return not self.dependencies and all(
            name in texts and each.annotation is str and each.default is each.empty
            for name, each in self._parameters.items()
        )

    @cached_property
    def _parameters(self) -> Mapping[str, inspect.Parameter]:
        return signature_of(self.function).parameters

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As FastAPI's routes do it, without what there is nothing to do for."""
        request = Request(scope, receive, send)
        is_sent = False
        async with AsyncExitStack() as of_request:
            async with AsyncExitStack() as of_function:
                scope.update(zip(STACKS, (of_request, of_function), strict=True))
                response = await self.enter(request, self._called)
            await response(scope, receive, send)
            is_sent = True
        if not is_sent:
            raise FastAPIError(
                f"{scope['path']}: a dependency with yield has caught an exception without raising it again"
            )

    async def _called(self, request: Request) -> Response:
        background = BackgroundTasks()
        values: dict[str, Any] = {GIVEN: (request, Blank(), background)}
        for name in self._parameters:
            values[name] = request.scope["path_params"][name]
        response: Response = await self.endpoint(**values)
        if background.tasks and response.background is None:
            response.background = background
        return response


def check_free(router: APIRouter, path: str) -> None:
    """Looks whether a page at this address would be asked at all.

    Raises:
        ReactorError: an endpoint stands before it.
    """
    for route in router.routes:
        if isinstance(route, APIRoute) and not isinstance(route, PageRoute) and route.path == path:
            methods = sorted((_READING | _CALLING) & (route.methods or set()))
            if methods:
                code = inspect.unwrap(route.endpoint).__code__
                raise ReactorError(
                    f"the page {path}: {route.endpoint.__qualname__} is asked before it with {methods[0]} "
                    f"({code.co_filename}:{code.co_firstlineno}). Declare the page first: what is not meant "
                    "for it goes on to the endpoint"
                )


def parameters_of(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters of a page's function, each by name."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [parameter.replace(kind=keyword) for parameter in signature_of(function).parameters.values()]
