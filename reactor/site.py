"""What all pages of one application share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from . import brokers, cluster
from .addresses import Addresses
from .brokers import Broker, MemoryBroker
from .deadlines import Deadlines
from .origin import Origins
from .protocol import PROTOCOL
from .proxies import Proxies
from .rates import Rates
from .records import Records
from .running import Runs
from .seal import Keyring
from .states import States
from .storages import Storage, temporary
from .stores import MemoryStore, Store, in_use
from .streams import Stream
from .views import ViewCache

if TYPE_CHECKING:
    from .cluster.shared import Cluster

MARK: Final = "mark"
"""The purpose of the digests in marks."""


@dataclass(frozen=True)
class Limits:
    """What is accepted and kept; every limit has a setting here, and an error names it.

    Arguments:
        body: bytes of a call, or of a form that is posted without JavaScript.
        items: values in a call.
        depth: nesting of a call.
        fields: entries of a form.
        result: bytes of what an action returns to a script that has called it.
        state: bytes of a page's sealed state.
        state_in_page: bytes of a state that travel in the page; a larger one is kept on the server, and when
            it is gone there, the page starts afresh. `None`: all travel.
        states_size: bytes that states on the server may take, in each process.
        states_age: seconds that one is kept there after it was used last.
        captured: bytes of what a reference holds: what an action that is a function has captured, and what is
            bound to it.
        feed: changes of a feed that wait to be sent; if there are more, it is loaded anew.
        state_age: seconds after which a page that was left open starts afresh.
        calls: calls that one page has under way.
        rate: calls of a visitor in a second, in the long run; `math.inf`: as many as come.
        burst: calls of a visitor at once.
        forks: states of one page that are joined at once, when several processes went on from the same.
        body_time: seconds in which a call must have arrived; with files, the longest pause on their way.
        files: files of a call or form.
        file_size: bytes of a file, unless `MaxSize` says otherwise.
        upload: bytes of a call or form with all of its files.
        upload_time: seconds in which all files must have arrived; of those in pieces, each piece.
        piece: bytes of a piece, in which a browser sends files that have more; 0: all are sent at once.
        pieces: pieces of a visitor in a second, in the long run; four times as many at once.
        views: open pages that one process holds in memory; all others live in the browser alone.
        visitor_views: those of them that may be one visitor's.
        views_size: bytes that they may take, by estimate.
        views_idle: seconds after which an idle one is let go.
        records: recorded answers.
        records_size: bytes that they may take.
        records_age: seconds that one is kept.
        cache: cached values.
        cache_size: bytes that they may take, by estimate.
        lines: browsers that listen to what the server says unasked, at once.
        visitor_lines: those of them that may be one visitor's.
        heartbeat: seconds between two signs of life on a line.
        silence: seconds without one after which a browser that listens is not there any more.
        patience: seconds in which a browser that listens takes what it is told.
        topics: topics of which the last messages are kept.
        topic_messages: messages that are kept of each, for whoever was away for a while.
        topics_size: bytes that all of them may take, by estimate.
        topics_age: seconds that they are kept in Redis after a topic's last one.
        parts: slow parts of one page (`Suspense`) that are rendered at the same time; further ones wait.
        duration: seconds that a call may take, unless its action or page says otherwise; a slow part, too.
        timeout: seconds after which the browser asks again for the answer to a call.
        grace: seconds for which an action that yields goes on when nobody listens any more: perhaps the
            connection has broken, and the browser asks again.
        ahead: elements that are made ahead, for one answer, of what optimistic actions will show; what is not
            told so is asked for when a person turns to it, and may take twenty times as many.
    """

    body: int = 1_000_000
    items: int = 20_000
    depth: int = 32
    fields: int = 1_000
    result: int = 1_000_000
    state: int = 500_000
    state_in_page: int | None = None
    states_size: int = 64_000_000
    states_age: float = 24 * 3600.0
    captured: int = 8_000
    feed: int = 1_000
    state_age: float = 30 * 24 * 3600.0
    calls: int = 64
    rate: float = 50.0
    burst: int = 200
    forks: int = 32
    body_time: float = 30.0
    files: int = 20
    file_size: int = 25_000_000
    upload: int = 100_000_000
    upload_time: float = 3600.0
    piece: int = 1_000_000
    pieces: float = 100.0
    views: int = 10_000
    visitor_views: int = 200
    views_size: int = 256_000_000
    views_idle: float = 600.0
    records: int = 10_000
    records_size: int = 32_000_000
    records_age: float = 300.0
    cache: int = 10_000
    cache_size: int = 64_000_000
    lines: int = 10_000
    visitor_lines: int = 50
    heartbeat: float = 20.0
    silence: float = 60.0
    patience: float = 30.0
    topics: int = 10_000
    topic_messages: int = 1_000
    topics_size: int = 64_000_000
    topics_age: float = 3600.0
    parts: int = 20
    duration: float = 60.0
    timeout: float = 30.0
    grace: float = 5.0
    ahead: int = 500


@dataclass
class Site:
    """The keys, caches and settings of an application.

    Arguments:
        keyring: seals and opens.
        limits: what is accepted and kept.
        policy: the Content-Security-Policy of pages; empty: none is sent.
        client: the address of the browser's part.
        origins: whose pages may call.
        proxies: which proxies are believed.
        debug: whether errors tell about the application's code.
        live: whether pages are told unasked of what has changed.
        storing: where the pieces of files are kept; without it, in a folder for temporary files.
        redis_url: where the Redis is that its processes share; empty: there is one process, or they do not.
        redis_prefix: begins all keys there; empty: one that is made of the secret.
    """

    keyring: Keyring
    limits: Limits
    policy: str
    client: str
    origins: Origins
    proxies: Proxies
    debug: bool
    live: bool = True
    """Whether pages are told unasked of what has changed."""
    storing: Storage | None = None
    redis_url: str = ""
    redis_prefix: str = ""
    views: ViewCache = field(init=False)
    records: Records = field(init=False)
    store: Store = field(init=False)
    """Keeps cached values."""
    broker: Broker = field(init=False)
    """Carries what is published."""
    rates: Rates = field(init=False)
    states: States = field(init=False)
    """Keeps states that are too large for a page."""
    runs: Runs = field(init=False, default_factory=Runs)
    streams: dict[tuple[str, bytes], Stream] = field(init=False, default_factory=dict)
    """Answers that go on, by visitor and call."""
    deadlines: Deadlines = field(init=False, default_factory=Deadlines)
    """How long calls may take."""
    piece_rates: Rates = field(init=False)
    """How often pieces of files may come."""
    storage: Storage = field(init=False)
    """Keeps the pieces of files."""
    addresses: Addresses = field(init=False, default_factory=Addresses)
    cluster: Cluster | None = field(init=False, default=None)
    """What it shares with other processes."""

    def __post_init__(self) -> None:
        limits = self.limits
        self.views = ViewCache(
            count=limits.views,
            size=limits.views_size,
            idle=limits.views_idle,
            visitor_count=limits.visitor_views,
        )
        kept: dict[str, Any] = {
            "count": limits.records,
            "size": limits.records_size,
            "age": limits.records_age,
        }
        states: dict[str, Any] = {"size": limits.states_size, "age": limits.states_age}
        self.piece_rates = Rates(limits.pieces, int(min(limits.pieces * 4, 1e9)), setting="pieces")
        # The same for all workers, and nothing that another program of the machine could guess.
        self.storage = self.storing or temporary(self.keyring.digest(b"", "uploads", size=16).hex())
        if not self.redis_url:
            self.records = Records(**kept)
            self.states = States(self.keyring, **states)
            self.store = in_use(MemoryStore(count=limits.cache, size=limits.cache_size))
            self.broker = brokers.in_use(
                MemoryBroker(count=limits.topic_messages, topics=limits.topics, size=limits.topics_size)
            )
            self.rates = Rates(limits.rate, limits.burst)
            return
        prefix = self.redis_prefix or f"reactor:{self.keyring.digest(b'', 'redis', size=8).hex()}"
        shared = self.cluster = cluster.join(
            self.redis_url,
            f"{prefix}:",
            count=limits.topic_messages,
            size=limits.topics_size // 16,
            age=limits.topics_age,
        )
        self.records = shared.records(self.keyring, **kept)
        self.states = shared.states(self.keyring, **states)
        self.store = in_use(shared.store(count=limits.cache, size=limits.cache_size))
        self.broker = brokers.in_use(shared.broker)
        self.rates = shared.rates(self.keyring, limits.rate, limits.burst)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Inside, the application runs; behind it, what it has opened is closed."""
        if self.cluster is None:
            yield
            return
        brokers.in_use(self.broker)
        self.cluster.hold()
        try:
            yield
        finally:
            # What the process publishes from now on is not for an application that has ended.
            brokers.out_of_use(self.broker)
            await self.cluster.let_go()

    def digest(self, data: bytes) -> bytes:
        """The keyed digest in the mark of a handler with bound arguments."""
        return self.keyring.digest(data, MARK)

    @cached_property
    def build(self) -> str:
        """The same as long as one page can follow another in a window without a load."""
        same = f"{PROTOCOL} {self.client} {self.policy}"
        return blake2b(same.encode(), digest_size=6).hexdigest()

    @property
    def inline_styles(self) -> bool:
        """Whether the policy lets `style` attributes in served HTML take effect."""
        for directive in self.policy.split(";"):
            name, *values = directive.split() or [""]
            if name in ("style-src-attr", "style-src", "default-src"):
                return "'unsafe-inline'" in values
        return True
