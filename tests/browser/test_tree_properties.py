"""The client's tree in a real browser, held against the browser's own parser, for random trees.

A page's HTML is parsed and adopted, patched or synced, and must then be what the parser makes of the next
tree's HTML. All examples run in one page, and go through both codecs.
"""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Page

from reactor import html
from reactor.blocks import Rendered, child_of
from reactor.codec import pack
from reactor.diff import UNCHANGED, diff
from reactor.markup import render
from reactor.wire import Encoder, Numbering
from tests.core import trees

CLIENT = Path(__file__).parents[2] / "client_js"
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "tree.json").read_text("utf-8"))

h: Any = html

many = settings(
    max_examples=trees.EXAMPLES // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

HARNESS = """
async (source) => {
  const parts = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const decode = (text) => parts.decode(Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0)));

  // A node as data: adjacent texts are one, attributes and classes have no order.
  const attributeOf = (element, { name, value }) => {
    if (name === "style") return element.style.cssText;
    return name === "class" ? [...element.classList].sort().join(" ") : value;
  };
  const shown = (element) => {
    if (element.localName === "textarea") return [element.value];
    return element.localName === "input" ? [element.value, element.checked] : [];
  };
  const dataOf = (node) => {
    if (node instanceof Text) return node.data;
    if (node instanceof Comment) return `<!--${node.data}-->`;
    const attributes = [...node.attributes].map((each) => [each.name, attributeOf(node, each)]);
    const names = attributes.filter(([name, value]) => value || !["class", "style"].includes(name));
    return [node.namespaceURI, node.localName, names.sort(), shown(node), childrenOf(node)];
  };
  const childrenOf = (parent) => {
    const children = [];
    let text = false;
    for (const node of parent.childNodes) {
      const data = dataOf(node);
      if (data === "") continue;
      if (node instanceof Text && text) children[children.length - 1] += data;
      else children.push(data);
      text = node instanceof Text;
    }
    return children;
  };
  const parsed = (html) => {
    const main = document.createElement("main");
    main.innerHTML = html;
    return JSON.stringify(childrenOf(main));
  };
  const observed = (main, work) => {
    const observer = new MutationObserver(() => {});
    observer.observe(main, { subtree: true, childList: true, attributes: true, characterData: true });
    work();
    const records = observer.takeRecords();
    observer.disconnect();
    return records;
  };
  const told = (record) => `${record.type} of <${record.target.nodeName}> ${record.attributeName ?? ""}`;

  window.adopt = ({ html, templates, outline }) => {
    const main = document.createElement("main");
    document.body.replaceChildren(main);
    main.innerHTML = html;
    window.main = main;
    window.tree = new parts.Tree(main);
    tree.learn(decode(templates), true);
    tree.adopt(decode(outline));
    return [JSON.stringify(childrenOf(main)), parsed(html)];
  };
  window.become = ({ templates, afresh, change, whole, html }) => {
    tree.learn(decode(templates), afresh);
    const records = observed(main, () => {
      if (change) tree.patch(decode(change));
      if (whole) tree.sync(decode(whole));
    });
    return [JSON.stringify(childrenOf(main)), parsed(html), records.map(told)];
  };
}
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The client's tree and codec, as one module."""
    outfile = tmp_path_factory.mktemp("client") / "parts.js"
    subprocess.run(
        ["npm", "run", "--silent", "build:test", "--", "--outfile", str(outfile)],
        cwd=CLIENT,
        check=True,
        capture_output=True,
    )
    return outfile.read_text("utf-8")


@pytest.fixture
def client(page: Page, bundle: str) -> Page:
    """A page with the client's tree and nothing else in it."""
    page.set_content("<!doctype html><title>trees</title>")
    page.evaluate(HARNESS, bundle)
    return page


def packed(wire: Any) -> str:
    return base64.b64encode(pack(wire)).decode()


class Shown:
    """One view: the server's half, and the page that shows it."""

    def __init__(self, client: Page, tree: Rendered) -> None:
        self.client = client
        self.numbering = Numbering()
        outline = Encoder(self.numbering, bytes, outline=True).child(tree)
        self._compare(
            "adopt",
            html=render(tree),
            templates=packed(self.numbering.definitions()),
            outline=packed(outline),
        )

    def patch(self, old: Rendered, new: Rendered) -> list[str]:
        """Send the difference; returns what happened in the DOM."""
        change = diff(old, new)
        encoded = None if change is UNCHANGED else packed(Encoder(self.numbering, bytes).change(change))
        return self._become(new, change=encoded)

    def sync(self, new: Rendered, *, afresh: bool = False) -> list[str]:
        """Send the whole tree; returns what happened in the DOM."""
        if afresh:
            self.numbering = Numbering()
            # Other numbers than before: nobody shall rely on them.
            self.numbering.number(h.hr().template)
        whole = packed(Encoder(self.numbering, bytes).child(new))
        return self._become(new, whole=whole, afresh=afresh)

    def _become(self, new: Rendered, **how: Any) -> list[str]:
        templates = packed(self.numbering.definitions())
        return self._compare("become", html=render(new), templates=templates, **how)

    def _compare(self, work: str, **case: Any) -> list[str]:
        shown, wanted, *records = self.client.evaluate(f"(data) => {work}(data)", case)
        assert json.loads(shown) == json.loads(wanted)
        return records[0] if records else []


@many
@given(history=trees.histories(3))
def test_page_patched_becomes_the_next(client: Page, history: list[trees.Sketch]) -> None:
    grove = trees.Grove()
    old = grove.grow(history[0])
    shown = Shown(client, old)
    for sketch in history[1:]:
        new = grove.grow(sketch)
        records = shown.patch(old, new)
        if diff(old, new) is UNCHANGED:
            assert records == []
        grove.settle()
        old = new


@many
@given(history=trees.histories(3))
def test_page_synced_becomes_the_next(client: Page, history: list[trees.Sketch]) -> None:
    first, second, third = map(trees.grow, history)
    shown = Shown(client, first)
    assert shown.sync(first) == []
    shown.sync(second)
    assert shown.sync(second, afresh=True) == []
    shown.sync(third, afresh=True)
    assert shown.sync(third) == []


def rows(*keys: int) -> Rendered:
    items: Rendered = h.ul[[h.li(key=key, class_="row")[h.b[key], " – ", h.input(value=key)] for key in keys]]
    return items


def test_item_before_a_thousand_is_one_insertion(client: Page) -> None:
    old, new = rows(*range(1_000)), rows(1_000, *range(1_000))
    assert Shown(client, old).patch(old, new) == ["childList of <UL> "]
    assert Shown(client, old).sync(new) == ["childList of <UL> "]


def test_swap_in_a_thousand_is_two_moves_at_most(client: Page) -> None:
    keys = list(range(1_000))
    keys[1], keys[998] = keys[998], keys[1]
    old, new = rows(*range(1_000)), rows(*keys)
    # A move is told as two records: taken out, put in.
    assert Shown(client, old).patch(old, new) == ["childList of <UL> "] * 4
    assert Shown(client, old).sync(new) == ["childList of <UL> "] * 4


def test_only_what_differs_is_touched(client: Page) -> None:
    def page(title: str, text: str) -> Rendered:
        tree: Rendered = h.section(title=title, lang="en")[
            h.h1["Title"], h.p["a", text, "c"], h.input(value="x")
        ]
        return tree

    old, new = page("t", "b"), page("t", "B")
    assert Shown(client, old).patch(old, new) == ["characterData of <#text> "]
    assert Shown(client, old).sync(new) == ["characterData of <#text> "]
    assert Shown(client, old).patch(old, page("T", "b")) == ["attributes of <SECTION> title"]


def test_vectors_become_their_next(client: Page) -> None:
    for vector, how in [(vector, how) for vector in VECTORS for how in ("delta", "after") if how in vector]:
        page = {name: packed(vector[name]) for name in ("templates", "outline")}
        shown, wanted = client.evaluate("(data) => adopt(data)", {**page, "html": vector["html"]})
        assert shown == wanted, vector["name"]
        change = {"change" if how == "delta" else "whole": packed(vector[how])}
        client.evaluate("(data) => become(data)", {"templates": page["templates"], "html": "", **change})
        assert client.evaluate("() => main.innerHTML") == vector["after_html"], vector["name"]


def test_raw_markup_inside_raw_markup_is_adopted(client: Page) -> None:
    def page(text: str) -> Rendered:
        inner = h.div[child_of(h.b["x"], "p"), _Marked("<i>y</i>")].__html__()
        return h.div[_Marked(f"<p>{inner}</p>"), text]  # type: ignore[no-any-return]

    old, new = page("before"), page("after")
    assert Shown(client, old).patch(old, new) == ["characterData of <#text> "]
    assert Shown(client, old).sync(old) == []


class _Marked:
    """Markup that is marked as safe."""

    def __init__(self, markup: str) -> None:
        self._markup = markup

    def __html__(self) -> str:
        return self._markup
