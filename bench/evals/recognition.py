"""Measures the ears alone on recorded sets: word error rate per set, engine, voice and noise.

The engines are the first recogniser, the second one, and both as the server weighs them. Prints and keeps no sentence:
a set that is measured with is not read. A set that is not there is named absent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from bench.evals.engines import Engines
from bench.evals.words import WordErrors
from conversation.hearing.context import MOST_NAMES, said_before
from conversation.hearing.language import language
from conversation.hearing.readings import rated
from conversation.listener import EXPECTED_PHRASES
from conversation.name_book import name_book
from media.engines.transcription import GUESSES

ABSENT = "absent"
_RATE = 16_000
_SAMPLES = Path(__file__).parents[2] / "samples" / "manifest.jsonl"


def measure(
    engines: Engines, sets: Sequence[Path], names: tuple[str, ...], limit: int | None
) -> dict[str, Any]:
    """Set → engine → voice and noise → rate; the project's own samples are always among them."""
    found: dict[str, Any] = {}
    for path in (_SAMPLES, *sets):
        name = path.parent.name if path == _SAMPLES else path.stem
        found[name] = _one_set(engines, path, names, limit) if path.is_file() else ABSENT
    return found


def _one_set(engines: Engines, path: Path, names: tuple[str, ...], limit: int | None) -> dict[str, Any]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    chosen = lines if limit is None else lines[:: max(1, len(lines) // limit)]
    counts: dict[tuple[str, str], WordErrors] = {}
    for line in chosen:
        row: dict[str, Any] = json.loads(line)
        noise = row.get("noise_db_snr")
        label = str(row["voice"]) + (", clean" if noise is None else f", {noise} dB")
        for engine, heard in _heard(engines, _audio(path.parent / row["file"]), names):
            for each in (label, "all"):
                counts.setdefault((engine, each), WordErrors()).add(row["text"], heard)
    found: dict[str, Any] = {"utterances": len(chosen)}
    for (engine, label), errors in sorted(counts.items()):
        found.setdefault(engine, {})[label] = errors.rate
    return found


def _heard(engines: Engines, pcm: bytes, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What each engine makes of it, then what the server makes of both."""
    book = name_book(names)
    first = engines.moonshine.recognise(
        pcm, hints=(*names, *EXPECTED_PHRASES), second_look=engines.whisper is None, guesses=GUESSES
    )
    yield "moonshine", book.corrected(first.text)
    if engines.whisper is None:
        return
    second = engines.whisper.recognise(pcm, before=said_before(book.nearest(first.text, MOST_NAMES)))
    yield "whisper", book.corrected(second.text)
    readings = rated(first.guesses, second.guesses, book, language()) if first.text else []
    yield "both", readings[0].text if readings else ""


def _audio(path: Path) -> bytes:
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    mono = np.ascontiguousarray(samples[:, 0])
    return (mono if rate == _RATE else soxr.resample(mono, rate, _RATE)).tobytes()
