"""How much one may ask for (B): calls, views, and errors that name the limit."""

from __future__ import annotations

import math
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reactor import Child, Component, ComponentError, Limits, action, state
from reactor import html as h
from reactor.codec import pack, to_text, unpack
from reactor.protocol import MEDIA_TYPE
from reactor.rates import Buckets, Rates, TooOften
from reactor.seal import new_visitor
from reactor.testing import TestClient, TestPage
from tests.server.applications import application, counting, visiting


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.floats(0, 5), max_size=60), st.floats(0.5, 20), st.integers(1, 20))
def test_bucket_never_gives_more_than_its_rate_and_burst(
    pauses: list[float], rate: float, burst: int
) -> None:
    """T-RATE"""
    clock = Clock()
    buckets = Buckets(10, clock)
    given_at: list[float] = []
    for pause in pauses:
        clock.now += pause
        wait = buckets.take("ada", rate=rate, burst=burst)
        if wait == 0:
            given_at.append(clock.now)
        else:
            # After what it says there is one.
            assert wait <= 1 / rate + 1e-6
    for first in range(len(given_at)):
        for last in range(first, len(given_at)):
            assert last - first + 1 <= burst + (given_at[last] - given_at[first]) * rate + 1e-6


def test_buckets_of_any_number_of_strangers_fill_no_memory() -> None:
    """T-RATE, T-CONN"""
    buckets = Buckets(100)
    for number in range(1000):
        buckets.take(number, rate=1, burst=1)
    assert len(buckets) == 100


async def test_visitors_do_not_slow_each_other_and_made_up_ids_share_one_rate() -> None:
    """T-RATE"""
    rates = Rates(1, 5)
    rates.know("ada")
    rates.know("bob")
    for _ in range(5):
        await rates.admit("ada", "1.1.1.1")
    with pytest.raises(TooOften):
        await rates.admit("ada", "1.1.1.1")
    await rates.admit("bob", "1.1.1.1")
    for _ in range(20):
        await rates.admit(new_visitor(), "1.1.1.1")
    with pytest.raises(TooOften) as raised:
        await rates.admit(new_visitor(), "1.1.1.1")
    assert raised.value.status == 429
    await rates.admit(None, "2.2.2.2")
    await rates.admit("bob", "1.1.1.1")


def limited(**limits: Any) -> TestClient:
    return TestClient(counting(limits=Limits(**limits)).app)


def call(page: TestPage, **changes: Any) -> bytes:
    assert page.view is not None
    button = page.get_by_role("button", name="Count").element
    return pack(
        {
            "p": 1,
            "i": page.view.id,
            "v": page.view.version,
            "c": os.urandom(16),
            "a": button.address("click"),
            "h": button.handler("click").mark,
            "s": page.view.sealed,
            **changes,
        }
    )


async def test_calls_beyond_the_rate_are_refused_with_the_limit_and_when_to_come_again() -> None:
    """T-RATE: nothing is run, nothing is recorded; the same call is answered later."""
    async with limited(rate=0.001, burst=4) as client:
        page = await client.get("/")  # asks for the tree once
        for _ in range(3):
            assert (await client.post_call("/", call(page, i=1))).status_code == 400
        response = await client.post_call("/", call(page))
        assert response.status_code == 429
        message: Any = unpack(response.content, limit=1000)
        assert message["e"]["c"] == "rate"
        assert "Limits.rate" in message["e"]["m"]
        assert 1 <= int(response.headers["retry-after"]) <= 1000
        form = {"$state": "x", "$call": "y"}
        response = await client.http.post("/", data=form, headers={"origin": client.origin})
        assert response.status_code == 429
        assert "Limits.rate" in response.text
        assert int(response.headers["retry-after"]) >= 1
        # Pages are still served.
        assert (await client.http.get("/")).status_code == 200
        other = TestClient(client.app)
        theirs = await other.get("/")
        await theirs.click("Count")
        assert theirs.get_by_role("status").text == "1"


async def test_call_that_was_refused_for_its_rate_runs_once_when_it_comes_again() -> None:
    """T-RATE"""
    ui = counting(limits=Limits(rate=0.001, burst=2))
    async with TestClient(ui.app) as client:
        page = await client.get("/")
        await client.post_call("/", b"")
        again = call(page)
        assert (await client.post_call("/", again)).status_code == 429
        ui.site.rates = Rates(math.inf, 1)
        answer: Any = unpack((await client.post_call("/", again)).content, limit=10_000)
        assert answer["d"]


async def test_ids_that_are_made_up_share_the_rate_of_their_address() -> None:
    """T-RATE"""
    async with limited(rate=0.001, burst=2) as client:
        statuses = []
        for _ in range(10):
            headers = {
                "cookie": f"reactor={new_visitor()}",
                "origin": client.origin,
                "content-type": MEDIA_TYPE,
            }
            statuses.append((await client.http.post("/", content=b"", headers=headers)).status_code)
        assert statuses == [400] * 8 + [429] * 2


async def test_tokens_that_are_forged_cost_more() -> None:
    """T-RATE: failed opens count tenfold."""
    async with limited(rate=0.001, burst=25) as client:
        page = await client.get("/")
        assert page.view is not None
        forged = page.view.sealed[:-1] + bytes([page.view.sealed[-1] ^ 1])
        statuses = []
        for _ in range(5):
            body = call(page, i=b"unknown", s=forged)
            statuses.append((await client.post_call("/", body)).status_code)
        assert statuses == [400, 400, 400, 429, 429]


async def test_visitor_is_known_after_a_restart_as_soon_as_their_token_opens() -> None:
    """T-RATE"""
    ui = counting(limits=Limits(rate=0.001, burst=3))
    async with TestClient(ui.app) as client:
        page = await client.get("/")
        ui.site.__post_init__()  # all that a process keeps
        await page.click("Count")
        for _ in range(11):
            headers = {
                "cookie": f"reactor={new_visitor()}",
                "origin": client.origin,
                "content-type": MEDIA_TYPE,
            }
            await client.http.post("/", content=b"", headers=headers)
        await page.click("Count")
        assert page.get_by_role("status").text == "2"


class Login(Component):
    tries: int = state(0)

    @action(rate=(2, 60))
    async def login(self) -> None:
        self.tries += 1

    @action
    async def other(self) -> None:
        self.tries += 10

    def render(self) -> Child:
        return h.section[
            h.output[self.tries],
            h.form(action=self.login)[h.button["Log in"]],
            h.button(on_click=self.other)["Other"],
        ]


@pytest.mark.parametrize("javascript", [True, False])
async def test_action_with_a_rate_tells_the_person_when_to_come_again(javascript: bool) -> None:
    """T-RATE: per action and visitor; the others go on."""
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Login()

    async with visiting(ui, javascript=javascript) as page, TestClient(ui.app) as stranger:
        await page.click("Log in")
        await page.click("Log in")
        await page.click("Log in")
        assert (page.answer.status if javascript else page.status) == 429
        assert page.get_by_role("status").text == "2"
        assert "Please wait" in (page.answer.message if javascript else page.html)
        await page.click("Other")
        assert page.get_by_role("status").text == "12"
        theirs = await stranger.get("/")
        await theirs.click("Log in")
        assert theirs.get_by_role("status").text == "1"


@pytest.mark.parametrize("rate", [5, (0, 1), (1, 0), (1, 2, 3), "ab", [1, 2]])
def test_rate_of_an_action_that_is_none_is_an_error_at_once(rate: Any) -> None:
    """T-RATE"""
    with pytest.raises(ComponentError, match=r"\(calls, seconds\)"):

        @action(rate=rate)
        async def send(self: Any) -> None: ...


async def test_one_visitors_views_do_not_push_out_those_of_others() -> None:
    """T-CONN: the oldest ones go, and nothing of them is lost."""
    ui = counting(limits=Limits(visitor_views=3))
    async with TestClient(ui.app) as client, TestClient(ui.app) as other:
        theirs = await other.get("/")
        pages = [await client.get("/") for _ in range(10)]
        assert len(ui.site.views) == 4
        assert theirs.view is not None
        assert ui.site.views.get(theirs.view.id, other.http.cookies["reactor"], _place(ui))
        for page in pages:
            await page.click("Count")
            assert page.get_by_role("status").text == "1"
        assert len(ui.site.views) == 4


def _place(ui: Any) -> str:
    return str(next(iter(ui.site.views._views.values()))[0].page)


async def test_errors_name_the_limit_that_was_hit() -> None:
    """T-BYTES, T-COUNT, T-DEPTH: each with its setting, on every way in."""
    limits = Limits(body=3000, depth=6, items=100, fields=5, state=500, forks=2, calls=3)
    async with TestClient(counting(limits=limits).app) as client:
        page = await client.get("/")
        for changes, name in (
            ({"e": {"a": "x" * 5000}}, "Limits.body"),
            ({"e": {"a": [0] * 200}}, "Limits.items"),
            ({"e": {"a": [[[[[[[0]]]]]]]}}, "Limits.depth"),
            ({"f": ["a", "b"] * 6}, "Limits.fields"),
            ({"i": b"unknown", "s": b"\1" * 600}, "Limits.state"),
            ({"m": [[b"", b""]] * 3}, "Limits.forks"),
            ({"u": [b"12345678"] * 4}, "Limits.calls"),
        ):
            message: Any = unpack((await client.post_call("/", call(page, **changes))).content, limit=1000)
            assert name in message["e"]["m"]
        called = to_text(pack([[2], 1]))
        for form, name in (
            ({"$state": to_text(b"\1" * 600), "$call": called}, "Limits.state"),
            ({str(number): "" for number in range(8)}, "Limits.fields"),
            ({"a": "x" * 4000}, "Limits.body"),
        ):
            for files in (None, {"file": b""}):
                headers = {"origin": client.origin}
                response = await client.http.post("/", data=form, files=files, headers=headers)
                assert response.status_code in (400, 413)
                assert name in response.text
