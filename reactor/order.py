"""The order of calls: the policies of actions, and the queue that a mark names (`docs/order.md`)."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from .protocol import DROP, LATEST, PARALLEL, QUEUES, SEEN_SIZE

Order: TypeAlias = Literal["queue", "latest", "drop", "parallel"]
"""What becomes of a call of an action while others of its component are under way."""

CODES: Final[dict[Order, int]] = {"latest": LATEST, "drop": DROP, "parallel": PARALLEL}
"""What stands for them in a handler's options; for the first, nothing."""


def queued(seen: int | bytes | None, number: int) -> int | bytes | None:
    r"""A mark: what the visitor sees of a handler, and the queue that its calls wait in.

    Arguments:
        seen: the action, or a digest of the action and what it is bound to; `None`: nothing is called.
        number: that of the component.

    >>> queued(7, 0), queued(7, 1)
    (7, 65543)
    >>> queued(b"digest", 0), queued(b"digest", 258)
    (b'digest', b'digest\x01\x02')
    """
    if seen is None:
        return None
    if isinstance(seen, int):
        return number * QUEUES + seen
    return seen + number.to_bytes((number.bit_length() + 7) // 8, "big")


def unqueued(mark: int | bytes) -> tuple[int | bytes, int]:
    r"""What the visitor saw, and the number of the queue.

    Arguments:
        mark: as `queued` gives it, or anything else that a browser may send.

    >>> unqueued(65543), unqueued(b"digest\x01\x02")
    ((7, 1), (b'digest', 258))
    """
    if isinstance(mark, int):
        return mark % QUEUES, mark // QUEUES
    return mark[:SEEN_SIZE], int.from_bytes(mark[SEEN_SIZE:], "big")
