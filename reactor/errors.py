"""Everything that the framework raises.

    ReactorError
    ├── BuildError             a tree that cannot be built: a wrong child, attribute, key, event
    ├── ComponentError         a component class or its use that cannot work
    ├── StateError             a state value that cannot be kept, or does not fit its annotation
    ├── TaintError             a value that must not leave the server, on its way out
    ├── DataError              a cached function, or a cookie, that cannot work
    ├── PlaceholderError       a reducer that computes on what only the browser knows
    ├── NotPublished           a message that has reached nobody, since what carries it was away
    └── CallRefused            a call from a browser that is answered with an error
        ├── Invalid            its arguments do not validate, or the action says so
        └── ActionError        the action says that it cannot be done, and why

The first five are mistakes of the application and tell where in its code; `CallRefused` is a peer's
mistake or an expected end of a call, and becomes a status and a short message.
"""

import os
import sys
from collections.abc import Mapping

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class ReactorError(Exception):
    """The base of all errors of the framework."""


class NotPublished(ReactorError):
    """A message has reached nobody: what carries it was away for too long, or too many were waiting.

    Those who listen to its topic are told of a gap when they can be reached again.
    """


class BuildError(ReactorError, ValueError):
    """A tree that cannot be built. The message names the element and the line of the application."""


class ComponentError(ReactorError, TypeError):
    """A component class, or its use, that cannot work."""


class StateError(ReactorError, ValueError):
    """A state value that cannot be kept, or that does not fit its annotation."""


class TaintError(ReactorError):
    """A value that must not leave the server, and was about to. The message never holds it."""


class DataError(ReactorError, ValueError):
    """A cached function, or a cookie, that cannot work."""


class PlaceholderError(ReactorError, TypeError):
    """A reducer that computes on a value that only the browser knows."""


class CallRefused(ReactorError):
    """A call from a browser that is answered with an error.

    Arguments:
        status: the HTTP status of the answer.
        code: the error's code on the wire (`docs/protocol.md`).
        message: a short sentence for the person; no secrets, no traceback.
    """

    headers: tuple[tuple[bytes, bytes], ...] = ()
    """Further headers of the answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        message = str(message)  # a tainted text refuses
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.reference = ""
        """Leads to the line of the log that tells more; empty: there is none."""
        self.trace: list[object] = []
        """Where it happened, for the developer (`reactor.tracebacks.to_wire`); empty in production."""


class Invalid(CallRefused):
    """What was sent does not validate: raised for arguments that do not fit, and by actions themselves.

    Arguments:
        message: what is wrong with the whole; or messages by the names of fields.
        fields: what is wrong with each field, by name.

    >>> raise Invalid(email="This address has an account already")
    Traceback (most recent call last):
    reactor.errors.Invalid: email: This address has an account already
    """

    def __init__(self, message: str | Mapping[str, str] = "", /, **fields: str) -> None:
        given = {"": message} if isinstance(message, str) and message else dict(message or {})
        self.fields: dict[str, str] = {**given, **fields}
        self.fields = {name: str(text) for name, text in self.fields.items()}
        told = (f"{name}: {text}" if name else text for name, text in self.fields.items())
        super().__init__(422, "invalid", "; ".join(told))


class ActionError(CallRefused):
    """What an action cannot do, told to the person in these words.

    Raised in an action, a component or a page; what the action has changed is taken back. The nearest
    `ErrorBoundary` shows the message; without one a notice or the error page does.

    Arguments:
        message: a sentence for the person.
        status: the HTTP status of the answer, 400 to 599.

    Raises:
        ReactorError: the status is none of an error.

    >>> raise ActionError("The room is taken.", status=409)
    Traceback (most recent call last):
    reactor.errors.ActionError: The room is taken.
    """

    def __init__(self, message: str, *, status: int = 400) -> None:
        if not 400 <= status <= 599:
            raise ReactorError(f"ActionError(…, status={status}): the status of an error is 400 to 599")
        super().__init__(status, "error", message)


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
