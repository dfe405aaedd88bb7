"""Fields and forms: what a person has put into them, and what a form sends."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from ..mirror import Element
from .files import NO_FILE, File
from .trees import Tree

CONTROLS = frozenset({"button", "input", "select", "textarea"})
BUTTON_TYPES = frozenset({"button", "image", "reset", "submit"})


def attribute(element: Element, name: str) -> str | None:
    """An attribute as text; one without a value is the empty string."""
    value = element.attributes.get(name)
    return "" if value is True else value if isinstance(value, str) else None


def type_of(element: Element) -> str:
    """The type of an `<input>` or `<button>`; empty for anything else."""
    given = (attribute(element, "type") or "").lower()
    if element.tag == "button":
        return given if given in ("button", "reset") else "submit"
    return (given or "text") if element.tag == "input" else ""


def is_text_field(element: Element) -> bool:
    """Whether one types into the element."""
    if element.tag == "input":
        return type_of(element) not in BUTTON_TYPES | {"checkbox", "radio", "hidden", "file"}
    return element.tag == "textarea"


def is_submitter(element: Element) -> bool:
    """Whether a click on the element sends its form."""
    return element.tag in ("button", "input") and type_of(element) in ("submit", "image")


def is_disabled(element: Element) -> bool:
    """Whether the control is disabled, itself or by a `<fieldset>` around it."""
    if element.tag not in CONTROLS | {"option", "fieldset", "optgroup"}:
        return False
    if attribute(element, "disabled") is not None:
        return True
    inner = element
    for outer in element.ancestors():
        if outer.tag == "fieldset" and attribute(outer, "disabled") is not None:
            legend = next((c for c in outer.children if isinstance(c, Element) and c.tag == "legend"), None)
            if inner is not legend:
                return True
        if outer.tag == "optgroup" and element.tag == "option" and attribute(outer, "disabled") is not None:
            return True
        inner = outer
    return False


@dataclass
class Edit:
    """What a person has put into one control.

    Arguments:
        rendered: what the tree said at that time.
        value: what was typed.
        checked: whether it is checked.
        chosen: the values that are chosen.
        files: the files that are chosen.
    """

    rendered: object
    value: str | None = None
    checked: bool | None = None
    chosen: tuple[str, ...] | None = None
    files: tuple[File, ...] = ()


class Fields:
    """The controls of a page: what the tree says of them, and what a person has put into them.

    Arguments:
        tree: the page's tree.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._edits: dict[Hashable, Edit] = {}

    def edit(self, control: Element) -> Edit:
        """The note of what a person puts into a control."""
        identity = self.tree.identity(control)
        if identity not in self._edits:
            self._edits[identity] = Edit(rendered_state(control))
        return self._edits[identity]

    def forget(self, identities: Iterable[Hashable]) -> None:
        """These controls show what the tree says."""
        for identity in identities:
            self._edits.pop(identity, None)

    def take(self, identities: Iterable[Hashable]) -> dict[Hashable, Edit]:
        """What was put into these controls; they show what the tree says from now on."""
        taken = {identity: self._edits[identity] for identity in identities if identity in self._edits}
        self.forget(taken)
        return taken

    def put_back(self, taken: dict[Hashable, Edit]) -> None:
        """Puts back what `take` has taken, unless something else was put there since."""
        self._edits = {**taken, **self._edits}

    def settle(self) -> None:
        """After a change of the tree: what it has changed wins over what was typed before."""
        there = {self.tree.identity(element): element for element in self.tree.elements()}
        for identity, edit in list(self._edits.items()):
            element = there.get(identity)
            if element is None or rendered_state(element) != edit.rendered:
                del self._edits[identity]

    def value(self, control: Element) -> str:
        """What the control's `value` is in a browser."""
        edit = self._edits.get(self.tree.identity(control))
        if edit is not None and edit.value is not None:
            return edit.value
        if control.tag == "select":
            chosen = self.chosen(control)
            return option_value(chosen[0]) if chosen else ""
        held = control.get("value")
        if control.tag == "textarea":
            return (
                held if isinstance(held, str) else control.text if "value" not in control.properties else ""
            )
        if isinstance(held, str):
            return held
        return "on" if type_of(control) in ("checkbox", "radio") else ""

    def checked(self, control: Element) -> bool:
        """Whether a checkbox or radio button is checked."""
        edit = self._edits.get(self.tree.identity(control))
        if edit is not None and edit.checked is not None:
            return edit.checked
        held = control.get("checked")
        return held is not None and held is not False

    def chosen(self, select: Element) -> list[Element]:
        """The options of a `<select>` that are chosen."""
        options = [element for element in select.elements() if element.tag == "option"]
        several = attribute(select, "multiple") is not None
        edit = self._edits.get(self.tree.identity(select))
        if edit is not None and edit.chosen is not None:
            found = [option for option in options if option_value(option) in edit.chosen]
            return found if several else found[:1]
        value = select.properties.get("value")
        if isinstance(value, str):
            return [option for option in options if option_value(option) == value][:1]
        selected = [option for option in options if option.get("selected") not in (None, False)]
        if several:
            return selected
        return selected[-1:] or [option for option in options if not is_disabled(option)][:1]

    def files(self, control: Element) -> tuple[File, ...]:
        """The files that are chosen in a field for files."""
        edit = self._edits.get(self.tree.identity(control))
        return edit.files if edit is not None else ()

    def form_of(self, element: Element) -> Element | None:
        """The form that a control belongs to."""
        named = attribute(element, "form")
        if named is not None:
            return next(
                (e for e in self.tree.elements() if e.tag == "form" and attribute(e, "id") == named), None
            )
        return next((outer for outer in element.ancestors() if outer.tag == "form"), None)

    def of_form(self, form: Element) -> list[Element]:
        """The controls of a form, in document order."""
        return [e for e in self.tree.elements() if e.tag in CONTROLS and self.form_of(e) is form]

    def group(self, radio: Element) -> list[Element]:
        """The radio buttons of which one at most is checked."""
        name, form = attribute(radio, "name"), self.form_of(radio)
        if not name:
            return [radio]
        return [
            element
            for element in self.tree.elements()
            if element.tag == "input"
            and type_of(element) == "radio"
            and attribute(element, "name") == name
            and self.form_of(element) is form
        ]

    def entries(self, form: Element, submitter: Element | None) -> list[tuple[str, str]]:
        """What the form sends when this button is pressed, as the HTML standard has it; files left out."""
        every = self.all_entries(form, submitter)
        return [(name, value) for name, value in every if isinstance(value, str)]

    def all_entries(self, form: Element, submitter: Element | None) -> list[tuple[str, str | File]]:
        """The same, with the files; a field in which none was chosen has one that is empty."""
        return [
            entry
            for control in self.of_form(form)
            if not is_disabled(control) and not any(outer.tag == "datalist" for outer in control.ancestors())
            for entry in self._entries_of(control, submitter)
        ]

    def _entries_of(self, control: Element, submitter: Element | None) -> Iterator[tuple[str, str | File]]:
        name, kind = attribute(control, "name"), type_of(control)
        if kind in BUTTON_TYPES and control is not submitter:
            return
        if kind == "image":
            prefix = f"{name}." if name else ""
            yield from ((f"{prefix}x", "0"), (f"{prefix}y", "0"))
        elif not name:
            return
        elif kind == "file":
            yield from ((name, file) for file in self.files(control) or (NO_FILE,))
        elif kind in ("checkbox", "radio") and not self.checked(control):
            return
        elif control.tag == "select":
            for option in self.chosen(control):
                if not is_disabled(option):
                    yield name, option_value(option)
        else:
            yield name, self.value(control)


def rendered_state(control: Element) -> object:
    """What the tree says of the control's content."""
    if control.tag == "select":
        options = [
            (option_value(o), o.get("selected") in (None, False))
            for o in control.elements()
            if o.tag == "option"
        ]
        return (control.tag, control.properties.get("value"), options)
    text = control.text if control.tag == "textarea" and "value" not in control.properties else None
    return (control.tag, type_of(control), control.get("value"), control.get("checked"), text)


def option_value(option: Element) -> str:
    """The value of an `<option>`: that of its attribute, or else its text."""
    value = option.get("value")
    return value if isinstance(value, str) else " ".join(option.text.split())
