"""Everything a client can do wrong to the running server, over the real ingress: a code each, and the server lives."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
import jwt
import psutil
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from config.keys import ticket_key
from conversation.tickets import Tickets
from tests.e2e.conftest import Caller, Line
from tests.support.polling import eventually

pytestmark = pytest.mark.server

SILENCE_100_MS = b"\0" * 3200


async def still_answers(line: Line) -> None:
    """The session behind the line is alive: it answers a ping."""
    before = len(line.of("pong"))
    await line.send("ping")
    await line.got("pong", before + 1)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "bad_json"),
        ("[]", "bad_message"),
        ('{"data": {}}', "bad_message"),
        ('{"type": "sing"}', "unknown_type"),
        ('{"type": "audio_data", "data": {"audio": "AAA*"}}', "bad_base64"),
        ('{"type": "audio_data", "data": {"audio": "AAAA"}}', "odd_audio"),
        ('{"type": "audio_data", "data": {}}', "bad_message"),
        ('{"type": "text_message", "data": {"text": 7}}', "bad_message"),
        ('{"type": "hello", "data": {"audio_in": 11025}}', "unsupported_audio"),
        ('{"type": "config_update", "data": {"language": "fr"}}', "invalid_option"),
        ('{"type": "confirm", "data": {"confirmation_id": "x", "answer": true}}', "unknown_confirmation"),
        (b"\0\0\0", "odd_audio"),
        (b"\0" * 70_000, "oversize"),
    ],
)
async def test_a_bad_message_gets_its_code_and_the_session_lives(
    caller: Caller, frame: Any, code: str
) -> None:
    _session, line = await caller.conversation()
    await line.socket.send(frame)
    await eventually(lambda: code in line.errors(), f"error {code}")
    await still_answers(line)


async def test_a_flood_of_bad_messages_closes_1008(caller: Caller) -> None:
    _session, line = await caller.conversation()
    for _ in range(60):
        try:
            await line.socket.send("{")
        except ConnectionClosed:
            break
    assert await line.closed() == 1008


async def test_a_frame_beyond_every_limit_closes_1009(caller: Caller) -> None:
    _session, line = await caller.conversation()
    await line.socket.send(b"\0" * 400_000)
    assert await line.closed() == 1009


async def test_audio_ten_times_faster_than_speech_closes_1008(caller: Caller) -> None:
    _session, line = await caller.conversation()
    chunk = b"\0" * 32_000  # a second
    try:
        for _ in range(200):
            await line.socket.send(chunk)
    except ConnectionClosed:
        pass
    assert await line.closed() == 1008


async def test_silence_and_noise_are_no_turn(caller: Caller) -> None:
    """Minutes of it, as fast as the budget allows (3× real time, 30 s at once)."""
    _session, line = await caller.conversation()
    import numpy as np

    noise = (np.random.default_rng(7).standard_normal(16_000) * 120).astype("<i2").tobytes()
    for second in range(24):
        await line.socket.send(noise if second % 2 else b"\0" * 32_000)
    await still_answers(line)
    assert not [each for each in line.of("transcript") if each["is_final"]]
    assert not line.of("tool_call")


async def test_tickets(caller: Caller) -> None:
    session, url = await caller.start()
    other, other_url = await caller.start()
    path = url.split("?")[0]

    async def refused(target: str) -> int:
        return await (await caller.open(target)).closed()

    assert await refused(path) == 1008
    assert await refused(f"{path}?ticket=nonsense") == 1008
    assert await refused(f"{path}?ticket={other_url.split('ticket=')[1]}") == 1008, "another session's ticket"
    settings = caller.server.settings
    claims = jwt.decode(url.split("ticket=")[1], options={"verify_signature": False})
    old = Tickets(ticket_key(settings), 60, clock=lambda: time.time() - 3600).issue(
        session, claims["user_id"], claims["business_id"]
    )
    assert await refused(f"{path}?ticket={old}") == 1008, "an expired ticket"
    line = await caller.open(url)
    await line.got("connection_established")
    assert await refused(url) == 1008, "a ticket used twice"
    await still_answers(line)
    forged = Tickets("x" * 40, 60).issue(session, claims["user_id"], claims["business_id"])
    assert await refused(f"{path}?ticket={forged}") == 1008, "a ticket signed by somebody else"
    unknown = Tickets(ticket_key(settings), 60).issue("nowhere", claims["user_id"], claims["business_id"])
    assert await refused(f"{path.rsplit('/', 1)[0]}/nowhere?ticket={unknown}") == 4004
    assert other


async def test_foreign_sessions_and_missing_tokens(caller: Caller) -> None:
    session, _url = await caller.start()
    from business.seed import SECOND_BUSINESS_ID, SECOND_OWNER_ID
    from serve_app.auth import issue_access_token

    stranger = issue_access_token(caller.server.settings, SECOND_OWNER_ID, SECOND_BUSINESS_ID)
    async with httpx.AsyncClient(base_url=caller.server.base_url, timeout=30) as http:
        path = "/api/v1/voice-agent/openai/status"
        nobody = await http.post(path, json={"session_id": session})
        assert (nobody.status_code, nobody.json()["error"]["code"]) == (401, "token_missing")
        headers = {"Authorization": f"Bearer {stranger}"}
        foreign = await http.post(path, json={"session_id": session}, headers=headers)
        assert foreign.status_code == 403
        unknown = await http.post(path, json={"session_id": "nope"}, headers=headers)
        assert unknown.status_code == 404


async def test_the_newest_socket_wins(caller: Caller) -> None:
    session, first = await caller.conversation()
    answer = await caller.post("/openai/ticket", session_id=session)
    body = answer.json()
    second = await caller.open(body.get("websocket_url") or body["websocket_connection"]["websocket_url"])
    await second.got("connection_established")
    assert await first.closed() == 4010
    await still_answers(second)


async def test_a_client_that_never_reads_costs_no_memory(caller: Caller) -> None:
    """It asks for long answers and reads none of them: the ingress and the actor stay as small as they were."""
    session, url = await caller.start()
    socket = await connect(url, max_queue=1, max_size=None)
    processes = [
        each for each in psutil.process_iter(["cmdline"]) if "ray::" in " ".join(each.info["cmdline"] or [])
    ]
    before = sum(each.memory_info().rss for each in processes if each.is_running())
    try:
        for number in range(60):
            await socket.send(
                json.dumps(
                    {"type": "text_message", "data": {"text": "what's coming up", "message_id": str(number)}}
                )
            )
            for _ in range(5):
                await socket.send(SILENCE_100_MS)
    except ConnectionClosed:
        pass
    status = await eventually(lambda: caller.post("/openai/status", session_id=session), "status")
    assert status.status_code == 200
    after = sum(each.memory_info().rss for each in processes if each.is_running())
    assert after - before < 150 * 1024 * 1024
    socket.transport.abort()


async def test_a_lost_socket_is_resumed(caller: Caller) -> None:
    session, line = await caller.conversation()
    token = (await line.got("connection_established"))["resume_token"]
    await line.send("text_message", text="what time is it")
    await line.got("response_started")
    seen = max(event["seq"] for event in line.events)
    line.socket.transport.abort()
    body = (await caller.post("/openai/ticket", session_id=session)).json()
    again = await caller.open(body.get("websocket_url") or body["websocket_connection"]["websocket_url"])
    await again.send("hello", binary=True, resume={"token": token, "last_seq": seen})
    await again.got("resumed")
    done = await again.got("response_done")
    assert done["item_id"]
    assert again.audio > 0


async def test_a_client_that_is_gone_for_the_grace_time_ends_its_session(caller: Caller) -> None:
    session, line = await caller.conversation()
    line.socket.transport.abort()

    async def ended() -> bool:
        answer = await caller.post("/openai/status", session_id=session)
        return answer.status_code == 200 and not answer.json()["is_active"]

    await eventually(ended, "the session ends", 30)
    async with asyncio.timeout(10):
        late = await caller.post("/openai/ticket", session_id=session)
    assert late.status_code in {404, 409}
