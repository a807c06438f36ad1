"""Real and generated audio for the tests of this folder: commands with known ends, rooms with known noise."""

from __future__ import annotations

import json
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media.pcm import from_float, to_float

SAMPLES = Path(__file__).parents[2] / "samples"
LEAD = 4_800
TAIL = 6_400
"""Samples of silence around each command, as its generator promises."""


@dataclass(frozen=True, slots=True)
class Clip:
    file: str
    text: str
    pcm: bytes


def clips() -> list[Clip]:
    """Every command of samples/, with its text."""
    found: list[Clip] = []
    for line in (SAMPLES / "manifest.jsonl").read_text().splitlines():
        entry = json.loads(line)
        with wave.open(str(SAMPLES / entry["file"])) as reader:
            assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (16_000, 1, 2)
            found.append(Clip(entry["file"], entry["text"], reader.readframes(reader.getnframes())))
    return found


def room(seconds: float, dbfs: float, seed: int = 1) -> NDArray[np.float32]:
    """Pink noise: what an office or a van with its engine off sounds like."""
    count = round(16_000 * seconds)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    shaped = np.fft.irfft(spectrum / np.sqrt(np.arange(spectrum.size) + 20.0), count)
    return (shaped / shaped.std() * 10 ** (dbfs / 20)).astype(np.float32)


def in_room(pcm: bytes, dbfs: float, seed: int = 1) -> bytes:
    """A clip with room noise over all of it."""
    samples = to_float(pcm)
    return from_float(samples + room(samples.size / 16_000, dbfs, seed)[: samples.size])
