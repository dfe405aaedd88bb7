"""What is wrong is told next to its field, what was typed stays, and nothing half done is kept."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Server, Servers
from tests.visitors import Problems, settled

SIGN_UP = """
    from typing import Annotated
    from fastapi import FastAPI
    from pydantic import Field
    from reactor import Component, Reactor, action, state, html as h
    from reactor.errors import Invalid

    app = FastAPI()
    ui = Reactor(app)

    class SignUp(Component):
        created: list[str] = state(factory=list)
        street: str = state("")

        @action
        async def create(self, email: Annotated[str, Field(min_length=5)], age: Annotated[int, Field(ge=18)]):
            self.created.append(email)
            if email == "taken@example.org":
                raise Invalid(email="This address has an account already")
            if age > 120:
                raise Invalid("Nobody is that old")

        @action
        async def move(self, name: str):
            if name != "Ada":
                raise Invalid({"address.street": "Only Ada can move"})
            self.street = "moved"

        @action
        async def silent(self, number: int):
            pass

        def render(self):
            create, move = self.create, self.move
            return h.main[
                h.form(action=create)[
                    h.label["Email ", h.input(create.field("email"))], create.error("email"),
                    h.label["Age ", h.input(create.field("age"))], create.error("age"),
                    create.error(),
                    h.button["Create"],
                ],
                h.form(action=move)[
                    h.label["Name ", h.input(move.field("name"))],
                    h.label["Street ", h.input(move.field("address.street"))], move.error("address.street"),
                    h.button["Move"],
                ],
                h.form(action=self.silent)[
                    h.label["Number ", h.input(name="number")], h.button["Silent"],
                ],
                h.output[", ".join(self.created), self.street],
            ]

    @ui.page("/", title="Sign up")
    async def sign_up():
        return SignUp()
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(SIGN_UP)


@pytest.fixture
def _refusals(problems: Problems) -> None:
    problems.allow("response 422 POST")


def opened(page: Page, server: Server) -> Page:
    page.goto(server.url)
    settled(page)
    return page


def fill(page: Page, **values: str) -> None:
    for label, value in values.items():
        page.get_by_label(label).fill(value)


@pytest.mark.usefixtures("_refusals")
@pytest.mark.parametrize("javascript", [True, False])
def test_errors_stand_next_to_their_fields_and_what_was_typed_stays(
    server: Server, page: Page, page_without_javascript: Page, javascript: bool
) -> None:
    if not javascript:
        page = page_without_javascript
        page.goto(server.url)
    else:
        opened(page, server)
    email, age = page.get_by_label("Email"), page.get_by_label("Age")
    fill(page, Email="ada@example.org", Age="12")
    page.get_by_role("button", name="Create").click()
    expect(age).to_have_attribute("aria-invalid", "true")
    described = age.get_attribute("aria-describedby")
    expect(page.locator(f"[id='{described}']")).to_have_text("Input should be greater than or equal to 18")
    assert email.get_attribute("aria-invalid") is None
    expect(email).to_have_value("ada@example.org")
    expect(age).to_have_value("12")
    if javascript:
        expect(age).to_be_focused()
        expect(page.locator(".reactor-notice")).to_have_count(0)

    age.fill("36")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("output")).to_have_text("ada@example.org")
    expect(page.locator(".error")).to_have_count(0)
    expect(page.locator("[aria-invalid], [aria-describedby]")).to_have_count(0)
    expect(email).to_have_value("")
    expect(age).to_have_value("")


@pytest.mark.usefixtures("_refusals")
@pytest.mark.parametrize("javascript", [True, False])
def test_what_an_action_refuses_is_not_kept(
    server: Server, page: Page, page_without_javascript: Page, javascript: bool
) -> None:
    if not javascript:
        page = page_without_javascript
        page.goto(server.url)
    else:
        opened(page, server)
    fill(page, Email="taken@example.org", Age="36")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".error")).to_have_text("This address has an account already")
    expect(page.locator("output")).to_have_text("")
    if javascript:
        expect(page.get_by_label("Email")).to_be_focused()
    expect(page.get_by_label("Age")).to_have_value("36")

    fill(page, Email="eve@example.org", Age="121")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".error")).to_have_text("Nobody is that old")
    expect(page.get_by_role("alert")).to_have_text("Nobody is that old")
    expect(page.locator("[aria-invalid]")).to_have_count(0)
    expect(page.locator("output")).to_have_text("")

    fill(page, Age="20")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("output")).to_have_text("eve@example.org")
    expect(page.locator(".error")).to_have_count(0)


@pytest.mark.usefixtures("_refusals")
def test_first_wrong_field_has_the_focus(server: Server, page: Page) -> None:
    opened(page, server)
    fill(page, Email="x", Age="y")
    page.get_by_label("Age").press("Enter")
    expect(page.locator(".error")).to_have_count(2)
    expect(page.get_by_label("Email")).to_be_focused()


@pytest.mark.usefixtures("_refusals")
def test_wrong_field_with_a_dotted_name_has_the_focus(server: Server, page: Page) -> None:
    opened(page, server)
    fill(page, Name="Eve", Street="x")
    page.get_by_role("button", name="Move").click()
    street = page.get_by_label("Street")
    expect(street).to_be_focused()
    expect(street).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".error")).to_have_text("Only Ada can move")
    fill(page, Name="Ada")
    page.get_by_role("button", name="Move").click()
    expect(page.locator("output")).to_have_text("moved")


@pytest.mark.usefixtures("_refusals")
def test_an_error_that_the_page_does_not_show_is_told_in_a_notice(server: Server, page: Page) -> None:
    opened(page, server)
    fill(page, Number="seven")
    page.get_by_role("button", name="Silent").click()
    expect(page.locator(".reactor-notice")).to_contain_text("number: Input should be a valid integer")
    expect(page.get_by_label("Number")).to_be_focused()
    expect(page.get_by_label("Number")).to_have_value("seven")
