"""What an event tells an action, typed; and how a browser shall listen.

An action takes what it needs by name (`value: str`), or all of it as one of these models:

    @action
    async def moved(self, event: MouseEvent) -> None:
        self.points.append((event.x, event.y))
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from .blocks import Listener, sole_class
from .compiler.options import prepares
from .effects import steps_of
from .errors import build_error
from .symbols import Source


class Event(BaseModel):
    """What every event tells: which modifier keys were down."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    ctrl: bool = False
    shift: bool = False
    alt: bool = False
    meta: bool = False


class InputEvent(BaseModel):
    """`input` and `change`: the new content of the field.

    `checked` is that of a checkbox or radio button, `values` those of a multiple select.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    value: str = ""
    checked: bool = False
    values: list[str] = []


ChangeEvent = InputEvent


class KeyboardEvent(Event):
    """`keydown` and `keyup`: `key` is what was typed ("a", "Enter"), `code` the place on the keyboard."""

    key: str
    code: str = ""
    repeat: bool = False


class MouseEvent(Event):
    """Clicks, and everything of mouse, pen and touch.

    `x` and `y` are pixels from the upper left corner of the element that has the handler, whose size is
    `width` and `height`; `client_x` and `client_y` those of the window.
    """

    x: float = 0
    y: float = 0
    client_x: float = 0
    client_y: float = 0
    width: float = 0
    height: float = 0
    button: int = 0


class FocusEvent(InputEvent):
    """`focus` and `blur`: the content of the field that gets or loses the focus."""


class ScrollEvent(BaseModel):
    """`scroll`: how far the element is scrolled, in pixels."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    scroll_top: float = 0
    scroll_left: float = 0


FIELDS: Final = frozenset(
    {
        *("value", "checked", "values"),
        *("key", "code", "repeat", "ctrl", "shift", "alt", "meta"),
        *("button", "x", "y", "client_x", "client_y", "width", "height"),
        *("scroll_top", "scroll_left"),
        "dataset",
    }
)
"""The names of all fields that a browser can send."""

DEFAULT_FIELDS: Final = {
    "input": frozenset({"value", "checked"}),
    "change": frozenset({"value", "checked"}),
    "keydown": frozenset({"key"}),
    "keyup": frozenset({"key"}),
}
"""By event: the fields that are sent unless the handler asks for others."""


def field_options(event: str, wanted: frozenset[str], *, files: bool = False) -> dict[str, Any] | None:
    """What to tell a browser about the fields that an action wants of an event, if anything.

    Arguments:
        event: its name.
        wanted: the names of the action's parameters.
        files: whether it takes files.
    """
    wanted = frozenset() if event == "submit" else wanted & FIELDS
    default = DEFAULT_FIELDS.get(event, frozenset())
    return {"f": [*sorted(wanted), *(["files"] if files else [])]} if files or not wanted <= default else None


_Settings: TypeAlias = tuple[tuple[str, bool | float | str], ...]
"""How a browser listens, by the names that it knows."""


class Listening(Listener):
    """An action together with the way in which the browser listens; made by `on`."""

    __slots__ = ("_listener", "_settings")

    _listener: Listener
    _settings: _Settings

    def mark(self, keys: tuple[str | int, ...], digest: Callable[[bytes], bytes]) -> int | bytes | None:
        """That of the action."""
        return self._listener.mark(keys, digest)

    def options(self, event: str) -> dict[str, Any] | None:
        """What the action wants to know, and how the browser listens."""
        settings = dict(self._settings)
        if event == "interval" and "i" not in settings:
            raise build_error("on_interval needs a period: on_interval=on(self.tick, every=1.0)")
        return {**(self._listener.options(event) or {}), **settings} or None

    def alike(self, keys: tuple[str | int, ...]) -> Hashable:
        """What the action has in common with others, where the browser listens in the same way."""
        alike = self._listener.alike(keys)
        return None if alike is None else (alike, self._settings)

    @classmethod
    def all_alike(cls, column: Sequence[Any], keys: Sequence[str | int]) -> bool:
        """Whether the actions are alike, and the browser listens to all of them in the same way."""
        listeners = list(map(_listener_of, column))
        kind = sole_class(listeners)
        if kind is None or len(set(map(_settings_of, column))) != 1:
            return False
        return kind.all_alike(listeners, keys)

    def source(self) -> Source:
        """That of the action."""
        return self._listener.source()

    def called(self) -> Listener | None:
        """The action that is called."""
        return self._listener.called()

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Listening)
            and other._listener == self._listener
            and other._settings == self._settings
        )

    def __hash__(self) -> int:
        return hash(self._listener)


class _Unplaced(Listening):
    """One whose action is another when it is put into a page."""

    __slots__ = ()

    def placed(self) -> Listening:
        """The same, with the action as it is now."""
        return _listening(self._listener.placed(), self._settings)


def _listening(listener: Listener, settings: _Settings) -> Listening:
    made = Listening() if listener.stays else _Unplaced()
    made._listener, made._settings = listener, settings
    return made


_listener_of: Final = attrgetter("_listener")
_settings_of: Final = attrgetter("_settings")


def on(
    listener: Listener | Sequence[Listener | Literal[False] | None],
    *,
    prevent: bool = False,
    stop: bool = False,
    once: bool = False,
    self_only: bool = False,
    confirm: str | None = None,
    debounce: float | None = None,
    throttle: float | None = None,
    every: float | None = None,
    target: Literal["window", "document"] | None = None,
    reset: bool = True,
) -> Listening:
    """An action, and the way in which the browser listens for it.

    Arguments:
        listener: `self.method`, `self.method.bind(…)`, an effect, or a list of effects with an action among
            them; the options hold for all of it.
        prevent: do not do what the browser does by itself at this event.
        stop: do not let handlers of outer elements run.
        once: only the first such event counts, as long as the element is in the page.
        self_only: not for events of elements within.
        confirm: a question that the person must say yes to.
        debounce: seconds without another such event that must pass; a submit, a blur or leaving the page does
            not wait.
        throttle: seconds in which at most one call is made; the last event is not lost.
        every: for `on_interval`: seconds between two calls; none is made while the tab is hidden.

        target: listen on the whole window or document instead of the element, while it is in the page.
        reset: whether the fields of a form go back to what the server rendered after a success.

    Returns:
        What an `on_…` attribute takes: `h.div(on_contextmenu=on(self.menu, prevent=True))`.

    Raises:
        BuildError: `listener` is no action, or an option does not make sense.
    """
    if isinstance(listener, (list, tuple)):
        try:
            listener = steps_of(listener) or listener
        except (TypeError, ValueError) as error:
            raise build_error(f"on(…): {error}") from None
    if not isinstance(listener, Listener):
        raise build_error(f"on(…) takes an action such as self.save, or effects, not {listener!r}")
    try:
        settings = _settings(
            prevent, stop, once, self_only, confirm, debounce, throttle, every, target, reset
        )
    except TypeError as error:
        raise build_error(f"on(…): {error}; the options are texts, numbers, True and False") from None
    return _listening(listener, settings)


@prepares(on)
def _prepared(**options: Any) -> Callable[[Any], Listening]:
    """What `on` does with these options.

    Raises:
        BuildError: one of them does not make sense.
    """
    settings = on(Listener(), **options)._settings

    def listening(listener: Any) -> Listening:
        return _listening(listener if isinstance(listener, Listener) else on(listener)._listener, settings)

    return listening


@lru_cache(maxsize=256)  # the handlers of all rows of a table hold one
def _settings(
    prevent: bool,
    stop: bool,
    once: bool,
    self_only: bool,
    confirm: str | None,
    debounce: float | None,
    throttle: float | None,
    every: float | None,
    target: str | None,
    reset: bool,
) -> _Settings:
    settings: dict[str, bool | float | str] = {}
    if prevent:
        settings["p"] = True
    if stop:
        settings["s"] = True
    if once:
        settings["o"] = True
    if self_only:
        settings["q"] = True
    if confirm is not None:
        settings["c"] = confirm
    if target is not None:
        settings["w"] = target
    if not reset:
        settings["r"] = False
    for key, name, seconds, least in (
        ("d", "debounce", debounce, 0.0),
        ("t", "throttle", throttle, 0.0),
        ("i", "every", every, 0.05),
    ):
        if seconds is not None:
            if not least <= seconds <= 86_400:
                raise build_error(f"on({name}={seconds!r}): takes seconds, from {least:g} to a day")
            settings[key] = seconds
    return tuple(settings.items())
