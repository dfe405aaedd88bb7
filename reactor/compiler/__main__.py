"""`python -m reactor.compiler demos.chat …`: what is compiled in these modules, and why something is not."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType

from .sources import Note, read


def main() -> int:
    """Prints each element expression of some modules with what it was made to.

    Returns:
        1, when a module has no source that can be read.
    """
    parser = argparse.ArgumentParser(prog="python -m reactor.compiler", description=__doc__)
    parser.add_argument("modules", nargs="+", metavar="module", help="a module of the application")
    parser.add_argument("--left", action="store_true", help="only what was not compiled")
    given = parser.parse_args()
    sys.path.insert(0, "")
    status = 0
    for name in given.modules:
        module = importlib.import_module(name)
        source = read(module.__file__ or "", module.__dict__)
        if source is None:
            print(f"{name}: there is no source that can be read")
            status = 1
            continue
        print("\n".join(_lines(module, source.notes, left=given.left)))
    return status


def _lines(module: ModuleType, notes: list[Note], *, left: bool) -> Iterator[str]:
    count = sum(note.compiled is not None for note in notes)
    yield f"{module.__name__}: {count} of {len(notes)} expressions are compiled"
    for note in sorted(notes, key=lambda note: note.line):
        if note.compiled is None:
            yield f"  {module.__file__}:{note.line}  {note.function}  stays as it is: {note.why}"
        elif not left:
            slots = len(note.compiled.template.kinds)
            yield f"  {module.__file__}:{note.line}  {note.function}  {_shown(note)}  ({slots} values)"


def _shown(note: Note) -> str:
    text = " ".join(note.source.split())
    return text if len(text) <= 70 else f"{text[:69]}…"


if __name__ == "__main__":
    sys.exit(main())
