"""One microphone's audio, made fit to be listened to: peaks restored, own echo out, noise down, level right.

What comes out is two signals of the same length and position. The recogniser's is as it came, but for clipped peaks:
a noise suppressor and an echo canceller cost it words (``python -m bench.front_end`` measures that). The detector's
has everything done to it, so that neither a van, nor a quiet phone, nor our own voice decides about turns. Each part
works only while it has something to do; nothing here knows about turns or clocks.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from pywebrtc_audio import NoiseSuppressor

from media.front_end.clipping import Declipper
from media.front_end.echo import FRAME_BYTES, EchoCanceller
from media.front_end.echo_path import Echo
from media.front_end.gain import AutomaticGain
from media.pcm import BYTES_PER_SAMPLE, SAMPLE_RATE
from media.vad import Frame

#: 12 dB: enough for the detector; 18 dB and more eat the ends of words.
_SUPPRESSION_LEVEL: Final = 1


class Heard(NamedTuple):
    """The same stretch of audio twice, 16 kHz PCM16: for the recogniser and for the speech detector."""

    recogniser: bytes
    detector: bytes


class FrontEnd:
    """Everything that is done to one microphone's audio before anybody listens to it.

    Attributes:
        noise_suppression: Whether the noise suppressor is on; may be switched at any time.
    """

    def __init__(self, *, noise_suppression: bool = False) -> None:
        self.noise_suppression = noise_suppression
        self._declipper = Declipper()
        self._echo = EchoCanceller()
        self._gain = AutomaticGain()
        self._suppressor: NoiseSuppressor | None = None
        self._carried = b""
        self._position = 0

    @property
    def position(self) -> int:
        """Samples (16 kHz) that have come out so far; what comes next has this position."""
        return self._position

    @property
    def gain_db(self) -> float:
        """Gain that the detector's signal has now."""
        return self._gain.decibels

    @property
    def clipped_samples(self) -> int:
        """Samples at the client's rate that were overdriven and have been restored."""
        return self._declipper.clipped

    @property
    def echo_delay_ms(self) -> float | None:
        """How long after it was sent the assistant's voice comes back, once that is known."""
        return None if self._echo.path.lag is None else self._echo.path.lag * 10.0

    @property
    def may_hear_echo(self) -> bool:
        """Whether the assistant's own voice comes back, or nobody knows yet."""
        return self._echo.path.state is not Echo.ABSENT

    @property
    def is_busy(self) -> bool:
        """Whether the assistant's voice may be in what comes next, so that its level says nothing."""
        return self._echo.in_the_air(self._position)

    def expect_no_echo(self) -> None:
        """Take the microphone for one without echo, until an echo is found. Does nothing once that is known."""
        self._echo.path.expect_none()

    def raw(self, pcm: bytes, rate: int) -> bytes:
        """Audio as the client sent it, at its own rate, with clipped peaks restored."""
        return self._declipper.push(pcm, rate)

    def push(self, pcm: bytes) -> Heard:
        """Take 16 kHz PCM16 of any even length; up to 10 ms of it come with the next call while filters run."""
        audio, self._carried = self._carried + pcm if self._carried else pcm, b""
        echo = self._echo.in_the_air(self._position)
        if echo or self.noise_suppression:
            whole = len(audio) // FRAME_BYTES * FRAME_BYTES
            audio, self._carried = audio[:whole], audio[whole:]
        if not audio:
            return Heard(b"", b"")
        cleaned = self._echo.push(audio, self._position) if echo else audio
        if self.noise_suppression:
            cleaned = self._suppressed(cleaned)
        self._position += len(audio) // BYTES_PER_SAMPLE
        return Heard(audio, self._gain.push(cleaned))

    def judged(self, frame: Frame) -> None:
        """What the detector made of its signal; the gain follows it."""
        self._gain.judged(frame)

    def reference(self, pcm: bytes, rate: int, position: int) -> None:
        """The assistant's audio that plays from ``position`` on, or after what was sent before it."""
        self._echo.reference(pcm, rate, position)

    def cut_reference(self, position: int) -> None:
        """The assistant fell silent: what was to play from ``position`` on will not."""
        self._echo.cut(position)

    def missed(self, samples: int) -> None:
        """The microphone was off for so long; positions do not count what was not recorded."""
        self._echo.missed(samples)

    def echo_likeness(self, begin: int, end: int) -> float:
        """Share of the audible frames of [begin, end) that were mostly the assistant's own voice, 0 to 1."""
        return self._echo.likeness(begin, end)

    def _suppressed(self, audio: bytes) -> bytes:
        if self._suppressor is None:
            self._suppressor = NoiseSuppressor(SAMPLE_RATE, level=_SUPPRESSION_LEVEL)
        return self._suppressor.process(np.frombuffer(audio, "<i2")).tobytes()
