"""What belongs to the person stays theirs: focus, selection, scroll, what is open, what is typed.

Each of these runs twice: with patches from a server that holds the view, and with whole trees (a sync) from
one that holds none.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.windows import begin, is_same_page, opened, press
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

PERSON = """
    import asyncio, io, os, wave
    from pathlib import Path
    from fastapi import FastAPI, Response
    from reactor import Component, Reactor, action, state, html as h
    from reactor.site import Limits

    app = FastAPI()
    ui = Reactor(app, stylesheets=["/style.css"], limits=Limits(views=int(os.environ.get("VIEWS", "1000"))))

    @app.get("/style.css")
    def style():
        css = ".scroller { height: 50px; overflow: auto } .long { height: 3000px }"
        return Response(css, media_type="text/css")

    @app.get("/silence.wav")
    def silence():
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setparams((1, 1, 8000, 0, "NONE", ""))
            file.writeframes(bytes([128]) * 8000 * 60)
        return Response(buffer.getvalue(), media_type="audio/wav")

    @app.get("/frame")
    def frame():
        return Response("<p>In a frame</p>", media_type="text/html")

    async def gate():
        Path("begun").touch()
        while Path("closed").exists():
            await asyncio.sleep(0.01)

    class Things(Component):
        # What stands around the thing "x", which is the person's.
        order: list[str] = state(factory=lambda: ["a", "x", "b"])
        above: bool = state(False)
        clicks: int = state(0)

        @action
        async def insert_before(self): self.order.insert(0, f"new{len(self.order)}")
        @action
        async def insert_after(self): self.order.append(f"new{len(self.order)}")
        @action
        async def remove_others(self): self.order = ["x"]
        @action
        async def reverse(self): self.order.reverse()
        @action
        async def move_to_front(self): self.order = ["x", *(each for each in self.order if each != "x")]
        @action
        async def move_to_end(self): self.order = [*(each for each in self.order if each != "x"), "x"]
        @action
        async def toggle_above(self): self.above = not self.above
        @action
        async def look(self): self.clicks += 1

        def thing(self, name):
            return h.p(key=name)["Thing ", name]

        def render(self):
            return h.main(class_=["things", "odd" if self.clicks % 2 else "even"])[
                h.h1["Above"] if self.above else None,
                h.div(id="things", data_clicks=self.clicks)[(self.thing(name) for name in self.order)],
                h.p["Text below ", self.clicks],
                h.button(on_click=self.insert_before)["Insert before"],
                h.button(on_click=self.insert_after)["Insert after"],
                h.button(on_click=self.remove_others)["Remove others"],
                h.button(on_click=self.reverse)["Reverse"],
                h.button(on_click=self.move_to_front)["Move to front"],
                h.button(on_click=self.move_to_end)["Move to end"],
                h.button(on_click=self.toggle_above)["Toggle above"],
                h.button(on_click=self.look)["Look"],
            ]

    class Fields(Things):
        def thing(self, name):
            return h.div(key=name)[
                h.label[f"Field {name}", h.input()], h.textarea(aria_label=f"Text {name}"),
                h.select(aria_label=f"Choice {name}")[h.option["one"], h.option["two"]],
                h.label[h.input(type="checkbox"), f"Box {name}"],
            ]

    class Open(Things):
        def thing(self, name):
            return h.section(key=name)[
                h.details(id=f"details-{name}", class_="odd" if self.clicks % 2 else "even")[
                    h.summary["More"], "Clicks: ", self.clicks,
                ],
                h.dialog(id=f"dialog-{name}")["In the dialog ", self.clicks],
                h.div(id=f"popover-{name}", popover="manual")["In the popover ", self.clicks],
            ]

    class Scrolling(Things):
        def thing(self, name):
            return h.section(key=name)[
                h.div(class_="scroller", id=f"scroller-{name}")[h.div(class_="long")["Long ", self.clicks]],
            ]

    class Playing(Things):
        def thing(self, name):
            if name != "x":
                return h.p(key=name)["Thing ", name]
            return h.section(key=name)[
                h.audio(src="/silence.wav", id="audio"), h.iframe(src="/frame", title="Frame", id="frame"),
            ]

    class Text(Component):
        text: str = state("start")
        note: str = state("")
        boxed: bool = state(False)
        choice: str = state("one")
        heard: str = state("")
        number: int = state(0)

        @action
        async def look(self):
            self.number += 1
            await gate()
        @action
        async def change(self):
            await gate()
            self.text, self.note, self.boxed, self.choice = "server", "server", True, "two"
        @action(overwrites=True)
        async def overwrite(self):
            await gate()
            self.text, self.note, self.boxed, self.choice = "server", "server", True, "two"
        @action
        async def typed(self, value: str):
            await gate()
            self.text = value.upper()
        @action
        async def correct(self, value: str):
            # The first thing that it hears is corrected, and what comes later is only heard.
            await gate()
            if not self.heard:
                self.text = "corrected"
            self.heard = value
        @action
        async def clear(self, value: str, key: str = ""):
            self.heard, self.text = self.text, ""

        def render(self):
            return h.main[
                h.output[self.heard], h.p(id="number")[self.number],
                h.input(aria_label="Text", value=self.text),
                h.textarea(aria_label="Note", value=self.note),
                h.label[h.input(type="checkbox", checked=self.boxed), "Box"],
                h.select(aria_label="Choice", value=self.choice)[
                    (h.option(value=each)[each] for each in ("one", "two", "three"))
                ],
                h.input(aria_label="Loud", value=self.text, on_input=self.typed),
                h.input(aria_label="Corrected", value=self.text, on_input=self.correct),
                h.button(on_click=self.look)["Look"],
                h.button(on_click=self.change)["Change"],
                h.button(on_click=self.overwrite)["Overwrite"],
            ]

    class Order(Component):
        names: list[str] = state(factory=list)
        draft: str = state("")

        @action
        async def add(self, name: str, amount: int):
            await gate()
            self.names.append(f"{name}:{amount}")

        def render(self):
            return h.form(action=self.add)[
                h.output[" ".join(self.names)],
                h.input(aria_label="Name", name="name", value="someone"),
                h.input(aria_label="Amount", name="amount"),
                h.textarea(aria_label="Remark", name="remark"),
                h.label[h.input(type="checkbox", name="gift"), "Gift"],
                h.select(aria_label="Wrap", name="wrap")[h.option["none"], h.option(selected=True)["blue"]],
                h.button["Add"],
                h.button(type="reset")["Reset"],
            ]

    PAGES = {
        "things": Things, "fields": Fields, "open": Open, "scrolling": Scrolling, "playing": Playing,
        "text": Text, "order": Order,
    }

    @ui.page("/{name}", title="Person")
    async def page(name: str):
        return PAGES[name]() if name in PAGES else None
"""


@pytest.fixture(scope="module", params=["1000", "0"], ids=["patch", "sync"])
def server(serve_for_module: Servers, request: pytest.FixtureRequest) -> Server:
    return serve_for_module(PERSON, env={"VIEWS": request.param})


@contextlib.contextmanager
def working(server: Server, page: Page, button: str) -> Iterator[None]:
    """Click a button; the action waits on the server while the `with` block runs, then it is answered."""
    closed, begun = server.folder / "closed", server.folder / "begun"
    begun.unlink(missing_ok=True)
    closed.touch()
    try:
        begin(page, button)
        while not begun.exists():
            page.evaluate("0")
        yield
    finally:
        closed.unlink()
    settled(page)


ALL_AROUND = [
    "Insert before",
    "Insert after",
    "Reverse",
    "Move to end",
    "Toggle above",
    "Move to front",
    "Look",
    "Toggle above",
    "Remove others",
]

# Focus, caret, selection


def selection(field: Locator) -> list[object]:
    found: list[object] = field.evaluate(
        "field => [field.selectionStart, field.selectionEnd, field.selectionDirection]"
    )
    return found


@pytest.mark.parametrize("label", ["Field x", "Text x"])
def test_focus_selection_and_text_stay_whatever_happens_around(
    server: Server, page: Page, label: str
) -> None:
    opened(page, f"{server.url}/fields")
    field = page.get_by_label(label)
    field.press_sequentially("some text")
    field.evaluate("field => field.setSelectionRange(2, 6, 'backward')")
    field.evaluate("field => window.field = field")
    page.evaluate("window.blurs = 0; window.field.addEventListener('blur', () => window.blurs++)")
    for button in ALL_AROUND:
        press(page, button)
        expect(field).to_be_focused()
        expect(field).to_have_value("some text")
        assert selection(field) == [2, 6, "backward"], button
    assert field.evaluate("field => field === window.field")
    assert page.evaluate("window.blurs") == 0


def test_uncontrolled_fields_keep_what_the_person_put_in(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/fields")
    page.get_by_label("Text a").fill("two\nlines")
    page.get_by_label("Choice x").select_option("two")
    page.get_by_label("Box b").check()
    for button in ALL_AROUND[:-1]:
        press(page, button)
    expect(page.get_by_label("Text a")).to_have_value("two\nlines")
    expect(page.get_by_label("Choice x")).to_have_value("two")
    expect(page.get_by_label("Box b")).to_be_checked()


def test_focus_on_a_button_that_stays_is_kept(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/things")
    for button in ALL_AROUND:
        page.get_by_role("button", name=button, exact=True).press("Enter")
        settled(page)
        expect(page.get_by_role("button", name=button, exact=True)).to_be_focused()


def test_caret_stays_when_the_server_answers_each_key_with_a_new_value(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/text")
    field = page.get_by_label("Loud")
    field.fill("")
    field.press_sequentially("ac")
    expect(field).to_have_value("AC")
    field.press("ArrowLeft")
    field.press("b")
    expect(field).to_have_value("ABC")
    assert selection(field)[:2] == [2, 2]
    field.press("x")
    expect(field).to_have_value("ABXC")
    assert selection(field)[:2] == [3, 3]
    expect(field).to_be_focused()


def test_selected_text_of_the_page_stays_selected(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/things")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#things p:nth-child(2)'))")
    for button in ("Insert before", "Toggle above", "Insert after", "Look"):
        press(page, button)
    assert page.evaluate("getSelection().toString()") == "Thing x"


# Scroll


def test_scroll_positions_stay(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/scrolling")
    page.locator("#scroller-x").evaluate("element => element.scrollTop = 700")
    for button in ALL_AROUND:
        press(page, button)
        assert page.locator("#scroller-x").evaluate("element => element.scrollTop") == 700, button


def test_window_stays_scrolled(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/things")
    page.set_viewport_size({"width": 400, "height": 90})
    page.evaluate("window.scrollTo(0, 60)")
    for button in ("Look", "Insert after", "Look"):
        press(page, button)
    assert page.evaluate("window.scrollY") == 60


# What is open


def test_details_dialog_and_popover_stay_open(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/open")
    page.locator("#details-x summary").click()
    page.locator("#popover-x").evaluate("element => element.showPopover()")
    page.locator("#dialog-x").evaluate("element => element.showModal()")
    for button in ALL_AROUND:
        press(page, button)
        assert page.locator("#details-x").evaluate("element => element.open"), button
        assert page.locator("#dialog-x").evaluate("element => element.matches(':modal')"), button
        assert page.locator("#popover-x").evaluate("element => element.matches(':popover-open')"), button
    expect(page.locator("#dialog-x")).to_have_text("In the dialog 1")
    expect(page.locator("#details-x")).to_contain_text("Clicks: 1")
    expect(page.locator("#popover-x")).to_have_text("In the popover 1")


def test_what_the_person_closed_stays_closed(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/open")
    page.locator("#details-x summary").click()
    press(page, "Look")
    page.locator("#details-x summary").click()
    press(page, "Look")
    assert not page.locator("#details-x").evaluate("element => element.open")


def test_playing_sound_and_frame_go_on_when_they_are_moved(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/playing")
    page.frame_locator("#frame").get_by_text("In a frame").wait_for()
    page.evaluate(
        """async () => {
            const audio = document.querySelector("#audio");
            document.querySelector("#frame").contentWindow.isSameFrame = true;
            window.interruptions = [];
            for (const type of ["pause", "emptied", "seeking", "ended", "loadstart"])
                audio.addEventListener(type, () => window.interruptions.push(type));
            audio.muted = true;
            await audio.play();
        }"""
    )
    for button in ALL_AROUND:
        press(page, button)
    state = page.evaluate(
        """async () => {
            const audio = document.querySelector("#audio");
            const before = audio.currentTime;
            await new Promise(heard => audio.addEventListener("timeupdate", heard, {once: true}));
            return [audio.paused, audio.currentTime >= before, window.interruptions,
                    document.querySelector("#frame").contentWindow.isSameFrame];
        }"""
    )
    assert state == [False, True, [], True]


# What others have put into the page


def test_nodes_and_attributes_of_others_survive(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/things")
    page.evaluate(
        """() => {
            const thing = document.querySelector("#things p:nth-child(2)");
            const other = (text) => Object.assign(document.createElement("aside"), {textContent: text});
            thing.append(other("in x"));
            document.querySelector("main").prepend(other("first in main"));
            document.querySelector("main").append(other("last in main"));
            document.querySelector("#things").append(other("last of things"));
            document.body.append(other("in body"), document.createComment("theirs"));
            document.head.append(Object.assign(document.createElement("meta"), {name: "theirs"}));
            document.querySelector("main").classList.add("theirs");
            document.querySelector("main").dataset.theirs = "1";
            document.querySelector("#things").setAttribute("title", "theirs");
            document.documentElement.classList.add("theirs");
            thing.classList.add("theirs");
            thing.style.color = "red";
        }"""
    )
    for button in ALL_AROUND:
        press(page, button)
    expect(page.locator("aside")).to_have_count(5)
    expect(page.locator("#things p").first).to_have_text("Thing xin x")
    expect(page.locator("meta[name=theirs]")).to_have_count(1)
    main = page.locator("main")
    assert main.get_attribute("class") in ("things theirs odd", "things odd theirs", "theirs things odd")
    assert main.get_attribute("data-theirs") == "1"
    things = page.locator("#things")
    assert (things.get_attribute("title"), things.get_attribute("data-clicks")) == ("theirs", "1")
    assert page.locator("html").get_attribute("class") == "theirs"
    assert things.locator("p").get_attribute("class") == "theirs"
    assert things.locator("p").get_attribute("style") == "color: red;"
    press(page, "Look")
    assert "odd" not in (main.get_attribute("class") or "")


# Text that is typed while the server works


def test_text_typed_since_the_click_stays(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/text")
    with working(server, page, "Change"):
        page.get_by_label("Text").fill("mine")
        page.get_by_label("Box").check()
        page.get_by_label("Choice").select_option("three")
        page.get_by_label("Note").fill("my note")
    expect(page.get_by_label("Note")).to_be_focused()
    expect(page.get_by_label("Note")).to_have_value("my note")
    # Focused or not.
    expect(page.get_by_label("Text")).to_have_value("mine")
    expect(page.get_by_label("Choice")).to_have_value("three")
    expect(page.get_by_label("Box")).to_be_checked()
    page.get_by_label("Note").blur()
    expect(page.get_by_label("Note")).to_have_value("my note")
    assert is_same_page(page)


def test_fields_that_were_not_touched_take_the_servers_value(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/text")
    page.get_by_label("Text").focus()
    with working(server, page, "Change"):
        page.get_by_label("Note").fill("mine")
    expect(page.get_by_label("Text")).to_have_value("server")
    expect(page.get_by_label("Box")).to_be_checked()
    expect(page.get_by_label("Choice")).to_have_value("two")
    expect(page.get_by_label("Note")).to_have_value("mine")


def test_field_edited_before_the_click_takes_the_servers_value(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/text")
    page.get_by_label("Text").fill("mine")
    page.get_by_label("Choice").select_option("three")
    press(page, "Look")
    expect(page.locator("#number")).to_have_text("1")
    # The server has not spoken of it: it stays.
    expect(page.get_by_label("Text")).to_have_value("mine")
    expect(page.get_by_label("Choice")).to_have_value("three")
    press(page, "Change")
    expect(page.get_by_label("Text")).to_have_value("server")
    expect(page.get_by_label("Choice")).to_have_value("two")


def test_action_that_overwrites_wins_over_what_was_typed_since(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/text")
    with working(server, page, "Overwrite"):
        page.get_by_label("Text").fill("mine")
        page.get_by_label("Choice").select_option("three")
        page.get_by_label("Note").fill("my note")
    expect(page.get_by_label("Text")).to_have_value("server")
    expect(page.get_by_label("Note")).to_have_value("server")
    expect(page.get_by_label("Choice")).to_have_value("two")
    expect(page.get_by_label("Box")).to_be_checked()


def test_value_held_back_is_shown_when_the_server_has_heard_what_stood_against_it(
    server: Server, page: Page
) -> None:
    opened(page, f"{server.url}/text")
    field = page.get_by_label("Corrected")
    closed, begun = server.folder / "closed", server.folder / "begun"
    begun.unlink(missing_ok=True)
    closed.touch()
    field.fill("a")
    while not begun.exists():
        page.evaluate("0")
    field.fill("ab")  # while the answer "corrected" to "a" is on its way
    closed.unlink()
    expect(page.get_by_role("status")).to_have_text("ab")
    settled(page)
    field.blur()
    expect(field).to_have_value("corrected")


def test_quick_typing_loses_no_character(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/text")
    field = page.get_by_label("Loud")
    field.fill("")
    field.press_sequentially("the quick brown fox jumps over the lazy dog", delay=0)
    expect(field).to_have_value("THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG")


@pytest.mark.parametrize("begins", ["before", "after"])
def test_text_that_is_being_composed_is_not_disturbed(server: Server, page: Page, begins: str) -> None:
    opened(page, f"{server.url}/text")
    field = page.get_by_label("Text")
    field.fill("")
    keyboard = page.context.new_cdp_session(page)

    def compose(text: str) -> None:
        keyboard.send(
            "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
        )

    page.evaluate("document.addEventListener('compositionend', () => window.ended = (window.ended ?? 0) + 1)")
    if begins == "before":
        compose("に")
    with working(server, page, "Change"):
        if begins == "after":
            compose("に")
    expect(page.get_by_label("Note")).to_have_value("server")
    expect(field).to_have_value("に")
    assert page.evaluate("window.ended") is None
    compose("にほ")
    press(page, "Look")
    expect(field).to_have_value("にほ")
    keyboard.send("Input.insertText", {"text": "日本"})
    assert page.evaluate("window.ended") == 1
    # Composed to its end after the server had answered: the newer edit wins.
    expect(field).to_have_value("日本")


# Forms


def fill_order(page: Page, amount: str) -> None:
    page.get_by_label("Name").fill("me")
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Remark").fill("soon")
    page.get_by_label("Gift").check()
    page.get_by_label("Wrap").select_option("none")


def assert_order(page: Page, name: str, amount: str, remark: str, gift: bool, wrap: str) -> None:
    expect(page.get_by_label("Name")).to_have_value(name)
    expect(page.get_by_label("Amount")).to_have_value(amount)
    expect(page.get_by_label("Remark")).to_have_value(remark)
    expect(page.get_by_label("Gift")).to_be_checked(checked=gift)
    expect(page.get_by_label("Wrap")).to_have_value(wrap)


def test_form_is_reset_after_it_was_taken(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/order")
    fill_order(page, "3")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status")).to_have_text("me:3")
    assert_order(page, "someone", "", "", False, "blue")


def test_form_keeps_what_was_typed_when_it_is_refused(server: Server, page: Page, problems: Problems) -> None:
    problems.allow("response 422 POST")
    opened(page, f"{server.url}/order")
    fill_order(page, "many")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".reactor-notice")).to_be_visible()
    settled(page)
    assert_order(page, "me", "many", "soon", True, "none")
    page.get_by_label("Amount").fill("4")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status").first).to_have_text("me:4")
    assert_order(page, "someone", "", "", False, "blue")


def test_field_typed_into_while_the_form_is_on_its_way_is_not_reset(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/order")
    fill_order(page, "3")
    with working(server, page, "Add"):
        page.get_by_label("Amount").fill("77")
    expect(page.get_by_role("status")).to_have_text("me:3")
    assert_order(page, "someone", "77", "", False, "blue")


def test_reset_button_goes_back_to_what_was_rendered(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/order")
    fill_order(page, "3")
    page.get_by_role("button", name="Reset").click()
    assert_order(page, "someone", "", "", False, "blue")


def test_text_typed_before_the_script_ran_stays(server: Server, page: Page) -> None:
    held: list[Route] = []
    page.route("**/_reactor/client/**/client.js", lambda route: held.append(route))
    page.goto(f"{server.url}/text", wait_until="commit")
    page.get_by_label("Text").fill("early")
    page.get_by_label("Box").check()
    while not held:
        page.evaluate("0")
    held[0].continue_()
    settled(page)
    press(page, "Look")
    expect(page.locator("#number")).to_have_text("1")
    expect(page.get_by_label("Text")).to_have_value("early")
    expect(page.get_by_label("Box")).to_be_checked()
