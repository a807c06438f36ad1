"""The audio endpoints of the stand-in: the embedded recogniser and voice behind OpenAI's shapes."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import soundfile
from openai.types.audio import Transcription, TranscriptionStreamEvent
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from media.engines.hibari import HibariVoice
from media.engines.moonshine import MoonshineRecogniser
from media.resample import StreamResampler
from tests.openai_stand_in.faults import ConnectionCut, Fault, Faults, answered_at_once
from tests.support.polling import elapse

RATE = 24_000
_HEARS = 16_000
_EVENT: TypeAdapter[Any] = TypeAdapter(TranscriptionStreamEvent)
_CHUNK_BYTES = 4_800


class Sounds:
    """Transcriptions and speech.

    Attributes:
        hears: Takes the place of the recogniser: 16 kHz PCM16 → text.
        says: Takes the place of the voice: text → 24 kHz PCM16.
        speech_latency_s: Time until the first byte of speech.
        first_bytes: When the first audio of each speech answer was handed to its connection.
        speech_asked_at: When each speech answer was asked for.
    """

    def __init__(self, faults: Faults, hears: Callable[[bytes], str] | None = None) -> None:
        self._faults = faults
        self.hears = hears
        self.says: Callable[[str], bytes] | None = None
        self.speech_latency_s = 0.0
        self.first_bytes: list[float] = []
        self.speech_asked_at: list[float] = []
        self._recogniser: MoonshineRecogniser | None = None
        self._voice: HibariVoice | None = None
        self.asked: list[dict[str, Any]] = []

    def recognise(self, pcm: bytes) -> str:
        """The words in 16 kHz PCM16."""
        if self.hears is not None:
            return self.hears(pcm)
        self._recogniser = self._recogniser or MoonshineRecogniser()
        return self._recogniser.recognise(pcm).text

    def speak(self, text: str, speed: float = 1.0) -> bytes:
        """The words as 24 kHz PCM16."""
        if self.says is not None:
            return self.says(text)
        self._voice = self._voice or HibariVoice()
        to = StreamResampler(self._voice.sample_rate, RATE)
        return b"".join(to.push(chunk) for chunk in self._voice.speak(text, speed=speed)) + to.flush()

    async def transcriptions(self, request: Request) -> Response:
        """POST /v1/audio/transcriptions, whole or streamed."""
        fault = self._faults.of("transcriptions")
        if (refused := await answered_at_once(fault)) is not None:
            return refused
        form = await request.form()
        upload: Any = form["file"]
        sound = await upload.read()
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        self.asked.append({**fields, "bytes": len(sound)})
        text = await asyncio.to_thread(self.recognise, _as_heard(sound))
        if fields.get("stream") != "true":
            if fault is not None and fault.kind == "malformed":
                return Response("{this is no JSON", media_type="application/json")
            return JSONResponse(Transcription(text=text).model_dump(mode="json", exclude_none=True))
        return StreamingResponse(_transcript(text, fault), media_type="text/event-stream")

    async def speech(self, request: Request) -> Response:
        """POST /v1/audio/speech as raw PCM."""
        self.speech_asked_at.append(time.monotonic())
        fault = self._faults.of("speech")
        if (refused := await answered_at_once(fault)) is not None:
            return refused
        body: dict[str, Any] = await request.json()
        self.asked.append(body)
        pcm = await asyncio.to_thread(self.speak, body["input"], float(body.get("speed", 1.0)))
        return StreamingResponse(self._pieces(pcm, fault), media_type="audio/pcm")

    async def _pieces(self, pcm: bytes, fault: Fault | None) -> AsyncIterator[bytes]:
        await elapse(self.speech_latency_s)
        self.first_bytes.append(time.monotonic())
        for number, at in enumerate(range(0, len(pcm), _CHUNK_BYTES)):
            if fault is not None and fault.kind in {"cut", "malformed"} and number >= fault.after:
                raise ConnectionCut
            yield pcm[at : at + _CHUNK_BYTES]
            await asyncio.sleep(0)


async def _transcript(text: str, fault: Fault | None) -> AsyncIterator[str]:
    words = text.split(" ")
    events: list[dict[str, Any]] = [
        {"type": "transcript.text.delta", "delta": (" " if at else "") + word}
        for at, word in enumerate(words)
    ]
    events.append({"type": "transcript.text.done", "text": text})
    for number, event in enumerate(events):
        if fault is not None and fault.kind == "cut" and number >= fault.after:
            raise ConnectionCut
        if fault is not None and fault.kind == "malformed":
            yield "data: {this is no JSON\n\n"
            return
        _EVENT.validate_python(event)
        yield f"data: {json.dumps(event)}\n\n"


def _as_heard(sound: bytes) -> bytes:
    samples, rate = soundfile.read(io.BytesIO(sound), dtype="int16", always_2d=True)
    mono = np.ascontiguousarray(samples[:, 0]).tobytes()
    if rate == _HEARS:
        return mono
    to = StreamResampler(rate, _HEARS)
    return to.push(mono) + to.flush()


def as_text(pcm: bytes) -> str:
    """Audio as it travels in JSON."""
    return base64.b64encode(pcm).decode("ascii")
