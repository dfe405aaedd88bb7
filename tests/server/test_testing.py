"""`reactor.testing`: a page without a browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from reactor import Child, Component, Reactor, action, state
from reactor import html as h
from reactor.testing import NotFound, ServerFailed, TestClient, TestPage
from tests.server.applications import application, counting, visiting
from tests.servers import Servers

both = pytest.mark.parametrize("javascript", [True, False])


def showing(content: Child) -> Reactor:
    """An application whose page is this content."""
    ui = application()

    @ui.page("/", title="Shown")
    async def page() -> Child:
        return content

    @ui.page("/other", title="Other")
    async def other() -> Child:
        return h.p["the other page"]

    return ui


ROLES = h.main[
    h.h1["Title ", h.em["here"]],
    h.h2(aria_level="3")["Sub"],
    h.nav(aria_label="Site")[h.a(href="/other")["Other"], h.a["no link"]],
    h.ul[h.li["one"], h.li["two"]],
    h.table[
        h.caption["Prices"],
        h.thead[h.tr[h.th["Name"], h.th["Price"]]],
        h.tbody[h.tr[h.th(scope="row")["Tea"], h.td["2"]]],
    ],
    h.label(for_="name")["Your name"],
    h.input(id="name"),
    h.label["Age ", h.input(type="number", value=7)],
    h.input(aria_label="Search", type="search"),
    h.span(id="a")["First"],
    h.span(id="b")["part"],
    h.textarea(aria_labelledby="a b", placeholder="Write")["\nthe text"],
    h.label[h.input(type="checkbox", checked=True), "Agree"],
    h.label[h.input(type="radio", name="r"), "Yes"],
    h.label["Pick ", h.select[h.option["x"], h.option["y"]]],
    h.select(multiple=True, title="Many")[h.option(selected=True)["m"]],
    h.input(type="range", aria_label="Volume"),
    h.input(type="submit"),
    h.input(type="button", value="Press"),
    h.progress(aria_label="Loading", value="0.5", max="1"),
    h.output["Ready"],
    h.div(role="alert")["Danger"],
    h.div(role="tab")["Tab"],
    h.dialog(open=True, aria_label="Sure?")[h.button(aria_label="Close")["x"]],
    h.img(src="/a.png", alt="A cat"),
    h.img(src="/b.png", alt=""),
    h.button(hidden=True)["Unseen"],
    h.div(aria_hidden="true")[h.button["Unseen too"]],
    h.input(type="hidden", value="h"),
    h.fieldset[h.legend["Group"], h.figure[h.img(src="/c.png", alt="c"), h.figcaption["Figure"]]],
]


@both
@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("heading", "Title here"),
        ("heading", "Sub"),
        ("navigation", "Site"),
        ("link", "Other"),
        ("listitem", ""),
        ("table", "Prices"),
        ("columnheader", "Price"),
        ("rowheader", "Tea"),
        ("cell", "2"),
        ("textbox", "Your name"),
        ("spinbutton", "Age"),
        ("searchbox", "Search"),
        ("textbox", "First part"),
        ("checkbox", "Agree"),
        ("radio", "Yes"),
        ("combobox", "Pick"),
        ("listbox", "Many"),
        ("slider", "Volume"),
        ("button", "Submit"),
        ("button", "Press"),
        ("progressbar", "Loading"),
        ("status", ""),
        ("alert", ""),
        ("tab", "Tab"),
        ("dialog", "Sure?"),
        ("button", "Close"),
        ("img", "A cat"),
        ("group", "Group"),
        ("figure", "Figure"),
        ("main", ""),
    ],
)
async def test_roles_and_names(role: str, name: str, javascript: bool) -> None:
    async with visiting(showing(ROLES), javascript=javascript) as page:
        assert name in [found.name for found in page.get_by_role(role)]


@both
async def test_finding(javascript: bool) -> None:
    async with visiting(showing(ROLES), javascript=javascript) as page:
        assert page.title == "Shown"
        assert page.get_by_role("heading", level=3).text == "Sub"
        assert page.get_by_role("button").all()[-1].name == "Close"
        assert "Unseen" not in [button.text for button in page.get_by_role("button")]
        assert page.get_by_role("list").get_by_role("listitem").texts == ["one", "two"]
        assert page.get_by_role("row")[1].text == "Tea\t2"
        assert page.get_by_role("img").first.name == "A cat"
        assert page.get_by_label("Your name").attributes["id"] == "name"
        assert page.get_by_label(re.compile("^First")).value == "\nthe text"
        assert page.get_by_placeholder("Write").tag == "textarea"
        assert page.get_by_text("Title here").tag == "h1"
        assert page.get_by_text("here").tag == "em"
        assert page.get_by_text(re.compile("Dang")).role == "alert"
        assert page.get_by_tag("table").get_by_tag("td").text == "2"
        assert page.get_by_tag("img", {"src": "/b.png"}).attributes["alt"] == ""
        assert not page.get_by_role("grid")
        assert len(page.get_by_role("button")) == 3
        assert page.get_by_role("spinbutton").value == "7"
        assert page.get_by_role("checkbox").checked
        assert page.get_by_label("Pick").values == ["x"]


@both
async def test_what_is_not_found_is_told_with_what_there_is(javascript: bool) -> None:
    async with visiting(showing(ROLES), javascript=javascript) as page:
        with pytest.raises(
            NotFound, match=r"no button 'Sbumit' on /; there is:\n  button 'Submit'\n  button 'Pr"
        ):
            page.get_by_role("button", name="Sbumit").one()
        with pytest.raises(NotFound, match=r"3 times button on /; say more, or use \.all\(\)"):
            _ = page.get_by_role("button").text
        with pytest.raises(NotFound, match=r"no field labelled 'Nmae'.*\n.*textbox 'Your name'"):
            await page.fill("Nmae", "x")
        with pytest.raises(NotFound, match="no button, link or text 'Nothing'"):
            await page.click("Nothing")
        with pytest.raises(NotFound, match="has no option 'z'; there is: 'x', 'y'"):
            await page.select("Pick", "z")
        with pytest.raises(AssertionError, match="cannot be typed into"):
            await page.fill("Agree", "x")


@both
async def test_text_is_what_one_reads(javascript: bool) -> None:
    content = h.div[
        h.p["  several   spaces\n and ", h.b["bold"], " text  "],
        h.p["next", h.br, "line"],
        h.pre["  kept\n  spaces"],
        h.ul[h.li["a"], h.li["b"]],
        h.p(hidden=True)["not this"],
        h.script(type="text/plain")["nor this"],
        h.label["Label ", h.textarea["typed"]],
    ]
    async with visiting(showing(content), javascript=javascript) as page:
        assert page.text == ("several spaces and bold text\nnext\nline\n  kept\n  spaces\na\nb\nLabel")


@both
async def test_links_are_followed(javascript: bool) -> None:
    async with visiting(showing(ROLES), javascript=javascript) as page:
        await page.follow("Other")
        assert (page.url, page.title, page.text) == ("/other", "Other", "the other page")
        await page.open("/")
        assert page.title == "Shown"


@both
async def test_links_that_lead_away_are_not_loaded(javascript: bool) -> None:
    content = h.p[h.a(href="#part")["Part"], h.a(href="https://example.org/x?y=1")["Away"]]
    async with visiting(showing(content), javascript=javascript) as page:
        await page.follow("Part")
        assert page.url == "/"
        await page.follow("Away")
        assert (page.url, page.status, page.text) == ("https://example.org/x?y=1", 0, "")


@both
async def test_form_of_another_kind_is_sent_by_the_browser(javascript: bool) -> None:
    ui = application()

    @ui.page("/")
    async def page_(q: str = "none", also: str = "") -> Child:
        return h.div[
            h.output[f"{q} {also}"],
            h.form[h.label["Query", h.input(name="q")], h.button(name="also", value="x")["Search"]],
        ]

    async with visiting(ui, javascript=javascript) as page:
        await page.fill("Query", "a b&c")
        await page.submit("Search")
        assert page.get_by_role("status").text == "a b&c x"
        assert page.url == "/?q=a+b%26c&also=x"


class Editor(Component):
    saved: str = state("old")
    other: int = state(0)

    @action
    async def save(self, name: str) -> None:
        self.saved = name.strip()

    @action
    async def touch(self) -> None:
        self.other += 1

    @action
    async def replace(self) -> None:
        self.saved = "replaced"

    def render(self) -> Child:
        return h.div[
            self.other % 2 == 1 and h.p["another paragraph"],
            h.form(action=self.save)[
                h.label["Name", h.input(name="name", value=self.saved)],
                h.button["Save"],
                h.button(type="reset")["R"],
            ],
            h.button(on_click=self.touch)["Touch"],
            h.button(on_click=self.replace)["Replace"],
        ]


async def test_typed_text_stays_until_the_server_says_otherwise() -> None:
    async with visiting(showing(Editor())) as page:
        name = page.get_by_label("Name")
        await name.fill("typed")
        await page.click("Touch")
        assert name.value == "typed"
        page.server_forgets()
        await page.click("Touch")
        assert name.value == "typed"
        await page.click("Replace")
        assert name.value == "replaced"
        await name.fill(" new ")
        await page.submit("Save")
        assert name.value == "new"
        await name.fill("again")
        await page.click("R")
        assert name.value == "new"


async def test_page_is_loaded_anew() -> None:
    async with visiting(counting()) as page:
        await page.click("Count")
        await page.reload()
        assert page.get_by_role("status").text == "0"


async def test_server_error_is_an_exception_unless_told_otherwise() -> None:
    async with visiting(counting()) as page:
        with pytest.raises(ServerFailed, match="500 at a call on /: Something went wrong"):
            await page.click("Fail")


async def test_exception_of_a_page_is_raised() -> None:
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        raise ZeroDivisionError("of the application")

    async with TestClient(ui.app) as client:
        with pytest.raises(ZeroDivisionError, match="of the application"):
            await client.get("/")
    async with TestClient(ui.app, raise_server_errors=False) as client:
        assert (await client.get("/")).status == 500


async def test_lifespan_that_fails_is_raised() -> None:
    @asynccontextmanager
    async def broken(app: FastAPI) -> AsyncIterator[None]:
        raise ZeroDivisionError("at the start")
        yield

    with pytest.raises(ZeroDivisionError, match="at the start"):
        async with TestClient(FastAPI(lifespan=broken)):
            pass

    @asynccontextmanager
    async def breaking(app: FastAPI) -> AsyncIterator[None]:
        yield
        raise ZeroDivisionError("at the end")

    with pytest.raises(ZeroDivisionError, match="at the end"):
        async with TestClient(FastAPI(lifespan=breaking)):
            pass


async def test_application_without_lifespan_is_visited() -> None:
    ui = counting()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise NotImplementedError
        await ui.app(scope, receive, send)

    async with TestClient(app) as client:
        page = await client.get("/")
        await page.click("Count")
        assert page.get_by_role("status").text == "1"


def test_client_needs_an_application_or_an_address() -> None:
    with pytest.raises(ValueError, match="takes an application, or the base_url of a running server"):
        TestClient()


async def test_client_visits_a_running_server(serve: Servers) -> None:
    server = serve(
        """
        from fastapi import FastAPI
        from reactor import Component, Reactor, action, state, html as h

        app = FastAPI()
        ui = Reactor(app)

        class Counter(Component):
            count: int = state(0)

            @action
            async def increment(self):
                self.count += 1

            def render(self):
                return h.p[h.output[self.count], h.button(on_click=self.increment)["Count"]]

        @ui.page("/")
        async def counter():
            return Counter()
        """
    )
    async with TestClient(base_url=server.url) as client:
        pages: list[TestPage] = [await client.get("/"), await client.get("/", javascript=False)]
        for expected in ("1", "2"):
            for page in pages:
                await page.click("Count")
                assert page.get_by_role("status").text == expected
        server.kill()
        server.start()
        for page in pages:
            await page.click("Count")
            assert page.get_by_role("status").text == "3"
