"""What a speech recogniser hands back, whichever it is. Plain data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

GUESSES: Final = 4
"""Readings of a whole utterance that are asked for where two recognisers are compared."""
_LEAST: Final = -600.0


@dataclass(frozen=True, slots=True)
class Guess:
    """One way to read an utterance. ``weight`` is 0..1: its share among the guesses, which add up to 1."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Transcription:
    """What was heard.

    Attributes:
        text: With case and punctuation; empty when there was nothing to hear.
        confidence: 0..1, the mean probability of its tokens; 0 for an empty text.
        engine_ms: Wall-clock milliseconds the engine took.
        guesses: ``text`` and other readings, the likeliest first; empty when there was nothing to hear.
        doubted: What it was, should there have been anything to hear: where ``text`` is empty, or nothing.
    """

    text: str
    confidence: float
    engine_ms: float
    guesses: tuple[Guess, ...] = ()
    doubted: str = ""


def guesses_of(readings: Iterable[tuple[str, float]]) -> tuple[Guess, ...]:
    """Guesses from texts and their natural log-probabilities, the first first; equal texts become one."""
    found: dict[str, float] = {}
    for text, score in readings:
        if text:
            found[text] = math.exp(score) + found.get(text, 0.0) if score > _LEAST else found.get(text, 0.0)
    whole = sum(found.values())
    return tuple(Guess(text, share / whole if whole else 1 / len(found)) for text, share in found.items())


def joined(parts: Sequence[Sequence[Guess]]) -> tuple[Guess, ...]:
    """The guesses of audio that was cut into parts: all of one part, else the likeliest of each."""
    if len(parts) == 1:
        return tuple(parts[0])
    text = " ".join(part[0].text for part in parts if part)
    return (Guess(text, 1.0),) if text else ()
