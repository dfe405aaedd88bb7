"""A relay in front of a server that counts the bytes of both directions, as they are on the wire."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Final

QUIET_SECONDS: Final = 0.4
"""After an operation, and for so long nothing has come: it was all."""


class Relay:
    """Passes bytes on as they come.

    Attributes:
        up: how many bytes the browser has sent.
        down: how many the server has.
    """

    def __init__(self, port: int) -> None:
        self.up = self.down = 0
        self._last = time.monotonic()
        self._behind = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._thread.start()
        self._writers: set[asyncio.StreamWriter] = set()
        self._listener = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._accept, "127.0.0.1", 0), self._loop
        ).result()
        self.port: int = self._listener.sockets[0].getsockname()[1]

    def is_quiet(self) -> bool:
        """Whether nothing has come for a while."""
        return time.monotonic() - self._last > QUIET_SECONDS

    def counted(self) -> tuple[int, int]:
        return self.up, self.down

    def close(self) -> None:
        """End it, with all connections."""

        async def end() -> None:
            self._listener.close()
            for writer in self._writers:
                writer.transport.abort()
            await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", self._behind)
        await asyncio.gather(self._pass(reader, forth, upwards=True), self._pass(back, writer, upwards=False))

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, upwards: bool
    ) -> None:
        self._writers.add(writer)
        try:
            while piece := await reader.read(65_536):
                self._last = time.monotonic()
                if upwards:
                    self.up += len(piece)
                else:
                    self.down += len(piece)
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            pass  # one of both has gone
        finally:
            self._writers.discard(writer)
            writer.close()
