"""Overdriven microphones: finds flattened peaks and rounds them again, so that words stay recognisable.

Works at the client's own rate, before anything resamples: afterwards a flat top is no longer flat. Audio that is
not clipped leaves untouched, for the price of looking for its loudest sample.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.pcm import BYTES_PER_SAMPLE, audioop

#: A sample this loud may have been louder: converters and codecs stop a little below full scale.
_FULL: Final = 32_250
#: A top of one sample is a peak; of two or more it is flat.
_FLAT_SAMPLES: Final = 2
#: Room for the restored peaks, as a factor. The recogniser's level is set later, so it costs nothing.
HEADROOM: Final = 0.3
#: How far above full scale a restored peak may reach; beyond that it would be invented.
_HIGHEST: Final = 3.0
#: Seconds without a flat top after which the audio gets its level back.
_FORGET_S: Final = 20.0


class Declipper:
    """Restores the clipped peaks of one stream of PCM16.

    Attributes:
        clipped: Samples restored so far.
    """

    def __init__(self) -> None:
        self.clipped = 0
        self._scale = 1.0
        self._clean_samples = 0

    def push(self, pcm: bytes, rate: int) -> bytes:
        """The same audio; quieter by ``HEADROOM`` and with round peaks while the microphone is overdriven."""
        if audioop.max(pcm, BYTES_PER_SAMPLE) < _FULL:
            return self._without_peaks(pcm, rate)
        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        runs = _flat_tops(samples)
        if not runs:
            return self._without_peaks(pcm, rate)
        self._clean_samples = 0
        for begin, end in runs:
            self.clipped += end - begin
            _round_top(samples, begin, end)
        ramp = np.full(samples.size, HEADROOM, np.float32)
        if self._scale != HEADROOM:
            ramp = np.linspace(self._scale, HEADROOM, samples.size, dtype=np.float32)
            self._scale = HEADROOM
        return np.clip(samples * ramp, -32768, 32767).astype("<i2").tobytes()

    def _without_peaks(self, pcm: bytes, rate: int) -> bytes:
        if self._scale == 1.0:
            return pcm
        self._clean_samples += len(pcm) // BYTES_PER_SAMPLE
        if self._clean_samples >= _FORGET_S * rate:
            self._scale = 1.0
            return pcm
        return audioop.mul(pcm, BYTES_PER_SAMPLE, self._scale)


def _flat_tops(samples: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Stretches [begin, end) of two or more samples at full scale with a neighbour on either side."""
    full = np.concatenate(([False], np.abs(samples) >= _FULL, [False]))
    edges = np.flatnonzero(full[1:] != full[:-1]).reshape(-1, 2)
    inner = (
        (edges[:, 1] - edges[:, 0] >= _FLAT_SAMPLES) & (edges[:, 0] >= 2) & (edges[:, 1] <= samples.size - 2)
    )
    return [(int(begin), int(end)) for begin, end in edges[inner]]


def _round_top(samples: NDArray[np.float32], begin: int, end: int) -> None:
    """Lay a cubic through the slopes on both sides of the stretch; never below what was recorded."""
    left, right = samples[begin - 1], samples[end]
    width = end - begin + 1
    rise = (left - samples[begin - 2]) * width
    fall = (samples[end + 1] - right) * width
    t = np.arange(1, width, dtype=np.float32) / width
    curve = (
        (2 * t**3 - 3 * t**2 + 1) * left
        + (t**3 - 2 * t**2 + t) * rise
        + (3 * t**2 - 2 * t**3) * right
        + (t**3 - t**2) * fall
    )
    sign = 1.0 if samples[begin] > 0 else -1.0
    recorded = np.abs(samples[begin:end])
    samples[begin:end] = sign * np.clip(sign * curve, recorded, _HIGHEST * 32768)
