"""Actions that are functions: of a module, and in a page's function, with the values that the visitor saw."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from fastapi import Depends, UploadFile
from pydantic import BaseModel, Field

from reactor import (
    Child,
    Component,
    ComponentError,
    Handler,
    Invalid,
    Limits,
    Reactor,
    ReactorError,
    action,
    redirect,
    state,
)
from reactor import html as h
from reactor.codec import from_text
from reactor.references import Definition
from reactor.secret import fresh
from reactor.testing import File, TestClient
from tests.server.applications import application, visiting

done: list[Any] = []
latest: dict[str, int] = {}


@pytest.fixture(autouse=True)
def _nothing_done() -> None:
    done.clear()
    latest.update(version=1)


def caller() -> str:
    return "ada"


@action
async def create(title: Annotated[str, Field(min_length=2)], by: Annotated[str, Depends(caller)]) -> str:
    """One of a module, in a form."""
    if title == "taken":
        raise Invalid(title="There is one already")
    done.append((title, by))
    return f"{title} was created"


@action
def remove(number: int) -> None:
    """A plain function."""
    done.append(("removed", number))


class Row(Component):
    """Is given what it calls."""

    number: int
    on_remove: Handler

    def render(self) -> Child:
        return h.li[h.button(on_click=self.on_remove)[f"Remove {self.number}"]]


def listing(**settings: Any) -> Reactor:
    ui = application(**settings)

    @ui.page("/")
    async def index() -> Child:
        gone = {number for what, number in done if what == "removed"}
        return h.main[
            h.form(action=create)[
                h.input(create.field("title"), aria_label="Title"),
                create.error("title"),
                h.button["Create"],
            ],
            h.p[create.result or "nothing yet"],
            h.ul[
                (
                    Row(key=number, number=number, on_remove=remove.bind(number))
                    for number in range(3)
                    if number not in gone
                )
            ],
        ]

    return ui


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_function_is_called_from_a_form_and_as_a_prop(javascript: bool) -> None:
    async with visiting(listing(), javascript=javascript) as page:
        await page.fill("Title", "Tea")
        await page.click("Create")
        assert done == [("Tea", "ada")]
        assert "Tea was created" in page.text
        await page.click("Remove 1")
        assert done[1:] == [("removed", 1)]
        assert "Remove 0" in page.text
        assert "Remove 1" not in page.text, "the page shows what the action has done"


@pytest.mark.parametrize("javascript", [True, False])
async def test_what_is_wrong_with_the_arguments_of_a_function_is_shown(javascript: bool) -> None:
    async with visiting(listing(), javascript=javascript) as page:
        await page.fill("Title", "x")
        await page.click("Create")
        assert "at least 2 characters" in page.text
        await page.fill("Title", "taken")
        await page.click("Create")
        assert "There is one already" in page.text
        await page.fill("Title", "Tea")
        await page.click("Create")
        assert "There is one already" not in page.text
        assert done == [("Tea", "ada")]


async def test_a_function_is_called_in_a_page_that_the_server_has_forgotten() -> None:
    async with visiting(listing()) as page:
        page.server_forgets()
        await page.click("Remove 2")
        assert done == [("removed", 2)]
        assert "Remove 2" not in page.text


async def test_rendering_again_changes_nothing_where_values_are_the_same() -> None:
    async with visiting(listing()) as page:
        await page.click("Remove 0")
        answer = page.answer.content
        assert "r" not in answer
        assert b"Remove 1" not in repr(answer["d"]).encode(), "rows that stay are not sent again"


def publishing(*, taken: Callable[[], Any] = lambda: None) -> Reactor:
    ui = application()
    outer = {"calls": 0}

    @ui.page("/")
    async def index() -> Child:
        version = latest["version"]
        extra = taken()

        @action
        async def publish(note: str = "") -> None:
            outer["calls"] += 1
            if version != latest["version"]:
                raise Invalid("The version has changed since you pressed publish")
            done.append((version, extra, note, outer["calls"]))

        return h.form(action=publish)[
            h.input(name="note", aria_label="Note"), publish.error(), h.button["Publish"]
        ]

    return ui


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("forgotten", [True, False])
async def test_a_closure_sees_the_values_that_were_rendered(javascript: bool, forgotten: bool) -> None:
    async with visiting(publishing(), javascript=javascript) as page:
        latest["version"] = 2
        if forgotten and javascript:
            page.server_forgets()
        await page.click("Publish")
        assert done == []
        assert "The version has changed since you pressed publish" in page.text


async def test_a_closure_runs_in_another_process_with_the_same_secret() -> None:
    # Two applications that were made alike share nothing but the code.
    first, second = publishing(), publishing()
    async with TestClient(first.app) as one, TestClient(second.app) as two:
        page = await one.get("/")
        await two.get("/")
        two.http.cookies.update(one.http.cookies)
        page.client = two
        await page.fill("Note", "hello")
        await page.click("Publish")
    assert done == [(1, None, "hello", 1)], "what stands around the page is that of the other process"


class Colour(Enum):
    RED = "red"


class Post(BaseModel):
    title: str
    published: date | None = None


@dataclass
class Point:
    x: int
    y: float


VALUES = [
    None,
    True,
    7,
    -(2**70),
    1.5,
    float("inf"),
    "ä\u2028",
    b"\0\xff",
    [1, [2]],
    (1, (2,)),
    {"a": 1, 2: {"b"}},
    {3, 1},
    frozenset({1}),
    datetime(2026, 5, 1, 12, tzinfo=UTC),
    datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
    date(2026, 5, 1),
    time(12, 30),
    timedelta(days=-1, microseconds=5),
    Decimal("1.10"),
    UUID(int=5),
    Colour.RED,
    Post(title="Tea", published=date(2026, 5, 1)),
    Point(1, 2.5),
    [Post(title="x")],
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{type(value).__name__}-{str(value)[:12]}")
async def test_values_travel_and_come_back_as_they_were(value: Any) -> None:
    ui = publishing(taken=lambda: value)
    async with visiting(ui) as page:
        page.server_forgets()
        await page.click("Publish")
    assert repr(done[0][1]) == repr(value)


async def test_what_cannot_travel_is_told_with_its_variable_and_line() -> None:
    ui = publishing(taken=object)
    with pytest.raises(
        ReactorError, match=r"(?s)publish: the variable 'extra' holds a object.*test_references"
    ):
        async with visiting(ui):
            pass


async def test_too_much_is_told_with_the_limit() -> None:
    ui = application(limits=Limits(captured=100))

    @ui.page("/")
    async def index() -> Child:
        text = "x" * 200

        @action
        async def show() -> None:
            done.append(text)

        return h.button(on_click=show)["Show"]

    with pytest.raises(ComponentError, match=r"show: .* bytes, the limit is 100 \(Limits\.captured\)"):
        async with visiting(ui):
            pass


async def test_a_closure_in_a_loop_has_the_value_of_its_turn() -> None:
    ui = application()

    @ui.page("/")
    async def index() -> Child:
        rows = []
        for number in range(3):

            @action
            async def choose() -> None:
                done.append(number)  # noqa: B023 - that is what is tested

            rows.append(Row(number=number, on_remove=choose))
        return h.ul[rows]

    async with visiting(ui) as page:
        await page.click("Remove 1")
        page.server_forgets()
        await page.click("Remove 0")
    assert done == [1, 0]


class Draft(Component):
    words: int = state(0)

    def render(self) -> Child:
        seen = self.words

        @action
        async def write(count: int = 1) -> None:
            self.words += count
            done.append((seen, self.words))

        return h.p[h.output[self.words], h.button(on_click=write)["Write"]]


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_closure_may_capture_its_component(javascript: bool) -> None:
    ui = application()
    opened: list[None] = []

    @ui.page("/")
    async def index() -> Child:
        opened.append(None)
        return h.main[Draft()]

    async with visiting(ui, javascript=javascript) as page:
        await page.click("Write")
        if javascript:
            page.server_forgets()
        await page.click("Write")
        assert done == [(0, 1), (1, 2)]
        assert page.get_by_role("status").text == "2"
        opened.clear()
        if javascript:
            await page.click("Write")
            assert opened == [], "what a component's own closure does is the component's"


async def test_a_reference_is_for_one_visitor_and_one_page_only() -> None:
    ui = application()

    @ui.page("/{name}")
    async def index(name: str) -> Child:
        return h.div(data_remove=remove.bind(0))[name]

    async with TestClient(ui.app) as one, TestClient(ui.app) as two:
        first, elsewhere, second = await one.get("/a"), await one.get("/b"), await two.get("/a")
        token = from_text(str(first.get_by_tag("div").element.attributes["data-remove"]), limit=1000)
        assert (await second.call(None, g=token)).status == 400
        assert (await elsewhere.call(None, g=token)).status == 400
        assert (await first.call(None, g=token[:-1] + bytes([token[-1] ^ 1]))).status == 400
        assert (await first.call(None, g=b"x" * 20_000)).status == 413
        assert done == []
        assert (await first.call(None, g=token)).status == 200
        assert done == [("removed", 0)]


async def test_a_redirect_of_a_function_is_followed() -> None:
    ui = application()

    @ui.page("/")
    async def index() -> Child:
        @action
        async def go() -> Any:
            return redirect("/there")

        return h.form(action=go)[h.button["Go"]]

    @ui.page("/there")
    async def there() -> Child:
        return h.h1["There"]

    for javascript in (True, False):
        async with visiting(ui, javascript=javascript) as page:
            await page.click("Go")
            assert "There" in page.text


async def test_files_go_to_a_function() -> None:
    ui = application()

    @ui.page("/")
    async def index() -> Child:
        folder = "letters"

        @action
        async def keep(file: UploadFile) -> None:
            done.append((folder, file.filename, await file.read()))

        return h.form(action=keep)[h.input(type="file", name="file", aria_label="File"), h.button["Keep"]]

    for javascript in (True, False):
        async with visiting(ui, javascript=javascript) as page:
            await page.attach("File", File("a.txt", b"dear"))
            await page.click("Keep")
    assert done == [("letters", "a.txt", b"dear")] * 2


async def test_a_function_that_fails_changes_nothing_and_is_told() -> None:
    ui = application()

    @ui.page("/")
    async def index() -> Child:
        @action
        async def fail() -> None:
            raise RuntimeError("secret detail")

        return h.form(action=fail)[h.button["Fail"]]

    async with visiting(ui, raise_server_errors=False) as page:
        await page.click("Fail")
        assert page.answer.status == 500
        assert "secret detail" not in page.answer.message


TAKEN = [
    (int, str(2**70), 2**70),
    (float, float("inf"), float("inf")),
    (bytes, b"\0\xff", b"\0\xff"),
    (list[int], [1, 2], [1, 2]),
    (set[int], [1, 2], {1, 2}),
    (tuple[int, str], [1, "a"], (1, "a")),
    (dict[str, float], {"a": 1}, {"a": 1.0}),
    (datetime, "2026-05-01T12:00:00.000Z", datetime(2026, 5, 1, 12, tzinfo=UTC)),
    (date, "2026-05-01", date(2026, 5, 1)),
    (timedelta, "P1DT2S", timedelta(days=1, seconds=2)),
    (Decimal, "1.10", Decimal("1.10")),
    (UUID, str(UUID(int=5)), UUID(int=5)),
    (Colour, "red", Colour.RED),
    (Post, {"title": "Tea"}, Post(title="Tea")),
    (Point, {"x": 1, "y": 2}, Point(1, 2.0)),
    (list[Post], [{"title": "a"}, {"title": "b"}], [Post(title="a"), Post(title="b")]),
    (int | None, None, None),
]


def taking(annotation: Any) -> Reactor:
    ui = application()

    @action
    async def take(value: annotation, more: int = 0) -> None:
        done.append(value)

    @ui.page("/")
    async def index() -> Child:
        return h.div(data_take=take)

    return ui


async def called(ui: Reactor, given: object) -> int:
    async with visiting(ui) as page:
        token = from_text(str(page.get_by_tag("div").element.attributes["data-take"]), limit=1000)
        return (await page.call(None, g=token, e={"value": given})).status


@pytest.mark.parametrize(("annotation", "given", "expected"), TAKEN, ids=[str(each[0]) for each in TAKEN])
async def test_arguments_of_scripts_are_made_by_their_annotations(
    annotation: Any, given: object, expected: object
) -> None:
    assert await called(taking(annotation), given) == 200
    assert done == [expected]
    assert type(done[0]) is type(expected)


@pytest.mark.parametrize(
    ("annotation", "given"),
    [
        (int, {"__class__": "int"}),
        (Post, {"title": ["x"]}),
        (list[int], "12"),
        (Colour, "blue"),
        (UploadFile, 0),
        (date, []),
    ],
)
async def test_arguments_that_do_not_fit_are_refused(annotation: Any, given: object) -> None:
    assert await called(taking(annotation), given) == 422
    assert done == []


async def test_a_secret_may_be_replaced_while_pages_are_open() -> None:
    old, new = fresh(), fresh()
    for secret, status in ((f"{new},{old}", 200), (new, 409)):
        first, second = listing(secret=old), listing(secret=secret)
        async with TestClient(first.app) as one, TestClient(second.app) as two:
            page = await one.get("/")
            await two.get("/")
            two.http.cookies.update(one.http.cookies)
            page.client = two
            await page.click("Remove 1")
            assert page.answer.status == status
        assert done == ([("removed", 1)] if status == 200 else [])
        done.clear()


async def test_functions_with_ever_other_defaults_do_not_pile_up() -> None:
    ui = application(limits=Limits(views=1))

    @ui.page("/{number}")
    async def index(number: int) -> Child:
        @action
        async def choose(choice: int = number) -> None:
            done.append(choice)

        return h.button(on_click=choose)["Choose"]

    def alive() -> int:
        gc.collect()
        return sum(isinstance(each, Definition) for each in gc.get_objects())

    async with TestClient(ui.app) as client:
        before = alive()
        pages = [await client.get(f"/{number}") for number in range(60)]
        assert alive() - before <= 20
        await pages[-1].click("Choose")
    assert done == [59], "the default of the page that was seen"


async def test_what_is_made_in_the_rendering_is_no_dependency_and_no_default() -> None:
    """It would see the values of whoever looked at the page last."""
    ui = application()

    @ui.page("/{kind}")
    async def index(kind: str) -> Child:
        def mine() -> str:
            return kind

        if kind == "dependency":

            @action
            async def read(store: str = Depends(mine)) -> None:
                done.append(store)
        else:

            @action
            async def read(store: object = iter(kind)) -> None:
                done.append(store)

        return h.button(on_click=read)["Read"]

    async with TestClient(ui.app) as client:
        with pytest.raises(ReactorError, match="'mine' is a function that is made anew in each rendering"):
            await client.get("/dependency")
        with pytest.raises(ReactorError, match=r"a default is a str_.*iterator, which cannot be kept"):
            await client.get("/default")
