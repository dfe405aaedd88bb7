"""Calls of the page's own scripts: what they send, and what they get."""

from __future__ import annotations

import logging
from datetime import date
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from reactor import Child, Component, Invalid, Limits, Reactor, action, redirect, state
from reactor import html as h
from reactor.testing import Answer, TestPage
from tests.server.applications import application, visiting


class Point(BaseModel):
    x: float
    y: float = 0


class Board(Component):
    chosen: int = state(0)

    @action
    async def choose(self, id: Annotated[int, Field(ge=1)], note: str = "") -> dict[str, Any]:
        if id == 13:
            raise Invalid(id="That is taken.")
        self.chosen = id
        return {"id": id, "note": note, "day": date(2026, 5, 1)}

    @action
    async def draw(self, points: list[Point], meta: dict[str, Any] | None = None) -> int:
        return len(points)

    @action
    async def move(self, to: Point) -> Point:
        return to

    @action
    async def leave(self) -> Any:
        return redirect("/?left=yes")

    @action
    async def odd(self) -> object:
        self.chosen = 99
        return object()

    @action
    async def large(self) -> str:
        return "x" * 2000

    def render(self) -> Child:
        return h.main[
            h.output[self.chosen],
            h.div(
                {
                    "on_draw": self.draw,
                    "on_move": self.move,
                    "on_leave": self.leave,
                    "on_odd": self.odd,
                    "on_large": self.large,
                },
                hook="Board",
                on_select=self.choose,
                on_click=self.odd,
            ),
            h.my_board({"on_odd": self.odd, "on_pick": self.choose}),
        ]


def boards(**limits: int) -> Reactor:
    ui = application(limits=Limits(**limits))

    @ui.page("/", title="Board")
    async def board() -> Child:
        return Board()

    return ui


def board_of(page: TestPage) -> Any:
    return page.get_by_tag("div", {"data-hook": "Board"})


async def test_hook_gets_what_the_action_returned() -> None:
    async with visiting(boards()) as page:
        result = await page.dispatch(board_of(page), "select", {"id": 3, "note": "near", "other": [1]})
        assert result == {"id": 3, "note": "near", "day": "2026-05-01"}
        assert page.get_by_role("status").text == "3"


async def test_hook_gets_the_result_of_a_restored_page_too() -> None:
    async with visiting(boards()) as page:
        page.server_forgets()
        assert await board_of(page).dispatch("select", {"id": 4}) == {
            "id": 4,
            "note": "",
            "day": "2026-05-01",
        }
        assert page.get_by_role("status").text == "4"


async def test_hook_sends_data_that_annotations_make_objects_of() -> None:
    async with visiting(boards()) as page:
        board = board_of(page)
        assert await board.dispatch("draw", {"points": [{"x": 1}, {"x": "2.5", "y": 3}]}) == 2
        assert await board.dispatch("move", {"x": 1}) == {"x": 1.0, "y": 0.0}
        assert await board.dispatch("draw", {"points": [], "meta": {"a": {"b": [None]}}}) == 0


@pytest.mark.parametrize(
    ("event", "data", "wrong"),
    [
        ("select", {"id": "three"}, {"id"}),
        ("select", {"id": 0}, {"id"}),
        ("select", {}, {"id"}),
        ("select", {"id": 13}, {"id"}),
        ("draw", {"points": [{"x": 1}, {"y": 1}]}, {"points.1.x"}),
        ("draw", {"points": "none"}, {"points"}),
        ("move", {"x": [1, 2]}, {"x"}),
    ],
)
async def test_hook_learns_what_does_not_validate(event: str, data: dict[str, Any], wrong: set[str]) -> None:
    async with visiting(boards()) as page:
        assert await page.dispatch(board_of(page), event, data) is None
        assert (page.answer.status, page.answer.code, set(page.answer.fields)) == (422, "invalid", wrong)
        assert "x" not in page.answer.content


async def test_results_are_sent_only_where_they_are_wanted() -> None:
    async with visiting(boards()) as page:
        assert await page.dispatch(page.get_by_tag("my-board"), "pick", {"id": 5}) is None
        assert "x" not in page.answer.content
        assert page.get_by_role("status").text == "5"
        # What cannot be sent does not matter where nobody wants it.
        await page.dispatch(page.get_by_tag("my-board"), "odd")
        assert page.get_by_role("status").text == "99"


@pytest.mark.parametrize("wanted", [1, "yes", {}, None, False])
async def test_a_result_is_wanted_by_true_alone(wanted: Any) -> None:
    async with visiting(boards()) as page:
        handler = board_of(page).element.handler("select")
        address = board_of(page).element.address("select")
        answer: Answer = await page.call(address, handler.mark, e={"id": 3}, x=wanted)
        assert answer.status == 200
        assert "x" not in answer.content


async def test_result_that_cannot_be_sent_is_an_error_and_nothing_is_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with visiting(boards(), raise_server_errors=False) as page:
        with caplog.at_level(logging.ERROR, "reactor"):
            assert await page.dispatch(board_of(page), "odd") is None
        assert (page.answer.status, page.answer.code) == (500, "failed")
        assert "Board.odd returned a value of type object" in caplog.text
        await page.dispatch(board_of(page), "draw", {"points": []})
        assert page.get_by_role("status").text == "0"


async def test_result_that_is_too_large_names_the_limit(caplog: pytest.LogCaptureFixture) -> None:
    async with visiting(boards(result=1000), raise_server_errors=False) as page:
        with caplog.at_level(logging.ERROR, "reactor"):
            await page.dispatch(board_of(page), "large")
        assert page.answer.status == 500
        assert "the limit is 1000 (Limits.result)" in caplog.text


async def test_redirect_is_followed_and_is_no_result() -> None:
    async with visiting(boards()) as page:
        assert await page.dispatch(board_of(page), "leave") is None
        assert page.url == "/?left=yes"


async def test_repeated_call_gets_the_same_result() -> None:
    async with visiting(boards()) as page:
        await page.dispatch(board_of(page), "select", {"id": 3})
        assert (await page.repeat_call()).content["x"]["id"] == 3


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"id": [[[[[[[[[[1]]]]]]]]]]}, 400),
        ({"id": 3, "more": list(range(200))}, 400),
        ({"id": 3, "note": "x" * 5000}, 413),
    ],
)
async def test_data_of_a_script_is_limited(data: dict[str, Any], status: int) -> None:
    async with visiting(boards(depth=10, items=100, body=4000)) as page:
        assert await page.dispatch(board_of(page), "select", data) is None
        assert page.answer.status == status
        assert "Limits." in page.answer.message
