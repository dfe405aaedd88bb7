"""The benchmarks run, and compare what is equal. How long anything takes is no matter here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.report import BEGIN, END
from tests.servers import ROOT


def test_benchmarks_write_their_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"# Before\n\n{BEGIN}\nthe table before\n{END}\n\nAfter\n")
    main(["--tiny", "--into", str(document)])
    written = document.read_text()
    assert written.startswith("# Before\n")
    assert written.endswith("\n\nAfter\n")
    assert "the table before" not in written
    for heading in ("Rendering", "Marks", "Clicks", "Workers", "Bytes", "Memory", "Live"):
        assert f"\n## {heading}\n" in written
    assert "## Memory" in capsys.readouterr().out


def test_benchmarks_document_has_a_place_for_the_tables() -> None:
    document = (ROOT / "docs" / "performance.md").read_text()
    assert document.index(BEGIN) < document.index(END)
