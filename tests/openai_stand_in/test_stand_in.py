"""The stand-in against OpenAI's own packages: what it says they can read, and its faults are the ones they know."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import AsyncIterator

import pytest
from agents import Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, RunConfig, Runner, function_tool
from agents.models.interface import Model
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, AuthenticationError, RateLimitError

from tests.openai_stand_in.brain import calls, last_user_text, says
from tests.openai_stand_in.faults import Fault
from tests.openai_stand_in.server import KEY, StandIn, standing_in


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    async with standing_in(StandIn(hears=lambda _pcm: "what time is it")) as serving:
        yield serving


@pytest.fixture
async def openai(stand_in: StandIn) -> AsyncIterator[AsyncOpenAI]:
    async with client(stand_in) as made:
        yield made


def client(stand_in: StandIn, key: str = KEY) -> AsyncOpenAI:
    return AsyncOpenAI(api_key=key, base_url=stand_in.base_url, max_retries=0, timeout=5.0)


@function_tool
def clock() -> str:
    """The time."""
    return "12:00"


@pytest.mark.parametrize("kind", [OpenAIResponsesModel, OpenAIChatCompletionsModel])
async def test_a_model_of_the_sdk_runs_on_it(stand_in: StandIn, openai: AsyncOpenAI, kind: type) -> None:
    stand_in.brain.will(calls("clock"), says("It is noon. Anything else?"))
    model: Model = kind("some-model", openai)
    agent = Agent(name="test", model=model, tools=[clock], instructions="Be brief.")
    result = Runner.run_streamed(agent, "What time is it?", run_config=RunConfig(tracing_disabled=True))
    async for _event in result.stream_events():
        pass
    assert result.final_output == "It is noon. Anything else?"
    assert last_user_text(stand_in.brain.asked[0]) == "What time is it?"
    assert "12:00" in json.dumps(stand_in.brain.asked[1])
    assert result.context_wrapper.usage.total_tokens > 0


async def test_it_hears_and_speaks(openai: AsyncOpenAI) -> None:
    async with openai.audio.speech.with_streaming_response.create(
        model="m", voice="alloy", input="It is noon.", response_format="pcm"
    ) as response:
        pcm = b"".join([chunk async for chunk in response.iter_bytes()])
    assert 20_000 < len(pcm) < 200_000
    sound = ("speech.wav", _wav(pcm), "audio/wav")
    heard = await openai.audio.transcriptions.create(model="m", file=sound, language="en")
    assert heard.text == "what time is it"
    stream = await openai.audio.transcriptions.create(model="m", file=sound, stream=True)
    events = [event async for event in stream]
    assert events[-1].type == "transcript.text.done"
    assert (
        "".join(event.delta for event in events[:-1] if event.type == "transcript.text.delta") == heard.text
    )


async def test_without_the_key_nothing_is_answered(stand_in: StandIn) -> None:
    async with client(stand_in, "sk-wrong") as openai:
        with pytest.raises(AuthenticationError):
            await openai.responses.create(model="m", input="Hello")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("status", status=429), RateLimitError),
        (Fault("status", status=503), APIStatusError),
        (Fault("cut", after=0), APIConnectionError),
    ],
)
async def test_a_request_fails_as_the_real_one_does(
    stand_in: StandIn, openai: AsyncOpenAI, fault: Fault, error: type
) -> None:
    stand_in.faults.will("responses", fault)
    with pytest.raises(error):
        await openai.responses.create(model="m", input="Hello")
    assert (await openai.responses.create(model="m", input="Hello")).output_text == "All right."


@pytest.mark.parametrize("fault", [Fault("cut", after=3), Fault("malformed")])
async def test_a_stream_that_breaks_is_noticed_and_its_step_is_kept(
    stand_in: StandIn, openai: AsyncOpenAI, fault: Fault
) -> None:
    stand_in.brain.will(says("One."), says("Two."))
    stand_in.faults.will("responses", fault)
    with pytest.raises(Exception):  # noqa: B017, PT011  (whichever the packages raise for it)
        async for _event in await openai.responses.create(model="m", input="Hello", stream=True):
            pass
    again = await openai.responses.create(model="m", input="Hello")
    assert again.output_text == "One."


async def test_faults_at_random_follow_their_seed() -> None:
    async def happened(seed: int) -> dict[str, int]:
        stand_in = StandIn()
        stand_in.faults.rate, stand_in.faults.seed = 0.5, seed
        stand_in.faults.__post_init__()
        for _ in range(40):
            stand_in.faults.of("speech")
        return dict(stand_in.faults.happened)

    assert await happened(1) == await happened(1)
    assert await happened(1) != await happened(2)


def _wav(pcm: bytes) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(pcm)
    return buffer.getvalue()
