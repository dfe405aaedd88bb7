"""Forms and buttons, with the script and without it."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from reactor import Child, Component, Reactor, action, on, redirect, state
from reactor import html as h
from reactor.events import InputEvent, KeyboardEvent, MouseEvent
from tests.server.applications import application, visiting

both = pytest.mark.parametrize("javascript", [True, False])


class SignUp(BaseModel):
    name: str = Field(min_length=2)
    age: int | None = None
    news: bool
    topics: list[str]
    plan: str = "free"
    size: str = ""


class Form(Component):
    said: str = state("")
    errors: int = state(0)

    @action
    async def join(self, data: SignUp) -> None:
        self.said = data.model_dump_json()

    @action
    async def send(self, message: Annotated[str, Field(max_length=20)]) -> None:
        self.said = f"sent {message}"

    @action
    async def draft(self, message: str) -> None:
        self.said = f"kept {message}"

    @action
    async def away(self) -> Any:
        return redirect("/done?ok=1")

    @action
    async def row(self, number: int, text: str) -> None:
        self.said = f"row {number}: {text}"

    def render(self) -> Child:
        return h.main[
            h.output[self.said],
            h.form(action=self.join, aria_label="Join")[
                h.label["Name ", h.input(name="name", required=True)],
                h.label["Age ", h.input(name="age", type="number")],
                h.label[h.input(type="checkbox", name="news"), " News"],
                h.fieldset[
                    h.legend["Topics"],
                    (h.label[h.input(type="checkbox", name="topics", value=t), t] for t in ("art", "law")),
                ],
                h.fieldset[
                    h.legend["Size"],
                    (h.label[h.input(type="radio", name="size", value=t), t] for t in ("small", "large")),
                ],
                h.label[
                    "Plan ",
                    h.select(name="plan", value="free")[h.option["free"], h.option(value="p")["paid"]],
                ],
                h.input(name="plan", value="ignored", disabled=True),
                h.fieldset(disabled=True)[h.input(name="plan", value="ignored too")],
                h.button["Join"],
            ],
            h.form(action=self.send)[
                h.label["Message", h.textarea(name="message")],
                h.button(name="", value="")["Send"],
                h.button(form_action=self.draft)["Keep"],
            ],
            h.button(on_click=self.away)["Away"],
            [
                h.form(action=self.row.bind(number), key=number)[
                    h.label[f"Text {number}", h.input(name="text")], h.button[f"Save {number}"]
                ]
                for number in (7, 8)
            ],
        ]


def forms() -> Reactor:
    ui = application()

    @ui.page("/")
    async def page() -> Child:
        return Form()

    @ui.page("/done")
    async def done(ok: int = 0) -> Child:
        return h.p[f"Done: {ok}"]

    return ui


@both
async def test_form_arrives_as_one_model(javascript: bool) -> None:
    async with visiting(forms(), javascript=javascript) as page:
        await page.fill("Name", "Ada")
        await page.check("News")
        await page.check("law")
        await page.check("large")
        await page.select("Plan", "paid")
        await page.submit("Join")
        expected = SignUp(name="Ada", age=None, news=True, topics=["law"], plan="p", size="large")
        assert page.get_by_role("status").text == expected.model_dump_json()


@both
async def test_form_left_alone_has_its_defaults(javascript: bool) -> None:
    async with visiting(forms(), javascript=javascript) as page:
        await page.fill("Name", "Ada")
        await page.fill("Age", "36")
        await page.submit("Join")
        expected = SignUp(name="Ada", age=36, news=False, topics=[], plan="free", size="")
        assert page.get_by_role("status").text == expected.model_dump_json()


@both
async def test_form_that_does_not_validate_is_answered_by_field(javascript: bool) -> None:
    async with visiting(forms(), javascript=javascript) as page:
        await page.fill("Name", "A")
        await page.fill("Age", "old")
        await page.submit("Join")
        if javascript:
            assert (page.answer.status, page.answer.code) == (422, "invalid")
            assert page.answer.fields == {
                "name": "String should have at least 2 characters",
                "age": "Input should be a valid integer, unable to parse string as an integer",
            }
            assert page.get_by_label("Name").value == "A"
        assert page.status == (200 if javascript else 422)
        assert page.get_by_role("status").text == ""
        assert "name: String should have at least 2 characters" in page.notices[0]


@both
async def test_form_is_empty_again_after_success(javascript: bool) -> None:
    async with visiting(forms(), javascript=javascript) as page:
        await page.fill("Message", "hello")
        await page.submit("Send")
        assert page.get_by_role("status").text == "sent hello"
        assert page.get_by_label("Message").value == ""


@both
async def test_form_of_another_button_calls_its_action(javascript: bool) -> None:
    async with visiting(forms(), javascript=javascript) as page:
        await page.fill("Message", "a & b = c;\n<ü>")
        await page.submit("Keep")
        assert page.get_by_role("status").element.text == "kept a & b = c;\n<ü>"


@both
async def test_form_with_bound_values_gets_them_first(javascript: bool) -> None:
    async with visiting(forms(), javascript=javascript) as page:
        await page.fill("Text 8", "x")
        await page.submit("Save 8")
        assert page.get_by_role("status").text == "row 8: x"


@both
async def test_action_may_redirect(javascript: bool) -> None:
    async with visiting(forms(), javascript=javascript) as page:
        await page.click("Away")
        assert page.url == "/done?ok=1"
        assert page.text == "Done: 1"
        assert page.status == 200


async def test_redirect_without_javascript_is_a_get() -> None:
    async with visiting(forms(), javascript=False) as page:
        fields = page.fields
        button = page.get_by_role("button", name="Away").element
        form = fields.form_of(button)
        assert form is not None
        entries = fields.entries(form, button)
        headers = {"origin": page.client.origin}
        response = await page.client.http.post("/", data=dict(entries), headers=headers)
        assert (response.status_code, response.headers["location"]) == (303, "/done?ok=1")


async def test_multipart_form_arrives_too() -> None:
    async with visiting(forms(), javascript=False) as page:
        fields = page.fields
        await page.fill("Message", "ü")
        button = page.get_by_role("button", name="Send").element
        form = fields.form_of(button)
        assert form is not None
        response = await page.client.navigate("POST", "/", fields.entries(form, button), with_files=True)
        assert response.status_code == 200
        assert "sent ü" in response.text


async def test_enter_sends_the_form_by_its_first_button() -> None:
    async with visiting(forms()) as page:
        await page.fill("Text 7", "x")
        await page.press("Text 7", "Enter")
        assert page.get_by_role("status").text == "row 7: x"


async def test_action_may_say_that_its_values_win() -> None:
    class Search(Component):
        text: str = state("")

        @action(overwrites=True)
        async def clear(self) -> None:
            self.text = ""

        @action
        async def keep(self) -> None: ...

        def render(self) -> Child:
            return h.div[h.button(on_click=self.clear)["Clear"], h.button(on_click=self.keep)["Keep"]]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Search()

    async with visiting(ui) as page:
        for forgotten in (False, True):
            await page.click("Clear")
            assert page.answer.content["w"] is True
            await page.click("Keep")
            assert "w" not in page.answer.content
            if not forgotten:
                page.server_forgets()


# Events


class Events(Component):
    heard: list[str] = state([])
    text: str = state("start")
    choice: str = state("b")
    ticks: int = state(0)

    @action
    async def typed(self, value: str) -> None:
        self.text = value.upper()

    @action
    async def changed(self, event: InputEvent) -> None:
        self.heard.append(f"{event.value} {event.checked} {event.values}")

    @action
    async def chosen(self, value: str) -> None:
        self.choice = value

    @action
    async def pressed(self, event: KeyboardEvent) -> None:
        self.heard.append(f"{event.key}{' ctrl' if event.ctrl else ''}")

    @action
    async def escape(self) -> None:
        self.heard.append("escape")

    @action
    async def save(self) -> None:
        self.heard.append("save")

    @action
    async def at(self, event: MouseEvent) -> None:
        self.heard.append(f"{event.x:g},{event.y:g}")

    @action
    async def note(self, text: str) -> None:
        self.heard.append(text)

    @action
    async def tick(self) -> None:
        self.ticks += 1

    def render(self) -> Child:
        return h.div(on_click=self.note.bind("outer"))[
            h.output[" | ".join(self.heard)],
            h.label["Text", h.input(value=self.text, on_input=self.typed)],
            h.label["Keys", h.input(on_keydown={"Escape": self.escape, "Ctrl+s": self.save})],
            h.label["All keys", h.input(on_keydown=self.pressed)],
            h.label[h.input(type="checkbox", on_change=self.changed), "Box"],
            h.select(value=self.choice, on_change=self.chosen, aria_label="Choice")[
                (h.option(value=c)[c.upper()] for c in "abc")
            ],
            h.select(multiple=True, on_change=self.changed, aria_label="Several")[
                (h.option(value=c)[c.upper()] for c in "abc")
            ],
            h.canvas(on_dblclick=self.at, role="img", aria_label="Canvas"),
            h.button(on_click=self.note.bind("inner"))["Through"],
            h.button(on_click=on(self.note.bind("inner"), stop=True))["Stopped"],
            h.span(on_interval=on(self.tick, every=1))[f"ticks {self.ticks}"],
            h.button(disabled=True, on_click=self.save)["Off"],
        ]


@pytest.fixture
def events() -> Reactor:
    ui = application()

    @ui.page("/")
    async def page() -> Child:
        return Events()

    return ui


async def test_value_of_a_field_is_the_servers_after_its_event(events: Reactor) -> None:
    async with visiting(events) as page:
        assert page.get_by_label("Text").value == "start"
        await page.fill("Text", "new")
        assert page.get_by_label("Text").value == "NEW"


async def test_event_of_keys_and_combinations(events: Reactor) -> None:
    async with visiting(events) as page:
        for key in ("Escape", "Ctrl+s", "s", "Enter"):
            await page.press("Keys", key)
        assert page.get_by_role("status").text == "escape | save"
        await page.press("All keys", "a")
        await page.press("All keys", "Ctrl+b")
        assert page.get_by_role("status").text == "escape | save | a | b ctrl"


async def test_event_of_a_checkbox_and_of_lists(events: Reactor) -> None:
    async with visiting(events) as page:
        await page.check("Box")
        await page.select("Choice", "C")
        await page.select("Several", "A", "B")
        # A click on the box is heard by the element around it as well.
        assert page.get_by_role("status").text == "outer | on True [] | a False ['a', 'b']"
        assert page.get_by_label("Choice").value == "c"
        assert page.get_by_label("Several").values == ["A", "B"]


async def test_event_with_fields_of_its_own(events: Reactor) -> None:
    async with visiting(events) as page:
        await page.dispatch(page.get_by_role("img", name="Canvas"), "dblclick", {"x": 3, "y": 4.5})
        assert page.get_by_role("status").text == "3,4.5"


async def test_event_reaches_outer_elements_unless_stopped(events: Reactor) -> None:
    async with visiting(events) as page:
        await page.click("Through")
        assert page.get_by_role("status").text == "inner | outer"
        await page.click("Stopped")
        assert page.get_by_role("status").text == "inner | outer | inner"


async def test_interval_ticks(events: Reactor) -> None:
    async with visiting(events) as page:
        await page.tick()
        await page.tick()
        assert page.get_by_text("ticks 2")


async def test_disabled_button_cannot_be_clicked(events: Reactor) -> None:
    async with visiting(events) as page:
        with pytest.raises(AssertionError, match="is disabled"):
            await page.click("Off")


class Buttons(Component):
    said: str = state("")

    @action
    async def whole(self, name: str) -> None:
        self.said = f"whole {name}"

    @action
    async def named(self, name: str, kind: str) -> None:
        self.said = f"named {name} {kind}"

    @action
    async def labelled(self, name: str) -> None:
        self.said = f"labelled {name}"

    def render(self) -> Child:
        return [
            h.output[self.said],
            h.form(action=self.whole)[
                h.input(name="name", aria_label="Name", value="Ada"),
                h.button["Whole"],
                h.button(form_action=self.named, name="kind", value="x")["Named"],
                h.input(type="submit", value="Labelled", form_action=self.labelled),
            ],
            h.form[
                h.input(name="name", aria_label="Other name", value="Eve"),
                h.button(form_action=self.whole)["Without an action of the form"],
            ],
        ]


@both
@pytest.mark.parametrize(
    ("button", "said"),
    [
        ("Whole", "whole Ada"),
        ("Named", "named Ada x"),
        ("Labelled", "labelled Ada"),
        ("Without an action of the form", "whole Eve"),
    ],
)
async def test_button_calls_its_own_action(javascript: bool, button: str, said: str) -> None:
    ui = application()

    @ui.page("/")
    async def page_(place: str = "") -> Child:
        return Buttons()

    async with visiting(ui, "/?place=a%26b", javascript=javascript) as page:
        await page.click(button)
        assert page.get_by_role("status").text == said
        await page.click("Whole")
        assert page.get_by_role("status").text == "whole Ada"
