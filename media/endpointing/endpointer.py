"""When a caller starts to speak, pauses, and goes on.

A pure state machine over the frames of ``vad``: time is the sample index, there is no clock and no I/O, so
every rule is tested without waiting. It finds pauses; whether a pause ends the turn is for the session to
say, with the patience that the words heard so far ask for.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise
from typing import Final

from media.endpointing.patience import Patience
from media.pcm import SAMPLE_RATE
from media.vad import BLOCK_SAMPLES, FRAME_MS, FRAME_SAMPLES, Frame

_SAMPLES_PER_MS: Final = SAMPLE_RATE // 1000
_NOISE_BLOCKS: Final = 12


@dataclass(frozen=True, slots=True)
class EndpointingSettings:
    """Thresholds and times of turn taking.

    Attributes:
        start_threshold: Probability at which a frame counts as speech while nobody speaks.
        stop_threshold: Probability below which a frame counts as silence while somebody speaks (hysteresis).
        min_speech_ms: Speech needed to start a turn; shorter sounds are coughs and clicks.
        resume_speech_ms: Speech needed to end a pause.
        pause_ms: Silence that makes a pause, the moment to start recognising.
        hurried_pause_ms: The same for words over the assistant's, whose answer stands still until they are known.
        unvoiced_ms: How long a turn that somebody else began may be without any voice ("st" of "stop").
        prefix_padding_ms: Audio before the start that belongs to the turn: soft onsets come before the
        threshold.
        tail_padding_ms: Audio after the last voiced sample that a recogniser should still hear.
        eager_ms: Silence that ends a complete request.
        normal_ms: Silence that ends an utterance of which nothing is known.
        patient_ms: Silence that ends an unfinished one.
        voiced_below_speech_db: A block this far below the speaker's level is no longer voiced.
        voiced_above_noise_db: Nor is one less than this above the pause itself.
        max_refine_ms: How far before the detector's last speech frame the last voiced sample may lie.
    """

    start_threshold: float = 0.5
    stop_threshold: float = 0.35
    min_speech_ms: float = 96.0
    resume_speech_ms: float = 64.0
    pause_ms: float = 160.0
    hurried_pause_ms: float = 96.0
    unvoiced_ms: float = 320.0
    prefix_padding_ms: float = 300.0
    tail_padding_ms: float = 200.0
    eager_ms: float = 350.0
    normal_ms: float = 600.0
    patient_ms: float = 1400.0
    voiced_below_speech_db: float = 30.0
    voiced_above_noise_db: float = 5.0
    max_refine_ms: float = 256.0

    def silence_ms(self, patience: Patience) -> float:
        """Silence after the last voiced sample that ends a turn."""
        return {
            Patience.EAGER: self.eager_ms,
            Patience.NORMAL: self.normal_ms,
            Patience.PATIENT: self.patient_ms,
        }[patience]


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody speaks. ``at`` is the first voiced sample, ``known_at`` the sample at which it was sure."""

    at: int
    known_at: int


@dataclass(frozen=True, slots=True)
class PauseStarted:
    """Speech stopped, perhaps for good: the last voiced sample was ``last_voiced - 1``."""

    last_voiced: int
    known_at: int


@dataclass(frozen=True, slots=True)
class PauseEnded:
    """The same turn goes on with the sample ``at``; what was recognised of it so far is void."""

    at: int
    known_at: int


EndpointEvent = SpeechStarted | PauseStarted | PauseEnded


class _State(Enum):
    SILENT = auto()
    SPEAKING = auto()
    PAUSED = auto()


class Endpointer:
    """Follows one speaker through one turn after another.

    Attributes:
        settings: What it was made with; may be replaced between frames.
        hurried: Somebody waits for what is being said: a shorter silence is a pause.
    """

    def __init__(self, settings: EndpointingSettings | None = None) -> None:
        self.settings = settings or EndpointingSettings()
        self.hurried = False
        self._state = _State.SILENT
        self._position = 0
        self._run = 0
        self._run_start = 0
        self._turn_start = 0
        self._unvoiced_until = 0  # so long a turn that was begun from outside may have no voice yet
        self._last_voiced = 0
        self._last_speech_frame = 0
        self._speech_db = -40.0
        self._blocks: deque[float] = deque(maxlen=SAMPLE_RATE // BLOCK_SAMPLES)

    @property
    def speaking(self) -> bool:
        """A turn is open: speech was found and the session has not ended the turn."""
        return self._state is not _State.SILENT

    @property
    def paused(self) -> bool:
        """A turn is open and its speaker is silent."""
        return self._state is _State.PAUSED

    @property
    def speech_dbfs(self) -> float:
        """Level of the speaker of the open turn."""
        return self._speech_db

    @property
    def may_resume(self) -> bool:
        """The speaker is silent as far as is known, but the latest frames sound like speech again."""
        return self.paused and self._run > 0

    @property
    def last_voiced(self) -> int:
        """Absolute index after the last voiced sample of this turn, as far as is known by now."""
        return self._last_voiced

    @property
    def silence_ms(self) -> float:
        """How long the speaker has been silent within an open turn; 0 while speaking and outside turns."""
        return (self._position - self._last_voiced) / _SAMPLES_PER_MS if self.paused else 0.0

    @property
    def turn_span(self) -> tuple[int, int]:
        """The samples [begin, end) to recognise: the turn with its paddings, not beyond what has come."""
        begin = self._turn_start - round(self.settings.prefix_padding_ms * _SAMPLES_PER_MS)
        end = self._last_voiced + round(self.settings.tail_padding_ms * _SAMPLES_PER_MS)
        return max(0, begin), min(end, self._position) if self.paused else self._position

    def ends_at(self, patience: Patience) -> int | None:
        """Sample index at which the silence is long enough to end the turn, or None while nobody pauses."""
        if not self.paused:
            return None
        return self._last_voiced + round(self.settings.silence_ms(patience) * _SAMPLES_PER_MS)

    def is_over(self, patience: Patience) -> bool:
        """Whether the turn may end now, with this patience."""
        end = self.ends_at(patience)
        return end is not None and self._position >= end

    def begin_turn(self, at: int, frame: Frame) -> None:
        """Somebody else is sure that speech began at the sample ``at`` and is heard in ``frame``, the latest one."""
        if self._state is _State.SILENT:
            self._state = _State.SPEAKING
            self._turn_start = at
            self._speech_db = max(frame.levels)
            self._unvoiced_until = at + round(self.settings.unvoiced_ms * _SAMPLES_PER_MS)
            self._heard(frame)

    def end_turn(self) -> None:
        """The session has taken the turn (or given it up): the next speech starts a new one."""
        self._state = _State.SILENT
        self._run = 0

    def push(self, frame: Frame) -> tuple[EndpointEvent, ...]:
        """Take the next frame, tell what it changed."""
        self._position = frame.end
        self._blocks.extend(frame.levels)
        if self._state is _State.SILENT:
            return self._while_silent(frame)
        return self._while_speaking(frame) if self._state is _State.SPEAKING else self._while_paused(frame)

    def _while_silent(self, frame: Frame) -> tuple[EndpointEvent, ...]:
        if not self._count_run(frame, self.settings.min_speech_ms):
            return ()
        self._state = _State.SPEAKING
        self._turn_start = self._run_start
        self._speech_db = max(frame.levels)
        self._heard(frame)
        return (SpeechStarted(self._turn_start, frame.end),)

    def _while_speaking(self, frame: Frame) -> tuple[EndpointEvent, ...]:
        if frame.probability >= self.settings.start_threshold:
            self._unvoiced_until = 0
        if frame.probability >= self.settings.stop_threshold or frame.end < self._unvoiced_until:
            self._heard(frame)
            return ()
        self._last_voiced = self._refined_last_voiced()
        pause_ms = self.settings.hurried_pause_ms if self.hurried else self.settings.pause_ms
        if frame.end - self._last_voiced < pause_ms * _SAMPLES_PER_MS:
            return ()
        self._state = _State.PAUSED
        self._run = 0
        return (PauseStarted(self._last_voiced, frame.end),)

    def _while_paused(self, frame: Frame) -> tuple[EndpointEvent, ...]:
        if not self._count_run(frame, self.settings.resume_speech_ms):
            return ()
        self._state = _State.SPEAKING
        self._heard(frame)
        return (PauseEnded(self._run_start, frame.end),)

    def _count_run(self, frame: Frame, wanted_ms: float) -> bool:
        """Whether speech has now lasted long enough; a frame of doubt neither counts nor breaks the run."""
        if frame.probability >= self.settings.start_threshold:
            if not self._run:
                self._run_start = frame.start
            self._run += 1
            return self._run * FRAME_MS >= wanted_ms
        if frame.probability < self.settings.stop_threshold:
            self._run = 0
        return False

    def _heard(self, frame: Frame) -> None:
        self._last_speech_frame = frame.end
        self._last_voiced = frame.end
        loudest = max(frame.levels)
        # Follows the voice up within a syllable and down within a second, so that one shout does not stay.
        self._speech_db += (0.5 if loudest > self._speech_db else 0.03) * (loudest - self._speech_db)

    def _refined_last_voiced(self) -> int:
        """End of the last loud block near the last frame that sounded like speech.

        The network's memory lets speech fade out over 60 ms in a quiet room and 250 ms in a noisy one; the
        level tells the end of the last sound to a block of 8 ms.
        """
        recent = tuple(self._blocks)[-_NOISE_BLOCKS:]
        noise = sum(recent) / len(recent)
        loud = max(
            self._speech_db - self.settings.voiced_below_speech_db,
            noise + self.settings.voiced_above_noise_db,
        )
        earliest = self._last_speech_frame - round(self.settings.max_refine_ms * _SAMPLES_PER_MS)
        end = self._position
        for later, level in pairwise(reversed(self._blocks)):
            if end <= earliest:
                break
            # Two blocks together: a single one of noise is loud often enough.
            if (level + later) / 2 >= loud and end <= self._last_speech_frame + FRAME_SAMPLES:
                return end if later >= loud else end - BLOCK_SAMPLES
            end -= BLOCK_SAMPLES
        return max(earliest, self._turn_start)
