"""The stand-in as a server on a free port, for as long as a test needs it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from tests.openai_stand_in.brain import ScriptedBrain
from tests.openai_stand_in.faults import Faults
from tests.openai_stand_in.line import Line, LineCut
from tests.openai_stand_in.realtime import SpeechToSpeech
from tests.openai_stand_in.realtime_transcription import Transcriptions
from tests.openai_stand_in.sounds import Sounds
from tests.openai_stand_in.texts import Texts

KEY = "sk-stand-in"
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass
class StandIn:
    """The running stand-in. ``base_url`` is what OPENAI_BASE_URL is set to; ``keys`` are those that came,
    ``opened`` the Realtime connections that were made. ``hold_after`` is how
    many audio deltas a speech-to-speech response has before it stops; None: all."""

    brain: ScriptedBrain = field(default_factory=ScriptedBrain)
    faults: Faults = field(default_factory=Faults)
    hears: Callable[[bytes], str] | None = None
    base_url: str = ""
    keys: set[str] = field(default_factory=set[str])
    opened: list[Line] = field(default_factory=list[Line])
    hold_after: int | None = None

    def __post_init__(self) -> None:
        self.sounds = Sounds(self.faults, self.hears)
        self._texts = Texts(self.brain, self.faults)

    @property
    def lines(self) -> int:
        """How many Realtime connections were made."""
        return len(self.opened)

    def told(self, kind: str) -> list[dict[str, Any]]:
        """All events of a type that came over Realtime connections."""
        return [event for line in self.opened for event in line.taken if event["type"] == kind]

    def app(self) -> Starlette:
        """The endpoints; without the right key everything is refused in OpenAI's shape."""
        ways = {
            "/v1/responses": self._texts.responses,
            "/v1/chat/completions": self._texts.chat,
            "/v1/audio/transcriptions": self.sounds.transcriptions,
            "/v1/audio/speech": self.sounds.speech,
        }
        return Starlette(
            routes=[
                *(Route(path, self._guarded(way), methods=["POST"]) for path, way in ways.items()),
                WebSocketRoute("/v1/realtime", self._realtime),
            ]
        )

    async def _realtime(self, socket: WebSocket) -> None:
        """WS /v1/realtime: a session of the kind that the query says."""
        self.keys.add(key := socket.headers.get("authorization", ""))
        fault = self.faults.of("realtime")
        if key != f"Bearer {KEY}" or (fault is not None and fault.kind == "status"):
            await socket.close()  # before it was accepted: 403
            return
        await socket.accept()
        line = Line(socket, fault)
        self.opened.append(line)
        with contextlib.suppress(LineCut):
            if socket.query_params.get("intent") == "transcription":
                await Transcriptions(line, self.sounds).run()
            else:
                await SpeechToSpeech(line, self.sounds, self.brain, lambda: self.hold_after).run()

    def _guarded(self, way: Endpoint) -> Endpoint:
        async def answer(request: Request) -> Response:
            key = request.headers.get("authorization", "")
            self.keys.add(key)
            if key != f"Bearer {KEY}":
                body = {"message": "Incorrect API key.", "type": "invalid_request_error", "param": None}
                return JSONResponse({"error": body | {"code": "invalid_api_key"}}, status_code=401)
            return await way(request)

        return answer


@asynccontextmanager
async def standing_in(stand_in: StandIn | None = None) -> AsyncGenerator[StandIn]:
    """Serve it on 127.0.0.1."""
    serving = stand_in or StandIn()
    # A connection that is cut on purpose is no error of the server's.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(serving.app(), log_level="critical", lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        serving.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        try:
            yield serving
        finally:
            server.should_exit = True
            await task
