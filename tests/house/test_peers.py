"""The tables that stand the peers side by side. The peers themselves are not run here."""

from __future__ import annotations

from benchmarks.peers.__main__ import BEGIN, END, tables
from benchmarks.peers.measuring import COUNT, OPERATIONS, Figures, Measured, Traffic
from benchmarks.peers.servers import Peer
from tests.servers import ROOT


def figures(milliseconds: float, down: int) -> Figures:
    one = Figures(painted=[10.0], answered=[20.0], starts=[500.0], load=Traffic(100, 2_000, 2_000))
    for operation in (COUNT, *OPERATIONS):
        one.clicks[operation] = [milliseconds]
        one.traffic[operation] = Traffic(100, down, down // 2)
    return one


def test_peers_are_said_to_be_better_where_they_are() -> None:
    measured = Measured({"reactor": figures(5.0, 300), "Other": figures(4.0, 400)}, rounds=1, browser="1.0")
    text = tables([Peer(name, "1.0", (), {}, ROOT) for name in measured.figures], measured)
    assert "| count one up | 5.0 | **4.0** |" in text
    assert "| count one up | 100 / 300 (150) | 100 / 400 (200) |" in text
    better = text.partition("## Where a peer is better")[2]
    assert better.strip().startswith("- **Other**. click to DOM: count one up (4.0 against 5.0), ")
    assert "bytes" not in better


def test_peers_have_their_place_in_the_document() -> None:
    document = (ROOT / "docs" / "performance.md").read_text()
    assert document.index(BEGIN) < document.index(END)
