"""PCM16 bytes to numpy and back, and how loud they are.

Pure functions on mono 16-bit little-endian audio. Nothing here keeps state or resamples.
"""

from __future__ import annotations

import warnings
from math import log10
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.errors import MediaError, MediaErrorCode

with warnings.catch_warnings():
    # Python 3.13 drops it from the standard library (its successor there is the package audioop-lts).
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop as audioop  # the others take it from here

SAMPLE_RATE: Final = 16_000
"""Hz of everything inside a session: what the detector and the recogniser hear."""
BYTES_PER_SAMPLE: Final = 2
SILENCE_DBFS: Final = -120.0
"""What level functions return for digital silence and for no audio at all."""

Samples = NDArray[np.float32]


def check_pcm16(pcm: bytes | bytearray | memoryview) -> None:
    """Raise MediaError ``audio_odd_byte_count`` unless ``pcm`` is a whole number of samples."""
    if len(pcm) % BYTES_PER_SAMPLE:
        message = f"PCM16 needs an even number of bytes, got {len(pcm)}"
        raise MediaError(MediaErrorCode.ODD_BYTE_COUNT, message)


def dbfs(pcm: bytes | bytearray | memoryview) -> float:
    """RMS of whole samples in dBFS, to one unit of amplitude; in the plainest C there is, for small frames."""
    amplitude = audioop.rms(pcm, BYTES_PER_SAMPLE)
    return 20.0 * log10(amplitude / 32768) if amplitude else SILENCE_DBFS


def to_int16(pcm: bytes | bytearray | memoryview) -> NDArray[np.int16]:
    """The samples of PCM16 bytes, without a copy. Raises MediaError ``audio_odd_byte_count``."""
    check_pcm16(pcm)
    return np.frombuffer(pcm, "<i2")


def to_float(pcm: bytes | bytearray | memoryview) -> Samples:
    """PCM16 bytes as float32 in [-1, 1). Raises MediaError ``audio_odd_byte_count``."""
    return to_int16(pcm).astype(np.float32) * np.float32(1 / 32768)


def from_float(samples: Samples) -> bytes:
    """Float samples as PCM16 bytes; what is louder than full scale is clipped, never wrapped."""
    scaled = samples * np.float32(32768)
    np.rint(scaled, out=scaled)
    np.maximum(scaled, -32768, out=scaled)
    np.minimum(scaled, 32767, out=scaled)
    return scaled.astype("<i2").tobytes()


def silence(duration_ms: float, rate: int = SAMPLE_RATE) -> bytes:
    """Digital silence."""
    return bytes(BYTES_PER_SAMPLE * round(duration_ms * rate / 1000))


def duration_ms(pcm: bytes | bytearray | memoryview, rate: int = SAMPLE_RATE) -> float:
    """How long PCM16 bytes last, in milliseconds."""
    return len(pcm) / BYTES_PER_SAMPLE * 1000 / rate


def rms_dbfs(samples: Samples) -> float:
    """Root mean square level in dB relative to full scale; a full-scale square wave is 0."""
    if not samples.size:
        return SILENCE_DBFS
    return _to_dbfs(float(np.sqrt(np.dot(samples, samples) / samples.size)))


def peak_dbfs(samples: Samples) -> float:
    """Largest magnitude in dB relative to full scale."""
    if not samples.size:
        return SILENCE_DBFS
    return _to_dbfs(float(np.max(np.abs(samples))))


def _to_dbfs(amplitude: float) -> float:
    floor = 10 ** (SILENCE_DBFS / 20)
    return 20 * float(np.log10(max(amplitude, floor)))
