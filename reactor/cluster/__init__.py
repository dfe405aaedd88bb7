"""Several processes and machines: what an application's processes share, in Redis.

One `Link` is a process's two connections: one for commands, one for what the others tell. Broker, store,
records and rates are built on it. While Redis is away each of them goes on inside of its process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import ReactorError

if TYPE_CHECKING:
    from .shared import Cluster

URL: Final = "REDIS_URL"
PREFIX: Final = "REDIS_PREFIX"


def join(url: str, prefix: str, *, count: int, size: int, age: float) -> Cluster:
    """What a process shares with others; the same for all applications with one Redis and one prefix.

    Arguments:
        url: where Redis is.
        prefix: begins all keys.
        count: messages of a topic that are kept.
        size: bytes of a topic's messages that are kept.
        age: seconds that they are kept.

    Raises:
        ReactorError: the package `redis` is not installed, or the address is none.
    """
    try:
        from .shared import cluster_of  # noqa: PLC0415 # only who needs it has the package that it needs
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "redis":
            raise
        raise ReactorError(
            f"{URL} (or redis_url=) is given, but the package redis is not installed. Install it with "
            "pip install 'reactor[redis]', or take the address away: then everything stays in the process"
        ) from None
    return cluster_of(url, prefix, count=count, size=size, age=age)
