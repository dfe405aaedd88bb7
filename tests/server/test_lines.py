"""Lines over real HTTP: what a tab is told, when, and that nothing of it is lost or told twice."""

from __future__ import annotations

import struct
import threading
from typing import Any

import httpx
import pytest

from reactor.codec import pack, unpack
from reactor.context import names_of
from tests.servers import Server, Servers
from tests.tabs import Tab

TALK = """
    import asyncio
    import threading
    from typing import Annotated
    from fastapi import BackgroundTasks, Depends, FastAPI, Request
    from reactor import Component, Limits, Reactor, Topic, action, cached, feed, html as h
    from reactor import revalidate_tag, state, subscribe

    app = FastAPI()
    ui = Reactor(app, limits=Limits(topic_messages=20, rate=1e6, burst=10**6))

    def room(name: str) -> Topic[str]:
        return Topic(name, str)

    # Says something in the moment in which a call in one room is answered.
    class SayingAtOnce:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            await self.app(scope, receive, send)
            if scope["type"] == "http" and (scope["method"], scope["path"]) == ("POST", "/rooms/hasty"):
                room("hasty2").publish("at once")

    app.add_middleware(SayingAtOnce)

    renders: dict[str, int] = {}
    mounts: dict[str, int] = {}
    gates: dict[str, asyncio.Event] = {}
    numbers: dict[str, int] = {}
    begun: set[str] = set()

    class Room(Component):
        name: str
        heard: list[str] = state(factory=list)
        count: int = state(0)
        other: str = state("")

        def mount(self):
            mounts[self.name] = mounts.get(self.name, 0) + 1
            self.heard = []

        @subscribe(lambda self: [room(self.name), *([room(self.other)] if self.other else [])])
        def hear(self, text: str):
            self.heard.append(text)
            if text == "bad":
                raise ValueError("what was said is bad")

        @action
        async def add(self):
            self.count += 1

        @action
        async def insert(self):
            self.heard.append("mine")

        @action
        async def wait(self):
            begun.add(self.name)
            self.heard.append("before")
            await gates.setdefault(self.name, asyncio.Event()).wait()
            self.heard.append("after")

        @action
        async def say(self):
            room(self.name).publish("from an action")

        @action
        async def visit(self):
            self.other = self.name + "2"

        def render(self):
            renders[self.name] = renders.get(self.name, 0) + 1
            return h.section[
                h.ul[(h.li[text] for text in self.heard)],
                h.output[self.count],
                h.button(on_click=self.add)["Add"],
                h.button(on_click=self.insert)["Insert"],
                h.button(on_click=self.wait)["Wait"],
                h.button(on_click=self.say)["Say"],
                h.button(on_click=self.visit)["Visit"],
            ]

    @ui.page("/rooms/{name}")
    async def rooms(name: str):
        return Room(name=name)

    @app.post("/say/{name}")
    async def say(name: str, text: str, background: BackgroundTasks, way: str = "route"):
        if way == "thread":
            threading.Thread(target=room(name).publish, args=(text,)).start()
        elif way == "worker":
            await asyncio.to_thread(room(name).publish, text)
        elif way == "background":
            background.add_task(room(name).publish, text)
        else:
            for each in text.split(","):
                room(name).publish(each)

    @app.post("/open/{name}")
    async def open_gate(name: str):
        gates.setdefault(name, asyncio.Event()).set()

    @app.get("/begun/{name}")
    async def has_begun(name: str):
        return name in begun

    @app.post("/forget")
    async def forget():
        # As another process would be.
        ui.site.views.__init__(count=10_000, size=10**9, idle=600.0)

    @app.get("/renders/{name}")
    async def count_renders(name: str):
        return [renders.get(name, 0), mounts.get(name, 0)]

    items: dict[str, list[str]] = {}

    class News(Component):
        name: str

        @feed
        async def lines(self) -> list[str]:
            return list(items.get(self.name, ()))

        @lines.item
        def _(self, text: str) -> h.Element:
            return h.li(key=text)[text]

        @subscribe(lambda self: room(self.name))
        def hear(self, text: str):
            self.lines.append(text)

        @action
        async def read(self):
            pass

        def render(self):
            return [h.ul[self.lines], h.button(on_click=self.read)["Read"]]

    @ui.page("/news/{name}")
    async def news(name: str):
        return News(name=name)

    @app.post("/write/{name}")
    async def write(name: str, text: str):
        items.setdefault(name, []).append(text)
        room(name).publish(text)

    class Number(Component):
        name: str

        @action
        async def increase(self):
            numbers[self.name] = numbers.get(self.name, 0) + 1
            revalidate_tag(self.name)

        async def render(self):
            return h.p[h.b[await number(self.name)], h.button(on_click=self.increase)["Increase"]]

    @cached(tags=lambda name: [name])
    async def number(name: str) -> int:
        return numbers.get(name, 0)

    @ui.page("/numbers/{name}")
    async def shows_number(name: str):
        return Number(name=name)

    async def written(name: str):
        # As a database is: what is changed is there for others when the request is over.
        changes: list[int] = []
        yield changes
        numbers[name] = numbers.get(name, 0) + sum(changes)

    Changes = Annotated[list[int], Depends(written)]

    class Written(Component):
        name: str

        @action
        async def increase(self, changes: Changes):
            changes.append(1)
            revalidate_tag(self.name)

        @action
        async def increase_in_steps(self, changes: Changes):
            changes.append(1)
            revalidate_tag(self.name)
            yield

        async def render(self):
            return h.p[
                h.b[await number(self.name)],
                h.button(on_click=self.increase)["Increase"],
                h.button(on_click=self.increase_in_steps)["Increase in steps"],
            ]

    @ui.page("/written/{name}")
    async def shows_written(name: str):
        return Written(name=name)

    class Spoken(Component):
        heard: int = state(0)

        @subscribe(room("spoken"))
        def hear(self):
            self.heard += 1

        @action
        async def again(self):
            self.heard += 1

        def render(self, request: Request):
            language = request.headers.get("accept-language", "none")
            return h.p(on_click=self.again)[h.i[language], h.b[self.heard]]

    @ui.page("/spoken")
    async def spoken():
        return Spoken()
"""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(TALK)


@pytest.fixture(scope="module")
def failing(serve_for_module: Servers) -> Server:
    """One whose log may hold a traceback."""
    server = serve_for_module(TALK + "\n    # another process\n")
    server.expect_traceback()
    return server


def say(server: Server, name: str, text: str, way: str = "route") -> None:
    answer = httpx.post(f"{server.url}/say/{name}", params={"text": text, "way": way})
    assert answer.status_code == 200, answer.text


def post(server: Server, path: str) -> None:
    assert httpx.post(server.url + path).status_code == 200


def renders(server: Server, name: str) -> list[int]:
    found: list[int] = httpx.get(f"{server.url}/renders/{name}").json()
    return found


def hear_until(tab: Tab, count: int) -> None:
    while len(tab.texts("li")) < count:
        tab.hear()


def test_line_that_has_missed_nothing_is_answered_without_rendering(server: Server) -> None:
    with Tab(f"{server.url}/rooms/quiet") as tab:
        before = renders(server, "quiet")
        answer = tab.attach(c=7)
        # What answers an earlier position goes on from another state than the one that was told last.
        assert (answer["q"], answer["c"]) == (1, 7)
        assert not {"v", "d", "r"} & answer.keys()
        tab.cut()
        post(server, "/forget")
        answer = tab.attach()
        assert not {"v", "d", "r"} & answer.keys()
        assert renders(server, "quiet") == before


def test_line_that_has_missed_something_is_told_by_a_patch_or_all_of_it(server: Server) -> None:
    with Tab(f"{server.url}/rooms/missed") as tab:
        say(server, "missed", "one")
        answer = tab.attach()
        assert "d" in answer
        assert "r" not in answer
        tab.cut()
        say(server, "missed", "two")
        post(server, "/forget")
        answer = tab.attach()
        assert "r" in answer
        assert tab.texts("li") == ["one", "two"]


def test_every_message_comes_once_and_in_order_over_many_cuts(server: Server) -> None:
    with Tab(f"{server.url}/rooms/cuts") as tab:
        expected: list[str] = []
        for number in range(30):
            text = str(number)
            if number % 3 == 0:
                tab.attach()
            say(server, "cuts", text)
            expected.append(text)
            if number % 3 == 1 and number % 2:
                tab.hear()
            if number % 3 == 2:
                # What is on its way now is lost.
                tab.cut()
            if number % 10 == 9:
                post(server, "/forget")
        tab.attach()
        hear_until(tab, len(expected))
        assert tab.texts("li") == expected


def test_push_that_was_lost_is_told_again(server: Server) -> None:
    with Tab(f"{server.url}/rooms/lost") as tab:
        tab.attach()
        say(server, "lost", "one")
        frame = tab.hear(shown=False)
        assert "d" in frame
        tab.cut()
        tab.attach()
        assert tab.texts("li") == ["one"]
        say(server, "lost", "two")
        hear_until(tab, 2)
        assert tab.texts("li") == ["one", "two"]


def test_item_of_a_feed_that_was_lost_is_told_again(server: Server) -> None:
    with Tab(f"{server.url}/news/lost") as tab:
        tab.attach()
        post(server, "/write/lost?text=one")
        tab.hear(shown=False)
        tab.cut()
        tab.attach()
        assert tab.texts("li") == ["one"]
        post(server, "/write/lost?text=two")
        hear_until(tab, 2)
        assert tab.texts("li") == ["one", "two"]


def test_calls_go_on_after_a_push_that_was_lost(server: Server) -> None:
    with Tab(f"{server.url}/rooms/lost-call") as tab:
        tab.attach()
        say(server, "lost-call", "one")
        tab.hear(shown=False)
        before = tab.state["v"]
        status, answer = tab.call()
        assert status == 200
        # It starts from what the page has not seen: the page waits, and asks for all.
        assert "r" in answer or answer["b"] > before


def test_line_takes_the_place_of_one_that_is_dead_and_is_not_known_to_be(server: Server) -> None:
    with Tab(f"{server.url}/rooms/dead") as tab:
        tab.attach()
        dead = tab.line
        assert dead is not None
        tab.line = None  # it stays open, and nobody listens
        tab.attach()
        for number in range(5):
            say(server, "dead", str(number))
            hear_until(tab, number + 1)
        assert tab.texts("li") == ["0", "1", "2", "3", "4"]
        dead.close()


def test_streamed_line_carries_the_same(server: Server) -> None:
    with Tab(f"{server.url}/rooms/stream") as tab:
        with tab.streamed() as response:
            assert response.status_code == 200
            frames = _frames(response)
            assert next(frames)["q"] == 1
            for number in range(3):
                say(server, "stream", str(number))
                tab.take(next(frames))
            assert tab.texts("li") == ["0", "1", "2"]
        say(server, "stream", "3")
        with tab.streamed() as response:
            tab.take(next(_frames(response)))
            assert tab.texts("li") == ["0", "1", "2", "3"]


def _frames(response: httpx.Response) -> Any:
    held = b""
    for part in response.iter_raw():
        held += part
        while len(held) >= 4 and len(held) >= 4 + struct.unpack(">I", held[:4])[0]:
            size = struct.unpack(">I", held[:4])[0]
            message, held = held[4 : 4 + size], held[4 + size :]
            if message:
                yield unpack(message, limit=10_000_000, depth=500)


def test_hidden_page_is_told_nothing_and_catches_up(server: Server) -> None:
    with Tab(f"{server.url}/rooms/hidden") as tab, Tab(f"{server.url}/rooms/hidden") as seen:
        tab.attach()
        seen.attach()
        tab.send(b"\x81\xa1h\xc3")
        before = renders(server, "hidden")
        say(server, "hidden", "one")
        hear_until(seen, 1)
        say(server, "hidden", "two")
        hear_until(seen, 2)
        # The page that is seen was rendered for each, the other one not at all.
        assert renders(server, "hidden")[0] - before[0] == 2
        assert len(tab.frames) == 1
        tab.tell()
        hear_until(tab, 2)
        assert tab.texts("li") == ["one", "two"]


def test_page_that_the_process_does_not_hold_is_rung_for(server: Server) -> None:
    with Tab(f"{server.url}/rooms/ring") as tab:
        post(server, "/forget")
        assert tab.attach(c=3) == {"q": 1, "c": 3, "i": tab.state["i"]}
        before = renders(server, "ring")
        say(server, "ring", "one")
        assert tab.hear() == {}
        assert renders(server, "ring") == before
        tab.tell()
        hear_until(tab, 1)
        assert tab.texts("li") == ["one"]


def test_page_that_was_let_go_is_still_told_of_changed_data(server: Server) -> None:
    with Tab(f"{server.url}/numbers/evicted") as tab, Tab(f"{server.url}/numbers/evicted") as other:
        tab.attach()
        other.act()
        tab.hear()
        assert tab.texts("b") == ["1"]
        post(server, "/forget")
        other.act()
        assert tab.hear() == {}
        tab.tell(k=names_of([("tag", "evicted")]))
        tab.hear(lambda frame: "v" in frame)
        assert tab.texts("b") == ["2"]


def test_changed_data_reaches_pages_that_have_read_it_and_not_who_has_changed_it(server: Server) -> None:
    with (
        Tab(f"{server.url}/numbers/a") as tab,
        Tab(f"{server.url}/numbers/a") as other,
        Tab(f"{server.url}/numbers/b") as stranger,
    ):
        for each in (tab, other, stranger):
            each.attach()
        tab.act()
        assert tab.texts("b") == ["1"]
        other.hear()
        assert other.texts("b") == ["1"]
        for each in (tab, stranger):
            each.hears_nothing()


@pytest.mark.parametrize(("name", "button"), [("at-once", 0), ("in-steps", 1)])
def test_pages_are_told_of_changed_data_when_it_has_been_written_down(
    server: Server, name: str, button: int
) -> None:
    with Tab(f"{server.url}/written/{name}") as tab, Tab(f"{server.url}/written/{name}") as other:
        tab.attach()
        assert other.post(pack(other.message("click", button))).status_code == 200
        tab.hear()
        assert tab.texts("b") == ["1"]


@pytest.mark.parametrize("way", ["route", "thread", "worker", "background"])
def test_message_may_be_published_from_anywhere(server: Server, way: str) -> None:
    with Tab(f"{server.url}/rooms/{way}") as tab:
        tab.attach()
        say(server, way, "hello", way)
        hear_until(tab, 1)
        assert tab.texts("li") == ["hello"]


def test_message_of_an_action_is_in_its_own_answer_and_is_not_told_again(server: Server) -> None:
    with Tab(f"{server.url}/rooms/own") as tab, Tab(f"{server.url}/rooms/own") as other:
        tab.attach()
        other.attach()
        tab.act(3)
        assert tab.texts("li") == ["from an action"]
        hear_until(other, 1)
        tab.hears_nothing()


def test_message_that_cannot_be_heard_is_passed_over_and_logged(failing: Server) -> None:
    with Tab(f"{failing.url}/rooms/bad") as tab:
        tab.attach()
        # All of them in one go.
        say(failing, "bad", "one,bad,two")
        while tab.texts("li")[-1:] != ["two"]:
            tab.hear()
        assert tab.texts("li") == ["one", "two"]
        tab.act()
        assert tab.texts("li") == ["one", "two"]
    assert "could not hear of a message" in failing.log


def test_page_that_was_away_for_too_long_is_mounted_again(server: Server) -> None:
    with Tab(f"{server.url}/rooms/gap") as tab:
        tab.attach()
        say(server, "gap", "early")
        hear_until(tab, 1)
        tab.cut()
        mounts = renders(server, "gap")[1]
        say(server, "gap", ",".join(map(str, range(30))))
        tab.attach()
        assert renders(server, "gap")[1] == mounts + 1
        assert tab.texts("li") == []
        say(server, "gap", "late")
        hear_until(tab, 1)
        assert tab.texts("li") == ["late"]


def test_component_that_listens_to_something_else_hears_of_it(server: Server) -> None:
    with Tab(f"{server.url}/rooms/visits") as tab:
        tab.attach()
        tab.act(4)
        say(server, "visits2", "there")
        hear_until(tab, 1)
        assert tab.texts("li") == ["there"]


def test_component_hears_what_is_said_before_its_line_listens(server: Server) -> None:
    with Tab(f"{server.url}/rooms/hasty") as tab:
        tab.attach()
        tab.act(4)
        hear_until(tab, 1)
        assert tab.texts("li") == ["at once"]


def test_message_and_action_of_two_processes_both_stay(serve: Servers) -> None:
    """The action goes on from a state that has not heard of the message; both change the same field."""
    server = serve(TALK)
    with Tab(f"{server.url}/rooms/both") as tab:
        tab.attach()
        before = dict(tab.state)
        say(server, "both", "said")
        frame = tab.hear()
        heard = {"v": frame["v"], "s": frame["s"]}
        post(server, "/forget")
        # A call that was sent before the message came, answered by a process that does not hold the view.
        status, answer = tab.call(at=1, **before)
        assert status == 200
        forked = answer["s"]
        tab.state.update(heard)
        status, answer = tab.call(a=None, h=None, m=[[before["s"], forked]])
        assert status == 200
        tab.show(answer)
        assert sorted(tab.texts("li")) == ["mine", "said"]


def test_message_waits_for_the_action_of_its_component_and_is_heard_after_it(server: Server) -> None:
    with Tab(f"{server.url}/rooms/busy") as tab:
        tab.attach()
        before = dict(tab.state)
        answers: list[Any] = []
        thread = threading.Thread(target=lambda: answers.append(tab.call(at=2)))
        thread.start()
        while not httpx.get(f"{server.url}/begun/busy").json():
            pass
        say(server, "busy", "meanwhile")
        post(server, "/open/busy")
        thread.join()
        (status, answer), *_ = answers
        assert status == 200
        tab.state.update(before)
        tab.show(answer)
        hear_until(tab, 3)
        tab.hears_nothing()
        assert sorted(tab.texts("li")) == ["after", "before", "meanwhile"]
        assert tab.texts("li").index("before") < tab.texts("li").index("after")


def test_push_is_in_the_language_of_its_visitor(server: Server) -> None:
    http = httpx.Client(headers={"Origin": server.url, "Accept-Language": "de"})
    with Tab(f"{server.url}/spoken", http) as tab:
        assert tab.texts("i") == ["de"]
        tab.open(accept_language="de")
        tab.tell()
        tab.hear()
        say(server, "spoken", "!")
        tab.hear()
        assert tab.texts("b") == ["1"]
        assert tab.texts("i") == ["de"]
