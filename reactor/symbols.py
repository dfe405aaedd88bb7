"""Values that only the browser knows: whether a call is under way, and what was sent with it.

They stand in slots like any other value, and travel as data; the browser resolves them whenever a call
begins or ends. On the server, and without JavaScript, nothing is under way.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Final, NoReturn, Protocol, TypeAlias

from .errors import build_error

Source: TypeAlias = Hashable
"""Whose calls are meant: those of an action of a component; `None`: those of the surrounding form."""


LINE: Final = ("line",)
"""Stands for the calls of a source where what is meant is whether the line to the server is up."""


class Symbol:
    """A value that the browser resolves."""

    __slots__ = ()

    def idle(self) -> Any:
        """The value while nothing is under way."""
        raise NotImplementedError

    def __bool__(self) -> NoReturn:
        raise build_error(
            "whether a call is under way is known in the browser only, so `if`, `and`, `or` and `not` cannot "
            "look at it; put it into an attribute, a class, or write pending.then(yes, no)"
        )

    def __str__(self) -> NoReturn:
        raise build_error(
            f"{self!r} is known in the browser only, so it cannot become part of a text here; "
            "put it into a slot of its own"
        )


class Settled(Symbol):
    """A text that is known only when it is sent; the browser gets it as it is then."""

    __slots__ = ()


@dataclass(frozen=True)
class Pending(Symbol):
    """Whether a call is under way: `self.send.pending`, or `form.pending` for the surrounding form."""

    source: Source

    def then(self, yes: Any, no: Any = None) -> Choice:
        """A value for while a call is under way, and another for the rest of the time.

        Arguments:
            yes: an attribute's value or a child.
            no: the same; nothing by default.
        """
        return Choice(self.source, yes, no)

    def data(self, name: str) -> Data:
        """What is being sent in a field of the form; nothing while nothing is."""
        return Data(self.source, name)

    @property
    def progress(self) -> Progress:
        """How much of the files was sent, in per cent; nothing while none are."""
        return Progress(self.source)

    def idle(self) -> Any:
        """Nothing."""
        return None


@dataclass(frozen=True)
class Choice(Symbol):
    """One value while a call is under way, another one else."""

    source: Source
    yes: Any
    no: Any

    def idle(self) -> Any:
        """The second value."""
        return self.no.idle() if isinstance(self.no, Symbol) else self.no


connection: Final = Pending(LINE)
"""Whether the line is up over which comes what the server says unasked: `connection.then("Live", "…")`.

It is down before the page has started, without JavaScript, and on a page that needs none.
"""


@dataclass(frozen=True)
class Data(Symbol):
    """A field of the call that is under way."""

    source: Source
    name: str

    def idle(self) -> Any:
        """Nothing."""
        return None


@dataclass(frozen=True)
class Progress(Symbol):
    """How much of the files of the call that is under way was sent: a whole number from 0 to 100."""

    source: Source

    def idle(self) -> Any:
        """Nothing."""
        return None


@dataclass(frozen=True)
class OfForm:
    """The calls of one action, as far as they send the form that an element stands in.

    Arguments:
        source: the action's calls.
    """

    source: Source


@dataclass(frozen=True)
class Paused:
    """Calls, as far as the upload of their files is paused.

    Arguments:
        source: which calls.
    """

    source: Source


@dataclass(frozen=True)
class Joined(Symbol):
    """Texts with a space between them, some of which the browser resolves: a class."""

    parts: tuple[Any, ...]

    def idle(self) -> Any:
        """The texts that are known."""
        shown = (part.idle() if isinstance(part, Symbol) else part for part in self.parts)
        return " ".join(part for part in shown if part) or None


class _Action(Protocol):
    @property
    def pending(self) -> Pending: ...


class FormStatus:
    """The status of the form that an element stands in, whichever action it has."""

    __slots__ = ()

    @property
    def pending(self) -> Pending:
        """Whether the form is being sent."""
        return Pending(None)

    def data(self, name: str) -> Data:
        """What is being sent in a field of the form; nothing while nothing is."""
        return Data(None, name)

    @property
    def progress(self) -> Progress:
        """How much of the form's files was sent, in per cent; nothing while none are."""
        return Progress(None)

    @property
    def paused(self) -> Pending:
        """Whether the upload of the form's files is paused (`effects.pause`)."""
        return Pending(Paused(None))

    @property
    def method(self) -> Choice:
        """`post` while the form is being sent; nothing else."""
        return self.pending.then("post")

    def action(self, action: _Action) -> Pending:
        """Whether the form is being sent to this action: to show which of its buttons was pressed.

        Arguments:
            action: one of the form's: `form.action(self.draft).then("Keeping…", "Keep as a draft")`.
        """
        return Pending(OfForm(action.pending.source))


form = FormStatus()
