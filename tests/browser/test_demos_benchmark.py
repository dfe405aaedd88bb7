"""The page of js-framework-benchmark: its operations, by its own markup."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.servers import Server, Servers
from tests.visitors import Problems, settled


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


@pytest.fixture
def benchmark(demos: Server, page: Page) -> Page:
    page.goto(f"{demos.url}/benchmark")
    return page


def rows(page: Page) -> Locator:
    return page.locator("table.table.test-data > tbody > tr")


def row_id(page: Page, index: int) -> Locator:
    return rows(page).nth(index).locator("td.col-md-1").first


def label(page: Page, index: int) -> Locator:
    return rows(page).nth(index).locator("td.col-md-4 > a")


def run(page: Page, button: str, count: int) -> None:
    page.locator(button).click()
    expect(rows(page)).to_have_count(count, timeout=30_000)
    settled(page)


def test_rows_are_created_with_ids_that_are_never_used_twice(benchmark: Page) -> None:
    run(benchmark, "#run", 1_000)
    expect(row_id(benchmark, 0)).to_have_text("1")
    expect(row_id(benchmark, 999)).to_have_text("1000")
    benchmark.locator("#run").click()
    expect(row_id(benchmark, 0)).to_have_text("1001")
    run(benchmark, "#add", 2_000)
    expect(row_id(benchmark, 1_999)).to_have_text("3000")
    run(benchmark, "#clear", 0)
    run(benchmark, "#add", 1_000)
    expect(row_id(benchmark, 0)).to_have_text("3001")


def test_ids_begin_again_with_each_load(benchmark: Page) -> None:
    run(benchmark, "#run", 1_000)
    benchmark.reload()
    run(benchmark, "#run", 1_000)
    expect(row_id(benchmark, 0)).to_have_text("1")


def test_row_has_the_markup_of_the_benchmark(benchmark: Page) -> None:
    run(benchmark, "#run", 1_000)
    row = rows(benchmark).first
    assert len((label(benchmark, 0).text_content() or "").split()) == 3
    expect(row.locator("td.col-md-1 > a > span.glyphicon.glyphicon-remove[aria-hidden=true]")).to_have_count(
        1
    )
    expect(row.locator("> td")).to_have_count(4)
    expect(row.locator("> td.col-md-6")).to_have_count(1)


def test_every_tenth_label_is_updated(benchmark: Page) -> None:
    run(benchmark, "#run", 1_000)
    before = rows(benchmark).locator("td.col-md-4 > a").all_text_contents()
    benchmark.locator("#update").click()
    expect(label(benchmark, 990)).to_have_text(f"{before[990]} !!!")
    after = rows(benchmark).locator("td.col-md-4 > a").all_text_contents()
    assert after == [f"{text} !!!" if index % 10 == 0 else text for index, text in enumerate(before)]


def test_rows_are_swapped(benchmark: Page) -> None:
    run(benchmark, "#run", 1_000)
    benchmark.locator("#swaprows").click()
    expect(row_id(benchmark, 1)).to_have_text("999")
    expect(row_id(benchmark, 998)).to_have_text("2")
    expect(row_id(benchmark, 2)).to_have_text("3")


def test_row_is_selected_and_another_one_instead(benchmark: Page) -> None:
    run(benchmark, "#run", 1_000)
    label(benchmark, 4).click()
    expect(rows(benchmark).nth(4)).to_have_class("danger")
    label(benchmark, 5).click()
    expect(rows(benchmark).nth(5)).to_have_class("danger")
    expect(benchmark.locator("tr.danger")).to_have_count(1)
    assert benchmark.url.endswith("/benchmark")


def test_row_is_removed(benchmark: Page) -> None:
    run(benchmark, "#run", 1_000)
    rows(benchmark).nth(3).locator("td.col-md-1 > a").click()
    expect(rows(benchmark)).to_have_count(999)
    expect(row_id(benchmark, 3)).to_have_text("5")


def test_ten_thousand_rows_can_be_worked_with(benchmark: Page) -> None:
    run(benchmark, "#runlots", 10_000)
    label(benchmark, 1).click()
    expect(rows(benchmark).nth(1)).to_have_class("danger", timeout=30_000)
    run(benchmark, "#add", 11_000)
    expect(row_id(benchmark, 10_999)).to_have_text("11000")


def test_ten_thousand_rows_outlive_the_server(serve: Servers, page: Page, problems: Problems) -> None:
    problems.allow("response 409 POST")  # the browser keeps a large state to itself until it is asked for it
    server = serve("demos.app:app")
    page.goto(f"{server.url}/benchmark")
    run(page, "#runlots", 10_000)
    before = label(page, 9_999).text_content()
    server.kill()
    server.restart()
    rows(page).nth(0).locator("td.col-md-1 > a").click()
    expect(rows(page)).to_have_count(9_999, timeout=30_000)
    expect(label(page, 9_998)).to_have_text(before or "?")


def test_small_things_answer(benchmark: Page) -> None:
    benchmark.locator("#inc").click()
    benchmark.locator("#inc").click()
    expect(benchmark.locator("#count")).to_have_text("2")
    field = benchmark.locator("input[name=message]")
    for text in "one", "two":
        field.fill(text)
        field.press("Enter")
        expect(benchmark.locator("#messages > li").last).to_have_text(text)
    expect(benchmark.locator("#messages > li")).to_have_text(["one", "two"])
    expect(field).to_have_value("")


def test_buttons_and_form_work_without_javascript(demos: Server, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(f"{demos.url}/benchmark")
    page.locator("#run").click()
    expect(rows(page)).to_have_count(1_000)
    page.locator("input[name=message]").fill("hello")
    page.locator("input[name=message]").press("Enter")
    expect(page.locator("#messages > li")).to_have_text(["hello"])
    expect(rows(page)).to_have_count(1_000)
