"""OpenAI's ears and voice behind the provider protocols. Used when a key is set; never keeps audio."""

from __future__ import annotations

import io
import time
import wave
from collections.abc import AsyncIterator

from openai import AsyncOpenAI, OpenAIError

from conversation.providers import EngineUnavailable, Recognition

TRANSCRIBE_MODEL = "gpt-4o-mini-transcribe"
#: OpenAI's ``pcm`` response format: 24 kHz mono PCM16.
SPEECH_RATE = 24000
#: Names given as the transcription's prompt; a longer prompt costs time and helps no more.
_MOST_HINTS = 60


class OpenAIRecogniser:
    """Speech to text by the transcription endpoint."""

    def __init__(self, client: AsyncOpenAI, language: str) -> None:
        self._client = client
        self._language = language

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False
    ) -> Recognition:
        """Recognise 16 kHz mono PCM16. Raises EngineUnavailable."""
        del partial  # the endpoint has no quicker way
        began = time.monotonic()
        try:
            heard = await self._client.audio.transcriptions.create(
                model=TRANSCRIBE_MODEL,
                file=("speech.wav", _wav(pcm), "audio/wav"),
                language=self._language,
                prompt=", ".join(hints[:_MOST_HINTS]),
            )
        except OpenAIError as error:
            raise EngineUnavailable(f"OpenAI transcription: {type(error).__name__}") from error
        return Recognition(heard.text, 1.0, (time.monotonic() - began) * 1000)


class OpenAIVoice:
    """Text to speech by the speech endpoint, streamed."""

    sample_rate = SPEECH_RATE

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        self._client = client
        self._model = model

    async def speak(self, text: str, *, voice: str, speed: float) -> AsyncIterator[bytes]:
        """Yield 24 kHz mono PCM16 as it arrives. Raises EngineUnavailable."""
        rest = b""
        try:
            async with self._client.audio.speech.with_streaming_response.create(
                model=self._model, voice=voice, input=text, speed=speed, response_format="pcm"
            ) as response:
                async for chunk in response.iter_bytes(4800):
                    audio = rest + chunk
                    even = len(audio) // 2 * 2
                    rest = audio[even:]
                    yield audio[:even]
        except OpenAIError as error:
            raise EngineUnavailable(f"OpenAI speech: {type(error).__name__}") from error


def _wav(pcm: bytes) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(pcm)
    return buffer.getvalue()
