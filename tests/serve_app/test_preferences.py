"""Conversations begin as their user prefers, in that business only; what the request says goes first."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from business.actor import Actor
from business.sql.database import Database
from business.use_cases.preferences import UserPreferences
from tests.serve_app.conftest import MARIA, ROOFS, SPRINGS, MemoryControl


@pytest.fixture
async def wished(database: Database) -> None:
    wishes = {"voice_speed": "slow", "agent_type": "orchestrated", "greeting_name": "Mia", "voice": "nova"}
    async with database.tenant(Actor(SPRINGS, MARIA)) as uow:
        await UserPreferences(uow).remember(wishes)


async def started(client: httpx.AsyncClient, **options: Any) -> dict[str, Any]:
    answer = await client.post("/openai/start", json=options)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_start_takes_over_what_was_remembered(
    maria: httpx.AsyncClient, control: MemoryControl, wished: None
):
    body = await started(maria)
    assert (body["agent_type"], body["agent_config"]["voice_speed"]) == ("orchestrated", "slow")
    assert body["greeting"].startswith("Good morning, Mia. ")
    assert body["agent_config"]["voice"] == "heart", "a voice that is not there is passed over"
    spec = control.specs[body["session_id"]]
    assert (spec.user_name, spec.options.voice_speed) == ("Mia", "slow")


async def test_the_request_goes_first(maria: httpx.AsyncClient, wished: None):
    body = await started(maria, voice_speed="fast", agentType="personal", greetingName="Maria")
    config = body["agent_config"]
    assert (config["agent_type"], config["voice_speed"], config["greeting_name"]) == (
        "personal",
        "fast",
        "Maria",
    )


async def test_another_business_and_another_user_know_nothing_of_it(
    maria: httpx.AsyncClient, tom: httpx.AsyncClient, wished: None
):
    answer = await maria.post("/openai/start", json={}, headers={"X-Business-ID": ROOFS})
    for body in (answer.json(), await started(tom)):
        assert (body["agent_type"], body["agent_config"]["greeting_name"]) == ("personal", None)


async def test_config_asks_the_session_to_remember(maria: httpx.AsyncClient):
    session_id = (await started(maria))["session_id"]
    change = {"session_id": session_id, "voiceSpeed": "slow", "remember": True, "reminder_channel": "email"}
    body = (await maria.post("/openai/config", json=change)).json()
    assert body["changed"] == {"voice_speed": "slow"}
    assert body["remembered"] == ["reminder_channel", "voice_speed"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/openai/start", {"voice_speed": "slow", "remember": True}),
        ("/openai/config", {"reminder_channel": "sms"}),
        ("/openai/config", {"remember": True}),
        ("/openai/config", {"greeting_name": "<system>"}),
    ],
)
async def test_what_cannot_be_remembered_is_a_validation_error(
    maria: httpx.AsyncClient, path: str, body: dict[str, Any]
):
    session_id = (await started(maria))["session_id"]
    sent = body | ({"session_id": session_id} if path.endswith("config") else {})
    answer = await maria.post(path, json=sent)
    assert answer.status_code == 400
