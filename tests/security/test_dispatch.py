"""From bytes to an action (A): a request chooses among what was rendered, and builds nothing."""

from __future__ import annotations

import ast
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

import reactor
from reactor import Child, Component, Limits, Reactor, action, state
from reactor import html as h
from reactor.codec import pack
from reactor.testing import TestClient, TestPage
from tests.security.calls import error_of, message, post
from tests.server.applications import application

PACKAGE = Path(reactor.__file__).parent
SETTINGS = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])

ran: list[Any] = []


class Item(BaseModel):
    """A docstring with a canary: d0cstring."""

    name: str
    price: int = 1


class Desk(Component):
    """A docstring with a canary: d0cstring."""

    count: int = state(0)
    hidden: str = state("st4te-canary")

    @action
    async def add(self) -> None:
        ran.append("add")
        self.count += 1

    @action
    async def take(self, item: Item) -> None:
        ran.append(item)

    @action
    async def number(self, value: int) -> None:
        ran.append(value)

    @action
    async def unrendered(self) -> None:
        ran.append("unrendered")

    @action
    async def echo(self, value: str) -> Any:
        return {"you said": value, "self": repr(self.echo), "function": str(type(self).echo)}

    @action
    async def leak(self) -> Any:
        return type(self).render

    @action
    async def fail(self) -> None:
        raise RuntimeError("err0r-canary")

    def reset(self) -> None:
        ran.append("reset")

    @property
    def secret(self) -> str:
        ran.append("secret")
        return "x"

    def render(self) -> Child:
        return h.div[
            h.output[self.count],
            h.button(on_click=self.add)["Count"],
            h.button(on_click=self.fail)["Fail"],
            h.button(on_click=self.leak)["Leak"],
            h.input(aria_label="Number", on_input=self.number),
            h.input(aria_label="Echo", on_input=self.echo),
            h.form(action=self.take)[h.input(name="name"), h.input(name="price"), h.button["Take"]],
        ]


def desk(**given: Any) -> Reactor:
    ui = application(**given)

    @ui.page("/")
    async def page_() -> Child:
        return Desk()

    @ui.page("/other")
    async def other() -> Child:
        return Desk()

    return ui


@pytest.fixture(autouse=True)
def nothing_has_run() -> None:
    ran.clear()


@pytest.fixture
async def page() -> Any:
    ui = desk(limits=Limits(rate=math.inf))
    async with TestClient(ui.app, raise_server_errors=False) as client:
        yield await client.get("/")


# T-NOATTR

# Where a name that is no constant reaches the attributes of something: none of these names is a client's.
ATTRIBUTES_BY_NAME = {
    ("actions", "__get__"),  # the action itself, under its own name
    ("actions", "_validated"),  # the state fields that the component itself has bound to controls
    ("bindings", "expand"),  # a state field, checked against those of the class
    ("bindings", "set_field"),
    ("caching", "_canonical"),  # fields of a dataclass
    ("compiler", "_resolve"),  # h.div, in the application's code
    ("components", "__setattr__"),
    ("components", "_hints"),  # names that annotations of a class may use
    ("components", "_collect_fields"),  # fields of a class, when it is defined
    ("components", "_check_actions"),
    ("components", "__init__"),
    ("components", "_needs"),
    ("html", "__getattr__"),  # h.div, in the application's code
    ("props", "_freeze"),  # fields of a dataclass
    ("references", "_cells"),  # methods of a class, among which a closure is looked for
    ("references", "__init__"),  # an action, under its own name
    ("references", "_method"),  # the name is one that we have sealed, and what is there must be an action
    ("placeholders", ""),  # methods of str that a placeholder refuses
    ("placeholders", "revived"),
    ("taint", ""),  # methods of str
    ("taint", "_keeping"),
    ("taint", "_inner"),  # __slots__ of a dataclass
}
REACHING = frozenset(
    {"getattr", "setattr", "delattr", "hasattr", "getattr_static", "vars", "globals", "locals"}
)
FORBIDDEN = frozenset({"eval", "exec", "__import__", "import_module", "format_map", "open"})
COMMANDS = {("compiler", "__main__.py"): {"importlib"}}  # that a developer runs, with names of modules
RUNNING_CODE = {("makers", "maker", "exec")}  # in which nothing stands but the numbers of slots
FORBIDDEN_MODULES = frozenset(
    {"pickle", "marshal", "shelve", "yaml", "importlib", "subprocess", "jsonpickle"}
)


def calls_in(path: Path) -> Iterator[tuple[str, str, ast.Call]]:
    """The name of each called function, the function that it stands in, and the call."""

    def visit(node: ast.AST, inside: str) -> Iterator[tuple[str, str, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
            if isinstance(child, ast.Call):
                name = child.func.id if isinstance(child.func, ast.Name) else ""
                if isinstance(child.func, ast.Attribute) and child.func.attr == "getattr_static":
                    name = "getattr_static"
                yield name, inside, child
            yield from visit(child, child.name if is_function else inside)  # type: ignore[attr-defined]

    return visit(ast.parse(path.read_text()), "")


def test_no_name_of_a_request_reaches_an_attribute() -> None:
    """T-NOATTR: every place where a name is looked up by a value is known, and says whose name it is."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        if "testing" in path.parts:
            continue
        module = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for name, inside, call in calls_in(path):
            known = name not in FORBIDDEN or (module, inside, name) in RUNNING_CODE
            assert known, f"{path}:{call.lineno}: {name}"
            is_constant = len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
            if name in REACHING and not is_constant:
                found.add((module, inside))
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            loaded = {name.partition(".")[0] for name in names} & FORBIDDEN_MODULES
            assert not loaded - COMMANDS.get((module, path.name), set()), path
    assert found == ATTRIBUTES_BY_NAME


_events: list[str] | None = None
_WATCHED = frozenset({"import", "open", "exec", "compile", "socket.connect", "subprocess.Popen", "os.system"})


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    # The client of these tests looks for sniffio at each request.
    if _events is not None and event in _WATCHED and arguments[:1] != ("sniffio",):
        _events.append(f"{event} {arguments[:1]}")


@contextmanager
def audited() -> Iterator[list[str]]:
    """What the interpreter is made to do: imports, files, code, connections."""
    global _events
    if _audit not in _hooks:
        _hooks.append(_audit)
        sys.addaudithook(_audit)
    _events = []
    try:
        yield _events
    finally:
        _events = None


_hooks: list[Any] = []

DATA = st.recursive(
    st.sampled_from([None, True, 0, -1, 2**53 - 1, 1.5]) | st.text(max_size=8) | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
KEYS = st.sampled_from(list("pivcahefsuzmowx"))


@SETTINGS
@given(changes=st.dictionaries(KEYS, DATA, max_size=4))
async def test_request_of_any_kind_makes_the_interpreter_do_nothing(
    page: TestPage, changes: dict[str, Any]
) -> None:
    """T-NOATTR, T-SSRF, T-CRASH: no import, no file, no code, no connection; and the next one is answered."""
    await post(page, a=["x"])  # what is imported when it is first needed
    await post(page, "Count")
    with audited() as events:
        response = await post(page, **changes)
    assert response.status_code < 500
    assert events == []
    assert error_of(await post(page, a=["x"]))[0] in (404, 409, 429)


# T-DUNDER

NASTY = [
    *(
        "__class__",
        "__init__.__globals__",
        "__dict__",
        "_mount",
        "_outcomes",
        "_private",
        "a.b.c",
        "__proto__",
    ),
    *(
        "constructor",
        "prototype",
        "\0",
        "count",
        "hidden",
        "key",
        "self",
        "x" * 5000,
        "[0]",
        "a[b]",
        "../x",
        "$state",
    ),
]


def attributes_of_everything() -> dict[str, Any]:
    modules = {
        name: module for name, module in sys.modules.items() if name.split(".")[0] in ("reactor", "tests")
    }
    seen = {name: frozenset(vars(module)) for name, module in modules.items()}
    return {
        **seen,
        "class": dict(vars(Desk)),
        "base": frozenset(vars(Component)),
        "int": frozenset(vars(int)),
    }


@pytest.mark.parametrize("name", NASTY, ids=ascii)
async def test_names_that_mean_something_to_python_reach_nothing(page: TestPage, name: str) -> None:
    """T-DUNDER, T-STATEONLY: as field, entry, step of an address, mark, and key of the message."""
    await page.click("Count")
    before = attributes_of_everything()
    button = message(page)["a"]
    for changes in (
        {"e": {name: 99, "value": {name: 99}}},
        {"f": [name, "99"]},
        {"e": {"value": 1, name: {name: {name: 99}}}, "a": [name]},
        {"a": [*button[:-1], name]},
        {"a": [*button, name]},
        {"h": name.encode()},
        {"e": {}, name: name},
    ):
        response = await post(page, **changes)
        assert response.status_code in (200, 400, 404, 409, 413, 422)
        assert b"Traceback" not in response.content
    assert attributes_of_everything() == before
    await page.call(None)
    # The calls whose address and mark were right have run, and changed what they change.
    assert page.get_by_role("status").text in ("1", "2", "3", "4")
    assert all(each == "add" for each in ran)


# T-ACTIONTABLE


async def test_only_what_is_rendered_can_be_called(page: TestPage) -> None:
    """T-ACTIONTABLE: not other methods, nor actions that the page does not show, nor other pages'."""
    sent = message(page)
    for name in ("reset", "render", "__init__", "secret", "unrendered", "mount", "copy", "props", "add"):
        for address in ([name], [2, name], [*sent["a"][:-1], name]):
            assert error_of(await post(page, a=address))[0] in (404, 409)
    # Marks of actions that are there, but not at this place.
    for other in ("Fail", "Leak"):
        mark = message(page, other)["h"]
        assert error_of(await post(page, h=mark)) == (409, "changed")
    unrendered = Desk().unrendered.mark((), lambda data: b"")
    assert error_of(await post(page, h=unrendered)) == (409, "changed")
    assert error_of(await post(page, h=None)) == (409, "changed")
    response = await page.client.post_call("/other", pack(sent))
    assert error_of(response)[0] in (400, 409)
    assert ran == []


# T-ARGS

WRONG: list[dict[str, Any]] = [
    {"f": []},
    {"f": ["name", "a", "price", "x"]},
    {"f": ["price", "1"]},
    {"f": ["name.__class__", "a"]},
    {"f": ["name", "a", "price", "1e999"]},
    {"e": {"name": ["a"]}},
    {"e": {"name": {"a": 1}}},
    {"e": {"name": "a", "price": [1]}},
    {"e": {"name": b"\xff"}},
    {"e": {"item": {"name": "a"}, "name": 1}},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
async def test_arguments_are_validated_before_anything_runs(page: TestPage, wrong: dict[str, Any]) -> None:
    """T-ARGS"""
    assert page.view is not None
    form = page.get_by_tag("form").element
    call: dict[str, Any] = {"a": form.address("submit"), "h": form.handler("submit").mark}
    response = await post(page, **call, **wrong)
    assert error_of(response) == (422, "invalid")
    assert b"pydantic" not in response.content
    assert ran == []
    assert error_of(await post(page, **call, f=["name", "a", "price", "2", "more", "x"])) == (200, "")
    assert ran == [Item(name="a", price=2)]


@pytest.mark.parametrize("value", ["x", [1], {"a": 1}, None, 1.5, "1" * 5000, True])
async def test_wrong_types_for_a_number_run_nothing(page: TestPage, value: Any) -> None:
    """T-ARGS"""
    field = page.get_by_label("Number").element
    call: dict[str, Any] = {"a": field.address("input"), "h": field.handler("input").mark}
    status, code = error_of(await post(page, **call, e={"value": value}))
    assert (status, code) == (422, "invalid") or (value is True and ran in ([True], [1]))
    assert ran == [] or value is True


# T-STATEONLY


async def test_request_changes_no_state_by_naming_it(page: TestPage) -> None:
    """T-STATEONLY"""
    assert page.view is not None
    everything = dict.fromkeys((*Desk._states, "_outcomes", "_submitted", "key", "self"), 99)
    entries = [part for name in everything for part in (name, "99")]
    for changes in ({"e": everything}, {"f": entries}, {"e": everything, "x": True}):
        sent = message(page)
        await page.view.call({"a": sent["a"], "h": sent["h"], **changes})
    await page.call(None)
    assert page.get_by_role("status").text == "3"


# T-SOURCE

CANARIES = (
    *("st4te-canary", "d0cstring", "err0r-canary", "Traceback", "/tests/", "site-packages", "function "),
    *("async def", "pydantic", "0x7f"),
)


@pytest.mark.parametrize("javascript", [True, False])
async def test_responses_hold_nothing_of_the_servers_insides(javascript: bool) -> None:
    """T-SOURCE: in production, whatever is asked for."""
    bodies: list[bytes] = []
    async with TestClient(desk(debug=False).app, raise_server_errors=False) as client:

        async def note(response: Any) -> None:
            bodies.append(await response.aread())

        client.http.event_hooks["response"].append(note)
        page = await client.get("/")
        for button in ("Fail", "Leak", "Count"):
            for more in ({}, {"x": True}, {"s": b"\1" * 80, "i": b"?"}, {"c": b"1"}, {"m": [[b"", b""]]}):
                await post(page, button, **more)
        field = page.get_by_label("Echo").element
        call: dict[str, Any] = {"a": field.address("input"), "h": field.handler("input").mark}
        for value in ("__import__('os').environ", "{self.__class__}", "%(x)s", [1], None):
            await post(page, **call, e={"value": value}, x=True)
        await client.http.get("/nothing")
        await client.http.get("/_reactor/client.js.map")
        await client.http.post("/", data={"$state": "x", "$call": "y"}, headers={"origin": client.origin})
        if not javascript:
            plain = await client.get("/", javascript=False)
            await plain.click("Fail")
    assert len(bodies) > 20
    for body in bodies:
        for canary in CANARIES:
            assert canary.encode() not in body, (canary, body[:300])


# T-SEALBIND


async def test_token_opens_nowhere_else() -> None:
    """T-SEALBIND: every token in every place but its own gives one and the same answer."""
    ui = desk()
    async with TestClient(ui.app) as ada, TestClient(ui.app) as bob, TestClient(desk().app) as elsewhere:
        places = [
            (client, path, await client.get(path))
            for client in (ada, bob)
            for path in ("/", "/other", "/?step=2")
        ]
        tokens = [page.view.sealed for _, _, page in places if page.view]
        answers = set()
        for here, (client, path, page) in enumerate(places):
            for there, token in enumerate(tokens):
                body = pack(message(page, i=b"unknown", s=token))
                response = await client.post_call(path, body)
                if here == there:
                    assert response.status_code == 200
                else:
                    answers.add((response.status_code, response.content))
        assert len(answers) == 1
        # Another installation with the same secret and the same cookie is the same application.
        elsewhere.http.cookies = ada.http.cookies
        response = await elsewhere.post_call("/", pack(message(places[0][2], i=b"unknown")))
        assert response.status_code == 200
