"""A spoken conversation on the stand-in's Realtime API: the real packages, real sockets, real time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from config.settings import Settings
from conversation import events as wire
from conversation.assembly import Assembled, Providers, assemble
from conversation.fallback.circuits import Circuits
from conversation.openai_model import openai_client, openai_model
from conversation.options import SessionOptions
from conversation.realtime.access import realtime_access
from conversation.realtime.loop import RealtimeLoop
from conversation.spec import SessionSpec
from conversation.usage import Meter
from tests.openai_stand_in.server import KEY, StandIn, standing_in
from tests.support.agent import asks_first
from tests.support.call import CHUNK_MS, Client, sample, scorer
from tests.support.fake_engines import (
    FakeRecogniser,
    FakeTools,
    FakeUnderstanding,
    FakeVoice,
    silence,
    tone,
)
from tests.support.polling import elapse, eventually
from tools.catalogue import TOOLS


@dataclass
class Speaking:
    """A conversation that is spoken to."""

    assembled: Assembled
    stand_in: StandIn
    tools: FakeTools
    voice: FakeVoice
    recogniser: FakeRecogniser
    meter: Meter = field(default_factory=Meter)
    client: Client = field(default_factory=Client)

    async def speak(self, pcm: bytes) -> None:
        """The microphone sends ``pcm`` at real time."""
        size = CHUNK_MS * 32
        for at in range(0, len(pcm), size):
            await elapse(CHUNK_MS / 1000)
            self.assembled.conversation.receive(wire.AudioIn(pcm[at : at + size]))

    async def say(self, words: str, name: str = "slt_time", then_ms: float = 900) -> None:
        """Somebody says something that is heard as ``words`` by everybody."""
        self.recogniser.texts = [words]
        self.stand_in.sounds.hears = lambda _pcm: words
        await self.speak(sample(name) + silence(then_ms))

    async def hush(self, seconds: float) -> None:
        """An open microphone in a quiet room."""
        await self.speak(silence(seconds * 1000))

    async def ask(self, words: str) -> None:
        """Say it, and wait until the answer to it is over."""
        answered = len(self.client.events("response_done"))
        await self.say(words)
        await eventually(lambda: len(self.client.events("response_done")) > answered, "an answer", 15.0)

    async def until(self, kind: str, number: int = 1) -> dict[str, Any]:
        """Wait for the ``number``-th event of a type; its data."""
        await eventually(lambda: len(self.client.events(kind)) >= number, kind, 15.0)
        return self.client.events(kind)[number - 1]

    @property
    def turns(self) -> list[tuple[str, str]]:
        """What was said and heard, turn by turn."""
        return [(turn.user, turn.assistant) for turn in self.assembled.loop.history.turns]

    @property
    def loop(self) -> RealtimeLoop:
        """Its agent loop."""
        assert isinstance(self.assembled.loop, RealtimeLoop)
        return self.assembled.loop


@contextlib.asynccontextmanager
async def speaking(
    folder: Path,
    *,
    tools: FakeTools | None = None,
    ms_per_letter: float = 20.0,
    hold_after: int | None = None,
    **options: Any,
) -> AsyncGenerator[Speaking]:
    """A conversation that nobody greets, with a connected client."""
    stand_in = StandIn()
    stand_in.hold_after = hold_after
    async with standing_in(stand_in):
        stand_in.sounds.says = lambda text: tone(len(text) * ms_per_letter, 24_000)
        settings = Settings(
            data_dir=folder,
            openai_api_key=SecretStr(KEY),
            openai_base_url=stand_in.base_url,
            openai_realtime="on",
        )  # pyright: ignore[reportCallIssue]
        hands, voice, recogniser = (
            tools or FakeTools(asks_first),
            FakeVoice(ms_per_letter=10),
            FakeRecogniser(),
        )
        meter = Meter()
        async with openai_client(settings) as client:
            providers = Providers(
                recogniser,
                voice,
                FakeUnderstanding(),
                hands,
                TOOLS,
                scorer(),
                openai_model(settings, client.with_options(max_retries=0), meter),
                realtime=realtime_access(settings, Circuits(settings), meter),
                meter=meter,
            )
            chosen = SessionOptions(voice="alloy", speech_to_speech=True, **options)
            spec = SessionSpec("s", "user", "Alex", "business", "Acme", "UTC", chosen, datetime.now(UTC))
            call = Speaking(assemble(spec, settings, providers), stand_in, hands, voice, recogniser, meter)
            task = asyncio.create_task(call.assembled.conversation.run())
            await asyncio.sleep(0)  # it is under way
            call.assembled.conversation.attach(call.client)
            call.assembled.conversation.receive(wire.Hello(greet=False))
            try:
                yield call
            finally:
                call.assembled.conversation.end("test is over")
                await task
