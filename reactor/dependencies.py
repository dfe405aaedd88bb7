"""FastAPI's dependencies for actions, `mount` and `render`: resolved as in an endpoint.

`Depends(…)`, `Annotated[…, Query()]`, `Request`, `Response` and `BackgroundTasks` mean here what they mean
there. What is left of a function's parameters are its own arguments.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any, Final, get_args, get_origin
from weakref import WeakKeyDictionary

from fastapi import BackgroundTasks, Request, Response
from fastapi import params as fastapi_params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant, solve_dependencies
from fastapi.exceptions import RequestValidationError
from fastapi.security import SecurityScopes
from starlette.requests import HTTPConnection

from .blocks import Rendered
from .context import ANY_COOKIE, Context, Reading, note_reading, reading

_GIVEN = (HTTPConnection, Response, BackgroundTasks, SecurityScopes)


STACKS: Final = ("fastapi_inner_astack", "fastapi_function_astack")
"""Where FastAPI expects what dependencies have opened: until the response is sent, or is there."""


class Resolver:
    """Resolves dependencies during one request; each of them once.

    Arguments:
        request: the request that is being answered.
        response: takes the headers and cookies that dependencies set.
        background: takes what they want to be done after the response.
        context: what this request reads, and what it has changed.
    """

    def __init__(
        self,
        request: Request,
        response: Response,
        background: BackgroundTasks,
        context: Context | None = None,
    ) -> None:
        self.request = request
        self.response = response
        self.background = background
        self.context = context or Context(request)
        self.reopen: Callable[[], Awaitable[Rendered]] | None = None
        """Runs the page's function again, with its dependencies."""
        self.suspend: Callable[[Any], Awaitable[Any]] | None = None
        """Begins to render apart what stands in a `Suspense`; without it, all is rendered in its place."""
        self._cache: dict[Any, Any] = {}
        self._read: set[Reading] = set()
        """By dependencies; which of them, and so for whom, is not told apart."""

    def another(self) -> Resolver:
        """One for the same request that has resolved nothing yet: for what is done at the same time."""
        return Resolver(self.request, self.response, self.background, self.context)

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[None]:
        """Inside, what dependencies open is closed at the end of the block, and not with the request.

        It is for a task of its own: what was opened in a task is to be closed in it.
        """
        before = self.request
        async with AsyncExitStack() as stack:
            self.request = Request({**before.scope, **dict.fromkeys(STACKS, stack)}, before.receive)
            yield

    def renew(self) -> None:
        """After an action dependencies are resolved anew; only what they have opened (`yield`) stays."""
        self._cache = {key: value for key, value in self._cache.items() if _is_opened(key[0])}

    async def resolve(
        self, needs: Dependant, *, apart_from: Callable[..., Any] | None = None
    ) -> dict[str, Any]:
        """The values of a function's dependencies, by parameter.

        Arguments:
            needs: the dependencies.
            apart_from: one of them that asks for the request, and reads no cookies.

        Raises:
            RequestValidationError: a header, cookie or query parameter does not validate.
        """
        needs = _on_page(needs, getattr(self.request.scope.get("route"), "path", ""))
        with reading(self._read):
            solved = await solve_dependencies(
                request=self.request,
                dependant=needs,
                background_tasks=self.background,
                response=self.response,
                dependency_overrides_provider=self.request.app,
                dependency_cache=self._cache,
                async_exit_stack=self.request.scope[STACKS[0]],
                embed_body_fields=False,
            )
        note_reading(self._read)
        note_request(needs, apart_from=apart_from)
        self.context.has_opened = self.context.has_opened or opens(needs)
        if solved.errors:
            raise RequestValidationError(solved.errors)
        return solved.values


_on_pages: Final[WeakKeyDictionary[Callable[..., Any], dict[str, Dependant]]] = WeakKeyDictionary()


def _on_page(needs: Dependant, path: str) -> Dependant:
    """The same dependencies, to whom the parameters of a page's path are known by name, as in an endpoint."""
    if needs.path or "{" not in path or needs.call is None:
        return needs
    known = _on_pages.setdefault(needs.call, {})
    found = known.get(path)
    if found is None:
        known[path] = found = get_dependant(path=path, call=needs.call)
    return found


def note_request(needs: Dependant, *, apart_from: Callable[..., Any] | None = None) -> None:
    """Notes that whoever has these dependencies may have read any cookie, if one of them can.

    Arguments:
        needs: the dependencies.
        apart_from: one of them that does not.
    """
    if _sees_cookies(needs, apart_from):
        note_reading((ANY_COOKIE,))


def opens(needs: Dependant) -> bool:
    """Whether one of these dependencies has something to do at the end of the request (`yield`)."""
    return _is_opened(needs.call) or any(opens(each) for each in needs.dependencies)


def _sees_cookies(needs: Dependant, apart_from: Callable[..., Any] | None) -> bool:
    if needs.call is not None and needs.call is apart_from:
        return False
    if needs.cookie_params or needs.request_param_name or needs.http_connection_param_name:
        return True
    return any(_sees_cookies(each, apart_from) for each in needs.dependencies)


def _is_opened(call: Any) -> bool:
    while isinstance(call, functools.partial):
        call = call.func
    if not inspect.isroutine(call) and not inspect.isclass(call):
        call = getattr(call, "__call__", call)  # noqa: B004
    return inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call)


def signature_of(function: Callable[..., Any], names: Mapping[str, Any] | None = None) -> inspect.Signature:
    """A function's signature with its annotations resolved.

    Arguments:
        function: the function.
        names: what its annotations may name besides the globals of its module.
    """
    try:
        return inspect.signature(function, locals=names or None, eval_str=True)
    except NameError:
        return inspect.signature(function)


def split(
    function: Callable[..., Any], names: Mapping[str, Any] | None = None, *, is_method: bool = True
) -> tuple[Dependant | None, list[inspect.Parameter]]:
    """What FastAPI shall resolve for a function, and the parameters that are its own.

    Arguments:
        function: a method, or another function.
        names: what its annotations may name besides the globals of its module.
        is_method: whether its first parameter (`self`) is left out.

    Returns:
        What to hand to `Resolver.resolve` (`None`: nothing), and the other parameters.
    """
    parameters = list(signature_of(function, names).parameters.values())[is_method:]
    resolved = [parameter for parameter in parameters if _is_resolved(parameter)]
    own = [parameter for parameter in parameters if not _is_resolved(parameter)]
    if not resolved:
        return None, own

    def call() -> None:
        """Stands for the function, with the parameters that FastAPI knows."""

    keyword_only = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in resolved]
    call.__signature__ = inspect.Signature(keyword_only)  # type: ignore[attr-defined]
    return get_dependant(path="", call=call), own


def _is_resolved(parameter: inspect.Parameter) -> bool:
    known = (fastapi_params.Depends, fastapi_params.Param)
    if isinstance(parameter.default, known):
        return True
    annotation = parameter.annotation
    if get_origin(annotation) is Annotated:
        annotation, *metadata = get_args(annotation)
        if any(isinstance(item, known) for item in metadata):
            return True
    return isinstance(annotation, type) and issubclass(annotation, _GIVEN)
