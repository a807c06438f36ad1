"""A caller of the running server: HTTP with the owner's token, raw sockets, events with deadlines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from serve_app.cli.access import owner_token
from serve_app.launcher import Server
from tests.support.polling import eventually

PREFIX = "/api/v1/voice-agent"


@dataclass
class Line:
    """One open socket with everything that came over it."""

    socket: ClientConnection
    events: list[dict[str, Any]] = field(default_factory=list)
    audio: int = 0
    close_code: int | None = None
    reader: asyncio.Task[None] | None = None

    async def read(self) -> None:
        try:
            async for frame in self.socket:
                if isinstance(frame, bytes):
                    self.audio += len(frame)
                else:
                    self.events.append(json.loads(frame))
        except ConnectionClosed:
            pass
        self.close_code = self.socket.close_code

    async def send(self, kind: str, **data: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, "data": data}))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event["data"] for event in self.events if event["type"] == kind]

    def errors(self) -> list[str]:
        return [error["code"] for error in self.of("error")]

    async def got(self, kind: str, count: int = 1) -> dict[str, Any]:
        found = await eventually(lambda: len(self.of(kind)) >= count and self.of(kind), f"{kind} × {count}")
        return found[count - 1]

    async def answered(self, count: int = 1) -> dict[str, Any]:
        """The ``response_done`` of the count-th answer after the greeting (the first item of a conversation)."""

        def answers() -> list[dict[str, Any]]:
            greeting = self.of("response_started")[0]["item_id"]
            return [done for done in self.of("response_done") if done["item_id"] != greeting]

        found = await eventually(lambda: len(answers()) >= count and answers(), f"answer {count}", 40)
        return found[count - 1]

    async def closed(self) -> int:
        await eventually(lambda: self.close_code is not None, "the socket closes")
        assert self.close_code is not None
        return self.close_code


class Caller:
    """The owner of the seeded business as a client."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.http = httpx.AsyncClient(
            base_url=server.base_url,
            headers={"Authorization": f"Bearer {owner_token(server.settings)}"},
            timeout=60,
        )
        self._lines: list[Line] = []
        self._started: list[str] = []

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"{PREFIX}{path}", json=body)

    async def start(self, **options: Any) -> tuple[str, str]:
        """A new session: (id, websocket URL with its ticket)."""
        answer = await self.post("/openai/start", **options)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        self._started.append(body["session_id"])
        return body["session_id"], body["websocket_connection"]["websocket_url"]

    async def open(self, url: str) -> Line:
        """Connect; the events are read in the background."""
        line = Line(await connect(url, max_size=None))
        line.reader = asyncio.create_task(line.read())
        self._lines.append(line)
        return line

    async def conversation(self, **options: Any) -> tuple[str, Line]:
        """A started session with its socket open and its greeting begun."""
        session_id, url = await self.start(**options)
        line = await self.open(url)
        await line.got("connection_established")
        await line.send("hello", binary=True)
        await line.got("response_started")
        return session_id, line

    def forget(self, session_id: str, line: Line) -> None:
        """A conversation that has ended already."""
        self._started.remove(session_id)
        self._lines.remove(line)

    def tell(self) -> None:
        """Print what came over every line: of a test that fails once in a while nothing else is left."""
        for line in self._lines:
            print(f"--- {line.audio} bytes of audio, close code {line.close_code}")
            for event in line.events:
                print(event.get("timestamp", "")[11:23], event["type"], json.dumps(event["data"])[:300])

    async def close(self) -> None:
        for line in self._lines:
            await line.socket.close()
            if line.reader is not None:
                await line.reader
        for session_id in self._started:
            await self.post("/openai/stop", session_id=session_id)
        await self.http.aclose()


_FAILED: pytest.StashKey[bool] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest.fixture
async def caller(server: Server, request: pytest.FixtureRequest) -> AsyncIterator[Caller]:
    someone = Caller(server)
    yield someone
    if request.node.stash.get(_FAILED, False):
        someone.tell()
    await someone.close()
