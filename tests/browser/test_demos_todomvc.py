"""TodoMVC, by the public specification of the application."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.servers import Server, Servers
from tests.visitors import settled


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


@pytest.fixture
def todos(demos: Server, page: Page) -> Page:
    page.goto(f"{demos.url}/todomvc")
    return page


def add(page: Page, *titles: str) -> None:
    for title in titles:
        page.locator(".new-todo").fill(title)
        page.locator(".new-todo").press("Enter")
        expect(page.locator(".todo-list li label").last).to_have_text(title.strip())


def items(page: Page) -> Locator:
    return page.locator(".todo-list li")


def test_nothing_but_the_field_is_shown_while_there_are_no_todos(todos: Page) -> None:
    expect(todos.locator(".new-todo")).to_be_focused()
    expect(todos.locator(".main")).to_have_count(0)
    expect(todos.locator(".footer")).to_have_count(0)


def test_new_todo_is_appended_trimmed_and_the_field_is_cleared(todos: Page) -> None:
    add(todos, "buy some cheese", "  feed the cat  ")
    expect(items(todos).locator("label")).to_have_text(["buy some cheese", "feed the cat"])
    expect(todos.locator(".new-todo")).to_have_value("")
    expect(todos.locator(".main")).to_be_visible()
    expect(todos.locator(".footer")).to_be_visible()


def test_todos_can_be_typed_faster_than_the_server_answers(todos: Page) -> None:
    settled(todos)
    todos.keyboard.type("one\ntwo\n\nthree\nfo", delay=10)
    expect(items(todos).locator("label")).to_have_text(["one", "two", "three"])
    expect(todos.locator(".new-todo")).to_have_value("fo")
    settled(todos)
    expect(todos.locator(".new-todo")).to_have_value("fo")


def test_empty_todo_is_not_added(todos: Page) -> None:
    todos.locator(".new-todo").fill("   ")
    todos.locator(".new-todo").press("Enter")
    settled(todos)
    expect(items(todos)).to_have_count(0)


def test_title_is_shown_as_text(todos: Page) -> None:
    add(todos, '<b>bold</b> & "quoted" <script>alert(1)</script>')
    expect(items(todos).locator("label b")).to_have_count(0)


def test_counter_knows_singular_and_plural(todos: Page) -> None:
    add(todos, "one")
    expect(todos.locator(".todo-count")).to_have_text("1 item left")
    add(todos, "two")
    expect(todos.locator(".todo-count")).to_have_text("2 items left")
    expect(todos.locator(".todo-count strong")).to_have_text("2")
    items(todos).nth(0).locator(".toggle").check()
    items(todos).nth(1).locator(".toggle").check()
    expect(todos.locator(".todo-count")).to_have_text("0 items left")


def test_todo_can_be_completed_and_taken_up_again(todos: Page) -> None:
    add(todos, "one", "two")
    first = items(todos).first
    first.locator(".toggle").check()
    expect(first).to_have_class("completed")
    first.locator(".toggle").uncheck()
    expect(first).not_to_have_class("completed")


def test_all_are_completed_at_once_and_the_box_follows_the_items(todos: Page) -> None:
    add(todos, "one", "two", "three")
    everything = todos.locator(".toggle-all")
    everything.check()
    expect(items(todos)).to_have_class(["completed"] * 3)
    items(todos).first.locator(".toggle").uncheck()
    expect(everything).not_to_be_checked()
    items(todos).first.locator(".toggle").check()
    expect(everything).to_be_checked()
    everything.uncheck()
    expect(todos.locator(".completed")).to_have_count(0)


def test_todo_can_be_removed(todos: Page) -> None:
    add(todos, "one", "two")
    items(todos).first.hover()
    items(todos).first.locator(".destroy").click()
    expect(items(todos).locator("label")).to_have_text(["two"])


def test_completed_ones_are_cleared(todos: Page) -> None:
    add(todos, "one", "two")
    expect(todos.locator(".clear-completed")).to_have_count(0)
    items(todos).first.locator(".toggle").check()
    todos.locator(".clear-completed").click()
    expect(items(todos).locator("label")).to_have_text(["two"])
    expect(todos.locator(".clear-completed")).to_have_count(0)


def edit(todos: Page) -> Locator:
    add(todos, "one", "two")
    items(todos).first.locator("label").dblclick()
    field = items(todos).first.locator(".edit")
    expect(field).to_be_focused()
    expect(field).to_have_value("one")
    expect(items(todos).first).to_have_class("editing")
    return field


def test_double_click_edits_and_enter_saves_trimmed(todos: Page) -> None:
    field = edit(todos)
    expect(items(todos).first.locator(".view")).to_be_hidden()
    field.fill("  changed  ")
    field.press("Enter")
    expect(items(todos).locator("label")).to_have_text(["changed", "two"])
    expect(todos.locator(".editing")).to_have_count(0)


def test_leaving_the_field_saves(todos: Page) -> None:
    edit(todos).fill("changed")
    todos.get_by_role("heading", level=1).click()
    expect(items(todos).locator("label")).to_have_text(["changed", "two"])


def test_escape_leaves_the_todo_as_it_was(todos: Page) -> None:
    field = edit(todos)
    field.fill("changed")
    field.press("Escape")
    expect(items(todos).locator("label")).to_have_text(["one", "two"])
    expect(todos.locator(".edit")).to_have_count(0)
    todos.reload()
    expect(items(todos).locator("label")).to_have_text(["one", "two"])


def test_todo_edited_to_nothing_is_removed(todos: Page) -> None:
    field = edit(todos)
    field.fill("   ")
    field.press("Enter")
    expect(items(todos).locator("label")).to_have_text(["two"])


def test_field_for_editing_is_focused_each_time(todos: Page) -> None:
    edit(todos).press("Escape")
    expect(todos.locator(".edit")).to_have_count(0)
    items(todos).nth(1).locator("label").dblclick()
    expect(items(todos).nth(1).locator(".edit")).to_be_focused()


def test_addresses_filter_the_list(todos: Page, demos: Server) -> None:
    add(todos, "one", "two", "three")
    items(todos).nth(1).locator(".toggle").check()
    expect(items(todos).nth(1)).to_have_class("completed")
    todos.get_by_role("link", name="Active").click()
    expect(todos).to_have_url(f"{demos.url}/todomvc/active")
    expect(items(todos).locator("label")).to_have_text(["one", "three"])
    expect(todos.locator(".selected")).to_have_text("Active")
    todos.get_by_role("link", name="Completed").click()
    expect(items(todos).locator("label")).to_have_text(["two"])
    expect(todos.locator(".selected")).to_have_text("Completed")
    todos.get_by_role("link", name="All").click()
    expect(items(todos)).to_have_count(3)
    todos.go_back()
    expect(items(todos).locator("label")).to_have_text(["two"])


def test_completed_todo_leaves_the_list_of_active_ones(todos: Page, demos: Server) -> None:
    add(todos, "one", "two")
    todos.goto(f"{demos.url}/todomvc/active")
    items(todos).first.locator(".toggle").click()
    expect(items(todos).locator("label")).to_have_text(["two"])
    expect(todos.locator(".footer")).to_be_visible()


def test_todos_are_kept_across_a_reload(todos: Page) -> None:
    add(todos, "one", "two")
    items(todos).first.locator(".toggle").check()
    expect(items(todos).first).to_have_class("completed")
    todos.reload()
    expect(items(todos).locator("label")).to_have_text(["one", "two"])
    expect(items(todos).first.locator(".toggle")).to_be_checked()


def test_other_tab_shows_what_was_changed_here_at_its_next_action(todos: Page, demos: Server) -> None:
    add(todos, "one")
    other = todos.context.new_page()
    other.goto(f"{demos.url}/todomvc")
    items(todos).first.locator(".destroy").click()
    expect(items(todos)).to_have_count(0)
    add(other, "two")
    expect(items(other).locator("label")).to_have_text(["two"])


def test_todos_survive_a_server_that_is_killed(serve: Servers, page: Page) -> None:
    server = serve("demos.app:app")
    page.goto(f"{server.url}/todomvc")
    add(page, "one", "two")
    items(page).first.locator("label").dblclick()
    expect(page.locator(".edit")).to_be_focused()
    page.locator(".edit").fill("changed")
    server.kill()
    server.restart()
    page.locator(".edit").press("Enter")
    expect(items(page).locator("label")).to_have_text(["changed", "two"])


def test_list_works_without_javascript(demos: Server, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(f"{demos.url}/todomvc")
    add(page, "one", "  two  ", "three")
    second = items(page).nth(1)
    second.locator(".toggle").check()
    second.get_by_role("button", name="Apply").click()
    expect(second).to_have_class("completed")
    expect(second.locator(".toggle")).to_be_checked()
    page.get_by_role("link", name="Completed").click()
    expect(items(page).locator("label")).to_have_text(["two"])
    items(page).locator(".toggle").uncheck()
    items(page).get_by_role("button", name="Apply").click()
    expect(items(page)).to_have_count(0)
    page.get_by_role("link", name="All").click()
    items(page).first.locator(".destroy").click()
    expect(items(page).locator("label")).to_have_text(["two", "three"])
    page.locator(".toggle-all").check()
    page.locator(".all").get_by_role("button", name="Apply").click()
    expect(page.locator(".todo-count strong")).to_have_text("0")
    page.locator(".clear-completed").click()
    expect(page.locator(".main")).to_have_count(0)


def test_buttons_for_browsers_without_scripts_are_hidden_from_others(todos: Page) -> None:
    add(todos, "one")
    expect(todos.locator(".without-script").first).to_be_hidden()
