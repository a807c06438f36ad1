"""The picture of sound that Whisper looks at: 80 bands of the mel scale, 100 columns a second, as logarithms.

Pure functions of samples. Formula and constants are those of the model's authors (openai/whisper, audio.py): a Hann
window of 25 ms every 10 ms, Slaney's mel bands, and nothing quieter than 80 dB below the loudest point.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.pcm import SAMPLE_RATE, Samples

BANDS: Final = 80
HOP: Final = SAMPLE_RATE // 100
_WINDOW: Final = SAMPLE_RATE // 40
_HERTZ_PER_MEL: Final = 200 / 3
_LOG_FROM_HERTZ: Final = 1000.0
_LOG_STEP: Final = float(np.log(6.4)) / 27
"""Slaney's scale: linear up to 1 kHz, then 27 steps for each factor of 6.4."""


def log_mel(samples: Samples) -> NDArray[np.float32]:
    """Shape (80, samples // 160), values of about -1 to 1."""
    padded = np.pad(samples, _WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP][: samples.size // HOP]
    spectrum = np.fft.rfft(frames * _hann(), axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    decades = np.log10(np.maximum(_bands() @ power.T, 1e-10))
    return ((np.maximum(decades, decades.max() - 8.0) + 4.0) / 4.0).astype(np.float32)


@lru_cache(maxsize=1)
def _hann() -> NDArray[np.float32]:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)).astype(np.float32)


@lru_cache(maxsize=1)
def _bands() -> NDArray[np.float32]:
    """Triangles over the spectrum's lines, each of equal area; shape (80, 201)."""
    lines = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE)
    edges = _hertz(np.linspace(0.0, float(_mel(SAMPLE_RATE / 2)), BANDS + 2))
    rising = (lines[None] - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - lines[None]) / np.diff(edges)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


def _mel(hertz: float) -> float:
    if hertz < _LOG_FROM_HERTZ:
        return hertz / _HERTZ_PER_MEL
    return _LOG_FROM_HERTZ / _HERTZ_PER_MEL + float(np.log(hertz / _LOG_FROM_HERTZ)) / _LOG_STEP


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    knee = _LOG_FROM_HERTZ / _HERTZ_PER_MEL
    return np.where(mels < knee, mels * _HERTZ_PER_MEL, _LOG_FROM_HERTZ * np.exp(_LOG_STEP * (mels - knee)))
