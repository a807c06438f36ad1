"""How the voice ended before a pause: falling as at the end of a sentence, or held up as by somebody who goes on.

Pure and cheap (about a millisecond): the pitch of the last voiced sounds by autocorrelation. It hears no words and
says nothing where it found too little voice to judge by; a question may rise and be over.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from media.pcm import SAMPLE_RATE

#: Audio that is looked at, and how much of its voiced end is the ending.
LOOKED_AT_S: Final = 0.8
_ENDING_FRAMES: Final = 25
_LEAST_FRAMES: Final = 12
_WINDOW: Final = SAMPLE_RATE * 40 // 1000
_HOP: Final = SAMPLE_RATE // 100
_TRANSFORM: Final = 1024
_SHORTEST_LAG, _LONGEST_LAG = SAMPLE_RATE // 400, SAMPLE_RATE // 60
_VOICED: Final = 0.6
_LOUD: Final = 0.1
#: Of two likely periods the shorter one is the pitch; so much likelier is the one than the other for each sample less.
_LAG_PENALTY: Final = 0.0006

#: Of the ending's slope, in semitones a second: where it says nothing, and by how much it changes the odds.
_NEUTRAL, _WEIGHT = -4.5, 0.045


def sounds_done(pcm: bytes, text: str) -> float | None:
    """Probability 0..1 by the pitch alone that the speaker of ``text`` is done; None where it cannot be told.

    Args:
        pcm: 16 kHz PCM16 up to the last voiced sample.
        text: What was said; of a question a rise means nothing.
    """
    slope = final_slope(pcm)
    if slope is None or (slope > _NEUTRAL and text.rstrip().endswith("?")):
        return None
    return 1 / (1 + math.exp(min(max(_WEIGHT * (slope - _NEUTRAL), -10.0), 10.0)))


def final_slope(pcm: bytes) -> float | None:
    """Semitones a second by which the pitch changes over the last voiced quarter of a second; None of too little voice.

    Args:
        pcm: 16 kHz PCM16 up to the last voiced sample; only its end is looked at.
    """
    samples = np.frombuffer(pcm, "<i2")[-round(LOOKED_AT_S * SAMPLE_RATE) :].astype(np.float32)
    if samples.size < _WINDOW + _LEAST_FRAMES * _HOP:
        return None
    pitch = _semitones(samples)
    voiced = np.flatnonzero(np.isfinite(pitch))
    ending = voiced[voiced >= voiced[-1] - _ENDING_FRAMES] if voiced.size else voiced
    if ending.size < _LEAST_FRAMES:
        return None
    return float(np.polyfit(ending * _HOP / SAMPLE_RATE, pitch[ending], 1)[0])


def _semitones(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Pitch every 10 ms, NaN where there is none. ``samples``: float32, mono, 16 kHz."""
    frames = sliding_window_view(samples, _WINDOW)[::_HOP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    levels = np.sqrt((frames**2).mean(axis=1))
    window = np.hanning(_WINDOW).astype(np.float32)
    likeness = _autocorrelation(frames * window)
    likeness /= (likeness[:, :1] + 1e-3) * (of_window := _autocorrelation(window[None, :])) / of_window[0, 0]
    lags = np.arange(_SHORTEST_LAG, _LONGEST_LAG)
    found = likeness[:, lags] - _LAG_PENALTY * lags
    best = found.argmax(axis=1)
    voiced = (found.max(axis=1) > _VOICED) & (levels > _LOUD * np.percentile(levels, 90))
    return np.where(voiced, 12 * np.log2(SAMPLE_RATE / lags[best]), math.nan)


def _autocorrelation(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(frames, _TRANSFORM, axis=1)
    return np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, :_LONGEST_LAG].astype(np.float32)
