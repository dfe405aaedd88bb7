"""Controls that are bound to state fields."""

from __future__ import annotations

from datetime import date

import pytest

from reactor import BuildError, Child, Component, action, bind, state
from reactor import html as h
from tests.server.applications import application, visiting


class Profile(Component):
    name: str = state("Ada")
    age: int | None = state(None)
    born: date | None = state(None)
    news: bool = state(False)
    plan: str = state("free")
    size: str = state("s")

    def render(self) -> Child:
        return [
            h.input(aria_label="Name", bind=bind(self).name),
            h.input(aria_label="Age", type="number", bind=bind(self, on="change").age),
            h.input(aria_label="Born", type="date", bind=bind(self).born),
            h.input(aria_label="News", type="checkbox", bind=bind(self).news),
            h.select(aria_label="Plan", bind=bind(self).plan)[
                h.option(value="free")["Free"], h.option(value="paid")["Paid"]
            ],
            [
                h.input(aria_label=f"Size {s}", type="radio", name="size", value=s, bind=bind(self).size)
                for s in "sml"
            ],
            h.output[f"{self.name} {self.age} {self.born} {self.news} {self.plan} {self.size}"],
        ]


async def test_binding_goes_both_ways() -> None:
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Profile()

    async with visiting(ui) as page:
        assert page.get_by_label("Name").value == "Ada"
        await page.fill("Name", "Grace")
        await page.fill("Age", "85")
        await page.fill("Born", "1906-12-09")
        await page.check("News")
        page.server_forgets()
        await page.select("Plan", "Paid")
        await page.check("Size l")
        assert page.get_by_role("status").text == "Grace 85 1906-12-09 True paid l"


async def test_binding_takes_what_fits_the_field_only() -> None:
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Profile()

    async with visiting(ui) as page:
        await page.fill("Age", "85")
        await page.fill("Age", "many")
        assert page.answers[-1].status == 422
        assert page.get_by_role("status").text.startswith("Ada 85 ")
        await page.fill("Age", "")
        assert page.get_by_role("status").text.startswith("Ada None ")


def test_binding_knows_the_fields() -> None:
    with pytest.raises(BuildError, match=r"no such state field; it has: name, age"):
        h.input(bind=bind(Profile()).nmae)  # type: ignore[attr-defined]
    with pytest.raises(BuildError, match="bind is for input, textarea and select"):
        h.p(bind=bind(Profile()).name)


class Settings(Component):
    name: str = state("Ada")
    age: int | None = state(None)
    plan: str = state("free")
    size: str = state("s")
    secret: str = state("kept")
    asks: bool = state(True)
    said: str = state("")

    @action
    async def save(self, note: str = "") -> None:
        self.said = f"{self.name} {self.age} {self.plan} {self.size} {note}"

    @action
    async def close(self) -> None:
        self.asks = False

    def render(self) -> Child:
        follows = bind(self, on="submit")
        return h.form(action=self.save)[
            h.input(self.save.field("name"), aria_label="Name", bind=follows.name),
            h.input(aria_label="Age", type="number", bind=follows.age),
            self.save.error("age"),
            h.select(aria_label="Plan", bind=follows.plan)[h.option["free"], h.option["paid"]],
            [h.input(aria_label=f"Size {s}", type="radio", value=s, bind=follows.size) for s in "sml"],
            self.asks and h.input(aria_label="Secret", bind=follows.secret),
            h.input(name="note", aria_label="Note"),
            h.button["Save"],
            h.button(form_action=self.close)["Close"],
            h.output[self.said],
            h.p[f"{self.name}, {self.secret}"],
        ]


@pytest.mark.parametrize("javascript", [True, False])
async def test_binding_on_submit_follows_the_form(javascript: bool) -> None:
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Settings()

    async with visiting(ui, javascript=javascript) as page:
        await page.fill("Name", "Grace")
        await page.fill("Age", "85")
        await page.select("Plan", "paid")
        await page.check("Size l")
        await page.fill("Note", "!")
        assert "Ada" in page.text
        await page.click("Save")
        assert page.get_by_role("status").text == "Grace 85 paid l !"
        assert page.get_by_label("Name").value == "Grace"
        await page.fill("Name", "Edith")
        await page.fill("Age", "old")
        await page.click("Save")
        assert "valid integer" in page.text
        assert "Grace, kept" in page.text
        assert page.get_by_label("Name").value == "Edith"


async def test_binding_on_submit_takes_only_what_is_rendered() -> None:
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Settings()

    async with visiting(ui) as page:
        await page.click("Close")
        form = page.get_by_tag("form").element
        entries = ["name", "Grace", "secret", "guessed", "said", "guessed", "asks", "on"]
        await page.call(form.address("submit"), form.handler("submit").mark, e=None, f=entries)
        assert "Grace, kept" in page.text


def test_binding_on_submit_is_not_for_checkboxes() -> None:
    class News(Component):
        news: bool = state(False)

        def render(self) -> Child:
            return h.input(type="checkbox", bind=bind(self, on="submit").news)

    with pytest.raises(BuildError, match="of a checkbox that is not checked"):
        News().render()
