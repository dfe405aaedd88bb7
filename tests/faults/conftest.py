from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator

import pytest

from tests.clusters import Cluster
from tests.faults.mishaps import Mishaps
from tests.redis_servers import RedisServer
from tests.servers import Server


@pytest.fixture
def mishaps_before() -> Iterator[Callable[[Server], Mishaps]]:
    """Put a proxy in front of a server in which things go wrong: `proxy = mishaps_before(server)`."""
    with contextlib.ExitStack() as stack:
        yield lambda server: stack.enter_context(contextlib.closing(Mishaps(server.port)))


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers behind nginx, with a Redis, of the module's `APPLICATION`."""
    if shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin") is None:
        pytest.skip("nginx is not installed")
    folder = tmp_path_factory.mktemp("cluster")
    with contextlib.closing(RedisServer(folder)) as redis:
        redis.start()
        with contextlib.closing(Cluster(request.module.APPLICATION, folder, redis)) as cluster:
            yield cluster
