"""Everything that the framework raises.

    ReactorError
    ├── BuildError             a tree that cannot be built: a wrong child, attribute, key, event
    ├── ComponentError         a component class or its use that cannot work
    ├── StateError             a state value that cannot be kept, or does not fit its annotation
    └── CallRefused            a call from a browser that is answered with an error
        ├── InvalidArguments   its arguments do not validate

The first three are mistakes of the application and tell where in its code; `CallRefused` is a peer's
mistake or an expected end of a call, and becomes a status and a short message.
"""

import os
import sys
from collections.abc import Mapping

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class ReactorError(Exception):
    """The base of all errors of the framework."""


class BuildError(ReactorError, ValueError):
    """A tree that cannot be built. The message names the element and the line of the application."""


class ComponentError(ReactorError, TypeError):
    """A component class, or its use, that cannot work."""


class StateError(ReactorError, ValueError):
    """A state value that cannot be kept, or that does not fit its annotation."""


class CallRefused(ReactorError):
    """A call from a browser that is answered with an error.

    Arguments:
        status: the HTTP status of the answer.
        code: the error's code on the wire (`docs/protocol.md`).
        message: a short sentence for the person; no secrets, no traceback.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class InvalidArguments(CallRefused):
    """The arguments of a call do not validate.

    Arguments:
        fields: a message for each field, by name.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        message = "; ".join(f"{name}: {text}" if name else text for name, text in fields.items())
        super().__init__(422, "invalid", message)
        self.fields = dict(fields)


def user_line() -> str:
    """The place in the application's code that called into the framework, as `file:line`.

    Returns:
        `path/of/file.py:12`, or an empty string when no such frame exists.
    """
    frame = sys._getframe(1)
    while frame is not None:
        filename = frame.f_code.co_filename
        if not filename.startswith(_PACKAGE) and not filename.startswith("<frozen"):
            return f"{filename}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""


def build_error(message: str) -> BuildError:
    """A `BuildError` whose message ends with the application's line."""
    line = user_line()
    return BuildError(f"{message}\n  in {line}" if line else message)
