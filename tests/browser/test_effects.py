"""Effects, each in a real browser, under the strict Content-Security-Policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.windows import opened, press
from tests.servers import Server, Servers
from tests.visitors import Problems, Visitors, settled

EFFECTS = """
    from typing import Annotated
    from fastapi import FastAPI, Response
    from pydantic import Field
    from reactor import Component, Reactor, action, bind, effects, on, state, html as h

    app = FastAPI()
    ui = Reactor(app, stylesheets=["/style.css"])

    @app.get("/style.css")
    def style():
        css = '''
            .box, .turning { width: 100px; height: 40px; background: teal }
            .moving { transition: opacity 60s linear }
            .fade-enter, .fade-leave { opacity: 0 }
            .spin-enter { animation: turn 60s }
            .spin-leave { animation: turn 60s }
            .turning { animation: turn 1s infinite }
            @keyframes turn { from { rotate: 0deg } to { rotate: 90deg } }
            .high { height: 3000px }
        '''
        return Response(css, media_type="text/css")

    class Simple(Component):
        turn: int = state(0)

        @action
        async def next(self): self.turn += 1

        def render(self):
            button = lambda name, *what: h.button(on_click=list(what))[name]
            return h.main[
                h.output[self.turn],
                h.p(id="p", class_=["a", {"odd": self.turn % 2}], title=f"{self.turn}")["Text"],
                button("Add", effects.add_class("b c", to="#p")),
                button("Remove", effects.remove_class("a", to="#p")),
                button("Toggle", effects.toggle_class("a b", to="#p")),
                button("Set", effects.set_attribute("title", "mine", to="#p"),
                       effects.set_attribute("style", "color: red", to="#p")),
                button("Drop", effects.remove_attribute("title", to="#p")),
                button("Flip", effects.toggle_attribute("inert", to="#p")),
                button("Hide", effects.hide("#p")),
                button("Show", effects.show("#p")),
                button("Next", self.next),
            ]

    class Moving(Component):
        def render(self):
            return h.main[
                h.div(id="faded", class_="box moving"),
                h.div(id="spun", class_="box"),
                h.div(id="plain", class_="box"),
                h.div(id="turning", class_="turning"),
                h.button(on_click=effects.toggle("#faded", transition="fade"))["Fade"],
                h.button(on_click=effects.toggle("#spun", transition="spin"))["Spin"],
                h.button(on_click=effects.toggle("#plain", transition="none"))["Plain"],
                h.button(on_click=effects.toggle("#turning", transition="none"))["Turning"],
            ]

    class Opening(Component):
        turn: int = state(0)

        @action
        async def next(self): self.turn += 1

        def render(self):
            return h.main[
                h.button(on_click=effects.open("#modal"))["Modal"],
                h.button(on_click=effects.toggle_open("#beside", modal=False))["Beside"],
                h.button(on_click=effects.toggle_open("#popover"))["Popover"],
                h.button(on_click=effects.toggle_open("details"))["Details"],
                h.dialog(id="modal")[
                    h.p[f"Turn {self.turn}"],
                    h.button(on_click=self.next)["Next"],
                    h.input(aria_label="In the dialog"),
                    h.button(on_click=effects.close(effects.closest("dialog")))["Close"],
                ],
                h.dialog(id="beside")["Beside the page"],
                h.div(id="popover", popover="auto")["Popped up", h.button["In the popover"]],
                h.details[h.summary["More"], h.p["All of it"]],
            ]

    class Focus(Component):
        def render(self):
            return h.main[
                h.button(on_click=effects.focus("#second"))["Go to the second"],
                h.input(id="first", aria_label="First"),
                h.input(id="second", aria_label="Second", on_keydown={"Escape": effects.blur()}),
                h.input(id="third", aria_label="Third"),
                h.button(on_click=effects.scroll_into_view("#end"))["To the end"],
                h.button(on_click=effects.scroll_into_view("#end", smooth=True, block="start"))["Gently"],
                h.div(class_="high"), h.p(id="end")["The end"],
            ]

    class Fields(Component):
        text: str = state("old")
        agreed: bool = state(False)
        size: str = state("s")
        sent: list[str] = state(factory=list)

        @action
        async def send(self, name: str): self.sent.append(name)

        def render(self):
            return h.main[
                h.output[f"{self.text} {self.agreed} {self.size} {self.sent}"],
                h.input(id="text", aria_label="Text", bind=bind(self).text,
                        on_input=effects.add_class("typed")),
                h.input(id="agreed", type="checkbox", aria_label="Agreed", bind=bind(self).agreed),
                h.select(id="size", aria_label="Size", bind=bind(self).size)[h.option["s"], h.option["l"]],
                h.button(on_click=[effects.set_value("new", to="#text"),
                                   effects.set_value(True, to="#agreed"),
                                   effects.set_value("l", to="#size")])["Fill"],
                h.form(action=self.send)[
                    h.select(name="name", aria_label="Name", on_change=effects.submit())[
                        h.option["ada"], h.option["grace"]
                    ],
                ],
                h.form(id="resets", action=self.send)[h.input(name="reset", aria_label="Reset", value="was")],
                h.button(on_click=effects.reset("#resets"))["Reset it"],
                h.form(action="/found", on_submit=effects.dispatch("searched"))[
                    h.input(name="q", aria_label="Query")
                ],
            ]

    class Copying(Component):
        def render(self):
            return h.main[
                h.code(id="code")["a < b\\n  && c"],
                h.input(id="field", aria_label="Field", value="field"),
                h.button(on_click=effects.copy("text"))["Text"],
                h.button(on_click=effects.copy(from_="#code"))["Code"],
                h.button(on_click=effects.copy(from_="#field"))["What is typed"],
                h.button(on_click=effects.dispatch("note", {"of": [1, "two", None]}))["Dispatch"],
                h.p(id="own", on_click=effects.copy())["own text"],
            ]

    class Calls(Component):
        notes: list[str] = state(factory=list)

        @action
        async def add(self, note: Annotated[str, Field(min_length=2)]):
            if note == "boom":
                raise ValueError("on purpose")
            self.notes.append(note)
            effects.run(effects.focus("li:last-child"))

        @action
        async def remove(self, n: int):
            del self.notes[n]
            effects.run(effects.add_class("lost"), effects.focus("#note"))

        def render(self):
            return h.main[
                h.form(action=[effects.add_class("before"), self.add, effects.add_class("after")])[
                    h.input(self.add.field("note"), id="note", aria_label="Note"), self.add.error("note"),
                    h.button["Add"],
                ],
                h.ul[(
                    h.li(key=n, tabindex=-1)[note, h.button(on_click=self.remove.bind(n))[f"Remove {note}"]]
                    for n, note in enumerate(self.notes)
                )],
                h.button(
                    on_click=on([effects.add_class("asked"), self.add.bind("yes")], confirm="Sure?")
                )["Ask"],
                h.a(href="/found?q=link", on_click=effects.add_class("used"))["Followed"],
                h.a(href="/found", on_click=on(effects.add_class("used"), prevent=True))["Not followed"],
                h.button(on_click=effects.add_class("met", to="main ["))["Broken"],
            ]

    for name, page in {"simple": Simple, "moving": Moving, "opening": Opening, "focus": Focus,
                       "fields": Fields, "copying": Copying, "calls": Calls}.items():
        def make(page=page):
            async def show():
                return page()
            return show
        ui.page(f"/{name}", title=name)(make())

    @ui.page("/found", title="Found")
    async def found(q: str = ""):
        return h.p[f"Found {q}"]
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(EFFECTS)


def calls_of(page: Page) -> list[str]:
    """The calls that the page makes from now on."""
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url) if request.method == "POST" else None)
    return calls


def class_of(locator: Locator) -> str:
    return locator.get_attribute("class") or ""


def test_effects_on_classes_and_attributes_make_no_call(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/simple")
    calls = calls_of(page)
    text = page.locator("#p")
    press(page, "Add")
    assert class_of(text) == "a b c"
    press(page, "Remove")
    assert class_of(text) == "b c"
    press(page, "Toggle")
    assert class_of(text) == "c a"
    press(page, "Set")
    expect(text).to_have_attribute("title", "mine")
    expect(text).to_have_css("color", "rgb(255, 0, 0)")
    press(page, "Drop")
    assert text.get_attribute("title") is None
    press(page, "Flip")
    expect(text).to_have_attribute("inert", "")
    press(page, "Flip")
    assert text.get_attribute("inert") is None
    press(page, "Hide")
    expect(text).to_be_hidden()
    press(page, "Show")
    expect(text).to_be_visible()
    assert calls == []


def test_effects_stay_when_the_tree_changes(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/simple")
    text = page.locator("#p")
    for name in ("Add", "Remove", "Set", "Hide", "Next"):
        press(page, name)
    expect(page.locator("output")).to_have_text("1")
    # The class and the title that the tree has set come, as they changed; nothing else is touched.
    assert set(class_of(text).split()) == {"a", "odd", "b", "c"}
    expect(text).to_have_attribute("title", "1")
    expect(text).to_be_hidden()


def test_transition_ends_in_hidden(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/moving")
    box = page.locator("#faded")
    press(page, "Fade")
    assert class_of(box) == "box moving fade-leave"
    expect(box).to_be_visible()
    box.evaluate("box => box.getAnimations().forEach(motion => motion.finish())")
    expect(box).to_be_hidden()
    assert class_of(box) == "box moving"
    press(page, "Fade")
    expect(box).to_be_visible()
    assert class_of(box) == "box moving"
    assert box.evaluate("box => box.getAnimations().length") == 1
    assert float(box.evaluate("box => getComputedStyle(box).opacity")) < 0.5
    box.evaluate("box => box.getAnimations().forEach(motion => motion.finish())")
    expect(box).to_have_css("opacity", "1")


def test_transition_can_be_turned_back(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/moving")
    box = page.locator("#faded")
    press(page, "Fade")
    box.evaluate("box => { box.getAnimations()[0].currentTime = 30000 }")
    press(page, "Fade")
    assert class_of(box) == "box moving"
    assert 0.3 < float(box.evaluate("box => getComputedStyle(box).opacity")) < 0.7
    box.evaluate("box => box.getAnimations().forEach(motion => motion.finish())")
    expect(box).to_have_css("opacity", "1")
    expect(box).to_be_visible()


def test_transition_may_be_an_animation(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/moving")
    box = page.locator("#spun")
    for name, ends in (("spin-leave", False), ("spin-enter", True)):
        press(page, "Spin")
        assert class_of(box) == f"box {name}"
        expect(box).to_be_visible()
        box.evaluate("box => box.getAnimations().forEach(motion => motion.finish())")
        expect(box).to_have_class("box")
        assert box.is_visible() is ends


@pytest.mark.parametrize("name", ["Plain", "Turning"])
def test_transition_without_an_end_is_not_waited_for(server: Server, page: Page, name: str) -> None:
    opened(page, f"{server.url}/moving")
    box = page.locator(f"#{name.lower()}")
    press(page, name)
    expect(box).to_be_hidden()
    press(page, name)
    expect(box).to_be_visible()
    assert class_of(box) in ("box", "turning")


def test_dialog_opens_modally_and_stays_while_the_page_changes(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/opening")
    page.get_by_role("button", name="Modal").click()
    dialog = page.locator("#modal")
    assert dialog.evaluate("dialog => dialog.matches(':modal')")
    page.get_by_role("button", name="Next").click()
    expect(dialog).to_contain_text("Turn 1")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    # The browser gives the focus back to what has opened it.
    expect(page.get_by_role("button", name="Modal")).to_be_focused()


def test_dialog_beside_popover_and_details_are_toggled(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/opening")
    for name, there in (("Beside", "#beside"), ("Popover", "#popover"), ("Details", "details > p")):
        for shown in (True, False):
            press(page, name)
            assert page.locator(there).is_visible() is shown, (name, shown)
    press(page, "Beside")
    assert not page.locator("#beside").evaluate("dialog => dialog.matches(':modal')")


def test_focus_goes_on_from_where_an_effect_has_put_it(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/focus")
    page.get_by_role("button", name="Go to the second").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Second")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Third")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Escape")
    expect(page.locator("body")).to_be_focused()


@pytest.mark.parametrize("name", ["To the end", "Gently"])
def test_scroll_brings_an_element_into_view(server: Server, page: Page, name: str) -> None:
    page.emulate_media(reduced_motion="no-preference")
    opened(page, f"{server.url}/focus")
    end = page.get_by_text("The end", exact=True)
    expect(end).not_to_be_in_viewport()
    press(page, name)
    expect(end).to_be_in_viewport()


def test_scroll_does_not_move_for_those_who_want_less_motion(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/focus")
    press(page, "Gently")
    assert page.evaluate("document.querySelector('#end').getBoundingClientRect().top < innerHeight")


def test_fields_that_are_set_are_heard_by_bindings(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/fields")
    press(page, "Fill")
    expect(page.locator("output")).to_have_text("new True l []")
    expect(page.get_by_label("Text")).to_have_class("typed")


def test_form_is_sent_by_a_field(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/fields")
    page.get_by_label("Name").select_option("grace")
    expect(page.locator("output")).to_contain_text("['grace']")


def test_form_is_reset_also_with_a_field_of_that_name(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/fields")
    page.get_by_label("Reset", exact=True).fill("typed")
    press(page, "Reset it")
    expect(page.get_by_label("Reset", exact=True)).to_have_value("was")


def test_form_of_the_browser_is_sent_all_the_same(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/fields")
    page.get_by_label("Query").fill("tea")
    page.get_by_label("Query").press("Enter")
    expect(page.get_by_text("Found tea")).to_be_visible()


@pytest.mark.parametrize("is_secure", [True, False], ids=["clipboard", "no clipboard"])
def test_copy_puts_texts_into_the_clipboard(server: Server, new_visitor: Visitors, is_secure: bool) -> None:
    page = new_visitor()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script("window.board = navigator.clipboard")
    if not is_secure:
        page.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', {value: undefined})")
    opened(page, f"{server.url}/copying")
    page.get_by_label("Field").fill("typed")
    page.get_by_role("button", name="Text").focus()
    for name, text in (("Text", "text"), ("Code", "a < b\n  && c"), ("What is typed", "typed")):
        page.evaluate("board.writeText('')")
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_function("text => board.readText().then(is => is === text)", arg=text)
        expect(page.get_by_role("button", name=name, exact=True)).to_be_focused()
    page.get_by_text("own text").click()
    page.wait_for_function("board.readText().then(is => is === 'own text')")


def test_dispatch_reaches_scripts_of_the_page(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/copying")
    page.evaluate(
        "addEventListener('note', event => { window.heard = [event.target.textContent, event.detail] })"
    )
    press(page, "Dispatch")
    assert page.evaluate("heard") == ["Dispatch", {"of": [1, "two", None]}]


def test_effects_come_before_and_after_a_call(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/calls")
    form = page.locator("form").first
    with page.expect_request(lambda request: request.method == "POST"):
        page.get_by_label("Note").fill("one")
        page.get_by_label("Note").press("Enter")
    settled(page)
    expect(form).to_have_class("before after")
    expect(page.get_by_role("listitem")).to_be_focused()


@pytest.mark.parametrize(("note", "status"), [("x", 422), ("boom", 500)])
def test_effects_after_a_call_need_its_success(
    server: Server, page: Page, problems: Problems, note: str, status: int
) -> None:
    problems.allow(f"response {status}")
    if status == 500:
        server.expect_traceback()
    opened(page, f"{server.url}/calls")
    page.get_by_label("Note").fill(note)
    page.get_by_label("Note").press("Enter")
    settled(page)
    expect(page.locator("form").first).to_have_class("before")


def test_effects_for_an_element_that_has_gone_are_left_out(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/calls")
    page.get_by_label("Note").fill("one")
    page.get_by_label("Note").press("Enter")
    page.get_by_role("button", name="Remove one").click()
    settled(page)
    expect(page.get_by_role("listitem")).to_have_count(0)
    expect(page.get_by_label("Note")).to_be_focused()


@pytest.mark.parametrize("yes", [True, False], ids=["yes", "no"])
def test_effects_are_not_done_without_a_yes(server: Server, page: Page, yes: bool) -> None:
    opened(page, f"{server.url}/calls")
    page.on("dialog", lambda dialog: dialog.accept() if yes else dialog.dismiss())
    button = page.get_by_role("button", name="Ask")
    with page.expect_event("dialog"):
        button.click()
    if yes:
        expect(button).to_have_class("asked")
    else:
        assert class_of(button) == ""
    settled(page)
    expect(page.get_by_role("listitem")).to_have_count(1 if yes else 0)


def test_effects_leave_links_alone_unless_told(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/calls")
    page.get_by_role("link", name="Not followed").click()
    expect(page.get_by_role("link", name="Not followed")).to_have_class("used")
    page.get_by_role("link", name="Followed", exact=True).click()
    expect(page.get_by_text("Found link")).to_be_visible()


def test_effect_that_cannot_be_done_is_told_in_the_console(
    server: Server, page: Page, problems: Problems
) -> None:
    problems.allow("SyntaxError")
    opened(page, f"{server.url}/calls")
    with page.expect_console_message(lambda message: "is not a valid selector" in message.text):
        press(page, "Broken")


def test_effects_without_a_script_do_no_harm(server: Server, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(f"{server.url}/calls")
    page.get_by_role("button", name="Broken").click()
    page.get_by_label("Note").fill("one")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("listitem")).to_contain_text("one")
