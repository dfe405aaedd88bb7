"""What the tests of this folder do with a window, in words of their own."""

from __future__ import annotations

from typing import Any, Final

from playwright.sync_api import Page

from tests.visitors import settled

NOT_LOADED: Final = "console error: TypeError: Failed to fetch dynamically imported module"
"""What a browser says of a part of the client that it could not load."""


def opened(page: Page, url: str) -> Page:
    """The window, with this page in it, when its script has started and the parts for later are there."""
    begun(page, url)
    page.evaluate(
        "Promise.all([...document.querySelectorAll('[rel=modulepreload]')].map(link => import(link.href)))"
    )
    return page


def begun(page: Page, url: str) -> Page:
    """The window, with this page in it, when its script has started. It leaves a mark to know it again."""
    response = page.goto(url)
    assert response is not None
    assert response.ok, response.status
    settled(page)
    assert page.locator("html").get_attribute("data-reactor-adopted") == "true"
    page.evaluate("window.isSamePage = true")
    return page


def is_same_page(page: Page) -> bool:
    """Whether the page was not loaded again since `begun`."""
    return bool(page.evaluate("window.isSamePage === true"))


def press(page: Page, name: str) -> None:
    """Click a button without moving the focus to it, and wait for the answer."""
    begin(page, name)
    settled(page)


def begin(page: Page, name: str) -> None:
    """Click a button without moving the focus to it."""
    page.get_by_role("button", name=name, exact=True).evaluate("button => button.click()")


def watch_changes(page: Page, selector: str = "body") -> None:
    """Begin to note what is done to the DOM below an element.

    The marks of an element whose call is under way are left out: they are gone when it has its answer.
    """
    page.locator(selector).evaluate(
        """element => {
            window.changes = [];
            const isOurs = record => !/^(aria-busy|data-pending)$/.test(record.attributeName);
            new MutationObserver(records => window.changes.push(...records.filter(isOurs).map(record => ({
                type: record.type,
                name: record.attributeName,
                added: record.addedNodes.length,
                removed: record.removedNodes.length,
                target: record.target.nodeName.toLowerCase(),
            })))).observe(element, {subtree: true, childList: true, attributes: true, characterData: true});
        }"""
    )


def changes(page: Page) -> list[dict[str, Any]]:
    """What was done since `watch_changes`."""
    found: list[dict[str, Any]] = page.evaluate("window.changes")
    return found
