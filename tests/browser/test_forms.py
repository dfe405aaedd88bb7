"""Forms with the script: what is sent is what a browser would send, checked by the action's annotations."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.windows import is_same_page, opened
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

FORMS = """
    from typing import Annotated
    from fastapi import FastAPI
    from pydantic import BaseModel, Field
    from reactor import Component, Reactor, action, redirect, state, html as h

    app = FastAPI()
    ui = Reactor(app)

    class Base(Component):
        said: str = state("")

        @action
        async def say(self, what: str): self.said = what

    class Kinds(Base):
        @action
        async def send(
            self, name: str, size: str, colours: list[str], gift: bool = False, tags: list[str] = [],
            note: str = "", go: str = "", secret: str = "", late: str = "",
        ):
            self.said = repr([name, size, colours, gift, tags, note, go, secret, late])

        def render(self):
            return h.main[
                h.output[self.said],
                h.form(id="form", action=self.send)[
                    h.input(name="name", aria_label="Name"),
                    h.label[h.input(type="radio", name="size", value="s", checked=True), "Small"],
                    h.label[h.input(type="radio", name="size", value="l"), "Large"],
                    h.select(name="colours", aria_label="Colours", multiple=True)[
                        (h.option(value=each)[each] for each in ("red", "green", "blue"))
                    ],
                    h.label[h.input(type="checkbox", name="gift"), "Gift"],
                    h.label[h.input(type="checkbox", name="tags", value="new"), "New"],
                    h.label[h.input(type="checkbox", name="tags", value="used"), "Used"],
                    h.textarea(name="note", aria_label="Note"),
                    h.input(type="hidden", name="secret", value="hidden"),
                    h.input(name="late", value="disabled", disabled=True),
                    h.button(name="go", value="first")["First"],
                    h.button(name="go", value="second")["Second"],
                    h.button(type="button", on_click=self.say.bind("no submit"))["Not a submit"],
                ],
                h.button(form="form", name="go", value="outside")["Outside"],
            ]

    class Actions(Base):
        @action
        async def save(self, title: str): self.said = f"saved {title}"
        @action
        async def publish(self, title: str): self.said = f"published {title}"
        @action
        async def remove(self, number: int, title: str): self.said = f"removed {number} {title}"

        def render(self):
            return h.main[
                h.output[self.said],
                h.form(action=self.save)[
                    h.input(name="title", aria_label="Title", required=True),
                    h.button["Save"],
                    h.button(form_action=self.publish)["Publish"],
                    h.button(form_action=self.remove.bind(7), formnovalidate=True)["Remove"],
                ],
                h.form(method="get", action="/elsewhere")[
                    h.input(name="q", aria_label="Search"), h.button["Find"],
                ],
            ]

    class SignUp(BaseModel):
        name: Annotated[str, Field(min_length=3)]
        age: int
        wants_mail: bool = False

    class Model(Base):
        @action
        async def sign_up(self, data: SignUp): self.said = repr(data)

        def render(self):
            return h.main[
                h.output[self.said],
                h.form(action=self.sign_up)[
                    h.input(name="name", aria_label="Name"), h.input(name="age", aria_label="Age"),
                    h.label[h.input(type="checkbox", name="wants_mail"), "Mail"], h.button["Sign up"],
                ],
            ]

    class Clobbering(Base):
        # Names that hide a form's own properties and methods.
        NAMES = (
            "action method attributes parentNode childNodes firstChild nextSibling id nodeName tagName "
            "elements submit reset children insertBefore getAttribute setAttribute ownerDocument "
            "namespaceURI isConnected matches closest __proto__"
        ).split()
        more: bool = state(False)

        @action
        async def send(self, attributes: str, nodeName: str):
            self.said, self.more = f"{attributes} {nodeName}", not self.more

        def render(self):
            more = self.more
            return h.main[
                h.output[self.said],
                h.form(action=self.send, class_={"more": more}, title="more" if more else None)[
                    h.p["first"] if more else None,
                    (h.input(name=each, key=each, aria_label=f"Field {each}") for each in self.NAMES),
                    h.p["last"] if more else None,
                    h.button["Send"],
                ],
            ]

    class Leaving(Base):
        @action
        async def leave(self, to: str): return redirect(f"/elsewhere?q={to}")

        def render(self):
            return h.form(action=self.leave)[h.input(name="to", aria_label="To"), h.button["Leave"]]

    PAGES = {"kinds": Kinds, "actions": Actions, "model": Model, "clobbering": Clobbering, "leaving": Leaving}

    @ui.page("/elsewhere", title="Elsewhere")
    async def elsewhere(q: str = ""):
        return h.h1["Elsewhere ", q]

    @ui.page("/{name}", title="Forms")
    async def page(name: str):
        return PAGES[name]() if name in PAGES else None
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(FORMS)


def test_each_kind_of_control_is_sent_as_a_browser_would(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/kinds")
    page.get_by_label("Name").fill("Ünïcode & <b>")
    page.get_by_label("Large").check()
    page.get_by_label("Colours").select_option(["red", "blue"])
    page.get_by_label("Gift").check()
    page.get_by_label("New").check()
    page.get_by_label("Used").check()
    page.get_by_label("Note").fill("two\nlines")
    page.get_by_role("button", name="Second").click()
    chosen = ["l", ["red", "blue"], True, ["new", "used"]]
    sent = ["Ünïcode & <b>", *chosen, "two\nlines", "second", "hidden", ""]
    said = page.get_by_role("status")
    expect(said).to_have_text(repr(sent))
    # And the form is as it was.
    expect(page.get_by_label("Small")).to_be_checked()
    expect(page.get_by_label("Colours")).to_have_values([])
    page.get_by_role("button", name="Outside").click()
    expect(said).to_have_text(repr(["", "s", [], False, [], "", "outside", "hidden", ""]))
    page.get_by_role("button", name="Not a submit").click()
    expect(said).to_have_text("no submit")
    assert is_same_page(page)


def test_enter_presses_the_first_button(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/kinds")
    page.get_by_label("Name").fill("me")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("'first'")


def test_button_with_an_action_of_its_own_wins_over_its_form(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/actions")
    for button, said in [("Save", "saved x"), ("Publish", "published x"), ("Remove", "removed 7 x")]:
        page.get_by_label("Title").fill("x")
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("status")).to_have_text(said)
        settled(page)


def test_browser_checks_required_fields_first(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/actions")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.method))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Title")).to_be_focused()
    assert posts == []
    page.get_by_role("button", name="Remove").click()  # without validation
    expect(page.get_by_role("status")).to_have_text("removed 7")


def test_form_without_an_action_is_the_browsers_own(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/actions")
    page.get_by_label("Search").fill("shoes")
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_url(f"{server.url}/elsewhere?q=shoes")


def test_fields_arrive_as_a_model(server: Server, page: Page, problems: Problems) -> None:
    problems.allow("response 422 POST")
    opened(page, f"{server.url}/model")
    page.get_by_label("Name").fill("Al")
    page.get_by_label("Age").fill("x")
    page.get_by_label("Mail").check()
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator(".reactor-notice")).to_be_visible()
    expect(page.locator("output")).to_have_text("")
    expect(page.get_by_label("Age")).to_have_value("x")
    page.get_by_label("Name").fill("Alice")
    page.get_by_label("Age").fill("42")
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator("output")).to_have_text("SignUp(name='Alice', age=42, wants_mail=True)")


def test_names_that_hide_a_forms_own_properties_do_no_harm(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/clobbering")
    for turn in range(3):
        # Roles and labels are out of reach: Playwright itself trips over such a form.
        for name, text in (("attributes", f"a{turn}"), ("nodeName", f"n{turn}")):
            page.evaluate("name => document.querySelector(`[name=${name}]`).focus()", name)
            page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(page.locator("output")).to_have_text(f"a{turn} n{turn}")
        settled(page)
        more = turn % 2 == 0
        shown = page.evaluate(
            """() => {
                const form = document.querySelector("form");
                return [document.querySelectorAll("form > p").length, form.className, form.title,
                        document.querySelector("[name=attributes]").value];
            }"""
        )
        assert shown == ([2, "more", "more", ""] if more else [0, "", "", ""])
    assert is_same_page(page)
    assert page.locator(".reactor-notice").count() == 0


def test_form_may_lead_elsewhere(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/leaving")
    page.get_by_label("To").fill("there")
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading")).to_have_text("Elsewhere there")
    assert page.url == f"{server.url}/elsewhere?q=there"
