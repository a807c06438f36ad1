"""A bounded memory of the latest audio of a conversation, addressed by absolute sample index.

Sample 0 is the first sample ever appended. When the ring is full the oldest samples make room and are
counted in ``dropped``; appending never fails and never grows memory. Single-threaded, like the session that
owns it.
"""

from __future__ import annotations

import numpy as np

from media.errors import MediaError, MediaErrorCode
from media.pcm import SAMPLE_RATE, to_int16


class AudioRing:
    """The last ``capacity_ms`` of a mono PCM16 stream.

    Attributes:
        capacity: Samples that fit.
        end: Absolute index after the newest sample; the number of samples ever appended.
    """

    def __init__(self, capacity_ms: int, rate: int = SAMPLE_RATE) -> None:
        if capacity_ms <= 0:
            message = f"capacity_ms must be positive, got {capacity_ms}"
            raise ValueError(message)
        self.capacity = capacity_ms * rate // 1000
        self.end = 0
        self._samples = np.zeros(self.capacity, np.int16)

    @property
    def start(self) -> int:
        """Absolute index of the oldest sample held."""
        return max(0, self.end - self.capacity)

    @property
    def dropped(self) -> int:
        """Samples that made room for newer ones since the beginning; the same number as ``start``."""
        return self.start

    def append(self, pcm: bytes | bytearray | memoryview) -> None:
        """Add audio, forgetting the oldest if it is full. Raises MediaError ``audio_odd_byte_count``."""
        samples = to_int16(pcm)
        total = samples.size
        kept = samples[-self.capacity :] if total > self.capacity else samples
        at = (self.end + total - kept.size) % self.capacity
        first = min(kept.size, self.capacity - at)
        self._samples[at : at + first] = kept[:first]
        self._samples[: kept.size - first] = kept[first:]
        self.end += total

    def read(self, begin: int, end: int) -> bytes:
        """PCM16 of the samples [begin, end).

        Raises:
            MediaError: ``audio_out_of_range`` when any of them is gone or has not come yet.
        """
        if not self.start <= begin <= end <= self.end:
            message = f"samples [{begin}, {end}) are not within [{self.start}, {self.end})"
            raise MediaError(MediaErrorCode.OUT_OF_RANGE, message)
        at = begin % self.capacity
        count = end - begin
        first = min(count, self.capacity - at)
        return self._samples[at : at + first].tobytes() + self._samples[: count - first].tobytes()

    def read_available(self, begin: int, end: int) -> tuple[int, bytes]:
        """What is held of [begin, end): absolute index of its first sample, and its PCM16, perhaps empty."""
        low = min(max(begin, self.start), self.end)
        high = max(low, min(end, self.end))
        return low, self.read(low, high)
