"""Optimistic updates: what the server tells ahead, and that it is what comes."""

from __future__ import annotations

import logging
import math
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from reactor import Child, Component, Handler, Invalid, Limits, action, state
from reactor import html as h
from reactor.testing import TestPage
from tests.server.applications import application, visiting


class Item(BaseModel):
    id: int | None = None
    text: str
    done: bool = False


class Row(Component):
    item: Item
    on_check: Handler
    on_remove: Handler
    opened: int = state(0)

    @action
    async def open(self) -> None:
        self.opened += 1

    @open.optimistic
    def _(self) -> None:
        self.opened += 1

    def render(self) -> Child:
        return h.li(class_={"done": self.item.done, "new": self.item.id is None})[
            h.input(
                type="checkbox",
                aria_label=f"Check {self.item.text}",
                checked=self.item.done,
                on_change=self.on_check,
            ),
            h.b[self.item.text],
            h.button(on_click=self.on_remove)["Remove ", self.item.text],
            h.button(on_click=self.open)["Open ", self.item.text, " ", self.opened],
        ]


class Things(Component):
    """Everything that a reducer may do to a list; each action does what its reducer does."""

    size: int = 3
    items: list[Item] = state([])
    count: int = state(0)
    sort: Literal["up", "down"] = state("up")
    note: str = state("")

    async def mount(self) -> None:
        self.items = [Item(id=n, text=f"t{n}") for n in range(self.size)]

    @action
    async def add(self, text: str) -> None:
        if text == "bad":
            raise Invalid(text="refused")
        self.count += 1
        self.items.append(Item(id=100 + self.count, text=text))

    @add.optimistic
    def _(self, text: str) -> None:
        self.items.append(Item(text=text))

    @action
    async def check(self, id: int, checked: bool) -> None:
        for item in self.items:
            if item.id == id:
                item.done = checked

    @check.optimistic
    def _(self, id: int, checked: bool) -> None:
        for item in self.items:
            if item.id == id:
                item.done = checked

    @action
    async def remove(self, id: int) -> None:
        self.items = [item for item in self.items if item.id != id]

    @remove.optimistic
    def _(self, id: int) -> None:
        self.items = [item for item in self.items if item.id != id]

    @action
    async def turn(self) -> None:
        self.items.reverse()

    @turn.optimistic
    def _(self) -> None:
        self.items.reverse()

    @action
    async def order(self, value: Literal["up", "down"]) -> None:
        self.sort = value

    @order.optimistic
    def _(self, value: Literal["up", "down"]) -> None:
        self.sort = value

    @action
    async def write(self, value: str) -> None:
        self.note = f"{self.note}<{value}>"

    @write.optimistic
    def _(self, value: str) -> None:
        self.note = f"{self.note}<{value}>"

    def render(self) -> Child:
        return h.main[
            h.ul(class_=self.sort)[
                (
                    Row(
                        key=item.id,
                        item=item,
                        on_check=self.check.bind(item.id),
                        on_remove=self.remove.bind(item.id),
                    )
                    for item in self.items
                )
            ],
            h.form(action=self.add)[h.input(self.add.field("text"), aria_label="Text"), h.button["Add"]],
            h.div(role="alert")[self.add.error("text")],
            h.button(on_click=self.turn)["Turn"],
            h.select(aria_label="Order", on_change=self.order, value=self.sort)[
                h.option["up"], h.option["down"]
            ],
            h.input(aria_label="Note", on_change=self.write),
            h.output[self.note],
        ]


def things(size: int = 3, *, ahead: int = 100_000, **settings: Any) -> Any:
    ui = application(limits=Limits(ahead=ahead, body=10_000_000, rate=math.inf), **settings)

    @ui.page("/", title="Things")
    async def page() -> Child:
        return Things(size=size)

    return ui


def shown(page: TestPage) -> str:
    """The page as it looks, apart from what an item has only once the server knows it."""
    return page.html.replace(' class="new"', "").replace(" new", "")


async def act(page: TestPage, deed: tuple[str, str]) -> None:
    """What a person does, if what it takes is there."""
    what, which = deed
    match what:
        case "add":
            await page.fill("Text", which)
            await page.submit("Add")
        case "check" | "uncheck":
            if box := page.get_by_label(f"Check {which}"):
                await (page.check(box) if what == "check" else page.uncheck(box))
        case "remove":
            if button := page.get_by_role("button", name=f"Remove {which}"):
                await page.click(button)
        case "open":
            buttons = [b for b in page.get_by_role("button").all() if b.text.startswith(f"Open {which} ")]
            if buttons:
                await page.click(buttons[0])
        case "turn":
            await page.click("Turn")
        case "order":
            await page.select("Order", which)
        case "note":
            await page.fill("Note", which)


names = st.sampled_from(["t0", "t1", "t2", "x"])
deeds = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(["x", "y", "<z>"])),
    st.tuples(st.sampled_from(["check", "uncheck", "remove", "open"]), names),
    st.tuples(st.just("turn"), st.just("")),
    st.tuples(st.just("order"), st.sampled_from(["up", "down"])),
    st.tuples(st.just("note"), st.sampled_from(["a", "b&c"])),
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(deeds, min_size=1, max_size=6))
async def test_optimistic_what_is_shown_is_what_comes(acts: list[tuple[str, str]]) -> None:
    """Reducers that do what their actions do: after each deed the page looks as it does after the answer."""
    async with visiting(things()) as page:
        for deed in acts:
            async with page.unanswered() as answer:
                before = len(page.view.open) if page.view else 0
                await act(page, deed)
                opened = page.view.open[before:] if page.view else []
                assert all(call.is_shown for call in opened)
                foreseen = shown(page)
                for _ in opened:
                    await answer()
            assert shown(page) == foreseen


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(deeds, min_size=2, max_size=6))
async def test_optimistic_many_calls_end_where_they_are_answered_one_by_one(
    acts: list[tuple[str, str]],
) -> None:
    """Whatever is in flight at the same time: at the end stands what the server says, and nothing else."""
    async with visiting(things()) as page:
        async with page.unanswered():
            for deed in acts:
                await act(page, deed)
        shown_at_the_end = page.html
        page.server_forgets()
        assert page.view is not None
        await page.view.sync()
        assert page.html == shown_at_the_end


async def test_optimistic_refused_call_is_taken_back_and_told() -> None:
    async with visiting(things()) as page, page.unanswered() as answer:
        for text in ("one", "bad", "two"):
            await page.fill("Text", text)
            await page.submit("Add")
        assert [b.text for b in page.get_by_tag("b")][3:] == ["one", "bad", "two"]
        await answer()
        assert (await answer()).status == 422
        assert [b.text for b in page.get_by_tag("b")][3:] == ["one", "two"]
        assert page.get_by_role("alert").text == "refused"
        assert page.get_by_label("Text").value == "bad"
        await answer()
        assert page.get_by_role("alert").text == "refused"


async def test_optimistic_five_clicks_count_to_five() -> None:
    async with visiting(things()) as page, page.unanswered():
        for number in range(1, 6):
            await page.click(f"Open t1 {number - 1}")
            assert page.get_by_role("button", name=f"Open t1 {number}")


class Wrong(Component):
    text: str = state("")
    how: str = ""

    @action
    async def send(self, text: str) -> None:
        self.text = text

    @send.optimistic
    def _(self, text: str) -> None:
        if self.how == "length":
            self.text = "x" * len(text)
        else:
            self.text = text

    def render(self) -> Child:
        return h.main[
            h.a(href=f"/{self.text}" if self.how == "address" else "/")["link"],
            h.p[self.text if self.how != "render" else self.text[:3]],
            h.form(action=self.send)[h.input(name="text", aria_label="Text"), h.button["Send"]],
        ]


def wrong(how: str, *, debug: bool) -> Any:
    ui = application(debug=debug)

    @ui.page("/", title="Wrong")
    async def page() -> Child:
        return Wrong(how=how)

    return ui


@pytest.mark.parametrize("how", ["length", "render", "address"])
async def test_optimistic_reducer_that_looks_into_a_placeholder_is_an_error_in_development(how: str) -> None:
    with pytest.raises(Exception, match=r"'text'|<a href=…>") as raised:
        async with visiting(wrong(how, debug=True)):
            pass
    if how != "address":
        assert "test_optimistic.py:" in str(raised.value)


@pytest.mark.parametrize("how", ["length", "render", "address"])
async def test_optimistic_reducer_that_fails_is_logged_in_production(
    how: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "reactor"):
        async with visiting(wrong(how, debug=False)) as page:
            async with page.unanswered():
                await page.fill("Text", "hello")
                await page.submit("Send")
                assert "hello" not in page.get_by_role("main").text
            assert "hel" in page.get_by_role("main").text
    assert "cannot be run ahead" in caplog.text


async def test_optimistic_large_component_is_told_when_it_is_asked_for() -> None:
    """A thousand rows with buttons: nothing of the list is rendered ahead, and once for the row asked for."""
    async with visiting(things(1000, ahead=Limits().ahead)) as page:
        view = page.view
        assert view is not None
        sizes = {number: len(str(each)) for number, each in view._predictions.items() if each}
        assert len(sizes) <= Limits().ahead / 20  # some rows' own counters; of the list nothing
        removing = page.get_by_tag("button")[1000]
        assert removing.text == "Remove t500"
        button = removing.element
        handler = button.handler("click")
        assert handler.options["a"] not in sizes
        answer = await view.send_call({"a": button.address("click"), "h": handler.mark, "w": True})
        assert answer.status == 200
        assert answer.content["b"] == view.version
        assert answer.content["a"][0] == handler.options["a"]
        assert answer.size < 200
        await view.take(answer)
        async with page.unanswered():
            await page.click(removing)
            assert "Remove t500" not in page.html


async def test_optimistic_cost_is_bounded_and_told_in_development() -> None:
    async with visiting(things(30, ahead=Limits().ahead, debug=True)) as page:
        response = page.answer.response if page.answers else page.view and (await page.view.sync()).response
        assert response
        timing = response.headers["server-timing"]
        assert timing.startswith("ahead;dur=")
        assert int(timing.partition('desc="')[2].split()[0]) <= 2 * Limits().ahead


async def test_optimistic_asking_runs_nothing_and_needs_the_mark() -> None:
    async with visiting(things()) as page:
        view = page.view
        assert view is not None
        button = page.get_by_role("button", name="Remove t1").element
        handler = button.handler("click")
        asked = {"a": button.address("click"), "w": True}
        assert (await view.send_call({**asked, "h": handler.mark})).status == 200
        assert (await view.send_call({**asked, "h": 1})).status == 404
        assert (await view.send_call({**asked, "h": handler.mark, "v": view.version + 1})).code == "state"
        await page.reload()
        assert page.get_by_role("button", name="Remove t1")


async def test_optimistic_handlers_that_are_gone_are_forgotten() -> None:
    """Rows that come and go leave nothing behind in what the server keeps of the page."""
    ui = things(0, ahead=0)
    async with visiting(ui) as page:
        for number in range(300):
            assert page.view is not None
            await page.view.call({**adding(page), "f": ["text", f"n{number}"]})
            remove = page.get_by_tag("button")[0].element
            await page.view.call({"a": remove.address("click"), "h": remove.handler("click").mark, "e": {}})
        [view] = [held[0] for held in ui.site.views._views.values()]
        assert len(view.numbering.predictions) < 600


def adding(page: TestPage) -> dict[str, Any]:
    """The call of the form."""
    form = page.get_by_tag("form").element
    return {"a": form.address("submit"), "h": form.handler("submit").mark}
