"""A running server on OpenAI (the stand-in): typed turns with a tool, its failure, what it cost, its budget."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bench.server_process import ServerProcess
from hero365_client import ErrorEvent, Hero365Client, ResponseDone, ResponseText
from tests.openai_stand_in.brain import calls, last_user_text, says
from tests.openai_stand_in.faults import Fault
from tests.openai_stand_in.server import KEY, StandIn, standing_in
from tests.support.polling import eventually

pytestmark = [pytest.mark.server, pytest.mark.provider, pytest.mark.timeout(400)]

PREFIX = "/api/v1/voice-agent"


def answer(request: dict[str, Any]) -> list[Any]:
    return [says(f"You said: {last_user_text(request)}.")]


@contextlib.asynccontextmanager
async def provided(**settings: str) -> AsyncIterator[tuple[ServerProcess, StandIn]]:
    async with standing_in() as stand_in:
        stand_in.brain.otherwise = answer
        stand_in.sounds.says = lambda text: bytes(48 * 5 * len(text))  # 5 ms a letter
        variables = {
            "HERO365_PROVIDER": "openai",
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": stand_in.base_url,
            **settings,
        }
        with ServerProcess(settings=variables) as server:
            yield server, stand_in


class Talk:
    """One typed conversation: what was said, and what went wrong."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.said: list[str] = []
        self.errors: list[str] = []
        self.done = 0
        connection.listen(self._noted)

    def _noted(self, event: object) -> None:
        if isinstance(event, ResponseText):
            self.said.append(event.text)
        elif isinstance(event, ErrorEvent):
            self.errors.append(event.code)
        elif isinstance(event, ResponseDone):
            self.done += 1

    async def ask(self, words: str, about: str) -> None:
        await self._connection.send_text(words)
        await eventually(
            lambda: [text for text in self.said if about in text], f"an answer about {about}", 60
        )


async def test_it_answers_falls_back_counts_and_ends_politely() -> None:
    # Six hundred tokens, or words of the stand-in's.
    prices = '{"gpt-4.1-mini": {"output": 1000}, "gpt-4o-mini-tts": {}}'
    budget = {"HERO365_PRICES": prices, "HERO365_SESSION_BUDGET_USD": "0.6"}
    async with (
        provided(**budget, HERO365_CIRCUIT_FAILURES="1", HERO365_CIRCUIT_OPEN_S="2") as (server, stand_in),
        Hero365Client(server.base_url, server.token()) as client,
    ):
        session = await client.start(instructions="Be very brief.", temperature=0.3, voice="coral")
        async with await client.connect(session) as connection:
            talk = Talk(connection)
            stand_in.brain.will(calls("get_current_time"), says("It is about noon."))
            await talk.ask("What time is it?", "about noon")
            request = stand_in.brain.asked[-1]
            assert request["temperature"] == 0.3
            assert "Be very brief." in request["instructions"]
            assert stand_in.sounds.asked[-1]["voice"] == "coral"
            stand_in.faults.will("responses", *[Fault("status", status=503)] * 4)
            await talk.ask("Who owes me money?", "owe")
            health = await _get(server, "/openai/health")
            assert health["dependencies"]["openai_thinking"]["circuit"] == "open"
            assert health["status"] == "degraded"
            stand_in.faults.forget()
            await eventually(lambda: _recovered(server), "the circuit", 60)
            status = await _post(server, "/openai/status", session_id=session.session_id)
            assert status["usage"]["models"]["gpt-4.1-mini"]["input_tokens"] > 0
            assert status["usage"]["estimated_cost_usd"] > 0
            await eventually(lambda: _reported(server), "the usage in the books", 30)
            await _until_spent(stand_in, talk)
            await eventually(lambda: "budget_exhausted" in talk.errors, "the end of the budget", 60)
            await eventually(lambda: [text for text in talk.said if "Goodbye" in text], "a goodbye", 60)
            await eventually(lambda: _ended(server, session.session_id), "the end", 60)


async def _recovered(server: ServerProcess) -> bool:
    health = await _get(server, "/openai/health")
    return health["dependencies"]["openai_thinking"]["circuit"] != "open"


async def _until_spent(stand_in: StandIn, talk: Talk) -> None:
    """One answer that costs more than all the rest."""
    stand_in.brain.otherwise = lambda _request: [
        says("This is a sentence of ten words that says nothing. " * 60)
    ]
    await talk.ask("Tell me everything.", "says nothing")


async def _get(server: ServerProcess, path: str) -> dict[str, Any]:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {server.token()}"}) as http:
        return (await http.get(f"{server.base_url}{PREFIX}{path}")).json()


async def _post(server: ServerProcess, path: str, **body: Any) -> dict[str, Any]:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {server.token()}"}) as http:
        return (await http.post(f"{server.base_url}{PREFIX}{path}", json=body)).json()


async def _reported(server: ServerProcess) -> bool:
    days = (await _get(server, "/usage"))["days"]
    return any(each["model"] == "gpt-4.1-mini" and each["output_tokens"] > 0 for each in days)


async def _ended(server: ServerProcess, session_id: str) -> bool:
    return not (await _post(server, "/openai/status", session_id=session_id))["is_active"]
