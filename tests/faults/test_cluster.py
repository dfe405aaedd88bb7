"""Two workers behind nginx with a Redis; neither is asked more often than the other, whoever asks."""

from __future__ import annotations

import os
import signal

import httpx
import pytest
from playwright.sync_api import Page, expect

from reactor.codec import pack
from tests.clusters import Cluster
from tests.faults.wire import Caller
from tests.visitors import Problems, Visitors, settled

APPLICATION = """
    import os
    from pathlib import Path
    from fastapi import Request, Response
    from reactor import Component, Presence, Topic, action, cached, html as h
    from reactor import revalidate_tag, state, subscribe
    from demos.app import app
    from demos.site import ui

    NOTES = Path(__file__).with_name("notes.txt")
    NOTES.touch()

    @app.middleware("http")
    async def tell(request: Request, answer):
        response = await answer(request)
        response.headers["x-worker"] = str(os.getpid())
        return response

    @app.get("/who")
    async def who() -> Response:
        return Response(ui.site.broker.is_up and "together" or "alone")

    @cached(tags=["notes"])
    async def notes() -> list[str]:
        with NOTES.with_name("read.txt").open("a") as read:
            read.write("x")
        return NOTES.read_text().split()

    class Notes(Component):
        @action
        async def add(self, text: str = "more"):
            with NOTES.open("a") as file:
                file.write(f"{text}\\n")
            revalidate_tag("notes")

        async def render(self):
            return h.section[
                h.ul[(h.li(key=at)[note] for at, note in enumerate(await notes()))],
                h.button(on_click=self.add)["Add"],
            ]

    room = Topic("room", str)
    people = Presence("room", str)

    class Room(Component):
        name: str
        heard: list[str] = state(factory=list)

        @subscribe(room)
        def hear(self, text: str):
            self.heard.append(text)

        @action
        async def say(self):
            for number in range(3):
                room.publish(f"{self.name} {number}")

        async def render(self):
            here = await people.join(self.name)
            return h.section[
                h.output[", ".join(sorted(here))],
                h.ol[(h.li(key=at)[text] for at, text in enumerate(self.heard))],
                h.button(on_click=self.say)["Say"],
            ]

    @ui.page("/room/{name}", title="Room")
    async def enter(name: str):
        return h.main[Room(name=name)]

    @ui.page("/notes", title="Notes")
    async def page():
        return h.main[Notes()]
"""


@pytest.fixture(autouse=True)
def needed(problems: Problems) -> None:
    problems.allow("response 409 POST")  # a worker that needs the state says so


@pytest.fixture
def empty(cluster: Cluster) -> Cluster:
    """The cluster, without notes."""
    with Caller(f"{cluster.url}/notes") as caller:
        (cluster.folder / "notes.txt").write_text("")
        (cluster.folder / "read.txt").write_text("")
        caller.call()
    return cluster


def shown(http: httpx.Client, cluster: Cluster) -> int:
    return http.get(f"{cluster.url}/notes").text.count("<li>")


def together(cluster: Cluster, *, up: bool = True) -> None:
    """Waits until both workers have their Redis, or both know that it is away."""
    said: set[str] = set()
    with httpx.Client() as http:
        while said != {"together" if up else "alone"}:
            said = {http.get(f"{cluster.url}/who").text for _ in range(4)}


def test_chat_of_people_on_two_workers(cluster: Cluster, new_visitor: Visitors) -> None:
    alice, bob = windows = new_visitor(), new_visitor()
    for page in windows:
        page.goto(f"{cluster.url}/chat/kitchen")
        expect(page.locator("html")).to_have_attribute("data-reactor-live", "up")
    texts = [f"message {number}" for number in range(24)]
    for number, text in enumerate(texts):
        page = windows[number % 2]
        page.get_by_label("Message", exact=True).fill(text)
        page.get_by_label("Message", exact=True).press("Enter")
        for each in windows:
            expect(each.locator(".talk .bubble").last).to_have_text(text)
    for each in windows:
        assert each.locator(".talk .bubble", has_text="message").all_text_contents() == texts
        expect(each.get_by_role("status")).to_contain_text(" are here")
    bob.close()
    expect(alice.get_by_role("status")).to_contain_text(" is here")


def test_demos_work_on_two_workers(cluster: Cluster, new_visitor: Visitors) -> None:
    assert len(cluster.workers()) == 2
    alice, bob = new_visitor(), new_visitor()
    alice.goto(f"{cluster.url}/counter")
    bob.goto(f"{cluster.url}/todomvc")
    settled(alice)
    settled(bob)
    alice.get_by_role("button", name="Count").evaluate(
        "button => { for (let i = 0; i < 20; i++) button.click() }"
    )
    bob.locator(".new-todo").focus()
    bob.keyboard.type("one\ntwo\nthree\n", delay=5)
    expect(alice.locator("output")).to_have_text("20")
    expect(bob.locator(".todo-list li label")).to_have_text(["one", "two", "three"])
    settled(alice)
    settled(bob)


def test_cached_data_is_seen_by_both_workers_and_read_once(empty: Cluster) -> None:
    with httpx.Client() as http:
        assert [shown(http, empty) for _ in range(6)] == [1] * 6
        first = (empty.folder / "read.txt").read_text()
        # Each of them may have read it before it had heard of the other's.
        assert 1 <= len(first) <= 2
        with Caller(f"{empty.url}/notes") as caller:
            for count in (2, 3, 4):
                assert caller.call()[0] in (200, 409)
                while shown(http, empty) != count:
                    pass
                assert [shown(http, empty) for _ in range(4)] == [count] * 4


def test_what_is_said_at_one_worker_is_heard_at_the_other_also_when_redis_was_away(
    cluster: Cluster, new_visitor: Visitors
) -> None:
    pages = {name: new_visitor() for name in ("alice", "bob", "carol")}
    for name, page in pages.items():
        page.goto(f"{cluster.url}/room/{name}")
    for page in pages.values():
        expect(page.locator("output")).to_have_text("alice, bob, carol")
    said = []
    for name in pages:
        pages[name].get_by_role("button").click()
        said += [f"{name} {number}" for number in range(3)]
        for page in pages.values():
            expect(page.locator("li")).to_have_text(said)
    pages.pop("carol").close()
    for page in pages.values():
        expect(page.locator("output")).to_have_text("alice, bob")
    together(cluster)
    cluster.redis.freeze()
    together(cluster, up=False)
    pages["alice"].get_by_role("button").click()
    said += [f"alice {number}" for number in range(3)]
    cluster.redis.thaw()
    for page in pages.values():
        expect(page.locator("li")).to_have_text(said, timeout=15_000)
        expect(page.locator("output")).to_have_text("alice, bob")


def test_call_that_is_repeated_at_the_other_worker_is_answered_and_not_run(empty: Cluster) -> None:
    with Caller(f"{empty.url}/notes") as caller:
        body = pack(caller.message())
        answers = [caller.post(body) for _ in range(6)]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["x-worker"] for answer in answers}) == 2
    assert (empty.folder / "notes.txt").read_text().split() == ["more", "more"]


def test_clicks_go_on_when_a_worker_is_killed_and_it_comes_back(
    cluster: Cluster, page: Page, problems: Problems
) -> None:
    problems.allow("response 502 POST")
    page.goto(f"{cluster.url}/counter")
    settled(page)
    button = page.get_by_role("button", name="Count")
    before = cluster.workers()
    for _ in range(5):
        button.click()
    dying = min(before)
    os.kill(dying, signal.SIGKILL)
    for _ in range(10):
        button.click()
    expect(page.locator("output")).to_have_text("15", timeout=20_000)
    after = cluster.workers()
    assert dying not in after
    assert after & before


def test_pages_and_actions_go_on_while_redis_is_away_and_workers_agree_afterwards(
    empty: Cluster, page: Page
) -> None:
    page.goto(f"{empty.url}/counter")
    settled(page)
    button = page.get_by_role("button", name="Count")
    button.click()
    expect(page.locator("output")).to_have_text("1")
    together(empty)
    empty.redis.kill()
    for _ in range(5):
        button.click()
    expect(page.locator("output")).to_have_text("6")
    together(empty, up=False)
    with httpx.Client() as http, Caller(f"{empty.url}/notes") as caller:
        assert [shown(http, empty) for _ in range(4)] == [1] * 4
        assert caller.call()[0] == 200
        empty.redis.start()
        together(empty)
        assert [shown(http, empty) for _ in range(4)] == [2] * 4
        assert caller.call()[0] == 200
        while shown(http, empty) != 3:
            pass
        assert [shown(http, empty) for _ in range(4)] == [3] * 4
    for _ in range(4):
        button.click()
    expect(page.locator("output")).to_have_text("10")
    settled(page)
