"""Marks that name a queue, answers in their order, and states that are put together: without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reactor.order import queued, unqueued
from reactor.running import Fit, Lineage
from reactor.saved import Saved, SavedMount, join, load_saved, merged
from reactor.testing.calls import fit_of

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "order.json").read_text("utf-8")
)


def binary(mark: int | str) -> int | bytes:
    return mark if isinstance(mark, int) else bytes.fromhex(mark)


@pytest.mark.parametrize("vector", VECTORS["marks"], ids=lambda vector: str(vector["mark"]))
def test_mark_names_what_was_seen_and_a_queue(vector: dict[str, Any]) -> None:
    seen, queue = binary(vector["seen"]), vector["queue"]
    assert unqueued(binary(vector["mark"])) == (seen, queue)
    assert queued(seen, queue) == binary(vector["mark"])


@pytest.mark.parametrize("vector", VECTORS["answers"], ids=lambda vector: vector["name"])
def test_answer_is_shown_in_its_turn(vector: dict[str, Any]) -> None:
    assert fit_of(vector["answer"], vector["version"], is_same_state=vector["same"]) == vector["fit"]


def test_lineage_takes_calls_beside_those_that_made_it() -> None:
    lineage = Lineage(1)
    lineage.advance(b"b", [b"a"])
    lineage.advance(b"c", [b"a", b"b"])
    assert lineage.fit(3, b"new", []) is Fit.SAME
    assert lineage.fit(1, b"a", []) is Fit.BESIDE
    assert lineage.fit(1, b"d", [b"b", b"c"]) is Fit.BESIDE
    assert lineage.fit(2, b"d", [b"c"]) is Fit.BESIDE
    assert lineage.fit(1, b"d", [b"c"]) is None
    assert lineage.fit(0, b"a", []) is None
    assert lineage.fit(1, b"stranger", []) is None


def test_lineage_that_was_restored_takes_siblings_until_something_has_changed() -> None:
    lineage = Lineage(7000)
    lineage.restored(3, b"b", [b"a"])
    assert lineage.fit(3, b"a", []) is Fit.RESTORED
    assert lineage.fit(3, b"c", [b"b"]) is Fit.RESTORED
    assert lineage.fit(4, b"a", []) is None
    lineage.advance(b"b", [b"a"])
    assert lineage.fit(3, b"a", []) is None
    assert lineage.fit(7000, b"a", []) is Fit.BESIDE


def test_lineage_forgets_what_is_long_ago() -> None:
    lineage = Lineage(1)
    for number in range(40):
        lineage.advance(bytes([number]), [b"slow"])
    assert lineage.fit(1, b"slow", []) is None
    assert lineage.fit(20, b"slow", []) is Fit.BESIDE


def state(**components: dict[str, Any] | None) -> Saved:
    """Kept state of components with these names; with `None` as a new one has it."""
    return load_saved([[[name], 1, _packed(fields), []] for name, fields in components.items()])


def _packed(fields: dict[str, Any] | None) -> bytes:
    return b"" if fields is None else json.dumps(fields).encode()


def told(saved: Saved, initial: dict[str, Any] | None = None) -> dict[str, Any]:
    start = _packed(initial)
    return {
        str(place[0]): json.loads(merged(mount.data, mount.forks, start) or start or b"{}")
        for place, mount in saved.items()
    }


def test_join_keeps_the_changes_of_both() -> None:
    before = state(a={"n": 0, "t": "x"}, b={"n": 0})
    now = state(a={"n": 0, "t": "y"}, b={"n": 1})
    after = state(a={"n": 5, "t": "x"}, b={"n": 0})
    assert told(join(now, before, after)) == {"a": {"n": 5, "t": "y"}, "b": {"n": 1}}


def test_join_takes_the_later_of_two_changes_of_one_field() -> None:
    joined = join(state(a={"n": 1}), state(a={"n": 0}), state(a={"n": 2}))
    joined = join(joined, state(a={"n": 0}), state(a={"n": 3}))
    assert told(joined) == {"a": {"n": 3}}


def test_join_knows_that_what_is_not_kept_is_as_at_the_start() -> None:
    initial = {"n": 0, "t": ""}
    changed = state(a={"n": 0, "t": "now"})
    assert told(join(changed, state(), state(a={"n": 4, "t": ""})), initial) == {"a": {"n": 4, "t": "now"}}
    back = join(state(a={"n": 4, "t": "now"}), state(a={"n": 4, "t": ""}), state())
    assert told(back, initial) == {"a": {"n": 0, "t": "now"}}
    assert told(join(state(), state(a={"n": 4, "t": ""}), state(a={"n": 5, "t": ""})), initial) == {
        "a": {"n": 5, "t": ""}
    }


def test_join_takes_components_that_are_new_on_either_side() -> None:
    joined = join(state(a={"n": 1}), state(), state(b={"n": 2}))
    assert told(joined, {"n": 0}) == {"a": {"n": 1}, "b": {"n": 2}}


def test_join_takes_another_component_at_the_place_as_a_whole() -> None:
    before: Saved = {(0,): SavedMount(1, b'{"n":0}', {}, b"")}
    other: Saved = {(0,): SavedMount(2, b'{"m":1}', {}, b"")}
    now: Saved = {(0,): SavedMount(1, b'{"n":7}', {}, b"")}
    assert join(now, before, other)[(0,)].tag == 2
    assert join(other, before, now)[(0,)].tag == 2 or join(other, before, before)[(0,)].tag == 2
    assert join(other, before, before)[(0,)].data == b'{"m":1}'


def test_join_goes_into_components_and_outcomes() -> None:
    def nested(n: int, outcome: bytes) -> Saved:
        inner = SavedMount(3, json.dumps({"n": n}).encode(), {}, outcome)
        return {("a",): SavedMount(1, b"", {(1, "k"): inner}, b"")}

    joined = join(nested(0, b'{"x":["",{},1]}'), nested(0, b""), nested(2, b'{"y":["",{},2]}'))
    inner = joined[("a",)].below[(1, "k")]
    assert json.loads(merged(inner.data, inner.forks)) == {"n": 2}
    assert json.loads(inner.outcomes) == {"x": ["", {}, 1], "y": ["", {}, 2]}
    gone = join(nested(0, b'{"x":["",{},1]}'), nested(0, b'{"x":["",{},1]}'), nested(0, b""))
    assert gone[("a",)].below[(1, "k")].outcomes == b""
