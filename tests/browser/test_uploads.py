"""Files in a browser: sent with their form, seen on their way, with JavaScript and without."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, Request, expect

from tests.proxies import RoundRobin
from tests.servers import Server, Servers
from tests.visitors import Problems, Visitors, settled

both = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])

DESK = """
    import asyncio
    from pathlib import Path
    from typing import Annotated
    from fastapi import Depends, FastAPI, UploadFile
    from reactor import Component, Limits, MaxSize, Reactor, action, form, on, state, html as h

    app = FastAPI()
    ui = Reactor(app, limits=Limits(files=3, file_size=40_000_000, upload=60_000_000))

    async def gate():
        while Path("closed").exists():
            await asyncio.sleep(0.01)

    class Desk(Component):
        said: list[str] = state(factory=list)

        @action
        async def send(self, title: str, file: UploadFile, more: list[UploadFile]):
            await gate()
            told = [f"{each.filename} {each.size} {(await each.read())[:3]!r}" for each in [file, *more]]
            self.said.append(f"{title}: " + ", ".join(told))

        @action
        async def keep(self, title: str):
            self.said.append(f"kept {title}")

        @action
        async def small(self, file: Annotated[UploadFile, MaxSize(1_000)]):
            self.said.append("small")

        @action
        async def picked(self, file: UploadFile | None):
            self.said.append("nothing" if file is None else f"picked {file.filename} {file.size}")

        @action
        async def chosen(self, dataset: dict[str, str]):
            self.said.append(str(dataset))

        @action
        async def spot(self, x: int, y: int):
            self.said.append(f"{x}, {y}")

        def render(self):
            return h.main[
                h.form(action=self.send, id="desk")[
                    h.input(name="title", aria_label="Title"),
                    h.input(self.send.field("file"), type="file", aria_label="File"),
                    h.input(name="more", type="file", multiple=True, aria_label="More"),
                    self.send.error("file"),
                    h.progress(max=100, value=self.send.progress, aria_valuenow=form.progress),
                    h.p(id="names")[self.send.data("file"), "|", form.method, "|", form.progress],
                    h.button[form.action(self.send).then("Sending…", "Send")],
                    h.button(form_action=self.keep)[form.action(self.keep).then("Keeping…", "Keep")],
                ],
                h.form(action=self.small, id="small")[
                    h.input(self.small.field("file"), type="file", aria_label="Small file"),
                    self.small.error("file"),
                    h.button["Send small"],
                ],
                h.input(type="file", aria_label="Pick", on_change=self.picked),
                h.button(on_click=self.chosen, data_user_id=7)["Choose"],
                h.form(action=self.spot)[
                    h.input(type="image", alt="Spot", src="/spot.svg", width=100, height=100)
                ],
                h.ul[(h.li[line] for line in self.said)],
            ]

    @app.get("/spot.svg")
    async def spot():
        from fastapi import Response
        return Response("<svg xmlns='http://www.w3.org/2000/svg'/>", media_type="image/svg+xml")

    async def slow():
        while Path("slow").exists():
            await asyncio.sleep(0.01)

    @ui.page("/", title="Desk", dependencies=[Depends(slow)])
    async def desk():
        return Desk()
"""


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": content}


@pytest.fixture(scope="module")
def server(serve_for_module: Servers) -> Server:
    return serve_for_module(DESK)


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


@both
def test_form_with_files_is_sent(server: Server, new_visitor: Visitors, javascript: bool) -> None:
    page = new_visitor(javascript=javascript)
    page.goto(server.url)
    page.get_by_label("Title").fill("Two")
    page.get_by_label("File", exact=True).set_input_files(file('näme "1".txt', b"abcdef"))
    page.get_by_label("More").set_input_files([file("b.txt", b"b"), file("empty.txt", b"")])
    page.get_by_role("button", name="Send", exact=True).click()
    said = page.get_by_role("listitem")
    expect(said).to_contain_text("6 b'abc', b.txt 1 b'b', empty.txt 0 b''")
    expect(said).to_contain_text("näme")
    expect(page.get_by_label("Title")).to_have_value("")
    assert page.get_by_label("File", exact=True).evaluate("field => field.files.length") == 0


@both
def test_field_without_a_file_is_told(
    server: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422")
    page = new_visitor(javascript=javascript)
    page.goto(server.url)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_label("File", exact=True)).to_have_accessible_description("Field required")


@both
def test_file_that_is_too_large_is_told_next_to_its_field(
    server: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422")
    page = new_visitor(javascript=javascript)
    page.goto(server.url)
    field = page.get_by_label("Small file")
    field.set_input_files(file("big.txt", bytes(2_000_000)))
    page.get_by_role("button", name="Send small").click()
    expect(field).to_have_accessible_description("The file is larger than 1 kB.")
    field.set_input_files(file("fits.txt", bytes(1_000)))
    page.get_by_role("button", name="Send small").click()
    expect(page.get_by_role("listitem")).to_have_text(["small"])


def test_more_than_may_be_sent_is_told_before_it_is_sent(server: Server, page: Page) -> None:
    page.goto(server.url)
    settled(page)
    # Playwright sends at most 50 MB; so the files are made in the page.
    page.get_by_label("More").evaluate(
        "field => { const files = new DataTransfer();"
        " for (const name of ['a', 'b']) files.items.add(new File([new Uint8Array(35e6)], name));"
        " field.files = files.files }"
    )
    posts: list[Request] = []
    page.on("request", lambda request: posts.extend([request] if request.method == "POST" else []))
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("too large to be sent at once")
    assert posts == []


def test_more_than_may_be_sent_is_told_without_javascript(
    server: Server, page_without_javascript: Page, problems: Problems, tmp_path: Path
) -> None:
    problems.allow("response 413")
    page = page_without_javascript
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(61_000_000))
    page.goto(server.url)
    page.get_by_label("File", exact=True).set_input_files(film)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("body")).to_contain_text("All of this is more than 60 MB (Limits.upload).")


def test_progress_is_seen_while_files_are_on_their_way(server: Server, page: Page, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(30_000_000))
    page.goto(server.url)
    settled(page)
    bar, names = page.locator("progress"), page.locator("#names")
    assert bar.get_attribute("value") is None
    page.get_by_label("File", exact=True).set_input_files(film)
    slow, closed = server.folder / "slow", server.folder / "closed"
    slow.touch()
    closed.touch()
    # The server does not read on: what the connection holds is sent, the rest waits.
    page.get_by_role("button", name="Send", exact=True).click()
    expect(names).to_have_text(re.compile(r"film\.mp4\|post\|\d\d?"))
    expect(bar).to_have_attribute("value", re.compile(r"\d\d?"))
    expect(page.get_by_role("button", name="Sending…")).to_be_visible()
    expect(page.get_by_role("button", name="Keep", exact=True)).to_be_visible()
    slow.unlink()
    expect(bar).to_have_attribute("value", "100")
    expect(bar).to_have_attribute("aria-valuenow", "100")
    expect(page.locator("#desk")).to_have_attribute("aria-busy", "true")
    closed.unlink()
    expect(page.get_by_role("listitem")).to_contain_text("film.mp4 30000000")
    assert bar.get_attribute("value") is None
    expect(names).to_have_text("||")


def test_form_with_the_same_files_is_sent_once_with_others_again(server: Server, page: Page) -> None:
    page.goto(server.url)
    settled(page)
    closed = server.folder / "closed"
    closed.touch()
    field, button = page.get_by_label("File", exact=True), page.get_by_role("button", name="Send", exact=True)
    field.set_input_files(file("a.txt", b"aaa"))
    button.evaluate("button => { button.click(); button.click() }")
    field.set_input_files(file("b.txt", b"bbb"))
    page.locator("#desk button").first.click()
    closed.unlink()
    expect(page.get_by_role("listitem")).to_have_text([": a.txt 3 b'aaa'", ": b.txt 3 b'bbb'"])


def test_form_without_a_chosen_file_and_action_without_files_are_sent_as_ever(
    server: Server, page: Page
) -> None:
    page.goto(server.url)
    settled(page)
    kinds: list[str] = []
    page.on("request", lambda request: kinds.append(request.headers.get("content-type", "")))
    page.get_by_label("Title").fill("One")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("listitem")).to_have_text(["kept One"])
    page.get_by_label("Title").fill("Two")
    page.get_by_label("File", exact=True).set_input_files(file("a.txt", b"aaa"))
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("listitem")).to_have_text(["kept One", "kept Two"])
    assert [kind for kind in kinds if kind] == ["application/x-reactor"] * 2


def test_upload_whose_answer_is_lost_is_sent_again_and_run_once(
    server: Server, round_robin: Callable[..., RoundRobin], page: Page, problems: Problems
) -> None:
    problems.allow("request failed")
    proxy = round_robin(server)
    page.goto(proxy.url)
    settled(page)
    page.get_by_label("File", exact=True).set_input_files(file("a.txt", b"aaa"))
    proxy.lose_next_response("POST")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("listitem")).to_have_text([": a.txt 3 b'aaa'"])
    settled(page)
    expect(page.get_by_role("listitem")).to_have_count(1)
    assert [answer.lost for answer in proxy.answers if answer.method == "POST"] == [True, False]


def test_file_is_sent_as_soon_as_it_is_chosen(server: Server, page: Page) -> None:
    page.goto(server.url)
    settled(page)
    page.get_by_label("Pick").set_input_files(file("a.txt", b"aaa"))
    expect(page.get_by_role("listitem")).to_have_text(["picked a.txt 3"])
    page.get_by_label("Pick").set_input_files([])
    expect(page.get_by_role("listitem")).to_have_text(["picked a.txt 3", "nothing"])


def test_data_of_the_element_is_told(server: Server, page: Page) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="Choose").click()
    expect(page.get_by_role("listitem")).to_have_text(["{'user_id': '7'}"])


@both
def test_image_tells_where_it_was_pressed(server: Server, new_visitor: Visitors, javascript: bool) -> None:
    page = new_visitor(javascript=javascript)
    page.goto(server.url)
    page.get_by_role("button", name="Spot").click(position={"x": 40, "y": 30})
    expect(page.get_by_role("listitem")).to_have_text(["40, 30"])


# The demo


@both
def test_demo_of_upload(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    page = new_visitor(javascript=javascript)
    page.goto(f"{demos.url}/upload")
    content = bytes(range(256)) * 8_000
    page.get_by_label("File").set_input_files(file("cat.png", content))
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Upload").click()
    output = page.locator("output")
    expect(output).to_contain_text("cat.png")
    expect(output).to_contain_text(f"{len(content)} bytes")
    expect(output).to_contain_text(hashlib.sha256(content).hexdigest())
