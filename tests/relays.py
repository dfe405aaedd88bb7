"""A relay for tests: passes bytes on as they come, counts them, and cuts or holds the line in the middle."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing, suppress


class Relay:
    """Stands in front of a server, in a thread of its own.

    Attributes:
        url: where clients connect to.
        sent: how many bytes clients have sent through it.
        cuts: how often the line was cut.
    """

    def __init__(self, port: int) -> None:
        self.sent = 0
        self.cuts = 0
        self._port = port
        self._cut_at: int | None = None
        self._hold_at: int | None = None
        self._held = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._thread.start()
        self._listener = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._accept, "127.0.0.1", 0), self._loop
        ).result()
        self.url = f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"

    def cut_after(self, count: int) -> None:
        """Cut the line after so many bytes more. What has come through by then still reaches the server."""
        self._cut_at = self.sent + count

    def hold_after(self, count: int) -> None:
        """Let nothing more through after so many bytes."""
        self._held.clear()
        self._hold_at = self.sent + count

    def wait_until_held(self) -> None:
        """Wait until those bytes have come."""
        if not self._held.wait(20):
            raise TimeoutError(f"only {self.sent} bytes have come")

    def release(self) -> None:
        """Let everything through again."""
        self._hold_at = None

    def close(self) -> None:
        """Stop listening and end what still runs."""

        async def end() -> None:
            self._listener.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Both are closed whenever the relay is: while it connects, passes on, or waits for the rest.
        with closing(writer):
            back, forth = await asyncio.open_connection("127.0.0.1", self._port)
            with closing(forth):
                backwards = asyncio.create_task(_copy(back, writer))
                with suppress(ConnectionError):  # the client has gone
                    await self._forwards(reader, forth, writer)
                forth.close()
                await asyncio.gather(backwards, return_exceptions=True)

    async def _forwards(
        self, reader: asyncio.StreamReader, forth: asyncio.StreamWriter, writer: asyncio.StreamWriter
    ) -> None:
        while True:
            while self._hold_at is not None and self.sent >= self._hold_at:
                self._held.set()
                await asyncio.sleep(0.01)  # between two looks; the other thread says when to go on
            piece = await reader.read(16_384)
            if not piece:
                return
            self.sent += len(piece)
            forth.write(piece)
            await forth.drain()
            if self._cut_at is not None and self.sent >= self._cut_at:
                self._cut_at = None
                self.cuts += 1
                writer.transport.abort()
                return


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
        writer.close()
    except ConnectionError:
        pass  # one of both has gone
