"""Speaks the words of scenarios with voices that are not the server's own, in a room with noise. Seeded; cached.

The noise is pink and goes on between the words, as in a van or a cellar; its level follows from the speech's.
It hears and judges nothing.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.turns.speech import VoiceOfCaller, installed, say

RATE: Final = 16_000
_ROOM_DBFS: Final = -66.0
_SPEECH_DBFS: Final = -24.0
_LOUD_DBFS: Final = -26.0
_LOOP_S: Final = 20


def voices(wanted: str | None) -> list[VoiceOfCaller]:
    """The installed voices, or those whose label contains one of ``wanted`` (comma-separated)."""
    found = installed()
    if wanted:
        parts = [part.strip() for part in wanted.split(",")]
        found = [voice for voice in found if any(part in voice.label for part in parts)]
    return found


class _Take(VoiceOfCaller):
    """The same voice a little slower or faster, as nobody says a thing twice in the same way."""

    faster: bool = False

    def command(self, text: str, path: Path) -> list[str]:
        """The command line that writes ``text`` as a WAV file."""
        if self.program == "flite":
            stretch = "0.95" if self.faster else "1.05"
            return [*super().command(text, path), "--setf", f"duration_stretch={stretch}"]
        speed, pitch = ("163", "52") if self.faster else ("147", "48")
        return ["espeak-ng", "-v", self.name, "-s", speed, "-p", pitch, "-w", str(path), text]


class _FasterTake(_Take):
    faster = True


def spoken(voice: VoiceOfCaller, text: str, take: int = 0) -> NDArray[np.float32]:
    """The words at the level of a person at arm's length, between 0.2 s of silence; ``take`` 0 is the plain voice."""
    key = (voice.label, text, take and 1 + take % 2)
    if key not in _said:
        kind = (VoiceOfCaller, _Take, _FasterTake)[key[2]]
        samples = say(kind(voice.program, voice.name), text).astype(np.float32) / 32768
        level = 10 ** (_SPEECH_DBFS / 20) / max(float(samples.std()), 1e-6)
        loud = np.pad(np.clip(samples * level, -1, 1), RATE // 5)
        _said[key] = loud.astype(np.float32)
    return _said[key]


@dataclass
class Room:
    """A microphone in a room: ``voice`` speaks, noise is ``snr_db`` below it (None: a quiet room)."""

    voice: VoiceOfCaller
    snr_db: float | None
    seed: int

    def __post_init__(self) -> None:
        level = _ROOM_DBFS if self.snr_db is None else _SPEECH_DBFS - self.snr_db
        self._noise = _pink(_LOOP_S, level, self.seed)
        self._at = 0

    @property
    def label(self) -> str:
        """For reports: voice and noise."""
        return f"{self.voice.label}, {'clean' if self.snr_db is None else f'{self.snr_db:g} dB'}"

    def words(self, text: str, take: int = 0) -> bytes:
        """Somebody says it, a little differently in each ``take``."""
        return _pcm(spoken(self.voice, text, take))

    def noise(self, seconds: float) -> bytes:
        """Something loud that is no speech: a drill, a compressor."""
        seed = zlib.crc32(f"{self.seed} {seconds}".encode())
        return _pcm(_pink(seconds, _LOUD_DBFS, seed))

    def room(self, pcm: bytes) -> bytes:
        """A packet with the room's noise in it."""
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        places = (self._at + np.arange(samples.size)) % self._noise.size
        self._at += samples.size
        return _pcm(samples + self._noise[places])


_said: dict[tuple[str, str, int], NDArray[np.float32]] = {}


def _pink(seconds: float, dbfs: float, seed: int) -> NDArray[np.float32]:
    count = round(RATE * seconds)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    shaped = np.fft.irfft(spectrum / np.sqrt(np.arange(spectrum.size) + 20.0), count)
    return (shaped / shaped.std() * 10 ** (dbfs / 20)).astype(np.float32)


def _pcm(samples: NDArray[np.floating[Any]]) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
