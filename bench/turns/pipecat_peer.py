"""Pipecat's default turn taking over the same audio, with the same recogniser and voice; runs in its own environment.

`make bench-turns-pipecat` makes that environment (Pipecat is no dependency of the project) and calls this with the
folder that ``bench.turns`` has written its corpus to. In real time, in one process, without a transport, with a model
that answers at once. What it notes, ``bench.turns`` draws. It imports nothing of the project but the two engines.
"""
# Pipecat is not in the project's environment.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
# pyright: reportMissingParameterType=false, reportIncompatibleMethodOverride=false

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import LLMService
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

from media.engines.hibari import HibariVoice
from media.engines.moonshine import MoonshineRecogniser

RATE: Final = 16_000
PACKET: Final = RATE // 50
ANSWER: Final = "Okay, I have done that for you."
ANSWER_WITHIN_S: Final = 6.0
BETWEEN_S: Final = 0.6
AUDIBLE: Final = 104  # -50 dBFS
STT_P99_S: Final = 0.3

recogniser, voice = MoonshineRecogniser(), HibariVoice()


class Stt(SegmentedSTTService):
    """Moonshine."""

    @property
    def wants_wav_segments(self) -> bool:
        """Plain PCM."""
        return False

    async def run_stt(self, audio: bytes) -> AsyncIterator[Frame]:
        """Recognise a segment."""
        heard = await asyncio.to_thread(recogniser.recognise, audio)
        if heard.text:
            yield TranscriptionFrame(heard.text, self._user_id, time_now_iso8601())


class Llm(LLMService):
    """Answers the same at once."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """An answer to every context."""
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame):
            await self.push_frame(LLMFullResponseStartFrame())
            await self.push_frame(LLMTextFrame(ANSWER))
            await self.push_frame(LLMFullResponseEndFrame())
        else:
            await self.push_frame(frame, direction)


class Tts(TTSService):
    """Hibari."""

    def __init__(self) -> None:
        super().__init__(push_start_frame=True, push_stop_frames=True, sample_rate=voice.sample_rate)

    async def run_tts(self, text: str, context_id: str) -> AsyncIterator[Frame]:
        """Speak."""
        pcm = await asyncio.to_thread(lambda: b"".join(voice.speak(text)))
        yield TTSAudioRawFrame(pcm, voice.sample_rate, 1, context_id=context_id)


class Ear(FrameProcessor):
    """Notes when a turn ended and when audio could be heard."""

    def __init__(self) -> None:
        super().__init__()
        self.turn_ends: list[float] = []
        self.audible: list[float] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Note and pass on."""
        await super().process_frame(frame, direction)
        now = asyncio.get_running_loop().time()
        if isinstance(frame, UserStoppedSpeakingFrame):
            self.turn_ends.append(now)
        elif isinstance(frame, TTSAudioRawFrame):
            loud = np.flatnonzero(np.abs(np.frombuffer(frame.audio, "<i2").astype(np.int32)) > AUDIBLE)
            if loud.size:
                self.audible.append(now + int(loud[0]) / frame.sample_rate)
        await self.push_frame(frame, direction)


class Line:
    """An open microphone in a quiet room."""

    def __init__(self, worker: PipelineWorker) -> None:
        self._worker = worker
        self._rng = np.random.default_rng(1)
        self._queue: list[bytes] = []
        self._sent = 0
        self._started = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        self._started = loop.time()
        while True:
            await asyncio.sleep(max(0.0, self._started + (self._sent + PACKET) / RATE - loop.time()))
            room = self._rng.normal(0.0, 16.0, PACKET)
            if self._queue:
                said = np.frombuffer(self._queue.pop(0), "<i2")
                room[: said.size] += said
            self._sent += PACKET
            pcm = np.clip(room, -32768, 32767).astype("<i2").tobytes()
            await self._worker.queue_frame(InputAudioRawFrame(pcm, RATE, 1))

    def say(self, pcm: bytes) -> tuple[float, float]:
        """Begin to say it: when its first and last samples leave."""
        begin = self._started + (self._sent + len(self._queue) * PACKET) / RATE
        self._queue += [pcm[at : at + 2 * PACKET] for at in range(0, len(pcm), 2 * PACKET)]
        return begin, begin + len(pcm) / 2 / RATE


async def talk(rows: list[dict[str, Any]], out: Path) -> None:
    """Say every utterance, note how it fared."""
    loop = asyncio.get_running_loop()
    ear = Ear()
    user, assistant = LLMContextAggregatorPair(
        LLMContext(), user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    )
    parts = [Stt(ttfs_p99_latency=STT_P99_S), user, Llm(), Tts(), ear, assistant]
    worker = PipelineWorker(Pipeline(parts), params=PipelineParams(audio_in_sample_rate=RATE))
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    await asyncio.sleep(1.0)
    line = Line(worker)
    microphone = asyncio.create_task(line.run())
    await asyncio.sleep(2.0)
    with out.open("w", encoding="utf-8") as notes:
        for row in rows:
            with wave.open(row["file"]) as file:
                pcm = file.readframes(file.getnframes())
            begin, end = line.say(pcm)
            while loop.time() < end + ANSWER_WITHIN_S and not any(  # noqa: ASYNC110  (as our own caller looks)
                at >= end for at in ear.audible
            ):
                await asyncio.sleep(0.01)
            await asyncio.sleep(BETWEEN_S)
            ends = [at for at in ear.turn_ends if at >= begin]
            answers = [at for at in ear.audible if at >= end]
            fared = {
                "heard": [],
                "cut_off": any(at < end for at in ends),
                "cut_off_heard": any(begin <= at < end for at in ear.audible),
                "wait_ms": (answers[0] - end) * 1000 if answers else None,
                "turn_end_ms": next(((at - end) * 1000 for at in ends if at >= end), None),
            }
            notes.write(json.dumps({**row, **fared}) + "\n")
            notes.flush()
    microphone.cancel()
    await runner.cancel()
    running.cancel()


def main() -> int:
    """Read the corpus of ``bench.turns``, run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--utterances", type=int, default=70)
    arguments = parser.parse_args()
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    lines = (arguments.folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines[: arguments.utterances]]
    asyncio.run(talk(rows, arguments.folder / "pipecat.jsonl"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
