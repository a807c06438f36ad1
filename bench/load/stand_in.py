"""Remote models with set latencies, as a program: the tests' stand-in for OpenAI in a process of its own.

Usage: ``python -m bench.load.stand_in STT_MS LLM_MS TTS_MS``. Its first line on standard output is its base URL; then
one JSON line for each answer that it speaks: the mark in the answer, and when its first audio left (monotonic
seconds). It ends when standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bench.load.clips import RATE as HEARS
from bench.load.clips import Clip, clips, line_of, mark_in, mark_of, voiced_seconds
from tests.openai_stand_in.brain import Item, ScriptedBrain, calls, last_user_text, says
from tests.openai_stand_in.faults import Faults
from tests.openai_stand_in.server import StandIn, standing_in
from tests.openai_stand_in.sounds import RATE, Sounds

#: Seconds of speech in every answer.
REPLY_S = 3.0
_CHUNK_BYTES = 9_600
_ARGUMENTS: dict[str, dict[str, Any]] = {
    "slt_reminder": {"message": "Order copper pipe", "reminder_time": "tomorrow at 8 am"},
    "slt_dictation": {"message": "Call the supply house", "reminder_time": "tomorrow at 9 am"},
}


class Brain(ScriptedBrain):
    """Calls the tool of what was said, then tells its result with a mark that no other answer has."""

    def __init__(self, known: list[Clip]) -> None:
        super().__init__()
        self._lines = {clip.line.text: clip.line for clip in known}
        self._said = 0

    def answer(self, request: dict[str, Any]) -> Sequence[Item]:
        """As ``ScriptedBrain.answer``; keeps nothing of the request."""
        self.asked.append({})
        result = _result(request["input"])
        line = self._lines.get(last_user_text(request).strip())
        if result is None and line is not None:
            return [calls(line.tool, **_ARGUMENTS.get(line.name, {}))]
        self._said += 1
        return [says(f"For {mark_of(self._said)} {_short(result or 'I did not understand that')}")]


class Speech(Sounds):
    """Canned audio after the set time, and word of when it began."""

    async def speech(self, request: Request) -> Response:
        """POST /v1/audio/speech as raw PCM."""
        body: dict[str, Any] = await request.json()
        return StreamingResponse(self._spoken(str(body["input"])), media_type="audio/pcm")

    async def _spoken(self, text: str) -> AsyncIterator[bytes]:
        await asyncio.sleep(self.speech_latency_s)
        print(json.dumps({"mark": mark_in(text), "at": time.monotonic()}), flush=True)
        for at in range(0, len(_TONE), _CHUNK_BYTES):
            yield _TONE[at : at + _CHUNK_BYTES]


def _tone() -> bytes:
    at = np.arange(int(REPLY_S * RATE))
    return (9000 * np.cos(2 * np.pi * 200 * at / RATE)).astype("<i2").tobytes()


_TONE = _tone()


def _result(items: list[dict[str, Any]]) -> str | None:
    """What the last tool has answered since the user spoke, None before that."""
    since = max((at for at, item in enumerate(items) if item.get("role") == "user"), default=-1)
    outputs = [item for item in items[since + 1 :] if item.get("type") == "function_call_output"]
    if not outputs:
        return None
    try:
        return str(json.loads(outputs[-1]["output"])["summary"])
    except (ValueError, KeyError, TypeError):
        return "That did not work"


def _short(text: str) -> str:
    """One sentence of it, so that an answer is spoken in one piece."""
    return re.sub(r"[.!?;:]+(\s|$)", ", ", text)[:120].rstrip(", ") + "."


async def serve(stt_s: float, llm_s: float, tts_s: float) -> None:
    """Serve until standard input closes."""
    known = clips()

    def hears(pcm: bytes) -> str:
        time.sleep(stt_s)  # in a thread of its own
        return line_of(voiced_seconds(pcm, HEARS), known).text

    brain = Brain(known)
    brain.latency_s = llm_s
    stand_in = StandIn(brain, Faults(), hears)
    stand_in.sounds = Speech(Faults(), hears)
    stand_in.sounds.speech_latency_s = tts_s
    async with standing_in(stand_in):
        print(stand_in.base_url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Run."""
    stt, llm, tts = (float(each) / 1000 for each in sys.argv[1:4])
    asyncio.run(serve(stt, llm, tts))


if __name__ == "__main__":
    main()
