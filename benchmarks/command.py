"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

DOCUMENT: Final = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


class Asked(NamedTuple):
    """What was asked for.

    Arguments:
        names: of what is to be measured, in their own order.
        is_tiny: whether the figures shall mean nothing.
        into: the document that is written, if one is.
    """

    names: list[str]
    is_tiny: bool
    into: Path | None


def asked(module: str, purpose: str | None, known: Sequence[str], arguments: Sequence[str] | None) -> Asked:
    """What the command's arguments say; it ends the process where they say something else.

    Arguments:
        module: that `python -m` runs.
        purpose: what it does.
        known: the names of all that it can measure.
        arguments: those of the process, if none are given.
    """
    names = ", ".join(known)
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=purpose)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these ({names}); writes nothing")
    parser.add_argument("--tiny", action="store_true", help="counts so small that the figures mean nothing")
    parser.add_argument("--into", type=Path, metavar="FILE", help="where the tables are written")
    given = parser.parse_args(arguments)
    unknown = set(given.names) - set(known)
    if unknown:
        parser.error(f"there is no {unknown.pop()!r}; there are {names}")
    return Asked(
        [name for name in known if not given.names or name in given.names],
        given.tiny,
        given.into or (None if given.tiny or given.names else DOCUMENT),
    )
