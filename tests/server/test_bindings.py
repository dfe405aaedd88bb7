"""Controls that are bound to state fields."""

from __future__ import annotations

from datetime import date

import pytest

from reactor import BuildError, Child, Component, bind, state
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
