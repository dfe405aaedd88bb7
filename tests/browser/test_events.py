"""Which handlers an event calls, with what, and what the browser still does by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.windows import opened
from tests.servers import Server, Servers
from tests.visitors import settled

EVENTS = """
    from fastapi import FastAPI, Response
    from reactor import Component, Reactor, action, on, state, html as h
    from reactor.events import InputEvent, KeyboardEvent, MouseEvent, ScrollEvent

    app = FastAPI()
    ui = Reactor(app, stylesheets=["/style.css"])

    @app.get("/style.css")
    def style():
        css = ".box { width: 200px; height: 100px; overflow: scroll }"
        css += ".long { height: 2000px; display: block }"
        return Response(css, media_type="text/css")

    class Log(Component):
        log: list[str] = state(factory=list)

        @action
        async def note(self, what: str):
            self.log.append(what)

        def show(self, *content):
            return h.main[h.output[" ".join(self.log)], content]

    class Nested(Log):
        def render(self):
            return self.show(
                h.div(on_click=self.note.bind("outer"))[
                    h.p(on_click=self.note.bind("middle"))[h.em["In the middle"]],
                    h.p(on_click=on(self.note.bind("stopping"), stop=True))[h.em["Stopped"]],
                    h.p["In the outer"],
                    h.button(on_click=self.note.bind("button"))[h.strong["Deep in a button"]],
                    h.button(disabled=True, on_click=self.note.bind("disabled"))["Disabled"],
                ],
            )

    class Links(Log):
        def render(self):
            return self.show(
                h.a(href="/links#there", on_click=self.note.bind("link"))["Plain link"],
                h.a(href="/other", on_click=on(self.note.bind("prevented"), prevent=True))["Prevented link"],
                h.a(href="/links#around")[h.button(on_click=self.note.bind("in"))["Button in a link"]],
                h.label[h.input(type="checkbox"), h.button(on_click=self.note.bind("label"))["In a label"]],
                h.div(on_contextmenu=on(self.note.bind("menu"), prevent=True))["Right here"],
                h.p(on_dblclick=self.note.bind("double"))["Twice"],
            )

    class Keys(Log):
        @action
        async def typed(self, event: KeyboardEvent):
            self.log.append(event.key + ("+" if event.shift else ""))

        def render(self):
            note = self.note.bind
            return self.show(
                h.input(aria_label="Filtered", on_keydown={
                    "Enter": note("enter"), "Escape": note("escape"),
                    "Ctrl+s": on(note("save"), prevent=True), "Ctrl+Shift+ArrowUp": note("up"),
                    "a": note("a"), "?": note("question"), "Space": note("space"),
                }),
                h.input(aria_label="All", on_keydown=self.typed),
                h.div(on_keydown={"Escape": note("outer escape")})[h.input(aria_label="Inner")],
            )

    class Boxes(Log):
        wanted: bool = state(False)
        size: str = state("small")
        text: str = state("")
        kind: str = state("b")
        kinds: list[str] = state(factory=list)

        @action
        async def want(self, checked: bool):
            self.wanted = checked

        @action
        async def choose(self, value: str):
            self.size = value

        @action
        async def write(self, event: InputEvent):
            self.text = event.value

        @action
        async def pick(self, value: str):
            self.kind = value

        @action
        async def pick_many(self, values: list[str]):
            self.kinds = values

        @action
        async def flip(self):
            self.wanted = not self.wanted
            self.size = "large" if self.size == "small" else "small"
            self.kind = "a" if self.kind == "b" else "b"
            self.kinds = ["x", "z"]

        def render(self):
            return h.main[
                h.output[f"{self.wanted} {self.size} {self.text} {self.kind} {','.join(self.kinds)}"],
                h.label[h.input(type="checkbox", checked=self.wanted, on_change=self.want), "Wanted"],
                h.fieldset[(
                    h.label[
                        h.input(type="radio", name="size", value=each, checked=self.size == each,
                                on_change=self.choose),
                        each,
                    ] for each in ("small", "large")
                )],
                h.input(aria_label="Text", on_input=self.write),
                h.select(aria_label="Kind", value=self.kind, on_change=self.pick)[
                    h.option(value="a")["A"], h.option(value="b")["B"],
                ],
                h.select(aria_label="Kinds", multiple=True, on_change=self.pick_many)[
                    (h.option(value=each, selected=each in self.kinds)[each.upper()] for each in "xyz")
                ],
                h.button(on_click=self.flip)["Flip"],
            ]

    class Pointer(Log):
        @action
        async def at(self, event: MouseEvent):
            size = f"{event.width:.0f},{event.height:.0f}"
            self.log.append(f"{event.x:.0f},{event.y:.0f} of {size} {event.shift}")

        @action
        async def scrolled(self, event: ScrollEvent):
            self.log = [f"{event.scroll_top:.0f}"]

        @action
        async def focused(self, value: str):
            self.log.append(f"focus:{value}")

        @action
        async def left(self, value: str):
            self.log.append(f"blur:{value}")

        def render(self):
            return self.show(
                h.div(class_="box", on_click=self.at)["Here"],
                h.div(class_="box", id="scroller", on_scroll=self.scrolled)[h.span(class_="long")["Long"]],
                h.input(aria_label="Field", on_focus=self.focused, on_blur=self.left),
                h.details(on_toggle=self.note.bind("toggle"))[h.summary["More"], "This"],
            )

    PAGES = {"nested": Nested, "links": Links, "keys": Keys, "boxes": Boxes, "pointer": Pointer}

    @ui.page("/{name}", title="Events")
    async def page(name: str):
        return PAGES[name]() if name in PAGES else h.p["Elsewhere"]
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(EVENTS)


@pytest.mark.parametrize(
    ("on", "calls"),
    [
        ("In the middle", "middle outer"),
        ("Stopped", "stopping"),
        ("In the outer", "outer"),
        ("Deep in a button", "button outer"),
    ],
)
def test_click_calls_handlers_from_inside_to_outside(server: Server, page: Page, on: str, calls: str) -> None:
    opened(page, f"{server.url}/nested")
    page.get_by_text(on).click()
    expect(page.get_by_role("status")).to_have_text(calls)
    settled(page)
    expect(page.get_by_role("status")).to_have_text(calls)


def test_disabled_button_calls_nothing(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/nested")
    page.get_by_role("button", name="Disabled").click(force=True)
    page.get_by_text("In the outer").click()
    settled(page)
    assert "disabled" not in page.get_by_role("status").inner_text()


def test_link_with_a_handler_is_still_a_link(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/links")
    page.get_by_text("Plain link").click()
    expect(page.get_by_role("status")).to_have_text("link")
    expect(page).to_have_url(f"{server.url}/links#there")


def test_prevented_link_goes_nowhere(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/links")
    page.get_by_text("Prevented link").click()
    expect(page.get_by_role("status")).to_have_text("prevented")
    assert page.url == f"{server.url}/links"


def test_button_in_a_link_calls_and_stays(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/links")
    page.get_by_text("Button in a link").click()
    expect(page.get_by_role("status")).to_have_text("in")
    settled(page)
    assert page.url == f"{server.url}/links"


def test_button_in_a_label_calls_once(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/links")
    page.get_by_role("button", name="In a label").click()
    expect(page.get_by_role("status")).to_have_text("label")
    settled(page)
    expect(page.get_by_role("status")).to_have_text("label")


def test_double_click_and_right_click_are_called(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/links")
    page.evaluate("addEventListener('contextmenu', event => window.wasPrevented = event.defaultPrevented)")
    page.get_by_text("Twice").dblclick()
    expect(page.get_by_role("status")).to_have_text("double")
    page.get_by_text("Right here").click(button="right")
    expect(page.get_by_role("status")).to_have_text("double menu")
    assert page.evaluate("window.wasPrevented") is True


@pytest.mark.parametrize(
    ("key", "calls"),
    [
        ("Enter", "enter"),
        ("Escape", "escape"),
        ("Control+s", "save"),
        ("Control+Shift+ArrowUp", "up"),
        ("a", "a"),
        ("Shift+A", "a"),
        ("Shift+?", "question"),
        (" ", "space"),
        ("Shift+Enter", ""),
        ("Control+Enter", ""),
        ("Alt+a", ""),
        ("s", ""),
        ("Control+Shift+s", ""),
        ("ArrowUp", ""),
    ],
)
def test_keyboard_filter_takes_exactly_its_combination(
    server: Server, page: Page, key: str, calls: str
) -> None:
    opened(page, f"{server.url}/keys")
    page.get_by_label("Filtered").press(key)
    # The next key's call comes after it, if there was one.
    page.get_by_label("Inner").press("Escape")
    expect(page.get_by_role("status")).to_have_text(f"{calls} outer escape".strip())


def test_keyboard_event_tells_which_key(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/keys")
    for key in ("x", "Shift+Y", "ArrowLeft"):
        page.get_by_label("All").press(key)
    expect(page.get_by_role("status")).to_have_text("x Shift+ Y+ ArrowLeft")


def test_checkbox_radio_select_and_text_tell_their_values(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/boxes")
    page.get_by_label("Wanted").check()
    page.get_by_label("large").check()
    page.get_by_label("Text").fill("hello")
    page.get_by_label("Kind", exact=True).select_option("A")
    page.get_by_label("Kinds").select_option(["X", "Y"])
    expect(page.get_by_role("status")).to_have_text("True large hello a x,y")
    page.get_by_label("Wanted").uncheck()
    page.get_by_label("small").check()
    expect(page.get_by_role("status")).to_have_text("False small hello a x,y")


def test_server_sets_checkbox_radio_and_select(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/boxes")
    flip = page.get_by_role("button", name="Flip")
    flip.click()
    expect(page.get_by_label("Wanted")).to_be_checked()
    expect(page.get_by_label("large")).to_be_checked()
    expect(page.get_by_label("small")).not_to_be_checked()
    expect(page.get_by_label("Kind", exact=True)).to_have_value("a")
    expect(page.get_by_label("Kinds")).to_have_values(["x", "z"])
    # Also after the person has changed each of them and the server has heard of it.
    page.get_by_label("Wanted").uncheck()
    page.get_by_label("small").check()
    page.get_by_label("Kind", exact=True).select_option("B")
    page.get_by_label("Kinds").select_option(["Y"])
    expect(page.get_by_role("status")).to_have_text("False small  b y")
    flip.click()
    expect(page.get_by_role("status")).to_have_text("True large  a x,z")
    expect(page.get_by_label("Wanted")).to_be_checked()
    expect(page.get_by_label("large")).to_be_checked()
    expect(page.get_by_label("small")).not_to_be_checked()
    expect(page.get_by_label("Kind", exact=True)).to_have_value("a")
    expect(page.get_by_label("Kinds")).to_have_values(["x", "z"])


def test_click_tells_where(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/pointer")
    page.get_by_text("Here").click(position={"x": 30, "y": 40}, modifiers=["Shift"])
    expect(page.get_by_role("status")).to_have_text("30,40 of 200,100 True")


def test_focus_blur_toggle_and_scroll_do_not_bubble_but_are_heard(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/pointer")
    page.get_by_label("Field").press_sequentially("hi")
    page.get_by_label("Field").blur()
    expect(page.get_by_role("status")).to_have_text("focus: blur:hi")
    page.get_by_text("More").click()
    expect(page.get_by_role("status")).to_have_text("focus: blur:hi toggle")
    page.locator("#scroller").evaluate("element => element.scrollTop = 150")
    expect(page.get_by_role("status")).to_have_text("150")
    assert page.locator("#scroller").evaluate("element => element.scrollTop") == 150
