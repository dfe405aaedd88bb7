"""Each example for those who come from Next.js does what it says; forms do it without JavaScript too."""

import pytest
from fastapi import FastAPI
from playwright.sync_api import Locator, Page, expect

from demos.examples.nextjs.page import GROUPS
from demos.examples.nextjs.safety import behind_proxies, with_secrets
from reactor.secret import fresh
from tests.servers import Server, Servers
from tests.visitors import Problems, Visitors, settled

both = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


def opened(page: Page, demos: Server) -> Page:
    page.goto(f"{demos.url}/examples/nextjs")
    return page


def example(page: Page, title: str) -> Locator:
    """The part of the page that shows one example."""
    return page.get_by_role("region", name=title, exact=True).locator(".try")


def press(place: Locator, name: str) -> None:
    place.get_by_role("button", name=name, exact=True).click()


def test_nextjs_page_has_its_sections_in_order(demos: Server, page: Page) -> None:
    opened(page, demos)
    groups = [title for title, _ in GROUPS]
    titles = [section.title for _, sections in GROUPS for section in sections()]
    expect(page.get_by_role("heading", level=2)).to_have_text(groups)
    expect(page.get_by_role("heading", level=3)).to_have_text(titles)
    links = page.get_by_role("navigation", name="Contents").get_by_role("link")
    expect(links).to_have_text(titles)
    links.last.click()
    expect(page.get_by_role("heading", level=3).last).to_be_in_viewport()


@both
def test_nextjs_where_an_action_is_defined(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    page = opened(new_visitor(javascript=javascript), demos)
    place = example(page, "In the page")
    place.get_by_label("Your name").fill("Ada")
    press(place, "Sign")
    expect(place.get_by_role("listitem")).to_have_text(["Ada"])

    place = example(page, "In a module")
    press(place, "Ring the bell")
    expect(place.locator("output")).to_have_text("Rung 1 times.")

    place = example(page, "Passed as a prop")
    place.get_by_label("Name of Milk").fill("Oat milk")
    place.get_by_role("listitem").nth(1).get_by_role("button").click()
    expect(place.get_by_label("Name of Oat milk")).to_have_value("Oat milk")
    expect(place.get_by_label("Name of Tea")).to_have_value("Tea")


@both
def test_nextjs_forms(demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool) -> None:
    problems.allow("response 422")
    page = opened(new_visitor(javascript=javascript), demos)
    place = example(page, "The entries of a form")
    place.get_by_label("Customer").fill("Ada")
    place.get_by_label("Amount").fill("much")
    press(place, "Create the invoice")
    expect(place.get_by_label("Amount")).to_have_accessible_description("Input should be a valid decimal")
    expect(place.get_by_label("Customer")).to_have_value("Ada")
    place.get_by_label("Amount").fill("12.50")
    place.get_by_label("Status").select_option("paid")
    press(place, "Create the invoice")
    expect(place.get_by_role("status")).to_have_text("Ada has paid 12.50.")

    place = example(page, "Many fields, one model")
    place.get_by_label("Name").fill("Grace")
    place.get_by_label("Breakfast").check()
    place.get_by_label("Boat").check()
    press(place, "Book")
    expect(place.locator("output")).to_have_text(
        "Trip(name='Grace', leaving=datetime.date(2027, 5, 1), nights=2, breakfast=True, extras=['boat'])"
    )

    place = example(page, "Additional arguments")
    assert "user_id" not in (place.locator("form").first.inner_html())
    place.get_by_label("User 8").fill("Emmy")
    place.get_by_role("button").nth(1).click()
    expect(place.get_by_role("status")).to_have_text("User 8 is Emmy now.")
    expect(place.get_by_label("User 7")).to_have_value("Ada")

    place = example(page, "Two actions in one form")
    place.get_by_label("Post").fill("one")
    press(place, "Save as a draft")
    expect(place.get_by_role("listitem")).to_have_text(["one (draft)"])
    place.get_by_label("Post").fill("two")
    place.get_by_label("Post").press("Enter")
    expect(place.get_by_role("listitem")).to_have_text(["one (draft)", "two (published)"])


def test_nextjs_form_is_sent_by_shortcuts(demos: Server, page: Page) -> None:
    place = example(opened(page, demos), "Sent by a shortcut")
    field = place.get_by_label("Entry")
    keys = ("Control+Enter", "Meta+Enter", "Control+s")
    for key in keys:
        field.fill(key)
        field.press(key)
        expect(place.get_by_role("listitem").last).to_have_text(key)
        expect(field).to_have_value("")
    expect(place.get_by_role("listitem")).to_have_text(keys)


@both
def test_nextjs_validation(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422")
    page = opened(new_visitor(javascript=javascript), demos)
    place = example(page, "Validation on both sides")
    email = place.get_by_label("E-mail")
    email.fill("nobody")  # the browser knows that this is none, and sends nothing
    press(place, "Create the user")
    expect(email).to_be_focused()
    expect(place.locator(".error")).to_have_count(0)
    email.fill("ada@example")  # a browser takes this, the annotation does not
    press(place, "Create the user")
    expect(email).to_have_accessible_description("This is no e-mail address.")
    email.fill("ada@example.org")
    press(place, "Create the user")
    expect(email).to_have_accessible_description("ada@example.org has an account already.")
    email.fill("emmy@example.org")
    press(place, "Create the user")
    expect(place.get_by_role("status")).to_have_text("emmy@example.org can sign in now.")

    place = example(page, "Errors and results")
    place.get_by_label("Name").fill("nobody")
    press(place, "Sign up")
    expect(place.get_by_role("alert")).to_have_text("The service did not accept this name. Try another one.")
    place.get_by_label("Name").fill("Ada")
    place.get_by_role("button").click()
    if javascript:
        expect(place.get_by_role("button")).to_have_text("Signing up…")
    expect(place.get_by_role("status")).to_have_text("Welcome, Ada!")
    expect(place.get_by_role("alert")).to_have_count(0)

    place = example(page, "A redirect on success")
    place.get_by_label("Who joins").fill("Ada")
    press(place, "Join")
    expect(page).to_have_url(f"{demos.url}/examples/nextjs/dashboard")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


@both
def test_nextjs_while_it_is_under_way(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422")
    page = opened(new_visitor(javascript=javascript), demos)
    place = example(page, "A pending button")
    place.get_by_label("Who subscribes").fill("Ada")
    press(place, "Subscribe")
    if javascript:
        expect(place.get_by_role("button")).to_have_text(["One moment…", "Leave"])
        expect(place.get_by_role("button").first).to_be_disabled()
    expect(place.get_by_role("status")).to_have_text("Ada gets the newsletter.")
    expect(place.get_by_role("button")).to_have_text(["Subscribe", "Leave"])

    place = example(page, "Optimistic")
    place.get_by_label("Message").fill("Hello")
    press(place, "Send")
    if javascript:
        expect(place.locator("li.faded")).to_have_text("Hello")
    expect(place.locator("li:not(.faded)")).to_have_text(["Is anybody here?", "Hello"])
    place.get_by_label("Message").fill("I fail")
    press(place, "Send")
    expect(place.locator(".error")).to_have_text("This one was refused.")
    expect(place.get_by_role("listitem")).to_have_text(["Is anybody here?", "Hello"])
    expect(place.get_by_label("Message")).to_have_value("I fail")


def test_nextjs_without_a_form(demos: Server, page: Page) -> None:
    opened(page, demos)
    place = example(page, "Likes")
    for _ in range(3):
        press(place, "Like")
    expect(place.locator("output")).to_have_text("44")

    place = example(page, "A draft while you type")
    place.get_by_label("Content").press_sequentially("A few words")
    expect(place.get_by_role("status").first).to_have_text("Saved 11 characters.")
    opened(page, demos)
    expect(place.get_by_label("Content")).to_have_value("A few words")
    press(place, "Publish")
    expect(place.locator("output")).to_have_text("A few words")
    expect(place.get_by_label("Content")).to_have_value("")

    # This is the second time that the page is loaded.
    expect(example(page, "A view counter").locator("output")).to_have_text("2")

    place = example(page, "Other triggers")
    page.keyboard.press("Control+k")
    expect(place.locator("output")).to_have_text("8 titles, close together")
    page.keyboard.press("Control+k")
    expect(place.locator("output")).to_have_text("8 titles")
    place.get_by_text("Title 8", exact=True).scroll_into_view_if_needed()
    expect(place.locator("output")).to_have_text("16 titles")
    settled(page)


@both
def test_nextjs_what_fails(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response (422|503)")
    page = opened(new_visitor(javascript=javascript), demos)
    place = example(page, "An error that is thrown")
    place.get_by_label("Task").fill("I fail")
    press(place, "Add")
    expect(place.get_by_role("alert")).to_contain_text("The task could not be saved.")
    expect(example(page, "An error that is expected").get_by_role("button")).to_be_visible()
    press(place, "Try again")
    place.get_by_label("Task").fill("Read")
    press(place, "Add")
    expect(place.get_by_role("listitem")).to_have_text(["Write", "Read"])

    place = example(page, "An error that is expected")
    field = place.get_by_label("Another task")
    field.fill("I fail")
    press(place, "Add")
    expect(field).to_have_accessible_description("The task could not be saved. It is still in the field.")
    expect(field).to_have_value("I fail")
    field.fill("Rest")
    press(place, "Add")
    expect(place.get_by_role("status")).to_have_text("“Rest” was saved.")


@both
def test_nextjs_fresh_data(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    page = opened(new_visitor(javascript=javascript), demos)
    place = example(page, "Revalidate a tag")
    expect(place.locator("output")).to_have_text("Asked for: posts 1×, authors 1×")
    place.get_by_label("Title").fill("Second")
    press(place, "Publish")
    expect(place.get_by_role("listitem")).to_have_text(["First", "Second"])
    expect(place.locator("output")).to_have_text("Asked for: posts 2×, authors 1×")

    place = example(page, "Revalidate a path")
    expect(place.locator("output")).to_have_text("Asked for 1 times.")
    place.get_by_label("Note").fill("Coffee")
    press(place, "Add")
    expect(place.get_by_role("listitem")).to_have_text(["Tea", "Coffee"])
    expect(place.locator("output")).to_have_text("Asked for 2 times.")
    expect(example(page, "Revalidate a tag").locator("output")).to_have_text(
        "Asked for: posts 3×, authors 2×"
    )

    place = example(page, "Cookies")
    place.get_by_label("Your first name").fill("Zoë")
    press(place, "Remember")
    expect(place.locator("output")).to_have_text("Hello Zoë.")
    opened(page, demos)
    expect(place.locator("output")).to_have_text("Hello Zoë.")
    press(place, "Forget")
    expect(place.locator("output")).to_have_text("Nobody is known here.")

    place = example(page, "Redirect after revalidation")
    place.get_by_label("Title of the post").fill("Third")
    press(place, "Publish and show")
    expect(page).to_have_url(f"{demos.url}/examples/nextjs/posts/3")
    expect(page.get_by_role("heading", level=1)).to_have_text("Third")
    page.get_by_role("link", name="Back").click()
    expect(example(page, "Revalidate a tag").get_by_role("listitem")).to_have_text(
        ["First", "Second", "Third"]
    )


@both
def test_nextjs_safety(demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool) -> None:
    demos.expect_traceback()  # that of a value that must not be shown
    problems.allow("response (401|403|422|500)")
    page = opened(new_visitor(javascript=javascript), demos)
    place = example(page, "Who may do what")
    press(place, "Take Compass")
    expect(page.get_by_text("Sign in first.", exact=True)).to_be_visible()
    opened(page, demos)
    press(place, "I am Grace")
    expect(place.locator("output")).to_have_text("Grace is signed in.")
    press(place, "Take Compass")
    expect(page.get_by_text("This belongs to somebody else.", exact=True)).to_be_visible()
    opened(page, demos)
    press(place, "Take Lamp")
    expect(place.get_by_role("listitem")).to_have_text(["Compass, of AdaTake"])
    place.get_by_label("Thing").fill("Map")
    press(place, "Put")
    expect(place.get_by_role("listitem")).to_have_text(["Compass, of AdaTake", "Map, of GraceTake"])
    press(place, "Sign out")
    expect(place.locator("output")).to_have_text("Nobody is signed in.")

    place = example(page, "Closures")
    press(place, "Publish")
    expect(place.locator("output")).to_have_text("version 1")
    other = page.context.new_page()
    press(example(opened(other, demos), "Closures"), "Edit elsewhere")
    expect(example(other, "Closures")).to_contain_text("You see version 2.")
    press(place, "Publish")
    expect(place.get_by_role("alert")).to_have_text("The version has changed since you pressed publish.")
    expect(place.locator("output")).to_have_text("version 1")
    press(place, "Publish")
    expect(place.locator("output")).to_have_text("version 2")

    place = example(page, "Taint")
    press(place, "Show everything")
    expect(place.get_by_role("alert")).to_contain_text("This was not shown.")
    assert "argon2id" not in place.inner_text()


def test_nextjs_settings_are_accepted() -> None:
    with_secrets(FastAPI(), fresh(), fresh())
    behind_proxies(FastAPI())
