"""Start, ticket, status, stop, config, sessions, tools: what goes in, what comes out, whose it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from config.settings import Settings
from serve_app.application import build_app
from serve_app.dependencies import Dependencies, ToolDescription
from tests.serve_app.conftest import MARIA, NOW, ROOFS, SPRINGS, TOM, MemoryControl, client_of

Make = Callable[..., Dependencies]


async def started(client: httpx.AsyncClient, **options: Any) -> dict[str, Any]:
    answer = await client.post("/openai/start", json=options)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(client: httpx.AsyncClient, path: str, body: Any) -> tuple[int, str, dict[str, Any]]:
    answer = await client.post(path, json=body)
    error = answer.json()["error"]
    assert set(error) == {"type", "message", "code", "details"}
    return answer.status_code, error["code"], error["details"]


async def test_start_gives_all_a_client_needs(maria: httpx.AsyncClient, control: MemoryControl):
    body = await started(maria)
    session_id = body["session_id"]
    connection = body["websocket_connection"]
    assert connection["websocket_url"].startswith(f"ws://voice.test/ws/voice-agent/{session_id}?ticket=ey")
    assert (connection["audio_format"], connection["sample_rate"], connection["chunk_size"]) == (
        "pcm16",
        16000,
        2048,
    )
    assert connection["ticket_expires_in"] == 60
    assert body["available_tools"] == ["get_current_time"]
    assert body["greeting"].startswith("Good morning, Maria. ")  # 15:30 UTC is 8:30 in Denver
    assert body["agent_type"] == "personal"
    assert body["agent_config"]["voice"] == "heart"
    assert body["agent_config"]["max_duration"] == 3600
    assert body["warnings"] == []
    spec = control.specs[session_id]
    assert (spec.user_id, spec.user_name, spec.business_id) == (MARIA, "Maria Lopez", SPRINGS)
    assert (spec.business_name, spec.timezone, spec.created_at) == ("Springs Plumbing", "America/Denver", NOW)


async def test_session_ids_cannot_be_guessed(maria: httpx.AsyncClient):
    ids = {(await started(maria))["session_id"] for _ in range(3)}
    assert len(ids) == 3
    assert all(len(session_id) >= 32 for session_id in ids)


OPTIONS_SNAKE = {
    "agent_type": "personal",
    "voice": "heart",
    "voice_speed": "fast",
    "language": "en",
    "location": {"latitude": 39.7, "longitude": -104.9, "address": "Denver"},
    "is_driving": True,
    "safety_mode": True,
    "enable_noise_cancellation": False,
    "max_duration": 600,
}
OPTIONS_CAMEL = {
    "agentType": "personal",
    "voice": "heart",
    "voiceSpeed": "fast",
    "language": "en",
    "location": {"latitude": 39.7, "longitude": -104.9, "address": "Denver"},
    "isDriving": True,
    "safetyMode": True,
    "enableNoiseCancellation": False,
    "maxDuration": 600,
}


@pytest.mark.parametrize("options", [OPTIONS_SNAKE, OPTIONS_CAMEL])
async def test_both_spellings_reach_the_session(
    maria: httpx.AsyncClient, control: MemoryControl, options: dict[str, Any]
):
    body = await started(maria, **options)
    held = control.options[body["session_id"]]
    assert (held.voice_speed, held.is_driving, held.safety_mode, held.max_duration_s) == (
        "fast",
        True,
        True,
        600,
    )
    assert held.location is not None
    assert (held.location.latitude, held.location.address) == (39.7, "Denver")
    shown = body["agent_config"]
    assert {name: shown[name] for name in OPTIONS_SNAKE} == OPTIONS_SNAKE
    assert body["greeting"] == "Good morning, Maria, what do you need?"


async def test_what_has_no_effect_is_a_warning(maria: httpx.AsyncClient):
    body = await started(maria, instructions="Be brief.", temperature=0.2)
    assert [(each["option"], each["code"]) for each in body["warnings"]] == [
        ("instructions", "no_effect"),
        ("temperature", "no_effect"),
    ]


async def test_with_openai_instructions_and_temperature_do_count(
    make_deps: Make, settings: Settings, token_of: Callable[..., str]
):
    cloud = settings.model_copy(update={"provider": "openai"})
    async with client_of(build_app(make_deps(settings=cloud)), token_of(MARIA)) as client:
        body = await started(client, instructions="Be brief.", temperature=0.2, voice="coral")
        assert body["warnings"] == []
        assert body["agent_config"]["voice"] == "coral"
        assert (await refused(client, "/openai/start", {"voice": "heart"}))[:2] == (400, "invalid_option")


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"voice": "nobody"}, "invalid_option", "voice"),
        ({"language": "de"}, "invalid_option", "language"),
        ({"max_duration": 4000}, "invalid_option", "max_duration"),
    ],
)
async def test_what_the_engines_cannot_do_is_refused(
    maria: httpx.AsyncClient, control: MemoryControl, options: dict[str, Any], code: str, field: str
):
    status, got, details = await refused(maria, "/openai/start", options)
    assert (status, got, details["field"]) == (400, code, field)
    assert control.records == {}


async def test_a_refused_voice_names_those_there_are(maria: httpx.AsyncClient):
    _, _, details = await refused(maria, "/openai/start", {"voice": "nobody"})
    assert details["allowed"] == ["heart"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": -0.1}, "temperature"),
        ({"voice_speed": "warp"}, "voice_speed"),
        ({"agentType": "robot"}, "agentType"),
        ({"is_driving": "perhaps"}, "is_driving"),
        ({"location": {"latitude": 91}}, "location.latitude"),
        ({"location": "Denver"}, "location"),
        ({"max_duration": 1}, "max_duration"),
        ({"instructions": "x" * 16_001}, "instructions"),
        ({"voise": "heart"}, "voise"),
        ({"user_id": "user_tom"}, "user_id"),
        ([], "body"),
    ],
)
async def test_values_that_are_not_allowed(maria: httpx.AsyncClient, body: Any, field: str):
    status, code, details = await refused(maria, "/openai/start", body)
    assert (status, code) == (400, "invalid_request")
    assert details["fields"][0]["field"] == field


async def test_the_public_url_is_what_clients_are_told(
    make_deps: Make, settings: Settings, token_of: Callable[..., str]
):
    outside = settings.model_copy(update={"public_url": "https://voice.example/"})
    async with client_of(build_app(make_deps(settings=outside)), token_of(MARIA)) as client:
        body = await started(client)
    assert body["websocket_connection"]["websocket_url"].startswith("wss://voice.example/ws/voice-agent/")


async def test_behind_tls_the_socket_is_wss(app: FastAPI, token_of: Callable[..., str]):
    async with client_of(app, token_of(MARIA), **{"X-Forwarded-Proto": "https"}) as client:
        body = await started(client)
    assert body["websocket_connection"]["websocket_url"].startswith("wss://voice.test/ws/")


async def test_tools_that_the_role_cannot_use_are_not_offered(make_deps: Make, token_of: Callable[..., str]):
    from business.entities.memberships import Permission

    tools = tuple(
        ToolDescription(name, name, {"type": "object"}, "never", permission)
        for name, permission in (("time", None), ("bill", Permission.CREATE_INVOICES))
    )
    app = build_app(make_deps(tools=tools))
    async with client_of(app, token_of(MARIA)) as client:
        assert (await started(client))["available_tools"] == ["time", "bill"]
    async with client_of(app, token_of(TOM)) as client:
        assert (await started(client))["available_tools"] == ["time"]


async def test_ticket_is_fresh_each_time(maria: httpx.AsyncClient):
    session_id = (await started(maria))["session_id"]
    answers = [(await maria.post("/openai/ticket", json={"sessionId": session_id})).json() for _ in range(2)]
    assert answers[0]["ticket"] != answers[1]["ticket"]
    assert answers[0]["websocket_url"].endswith(f"/ws/voice-agent/{session_id}?ticket={answers[0]['ticket']}")


async def test_status_stop_and_stop_again(maria: httpx.AsyncClient):
    body = {"session_id": (await started(maria))["session_id"]}
    status = (await maria.post("/openai/status", json=body)).json()
    assert status["is_active"] is True
    assert status["tools_used"] == {"get_today_jobs": 1}
    first = await maria.post("/openai/stop", json=body)
    again = await maria.post("/openai/stop", json=body)
    assert first.json()["session_summary"]["total_messages"] == 2
    assert again.json() == first.json()
    assert (await maria.post("/openai/status", json=body)).json()["is_active"] is False
    assert (await refused(maria, "/openai/ticket", body))[:2] == (409, "session_not_active")
    assert (await refused(maria, "/openai/config", {**body, "voice_speed": "slow"}))[:2] == (
        409,
        "session_not_active",
    )


async def test_a_session_whose_actor_left_no_words_still_answers(
    maria: httpx.AsyncClient, control: MemoryControl, monkeypatch: pytest.MonkeyPatch
):
    body = {"session_id": (await started(maria))["session_id"]}

    async def status(_session_id: str) -> dict[str, Any]:
        return {"is_active": False, "connection_status": "ended"}

    async def stop(_session_id: str) -> dict[str, Any]:
        return {}

    monkeypatch.setattr(control, "status", status)
    monkeypatch.setattr(control, "stop", stop)
    assert (await maria.post("/openai/status", json=body)).json()["duration"] is None
    assert (await maria.post("/openai/stop", json=body)).json()["session_summary"]["tools_used"] is None


async def test_config_changes_what_is_named_and_nothing_else(
    maria: httpx.AsyncClient, control: MemoryControl
):
    session_id = (await started(maria, voice_speed="fast"))["session_id"]
    answer = await maria.post(
        "/openai/config",
        json={"sessionId": session_id, "isDriving": True, "maxDuration": 60, "instructions": "Be brief."},
    )
    assert answer.json()["changed"] == {"is_driving": True, "max_duration": 60, "instructions": "Be brief."}
    assert [each["option"] for each in answer.json()["warnings"]] == ["instructions"]
    held = control.options[session_id]
    assert (held.is_driving, held.max_duration_s, held.voice_speed) == (True, 60, "fast")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "nothing_to_change"),
        ({"voice": "nobody"}, "invalid_option"),
        ({"temperature": 3}, "invalid_request"),
        ({"colour": "red"}, "invalid_request"),
    ],
)
async def test_config_refuses_as_start_does(
    maria: httpx.AsyncClient, control: MemoryControl, changes: dict[str, Any], code: str
):
    session_id = (await started(maria))["session_id"]
    before = control.options[session_id]
    assert (await refused(maria, "/openai/config", {"session_id": session_id, **changes}))[:2] == (400, code)
    assert control.options[session_id] == before


async def test_noise_cancellation_can_be_had(maria: httpx.AsyncClient, control: MemoryControl):
    session_id = (await started(maria, enableNoiseCancellation=True))["session_id"]
    assert control.options[session_id].enable_noise_cancellation
    answer = await maria.post(
        "/openai/config", json={"session_id": session_id, "enable_noise_cancellation": False}
    )
    assert answer.json()["changed"] == {"enable_noise_cancellation": False}
    assert not control.options[session_id].enable_noise_cancellation


SESSION_ROUTES = ["/openai/ticket", "/openai/status", "/openai/stop", "/openai/config"]


@pytest.mark.parametrize("path", SESSION_ROUTES)
async def test_other_peoples_sessions(
    path: str, maria: httpx.AsyncClient, tom: httpx.AsyncClient, app: FastAPI, token_of: Callable[..., str],
    control: MemoryControl,
):  # fmt: skip
    session_id = (await started(maria))["session_id"]
    body = {"session_id": session_id} | ({"is_driving": True} if path.endswith("config") else {})
    assert await refused(tom, path, body) == (403, "not_your_session", {})
    async with client_of(app, token_of(MARIA, ROOFS)) as in_the_other_business:
        assert await refused(in_the_other_business, path, body) == (403, "not_your_session", {})
    unknown = body | {"session_id": "session_" + "0" * 32}
    assert await refused(maria, path, unknown) == (404, "session_not_found", {})
    assert control.records[session_id].state == "active"
    async with client_of(app) as anonymous:
        assert (await refused(anonymous, path, body))[:2] == (401, "token_missing")


@pytest.mark.parametrize("path", SESSION_ROUTES)
@pytest.mark.parametrize("body", [{}, {"session_id": ""}, {"session_id": 5}, {"session_id": None}])
async def test_a_session_has_to_be_named(maria: httpx.AsyncClient, path: str, body: Any):
    assert (await refused(maria, path, body))[:2] == (400, "invalid_request")


async def test_sessions_are_the_callers_own_in_this_business(
    maria: httpx.AsyncClient, tom: httpx.AsyncClient, app: FastAPI, token_of: Callable[..., str]
):
    mine = [(await started(maria))["session_id"] for _ in range(2)]
    await started(tom)
    async with client_of(app, token_of(MARIA, ROOFS)) as elsewhere:
        await started(elsewhere)
    body = (await maria.get("/openai/sessions")).json()
    assert [each["session_id"] for each in body["sessions"]] == mine[::-1]
    assert body["total"] == 2
    await maria.post("/openai/stop", json={"session_id": mine[0]})
    assert [each["session_id"] for each in (await maria.get("/openai/sessions")).json()["sessions"]] == mine[
        1:
    ]


async def test_tools_come_with_their_schemas(maria: httpx.AsyncClient, app: FastAPI):
    body = (await maria.get("/openai/tools")).json()
    assert body == {
        "tools": [
            {
                "name": "get_current_time",
                "description": "The time.",
                "parameters": {"type": "object", "properties": {}},
                "confirmation": "never",
            }
        ],
        "total": 1,
    }
    async with client_of(app) as anonymous:
        assert (await anonymous.get("/openai/tools")).status_code == 401


async def test_at_capacity_nothing_is_kept(maria: httpx.AsyncClient, control: MemoryControl):
    control.capacity = 0
    for _ in range(6):  # more than the places of one user: a refused start gives its place back
        answer = await maria.post("/openai/start")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "8"
        assert answer.json()["error"]["code"] == "at_capacity"
    control.capacity = 1
    await started(maria)


async def test_a_start_that_its_client_gave_up_gives_its_place_back(
    maria: httpx.AsyncClient, control: MemoryControl
):
    control.blocked = True
    for _ in range(5):
        control.reached.clear()
        start = asyncio.create_task(maria.post("/openai/start"))
        await control.reached.wait()
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start
    control.blocked = False
    await started(maria)
