"""The real ``openai`` package talks to the running server: spoken turns with a tool, an interruption, refusals."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from websockets.exceptions import ConnectionClosed

from media.resample import StreamResampler
from serve_app.cli.access import owner_token
from serve_app.launcher import Server
from tests.e2e.test_conversation import sample
from tests.support.polling import eventually

pytestmark = pytest.mark.server


@dataclass
class Talk:
    """One connection of the package with everything its parser gave."""

    connection: AsyncRealtimeConnection
    events: list[Any] = field(default_factory=list[Any])
    closed: int | None = None

    async def read(self) -> None:
        try:
            async for event in self.connection:
                self.events.append(event)
        except ConnectionClosed as end:
            self.closed = end.rcvd.code if end.rcvd else 1006

    def of(self, kind: str) -> list[Any]:
        return [event for event in self.events if event.type == kind]

    async def got(self, kind: str, count: int = 1, within: float = 40) -> Any:
        await eventually(lambda: len(self.of(kind)) >= count, f"{kind} × {count}", within)
        return self.of(kind)[count - 1]

    async def speak(self, pcm: bytes, then_s: float = 1.0) -> None:
        """Stream 16 kHz PCM16 at real time as 24 kHz, 20 ms a message, then silence."""
        loop, resampler = asyncio.get_running_loop(), StreamResampler(16_000, 24_000)
        pcm += bytes(int(then_s * 32_000))
        begun, gate = loop.time(), asyncio.Event()
        for index in range(0, len(pcm), 640):
            due = begun + index / 32_000
            if due > loop.time():
                loop.call_at(due, gate.set)
                await gate.wait()
                gate.clear()
            chunk = resampler.push(pcm[index : index + 640])
            if chunk:
                await self.connection.input_audio_buffer.append(audio=base64.b64encode(chunk).decode())


def client_of(server: Server, key: str | None = None) -> AsyncOpenAI:
    return AsyncOpenAI(
        api_key=key or owner_token(server.settings), base_url=f"{server.base_url}/v1", max_retries=0
    )


@contextlib.asynccontextmanager
async def talking(server: Server, key: str | None = None) -> AsyncIterator[Talk]:
    async with client_of(server, key).realtime.connect(model="gpt-realtime") as connection:
        talk = Talk(connection)
        reader = asyncio.create_task(talk.read())
        try:
            await talk.got("session.created", within=60)
            yield talk
        except BaseException:
            for event in talk.events:
                if not event.type.endswith("audio.delta"):
                    print(event.type, str(event)[:300])
            raise
        finally:
            await connection.close()
            await reader


async def test_two_spoken_turns_with_a_tool_and_an_interruption(server: Server) -> None:
    async with talking(server) as talk:
        await talk.connection.session.update(
            session={
                "type": "realtime",
                "audio": {"input": {"transcription": {"model": "whisper-1"}}, "output": {"voice": "marin"}},
            }
        )
        await talk.got("session.updated")
        await talk.speak(sample("get_today_jobs"))
        await talk.got("response.output_audio.delta", 10)
        calls = [each.item for each in talk.of("conversation.item.done") if each.item.type == "function_call"]
        assert [call.name for call in calls] == ["get_today_jobs"]
        assert talk.of("conversation.item.input_audio_transcription.completed")[0].transcript
        await talk.speak(sample("get_current_time"))  # over the answer
        await talk.got("response.done", 2)
        first, second = (event.response for event in talk.of("response.done")[:2])
        assert (first.status, first.status_details.reason) == ("cancelled", "turn_detected")
        assert second.status == "completed"
        assert "It" in second.output[0].content[0].transcript
        assert second.usage.total_tokens > 0
        assert not talk.of("error")


async def test_a_text_is_answered_in_text(server: Server) -> None:
    async with talking(server) as talk:
        await talk.connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
        item: Any = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "what time is it"}],
        }
        await talk.connection.conversation.item.create(item=item)
        await talk.connection.response.create()
        done = await talk.got("response.done")
        assert done.response.output[0].content[0].text
        assert talk.of("response.output_text.done")
        assert not talk.of("response.output_audio.delta")
        await talk.connection.response.cancel()
        refused = await talk.got("error")
        assert refused.error.code == "response_cancel_not_active"


async def test_a_client_secret_opens_a_session_with_its_preset(server: Server) -> None:
    secret = await client_of(server).realtime.client_secrets.create(
        expires_after={"anchor": "created_at", "seconds": 60},
        session={"type": "realtime", "output_modalities": ["text"], "instructions": "Be brief."},
    )
    assert secret.value.startswith("ek_")
    async with talking(server, secret.value) as talk:
        session = talk.of("session.created")[0].session
        assert session.output_modalities == ["text"]
        assert session.instructions == "Be brief."


async def test_a_bad_key_is_told_so(server: Server) -> None:
    async with client_of(server, "no-key").realtime.connect(model="gpt-realtime") as connection:
        event = await connection.recv()
        assert event.type == "error"
        assert event.error.type == "invalid_request_error"
    with pytest.raises(openai.AuthenticationError):
        await client_of(server, "no-key").realtime.client_secrets.create()
    with pytest.raises(openai.InternalServerError, match="WebRTC"):
        await client_of(server).realtime.calls.create(sdp="v=0")
