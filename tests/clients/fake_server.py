"""A small server that speaks wire.md section 1 with scripted answers: energy endpointing, tones for a voice.

Real sockets, no engines. Used by the tests of the client, the CLI and the benches.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import math
import socket
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse

from hero365_client import Hero365Client, VoiceConnection

OUT_RATE = 24_000
PREFIX = "/api/v1/voice-agent"
TOKEN = "good-token"


def tone(seconds: float, rate: int, hertz: float = 300.0, amplitude: int = 8000) -> bytes:
    values = (int(amplitude * math.sin(2 * math.pi * hertz * i / rate)) for i in range(int(seconds * rate)))
    return array("h", values).tobytes()


@dataclass
class Reply:
    """What the fake answers to one user turn."""

    heard: str = "hello"
    text: str = "Hello."
    seconds: float = 0.3
    tools: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    read_back: str | None = None
    handoff: tuple[str, str] | None = None


@dataclass
class FakeSession:
    session_id: str
    script: list[Reply]
    frames: list[dict[str, Any]] = field(default_factory=list)
    audio: bytearray = field(default_factory=bytearray)
    audio_messages: int = 0
    seq: int = 0
    sockets: list[WebSocket] = field(default_factory=list)
    turns: int = 0
    hellos: list[dict[str, Any]] = field(default_factory=list)


class FakeServer:
    """Scripted Hero365 server: each session goes through ``script``, one reply a user turn."""

    def __init__(self, script: list[Reply] | None = None, *, greeting: Reply | None = None) -> None:
        self.script = script or [Reply()]
        self.greeting = greeting
        self.refuse_start: JSONResponse | None = None
        self.tickets_refused = False
        self.sockets_refused = 0
        self.sessions: dict[str, FakeSession] = {}
        self.tickets: dict[str, str] = {}
        self.endpoint_ms = 300.0
        self.out_rate = OUT_RATE
        self.started_with: list[dict[str, Any]] = []
        self._ids = itertools.count(1)
        self.app = self._routes()
        self.base_url = ""

    def _routes(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def authorise(request: Request, call_next: Any) -> Any:
            public = request.url.path.endswith("/health")
            if not public and request.headers.get("Authorization") != f"Bearer {TOKEN}":
                return error(401, "invalid_token", "Who are you?")
            return await call_next(request)

        @app.post(PREFIX + "/openai/start")
        async def start(body: dict[str, Any]) -> Any:
            if self.refuse_start is not None:
                return self.refuse_start
            self.started_with.append(body)
            session = FakeSession(f"s{next(self._ids)}", list(self.script))
            self.sessions[session.session_id] = session
            return {
                "session_id": session.session_id,
                "agent_type": "personal",
                "greeting": "Hi",
                "available_tools": ["create_job"],
                "websocket_connection": {
                    "websocket_url": self._url(session.session_id),
                    "audio_format": "pcm16",
                    "sample_rate": 16_000,
                },
                "agent_config": {},
            }

        @app.post(PREFIX + "/openai/ticket")
        async def ticket(body: dict[str, Any]) -> Any:
            if body["session_id"] not in self.sessions:
                return error(404, "unknown_session", "No such session.")
            if self.tickets_refused:
                return error(503, "dependency_unavailable", "Try again shortly.")
            return {"websocket_url": self._url(body["session_id"]), "expires_in": 60}

        @app.post(PREFIX + "/openai/status")
        async def status(body: dict[str, Any]) -> Any:
            return {"is_active": True, "message_count": self.sessions[body["session_id"]].turns}

        @app.post(PREFIX + "/openai/stop")
        async def stop(body: dict[str, Any]) -> Any:
            for ws in self.sessions[body["session_id"]].sockets:
                await ws.close(1000)
            return {"session_summary": {"total_messages": self.sessions[body["session_id"]].turns}}

        @app.post(PREFIX + "/openai/config")
        async def config(body: dict[str, Any]) -> Any:
            return {"agent_config": {key: value for key, value in body.items() if key != "session_id"}}

        @app.get(PREFIX + "/openai/sessions")
        async def sessions() -> Any:
            return {"sessions": [{"session_id": name} for name in self.sessions]}

        @app.get(PREFIX + "/openai/tools")
        async def tools() -> Any:
            return {"tools": [{"name": "create_job", "parameters": {}}]}

        @app.get(PREFIX + "/openai/health")
        async def health() -> Any:
            return JSONResponse({"status": "degraded", "dependencies": {"redis": {"status": "down"}}}, 503)

        app.add_api_websocket_route("/ws/voice-agent/{session_id}", self._socket)
        return app

    def _url(self, session_id: str) -> str:
        ticket = f"t{next(self._ids)}"
        self.tickets[ticket] = session_id
        return f"/ws/voice-agent/{session_id}?ticket={ticket}"

    async def _socket(self, ws: WebSocket) -> None:
        session_id = ws.path_params["session_id"]
        if self.sockets_refused:  # as an edge proxy does that does not reach the session
            self.sockets_refused -= 1
            await ws.send_denial_response(error(503, "session_gone", "Not reachable."))
            return
        if self.tickets.pop(ws.query_params.get("ticket", ""), None) != session_id:
            await ws.accept()
            await ws.close(1008, "ticket")
            return
        await ws.accept()
        session = self.sessions[session_id]
        session.sockets.append(ws)
        try:
            await _Door(self, session, ws).run()
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            session.sockets.remove(ws)


class _Door:
    def __init__(self, server: FakeServer, session: FakeSession, ws: WebSocket) -> None:
        self.server, self.session, self.ws = server, session, ws
        self.binary = True
        self.silence_ms = 0.0
        self.speaking = False
        self.reply: asyncio.Task[None] | None = None
        self.item = ""
        self.played: dict[str, float] = {}

    async def send(self, kind: str, **data: Any) -> None:
        self.session.seq += 1
        body = {"type": kind, "seq": self.session.seq, "session_id": self.session.session_id, "data": data}
        await self.ws.send_text(json.dumps(body))

    async def run(self) -> None:
        try:
            while True:
                message = await self.ws.receive()
                if message["type"] == "websocket.disconnect":
                    return
                if message.get("bytes") is not None:
                    await self.hear(message["bytes"])
                else:
                    await self.take(json.loads(message["text"]))
        finally:
            if self.reply is not None:
                self.reply.cancel()

    async def take(self, frame: dict[str, Any]) -> None:
        self.session.frames.append(frame)
        data = frame.get("data", {})
        match frame["type"]:
            case "hello":
                self.session.hellos.append(data)
                self.binary = data["binary"]
                await self.send(
                    "connection_established",
                    session_id=self.session.session_id,
                    resume_token="r1",
                    agent_name="Hero",
                    audio_out={"format": "pcm16", "sample_rate": self.server.out_rate},
                )
                if "resume" in data:
                    await self.send("resumed", replayed=0)
                elif self.server.greeting is not None:
                    self.reply = asyncio.create_task(self.answer(self.server.greeting))
            case "audio_data":
                await self.hear(base64.b64decode(data["audio"]))
            case "text_message":
                self.begin()
            case "playback":
                self.played[data["item_id"]] = data["played_ms"]
            case "interrupt":
                await self.interrupt()
            case "ping":
                await self.send("pong")
            case "end":
                await self.ws.close(1000)
            case _:
                return

    async def hear(self, pcm: bytes) -> None:
        self.session.audio += pcm
        self.session.audio_messages += 1
        values = array("h", pcm)
        if max(map(abs, values)) > 1000:
            self.silence_ms = 0.0
            if not self.speaking:
                self.speaking = True
                await self.send("user_started_speaking")
                await self.interrupt()
        elif self.speaking:
            self.silence_ms += len(values) / 16
            if self.silence_ms >= self.server.endpoint_ms:
                self.speaking = False
                await self.send("user_stopped_speaking")
                self.begin()

    def begin(self) -> None:
        script = self.session.script
        reply = script.pop(0) if len(script) > 1 else script[0]
        self.session.turns += 1
        self.reply = asyncio.create_task(self.answer(reply))

    async def interrupt(self) -> None:
        if self.reply is not None and not self.reply.done():
            self.reply.cancel()
            await self.send(
                "response_interrupted",
                item_id=self.item,
                heard_text="half",
                heard_ms=self.played.get(self.item, 0),
            )

    async def answer(self, reply: Reply) -> None:
        self.item = f"i{next(self.server._ids)}"
        await self.send("transcript", item_id="u1", text=reply.heard[:3], is_final=False)
        await self.send("transcript", item_id="u1", text=reply.heard, is_final=True)
        await self.send("thinking")
        for number, (name, arguments) in enumerate(reply.tools):
            await self.send("tool_call", call_id=f"c{number}", name=name, arguments=json.dumps(arguments))
            await self.send("tool_result", call_id=f"c{number}", ok=True, summary="done")
        if reply.handoff:
            await self.send("handoff", **dict(zip(("from", "to"), reply.handoff, strict=True)))
        if reply.read_back:
            await self.send("confirmation_request", confirmation_id="k1", read_back=reply.read_back)
        await self.send("response_started", item_id=self.item)
        await self.send("response_text", item_id=self.item, text=reply.text, spoken="pending")
        pcm = tone(reply.seconds, self.server.out_rate)
        size = self.server.out_rate // 25 * 2
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for offset in range(0, len(pcm), size):
            due = loop.create_future()
            loop.call_at(begun + offset / 2 / self.server.out_rate - 0.2, due.set_result, None)
            await due
            chunk = pcm[offset : offset + size]
            if self.binary:
                await self.ws.send_bytes(chunk)
            else:
                await self.send("audio", item_id=self.item, audio=base64.b64encode(chunk).decode())
        await self.send("response_text", item_id=self.item, text=reply.text, spoken="full")
        await self.send(
            "response_done", item_id=self.item, latency={"stt_ms": 20.0, "voice_to_voice_ms": 400.0}
        )


def error(status: int, code: str, message: str, **headers: str) -> JSONResponse:
    kinds = {401: "authentication", 404: "not_found", 429: "rate_limited", 503: "at_capacity"}
    body = {"error": {"type": kinds[status], "code": code, "message": message, "details": {"a": 1}}}
    return JSONResponse(body, status, headers=headers)


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        for _ in iter(condition, True):
            await asyncio.sleep(0)


@asynccontextmanager
async def running(server: FakeServer) -> AsyncIterator[FakeServer]:
    """Serve on a free port of this machine until the block ends."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(server.app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    runner = uvicorn.Server(config)
    runner.install_signal_handlers = lambda: None  # type: ignore[method-assign]
    listener.listen(64)
    task = asyncio.create_task(runner.serve(sockets=[listener]))
    server.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield server
    finally:
        runner.should_exit = True
        await task
        listener.close()


@asynccontextmanager
async def connected(server: FakeServer, **options: Any) -> AsyncIterator[tuple[VoiceConnection, FakeSession]]:
    """A connection to a new session of ``server``, which runs for as long as the block."""
    async with running(server), Hero365Client(server.base_url, TOKEN) as client:
        session = await client.start()
        async with await client.connect(session, **options) as connection:
            yield connection, server.sessions[session.session_id]
