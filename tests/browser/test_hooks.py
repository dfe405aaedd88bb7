"""The page's own JavaScript: hooks with calls in both directions, custom elements, what is theirs alone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.windows import changes, opened, press, watch_changes
from tests.servers import Server, Servers
from tests.visitors import Problems, settled

BOARDS = """
    import os
    from fastapi import FastAPI, Response
    from reactor import Component, Invalid, Limits, Page, Reactor, action, on, state, html as h

    app = FastAPI()
    ui = Reactor(app, limits=Limits(views=int(os.environ.get("VIEWS", "1000"))))

    PLOT = '''
        window.told = [];
        const tell = (what) => told.push(what);
        reactor.hook("Plot", {
            mounted() {
                tell(`mounted ${this.options.name}`);
                this.canvas = document.createElement("canvas");
                this.canvas.width = this.canvas.height = 20;
                this.element.append(this.canvas);
                this.draw();
            },
            updated(before) {
                tell(`updated ${before.name} to ${this.options.name}`);
                this.draw();
            },
            destroyed() { tell(`destroyed ${this.options.name}`); },
            draw() {
                const context = this.canvas.getContext("2d");
                context.fillStyle = this.options.colour;
                context.fillRect(0, 0, 20, 20);
            },
        });
        reactor.hook("Board", {
            mounted() { window.board = this; },
        });
        customElements.define("my-map", class extends HTMLElement {
            static observedAttributes = ["level"];
            connectedCallback() {
                if (this.inner) return;
                this.inner = this.attachShadow({mode: "open"}).appendChild(document.createElement("b"));
                this.light = this.appendChild(document.createElement("i"));
                this.light.textContent = "mine";
                this.show();
                this.addEventListener("click", () => this.dispatchEvent(
                    new CustomEvent("zoom-end", {detail: {level: Number(this.getAttribute("level")) + 1}})));
            }
            attributeChangedCallback() { if (this.inner) this.show(); }
            show() { this.inner.textContent = `level ${this.getAttribute("level")}`; }
        });
    '''
    EARLY = '''
        window.early = typeof window.reactor;
        document.addEventListener("reactor:start", () => reactor.hook("Early", {
            mounted() { this.element.textContent = "mounted early"; },
        }));
    '''

    @app.get("/{name}.js")
    async def script(name: str):
        return Response({"plot": PLOT, "early": EARLY}[name], media_type="text/javascript")

    class Plots(Component):
        names: list[str] = state(["a", "b", "c"])
        colour: str = state("rgb(1, 2, 3)")
        inside: bool = state(True)
        other: int = state(0)

        @action
        async def turn(self): self.names.reverse()

        @action
        async def drop(self): self.names.pop(0)

        @action
        async def add(self): self.names.append("d")

        @action
        async def paint(self): self.colour = "rgb(4, 5, 6)"

        @action
        async def count(self): self.other += 1

        @action
        async def toggle(self): self.inside = not self.inside

        def render(self):
            buttons = [self.turn, self.drop, self.add, self.paint, self.count, self.toggle]
            return h.main[
                [h.button(on_click=each)[each.action.__name__] for each in buttons],
                h.output[self.other],
                self.inside and h.section[h.div[(
                    h.div(key=name, hook="Plot", options={"name": name, "colour": self.colour})
                    for name in self.names
                )]],
            ]

    class Board(Component):
        chosen: int = state(0)
        level: int = state(3)

        @action
        async def choose(self, id: int, at: tuple[float, float] = (0, 0)) -> dict:
            if id == 13:
                raise Invalid(id="That is taken.")
            if id == 14:
                raise RuntimeError("on purpose")
            self.chosen = id
            return {"id": id, "at": at, "before": None}

        @action
        async def zoom(self, level: int):
            self.level = level

        @action
        async def leave(self):
            self.chosen = -1

        def render(self):
            return h.main[
                h.output[self.chosen],
                h.p["level ", self.level],
                self.chosen >= 0 and h.div(hook="Board", on_select=self.choose),
                h.my_map(level=self.level, on_zoom_end=self.zoom),
                h.button(on_click=self.leave)["leave"],
            ]

    @ui.page("/plots")
    async def plots():
        return Page(Plots(), title="Plots", head=[h.script(type="module", src="/plot.js")])

    @ui.page("/board")
    async def board():
        return Page(Board(), title="Board", head=[h.script(defer=True, src="/plot.js")])

    @ui.page("/early")
    async def early():
        return Page(h.main(hook="Early")["served"], title="Early", head=[h.script(src="/early.js")])
"""


@pytest.fixture(scope="module", params=["1000", "0"], ids=["patched", "restored"])
def server(serve_for_module: Servers, request: pytest.FixtureRequest) -> Server:
    """Once it holds the views; once it holds none, so that each answer is a sync of the whole page."""
    return serve_for_module(BOARDS, env={"VIEWS": request.param})


def told(page: Page) -> list[str]:
    """What the hooks were told since this was asked last."""
    found: list[str] = page.evaluate("window.told.splice(0)")
    return found


def plotted(page: Page, server: Server) -> None:
    """Opens a page with three plots; their hooks begin as soon as the part of the client for it is there."""
    opened(page, f"{server.url}/plots")
    mounted: list[str] = []
    while len(mounted) < 3:
        mounted += told(page)
    assert mounted == ["mounted a", "mounted b", "mounted c"]


def colours(page: Page) -> list[list[int]]:
    """The colour in the middle of each canvas."""
    found: list[list[int]] = page.evaluate(
        """[...document.querySelectorAll("canvas")].map(
            canvas => [...canvas.getContext("2d").getImageData(10, 10, 1, 1).data.slice(0, 3)])"""
    )
    return found


def ask(page: Page, data: dict[str, Any]) -> Any:
    """What a call of the hook on the board ends with."""
    return page.evaluate(f"data => board.call('select', data).catch({SAID})", data)


SAID = "({name, code, message, fields}) => ({name, code, message, fields})"
"""What there is to know of an error."""


def test_hooks_draw_what_the_server_gives(server: Server, page: Page) -> None:
    plotted(page, server)
    press(page, "paint")
    assert told(page) == [f"updated {name} to {name}" for name in "abc"]
    assert colours(page) == [[4, 5, 6]] * 3
    press(page, "add")
    assert told(page) == ["mounted d"]
    assert colours(page) == [[4, 5, 6]] * 4


def test_hooks_keep_what_is_theirs_while_the_page_changes(server: Server, page: Page) -> None:
    plotted(page, server)
    page.evaluate("window.canvases = [...document.querySelectorAll('canvas')]")
    watch_changes(page, "section")
    press(page, "count")
    expect(page.locator("output")).to_have_text("1")
    assert changes(page) == []
    press(page, "turn")
    assert page.evaluate(
        "canvases.reverse().every((each, i) => each === document.querySelectorAll('canvas')[i])"
    )
    assert colours(page) == [[1, 2, 3]] * 3
    assert told(page) == []


def test_hooks_end_with_their_element_or_what_is_around_it(server: Server, page: Page) -> None:
    plotted(page, server)
    press(page, "drop")
    assert told(page) == ["destroyed a"]
    press(page, "toggle")
    assert told(page) == ["destroyed b", "destroyed c"]
    press(page, "toggle")
    assert told(page) == ["mounted b", "mounted c"]


def test_hook_calls_the_server_and_gets_the_result(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/board")
    while not page.evaluate("window.board"):
        pass
    assert ask(page, {"id": 3, "at": [1, 2.5]}) == {"id": 3, "at": [1, 2.5], "before": None}
    assert page.locator("output").inner_text() == "3"


def test_hook_learns_why_a_call_did_not_work(server: Server, page: Page, problems: Problems) -> None:
    problems.allow("response 422")
    problems.allow("response 500")
    server.expect_traceback()
    opened(page, f"{server.url}/board")
    while not page.evaluate("window.board"):
        pass
    assert ask(page, {"id": 13}) == {
        "name": "CallError",
        "code": "invalid",
        "message": "id: That is taken.",
        "fields": {"id": "That is taken."},
    }
    assert set(ask(page, {"id": "x"})["fields"]) == {"id"}
    expect(page.locator(".reactor-notice")).to_have_count(0)
    assert ask(page, {"id": 14})["code"] == "failed"
    expect(page.locator(".reactor-notice")).to_contain_text("Something went wrong")
    assert ask(page, {"id": 4})["id"] == 4


def test_hook_whose_element_leaves_gets_no_result(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/board")
    while not page.evaluate("window.board"):
        pass
    ended = page.evaluate(
        f"""() => {{
            document.querySelector("button").click();
            return board.call("select", {{id: 3}}).catch({SAID});
        }}"""
    )
    assert ended["code"] == "changed"
    assert ask(page, {"id": 3})["code"] == "changed"
    expect(page.locator("output")).to_have_text("-1")


def test_custom_element_calls_by_events_and_keeps_its_content(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/board")
    while not page.evaluate("window.board"):
        pass
    inside = page.locator("my-map b")
    expect(inside).to_have_text("level 3")
    page.locator("my-map").click()
    expect(inside).to_have_text("level 4")
    expect(page.locator("p")).to_have_text("level 4")
    settled(page)
    assert (
        page.locator("my-map").evaluate("map => map.light.parentNode === map && map.childNodes.length") == 1
    )
    page.locator("my-map").click()
    expect(inside).to_have_text("level 5")


def test_script_that_runs_early_waits_for_the_start(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/early")
    assert page.evaluate("window.early") == "undefined"
    expect(page.locator("main")).to_have_text("mounted early")
