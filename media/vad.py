"""Is somebody speaking? A probability for every 32 ms of a conversation, nearly for free while nobody is.

``VoiceDetector`` cuts a stream into frames and asks the network (``media.silero``, or whatever else can tell, behind
``FrameScorer``) only when a frame could be speech. Nothing here decides when a turn begins or ends: that is
``endpointing``.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import webrtcvad

from media.pcm import BYTES_PER_SAMPLE, SAMPLE_RATE, Samples, check_pcm16, dbfs, to_float
from media.silero import FRAME_SAMPLES, VadState

FRAME_MS: Final = FRAME_SAMPLES * 1000 / SAMPLE_RATE
BLOCK_SAMPLES: Final = 128
"""A frame's level is told in four blocks of 8 ms, fine enough to find the end of a word in it."""
_BLOCKS: Final = FRAME_SAMPLES // BLOCK_SAMPLES
_WEBRTC_BYTES: Final = 2 * 480
"""webrtcvad takes 10, 20 or 30 ms: the last 30 of the frame's 32."""


class Frame(NamedTuple):
    """What is known about 32 ms of audio.

    Attributes:
        start: Absolute index of the first of its 512 samples.
        probability: That it contains speech, 0..1; exactly 0 when the gate was closed.
        levels: RMS of its four 8 ms blocks in dBFS, in order.
        noise_floor: The room's own level in dBFS as far as it is known by now.
    """

    start: int
    probability: float
    levels: tuple[float, ...]
    noise_floor: float

    @property
    def end(self) -> int:
        """Absolute index after its last sample."""
        return self.start + FRAME_SAMPLES


class FrameScorer(Protocol):
    """Whoever can tell how much a frame sounds like speech: the model of this process, or a shared one."""

    def probability(self, frame: Samples, state: VadState) -> float:
        """Probability of speech in 512 samples; moves ``state`` on by one frame."""
        ...


@dataclass(frozen=True, slots=True)
class GateSettings:
    """When a frame is not worth asking the model.

    Attributes:
        margin_db: The loudest block must be this far above the noise floor.
        quietest_dbfs: Below this nothing is speech to a recogniser either.
        hold_ms: How long the gate stays open after the last frame that passed it or sounded like speech.
        keep_open: Probability at which the model itself holds the gate open.
        pre_roll_frames: Frames before the opening that the model hears first, so that it knows the onset.
        webrtc_mode: Aggressiveness 0..3 of webrtcvad as the second look, or None to do without.
    """

    margin_db: float = 9.0
    quietest_dbfs: float = -60.0
    hold_ms: float = 320.0
    keep_open: float = 0.15
    pre_roll_frames: int = 3
    webrtc_mode: int | None = 1


class NoiseFloor:
    """Follows the level of the room: down at once, up slowly, and slower still while somebody speaks."""

    __slots__ = ("level",)
    _FALL: Final = 0.3
    _RISE: Final = 0.08
    _RISE_DB: Final = 0.25
    _RISE_IN_SPEECH_DB: Final = 0.03

    def __init__(self) -> None:
        self.level = -70.0

    def update(self, quietest: float, *, speech: bool) -> None:
        """Take the level of the quietest block of a frame."""
        difference = max(quietest, -90.0) - self.level
        if difference < 0:
            self.level += self._FALL * difference
        else:
            rise = self._RISE_IN_SPEECH_DB if speech else max(self._RISE_DB, self._RISE * difference)
            self.level += min(difference, rise)


@dataclass(slots=True)
class VadCounters:
    """How much of the stream the model had to hear."""

    frames: int = 0
    scored: int = 0


class VoiceDetector:
    """Frames with probabilities out of one conversation's 16 kHz stream, whatever its packets look like.

    With ``gate=None`` the model hears every frame.
    """

    def __init__(self, scorer: FrameScorer, gate: GateSettings | None = GateSettings()) -> None:
        self._scorer = scorer
        self._gate = gate
        self._webrtc = webrtcvad.Vad(gate.webrtc_mode) if gate and gate.webrtc_mode is not None else None
        self.counters = VadCounters()
        self._position = 0
        self.reset()

    def reset(self) -> None:
        """Forget the voice and the half frame; positions go on, since they are those of the stream."""
        self._pending = b""
        self._state = VadState()
        self._floor = NoiseFloor()
        self._open_frames = 0
        self._recent: deque[bytes] = deque(maxlen=self._gate.pre_roll_frames if self._gate else 1)

    @property
    def noise_floor(self) -> float:
        """The room's own level in dBFS as far as it is known."""
        return self._floor.level

    def push(self, pcm: bytes) -> list[Frame]:
        """Take PCM16 of any even length, give a Frame for each 512 samples that are complete.

        Raises:
            MediaError: ``audio_odd_byte_count``.
        """
        check_pcm16(pcm)
        pending = self._pending + pcm if self._pending else pcm
        size = 2 * FRAME_SAMPLES
        whole = len(pending) // size * size
        self._pending = pending[whole:]
        if not whole:
            return []
        return [self._frame(pending[at : at + size]) for at in range(0, whole, size)]

    def _frame(self, pcm: bytes) -> Frame:
        self.counters.frames += 1
        levels = block_levels(pcm)
        probability = self._probability(pcm, levels)
        self._floor.update(min(levels), speech=probability > 0.3)
        start = self._position
        self._position = start + FRAME_SAMPLES
        return Frame(start, probability, levels, self._floor.level)

    def _probability(self, pcm: bytes, levels: tuple[float, ...]) -> float:
        gate = self._gate
        if gate is None:
            return self._score(pcm)
        if self._could_be_speech(gate, pcm, levels):
            if not self._open_frames:
                self._state.reset()
                for earlier in self._recent:
                    self._score(earlier)
            self._open_frames = round(gate.hold_ms / FRAME_MS)
        elif not self._open_frames:
            self._recent.append(pcm)
            return 0.0
        probability = self._score(pcm)
        if probability >= gate.keep_open:
            self._open_frames = round(gate.hold_ms / FRAME_MS)
        else:
            self._open_frames -= 1
            if not self._open_frames:
                self._recent.clear()
        return probability

    def _could_be_speech(self, gate: GateSettings, pcm: bytes, levels: tuple[float, ...]) -> bool:
        if max(levels) < max(self._floor.level + gate.margin_db, gate.quietest_dbfs):
            return False
        return self._webrtc is None or self._webrtc.is_speech(pcm[-_WEBRTC_BYTES:], SAMPLE_RATE)

    def _score(self, pcm: bytes) -> float:
        self.counters.scored += 1
        return self._scorer.probability(to_float(pcm), self._state)


def block_levels(pcm: bytes) -> tuple[float, ...]:
    """RMS in dBFS of each 8 ms block of whole frames, to one unit of amplitude.

    In the plainest C there is: this is done for every packet of every open microphone, by processes that have just
    been woken, and the machinery of numpy costs five times as much there as the arithmetic.
    """
    size = BYTES_PER_SAMPLE * BLOCK_SAMPLES
    return tuple([dbfs(pcm[at : at + size]) for at in range(0, len(pcm), size)])
