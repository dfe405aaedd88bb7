"""Lists, tables, options, drawings: every shape keeps its nodes and is right in the end."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.windows import changes, opened, press, watch_changes
from tests.servers import Server, Servers
from tests.visitors import Problems

LISTS = """
    import os
    from fastapi import FastAPI
    from markupsafe import Markup
    from reactor import Component, Reactor, action, state, html as h
    from reactor.site import Limits

    app = FastAPI()
    ui = Reactor(app, limits=Limits(views=int(os.environ.get("VIEWS", "1000"))))

    class Order(Component):
        order: list[str] = state(factory=lambda: list("abcde"))

        @action
        async def set(self, order: str): self.order = list(order)

        def buttons(self):
            orders = [*"abcde edcba aebcd bcdea xabcde abcdex abxcde ae xyz dbx".split(), ""]
            return h.nav[(
                h.button(key=each or "none", on_click=self.set.bind(each))[f"To {each or 'nothing'}"]
                for each in orders
            )]

    class Keyed(Order):
        def render(self):
            return h.main[
                self.buttons(),
                h.div(id="list")[
                    "before ", (h.p(key=each)[each] for each in self.order), " after", h.hr(),
                    h.fragment[(h.fragment(key=each)["text ", h.b[each]] for each in self.order)],
                ],
            ]

    class Unkeyed(Order):
        def render(self):
            return h.main[
                self.buttons(), h.div(id="list")["before ", (h.p[each] for each in self.order), " after"],
            ]

    class Item(Component):
        name: str
        clicks: int = state(0)

        @action
        async def click(self): self.clicks += 1

        def render(self):
            return h.p[self.name, h.button(on_click=self.click)["Click ", self.name], self.clicks or None]

    class Components(Order):
        def render(self):
            return h.main[
                self.buttons(), h.div(id="list")[(Item(name=each, key=each) for each in self.order)],
            ]

    class Table(Order):
        def render(self):
            return h.main[
                self.buttons(),
                h.table(id="list")[
                    h.caption["Letters"],
                    h.thead[h.tr[h.th["Letter"], h.th["Code"]]],
                    h.tbody[(h.tr(key=each)[h.td[each], h.td[ord(each)]] for each in self.order)],
                    h.tfoot[h.tr[h.td(colspan=2)[len(self.order)]]] if self.order else None,
                ],
            ]

    class Options(Order):
        def render(self):
            return h.main[
                self.buttons(),
                h.select(id="list", aria_label="Letter", value=self.order[-1] if self.order else None)[
                    h.optgroup(label="Letters")[
                        (h.option(key=each, value=each)[each.upper()] for each in self.order)
                    ],
                ],
                h.textarea(aria_label="All", value="\\n".join(self.order)),
            ]

    class Drawing(Order):
        def render(self):
            return h.main[
                self.buttons(),
                h.svg(id="list", viewBox="0 0 100 20", width=100, height=20)[
                    h.linearGradient(id="shade")[h.stop(offset="50%")],
                    (h.circle(key=each, cy=5, r=4, cx=n * 10) if n % 2 else
                     h.g(key=each)[h.title[each], h.foreignObject(width=9, height=9)[h.i[each]]]
                     for n, each in enumerate(self.order)),
                ],
                h.math[h.mrow[(h.mi(key=each)[each] for each in self.order)]],
            ]

    class Shapes(Order):
        # One place in which something else stands each time.
        def render(self):
            first = self.order[0] if self.order else None
            kinds = {
                "a": "text", "e": h.em["element"], "b": [h.i["one"], "two", [h.b["three"]]],
                "x": Markup("<u>raw</u> & <s>c</s>"),
                "d": h.em(class_="other", title="t")["element"], None: None,
            }
            return h.main[self.buttons(), h.div(id="list")["(", kinds[first], kinds[first], ")", [], "!"]]

    class Thousand(Component):
        rows: list[int] = state(factory=lambda: list(range(1000)))

        @action
        async def prepend(self): self.rows.insert(0, 1000)
        @action
        async def swap(self): self.rows[1], self.rows[998] = self.rows[998], self.rows[1]
        @action
        async def remove(self): del self.rows[500]

        def render(self):
            return h.main[
                h.button(on_click=self.prepend)["Prepend"], h.button(on_click=self.swap)["Swap"],
                h.button(on_click=self.remove)["Remove"],
                h.ul[(h.li(key=row)[row] for row in self.rows)],
            ]

    PAGES = {
        "keyed": Keyed, "unkeyed": Unkeyed, "components": Components, "table": Table, "options": Options,
        "drawing": Drawing, "shapes": Shapes, "thousand": Thousand,
    }

    @ui.page("/{name}", title="Lists")
    async def page(name: str):
        return PAGES[name]() if name in PAGES else None
"""
# A state of more than 1,024 bytes is sent only when the server says that it needs it.
LARGE_STATE = "response 409 POST"
ORDERS = ["edcba", "aebcd", "xabcde", "abcdex", "bcdea", "abxcde", "ae", "abcde", "", "xyz", "dbx", "abcde"]


@pytest.fixture(scope="module", params=["1000", "0"], ids=["patch", "sync"])
def server(serve_for_module: Servers, request: pytest.FixtureRequest) -> Server:
    return serve_for_module(LISTS, env={"VIEWS": request.param})


def bring(page: Page, order: str) -> None:
    press(page, f"To {order or 'nothing'}")


def inner_html(page: Page) -> str:
    """The list's markup as a browser writes it, adjacent texts as one."""
    found: str = page.locator("#list").evaluate("list => list.outerHTML")
    return found.replace("<!--[-->", "").replace("<!--]-->", "")


@pytest.mark.parametrize("kind", ["keyed", "unkeyed", "table", "drawing"])
def test_each_order_gives_the_markup_that_a_fresh_page_would_have(
    server: Server, page: Page, kind: str
) -> None:
    opened(page, f"{server.url}/{kind}")
    start = inner_html(page)
    for order in ORDERS:
        bring(page, order)
        assert inner_html(page) == MARKUP[kind](order), order
    assert inner_html(page) == start


def keyed_markup(order: str) -> str:
    paragraphs = "".join(f"<p>{each}</p>" for each in order)
    texts = "".join(f"text <b>{each}</b>" for each in order)
    return f'<div id="list">before {paragraphs} after<hr>{texts}</div>'


def unkeyed_markup(order: str) -> str:
    return f'<div id="list">before {"".join(f"<p>{each}</p>" for each in order)} after</div>'


def table_markup(order: str) -> str:
    rows = "".join(f"<tr><td>{each}</td><td>{ord(each)}</td></tr>" for each in order)
    foot = f'<tfoot><tr><td colspan="2">{len(order)}</td></tr></tfoot>' if order else ""
    return (
        '<table id="list"><caption>Letters</caption><thead><tr><th>Letter</th><th>Code</th></tr></thead>'
        f"<tbody>{rows}</tbody>{foot}</table>"
    )


def drawing_markup(order: str) -> str:
    shapes = "".join(
        f'<circle cy="5" r="4" cx="{n * 10}"></circle>'
        if n % 2
        else f'<g><title>{each}</title><foreignObject width="9" height="9"><i>{each}</i></foreignObject></g>'
        for n, each in enumerate(order)
    )
    return (
        '<svg id="list" viewBox="0 0 100 20" width="100" height="20"><linearGradient id="shade">'
        f'<stop offset="50%"></stop></linearGradient>{shapes}</svg>'
    )


MARKUP = {"keyed": keyed_markup, "unkeyed": unkeyed_markup, "table": table_markup, "drawing": drawing_markup}


@pytest.mark.parametrize(("kind", "item"), [("keyed", "#list p"), ("table", "#list tbody tr")])
def test_items_with_keys_keep_their_nodes(server: Server, page: Page, kind: str, item: str) -> None:
    opened(page, f"{server.url}/{kind}")
    page.locator(item).evaluate_all("items => items.forEach(each => each.name = each.textContent[0])")
    for order in ("edcba", "bcdea", "abxcde", "ae"):
        bring(page, order)
        names = page.locator(item).evaluate_all("items => items.map(each => each.name ?? '+').join('')")
        assert names == order.replace("x", "+")


def test_components_keep_their_state_when_they_move(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/components")
    page.get_by_role("button", name="Click b").click()
    page.get_by_role("button", name="Click d").click(click_count=2)
    expect(page.locator("#list p").nth(3)).to_have_text("dClick d2")
    for order in ("edcba", "xabcde", "dbx"):
        bring(page, order)
        expect(page.locator("#list p")).to_have_text(
            [f"{each}Click {each}" + {"b": "1", "d": "2"}.get(each, "") for each in order]
        )
    page.get_by_role("button", name="Click b").click()
    expect(page.locator("#list p").nth(1)).to_have_text("bClick b2")
    # One that was taken away is another one when it comes back.
    bring(page, "ae")
    bring(page, "abcde")
    expect(page.locator("#list p")).to_have_text([f"{each}Click {each}" for each in "abcde"])


def test_drawing_has_nodes_of_the_right_namespaces(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/drawing")
    bring(page, "xyz")
    bring(page, "abxcde")
    places = page.evaluate(
        """() => Object.fromEntries(["circle", "g", "svg title", "foreignObject", "i", "mi"].map(
            name => [name, document.querySelector(name).namespaceURI.split("/").slice(3).join("/")]))"""
    )
    assert places == {
        "circle": "2000/svg",
        "g": "2000/svg",
        "svg title": "2000/svg",
        "foreignObject": "2000/svg",
        "i": "1999/xhtml",
        "mi": "1998/Math/MathML",
    }
    assert page.locator("mrow").inner_html() == "".join(f"<mi>{each}</mi>" for each in "abxcde")


def test_select_and_textarea_show_what_the_server_says(server: Server, page: Page) -> None:
    opened(page, f"{server.url}/options")
    expect(page.get_by_label("Letter")).to_have_value("e")
    expect(page.get_by_label("All")).to_have_value("a\nb\nc\nd\ne")
    for order in ORDERS:
        bring(page, order)
        expect(page.get_by_label("Letter")).to_have_value(order[-1] if order else "")
        expect(page.locator("option")).to_have_text([each.upper() for each in order])
        expect(page.get_by_label("All")).to_have_value("\n".join(order))


def test_one_place_may_hold_text_element_list_markup_or_nothing(server: Server, page: Page) -> None:
    shapes = {
        "abcde": "text",
        "edcba": "<em>element</em>",
        "bcdea": "<i>one</i>two<b>three</b>",
        "xabcde": "<u>raw</u> &amp; <s>c</s>",
        "dbx": '<em class="other" title="t">element</em>',
        "": "",
    }
    opened(page, f"{server.url}/shapes")
    for before in shapes:
        for after in shapes:
            bring(page, before)
            bring(page, after)
            expected = f'<div id="list">({shapes[after]}{shapes[after]})!</div>'
            assert inner_html(page) == expected, (before, after)


def test_prepending_to_a_thousand_rows_is_one_insertion(
    server: Server, page: Page, problems: Problems
) -> None:
    problems.allow(LARGE_STATE)
    opened(page, f"{server.url}/thousand")
    watch_changes(page)
    press(page, "Prepend")
    expect(page.get_by_role("listitem").first).to_have_text("1000")
    assert [(each["target"], each["added"], each["removed"]) for each in changes(page)] == [("ul", 1, 0)]


def test_swapping_two_of_a_thousand_rows_moves_two(server: Server, page: Page, problems: Problems) -> None:
    problems.allow(LARGE_STATE)
    opened(page, f"{server.url}/thousand")
    watch_changes(page)
    press(page, "Swap")
    expect(page.get_by_role("listitem").nth(1)).to_have_text("998")
    expect(page.get_by_role("listitem").nth(998)).to_have_text("1")
    done = changes(page)
    assert all(each["target"] == "ul" for each in done)
    assert sum(each["added"] for each in done) == sum(each["removed"] for each in done) == 2


def test_removing_one_of_a_thousand_rows_is_one_removal(
    server: Server, page: Page, problems: Problems
) -> None:
    problems.allow(LARGE_STATE)
    opened(page, f"{server.url}/thousand")
    watch_changes(page)
    press(page, "Remove")
    expect(page.get_by_role("listitem")).to_have_count(999)
    assert [(each["target"], each["added"], each["removed"]) for each in changes(page)] == [("ul", 0, 1)]
