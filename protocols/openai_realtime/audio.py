"""Audio as it travels in the events: PCM16 at 24 kHz, or G.711 (mu-law, A-law) at 8 kHz, all mono.

The session has PCM16 at the format's rate. G.711 is looked up in tables made from its definition (ITU-T G.711).
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Hz of each format.
RATES: Final = {"audio/pcm": 24_000, "audio/pcmu": 8_000, "audio/pcma": 8_000}
#: Bytes of a sample on the wire.
WIDTHS: Final = {"audio/pcm": 2, "audio/pcmu": 1, "audio/pcma": 1}


def to_pcm(payload: bytes, kind: str) -> bytes:
    """What came in the format ``kind``, as PCM16 little endian. PCM16 has to have whole samples."""
    if kind == "audio/pcm":
        return payload
    return _decoding(kind)[np.frombuffer(payload, np.uint8)].tobytes()


def from_pcm(pcm: bytes, kind: str) -> bytes:
    """PCM16 little endian in the format ``kind``."""
    if kind == "audio/pcm":
        return pcm
    return _encoding(kind)[np.frombuffer(pcm, "<u2")].tobytes()


@functools.cache
def _decoding(kind: str) -> NDArray[np.int16]:
    """The sample of each code."""
    codes = np.arange(256)
    if kind == "audio/pcmu":
        codes = ~codes & 0xFF
        exponent, mantissa = (codes >> 4) & 7, codes & 0x0F
        size = (((mantissa << 3) + 0x84) << exponent) - 0x84
        return np.where(codes & 0x80, -size, size).astype("<i2")
    codes = codes ^ 0x55
    exponent, mantissa = (codes >> 4) & 7, codes & 0x0F
    size = np.where(
        exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0)
    )
    return np.where(codes & 0x80, size, -size).astype("<i2")


@functools.cache
def _encoding(kind: str) -> NDArray[np.uint8]:
    """The code of each sample, by its 16 bits read without sign: the code whose sample is nearest."""
    samples = _decoding(kind).astype(np.int32)
    order = np.argsort(samples, kind="stable")
    ordered = samples[order]
    values = np.arange(65_536, dtype=np.int32)
    values = np.where(values < 32_768, values, values - 65_536)
    right = np.clip(np.searchsorted(ordered, values), 1, 255)
    nearer_left = values - ordered[right - 1] <= ordered[right] - values
    return order[np.where(nearer_left, right - 1, right)].astype(np.uint8)
