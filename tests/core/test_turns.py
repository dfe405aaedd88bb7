"""A turn is handed on to whoever has waited longest."""

from __future__ import annotations

import asyncio

import pytest

from reactor.turns import Turn


async def settled() -> None:
    """Lets whatever is ready go on."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_turn_goes_to_those_who_wait_in_their_order() -> None:
    turn, done = Turn(), list[int]()

    async def work(number: int) -> None:
        async with turn:
            done.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(work(number) for number in range(4)))
    assert done == [0, 1, 2, 3]
    assert not turn.locked()


async def test_turn_that_is_handed_on_is_never_free_in_between() -> None:
    turn = Turn()
    assert turn.take()
    waiting = asyncio.create_task(turn.acquire())
    await settled()
    turn.release()
    assert not turn.take()
    await waiting
    turn.release()
    assert turn.take()


@pytest.mark.parametrize("is_handed_on", [False, True])
async def test_turn_of_somebody_who_was_cancelled_goes_to_the_next(is_handed_on: bool) -> None:
    turn = Turn()
    assert turn.take()
    first, second = (asyncio.create_task(turn.acquire()) for _ in range(2))
    await settled()
    if is_handed_on:
        turn.release()
        first.cancel()
    else:
        first.cancel()
        await settled()
        turn.release()
    await second
    assert first.cancelled()
    turn.release()
    assert not turn.locked()
