"""OpenAI's ears while the user speaks: one Realtime transcription session for a conversation.

Each stretch of audio is sent once, as it grows; its words come back as they are known. Turn ends stay ours: a final is
asked for by a commit. A connection that is lost is made again and the utterance, which its caller holds as a whole, is
sent again. It keeps no audio and decides nothing.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from conversation.openai_failures import LINE_FAILURES
from conversation.providers import EngineUnavailable, Recognition
from conversation.usage import Amounts, Meter
from media.resample import StreamResampler

log = logging.getLogger(__name__)

#: The API takes PCM16 at this rate only, Hz.
RATE: Final = 24_000
_OURS: Final = 16_000
_CONNECT_S: Final = 5.0
_SEND_S: Final = 5.0
#: How long the words of a committed stretch may take; the plain endpoint's slowest answers take as long.
_FINAL_S: Final = 6.0
#: Less audio than this is refused by the API; what is missing is made up with silence.
_LEAST_BYTES: Final = _OURS * 2 // 10
#: Names given as guidance; more cost time and help no more.
MOST_HINTS: Final = 60
_TAKES_KEYWORDS: Final = ("gpt-transcribe", "gpt-live-transcribe")
_TAKES_NOTHING: Final = ("gpt-realtime-whisper",)


def guidance(model: str, hints: Sequence[str]) -> dict[str, Any]:
    """The parameters that tell ``model`` which names and phrases are likely."""
    likely = list(hints[:MOST_HINTS])
    if not likely or model.startswith(_TAKES_NOTHING):
        return {}
    return {"keywords": likely} if model.startswith(_TAKES_KEYWORDS) else {"prompt": ", ".join(likely)}


def confidence_of(logprobs: Sequence[Any] | None) -> float:
    """Mean token probability, 0..1; 1 where the model tells none."""
    if not logprobs:
        return 1.0
    return sum(math.exp(min(0.0, each.logprob)) for each in logprobs) / len(logprobs)


def heard_of(pcm: bytes) -> Amounts:
    """What it is to have 16 kHz PCM16 transcribed."""
    return Amounts(requests=1, heard_ms=len(pcm) * 500 // _OURS)


@dataclass(slots=True)
class _Utterance:
    """One stretch of speech: what of it was sent, and what was understood of it.

    Attributes:
        at: The sample at which it begins.
        sent: Bytes of it that were sent.
        committed: Bytes of it whose words were asked for.
        words: The words of each committed part, with their confidence.
    """

    at: int
    sent: int = 0
    committed: int = 0
    words: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    resampler: StreamResampler = field(default_factory=lambda: StreamResampler(_OURS, RATE))


class _Line:
    """One connection: sends audio, keeps the words that come."""

    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self.connection = connection
        self.growing = ""  # words of what is not committed
        self.hints: frozenset[str] = frozenset()
        self.lost: BaseException | None = None
        self._finals: asyncio.Queue[tuple[str, float] | EngineUnavailable] = asyncio.Queue(16)
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for event in self.connection:
                self._take(event)
        except Exception as error:
            self.lost = error
            log.info("the transcription session broke: %r", error)
        else:
            self.lost = ConnectionError("closed by the provider")
        self._tell(EngineUnavailable(f"OpenAI transcription: {type(self.lost).__name__}"))

    def _take(self, event: Any) -> None:
        match event.type:
            case "conversation.item.input_audio_transcription.delta":
                self.growing += event.delta or ""
            case "conversation.item.input_audio_transcription.completed":
                self.growing = ""
                self._tell((event.transcript.strip(), confidence_of(event.logprobs)))
            case "conversation.item.input_audio_transcription.failed" | "error":
                self._tell(EngineUnavailable(f"OpenAI transcription: {event.error.message}"))
            case _:
                pass

    def _tell(self, outcome: tuple[str, float] | EngineUnavailable) -> None:
        if self._finals.full():
            self._finals.get_nowait()  # nobody has waited for it
        self._finals.put_nowait(outcome)

    async def final(self) -> tuple[str, float]:
        """Ask for the words of what was sent since the last time. Raises EngineUnavailable, TimeoutError."""
        while not self._finals.empty():
            self._finals.get_nowait()
        async with asyncio.timeout(_FINAL_S):
            await self.connection.input_audio_buffer.commit()
            outcome = await self._finals.get()
        if isinstance(outcome, EngineUnavailable):
            raise outcome
        return outcome

    async def close(self) -> None:
        self._reading.cancel()
        await asyncio.wait({self._reading})
        try:
            async with asyncio.timeout(_SEND_S):
                await self.connection.close()
        except LINE_FAILURES as error:
            log.info("the transcription session could not be closed: %r", error)


class OpenAIEars:
    """Recogniser protocol over one Realtime transcription session.

    Args:
        client: The client.
        model: Its model; one that streams gives words while the user speaks, others after each pause only.
        language: ISO 639-1 code or locale of what is spoken.
        meter: Counts the audio that was heard.
    """

    def __init__(self, client: AsyncOpenAI, model: str, language: str, meter: Meter) -> None:
        self._meter = meter
        self._client = client
        self._model = model
        self._language = language
        self._line: _Line | None = None
        self._utterance = _Utterance(-1)
        self._busy = asyncio.Lock()

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        """Recognise 16 kHz mono PCM16, of which only what is new is sent. Raises EngineUnavailable."""
        began = time.monotonic()
        async with self._busy:
            for last in (False, True):
                try:
                    text, confidence = await self._understood(pcm, hints, partial, at)
                except LINE_FAILURES as error:
                    await self._hang_up()
                    if last:
                        raise EngineUnavailable(f"OpenAI transcription: {type(error).__name__}") from error
                except EngineUnavailable:
                    await self._hang_up()
                    if last:
                        raise
                except asyncio.CancelledError:
                    if self._line is not None:
                        self._line.lost = ConnectionError("words that nobody waits for are on their way")
                    raise
                else:
                    return Recognition(text, confidence, (time.monotonic() - began) * 1000)
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """End the session; it is begun again when it is needed."""
        async with self._busy:
            await self._hang_up()

    async def _understood(
        self, pcm: bytes, hints: tuple[str, ...], partial: bool, at: int
    ) -> tuple[str, float]:
        line = await self._connected(hints)
        utterance = self._utterance
        if utterance.at != at:
            if utterance.sent > utterance.committed:
                await line.connection.input_audio_buffer.clear()
            line.growing = ""
            utterance = self._utterance = _Utterance(at)
        await self._send(line, utterance, pcm[utterance.sent :])
        utterance.sent = max(utterance.sent, len(pcm))
        if not partial and utterance.sent > utterance.committed:
            short = _LEAST_BYTES - (utterance.sent - utterance.committed)
            await self._send(line, utterance, bytes(max(0, short)))
            utterance.words.append(await line.final())
            self._meter.add(self._model, heard_of(pcm[utterance.committed : utterance.sent]))
            utterance.committed = utterance.sent
        texts = [text for text, _ in utterance.words if text] + ([line.growing.strip()] if partial else [])
        sure = min((each for text, each in utterance.words if text), default=0.0 if not any(texts) else 1.0)
        return " ".join(text for text in texts if text), sure

    async def _send(self, line: _Line, utterance: _Utterance, pcm: bytes) -> None:
        if line.lost is not None:
            raise ConnectionError("the line is lost") from line.lost
        audio = utterance.resampler.push(pcm)
        if audio:
            async with asyncio.timeout(_SEND_S):
                await line.connection.input_audio_buffer.append(audio=base64.b64encode(audio).decode())

    async def _connected(self, hints: tuple[str, ...]) -> _Line:
        if self._line is not None and self._line.lost is not None:
            await self._hang_up()
        if self._line is None:
            async with asyncio.timeout(_CONNECT_S):
                connecting = self._client.realtime.connect(extra_query={"intent": "transcription"})
                self._line = _Line(await connecting.enter())
            self._utterance = _Utterance(-1)
            await self._configure(self._line, hints)
        elif not self._line.hints.issuperset(hints[:MOST_HINTS]):
            await self._configure(self._line, hints)
        return self._line

    async def _configure(self, line: _Line, hints: tuple[str, ...]) -> None:
        line.hints = frozenset(hints[:MOST_HINTS])
        transcription = {
            "model": self._model,
            "language": self._language.split("-")[0],
            **guidance(self._model, hints),
        }
        heard: dict[str, Any] = {
            "format": {"type": "audio/pcm", "rate": RATE},
            "transcription": transcription,
            "turn_detection": None,
        }
        async with asyncio.timeout(_SEND_S):
            await line.connection.session.update(
                session={
                    "type": "transcription",
                    "audio": {"input": heard},  # pyright: ignore[reportArgumentType]
                    "include": ["item.input_audio_transcription.logprobs"],
                }
            )

    async def _hang_up(self) -> None:
        line, self._line = self._line, None
        self._utterance = _Utterance(-1)
        if line is not None:
            await line.close()
