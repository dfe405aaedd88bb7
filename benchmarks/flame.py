"""A flame graph of stacks: `python -m benchmarks.flame TITLE ROOT < stacks > graph.svg`.

The stacks are those that samplers write: one a line, frames from the outside in with a semicolon between two,
then how often it was seen.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Final

WIDTH: Final = 1200.0
ROW: Final = 15.0
LEAST: Final = 0.003
"""What is a smaller part of the whole is left out."""
LETTER: Final = 5.6
COLOURS: Final = {
    "reactor/": "#f0a04b",
    "fastapi/": "#8fc9b8",
    "starlette/": "#a9d6c8",
    "uvicorn/": "#b7c4e0",
}
REST: Final = "#d9d4cc"


@dataclass
class Frame:
    """A function in a stack, and how often it was seen there."""

    name: str
    count: int = 0
    inner: dict[str, Frame] = field(default_factory=dict)

    def add(self, names: list[str], count: int) -> None:
        frame = self
        frame.count += count
        for name in names:
            frame = frame.inner.setdefault(name, Frame(name))
            frame.count += count


def read(lines: Iterable[str], root: str) -> Frame:
    """The stacks as a tree, from the function of that name on; where it is missing nothing counts."""
    tree = Frame(root)
    for line in lines:
        stack, _, count = line.rpartition(" ")
        names = stack.split(";")
        begin = next((at for at, name in enumerate(names) if root in name), None)
        if begin is not None:
            tree.add(names[begin + 1 :], int(count))
    return tree


def boxes(frame: Frame, left: float, row: int, whole: int) -> Iterator[tuple[Frame, float, int]]:
    """Each frame with its left edge and its row."""
    yield frame, left, row
    for inner in sorted(frame.inner.values(), key=lambda each: each.name):
        if inner.count >= LEAST * whole:
            yield from boxes(inner, left, row + 1, whole)
        left += WIDTH * inner.count / whole


def draw(tree: Frame, title: str) -> str:
    """The SVG."""
    drawn = list(boxes(tree, 0.0, 0, tree.count))
    height = ROW * (2 + max(row for *_, row in drawn)) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" '
        f'font-family="sans-serif" font-size="10"><title>{escape(title)}</title>'
        '<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="4" y="12" font-size="12">{escape(title)}</text>'
    ]
    for frame, left, row in drawn:
        width, top = WIDTH * frame.count / tree.count, ROW * (row + 1) + 5
        colour = next((colour for start, colour in COLOURS.items() if start in frame.name), REST)
        told = f"{escape(frame.name)}: {100 * frame.count / tree.count:.1f} %"
        short = frame.name.partition(" (")[0][: int(width / LETTER)]
        label = f'<text x="{left + 2:.1f}" y="{top + 10.5:g}">{escape(short)}</text>' if short[2:] else ""
        parts.append(
            f'<g><title>{told}</title><rect x="{left:.1f}" y="{top:g}" width="{max(width - 0.5, 0.3):.1f}" '
            f'height="{ROW - 1:g}" fill="{colour}"/>{label}</g>'
        )
    return "\n".join((*parts, "</svg>\n"))


if __name__ == "__main__":
    sys.stdout.write(draw(read(sys.stdin, sys.argv[2]), sys.argv[1]))
