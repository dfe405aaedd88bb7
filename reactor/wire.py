"""Children and changes in the form that travels (`docs/protocol.md`)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial
from hashlib import blake2b
from itertools import chain, repeat
from typing import Any, Final, TypeAlias

from .blocks import (
    CHILD,
    EVENT,
    Block,
    Definition,
    Edit,
    Feeding,
    Items,
    Keyed,
    Listener,
    Node,
    Raw,
    Rendered,
    Template,
    columns_of,
    sole_class,
)
from .codec import Known
from .diff import UNCHANGED, Append, Change, Splice, Update
from .needs import Needs
from .order import queued
from .policy import Nonce
from .protocol import APPEND, CHOICE, DATA, FEED, ITEMS, JOINED, KEYED, PROGRESS, RAW, SPLICE, UPDATE
from .symbols import LINE, Choice, Data, Joined, OfForm, Paused, Progress, Settled, Source, Symbol

Wire: TypeAlias = Any
"""nil, booleans, numbers, strings, binary, lists and dictionaries of these."""


_MANY: Final = 4
"""Items from which on it is worth while to look whether they are alike."""
_TEXTS: Final = frozenset({str, type(None)})
_PLAIN: Final = frozenset({str, type(None), bool})


class Numbering:
    """The numbers that templates have in one view."""

    __slots__ = ("_last", "_taken", "fresh", "numbers", "predictions", "sources")

    def __init__(self) -> None:
        self.numbers: dict[Template, int] = {}
        self.fresh: list[Template] = []
        """Those that the browser has not been told yet."""
        self.sources: dict[Source, int] = {}
        self._taken: set[int] = set()
        self.predictions: dict[Hashable, int] = {}
        """Those of handlers that are gone may be taken out; no number is given twice."""
        self._last = -1

    def number(self, template: Template) -> int:
        """The number of a template; a new one is noted as fresh."""
        number = self.numbers.get(template)
        if number is None:
            number = self.numbers[template] = len(self.numbers)
            self.fresh.append(template)
        return number

    def source(self, source: Source) -> Wire:
        """The number of the calls that a value depends on; `None` for those of the surrounding form.

        In a list: those with this number of the surrounding form. In a map: those of them that are paused.
        True: it depends on the line.
        """
        if source is LINE:
            return True
        if isinstance(source, Paused):
            return {"p": self.source(source.source)}
        if isinstance(source, OfForm):
            return [self._source(source.source)]
        return None if source is None else self._source(source)

    def _source(self, source: Source) -> int:
        number = self.sources.get(source)
        if number is None:
            # The same in every process: items of a feed stay when a page is made again.
            number = int.from_bytes(blake2b(repr(source).encode(), digest_size=3).digest(), "big")
            while number in self._taken:
                number += 1
            self.sources[source] = number
            self._taken.add(number)
        return number

    def prediction(self, key: Hashable) -> int:
        """The number of the prediction of a handler."""
        number = self.predictions.get(key)
        if number is None:
            self._last += 1
            number = self.predictions[key] = self._last
        return number

    def definitions(self) -> list[Wire]:
        """What the browser has not been told yet, as `[number, element, …]`; it counts as told now."""
        told: list[Wire] = []
        for template in self.fresh:
            told += (self.numbers[template], definition(template.definition))
        self.fresh.clear()
        return told


def definition(element: Definition) -> list[Wire]:
    """A template's element, as it travels.

    >>> definition(("li", (("class", 0), ("hidden", True)), ("Total: ", 1)))
    ['li', ['class', 0, 'hidden', True], 'Total: ', 1]
    """
    tag, attributes, children = element
    flat: list[Wire] = [part for pair in attributes for part in pair]
    return [tag, flat, *(definition(child) if isinstance(child, tuple) else child for child in children)]


class Encoder:
    """Encodes children and changes for one view.

    Arguments:
        numbering: the view's template numbers.
        digest: a keyed digest, for the marks of handlers with bound arguments.
        outline: whether to give the outline form, for a page whose HTML holds the texts.
        styles: with `outline`: whether the served HTML has its `style` attributes.
    """

    __slots__ = ("_digest", "_handlers", "_keys", "_numbering", "_outline", "_styles", "needs")

    def __init__(
        self,
        numbering: Numbering,
        digest: Callable[[bytes], bytes],
        *,
        outline: bool = False,
        styles: bool = True,
    ) -> None:
        self._numbering = numbering
        self._digest = digest
        self._outline = outline
        self._styles = styles
        self._keys: tuple[str | int, ...] = ()
        self._handlers: dict[tuple[str, Hashable], Wire] = {}
        self.needs: Needs | None = Needs() if outline else None
        """What of the browser's half a page needs."""

    def child(self, child: Rendered) -> Wire:
        """A child, as it travels."""
        kind = type(child)
        if kind is str:
            return _units(child) if self._outline else child  # type: ignore[arg-type]
        if kind is Block:
            return self._block(child)  # type: ignore[arg-type]
        if child is None:
            return None
        if kind is Items:
            return self._items(child)  # type: ignore[arg-type]
        if isinstance(child, Feeding) and child.content is None:
            return self._edit(child.edit or Edit())
        if isinstance(child, Node):
            return self.child(child.content)
        if isinstance(child, Raw):
            if self.needs:
                self.needs.raw()
            return [RAW] if self._outline else [RAW, child.html]
        if isinstance(child, Block):
            return self._block(child)
        if isinstance(child, Symbol):
            return self._symbol(child, shown=self._outline)
        raise TypeError(f"{child!r} is not mounted")

    def change(self, change: Change) -> Wire:
        """A change that is one, as it travels."""
        if isinstance(change, Update):
            return self._update(change)
        if isinstance(change, Splice):
            return self._splice(change)
        if isinstance(change, Append):
            return [APPEND, self.child(change.text)]
        if isinstance(change, Edit):
            return self._edit(change)
        if change is UNCHANGED:
            raise ValueError("nothing changed: there is nothing to send")
        return self.child(change)  # type: ignore[arg-type]

    def _block(self, block: Block) -> list[Wire]:
        template = block.template
        wire: list[Wire] = [self._numbering.number(template)]
        kinds = template.kinds
        for slot, value in enumerate(block.values):
            kind = kinds[slot]
            if kind is CHILD:
                wire.append(None if value is None else self.child(value))
            elif kind is EVENT:
                wire.append(self._event(template.names[slot], value))
            else:
                wire.append(self._attribute(template.names[slot], value))
        return wire

    def _items(self, items: Items) -> list[Wire]:
        if items.keys is None:
            rows = self._each([None] * len(items.values), items.values)
            return _like(rows, [ITEMS, *rows])
        # The head, and what stands in a layout, are lists of ours, whose items stay.
        if self.needs and self._keys:
            self.needs.lists()
        rows = self._each(items.keys, items.values)
        return _like(rows, [KEYED, list(items.keys), *rows])

    def _each(self, keys: Sequence[str | int | None], values: Sequence[Rendered]) -> list[Wire]:
        """Items of a list, whose keys are part of the addresses below them."""
        rows = self._rows(keys, values) if len(values) >= _MANY else None
        if rows is not None:
            return rows
        return [self._under(key, self.child, value) for key, value in zip(keys, values, strict=True)]

    def _rows(self, keys: Sequence[str | int | None], values: Sequence[Rendered]) -> Known | None:
        """Items column by column, if they are of one template and hold nothing but text."""
        table = columns_of(values)
        if table is None:
            return None
        template, columns = table
        kinds = [set(map(type, column)) for column in columns]
        if not all(kinds[slot] <= _TEXTS for slot in template.child_slots):
            return None
        written: list[Iterable[Wire]] = [repeat(self._numbering.number(template), len(values))]
        foreign: list[Wire] = []
        for name, kind, column, types in zip(template.names, template.kinds, columns, kinds, strict=True):
            if kind is CHILD:
                written.append([value and _units(value) for value in column] if self._outline else column)
            elif kind is EVENT:
                events = self._events(name, keys, column)
                foreign += events
                written.append(events if len(events) == len(values) else repeat(events[0], len(values)))
            elif types <= _PLAIN:
                is_told = not self._outline or (name == "style" and not self._styles)
                written.append(column if is_told else repeat(None, len(values)))
            else:
                attributes = [self._attribute(name, value) for value in column]
                written.append(attributes)
                foreign += attributes
        return Known(map(list, zip(*written, strict=True)), foreign)

    def _events(self, name: str, keys: Sequence[Any], column: Sequence[Any]) -> list[Wire]:
        """The handlers of many items for an event; only one, where that stands for them all."""
        kind = sole_class(column)
        if kind is not None and keys[0] is not None and kind.all_alike(column, keys):
            column = column[:1]
        return list(map(self._under, keys, repeat(partial(self._event, name)), column))

    def _attribute(self, name: str, value: Any) -> Wire:
        if isinstance(value, Symbol):
            return self._symbol(value)
        return None if self._outline and (self._styles or name != "style") else value

    def _event(self, event: str, value: object) -> Wire:
        if isinstance(value, dict):
            return {combination: self._listener(event, listener) for combination, listener in value.items()}
        return None if value is None else self._listener(event, value)  # type: ignore[arg-type]

    def _listener(self, event: str, listener: Listener) -> Wire:
        alike = listener.alike(self._keys)
        if alike is None:
            return self._handler(event, listener)
        known = self._handlers.get((event, alike))
        if known is None:
            known = self._handlers[event, alike] = self._handler(event, listener)
        return known

    def _handler(self, event: str, listener: Listener) -> Wire:
        mark = queued(listener.mark(self._keys, self._digest), listener.queue())
        options = listener.options(event)
        source = listener.source()
        if source is not None:
            options = {**(options or {}), "k": self._numbering.source(source)}
        prediction = self._predicted(listener, event)
        if prediction is not None:
            options = {**(options or {}), "a": prediction}
        if not options:
            return mark
        if self.needs:
            self.needs.options(options)
        return [mark, options]

    def _predicted(self, listener: Listener, event: str) -> int | None:
        """The number of the prediction of what a call will do."""
        key = listener.prediction(event)
        return None if key is None else self._numbering.prediction(key)

    def _update(self, update: Update) -> list[Wire]:
        wire: list[Wire] = [UPDATE]
        template = update.template
        for slot, change in update.changes:
            kind = template.kinds[slot]
            if kind is CHILD:
                wire += (slot, self.change(change))
            elif kind is EVENT:
                wire += (slot, self._event(template.names[slot], change))
            else:
                wire += (slot, self._symbol(change) if isinstance(change, Symbol) else change)
        return wire

    def _symbol(self, symbol: Symbol, *, shown: bool = False) -> Wire:
        """A value that the browser resolves; what stands in it is given whole.

        Arguments:
            symbol: the value.
            shown: whether to give the outline of what the served HTML shows for it, too.
        """
        if isinstance(symbol, Settled):
            return symbol.idle()
        if isinstance(symbol, Nonce):
            # Browsers hide it, so this is what stands there.
            return None if self._outline else ""
        if self.needs:
            self.needs.others()
        if isinstance(symbol, Data):
            return [DATA, self._numbering.source(symbol.source), symbol.name]
        if isinstance(symbol, Progress):
            return [PROGRESS, self._numbering.source(symbol.source)]
        outline, self._outline = self._outline, False
        if isinstance(symbol, Joined):
            wire: list[Wire] = [JOINED, *map(self._value, symbol.parts)]
        elif isinstance(symbol, Choice):
            source = self._numbering.source(symbol.source)
            wire = [CHOICE, source, self._value(symbol.yes), self._value(symbol.no)]
        else:
            raise TypeError(f"{symbol!r} cannot be sent")
        self._outline = outline
        if shown and isinstance(symbol, Choice):
            wire.append(self.child(symbol.no))
        return wire

    def _value(self, value: Any) -> Wire:
        return value if isinstance(value, bool) else self.child(value)

    def _splice(self, splice: Splice) -> list[Wire]:
        wire: list[Wire] = [
            SPLICE,
            list(chain.from_iterable(splice.removed)),
            list(chain.from_iterable(splice.moved)),
            [],
            [],
        ]
        if splice.inserted:
            indices, keys, children = zip(*splice.inserted, strict=True)
            rows = self._each(keys, children)
            wire[3] = _like(rows, chain.from_iterable(zip(indices, keys, rows, strict=True)))
        for index, key, change in splice.updated:
            wire[4] += (index, self._under(key, self.change, change))
        while len(wire) > 1 and not wire[-1]:
            wire.pop()
        return wire

    def _edit(self, edit: Edit) -> list[Wire]:
        wire: list[Wire] = [FEED, list(edit.removed)]
        wire += (self._flat(items) for items in (edit.first, edit.last, edit.updated))
        wire.append(edit.limit)
        while len(wire) > 1 and not wire[-1]:
            wire.pop()
        return wire

    def _flat(self, items: Sequence[Keyed]) -> list[Wire]:
        keys, values = [key for key, _ in items], [item for _, item in items]
        rows = self._each(keys, values)
        return _like(rows, chain.from_iterable(zip(keys, rows, strict=True)))

    def _under(self, key: str | int | None, encode: Callable[[Any], Wire], value: object) -> Wire:
        """Encodes an item of a list, whose key is part of the addresses below it."""
        if key is None:
            return encode(value)
        outer = self._keys
        self._keys = (*outer, key)
        wire = encode(value)
        self._keys = outer
        return wire


def _like(rows: list[Wire], values: Iterable[Wire]) -> list[Wire]:
    """Values that hold rows, of which as much is known as of these."""
    return Known(values, rows.foreign) if isinstance(rows, Known) else list(values)


def _units(text: str) -> int:
    """The length of a text in UTF-16 code units, as JavaScript counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
