"""The stand-in's speech-to-speech sessions against the Agents SDK's ``RealtimeRunner``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeRunner
from agents.realtime.model import RealtimeModelConfig
from agents.realtime.model_inputs import RealtimeModelSendRawMessage
from agents.realtime.session import RealtimeSession

from tests.openai_stand_in.brain import calls, says
from tests.openai_stand_in.server import KEY, StandIn, standing_in


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    async with standing_in(StandIn(hears=lambda _pcm: "what time is it")) as serving:
        serving.sounds.says = lambda _text: bytes(48_000)
        yield serving


@function_tool
def clock() -> str:
    """The time."""
    return "12:00"


def config(stand_in: StandIn) -> RealtimeModelConfig:
    url = stand_in.base_url.replace("http", "ws", 1) + "/realtime?model=gpt-realtime"
    audio = {"input": {"turn_detection": None}}
    return {"api_key": KEY, "url": url, "initial_model_settings": {"audio": audio}}  # pyright: ignore[reportReturnType]


async def heard(session: RealtimeSession) -> int:
    """Bytes of audio until the first answer is spoken."""
    got = 0
    async with asyncio.timeout(10):
        async for event in session:
            if event.type == "error":
                pytest.fail(str(event.error))
            if event.type == "audio":
                got += len(event.audio.data)
            if event.type == "audio_end":
                break
    return got


async def test_a_spoken_turn_runs_its_tool(stand_in: StandIn) -> None:
    stand_in.brain.will(calls("clock", "call_1"), says("It is noon."))
    agent = RealtimeAgent(name="test", instructions="Be brief.", tools=[clock])
    async with await RealtimeRunner(agent, config={"tracing_disabled": True}).run(
        model_config=config(stand_in)
    ) as session:
        await session.send_audio(bytes(24_000), commit=True)
        await session.model.send_event(RealtimeModelSendRawMessage(message={"type": "response.create"}))
        assert await heard(session) == 48_000
    assert "12:00" in str(stand_in.brain.asked[1]["input"])
