"""What the documents say holds: their links lead somewhere, their examples run, the versions agree."""

from __future__ import annotations

import doctest
import json
import re
import sys
import textwrap
import types
from dataclasses import dataclass
from pathlib import Path

import pytest

import reactor
from reactor.secret import fresh
from tests.servers import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("demos/**/*.md")])

FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```\s*$", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6} +(?P<text>.+?) *#*$", re.M)


@dataclass(frozen=True)
class Example:
    """A block of a document: its language, what else its first line says, its text, and where it begins."""

    language: str
    words: tuple[str, ...]
    text: str
    line: int


def examples(document: str) -> list[Example]:
    """The fenced blocks of a document, in order."""
    found = []
    for match in FENCE.finditer(document):
        language, *words = match["info"].split() or [""]
        line = document[: match.start("text")].count("\n")
        found.append(Example(language, tuple(words), textwrap.dedent(match["text"]), line))
    return found


def anchors(document: str) -> set[str]:
    """The names by which the headings of a document can be linked to."""
    found: set[str] = set()
    for heading in HEADING.finditer(FENCE.sub("", document)):
        words = re.sub(r"[`*]", "", LINK.sub(lambda link: link[0][1:].split("]")[0], heading["text"]))
        name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found.add(name if name not in found else f"{name}-1")
    return found


def broken_links(path: Path) -> list[str]:
    """The links of a document that lead to no file, or to no heading of one. Web addresses are not tried."""
    broken = []
    for match in LINK.finditer(FENCE.sub("", path.read_text())):
        target, _, anchor = match["target"].partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (path.parent / target).resolve() if target else path
        inside = file.suffix == ".md" and file.exists()
        if not file.exists() or (anchor and inside and anchor not in anchors(file.read_text())):
            broken.append(match["target"])
    return broken


def run(path: Path) -> int:
    """Run the examples of a document that are meant to be run, one after the other in one namespace.

    Those are blocks of `pycon`, whose outputs are compared, and blocks whose first line is "python run".

    Returns:
        how many there were.
    """
    # A module like any other: annotations are looked up in it.
    module = sys.modules[f"example_{path.stem}"] = types.ModuleType(f"example_{path.stem}")
    names: dict[str, object] = vars(module)
    count = 0
    for example in examples(path.read_text()):
        where = f"{path.relative_to(ROOT)}"
        if example.language == "pycon":
            test = doctest.DocTestParser().get_doctest(example.text, names, where, str(path), example.line)
            report: list[str] = []
            flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            doctest.DocTestRunner(optionflags=flags).run(test, out=report.append, clear_globs=False)
            assert not report, "".join(report)
            names.update(test.globs)
        elif example.language == "python" and "run" in example.words:
            # Empty lines in front, so that a traceback names the line of the document.
            exec(compile("\n" * example.line + example.text, str(path), "exec"), names)
        else:
            continue
        count += 1
    return count


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_links_lead_somewhere(path: Path) -> None:
    assert broken_links(path) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_examples_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # where a development secret would be kept
    monkeypatch.setenv("REACTOR_SECRET", fresh())
    monkeypatch.chdir(tmp_path)
    run(path)


def test_documents_version_is_the_same_everywhere() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    newest = re.search(r"^## (\S+)", changelog, re.M)
    client = json.loads((ROOT / "client_js" / "package.json").read_text())
    assert newest is not None
    assert (newest[1], client["version"]) == (reactor.__version__, reactor.__version__)


def test_documents_checks_see_what_is_wrong(tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    document.write_text(
        "# One `name`\n\n[here](#one-name) [gone](#two) [file](document.md#one-name) [no](missing.md) [web](https://x.y)\n"
        "\n```python\nnot python\n```\n\n```python run\nvalue = 1\n```\n\n```pycon\n>>> value\n2\n```\n"
    )
    assert broken_links(document) == ["#two", "missing.md"]
    assert [(example.language, example.words) for example in examples(document.read_text())] == [
        ("python", ()),
        ("python", ("run",)),
        ("pycon", ()),
    ]
