"""Whole conversations on OpenAI's API: the real packages, the stand-in behind them, in real time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import SecretStr

from config.settings import Settings
from conversation import events as wire
from conversation.assembly import Assembled, Providers, assemble
from conversation.openai_model import openai_client, openai_model
from conversation.options import SessionOptions
from conversation.spec import SessionSpec
from conversation.usage import Meter
from tests.openai_stand_in.brain import calls, says
from tests.openai_stand_in.faults import Fault
from tests.openai_stand_in.server import KEY, StandIn, standing_in
from tests.support.agent import asks_first
from tests.support.call import Client, scorer
from tests.support.fake_engines import FakeRecogniser, FakeTools, FakeUnderstanding, FakeVoice
from tests.support.polling import eventually
from tools.catalogue import TOOLS


@dataclass
class Typing:
    """A conversation that is typed into."""

    assembled: Assembled
    stand_in: StandIn
    tools: FakeTools
    client: Client = field(default_factory=Client)

    async def say(self, text: str) -> None:
        """Type, and wait until the answer to it is over."""
        turns = len(self.heard)
        self.assembled.conversation.receive(wire.TextIn(text))
        answerer = self.assembled.conversation.answerer
        await eventually(lambda: len(self.heard) > turns and answerer.current is None, "an answer")

    @property
    def heard(self) -> list[str]:
        """What was answered, turn by turn."""
        return [turn.assistant for turn in self.assembled.loop.history.turns]


@contextlib.asynccontextmanager
async def typing(
    folder: Path, api: Literal["responses", "chat"] = "responses", **options: Any
) -> AsyncIterator[Typing]:
    async with standing_in() as stand_in:
        settings = Settings(
            data_dir=folder,
            openai_api_key=SecretStr(KEY),
            openai_base_url=stand_in.base_url,
            openai_api=api,
            openai_model="some-model",
        )  # pyright: ignore[reportCallIssue]
        tools = FakeTools(asks_first)
        async with openai_client(settings) as client:
            model = openai_model(settings, client, Meter())
            providers = Providers(
                FakeRecogniser(),
                FakeVoice(ms_per_letter=2),
                FakeUnderstanding(),
                tools,
                TOOLS,
                scorer(),
                model,
            )
            chosen = SessionOptions(voice="alloy", **options)
            spec = SessionSpec("s", "user", "Alex", "business", "Acme", "UTC", chosen, datetime.now(UTC))
            call = Typing(assemble(spec, settings, providers), stand_in, tools)
            task = asyncio.create_task(call.assembled.conversation.run())
            await asyncio.sleep(0)  # it is under way
            call.assembled.conversation.attach(call.client)
            call.assembled.conversation.receive(wire.Hello())
            try:
                yield call
            finally:
                call.assembled.conversation.end("test is over")
                await task


@pytest.mark.parametrize("api", ["responses", "chat"])
async def test_a_tool_is_called_and_its_result_told(
    tmp_path: Path, api: Literal["responses", "chat"]
) -> None:
    async with typing(tmp_path, api) as call:
        call.stand_in.brain.will(calls("get_current_time"), says("It is noon."))
        await call.say("What time is it?")
        assert call.heard == ["It is noon."]
        assert [each.name for each in call.tools.calls] == ["get_current_time"]


async def test_money_waits_for_a_yes(tmp_path: Path) -> None:
    async with typing(tmp_path) as call:
        call.stand_in.brain.will(
            calls("create_invoice", contact="Sarah", amount=300), says("The invoice is on its way.")
        )
        await call.say("Bill Sarah three hundred dollars")
        assert call.heard == ["Invoice to Sarah for 300 dollars. Shall I create it?"]
        await call.say("yes")
        assert call.heard[1] == "The invoice is on its way."
        assert [each.confirmation_id for each in call.tools.calls] == [None, "confirm-0"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("cut", after=0),
        Fault("cut", after=2),
        Fault("malformed"),
        Fault("status", status=429),
        Fault("status", status=503),
    ],
)
@pytest.mark.parametrize("api", ["responses", "chat"])
async def test_a_model_that_fails_costs_one_turn_and_not_the_conversation(
    tmp_path: Path, fault: Fault, api: Literal["responses", "chat"]
) -> None:
    async with typing(tmp_path, api) as call:
        call.stand_in.faults.will(api, fault, fault)  # the client tries twice
        await call.say("What time is it?")
        assert call.client.events("error")
        assert call.client.audio(), "the user is told"
        call.stand_in.brain.will(says("Back again."))
        call.stand_in.faults.forget()
        await call.say("Hello?")
        assert call.heard[-1] == "Back again."


@pytest.mark.parametrize("temperature", [0.0, 0.7])
async def test_the_options_of_the_session_reach_the_model(tmp_path: Path, temperature: float) -> None:
    async with typing(tmp_path, temperature=temperature, instructions="Call me captain.") as call:
        await call.say("Hello")
        asked = call.stand_in.brain.asked[0]
        assert asked["temperature"] == temperature
        assert "Call me captain." in asked["instructions"]
