"""How a voice ends, by its pitch."""

from __future__ import annotations

import numpy as np
import pytest

from media.endpointing.prosody import final_slope, sounds_done
from media.pcm import SAMPLE_RATE


def voice(begin_hz: float, end_hz: float, seconds: float = 0.6, level: float = 4000.0) -> bytes:
    """A buzzing voice whose pitch moves evenly (in semitones)."""
    steps = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE / seconds
    phase = np.cumsum(2 * np.pi * begin_hz * (end_hz / begin_hz) ** steps / SAMPLE_RATE)
    wave = sum(np.sin(harmonic * phase) / harmonic for harmonic in range(1, 8))
    noise = np.random.default_rng(1).normal(0.0, 16.0, steps.size)
    return (level * wave / 2 + noise).astype("<i2").tobytes()


@pytest.mark.parametrize(("begin", "end"), [(120, 90), (220, 160), (110, 140), (200, 200)])
def test_the_slope_is_that_of_the_pitch(begin: float, end: float) -> None:
    assert final_slope(voice(begin, end)) == pytest.approx(12 * np.log2(end / begin) / 0.6, abs=2.0)


def test_a_fall_sounds_done_and_a_held_or_rising_voice_does_not() -> None:
    falling, level, rising = (sounds_done(voice(140, end), "tomorrow") for end in (100, 140, 170))
    assert falling is not None
    assert level is not None
    assert rising is not None
    assert falling > 0.5 > level > rising


def test_a_rise_says_nothing_after_a_question() -> None:
    assert sounds_done(voice(140, 170), "Is it done?") is None
    assert sounds_done(voice(140, 100), "Is it done?") is not None


@pytest.mark.parametrize(
    "pcm", [b"", bytes(2 * SAMPLE_RATE), voice(140, 100, 0.1), b"\x01\x00" * 200], ids=len
)
def test_too_little_voice_says_nothing(pcm: bytes) -> None:
    assert final_slope(pcm) is None


def test_noise_has_no_pitch() -> None:
    noise = np.random.default_rng(3).normal(0.0, 3000.0, SAMPLE_RATE).astype("<i2").tobytes()
    assert final_slope(noise) is None
