"""Compiled element expressions: what they make, what they leave alone, and that it is the same as without."""

from __future__ import annotations

import itertools
import linecache
import os
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reactor import Component, compiled
from reactor import html as h
from reactor.blocks import Block
from reactor.compiler import VARIABLE, compile_class
from reactor.compiler.sources import read
from reactor.diff import UNCHANGED, Update, diff
from reactor.errors import BuildError
from reactor.markup import render
from reactor.mirror import Mirror
from reactor.wire import Encoder, Numbering
from tests.servers import ROOT


@pytest.fixture(scope="module", autouse=True)
def _on() -> Iterator[None]:
    """The compiler is on here, also where all else is tested without it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "1")
        yield


_names = (f"<compiled {number}>" for number in itertools.count())

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
BEGIN = """\
import asyncio
from reactor import Component, action, state
from reactor import html as h
from reactor.compiler import compile_class, compiled as mark
"""


def both(source: str, **given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The names of a module as it is, and of the same module with all of its functions compiled."""
    made: list[dict[str, Any]] = []
    for is_compiled in (False, True):
        name = next(_names)
        text = BEGIN + textwrap.dedent(source)
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        names: dict[str, Any] = {"__name__": name, **given}
        exec(compile(text, name, "exec", dont_inherit=True), names)
        if is_compiled:
            for value in list(names.values()):
                if isinstance(value, type) and issubclass(value, Component) and value is not Component:
                    compile_class(value)
                elif callable(value) and getattr(value, "__module__", None) == name:
                    compiled(value)
        made.append(names)
    return made[0], made[1]


def notes(names: dict[str, Any]) -> list[str]:
    """What was compiled in a module; of what was left alone, why."""
    source = read(names["__name__"], names)
    assert source is not None
    return [note.why or "compiled" for note in source.notes]


def is_whole(block: Block) -> bool:
    """Whether an element is one block: none stands in it."""
    return not any(isinstance(value, Block) for value in block.values)


# The same as without

TAGS = ("div", "p", "span", "section", "em", "textarea", "a", "button", "td", "svg", "select")
VALUES: list[Any] = ["", "text", "<b>&", 0, 7, 2.5, None, False, "javascript:x", "two words", True]


def expressions() -> st.SearchStrategy[str]:
    """Element expressions; `t(n)` notes that it was evaluated, and gives a value that may change."""
    value = st.integers(0, 7).map(lambda number: f"t({number})")
    constant = st.sampled_from(["'x'", "'a < b'", "''", "5", "None", "False", "True"])
    name = st.sampled_from(
        ["class_", "title", "href", "hidden", "data_x", "style", "type", "value", "on_click"]
    )
    attributes = st.lists(st.tuples(name, st.one_of(value, constant)), max_size=3, unique_by=lambda a: a[0])
    key = st.sampled_from(["", "", "", "key='k'", "key=t(6)", "key=1"])

    def element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        def put(tag: str, given: list[tuple[str, str]], key: str, inner: list[str] | None) -> str:
            call = ", ".join([*(f"{name}={text}" for name, text in given), *([key] if key else [])])
            text = f"h.{tag}({call})" if call else f"h.{tag}"
            return text if inner is None else f"{text}[{', '.join(inner) or '()'}]"

        some = st.none() | st.lists(children, max_size=3)
        return st.builds(put, st.sampled_from(TAGS), attributes, key, some)

    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            element(inner),
            st.builds("({} for _ in range(t(8)))".format, inner),
            st.builds("[{} for x in 'ab' if t(9)]".format, inner),
            st.builds("{} if t(9) else {}".format, inner, inner),
            st.builds("(t(9) and {})".format, inner),
            st.builds("f'{{t(1)}} {{t(2)!r}}' or {}".format, inner),
            st.builds("(lambda y: {})(t(0))".format, inner),
            st.builds("(n := {})".format, inner),
            st.builds("h.fragment[{}, t(3)]".format, inner),
            st.builds("h.i[*[{}], t(4)]".format, inner),
        )

    leaves = st.one_of(value, constant, st.just("h.br"), st.just("h.input(name='n', value=t(5))"))
    return element(st.recursive(leaves, more, max_leaves=12))


def outcome(function: Callable[..., Any], values: list[Any]) -> tuple[Any, Any, list[int]]:
    """The tree that a function makes, or the error that it raises; and what it has evaluated, in order."""
    log: list[int] = []

    def t(number: int) -> Any:
        log.append(number)
        return values[number]

    try:
        return function(t), None, log
    except Exception as error:
        return None, (type(error), str(error).splitlines()[0]), log


@settings(max_examples=60, deadline=None)
@given(expressions(), st.lists(st.sampled_from(VALUES), min_size=8, max_size=8), st.data())
def test_compiled_expression_makes_the_same_and_evaluates_in_the_same_order(
    expression: str, values: list[Any], data: st.DataObject
) -> None:
    as_it_is, as_compiled = both(f"def f(t):\n    return h.main[{expression}]\n")
    more: list[Any] = [data.draw(st.integers(0, 2)), data.draw(st.booleans())]
    changed = [data.draw(st.sampled_from([value, *VALUES])) for value in values]
    before, after = [*values, *more], [*changed, *more]
    plain, error, order = outcome(as_it_is["f"], before)
    made, error_made, order_made = outcome(as_compiled["f"], before)
    assert (error, error_made) == (None, None) or (error is None) == (error_made is None)
    if error is not None:
        return
    assert order_made == order
    assert render(made) == render(plain)
    plain_after, error, _ = outcome(as_it_is["f"], after)
    made_after, _, _ = outcome(as_compiled["f"], after)
    if error is not None:
        return
    numbering, mirror = Numbering(), Mirror()
    encoder = Encoder(numbering, lambda data: b"")
    mirror.replace(_learnt(mirror, numbering, encoder.child(made)))
    change = diff(made, made_after)
    if change is not UNCHANGED:
        mirror.apply(_learnt(mirror, numbering, encoder.change(change)))
    assert render(mirror.root) == render(plain_after)


def _learnt(mirror: Mirror, numbering: Numbering, wire: Any) -> Any:
    mirror.learn(numbering.definitions())
    return wire


# What is compiled


def test_compiled_element_is_one_block_of_its_values() -> None:
    _, names = both(
        """
        def row(kind, label, run):
            return h.tr(class_=kind)[h.td(title="x")["No. ", label], h.td[h.a(on_click=run)["Go"]], h.br]
        """
    )
    block = names["row"]("wide", 5, None)
    assert block.values == ("wide", "5", None)
    assert render(block) == '<tr class="wide"><td title="x">No. 5</td><td><a>Go</a></td><br></tr>'
    assert names["row"]("", 1, None).template is block.template


def test_compiled_element_without_values_is_made_once() -> None:
    _, names = both("def line():\n    return h.p(class_='a')['x', h.b['y']]")
    assert names["line"]() is names["line"]()


@pytest.mark.parametrize(
    ("source", "called"),
    [
        ("def f(x):\n    h_ = [h.p[y] for y in x]\n    return h.div[h_]", "ab"),
        ("def f(x):\n    return h.div[(h.p(key=i)[y] for i, y in enumerate(x))]", "ab"),
        ("def f(x):\n    return h.div[h.p[n := x], h.p[n]]", "ab"),
        (
            "def f(x):\n    def inner():\n        nonlocal x\n        x += 'c'\n        return h.p[x]\n"
            "    return h.div[inner(), x]",
            "ab",
        ),
        ("def f(x):\n    return h.div[h.p['a' if x else 'b'], x and h.p['c'], x or 'd']", ""),
        ("def f(x):\n    return h.div(title=f'<{x!r:>5}>')[f'{x}!']", "ab"),
        ("def f(x):\n    return h.p(**{'class_': x})[h.b[x]]", "ab"),
        ("def f(x):\n    return h.p({'data-x': x}, class_='y')[h.b[x], h.i['z']]", "ab"),
        ("def f(x):\n    return h.ul[*[h.li[y] for y in x], h.li['end']]", "ab"),
        ("def f(x):\n    return (lambda z: h.p[h.b[z]])(x)", "ab"),
        ("def f(x):\n    return h.div[h.p[x]][h.b[x]]", "ab"),
        ("def f(x):\n    box = h.div(class_=x)\n    return box[h.b[x], box]", "ab"),
        ("def f(x):\n    box = h.div[h.b[x]]\n    return box['other ', x]", "ab"),
        ("def f(x):\n    return h.div[h.style['a > b {}'], h.textarea['\\n', x], h.pre['\\n', x]]", "ab"),
        (
            "def f(x):\n    return asyncio.run(g(x))\nasync def g(x):\n    return h.p[h.b[await k(x)]]\n"
            "async def k(x):\n    return x",
            "ab",
        ),
        ("def f(x):\n    return list(g(x))[0]\ndef g(x):\n    yield h.p[h.b[(yield x) or x]]", "ab"),
    ],
)
def test_compiled_function_gives_the_same(source: str, called: str) -> None:
    plain, made = both(source)
    if "yield" in source:
        assert list(plain["f"](called)) == list(made["f"](called))
        return
    assert render(made["f"](called)) == render(plain["f"](called))
    assert "compiled" in notes(made)


def test_compiled_method_has_super_closures_and_private_names() -> None:
    source = """
        def make(word):
            class Base(Component):
                def part(self):
                    return h.i[word]

            class Own(Base):
                __mark = "!"

                def render(self):
                    return h.p["a ", super().part(), self.__mark, __class__.__name__]

            return Own
        """
    for names in both(source):
        cls = names["make"]("word")
        compile_class(cls)
        assert render(cls().render()) == "<p>a <i>word</i>!Own</p>"
    assert notes(names).count("compiled") == 2


def test_compiled_function_below_a_decorator() -> None:
    source = """
        import functools
        def twice(function):
            @functools.wraps(function)
            def call(*given):
                return h.div[function(*given), function(*given)]
            return call

        @twice
        def f(x):
            return h.p["a", h.b[x]]
        """
    plain, made = both(source)
    assert render(made["f"]("x")) == render(plain["f"]("x"))
    assert is_whole(made["f"].__wrapped__("x"))


def test_item_with_a_key_among_siblings_stays_an_item() -> None:
    _, names = both("def f(a, b):\n    return h.ul[a, b]")
    first, second = h.li(key=1)["one"], h.li(key=2)["two"]
    before, after = names["f"](first, second), names["f"](second, first)
    change = diff(before, after)
    assert isinstance(change, Update)
    assert change.changes[0][1].moved == [(1, 0)]
    with pytest.raises(BuildError, match="two items have the key 1"):
        names["f"](first, first)


# What is left alone


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("def f(x):\n    return h.p(**x)[h.b['y']]", "after **"),
        ("def f(x):\n    return h.p({'a': x})['y']", "in a dictionary"),
        ("def f(x):\n    return h.input(bind=x)", "bind="),
        ("def f(x):\n    return h.my_widget(a=x)['y']", "<my-widget>"),
        ("def f(x):\n    return h.noscript['y']", "<noscript>"),
        ("def f(x):\n    return h.p(onclick='x')['y']", "a handler is not text"),
        ("def f(x):\n    return h.li(class_=x(), key=x())['y']", "its key"),
    ],
)
def test_what_is_known_only_when_it_runs_stays_as_it_is_and_tells_why(source: str, why: str) -> None:
    _, names = both(source)
    assert any(why in note for note in notes(names)), notes(names)


@pytest.mark.parametrize(
    "source",
    [
        "def f(h):\n    return h.p['x']",
        "def f(x):\n    for h in [x]:\n        return h.p['x']",
        "def f(x):\n    return [h.p['x'] for h in [x]][0]",
        "def f(x):\n    h = x\n    return h.p['x']",
        "h = None\ndef f(x):\n    global h\n    h = x\n    return h.p['x']",
    ],
)
def test_name_that_means_something_else_is_left_alone(source: str) -> None:
    class Other:
        p = {"x": "something else"}

    for names in both(source):
        assert names["f"](Other()) == "something else"


def test_source_that_is_not_what_runs_is_left_alone() -> None:
    source = "def f():\n    return h.p['a', h.b['x']]\n"
    name = next(_names)
    names: dict[str, Any] = {"__name__": name}
    exec(compile(BEGIN + source, name, "exec"), names)
    edited = (BEGIN + source).replace("'x'", "'edited'")
    linecache.cache[name] = (len(edited), None, edited.splitlines(keepends=True), name)
    assert render(compiled(names["f"])()) == "<p>a<b>x</b></p>"


def test_function_without_a_source_is_left_alone() -> None:
    names: dict[str, Any] = {"h": h}
    exec("def f():\n    return h.p['a', h.b['x']]", names)
    assert render(compiled(names["f"])()) == "<p>a<b>x</b></p>"


def test_constant_options_of_a_handler_are_prepared_and_do_the_same() -> None:
    source = """
        from reactor import effects, on

        class Shop(Component):
            @action
            async def buy(self, what: int) -> None: ...

        shop = Shop()

        def plain(x): return h.p(on_click=on(shop.buy.bind(x), prevent=True, debounce=0.5))["a"]
        def listed(x): return h.p(on_click=on([effects.focus("p"), shop.buy.bind(x)], stop=True))["a"]
        def refused(x): return h.p(on_click=on(x, prevent=True))["a"]
        def late(x): return h.p(on_click=on(shop.buy, debounce=-x))["a"]
        def never(x): return h.p(on_click=on(shop.buy, debounce=-1))["a"]
        def several(x): return h.p(on_click=on(*[shop.buy], prevent=True))["a"]
        def named(x): return h.p(on_click=on(shop.buy, **{"prevent": True}))["a"]
        def other(on): return h.p(on_click=on(shop.buy, prevent=True))["a"]
        """
    made: list[list[Any]] = []
    for names in both(source):
        blocks = [names[name](1) for name in ("plain", "listed", "several", "named")]
        listeners = [block.values[0] for block in (*blocks, names["other"](names["on"]))]
        told: list[Any] = [(each.options("click"), each.called().args) for each in listeners]
        assert names["plain"](1).values == names["plain"](1).values != names["plain"](2).values
        for name in ("refused", "late", "never"):
            with pytest.raises(BuildError) as raised:
                names[name](1)
            told.append(str(raised.value).replace(names["__name__"], ""))
        made.append(told)
    assert made[0] == made[1]
    assert made[0][0] == ({"p": True, "d": 0.5}, (1,))


# Where it happened


def test_error_tells_the_line_of_the_element_and_of_the_value() -> None:
    source = """
        def address(x):
            return h.div[
                h.p["a"],
                h.a(
                    href=x,
                )["b"],
            ]

        def value(x):
            return h.div[
                h.p["a"],
                h.p[
                    1 / x],
            ]
        """
    for names in both(source):
        file, first = names["__name__"], BEGIN.count("\n") + 1
        with pytest.raises(BuildError, match="would run as script") as raised:
            names["address"]("javascript:x")
        assert str(raised.value).endswith(f"in {file}:{first + 4}")
        with pytest.raises(ZeroDivisionError) as divided:
            names["value"](0)
        lines = [(each.filename, each.lineno) for each in traceback.extract_tb(divided.value.__traceback__)]
        assert lines[-1] == (file, first + 13)


# The switch and the command

APP = """
from reactor import Component
from reactor import html as h
from reactor.markup import render


class Hello(Component):
    name: str

    def render(self):
        return h.p(class_="hello")["Hello ", h.b[self.name], h.i({"data-x": "y"})["!"]]
"""


def run(*command: str, cwd: Any, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, cwd=cwd, env={**ENVIRONMENT, **variables}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_compiler_can_be_switched_off(tmp_path: Any) -> None:
    (tmp_path / "hello.py").write_text(APP)
    show = (
        "from reactor.compiler import compile_class; from hello import *; compile_class(Hello); "
        "block = Hello(name='Ada').render(); print(len(block.values), render(block))"
    )
    html = '<p class="hello">Hello <b>Ada</b><i data-x="y">!</i></p>'
    assert run("-c", show, cwd=tmp_path) == f"2 {html}\n"
    assert run("-c", show, cwd=tmp_path, REACTOR_COMPILE="0") == f"2 {html}\n"


def test_command_shows_what_was_compiled_and_what_was_not(tmp_path: Any) -> None:
    (tmp_path / "hello.py").write_text(APP)
    told = run("-m", "reactor.compiler", "hello", cwd=tmp_path).splitlines()
    assert told[0] == "hello: 1 of 2 expressions are compiled"
    assert "hello.py:11  Hello.render  h.p(class_='hello')['Hello '" in told[1]
    assert told[1].endswith("(2 values)")
    assert told[2].endswith("<i>: attributes in a dictionary are known when it runs")
