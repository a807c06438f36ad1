"""Our own voice in the user's microphone: taken out of what the speech detector hears, with the signal that we sent.

WebRTC's echo canceller (AEC3) does the work. It runs only while the assistant's audio plays, or has just played, and
only where an echo was found or cannot be ruled out yet: it is the dearest part of the front end, and where there is
no echo it takes the user's words for one. It has no threads and is made when it is first needed, so a forked process
may use it. Positions are 16 kHz samples of the microphone's stream.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
from pywebrtc_audio import EchoCanceller as WebRtcEchoCanceller

from media.front_end.echo_path import MAX_LAG, Echo, EchoPath
from media.pcm import BYTES_PER_SAMPLE, SAMPLE_RATE, audioop, dbfs
from media.resample import StreamResampler

FRAME_BYTES: Final = SAMPLE_RATE // 100 * BYTES_PER_SAMPLE
"""The library works on 10 ms; it is never given less."""
_FRAME: Final = FRAME_BYTES // BYTES_PER_SAMPLE
#: How long a room holds a sound, and how long an echo of unknown delay is waited for when all has been played.
_REVERB: Final = 15 * _FRAME
_TAIL: Final = 25 * _FRAME
#: Silence between two things sent after which they have nothing to do with each other.
_APART: Final = MAX_LAG * _FRAME
#: Audio sent ahead that is kept: more than any client is sent before it plays.
_AHEAD: Final = 20 * SAMPLE_RATE
#: Microphone audio that a canceller which has just begun learns from.
_HISTORY_FRAMES: Final = 150
#: The library finds delays up to this by itself; longer ones are shortened to _SHORT_LAG before it sees them.
_LONG_LAG: Final = 30
_SHORT_LAG: Final = 10
#: A frame quieter than this tells nothing, and one that loses this much (power ratio: 8 dB) was echo.
_AUDIBLE_RMS: Final = 33
_ECHO_RATIO: Final = 2.5
_JUDGED_FRAMES: Final = 300


class EchoCanceller:
    """Removes the assistant's voice from one microphone.

    Attributes:
        path: What is known about the echo.
    """

    def __init__(self) -> None:
        self.path = EchoPath()
        self._far = bytearray()
        self._far_start = 0  # position of the first sample of _far
        self._resampler: StreamResampler | None = None
        self._canceller: WebRtcEchoCanceller | None = None
        self._shift = 0
        self._next = 0  # position that continues the microphone's audio seen last
        self._history: deque[tuple[int, bytes]] = deque(maxlen=_HISTORY_FRAMES)
        self._judged: deque[tuple[int, bool]] = deque(maxlen=_JUDGED_FRAMES)

    @property
    def _far_end(self) -> int:
        return self._far_start + len(self._far) // BYTES_PER_SAMPLE

    def reference(self, pcm: bytes, rate: int, position: int) -> None:
        """Take what was sent: it plays where the audio sent before ends, but not before ``position``."""
        if self._resampler is None or self._resampler.source_hz != rate:
            self._resampler = StreamResampler(rate, SAMPLE_RATE)
        gap = position - self._far_end
        if not self._far or gap > _APART:
            self._far.clear()
            self._far_start = position
        elif gap > 0:
            self._far += bytes(gap * BYTES_PER_SAMPLE)
        self._far += self._resampler.push(pcm)
        del self._far[_AHEAD * BYTES_PER_SAMPLE :]

    def cut(self, position: int) -> None:
        """What would have been played from ``position`` on will not be."""
        keep = max(0, position - self._far_start)
        del self._far[keep * BYTES_PER_SAMPLE :]

    def missed(self, samples: int) -> None:
        """So much was played while the microphone was off."""
        self._far_start -= samples
        self._next = -1

    def in_the_air(self, position: int) -> bool:
        """Whether the assistant's voice may be in the microphone's audio from ``position`` on."""
        lag = self.path.lag
        tail = _TAIL if lag is None else lag * _FRAME + _REVERB
        return bool(self._far) and position < self._far_end + tail

    def push(self, pcm: bytes, position: int) -> bytes:
        """Microphone audio (whole frames of 10 ms) that begins at ``position``, without the echo."""
        if position != self._next:
            self.path.restart()
            self._history.clear()
        self._next = position + len(pcm) // BYTES_PER_SAMPLE
        before = (self.path.state, self._wanted_shift())
        frames = [
            (position + at // BYTES_PER_SAMPLE, pcm[at : at + FRAME_BYTES])
            for at in range(0, len(pcm), FRAME_BYTES)
        ]
        for at, frame in frames:
            self.path.push(dbfs(frame), dbfs(self._played(at, 0)))
        if self.path.state is Echo.ABSENT:
            self._history.extend(frames)
            self._canceller = None
            self._forget(position)
            return pcm
        if self._canceller is None or before != (self.path.state, self._wanted_shift()):
            self._begin()
        clean = b"".join(self._cancel(frame, at) for at, frame in frames)
        self._history.extend(frames)
        self._judge(pcm, clean, position)
        self._forget(position)
        return clean

    def likeness(self, begin: int, end: int) -> float:
        """Share of the audible frames of [begin, end) that were mostly echo, 0 to 1; 0 where no echo was found.

        A canceller that works before anybody knows whether there is one takes words away that are the user's.
        """
        if self.path.state is not Echo.PRESENT:
            return 0.0
        judged = [echo for at, echo in self._judged if begin <= at < end]
        return sum(judged) / len(judged) if judged else 0.0

    def _wanted_shift(self) -> int:
        lag = self.path.lag
        return 0 if lag is None or lag <= _LONG_LAG else (lag - _SHORT_LAG) * _FRAME

    def _begin(self) -> None:
        """Make a canceller, or one for another delay, that knows what was heard lately."""
        wanted = self._wanted_shift()
        if self._canceller is not None and abs(wanted - self._shift) <= _SHORT_LAG // 2 * _FRAME:
            return
        self._canceller, self._shift = WebRtcEchoCanceller(SAMPLE_RATE), wanted
        for at, frame in self._history:
            self._cancel(frame, at)

    def _cancel(self, frame: bytes, position: int) -> bytes:
        assert self._canceller is not None  # noqa: S101  (made by whoever calls this)
        far = self._played(position, self._shift)
        return self._canceller.process(np.frombuffer(frame, "<i2"), np.frombuffer(far, "<i2")).tobytes()

    def _played(self, position: int, shift: int) -> bytes:
        """The frame that the client was sent to play at ``position`` (or ``shift`` samples before)."""
        begin = (position - shift - self._far_start) * BYTES_PER_SAMPLE
        before = min(FRAME_BYTES, max(0, -begin))
        found = bytes(before) + self._far[max(0, begin) : max(0, begin + FRAME_BYTES)]
        return found + bytes(FRAME_BYTES - len(found))

    def _judge(self, near: bytes, clean: bytes, position: int) -> None:
        for at in range(0, len(near), FRAME_BYTES):
            before = audioop.rms(near[at : at + FRAME_BYTES], BYTES_PER_SAMPLE)
            if before >= _AUDIBLE_RMS:
                after = audioop.rms(clean[at : at + FRAME_BYTES], BYTES_PER_SAMPLE)
                self._judged.append((position + at // BYTES_PER_SAMPLE, before > _ECHO_RATIO * after))

    def _forget(self, position: int) -> None:
        """Drop what nobody will look at again."""
        old = position - (_HISTORY_FRAMES + MAX_LAG) * _FRAME - self._far_start
        if old > SAMPLE_RATE and position < self._far_end:
            del self._far[: old * BYTES_PER_SAMPLE]
            self._far_start += old
