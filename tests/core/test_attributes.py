import enum
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import markupsafe
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyUrl
from starlette.datastructures import URL

from reactor.attributes import (
    attribute_value,
    check_name,
    check_tag,
    class_value,
    closest,
    name_of,
    style_value,
    url_value,
)
from reactor.elements import (
    BOOLEAN,
    CAMEL_CASE_ATTRIBUTES,
    ELEMENTS,
    EVENTS,
    MEDIA_ATTRIBUTES,
    PROPERTIES,
    URL_ATTRIBUTES,
    VOID,
)


class Colour(enum.StrEnum):
    RED = "red"


class OldColour(str, enum.Enum):  # noqa: UP042  (such enumerations are still written)
    RED = "red"


class Size(enum.IntEnum):
    LARGE = 3


@pytest.mark.parametrize(
    ("keyword", "name"),
    [
        ("class_", "class"),
        ("for_", "for"),
        ("href", "href"),
        ("aria_label", "aria-label"),
        ("data_row_id", "data-row-id"),
        ("http_equiv", "http-equiv"),
        ("stroke_width", "stroke-width"),
        ("viewBox", "viewBox"),
        ("in_", "in"),
        ("form_", "form"),
        ("form_action", "formaction"),
    ],
)
def test_keyword_becomes_the_name_in_markup(keyword: str, name: str) -> None:
    assert name_of(keyword) == name


@pytest.mark.parametrize("tag", sorted(ELEMENTS))
def test_standard_element_is_known(tag: str) -> None:
    check_tag(tag)


@pytest.mark.parametrize("tag", ["my-widget", "x-1", "a.b-c_d"])
def test_custom_element_has_a_hyphen(tag: str) -> None:
    check_tag(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "",
        " ",
        "a b",
        "a>",
        "a/",
        "img src",
        "<b",
        "1a",
        "-a",
        "a\n",
        "a\0",
        "x-\u2028",
        "my-widget>",
        "my-wid get",
        "é-a",
    ],
)
def test_tag_that_breaks_out_of_the_markup_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of an element"):
        check_tag(tag)


@pytest.mark.parametrize(
    "tag", ["DIV", "plaintext", "xmp", "noembed", "frameset", "linearradient", "My-widget"]
)
def test_unknown_element_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match=f"<{tag}>: there is no such element"):
        check_tag(tag)


def test_misspelled_element_gets_a_hint() -> None:
    with pytest.raises(ValueError, match="did you mean <linearGradient>"):
        check_tag("lineargradient")
    assert closest("clik", EVENTS) == "click"
    assert closest("zzzzzz", EVENTS) is None


@pytest.mark.parametrize(
    "name", ["id", "data-x", "aria-label", "xlink:href", "x.y", "_hyperscript", "viewBox"]
)
def test_ordinary_name_is_taken(name: str) -> None:
    check_name("a", name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a b",
        "a=b",
        "a>",
        "a/b",
        'a"',
        "a'",
        "<a",
        "a\n",
        "a\0",
        "@click",
        ".value",
        ":x",
        "-x",
        "x-",
        "é",
        "a\u2028",
    ],
)
def test_name_that_breaks_out_of_the_markup_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"<a>: .* cannot be the name of an attribute"):
        check_name("a", name)


@pytest.mark.parametrize(
    "name", ["on", *(f"on{event}" for event in sorted(EVENTS)), "onClick", "ONCLICK", "onfuture"]
)
def test_handler_as_text_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"<a {name}>: a handler is not text; write on_"):
        check_name("a", name)


def test_name_with_capitals_is_refused_with_the_right_one() -> None:
    with pytest.raises(ValueError, match=r"<a HREF>: .* write href"):
        check_name("a", "HREF")
    with pytest.raises(ValueError, match="write class_"):
        check_name("a", "className")
    for name in CAMEL_CASE_ATTRIBUTES:
        check_name("svg", name)


@given(st.text())
def test_accepted_names_are_made_of_plain_characters(name: str) -> None:
    for check in (check_tag, lambda name: check_name("a", name)):
        try:
            check(name)
        except ValueError:
            continue
        assert name.isascii()
        assert not set(name) & set(" \t\n\r\f\0\"'<>/=`")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        ("", ""),
        (3, "3"),
        (-(10**30), "-" + "1" + "0" * 30),
        (0.1, "0.1"),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+2"), "100"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4), "2026-01-02T03:04:00"),
        (time(3, 4), "03:04:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Colour.RED, "red"),
        (OldColour.RED, "red"),
        (Size.LARGE, "3"),
        (None, None),
        (False, None),
        (True, True),
    ],
)
def test_value_becomes_text(value: object, text: object) -> None:
    result = attribute_value("p", "title", value)
    assert result == text
    assert type(result) is type(text)


@pytest.mark.parametrize(
    ("name", "true", "false"),
    [
        ("aria-expanded", "true", "false"),
        ("data-open", "true", "false"),
        ("contenteditable", "true", "false"),
        ("draggable", "true", "false"),
        ("spellcheck", "true", "false"),
        ("translate", "yes", "no"),
        ("autocomplete", "on", "off"),
        ("hidden", True, None),
        ("download", True, None),
        ("disabled", True, None),
    ],
)
def test_boolean_is_written_as_the_attribute_wants_it(name: str, true: object, false: object) -> None:
    assert attribute_value("a", name, True) == true
    assert attribute_value("a", name, False) == false
    assert attribute_value("a", name, None) is None


@pytest.mark.parametrize("value", [[], {}, object(), b"x", len, Path("x"), lambda: None, {1}, 1j])
def test_value_of_another_type_is_refused_by_name(value: object) -> None:
    with pytest.raises(TypeError, match=r"<p title>: takes text, a number, True, False, None, .*, not .*\("):
        attribute_value("p", "title", value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("nan")])
def test_number_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"<p title>: .* is no number"):
        attribute_value("p", "title", value)


@pytest.mark.parametrize("name", sorted(BOOLEAN))
def test_boolean_attribute_takes_no_number(name: str) -> None:
    with pytest.raises(TypeError, match=f"<input {name}>: takes True or False, not 0"):
        attribute_value("input", name, 0)
    assert attribute_value("input", name, True) is True


def test_long_value_is_shortened_in_the_message() -> None:
    with pytest.raises(TypeError) as caught:
        attribute_value("p", "title", ["x" * 10_000])
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "a b"),
        ("", None),
        (None, None),
        (False, None),
        ([], None),
        ({}, None),
        (["a", None, False, "", "b"], "a b"),
        (("a", ["b", ("c", {"d": 1, "e": 0})]), "a b c d"),
        ({"a b": True, "c": None}, "a b"),
        ({"": True}, None),
        (Colour.RED, "red"),
    ],
)
def test_class_is_put_together(value: object, text: str | None) -> None:
    assert attribute_value("p", "class", value) == text


@pytest.mark.parametrize("value", [3, True, {"a"}, [3], {3: True}, [True], object()])
def test_class_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match=r"<p class>: takes text, a list, or a dictionary"):
        attribute_value("p", "class", value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"color": "red", "font_size": "2rem"}, "color:red;font-size:2rem"),
        ({"line-height": 1.5, "z_index": 3, "--my_depth": 0}, "line-height:1.5;z-index:3;--my_depth:0"),
        ({"float_": "left", "_webkit_line_clamp": 2}, "float:left;-webkit-line-clamp:2"),
        ({"color": None, "width": False, "height": ""}, None),
        ({"background": 'url("/a;b.png") no-repeat'}, 'background:url("/a;b.png") no-repeat'),
        ({"background": "url(data:image/png;base64,AA==)"}, "background:url(data:image/png;base64,AA==)"),
        ({"width": "calc(100% - (2 * var(--gap)))"}, "width:calc(100% - (2 * var(--gap)))"),
        ({"background": "red,url( /a[;.png )"}, "background:red,url( /a[;.png )"),
        ({"content": r"'\201C; \'{'"}, r"content:'\201C; \'{'"),
        ({"grid_template_columns": "[full] 1fr / auto"}, "grid-template-columns:[full] 1fr / auto"),
        ({"color": "red !important"}, "color:red !important"),
        ("color: red; width: 1px;\n", "color: red; width: 1px;\n"),
        ("", None),
        (None, None),
        ({}, None),
    ],
)
def test_style_is_put_together(value: object, text: str | None) -> None:
    assert attribute_value("p", "style", value) == text


@pytest.mark.parametrize(
    "value",
    [
        "red;position:fixed",
        "red}",
        "{",
        "red/*",
        "red*/ /*",
        "url(a/*b",
        "red\nblue",
        "red\0",
        "'open",
        '"open',
        '"open\\"',
        "calc(1px",
        "1px)",
        "[a",
        "(]",
        "red\\",
        r"\3b x",
        "url(a'b);position:fixed;x:(')",
        "url( a b);x:y",
        "url(a(b)c)",
        'URL(a"b);position:fixed;x:(")',
        "<!-- x",
        "xurl([)",
        "éurl([)",
        "#url([)",
    ],
)
def test_style_value_that_is_more_than_a_value_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"<p style>: color must be one value"):
        attribute_value("p", "style", {"color": value})


@pytest.mark.parametrize("name", ["", "a:b", "a;b", "a b", "1a", "-", "---\n", "--a;b", "color\n", "é", "a{"])
def test_style_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"<p style>: .* is no name of a property"):
        attribute_value("p", "style", {name: "red"})


def test_style_in_camel_case_gets_a_hint() -> None:
    with pytest.raises(ValueError, match="write background_color"):
        style_value({"backgroundColor": "red"}, "p")


@pytest.mark.parametrize("value", [{"color": True}, {"color": []}, {1: "red"}, 3, ["color:red"], True])
def test_style_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="<p style>"):
        attribute_value("p", "style", value)


def test_style_text_with_control_characters_is_refused() -> None:
    with pytest.raises(ValueError, match="control character"):
        attribute_value("p", "style", "color:\0red")


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "",
        "#top",
        "?page=2",
        "rooms/1:2",
        "./javascript:x",
        "/javascript:alert(1)",
        "?q=javascript:alert(1)",
        "//example.com",
        "https://example.com/javascript:1",
        "HTTP://example.com",
        "mailto:a@example.com",
        "tel:+1",
        "sms:+1?body=data:x",
        "zoommtg://example.com/join",
        "javascripts:x",
        "javascript",
        "my-javascript:x",
    ],
)
def test_ordinary_address_is_taken_as_it_is(address: str) -> None:
    assert url_value("a", "href", address) == address
    assert attribute_value("form", "action", address) == address


SCRIPTS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "\u00a0javascript:alert(1)",
    "\tjavascript:alert(1)",
    "\x01\x1fjavascript:alert(1)",
    "\0javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\r\nscript:alert(1)",
    "j\na\nv\na\ns\nc\nr\ni\np\nt\n:alert(1)",
    "java\0script:alert(1)",
    "java\u200bscript:alert(1)",
    "\ufeffjavascript:alert(1)",
    "javascript\t:alert(1)",
    "javascript://%0aalert(1)",
    "vbscript:msgbox(1)",
    " VBScript:x",
    "livescript:x",
]


@pytest.mark.parametrize("address", SCRIPTS)
@pytest.mark.parametrize("name", sorted(URL_ATTRIBUTES))
def test_script_address_is_refused(address: str, name: str) -> None:
    with pytest.raises(ValueError, match=f"<a {name}>: .* would run as script"):
        attribute_value("a", name, address)


# Whitespace ends an address in a list, so that it cannot hide a scheme there.
@pytest.mark.parametrize("address", [address for address in SCRIPTS if len(address.split()) == 1])
def test_script_address_among_others_is_refused(address: str) -> None:
    for value in (f"a.png 1x, {address} 2x", f"a.png,{address}"):
        with pytest.raises(ValueError, match="<img srcset>"):
            attribute_value("img", "srcset", value)
    with pytest.raises(ValueError, match="<a ping>"):
        attribute_value("a", "ping", f"https://example.com {address}")


@pytest.mark.parametrize(
    "address",
    ["data:text/html,<script>", " DATA:text/html,x", "da\nta:,x", "blob:https://x/1", "filesystem:x"],
)
def test_data_address_is_for_media_only(address: str) -> None:
    for tag, name in [
        ("a", "href"),
        ("area", "href"),
        ("iframe", "src"),
        ("embed", "src"),
        ("object", "data"),
        ("script", "src"),
        ("form", "action"),
        ("button", "formaction"),
        ("base", "href"),
        ("use", "href"),
        ("use", "xlink:href"),
        ("link", "href"),
        ("my-widget", "src"),
    ]:
        with pytest.raises(ValueError, match=f"<{tag} {name}>: .* is for images and media only"):
            attribute_value(tag, name, address)
    for tag, name in MEDIA_ATTRIBUTES:
        assert attribute_value(tag, name, address) == address


def test_icon_may_be_a_data_address() -> None:
    icon = "data:image/svg+xml,<svg/>"
    assert attribute_value("link", "href", icon) == icon


def test_animation_cannot_set_a_script_address() -> None:
    for name in ("from", "to", "by"):
        with pytest.raises(ValueError, match=f"<animate {name}>: .* would run as script"):
            attribute_value("animate", name, "java\nscript:alert(1)")
    with pytest.raises(ValueError, match="<set values>"):
        attribute_value("set", "values", "#a; javascript:alert(1)")
    assert attribute_value("animate", "values", "0;5;0") == "0;5;0"
    assert attribute_value("animate", "to", 5) == "5"


@pytest.mark.parametrize(
    "content",
    [
        "0;url=javascript:alert(1)",
        "0; URL = 'java\tscript:alert(1)'",
        "5,javascript:alert(1)",
        " .5 ; vbscript:x",
        "0;url=data:text/html,x",
        "1 url=javascript:x",
    ],
)
def test_refresh_to_a_script_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match="<meta content>"):
        attribute_value("meta", "content", content)


@pytest.mark.parametrize(
    "content", ["5; url=/next", "5; url=https://example.com", "10 JavaScript: the good parts", "x"]
)
def test_other_content_of_meta_is_taken(content: str) -> None:
    assert attribute_value("meta", "content", content) == content


def test_url_objects_are_addresses() -> None:
    for address in (
        URL("https://example.com/a"),
        AnyUrl("https://example.com/a"),
        urlsplit("https://example.com/a"),
    ):
        assert attribute_value("a", "href", address) == "https://example.com/a"
    with pytest.raises(ValueError, match="would run as script"):
        attribute_value("a", "href", URL("javascript:alert(1)"))


@pytest.mark.parametrize("value", [3, True, [], Path("/x"), b"/x", object()])
def test_address_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="<a href>: takes an address"):
        attribute_value("a", "href", value)


def test_absent_address_stays_absent() -> None:
    assert attribute_value("a", "href", None) is None
    assert attribute_value("a", "href", False) is None


def test_srcdoc_takes_safe_markup_only() -> None:
    assert attribute_value("iframe", "srcdoc", markupsafe.Markup("<b>x</b>")) == "<b>x</b>"
    assert attribute_value("iframe", "srcdoc", None) is None
    with pytest.raises(TypeError, match="<iframe srcdoc>: is markup"):
        attribute_value("iframe", "srcdoc", "<script>")


def test_markup_as_a_value_is_plain_text() -> None:
    value = attribute_value("p", "title", markupsafe.Markup("<b>"))
    assert (type(value), value) == (str, "<b>")


@given(
    st.lists(st.sampled_from([*"javascript:", *"\t\n\r \0\x01\x1f", "J", "\u200b", "/", "x"]), max_size=24)
)
def test_address_that_a_browser_would_run_is_refused(characters: list[str]) -> None:
    address = "".join(characters)
    # The URL standard: leading controls and spaces go, tabs and newlines go everywhere.
    scheme = address.lstrip("".join(map(chr, range(0x21)))).translate({9: None, 10: None, 13: None})
    if scheme.lower().startswith("javascript:"):
        with pytest.raises(ValueError, match="would run as script"):
            url_value("a", "href", address)


def test_tables_hold_together() -> None:
    assert VOID <= ELEMENTS
    assert PROPERTIES.keys() <= ELEMENTS
    assert {tag for tag, _ in MEDIA_ATTRIBUTES} <= ELEMENTS
    assert {name for _, name in MEDIA_ATTRIBUTES} <= URL_ATTRIBUTES
    assert all(event.isascii() and event.isalpha() and event.islower() for event in EVENTS)


def test_class_value_names_the_element_it_knows() -> None:
    assert class_value("a") == "a"
    with pytest.raises(TypeError, match="<nav class>"):
        class_value(3, "nav")
