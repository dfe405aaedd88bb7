"""Serves one of the applications: `python -m benchmarks.serve NAME [WORKERS [PROCESSOR]]`.

It prints the port and the numbers of its processes first.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from .applications import APPLICATIONS
from .browser import plain, reactive

SERVED = {**APPLICATIONS, "reactive": reactive.application, "plain": plain.application}


@dataclass(frozen=True)
class Served:
    """An application that runs: its port and its processes."""

    port: int
    processes: tuple[int, ...]

    def processor_seconds(self) -> float:
        """The time that it has had a processor for, so far."""
        ticks = 0
        for process in self.processes:
            stat = Path(f"/proc/{process}/stat").read_text()
            user, system = stat.rpartition(")")[2].split()[11:13]
            ticks += int(user) + int(system)
        return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serving(*names: str, workers: int = 1, processor: int | None = None) -> Iterator[dict[str, Served]]:
    """Runs applications in as many processes each.

    Raises:
        RuntimeError: one did not start.
    """
    with contextlib.ExitStack() as stack:
        processes: dict[str, subprocess.Popen[str]] = {}
        for name in names:
            command = [sys.executable, "-m", "benchmarks.serve", name, str(workers)]
            command += [] if processor is None else [str(processor)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            processes[name] = stack.enter_context(process)
            stack.callback(process.terminate)
        yield {name: _served(name, process) for name, process in processes.items()}


def _served(name: str, process: subprocess.Popen[str]) -> Served:
    line = process.stdout.readline() if process.stdout is not None else ""
    numbers = line.split()
    if not all(number.isdecimal() for number in numbers) or not numbers:
        raise RuntimeError(f"the application {name!r} did not start")
    port, *processes = map(int, numbers)
    return Served(port, tuple(processes))


def main(name: str, workers: str = "1", processor: str | None = None) -> None:
    if processor is not None:
        os.sched_setaffinity(0, {int(processor)})
    # What `uvicorn[standard]` takes by itself (uvloop, httptools); no log of each request.
    config = uvicorn.Config(SERVED[name](), log_level="warning", access_log=False)
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    processes = [os.getpid()]
    for _ in range(int(workers) - 1):
        process = os.fork()
        if process == 0:
            _end_with(processes[0])
            uvicorn.Server(config).run([listening])
            return
        processes.append(process)
    print(listening.getsockname()[1], *processes, flush=True)
    uvicorn.Server(config).run([listening])


def _end_with(parent: int) -> None:
    """Ends this process when another one does."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
