"""Tracebacks for the developer: which lines of the application an exception has come through."""

from __future__ import annotations

import linecache
import os
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

_AROUND: Final = 5
"""Lines that are shown before and after the one that failed."""
_MOST: Final = 40
"""Frames of one exception; of an endless recursion the last ones tell enough."""
_PATH: Final = "in the component "
_FOREIGN: Final = tuple(
    os.path.abspath(path) + os.sep
    for path in {
        os.path.dirname(__file__),
        *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    }
)


@dataclass(frozen=True)
class Frame:
    """One line that an exception has come through.

    Arguments:
        file: the path of its file.
        line: its number, from 1.
        function: the function that it stands in.
        first: the number of the first line of `source`.
        source: the lines around it; none where the code is not the application's.
    """

    file: str
    line: int
    function: str
    first: int = 0
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Raised:
    """One exception of a chain.

    Arguments:
        title: its type and message.
        frames: from the outermost to the one that raised it.
    """

    title: str
    frames: tuple[Frame, ...]


def title_of(error: BaseException) -> str:
    """Type and message of an exception.

    >>> title_of(ValueError("no such room"))
    'ValueError: no such room'
    """
    try:
        message = str(error)
    except Exception:  # whatever a foreign class raises
        message = "(its message cannot be read)"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def chain_of(error: BaseException) -> list[Raised]:
    """The exception and those that have led to it, the last one first. Values of variables are not in it."""
    chain: list[Raised] = []
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        chain.append(Raised(title_of(now), tuple(_frames(now))[-_MOST:]))
        now = now.__cause__ or (None if now.__suppress_context__ else now.__context__)
    return chain


def _frames(error: BaseException) -> Iterator[Frame]:
    trace = error.__traceback__
    while trace is not None:
        yield _frame(trace.tb_frame, trace.tb_lineno)
        trace = trace.tb_next


def _frame(frame: FrameType, line: int) -> Frame:
    file, function = frame.f_code.co_filename, frame.f_code.co_qualname
    if not is_of_application(file):
        return Frame(file, line, function)
    lines = linecache.getlines(file, frame.f_globals)
    first = max(1, line - _AROUND)
    source = tuple(text.rstrip("\n") for text in lines[first - 1 : line + _AROUND])
    return Frame(file, line, function, first, source)


def is_of_application(file: str) -> bool:
    """Whether code is the application's: neither ours, nor of an installed package, nor Python's."""
    return not file.startswith(("<", *_FOREIGN))


def note_path(error: BaseException, path: str) -> None:
    """Notes with an exception in which component it was raised; the log shows it, too."""
    if not path_of(error):
        error.add_note(f"{_PATH}{path}")


def path_of(error: BaseException) -> str:
    """The components around the place where it was raised: `Page › Thread › Message`."""
    notes = [note for note in getattr(error, "__notes__", ()) if str(note).startswith(_PATH)]
    return str(notes[0]).removeprefix(_PATH) if notes else ""


def to_wire(error: BaseException) -> list[Any]:
    """An exception as it travels in development: `[path, [title, [frame, …]], …]` (`docs/protocol.md`)."""
    return [
        path_of(error),
        *(
            [
                raised.title,
                [[each.file, each.line, each.function, each.first, *each.source] for each in raised.frames],
            ]
            for raised in chain_of(error)
        ),
    ]
