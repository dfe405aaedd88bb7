"""What an action revalidates is rendered again in the same answer, wherever it was read; and nothing else."""

from __future__ import annotations

import asyncio
from typing import Annotated

import pytest
from fastapi import BackgroundTasks, Depends

from reactor import (
    Child,
    Component,
    Invalid,
    Limits,
    Reactor,
    action,
    cached,
    cookies,
    revalidate_path,
    revalidate_tag,
    state,
)
from reactor import html as h
from reactor.context import names_of
from reactor.testing import TestClient
from tests.server.applications import application, visiting

both = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])

table: list[str] = []
visits: dict[str, int] = {}
computed: list[str] = []
rendered: list[str] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    table[:] = ["One"]
    visits.clear()
    computed.clear()
    rendered.clear()


@cached(tags=["posts"])
async def posts() -> list[str]:
    computed.append("posts")
    return table[:]


@cached(tags=["authors"], ttl=60)
def authors() -> list[str]:
    computed.append("authors")
    return ["Ada"]


@cached(ttl=0, tags=["mine"])
async def mine() -> str:
    computed.append("mine")
    return cookies().get("name", "nobody")


class Posts(Component):
    async def render(self) -> Child:
        rendered.append("posts")
        return h.p[", ".join(await posts())]


class Authors(Component):
    async def render(self) -> Child:
        rendered.append("authors")
        return h.p[await authors()]


class Outer(Component):
    """It reads nothing; what stands in it does."""

    def render(self) -> Child:
        rendered.append("outer")
        return h.section[Posts(), Authors()]


class Loaded(Component):
    """Reads when it comes to its place."""

    found: list[str] = state([])
    clicks: int = state(0)

    async def mount(self) -> None:
        computed.append("mount")
        self.found = await posts()

    @action
    def click(self) -> None:
        self.clicks += 1

    def render(self) -> Child:
        rendered.append("loaded")
        return h.p[
            f"Loaded: {', '.join(self.found)}; clicks: {self.clicks}", h.button(on_click=self.click)["Click"]
        ]


class Editor(Component):
    added: int = state(0)

    @action
    async def add(self) -> None:
        table.append(f"Post {len(table) + 1}")
        self.added += 1
        revalidate_tag("posts")

    @action
    def add_in_a_thread(self) -> None:
        table.append(f"Post {len(table) + 1}")
        revalidate_tag("posts")

    @action
    async def add_and_look(self) -> str:
        await posts()
        table.append("Late")
        revalidate_tag("posts")
        return ", ".join(await posts())

    @action
    async def add_and_refuse(self) -> None:
        table.append("Kept all the same")
        revalidate_tag("posts")
        raise Invalid("No more of these.")

    @action
    async def touch_page(self, path: str) -> None:
        table.append("By path")
        revalidate_path(path)

    def render(self) -> Child:
        rendered.append("editor")
        return h.div[
            h.form(action=self.add)[h.button["Add"]],
            h.button(on_click=self.add_in_a_thread)["Add in a thread"],
            h.button(on_click=self.add_and_look)["Add and look"],
            h.button(on_click=self.add_and_refuse)["Add and refuse"],
            h.button(on_click=self.touch_page.bind("/"))["This page"],
            h.button(on_click=self.touch_page.bind("/other"))["Other page"],
            h.output[self.add_and_look.result],
            self.add_and_refuse.error(),
        ]


def site(*, page_reads: bool = False, dependency_reads: bool = False) -> Reactor:
    ui = application()

    async def count() -> int:
        return len(await posts()) if dependency_reads else 0

    @ui.page("/")
    async def page(n: int = Depends(count)) -> Child:
        rendered.append("page")
        found = await posts() if page_reads else []
        return h.main[h.h1[f"{n or len(found)} posts"], Outer(), Editor()]

    @ui.page("/other")
    async def other() -> Child:
        return h.main[Posts()]

    @ui.page("/loaded")
    async def loaded() -> Child:
        return h.main[Loaded(), Editor()]

    return ui


@both
async def test_revalidated_data_is_shown_after_the_action(javascript: bool) -> None:
    async with visiting(site(), javascript=javascript) as page:
        await page.click("Add")
        assert "One, Post 2" in page.text
        await page.click("Add")
        assert "One, Post 2, Post 3" in page.text
        assert computed.count("authors") == 1


async def test_revalidated_data_is_rendered_again_where_it_was_read_and_nowhere_else() -> None:
    async with visiting(site()) as page:
        rendered.clear()
        computed.clear()
        await page.click("Add")
        assert sorted(rendered) == ["editor", "posts"]
        assert computed == ["posts"]
        assert "r" not in page.answer.content, "a patch, in the same answer"


@pytest.mark.parametrize("where", ["page", "dependency"])
async def test_revalidated_data_that_the_page_has_read_runs_its_function_again(where: str) -> None:
    ui = site(page_reads=where == "page", dependency_reads=where == "dependency")
    async with visiting(ui) as page:
        assert "1 posts" in page.text
        rendered.clear()
        await page.click("Add")
        assert "2 posts" in page.text
        assert sorted(rendered) == ["editor", "page", "posts"]


async def test_revalidated_data_of_a_page_that_the_server_has_forgotten() -> None:
    async with visiting(site(page_reads=True)) as page:
        page.server_forgets()
        await page.click("Add")
        assert "2 posts" in page.text
        assert "One, Post 2" in page.text
        rendered.clear()
        await page.click("Add")
        assert "3 posts" in page.text
        assert sorted(rendered) == ["editor", "page", "posts"]


async def test_what_an_action_itself_has_read_makes_nothing_of_the_page_depend_on_it() -> None:
    async with visiting(site()) as page:
        page.server_forgets()
        await page.click("Add and look")
        rendered.clear()
        await page.click("Add and look")
        assert sorted(rendered) == ["editor", "posts"]


async def test_action_sees_what_it_has_revalidated_itself() -> None:
    async with visiting(site()) as page:
        await page.click("Add and look")
        assert page.get_by_role("status").text == "One, Late"


async def test_revalidation_in_a_thread() -> None:
    async with visiting(site()) as page:
        await page.click("Add in a thread")
        assert "One, Post 2" in page.text


async def test_revalidation_counts_although_the_action_refuses() -> None:
    async with visiting(site()) as page:
        await page.click("Add and refuse")
        assert page.answer.status == 422
        assert "No more of these." in page.text
        assert "One, Kept all the same" in page.text


@pytest.mark.parametrize("forgotten", [False, True])
async def test_mount_that_has_read_is_run_again(forgotten: bool) -> None:
    async with visiting(site(), "/loaded") as page:
        await page.click("Click")
        assert "Loaded: One; clicks: 1" in page.text
        if forgotten:
            page.server_forgets()
        await page.click("Add")
        assert "Loaded: One, Post 2; clicks: 1" in page.text
        assert computed.count("mount") == 2
        await page.click("Click")
        assert computed.count("mount") == 2


async def test_revalidated_data_is_new_for_other_visitors() -> None:
    ui = site()
    async with visiting(ui) as ada, visiting(ui) as ben:
        await ada.click("Add")
        assert "Post 2" not in ben.text
        await ben.reload()
        assert "One, Post 2" in ben.text
        assert computed.count("posts") == 2


async def test_request_computes_equal_calls_once() -> None:
    ui = application()

    @ui.page("/")
    async def page() -> Child:
        one, other = await asyncio.gather(mine(), mine())
        return h.p[f"{one} {other} {await mine()}"]

    async with TestClient(ui.app) as client:
        client.http.cookies.set("name", "Ada")
        shown = await client.get("/")
        assert (shown.text.split(), computed) == (["Ada"] * 3, ["mine"])
        client.http.cookies.set("name", "Ben")
        await shown.reload()
        assert (shown.text.split(), computed) == (["Ben"] * 3, ["mine", "mine"])


async def test_two_applications_have_a_store_each() -> None:
    async with visiting(site()) as one, visiting(site()) as other:
        assert one.text == other.text
        assert computed.count("posts") == 2


async def test_store_keeps_as_much_as_its_limit() -> None:
    ui = application(limits=Limits(cache=1))

    @ui.page("/")
    async def page() -> Child:
        return h.p[await posts(), await authors()]

    async with visiting(ui) as shown:
        await shown.reload()
        assert computed == ["posts", "authors"] * 2


async def test_revalidate_path_of_the_page_on_screen_renders_all_of_it() -> None:
    async with visiting(site()) as page:
        rendered.clear()
        computed.clear()
        await page.click("This page")
        assert "One, By path" in page.text
        assert sorted(rendered) == ["authors", "editor", "outer", "page", "posts"]
        assert sorted(computed) == ["authors", "posts"]


async def test_revalidate_path_runs_mount_again_that_has_read() -> None:
    ui = site()

    class Touch(Component):
        @action
        async def touch(self) -> None:
            table.append("New")
            revalidate_path("/here")

        def render(self) -> Child:
            return h.button(on_click=self.touch)["Touch"]

    @ui.page("/here")
    async def here() -> Child:
        return h.main[Loaded(), Touch()]

    async with visiting(ui, "/here") as page:
        await page.click("Touch")
        assert "Loaded: One, New" in page.text


async def test_revalidate_path_of_another_page() -> None:
    ui = site()
    async with visiting(ui) as page, visiting(ui, "/other") as other:
        await page.click("Other page")
        await other.reload()
        assert "One, By path" in other.text
        assert computed.count("authors") == 1, "which it does not show"


async def test_revalidation_in_a_route_and_in_the_background() -> None:
    ui = site()

    @ui.app.post("/now")
    async def now() -> None:
        table.append("Route")
        revalidate_tag("posts")

    def add() -> None:
        table.append("Later")
        revalidate_path("/other")

    @ui.app.post("/later")
    async def later(tasks: BackgroundTasks) -> None:
        tasks.add_task(add)

    @ui.app.get("/data")
    async def data(found: Annotated[list[str], Depends(posts)]) -> list[str]:
        return found

    async with TestClient(ui.app) as client:
        page = await client.get("/other")
        for path, shown in (("/now", "One, Route"), ("/later", "One, Route, Later")):
            await client.http.post(path)
            await page.reload()
            assert page.text == shown
        assert (await client.http.get("/data")).json() == ["One", "Route", "Later"]


async def test_answer_tells_what_has_become_stale_by_names_that_tell_nothing() -> None:
    async with visiting(site()) as page:
        await page.click("Add")
        assert page.answer.content["k"] == names_of([("tag", "posts")])
        assert all(len(name) == 8 for name in page.answer.content["k"])
        await page.click("This page")
        assert page.answer.content["k"] == names_of([("path", "/")])
    async with visiting(site(), "/loaded") as page:
        await page.click("Click")
        assert "k" not in page.answer.content


async def test_page_that_is_rendered_while_its_data_changes_does_not_keep_what_is_old() -> None:
    begun, go = asyncio.Event(), asyncio.Event()
    ui = application()

    @cached(tags=["slow"])
    async def slow() -> str:
        seen = table[-1]
        begun.set()
        await go.wait()
        return seen

    @ui.page("/")
    async def page() -> Child:
        return h.p[await slow()]

    async with TestClient(ui.app) as ada, TestClient(ui.app) as ben:
        early = asyncio.create_task(ada.get("/"))
        await begun.wait()
        table.append("Two")
        revalidate_tag("slow")
        late = asyncio.create_task(ben.get("/"))
        begun.clear()
        await begun.wait()
        go.set()
        assert (await late).text == "Two"
        assert (await early).text == "One"
        assert (await ada.get("/")).text == "Two"
