from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.faults.mishaps import Mishaps
from tests.servers import Server


@pytest.fixture
def mishaps_before() -> Iterator[Callable[[Server], Mishaps]]:
    """Put a proxy in front of a server in which things go wrong: `proxy = mishaps_before(server)`."""
    with contextlib.ExitStack() as stack:
        yield lambda server: stack.enter_context(contextlib.closing(Mishaps(server.port)))
