"""What one client may send: token buckets for audio, control messages and mistakes. Pure; time is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: A second of the richest allowed audio (48 kHz PCM16 as base64), the unit of the byte budget.
_SECOND_BYTES: Final = 48_000 * 2 * 4 // 3
_FRAMES_PER_SECOND: Final = 400.0


@dataclass(slots=True)
class TokenBucket:
    """Allows ``rate`` tokens a second on average and ``capacity`` at once."""

    capacity: float
    rate: float
    level: float = -1.0
    filled_at: float = 0.0

    def take(self, amount: float, now: float) -> bool:
        """Take ``amount`` tokens if they are there; False (and nothing taken) when not."""
        if self.level < 0:
            self.level = self.capacity
        else:
            self.level = min(self.capacity, self.level + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if amount > self.level:
            return False
        self.level -= amount
        return True


class LineBudget:
    """What one socket may send at all, whatever it means: bytes and frames. The same on every route.

    Args:
        factor: Audio in, as a multiple of real time, for the richest audio there is.
        window_s: Seconds over which that is averaged.
    """

    def __init__(self, factor: float, window_s: float) -> None:
        self._volume = TokenBucket(factor * window_s * _SECOND_BYTES, factor * _SECOND_BYTES)
        self._frames = TokenBucket(_FRAMES_PER_SECOND * window_s, _FRAMES_PER_SECOND)

    def frame(self, size: int, now: float) -> bool:
        """Whether one more frame of ``size`` bytes is within the budget."""
        return self._volume.take(size, now) and self._frames.take(1.0, now)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one connection.

    Attributes:
        audio_factor: Audio in, as a multiple of real time, averaged over ``audio_window_s``.
        control_per_minute: Control messages a minute (playback reports and pings have ten times as many).
        mistakes: Bad messages in a row (one a second is forgiven) until the socket is closed.
        longest_s: Seconds that a socket may live.
    """

    audio_factor: float = 3.0
    audio_window_s: float = 10.0
    control_per_minute: float = 200.0
    mistakes: float = 20.0
    longest_s: float = 3600.0


class ClientBudget:
    """The buckets of one connection."""

    def __init__(self, limits: Limits) -> None:
        self._audio = TokenBucket(limits.audio_factor * limits.audio_window_s, limits.audio_factor)
        self._control = TokenBucket(limits.control_per_minute, limits.control_per_minute / 60)
        self._small = TokenBucket(limits.control_per_minute * 10, limits.control_per_minute / 6)
        self._mistakes = TokenBucket(limits.mistakes, 1.0)

    @property
    def control_left(self) -> tuple[int, int, float]:
        """Control messages a minute, how many are left now, and seconds until all of them are there again."""
        bucket = self._control
        left = bucket.capacity if bucket.level < 0 else bucket.level
        return int(bucket.capacity), int(left), round((bucket.capacity - left) / bucket.rate, 3)

    def audio(self, seconds: float, now: float) -> bool:
        """Whether so much audio is within the budget."""
        return self._audio.take(seconds, now)

    def control(self, now: float, *, small: bool = False) -> bool:
        """Whether one more control message is; ``small`` for playback reports and pings."""
        return (self._small if small else self._control).take(1.0, now)

    def mistake(self, now: float) -> bool:
        """Whether one more bad message is forgiven."""
        return self._mistakes.take(1.0, now)
