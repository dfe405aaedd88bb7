"""In which order calls are done: beside each other, one after the other, or one in place of another."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from reactor import Child, Component, Invalid, Limits, Reactor, action, state
from reactor import html as h
from reactor.codec import pack
from reactor.testing import TestClient, TestPage
from tests.server.applications import application, visiting


class Gates:
    """Lets actions wait until a test lets them go on."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self._changed = asyncio.Condition()
        self._open: set[str] = set()

    async def wait(self, name: str) -> None:
        """Waits at a gate; notes when this begins, and when it ends, in whichever way."""
        self.begun.append(name)
        try:
            async with self._changed:
                self._changed.notify_all()
                await self._changed.wait_for(lambda: name in self._open)
        finally:
            self.ended.append(name)

    async def open(self, name: str) -> None:
        async with self._changed:
            self._open.add(name)
            self._changed.notify_all()

    async def reached(self, name: str, times: int = 1) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self.begun.count(name) >= times)


_gates: list[Gates] = []


@pytest.fixture
def gates() -> Iterator[Gates]:
    made = Gates()
    _gates.append(made)
    yield made
    _gates.clear()


class Worker(Component):
    """Works as long as its gate is closed; each action notes what it has done."""

    name: str
    done: list[str] = state([])
    half: bool = state(False)

    async def work(self, what: str) -> None:
        self.half = True
        self._scratch = what
        await _gates[0].wait(f"{self.name} {what}")
        self.half = False
        self.done.append(what)

    @action
    async def queue(self, value: str = "a") -> None:
        await self.work(value)

    @action(order="latest")
    async def latest(self, value: str = "a") -> None:
        await self.work(value)

    @action(order="drop")
    async def drop(self) -> None:
        await self.work("drop")

    @action(order="parallel")
    async def parallel(self, value: str) -> None:
        await _gates[0].wait(f"{self.name} {value}")
        self.done.append(value)

    @action
    async def fail(self) -> None:
        await self.work("fail")
        raise RuntimeError("on purpose")

    @action
    async def refuse(self) -> None:
        await self.work("refuse")
        raise Invalid("not now")

    @action
    async def quick(self) -> None:
        self.done.append("quick")

    def render(self) -> Child:
        name = self.name
        kinds: list[tuple[str, Any]] = [
            ("queue", self.queue.bind("a")),
            ("then", self.queue.bind("b")),
            ("latest", self.latest.bind("a")),
            ("newer", self.latest.bind("b")),
            ("drop", self.drop),
            ("parallel", self.parallel.bind("a")),
            ("beside", self.parallel.bind("b")),
            ("fail", self.fail),
            ("refuse", self.refuse),
            ("quick", self.quick),
        ]
        return h.section[
            h.output(id=name)["half" if self.half else " ".join(self.done)],
            (h.button(on_click=listener)[f"{name} {kind}"] for kind, listener in kinds),
            self.refuse.error(),
        ]


def workers(**settings: Any) -> Reactor:
    ui = application(**settings)

    @ui.page("/")
    async def page() -> Child:
        return h.main[Worker(name="A"), Worker(name="B"), Worker(name="C")]

    return ui


def shown(page: TestPage, name: str) -> str:
    return next(e for e in page.tree.elements() if e.attributes.get("id") == name).text


@contextlib.asynccontextmanager
async def under_way(page: TestPage, gates: Gates, button: str, gate: str) -> AsyncIterator[None]:
    """A click whose action waits at its gate while the block runs, and is done after it."""
    clicked = asyncio.create_task(page.click(button))
    await gates.reached(gate)
    yield
    await gates.open(gate)
    await clicked


async def test_slow_action_does_not_hold_up_another_component(gates: Gates) -> None:
    async with visiting(workers()) as page:
        async with under_way(page, gates, "A queue", "A a"):
            await page.click("B quick")
            await page.click("C quick")
            await page.click("B quick")
            assert (shown(page, "A"), shown(page, "B"), shown(page, "C")) == ("", "quick quick", "quick")
            assert all("r" not in answer.content for answer in page.answers)
        assert (shown(page, "A"), shown(page, "B")) == ("a", "quick quick")
        assert [answer.status for answer in page.answers] == [200] * 4
        assert all("r" not in answer.content for answer in page.answers)
        page.server_forgets()
        await page.click("C quick")
        assert [shown(page, name) for name in "ABC"] == ["a", "quick quick", "quick quick"]


async def test_calls_of_one_component_wait_for_each_other(gates: Gates) -> None:
    async with visiting(workers()) as page:
        async with under_way(page, gates, "A queue", "A a"):
            second = asyncio.create_task(page.click("A quick"))
            await page.click("B quick")
            assert gates.begun == ["A a"]
        await second
        assert shown(page, "A") == "a quick"


async def test_server_keeps_the_order_when_a_browser_does_not(gates: Gates) -> None:
    async with visiting(workers()) as page:
        button = page.get_by_role("button", name="A quick").element
        async with under_way(page, gates, "A queue", "A a"):
            second = asyncio.create_task(page.call(button.address("click"), button.handler("click").mark))
            await page.click("B quick")
            assert not second.done()
        await second
        assert shown(page, "A") == "a quick"


async def test_half_of_an_action_is_neither_shown_nor_sealed(gates: Gates) -> None:
    async with visiting(workers()) as page:
        async with under_way(page, gates, "A queue", "A a"):
            await page.click("B quick")
            assert shown(page, "A") == ""
            other = await page.client.get("/")
            assert other.view is not None
            assert page.view is not None
            other.view.sealed, other.view.version = page.view.sealed, 99
            await other.view.sync()
            assert (shown(other, "A"), shown(other, "B")) == ("", "quick")
        assert shown(page, "A") == "a"


async def test_newer_call_cancels_the_older_one(gates: Gates) -> None:
    async with visiting(workers()) as page:
        older = asyncio.create_task(page.click("A latest"))
        await gates.reached("A a")
        async with under_way(page, gates, "A newer", "A b"):
            await older
            assert gates.ended == ["A a"]
            assert (page.answer.status, page.answer.code) == (409, "superseded")
        assert shown(page, "A") == "b"
        assert page.notices == []


async def test_call_that_has_ended_is_not_superseded(gates: Gates) -> None:
    async with visiting(workers()) as page:
        older = b"0123456789abcdef"
        await gates.open("A a")
        await gates.open("A b")
        button = page.get_by_role("button", name="A latest").element
        await page.call(button.address("click"), button.handler("click").mark, c=older)
        button = page.get_by_role("button", name="A newer").element
        await page.call(button.address("click"), button.handler("click").mark, z=[older])
        assert [answer.status for answer in page.answers] == [200, 200]
        assert shown(page, "A") == "a b"


async def test_call_that_comes_after_the_newer_one_is_not_run(gates: Gates) -> None:
    async with visiting(workers()) as page:
        late = b"0123456789abcdef"
        button = page.get_by_role("button", name="A newer").element
        await gates.open("A b")
        await page.call(button.address("click"), button.handler("click").mark, z=[late])
        button = page.get_by_role("button", name="A latest").element
        await page.call(button.address("click"), button.handler("click").mark, c=late)
        assert page.answer.code == "superseded"
        assert gates.begun == ["A b"]
        assert shown(page, "A") == "b"


async def test_second_call_is_dropped(gates: Gates) -> None:
    async with visiting(workers()) as page:
        async with under_way(page, gates, "A drop", "A drop"):
            await page.click("A drop")
        assert len(page.answers) == 1
        assert shown(page, "A") == "drop"
        await page.click("A drop")
        assert shown(page, "A") == "drop drop"


async def test_parallel_calls_run_beside_each_other(gates: Gates) -> None:
    async with visiting(workers()) as page:
        async with under_way(page, gates, "A parallel", "A a"):
            async with under_way(page, gates, "A beside", "A b"):
                await page.click("A quick")
                assert shown(page, "A") == "quick"
            assert shown(page, "A") == "quick b"
        assert shown(page, "A") == "quick b a"


@pytest.mark.parametrize(("button", "status"), [("fail", 500), ("refuse", 422)])
async def test_failure_takes_back_its_own_and_nothing_else(gates: Gates, button: str, status: int) -> None:
    async with visiting(workers(), raise_server_errors=False) as page:
        async with under_way(page, gates, "B queue", "B a"):
            async with under_way(page, gates, f"A {button}", f"A {button}"):
                await page.click("C quick")
            assert page.answer.status == status
            await page.click("A quick")
            assert (shown(page, "A"), shown(page, "B"), shown(page, "C")) == ("quick", "", "quick")
            assert "r" not in page.answer.content
        assert shown(page, "B") == "a"
        page.server_forgets()
        await page.click("C quick")
        assert [shown(page, name) for name in "ABC"] == ["quick", "a", "quick quick"]


async def test_failure_leaves_the_view_where_it_was(gates: Gates) -> None:
    async with visiting(workers(), raise_server_errors=False) as page:
        before = page.version
        await gates.open("A fail")
        await page.click("A fail")
        assert "v" not in page.answer.content
        await page.click("A quick")
        assert page.answer.content["b"] == before
        assert shown(page, "A") == "quick"


async def test_what_an_action_kept_beside_its_state_goes_when_it_fails() -> None:
    class Caching(Component):
        count: int = state(0)

        @action
        async def fail(self) -> None:
            self._cached = "half"
            raise RuntimeError

        @action
        async def add(self) -> None:
            self.count += 1

        def render(self) -> Child:
            return h.div[
                h.output[f"{self.count} {getattr(self, '_cached', 'clean')}"],
                h.button(on_click=self.fail)["Fail"],
                h.button(on_click=self.add)["Add"],
            ]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Caching()

    async with visiting(ui, raise_server_errors=False) as page:
        await page.click("Fail")
        await page.click("Add")
        assert page.get_by_role("status").text == "1 clean"


async def test_render_that_fails_is_taken_back() -> None:
    class Part(Component):
        number: int
        clicks: int = state(0)

        @action
        async def add(self) -> None:
            self.clicks += 1

        def render(self) -> Child:
            if self.number == 2:
                raise RuntimeError("on purpose")
            return h.p[h.output[f"{self.number} {self.clicks}"], h.button(on_click=self.add)["Add"]]

    class Whole(Component):
        number: int = state(0)

        @action
        async def next(self, by: int) -> None:
            self.number += by

        def render(self) -> Child:
            return h.div[
                h.button(on_click=self.next.bind(1))["Next"],
                h.button(on_click=self.next.bind(2))["Jump"],
                Part(number=self.number),
            ]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Whole()

    async with visiting(ui, raise_server_errors=False) as page:
        await page.click("Add")
        await page.click("Next")
        await page.click("Next")
        assert page.answer.code == "failed"
        await page.click("Add")
        assert "r" not in page.answer.content
        assert page.get_by_role("status").text == "1 2"
        await page.click("Jump")
        assert page.get_by_role("status").text == "3 2"


@pytest.mark.parametrize("ends", ["go", "stop"])
async def test_props_that_change_meanwhile_are_shown_when_the_action_has_ended(
    gates: Gates, ends: str
) -> None:
    class Part(Component):
        number: int
        clicks: int = state(0)

        @action
        async def go(self) -> None:
            self.clicks += 1
            await gates.wait("part")
            self.clicks += 1

        @action
        async def stop(self) -> None:
            self.clicks += 1
            await gates.wait("part")
            raise RuntimeError

        def render(self) -> Child:
            return h.p[
                h.output[f"{self.number} {self.clicks}"],
                h.button(on_click=self.go)["go"],
                h.button(on_click=self.stop)["stop"],
            ]

    class Whole(Component):
        number: int = state(0)

        @action
        async def next(self) -> None:
            self.number += 1

        def render(self) -> Child:
            return h.div[h.button(on_click=self.next)["Next"], h.i[self.number], Part(number=self.number)]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Whole()

    async with visiting(ui, raise_server_errors=False) as page:
        async with under_way(page, gates, ends, "part"):
            await page.click("Next")
            assert page.get_by_role("status").text == "0 0"
        assert page.get_by_role("status").text == ("1 2" if ends == "go" else "1 0")


async def test_component_that_is_gone_when_its_action_ends_is_gone(gates: Gates) -> None:
    class Part(Component):
        done: bool = state(False)

        @action
        async def work(self) -> None:
            await gates.wait("part")
            self.done = True

        def render(self) -> Child:
            return h.p[h.output["done" if self.done else "new"], h.button(on_click=self.work)["Work"]]

    class Whole(Component):
        shown: bool = state(True)

        @action
        async def toggle(self) -> None:
            self.shown = not self.shown

        def render(self) -> Child:
            return h.div[h.button(on_click=self.toggle)["Toggle"], Part() if self.shown else None]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Whole()

    async with visiting(ui) as page:
        async with under_way(page, gates, "Work", "part"):
            await page.click("Toggle")
        assert page.answer.status == 200
        await page.click("Toggle")
        assert page.get_by_role("status").text == "new"


async def test_row_that_has_moved_is_not_taken_for_another(gates: Gates) -> None:
    """In a list without keys a row may stand where the clicked one was, by the time the call comes."""
    deleted: list[str] = []

    class Row(Component):
        name: str

        @action
        async def delete(self) -> None:
            deleted.append(self.name)

        def render(self) -> Child:
            return h.li[h.button(on_click=self.delete)[f"Delete {self.name}"]]

    class Rows(Component):
        names: list[str] = state(factory=lambda: ["a", "b", "c"])

        @action
        async def shift(self) -> None:
            self.names = self.names[1:]

        def render(self) -> Child:
            rows = [h.ul(key=name)[Row(name=name)] for name in self.names]
            return h.div[h.button(on_click=self.shift)["Shift"], [h.div[row.values[-1]] for row in rows]]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Rows()

    async with visiting(ui) as page:
        view = page.view
        assert view is not None
        button = page.get_by_role("button", name="Delete b").element
        shift = page.get_by_role("button", name="Shift").element
        first, second = b"first-of-two-calls", b"second-of-two-calls"
        before = {"v": view.version, "s": view.sealed}
        await page.call(shift.address("click"), shift.handler("click").mark, u=[second], c=first)
        await page.call(button.address("click"), button.handler("click").mark, **before, c=second)
        assert deleted == ["b"]


async def test_call_that_was_overtaken_goes_with_the_view(gates: Gates) -> None:
    async with visiting(workers()) as page:
        b = page.get_by_role("button", name="B quick").element
        c = page.get_by_role("button", name="C quick").element
        first, second, before = b"first-of-two-calls", b"second-of-two-calls", page.version
        await page.call(c.address("click"), c.handler("click").mark, c=second, u=[first])
        # Sent before the other one, when nothing else was under way.
        await page.call(b.address("click"), b.handler("click").mark, c=first, v=before)
        assert "r" not in page.answer.content
        assert (shown(page, "B"), shown(page, "C")) == ("quick", "quick")


async def test_several_calls_that_find_the_page_forgotten_go_on_together(gates: Gates) -> None:
    async with visiting(workers()) as page:
        page.server_forgets()
        async with under_way(page, gates, "A queue", "A a"), under_way(page, gates, "B queue", "B a"):
            pass
        assert [shown(page, name) for name in "ABC"] == ["a", "a", ""]
        assert len(page.answers) == 2
        await page.click("C quick")
        assert "r" not in page.answer.content


@pytest.mark.parametrize("limits", [Limits(views=0), Limits(views_idle=0)])
async def test_pages_that_are_not_held_lose_nothing(gates: Gates, limits: Limits) -> None:
    async with visiting(workers(limits=limits)) as page:
        async with under_way(page, gates, "A queue", "A a"), under_way(page, gates, "B queue", "B a"):
            await page.click("C quick")
            await page.click("C quick")
        assert [shown(page, name) for name in "ABC"] == ["a", "a", "quick quick"]


async def test_what_several_processes_have_done_is_brought_together(gates: Gates) -> None:
    one, two = workers(), workers()
    async with TestClient(one.app) as first, TestClient(two.app) as second:
        page = await first.get("/")
        second.http.cookies.update(first.http.cookies)
        async with under_way(page, gates, "A queue", "A a"):
            page.client = second
            await page.click("B quick")
            await page.click("C quick")
            page.client = first
            await page.click("B quick")
            page.client = second
            await page.click("B quick")
            assert [shown(page, name) for name in "ABC"] == ["", "quick quick quick", "quick"]
        assert [shown(page, name) for name in "ABC"] == ["a", "quick quick quick", "quick"]
        page.client = first
        await page.click("A quick")
        assert shown(page, "A") == "a quick"
        assert page.notices == []


async def test_plain_function_that_is_superseded_works_on_nothing_that_is_shown() -> None:
    begun, gate, ended = threading.Event(), threading.Event(), threading.Event()

    class Search(Component):
        found: str = state("nothing")

        @action(order="latest")
        def look(self, value: str) -> None:
            if value == "slow":
                begun.set()
                gate.wait(10)
            self.found = value
            if value == "slow":
                ended.set()

        @action
        async def other(self) -> None: ...

        def render(self) -> Child:
            return h.div[
                h.output[self.found],
                h.button(on_click=self.look.bind("slow"))["Slow"],
                h.button(on_click=self.look.bind("quick"))["Quick"],
                h.button(on_click=self.other)["Other"],
            ]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Search()

    async with visiting(ui) as page:
        slow = asyncio.create_task(page.click("Slow"))
        await asyncio.to_thread(begun.wait, 10)
        await page.click("Quick")
        assert page.get_by_role("status").text == "quick"
        gate.set()
        await asyncio.to_thread(ended.wait, 10)
        await slow
        await page.click("Other")
        assert page.get_by_role("status").text == "quick"


async def test_guest_of_another_tab_goes_its_own_way(gates: Gates) -> None:
    async with visiting(workers()) as page:
        twin = TestPage(page.client, javascript=True)
        other = await page.client.get("/")
        assert page.view is not None
        assert other.view is not None
        twin.url, twin.view, twin.tree = other.url, other.view, other.view.tree
        other.view.id, other.view.version, other.view.sealed = (
            page.view.id,
            page.view.version,
            page.view.sealed,
        )
        async with under_way(page, gates, "A queue", "A a"):
            await twin.click("B quick")
            await page.click("C quick")
        assert (shown(page, "A"), shown(page, "C")) == ("a", "quick")
        assert [shown(twin, name) for name in "ABC"] == ["", "quick", ""]


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("u", [b"12345678"] * 65, 413),
        ("z", [b"12345678"] * 65, 413),
        ("m", [[b"1", b"2"]] * 33, 413),
        ("u", [b"short"], 400),
        ("u", ["12345678"], 400),
        ("z", [None], 400),
        ("m", [[b"1"]], 400),
        ("m", [[b"1", "2"]], 400),
        ("m", [b"12"], 400),
        ("u", "12345678", 413),
        ("m", {"a": 1}, 413),
    ],
)
async def test_ids_and_states_that_are_none_are_refused(key: str, value: Any, status: int) -> None:
    async with visiting(workers()) as page:
        assert page.view is not None
        view = page.view
        message: dict[str, Any] = {
            "p": 1,
            "i": view.id,
            "v": view.version,
            "c": b"0123456789abcdef",
            "s": view.sealed,
        }
        answer = await view.send(pack({**message, key: value}))
        assert answer.status == status


def test_order_that_there_is_not_is_told() -> None:
    with pytest.raises(TypeError, match="order='last' is none of 'queue', 'latest', 'drop', 'parallel'"):
        action(order="last")(Worker.quick.function)  # type: ignore[call-overload, attr-defined]
