"""The WebSocket door, over real sockets: who gets in, and with what code the others are turned away."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt
import pytest
from fastapi import FastAPI, WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from config.keys import ticket_key
from config.settings import Settings
from serve_app.application import build_app
from serve_app.dependencies import Dependencies
from tests.serve_app.conftest import MARIA, SPRINGS, Clock, MemoryControl, client_of

Make = Callable[..., Dependencies]
Serve = Callable[[FastAPI], str]


@pytest.fixture
async def session_id(app: FastAPI, token_of: Callable[..., str]) -> str:
    return await new_session(app, token_of)


async def new_session(app: FastAPI, token_of: Callable[..., str]) -> str:
    async with client_of(app, token_of(MARIA)) as client:
        return (await client.post("/openai/start")).json()["session_id"]


def ticket_for(app: FastAPI, session_id: str, user_id: str = MARIA) -> str:
    deps: Dependencies = app.state.dependencies
    return deps.tickets.issue(session_id, user_id, SPRINGS)


async def turned_away(url: str, **options: Any) -> tuple[int, str]:
    async with connect(url, **options) as socket:
        return await closed(socket)


async def closed(socket: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as caught:
        await socket.recv()
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


@pytest.mark.parametrize("path", ["/ws/voice-agent/", "/ws/"])
async def test_a_good_ticket_reaches_the_session(app: FastAPI, serve: Serve, session_id: str, path: str):
    ticket = ticket_for(app, session_id)
    async with connect(f"ws://{serve(app)}{path}{session_id}?ticket={ticket}") as socket:
        first = json.loads(await socket.recv())
        assert first["address"] == ["127.0.0.1", 4321]
        assert first["path"] == f"/ws/voice-agent/{session_id}?ticket={ticket}"
        await socket.send("hello")
        assert await socket.recv() == "hello"


async def test_the_url_that_start_returns_works(app: FastAPI, serve: Serve, token_of: Callable[..., str]):
    address = serve(app)
    async with client_of(app, token_of(MARIA)) as client:
        url: str = (await client.post("/openai/start")).json()["websocket_connection"]["websocket_url"]
    async with connect(url.replace("voice.test", address)) as socket:
        assert json.loads(await socket.recv())["address"] == ["127.0.0.1", 4321]


async def test_tickets_that_open_nothing(
    app: FastAPI,
    serve: Serve,
    session_id: str,
    settings: Settings,
    clock: Clock,
    token_of: Callable[..., str],
):
    root = f"ws://{serve(app)}/ws/voice-agent/{session_id}"
    good = ticket_for(app, session_id)
    claims: dict[str, Any] = jwt.decode(good, options={"verify_signature": False})
    assert await turned_away(root) == (1008, "ticket_missing")
    assert await turned_away(root + "?ticket=") == (1008, "ticket_missing")
    assert await turned_away(root + "?ticket=rubbish") == (1008, "ticket_invalid")
    forged = jwt.encode(claims, "x" * 40, algorithm="HS256")
    assert await turned_away(f"{root}?ticket={forged}") == (1008, "ticket_invalid")
    assert await turned_away(f"{root}?ticket={token_of(MARIA)}") == (1008, "ticket_invalid")
    other = await new_session(app, token_of)
    assert await turned_away(f"{root}?ticket={ticket_for(app, other)}") == (1008, "ticket_wrong_session")
    expired = ticket_for(app, session_id)
    clock.now += 61
    assert await turned_away(f"{root}?ticket={expired}") == (1008, "ticket_expired")
    assert len(ticket_key(settings)) >= 32


async def test_a_ticket_opens_one_socket(app: FastAPI, serve: Serve, session_id: str):
    url = f"ws://{serve(app)}/ws/{session_id}?ticket={ticket_for(app, session_id)}"
    async with connect(url) as socket:
        await socket.recv()
        assert await turned_away(url) == (1008, "ticket_reused")
    assert await turned_away(url) == (1008, "ticket_reused")


async def test_a_ticket_of_somebody_else_for_the_same_session(app: FastAPI, serve: Serve, session_id: str):
    url = f"ws://{serve(app)}/ws/{session_id}?ticket={ticket_for(app, session_id, 'user_tom')}"
    assert await turned_away(url) == (1008, "ticket_wrong_session")


async def test_sessions_that_cannot_be_talked_to(
    app: FastAPI, serve: Serve, session_id: str, control: MemoryControl
):
    root = f"ws://{serve(app)}/ws"
    assert await turned_away(f"{root}/gone?ticket={ticket_for(app, 'gone')}") == (4004, "session_unknown")
    control.records[session_id] = replace(control.records[session_id], state="ended")
    ended = f"{root}/{session_id}?ticket={ticket_for(app, session_id)}"
    assert await turned_away(ended) == (4003, "session_not_active")


async def test_a_refusal_does_not_use_the_ticket_up(
    app: FastAPI, serve: Serve, session_id: str, control: MemoryControl
):
    record = control.records.pop(session_id)
    url = f"ws://{serve(app)}/ws/{session_id}?ticket={ticket_for(app, session_id)}"
    assert await turned_away(url) == (4004, "session_unknown")
    control.records[session_id] = record
    async with connect(url) as socket:
        assert await socket.recv()


async def test_origins(make_deps: Make, settings: Settings, serve: Serve, token_of: Callable[..., str]):
    configured = settings.model_copy(
        update={"allowed_origins": ("https://app.example",), "public_url": "https://voice.example"}
    )
    app = build_app(make_deps(settings=configured))
    address = serve(app)
    session_id = await new_session(app, token_of)

    async def outcome(origin: str | None) -> tuple[int, str] | str:
        url = f"ws://{address}/ws/{session_id}?ticket={ticket_for(app, session_id)}"
        async with connect(url, origin=origin) as socket:  # pyright: ignore[reportArgumentType]
            try:
                await socket.recv()
            except ConnectionClosed:
                return socket.close_code or 0, socket.close_reason or ""
            return "in"

    foreign = (1008, "origin_not_allowed")
    assert await outcome(None) == "in"
    assert await outcome("https://app.example") == "in"
    assert await outcome("https://voice.example") == "in"
    assert await outcome(f"http://{address}") == "in"
    assert await outcome("https://evil.example") == foreign
    assert await outcome("https://app.example.evil.example") == foreign
    assert await outcome("null") == foreign


async def test_a_full_replica_turns_away_and_takes_again(
    make_deps: Make, settings: Settings, serve: Serve, token_of: Callable[..., str]
):
    app = build_app(make_deps(settings=settings.model_copy(update={"websocket_max_connections": 2})))
    address = serve(app)
    session_id = await new_session(app, token_of)

    def url() -> str:
        return f"ws://{address}/ws/{session_id}?ticket={ticket_for(app, session_id)}"

    async with connect(url()) as first, connect(url()) as second:
        assert await first.recv()
        assert await second.recv()
        assert await turned_away(url()) == (1013, "at_capacity")
        await first.close()
        async with connect(url()) as third:
            assert await third.recv()


async def test_a_socket_has_a_longest_life(
    make_deps: Make, settings: Settings, serve: Serve, token_of: Callable[..., str]
):
    app = build_app(make_deps(settings=settings.model_copy(update={"websocket_timeout": 0.1})))
    session_id = await new_session(app, token_of)
    async with connect(f"ws://{serve(app)}/ws/{session_id}?ticket={ticket_for(app, session_id)}") as socket:
        await socket.recv()
        assert await closed(socket) == (1012, "socket_timeout")


async def test_a_fault_in_the_pipe_is_a_code_not_a_trace(
    make_deps: Make, serve: Serve, token_of: Callable[..., str]
):
    async def broken(_socket: WebSocket, _address: tuple[str, int], _path: str, _settings: Settings) -> None:
        raise RuntimeError("secret internals")

    app = build_app(make_deps(pipe=broken))
    address = serve(app)
    session_id = await new_session(app, token_of)
    url = f"ws://{address}/ws/{session_id}?ticket={ticket_for(app, session_id)}"
    assert await turned_away(url) == (4000, "internal_error")
    assert app.state.sockets.count == 0


async def test_when_redis_is_away_nobody_gets_in_unchecked(
    make_deps: Make, serve: Serve, app: FastAPI, session_id: str
):
    from redis.asyncio import Redis

    unreachable = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1)
    blind = build_app(make_deps(redis=unreachable))
    url = f"ws://{serve(blind)}/ws/{session_id}?ticket={ticket_for(app, session_id)}"
    assert await turned_away(url) == (4000, "dependency_unavailable")
    await unreachable.aclose()
