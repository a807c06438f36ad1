"""A Redis that is slow on purpose: a proxy that passes bytes on, holds them, or breaks its connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit


class SlowRedis:
    """A proxy in front of a real Redis.

    Attributes:
        url: Where it listens.
        asked: Everything that clients have sent.
        connections: Connections there have been.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 6379)
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.asked = b""
        self.connections = 0
        self.url = ""

    def hold(self) -> None:
        """Answer nothing any more."""
        self._flows.clear()

    def release(self) -> None:
        """Answer everything, also what was asked meanwhile."""
        self._flows.set()

    def cut(self) -> None:
        """Break every connection there is."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        there, back = await asyncio.open_connection(*self._target)
        self._writers += [writer, back]
        for source, sink, client in ((reader, back, True), (there, writer, False)):
            task = asyncio.create_task(self._pump(source, sink, client))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, client: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if client:
                    self.asked += data
                await self._flows.wait()
                sink.write(data)
        sink.close()


@contextlib.asynccontextmanager
async def slow_redis(url: str) -> AsyncIterator[SlowRedis]:
    """The proxy while it is needed."""
    proxy = SlowRedis(url)
    server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
    proxy.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    try:
        yield proxy
    finally:
        proxy.release()
        proxy.cut()
        server.close()
