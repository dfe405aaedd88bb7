"""What `docs/security.md` says is held by tests, and each of them exists."""

from __future__ import annotations

import re

import pytest

from tests.servers import ROOT

NAMED = re.compile(r"`((?:tests|client_js/tests)/[\w/.]+)::([^`]+)`")
TESTS = sorted(set(NAMED.findall((ROOT / "docs" / "security.md").read_text())))


@pytest.mark.parametrize(("file", "name"), TESTS, ids=[name for _, name in TESTS])
def test_security_every_test_that_is_named_exists(file: str, name: str) -> None:
    text = (ROOT / file).read_text()
    if file.endswith(".ts"):
        assert f'test("{name}"' in text
    else:
        assert re.search(rf"^(?:async )?def {name}\(", text, re.M)


def test_security_every_row_names_a_test() -> None:
    table = (ROOT / "docs" / "security.md").read_text().partition("| kind |")[2]
    rows = [line for line in table.splitlines()[2:] if line.startswith("|")]
    assert len(rows) > 35
    for row in rows:
        assert NAMED.search(row), row
