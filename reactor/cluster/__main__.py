"""`python -m reactor.cluster module:app`: workers behind nginx, with Redis, on this machine.

For trying out what several processes do; it stays in a temporary folder and listens on the loopback address.
Redis is started unless `REDIS_URL` says where one is. A worker that ends is started again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

from ..secret import VARIABLE, fresh
from . import URL
from .nginx import configuration

_PATIENCE: Final = 30.0
"""Seconds for what is started to answer, and for what is ended to end."""


Connect: TypeAlias = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


class Failure(Exception):
    """The cluster cannot be started; the message says why."""


class Cluster:
    """The processes of a cluster.

    Arguments:
        app: where the application is: `module:app`.
        workers: how many processes serve it.
        host: the address that nginx listens at.
        port: the port that nginx listens at; 0: one that is free.
        directory: where the application's modules lie.
        folder: for what the processes write.
    """

    def __init__(self, app: str, workers: int, host: str, port: int, directory: str, folder: Path) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._directory = directory
        self._folder = folder
        self._guards = [_guard("127.0.0.1", 0) for _ in range(workers)]
        self._processes: list[asyncio.subprocess.Process] = []
        self._redis: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._ended = asyncio.Event()
        self._failure = ""

    async def run(self) -> None:
        """Runs until somebody asks for the end.

        Raises:
            Failure: something does not start.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._ended.set)
        try:
            await self._start()
            await self._ended.wait()
        finally:
            self._ended.set()
            await self._stop()
        if self._failure:
            raise Failure(self._failure)

    async def _start(self) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        environment.setdefault(VARIABLE, fresh())
        if not environment.get(URL, "").strip():
            environment[URL] = await self._start_redis()
        for guard in self._guards:
            await self._start_worker(guard.getsockname()[1], environment)
        for guard in self._guards:
            await self._reach(_at("127.0.0.1", guard.getsockname()[1]), "a worker")
        with _guard(self._host, self._port) as guard:
            # The port stays ours until nginx has it.
            port = guard.getsockname()[1]
            ports = [each.getsockname()[1] for each in self._guards]
            (self._folder / "nginx.conf").write_text(configuration(ports, host=self._host, port=port))
            nginx = _command("nginx", "nginx")
            # Error messages from before it has read its configuration belong to the console, too.
            options = ("-p", f"{self._folder}/", "-c", "nginx.conf", "-e", "stderr")
            self._watch("nginx", await self._begin(nginx, *options))
            await self._reach(_at(self._host, port), "nginx")
        print(f"http://{self._host}:{port} ({len(ports)} workers)", flush=True)

    async def _start_redis(self) -> str:
        path = self._folder / "redis.sock"
        options = ["--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"]
        options += ["--dir", str(self._folder), "--loglevel", "warning"]
        # Of a Ctrl-C it learns by us, when the workers have ended.
        command = _command("redis-server", "redis-server")
        self._redis = await self._begin(command, *options, start_new_session=True)
        self._watch("redis-server", self._redis)
        await self._reach(lambda: asyncio.open_unix_connection(path), "redis-server")
        return f"unix://{path}"

    async def _start_worker(self, port: int, environment: Mapping[str, str]) -> None:
        options = ["--app-dir", self._directory, "--host", "127.0.0.1", "--port", str(port)]
        # nginx alone is believed; its connections are closed by nginx, never by the worker under a request.
        options += ["--forwarded-allow-ips", "127.0.0.1", "--timeout-keep-alive", "75"]
        options += ["--timeout-graceful-shutdown", "5", "--no-access-log"]
        process = await self._begin(sys.executable, "-m", "uvicorn", self._app, *options, env=environment)

        async def restart() -> None:
            code = await process.wait()
            self._processes.remove(process)
            await asyncio.sleep(0.2)
            if not self._ended.is_set():
                print(f"a worker ended with code {code}, and is started again", file=sys.stderr, flush=True)
                await self._start_worker(port, environment)

        self._tasks.append(asyncio.create_task(restart()))

    async def _begin(
        self, *command: str, env: Mapping[str, str] | None = None, start_new_session: bool = False
    ) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *command, env=env, stdin=asyncio.subprocess.DEVNULL, start_new_session=start_new_session
        )
        self._processes.append(process)
        return process

    def _watch(self, name: str, process: asyncio.subprocess.Process) -> None:
        """Ends everything when a process ends that is not started again."""

        async def watch() -> None:
            code = await process.wait()
            if not self._ended.is_set():
                self._failure = f"{name} ended with code {code}; above it says why"
                self._ended.set()

        self._tasks.append(asyncio.create_task(watch()))

    async def _reach(self, connect: Connect, what: str) -> None:
        """Waits until somebody listens."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while not self._ended.is_set():
            with suppress(OSError):
                _, writer = await connect()
                writer.close()
                return
            if asyncio.get_running_loop().time() > deadline:
                raise Failure(f"{what} does not answer within {_PATIENCE:g} s; above it says why")
            await asyncio.sleep(0.02)

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        # Workers say goodbye to Redis.
        await _end([process for process in self._processes if process is not self._redis])
        if self._redis is not None:
            await _end([self._redis])
        for guard in self._guards:
            guard.close()


async def _end(processes: Sequence[asyncio.subprocess.Process]) -> None:
    for process in processes:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
    for process in processes:
        try:
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()


def _at(host: str, port: int) -> Connect:
    return lambda: asyncio.open_connection(host, port)


def _guard(host: str, port: int) -> socket.socket:
    """A socket that holds a port without listening: whoever sets SO_REUSEADDR may listen beside it.

    Raises:
        Failure: the port is taken.
    """
    guard = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        guard.bind((host, port))
    except OSError as error:
        guard.close()
        raise Failure(f"{host}:{port} cannot be had: {error.strerror}") from None
    return guard


def _command(name: str, package: str) -> str:
    path = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    if path is None:
        raise Failure(f"{name} is needed, and not installed. On Debian: apt-get install {package}")
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a cluster until SIGINT or SIGTERM.

    Arguments:
        arguments: of the command line; `None`: those of this process.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser("python -m reactor.cluster", description=__doc__)
    parser.add_argument("app", help="where the application is: module:app")
    parser.add_argument("--workers", type=int, default=2, help="how many processes serve it (2)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="the port to listen at (8000); 0: a free one")
    parser.add_argument("--app-dir", default=".", help="where the application's modules lie")
    given = parser.parse_args(arguments)
    if given.workers < 1:
        parser.error("--workers is at least 1")
    with tempfile.TemporaryDirectory(prefix="reactor-cluster-") as folder:
        # nginx gives its rights away, and must still reach its folders.
        os.chmod(folder, 0o711)
        try:
            cluster = Cluster(given.app, given.workers, given.host, given.port, given.app_dir, Path(folder))
            asyncio.run(cluster.run())
        except Failure as failure:
            print(failure, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
