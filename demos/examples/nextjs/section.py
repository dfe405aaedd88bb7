"""One of these examples: its title, a sentence or two, what it does, and the source that does it."""

from dataclasses import dataclass
from typing import Any

from reactor import Child

from ..frame import example, identifier


@dataclass(frozen=True)
class Section:
    """One example.

    Arguments:
        title: what it is about.
        text: what to see, and what to try.
        content: what runs; of a component its class belongs to the source.
        sources: other classes and functions that belong to it.
    """

    title: str
    text: str
    content: Child
    sources: tuple[Any, ...] = ()

    @property
    def address(self) -> str:
        """Where it stands on its page."""
        return f"#{identifier(self.title)}"

    def shown(self) -> Child:
        """The example beside its source."""
        return example(self.title, self.text, self.content, *self.sources, level=3)
