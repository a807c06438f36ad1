"""A media server on a real socket; the conversation behind it only remembers."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from actors.media_server import MediaServer, Socket
from config.origins import origin_allowed
from config.settings import Settings
from conversation.budget import Limits
from conversation.events import ClientEvent, CloseSocket, ServerEvent
from conversation.options import SessionOptions
from conversation.spec import SessionSpec
from protocols.openai_realtime.door import OpenAIRealtimeDoor
from protocols.openai_realtime.facts import facts_of


@dataclass
class Memory:
    """A conversation that only remembers."""

    session_id: str = "s1"
    received: list[ClientEvent] = field(default_factory=list[ClientEvent])
    sockets: list[Socket] = field(default_factory=list[Socket])
    gone: list[Socket] = field(default_factory=list[Socket])
    rate: int = 16_000

    def receive(self, event: ClientEvent) -> None:
        self.received.append(event)

    def attach(self, sink: Socket) -> None:
        for older in self.sockets:
            older.deliver(0, CloseSocket(4010, "replaced"))
        self.sockets.append(sink)
        sink.deliver(1, ServerEvent("connection_established"))

    def detach(self, sink: Socket) -> None:
        self.gone.append(sink)

    def input_rate(self) -> int:
        return self.rate

    def realtime_door(self, model: str | None, *, buffer_events: bool) -> OpenAIRealtimeDoor:
        begun = datetime(2026, 1, 1, tzinfo=UTC)
        spec = SessionSpec(self.session_id, "u", None, "b", "Acme", "UTC", SessionOptions(), begun)
        return OpenAIRealtimeDoor(facts_of(spec, Settings(), model), buffer_events=buffer_events)


@dataclass
class Place:
    """A running server."""

    url: str
    memory: Memory
    admitted: asyncio.Event
    server: MediaServer

    @contextlib.asynccontextmanager
    async def socket(
        self, path: str = "/ws/voice-agent/s1?ticket=good", **options: Any
    ) -> AsyncIterator[Any]:
        async with websockets.connect(self.url + path, compression=None, **options) as socket:
            yield socket

    @contextlib.asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[ClientConnection]:
        """A welcomed client."""
        async with self.socket(**options) as socket:
            assert json.loads(await socket.recv())["type"] == "connection_established"
            yield socket


@contextlib.asynccontextmanager
async def serving(
    limits: Limits | None = None, *, held: bool = False, settings: Settings | None = None
) -> AsyncIterator[Place]:
    memory, admitted = Memory(), asyncio.Event()
    if not held:
        admitted.set()

    async def admit(session_id: str, ticket: str | None) -> tuple[int, str]:
        await admitted.wait()
        if session_id != "s1":
            return 4004, "no such session here"
        return (0, "") if ticket == "good" else (1008, "ticket_invalid")

    server = MediaServer(
        lambda name: memory if name == "s1" else None,
        admit,
        limits or Limits(),
        lambda origin, host: origin_allowed(origin, host, settings or Settings()),
    )
    port = await server.start("127.0.0.1")
    try:
        yield Place(f"ws://127.0.0.1:{port}", memory, admitted, server)
    finally:
        server.close()


async def closed(socket: ClientConnection) -> int | None:
    """The close code; what comes before it is read."""
    async with asyncio.timeout(10):
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await socket.recv()
    return socket.close_code


async def error(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(10):
        frame = json.loads(await socket.recv())
    assert frame["type"] == "error"
    return frame["data"]
