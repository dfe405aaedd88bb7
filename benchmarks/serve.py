"""Serves one of the applications: `python -m benchmarks.serve NAME [PROCESSOR]`; prints the port first."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from .applications import APPLICATIONS
from .browser import plain, reactive

SERVED = {**APPLICATIONS, "reactive": reactive.application, "plain": plain.application}


@dataclass(frozen=True)
class Served:
    """An application that runs: its port and its process."""

    port: int
    process: int

    def processor_seconds(self) -> float:
        """The time that it has had a processor for, so far."""
        stat = Path(f"/proc/{self.process}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serving(*names: str, processor: int | None = None) -> Iterator[dict[str, Served]]:
    """Runs applications in a process each.

    Raises:
        RuntimeError: one did not start.
    """
    with contextlib.ExitStack() as stack:
        processes: dict[str, subprocess.Popen[str]] = {}
        for name in names:
            command = [sys.executable, "-m", "benchmarks.serve", name]
            command += [] if processor is None else [str(processor)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            processes[name] = stack.enter_context(process)
            stack.callback(process.terminate)
        yield {name: Served(_port(name, process), process.pid) for name, process in processes.items()}


def _port(name: str, process: subprocess.Popen[str]) -> int:
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line.strip().isdecimal():
        raise RuntimeError(f"the application {name!r} did not start")
    return int(line)


def main(name: str, processor: str | None = None) -> None:
    if processor is not None:
        os.sched_setaffinity(0, {int(processor)})
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listening.getsockname()[1], flush=True)
    # One worker, and what `uvicorn[standard]` takes by itself (uvloop, httptools); no log of each request.
    config = uvicorn.Config(SERVED[name](), log_level="warning", access_log=False)
    uvicorn.Server(config).run([listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
