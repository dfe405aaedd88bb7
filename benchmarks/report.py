"""The tables, and their place in `docs/performance.md`."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from .targets import Target

BEGIN = "<!-- measured: written by `make bench` -->"
END = "<!-- /measured -->"

PACKAGES = (
    *("fastapi", "starlette", "uvicorn", "uvloop", "httptools", "pydantic", "msgpack", "cryptography"),
    *("jinja2", "htpy", "markupsafe"),
)


@dataclass
class Section:
    """A heading, what is to be known, a table (its first row is the head), what it says, and its targets."""

    title: str
    text: str
    rows: list[Sequence[str]]
    notes: list[str] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def markdown(self) -> str:
        head, *body = self.rows
        lines = [head, ["---", *["---:"] * (len(head) - 1)], *body]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return "\n\n".join([f"## {self.title}", self.text, table, *self.notes])


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


def ratio(number: float, base: float) -> str:
    """How many times the base, or what part of it."""
    return f"{number / base:.2f}" if base else "–"


def whole(number: float) -> str:
    return f"{number:,.0f}"


def machine() -> str:
    """What it ran on, and with which versions."""
    processor = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        named = re.search(r"^model name\s*:\s*(.+)$", information.read_text(), re.M)
        processor = named[1] if named else processor
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {processor}, {len(os.sched_getaffinity(0))} of its "
        f"processors, {platform.system()} {platform.release()}, {platform.python_implementation()} "
        f"{platform.python_version()}; {versions}."
    )


def write(sections: Sequence[Section], path: Path) -> None:
    """Puts the tables between the two comments of a document; the text around them stays.

    Raises:
        ValueError: the document does not have these comments.
    """
    place("\n\n".join([machine(), *(section.markdown() for section in sections)]), path, BEGIN, END)


def place(text: str, path: Path, begin: str, end: str) -> None:
    """Puts text between two comments of a document; what stands around them stays.

    Raises:
        ValueError: the document does not have these comments.
    """
    document = path.read_text("utf-8")
    before, found, rest = document.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{path} needs the lines {begin} and {end}; the tables go between them")
    path.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")
