"""Measures the recogniser alone on recorded sets: word error rate per set, voice, noise and engine.

Prints and keeps no sentence: a set that is measured with is not read. A set that is not there is named absent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from bench.evals.engines import Engines
from bench.evals.words import WordErrors

ABSENT = "absent"
_RATE = 16_000
_SAMPLES = Path(__file__).parents[2] / "samples" / "manifest.jsonl"


def measure(
    engines: Engines, sets: Sequence[Path], hints: Sequence[str], limit: int | None
) -> dict[str, Any]:
    """Set → engine → voice and noise → rate; the project's own samples are always among them."""
    found: dict[str, Any] = {}
    for path in (_SAMPLES, *sets):
        name = path.parent.name if path == _SAMPLES else path.stem
        found[name] = _one_set(engines, path, hints, limit) if path.is_file() else ABSENT
    return found


def _one_set(engines: Engines, path: Path, hints: Sequence[str], limit: int | None) -> dict[str, Any]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    chosen = lines if limit is None else lines[:: max(1, len(lines) // limit)]
    counts: dict[str, WordErrors] = {}
    total = WordErrors()
    for line in chosen:
        row: dict[str, Any] = json.loads(line)
        noise = row.get("noise_db_snr")
        label = str(row["voice"]) + (", clean" if noise is None else f", {noise} dB")
        heard = engines.moonshine.recognise(_audio(path.parent / row["file"]), hints=hints).text
        counts.setdefault(label, WordErrors()).add(row["text"], heard)
        total.add(row["text"], heard)
    rates = {label: each.rate for label, each in sorted(counts.items())}
    return {"moonshine": {"all": total.rate, "utterances": len(chosen), **rates}}


def _audio(path: Path) -> bytes:
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    mono = np.ascontiguousarray(samples[:, 0])
    return (mono if rate == _RATE else soxr.resample(mono, rate, _RATE)).tobytes()
