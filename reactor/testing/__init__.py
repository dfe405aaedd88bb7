"""Tests of pages without a browser, over the real wire.

    from reactor.testing import TestClient

    async def test_counter_counts() -> None:
        async with TestClient(app) as client:
            page = await client.get("/counter")
            await page.click("Count")
            assert page.get_by_role("status").text == "1"

A `TestPage` finds elements as a person does (by role, label, text), clicks, types and sends forms; each act
makes the calls that the script in a browser would make, and the answers are applied to the tree that the
page shows. With `client.get(…, javascript=False)` the same tests run as in a browser without JavaScript.
"""

from .calls import Answer, WireError
from .clients import TestClient
from .files import File
from .pages import ServerFailed, TestPage
from .queries import Locator, NotFound

__all__ = ["Answer", "File", "Locator", "NotFound", "ServerFailed", "TestClient", "TestPage", "WireError"]
