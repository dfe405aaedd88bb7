"""Calls as a hostile browser makes them, for the tests of this folder."""

from __future__ import annotations

import os
from typing import Any

import httpx

from reactor.codec import pack, unpack
from reactor.testing import TestPage


def message(page: TestPage, button: str = "Count", **changes: Any) -> dict[str, Any]:
    """What the page's script would send for a click, with some keys changed."""
    assert page.view is not None
    element = page.get_by_role("button", name=button).element
    return {
        "p": 1,
        "i": page.view.id,
        "v": page.view.version,
        "c": os.urandom(16),
        "a": element.address("click"),
        "h": element.handler("click").mark,
        "s": page.view.sealed,
        **changes,
    }


async def post(page: TestPage, button: str = "Count", **changes: Any) -> httpx.Response:
    """Makes that call."""
    return await page.client.post_call(page.url, pack(message(page, button, **changes)))


def error_of(response: httpx.Response) -> tuple[int, str]:
    """The status and code of an answer that tells of an error."""
    answer: Any = unpack(response.content, limit=10_000_000, depth=500)
    return response.status_code, answer.get("e", {}).get("c", "")
