"""Real Redis servers for tests, which keep nothing on the disk. The fixture `redis_server` gives one."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from tests.servers import START_SECONDS, STOP_SECONDS, Port


class RedisServer:
    """One redis-server, on a port that the system chose and that stays the same.

    Attributes:
        url: its address, for `REDIS_URL`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = Port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port.number}/0"

    def start(self) -> None:
        """Start it, empty, and return when it accepts connections."""
        options = {"port": self._port.number, "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        command = ["redis-server", "--dir", str(self._folder)]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while not self._port.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    "redis-server does not start:\n" + (self._folder / "redis.log").read_text()
                )
            time.sleep(0.01)  # between two probes; nothing tells another process of a listening socket

    def kill(self) -> None:
        """End it at once, with all that it holds."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
            self._process = None

    def freeze(self) -> None:
        """Let it stand still, as a network that is cut does: connections stay, and nobody answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on with all that it holds."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.kill()
        self._port.close()
