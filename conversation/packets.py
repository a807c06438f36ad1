"""Which of the microphone's packets can wait for the next ones, since nothing would come of looking at them now.

Waking up for a packet costs a process more than what is done with it: its memory has left the processor's caches. So
audio that is what was expected (silence while nobody speaks, voice while somebody does) is looked at a few packets at a
time. Whatever may be news is looked at as it comes, with all that waited: a sound in the silence, a pause in the
speech, and everything that is heard while the assistant speaks or thinks. What is found has the same positions in the
audio either way.
"""

from __future__ import annotations

from typing import Final

from media.pcm import BYTES_PER_SAMPLE

#: Audio that waits at the most, ms: the end of speech in a noise as loud as the voice is noticed so much later, and a
#: voice that begins as softly as the room.
VOICE_MS: Final = 64.0
SILENCE_MS: Final = 160.0
#: Silence is less than this above the room's level; a voice is less than this below the speaker's, and well above it.
_ROOM_DB: Final = 6.0
_SPEAKER_DB: Final = 18.0
_CLEARLY_DB: Final = 12.0


class WaitingPackets:
    """The packets of one microphone that wait."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._ms = 0.0

    def add(self, pcm: bytes, rate: int, *, may_wait_ms: float) -> bytes:
        """One more packet (PCM16 at ``rate`` Hz); all that is to be looked at now, b"" when it can wait."""
        self._held.append(pcm)
        self._ms += len(pcm) / BYTES_PER_SAMPLE / rate * 1000
        return self.take() if self._ms >= may_wait_ms else b""

    def take(self) -> bytes:
        """All that waits."""
        audio = b"".join(self._held)
        self._held.clear()
        self._ms = 0.0
        return audio


def is_room(level: float, noise_floor: float) -> bool:
    """Whether a packet of that level, all in dBFS, has nothing in it but the room."""
    return level < noise_floor + _ROOM_DB


def is_voice(level: float, noise_floor: float, speaker: float) -> bool:
    """Whether it has only the voice of somebody who speaks at the level ``speaker``."""
    return level >= speaker - _SPEAKER_DB and level >= noise_floor + _CLEARLY_DB
