"""What takes longer than it may is ended; what ends in time leaves nothing behind."""

from __future__ import annotations

import asyncio

import pytest

from reactor.deadlines import Deadlines, Limit

SHORT, LONG = 0.01, 60.0


async def test_block_that_takes_too_long_is_ended() -> None:
    limit = Limit(Deadlines(), SHORT)
    with pytest.raises(TimeoutError), limit:
        await asyncio.Event().wait()
    assert limit.has_expired
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_block_that_ends_in_time_leaves_nothing_behind() -> None:
    deadlines = Deadlines()
    with Limit(deadlines, LONG) as limit:
        await asyncio.sleep(0)
    assert not limit.has_expired
    assert not deadlines.row(LONG)._ends


async def test_each_of_many_is_ended_and_no_other() -> None:
    deadlines, over = Deadlines(), asyncio.Event()

    async def work(seconds: float) -> str:
        try:
            with Limit(deadlines, seconds):
                await over.wait()
        except TimeoutError:
            return "late"
        return "done"

    late = [asyncio.create_task(work(SHORT)) for _ in range(5)]
    in_time = [asyncio.create_task(work(LONG)) for _ in range(5)]
    assert await asyncio.gather(*late) == ["late"] * 5
    over.set()
    assert await asyncio.gather(*in_time) == ["done"] * 5


async def test_time_counts_from_its_last_beginning() -> None:
    deadlines = Deadlines()
    with Limit(deadlines) as limit:
        limit.begin(SHORT)
        limit.begin(LONG)
        assert not deadlines.row(SHORT)._ends
        assert list(deadlines.row(LONG)._ends) == [limit]


async def test_cancellation_from_outside_stays_one() -> None:
    begun = asyncio.Event()

    async def work() -> None:
        with Limit(Deadlines(), LONG):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_deadlines_are_of_use_in_one_loop_after_another() -> None:
    deadlines = Deadlines()

    async def late() -> None:
        with pytest.raises(TimeoutError), Limit(deadlines, SHORT):
            await asyncio.Event().wait()

    async def left() -> None:
        Limit(deadlines, SHORT).__enter__()

    asyncio.run(left())
    asyncio.run(late())
    asyncio.run(late())
