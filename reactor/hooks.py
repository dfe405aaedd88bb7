"""Hooks: elements that the page's own JavaScript works with, and the events that it names itself."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from pydantic_core import PydanticSerializationError, to_json

from .attributes import closest
from .elements import EVENTS
from .taint import refuse_tainted

NAME: Final = "data-hook"
"""The attribute that names the hook."""

OPTIONS: Final = "data-options"
"""The attribute that holds what the application gives to the hook, as JSON."""

_OWN_EVENT: Final = re.compile(r"[A-Za-z][A-Za-z0-9:.-]{0,63}")


def hook_name(tag: str, value: object) -> str | None:
    """What `hook=` becomes.

    Arguments:
        tag: the element, for the message.
        value: the name that the script has given to its definition; `None` or `False`: no hook.

    Raises:
        TypeError: something else.

    >>> hook_name("div", "Chart")
    'Chart'
    """
    if value is None or value is False:
        return None
    refuse_tainted(value, f"be the hook of <{tag}>")
    if not isinstance(value, str) or not value.strip():
        raise TypeError(f'<{tag} hook>: takes the name of a hook, as in hook="Chart", not {value!r}')
    return str(value)


def hook_options(tag: str, value: object) -> str | None:
    """What `options=` becomes, beside a hook.

    Arguments:
        tag: the element, for the message.
        value: data: whatever pydantic makes JSON of. `NaN` and infinities become null, as JavaScript has it.

    Returns:
        JSON; `None` for `None`.

    Raises:
        TypeError: it cannot become JSON.

    >>> hook_options("div", {"values": [1, 2.5], "unit": "km"})
    '{"values":[1,2.5],"unit":"km"}'
    """
    if value is None:
        return None
    refuse_tainted(value, f"be an option of <{tag}>")
    try:
        return to_json(value, inf_nan_mode="null", bytes_mode="base64").decode()
    except (PydanticSerializationError, ValueError) as error:
        raise TypeError(
            f"<{tag} options>: takes data (text, numbers, dates, models, lists and dictionaries of these) "
            f"for the hook: {error}"
        ) from None


def event_of(tag: str, keyword: str, *, own: bool) -> str:
    """The event that an `on_…` attribute means.

    Arguments:
        tag: the element, for the message.
        keyword: the attribute, as it was written.
        own: whether a script may name events of its own on this element.

    Returns:
        An event of the browser or of ours; where `own`, any other, its underscores as hyphens.

    Raises:
        ValueError: there is no such event.

    >>> event_of("div", "on_click", own=False), event_of("my-map", "on_zoom_end", own=True)
    ('click', 'zoom-end')
    """
    event = keyword.removeprefix("on_")
    known = event.replace("_", "")
    if known in EVENTS:
        return known
    event = event.removesuffix("_").replace("_", "-")
    if own:
        if not _OWN_EVENT.fullmatch(event):
            raise ValueError(f"<{tag} {keyword}>: {event!r} cannot be the name of an event")
        return event
    close = closest(known, EVENTS)
    hint = f"; did you mean on_{close}?" if close else ""
    raise ValueError(f"<{tag}>: there is no event {known!r}{hint}")


def converter(tag: str, keyword: str) -> tuple[str, Callable[[Any], str | None]] | None:
    """The attribute that a keyword of an element with a hook becomes, and what turns its value into text.

    Arguments:
        tag: the element.
        keyword: any attribute, as it was written.

    Returns:
        `None` for what has nothing to do with hooks.

    >>> name, convert = converter("div", "options")
    >>> name, convert([1, 2]), converter("div", "id")
    ('data-options', '[1,2]', None)
    """
    if keyword == "hook":
        return NAME, partial(hook_name, tag)
    if keyword == "options":
        return OPTIONS, partial(hook_options, tag)
    return None
