"""The pipe between a client's socket on a real ASGI server and a real media server."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket as sockets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import websockets
from fastapi import FastAPI, WebSocket
from websockets.asyncio.client import ClientConnection

from actors.media_server import MediaServer
from config.settings import Settings
from conversation.budget import Limits
from conversation.events import AudioIn, AudioOut, CloseSocket, EndIn, Hello, PingIn, ServerEvent, TextIn
from serve_app import pipe
from serve_app.pipe import MAX_MESSAGE_BYTES, run_pipe
from serve_app.piped_websocket import PipedWebSocket
from tests.support.media import Memory
from tests.support.virtual_time import until

AUDIO = bytes(2048)
Serve = Callable[..., str]


@dataclass
class Line:
    """A client's way in: URL of the ingress, the conversation at the other end."""

    url: str
    memory: Memory
    pipes: list[asyncio.Task[Any]]
    server: MediaServer

    @contextlib.asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[ClientConnection]:
        async with websockets.connect(self.url, compression=None, **options) as socket:
            assert json.loads(await socket.recv())["type"] == "connection_established"
            yield socket

    @property
    def sink(self) -> Any:
        return self.memory.sockets[-1]


@pytest.fixture(params=["auto", PipedWebSocket], ids=["asgi", "direct"])
async def line(serve: Serve, request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    memory = Memory()

    async def admit(session_id: str, ticket: str | None) -> tuple[int, str]:
        return (0, "") if ticket == "good" else (1008, "ticket_invalid")

    server = MediaServer(
        lambda name: memory if name == "s1" else None, admit, Limits(), lambda _origin, _host: True
    )
    port = await server.start("127.0.0.1")
    app, tasks = FastAPI(), list[asyncio.Task[Any]]()

    @app.websocket("/ws/{session_id}")
    async def door(websocket: WebSocket, session_id: str) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        await websocket.accept()
        path = f"/ws/{session_id}?{websocket.url.query}"
        await run_pipe(websocket, ("127.0.0.1", port), path, Settings())

    yield Line(f"ws://{serve(app, request.param)}/ws/s1?ticket=good", memory, tasks, server)
    server.close()


async def closed(socket: ClientConnection) -> tuple[int | None, str | None]:
    async with asyncio.timeout(10):
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await socket.recv()
    return socket.close_code, socket.close_reason


async def test_frames_pass_unchanged_both_ways(line: Line):
    async with line.client() as socket:
        await socket.send(json.dumps({"type": "hello", "binary": True}))
        await socket.send(AUDIO)
        await socket.send(json.dumps({"type": "text_message", "text": "grüß dich 🙂"}))
        await until(lambda: len(line.memory.received) == 3, within=5)
        assert line.memory.received == [Hello(binary=True), AudioIn(AUDIO), TextIn("grüß dich 🙂")]
        line.sink.deliver(2, ServerEvent("thinking", {"a": "🙂"}))
        line.sink.deliver(3, AudioOut("item", b"\x01\x02"))
        frame = json.loads(await socket.recv())
        assert frame["data"] == {"a": "🙂"}
        assert await socket.recv() == b"\x01\x02"


@pytest.mark.parametrize(
    ("code", "reason"), [(1000, "ended"), (1008, "too fast"), (4010, "replaced"), (4008, "")]
)
async def test_the_actors_close_code_is_the_clients(line: Line, code: int, reason: str):
    async with line.client() as socket:
        line.sink.deliver(2, ServerEvent("thinking"))
        line.sink.deliver(3, CloseSocket(code, reason))
        assert json.loads(await socket.recv())["type"] == "thinking"
        assert await closed(socket) == (code, reason)
    await until(lambda: all(task.done() for task in line.pipes), within=5)
    assert [task.exception() for task in line.pipes] == [None]


async def test_a_refused_ticket_closes_the_client_too(line: Line):
    async with websockets.connect(line.url.replace("good", "bad")) as socket:
        assert await closed(socket) == (1008, "ticket_invalid")


async def test_the_newer_of_two_clients_wins(line: Line):
    async with line.client() as old, line.client() as new:
        assert (await closed(old))[0] == 4010
        await new.send(json.dumps({"type": "ping"}))
        await until(lambda: line.memory.received == [PingIn()], within=5)


@pytest.mark.parametrize("how", ["close", "abort"])
async def test_a_client_that_goes_is_a_detach_and_its_last_words_arrive(line: Line, how: str):
    async with line.client() as socket:
        for number in range(400):  # audio on its way to the client that nobody will read
            line.sink.deliver(number, AudioOut("item", AUDIO))
        await socket.send(json.dumps({"type": "end"}))
        if how == "close":
            await socket.close()
        else:
            await until(lambda: line.memory.received, within=5)
            socket.transport.abort()
        await until(lambda: line.memory.gone == line.memory.sockets, within=5)
        assert line.memory.received == [EndIn()]
    await until(lambda: all(task.done() for task in line.pipes), within=5)
    assert [task.exception() for task in line.pipes] == [None]


async def test_an_actor_that_is_gone_asks_the_client_to_come_back(line: Line, serve: Serve):
    with sockets.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]  # nobody listens here
        app = FastAPI()

        @app.websocket("/ws")
        async def door(websocket: WebSocket) -> None:
            await websocket.accept()
            await run_pipe(websocket, ("127.0.0.1", port), "/ws/s1", Settings())

        async with websockets.connect(f"ws://{serve(app)}/ws") as socket:
            assert (await closed(socket))[0] == 1012


async def test_something_that_is_no_actor_asks_the_client_to_come_back(serve: Serve):
    port = int(serve(FastAPI()).rpartition(":")[2])  # answers 404
    app = FastAPI()

    @app.websocket("/ws")
    async def door(websocket: WebSocket) -> None:
        await websocket.accept()
        await run_pipe(websocket, ("127.0.0.1", port), "/ws/s1", Settings())

    async with websockets.connect(f"ws://{serve(app)}/ws") as socket:
        assert (await closed(socket))[0] == 1012


async def test_an_actor_that_dies_asks_the_client_to_come_back(line: Line):
    async with line.client() as socket:
        line.sink._transport.disconnect(graceful=False)
        assert (await closed(socket))[0] == 1012


async def test_messages_sent_before_the_pipe_stands_arrive_first(line: Line):
    async with websockets.connect(line.url, compression=None) as socket:
        for number in range(20):  # at once, while the door still looks for the actor
            await socket.send(json.dumps({"type": "text_message", "text": str(number)}))
        await until(lambda: len(line.memory.received) == 20, within=5)
        assert [event.text for event in line.memory.received] == [str(number) for number in range(20)]


async def test_compression_is_refused(serve: Serve):
    app = FastAPI()

    @app.websocket("/ws")
    async def door(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive()

    async with websockets.connect(f"ws://{serve(app, PipedWebSocket)}/ws", compression="deflate") as socket:
        assert socket.protocol.extensions == []


async def test_an_oversize_message_closes(line: Line, monkeypatch: pytest.MonkeyPatch):
    counted: list[int] = []
    monkeypatch.setattr(pipe.METRICS, "closed", counted.append)
    async with line.client() as socket:
        await socket.send(bytes(MAX_MESSAGE_BYTES + 2))
        assert await closed(socket) == (1009, "message too big")
        assert line.memory.received == []
        assert counted == [1009]
        await until(lambda: line.memory.gone, within=5)


async def test_the_largest_audio_message_passes(line: Line):
    async with line.client() as socket:
        audio = bytes(64 * 1024)
        await socket.send(json.dumps({"type": "audio_data", "audio": base64.b64encode(audio).decode()}))
        await until(lambda: line.memory.received == [AudioIn(audio)], within=5)


@pytest.mark.parametrize("message", [bytes(60_000), "{}"])
async def test_a_flood_closes(line: Line, message: bytes | str):
    async with line.client() as socket:
        with contextlib.suppress(websockets.ConnectionClosed):
            for _ in range(6000):
                await socket.send(message)
        assert (await closed(socket))[0] == 1008
    await until(lambda: line.memory.gone, within=5)


async def test_a_client_that_never_reads_stops_the_actors_side_and_not_the_server(line: Line):
    async with line.client(max_queue=1) as slow:
        slow.transport.pause_reading()
        sink = line.sink
        number = 0
        while sink.dropped_audio < 1000:
            number += 1
            sink.deliver(number, AudioOut("item", AUDIO))
            if number % 50 == 0:
                await asyncio.sleep(0)
            assert number < 100_000, "it is never held up"
        assert sink.unsent < 1024 * 1024
        sink.deliver(number + 1, ServerEvent("thinking"))
        # The client's own words still come through.
        await slow.send(json.dumps({"type": "ping"}))
        await until(lambda: PingIn() in line.memory.received, within=5)
        # And when it reads again it is told what happened meanwhile.
        slow.transport.resume_reading()
        async with asyncio.timeout(20):
            while json.loads(await slow.recv())["type"] != "thinking":
                pass


async def test_a_slow_client_does_not_fill_the_pipe(line: Line, monkeypatch: pytest.MonkeyPatch):
    upstreams: list[Any] = []

    class Seen(pipe._Upstream):
        def __init__(self) -> None:
            super().__init__()
            upstreams.append(self)

    monkeypatch.setattr(pipe, "_Upstream", Seen)
    async with line.client(max_queue=1) as slow:
        slow.transport.pause_reading()
        largest = 0
        for number in range(20_000):
            line.sink.deliver(number, AudioOut("item", AUDIO))
            if number % 20 == 0:
                await asyncio.sleep(0)
                largest = max(largest, upstreams[0].frames.qsize())
        assert 0 < largest < 1000
        slow.transport.abort()


async def test_a_client_that_reads_nothing_is_detached_through_the_pipe_too(serve: Serve):
    """As in production: the replica asks each client whether it is there, since the actor only sees the pipe."""
    memory = Memory()

    async def admit(_session_id: str, _ticket: str | None) -> tuple[int, str]:
        return 0, ""

    server = MediaServer(lambda _name: memory, admit, Limits(), lambda _origin, _host: True)
    port = await server.start("127.0.0.1")
    app = FastAPI()

    @app.websocket("/ws")
    async def door(websocket: WebSocket) -> None:
        await websocket.accept()
        await run_pipe(websocket, ("127.0.0.1", port), "/ws/s1", Settings())

    url = f"ws://{serve(app, PipedWebSocket, ws_ping_interval=0.2, ws_ping_timeout=0.2)}/ws"
    async with websockets.connect(url, compression=None, max_queue=1) as silent:
        assert json.loads(await silent.recv())["type"] == "connection_established"
        silent.transport.pause_reading()
        await until(lambda: memory.gone == memory.sockets, within=10)
        silent.transport.abort()
    async with websockets.connect(url, compression=None) as again:
        assert json.loads(await again.recv())["type"] == "connection_established"
        await again.send(json.dumps({"type": "ping"}))
        await until(lambda: memory.received == [PingIn()], within=5)
        assert len(memory.gone) == 1
    server.close()


async def test_a_server_that_takes_no_more_connections_keeps_those_it_has(serve: Serve):
    """Uvicorn's way to stop, as Ray Serve uses it when it replaces a replica."""
    app, protocols = FastAPI(), list[PipedWebSocket]()

    @app.websocket("/ws")
    async def door(websocket: WebSocket) -> None:
        await websocket.accept()
        found = pipe.piped(websocket.scope)
        assert found is not None
        protocols.append(found)
        async for text in websocket.iter_text():
            await websocket.send_text(text)

    async with websockets.connect(f"ws://{serve(app, PipedWebSocket)}/ws", compression=None) as socket:
        await socket.send("one")
        assert await socket.recv() == "one"
        protocols[0].shutdown()
        await socket.send("two")
        assert await socket.recv() == "two"
