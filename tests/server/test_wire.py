"""Over the wire: whatever components do, the browser holds what the server has rendered."""

from __future__ import annotations

from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reactor import Child, Component, Reactor, action, state
from reactor import html as h
from reactor.markup import render
from reactor.testing import ServerFailed, TestPage
from tests.server.applications import Counter, application, visiting

Plan: TypeAlias = tuple[str, tuple[Any, ...]]


class Part(Component):
    plan: Any
    count: int = state(0)
    open: bool = state(True)

    @action
    async def add(self) -> None:
        self.count += 1

    @action
    async def toggle(self) -> None:
        self.open = not self.open

    @action
    async def take(self, item: int, number: int) -> None:
        self.count += item + number

    def parts(self) -> list[Any]:
        made = [make(plan, key=index) for index, plan in enumerate(self.plan[1])]
        return made[::-1] if self.count % 2 else made

    def render(self) -> Child:
        return h.section(class_={"odd": self.count % 2 == 1})[
            h.output[self.count],
            h.button(on_click=self.add)["Add"],
            h.button(on_click=self.toggle, disabled=self.count > 5)["Toggle"],
            self.open and self.parts(),
            "end" if self.count % 3 else h.b["end"],
        ]


class Rows(Part):
    """Keyed rows that come, go and move, with bound keys and values."""

    def render(self) -> Child:
        keys = [(index * 7 + self.count * 3) % 11 for index in range(self.count % 5 + 2)]
        return h.table[
            h.caption[h.button(on_click=self.add)["Add"]],
            h.tbody[
                (
                    h.tr(key=key)[
                        h.td[key, " ", self.count if key % 2 else None],
                        h.td[h.button(on_click=self.take.bind(key, self.count))[f"take {key}"]],
                        self.open and h.td[self.parts()],
                    ]
                    for key in keys
                )
            ],
        ]


class Bare(Part):
    """Only components, text, or nothing: no element of its own."""

    def render(self) -> Child:
        if self.count % 3 == 2:
            return None
        return [f"text {self.count}", h.fragment["a", None, self.parts()], h.button(on_click=self.add)["Add"]]


KINDS: dict[str, type[Part]] = {kind.__name__: kind for kind in (Part, Rows, Bare)}


def make(plan: Plan, key: Any = None) -> Part:
    return KINDS[plan[0]](plan=plan, key=key)


plans: st.SearchStrategy[Plan] = st.recursive(
    st.tuples(st.sampled_from(sorted(KINDS)), st.just(())),
    lambda inner: st.tuples(st.sampled_from(sorted(KINDS)), st.lists(inner, max_size=3).map(tuple)),
    max_leaves=6,
)


def showing(content: Component) -> Reactor:
    ui = application()

    @ui.page("/")
    async def page() -> Child:
        return content

    return ui


def assert_same(ui: Reactor, page: TestPage) -> None:
    """What the browser holds is what the server holds."""
    assert page.view is not None
    held, *_ = ui.site.views._views[page.view.id]
    assert page.html == "<!doctype html>" + render(held.root.content)


@settings(max_examples=60)
@given(plans, st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=8))
async def test_browser_holds_what_the_server_has_rendered(plan: Plan, acts: list[tuple[int, bool]]) -> None:
    ui = showing(make(plan))
    async with visiting(ui) as page:
        for which, forgotten in acts:
            if forgotten:
                page.server_forgets()
            buttons = [button for button in page.get_by_role("button") if not button.disabled]
            if not buttons:
                break
            await buttons[which % len(buttons)].click()
            assert page.answer.status == 200
            assert_same(ui, page)


@settings(max_examples=30)
@given(plans, st.lists(st.integers(0, 40), min_size=1, max_size=5))
async def test_page_is_the_same_with_and_without_javascript(plan: Plan, acts: list[int]) -> None:
    ui = showing(make(plan))
    async with visiting(ui) as with_it, visiting(ui, javascript=False) as without:
        for which in acts:
            for page in (with_it, without):
                buttons = [button for button in page.get_by_role("button") if not button.disabled]
                if buttons:
                    await buttons[which % len(buttons)].click()
            assert without.status == 200
            assert with_it.text == without.text


async def test_handler_of_a_component_that_is_not_on_the_page_fails_loudly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        counter = Counter()
        return h.div[counter, h.button(on_click=counter.increment)["Outside"]]

    async with visiting(ui) as page:
        await page.click("Count")
        with pytest.raises(ServerFailed):
            await page.click("Outside")
        assert "the handler is of a Counter that is not on the page" in caplog.text
