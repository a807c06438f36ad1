"""The Realtime ingress, over real sockets: who gets in, with what key, and how the others are turned away."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
from fastapi import FastAPI
from openai.types.realtime import ClientSecretCreateResponse, RealtimeErrorEvent
from websockets.asyncio.client import connect

from tests.serve_app.conftest import MARIA, SPRINGS, TOM, Clock, MemoryControl

Serve = Callable[[FastAPI], str]
Tokens = Callable[..., str]


async def secret_of(host: str, token: str, **body: object) -> httpx.Response:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        return await client.post(f"http://{host}/v1/realtime/client_secrets", json=body)


async def test_an_access_token_opens_a_session_of_its_own(
    app: FastAPI, serve: Serve, token_of: Tokens, control: MemoryControl
):
    headers = {"Authorization": f"Bearer {token_of(MARIA)}"}
    async with connect(f"ws://{serve(app)}/v1/realtime?model=gpt-x", additional_headers=headers) as socket:
        first = json.loads(await socket.recv())
        (session_id,) = control.specs
        assert first["path"].startswith(f"/v1/realtime/{session_id}?ticket=")
        assert first["path"].endswith("&model=gpt-x")
        await socket.send("hello")
        assert await socket.recv() == "hello"


async def test_a_browser_gives_its_key_as_a_subprotocol(
    app: FastAPI, serve: Serve, token_of: Tokens, control: MemoryControl
):
    host = serve(app)
    session = {"type": "realtime", "instructions": "Be brief.", "model": "gpt-y"}
    answer = await secret_of(host, token_of(MARIA), session=session, expires_after={"seconds": 30})
    made = ClientSecretCreateResponse.model_validate(answer.json())
    offered = ["realtime", f"openai-insecure-api-key.{made.value}"]
    async with connect(f"ws://{host}/v1/realtime", subprotocols=offered) as socket:  # type: ignore[arg-type]
        assert socket.subprotocol == "realtime"
        assert json.loads(await socket.recv())["path"].endswith("&model=gpt-y")
        (spec,) = control.specs.values()
        assert (spec.user_id, spec.business_id) == (MARIA, SPRINGS)
        assert dict(spec.preset) == session
    again = await secret_of(host, made.value)
    assert again.status_code == 401
    assert again.json()["error"]["code"] == "invalid_api_key"


async def test_a_secret_says_when_it_expires(app: FastAPI, serve: Serve, token_of: Tokens, clock: Clock):
    answer = await secret_of(serve(app), token_of(MARIA))
    assert answer.json()["expires_at"] == int(clock.now) + 600


async def test_a_secret_for_a_session_that_cannot_be_is_refused(app: FastAPI, serve: Serve, token_of: Tokens):
    host = serve(app)
    for body, param in (
        ({"session": {"type": "transcription"}}, "session.type"),
        ({"expires_after": {"seconds": 5}}, "expires_after.seconds"),
        ({"session": "brief"}, "session"),
    ):
        answer = await secret_of(host, token_of(MARIA), **body)
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert (error["type"], error["param"]) == ("invalid_request_error", param)


async def turned_away(host: str, key: str | None) -> tuple[RealtimeErrorEvent, int | None]:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with connect(f"ws://{host}/v1/realtime", additional_headers=headers) as socket:
        event = RealtimeErrorEvent.model_validate_json(await socket.recv())
        await socket.wait_closed()
    return event, socket.close_code


async def test_who_may_not_come_in_is_told_why(
    app: FastAPI, serve: Serve, token_of: Tokens, control: MemoryControl
):
    host = serve(app)
    for key, code in ((None, "missing_api_key"), ("x", "token_invalid"), ("ek_x", "invalid_api_key")):
        event, close_code = await turned_away(host, key)
        assert (event.error.code, close_code) == (code, 1008)
        assert event.error.type == "invalid_request_error"
    control.capacity = 0
    event, close_code = await turned_away(host, token_of(TOM))
    assert (event.error.type, event.error.code, close_code) == ("server_error", "at_capacity", 1013)


async def test_webrtc_is_not_enabled_and_says_so(app: FastAPI, serve: Serve, token_of: Tokens):
    host = serve(app)
    async with httpx.AsyncClient() as client:
        url = f"http://{host}/v1/realtime/calls"
        assert (await client.post(url, content="v=0")).status_code == 401
        headers = {"Authorization": f"Bearer {token_of(MARIA)}"}
        answer = await client.post(url, content="v=0", headers=headers)
    assert answer.status_code == 501
    assert answer.json()["error"]["code"] == "webrtc_not_enabled"
