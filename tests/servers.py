"""Real servers for tests: a small application, given as text, served by uvicorn in a process of its own.

The fixtures `serve` and `serve_for_module` (tests/conftest.py) hand these out; see CONTRIBUTING.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from tests.prefork import Forked, Preforks

ROOT = Path(__file__).resolve().parent.parent
"""The checkout. What is tested is the code that lies here, whatever else is installed."""

START_SECONDS = 30.0
STOP_SECONDS = 15.0


def environment_for_servers() -> dict[str, str]:
    """What this process hands down to servers."""
    # What the person at this machine has set for their own application has no place in a test.
    inherited = {
        name: value
        for name, value in os.environ.items()
        # The suite passes with and without the compiler.
        if name == "REACTOR_COMPILE" or not name.startswith(("REACTOR_", "REDIS_", "DEMOS_"))
    }
    path = os.pathsep.join([str(ROOT), *filter(None, [inherited.get("PYTHONPATH")])])
    return {**inherited, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


class Port:
    """A port of this machine that stays ours while the server on it is killed and started again.

    A socket that is bound but does not listen refuses connections, as a dead server does, and keeps others
    off the port. With SO_REUSEADDR on both sides the server can bind it, and listen, beside ours (Linux).
    """

    def __init__(self) -> None:
        self._guard = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._guard.bind(("127.0.0.1", 0))
        self.number: int = self._guard.getsockname()[1]

    def close(self) -> None:
        self._guard.close()

    def answers(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            return probe.connect_ex(("127.0.0.1", self.number)) == 0


class Server:
    """One application under `python -m uvicorn`, on a port that the system chose.

    One process is forked off those that `preforks` keeps; several are started from scratch.

    Attributes:
        folder: the working folder, where the application's file lies.
        port: the number of the port; the same after every restart.
        url: `http://127.0.0.1:PORT`, without a slash at the end.
    """

    def __init__(
        self,
        preforks: Preforks,
        target: str,
        folder: Path,
        log: Path,
        env: Mapping[str, str] | None = None,
        workers: int = 1,
    ) -> None:
        self.folder = folder
        self._preforks = preforks
        self._target = target
        self._log = log
        self._env = dict(env or {})
        self._workers = workers
        self._port = Port()
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self._traceback_expected = False

    @property
    def port(self) -> int:
        return self._port.number

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All that the process has written to standard output and standard error, over all restarts."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process and return when it accepts connections.

        Raises:
            RuntimeError: it ended, or does not answer in time; the message holds its log.
        """
        if self.running:
            raise RuntimeError(f"the server at {self.url} runs already; stop() or kill() it first")
        self._process = self._begin()
        deadline = time.monotonic() + START_SECONDS
        while not self._port.answers():
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended with code {self._process.returncode}:\n{self.log}")
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server did not answer within {START_SECONDS} s:\n{self.log}")
            time.sleep(0.02)  # between two probes; nothing tells another process of a listening socket

    def kill(self) -> None:
        """End the process and its workers at once (SIGKILL), as a crash does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the process to end (SIGTERM), as a deploy does; kill it if it does not."""
        self._end(signal.SIGTERM)

    def restart(self, code: str | None = None, *, env: Mapping[str, str] | None = None) -> None:
        """Start again on the same port; a server that still runs is stopped first.

        Args:
            code: new source text of the application, as after a deploy.
            env: environment variables to set in addition to the former ones.
        """
        if self.running:
            self.stop()
        if code is not None:
            if not self._target.startswith("application:"):
                raise RuntimeError(f"{self._target} is no application given as text")
            (self.folder / "application.py").write_text(dedent(code))
        self._env.update(env or {})
        self.start()

    def expect_traceback(self) -> None:
        """Say that this test makes the server log a traceback; otherwise one fails the test."""
        self._traceback_expected = True

    def close(self) -> None:
        """Stop the process, so that its log is complete, and give the port back."""
        self.stop()
        self._port.close()

    def unexpected_traceback(self) -> bool:
        """Whether the log, complete once the process has ended, holds a traceback that was not expected."""
        return not self._traceback_expected and "Traceback (most recent call last)" in self.log

    def _begin(self) -> subprocess.Popen[bytes] | Forked:
        arguments = [self._target, "--app-dir", str(self.folder), "--workers", str(self._workers)]
        arguments += ["--host", "127.0.0.1", "--port", str(self.port), "--timeout-graceful-shutdown", "2"]
        if self._workers == 1:
            return self._preforks.start(arguments, self._environment(), self.folder, self._log)
        with self._log.open("ab") as log:
            return subprocess.Popen(
                # -B: a file that a test writes twice within a second must not be taken from a .pyc file.
                [sys.executable, "-B", "-m", "uvicorn", *arguments],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that kill() reaches the workers too
            )

    def _environment(self) -> dict[str, str]:
        return {**environment_for_servers(), "XDG_CACHE_HOME": str(self._log.parent / "cache"), **self._env}

    def _end(self, number: signal.Signals) -> None:
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            # Also when the process has ended already: a worker may have outlived it.
            os.killpg(process.pid, number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(STOP_SECONDS)
        self._process = None
        deadline = time.monotonic() + STOP_SECONDS
        while self._port.answers():  # the workers share the port, and end a moment later than their parent
            if time.monotonic() > deadline:
                raise RuntimeError(f"something still answers at {self.url} though the server has ended")
            time.sleep(0.005)


class Servers:
    """Makes servers and ends them all: the value of the fixture `serve`.

    Equal source text means one folder: two servers of it are two processes of one installation.
    """

    def __init__(self, folder: Path, preforks: Preforks) -> None:
        self._folder = folder
        self._preforks = preforks
        self.all: list[Server] = []

    def __call__(
        self,
        app: str,
        *,
        env: Mapping[str, str] | None = None,
        workers: int = 1,
        files: Mapping[str, str | bytes] | None = None,
    ) -> Server:
        """Start a server and wait until it accepts connections.

        Args:
            app: an import string (`"demos.app:app"`), or the source text of a module that defines `app`.
            env: environment variables for the process. None of the caller's `REACTOR_…` and `DEMOS_…` do.
            workers: the number of worker processes.
            files: further files to write beside the application: relative path -> content.

        Raises:
            RuntimeError: the application does not start; the message holds its log.
        """
        if "\n" in app:
            code = dedent(app)
            folder = self._folder / hashlib.sha256(code.encode()).hexdigest()[:12]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "application.py").write_text(code)
            target = "application:app"
        else:
            folder = self._folder / app.replace(":", ".")
            folder.mkdir(parents=True, exist_ok=True)
            target = app
        for name, content in (files or {}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        log = self._folder / f"server-{len(self.all)}.log"
        server = Server(self._preforks, target, folder, log, env, workers)
        self.all.append(server)
        server.start()
        return server

    def close(self) -> None:
        for server in self.all:
            server.close()
