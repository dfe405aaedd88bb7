"""Large files in a browser: after a cut, a pause or a reload they go on; files that are dropped."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.proxies import RoundRobin
from tests.relays import Relay
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

DESK = """
    import hashlib
    from typing import Annotated
    from fastapi import FastAPI, UploadFile
    from reactor import Component, Limits, MaxSize, Reactor, action, effects, state, html as h

    app = FastAPI()
    ui = Reactor(app, limits=Limits(piece=1_000_000))

    class Desk(Component):
        said: str = state("")

        @action
        async def send(self, files: Annotated[list[UploadFile], MaxSize(20_000_000)]):
            whole = hashlib.sha256()
            for file in files:
                while data := await file.read(100_000):
                    whole.update(data)
            self.said = " ".join(f"{file.filename} {file.size}" for file in files) + " " + whole.hexdigest()

        def render(self):
            return h.section[
                h.form(action=self.send)[
                    h.div(data_drop=True, id="zone")[
                        h.p["Drop it here"],
                        h.input(self.send.field("files"), type="file", aria_label="File", multiple=True,
                                accept=".bin, image/*"),
                    ],
                    self.send.error("files"),
                    h.progress(max=100, value=self.send.progress),
                    h.button["Send"],
                    h.button(type="button", on_click=effects.toggle_pause())[
                        self.send.paused.then("Resume", "Pause")
                    ],
                    h.button(type="button", on_click=self.send.cancel)["Stop"],
                    h.p(id="state")[self.send.pending.then("going", "idle")],
                ],
                h.output[self.said],
            ]

    class Counter(Component):
        count: int = state(0)

        @action
        async def add(self):
            self.count += 1

        def render(self):
            return h.button(on_click=self.add)[f"Count {self.count}"]

    @ui.page("/", title="Desk")
    async def desk():
        return h.main[Desk(), Counter()]
"""

SIZE = 20_000_000
SLACK = 1_100_000
"""Bytes that may be sent twice or besides: one piece, that was on its way when the line was cut."""


@pytest.fixture(scope="module")
def server(serve_for_module: Servers, tmp_path_factory: pytest.TempPathFactory) -> Server:
    return serve_for_module(DESK, env={"TMPDIR": str(tmp_path_factory.mktemp("store"))})


@pytest.fixture
def relay(server: Server) -> Iterator[Relay]:
    with contextlib.closing(Relay(server.port)) as relay:
        yield relay


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "film.bin"
    path.write_bytes(hashlib.shake_256(b"film").digest(SIZE))
    return path


def told(film: Path) -> str:
    return f"{film.name} {SIZE} {hashlib.sha256(film.read_bytes()).hexdigest()}"


def opened(relay: Relay, page: Page, problems: Problems) -> int:
    """Open the page over a relay that may cut what is on its way.

    Returns:
        bytes that were sent for it.
    """
    problems.allow("request failed")
    page.goto(relay.url)
    settled(page)
    return relay.sent


def chosen(page: Page, film: Path) -> None:
    page.get_by_label("File").set_input_files(film)
    page.get_by_role("button", name="Send").click()


def test_file_goes_on_after_a_cut_without_being_sent_again(
    relay: Relay, page: Page, problems: Problems, film: Path
) -> None:
    before = opened(relay, page, problems)
    relay.cut_after(8_300_000)
    chosen(page, film)
    expect(page.locator("output")).to_have_text(told(film))
    assert relay.cuts == 1
    assert SIZE < relay.sent - before < SIZE + SLACK
    settled(page)
    assert page.locator(".reactor-notice").count() == 0
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('reactor /'))") == []


def test_file_is_paused_and_goes_on(relay: Relay, page: Page, problems: Problems, film: Path) -> None:
    before = opened(relay, page, problems)
    relay.hold_after(6_500_000)
    chosen(page, film)
    relay.wait_until_held()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    relay.release()
    # Others go on meanwhile, and nothing of the file does.
    page.get_by_role("button", name="Count 0").click()
    expect(page.get_by_role("button", name="Count 1")).to_be_visible()
    paused = relay.sent
    expect(page.locator("progress")).to_have_attribute("value", re.compile("3[0-9]"))
    page.get_by_role("button", name="Count 1").click()
    expect(page.get_by_role("button", name="Count 2")).to_be_visible()
    assert relay.sent - paused < 10_000
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("output")).to_have_text(told(film))
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert relay.sent - before < SIZE + SLACK


def test_file_on_its_way_is_cancelled(relay: Relay, page: Page, problems: Problems, film: Path) -> None:
    opened(relay, page, problems)
    relay.hold_after(3_500_000)
    chosen(page, film)
    relay.wait_until_held()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Stop").click()
    relay.release()
    expect(page.locator("#state")).to_have_text("idle")
    settled(page)
    sent = relay.sent
    page.get_by_role("button", name="Count 0").click()
    expect(page.get_by_role("button", name="Count 1")).to_be_visible()
    assert relay.sent - sent < 1_100_000  # what of the piece is on its way arrives
    assert page.locator(".reactor-notice").count() == 0
    # It is there still, if the person thinks better of it.
    page.get_by_role("button", name="Send").click()
    expect(page.locator("output")).to_have_text(told(film))
    assert relay.sent - sent < SIZE - 2_500_000


def test_file_that_is_chosen_again_after_a_reload_goes_on(
    relay: Relay, page: Page, problems: Problems, film: Path
) -> None:
    before = opened(relay, page, problems)
    relay.hold_after(9_500_000)
    chosen(page, film)
    relay.wait_until_held()
    page.goto("about:blank")
    relay.release()
    page.goto(relay.url)
    settled(page)
    chosen(page, film)
    expect(page.locator("output")).to_have_text(told(film))
    assert relay.sent - before < SIZE + SLACK


def test_file_over_its_limit_is_refused_before_it_is_sent(
    relay: Relay, page: Page, problems: Problems, tmp_path: Path
) -> None:
    problems.allow("response 422")
    page.goto(relay.url)
    settled(page)
    before = relay.sent
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(SIZE + 1))
    chosen(page, large)
    expect(page.get_by_label("File")).to_have_accessible_description("The file is larger than 20 MB.")
    assert relay.sent - before < 20_000


def test_pieces_of_a_file_reach_two_processes(
    serve: Servers,
    round_robin: Callable[..., RoundRobin],
    page: Page,
    problems: Problems,
    film: Path,
    tmp_path: Path,
) -> None:
    env = {"REACTOR_SECRET": "of-two-processes-and-long-enough-c0ffee41", "TMPDIR": str(tmp_path)}
    proxy = round_robin(serve(DESK, env=env), serve(DESK, env=env))
    page.goto(proxy.url)
    settled(page)
    chosen(page, film)
    expect(page.locator("output")).to_have_text(told(film))
    upstreams = [answer.upstream for answer in proxy.answers if answer.method == "POST"]
    assert min(upstreams.count(0), upstreams.count(1)) >= 8
    assert list(tmp_path.glob("reactor-*/.unfinished/*.*")) == []


DROP = """([files]) => {
    const zone = document.querySelector("#zone p");
    const transfer = new DataTransfer();
    for (const [name, type] of files) transfer.items.add(new File([name], name, { type }));
    window.happen = (type) => {
        const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer });
        zone.dispatchEvent(event);
        return event.defaultPrevented;
    };
    window.happen("dragenter");
}"""


def test_dropped_files_go_to_the_field(server: Server, page: Page) -> None:
    page.goto(server.url)
    settled(page)
    zone, field = page.locator("#zone"), page.get_by_label("File")
    with page.expect_response("**/drops.js") as loaded:
        page.evaluate(DROP, [[["a.bin", ""], ["b.txt", "text/plain"], ["c.png", "image/png"]]])
    page.evaluate("address => import(address)", loaded.value.url)
    assert page.evaluate("window.happen('dragover')")
    expect(zone).to_have_attribute("data-dragging", "")
    assert page.evaluate("window.happen('drop')")
    expect(zone).not_to_have_attribute("data-dragging", "")
    assert field.evaluate("field => Array.from(field.files, ({ name }) => name)") == ["a.bin", "c.png"]
    page.get_by_role("button", name="Send").click()
    expect(page.locator("output")).to_contain_text("a.bin 5 c.png 5")
    field.evaluate("field => { field.multiple = false }")
    page.evaluate("window.happen('drop')")
    assert field.evaluate("field => Array.from(field.files, ({ name }) => name)") == ["a.bin"]
