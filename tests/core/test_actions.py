"""Actions: binding, equality, and the marks by which a call is known to mean what was seen."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import Depends
from pydantic import BaseModel

from reactor import BuildError, Child, Component, ComponentError, action, on, state
from reactor import html as h
from reactor.actions import BoundAction, Drawing
from reactor.arguments import Payload
from reactor.blocks import SAFE_INTEGER
from tests.core.rendering import opened, resolver, run


def digest(data: bytes) -> bytes:
    return b"digest of " + data


class Item(BaseModel):
    id: int
    tags: list[str] = []


def connection() -> str:
    return "connection"


class Shop(Component):
    sold: list[Any] = state([])

    @action
    async def buy(self, price: int, amount: int = 1) -> str:
        self.sold.append((price, amount))
        return f"bought {amount} for {price}"

    @action
    def wait(self) -> None:
        self.sold.append("waited")

    @action
    async def pick(self, database: Annotated[str, Depends(connection)], item: Item, note: str = "") -> None:
        self.sold.append((database, item.id, note))

    @action
    async def take(self, anything: Any) -> None: ...

    def render(self) -> Child:
        return h.p[len(self.sold)]


def test_action_is_called_like_the_method_that_it_is() -> None:
    shop = Shop()
    shop.wait()
    assert shop.sold == ["waited"]
    assert Shop.wait.name == f"{__name__}.Shop.wait"  # type: ignore[attr-defined]
    assert "wait" in repr(Shop.wait)


async def test_action_bound_arguments_come_first() -> None:
    shop = Shop()
    assert await shop.buy.bind(10)(amount=2) == "bought 2 for 10"
    assert await shop.buy.bind(amount=3)(10) == "bought 3 for 10"
    assert await shop.buy.bind(10).bind(4)() == "bought 4 for 10"


def test_action_takes_only_arguments_that_it_knows() -> None:
    shop = Shop()
    with pytest.raises(
        ComponentError, match=r"Shop.buy.bind\(…\): 3 arguments cannot be bound; it takes \(p"
    ):
        shop.buy.bind(1, 2, 3)
    with pytest.raises(ComponentError, match="the argument 'colour' cannot be bound"):
        shop.buy.bind(colour="red")
    with pytest.raises(ComponentError, match="the argument 'price' cannot be bound"):
        shop.buy.bind(1, price=2)
    with pytest.raises(ComponentError, match="the argument 'database' cannot be bound"):
        shop.pick.bind(database="mine")


@pytest.mark.parametrize("wrong", [len, "text", Shop])
def test_action_goes_on_a_method(wrong: Any) -> None:
    with pytest.raises(ComponentError, match="@action goes on a method"):
        action(wrong)


async def test_action_runs_with_bound_values_and_payload() -> None:
    view = await opened(Shop())
    shop: Any = [*view.root.walk()][1].component
    assert await run(view, shop.buy.bind(10), Payload({"amount": "2"})) == "bought 2 for 10"
    await run(view, shop.wait)
    assert shop.sold == [(10, 2), "waited"]


async def test_action_bound_values_pass_by_what_is_resolved() -> None:
    shop = Shop()
    needed = resolver()
    await shop.pick.bind(Item(id=1)).run(needed, Payload({"note": "n"}))
    await shop.pick.bind(item=Item(id=2)).run(needed, Payload({}))
    await shop.pick.bind(Item(id=3))("by position", database="mine")
    assert shop.sold == [("connection", 1, "n"), ("connection", 2, ""), ("mine", 3, "by position")]


# Equality: whether a browser could tell two handlers apart


def test_actions_of_one_component_with_equal_arguments_are_equal() -> None:
    shop = Shop()
    assert shop.buy == shop.buy
    assert shop.buy.bind(1) == shop.buy.bind(1)
    assert hash(shop.buy.bind(1)) == hash(shop.buy.bind(1))
    assert shop.take.bind(Item(id=1)) == shop.take.bind(Item(id=1))


@pytest.mark.parametrize(
    ("first", "second"),
    [(1, 2), (1, True), (1, 1.0), (1, "1"), (None, False), ([1], [2]), (Item(id=1), Item(id=2))],
)
def test_actions_with_different_arguments_differ(first: Any, second: Any) -> None:
    shop = Shop()
    assert shop.take.bind(first) != shop.take.bind(second)


def test_actions_of_different_components_and_names_differ() -> None:
    shop = Shop()
    assert shop.buy != Shop().buy
    assert shop.buy != shop.wait
    assert shop.buy.bind(1) != shop.buy.bind(price=1)
    assert shop.buy != "buy"


def test_action_notices_that_a_bound_value_has_changed_in_place() -> None:
    shop = Shop()
    item = Item(id=1)
    before = shop.take.bind(item)
    item.tags.append("new")
    assert before != shop.take.bind(item)


def test_action_is_another_when_something_begins_to_depend_on_its_calls() -> None:
    shop = Shop()
    with Drawing(shop):
        before = shop.take.bind(7)
    assert before.source() is None
    with Drawing(shop):
        again, first = shop.take.bind(7), shop.take.bind(8)
        assert again == before
        assert before == again != first
    assert shop.take.pending.source is not None
    with Drawing(shop):
        later = shop.take.bind(7)
        assert later != before
        assert before != later
        assert later.source() is not None
    # One that was made before, and is told only now, is none of those that were told then.
    assert first.source() == later.source()
    assert again.source() == later.source()
    assert (first._bond.told, before._bond.told) == (later.source(), None)


def test_action_that_a_render_has_at_hand_is_that_of_the_class_again_behind_it() -> None:
    class Dear(Shop):
        @action
        async def take(self, anything: Any) -> None:
            self.sold.append("dear")

        def both(self) -> tuple[Any, Any, Any]:
            return self.take, super().take, self.take

    dear = Dear()
    with Drawing(dear):
        own, inherited, again = dear.both()
        assert own is again
        assert inherited.action is not own.action
        assert "take" in dear.__dict__
    assert dear.take is not own
    assert dear.take == own
    assert vars(dear).keys() == vars(Dear()).keys()


def test_action_with_options_is_equal_only_with_the_same_options() -> None:
    shop = Shop()
    assert on(shop.wait, stop=True) == on(shop.wait, stop=True)
    assert on(shop.wait, stop=True) != on(shop.wait, prevent=True)
    assert on(shop.wait) != shop.wait


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"debounce": -1}, r"on\(debounce=-1\): takes seconds, from 0 to a day"),
        ({"every": 0.01}, r"on\(every=0\.01\): takes seconds, from 0\.05 to a day"),
        ({"throttle": "1"}, r"on\(…\): .*the options are texts, numbers, True and False"),
        ({"confirm": ["Sure?"]}, r"on\(…\): .*the options are texts, numbers, True and False"),
    ],
)
def test_action_with_an_option_that_makes_no_sense_is_refused(options: Any, told: str) -> None:
    with pytest.raises(BuildError, match=told):
        on(Shop().wait, **options)


# Marks


def mark(bound: BoundAction[..., Any], *keys: str | int) -> int | bytes:
    return bound.mark(keys, digest)


def test_mark_of_an_action_without_arguments_is_a_short_number() -> None:
    assert mark(Shop().wait) == mark(Shop().wait, "a", 1)
    assert mark(Shop().wait) != mark(Shop().buy)
    assert 0 <= int(mark(Shop().wait)) < 2**16


def test_mark_of_bound_keys_is_a_number_wherever_the_item_stands() -> None:
    shop = Shop()
    assert type(mark(shop.take.bind(7), 7)) is int
    assert mark(shop.take.bind(7), 7) == mark(shop.take.bind(8), 8)
    assert mark(shop.take.bind("a"), "list", "a") == mark(shop.take.bind("b"), "other", "b")


@pytest.mark.parametrize(
    ("bound", "keys"),
    [
        (10, (1, 2)),
        ("1", (1,)),
        (1, ("1",)),
        (True, (1,)),
        (1.0, (1,)),
        (None, ()),
        ([1], (1,)),
        (SAFE_INTEGER + 1, (SAFE_INTEGER + 1,)),
    ],
)
def test_mark_of_what_is_no_key_holds_the_values(bound: Any, keys: tuple[str | int, ...]) -> None:
    assert type(mark(Shop().take.bind(bound), *keys)) is bytes


def test_mark_of_a_key_at_another_level_is_another() -> None:
    shop = Shop()
    assert mark(shop.take.bind("a"), "a", "b") != mark(shop.take.bind("b"), "a", "b")


def test_mark_of_key_and_value_holds_the_value() -> None:
    shop = Shop()
    assert mark(shop.buy.bind(7, 10), 7) != mark(shop.buy.bind(7, 12), 7)
    assert type(mark(shop.buy.bind(7, 10), 7)) is bytes


def test_mark_tells_bound_names_apart() -> None:
    shop = Shop()
    marks = [mark(bound, 7) for bound in (shop.buy.bind(7), shop.buy.bind(price=7), shop.buy.bind(amount=7))]
    assert len(set(marks)) == 3
    assert mark(shop.buy.bind(price=3)) != mark(shop.buy.bind(amount=3))


@pytest.mark.parametrize(
    ("before", "after"),
    [(10, 12), ("a", "b"), (1, True), (Item(id=1), Item(id=1, tags=["x"])), ([1, 2], [2, 1]), (None, 0)],
)
def test_mark_changes_with_what_is_bound(before: Any, after: Any) -> None:
    shop = Shop()
    assert mark(shop.take.bind(before)) != mark(shop.take.bind(after))
    assert mark(shop.take.bind(before)) == mark(Shop().take.bind(before))


def test_mark_of_what_is_no_data_is_refused() -> None:
    bound = Shop().take.bind(object())
    with pytest.raises(ComponentError, match=r"Shop.take.bind.*a bound value must be data"):
        mark(bound)


def test_mark_survives_a_new_process() -> None:
    # The tag comes from names alone, not from ids or hashes of this process.
    shop = Shop()
    name = f"{__name__}.Shop {__name__}.Shop.take".encode()
    assert mark(shop.take.bind({"b": 1, "a": [2]})) == b'digest of %s\x00[[{"b":1,"a":[2]}],{}]' % name


def test_mark_of_a_filtered_or_configured_handler_is_that_of_the_action() -> None:
    shop = Shop()
    assert on(shop.wait, stop=True).mark((), digest) == mark(shop.wait)


# What the browser is told


def test_action_says_which_fields_it_wants() -> None:
    class Board(Component):
        @action
        async def typed(self, value: str) -> None: ...

        @action
        async def moved(self, x: float, y: float, colour: str = "") -> None: ...

        def render(self) -> Child: ...

    board = Board()
    assert board.typed.options("input") is None
    assert board.typed.options("click") == {"f": ["value"]}
    assert board.moved.options("click") == {"f": ["x", "y"]}
    assert board.moved.bind(1.0).options("click") == {"f": ["y"]}
    assert board.moved.options("submit") is None
    assert on(board.moved, prevent=True).options("click") == {"f": ["x", "y"], "p": True}


def test_actions_with_the_same_short_mark_in_one_class_are_refused() -> None:
    def made(name: str) -> Any:
        namespace: dict[str, Any] = {}
        exec(f"class Twins:\n async def {name}(self): ...", {"__name__": "m"}, namespace)
        return action(vars(namespace["Twins"])[name])

    # The class that is to be; it is looked for two names whose marks happen to be the same.
    twins = type("Twins", (), {"__module__": "m"})
    seen: dict[int, str] = {}
    names: list[str] = []
    while not names:
        name = f"a{len(seen)}"
        tag = made(name).tag(twins, ())
        names = [seen[tag], name] if tag in seen else []
        seen[tag] = name
    body = {name: made(name) for name in names}
    with pytest.raises(ComponentError, match="happen to share a short mark; rename one of them"):
        type("Twins", (Component,), {"__module__": "m", **body})


def test_action_that_yields_is_async() -> None:
    def several(self: Any) -> Any:
        yield 1

    with pytest.raises(ComponentError, match="an action that yields is an `async def`"):
        action(several)


def test_mark_of_an_inherited_action_tells_the_class() -> None:
    class Cat(Shop): ...

    class Dog(Shop): ...

    assert mark(Cat().wait) != mark(Dog().wait)
    assert mark(Cat().take.bind([1])) != mark(Dog().take.bind([1]))
