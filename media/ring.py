"""A bounded memory of the latest audio of a conversation, addressed by absolute sample index.

Sample 0 is the first sample ever appended. When the ring is full the oldest samples make room and are
counted in ``dropped``; appending never fails and never grows memory. Single-threaded, like the session that
owns it.
"""

from __future__ import annotations

from media.errors import MediaError, MediaErrorCode
from media.pcm import BYTES_PER_SAMPLE, SAMPLE_RATE, check_pcm16


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
        self._bytes = bytearray(BYTES_PER_SAMPLE * self.capacity)

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
        check_pcm16(pcm)
        size = len(self._bytes)
        kept = pcm[-size:] if len(pcm) > size else pcm
        self.end += len(pcm) // BYTES_PER_SAMPLE
        stop = BYTES_PER_SAMPLE * self.end % size
        wrapped = stop - len(kept)
        if wrapped >= 0:
            self._bytes[wrapped:stop] = kept
        else:
            self._bytes[wrapped:] = kept[:-wrapped]
            self._bytes[:stop] = kept[-wrapped:]

    def read(self, begin: int, end: int) -> bytes:
        """PCM16 of the samples [begin, end).

        Raises:
            MediaError: ``audio_out_of_range`` when any of them is gone or has not come yet.
        """
        if not self.start <= begin <= end <= self.end:
            message = f"samples [{begin}, {end}) are not within [{self.start}, {self.end})"
            raise MediaError(MediaErrorCode.OUT_OF_RANGE, message)
        at = BYTES_PER_SAMPLE * (begin % self.capacity)
        count = BYTES_PER_SAMPLE * (end - begin)
        first = min(count, len(self._bytes) - at)
        return bytes(self._bytes[at : at + first] + self._bytes[: count - first])

    def read_available(self, begin: int, end: int) -> tuple[int, bytes]:
        """What is held of [begin, end): absolute index of its first sample, and its PCM16, perhaps empty."""
        low = min(max(begin, self.start), self.end)
        high = max(low, min(end, self.end))
        return low, self.read(low, high)
