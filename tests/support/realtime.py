"""A Realtime client of a conversation under virtual time; each event it gets passes the ``openai`` package's parser."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

from config.settings import Settings
from conversation.budget import ClientBudget, Limits
from conversation.events import CloseSocket, Outgoing, error_event
from media.resample import StreamResampler
from protocols.door import Frame, ProtocolError
from protocols.openai_realtime.audio import from_pcm
from protocols.openai_realtime.door import OpenAIRealtimeDoor
from protocols.openai_realtime.facts import facts_of
from tests.support.call import Call, calling, sample
from tests.support.virtual_time import advance, until

PARSER: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
#: How much audio a message carries.
CHUNK_MS = 20


@dataclass
class RealtimeClient:
    """One connection: what was sent to it, parsed and raw."""

    door: OpenAIRealtimeDoor
    call: Call | None = None
    budget: ClientBudget = field(default_factory=lambda: ClientBudget(Limits()))
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    closed: CloseSocket | None = None
    kind: str = "audio/pcm"

    def deliver(self, seq: int, event: Outgoing) -> None:
        if isinstance(event, CloseSocket):
            self._take(self.door.farewell(event.code, event.reason))
            self.closed = event
            return
        self._take(self.door.write(event, seq, self.budget))

    def _take(self, frames: list[Frame]) -> None:
        for frame in frames:
            event = json.loads(frame.payload)
            parsed = PARSER.validate_python(event)
            assert parsed.type == event["type"]
            self.events.append(event)

    def send(self, kind: str, **fields: Any) -> None:
        """A client event; a refusal is delivered as the media server delivers it."""
        assert self.call is not None
        try:
            read = self.door.read(False, json.dumps({"type": kind, **fields}).encode())
        except ProtocolError as error:
            self.deliver(0, error_event(error.code, str(error), **error.details))
            return
        for each in read:
            if isinstance(each, Frame):
                self._take([each])
            else:
                self.call.send(each)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """All events of a type."""
        return [event for event in self.events if event["type"] == kind]

    def types(self) -> list[str]:
        """The types, in order, runs of the same one once."""
        kinds = [event["type"] for event in self.events]
        return [kind for index, kind in enumerate(kinds) if index == 0 or kinds[index - 1] != kind]

    async def got(self, kind: str, number: int = 1, within: float = 30.0) -> dict[str, Any]:
        """The ``number``-th event of a type."""
        await until(lambda: len(self.of(kind)) >= number, within=within)
        return self.of(kind)[number - 1]

    async def append(self, pcm: bytes, *, paced: bool = True) -> None:
        """Stream 16 kHz PCM16 in the session's format."""
        rate = 24_000 if self.kind == "audio/pcm" else 8_000
        resampler = StreamResampler(16_000, rate)
        size = 32 * CHUNK_MS
        for at in range(0, len(pcm), size):
            if paced:
                await advance(CHUNK_MS / 1000)
            chunk = from_pcm(resampler.push(pcm[at : at + size]), self.kind)
            if chunk:
                self.send("input_audio_buffer.append", audio=base64.b64encode(chunk).decode())

    async def say(self, name: str, words: str, then_ms: float = 1200) -> None:
        """Somebody says the sample, heard as ``words``, then is silent."""
        assert self.call is not None
        self.call.recogniser.texts = [words]
        await self.append(sample(name) + bytes(int(then_ms) * 32))

    def audio(self) -> bytes:
        """All audio that came, decoded from base64."""
        return b"".join(base64.b64decode(event["delta"]) for event in self.of("response.output_audio.delta"))


@contextlib.asynccontextmanager
async def realtime_call(
    *steps: Any, preset: dict[str, Any] | None = None, buffer_events: bool = False, **settings: Any
) -> AsyncIterator[RealtimeClient]:
    """A conversation with a Realtime client that has its session."""
    async with calling(*steps, greeted=False, **settings) as call:
        spec = replace(call.assembled.spec, preset=preset or {})
        configured = Settings()
        door = OpenAIRealtimeDoor(facts_of(spec, configured, "gpt-realtime"), buffer_events=buffer_events)
        client = RealtimeClient(door, call)
        call.conversation.attach(client)
        for event in door.opened():
            call.send(event)
        await client.got("session.created")
        await asyncio.sleep(0)
        yield client
