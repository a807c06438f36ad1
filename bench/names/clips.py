"""The clips of ``make bench-names``: own sentences in voices that are not the server's, and a set given as a file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from bench.names.sentences import Said
from bench.turns.speech import VoiceOfCaller, say
from conversation.name_book import ordinary_words, words_of
from media.pcm import SAMPLE_RATE, from_float, silence, to_float


@dataclass(frozen=True, slots=True)
class Clip:
    """Something said: ``kind`` is the set it belongs to, ``voice`` who says it and over which noise."""

    kind: str
    voice: str
    said: Said
    pcm: bytes


def spoken(kind: str, voice: VoiceOfCaller, said: Said, snr_db: float | None, seed: int) -> Clip:
    """``said`` by a voice, with 0.3 s before and 0.2 s after it, in a quiet or a noisy room."""
    pcm = silence(300) + say(voice, said.text).tobytes() + silence(200)
    label = voice.label
    if snr_db is not None:
        samples = to_float(pcm)
        level = float(np.sqrt(np.mean(samples**2))) / 10 ** (snr_db / 20)
        pcm = from_float(np.asarray(samples + level * _pink(samples.size, seed), np.float32))
        label = f"{label} {snr_db:g} dB"
    return Clip(kind, label, said, pcm)


def external(commands: Path) -> tuple[list[Clip], tuple[str, ...]]:
    """The clips of a file of JSON lines (file, text, voice), and the names that are in their texts.

    Names are the runs of two and more capitalised words; they stand for the customers of whoever recorded them.
    """
    clips: list[Clip] = []
    for line in commands.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        samples, rate = soundfile.read(commands.parent / row["file"], dtype="float32", always_2d=True)
        audio = soxr.resample(samples[:, 0], rate, SAMPLE_RATE)
        snr = row.get("noise_db_snr")
        voice = row["voice"] + (f" {snr:g} dB" if snr is not None else "")
        said = Said(row["text"], _capitalised(row["text"]))
        clips.append(Clip(commands.stem, voice, said, from_float(np.asarray(audio, np.float32))))
    return clips, tuple(dict.fromkeys(name for clip in clips for name in clip.said.names))


def _capitalised(text: str) -> tuple[str, ...]:
    ordinary = ordinary_words()
    found: list[str] = []
    for run in re.findall(r"\b[A-Z][\w']+(?: [A-Z][\w']+)+", text):
        words = [word for word in words_of(run) if word.text not in ordinary]
        if len(words) > 1:
            found.append(run[words[0].start : words[-1].end])
    return tuple(found)


def _pink(count: int, seed: int) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    shaped = np.fft.irfft(spectrum / np.sqrt(np.arange(spectrum.size) + 20.0), count)
    return (shaped / shaped.std()).astype(np.float32)
