"""What a scenario's conversation hears, thinks and speaks with, in this process: the server's own engines, no Ray.

The voice is a tone of the length that speech would have, since nobody listens; everything else is real.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from agents.models.interface import Model

from bench.evals.virtual_time import work
from config.settings import Settings
from conversation.openai_model import openai_client, openai_model
from conversation.openai_speech import OpenAIRecogniser
from conversation.providers import RankedTool, Recogniser, Recognition
from conversation.understanding.ranker import IntentRanker
from conversation.usage import Meter
from media.engines.minilm import MiniLmEmbedder
from media.engines.moonshine import MoonshineRecogniser
from media.engines.transcription import GUESSES
from media.engines.whisper_tiny import WhisperTinyRecogniser
from media.errors import MediaError
from media.silero import SileroModel

#: Seconds of the conversation's clock that a recognition takes, as measured on the reference machine.
RECOGNITION_S = 0.11
_RATE = 16_000
_MS_A_LETTER = 60


@dataclass(slots=True)
class Heard:
    """What a recogniser made of an utterance."""

    text: str
    is_partial: bool


class ToneVoice:
    """Speaks a tone instead of every sentence, ``ms_a_letter`` long for each of its letters."""

    sample_rate = _RATE

    def __init__(self, ms_a_letter: int = _MS_A_LETTER) -> None:
        self._ms_a_letter = ms_a_letter

    async def speak(self, text: str, *, voice: str, speed: float) -> AsyncIterator[bytes]:
        """Yield the tone at once."""
        del voice
        count = int(len(text) * self._ms_a_letter / speed * _RATE / 1000)
        yield np.full(count, 4000, "<i2").tobytes()


@dataclass
class Engines:
    """The engines of one run, loaded when the first scenario needs them. Raises MediaError without weights."""

    settings: Settings
    second_look: bool = True
    _threads: asyncio.Lock = field(default_factory=asyncio.Lock)

    @cached_property
    def ranker(self) -> IntentRanker:
        """Which tool a text asks for."""
        return IntentRanker(MiniLmEmbedder())

    @cached_property
    def moonshine(self) -> MoonshineRecogniser:
        """Speech to text."""
        return MoonshineRecogniser()

    @cached_property
    def scorer(self) -> SileroModel:
        """Speech detection."""
        return SileroModel()

    @cached_property
    def whisper(self) -> WhisperTinyRecogniser | None:
        """The second recogniser; None where it is not installed."""
        if not self.second_look:
            return None
        try:
            return WhisperTinyRecogniser()
        except MediaError:
            return None

    def model(self) -> Model | None:
        """The OpenAI model when that provider is wanted."""
        if not self.settings.openai_enabled:
            return None
        return openai_model(self.settings, openai_client(self.settings), Meter())

    def recogniser(self, heard: list[Heard]) -> Recogniser:
        """Speech to text that notes what it heard."""
        if self.settings.openai_enabled:
            client = openai_client(self.settings)
            return _Noting(
                OpenAIRecogniser(client, self.settings.openai_transcribe_model, "en", Meter()), heard
            )
        return _Noting(_Local(self), heard)


class LocalUnderstanding:
    """The ranker on a thread, counted as work."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def rank(self, text: str) -> tuple[RankedTool, ...]:
        """The most likely tools."""
        with work():
            return await asyncio.to_thread(self._engines.ranker.rank, text)


class SecondLook:
    """The second recogniser on a thread, counted as work."""

    def __init__(self, engine: WhisperTinyRecogniser) -> None:
        self._engine = engine

    async def listen_again(self, pcm: bytes, before: str) -> Recognition:
        """Recognise with ``before`` in mind."""
        with work():
            heard = await asyncio.to_thread(self._engine.recognise, pcm, before=before)
        return Recognition.of(heard)


class _Local:
    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        with work():
            heard = await asyncio.to_thread(
                self._engines.moonshine.recognise,
                pcm,
                hints=hints,
                second_look=self._engines.whisper is None and not partial,
                guesses=1 if partial else GUESSES,
            )
        await asyncio.sleep(RECOGNITION_S)
        return Recognition.of(heard)


class _Noting:
    def __init__(self, inner: Recogniser, heard: list[Heard]) -> None:
        self._inner = inner
        self._heard = heard

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        recognition = await self._inner.recognise(pcm, hints=hints, partial=partial, at=at)
        self._heard.append(Heard(recognition.text, partial))
        return recognition
