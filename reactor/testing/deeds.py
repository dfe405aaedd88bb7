"""Deeds: the calls that a person's act on a page leads to, as the client's script would make them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from ..events import DEFAULT_FIELDS, FIELDS
from ..mirror import Element
from .controls import CONTROLS, Fields, attribute, is_submitter, option_value, type_of
from .files import File
from .trees import Tree

_DO_NOT_BUBBLE: Final = frozenset(
    """abort blur error focus interval load mouseenter mouseleave pointerenter pointerleave scroll
    toggle""".split()
)
_VALUED: Final = CONTROLS | {"option", "output"}
MODIFIERS: Final = ("Ctrl", "Alt", "Shift", "Meta")
"""Keys that are held with another one."""


@dataclass
class Deed:
    """A call that a person's act leads to."""

    address: list[str | int]
    mark: int | bytes | None
    """`None`: there are only effects."""
    fields: dict[str, Any] | None = None
    entries: list[tuple[str, str | int]] | None = None
    files: tuple[File, ...] = ()
    delivers: tuple[Hashable, ...] = ()
    """The controls of which the server has the last word when it answers."""
    options: dict[str, Any] = field(default_factory=dict)
    """Those of the handler; the effects are among them."""
    form: Hashable = None
    """Where the form stands that is sent."""
    entered: dict[Hashable, Any] = field(default_factory=dict)
    """What was in a form that was emptied when it was sent."""
    is_blind: bool = False
    """Done before the person could see that the call before was refused."""
    asks: bool = False
    """Whether a script wants what the action returns."""

    @property
    def texts(self) -> list[tuple[str, str]] | None:
        """The entries of the form, of files the names."""
        if self.entries is None:
            return None
        return [
            (name, self.files[value].name if isinstance(value, int) else value)
            for name, value in self.entries
        ]

    @property
    def message(self) -> dict[str, Any]:
        """The keys of the call that are its own."""
        message: dict[str, Any] = {"a": self.address, "h": self.mark}
        if "g" in self.options:
            message["g"] = self.options["g"]
        if self.entries is None:
            message["e"] = self.fields
        else:
            message["f"] = [part for entry in self.entries for part in entry]
        if self.is_blind:
            message["o"] = True
        if self.asks:
            message["x"] = True
        return message


def deeds_at(
    event: str, target: Element, given: dict[str, Any], tree: Tree, fields: Fields
) -> tuple[list[Deed], bool]:
    """The calls of the handlers that hear an event, and whether one has prevented the default.

    Arguments:
        event: its name.
        target: where it happens.
        given: what is known of it.
        tree: the page.
        fields: what is in its controls.
    """
    deeds: list[Deed] = []
    prevented = False
    path = [target] if event in _DO_NOT_BUBBLE else [target, *target.ancestors()]
    for element in path:
        stopped = False
        held = element.handlers.get(event)
        filters: list[str | None] = [None]
        if isinstance(held, dict):
            filters = [each for each in held if _matches(each, given)]
        for each in filters if held is not None else []:
            handler = element.handler(event, each)
            names = handler.options.get("f", DEFAULT_FIELDS.get(event, ()))
            sent = _fields_of(names, element, target, given, fields)
            files: tuple[File, ...] = ()
            if "files" in names:
                files = fields.files(target)
                sent["files"] = list(range(len(files)))
            carries = any(name in sent for name in ("value", "checked", "values"))
            control = next((e for e in (element, target) if e.tag in CONTROLS), None)
            delivers: tuple[Hashable, ...] = ()
            if carries and control is not None and control.properties.get(_property_of(control)) is not None:
                delivers = (tree.identity(control),)
            address = element.address(event, each)
            options = handler.options
            deeds.append(Deed(address, handler.mark, sent, files=files, delivers=delivers, options=options))
            calls = handler.mark is not None
            prevented |= bool(handler.options.get("p"))
            prevented |= calls and event == "click" and is_submitter(element)
            stopped |= bool(handler.options.get("s"))
        if stopped:
            break
    return deeds, prevented


def deeds_of_form(
    form: Element, submitter: Element | None, tree: Tree, fields: Fields
) -> tuple[list[Deed], bool]:
    """The calls that sending a form leads to, and whether the browser is kept from sending it.

    Arguments:
        form: the form.
        submitter: the button that sends it.
        tree: the page.
        fields: what is in its controls.
    """
    own = submitter is not None and "submit" in submitter.handlers
    path = [submitter] if own and submitter is not None else [form, *form.ancestors()]
    heard = [each for each in path if "submit" in each.handlers]
    deeds: list[Deed] = []
    is_kept = False
    every = [entry for entry in fields.all_entries(form, submitter) if entry[0][:1] != "$"]
    for element in heard:
        handler = element.handler("submit")
        delivers = tuple(tree.identity(each) for each in fields.of_form(form))
        entries: list[tuple[str, str | int]] = []
        files: list[File] = []
        for name, value in every:
            if isinstance(value, str):
                entries.append((name, value))
            elif value.name and "files" in handler.options.get("f", ()):
                entries.append((name, len(files)))
                files.append(value)
        deeds.append(
            Deed(
                element.address("submit"),
                handler.mark,
                entries=entries,
                files=tuple(files),
                delivers=delivers,
                options=handler.options,
                form=tree.identity(form),
            )
        )
        is_kept |= handler.mark is not None or bool(handler.options.get("p"))
        if handler.options.get("s"):
            break
    return deeds, is_kept


def _fields_of(
    names: Any, element: Element, target: Element, given: dict[str, Any], fields: Fields
) -> dict[str, Any]:
    control = next((each for each in (element, target) if each.tag in _VALUED), None)
    known: dict[str, Any] = {}
    if control is not None:
        known["value"] = _value(control, fields)
        if control.tag == "input":
            known["checked"] = fields.checked(control)
        if control.tag == "select":
            known["values"] = [option_value(option) for option in fields.chosen(control)]
    known["dataset"] = {
        name[5:].replace("-", "_"): attribute(element, name) or ""
        for name in element.attributes
        if name.startswith("data-")
    }
    known.update(given)
    return {name: value for name, value in known.items() if name in names or name not in FIELDS}


def _property_of(control: Element) -> str:
    return "checked" if type_of(control) in ("checkbox", "radio") else "value"


def _value(element: Element, fields: Fields) -> str:
    if element.tag == "option":
        return option_value(element)
    return element.text if element.tag == "output" else fields.value(element)


def _matches(combination: str, pressed: dict[str, Any]) -> bool:
    """Whether a key event is the combination that a filter names, as in `Escape` or `Ctrl+Shift+s`."""
    parts = combination.split("+")
    modifiers = []
    while len(parts) > 1 and parts[0] in MODIFIERS:
        modifiers.append(parts.pop(0))
    wanted = "+".join(parts)
    key = str(pressed.get("key", ""))
    if key.lower() != (" " if wanted == "Space" else wanted).lower():
        return False
    for modifier in MODIFIERS:
        down = bool(pressed.get(modifier.lower()))
        if modifier == "Shift" and not modifiers and len(key) == 1:
            continue
        if down != (modifier in modifiers):
            return False
    return True
