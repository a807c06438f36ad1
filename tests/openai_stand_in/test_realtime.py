"""The stand-in's speech-to-speech sessions against the real ``openai`` package."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from websockets.exceptions import ConnectionClosedError

from media.resample import StreamResampler
from tests.openai_stand_in.brain import calls, last_user_text, says
from tests.openai_stand_in.faults import Fault
from tests.openai_stand_in.server import KEY, StandIn, standing_in
from tests.support.call import sample

_SPEECH = base64.b64encode(bytes(24_000)).decode()


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    async with standing_in(StandIn(hears=lambda _pcm: "what time is it")) as serving:
        serving.sounds.says = lambda _text: bytes(48_000)
        yield serving


@pytest.fixture
async def line(stand_in: StandIn) -> AsyncIterator[AsyncRealtimeConnection]:
    made = AsyncOpenAI(api_key=KEY, base_url=stand_in.base_url)
    async with made, made.realtime.connect(model="gpt-realtime") as connection:
        yield connection


async def until(line: AsyncRealtimeConnection, kind: str) -> list[Any]:
    seen: list[Any] = []
    async with asyncio.timeout(10):
        while not seen or seen[-1].type != kind:
            seen.append(await line.recv())
    return seen


async def ask(line: AsyncRealtimeConnection) -> None:
    await line.input_audio_buffer.append(audio=_SPEECH)
    await line.input_audio_buffer.commit()
    await line.response.create()


async def test_a_spoken_turn_with_a_tool_call(stand_in: StandIn, line: AsyncRealtimeConnection) -> None:
    stand_in.brain.will(calls("clock", "call_1"), says("It is noon."))
    await line.session.update(
        session={
            "type": "realtime",
            "audio": {"input": {"turn_detection": None}},
            "instructions": "Be brief.",
        }
    )
    await ask(line)
    first = await until(line, "response.done")
    assert [event.transcript for event in first if event.type.endswith("transcription.completed")] == [
        "what time is it"
    ]
    assert first[-1].response.output[0].name == "clock"
    output: Any = {"type": "function_call_output", "call_id": "call_1", "output": "12:00"}
    await line.conversation.item.create(item=output)
    await line.response.create()
    second = await until(line, "response.done")
    audio = b"".join(
        base64.b64decode(event.delta) for event in second if event.type == "response.output_audio.delta"
    )
    assert len(audio) == 48_000
    assert second[-1].response.output[0].content[0].transcript == "It is noon."
    asked = stand_in.brain.asked[1]
    assert asked["instructions"] == "Be brief."
    assert asked["input"][-1]["output"] == "12:00"


async def test_an_answer_is_cancelled_and_truncated(stand_in: StandIn) -> None:
    stand_in.hold_after = 2
    made = AsyncOpenAI(api_key=KEY, base_url=stand_in.base_url)
    async with made, made.realtime.connect(model="gpt-realtime") as held:
        await ask(held)
        item_id = (await until(held, "response.output_audio.delta"))[-1].item_id
        await until(held, "response.output_audio.delta")
        await held.response.create()
        error = (await until(held, "error"))[-1].error
        assert error.code == "conversation_already_has_active_response"
        await held.response.cancel()
        assert (await until(held, "response.done"))[-1].response.status == "cancelled"
        await held.conversation.item.truncate(item_id=item_id, content_index=0, audio_end_ms=300)
        await until(held, "error")
        await held.conversation.item.truncate(item_id=item_id, content_index=0, audio_end_ms=150)
        assert (await until(held, "conversation.item.truncated"))[-1].audio_end_ms == 150


async def test_what_cannot_be_done_is_an_error(line: AsyncRealtimeConnection) -> None:
    await line.response.cancel()
    assert (await until(line, "error"))[-1].error.code == "response_cancel_not_active"
    await line.input_audio_buffer.commit()
    assert (await until(line, "error"))[-1].error.code == "input_audio_buffer_commit_empty"
    await line.session.update(
        session={"type": "realtime", "audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}}
    )
    assert "turn detection" in (await until(line, "error"))[-1].error.message


async def test_a_line_is_cut_within_an_answer_and_its_step_is_kept(stand_in: StandIn) -> None:
    stand_in.brain.will(says("It is noon."))
    stand_in.faults.will("realtime", Fault("cut", after=8))
    made = AsyncOpenAI(api_key=KEY, base_url=stand_in.base_url)
    async with made:
        async with made.realtime.connect(model="gpt-realtime") as broken:
            await ask(broken)
            with pytest.raises(ConnectionClosedError):
                await until(broken, "response.done")
        async with made.realtime.connect(model="gpt-realtime") as again:
            await ask(again)
            done = (await until(again, "response.done"))[-1].response
    assert done.output[0].content[0].transcript == "It is noon."
    assert len(stand_in.brain.asked) == 2
    assert last_user_text(stand_in.brain.asked[1]) == "what time is it"


async def test_speech_begins_and_ends_a_turn_and_stops_what_is_said(stand_in: StandIn) -> None:
    stand_in.hold_after = 2
    stand_in.brain.will(says("It is noon."))
    to = StreamResampler(16_000, 24_000)
    spoken = to.push(sample("slt_time") + bytes(16_000 * 2)) + to.flush()
    made = AsyncOpenAI(api_key=KEY, base_url=stand_in.base_url)
    async with made, made.realtime.connect(model="gpt-realtime") as line:
        detection: Any = {"type": "server_vad", "silence_duration_ms": 400}
        await line.session.update(
            session={"type": "realtime", "audio": {"input": {"turn_detection": detection}}}
        )
        for at in range(0, len(spoken), 4800):
            piece = base64.b64encode(spoken[at : at + 4800]).decode()
            await line.input_audio_buffer.append(audio=piece)
        seen = [event.type for event in await until(line, "response.output_audio.delta")]
        kinds = ["speech_started", "speech_stopped", "committed"]
        assert [kind for kind in seen if kind.startswith("input_audio_buffer.")] == [
            f"input_audio_buffer.{kind}" for kind in kinds
        ]
        for at in range(0, len(spoken), 4800):
            piece = base64.b64encode(spoken[at : at + 4800]).decode()
            await line.input_audio_buffer.append(audio=piece)
        assert (await until(line, "response.done"))[-1].response.status == "cancelled"
