"""Each example does what it says; those that are forms do it without JavaScript too."""

import re
from base64 import urlsafe_b64decode

import pytest
from playwright.sync_api import Dialog, FilePayload, Locator, Page, Route, expect

from tests.servers import Server, Servers
from tests.visitors import Problems, Visitors, settled

both = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])


@pytest.fixture(scope="module")
def demos(serve_for_module: Servers) -> Server:
    return serve_for_module("demos.app:app")


def example(page: Page, demos: Server, group: str, title: str) -> Locator:
    """The part of a page that shows one example."""
    page.goto(f"{demos.url}/examples/{group}")
    return page.get_by_role("region", name=title, exact=True).locator(".try")


def press(place: Locator, name: str) -> None:
    place.get_by_role("button", name=name, exact=True).click()


def test_examples_show_their_own_source(demos: Server, page: Page) -> None:
    page.goto(f"{demos.url}/examples/forms")
    source = page.get_by_role("region", name="Source: Choices")
    expect(source).to_contain_text("class Order(BaseModel):")
    expect(source).to_contain_text("class Choices(Component):")


# Forms


@both
def test_example_two_actions(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    place = example(new_visitor(javascript=javascript), demos, "forms", "Two actions in one form")
    place.get_by_label("Text").fill("one")
    place.get_by_label("Text").press("Enter")
    expect(place.get_by_role("status")).to_have_text("Published “one”.")
    expect(place.get_by_label("Text")).to_have_value("")
    place.get_by_label("Text").fill("two")
    press(place, "Keep as a draft")
    expect(place.get_by_role("status")).to_have_text("Kept “two” as a draft.")
    place.get_by_label("Text").fill("three")
    press(place, "Keep, from outside")
    expect(place.get_by_role("status")).to_have_text("Kept “three” as a draft.")


@both
def test_example_the_button_that_was_pressed(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    place = example(new_visitor(javascript=javascript), demos, "forms", "The button that was pressed")
    press(place, "4 ★")
    expect(place.get_by_role("status")).to_have_text("You gave 4 of 5.")
    expect(place.locator("[aria-pressed=true]")).to_have_text("4 ★")


@both
def test_example_bound_arguments(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422")
    place = example(new_visitor(javascript=javascript), demos, "forms", "Bound arguments")
    place.get_by_label("Book 2").fill("Nature")
    place.get_by_role("listitem").nth(1).get_by_role("button", name="Rename").click()
    expect(place.get_by_role("button", name="Remove Nature")).to_be_visible()
    place.get_by_label("Book 3").fill("")
    place.get_by_role("listitem").nth(2).get_by_role("button", name="Rename").click()
    expect(place.get_by_label("Book 3")).to_have_accessible_description(
        "String should have at least 1 character"
    )
    expect(place.locator("[aria-invalid]")).to_have_count(1)
    press(place, "Remove Emma")
    expect(place.get_by_role("listitem")).to_have_count(2)
    expect(place.get_by_label("Book 2")).to_have_value("Nature")


@both
def test_example_choices(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    place = example(new_visitor(javascript=javascript), demos, "forms", "Choices")
    place.get_by_label("Coffee").check()
    place.get_by_label("Milk").check()
    place.get_by_label("Sugar").check()
    place.get_by_label("Cups").select_option(["small", "large"])
    place.get_by_label("As a gift").check()
    press(place, "Order")
    expect(place.locator("output")).to_have_text(
        "Order(drink='coffee', extras=['milk', 'sugar'], cups=['small', 'large'], gift=True)"
    )
    expect(place.get_by_label("Tea")).to_be_checked()
    press(place, "Order")
    expect(place.locator("output")).to_have_text("Order(drink='tea', extras=[], cups=[], gift=False)")


@both
def test_example_dates_and_numbers(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    place = example(new_visitor(javascript=javascript), demos, "forms", "Dates and numbers")
    press(place, "Book")
    expect(place.locator("output")).to_have_text(
        "Trip(leaving=datetime.date(2027, 5, 1), at=None, nights=2, budget=None)"
    )
    place.get_by_label("At").fill("08:30")
    place.get_by_label("Budget").fill("99.50")
    press(place, "Book")
    expect(place.locator("output")).to_have_text(
        "Trip(leaving=datetime.date(2027, 5, 1), at=datetime.time(8, 30), nights=2, budget=Decimal('99.50'))"
    )


def test_example_effects_menu(demos: Server, page: Page) -> None:
    place = example(page, demos, "effects", "A menu")
    button, link = place.get_by_role("button", name="Links"), place.get_by_role("link", name="All demos")
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url) if request.method == "POST" else None)
    press(place, "Links")
    expect(link).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(button).to_be_focused()
    press(place, "Links")
    expect(link).to_be_visible()
    page.get_by_role("heading", level=1).click()
    expect(link).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")
    assert calls == []


def test_example_effects_dialog(demos: Server, page: Page, problems: Problems) -> None:
    problems.allow("response 422")
    place = example(page, demos, "effects", "A dialog")
    press(place, "Invite…")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    press(dialog, "Invite")
    expect(dialog.get_by_label("Name")).to_be_focused()
    dialog.get_by_label("Name").fill("Emmy")
    dialog.get_by_label("Name").press("Enter")
    expect(dialog).to_be_hidden()
    expect(place.get_by_role("listitem")).to_have_text(["Ada", "Grace", "Emmy"])
    expect(place.get_by_role("button", name="Invite…")).to_be_focused()


def test_example_effects_in_place(demos: Server, page: Page) -> None:
    place = example(page, demos, "effects", "In place")
    field = place.get_by_label("New name of Photos")
    press(place, "Photos")
    expect(field).to_be_focused()
    field.fill("Draft")
    field.press("Escape")
    expect(field).to_be_hidden()
    press(place, "Photos")
    expect(field).to_have_value("Photos")
    field.fill("Pictures")
    field.press("Enter")
    expect(place.get_by_role("button", name="Pictures")).to_be_focused()
    expect(place.locator("form").nth(1)).to_be_hidden()


def test_example_effects_clipboard(demos: Server, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    place = example(page, demos, "effects", "Clipboard")
    press(place, "Copy")
    expect(place.locator("output")).to_be_visible()
    page.wait_for_function("navigator.clipboard.readText().then(text => text === 'pip install reactor')")


def test_example_effects_field(demos: Server, page: Page) -> None:
    place = example(page, demos, "effects", "A field")
    press(place, "blue")
    expect(place.get_by_label("Colour")).to_have_value("blue")
    expect(place.locator("output")).to_have_text("The server knows: blue.")


def test_example_effects_after_the_answer(demos: Server, page: Page) -> None:
    place = example(page, demos, "effects", "After the answer")
    for n in range(4, 12):
        press(place, "One more")
        expect(place.get_by_text(f"Line {n}", exact=True)).to_be_in_viewport()


def test_example_bound_to_state(demos: Server, page: Page) -> None:
    place = example(page, demos, "forms", "Bound to state")
    shown = place.locator("output")
    expect(shown).to_have_text("Hello Ada")
    place.get_by_label("Name").fill("Grace")
    expect(shown).to_have_text("Hello Grace")
    place.get_by_label("Times").fill("2")
    expect(shown).to_have_text("Hello Grace Hello Grace")
    place.get_by_label("Style").select_option("Dear")
    place.get_by_label("Loud").check()
    expect(shown).to_have_text("Dear Grace! Dear Grace!")


# Validation


@both
def test_example_by_annotations(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422")
    place = example(new_visitor(javascript=javascript), demos, "validation", "By annotations")
    place.get_by_label("Count").fill("9")
    press(place, "Buy")
    name, count = place.get_by_label("Name"), place.get_by_label("Count")
    expect(name).to_have_accessible_description("String should have at least 2 characters")
    expect(count).to_have_accessible_description("Input should be less than or equal to 8")
    expect(count).to_have_value("9")
    if javascript:
        expect(name).to_be_focused()
    name.fill("Ada")
    count.fill("2")
    press(place, "Buy")
    expect(place.get_by_role("status")).to_have_text("2 tickets so far.")
    expect(place.locator("[aria-invalid], .error")).to_have_count(0)


@both
def test_example_what_only_the_action_knows(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422")
    place = example(new_visitor(javascript=javascript), demos, "validation", "What only the action knows")
    place.get_by_label("To").fill("Grace")
    place.get_by_label("Amount").fill("500")
    press(place, "Transfer")
    expect(place.get_by_role("alert")).to_have_text("There is not enough on your account.")
    expect(place.locator("output")).to_have_text("Balance: 100")
    place.get_by_label("To").fill("nobody")
    place.get_by_label("Amount").fill("5")
    press(place, "Transfer")
    expect(place.get_by_label("To")).to_have_accessible_description("There is no such person.")
    expect(place.get_by_role("alert")).to_have_count(0)
    expect(place.locator("output")).to_have_text("Balance: 100")
    place.get_by_label("To").fill("Grace")
    press(place, "Transfer")
    expect(place.locator("output")).to_have_text("Balance: 95")


def test_example_while_typing(demos: Server, page: Page) -> None:
    place = example(page, demos, "validation", "While typing")
    place.get_by_label("User name").fill("ada")
    expect(place.get_by_role("status")).to_have_text("Taken.")
    place.get_by_label("User name").press_sequentially("x")
    expect(place.get_by_role("status")).to_have_text("“adax” is free.")


@both
def test_example_a_result(demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool) -> None:
    problems.allow("response 422")
    page = new_visitor(javascript=javascript)
    place = example(page, demos, "validation", "A result, until it is forgotten")
    dividend, divisor = place.get_by_label("Dividend"), place.get_by_label("Divisor")
    dividend.fill("9")
    divisor.fill("0")
    press(place, "Divide")
    expect(divisor).to_have_accessible_description("Nothing can be divided by zero.")
    divisor.fill("2")
    press(place, "Divide")
    expect(place.locator("output")).to_have_text("= 4.5")
    if javascript:
        settled(page)
        expect(dividend).to_have_value("9")
    press(place, "Forget")
    expect(place.locator("output")).to_be_empty()


# Pending


def test_example_text_and_class(demos: Server, page: Page) -> None:
    place = example(page, demos, "pending", "Text and class")
    press(place, "Save")
    expect(place.get_by_role("button")).to_have_text("Saving…")
    expect(place.locator(".stack.faded")).to_have_count(1)
    expect(place.locator("output")).to_have_text("1")
    expect(place.get_by_role("button")).to_have_text("Save")
    expect(place.locator(".faded")).to_have_count(0)


def test_example_what_is_being_sent(demos: Server, page: Page) -> None:
    place = example(page, demos, "pending", "What is being sent")
    place.get_by_label("Message").fill("hello")
    press(place, "Send")
    expect(place.get_by_role("status")).to_have_text("On its way: hello")
    expect(place.get_by_role("listitem")).to_have_text(["hello"])
    expect(place.get_by_role("status")).to_be_empty()


def test_example_the_surrounding_form(demos: Server, page: Page) -> None:
    place = example(page, demos, "pending", "The surrounding form")
    place.get_by_label("Who joins").fill("Ada")
    press(place, "Join")
    expect(place.get_by_role("button")).to_have_text(["One moment…", "Leave"])
    expect(place.get_by_role("status")).to_have_text("Ada has joined.")
    expect(place.get_by_role("button")).to_have_text(["Join", "Leave"])


def test_example_by_css_alone_shows_that_it_is_busy(demos: Server, page: Page) -> None:
    place = example(page, demos, "pending", "By CSS alone")
    place.get_by_role("button").click()
    expect(place.get_by_role("button")).to_have_attribute("data-pending", "slow")
    expect(place.locator("output")).to_have_text("1")
    expect(place.get_by_role("button")).not_to_have_attribute("data-pending", "slow")


@pytest.mark.parametrize(
    ("title", "field", "button", "shown"),
    [
        ("Text and class", None, "Save", "Saved 1 times."),
        ("What is being sent", "Message", "Send", "hello"),
        ("The surrounding form", "Who joins", "Join", "hello has joined."),
        ("By CSS alone", None, "Order", "Orders: 1"),
    ],
)
def test_example_of_pending_without_javascript(
    demos: Server, page_without_javascript: Page, title: str, field: str | None, button: str, shown: str
) -> None:
    place = example(page_without_javascript, demos, "pending", title)
    if field:
        place.get_by_label(field).fill("hello")
    press(place, button)
    expect(place).to_contain_text(shown)


# Files


def text_file(name: str, content: bytes, kind: str = "text/plain") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


@both
def test_example_several_files(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422")
    place = example(new_visitor(javascript=javascript), demos, "uploads", "Several files")
    pictures = [text_file(f"{n}.png", b"x" * n, "image/png") for n in (1, 2)]
    field = place.get_by_label("Pictures")
    field.set_input_files([pictures[0], text_file("notes.txt", b"x")])
    press(place, "Add")
    expect(field).to_have_accessible_description("notes.txt is no picture.")
    field.set_input_files(pictures)
    press(place, "Add")
    expect(place.get_by_role("listitem")).to_have_text(["1.png, 1 bytes", "2.png, 2 bytes"])


@both
def test_example_files_in_a_model(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422")
    place = example(new_visitor(javascript=javascript), demos, "uploads", "Files in a model")
    place.get_by_label("Name").fill("Ada")
    letter = place.get_by_label("Letter")
    letter.set_input_files(text_file("letter.txt", b"x" * 100_001))
    press(place, "Apply")
    expect(letter).to_have_accessible_description("The file is larger than 100 kB.")
    expect(place.get_by_label("Name")).to_have_value("Ada")
    letter.set_input_files(text_file("letter.txt", b"three little words"))
    press(place, "Apply")
    expect(place.get_by_role("status")).to_have_text("Ada: 3 words, no portrait.")


def test_example_as_soon_as_it_is_chosen(demos: Server, page: Page) -> None:
    place = example(page, demos, "uploads", "As soon as it is chosen")
    settled(page)
    place.get_by_label("Any file").set_input_files(text_file("a.txt", b"abc"))
    expect(place.get_by_role("status")).to_have_text("a.txt: 3 bytes.")
    expect(place.get_by_role("progressbar")).to_have_count(0)


def test_example_which_button(demos: Server, page: Page) -> None:
    place = example(page, demos, "uploads", "Which button")
    settled(page)
    letter = place.get_by_label("Letter")
    letter.fill("one")
    letter.press("Control+Enter")
    expect(place.get_by_role("button")).to_have_text(["Sending…", "Keep"])
    expect(place.get_by_role("status")).to_have_text("Sent “one”.")
    letter.fill("two")
    press(place, "Keep")
    expect(place.get_by_role("button")).to_have_text(["Send", "Keeping…"])
    expect(place.get_by_role("status")).to_have_text("Kept “two”.")


# Events


def test_example_keys(demos: Server, page: Page) -> None:
    place = example(page, demos, "events", "Keys")
    for key, said in {
        "Enter": "Sent.",
        "Shift+Enter": "A new line.",
        "Escape": "Cancelled.",
        "Control+s": "Saved.",
    }.items():
        place.get_by_role("textbox").press(key)
        expect(place.locator("output")).to_have_text(said)


def test_example_keys_of_the_whole_window(demos: Server, page: Page) -> None:
    place = example(page, demos, "events", "Keys of the whole window")
    settled(page)
    page.keyboard.press("Alt+k")
    expect(place.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(place.get_by_role("searchbox")).to_have_count(0)


SLIDE = """slider => {
    for (const value of [51, 52, 53, 54, 55]) {
        slider.value = value;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
    }
}"""


@pytest.mark.parametrize(("name", "calls"), [("Debounced", 1), ("Throttled", 2)])
def test_example_how_often(demos: Server, page: Page, name: str, calls: int) -> None:
    place = example(page, demos, "events", "How often")
    settled(page)
    place.get_by_label(name).evaluate(SLIDE)
    expect(place.locator(f"output[for={name}]")).to_have_text(f"55 (calls: {calls})")


def test_example_sure_and_only_once(demos: Server, page: Page) -> None:
    place = example(page, demos, "events", "Sure? And only once")
    questions: list[str] = []

    def answer(dialog: Dialog) -> None:
        questions.append(dialog.message)
        if "Photos" in dialog.message:
            dialog.accept()
        else:
            dialog.dismiss()

    page.on("dialog", answer)
    press(place, "Delete Letters")
    press(place, "Delete Photos")
    expect(place.get_by_role("listitem")).to_have_count(2)
    expect(place.get_by_role("listitem").first).to_contain_text("Letters")
    assert questions == ["Delete Letters for ever?", "Delete Photos for ever?"]
    press(place, "Like, once")
    expect(place.locator("output")).to_have_text("1 likes")
    press(place, "Like, once")
    settled(page)
    expect(place.locator("output")).to_have_text("1 likes")


def test_example_a_click_outside(demos: Server, page: Page) -> None:
    place = example(page, demos, "events", "A click outside")
    link = place.get_by_role("link", name="All demos")
    press(place, "Links")
    expect(link).to_be_visible()
    place.get_by_role("heading").click()
    expect(link).to_be_hidden()
    press(place, "Links")
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()


def test_example_position(demos: Server, page: Page) -> None:
    place = example(page, demos, "events", "Position, and only the element itself")
    place.get_by_label("Canvas").click(position={"x": 40, "y": 30})
    expect(place.locator("output")).to_contain_text("on the edge: 0")
    expect(place.locator("circle")).not_to_have_attribute("cx", "120.0")
    place.locator(".pond").click(position={"x": 4, "y": 4})
    expect(place.locator("output")).to_contain_text("on the edge: 1")


# Lifecycle


def test_example_when_it_comes_into_the_page(demos: Server, page: Page) -> None:
    place = example(page, demos, "lifecycle", "When it comes into the page")
    expect(place.locator(".skeleton")).to_be_visible()
    expect(place.get_by_role("listitem")).to_have_text(["Visitors: 1,204", "Orders: 87", "Returns: 3"])


def test_example_in_view(demos: Server, page: Page) -> None:
    place = example(page, demos, "lifecycle", "In view, out of view")
    tiles = place.get_by_role("group", name="Tiles")
    tiles.scroll_into_view_if_needed()
    expect(place.locator("output")).to_contain_text("In view: 1, 2")
    tiles.evaluate("tiles => tiles.scrollTo(0, tiles.scrollHeight)")
    expect(place.locator("output")).to_have_text(re.compile(r"In view: (\d\d, )+12"))


def test_example_as_time_goes_by(demos: Server, page: Page) -> None:
    place = example(page, demos, "lifecycle", "As time goes by")
    reading = place.locator(".reading")
    expect(reading).not_to_contain_text("--")
    first = reading.inner_text()
    expect(reading).not_to_have_text(first)
    press(place, "Stop")
    expect(place.get_by_role("button", name="Go on")).to_be_visible()


# Hooks


def test_example_chart(demos: Server, page: Page, problems: Problems) -> None:
    problems.allow("response 422")
    place = example(page, demos, "hooks", "A chart")
    chart = place.get_by_role("group", name="Visitors in week 1")
    expect(chart.get_by_role("button")).to_have_count(7)
    chart.get_by_role("button", name="Day 2").press("Enter")
    expect(place.get_by_role("status").first).to_have_text(re.compile(r"Tuesday: \d+ visitors"))
    expect(place.locator("output")).to_have_text("Tuesday")
    chart.get_by_role("button", name="Day 7").click()
    expect(place.get_by_role("status").first).to_have_text("On Sundays nobody counts.")
    press(place, "Next week")
    expect(place.get_by_role("group", name="Visitors in week 2").get_by_role("button")).to_have_count(7)
    expect(place.get_by_role("status").first).to_have_text("On Sundays nobody counts.")
    press(place, "Hide")
    expect(place.locator("svg")).to_have_count(0)
    press(place, "Show")
    expect(place.locator("svg rect")).to_have_count(7)


def test_example_custom_element(demos: Server, page: Page) -> None:
    place = example(page, demos, "hooks", "A custom element")
    expect(place.get_by_role("status")).to_have_text("3 of 5")
    expect(place.get_by_role("button", name="3 of 5")).to_have_attribute("aria-pressed", "true")
    press(place, "5 of 5")
    expect(place.get_by_role("status")).to_have_text("5 of 5")
    expect(place.get_by_role("button", name="5 of 5")).to_have_attribute("aria-pressed", "true")


# Actions anywhere


@both
def test_example_a_function_as_a_prop(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    page = new_visitor(javascript=javascript)
    place = example(page, demos, "actions", "A function as a prop")
    place.get_by_label("Name of Grace").fill("Radia")
    place.get_by_role("listitem").nth(1).get_by_role("button", name="Rename").click()
    expect(place.get_by_label("Name of Radia")).to_have_value("Radia")
    expect(place.get_by_label("Name of Ada")).to_be_visible()
    assert "number" not in place.inner_html(), "what is bound is nowhere to be read"


@both
def test_example_a_closure(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422")
    page = new_visitor(javascript=javascript)
    place = example(page, demos, "actions", "A closure")
    other = page.context.new_page()
    there = example(other, demos, "actions", "A closure")
    press(there, "Edit elsewhere")
    expect(there.get_by_text("You see version 2.")).to_be_visible()
    press(place, "Publish")
    expect(place.get_by_role("alert")).to_have_text("The version has changed since you pressed publish.")
    expect(place.locator("output")).to_have_text("nothing")
    page.goto(page.url)
    press(place, "Publish")
    expect(place.locator("output")).to_have_text("version 2")


def test_example_from_a_script(demos: Server, page: Page, problems: Problems) -> None:
    problems.allow("response 422")
    place = example(page, demos, "actions", "From a script")
    place.get_by_label("Draft").press_sequentially("tea and cake")
    expect(place.get_by_role("status")).to_have_text("Saved 3 words.")
    place.get_by_label("Draft").fill("x" * 41)
    expect(place.get_by_role("status")).to_have_text("String should have at most 40 characters")
    expect(page.locator(".reactor-notice")).to_have_count(0)
    page.reload()
    expect(place.get_by_label("Draft")).to_have_value("tea and cake")


# Optimistic updates


def test_example_counting(demos: Server, page: Page) -> None:
    place = example(page, demos, "optimistic", "Counting")
    settled(page)
    for count in "12345":
        press(place, "Like")
        expect(place.get_by_role("status")).to_have_text(count, timeout=1_000)
    settled(page)
    expect(place.get_by_role("status")).to_have_text("5")


def test_example_a_list(demos: Server, page: Page, problems: Problems) -> None:
    problems.allow("response 422 POST .*/examples/optimistic")
    place = example(page, demos, "optimistic", "A list")
    settled(page)
    rows = place.locator("li")
    place.get_by_label("Item").fill("Jam")
    press(place, "Add")
    expect(rows).to_have_text([re.compile(name) for name in ("Bread", "Milk", "Tea", "Jam")], timeout=1_000)
    press(place, "To the top: Tea")
    place.get_by_label("Milk", exact=True).check()
    press(place, "Remove: Bread")
    place.get_by_label("Item").fill("Tea")
    press(place, "Add")
    foreseen = [re.compile(name) for name in ("Tea", "Milk", "Jam", "Tea")]
    expect(rows).to_have_text(foreseen, timeout=1_000)
    expect(rows.nth(1)).to_have_class("done")
    expect(place.get_by_role("alert")).to_have_text("Tea is on the list already", timeout=30_000)
    expect(rows).to_have_text(foreseen[:3])
    expect(place.get_by_label("Milk", exact=True)).to_be_checked()


# Order


def test_example_one_after_the_other_and_beside_it(demos: Server, page: Page) -> None:
    place = example(page, demos, "order", "One after the other")
    place.locator("output").evaluate("""output => {
        window.seen = [];
        new MutationObserver(() => window.seen.push(output.textContent))
            .observe(output, { subtree: true, childList: true, characterData: true });
    }""")
    held: list[Route] = []
    page.route("**/examples/order", lambda route: held.append(route), times=1)
    press(place, "A")
    press(place, "B")
    beside = page.get_by_role("region", name="Beside each other", exact=True)
    for _ in range(3):
        beside.get_by_role("button", name="Count").click()
    expect(beside.locator("output")).to_have_text("3")
    expect(place.locator("output")).to_have_text("Nothing yet")
    held[0].continue_()
    expect(place.locator("output")).to_have_text("A, B")
    assert page.evaluate("window.seen") == ["A", "A, B"]


def test_example_only_the_latest(demos: Server, page: Page, problems: Problems) -> None:
    problems.allow("response 409 POST")
    place = example(page, demos, "order", "Only the latest")
    place.get_by_label("Word").press_sequentially("word")
    expect(place.locator("output")).to_have_text("4 letters")
    settled(page)


def test_example_one_at_a_time(demos: Server, page: Page) -> None:
    place = example(page, demos, "order", "One at a time")
    press(place, "Order")
    press(place, "Order")
    settled(page)
    expect(place.locator("output")).to_have_text("1")


def test_example_all_at_once(demos: Server, page: Page) -> None:
    place = example(page, demos, "order", "All at once")
    for name in "ABC":
        press(place, name)
    expect(place.locator("button[data-pending]")).to_have_count(3)
    settled(page)
    expect(place.locator("output")).to_have_text("A, B, C")


# Slow parts


def test_example_parts_of_a_page(demos: Server, page: Page) -> None:
    place = example(page, demos, "suspense", "Parts of a page")
    expect(place.locator("output")).to_have_text(["snow", "sun"])
    press(place, "Look at Rome")
    expect(place.locator("output")).to_have_text(["snow", "still sun"])


def test_example_parts_of_a_page_without_javascript(demos: Server, page_without_javascript: Page) -> None:
    place = example(page_without_javascript, demos, "suspense", "Parts of a page")
    expect(place.locator("output")).to_have_text(["snow", "sun"])


def test_example_parts_of_an_answer(demos: Server, page: Page, problems: Problems) -> None:
    # So Chromium's tools call a response that is not to be stored, if its end comes later than its beginning.
    problems.allow("request failed: net::ERR_ABORTED POST .*/examples/suspense")
    place = example(page, demos, "suspense", "Parts of an answer")
    press(place, "Lima")
    expect(place.get_by_text("Looking at Lima…")).to_be_visible()
    expect(place.locator("output")).to_have_text("clouds")


# Guards


def log_in(page: Page, demos: Server, name: str, password: str) -> None:
    page.goto(f"{demos.url}/examples/guards")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


@both
def test_example_guards(demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool) -> None:
    problems.allow("response 4(03|22) POST")
    page = new_visitor(javascript=javascript)
    page.goto(f"{demos.url}/examples/guards/notes")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    log_in(page, demos, "Bob", "wrong")
    expect(page.get_by_text("The name or the password is wrong.")).to_be_visible()
    log_in(page, demos, "Bob", "bobs-secret")
    expect(page.get_by_text("You are Bob")).to_be_visible()
    page.get_by_role("button", name="Remove “Poetical science”").click()
    expect(page.get_by_role("alert")).to_contain_text("This note is not yours.")
    expect(page.get_by_role("listitem").filter(has_text="Poetical science")).to_have_count(1)
    # Logged out in another tab: the next click here leads to the login.
    other = page.context.new_page()
    other.goto(f"{demos.url}/examples/guards/notes")
    other.get_by_role("button", name="Log out").click()
    expect(other.get_by_role("button", name="Log in")).to_be_visible()
    page.get_by_role("button", name="Remove “Buy flour”").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    log_in(page, demos, "Ada", "lovelace")
    expect(page.get_by_role("listitem").filter(has_text="Buy flour")).to_have_count(1)


# Errors


@both
def test_example_a_part_that_fails(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 500 POST")
    demos.expect_traceback()
    place = example(new_visitor(javascript=javascript), demos, "errors", "A part that fails")
    for _ in range(3):
        press(place, "Look out of the window")
    expect(place.get_by_role("alert")).to_contain_text("Something went wrong.")
    expect(place.get_by_role("alert")).to_contain_text("Reference: ")
    press(place, "Try again")
    expect(place.locator("output")).to_have_text("2")


@both
def test_example_a_fallback_of_ones_own(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 409 POST")
    page = new_visitor(javascript=javascript)
    place = example(page, demos, "errors", "A fallback of one's own")
    press(place, "Saturday")
    press(place, "Sunday")
    expect(place.get_by_role("alert")).to_contain_text("On Sundays the room is closed.")
    expect(page.locator(".reactor-notice")).to_have_count(0)
    press(place, "Choose another day")
    expect(place.locator("output")).to_have_text("Saturday")


@both
def test_example_without_a_boundary(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 400 POST")
    page = new_visitor(javascript=javascript)
    press(example(page, demos, "errors", "Without a boundary"), "Try it")
    expect(page.locator(".reactor-notice[role=alert]")).to_contain_text("This is told by a notice.")


@both
def test_example_not_found(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 404 GET")
    problems.allow("net::ERR_ABORTED GET .*/posts/3")  # it was asked for ahead, and is no page
    page = new_visitor(javascript=javascript)
    place = example(page, demos, "errors", "Not found")
    place.get_by_role("link", name="Post 3").click()
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    expect(page.get_by_text("There is no such post.")).to_be_visible()
    expect(page.get_by_role("navigation", name="Demos")).to_be_visible()


# Data


def computed(place: Locator, name: str) -> int:
    """For which time a value was computed."""
    return int(place.get_by_label(name, exact=True).locator("xpath=..").locator("b").inner_text())


@both
def test_example_data_by_tag(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    place = example(new_visitor(javascript=javascript), demos, "data", "By tag")
    tea = int(place.get_by_label("tea", exact=True).inner_text())
    before = {name: computed(place, name) for name in ("tea", "coffee", "All")}
    place.get_by_role("button", name="Sell tea").click()
    expect(place.get_by_label("tea", exact=True)).to_have_text(str(tea - 1))
    assert {name: computed(place, name) for name in before} == {**before, "tea": before["tea"] + 1}
    press(place, "Deliver ten of each")
    expect(place.get_by_label("tea", exact=True)).to_have_text(str(tea + 9))
    assert computed(place, "All") == before["All"] + 1
    assert computed(place, "coffee") == before["coffee"] + 1


def test_example_data_of_the_whole_page(demos: Server, page: Page) -> None:
    place = example(page, demos, "data", "The whole page")
    shop = page.get_by_role("region", name="By tag", exact=True)
    before = computed(shop, "coffee")
    press(place, "Render everything")
    settled(page)
    assert computed(shop, "coffee") == before
    press(place, "And compute everything")
    settled(page)
    assert computed(shop, "coffee") == before + 1


# Cookies


@both
def test_example_theme(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    page = new_visitor(javascript=javascript)
    place = example(page, demos, "cookies", "A theme")
    expect(page.get_by_role("status", name="Theme", exact=True)).to_have_text("nothing")
    press(place, "Dark")
    expect(page.get_by_role("status", name="Theme", exact=True)).to_have_text("dark")
    expect(page.get_by_role("status", name="Page", exact=True)).to_have_text("dark")
    expect(place.locator("[aria-pressed=true]")).to_have_text("Dark")
    page.goto(page.url)
    expect(page.get_by_role("status", name="Theme", exact=True)).to_have_text("dark")
    press(place, "Forget")
    expect(page.get_by_role("status", name="Page", exact=True)).to_have_text("nothing")
    page.goto(page.url)
    expect(page.get_by_role("status", name="Theme", exact=True)).to_have_text("nothing")


@both
def test_example_sealed_cart(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    page = new_visitor(javascript=javascript)
    place = example(page, demos, "cookies", "A sealed cart")
    press(place, "Add tea")
    expect(place.get_by_label("Cart")).to_have_text("tea")
    press(place, "Add jam")
    expect(place.get_by_label("Cart")).to_have_text("tea, jam")
    page.goto(page.url)
    expect(place.get_by_label("Cart")).to_have_text("tea, jam")
    (kept,) = [cookie for cookie in page.context.cookies() if cookie["name"] == "cart"]
    value = kept["value"]
    assert b"jam" not in urlsafe_b64decode(value + "=" * (-len(value) % 4))
    assert kept["httpOnly"]


# Redirects


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "without"])
def test_example_save_and_see(
    demos: Server, new_visitor: Visitors, problems: Problems, javascript: bool
) -> None:
    problems.allow("response 422 POST")
    page = new_visitor(javascript=javascript)
    place = example(page, demos, "redirects", "Save and see")
    place.get_by_label("Name").fill("nobody")
    press(place, "Greet")
    expect(place).to_contain_text("Somebody, please.")
    place.get_by_label("Name").fill("Ada")
    press(place, "Greet")
    expect(page.get_by_role("heading", name="Hello, Ada.", level=2)).to_be_visible()
    expect(page).to_have_url(f"{demos.url}/examples/redirects/greeted/Ada")
    page.get_by_role("link", name="Greet somebody else").click()
    expect(page.get_by_role("button", name="Greet")).to_be_visible()


def test_example_in_the_place_of_the_page(demos: Server, page: Page) -> None:
    example(page, demos, "redirects", "In the place of the page").get_by_role("link", name="Begin").click()
    for step in ("1", "2"):
        expect(page.locator("output")).to_have_text(step)
        page.get_by_role("button", name="Go on").click()
    expect(page.locator("output")).to_have_text("3")
    page.go_back()
    expect(page).to_have_url(f"{demos.url}/examples/redirects")
    expect(page.get_by_role("button", name="Greet")).to_be_visible()


# Feeds


@both
def test_example_the_last_ones(demos: Server, new_visitor: Visitors, javascript: bool) -> None:
    place = example(new_visitor(javascript=javascript), demos, "feeds", "The last ones")
    for thrown in range(1, 8):
        press(place, "Throw")
        expect(place.get_by_role("status")).to_have_text(str(thrown))
    expect(place.get_by_role("listitem")).to_have_count(5)
    expect(place.get_by_role("listitem").first).to_have_text("No. 3: 3")
    expect(place.get_by_role("listitem").last).to_have_text("No. 7: 1")


def test_example_earlier_ones(demos: Server, page: Page) -> None:
    place = example(page, demos, "feeds", "Earlier ones")
    settled(page)
    days = place.get_by_role("list")
    days.evaluate("list => { list.scrollTop = 60 }")
    read = place.get_by_role("listitem").nth(3)
    text, before = read.inner_text(), read.bounding_box()
    place.get_by_role("button", name="Earlier days").evaluate("button => button.click()")
    expect(place.get_by_role("listitem")).to_have_count(16)
    after = place.get_by_role("listitem").nth(11)
    expect(after).to_have_text(text, use_inner_text=True)
    assert after.bounding_box() == before
    press(place, "Hide 1 May")
    expect(place.get_by_role("listitem")).to_have_count(15)


# Live


def test_example_a_progress_bar_is_stopped_and_what_came_stays(
    demos: Server, page: Page, problems: Problems
) -> None:
    problems.allow("request failed: net::ERR_ABORTED POST .*/examples/streaming")  # it is stopped
    place = example(page, demos, "streaming", "A progress bar")
    settled(page)
    bar = place.get_by_role("progressbar")
    press(place, "Make the report")
    expect(place.locator("[aria-current]")).to_have_text("Adding up")
    press(place, "Stop")
    settled(page)
    stopped = int(bar.get_attribute("value") or "")
    assert 25 <= stopped < 100
    expect(place.get_by_role("button", name="Make the report")).to_be_enabled()


def test_example_to_the_end_without_javascript(demos: Server, page_without_javascript: Page) -> None:
    place = example(page_without_javascript, demos, "streaming", "To the end")
    press(place, "Begin")
    expect(place.get_by_role("status")).to_have_text("All ten are done.")


def test_example_what_is_told_in_another_window(demos: Server, page: Page, new_visitor: Visitors) -> None:
    other = new_visitor()
    example(other, demos, "live", "Topics")
    place = example(page, demos, "live", "Topics")
    for each in (page, other):
        expect(each.locator(".try .line")).to_have_text("The line is up")
        expect(each.locator("p[role=status]")).to_contain_text("are here.")
    place.get_by_role("textbox").fill("Hello")
    press(place, "Publish")
    for each in (page, other):
        expect(each.get_by_role("list", name="Notes").get_by_role("listitem")).to_have_text(["Hello"])
    before = int(page.locator(".try output").inner_text())
    page.get_by_role("button", name="Take one").click()
    for each in (page, other):
        expect(each.locator(".try output")).to_have_text(str(before - 1))
