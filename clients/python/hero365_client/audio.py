"""PCM16 helpers of the client: WAV files, levels, where speech begins and ends.

Pure functions over mono little-endian PCM16 bytes, standard library only. Never plays, records or sends
anything.
"""

from __future__ import annotations

import math
import sys
import wave
from array import array
from dataclasses import dataclass
from pathlib import Path

from hero365_client.errors import Hero365Error

AUDIBLE_DBFS = -50.0
"""A sample above this level counts as heard; the product's voice-to-voice figures are defined with it."""

_FULL_SCALE = 32768
_FRAME_S = 0.010
_BELOW_LOUDEST_DB = 35.0


class AudioFormatError(Hero365Error):
    """The audio is not what the microphone of a session can send."""

    def __init__(self, message: str) -> None:
        super().__init__("audio_format", message)


@dataclass(frozen=True, slots=True)
class Clip:
    """One utterance: mono PCM16 at ``sample_rate`` Hz; the voiced span is in samples, end exclusive."""

    pcm: bytes
    sample_rate: int
    name: str
    voiced_start: int
    voiced_end: int

    @property
    def samples(self) -> int:
        """Length in samples."""
        return len(self.pcm) // 2

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.samples / self.sample_rate


def samples_of(pcm: bytes | bytearray | memoryview) -> array[int]:
    """PCM16 little-endian bytes as an array of integers (an odd last byte is refused by ``array``)."""
    values = array("h")
    values.frombytes(bytes(pcm))
    if sys.byteorder == "big":
        values.byteswap()
    return values


def level(dbfs: float) -> int:
    """The absolute sample value of a level in dB relative to full scale."""
    return int(_FULL_SCALE * 10 ** (dbfs / 20))


def first_audible(pcm: bytes | bytearray, dbfs: float = AUDIBLE_DBFS) -> int | None:
    """Index of the first sample louder than ``dbfs``, None when there is none."""
    limit = level(dbfs)
    return next((i for i, value in enumerate(samples_of(pcm)) if value > limit or value < -limit), None)


def last_audible(pcm: bytes | bytearray, dbfs: float = AUDIBLE_DBFS) -> int | None:
    """Index of the last sample louder than ``dbfs``, None when there is none."""
    limit = level(dbfs)
    values = samples_of(pcm)
    return next((i for i in range(len(values) - 1, -1, -1) if abs(values[i]) > limit), None)


def voiced_span(pcm: bytes, sample_rate: int) -> tuple[int, int]:
    """First and last (exclusive) sample of speech by energy in 10 ms frames.

    A frame is speech when its RMS is above -50 dBFS and within 35 dB of the loudest frame: the second rule
    keeps a noise floor from counting as speech and can only move the end earlier, which makes measured
    latencies longer.

    Returns:
        ``(start, end)`` in samples; ``(0, 0)`` when nothing is voiced.
    """
    values = samples_of(pcm)
    size = max(1, int(sample_rate * _FRAME_S))
    frames = (values[i : i + size] for i in range(0, len(values), size))
    rms = [math.sqrt(sum(value * value for value in frame) / len(frame)) for frame in frames]
    if not rms:
        return 0, 0
    limit = max(float(level(AUDIBLE_DBFS)), max(rms) * 10 ** (-_BELOW_LOUDEST_DB / 20))
    voiced = [i for i, value in enumerate(rms) if value > limit]
    if not voiced:
        return 0, 0
    return voiced[0] * size, min(len(values), (voiced[-1] + 1) * size)


def clip_of(pcm: bytes, sample_rate: int, name: str) -> Clip:
    """A clip with its voiced span worked out."""
    start, end = voiced_span(pcm, sample_rate)
    return Clip(pcm, sample_rate, name, start, end)


def read_wav(path: str | Path) -> Clip:
    """Read a mono 16-bit WAV file.

    Raises:
        AudioFormatError: Not a WAV file, or not mono 16-bit.
    """
    path = Path(path)
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            pcm = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise AudioFormatError(f"{path.name} is not a PCM WAV file ({error})") from error
    except OSError as error:
        raise AudioFormatError(f"{path} cannot be read ({error.strerror})") from error
    if channels != 1 or width != 2:
        raise AudioFormatError(
            f"{path.name} has {channels} channels of {8 * width} bit; mono 16-bit is needed"
        )
    return clip_of(pcm, rate, path.stem)


def write_wav(path: str | Path, pcm: bytes | bytearray, sample_rate: int, channels: int = 1) -> None:
    """Write 16-bit PCM (interleaved when ``channels`` is 2) as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(bytes(pcm))
