"""The compiler: makes one template and one tuple of values of a whole element expression.

`h.li(class_=kind)["Total: ", h.b[total]]` makes three objects when it runs. Compiled it makes one: a block
of the template `<li class="{0}">Total: <b>{1}</b></li>` with two values. What it evaluates, in which order, and
what comes of it is the same.

All functions of a module that has components or pages are compiled when the first of these is used; others
where `@compiled` stands above them. `REACTOR_COMPILE=0` in the environment switches it off. To see what was
compiled, and why something was not: `python -m reactor.compiler demos.chat`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, Final, TypeVar

from .sources import rewritten

__all__ = ["compile_class", "compile_function", "compile_module", "compiled", "is_on"]

F = TypeVar("F", bound=Callable[..., Any])

VARIABLE: Final = "REACTOR_COMPILE"
_DEPTH: Final = 4
"""So many decorators above a function are looked through."""
_INSIDE: Final = ("__func__", "__wrapped__", "fget", "fset", "function", "func")
"""Where decorators keep the function that they are for."""

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
    >>> greeting("Ada")
    <p>['Ada']
    """
    if is_on():
        _compile(function)
    return function


def compile_class(cls: type) -> None:
    """Compiles the methods of a class and of those that it inherits from, and their modules."""
    if not is_on():
        return
    for each in cls.__mro__:
        if each in _classes or each.__module__.partition(".")[0] == "reactor" or each is object:
            continue
        _classes.add(each)
        compile_module(each.__module__)
        for value in list(vars(each).values()):
            _compile(value)


def compile_function(function: Callable[..., Any]) -> None:
    """Compiles a function, and its module."""
    compile_module(function.__module__)
    if is_on():
        _compile(function)


def compile_module(name: str) -> None:
    """Compiles the functions of a module."""
    if name in _modules or not is_on():
        return
    _modules.add(name)
    module = sys.modules.get(name)
    for value in list(vars(module).values()) if module is not None else ():
        if getattr(value, "__module__", None) == name and not isinstance(value, type):
            _compile(value)


def _compile(value: object) -> None:
    for function in _functions(value, _DEPTH):
        made = rewritten(function.__code__, function.__globals__)
        if made is not None:
            function.__code__ = made


def _functions(value: object, depth: int) -> Iterator[FunctionType]:
    """A function, and those that are in it, or that it stands for."""
    if isinstance(value, FunctionType):
        yield value
    if not depth:
        return
    for cell in getattr(value, "__closure__", None) or ():
        try:
            content = cell.cell_contents
        except ValueError:
            continue
        if isinstance(content, FunctionType):
            yield from _functions(content, depth - 1)
    inside = [getattr(value, name, None) for name in _INSIDE]
    if type(value).__module__.partition(".")[0] == "reactor":
        inside += getattr(value, "__dict__", {}).values()
    for inner in inside:
        if isinstance(inner, FunctionType):
            yield from _functions(inner, depth - 1)
