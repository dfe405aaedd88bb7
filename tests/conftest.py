"""The fixtures that all tests share; CONTRIBUTING.md shows how each is used."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterator

import hypothesis
import pytest
from playwright.sync_api import Page

from tests.prefork import Preforks
from tests.proxies import RoundRobin
from tests.redis_servers import RedisServer
from tests.servers import ROOT, Server, Servers, environment_for_servers
from tests.visitors import Chromium, Problems, Visitors

# The same examples on every run: a failure that comes and goes helps nobody. To look for new ones:
# pytest --hypothesis-profile=explore
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("explore", max_examples=2_000, deadline=None, database=None)
hypothesis.settings.load_profile("steady")


# A Redis of the person at this machine is none of the tests' business.
os.environ.pop("REDIS_URL", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test that uses the browser, so that `-m "not browser"` leaves it out."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the logs of its servers with a test that failed."""
    report = yield
    if report.failed:
        for name in ("serve", "serve_for_module"):
            servers = getattr(item, "funcargs", {}).get(name)
            for server in servers.all if isinstance(servers, Servers) else ():
                report.sections.append((f"log of {server.url}", server.log))
    return report


def _check(servers: Servers) -> None:
    for server in servers.all:
        if server.unexpected_traceback():
            pytest.fail(
                f"the server at {server.url} logged a traceback; if it may, server.expect_traceback():\n"
                + server.log,
                pytrace=False,
            )


@pytest.fixture(scope="session")
def preforks() -> Iterator[Preforks]:
    """What servers are forked off, so that they start at once. `serve` uses it."""
    with contextlib.closing(Preforks(environment_for_servers(), ROOT)) as preforks:
        yield preforks


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory, preforks: Preforks) -> Iterator[Servers]:
    """Start real servers: `server = serve(SOURCE)`. They end with the test."""
    with contextlib.closing(Servers(tmp_path_factory.mktemp("servers"), preforks)) as servers:
        yield servers
        _check(servers)


@pytest.fixture(scope="module")
def serve_for_module(tmp_path_factory: pytest.TempPathFactory, preforks: Preforks) -> Iterator[Servers]:
    """As `serve`, for servers that all tests of a file share."""
    with contextlib.closing(Servers(tmp_path_factory.mktemp("servers"), preforks)) as servers:
        yield servers
        _check(servers)


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis of the test's own, empty: `redis_server.url`."""
    with contextlib.closing(RedisServer(tmp_path_factory.mktemp("redis"))) as server:
        server.start()
        yield server


@pytest.fixture
def round_robin() -> Iterator[Callable[..., RoundRobin]]:
    """Put a proxy without stickiness in front of servers: `proxy = round_robin(first, second)`."""
    with contextlib.ExitStack() as stack:

        def start(*servers: Server) -> RoundRobin:
            proxy = RoundRobin([server.port for server in servers])
            return stack.enter_context(contextlib.closing(proxy))

        yield start


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The browser, started once for each test process. Tests take `page` or `new_visitor` instead."""
    with contextlib.closing(Chromium()) as chromium:
        yield chromium


@pytest.fixture
def problems() -> Iterator[Problems]:
    """What went wrong in the test's windows. Anything that was not allowed fails the test."""
    problems = Problems()
    # A page that is left loads nothing any more, also what it has asked for ahead.
    problems.allow("request failed: net::ERR_ABORTED GET .*/_reactor/client/")
    # What helps where something goes wrong is loaded after the first answer: the server may be gone then.
    problems.allow("request failed: .* GET .*/recovery.js")
    problems.allow("Failed to fetch dynamically imported module: .*/recovery.js")
    yield problems
    unexpected = problems.unexpected()
    if unexpected:
        pytest.fail(
            "the browser met problems (problems.allow(…) says which may be):\n" + "\n".join(unexpected), False
        )


@pytest.fixture
def new_visitor(chromium: Chromium, problems: Problems) -> Iterator[Visitors]:
    """Open windows of different visitors: `alice, bob = new_visitor(), new_visitor()`."""
    with chromium.awake() as browser, contextlib.closing(Visitors(browser, problems)) as visitors:
        yield visitors


@pytest.fixture
def page(new_visitor: Visitors) -> Page:
    """A window of a new visitor. Errors in its console, exceptions and failed requests fail the test."""
    return new_visitor()


@pytest.fixture
def page_without_javascript(new_visitor: Visitors) -> Page:
    """A window in which no script runs."""
    return new_visitor(javascript=False)
