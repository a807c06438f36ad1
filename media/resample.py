"""Streaming sample-rate conversion between the rates that clients, engines and telephones use.

A polyphase windowed-sinc filter with a constant delay of 32 samples of the lower rate (2 ms at 16 kHz, 4 ms
at 8 kHz). Block-based resamplers are no choice here: libsoxr's streams hold back up to 37 ms at 48 kHz and
115 ms at 8 kHz, in bursts, and every millisecond is added to the time a caller waits for an answer. It
never drops or adds a
sample: after ``flush`` the output lasts exactly as long as the input.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import Final

import numpy as np

from media.errors import MediaError, MediaErrorCode
from media.pcm import Samples, check_pcm16, from_float, to_float

SUPPORTED_RATES: Final = (8_000, 16_000, 24_000, 48_000)
_ZERO_CROSSINGS: Final = 32
_KAISER_BETA: Final = 7.0
_ROLL_OFF: Final = 0.935
"""Where the filter is at -6 dB, as a part of the lower Nyquist frequency; by 1.0 it has fallen to -40 dB."""


@lru_cache
def _kernel(source_step: int, target_step: int) -> Samples:
    """Filter taps, shape (window, target_step): times a window of input it gives the outputs."""
    bandwidth = min(1.0, target_step / source_step)
    half = _half_width(source_step, target_step)
    taps = np.arange(2 * half + source_step + 1) - half
    outputs = np.arange(target_step) * (source_step / target_step)
    distance = taps[:, None] - outputs[None, :]
    inside = np.clip(1.0 - (distance / half) ** 2, 0.0, None)
    window = np.where(np.abs(distance) < half, np.i0(_KAISER_BETA * np.sqrt(inside)), 0.0)
    weights = np.sinc(distance * bandwidth * _ROLL_OFF) * window
    return (weights / weights.sum(axis=0)).astype(np.float32)


def _half_width(source_step: int, target_step: int) -> int:
    """Input samples that the filter looks ahead and back."""
    return _ZERO_CROSSINGS * max(source_step, target_step) // target_step


class StreamResampler:
    """Converts one mono PCM16 stream from one rate to another, chunk by chunk.

    The same rate on both sides hands the bytes through untouched.
    """

    def __init__(self, source_hz: int, target_hz: int) -> None:
        """Prepare. Raises MediaError ``audio_unsupported_rate``."""
        for rate in (source_hz, target_hz):
            if rate not in SUPPORTED_RATES:
                message = f"{rate} Hz is not one of {', '.join(map(str, SUPPORTED_RATES))}"
                raise MediaError(MediaErrorCode.UNSUPPORTED_RATE, message)
        self.source_hz = source_hz
        self.target_hz = target_hz
        divisor = gcd(source_hz, target_hz)
        self._source_step = source_hz // divisor
        self._target_step = target_hz // divisor
        self._half = _half_width(self._source_step, self._target_step)
        self.reset()

    @property
    def delay_ms(self) -> float:
        """How far the output lags behind the input until ``flush``; 0 when the rates are equal."""
        return 0.0 if self.source_hz == self.target_hz else (self._half + 1) * 1000 / self.source_hz

    def reset(self) -> None:
        """Forget everything pushed: the next chunk starts a new stream."""
        self._pending = np.zeros(self._half, np.float32)
        self._taken = 0
        self._given = 0

    def push(self, pcm: bytes) -> bytes:
        """Take a chunk, give what can be computed so far. Raises MediaError ``audio_odd_byte_count``."""
        if self.source_hz == self.target_hz:
            check_pcm16(pcm)
            return pcm
        samples = to_float(pcm)
        self._taken += samples.size
        return from_float(self._advance(samples))

    def flush(self) -> bytes:
        """The rest of the stream, after which the resampler is as new."""
        if self.source_hz == self.target_hz:
            return b""
        wanted = round(self._taken * self._target_step / self._source_step) - self._given
        tail = np.zeros(self._half + 2 * self._source_step, np.float32)
        rest = from_float(self._advance(tail)[:wanted])
        self.reset()
        return rest

    def _advance(self, samples: Samples) -> Samples:
        """Filter every whole window; what a later window needs again stays pending."""
        kernel = _kernel(self._source_step, self._target_step)
        pending = np.concatenate((self._pending, samples))
        groups = max(0, (pending.size - kernel.shape[0]) // self._source_step + 1)
        if not groups:
            self._pending = pending
            return np.zeros(0, np.float32)
        # Overlapping rows of one buffer; the helper of numpy for this costs half as much as the filter
        # itself.
        strides = (self._source_step * pending.itemsize, pending.itemsize)
        windows = np.ndarray((groups, kernel.shape[0]), np.float32, pending, 0, strides)
        output = (windows @ kernel).ravel()
        self._pending = pending[groups * self._source_step :]
        self._given += output.size
        return output
