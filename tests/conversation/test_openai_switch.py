"""With a key the same loop thinks, hears and speaks through OpenAI: the real client, the stand-in behind it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest
from agents import Agent, RunConfig, Runner, function_tool
from pydantic import SecretStr

from config.settings import Settings
from conversation.openai_model import openai_client, openai_model
from conversation.openai_speech import OpenAIRecogniser, OpenAIVoice
from conversation.providers import EngineUnavailable
from conversation.usage import Meter
from tests.openai_stand_in.brain import calls, says
from tests.openai_stand_in.faults import Fault
from tests.openai_stand_in.server import KEY, StandIn, standing_in


@pytest.fixture
async def openai() -> AsyncIterator[StandIn]:
    async with standing_in(StandIn(hears=lambda pcm: f"{len(pcm)} bytes")) as serving:
        yield serving


def settings_of(stand_in: StandIn, folder: Path, api: Literal["responses", "chat"] = "responses") -> Settings:
    return Settings(
        data_dir=folder,
        openai_api_key=SecretStr(KEY),
        openai_base_url=stand_in.base_url,
        openai_api=api,
        openai_model="some-model",
        openai_transcribe_model="some-ears",
        openai_voice_model="some-voice",
    )  # pyright: ignore[reportCallIssue]


@function_tool
def clock() -> str:
    """The time."""
    return "12:00"


@pytest.mark.parametrize("api", ["responses", "chat"])
async def test_the_key_switches_the_model_of_the_very_same_loop(
    openai: StandIn, tmp_path: Path, api: Literal["responses", "chat"]
) -> None:
    settings = settings_of(openai, tmp_path, api)
    assert settings.openai_enabled
    openai.brain.will(calls("clock"), says("It is noon."))
    async with openai_client(settings) as client:
        agent: Agent[Any] = Agent(
            name="test",
            model=openai_model(settings, client, Meter()),
            tools=[clock],
            instructions="Be brief.",
        )
        result = Runner.run_streamed(agent, "What time is it?", run_config=RunConfig(tracing_disabled=True))
        text = ""
        async for event in result.stream_events():
            if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                text += event.data.delta
    assert text == "It is noon."
    assert [each["model"] for each in openai.brain.asked] == ["some-model", "some-model"]
    assert openai.keys == {f"Bearer {KEY}"}
    assert "12:00" in json.dumps(openai.brain.asked[1])


async def test_its_voice_streams_and_its_ears_hear(openai: StandIn, tmp_path: Path) -> None:
    settings = settings_of(openai, tmp_path)
    async with openai_client(settings) as client:
        voice = OpenAIVoice(client, settings.openai_voice_model, Meter())
        chunks = [chunk async for chunk in voice.speak("It is noon.", voice="alloy", speed=1.2)]
        assert len(chunks) > 1
        assert all(len(chunk) % 2 == 0 for chunk in chunks)
        asked = openai.sounds.asked[-1]
        assert (asked["model"], asked["voice"], asked["speed"], asked["input"]) == (
            "some-voice", "alloy", 1.2, "It is noon.",
        )  # fmt: skip
        ears = OpenAIRecogniser(client, settings.openai_transcribe_model, "en", Meter())
        heard = await ears.recognise(b"\0\0" * 16_000, hints=("Sarah Johnson",))
    assert heard.text == "32000 bytes"
    asked = openai.sounds.asked[-1]
    assert (asked["model"], asked["language"], asked["prompt"]) == ("some-ears", "en", "Sarah Johnson")


@pytest.mark.parametrize("fault", [Fault("status", status=500), Fault("cut", after=0), Fault("cut", after=1)])
async def test_a_failing_api_is_an_unavailable_engine(openai: StandIn, tmp_path: Path, fault: Fault) -> None:
    settings = settings_of(openai, tmp_path)
    openai.faults.will("speech", fault, fault)  # the client tries twice
    async with openai_client(settings) as client:
        voice = OpenAIVoice(client, "some-voice", Meter())
        with pytest.raises(EngineUnavailable):
            async for _chunk in voice.speak("It is noon.", voice="alloy", speed=1.0):
                pass
