"""The compiler: makes one template and one tuple of values of a whole element expression.

`h.li(class_=kind)["Total: ", h.b[total]]` makes three objects when it runs. Compiled it makes one: a block
of the template `<li class="{0}">Total: <b>{1}</b></li>` with two values. What it evaluates, in which order,
and what comes of it is the same.

All functions of a module that has components or pages are compiled before the first request; others where
`@compiled` stands above them. `REACTOR_COMPILE=0` in the environment switches it off. To see what was
compiled, and why something was not: `python -m reactor.compiler demos.chat`.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FunctionType
from typing import Any, Final, TypeVar

from .sources import rewritten

__all__ = ["VARIABLE", "compile_class", "compile_pending", "compiled", "is_on", "register"]

F = TypeVar("F", bound=Callable[..., Any])

VARIABLE: Final = "REACTOR_COMPILE"
_DEPTH: Final = 4
"""So many decorators above a function are looked through."""

_pending: Final[list[type | Callable[..., Any]]] = []
_modules: Final[set[str]] = set()
_classes: Final[set[type]] = set()


def is_on() -> bool:
    """Whether anything is compiled."""
    return os.environ.get(VARIABLE, "1") != "0"


def compiled(function: F) -> F:
    """Compiles the element expressions of a function: for one in a module without components and pages.

    Arguments:
        function: a function whose source is there.

    Returns:
        The same function.

    >>> from reactor import compiled, html as h
    >>> @compiled
    ... def greeting(name: str):
    ...     return h.p["Hello ", h.b[name], "."]
    >>> print(greeting("Ada").__html__())
    <p>Hello <b>Ada</b>.</p>
    """
    if is_on():
        _compile(function)
    return function


def register(what: type | Callable[..., Any]) -> None:
    """Notes a class or function that is to be compiled, with its module, when that is complete."""
    _pending.append(what)


def compile_pending() -> None:
    """Compiles what was noted; before each request, so that one element is the same in all of them."""
    while _pending:
        what = _pending.pop()
        if isinstance(what, type):
            compile_class(what)
        else:
            compile_module(what.__module__)
            if is_on():
                _compile(what)


def compile_class(cls: type) -> None:
    """Compiles the methods of a class and of those that it inherits from, and their modules."""
    if not is_on():
        return
    for each in cls.__mro__:
        if each in _classes or each.__module__.partition(".")[0] == "reactor" or each is object:
            continue
        _classes.add(each)
        compile_module(each.__module__)
        for value in list(each.__dict__.values()):
            _compile(value)


def compile_module(name: str) -> None:
    """Compiles the functions of a module."""
    if name in _modules or not is_on():
        return
    _modules.add(name)
    module = sys.modules.get(name)
    for value in list(module.__dict__.values()) if module is not None else ():
        if getattr(value, "__module__", None) == name and not isinstance(value, type):
            _compile(value)


def _compile(value: object) -> None:
    for function in _functions(value, _DEPTH):
        made = rewritten(function.__code__, function.__globals__)
        if made is not None:
            function.__code__ = made


def _functions(value: object, depth: int) -> Iterator[FunctionType]:
    """A function, and those that are in it, or that it stands for."""
    inside: list[object] = []
    if isinstance(value, FunctionType):
        yield value
        inside.append(value.__dict__.get("__wrapped__"))
        for cell in value.__closure__ or ():
            with suppress(ValueError):  # it has no content yet
                inside.append(cell.cell_contents)
    elif isinstance(value, (staticmethod, classmethod)):
        inside.append(value.__func__)
    elif isinstance(value, property):
        inside += [value.fget, value.fset]
    elif isinstance(value, (functools.partial, functools.cached_property)):
        inside.append(value.func)
    elif type(value).__module__.partition(".")[0] == "reactor" and not isinstance(value, type):
        inside += getattr(value, "__dict__", {}).values()
    for each in inside if depth else ():
        if isinstance(each, (FunctionType, functools.partial)):
            yield from _functions(each, depth - 1)
