"""The servers that are measured: how each is started, what it takes, and that it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 5.0
PAGE: Final = "/benchmark"


@dataclass(frozen=True)
class Peer:
    """A framework that serves the page.

    Attributes:
        name: as the tables have it.
        versions: of the packages that matter.
        command: starts the server in production mode; `{port}` in it becomes the port.
        variables: of its environment; `{port}` likewise.
        folder: where it runs.
    """

    name: str
    versions: str
    command: tuple[str, ...]
    variables: Mapping[str, str]
    folder: Path


class Server:
    """One server, in a group of processes of its own."""

    def __init__(self, peer: Peer) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        begin = time.perf_counter()
        self._process = subprocess.Popen(
            [part.format(port=self.port) for part in peer.command],
            cwd=peer.folder,
            env={
                **os.environ,
                "PYTHONDONTWRITEBYTECODE": "",  # a server starts with its modules compiled
                **{name: text.format(port=self.port) for name, text in peer.variables.items()},
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._wait(peer, begin + START_SECONDS)
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.perf_counter() - begin

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PAGE}"

    def memory(self) -> int:
        """Bytes that its processes take; what they share counts once (PSS)."""
        return sum(_proportional(process) for process in self._processes())

    def stop(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)

    def _wait(self, peer: Peer, deadline: float) -> None:
        while time.perf_counter() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server of {peer.name} ended with code {self._process.returncode}")
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(self.url, timeout=START_SECONDS).close()
                return
            time.sleep(0.01)  # between two probes; nothing tells another process of a listening socket
        raise RuntimeError(f"the server of {peer.name} did not answer within {START_SECONDS:.0f} s")

    def _processes(self) -> Iterator[Path]:
        """Those of its group."""
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if int((folder / "stat").read_text().rpartition(")")[2].split()[2]) == self._process.pid:
                    yield folder


def _proportional(process: Path) -> int:
    lines = (process / "smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


@contextlib.contextmanager
def running(*peers: Peer) -> Iterator[dict[str, Server]]:
    """A server for each, by the peer's name; all have ended afterwards.

    Raises:
        RuntimeError: one did not start.
    """
    with contextlib.ExitStack() as stack:
        servers: dict[str, Server] = {}
        for peer in peers:
            servers[peer.name] = server = Server(peer)
            stack.callback(server.stop)
        yield servers
