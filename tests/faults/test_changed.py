"""What was clicked is no more what it was: the click reaches what the person meant, or nothing."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Server, Servers
from tests.visitors import Problems, Visitors, settled

SHOP = """
    import json
    from pathlib import Path
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, state, html as h

    app = FastAPI()
    ui = Reactor(app)
    price, bought = Path("price"), Path("bought")

    class Shop(Component):
        message: str = state("")

        @action
        async def look(self):
            self.message = "Looked."

        @action
        async def buy(self, price: int):
            with bought.open("a") as file:
                file.write(f"{price} ")
            self.message = f"Bought for {price}."

        def render(self):
            now = int(price.read_text())
            return h.section[
                h.output(id="price")[now],
                h.p(id="message")[self.message],
                h.button(on_click=self.look)["Look"],
                h.button(on_click=self.buy.bind(now))["Buy for ", now],
            ]

    @ui.page("/", title="Shop")
    async def shop():
        return Shop()
"""


def bought(server: Server) -> str:
    file = server.folder / "bought"
    return file.read_text() if file.exists() else ""


def test_price_that_changed_while_the_server_was_dead_is_shown_and_nothing_is_bought(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("response 409 POST")
    server = serve(SHOP, files={"price": "10"})
    page.goto(server.url)
    settled(page)
    page.evaluate("window.isSamePage = true")
    server.kill()
    (server.folder / "price").write_text("12")
    server.start()
    page.get_by_role("button", name="Buy for 10").click()
    expect(page.locator("#price")).to_have_text("12")
    expect(page.locator(".reactor-notice")).to_contain_text("changed")
    assert bought(server) == ""
    expect(page.locator("#message")).to_have_text("")
    page.get_by_role("button", name="Buy for 12").click()
    expect(page.locator("#message")).to_have_text("Bought for 12.")
    assert bought(server) == "12 "
    assert page.evaluate("window.isSamePage === true")


def test_price_that_changed_behind_a_live_page_is_seen_before_the_next_purchase(
    serve: Servers, page: Page
) -> None:
    server = serve(SHOP, files={"price": "10"})
    page.goto(server.url)
    settled(page)
    (server.folder / "price").write_text("12")
    page.get_by_role("button", name="Look").click()
    expect(page.locator("#price")).to_have_text("12")
    page.get_by_role("button", name="Buy for 12").click()
    expect(page.locator("#message")).to_have_text("Bought for 12.")
    assert bought(server) == "12 "


def test_second_click_on_a_price_that_the_first_one_changed_buys_nothing(serve: Servers, page: Page) -> None:
    dearer = SHOP.replace(
        'self.message = f"Bought',
        'Path("price").write_text(str(price + 2))\n            self.message = f"Bought',
    )
    server = serve(dearer, files={"price": "10"})
    page.goto(server.url)
    settled(page)
    # Both clicks are made at the price of 10, before the first one is answered.
    page.get_by_role("button", name="Buy").evaluate("button => { button.click(); button.click() }")
    expect(page.locator("#price")).to_have_text("12")
    expect(page.locator(".reactor-notice")).to_contain_text("changed")
    settled(page)
    assert bought(server) == "10 "


def test_price_that_changed_without_javascript_is_shown_and_nothing_is_bought(
    serve: Servers, page_without_javascript: Page, problems: Problems
) -> None:
    problems.allow("response 409 POST")
    page = page_without_javascript
    server = serve(SHOP, files={"price": "10"})
    page.goto(server.url)
    (server.folder / "price").write_text("12")
    page.get_by_role("button", name="Buy for 10").click()
    expect(page.locator("#price")).to_have_text("12")
    expect(page.get_by_role("alert")).to_contain_text("changed")
    assert bought(server) == ""
    page.get_by_role("button", name="Buy for 12").click()
    expect(page.locator("#message")).to_have_text("Bought for 12.")


ROWS = """
    import json, os
    from pathlib import Path
    from fastapi import FastAPI
    from reactor import Component, Reactor, action, state, html as h
    from reactor.site import Limits

    app = FastAPI()
    ui = Reactor(app, limits=Limits(views=int(os.environ.get("VIEWS", "1000"))))
    rows, log = Path("rows"), Path("log")

    class Rows(Component):
        clicks: int = state(0)

        @action
        async def remove(self, name: str):
            names = json.loads(rows.read_text())
            log.write_text((log.read_text() if log.exists() else "") + name + " ")
            rows.write_text(json.dumps([each for each in names if each != name]))
            self.clicks += 1

        def render(self):
            return h.section[
                h.output[self.clicks],
                h.ul[(
                    h.li(key=name)[name, h.button(on_click=self.remove.bind(name))["Remove ", name]]
                    for name in json.loads(rows.read_text())
                )],
            ]

    class Place(Component):
        name: str
        opened: bool = state(False)

        @action
        async def open(self):
            self.opened = True

        def render(self):
            return h.li[
                self.name, h.button(on_click=self.open)["Open ", self.name],
                h.strong["is open"] if self.opened else None,
            ]

    class Places(Component):
        def render(self):
            return h.ul[(Place(name=name, key=name) for name in json.loads(rows.read_text()))]

    @ui.page("/", title="Rows")
    async def index():
        return Rows()

    @ui.page("/places", title="Places")
    async def places():
        return Places()
"""


@pytest.fixture(scope="module")
def forgetful(serve_for_module: Servers) -> Server:
    """A server that holds no view: each call finds it as one that was just started."""
    return serve_for_module(ROWS, env={"VIEWS": "0"})


def write_rows(server: Server, *names: str) -> None:
    (server.folder / "rows").write_text(json.dumps(names))


def forget_removed(server: Server) -> None:
    (server.folder / "log").unlink(missing_ok=True)


def removed(server: Server) -> str:
    file = server.folder / "log"
    return file.read_text() if file.exists() else ""


@pytest.mark.parametrize(
    ("now", "reached", "left"),
    [
        (["c", "b", "a"], "b ", ["c", "a"]),
        (["x", "a", "b", "c"], "b ", ["x", "a", "c"]),
        (["b"], "b ", []),
        (["a", "c"], "", ["a", "c"]),
        ([], "", []),
    ],
    ids=["reordered", "another before it", "others deleted", "deleted", "all deleted"],
)
def test_click_in_rows_that_changed_reaches_the_row_that_was_meant_or_none(
    forgetful: Server, page: Page, problems: Problems, now: list[str], reached: str, left: list[str]
) -> None:
    problems.allow("response 409 POST")
    forget_removed(forgetful)
    write_rows(forgetful, "a", "b", "c")
    page.goto(forgetful.url)
    settled(page)
    write_rows(forgetful, *now)
    page.get_by_role("button", name="Remove b").click()
    expect(page.get_by_role("listitem")).to_have_text([f"{name}Remove {name}" for name in left])
    assert removed(forgetful) == reached
    expect(page.get_by_role("status").first).to_have_text("1" if reached else "0")
    assert page.locator(".reactor-notice").count() == (0 if reached else 1)


@pytest.mark.parametrize("now", [["c", "b", "a"], ["a", "c"]], ids=["reordered", "deleted"])
def test_click_in_components_that_changed_reaches_the_one_that_was_meant_or_none(
    forgetful: Server, page: Page, problems: Problems, now: list[str]
) -> None:
    problems.allow("response 409 POST")
    write_rows(forgetful, "a", "b", "c")
    page.goto(f"{forgetful.url}/places")
    settled(page)
    page.get_by_role("button", name="Open c").click()
    expect(page.get_by_text("is open")).to_have_count(1)
    write_rows(forgetful, *now)
    page.get_by_role("button", name="Open b").click()
    expect(page.get_by_role("listitem")).to_have_text(
        [f"{name}Open {name}" + ("is open" if name in "bc" else "") for name in now]
    )


def test_row_that_another_visitor_deleted_on_a_live_server_is_not_reached_by_its_successor(
    serve: Servers, new_visitor: Visitors
) -> None:
    server = serve(ROWS, files={"rows": '["a", "b", "c"]'})
    alice, bob = new_visitor(), new_visitor()
    for page in (alice, bob):
        page.goto(server.url)
        settled(page)
    bob.get_by_role("button", name="Remove b").click()
    expect(bob.get_by_role("listitem")).to_have_count(2)
    # What alice sees still has b: her click is one on b, and no other row suffers.
    alice.get_by_role("button", name="Remove b").click()
    expect(alice.get_by_role("listitem")).to_have_text(["aRemove a", "cRemove c"])
    assert json.loads((server.folder / "rows").read_text()) == ["a", "c"]
    alice.get_by_role("button", name="Remove c").click()
    expect(alice.get_by_role("listitem")).to_have_text(["aRemove a"])
    assert removed(server) == "b b c "


def test_rows_that_another_visitor_reordered_on_a_live_server_are_each_still_themselves(
    serve: Servers, page: Page
) -> None:
    server = serve(ROWS, files={"rows": '["a", "b", "c"]'})
    page.goto(server.url)
    settled(page)
    write_rows(server, "c", "a", "b")
    page.get_by_role("button", name="Remove a").click()
    expect(page.get_by_role("listitem")).to_have_text(["cRemove c", "bRemove b"])
    assert removed(server) == "a "


CONDITIONAL = """
    from fastapi import FastAPI
    from pathlib import Path
    from reactor import Component, Reactor, action, state, html as h

    app = FastAPI()
    ui = Reactor(app)
    done = Path("done")

    class Draft(Component):
        @action
        async def save(self): done.write_text("saved")

        @action
        async def delete(self): done.write_text("deleted")

        def render(self):
            if Path("published").exists():
                return h.section[h.button(on_click=self.delete)["Delete"]]
            return h.section[h.button(on_click=self.save)["Save"]]

    @ui.page("/", title="Draft")
    async def draft():
        return Draft()
"""


def test_button_that_became_another_one_in_the_same_place_is_not_pressed(
    serve: Servers, page: Page, problems: Problems
) -> None:
    problems.allow("response 409 POST")
    server = serve(CONDITIONAL)
    page.goto(server.url)
    settled(page)
    server.kill()
    (server.folder / "published").touch()
    server.start()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button")).to_have_text(["Delete", "Dismiss"])
    expect(page.locator(".reactor-notice")).to_contain_text("changed")
    assert not (server.folder / "done").exists()
