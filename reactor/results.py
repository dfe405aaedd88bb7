"""What an action returns, for a script that has called it."""

from __future__ import annotations

from typing import Any

from pydantic_core import PydanticSerializationError, to_jsonable_python

from .codec import pack
from .errors import ComponentError
from .taint import refuse_tainted


def sendable(result: object, *, action: str, limit: int) -> Any:
    """The result of an action as data, in the form of JSON.

    Arguments:
        result: what was returned: whatever pydantic makes JSON of. `NaN` and infinities stay what they are.
        action: the action's name, for the message.
        limit: the bytes that it may take when it is packed.

    Returns:
        The data: `None`, booleans, numbers, text, lists, dictionaries with text for keys.

    Raises:
        ComponentError: it cannot be sent, or is too large.
        TaintError: it, or something in it, must not leave the server.

    >>> from datetime import date
    >>> sendable({"day": date(2026, 5, 1), "free": {3}}, action="Calendar.look", limit=1000)
    {'day': '2026-05-01', 'free': [3]}
    """
    refuse_tainted(result, f"go to the script that has called {action}")
    try:
        data = to_jsonable_python(result, inf_nan_mode="constants", bytes_mode="base64")
        size = len(pack(data))
    except (PydanticSerializationError, TypeError, ValueError) as error:
        kind = type(result).__name__
        raise ComponentError(
            f"{action} returned a value of type {kind}, which cannot go to the script that has called it: "
            f"{error}. Return text, numbers, dates, models, or lists and dictionaries of these"
        ) from None
    if size > limit:
        raise ComponentError(
            f"{action} returned {size} bytes to the script that has called it; the limit is {limit} "
            "(Limits.result). Return less, or the address of a route that gives it"
        )
    return data
