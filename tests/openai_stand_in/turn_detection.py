"""The stand-in's ``server_vad``: the local speech detector decides when a turn begins and ends. Does no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from media.endpointing import Endpointer, PauseEnded, PauseStarted, SpeechStarted
from media.resample import StreamResampler
from media.silero import shared_model
from media.vad import VoiceDetector
from tests.openai_stand_in.sounds import RATE

_HEARD = 16_000


@dataclass(frozen=True, slots=True)
class Noticed:
    """A turn has begun, or ended, at ``ms`` of the session's audio."""

    began: bool
    ms: int


class ServerVad:
    """One session's detector, as ``audio.input.turn_detection`` asks for it."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.creates: bool = asked.get("create_response", True)
        self.interrupts: bool = asked.get("interrupt_response", True)
        self._silence = int(asked.get("silence_duration_ms", 500)) * _HEARD // 1000
        self._detector = VoiceDetector(shared_model())
        self._endpointer = Endpointer()
        self._resampler = StreamResampler(RATE, _HEARD)
        self._last_voiced: int | None = None

    def push(self, pcm: bytes) -> list[Noticed]:
        """More audio (PCM16, 24 kHz); what was noticed in it."""
        noticed: list[Noticed] = []
        for frame in self._detector.push(self._resampler.push(pcm)):
            for event in self._endpointer.push(frame):
                match event:
                    case SpeechStarted(at=at):
                        noticed.append(Noticed(True, at * 1000 // _HEARD))
                    case PauseStarted(last_voiced=last_voiced):
                        self._last_voiced = last_voiced
                    case PauseEnded():
                        self._last_voiced = None
            if self._last_voiced is not None and frame.end - self._last_voiced >= self._silence:
                noticed.append(Noticed(False, frame.end * 1000 // _HEARD))
                self._last_voiced = None
                self._endpointer.end_turn()
        return noticed
