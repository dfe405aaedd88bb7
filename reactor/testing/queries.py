"""Finding elements as a person finds them: by role, label, text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from ..mirror import Element
from .controls import attribute, is_disabled
from .roles import content_name, is_hidden, label_text, labels_of, level_of, name_of, role_of, text_of

if TYPE_CHECKING:
    from .pages import TestPage

Wanted: TypeAlias = str | re.Pattern[str]
"""A text that must be the same (white space aside), or a pattern that must be found in it."""


class NotFound(AssertionError, LookupError):
    """No element is there that was asked for, or several; the message lists what there is."""


class Queries:
    """The ways to ask for elements; of a whole page, or inside an element."""

    _page: TestPage

    def _within(self) -> Iterator[Element]:
        raise NotImplementedError

    def get_by_role(self, role: str, *, name: Wanted | None = None, level: int | None = None) -> Locator:
        """Elements by their role: `button`, `link`, `textbox`, `heading`, `listitem`, `status`.

        Arguments:
            role: the ARIA role; that which elements of HTML have by themselves counts.
            name: the accessible name.
            level: that of a heading.
        """

        def find() -> list[Element]:
            return [
                element
                for element in self._seen()
                if role_of(element) == role
                and (name is None or _fits(name_of(element, self._page.tree), name))
                and (level is None or level_of(element) == level)
            ]

        said = f"{role}" + ("" if name is None else f" {_shown(name)}")
        return Locator(self._page, said, find, lambda: self._named({role}))

    def get_by_label(self, label: Wanted) -> Locator:
        """Fields by their label: the text of a `<label>`, or `aria-label`."""

        def find() -> list[Element]:
            tree = self._page.tree
            found: list[Element] = []
            for element in self._seen():
                given = attribute(element, "aria-label")
                texts = [label_text(each) for each in labels_of(element, tree)]
                texts += [given] if given else []
                texts += [name_of(element, tree)] if attribute(element, "aria-labelledby") else []
                if any(_fits(text, label) for text in texts):
                    found.append(element)
            return found

        return Locator(self._page, f"field labelled {_shown(label)}", find, self._fields)

    def get_by_text(self, text: Wanted) -> Locator:
        """The innermost elements with this text."""

        def find() -> list[Element]:
            fitting = [element for element in self._seen() if _fits(content_name(element), text)]
            outer = {id(each) for element in fitting for each in element.ancestors()}
            return [element for element in fitting if id(element) not in outer]

        return Locator(self._page, f"element with the text {_shown(text)}", find, self._texts)

    def get_by_placeholder(self, text: Wanted) -> Locator:
        """Fields by their placeholder."""

        def find() -> list[Element]:
            return [e for e in self._seen() if _fits(attribute(e, "placeholder") or "", text)]

        return Locator(self._page, f"field with the placeholder {_shown(text)}", find, self._fields)

    def get_by_tag(self, tag: str, attributes: Mapping[str, str] | None = None) -> Locator:
        """Elements by their tag and attributes, for what has neither role nor name. Hidden ones too.

        Arguments:
            tag: such as `"svg"`.
            attributes: attributes and their text; those of `class` are looked for one by one.
        """

        def fits(element: Element) -> bool:
            for name, text in (attributes or {}).items():
                held = attribute(element, name)
                if held is None or (
                    not set(text.split()) <= set(held.split()) if name == "class" else held != text
                ):
                    return False
            return element.tag == tag

        said = f"<{' '.join([tag, *(f'{name}={text!r}' for name, text in (attributes or {}).items())])}>"
        return Locator(self._page, said, lambda: [e for e in self._within() if fits(e)], self._tags)

    def _seen(self) -> Iterator[Element]:
        return (element for element in self._within() if not is_hidden(element))

    def _named(self, roles: set[str] | None = None) -> list[str]:
        """What there is, as role and name; those of some roles, or all if there is none of them."""
        tree = self._page.tree
        there = [(role_of(e), name_of(e, tree)) for e in self._seen() if role_of(e)]
        some = [each for each in there if roles is None or each[0] in roles] or there
        return [f"{role} {name!r}" if name else role for role, name in some]

    def _fields(self) -> list[str]:
        return self._named({"textbox", "searchbox", "checkbox", "radio", "combobox", "listbox", "slider"})

    def _texts(self) -> list[str]:
        texts = (
            " ".join("".join(child for child in element.children if isinstance(child, str)).split())
            for element in self._seen()
        )
        return [repr(text) for text in texts if text]

    def _tags(self) -> list[str]:
        return [repr(element) for element in self._within()]


class Locator(Queries):
    """How to find elements. It looks anew each time that it is asked, so it may be kept while a page changes.

    Arguments:
        page: the page to look at.
        said: what is looked for, in words.
        find: looks.
        there: what there is instead, for the message of an error.
    """

    def __init__(
        self,
        page: TestPage,
        said: str,
        find: Callable[[], list[Element]],
        there: Callable[[], list[str]],
    ) -> None:
        self._page = page
        self._said = said
        self._find = find
        self._there = there

    def all(self) -> list[Locator]:
        """All of them, in document order; each is the element as it is now."""
        return [self._of(element) for element in self._find()]

    def one(self) -> Locator:
        """The only one, as it is now: what is done with it later is done as it was seen now.

        Raises:
            NotFound: there is none, or several.
        """
        return self._of(self.element)

    @property
    def first(self) -> Locator:
        """The first of several.

        Raises:
            NotFound: there is none.
        """
        found = self._find()
        if not found:
            raise NotFound(self._missing())
        return self._of(found[0])

    def _of(self, element: Element) -> Locator:
        return Locator(self._page, self._said, lambda: [element], self._there)

    @property
    def element(self) -> Element:
        """The element in the tree.

        Raises:
            NotFound: there is none, or several.
        """
        found = self._find()
        if len(found) == 1:
            return found[0]
        if not found:
            raise NotFound(self._missing())
        listed = "\n  ".join(f"{element!r} {content_name(element)!r}" for element in found)
        raise NotFound(
            f"{len(found)} times {self._said} on {self._page.url}; say more, or use .all()\n  {listed}"
        )

    def _missing(self) -> str:
        there = self._there()
        shown = [*there[:40], *(["…"] if len(there) > 40 else [])]
        return f"no {self._said} on {self._page.url}; there is:\n  " + ("\n  ".join(shown) or "nothing")

    def __len__(self) -> int:
        return len(self._find())

    def __bool__(self) -> bool:
        return bool(self._find())

    def __iter__(self) -> Iterator[Locator]:
        return iter(self.all())

    def __getitem__(self, index: int) -> Locator:
        return self.all()[index]

    def __repr__(self) -> str:
        return f"<{self._said} on {self._page.url}: {len(self)} found>"

    def _within(self) -> Iterator[Element]:
        for element in self._find():
            yield from element.elements()

    @property
    def text(self) -> str:
        """Its text as one reads it: blocks on lines of their own."""
        return text_of(self.element)

    @property
    def texts(self) -> list[str]:
        """The text of each that is found."""
        return [text_of(element) for element in self._find()]

    @property
    def name(self) -> str:
        """Its accessible name."""
        return name_of(self.element, self._page.tree)

    @property
    def role(self) -> str:
        """Its ARIA role; empty if it has none."""
        return role_of(self.element)

    @property
    def tag(self) -> str:
        """Its tag."""
        return self.element.tag

    @property
    def attributes(self) -> dict[str, str]:
        """Its attributes; those without a value hold the empty string."""
        element = self.element
        return {name: attribute(element, name) or "" for name in element.attributes}

    @property
    def value(self) -> str:
        """What the field holds now, with what was typed into it."""
        return self._page.fields.value(self.element)

    @property
    def values(self) -> list[str]:
        """The texts of the options that are chosen."""
        return [" ".join(option.text.split()) for option in self._page.fields.chosen(self.element)]

    @property
    def checked(self) -> bool:
        """Whether the checkbox or radio button is checked now."""
        return self._page.fields.checked(self.element)

    @property
    def disabled(self) -> bool:
        """Whether it cannot be used."""
        return is_disabled(self.element)

    # What a person does with it; the page says more about each.

    async def click(self) -> None:
        """Clicks it."""
        await self._page.click(self)

    async def fill(self, text: str) -> None:
        """Types into it, in place of what it held."""
        await self._page.fill(self, text)

    async def check(self) -> None:
        """Checks it, if it is not."""
        await self._page.check(self)

    async def uncheck(self) -> None:
        """Takes the check away, if there is one."""
        await self._page.uncheck(self)

    async def select(self, *options: str) -> None:
        """Chooses among its options, by text or value."""
        await self._page.select(self, *options)

    async def press(self, key: str) -> None:
        """Presses a key in it: `"Enter"`, `"Ctrl+s"`."""
        await self._page.press(self, key)

    async def dispatch(self, event: str, fields: dict[str, Any] | None = None) -> Any:
        """Lets an event happen to it; of a hook, gives what the action returned."""
        return await self._page.dispatch(self, event, fields)


def _fits(text: str, wanted: Wanted) -> bool:
    plain = " ".join(text.split())
    if isinstance(wanted, str):
        return plain == " ".join(wanted.split())
    return wanted.search(plain) is not None


def _shown(wanted: Wanted) -> str:
    return repr(wanted) if isinstance(wanted, str) else f"like {wanted.pattern!r}"
