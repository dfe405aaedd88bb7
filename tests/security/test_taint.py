"""Taint: a marked value does not leave the server, whatever way it is sent."""

from __future__ import annotations

import copy
import gc
import pickle
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from fastapi import HTTPException
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from pydantic import BaseModel, SecretStr, TypeAdapter

from reactor import (
    CallRefused,
    Child,
    Component,
    Invalid,
    Page,
    TaintError,
    action,
    bind,
    effects,
    redirect,
    reveal,
    state,
    taint,
    tainted,
)
from reactor import html as h
from reactor.codec import pack
from reactor.taint import Tainted, marks_in
from reactor.testing import TestClient
from reactor.values import Unfit, dump, restore
from tests.server.applications import application

CANARY = "c4n4ry-value"
WHY = "the key of the payment service"


def key() -> str:
    return taint(CANARY, WHY)


@dataclass
class Row:
    name: str
    secret: str


class Account(BaseModel):
    name: str
    secret: Annotated[str, tainted(WHY)]


def row() -> Row:
    return taint(Row("Ada", CANARY), WHY)


VALUES: list[Callable[[], Any]] = [
    key,
    row,
    lambda: taint({"name": "Ada", "secret": CANARY}, WHY),
    lambda: taint([CANARY], WHY),
    lambda: SecretStr(CANARY),
]

MARKUP: dict[str, Callable[[Any], Any]] = {
    "child": lambda value: h.p[value],
    "children": lambda value: h.p["a", value],
    "in a list": lambda value: h.ul[[h.li["a"], value]],
    "in a generator": lambda value: h.ul[(each for each in [value])],
    "fragment": lambda value: h.fragment[value],
    "attribute": lambda value: h.p(title=value),
    "named attribute": lambda value: h.p({"data-x": value}),
    "data": lambda value: h.p(data_key=value),
    "aria": lambda value: h.p(aria_label=value),
    "presence": lambda value: h.input(hidden=value),
    "property": lambda value: h.input(value=value),
    "textarea": lambda value: h.textarea(value=value),
    "address": lambda value: h.a(href=value),
    "address list": lambda value: h.img(srcset=value),
    "meta": lambda value: h.meta(name="a", content=value),
    "srcdoc": lambda value: h.iframe(srcdoc=value),
    "class": lambda value: h.p(class_=value),
    "class list": lambda value: h.p(class_=["a", value]),
    "style": lambda value: h.p(style=value),
    "style dict": lambda value: h.p(style={"color": value}),
    "key": lambda value: h.p(key=value),
    "hook": lambda value: h.div(hook=value),
    "options": lambda value: h.div(hook="Chart", options=value),
    "options within": lambda value: h.div(hook="Chart", options={"a": [{"b": value}]}),
    "script": lambda value: h.script[value],
    "title": lambda value: h.title[value],
    "effect detail": lambda value: effects.dispatch("a", {"b": value}),
    "effect attribute": lambda value: effects.set_attribute("title", value),
}


@pytest.mark.parametrize("place", MARKUP)
@pytest.mark.parametrize("make", VALUES, ids=["text", "object", "dict", "list", "SecretStr"])
def test_tainted_value_is_refused_in_markup(make: Callable[[], Any], place: str) -> None:
    value = make()
    with pytest.raises(Exception) as raised:
        MARKUP[place](value)
    assert CANARY not in str(raised.value)
    if isinstance(value, str):
        assert isinstance(raised.value, TaintError)
        assert WHY in str(raised.value)
        assert "test_taint.py" in str(raised.value)


def test_tainted_names_of_classes_are_refused() -> None:
    for build in (
        lambda: h.p(class_={key(): True}),
        lambda: effects.add_class(key()),
        lambda: h.p({key(): "x"}),
    ):
        with pytest.raises(Exception) as raised:
            build()
        assert CANARY not in str(raised.value)


OPERATIONS: list[Callable[[str], Any]] = [
    lambda text: text + "x",
    lambda text: "x" + text,
    lambda text: text * 2,
    lambda text: 2 * text,
    lambda text: text[0:],
    lambda text: text[::-1],
    lambda text: text.upper(),
    lambda text: text.strip(),
    lambda text: text.replace("a", "b"),
    lambda text: text.replace("x", text),
    lambda text: text.split("-")[0],
    lambda text: text.partition("-")[2],
    lambda text: text.splitlines()[0],
    lambda text: text.join(["a", "b"]),
    lambda text: text.join([text, text]),
    lambda text: text.format(1),
    lambda text: text.center(40),
    lambda text: text.translate({}),
    lambda text: text.removeprefix("x"),
    lambda text: "%s" % text,  # noqa: UP031
    lambda text: text % (),
    lambda text: next(iter(text)),
    copy.copy,
    copy.deepcopy,
    lambda text: pickle.loads(pickle.dumps(text)),
    lambda text: Account(name="a", secret=text).secret,
    lambda text: f"{text}",
    lambda text: f"{text!s}",
    lambda text: f"{text:>40}",
    lambda text: "{}".format(text),  # noqa: UP032
    lambda text: "%s %s" % ("a", text),  # noqa: UP031
    lambda text: str(text),
    lambda text: text.encode(),
    lambda text: Markup(text),
    lambda text: Markup("<b>%s</b>") % text,
    lambda text: Markup.escape(text),
    lambda text: print(text),
]


@pytest.mark.parametrize("number", range(len(OPERATIONS)))
def test_text_stays_tainted_whatever_is_done_to_it(number: int) -> None:
    with pytest.raises(TaintError, match=WHY) as raised:
        h.p[OPERATIONS[number](key())]
    assert CANARY not in str(raised.value)


@given(st.lists(st.sampled_from(OPERATIONS[:24]), max_size=6), st.text(min_size=1, max_size=20))
def test_text_stays_tainted_through_any_row_of_operations(
    operations: list[Callable[[str], Any]], text: str
) -> None:
    value: Any = taint("x" + text, WHY)
    for operation in operations:
        try:
            value = operation(value)
        except TaintError:
            return
        except (IndexError, KeyError, StopIteration, TypeError, ValueError):
            continue
        assert isinstance(value, Tainted)
    assert repr(value) == f"<tainted: {WHY}>"
    with pytest.raises(TaintError):
        h.p[value]


def test_tainted_text_can_be_used_on_the_server() -> None:
    text = key()
    assert text == CANARY
    assert text in {CANARY: 1}
    assert text.startswith("c4n")
    assert "4n4" in text
    assert len(text) == len(CANARY)
    assert type(reveal(text)) is str
    assert reveal(text + "!") == CANARY + "!"
    assert CANARY not in repr([text, {"a": text}, Account(name="a", secret=text)])


def test_object_is_marked_by_identity_and_forgotten_with_it() -> None:
    first, second = row(), Row("Ada", CANARY)
    assert list(marks_in([first])) == [WHY]
    assert list(marks_in([second])) == []
    before = id(first)
    del first
    gc.collect()
    assert list(marks_in([second, before])) == []


@pytest.mark.parametrize("value", [1, 1.5, None, True, b"bytes", (1, 2), object()])
def test_value_that_cannot_be_marked_is_an_error_at_once(value: Any) -> None:
    with pytest.raises(TaintError, match="taint a text"):
        taint(value, WHY)


def test_field_type_marks_what_is_validated() -> None:
    assert isinstance(Account.model_validate_json('{"name": "a", "secret": "x"}').secret, Tainted)
    optional = TypeAdapter(Annotated[str | None, tainted(WHY)])
    assert optional.validate_python(None) is None
    assert isinstance(optional.validate_python("x"), Tainted)
    assert list(marks_in(TypeAdapter(Annotated[Row, tainted(WHY)]).validate_python(Row("a", "b"))))


def test_message_on_the_wire_holds_nothing_tainted() -> None:
    messages: list[Any] = [{"d": [1, key()]}, {"e": {"m": key()}}, [key()], {key(): 1}, key()]
    for message in messages:
        with pytest.raises(TaintError, match=WHY):
            pack(message)


class Vault(Component):
    """Tries to let the key out on every way that there is."""

    way: str
    opened: bool = state(False)
    kept: Annotated[str, tainted(WHY)] = state("")
    loose: str = state("")
    count: int = state(0)

    @action
    async def open(self) -> Any:
        self.opened = True
        match self.way:
            case "result":
                return {"a": [Account(name="a", secret=CANARY)]}
            case "object result":
                return row()
            case "text result":
                return key()
            case "notice":
                raise CallRefused(400, "no", key())
            case "invalid":
                raise Invalid(key())
            case "invalid field":
                raise Invalid(text=key())
            case "http":
                raise HTTPException(400, key())
            case "error":
                raise RuntimeError(key())
            case "error text":
                raise RuntimeError("the key is " + key())
            case "redirect":
                return redirect(key())
            case "redirect query":
                return redirect("/?key=" + key())
            case "effect":
                effects.run(effects.copy(key()))
            case "effect value":
                effects.run(effects.set_value(key()))
            case "effect class":
                effects.run(effects.add_class(key()))
            case "effect detail":
                effects.run(effects.dispatch("a", {"key": row()}))
            case "loose state":
                self.loose = key()
        return None

    def render(self) -> Child:
        if not self.opened:
            return h.button(on_click=self.open)["Open"]
        value = key()
        match self.way:
            case "child":
                return h.p[value]
            case "cut":
                return h.p["…" + value[-4:]]
            case "attribute":
                return h.p(data_key=value)
            case "pending":
                return h.p[self.open.pending.then(value, "")]
            case "bound":
                self.__dict__["loose"] = ""
                self.__dict__["kept"] = value
                return h.input(bind=bind(self).kept)
            case "effects":
                return h.button(on_click=effects.copy(value))["Copy"]
            case "confirm":
                return h.p(title=f"{value}")
            case "shown result":
                return h.p[self.open.result]
            case _:
                return h.p["open"]


WAYS = [
    *("result", "object result", "text result", "notice", "invalid", "invalid field", "http", "error"),
    *("error text", "redirect", "redirect query", "effect", "effect value", "effect class", "effect detail"),
    *("loose state", "child", "cut", "attribute", "pending", "bound", "effects", "confirm"),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("javascript", [True, False])
async def test_no_response_holds_what_is_tainted(
    way: str, debug: bool, javascript: bool, caplog: pytest.LogCaptureFixture
) -> None:
    ui = application(debug=debug)

    @ui.page("/")
    async def page_() -> Child:
        return Vault(way=way)

    answers: list[tuple[int, str]] = []
    async with TestClient(ui.app, raise_server_errors=False) as client:

        async def note(response: Any) -> None:
            await response.aread()
            answers.append((response.status_code, f"{response.headers} {response.text}"))

        client.http.event_hooks["response"].append(note)
        page = await client.get("/", javascript=javascript)
        if javascript:
            assert page.view is not None
            button = page.get_by_role("button").element
            fields = {"a": button.address("click"), "h": button.handler("click").mark, "x": True}
            with suppress(Exception):  # the last resort of the server gives an answer of another form
                await page.view.call(fields)
        else:
            with suppress(Exception):
                await page.click("Open")
    assert len(answers) >= 2
    for _, body in answers:
        assert CANARY not in body
        assert "…alue" not in body
    # What a browser without scripts is not sent anyway is no error there.
    is_sent = javascript or way not in ("result", "object result", "text result", "effect")
    assert answers[-1][0] == (500 if is_sent else 200)
    assert CANARY not in caplog.text


async def test_tainted_state_is_sealed_and_marked_again_in_another_process() -> None:
    class Keeper(Component):
        kept: Annotated[str, tainted(WHY)] = state("")
        count: int = state(0)

        @action
        async def keep(self) -> None:
            self.kept = taint(CANARY, WHY)

        @action
        async def count_up(self) -> None:
            self.count += isinstance(self.kept, Tainted) and reveal(self.kept) == CANARY

        def render(self) -> Child:
            return h.div[
                h.output[self.count],
                h.button(on_click=self.keep)["Keep"],
                h.button(on_click=self.count_up)["Count"],
            ]

    ui = application()

    @ui.page("/")
    async def page_() -> Child:
        return Keeper()

    async with TestClient(ui.app) as client:
        page = await client.get("/")
        await page.click("Keep")
        ui.site.__post_init__()  # all that a process keeps
        await page.click("Count")
        assert page.get_by_role("status").text == "1"
        assert CANARY.encode() not in page.answer.response.content


@pytest.mark.parametrize("debug", [True, False])
async def test_tainted_page_is_an_error_in_development_and_production(
    debug: bool, caplog: pytest.LogCaptureFixture
) -> None:
    ui = application(debug=debug)

    @ui.page("/title")
    async def title() -> Page:
        return Page(h.p["x"], title=key())

    @ui.page("/lang")
    async def lang() -> Page:
        return Page(h.p["x"], lang=key())

    @ui.page("/head")
    async def head() -> Page:
        return Page(h.p["x"], head=[h.meta(name="a", content=key())])

    async with TestClient(ui.app, raise_server_errors=False) as client:
        for path in ("/title", "/lang", "/head"):
            response = await client.http.get(path)
            assert response.status_code == 500
            assert CANARY not in response.text
    # The log says why, and where.
    assert caplog.text.count(WHY) >= 3
    assert CANARY not in caplog.text


def test_what_an_action_has_captured_is_marked_again() -> None:
    """Captured values travel sealed; that is not in the clear."""
    for value in (
        key(),
        row(),
        taint({"a": CANARY}, WHY),
        taint([CANARY], WHY),
        Account(name="a", secret=CANARY),
    ):
        restored = restore(dump(value), {"Row": Row, "Account": Account})
        assert list(marks_in(restored)) == [WHY]
        assert list(marks_in(restore(dump([1, {"a": value}]), {"Row": Row, "Account": Account}))) == [WHY]
    with pytest.raises(Unfit, match="tainted"):
        dump(Row("Ada", key()))
