"""Write `tests/vectors/effects.json`: effects as they travel, and what they do; both languages run it.

    python scripts/generate_effects.py            write the file
    python scripts/generate_effects.py --check    fail when it is not what this script would write

Each vector is a map:

    name      what it is about
    effects   as they travel
    html      a page, whose element `#here` has the handler
    after     the same when the effects have been done
    events    what could be heard of it: "type#id", with "=detail" where there is one

What needs a real browser (dialogs, popovers, scrolling, the clipboard) does nothing to the page.
"""

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from reactor import effects  # noqa: E402
from reactor.effects import Effect, to_wire  # noqa: E402

TARGET = ROOT / "tests" / "vectors" / "effects.json"

ROWS = '<ul><li id="a"><b>a</b><i>1</i></li><li id="b"><b id="here">b</b><i>2</i></li></ul>'
FIELD = '<form id="f"><input id="here" value="old"><input id="box" type="checkbox"></form>'


class Case(NamedTuple):
    """What a vector is made of; without `after` the page stays as it is."""

    name: str
    effects: list[Effect]
    html: str
    after: str | None = None
    events: tuple[str, ...] = ()


def page(attributes: str) -> str:
    return f'<p id="here"{attributes}>x</p>'


def cases() -> list[Case]:
    return [
        Case("classes are added", [effects.add_class("b  c")], page(' class="a b"'), page(' class="a b c"')),
        Case(
            "classes are taken away",
            [effects.remove_class("a z")],
            page(' class="a b"'),
            page(' class="b"'),
        ),
        Case(
            "each class is toggled", [effects.toggle_class("a c")], page(' class="a b"'), page(' class="b c"')
        ),
        Case(
            "all elements that a selector names",
            [effects.add_class("on", to="li > b")],
            ROWS,
            ROWS.replace("<b", '<b class="on"', 1).replace('<b id="here"', '<b id="here" class="on"'),
        ),
        Case(
            "the nearest element around",
            [effects.add_class("on", to=effects.closest("li"))],
            ROWS,
            ROWS.replace('<li id="b"', '<li id="b" class="on"'),
        ),
        Case(
            "elements within the nearest around",
            [effects.add_class("on", to=effects.closest("li").inner("i"))],
            ROWS,
            ROWS.replace("<i>2", '<i class="on">2'),
        ),
        Case(
            "elements within",
            [effects.add_class("on", to=effects.inner("i"))],
            '<p id="here"><i></i></p><i></i>',
            '<p id="here"><i class="on"></i></p><i></i>',
        ),
        Case("there is no such element", [effects.add_class("on", to=effects.closest("table"))], ROWS),
        Case("an attribute is set", [effects.set_attribute("title", "b")], page(""), page(' title="b"')),
        Case("an attribute without a value", [effects.set_attribute("inert")], page(""), page(' inert=""')),
        Case("a number", [effects.set_attribute("tabindex", -1)], page(""), page(' tabindex="-1"')),
        Case("an attribute is taken away", [effects.remove_attribute("title")], page(' title="a"'), page("")),
        Case(
            "an attribute is toggled away", [effects.toggle_attribute("inert")], page(' inert=""'), page("")
        ),
        Case(
            "an attribute is toggled there", [effects.toggle_attribute("inert")], page(""), page(' inert=""')
        ),
        Case(
            "an attribute goes from one value to another",
            [effects.toggle_attribute("aria-expanded", True, False)],
            page(' aria-expanded="true"'),
            page(' aria-expanded="false"'),
        ),
        Case(
            "and back",
            [effects.toggle_attribute("aria-expanded", True, False)],
            page(' aria-expanded="false"'),
            page(' aria-expanded="true"'),
        ),
        Case("an element is hidden", [effects.hide()], page(""), page(' hidden=""')),
        Case("an element is shown", [effects.show()], page(' hidden=""'), page("")),
        Case("what is shown is toggled", [effects.toggle()], page(""), page(' hidden=""')),
        Case("what is hidden is toggled", [effects.toggle()], page(' hidden=""'), page("")),
        Case(
            "several in a row",
            [effects.toggle(), effects.toggle(), effects.set_attribute("title", "x")],
            page(""),
            page(' title="x"'),
        ),
        Case(
            "an event bubbles",
            [effects.dispatch("zoom", {"factor": 2.5, "by": [1, None, True]})],
            page(""),
            None,
            ('zoom#here={"factor":2.5,"by":[1,null,true]}',),
        ),
        Case("a field is filled", [effects.set_value("new")], FIELD, None, ("input#here", "change#here")),
        Case("a field has that value already", [effects.set_value("old")], FIELD),
        Case(
            "a box is ticked",
            [effects.set_value(True, to="#box")],
            FIELD,
            None,
            ("input#box", "change#box"),
        ),
        Case("a form is reset", [effects.reset()], FIELD, None, ("reset#f",)),
        Case("a form is sent", [effects.submit()], FIELD, None, ("submit#f",)),
        Case("nothing is there to be paused", [effects.toggle_pause(), effects.pause("#f")], FIELD),
        Case("focus", [effects.focus("#box"), effects.blur("#box")], FIELD, None, ("focus#box", "blur#box")),
        Case("scrolling", [effects.scroll_into_view("#none", smooth=True, block="center")], page("")),
        Case("opening", [effects.open("#none"), effects.close("#none"), effects.toggle_open("#none")], ROWS),
        Case("copying", [effects.copy(from_="#none")], ROWS),
    ]


def vectors() -> str:
    made: list[dict[str, Any]] = [
        {
            "name": case.name,
            "effects": to_wire(case.effects),
            "html": case.html,
            "after": case.html if case.after is None else case.after,
            "events": case.events,
        }
        for case in cases()
    ]
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def main(arguments: list[str]) -> int:
    text = vectors()
    if arguments == ["--check"]:
        if TARGET.is_file() and TARGET.read_text("utf-8") == text:
            return 0
        print(f"{TARGET.relative_to(ROOT)} is stale: run python scripts/generate_effects.py", file=sys.stderr)
        return 1
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    TARGET.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
