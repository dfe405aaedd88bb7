"""Processes that have imported what every server needs; servers are forked off them.

To start Python and to import FastAPI, Pydantic and the package takes a server about a second; a fork takes
some milliseconds. From there on it goes the way of `python -m uvicorn`, with arguments, environment and
folder of its own. Of the applications themselves nothing is imported beforehand.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

IMPORTED = """
    uvicorn.main uvicorn.lifespan.on uvicorn.loops.uvloop uvicorn.protocols.http.httptools_impl
    reactor redis.asyncio aiosqlite sqlalchemy.ext.asyncio sqlalchemy.dialects.sqlite.aiosqlite
"""


class Forked:
    """A server that was forked off, with what `subprocess.Popen` offers of its process.

    Attributes:
        pid: its number, and that of its group.
        returncode: with what it ended, once `poll` or `wait` has seen that it has.
    """

    def __init__(self, prefork: _Prefork, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._prefork = prefork
        self._handle = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """With what it has ended; `None` while it runs."""
        return self._seen(0)

    def wait(self, timeout: float) -> int:
        """Wait until it has ended.

        Raises:
            TimeoutExpired: it runs still after so many seconds.
        """
        code = self._seen(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"server {self.pid}", timeout)
        return code

    def _seen(self, timeout: float) -> int | None:
        if self.returncode is None and select.select([self._handle], [], [], timeout)[0]:
            self.returncode = int(self._prefork.ask({"ended": self.pid}))
            os.close(self._handle)
        return self.returncode


class _Prefork:
    """One process that servers are forked off."""

    def __init__(self, environment: Mapping[str, str], root: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-B", "-m", __name__],
            cwd=root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the tests; they end it
        )

    def ask(self, request: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the process that servers are forked off ended with {self._process.wait()}")
        return json.loads(answer)

    def close(self) -> None:
        self._process.communicate()


class Preforks:
    """Starts servers: the value of the fixture `preforks`.

    There are two processes, which take turns: their strings have different hashes, so two servers of one
    application agree on nothing that is only the order of a set.
    """

    def __init__(self, environment: Mapping[str, str], root: Path) -> None:
        """Nothing is started before a server is wanted.

        Args:
            environment: in which they import what servers need.
            root: the checkout that they import from.
        """
        self._environment = environment
        self._root = root
        self._all: list[_Prefork] = []
        self._started = 0

    def start(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
    ) -> Forked:
        """Fork off a server: `python -m uvicorn` with these arguments.

        Args:
            arguments: those of uvicorn.
            environment: all that it finds in its environment.
            folder: its working folder.
            log: the file that what it says is appended to.
        """
        if self._started < 2:
            seed = str(1 + self._started)
            self._all.append(_Prefork({**self._environment, "PYTHONHASHSEED": seed}, self._root))
        prefork = self._all[self._started % 2]
        self._started += 1
        order = {"environment": dict(environment), "folder": str(folder), "log": str(log)}
        return Forked(prefork, prefork.ask({"arguments": list(arguments), **order}))

    def close(self) -> None:
        for each in self._all:
            each.close()


def _become(order: Mapping[str, Any]) -> None:
    """Go on as the server that was ordered."""
    os.setsid()
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for old, new in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(old, new)
    os.close(nothing)
    os.close(log)
    sys.argv = ["uvicorn", *order["arguments"]]
    importlib.import_module("uvicorn").main()


def main() -> None:
    """Fork off what standard input orders, a line each, and say on standard output what became of it."""
    for name in IMPORTED.split():
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a fork leaves alone, and so shared, what is here
    children: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if "ended" in order:
            children.discard(order["ended"])
            answer = os.waitstatus_to_exitcode(os.waitpid(order["ended"], 0)[1])
        else:
            answer = os.fork()
            if not answer:
                return _become(order)
            children.add(answer)
        print(json.dumps(answer), flush=True)
    # The tests have ended, or were ended; none of their servers outlives them.
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)


if __name__ == "__main__":
    main()
