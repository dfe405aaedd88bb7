"""Signing up: what is wrong is told next to the fields, what was typed stays, with JavaScript and without."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.servers import Server, Servers
from tests.visitors import Problems, Visitors, settled

both = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


@pytest.fixture(autouse=True)
def refusals(problems: Problems) -> None:
    problems.allow("response 422 POST .*/signup")


def fill(page: Page, email: str, name: str, age: str, password: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Age").fill(age)
    page.get_by_label("Password").fill(password)


def sign_up(page: Page) -> None:
    page.get_by_role("button", name="Sign up").click()


def has_no_errors(page: Page) -> None:
    expect(page.locator("[aria-invalid], .error, [role=alert]")).to_have_count(0)


@both
def test_signup_tells_what_is_wrong_next_to_each_field(
    demos: Server, new_visitor: Visitors, javascript: bool
) -> None:
    page = new_visitor(javascript=javascript)
    page.goto(f"{demos.url}/signup")
    fill(page, "ada", " ", "12", "short")
    sign_up(page)
    for label, sentence in {
        "Email": "Write an address such as ada@example.org.",
        "Name": "Tell us what to call you.",
        "Age": "Write your age as a number; members are 18 or older.",
        "Password": "Take at least 8 characters.",
    }.items():
        expect(page.get_by_label(label)).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_label(label)).to_have_accessible_description(sentence)
    expect(page.get_by_role("alert")).to_contain_text("4 things need another look")
    expect(page.get_by_role("status")).to_be_empty()


@both
def test_signup_keeps_what_was_typed(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    page = new_visitor(javascript=javascript)
    page.goto(f"{demos.url}/signup")
    fill(page, "ada@example.org", "Ada", "old", "a long password")
    sign_up(page)
    expect(page.locator("[aria-invalid]")).to_have_count(1)
    expect(page.get_by_label("Age")).to_have_value("old")
    expect(page.get_by_label("Email")).to_have_value("ada@example.org")
    expect(page.get_by_label("Name")).to_have_value("Ada")
    # A password is never sent back.
    expect(page.get_by_label("Password")).to_have_value("a long password" if javascript else "")


@both
def test_signup_ends_with_a_welcome_and_an_empty_form(
    demos: Server, new_visitor: Visitors, javascript: bool
) -> None:
    page = new_visitor(javascript=javascript)
    page.goto(f"{demos.url}/signup")
    fill(page, f"grace-{javascript}@example.org", "Grace", "x", "a long password")
    sign_up(page)
    expect(page.get_by_label("Age")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Age").fill("36")
    page.get_by_label("Password").fill("a long password")
    sign_up(page)
    expect(page.get_by_role("status")).to_have_text("Welcome, Grace! Your account is ready.")
    has_no_errors(page)
    for label in "Email", "Name", "Age", "Password":
        expect(page.get_by_label(label)).to_have_value("")


@both
def test_signup_refuses_an_address_that_is_taken(
    demos: Server, new_visitor: Visitors, javascript: bool
) -> None:
    page = new_visitor(javascript=javascript)
    page.goto(f"{demos.url}/signup")
    fill(page, f"alan-{javascript}@example.org", "Alan", "41", "a long password")
    sign_up(page)
    expect(page.get_by_role("status")).to_contain_text("Welcome")
    fill(page, f" ALAN-{javascript}@Example.org", "Another", "42", "a long password")
    sign_up(page)
    expect(page.get_by_label("Email")).to_have_accessible_description("This address has an account already.")
    expect(page.locator("[aria-invalid]")).to_have_count(1)
    expect(page.get_by_label("Name")).to_have_value("Another")
    expect(page.get_by_role("status")).to_be_empty()


def test_signup_leads_to_the_first_field_that_is_wrong(demos: Server, page: Page) -> None:
    page.goto(f"{demos.url}/signup")
    fill(page, "ada@example.org", "", "", "a long password")
    sign_up(page)
    expect(page.get_by_label("Name")).to_be_focused()
    page.get_by_role("alert").get_by_role("link", name="Age").click()
    expect(page.get_by_label("Age")).to_be_focused()


def test_signup_by_enter(demos: Server, page: Page) -> None:
    page.goto(f"{demos.url}/signup")
    fill(page, "enter@example.org", "Edsger", "72", "a long password")
    page.get_by_label("Age").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Welcome, Edsger!")


def test_signup_shows_that_it_is_under_way(demos: Server, page: Page) -> None:
    held: list[Route] = []
    page.goto(f"{demos.url}/signup")
    page.route("**/signup", lambda route: held.append(route))
    fill(page, "slow@example.org", "Barbara", "50", "a long password")
    sign_up(page)
    button = page.get_by_role("button", name="Signing up…")
    expect(page.locator("form[aria-busy=true]")).to_have_count(1)
    button.click()  # not sent again
    assert len(held) == 1
    held[0].continue_()
    expect(page.get_by_role("status")).to_contain_text("Welcome, Barbara!")
    expect(page.get_by_role("button", name="Sign up")).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    settled(page)
    assert len(held) == 1
