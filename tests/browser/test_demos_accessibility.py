"""Every demo for everybody: axe-core finds nothing serious in either theme; nothing is cut off at 360 px."""

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.servers import Server, Servers
from tests.visitors import Problems, settled

AXE = Path(__file__).parents[2] / "client_js/node_modules/axe-core/axe.min.js"

PAGES = [
    "/",
    "/source/counter",
    "/counter",
    "/ledger",
    "/todomvc",
    "/blog",
    "/blog/login",
    "/blog/posts/a-part-may-fail",
    "/blog/posts/a-part-may-fail/edit",
    "/benchmark",
    "/signup",
    "/upload",
    "/feed",
    "/stream",
    "/dashboard",
    "/chat",
    "/examples",
    "/examples/forms",
    "/examples/validation",
    "/examples/pending",
    "/examples/feeds",
    "/examples/uploads",
    "/examples/events",
    "/examples/data",
    "/examples/cookies",
    "/examples/effects",
    "/examples/lifecycle",
    "/examples/hooks",
    "/examples/streaming",
    "/examples/live",
    "/examples/nextjs",
    "/7guis",
    "/7guis/counter",
    "/7guis/temperature",
    "/7guis/flight",
    "/7guis/timer",
    "/7guis/crud",
    "/7guis/circles",
    "/7guis/cells",
]


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


def serious_findings(page: Page) -> list[str]:
    """What axe-core calls serious or critical, as `rule: selector`."""
    if not AXE.exists():
        pytest.fail(f"{AXE} is missing: run 'npm ci' in client_js")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {node['target'][0]} {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def log_in(page: Page) -> None:
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("lovelace")
    page.get_by_role("button", name="Log in").click()


def fill(page: Page, path: str) -> None:
    """Bring what the page can show into view."""
    if path == "/todomvc":
        for title in "one", "two":
            page.locator(".new-todo").fill(title)
            page.locator(".new-todo").press("Enter")
            expect(page.locator(".todo-list li label").last).to_have_text(title)
        page.locator(".toggle").first.check()
        expect(page.locator(".clear-completed")).to_be_visible()
    elif path == "/blog/posts/a-part-may-fail":
        page.get_by_role("navigation", name="Blog").get_by_role("link", name="Log in").click()
        log_in(page)
        page.get_by_label("Your comment").fill("So it is.")
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".said li:not([aria-busy])")).to_have_count(1)
    elif path == "/blog/posts/a-part-may-fail/edit":
        log_in(page)
        page.get_by_label("Text").press_sequentially("It is so. ")
        expect(page.get_by_text("Your draft is saved")).to_be_visible()
    elif path == "/benchmark":
        page.locator("#run").click()
        page.locator("tbody a").first.click()
        expect(page.locator("tr.danger")).to_have_count(1)
    elif path == "/signup":
        page.get_by_role("button", name="Sign up").click()
        expect(page.locator("[aria-invalid=true]")).to_have_count(4)
    elif path == "/upload":
        cat: FilePayload = {"name": "cat.png", "mimeType": "image/png", "buffer": b"cat"}
        page.get_by_label("File").set_input_files(cat)
        page.get_by_role("button", name="Upload").click()
        expect(page.locator("output code")).to_be_visible()
    elif path == "/stream":
        page.get_by_label("Prompt").fill("Why?")
        page.get_by_label("Prompt").press("Enter")
        expect(page.locator(".answer pre")).to_be_visible()
        page.get_by_role("button", name="Stop").click()
    elif path == "/dashboard":
        expect(page.get_by_role("status")).to_have_text("Live")
        page.get_by_role("button", name="Pause").click()
    elif path == "/chat":
        page.locator(".who summary").click()
        page.get_by_label("Message", exact=True).fill("Hello")
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".own .bubble").last).to_have_text("Hello")
    elif path == "/examples/validation":
        page.get_by_role("button", name="Buy").click()
        expect(page.locator("[aria-invalid=true]")).to_have_count(2)
    elif path == "/examples/events":
        page.get_by_role("button", name="Links").click()
        expect(page.get_by_role("link", name="All demos")).to_be_visible()
    elif path == "/7guis/temperature":
        page.get_by_label("Celsius").fill("warm")
        expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    elif path == "/7guis/flight":
        page.get_by_role("combobox").select_option("return flight")
        expect(page.get_by_label("Return date")).to_be_enabled()
        page.get_by_role("button", name="Book").click()
        expect(page.locator(".outcome")).to_contain_text("booked")
        page.get_by_label("Return date").fill("never")
        expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    elif path == "/7guis/crud":
        page.get_by_role("listbox").select_option("Tisch, Roman")
        expect(page.get_by_role("button", name="Delete")).to_be_enabled()
    elif path == "/7guis/circles":
        page.get_by_label("Canvas").click(position={"x": 60, "y": 60})
        page.get_by_label("Canvas").locator("circle").click(button="right")
        page.get_by_role("menuitem").wait_for()
    elif path == "/7guis/cells":
        page.get_by_role("button", name="Fill in an example").click()
        page.get_by_role("cell", name="D2", exact=True).dblclick()
        page.get_by_role("textbox").wait_for()
    settled(page)


@pytest.mark.parametrize("path", PAGES)
def test_demo_is_accessible_in_both_themes_and_on_a_narrow_screen(
    demos: Server, page: Page, problems: Problems, path: str
) -> None:
    problems.allow("response 422")  # some of them are filled in wrong, to see that
    problems.allow("net::ERR_ABORTED POST .*/stream")  # what is written there is stopped
    page.goto(f"{demos.url}{path}")
    fill(page, path)
    assert serious_findings(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark")
    assert serious_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_error_page_is_accessible(demos: Server, page: Page, problems: Problems) -> None:
    problems.allow("response 404")
    page.goto(f"{demos.url}/blog/posts/nothing")
    assert serious_findings(page) == []
    page.emulate_media(color_scheme="dark")
    assert serious_findings(page) == []


def test_adjusting_a_circle_is_accessible(demos: Server, page: Page) -> None:
    page.goto(f"{demos.url}/7guis/circles")
    fill(page, "/7guis/circles")
    page.get_by_role("menuitem").click()
    page.get_by_role("dialog").wait_for()
    settled(page)
    assert serious_findings(page) == []


def test_first_tab_leads_past_the_header(demos: Server, page: Page) -> None:
    page.goto(f"{demos.url}/counter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("main").locator(":focus")).to_have_count(1)
