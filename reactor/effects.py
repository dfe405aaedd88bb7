"""Effects: what a browser does by itself, at an event or after an action, without asking the server.

    from reactor import effects

    h.button(on_click=effects.toggle_class("open", to="#menu"))["Menu"]
    h.button(on_click=[effects.hide("#dialog"), self.save, effects.focus("#name")])["Save"]

An effect is a value. It travels as data, like everything else in the tree; no code is evaluated. What it is
done to is said by `to`: a selector of the whole page, `closest("li")` or `inner(".menu")` as seen from the
element that has the handler, or nothing, which means that element itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from . import attributes as attribute_rules
from .blocks import SAFE_INTEGER, Listener
from .elements import ELEMENTS, URL_ATTRIBUTES
from .errors import ReactorError, build_error
from .protocol import (
    BLUR,
    CANCEL,
    COPY,
    DISPATCH,
    FOCUS,
    PAUSE,
    SCROLL,
    SEND_FORM,
    SET_ATTRIBUTE,
    SET_CLASS,
    SET_OPEN,
    SET_SHOWN,
    SET_VALUE,
)
from .symbols import Source
from .taint import refuse_tainted

_NAMES: Final = {
    SET_CLASS: "class",
    SET_ATTRIBUTE: "attribute",
    SET_SHOWN: "shown",
    DISPATCH: "dispatch",
    SET_VALUE: "value",
    FOCUS: "focus",
    BLUR: "blur",
    SCROLL: "scroll",
    SET_OPEN: "open",
    COPY: "copy",
    SEND_FORM: "form",
    CANCEL: "cancel",
    PAUSE: "pause",
}
_SCRIPT: Final = re.compile(r"(?:java|vb|live)script:", re.IGNORECASE)
_IGNORED: Final = re.compile(r"[\x00-\x20]")
"""What a browser drops from an address."""
_BARE_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEEPEST_DETAIL: Final = 50


@dataclass(frozen=True, slots=True)
class Place:
    """Elements, as seen from the one that has the handler; made by `closest` and `inner`.

    Arguments:
        around: a selector of the nearest element around, itself included; `None`: itself.
        within: a selector of elements within that; `None`: that element.
    """

    around: str | None
    within: str | None = None

    def inner(self, selector: str) -> Place:
        """The elements within: `closest("li").inner(".menu")`.

        Arguments:
            selector: a CSS selector.

        Raises:
            BuildError: it cannot be a selector, or `inner` was said before.
        """
        if self.within is not None:
            raise build_error(f"inner({self.within!r}) was said already; write one selector")
        return Place(self.around, _selector(selector))


Target: TypeAlias = str | Place | None
"""What an effect is done to: a CSS selector, a place near the element with the handler, or that element."""


def closest(selector: str) -> Place:
    """The nearest element around the one that has the handler, itself included.

    Arguments:
        selector: a CSS selector.

    Raises:
        BuildError: it cannot be a selector.

    >>> closest("li").inner(".menu")
    Place(around='li', within='.menu')
    """
    return Place(_selector(selector))


def inner(selector: str) -> Place:
    """The elements within the one that has the handler.

    Arguments:
        selector: a CSS selector.

    Raises:
        BuildError: it cannot be a selector.
    """
    return Place(None, _selector(selector))


@dataclass(frozen=True, slots=True, repr=False)
class Effect(Listener):
    """One effect; made by the functions of this module. It may stand wherever an action may.

    Arguments:
        kind: which one (`reactor.protocol`).
        to: what it is done to.
        arguments: the rest, as it travels.
    """

    kind: int
    to: Target = None
    arguments: tuple[Any, ...] = ()

    def mark(self, keys: tuple[str | int, ...], digest: Callable[[bytes], bytes]) -> None:
        """None: nothing is called."""

    def options(self, event: str) -> dict[str, Any]:
        """The effect, as it travels."""
        return {"b": to_wire([self])}

    def called(self) -> None:
        """Nothing."""

    def __hash__(self) -> int:
        return hash((self.kind, self.to))

    def __repr__(self) -> str:
        parts = [_NAMES[self.kind], *([] if self.to is None else [repr(self.to)]), *map(repr, self.arguments)]
        return f"<effect {' '.join(parts)}>"


@dataclass(frozen=True, slots=True, repr=False)
class Cancel(Effect):
    """Cancels the calls of an action that are under way.

    Arguments:
        source: those calls.
    """

    kind: int = CANCEL
    calls: Source = None

    def source(self) -> Source:
        """Those calls: the handler's options name them."""
        return self.calls


@dataclass(frozen=True, slots=True)
class Steps(Listener):
    """Effects in a row, perhaps with a call among them: a list in an `on_…` attribute.

    Arguments:
        before: those before the call.
        call: what is called, if anything.
        after: those after its success.
    """

    before: tuple[Effect, ...]
    call: Listener | None
    after: tuple[Effect, ...]

    def mark(self, keys: tuple[str | int, ...], digest: Callable[[bytes], bytes]) -> int | bytes | None:
        """That of the call."""
        return None if self.call is None else self.call.mark(keys, digest)

    def options(self, event: str) -> dict[str, Any]:
        """Those of the call, and the effects."""
        own = (self.call and self.call.options(event)) or {}
        before = [*to_wire(self.before), *own.get("b", ())]
        after = [*own.get("e", ()), *to_wire(self.after)]
        return {**own, **({"b": before} if before else {}), **({"e": after} if after else {})}

    def source(self) -> Source:
        """That of the call; without one, that of what is cancelled."""
        if self.call is not None:
            return self.call.source()
        return next((each.source() for each in self.before if isinstance(each, Cancel)), None)

    def called(self) -> Listener | None:
        """The action that is called."""
        return self.call and self.call.called()

    def placed(self) -> Steps:
        """The same, with the call as it is now."""
        return Steps(self.before, self.call and self.call.placed(), self.after)


def steps_of(listeners: Sequence[object]) -> Listener | None:
    """What a list in an `on_…` attribute means.

    Arguments:
        listeners: effects, and at most one action; `None` and `False` are left out.

    Returns:
        One listener for all; `None` when nothing is left.

    Raises:
        TypeError: something else is among them.
        ValueError: there are two actions.
    """
    given = [each for each in listeners if each is not None and each is not False]
    for each in given:
        if not isinstance(each, Listener):
            raise TypeError(f"{each!r} is neither an action nor an effect")
    steps = [each for each in given if isinstance(each, Listener)]
    calls = [at for at, each in enumerate(steps) if not isinstance(each, Effect)]
    if len(calls) > 1:
        first, second = (steps[at] for at in calls[:2])
        raise ValueError(
            f"{first!r} and {second!r}: an event makes one call; let one action call the other, "
            "and give options to the whole: on([…], prevent=True)"
        )
    if len(steps) < 2:
        return steps[0] if steps else None
    at = calls[0] if calls else len(steps)
    before = [each for each in steps[:at] if isinstance(each, Effect)]
    after = [each for each in steps[at + 1 :] if isinstance(each, Effect)]
    return Steps(tuple(before), steps[at] if calls else None, tuple(after))


def to_wire(effects: Sequence[Effect]) -> list[Any]:
    """Effects, as they travel (`docs/protocol.md`).

    >>> to_wire([focus("#name"), add_class("open", to=closest("li"))])
    [[5, '#name'], [0, ['li'], 'open', True]]
    """
    return [
        [each.kind, *([_place(each.to)] if each.to is not None or each.arguments else ()), *each.arguments]
        for each in effects
    ]


def from_wire(effects: object) -> list[Effect]:
    """Effects, from what travelled.

    Raises:
        ValueError: it is not of that form.

    >>> from_wire([[5, "#name"]]) == [focus("#name")]
    True
    """
    if not isinstance(effects, list):
        raise ValueError(f"effects: a list is due, not {effects!r}")
    found = []
    for effect in effects:
        match effect:
            case [int(kind), *rest] if kind in _NAMES:
                found.append(Effect(kind, _read_place(rest[0] if rest else None), tuple(rest[1:])))
            case _:
                raise ValueError(f"{effect!r} is no effect")
    return found


# What there is to be done


def add_class(names: str, *, to: Target = None) -> Effect:
    """Adds classes.

    Arguments:
        names: one, or several with spaces between.
        to: what they are added to.

    Raises:
        BuildError: there is no name.

    >>> from reactor import effects, html as h
    >>> button = h.button(on_click=effects.add_class("open", to="#menu"))["Menu"]
    """
    return Effect(SET_CLASS, _target(to), (_classes(names), True))


def remove_class(names: str, *, to: Target = None) -> Effect:
    """Takes classes away; the arguments are those of `add_class`."""
    return Effect(SET_CLASS, _target(to), (_classes(names), False))


def toggle_class(names: str, *, to: Target = None) -> Effect:
    """Adds each class that is not there, takes away each that is; the arguments are those of `add_class`."""
    return Effect(SET_CLASS, _target(to), (_classes(names), None))


def set_attribute(name: str, value: str | int | float | bool = True, *, to: Target = None) -> Effect:
    """Sets an attribute.

    Arguments:
        name: as in markup: `"aria-expanded"`.
        value: text or a number; `True`: present without a value, or "true" where HTML wants that.
        to: what it is set on.

    Raises:
        BuildError: an attribute that could run script, or one that another effect is for.

    >>> from reactor import effects
    >>> effects.set_attribute("onclick", "alert(1)")
    Traceback (most recent call last):
    ...
    reactor.errors.BuildError: <element onclick>: a handler is not text; write on_click=self.method...
    """
    return Effect(SET_ATTRIBUTE, _target(to), (_attribute(name), _attribute_value(name, value)))


def remove_attribute(name: str, *, to: Target = None) -> Effect:
    """Takes an attribute away; the arguments are those of `set_attribute`."""
    return Effect(SET_ATTRIBUTE, _target(to), (_attribute(name), None))


def toggle_attribute(
    name: str,
    value: str | int | float | bool = True,
    other: str | int | float | bool | None = None,
    *,
    to: Target = None,
) -> Effect:
    """Sets an attribute to a value, or to the other if it has that value.

    Arguments:
        name: as in markup.
        value: what it becomes when it is absent, or has the other value.
        other: what it becomes else; by default it is taken away.
        to: what it is set on.

    Raises:
        BuildError: an attribute that could run script, or one that another effect is for.

    >>> from reactor import effects
    >>> effects.toggle_attribute("aria-expanded", True, False)
    <effect attribute 'aria-expanded' 'true' 'false'>
    """
    values = (_attribute_value(name, value), None if other is None else _attribute_value(name, other))
    return Effect(SET_ATTRIBUTE, _target(to), (_attribute(name), *values))


def show(to: Target = None, *, transition: str | None = None) -> Effect:
    """Shows what is `hidden`.

    Arguments:
        to: what is shown.
        transition: with `"fade"` it has the class `fade-enter` at its beginning; if the class starts an
            animation, until that is over.

    Raises:
        BuildError: `transition` is not the name of one class.
    """
    return _shown(to, True, transition)


def hide(to: Target = None, *, transition: str | None = None) -> Effect:
    """Makes something `hidden`.

    Arguments:
        to: what is hidden.
        transition: with `"fade"` it has the class `fade-leave`, and is hidden when transitions and animations
            are over.

    Raises:
        BuildError: `transition` is not the name of one class.
    """
    return _shown(to, False, transition)


def toggle(to: Target = None, *, transition: str | None = None) -> Effect:
    """Shows what is hidden, and hides what is shown; the arguments are those of `show` and `hide`."""
    return _shown(to, None, transition)


def focus(to: Target = None) -> Effect:
    """Gives the focus to the first element that `to` names."""
    return Effect(FOCUS, _target(to))


def blur(to: Target = None) -> Effect:
    """Takes the focus from an element, if it has it."""
    return Effect(BLUR, _target(to))


def scroll_into_view(
    to: Target = None,
    *,
    smooth: bool = False,
    block: Literal["start", "center", "end", "nearest"] = "nearest",
) -> Effect:
    """Scrolls until an element is seen.

    Arguments:
        to: which one.
        smooth: whether one sees it scroll; never for people who want less motion.
        block: where in the window it is to be; `"nearest"`: scrolls only as far as needed.
    """
    return Effect(SCROLL, _target(to), (smooth, block))


def open(to: Target = None, *, modal: bool = True) -> Effect:
    """Opens a `<dialog>`, a popover, or `<details>`.

    Arguments:
        to: which one.
        modal: of a dialog: whether the rest of the page waits for it.
    """
    return Effect(SET_OPEN, _target(to), (True, modal))


def close(to: Target = None) -> Effect:
    """Closes a `<dialog>`, a popover, or `<details>`."""
    return Effect(SET_OPEN, _target(to), (False,))


def toggle_open(to: Target = None, *, modal: bool = True) -> Effect:
    """Opens what is closed, and closes what is open; the arguments are those of `open`."""
    return Effect(SET_OPEN, _target(to), (None, modal))


def copy(text: str | None = None, *, from_: Target = None) -> Effect:
    """Copies to the clipboard.

    Arguments:
        text: what is copied.
        from_: without `text`: what is in this field, or the text of this element.

    Raises:
        BuildError: both are given.
    """
    if text is not None and (from_ is not None or not isinstance(text, str)):
        raise build_error("copy(…) takes a text, or from_=, where it is to be found")
    return Effect(COPY, _target(from_), () if text is None else (text,))


def dispatch(name: str, detail: Any = None, *, to: Target = None) -> Effect:
    """Dispatches a `CustomEvent`, which bubbles, for scripts of the page.

    Arguments:
        name: that of the event.
        detail: data for who listens: text, numbers, booleans, `None`, lists and dictionaries of these.
        to: where it happens.

    Raises:
        BuildError: there is no name, or the detail is no data.

    >>> from reactor import effects
    >>> effects.dispatch("chart:zoom", {"factor": 2})
    <effect dispatch 'chart:zoom' {'factor': 2}>
    """
    refuse_tainted(detail, "be the detail of an event")
    if not isinstance(name, str) or not name:
        raise build_error(f"dispatch({name!r}): takes the name of an event")
    return Effect(DISPATCH, _target(to), (name, _data(detail)))


def set_value(value: str | int | float | bool, *, to: Target = None) -> Effect:
    """Enters something into a field, as a person would: `input` and `change` happen.

    Arguments:
        value: a text or number; of a checkbox or radio button whether it is checked.
        to: the field.

    Raises:
        BuildError: it is none of these.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise build_error(f"set_value({value!r}): a field cannot hold this number")
    if not isinstance(value, (str, int, float)):
        raise build_error(f"set_value({value!r}): takes text, a number, True or False")
    return Effect(SET_VALUE, _target(to), (value if isinstance(value, bool) else str(value),))


def reset(to: Target = None) -> Effect:
    """Gives the fields of a form the values that were rendered.

    Arguments:
        to: the form, or an element in it.
    """
    return Effect(SEND_FORM, _target(to), (False,))


def submit(to: Target = None) -> Effect:
    """Sends a form, after the browser's own checks: `h.select(on_change=effects.submit())`.

    Arguments:
        to: the form, or an element in it.
    """
    return Effect(SEND_FORM, _target(to), (True,))


def pause(to: Target = None) -> Effect:
    """Pauses the upload of a form's files, or of a field's of its own; it goes on where it has stopped.

    Arguments:
        to: the form, or an element in it, or the field.

    >>> from reactor import effects, html as h
    >>> button = h.button(type="button", on_click=effects.pause())["Pause"]
    """
    return Effect(PAUSE, _target(to), (True,))


def resume(to: Target = None) -> Effect:
    """Lets a paused upload go on; the argument is that of `pause`."""
    return Effect(PAUSE, _target(to), (False,))


def toggle_pause(to: Target = None) -> Effect:
    """Pauses an upload, or lets a paused one go on; the argument is that of `pause`."""
    return Effect(PAUSE, _target(to), (None,))


# From an action


class NoBrowserError(ReactorError, RuntimeError):
    """`run` was called where no browser waits for an answer."""


@dataclass
class _Asked:
    effects: list[Effect] = field(default_factory=list)
    is_open: bool = True


_asked: ContextVar[_Asked | None] = ContextVar("asked", default=None)


def run(*effects: Effect) -> None:
    """Has the browser do something as soon as it shows what this action has changed.

    Without a `to`, an effect is done to the element whose handler was called. Nothing is done when the action
    fails, and without JavaScript.

    Arguments:
        effects: what to do, in this order.

    Raises:
        NoBrowserError: this is not called by an action, or by an action that has ended.
        BuildError: something that is no effect.

    >>> from reactor import Component, action, effects, state
    >>> class Notes(Component):
    ...     notes: list[str] = state([])
    ...     @action
    ...     async def add(self, text: str) -> None:
    ...         self.notes.append(text)
    ...         effects.run(effects.scroll_into_view("li:last-child"), effects.focus("#text"))
    ...     def render(self): ...
    """
    asked = _asked.get()
    if asked is None or not asked.is_open:
        raise NoBrowserError(
            "effects.run(…) is for actions, while they run: nobody waits for an answer here. "
            "A test that calls an action itself does so in `with effects.collect() as asked:`"
        )
    for effect in effects:
        if not isinstance(effect, Effect):
            raise build_error(f"effects.run(…) takes effects such as effects.focus(), not {effect!r}")
    asked.effects += effects


class collect:  # noqa: N801  (used like a function)
    """Collects what is asked for with `run` meanwhile, for tests that call actions themselves.

    >>> from reactor import effects
    >>> with effects.collect() as asked:
    ...     effects.run(effects.focus("#name"))
    >>> asked
    [<effect focus '#name'>]
    """

    __slots__ = ("_made", "_token")

    def __enter__(self) -> list[Effect]:
        self._made = _Asked()
        self._token = _asked.set(self._made)
        return self._made.effects

    def __exit__(self, *_: object) -> None:
        self._made.is_open = False
        _asked.reset(self._token)


# Checks


def _shown(to: Target, wanted: bool | None, transition: str | None) -> Effect:
    if transition is not None and (not isinstance(transition, str) or len(transition.split()) != 1):
        raise build_error(f"transition={transition!r}: takes the name of one class, such as 'fade'")
    return Effect(SET_SHOWN, _target(to), (wanted,) if transition is None else (wanted, transition))


def _target(to: Target) -> Target:
    if to is None or isinstance(to, Place):
        return to
    return _selector(to)


def _selector(text: object) -> str:
    """A selector, as far as that can be seen from here."""
    if not isinstance(text, str) or not text.strip():
        raise build_error(
            f"{text!r} is no selector; accepted: a text such as '#menu', closest(…), inner(…), or nothing"
        )
    if _BARE_WORD.fullmatch(text) and text not in ELEMENTS:
        raise build_error(f"there is no element <{text}>; did you mean '#{text}' or '.{text}'?")
    return text


def _place(to: Target) -> object:
    if not isinstance(to, Place):
        return to
    return [to.around] if to.within is None else [to.around, to.within]


def _read_place(place: object) -> Target:
    match place:
        case None | str():
            return place
        case [str() | None as around]:
            return Place(around)
        case [str() | None as around, str(within)]:
            return Place(around, within)
    raise ValueError(f"{place!r} is no place for an effect")


def _classes(names: object) -> str:
    if not isinstance(names, str) or not names.strip():
        raise build_error(f"{names!r}: takes the names of classes, such as 'open'")
    refuse_tainted(names, "be a class")
    return " ".join(names.split())


def _attribute(name: object) -> str:
    if not isinstance(name, str):
        raise build_error(f"{name!r} cannot be the name of an attribute")
    if name.startswith(("aria_", "data_")):
        raise build_error(f"{name!r}: names are those of markup; write {name.replace('_', '-')!r}")
    if name.lower() in _ELSEWHERE:
        raise build_error(f"{name!r} is no attribute for an effect; {_ELSEWHERE[name.lower()]}")
    try:
        attribute_rules.check_name("element", name)
    except ValueError as error:
        raise build_error(str(error)) from None
    return name


_ELSEWHERE: Final = {
    "class": "write add_class(…)",
    "srcdoc": "it is markup, which may hold script",
    "value": "write set_value(…)",
    "checked": "write set_value(True)",
}


def _attribute_value(name: str, value: object) -> str | bool | None:
    try:
        if name in URL_ATTRIBUTES:
            return attribute_rules.url_value("element", name, value)
        if isinstance(value, str) and _SCRIPT.match(_IGNORED.sub("", value)):
            raise ValueError(f"<element {name}>: {value!r} would run as script in some attributes")
        text = attribute_rules.attribute_value("element", name, value)
        if text is not None and not isinstance(text, (str, bool)):
            raise TypeError(f"<element {name}>: an effect cannot depend on what only the browser knows")
        return text
    except (TypeError, ValueError) as error:
        raise build_error(str(error)) from None


def _data(value: Any, depth: int = 0) -> Any:
    """A copy of data; what is changed later would be a change that nobody sees."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int) and -SAFE_INTEGER <= value <= SAFE_INTEGER:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    if depth < _DEEPEST_DETAIL and isinstance(value, (list, tuple)):
        return [_data(item, depth + 1) for item in value]
    if depth < _DEEPEST_DETAIL and isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _data(item, depth + 1) for key, item in value.items()}
    raise build_error(
        f"dispatch(…, {value!r}): a detail is data: text, numbers, booleans, None, "
        "lists and dictionaries of these"
    )
