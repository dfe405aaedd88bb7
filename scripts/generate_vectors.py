"""Write `tree.json`, `feeds.json` and `needs.json` in `tests/vectors`, for the tests of both languages.

    python scripts/generate_vectors.py            write the file
    python scripts/generate_vectors.py --check    fail when they are not what this script would write

Each vector of the first is a map:

    name         what it is about
    templates    [number, element, …], all that occur
    before       a child, whole
    outline      the same in outline form, as the served page holds it
    html         its markup
    delta        how it becomes the next; absent: nothing changes
    after        the next child, whole
    after_html   its markup as `innerHTML` would show it

The first are chosen by hand, the others at random, the same in each run.

Each of the second:

    name         what it is about
    templates    [number, element, …]
    tree         a child, whole: an element with the list of a feed
    steps        one after the other: how the feed changes, and the markup then: {"delta": …, "html": …}

Each of the third:

    name         what it is about
    templates    [number, element, …]
    tree         a child, whole
    options      those of its handler; absent: it has none
    parts        the parts of the client that must be there before it is shown, besides `making`
"""

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import html5lib
import markupsafe

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from reactor import html as h  # noqa: E402
from reactor.blocks import Block, Edit, Items, Listener, Rendered, Template, child_of  # noqa: E402
from reactor.diff import UNCHANGED, diff  # noqa: E402
from reactor.markup import render  # noqa: E402
from reactor.protocol import UPDATE  # noqa: E402
from reactor.symbols import FormStatus, OfForm, Pending  # noqa: E402
from reactor.wire import Encoder, Numbering  # noqa: E402

TARGET = ROOT / "tests" / "vectors"
RANDOM_VECTORS = 40

Case: TypeAlias = tuple[str, Any, Any]
"""Name, the child before, the child after."""


class _Marked(Listener):
    """A listener that is nothing but its mark."""

    def __init__(self, number: int, **options: Any) -> None:
        self.number = number
        self.given = options

    def mark(self, keys: tuple[str | int, ...], digest: Callable[[bytes], bytes]) -> int:
        return self.number

    def options(self, event: str) -> dict[str, Any] | None:
        return self.given or None

    def __eq__(self, other: object) -> bool:
        return type(other) is _Marked and (other.number, other.given) == (self.number, self.given)

    def __hash__(self) -> int:
        return self.number


def items(*keys: str | int, **texts: str) -> Any:
    return h.ul[[h.li(key=key)[texts.get(str(key), f"item {key}")] for key in keys]]


def raw(markup: str) -> Any:
    return markupsafe.Markup(markup)


def rows(*numbers: int) -> Any:
    cells = [h.tr(key=number)[h.td[number], h.td[f"row {number}"]] for number in numbers]
    return h.table[h.thead[h.tr[h.th["No."], h.th["Name"]]], h.tbody[cells]]


def chosen() -> list[Case]:
    """The cases that were thought of."""
    return [
        ("equal trees", h.p(class_="a")["x"], h.p(class_="a")["x"]),
        ("nothing at the root becomes an element", None, h.p["x"]),
        ("an element at the root becomes nothing", h.p["x"], None),
        ("a text at the root changes", "before", "after"),
        ("a long text grows", h.p["It is long and grows", "c"], h.p["It is long and grows 😀", "c"]),
        ("a text becomes an element", h.p["x"], h.p[h.b["x"]]),
        ("an element becomes a text", h.p[h.b["x"]], h.p["x"]),
        ("a text with signs of markup", h.p["a < b & c"], h.p['</p> "quoted" <!-- &amp; -->']),
        ("texts beyond the basic plane", h.p["😀", "é", "𝒳y"], h.p["😀😀", "e\u0301", "y"]),
        ("newlines and carriage returns", h.p["a\nb", "\r", "c\r\n"], h.p["a", "\r\n", "\nc"]),
        ("adjacent texts", h.p["a", "b", "c"], h.p["a", "B", "c"]),
        ("adjacent texts, one of them gone", h.p["a", "b", "c"], h.p["a", None, "c"]),
        ("an empty text appears", h.p["a", "", "c"], h.p["a", "b", "c"]),
        ("a list without keys grows", h.p["a", "b"], h.p["a", "b", "c", h.b["d"]]),
        ("a list without keys shrinks", h.p["a", h.b["b"], "c"], h.p["a", h.i["b"]]),
        (
            "an empty list beside static siblings",
            h.div[h.i["x"], [], h.b["y"]],
            h.div[h.i["x"], ["1", h.p["2"]], h.b["y"]],
        ),
        (
            "a list beside static siblings becomes empty",
            h.div[h.i["x"], ["1", h.p["2"]], h.b["y"]],
            h.div[h.i["x"], [], h.b["y"]],
        ),
        (
            "nested lists",
            h.div["a", ["b", ["c", [h.i["d"]]], "e"], "f"],
            h.div["a", ["b", ["C", [h.i["D"], "!"]], "e"], "f"],
        ),
        (
            "a fragment with several children",
            h.div[h.fragment["a", h.b["b"]], "c"],
            h.div[h.fragment["a"], "c"],
        ),
        (
            "fragments with keys change places",
            h.ul[[h.fragment(key=1)[h.li["a"], h.li["b"]], h.li(key=2)["c"]]],
            h.ul[[h.li(key=2)["c"], h.fragment(key=1)[h.li["a"], h.li["b"], "!"]]],
        ),
        ("an attribute changes", h.p(title="a", lang="en")["x"], h.p(title="b", lang="en")["x"]),
        ("an attribute goes and comes", h.p(title="a", lang=None)["x"], h.p(title=None, lang="en")["x"]),
        ("an attribute without a value", h.p(hidden=False)["x"], h.p(hidden=True)["x"]),
        ("an attribute with quotes", h.p(title='"')["x"], h.p(title="a \"b\" & 'c'")["x"]),
        ("other attribute names", h.p(title="a")["x", h.b["y"]], h.p(lang="en")["x", h.b["z"]]),
        ("classes come and go", h.p(class_="a b")["x"], h.p(class_="a b c")["x"]),
        ("a handler changes", h.button(on_click=_Marked(1))["x"], h.button(on_click=_Marked(2, p=True))["x"]),
        (
            "handlers of key combinations",
            h.div(on_keydown={"Escape": _Marked(1), "Ctrl+s": _Marked(2, p=True)})["x"],
            h.div(on_keydown={"Escape": _Marked(3)})["x"],
        ),
        ("a handler goes", h.div(on_click=_Marked(1), title="t")["x"], h.div(on_click=None, title="t")["x"]),
        ("an item is put in front", items("a", "b", "c"), items("n", "a", "b", "c")),
        ("an item is put at the end", items("a", "b"), items("a", "b", "n")),
        ("items are removed", items(*range(8)), items(0, 3, 4, 7)),
        ("two items change places", items(*range(6)), items(0, 4, 2, 3, 1, 5)),
        ("all items in reverse", items("a", "b", "c", "d"), items("d", "c", "b", "a")),
        ("items move, come, go and change", items(*"abcdef"), items(*"xfbyda", b="B", a="A")),
        ("keys as numbers and as texts", items(1, "1", 2), items("1", 2, 1)),
        ("all items are others", items("a", "b"), items("c", "d")),
        ("keys appear in a list", h.ul["text", h.li["a"]], h.ul["text", h.li(key="k")["b"]]),
        (
            "items without keys among those with keys",
            h.ul["first", h.li(key=1)["a"], h.li(key=2)["b"]],
            h.ul["First", h.li(key=2)["b"], h.li(key=1)["a"]],
        ),
        (
            "items become texts and nothing",
            h.ul[[h.li(key=1)["a"], h.li(key=2)["b"]]],
            h.ul[[h.fragment(key=2)["B"], h.fragment(key=1)[()]]],
        ),
        ("rows of a table", rows(1, 2, 3), rows(3, 4, 1)),
        (
            "options of a select",
            h.select[h.option(value="a")["A"]],
            h.select[h.option(value="a")["A"], h.optgroup(label="more")[h.option(value="b")["B"]]],
        ),
        ("the text of a textarea", h.textarea(name="t", value="a\n<b>"), h.textarea(name="t", value="b & c")),
        (
            "a field and a box",
            h.p[h.input(value="a"), h.input(type="checkbox", checked=False)],
            h.p[h.input(value="b"), h.input(type="checkbox", checked=True)],
        ),
        (
            "SVG with HTML inside",
            h.svg(viewBox="0 0 1 1")[h.linearGradient(id="g"), h.foreignObject[h.div["x"]]],
            h.svg(viewBox="0 0 2 2")[h.g[h.circle(r=1)], h.foreignObject[h.p["y"], h.svg[h.title["t"]]]],
        ),
        ("MathML", h.math[h.mi["x"]], h.math[h.mrow[h.mi["x"], h.mo["="], h.mn["1"]]]),
        ("raw markup", h.div["a", raw("<b>x</b> &amp; y"), "c"], h.div["A", raw("<b>x</b> &amp; y"), "C"]),
        ("raw markup changes", h.div["a", raw("<b>x</b>"), "c"], h.div["a", raw("<i>y</i>z"), "c"]),
        ("raw markup becomes a text", h.div["a", raw("<b>x</b>")], h.div["a", "<b>x</b>"]),
        ("preformatted text that begins with a newline", h.pre["\n\nx"], h.pre["\nx", h.b["\n"]]),
        ("a custom element", h.my_widget(some_name="1")["x"], h.my_widget(some_name="2")[h.b["x"]]),
    ]


class _Random:
    """Random trees, the same with every version of Python: only `random()` is promised to be."""

    def __init__(self, seed: int) -> None:
        self._next = random.Random(seed).random

    def below(self, limit: int) -> int:
        return int(self._next() * limit)

    def one_of(self, *choices: Any) -> Any:
        return choices[self.below(len(choices))]

    def text(self) -> str:
        return "".join(self.one_of("a", "b", " ", "<", "&", "\n", "é", "😀") for _ in range(self.below(5)))

    def shuffled(self, values: list[Any]) -> list[Any]:
        return [values.pop(self.below(len(values))) for _ in range(len(values))]

    def child(self, depth: int) -> Any:
        kind = self.below(10)
        if kind < 3 or depth <= 0:
            return self.text()
        if kind == 3:
            return None
        if kind == 4:
            return [self.child(depth - 1) for _ in range(self.below(4))]
        return self.element(depth)

    def element(self, depth: int, key: str | int | None = None) -> Any:
        factory = self.one_of(h.div, h.section, h.span, h.b, h.article)
        children = (
            self.keyed(depth) if self.below(3) == 0 else [self.child(depth - 1) for _ in range(self.below(4))]
        )
        title = self.one_of(None, True, self.text().replace("<", "&"))
        listener = self.one_of(None, _Marked(self.below(3)))
        if factory in (h.div, h.b):
            return factory(key=key, title=title, on_click=listener)[children]
        return factory(key=key)[tuple(children)]

    def keyed(self, depth: int) -> list[Any]:
        keys = self.shuffled([1, 2, 3, 4, "1", "a", "b", "c"])[: self.below(7) if depth > 0 else 0]
        return [self.element(depth - 1, key) for key in keys]


def drawn() -> list[Case]:
    """The cases that chance brought."""
    cases: list[Case] = []
    for seed in range(RANDOM_VECTORS):
        chance = _Random(seed)
        if seed % 2:
            cases.append((f"random {seed}", h.div[chance.keyed(3)], h.div[chance.keyed(3)]))
        else:
            cases.append((f"random {seed}", h.div[chance.child(4)], h.div[chance.child(4)]))
    return cases


def symbols() -> list[Case]:
    """Values that the browser resolves; no call is under way here, so they show what they are at rest."""
    send, form = Pending("send"), FormStatus()
    here = Pending(OfForm("send"))
    return [
        ("symbol in an attribute", h.button(disabled=send)["Send"], h.button(disabled=form.pending)["Send"]),
        (
            "symbol in a class",
            h.p(class_=["note", {"busy": send, "new": True}])["x"],
            h.p(class_=["note", {"busy": send, "new": False}])["x"],
        ),
        (
            "symbol as a text",
            h.button[send.then("Sending…", "Send")],
            h.button[send.then("Saving…", "Save"), " now"],
        ),
        (
            "symbol as an element between texts",
            h.p["a", send.then(None, h.b["rest"]), "b"],
            h.p["a", send.then(h.i["busy"], h.b["still"]), "b"],
        ),
        ("symbol that becomes a text", h.p[send.then("a", "b")], h.p["c"]),
        ("text that becomes a symbol", h.p["c"], h.p[send.then("a", h.b["b"])]),
        ("symbol for what is sent", h.p[send.data("name"), "!"], h.p["?", form.data("name")]),
        (
            "symbol that stays as it is",
            h.p[send.then(h.b["busy"], h.i["rest"]), h.b["1"]],
            h.p[send.then(h.b["busy"], h.i["rest"]), h.b["2"]],
        ),
        ("symbol in a property", h.input(checked=send), h.input(checked=None)),
        (
            "symbol for how much was sent",
            h.p(title=send.progress)[send.progress, " %"],
            h.p(title=form.progress)["% ", send.then(send.progress, "0")],
        ),
        (
            "symbol for calls of one action by the surrounding form",
            h.button(title=here.then("a", "b"))["x"],
            h.button(title=here.then("a", "c"))[here.then(h.i["busy"], "y")],
        ),
    ]


def vector(name: str, before: Rendered, after: Rendered) -> dict[str, Any]:
    numbering = Numbering()
    encoder = Encoder(numbering, bytes)
    change = diff(before, after)
    made: dict[str, Any] = {
        "name": name,
        "templates": [],
        "before": encoder.child(before),
        "outline": Encoder(numbering, bytes, outline=True).child(before),
        "html": render(before),
    }
    if change is not UNCHANGED:
        made["delta"] = encoder.change(change)
    made["after"] = encoder.child(after)
    made["after_html"] = inner_html(render(after))
    made["templates"] = numbering.definitions()
    return made


def inner_html(markup: str) -> str:
    """Markup as a browser would write it that has read it."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("dom"))
    return "".join(map(_written, parser.parseFragment(markup, container="main").childNodes))


def _written(node: Any) -> str:
    if node.nodeType == node.TEXT_NODE:
        return _escaped(node.data).replace("<", "&lt;").replace(">", "&gt;")
    if node.nodeType == node.COMMENT_NODE:
        return f"<!--{node.data}-->"
    attributes = "".join(
        f' {name}="{_escaped(value).replace(chr(34), "&quot;")}"' for name, value in node.attributes.items()
    )
    if node.tagName in ("br", "input", "img"):
        return f"<{node.tagName}{attributes}>"
    return f"<{node.tagName}{attributes}>{''.join(map(_written, node.childNodes))}</{node.tagName}>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("\xa0", "&nbsp;")


def vectors() -> str:
    cases = [*chosen(), *symbols(), *drawn()]
    made = [
        vector(name, child_of(before, "vector"), child_of(after, "vector")) for name, before, after in cases
    ]
    lines = ",\n".join("  " + json.dumps(each, ensure_ascii=False) for each in made)
    return f"[\n{lines}\n]\n"


def feed_item(key: str | int, text: str) -> tuple[str | int, Block]:
    return key, h.li(key=key, title=text or None)[text, h.b[key]]


def feed_cases() -> list[tuple[str, list[str | int], list[Edit]]]:
    """A name, the keys that are there, and what becomes of them."""
    one = feed_item
    cases: list[tuple[str, list[str | int], list[Edit]]] = [
        ("an empty feed gets items", [], [Edit(last=[one(1, "a")]), Edit(first=[one(2, "b"), one(3, "c")])]),
        (
            "the limit holds at the other end",
            [1, 2, 3],
            [Edit(last=[one(4, "d")], limit=3), Edit(first=[one(0, "z")], limit=-2)],
        ),
        (
            "an item that comes twice is there once",
            [1, 2],
            [Edit(last=[one(1, "again")]), Edit(last=[one(1, "again")])],
        ),
        (
            "what is not there is passed over",
            [1],
            [Edit(removed=[9], updated=[one(8, "x")]), Edit(removed=[1])],
        ),
        (
            "keys as numbers and as texts",
            [1, "1"],
            [Edit(removed=["1"]), Edit(updated=[one(1, "n")]), Edit(first=[one("1", "t")])],
        ),
    ]
    for seed in range(12):
        chance = _Random(100 + seed)
        keys: list[str | int] = [1, 2, 3, 4, 5, "a", "b", "6"]
        edits: list[Edit] = []
        for _ in range(6):
            left = chance.shuffled(list(keys))
            parts = [
                [one(key, chance.one_of("", "a", "b é", "😀")) for key in left[at : at + chance.below(3)]]
                for at in (0, 2, 4)
            ]
            first, last, updated = parts
            removed = left[6 : 6 + chance.below(3)]
            edits.append(Edit(removed, first, last, updated, chance.one_of(0, 0, 3, -3, 1)))
        cases.append((f"random {seed}", chance.shuffled(list(keys))[: chance.below(7)], edits))
    return cases


def feed_vector(name: str, keys: list[str | int], edits: list[Edit]) -> dict[str, Any]:
    numbering = Numbering()
    encoder = Encoder(numbering, bytes)
    items = Items(tuple(feed_item(key, f"item {key}")[1] for key in keys), tuple(keys), live=False)
    whole = h.ul["x"]
    made: dict[str, Any] = {
        "name": name,
        "templates": [],
        "tree": encoder.child(Block(whole.template, (items,))),
    }
    steps: list[dict[str, Any]] = []
    for edit in edits:
        items = edit.apply(items)
        markup = inner_html(render(Block(whole.template, (items,))))
        steps.append({"delta": [UPDATE, 0, encoder.change(edit)], "html": markup})
    return {**made, "templates": numbering.definitions(), "steps": steps}


def feeds() -> str:
    made = [feed_vector(*case) for case in feed_cases()]
    lines = ",\n".join("  " + json.dumps(each, ensure_ascii=False) for each in made)
    return f"[\n{lines}\n]\n"


def need_cases() -> list[tuple[str, Block, list[str]]]:
    """A name, an element, and the parts that it needs."""

    def button(**options: Any) -> Block:
        return h.button(on_click=_Marked(1, **options))["x"]

    called = _Marked(1)
    label = Template(("p", (), (("label", (), ("a", ("input", (("name", 0),), ()))),)))
    return [
        ("a text", h.p(class_="a", title="b")["c"], []),
        ("a link", h.a(href="/")["x"], []),
        ("a click", h.button(on_click=called)["x"], []),
        ("a click that goes no further", button(p=True, s=True, q=True), []),
        ("where the click was", button(f=["client_x"]), ["details"]),
        ("an action that is told nothing", button(f=[]), ["details"]),
        ("a question first", button(c="Sure?"), ["details"]),
        ("an empty question first", button(c=""), ["details"]),
        ("a call after a pause", button(d=0.3), ["details"]),
        ("a call after no pause", button(d=0.0), ["details"]),
        ("a call now and then", button(t=1.0), ["details"]),
        ("one call only", button(o=True), ["details"]),
        ("the latest call only", button(y=1), ["details"]),
        ("a click anywhere", button(w="window"), ["details", "happenings"]),
        ("a double click", h.p(on_dblclick=called)["x"], []),
        ("keys", h.p(on_keydown={"Escape": called}), ["details"]),
        ("any key", h.p(on_keydown=called), ["details"]),
        ("an event of the element's own", h.x_map(on_chosen=called), ["details"]),
        ("a change", h.p(on_change=called), ["details"]),
        ("what is typed", h.p(on_input=called), ["details"]),
        ("scrolling", h.p(on_scroll=called), ["details"]),
        ("the mouse", h.p(on_mousemove=called), ["details"]),
        ("the pointer", h.p(on_pointermove=called), ["details"]),
        ("being there", h.p(on_mount=called), ["happenings"]),
        ("being seen", h.p(on_visible=called), ["happenings"]),
        ("being out of view", h.p(on_hidden=called), ["happenings"]),
        ("a click elsewhere", h.p(on_clickoutside=called), ["happenings"]),
        ("time", h.p(on_interval=_Marked(1, i=2.0)), ["details", "happenings"]),
        ("a field", h.input(name="a"), ["fields"]),
        ("a field in other elements", h.p[h.label["a", h.input(name="a")]], ["fields"]),
        ("a field within a template", Block(label, ("a",), live=False), ["fields"]),
        ("what is typed into a field", h.input(name="a", on_input=called), ["details", "fields"]),
        ("a text of several lines", h.textarea(name="a"), ["fields"]),
        ("a choice", h.select(name="a")[h.option["x"]], ["fields"]),
        ("a form", h.form(on_submit=called)["x"], ["fields"]),
        ("a property of what is no field", h.video(muted=True), ["fields"]),
        ("a property behind an attribute", h.video(class_="a", muted=True), ["fields"]),
    ]


def need_vector(name: str, element: Block, parts: list[str]) -> dict[str, Any]:
    numbering = Numbering()
    tree = Encoder(numbering, bytes).child(element)
    made = {"name": name, "templates": numbering.definitions(), "tree": tree}
    options = [value.given for value in element.values if isinstance(value, _Marked) and value.given]
    return {**made, **({"options": options[0]} if options else {}), "parts": parts}


def needs() -> str:
    lines = ",\n".join("  " + json.dumps(need_vector(*case), ensure_ascii=False) for case in need_cases())
    return f"[\n{lines}\n]\n"


def main(arguments: list[str]) -> int:
    texts = {TARGET / "tree.json": vectors(), TARGET / "feeds.json": feeds(), TARGET / "needs.json": needs()}
    if arguments == ["--check"]:
        stale = [
            target
            for target, text in texts.items()
            if not target.is_file() or target.read_text("utf-8") != text
        ]
        for target in stale:
            print(
                f"{target.relative_to(ROOT)} is stale: run python scripts/generate_vectors.py",
                file=sys.stderr,
            )
        return 1 if stale else 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    for target, text in texts.items():
        target.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
