"""``RealtimeRunner`` of openai-agents against the running server: two spoken turns, a tool, an interruption."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents.realtime import RealtimeAgent, RealtimeRunner

from media.resample import StreamResampler
from serve_app.cli.access import owner_token
from serve_app.launcher import Server
from tests.e2e.test_conversation import sample
from tests.support.polling import eventually

pytestmark = [pytest.mark.server, pytest.mark.clients]


async def test_the_runner_holds_a_conversation(server: Server) -> None:
    runner = RealtimeRunner(RealtimeAgent(name="caller", instructions="Be brief."))
    url = f"ws{server.base_url.removeprefix('http')}/v1/realtime?model=gpt-realtime"
    session = await runner.run(model_config={"api_key": owner_token(server.settings), "url": url})
    events: list[Any] = []
    raw: list[dict[str, Any]] = []

    async def read() -> None:
        async for event in session:
            events.append(event)
            if event.type == "raw_model_event" and event.data.type == "raw_server_event":
                raw.append(event.data.data)

    def count(kind: str) -> int:
        return sum(event.type == kind for event in events)

    async def speak(pcm: bytes) -> None:
        loop, resampler = asyncio.get_running_loop(), StreamResampler(16_000, 24_000)
        pcm += bytes(48_000)
        begun, gate = loop.time(), asyncio.Event()
        for index in range(0, len(pcm), 1280):
            due = begun + index / 32_000
            if due > loop.time():
                loop.call_at(due, gate.set)
                await gate.wait()
                gate.clear()
            await session.send_audio(resampler.push(pcm[index : index + 1280]))

    async with session:
        reader = asyncio.create_task(read())
        await speak(sample("get_today_jobs"))
        try:
            await eventually(lambda: count("audio") >= 10, "the answer", 40)
            await speak(sample("get_current_time"))
            await eventually(lambda: count("audio_interrupted") >= 1, "the interruption", 20)
            await eventually(lambda: count("agent_end") >= 2, "the second answer", 40)
        except AssertionError:
            for each in raw:
                if not each["type"].endswith("audio.delta"):
                    print(str(each)[:300])
            raise
    reader.cancel()
    errors = [event for event in events if event.type == "error"]
    assert not errors, errors
    calls = [each["item"]["name"] for each in raw if each.get("item", {}).get("type") == "function_call"]
    assert calls[0] == "get_today_jobs"
