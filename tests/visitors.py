"""Browser windows for tests, watched: what goes wrong in one, unseen, fails the test.

The fixtures `page`, `page_without_javascript`, `new_visitor` and `problems` stand on this.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Response,
    WebError,
    sync_playwright,
)

TIMEOUT_MILLISECONDS = 10_000
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def browser_executable(chromium: BrowserType) -> str:
    """The path of the Chromium to be used: $CHROMIUM, Playwright's own if it was downloaded, the system's.

    Raises:
        RuntimeError: there is none; the message says how to get one.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    if Path(chromium.executable_path).exists():
        return chromium.executable_path
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    raise RuntimeError(
        "no Chromium for the browser tests: run 'apt-get install chromium' or 'playwright install chromium', "
        "or set CHROMIUM to the path of one. To leave these tests out: pytest -m 'not browser'"
    )


def headless_executable(chromium: BrowserType) -> str | None:
    """The path of the Chromium that tests use. Without windows to draw it needs a third of the time.

    Returns:
        $CHROMIUM, Debian's `chromium-headless-shell`, the browser where there is no such; `None`: the shell
        that Playwright has downloaded beside its own browser.

    Raises:
        RuntimeError: there is none; the message says how to get one.
    """
    if not os.environ.get("CHROMIUM"):
        if Path(chromium.executable_path).exists():
            return None
        shell = shutil.which("chromium-headless-shell")
        if shell:
            return shell
    return browser_executable(chromium)


class Chromium:
    """The browser of a test process, usable only inside `with chromium.awake() as browser`.

    Between its calls Playwright's synchronous interface leaves its event loop marked as the running one of
    the thread, and no asynchronous test could run in the same process. So the mark is taken away while no
    test uses the browser.
    """

    def __init__(self) -> None:
        """Start Chromium.

        Raises:
            RuntimeError: there is none on this machine; the message says how to get one.
        """
        self._playwright = sync_playwright().start()
        self._loop = asyncio._get_running_loop()
        try:
            self._browser = self._playwright.chromium.launch(
                executable_path=headless_executable(self._playwright.chromium), args=FLAGS
            )
        except BaseException:
            self._playwright.stop()
            raise
        asyncio._set_running_loop(None)

    @contextlib.contextmanager
    def awake(self) -> Iterator[Browser]:
        asyncio._set_running_loop(self._loop)
        try:
            yield self._browser
        finally:
            asyncio._set_running_loop(None)

    def close(self) -> None:
        with self.awake() as browser:
            browser.close()
            self._playwright.stop()


class Problems:
    """What went wrong in the windows of a test: the value of the fixture `problems`.

    Each is a line of one of these forms:

        console error: TEXT
        page error: NAME: TEXT                an exception that nobody caught
        response 409 POST http://…            any status from 400
        request failed: net::ERR_… GET http://…
    """

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._allowed: list[re.Pattern[str]] = []

    def allow(self, pattern: str) -> None:
        """Say that problems in which this regular expression is found belong to the test."""
        self._allowed.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        return [line for line in self.seen if not any(allowed.search(line) for allowed in self._allowed)]

    def watch(self, context: BrowserContext) -> None:
        """Take note of everything that goes wrong in the windows of this context."""
        context.on("console", self._console)
        context.on("weberror", self._web_error)
        context.on("response", self._response)
        context.on("requestfailed", self._request_failed)

    def leave(self, context: BrowserContext) -> None:
        """Stop watching: what is cut off by closing the window is no problem."""
        context.remove_listener("console", self._console)
        context.remove_listener("weberror", self._web_error)
        context.remove_listener("response", self._response)
        context.remove_listener("requestfailed", self._request_failed)

    def _console(self, message: ConsoleMessage) -> None:
        # "Failed to load resource" repeats what the events of the request say.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.seen.append(f"console error: {message.text}")

    def _web_error(self, error: WebError) -> None:
        self.seen.append(f"page error: {error.error.name}: {error.error.message}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and not response.url.endswith("/favicon.ico"):
            self.seen.append(f"response {response.status} {response.request.method} {response.url}")

    def _request_failed(self, request: Request) -> None:
        # Whoever goes on before a stylesheet has come leaves it behind.
        if request.resource_type in ("stylesheet", "image", "font", "script") and "ERR_ABORTED" in (
            request.failure or ""
        ):
            return
        # Without JavaScript a browser takes no scripts, not even ahead.
        if request.resource_type == "script" and request.failure == "csp":
            return
        self.seen.append(f"request failed: {request.failure} {request.method} {request.url}")


class Visitors:
    """Opens windows, each with cookies of its own: the value of the fixture `new_visitor`.

    A second tab of the same visitor is `page.context.new_page()`.
    """

    def __init__(self, browser: Browser, problems: Problems) -> None:
        self._browser = browser
        self._problems = problems
        self._contexts: list[BrowserContext] = []

    def __call__(self, *, javascript: bool = True, dark: bool = False) -> Page:
        """Open a window that has been nowhere yet.

        Args:
            javascript: whether scripts run.
            dark: whether the person prefers dark colours.
        """
        context = self._browser.new_context(
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            locale="en-GB",
            timezone_id="UTC",
            reduced_motion="reduce",
        )
        context.set_default_timeout(TIMEOUT_MILLISECONDS)
        self._problems.watch(context)
        self._contexts.append(context)
        return context.new_page()

    def close(self) -> None:
        for context in self._contexts:
            for page in context.pages:
                # A round trip: what the page has said until now has then been heard.
                with contextlib.suppress(Error):
                    page.evaluate("0")
            self._problems.leave(context)
            context.close()


def settled(page: Page) -> None:
    """Wait until the page's script has started and no call is on its way.

    It looks at the marks that the client sets on `<html>`, by a selector: under the strict
    Content-Security-Policy a function that polls cannot run in the page.
    """
    page.locator("html[data-reactor-adopted]:not([data-reactor])").wait_for(state="attached")


if __name__ == "__main__":
    with sync_playwright() as _playwright:
        try:
            print(browser_executable(_playwright.chromium))
        except RuntimeError as error:
            raise SystemExit(str(error)) from None
