from __future__ import annotations

import httpx
import pytest
from hero365_fake_server import TOKEN, FakeServer, error, running

from hero365_client import (
    AtCapacity,
    AuthenticationError,
    Hero365Client,
    NotFound,
    ProtocolError,
    ServerUnreachable,
)


async def test_the_http_surface() -> None:
    async with running(FakeServer()) as server, Hero365Client(server.base_url, TOKEN) as client:
        session = await client.start(is_driving=True, voice="hibari")
        assert server.started_with == [{"is_driving": True, "voice": "hibari"}]
        assert (session.sample_rate, session.available_tools) == (16_000, ("create_job",))
        assert (await client.ticket(session.session_id)).websocket_url != session.websocket_url
        assert (await client.status(session.session_id))["is_active"] is True
        assert await client.config(session.session_id, voice_speed="fast") == {
            "agent_config": {"voice_speed": "fast"}
        }
        assert await client.sessions() == [{"session_id": session.session_id}]
        assert (await client.tools())[0]["name"] == "create_job"
        assert (await client.health())["status"] == "degraded"  # its 503 carries the truth, not a failure
        assert (await client.stop(session.session_id))["session_summary"]["total_messages"] == 0


async def test_refusals_are_typed() -> None:
    async with running(FakeServer()) as server:
        async with Hero365Client(server.base_url, "wrong") as client:
            with pytest.raises(AuthenticationError, match="invalid_token"):
                await client.start()
        async with Hero365Client(server.base_url, TOKEN) as client:
            with pytest.raises(NotFound):
                await client.ticket("nobody")
            server.refuse_start = error(503, "at_capacity", "Full.", **{"Retry-After": "3"})
            with pytest.raises(AtCapacity) as refused:
                await client.start()
            assert refused.value.retry_after == 3.0


async def test_a_server_that_is_not_there() -> None:
    async with Hero365Client("http://127.0.0.1:1", "x") as client:
        with pytest.raises(ServerUnreachable):
            await client.health()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"session_id": "s"}'])
async def test_an_answer_that_is_not_the_api_is_a_protocol_error(body: bytes) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, content=body))
    async with Hero365Client("http://voice", "x", transport=transport) as client:
        with pytest.raises(ProtocolError):
            await client.start()


async def test_socket_urls_follow_the_base_url() -> None:
    async with Hero365Client("https://voice.example/app", "x") as client:
        assert client._socket_url("/ws/1?ticket=t") == "wss://voice.example/ws/1?ticket=t"
        assert client._socket_url("ws://other:1/ws/1") == "ws://other:1/ws/1"
