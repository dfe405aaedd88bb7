from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.visitors import TIMEOUT_MILLISECONDS, Visitors

expect.set_options(timeout=TIMEOUT_MILLISECONDS)


@pytest.fixture
def another(new_visitor: Visitors) -> Page:
    """Another visitor's window."""
    return new_visitor()
