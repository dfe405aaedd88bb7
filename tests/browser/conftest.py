from __future__ import annotations

from playwright.sync_api import expect

from tests.visitors import TIMEOUT_MILLISECONDS

expect.set_options(timeout=TIMEOUT_MILLISECONDS)
