"""The seven tasks of 7GUIs, found by role and name."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.servers import Server, Servers
from tests.visitors import settled


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


# ---- Temperature ----


def test_temperature_follows_both_ways(demos: Server, page: Page) -> None:
    page.goto(f"{demos.url}/7guis/temperature")
    celsius, fahrenheit = page.get_by_label("Celsius"), page.get_by_label("Fahrenheit")
    celsius.press_sequentially("100")
    expect(fahrenheit).to_have_value("212")
    fahrenheit.fill("41")
    expect(celsius).to_have_value("5")
    fahrenheit.fill("-40")
    expect(celsius).to_have_value("-40")


def test_temperature_that_is_no_number_leaves_the_other_field(demos: Server, page: Page) -> None:
    page.goto(f"{demos.url}/7guis/temperature")
    celsius, fahrenheit = page.get_by_label("Celsius"), page.get_by_label("Fahrenheit")
    celsius.fill("10")
    expect(fahrenheit).to_have_value("50")
    celsius.fill("warm")
    expect(celsius).to_have_attribute("aria-invalid", "true")
    expect(fahrenheit).to_have_value("50")
    celsius.fill("11")
    expect(celsius).not_to_have_attribute("aria-invalid", "true")
    expect(fahrenheit).to_have_value("51.8")


def test_temperature_converts_without_javascript(demos: Server, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(f"{demos.url}/7guis/temperature")
    page.get_by_label("Celsius").fill("100")
    page.get_by_role("button", name="Convert").click()
    expect(page.get_by_label("Fahrenheit")).to_have_value("212")
    page.get_by_label("Fahrenheit").fill("32")
    page.get_by_role("button", name="Convert").click()
    expect(page.get_by_label("Celsius")).to_have_value("0")


# ---- Flight booker ----


@pytest.fixture
def flight(demos: Server, page: Page) -> Page:
    page.goto(f"{demos.url}/7guis/flight")
    settled(page)
    return page


def test_flight_one_way_needs_no_return(flight: Page) -> None:
    expect(flight.get_by_label("Return date")).to_be_disabled()
    flight.get_by_label("Departure date").fill("24.12.2026")
    flight.get_by_role("button", name="Book").click()
    expect(flight.get_by_role("status").filter(has_text="booked")).to_have_text(
        "You have booked a one-way flight on 24.12.2026."
    )


def test_flight_with_a_return_tells_both_dates(flight: Page) -> None:
    flight.get_by_role("combobox").select_option("return flight")
    flight.get_by_label("Departure date").fill("2026-12-24")
    expect(flight.get_by_label("Return date")).to_be_enabled()
    flight.get_by_label("Return date").fill("2027-01-02")
    flight.get_by_role("button", name="Book").click()
    expect(flight.get_by_role("status").filter(has_text="booked")).to_have_text(
        "You have booked a return flight on 2026-12-24, returning on 2027-01-02."
    )


def test_flight_date_that_is_none_is_marked_and_cannot_be_booked(flight: Page) -> None:
    departure = flight.get_by_label("Departure date")
    departure.fill("31.02.2026")
    expect(departure).to_have_attribute("aria-invalid", "true")
    expect(departure).to_have_accessible_description("Write a date as 24.12.2026 or 2026-12-24.")
    expect(flight.get_by_role("button", name="Book")).to_be_disabled()
    departure.fill("28.02.2026")
    expect(departure).not_to_have_attribute("aria-invalid", "true")
    expect(flight.get_by_role("button", name="Book")).to_be_enabled()


def test_flight_cannot_return_before_it_departs(flight: Page) -> None:
    flight.get_by_role("combobox").select_option("return flight")
    flight.get_by_label("Departure date").fill("24.12.2026")
    flight.get_by_label("Return date").fill("23.12.2026")
    expect(flight.get_by_role("button", name="Book")).to_be_disabled()
    flight.get_by_label("Return date").fill("24.12.2026")
    expect(flight.get_by_role("button", name="Book")).to_be_enabled()
    flight.get_by_label("Return date").fill("23.12.2026")
    expect(flight.get_by_role("button", name="Book")).to_be_disabled()
    flight.get_by_role("combobox").select_option("one-way flight")
    expect(flight.get_by_role("button", name="Book")).to_be_enabled()


def test_flight_is_booked_without_javascript(demos: Server, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(f"{demos.url}/7guis/flight")
    page.get_by_role("combobox").select_option("return flight")
    page.get_by_role("button", name="Check the dates").click()
    page.get_by_label("Departure date").fill("24.12.2026")
    page.get_by_label("Return date").fill("02.01.2027")
    page.get_by_role("button", name="Book").click()
    expect(page.get_by_role("status")).to_contain_text("You have booked a return flight on 24.12.2026")


# ---- Timer ----


@pytest.fixture
def timer(demos: Server, page: Page) -> Page:
    page.goto(f"{demos.url}/7guis/timer")
    settled(page)
    return page


def elapsed(page: Page) -> float:
    return float((page.locator(".reading").first.text_content() or "").removesuffix("s"))


def shorten(timer: Page) -> None:
    """Makes it a second, from the beginning: more may have passed already."""
    timer.get_by_role("slider", name="Duration").fill("1")
    expect(timer.get_by_text("1 seconds")).to_be_visible()
    timer.get_by_role("button", name="Reset").click()


def test_timer_runs_to_its_duration_and_stops(timer: Page) -> None:
    shorten(timer)
    expect(timer.get_by_text("1.0s", exact=True)).to_be_visible()
    expect(timer.locator("progress")).to_have_attribute("value", "1.0")
    settled(timer)
    expect(timer.get_by_text("1.0s", exact=True)).to_be_visible()


def test_timer_goes_on_when_its_duration_grows(timer: Page) -> None:
    shorten(timer)
    expect(timer.get_by_text("1.0s", exact=True)).to_be_visible()
    timer.get_by_role("slider", name="Duration").fill("2")
    expect(timer.get_by_text("2.0s", exact=True)).to_be_visible()


def test_timer_begins_again_when_it_is_reset(timer: Page) -> None:
    shorten(timer)
    expect(timer.get_by_text("1.0s", exact=True)).to_be_visible()
    timer.get_by_role("button", name="Reset").click()
    expect(timer.get_by_text("1.0s", exact=True)).to_have_count(0)
    expect(timer.get_by_text("1.0s", exact=True)).to_be_visible()


def test_timer_shows_a_progressbar(timer: Page) -> None:
    expect(timer.get_by_role("progressbar", name="Elapsed time")).to_be_visible()


# ---- CRUD ----


@pytest.fixture
def crud(demos: Server, page: Page) -> Page:
    page.goto(f"{demos.url}/7guis/crud")
    settled(page)
    return page


def people(page: Page) -> Locator:
    return page.get_by_role("listbox").get_by_role("option")


def name_field(page: Page) -> Locator:
    return page.get_by_label("Name", exact=True)


def test_crud_begins_with_nobody_chosen(crud: Page) -> None:
    expect(people(crud)).to_have_text(["Emil, Hans", "Mustermann, Max", "Tisch, Roman"])
    expect(crud.get_by_role("button", name="Update")).to_be_disabled()
    expect(crud.get_by_role("button", name="Delete")).to_be_disabled()


def test_crud_creates_and_clears_the_fields(crud: Page) -> None:
    name_field(crud).fill("John")
    crud.get_by_label("Surname").fill("Romba")
    crud.get_by_role("button", name="Create").click()
    expect(people(crud).last).to_have_text("Romba, John")
    expect(people(crud)).to_have_count(4)
    expect(name_field(crud)).to_have_value("")


def test_crud_updates_who_is_chosen(crud: Page) -> None:
    crud.get_by_role("listbox").select_option("Mustermann, Max")
    expect(name_field(crud)).to_have_value("Max")
    expect(crud.get_by_label("Surname")).to_have_value("Mustermann")
    name_field(crud).fill("Erika")
    crud.get_by_role("button", name="Update").click()
    expect(people(crud)).to_have_text(["Emil, Hans", "Mustermann, Erika", "Tisch, Roman"])


def test_crud_deletes_who_is_chosen(crud: Page) -> None:
    crud.get_by_role("listbox").select_option("Emil, Hans")
    crud.get_by_role("button", name="Delete").click()
    expect(people(crud)).to_have_text(["Mustermann, Max", "Tisch, Roman"])
    expect(crud.get_by_role("button", name="Delete")).to_be_disabled()


def test_crud_filters_by_the_beginning_of_the_surname(crud: Page) -> None:
    crud.get_by_label("Filter prefix").press_sequentially("mu")
    expect(people(crud)).to_have_text(["Mustermann, Max"])
    crud.get_by_label("Filter prefix").fill("x")
    expect(people(crud)).to_have_count(0)
    crud.get_by_label("Filter prefix").fill("")
    expect(people(crud)).to_have_count(3)


def test_crud_choosing_shows_another_person_over_what_was_typed(crud: Page) -> None:
    crud.get_by_role("listbox").select_option("Emil, Hans")
    expect(name_field(crud)).to_have_value("Hans")
    name_field(crud).fill("typed")
    crud.get_by_role("listbox").select_option("Tisch, Roman")
    expect(name_field(crud)).to_have_value("Roman")


def test_crud_works_without_javascript(demos: Server, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(f"{demos.url}/7guis/crud")
    name_field(page).fill("John")
    page.get_by_label("Surname").fill("Romba")
    page.get_by_role("button", name="Create").click()
    expect(people(page)).to_have_count(4)
    page.get_by_role("listbox").select_option("Romba, John")
    page.get_by_role("button", name="Show").click()
    expect(name_field(page)).to_have_value("John")
    page.get_by_label("Surname").fill("Rombo")
    page.get_by_role("button", name="Update").click()
    expect(people(page).last).to_have_text("Rombo, John")
    page.get_by_role("button", name="Delete").click()
    expect(people(page)).to_have_count(3)
    page.get_by_label("Filter prefix").fill("T")
    page.get_by_role("button", name="Show").click()
    expect(people(page)).to_have_text(["Tisch, Roman"])


# ---- Circle drawer ----


@pytest.fixture
def circles(demos: Server, page: Page) -> Page:
    page.goto(f"{demos.url}/7guis/circles")
    settled(page)
    return page


def drawn(page: Page) -> Locator:
    return page.get_by_label("Canvas").locator("circle")


def draw(page: Page, x: int, y: int, count: int) -> None:
    page.get_by_label("Canvas").click(position={"x": x, "y": y})
    expect(drawn(page)).to_have_count(count)


def adjust(page: Page, circle: Locator, diameter: str) -> None:
    circle.click(button="right")
    page.get_by_text("Adjust diameter…").click()
    page.get_by_role("dialog").get_by_role("slider", name="Diameter").fill(diameter)
    expect(circle).to_have_attribute("r", str(float(diameter) / 2))
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_circles_are_drawn_where_one_clicks(circles: Page) -> None:
    draw(circles, 100, 80, 1)
    draw(circles, 300, 150, 2)
    expect(drawn(circles).first).to_have_attribute("cx", "100")
    expect(drawn(circles).first).to_have_attribute("cy", "80")


def test_circles_are_taken_back_and_drawn_again(circles: Page) -> None:
    undo, redo = circles.get_by_role("button", name="Undo"), circles.get_by_role("button", name="Redo")
    expect(undo).to_be_disabled()
    expect(redo).to_be_disabled()
    draw(circles, 100, 80, 1)
    draw(circles, 300, 150, 2)
    undo.click()
    expect(drawn(circles)).to_have_count(1)
    undo.click()
    expect(drawn(circles)).to_have_count(0)
    expect(undo).to_be_disabled()
    redo.click()
    redo.click()
    expect(drawn(circles)).to_have_count(2)
    expect(redo).to_be_disabled()
    undo.click()
    draw(circles, 200, 200, 2)
    expect(redo).to_be_disabled()


def test_circles_change_their_diameter_and_back(circles: Page) -> None:
    draw(circles, 100, 80, 1)
    draw(circles, 300, 150, 2)
    second = drawn(circles).nth(1)
    adjust(circles, second, "90")
    expect(drawn(circles).first).to_have_attribute("r", "20.0")
    circles.get_by_role("button", name="Undo").click()
    expect(second).to_have_attribute("r", "20.0")
    circles.get_by_role("button", name="Redo").click()
    expect(second).to_have_attribute("r", "45.0")


def test_circles_that_lie_on_each_other_the_nearest_one_is_meant(circles: Page) -> None:
    draw(circles, 100, 100, 1)
    adjust(circles, drawn(circles).first, "160")
    draw(circles, 200, 100, 2)
    adjust(circles, drawn(circles).nth(1), "160")
    circles.get_by_label("Canvas").click(position={"x": 130, "y": 100}, button="right")
    expect(circles.locator("circle.chosen")).to_have_attribute("cx", "100")


def test_circles_menu_closes_with_a_click_beside_it(circles: Page) -> None:
    draw(circles, 100, 100, 1)
    drawn(circles).first.click(button="right")
    expect(circles.get_by_role("menuitem")).to_be_visible()
    circles.get_by_label("Canvas").click(position={"x": 300, "y": 300})
    expect(circles.get_by_role("menuitem")).to_have_count(0)
    expect(drawn(circles)).to_have_count(1)


def test_circles_can_be_adjusted_with_the_keyboard(circles: Page) -> None:
    draw(circles, 100, 100, 1)
    drawn(circles).first.focus()
    circles.keyboard.press("Enter")
    slider = circles.get_by_role("slider", name="Diameter")
    expect(slider).to_be_focused()
    circles.keyboard.press("ArrowRight")
    expect(drawn(circles).first).to_have_attribute("r", "20.5")
    circles.keyboard.press("Escape")
    expect(circles.get_by_role("dialog")).to_have_count(0)
    expect(drawn(circles).first).to_have_attribute("r", "20.5")


# ---- Cells ----


@pytest.fixture
def sheet(demos: Server, page: Page) -> Page:
    page.goto(f"{demos.url}/7guis/cells")
    settled(page)
    return page


def cell(page: Page, name: str) -> Locator:
    return page.get_by_role("cell", name=name, exact=True)


def write(page: Page, name: str, content: str) -> None:
    cell(page, name).dblclick()
    field = cell(page, name).get_by_role("textbox")
    expect(field).to_be_focused()
    field.fill(content)
    field.press("Enter")
    expect(field).to_have_count(0)


def test_cells_reach_from_a0_to_z99(sheet: Page) -> None:
    expect(cell(sheet, "A0")).to_be_visible()
    expect(cell(sheet, "Z99")).to_have_count(1)
    expect(sheet.get_by_role("cell")).to_have_count(2_601)


def test_cells_follow_what_they_depend_on(sheet: Page) -> None:
    write(sheet, "A0", "2")
    write(sheet, "A1", "3")
    write(sheet, "B0", "=A0*(A1+4)/2")
    write(sheet, "B1", "=SUM(A0:A3)")
    write(sheet, "C0", "=B0+B1")
    expect(cell(sheet, "B0")).to_have_text("7")
    expect(cell(sheet, "B1")).to_have_text("5")
    expect(cell(sheet, "C0")).to_have_text("12")
    write(sheet, "A0", "10")
    expect(cell(sheet, "B0")).to_have_text("35")
    expect(cell(sheet, "C0")).to_have_text("48")


def test_cells_show_the_formula_while_it_is_edited(sheet: Page) -> None:
    write(sheet, "A0", "=1+2")
    expect(cell(sheet, "A0")).to_have_text("3")
    cell(sheet, "A0").dblclick()
    expect(cell(sheet, "A0").get_by_role("textbox")).to_have_value("=1+2")
    sheet.keyboard.press("Escape")
    expect(cell(sheet, "A0")).to_have_text("3")


def test_cells_in_a_circle_show_no_number_and_recover(sheet: Page) -> None:
    write(sheet, "A0", "=B0")
    write(sheet, "B0", "=A0")
    expect(cell(sheet, "A0")).to_have_text("#CYCLE")
    expect(cell(sheet, "B0")).to_have_text("#CYCLE")
    write(sheet, "B0", "7")
    expect(cell(sheet, "A0")).to_have_text("7")


def test_cells_keep_what_was_typed_when_one_leaves_them(sheet: Page) -> None:
    cell(sheet, "A0").dblclick()
    cell(sheet, "A0").get_by_role("textbox").fill("text")
    sheet.get_by_role("heading", level=1).click()
    expect(cell(sheet, "A0")).to_have_text("text")


def test_cells_can_be_edited_with_the_keyboard(sheet: Page) -> None:
    cell(sheet, "B2").focus()
    sheet.keyboard.press("Enter")
    expect(cell(sheet, "B2").get_by_role("textbox")).to_be_focused()
    sheet.keyboard.type("=2*3")
    sheet.keyboard.press("Enter")
    expect(cell(sheet, "B2")).to_have_text("6")


def test_cells_change_only_the_rows_that_changed(sheet: Page) -> None:
    settled(sheet)
    sheet.evaluate(
        """() => {
            window.touched = new Set();
            new MutationObserver((records) => {
                for (const { target, attributeName } of records) {
                    // The marks of an element whose call is under way come and go.
                    if (/^(aria-busy|data-pending)$/.test(attributeName)) continue;
                    window.touched.add(target.closest?.("tr")?.rowIndex ?? -1);
                }
            }).observe(document.querySelector("tbody"), { childList: true, subtree: true, attributes: true });
        }"""
    )
    write(sheet, "A3", "1")
    settled(sheet)
    assert sheet.evaluate("[...window.touched]") == [4]


def test_cells_show_the_example_without_javascript(demos: Server, page_without_javascript: Page) -> None:
    page = page_without_javascript
    page.goto(f"{demos.url}/7guis/cells")
    page.get_by_role("button", name="Fill in an example").click()
    expect(cell(page, "D2")).to_have_text("3.7")
