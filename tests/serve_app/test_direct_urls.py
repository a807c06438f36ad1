"""The direct route on the HTTP surface: where URLs point, what their tickets say, how the edge is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import jwt
import pytest

from config.keys import ticket_key
from config.settings import Settings
from serve_app.application import build_app
from serve_app.dependencies import Dependencies
from tests.serve_app.conftest import MARIA, MemoryControl, client_of

Make = Callable[..., Dependencies]
TokenOf = Callable[..., str]


def claims_of(url: str, settings: Settings) -> dict[str, Any]:
    ticket = url.partition("?ticket=")[2]
    options = {"verify_exp": False}
    return jwt.decode(ticket, ticket_key(settings), algorithms=["HS256"], options=options)


async def test_the_serve_route_tells_nobody_where_an_actor_is(
    make_deps: Make, settings: Settings, token_of: TokenOf
):
    async with client_of(build_app(make_deps()), token_of(MARIA)) as client:
        url = (await client.post("/openai/start")).json()["websocket_connection"]["websocket_url"]
    assert claims_of(url, settings).keys().isdisjoint({"addr", "port"})


async def test_start_and_ticket_lead_to_the_edge_and_the_actor(
    make_deps: Make, settings: Settings, control: MemoryControl, token_of: TokenOf
):
    direct = settings.model_copy(update={"media_route": "direct", "edge_port": 8101})
    async with client_of(build_app(make_deps(settings=direct)), token_of(MARIA)) as client:
        body = (await client.post("/openai/start")).json()
        session_id, url = body["session_id"], body["websocket_connection"]["websocket_url"]
        record = control.records[session_id]
        assert url.startswith(f"ws://voice.test:8101/ws/voice-agent/{session_id}?ticket=ey")
        claims = claims_of(url, direct)
        assert (claims["addr"], claims["port"]) == (record.host, record.port)
        # The session has moved: a fresh ticket leads to where it is now.
        control.records[session_id] = replace(record, host="10.0.0.7", port=40_007, epoch=2)
        fresh = (await client.post("/openai/ticket", json={"session_id": session_id})).json()
        claims = claims_of(fresh["websocket_url"], direct)
        assert (claims["addr"], claims["port"]) == ("10.0.0.7", 40_007)


@pytest.mark.parametrize(
    ("changes", "headers", "root"),
    [
        ({"edge_url": "wss://media.example/"}, {}, "wss://media.example/ws/"),
        (
            {"edge_url": "wss://media.example", "public_url": "https://voice.example"},
            {},
            "wss://media.example/ws/",
        ),
        ({}, {"X-Forwarded-Proto": "https"}, "wss://voice.test:8001/ws/"),
    ],
)
async def test_the_name_of_the_edge(
    make_deps: Make,
    settings: Settings,
    token_of: TokenOf,
    changes: dict[str, Any],
    headers: dict[str, str],
    root: str,
):
    direct = settings.model_copy(update={"media_route": "direct", **changes})
    async with client_of(build_app(make_deps(settings=direct)), token_of(MARIA), **headers) as client:
        body = (await client.post("/openai/start")).json()
    assert body["websocket_connection"]["websocket_url"].startswith(root)


@pytest.fixture
async def answering() -> AsyncIterator[Callable[[bytes], Any]]:
    """Servers that answer everything with the bytes they are given; the address."""
    running: list[asyncio.Server] = []

    async def start(answer: bytes) -> tuple[str, int]:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(answer)
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        running.append(server)
        return server.sockets[0].getsockname()[:2]

    yield start
    for server in running:
        server.close()


async def test_health_tells_of_the_edge(
    make_deps: Make, settings: Settings, answering: Callable[[bytes], Any], token_of: TokenOf
):
    direct = settings.model_copy(update={"media_route": "direct"})
    well, ill = await answering(b"HTTP/1.0 200 OK\r\n\r\n"), await answering(b"HTTP/1.0 503 No\r\n\r\n")
    down = ("degraded", "down", "unreachable")
    for edge, expected in ((well, ("ok", "ok", None)), (ill, down), (None, down)):
        async with client_of(build_app(make_deps(settings=direct, edge=edge)), token_of(MARIA)) as client:
            answer = await client.get("/openai/health")
        body, part = answer.json(), answer.json()["dependencies"]["edge"]
        assert answer.status_code == 200, "conversations can still be held through the ingress"
        assert (body["status"], part["status"], part["code"]) == expected
