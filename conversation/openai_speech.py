"""OpenAI's ears and voice behind the provider protocols. Used when a key is set; never keeps audio."""

from __future__ import annotations

import io
import time
import wave
from collections.abc import AsyncIterator
from typing import Any

from openai import AsyncOpenAI

from config.settings import Settings
from conversation.openai_ears import OpenAIEars, confidence_of, guidance, heard_of
from conversation.openai_failures import FAILURES
from conversation.providers import EngineUnavailable, Recognition
from conversation.usage import Amounts, Meter

#: OpenAI's ``pcm`` response format: 24 kHz mono PCM16.
SPEECH_RATE = 24000
#: Every look at an utterance uploads all of it: after its first words, which may be an interruption, one a second
#: will do, and in a long one fewer: whenever it has grown by half.
_FIRST_WORDS_BYTES = 16_000 * 2 * 6 // 5
_BETWEEN_LOOKS_BYTES = 16_000 * 2
#: Models that say how sure they are, and how they are asked for it.
_TELLS_LOGPROBS = ("gpt-4o-transcribe", "gpt-4o-mini-transcribe")
_LOGPROBS: dict[str, Any] = {"include": ["logprobs"], "response_format": "json"}


class OpenAIRecogniser:
    """Speech to text by the transcription endpoint: a whole utterance at a time."""

    def __init__(self, client: AsyncOpenAI, model: str, language: str, meter: Meter) -> None:
        self._client = client
        self._model = model
        self._meter = meter
        self._language = language
        self._looked: tuple[int, int, Recognition] | None = (
            None  # at an utterance, so much of it, what it was
        )

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        """Recognise 16 kHz mono PCM16; a partial may be of two thirds of it. Raises EngineUnavailable."""
        if not partial:
            return await self._recognise(pcm, hints)
        if self._looked is not None and self._looked[0] == at and len(pcm) > _FIRST_WORDS_BYTES:
            _, size, known = self._looked
            if len(pcm) - size < max(_BETWEEN_LOOKS_BYTES, size // 2):
                return known
        heard = await self._recognise(pcm, hints)
        self._looked = (at, len(pcm), heard)
        return heard

    async def close(self) -> None:
        """There is nothing to close: the client is its owner's."""

    async def _recognise(self, pcm: bytes, hints: tuple[str, ...]) -> Recognition:
        began = time.monotonic()
        try:
            heard = await self._client.audio.transcriptions.create(
                model=self._model,
                file=("speech.wav", _wav(pcm), "audio/wav"),
                language=self._language.split("-")[0],
                **guidance(self._model, hints),
                **(_LOGPROBS if self._model.startswith(_TELLS_LOGPROBS) else {}),
            )
        except FAILURES as error:
            raise EngineUnavailable(f"OpenAI transcription: {type(error).__name__}") from error
        self._meter.add(self._model, heard_of(pcm))
        sure = confidence_of(getattr(heard, "logprobs", None))
        return Recognition(heard.text, sure, (time.monotonic() - began) * 1000)


class OpenAIVoice:
    """Text to speech by the speech endpoint, streamed."""

    sample_rate = SPEECH_RATE

    def __init__(self, client: AsyncOpenAI, model: str, meter: Meter) -> None:
        self._client = client
        self._model = model
        self._meter = meter

    async def speak(self, text: str, *, voice: str, speed: float) -> AsyncIterator[bytes]:
        """Yield 24 kHz mono PCM16 as it arrives. Raises EngineUnavailable."""
        rest, size = b"", 0
        try:
            async with self._client.audio.speech.with_streaming_response.create(
                model=self._model, voice=voice, input=text, speed=speed, response_format="pcm"
            ) as response:
                async for chunk in response.iter_bytes(4800):
                    size += len(chunk)
                    audio = rest + chunk
                    even = len(audio) // 2 * 2
                    rest = audio[even:]
                    yield audio[:even]
        except FAILURES as error:
            raise EngineUnavailable(f"OpenAI speech: {type(error).__name__}") from error
        finally:
            if size:
                self._meter.add(self._model, Amounts(requests=1, spoken_ms=size * 500 // SPEECH_RATE))


def _wav(pcm: bytes) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(pcm)
    return buffer.getvalue()


def openai_recogniser(
    settings: Settings, client: AsyncOpenAI, language: str, meter: Meter
) -> OpenAIEars | OpenAIRecogniser:
    """The recogniser of the settings, in the way of the settings."""
    ways = {"auto": "file" if settings.openai_base_url else "realtime"}
    way = ways.get(settings.openai_transcription, settings.openai_transcription)
    kind = OpenAIEars if way == "realtime" else OpenAIRecogniser
    return kind(client, settings.openai_transcribe_model, language, meter)
