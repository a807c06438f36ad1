"""A whole conversation under virtual time: real listening, turn taking, agent loop and mouth; the engines are fakes.

The microphone sends recorded speech of ``samples/`` at real time; what it was is said by the fake recogniser.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agents.testing import ScriptedModel

from config.settings import Settings
from conversation import events as wire
from conversation.assembly import Assembled, Providers, assemble
from conversation.lifetimes import Ending
from conversation.options import SessionOptions
from conversation.spec import SessionSpec
from media.silero import SileroModel
from tests.support.agent import asks_first
from tests.support.fake_engines import (
    FakeRecogniser,
    FakeTools,
    FakeUnderstanding,
    FakeVoice,
    silence,
)
from tests.support.virtual_time import advance, until
from tools.catalogue import TOOLS

SAMPLES = Path(__file__).parents[2] / "samples"
CHUNK_MS = 32


@functools.cache
def scorer() -> SileroModel:
    """The speech detector's network, loaded once."""
    return SileroModel()


@functools.cache
def sample(name: str) -> bytes:
    """PCM16 (16 kHz) of a recorded command."""
    with wave.open(str(SAMPLES / f"{name}.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        return file.readframes(file.getnframes())


@dataclass
class Client:
    """One connected client: everything it was sent, and when."""

    received: list[tuple[float, int, wire.Outgoing]] = field(
        default_factory=list[tuple[float, int, wire.Outgoing]]
    )

    def deliver(self, seq: int, event: wire.Outgoing) -> None:
        self.received.append((asyncio.get_running_loop().time(), seq, event))

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The data of all control events of a type."""
        return [
            each.data
            for _, _, each in self.received
            if isinstance(each, wire.ServerEvent) and each.type == kind
        ]

    def types(self) -> list[str]:
        """The types of all control events, in order."""
        return [each.type for _, _, each in self.received if isinstance(each, wire.ServerEvent)]

    def at(self, kind: str) -> float:
        """When the last event of a type came."""
        return [
            at for at, _, each in self.received if isinstance(each, wire.ServerEvent) and each.type == kind
        ][-1]

    def audio(self, item_id: str | None = None) -> bytes:
        """All audio (of an item)."""
        return b"".join(
            each.pcm
            for _, _, each in self.received
            if isinstance(each, wire.AudioOut) and item_id in {None, each.item_id}
        )

    @property
    def audio_at(self) -> list[float]:
        """When audio came."""
        return [at for at, _, each in self.received if isinstance(each, wire.AudioOut)]

    @property
    def closed(self) -> wire.CloseSocket | None:
        """The close it was sent."""
        closes = [each for _, _, each in self.received if isinstance(each, wire.CloseSocket)]
        return closes[-1] if closes else None

    @property
    def seqs(self) -> list[int]:
        """All numbers, in the order they came."""
        return [seq for _, seq, each in self.received if not isinstance(each, wire.CloseSocket)]


@dataclass
class Call:
    """A running conversation with its client."""

    assembled: Assembled
    model: ScriptedModel
    recogniser: FakeRecogniser
    voice: FakeVoice
    tools: FakeTools
    task: asyncio.Task[Ending]
    client: Client = field(default_factory=Client)

    @property
    def conversation(self) -> Any:
        return self.assembled.conversation

    def send(self, event: wire.ClientEvent) -> None:
        """A client event."""
        self.conversation.receive(event)

    async def speak(self, pcm: bytes) -> None:
        """The microphone sends ``pcm`` at real time."""
        size = CHUNK_MS * 32
        for at in range(0, len(pcm), size):
            await advance(CHUNK_MS / 1000)
            self.send(wire.AudioIn(pcm[at : at + size]))

    async def say(self, name: str, words: str | Exception, then_ms: float = 1500) -> float:
        """Somebody says the sample, heard as ``words``, then is silent; returns when he had finished."""
        self.recogniser.texts = [words]
        await self.speak(sample(name))
        ended = asyncio.get_running_loop().time()
        await self.speak(silence(then_ms))
        return ended

    async def noise(self, then_ms: float = 1000) -> None:
        """Something that sounds like speech and has no words: half a second of it, then silence."""
        self.recogniser.texts = [""]
        await self.speak(sample("slt_time")[: 32 * 700] + silence(then_ms))

    async def hush(self, seconds: float) -> None:
        """An open microphone in a quiet room."""
        await self.speak(silence(seconds * 1000))

    async def until(self, kind: str, number: int = 1, within: float = 20.0) -> dict[str, Any]:
        """Wait, in silence, for the ``number``-th event of a type; its data."""
        await until(lambda: len(self.client.events(kind)) >= number, within=within)
        return self.client.events(kind)[number - 1]

    def history(self) -> list[tuple[str, str]]:
        """What the user said and what he heard, turn by turn."""
        return [(turn.user, turn.assistant) for turn in self.assembled.loop.history.turns]


@contextlib.asynccontextmanager
async def calling(
    *steps: Any,
    voice: FakeVoice | None = None,
    tools: FakeTools | None = None,
    greeted: bool = True,
    **settings: Any,
) -> AsyncIterator[Call]:
    """A conversation with a connected client that has heard the greeting (unless ``greeted`` is false)."""
    model = ScriptedModel(steps)
    recogniser = FakeRecogniser()
    spoken, hands = voice or FakeVoice(), tools or FakeTools(asks_first)
    providers = Providers(recogniser, spoken, FakeUnderstanding(), hands, TOOLS, scorer(), model)
    options = SessionOptions(max_duration_s=settings.get("max_duration_s", 3600.0))
    spec = SessionSpec("session", "user", "Alex", "business", "Acme", "UTC", options, datetime.now(UTC))
    assembled = assemble(spec, Settings(**settings), providers)
    task = asyncio.create_task(assembled.conversation.run())
    await advance(0.01)
    call = Call(assembled, model, recogniser, spoken, hands, task)
    assembled.conversation.attach(call.client)
    if greeted:
        call.send(wire.Hello())
        await call.until("response_done")
        call.client.received.clear()
        spoken.said.clear()
    try:
        yield call
    finally:
        assembled.conversation.end("test is over")
        await task
