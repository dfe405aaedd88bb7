"""The page for those who come from Next.js goes along with the examples; what it shows can be rendered."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Any

import pytest

from demos.examples.nextjs.page import GROUPS
from reactor import Component
from reactor import html as h
from reactor.secret import fresh
from reactor.testing import TestClient
from tests.house.test_documents import FENCE, run
from tests.servers import ROOT

DOCUMENT = ROOT / "docs" / "from-nextjs.md"


def headings(level: int) -> list[str]:
    text = FENCE.sub("", DOCUMENT.read_text())
    return re.findall(rf"^{'#' * level} (.+)$", text, re.M)


def test_from_nextjs_has_the_examples_in_their_order() -> None:
    assert headings(3) == [section.title for _, sections in GROUPS for section in sections()]
    groups = [title for title, _ in GROUPS]
    assert [title for title in headings(2) if title in groups] == groups


def test_from_nextjs_says_what_is_better_and_what_is_not() -> None:
    for section in FENCE.sub("", DOCUMENT.read_text()).split("\n### ")[1:]:
        assert "**Better" in section
        assert "**Worse:**" in section or "**Missing:**" in section


def test_from_nextjs_components_can_be_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REACTOR_SECRET", fresh())
    run(DOCUMENT)
    names: dict[str, Any] = vars(sys.modules["example_from-nextjs"])
    props = {"ItemForm": {"name": "Tea", "on_rename": names["rename"].bind(1)}, "Item": {"id": 1}}
    props["SubmitButton"] = {"label": "Send"}
    made = [
        value(**props.get(name, {}))
        for name, value in names.items()
        if isinstance(value, type) and issubclass(value, Component) and value is not Component
    ]

    async def everything() -> h.Element:
        return h.main[made]

    async def look() -> None:
        async with TestClient(names["app"]) as client:
            for address in ("/all", "/guests", "/dashboard", "/items/1", "/publish"):
                assert (await client.get(address)).status == 200

    names["ui"].page("/all")(everything)
    asyncio.run(look())
