"""Fields of a page that follow a state field, and the other way round."""

from __future__ import annotations

import inspect
from typing import Any, Literal, TypeVar, cast

from .actions import Action, BoundAction
from .blocks import Expansion, Listener
from .components import Component, class_of
from .effects import Effect, steps_of
from .errors import build_error
from .events import on

C = TypeVar("C", bound=Component)

_TYPING_PAUSE = 0.15


class Binding(Expansion):
    """A state field that a control shows and sets; made by `bind`."""

    __slots__ = ("_component", "_debounce", "_event", "_field")

    def __init__(
        self, component: Component, field: str, event: Literal["input", "change", "submit"], debounce: float
    ) -> None:
        self._component = component
        self._field = field
        self._event = event
        self._debounce = debounce

    def expand(self, tag: str, attributes: dict[str, Any]) -> dict[str, Any]:
        """The attributes that show the field, and listen for what the person does."""
        value = getattr(self._component, self._field)
        kind = attributes.get("type")
        if self._event == "submit":
            return self._submitted(tag, attributes, _text(value))
        if tag == "input" and kind == "checkbox":
            return {
                **attributes,
                "checked": bool(value),
                **_heard(attributes, "on_change", self._setter("checked")),
            }
        if tag == "input" and kind == "radio":
            chosen = attributes.get("value") == _text(value)
            return {**attributes, "checked": chosen, **_heard(attributes, "on_change", self._setter("value"))}
        if tag == "select":
            return {
                **attributes,
                "value": _text(value),
                **_heard(attributes, "on_change", self._setter("value")),
            }
        if tag not in ("input", "textarea"):
            raise build_error(f"<{tag}>: bind is for input, textarea and select")
        setter: Listener = self._setter("value")
        if self._event == "change":
            return {**attributes, "value": _text(value), **_heard(attributes, "on_change", setter)}
        setter = on(setter, debounce=self._debounce)
        return {**attributes, "value": _text(value), **_heard(attributes, "on_input", setter)}

    def _submitted(self, tag: str, attributes: dict[str, Any], value: str) -> dict[str, Any]:
        """The attributes of a control whose field is set when its form is sent."""
        if tag not in ("input", "textarea", "select") or attributes.get("type") == "checkbox":
            raise build_error(
                f'<{tag}>: bind(self, on="submit") is for text, radio buttons and select; of a checkbox '
                "that is not checked a form sends nothing"
            )
        setters: dict[str, Action[..., Any]] = self._component.__dict__.setdefault("_submitted", {})
        setters[self._field] = _action(type(self._component), self._field, self._field)
        is_radio = attributes.get("type") == "radio"
        shown = {"checked": attributes.get("value") == value} if is_radio else {"value": value}
        return {**attributes, **shown, "name": self._field}

    def _setter(self, name: str) -> BoundAction[Any, Any]:
        return BoundAction(_action(type(self._component), self._field, name), self._component)


class _Binder:
    """Gives bindings by the names of state fields."""

    def __init__(
        self, component: Component, event: Literal["input", "change", "submit"], debounce: float
    ) -> None:
        self._component = component
        self._event = event
        self._debounce = debounce

    def __getattr__(self, name: str) -> Binding:
        if name not in self._component._states:
            fields = ", ".join(self._component._states) or "none"
            raise build_error(
                f"bind(…).{name}: {type(self._component).__name__} has no such state field; it has: {fields}"
            )
        return Binding(self._component, name, self._event, self._debounce)


def bind(
    component: C, *, on: Literal["input", "change", "submit"] = "input", debounce: float = _TYPING_PAUSE
) -> C:
    """Binds a control to a state field: it shows the field, and what the person enters becomes its value.

    Arguments:
        component: whose state: `self`.
        on: whether the field follows while the person is typing, when they leave the control, or when they
            send its form to an action of the component: then it is set before the action runs.
        debounce: seconds without typing after which the field follows.

    Returns:
        What has a binding for each state field: `h.input(bind=bind(self).text)`. To a type checker it is
        the component, so an editor completes the fields.

    >>> from reactor import Component, html as h, state
    >>> from reactor.markup import render
    >>> class Search(Component):
    ...     text: str = state("cats")
    ...     def render(self):
    ...         return h.input(type="search", aria_label="Search", bind=bind(self).text)
    >>> render(Search().render())
    '<input type="search" aria-label="Search" value="cats">'
    """
    return cast("C", _Binder(component, on, debounce))


def _action(cls: type[Component], field: str, name: str) -> Action[..., Any]:
    """The action that sets a field; one for each class and field."""
    known: dict[tuple[str, str], Action[..., Any]] = cls.__dict__.get("_setters") or {}
    if (field, name) not in known:
        hint = class_of(cls.__new__(cls)).hints[field]

        async def set_field(self: Component, **values: Any) -> None:
            setattr(self, field, values[name])

        keyword = inspect.Parameter.KEYWORD_ONLY
        set_field.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [
                inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD),
                inspect.Parameter(name, keyword, annotation=hint),
            ]
        )
        set_field.__name__ = field
        set_field.__qualname__ = f"{cls.__qualname__}.{field}"
        set_field.__module__ = f"bind {cls.__module__}"
        known = {**known, (field, name): Action(set_field, overwrites=False, max_duration=None)}
        cls._setters = known  # type: ignore[attr-defined]
    return known[field, name]


def _heard(attributes: dict[str, Any], event: str, setter: Listener) -> dict[str, Listener]:
    """The attribute that listens for the setter, with the effects that the element has for this event."""
    given = attributes.get(event)
    if given is None or given is False:
        return {event: setter}
    effects = list(given) if isinstance(given, (list, tuple)) else [given]
    if not all(isinstance(each, Effect) for each in effects if each is not None and each is not False):
        raise build_error(f"bind listens to {event} itself; beside it there may be effects, not {given!r}")
    return {event: steps_of([*effects, setter]) or setter}


def _text(value: Any) -> str:
    return "" if value is None else str(getattr(value, "value", value))
