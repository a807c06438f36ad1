"""With a key the same loop thinks, hears and speaks through OpenAI: the real client, a server of our own behind it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from agents import Agent, ModelTracing, RunConfig, Runner
from agents.model_settings import ModelSettings
from agents.testing import ScriptedModel, assistant_message, function_call
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from config.settings import Settings
from conversation.openai_model import openai_client, openai_model
from conversation.openai_speech import OpenAIRecogniser, OpenAIVoice
from conversation.providers import EngineUnavailable


class FakeOpenAI:
    """The three endpoints the switch uses; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.steps = ScriptedModel(
            [[function_call("clock", "{}", call_id="call_1")], [assistant_message("It is noon.")]]
        )
        self.failing = False

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/responses", self.responses, methods=["POST"]),
                Route("/v1/audio/speech", self.speech, methods=["POST"]),
                Route("/v1/audio/transcriptions", self.transcribe, methods=["POST"]),
            ]
        )

    async def responses(self, request: Request) -> Response:
        self.keys.add(request.headers["authorization"])
        self.asked.append(await request.json())
        events = self.steps.stream_response(
            None, [], ModelSettings(), [], None, [], ModelTracing.DISABLED,
            previous_response_id=None, conversation_id=None, prompt=None,
        )  # fmt: skip

        async def stream() -> AsyncIterator[str]:
            async for event in events:
                yield f"event: {event.type}\ndata: {event.model_dump_json()}\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def speech(self, request: Request) -> Response:
        if self.failing:
            return JSONResponse({"error": {"message": "busy"}}, status_code=500)
        self.asked.append(await request.json())
        return Response(b"\1\0" * 24_001, media_type="audio/pcm")

    async def transcribe(self, request: Request) -> Response:
        form = await request.form()
        upload: Any = form["file"]
        self.asked.append({"model": form["model"], "bytes": len(await upload.read())})
        return JSONResponse({"text": "what time is it"})


@pytest.fixture
async def openai(tmp_path: Path) -> AsyncIterator[tuple[FakeOpenAI, Settings]]:
    fake = FakeOpenAI()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(fake.app(), log_level="error"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        port = listener.getsockname()[1]
        settings = Settings(
            data_dir=tmp_path,
            openai_api_key=SecretStr("sk-test"),
            openai_base_url=f"http://127.0.0.1:{port}/v1",
            openai_model="some-model",
            openai_voice_model="some-voice",
        )  # pyright: ignore[reportCallIssue]
        yield fake, settings
        server.should_exit = True
        await serving


async def test_the_key_switches_the_model_of_the_very_same_loop(openai: tuple[FakeOpenAI, Settings]) -> None:
    fake, settings = openai
    assert settings.openai_enabled

    from agents import function_tool

    @function_tool
    def clock() -> str:
        """The time."""
        return "12:00"

    model = openai_model(settings, openai_client(settings))
    agent: Agent[Any] = Agent(name="test", model=model, tools=[clock], instructions="Be brief.")
    result = Runner.run_streamed(agent, "What time is it?", run_config=RunConfig(tracing_disabled=True))
    text = ""
    async for event in result.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            text += event.data.delta
    assert text == "It is noon."
    assert [each["model"] for each in fake.asked] == ["some-model", "some-model"]
    assert fake.keys == {"Bearer sk-test"}
    assert "12:00" in json.dumps(fake.asked[1]["input"])


async def test_its_voice_streams_and_its_ears_hear(openai: tuple[FakeOpenAI, Settings]) -> None:
    fake, settings = openai
    client = openai_client(settings)
    voice = OpenAIVoice(client, settings.openai_voice_model)
    chunks = [chunk async for chunk in voice.speak("It is noon.", voice="alloy", speed=1.2)]
    assert b"".join(chunks) == b"\1\0" * 24_001
    assert all(len(chunk) % 2 == 0 for chunk in chunks)
    asked = fake.asked[-1]
    assert (asked["model"], asked["voice"], asked["speed"], asked["input"]) == (
        "some-voice", "alloy", 1.2, "It is noon.",
    )  # fmt: skip
    heard = await OpenAIRecogniser(client, "en").recognise(b"\0\0" * 16_000)
    assert heard.text == "what time is it"
    assert fake.asked[-1]["bytes"] == 32_044


async def test_a_failing_api_is_an_unavailable_engine(openai: tuple[FakeOpenAI, Settings]) -> None:
    fake, settings = openai
    fake.failing = True
    voice = OpenAIVoice(openai_client(settings), "some-voice")
    with pytest.raises(EngineUnavailable):
        [chunk async for chunk in voice.speak("Hello.", voice="alloy", speed=1.0)]
