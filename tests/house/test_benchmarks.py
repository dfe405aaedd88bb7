"""The benchmarks run, and compare what is equal. How long anything takes is no matter here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import TINY, main, parts
from benchmarks.report import BEGIN, END
from tests.servers import ROOT


def test_benchmarks_write_their_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"# Before\n\n{BEGIN}\nthe table before\n{END}\n\nAfter\n")
    main(["--tiny", "--into", str(document), *(name for name in parts(TINY) if name != "browser")])
    written = document.read_text()
    assert written.startswith("# Before\n")
    assert written.endswith("\n\nAfter\n")
    assert "the table before" not in written
    for heading in ("Targets", "Rendering", "Marks", "Clicks", "Workers", "Bytes", "Memory", "Live"):
        assert f"\n## {heading}\n" in written
    assert "## Memory" in capsys.readouterr().out


@pytest.mark.browser
def test_benchmarks_show_the_same_table_in_the_browser_as_pages_by_hand(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"{BEGIN}\n{END}\n")
    # In a process of its own: this one may have a browser already.
    command = [sys.executable, "-m", "benchmarks", "--tiny", "browser", "--into", str(document)]
    subprocess.run(command, cwd=ROOT, check=True)
    assert "| clear 2,000 rows |" in document.read_text()


def test_benchmarks_document_has_a_place_for_the_tables() -> None:
    document = (ROOT / "docs" / "performance.md").read_text()
    assert document.index(BEGIN) < document.index(END)
