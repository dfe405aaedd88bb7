"""What a type checker says about code that uses `reactor.html`."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from mypy import api

from reactor import html as h
from reactor.attributes import check_name, check_tag, name_of
from reactor.blocks import Bare
from reactor.elements import ELEMENTS, EVENTS, PROPERTIES, VOID

ROOT = Path(__file__).parent.parent.parent
STUB = ast.parse((ROOT / "reactor" / "html.pyi").read_text("utf-8"))

RIGHT = """
from datetime import date
from uuid import UUID

from starlette.datastructures import URL

from reactor import html as h
from reactor.html import AttributeValue, Child, ClassValue, Element, Key, Listener, StyleValue


def page(action: Listener, wanted: bool, names: list[str], address: URL, identity: UUID) -> Element:
    attributes: dict[str, str] = {"x-y": "1"}
    return h.main(id="top", class_=names, data_x=1, data_on=wanted, aria_label="…", hidden=wanted)[
        "text", 1, 1.5, None, wanted and h.b["…"], names, h.br, h.br(class_="wide"),
        h.p(class_=["a", wanted and "b", {"c": wanted}], style={"font_size": "2rem", "z_index": None}),
        h.p(title=wanted and "…", tabindex=-1, aria_expanded=wanted, aria_level=2, contenteditable=True)[()],
        h.ul[(h.li(key=name)[name] for name in names)],
        h.ul[[h.li(key=identity)[name] for name in names]],
        h.form(action=action, on_submit=None)[
            h.label(for_="a")["…"],
            h.input(type="number", value=3, min=1.5, max="9", step="any", required=wanted, on_input=action),
            h.input(type="date", value=date(2026, 1, 2), on_keydown={"Escape": action, "Ctrl+s": action}),
            h.textarea(value="…", rows=3, on_keyup=wanted and action),
            h.select(value="a")[h.option(value="a", selected=wanted)["…"]],
            h.button(form_action=action, disabled=wanted)["…"],
            h.button(form_action="/search", type="submit", popovertarget="x")["…"],
        ],
        h.form(action="/search", method="get")[h.input(name="q", type="search")],
        h.a(href=address, target="_blank")["…"], h.a(attributes, href="/", download=True)["…"],
        h.img(src="/a.png", alt="", width=10, loading="lazy"),
        h.del_["…"], h.object(data="/a")["…"], h.map(name="x")[h.area(href="/")], h.var["x"],
        h.svg(viewBox="0 0 1 1")[
            h.linearGradient(id="g")[h.stop(offset="0%", stop_color="red")],
            h.circle(cx=1, cy=2.5, r="3", stroke_width=2, fill="none", on_click=action),
            h.feBlend(in_="SourceGraphic", in2="x", mode="screen"),
            h.animate(attributeName="r", values="0;5", dur="1s", fill="freeze"),
        ],
        h.math(display="block")[h.mfrac[h.mi["x"], h.mn[2]]],
        h.my_widget(level=3, other="x", on_click=action, on_zoom=action)["…"],
        h.div({"on_zoom": action}, hook="Chart", options={"values": [1, 2]}, on_select=action),
        h.fragment(key="a")[h.dt["…"], h.dd["…"]], h.fragment["…"],
        h.div({"data-a": 1, "on_click": action, "class": ["a"]}, on_interval=action),
    ]


def part(child: Child, key: Key, one: ClassValue, two: StyleValue, three: AttributeValue) -> Element:
    return h.div(key=key, class_=one, style=two, data_x=three)[child]
"""

WRONG = """
from reactor import html as h
from reactor.html import Listener


def action() -> None: ...


h.input(type="txt")
h.input(required="yes")
h.input(maxlength=2.5)
h.button(type="link")
h.form(method="put")
h.form(action=3)
h.div(class_=3)
h.div(style=["color"])
h.div(style={"color": ["red"]})
h.div(id=["a"])
h.div(data_x=[1])
h.div(dir="left")
h.div(role="buton")
h.div(aria_live="loud")
h.div(key=1.5)
h.div(on_click="alert()")
h.div(on_click=action)
h.div(on_clik=action)
h.input(on_keydown={"Escape": action})
h.div(on_click={"Escape": Listener()})
h.a(href=3)
h.iframe(srcdoc="<b>")
h.circle(r=[1])
h.path(stroke_linecap="pointed")
h.td(colspan=[2])
h.my_widget(on_click=3.5, x=[])
h.div[object()]
h.div[action]
h.ul[(object() for _ in "ab")]
h.br["text"]
h.div("text")
h.div(h.b["text"])
h.div({"x-y": object()})
h.fragment(class_="a")
"""


def check(path: Path, cache: str) -> dict[int, str]:
    """The errors that a type checker finds in a file: line and message."""
    options = [f"--config-file={ROOT / 'pyproject.toml'}", "--follow-imports=silent", "--no-error-summary"]
    report, trouble, _ = api.run([*options, cache, str(path)])
    assert not trouble
    errors: dict[int, str] = {}
    for line in report.splitlines():
        _, number, kind, message = line.removeprefix(str(path)).split(":", 3)
        if kind.strip() == "error":
            errors[int(number)] = message.strip()
    return errors


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(ROOT)
    return f"--cache-dir={tmp_path / 'cache'}"


def test_right_code_passes_the_type_checker(tmp_path: Path, cache: str) -> None:
    path = tmp_path / "right.py"
    path.write_text(RIGHT, "utf-8")
    assert check(path, cache) == {}


def test_wrong_code_is_found_by_the_type_checker(tmp_path: Path, cache: str) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(WRONG, "utf-8")
    lines = WRONG.splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.startswith("h.")}
    found = check(path, cache)
    assert [lines[number - 1] for number in sorted(wrong ^ found.keys())] == []


def test_message_names_what_is_accepted(tmp_path: Path, cache: str) -> None:
    path = tmp_path / "form.py"
    path.write_text('from reactor import html as h\nh.form(method="put")\n', "utf-8")
    message = check(path, cache)[2]
    assert '"method"' in message
    assert "'get', 'post', 'dialog'" in message


def test_stub_is_fresh() -> None:
    script = ROOT / "scripts" / "generate_html.py"
    subprocess.run([sys.executable, str(script), "--check"], check=True)


def stub_classes() -> dict[str, ast.ClassDef]:
    return {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}


def stub_elements() -> dict[str, str]:
    """The elements of the stub: name in Python and class."""
    return {
        node.target.id: node.annotation.id
        for node in STUB.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.annotation, ast.Name)
        and node.annotation.id not in ("TypeAlias", "_FragmentFactory")
    }


def keywords(name: str) -> list[str]:
    for node in stub_classes()[name].body:
        if isinstance(node, ast.FunctionDef) and node.name == "__call__":
            return [argument.arg for argument in node.args.kwonlyargs]
    return []


def test_stub_names_every_element() -> None:
    assert {name_of(name) for name in stub_elements()} == ELEMENTS


def test_element_of_the_stub_is_that_of_the_builder() -> None:
    for name in stub_elements():
        factory = getattr(h, name)
        assert isinstance(factory, Bare)
        assert factory.block().template.tag == name_of(name)


def test_void_elements_take_no_children_in_the_stub() -> None:
    for name, kind in stub_elements().items():
        base = stub_classes()[kind].bases[0]
        assert isinstance(base, ast.Name)
        assert (base.id == "_Factory") == (name in VOID), name


def test_keywords_of_the_stub_are_taken_by_the_builder() -> None:
    for tag, kind in stub_elements().items():
        names = keywords(kind)
        events = {name.removeprefix("on_") for name in names if name.startswith("on_")}
        assert events == EVENTS
        for name in names:
            if not name.startswith("on_"):
                check_name(tag, name_of(name))
        check_tag(name_of(tag))
        assert {"key", "class_", "id", "style", "role", "aria_label"} <= set(names)
        assert PROPERTIES.get(tag, frozenset()) <= set(names)


@pytest.mark.parametrize(
    "name", ["AttributeValue", "Child", "ClassValue", "Element", "Key", "Listener", "StyleValue"]
)
def test_type_of_the_stub_can_be_imported(name: str) -> None:
    assert name in vars(h)


def test_builder_works_after_every_element_was_used() -> None:
    for name in stub_elements():
        getattr(h, name)
    assert h.p(id="x").__html__() == '<p id="x"></p>'
