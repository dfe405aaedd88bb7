"""What goes out (E): markup, scripts, caches, compression."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

import reactor
from reactor import BuildError, Child, Component, action, state
from reactor import html as h
from reactor.codec import unpack
from reactor.testing import TestClient
from tests.server.applications import application, counting

CLIENT = "".join(file.read_text() for file in (Path(reactor.__file__).parent / "static").glob("*.js"))
NASTY = st.text(st.sampled_from("\"'<>&`=/\\ \t\n\u2028\0aA-!;:") | st.characters(codec="utf-8"), max_size=12)
SCRIPT = st.sampled_from(
    ["</script >", "</ScRiPt>", "<!--", "]]>", "</textarea>", "</title>", "<img src=x onerror=x>"]
)


class Parsed(HTMLParser):
    """Tags and attributes as a parser sees them, and texts."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


class Echo(Component):
    text: str = state("")

    @action
    async def set(self, value: str) -> None:
        self.text = value

    def render(self) -> Child:
        text = self.text
        return h.main[
            h.p(id=text, class_=[text], title=text, data_x=text, aria_label=text)[text],
            h.input(value=text, name=text, on_input=self.set, aria_label="Echo"),
            h.textarea(value=text),
            h.ul[[h.li(key=text or "-")[text]]],
            h.select(value=text)[h.option(value=text)[text]],
        ]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NASTY | SCRIPT)
async def test_text_of_a_visitor_stays_text_on_the_page(text: str) -> None:
    """T-ESC: as it is served, and as a page without scripts."""
    ui = application()

    @ui.page("/{text:path}", title="x")
    async def page_(text: str) -> Child:
        echo = Echo()
        echo.text = text
        return echo.render()

    async with TestClient(ui.app) as client:
        plain = Parsed((await client.http.get("/plain")).text)
        seen = Parsed(h.div[_rendered(text)].__html__())
        ours = Parsed(h.div[_rendered("plain")].__html__())
    assert [tag for tag, _ in seen.tags] == [tag for tag, _ in ours.tags]
    assert [set(attributes) for _, attributes in seen.tags] == [
        set(attributes) for _, attributes in ours.tags
    ]
    assert plain.tags


def _rendered(text: str) -> Child:
    return [
        h.p(id=text, title=text, data_x=text, aria_label=text)[text],
        h.input(value=text, name=text),
        h.textarea(value=text),
        h.title[text],
        h.a(href="/" + text.replace("\0", ""))[text],
    ]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", " java\tscript:x", "vbscript:x", "data:text/html,x"]
)
def test_address_that_runs_is_refused_however_it_is_given(address: str) -> None:
    """T-URL: also by a dictionary of attributes, which a visitor's data might reach."""
    places = (("a", "href"), ("form", "action"), ("button", "formaction"), ("iframe", "src"), ("a", "ping"))
    for tag, name in places:
        element: Any = getattr(h, tag)
        with pytest.raises(BuildError, match="script"):
            element(**{name: address})
        with pytest.raises(BuildError, match="script"):
            element({name: address})
    with pytest.raises(BuildError):
        h.svg[h.a({"xlink:href": address})["x"]]


def test_markup_is_safe_only_when_it_was_marked_so() -> None:
    """T-RAW: no method of a text makes it markup."""
    assert h.p["<b>"].__html__() == "<p>&lt;b&gt;</p>"
    assert "&lt;b&gt;" in h.p[str(Markup("<b>"))].__html__()
    assert "&lt;b&gt;" in h.p[Markup("%s") % "<b>"].__html__()
    assert "<b>" in h.p[Markup("<b>x</b>")].__html__()
    for bad in ("</script>", "<!--", "<script"):
        with pytest.raises(BuildError):
            h.script[bad]


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            r"\beval\(",
            r"new Function",
            r"document\.write",
            r"insertAdjacentHTML",
            r"outerHTML\s*=",
            r"\.srcdoc\s*=",
        ),
        *(r"setTimeout\(\s*[\"'`]", r"\.constructor\(", r"javascript:", r"\bimport\(\s*[a-z]+\.[a-z]+"),
    ],
)
def test_script_of_the_browser_makes_no_code_of_text(pattern: str) -> None:
    """T-NOJSBUILD"""
    assert not re.search(pattern, CLIENT)


def test_script_of_the_browser_sets_markup_in_one_place() -> None:
    """T-NOJSBUILD: that of values which the author marked as safe, through a Trusted Types policy."""
    assert len(re.findall(r"\.innerHTML\s*=[^=]", CLIENT)) <= 1
    assert len(re.findall(r"createPolicy", CLIENT)) == 1


def _without_tokens(markup: str) -> str:
    return re.sub(r'value="[^"]*"', "", markup.partition("application/reactor")[0])


HOSTILE = [
    {"range": "bytes=0-5"},
    {"if-none-match": "*"},
    {"if-modified-since": "Wed, 21 Oct 2099 07:28:00 GMT"},
    {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"},
    {"x-http-method-override": "POST"},
    {"rsc": "1", "next-router-prefetch": "1", "x-inertia": "true", "hx-request": "true"},
    {"accept-encoding": "gzip, br"},
    {"x-original-url": "/other", "x-rewrite-url": "/other"},
    {"content-type": "application/x-reactor"},
]


@pytest.mark.parametrize("headers", HOSTILE, ids=str)
async def test_headers_change_nothing_that_a_cache_might_keep(headers: dict[str, str]) -> None:
    """T-CACHE, T-INTERNALHDR: status, kind and what is shown; and nothing is to be kept."""
    async with TestClient(counting().app) as client:
        plain = await client.http.get("/")
        response = await client.http.get("/", headers=headers)
        assert response.status_code == plain.status_code == 200
        for name in ("content-type", "cache-control", "content-security-policy"):
            assert response.headers[name] == plain.headers[name]
        assert response.headers["cache-control"] == "private, no-store"
        assert _without_tokens(response.text) == _without_tokens(plain.text)
        assert "content-encoding" not in response.headers
        missing = await client.http.get("/nothing", headers=headers)
        assert missing.status_code == 404


async def test_tree_of_a_page_is_a_variant_that_caches_know_of() -> None:
    """T-CACHE: what the script asks for at the address of a page; neither is to be kept."""
    async with TestClient(counting().app) as client:
        for accept in ("text/html", "application/x-reactor"):
            response = await client.http.get("/", headers={"accept": accept})
            assert response.headers["vary"] == "accept"
            assert "no-store" in response.headers["cache-control"]
            assert response.headers["x-content-type-options"] == "nosniff"


async def test_tokens_are_different_in_each_response() -> None:
    """T-COMPRESS: so their text cannot be guessed piece by piece, should something compress the response."""
    async with TestClient(counting().app) as client:
        first, second = await client.get("/"), await client.get("/")
        assert first.view is not None
        assert second.view is not None
        here, there = first.view.sealed, second.view.sealed
        # What is the same is the format and the key's id.
        assert here[:5] == there[:5]
        assert here[5:17] != there[5:17]
        assert here[17:] != there[17:]
        await first.click("Count")
        answer: Any = unpack(first.answer.response.content, limit=10_000)
        assert answer["s"][5:] != here[5:]
