"""Arguments: what a browser sends becomes what an action takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from fastapi import BackgroundTasks, Cookie, Depends, Form, Header, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field

from reactor import ComponentError
from reactor.arguments import Arguments, Payload
from reactor.dependencies import split
from reactor.errors import Invalid
from reactor.events import KeyboardEvent, MouseEvent


def form(*entries: tuple[str, str]) -> Payload:
    return Payload(entries=entries)


def taken(function: Callable[..., Any], payload: Payload, *bound: Any) -> dict[str, Any]:
    return Arguments(function).validate(bound, {}, payload)


def wrong(function: Callable[..., Any], payload: Payload) -> dict[str, str]:
    with pytest.raises(Invalid) as raised:
        taken(function, payload)
    assert raised.value.status == 422
    return raised.value.fields


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (str, " a ", " a "),
        (str, "", ""),
        (int, "7", 7),
        (float, "1.5", 1.5),
        (bool, "on", True),
        (bool, "true", True),
        (bool, "false", False),
        (Decimal, "1.10", Decimal("1.10")),
        (date, "2026-11-22", date(2026, 11, 22)),
        (UUID, "12345678123456781234567812345678", UUID("12345678123456781234567812345678")),
        (Colour, "red", Colour.RED),
        (Literal["a", "b"], "b", "b"),
        (int | None, "7", 7),
        (int | None, "", None),
        (str | None, "", ""),
        (list[int], "7", [7]),
        (Annotated[int, Field(ge=1)], "1", 1),
        (Annotated[str, Form()], "x", "x"),
    ],
)
def test_arguments_of_a_form_by_annotation(annotation: Any, text: str, value: Any) -> None:
    async def save(self: Any, field: annotation) -> None: ...

    save.__annotations__["field"] = annotation
    assert taken(save, form(("field", text))) == {"field": value}


def test_arguments_without_annotation_take_what_comes() -> None:
    async def save(self, name): ...  # type: ignore[no-untyped-def]

    assert taken(save, form(("name", "x"))) == {"name": "x"}


def test_arguments_of_repeated_names_are_a_list() -> None:
    async def save(self: Any, tags: list[str], numbers: set[int], last: str) -> None: ...

    entries = (("tags", "a"), ("tags", "b"), ("numbers", "1"), ("numbers", "1"), ("last", "x"), ("last", "y"))
    assert taken(save, form(*entries)) == {"tags": ["a", "b"], "numbers": {1}, "last": "y"}


def test_arguments_of_nothing_chosen_are_an_empty_list() -> None:
    async def save(self: Any, tags: list[str], more: list[int] | None) -> None: ...

    assert taken(save, form(("other", "x"))) == {"tags": [], "more": []}
    assert taken(save, form()) == {"tags": [], "more": []}


def test_arguments_of_a_checkbox_that_is_not_checked_are_false() -> None:
    async def save(self: Any, done: bool, also: bool = True) -> None: ...

    assert taken(save, form()) == {"done": False, "also": True}
    assert taken(save, form(("done", "on"), ("also", "on"))) == {"done": True, "also": True}
    assert wrong(save, Payload({})) == {"done": "Field required"}


def test_arguments_of_an_empty_entry_take_the_default() -> None:
    async def save(self: Any, price: int = 3, name: str = "n", day: date | None = None) -> None: ...

    assert taken(save, form(("price", ""), ("name", ""), ("day", ""))) == {
        "price": 3,
        "name": "",
        "day": None,
    }
    assert taken(save, form()) == {"price": 3, "name": "n", "day": None}


def test_arguments_that_are_missing_or_wrong_are_named() -> None:
    async def save(self: Any, name: Annotated[str, Field(min_length=2)], age: int, when: date) -> None: ...

    messages = wrong(save, form(("name", "x"), ("age", "many")))
    assert messages == {
        "name": "String should have at least 2 characters",
        "age": "Input should be a valid integer, unable to parse string as an integer",
        "when": "Field required",
    }


def test_arguments_message_does_not_repeat_what_was_sent() -> None:
    async def save(self: Any, card: int) -> None: ...

    assert "4111" not in str(wrong(save, form(("card", "4111 1111"))))


class SignUp(BaseModel):
    name: str = Field(min_length=1)
    email: str = Field(alias="e-mail")
    age: int | None = None
    news: bool
    topics: list[str]
    plan: Literal["free", "paid"] = "free"


def even(value: int) -> int:
    if value % 2:
        raise ValueError("Only even numbers will do." if value > 1 else "")
    return value


def test_arguments_validator_of_the_application_speaks_for_itself() -> None:
    async def action(self: Any, count: Annotated[int, AfterValidator(even)]) -> None: ...

    assert wrong(action, form(("count", "3"))) == {"count": "Only even numbers will do."}
    assert wrong(action, form(("count", "1"))) == {"count": "Value error, "}


def test_arguments_as_one_model() -> None:
    async def join(self: Any, data: SignUp) -> None: ...

    entries = (("name", "Ada"), ("e-mail", "a@b"), ("age", ""), ("topics", "x"), ("topics", "y"))
    assert taken(join, form(*entries)) == {
        "data": SignUp.model_validate({"name": "Ada", "e-mail": "a@b", "news": False, "topics": ["x", "y"]})
    }
    assert wrong(join, form(("name", ""), ("plan", "gold"), ("age", "old"))) == {
        "name": "String should have at least 1 character",
        "e-mail": "Field required",
        "age": "Input should be a valid integer, unable to parse string as an integer",
        "plan": "Input should be 'free' or 'paid'",
    }


def test_arguments_beside_bound_ones_may_be_one_model() -> None:
    async def join(self: Any, room: int, data: SignUp) -> None: ...

    entries = (("name", "Ada"), ("e-mail", "a@b"))
    assert taken(join, form(*entries), 7)["data"].name == "Ada"


def test_arguments_of_an_event() -> None:
    async def typed(self: Any, value: str, checked: bool = False) -> None: ...

    assert taken(typed, Payload({"value": "x", "checked": True})) == {"value": "x", "checked": True}
    assert taken(typed, Payload({"value": "x"})) == {"value": "x", "checked": False}
    assert wrong(typed, Payload({"value": 7})) == {"value": "Input should be a valid string"}


def test_arguments_of_an_event_as_model() -> None:
    async def clicked(self: Any, event: MouseEvent) -> None: ...

    async def pressed(self: Any, event: KeyboardEvent) -> None: ...

    assert taken(clicked, Payload({"x": 1, "y": 2.5}))["event"] == MouseEvent(x=1, y=2.5)
    assert Arguments(clicked).wanted((), {}) >= {"x", "y", "ctrl", "width"}
    assert wrong(pressed, Payload({})) == {"key": "Field required"}


def test_arguments_of_unknown_names_are_left_alone() -> None:
    async def save(self: Any, name: str) -> None: ...

    assert taken(save, form(("name", "x"), ("self", "y"), ("admin", "on"))) == {"name": "x"}


@pytest.mark.parametrize("hostile", ["__class__", "self", "__init__", "constructor"])
def test_arguments_names_of_the_wire_reach_nothing(hostile: str) -> None:
    async def save(self: Any, data: SignUp) -> None: ...

    payload = form((hostile, "x"), ("name", "n"), ("e-mail", "m"))
    assert hostile not in taken(save, payload)["data"].model_dump()


def test_arguments_that_cannot_be_filled_are_refused() -> None:
    async def many(self: Any, *values: str) -> None: ...

    async def named(self: Any, **values: str) -> None: ...

    async def placed(self: Any, value: str, /) -> None: ...

    for function in (many, named, placed):
        with pytest.raises(ComponentError, match="cannot be filled from an event; name each argument"):
            Arguments(function)


def test_arguments_that_are_resolved_are_not_taken_from_the_payload() -> None:
    def user() -> str:
        return "ada"

    async def save(
        self: Any,
        name: str,
        request: Request,
        response: Response,
        background: BackgroundTasks,
        by_default: str = Depends(user),
        who: Annotated[str, Depends(user)] = "",
        agent: Annotated[str, Header(alias="user-agent")] = "",
        page: Annotated[int, Query()] = 1,
        theme: Annotated[str, Cookie()] = "",
        size: int = 1,
    ) -> None: ...

    needs, own = split(save, {"user": user})
    assert [parameter.name for parameter in own] == ["name", "size"]
    assert needs is not None
    arguments = Arguments(save, {"user": user})
    assert arguments.wanted((), {}) == {"name", "size"}
    assert arguments.validate((), {}, form(("name", "n"), ("who", "eve"), ("page", "9"))) == {
        "name": "n",
        "size": 1,
    }


def test_arguments_names_of_local_types_are_resolved() -> None:
    class Local(BaseModel):
        name: str

    async def save(self: Any, data: Local) -> None: ...

    assert Arguments(save, {"Local": Local}).validate((), {}, form(("name", "x"))) == {
        "data": Local(name="x")
    }


class Street(BaseModel):
    street: str = Field(min_length=1)
    number: int = 1


class Order(BaseModel):
    name: str
    address: Street
    other: Street | None = None
    items: list[Street] = []
    inner: Order | None = None


def test_payload_fills_models_within_models() -> None:
    payload = Payload(
        entries=[
            ("name", "Ada"),
            ("address.street", "Main"),
            ("address.number", ""),
            ("items.10.street", "b"),
            ("items.2.street", "a"),
            ("items.2.number", "7"),
            ("items.x.street", "never"),
            ("address.__class__", "never"),
            ("inner.name", "Eve"),
            ("inner.address.street", "Side"),
        ]
    )
    assert Order.model_validate(payload.model(Order)).model_dump() == {
        "name": "Ada",
        "address": {"street": "Main", "number": 1},
        "other": None,
        "items": [{"street": "a", "number": 7}, {"street": "b", "number": 1}],
        "inner": {
            "name": "Eve",
            "address": {"street": "Side", "number": 1},
            "other": None,
            "items": [],
            "inner": None,
        },
    }


def test_payload_does_not_follow_names_without_end() -> None:
    payload = Payload(entries=[("name", "Ada"), ("inner." * 5_000 + "name", "deep")])
    assert payload.model(Order)["name"] == "Ada"
