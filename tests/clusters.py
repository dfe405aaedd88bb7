"""A cluster as `python -m reactor.cluster` starts it: workers behind nginx, and a Redis of the test's own.

The fixture `cluster` (tests/faults/conftest.py) starts one for a file of tests.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import httpx

from tests.redis_servers import RedisServer
from tests.servers import ROOT, START_SECONDS, STOP_SECONDS


class Cluster:
    """Two workers of one application, which says in a header `X-Worker` which of them has answered.

    Attributes:
        url: the address of nginx.
        redis: their Redis.
        folder: where the application lies.
    """

    def __init__(self, code: str, folder: Path, redis: RedisServer) -> None:
        self.folder = folder
        self.redis = redis
        (folder / "application.py").write_text(dedent(code))
        self._log = folder / "cluster.log"
        command = [sys.executable, "-B", "-m", "reactor.cluster", "application:app"]
        command += ["--port", "0", "--workers", "2", "--app-dir", str(folder)]
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("REACTOR_", "DEMOS_"))
        }
        own = {
            "REDIS_URL": redis.url,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "DEMOS_DATABASE": str(folder / "demos.sqlite3"),
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**inherited, **own},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        if not line.startswith("http"):
            self.close()
            raise RuntimeError(f"the cluster does not start:\n{self.log}")
        self.url = line.split()[0]

    @property
    def log(self) -> str:
        """What all of its processes have written."""
        return self._log.read_text(errors="replace")

    def workers(self) -> set[int]:
        """The ids of the two workers that answer now; waits until there are two."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            with httpx.Client() as http:
                answers = [http.get(f"{self.url}/who") for _ in range(4)]
            found = {int(answer.headers["x-worker"]) for answer in answers if answer.status_code == 200}
            if len(found) == 2:
                return found
            if time.monotonic() > deadline:
                raise RuntimeError(f"not both workers answer:\n{self.log}")

    def close(self) -> None:
        """Ask the cluster to end, as Ctrl-C does, and see that nothing is left of it."""
        try:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(STOP_SECONDS)
        finally:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            else:
                raise RuntimeError(f"processes of the cluster have outlived it:\n{self.log}")
            if self._process.stdout is not None:
                self._process.stdout.close()
