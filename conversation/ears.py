"""The ears of a conversation: client audio in, speech events with exact positions out.

Resamples to 16 kHz, keeps the latest audio in a bounded ring, runs front end and speech detector and maps sample
positions to arrival times. It decides nothing about turns and never waits for anything.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from conversation.packets import SILENCE_MS, VOICE_MS, WaitingPackets, is_room, is_voice
from media.endpointing import (
    BargeInDetector,
    Endpointer,
    EndpointEvent,
    EndpointingSettings,
    SpeechStarted,
)
from media.front_end.front_end import FrontEnd
from media.front_end.gain import at_level
from media.pcm import SAMPLE_RATE, dbfs
from media.resample import StreamResampler
from media.ring import AudioRing
from media.vad import VoiceDetector

#: Longest utterance that is kept for recognition; the beginning of a longer one is lost (and counted by the ring).
RING_MS = 60_000
_ARRIVALS = 512
#: How old a start of speech may be to be believed when the assistant falls silent, and how long the barge-in
#: detector's word counts: what it has not believed for longer is echo or noise.
_FRESH = 320 * SAMPLE_RATE // 1000
#: Seconds without audio after which the microphone was off, rather than the network slow.
_MICROPHONE_OFF_S = 1.0
#: Seconds of the assistant's audio from before the microphone came on that may still come back.
_EARLY_S = 3.0


class Ears:
    """Listens to one microphone.

    Args:
        detector: Cuts the stream into frames with speech probabilities.
        endpointer: Turns those into starts and pauses of speech.
        barge_in: Stricter start of speech while the assistant speaks.
        rate: Hz of the client's audio.
    """

    def __init__(
        self, detector: VoiceDetector, endpointer: Endpointer, barge_in: BargeInDetector, *, rate: int
    ) -> None:
        self._detector = detector
        self._endpointer = endpointer
        self._barge_in = barge_in
        self.rate = rate
        self._resampler = StreamResampler(rate, SAMPLE_RATE)
        self._front = FrontEnd()
        self.ring = AudioRing(RING_MS)
        self._arrivals: deque[tuple[int, float]] = deque(maxlen=_ARRIVALS)
        self._carried = b""
        self._waiting = WaitingPackets()
        # What was said before the microphone was on (audio, Hz, when), and when the last of it ends.
        self._early: deque[tuple[bytes, int, float]] = deque()
        self._early_until = 0.0
        self._start: SpeechStarted | None = None  # of the endpointer's open turn, not reported yet
        self._interruption: SpeechStarted | None = None
        self.received_s = 0.0

    def set_rate(self, rate: int) -> None:
        """The client announced another rate; what is in the resampler is kept by flushing it. Nothing may wait."""
        if rate != self.rate:
            self._carried += self._resampler.flush()
            self.rate = rate
            self._resampler = StreamResampler(rate, SAMPLE_RATE)

    def configure(self, *, noise_suppression: bool) -> None:
        """Clean the audio that the speech detector hears, or leave it as it is."""
        self._front.noise_suppression = noise_suppression

    def expect_no_echo(self) -> None:
        """The client cancels echo itself: none is expected, so none is looked for in the user's first words."""
        self._front.expect_no_echo()

    def set_threshold(self, probability: float | None) -> None:
        """From which probability a frame is speech, 0 to 1; None for the default."""
        default = EndpointingSettings()
        start = default.start_threshold if probability is None else probability
        stop = max(0.0, start - (default.start_threshold - default.stop_threshold))
        self._endpointer.settings = replace(
            self._endpointer.settings, start_threshold=start, stop_threshold=stop
        )

    def reference(self, pcm: bytes, rate: int, at: float) -> None:
        """The assistant's audio that was just sent (PCM16, ``rate`` Hz) at ``at``, the clock of ``push``.

        It is taken to play after what was sent before it, and not before ``at``.
        """
        if self._arrivals:
            self._front.reference(pcm, rate, self._position_at(at))
            return
        begins = max(at, self._early_until)
        self._early_until = begins + len(pcm) / 2 / rate
        self._early.append((pcm, rate, begins))
        while self._early[0][2] < at - _EARLY_S:
            self._early.popleft()

    def reference_cut(self, at: float) -> None:
        """The client dropped what it had not played by ``at``."""
        if self._arrivals:
            self._front.cut_reference(self._position_at(at))
            return
        while self._early and self._early[-1][2] >= at:
            self._early.pop()
        self._early_until = min(self._early_until, at)

    def echo_likeness(self, begin: int, end: int) -> float:
        """Share of the audible audio of [begin, end) that is the assistant's own voice come back, 0 to 1."""
        return self._front.echo_likeness(begin, end)

    def _position_at(self, at: float) -> int:
        """Sample that the microphone records at ``at``, which may be about to come."""
        end, arrived = self._arrivals[-1]
        return end + round((at - arrived) * SAMPLE_RATE)

    def collect(self, pcm: bytes, *, quick: bool) -> bytes:
        """One packet of any even length; the audio to ``push`` now, b"" when all of it can wait for the next one.

        Args:
            pcm: The packet.
            quick: Nothing waits.
        """
        may_wait_ms = 0.0
        if not quick and not self._endpointer.paused and not self._front.is_busy:
            level, floor = dbfs(pcm) + self._front.gain_db, self._detector.noise_floor
            if self._endpointer.speaking:
                may_wait_ms = VOICE_MS if is_voice(level, floor, self._endpointer.speech_dbfs) else 0.0
            elif self._start is None and is_room(level, floor):
                may_wait_ms = SILENCE_MS
        return self._waiting.add(pcm, self.rate, may_wait_ms=may_wait_ms)

    def collected(self) -> bytes:
        """What still waits; it is not waited for any longer."""
        return self._waiting.take()

    def push(
        self, pcm: bytes, now: float, *, assistant_speaks: bool, can_stand_still: bool = False
    ) -> list[EndpointEvent | None]:
        """Take in audio of any even length; returns what was noticed in order, None for a frame without news.

        While the assistant speaks, a start of speech is only believed when the barge-in detector says so too; one
        that it had no time to judge is believed when the assistant is done. ``can_stand_still``: a mistake costs
        little, since what the assistant says can go on where it stopped.
        """
        self.received_s += len(pcm) / 2 / self.rate
        if not self._arrivals:
            self._begin(now - len(pcm) / 2 / self.rate)
        elif now - self._arrivals[-1][1] > _MICROPHONE_OFF_S:
            self._front.missed(self._position_at(now - len(pcm) / 2 / self.rate) - self.ring.end)
        audio = self._carried + self._resampler.push(self._front.raw(pcm, self.rate))
        self._carried = b""
        heard = self._front.push(audio)
        self.ring.append(heard.recogniser)
        self._arrivals.append((self.ring.end, now))
        noticed: list[EndpointEvent | None] = []
        wary = not can_stand_still or self._front.may_hear_echo
        for frame in self._detector.push(heard.detector):
            self._front.judged(frame)
            events = self._endpointer.push(frame)
            interruption = self._barge_in.push(frame, wary=wary) if assistant_speaks else None
            if interruption is not None:
                self._interruption = interruption
                self._endpointer.begin_turn(interruption.at, frame)
            started = self._believed(frame.end, events, assistant_speaks)
            others = [event for event in events if not isinstance(event, SpeechStarted)]
            noticed += ([started] if started is not None else []) + others or [None]
        return noticed

    def _begin(self, at: float) -> None:
        """The microphone came on at ``at``; what is being said already can be in its first audio."""
        self._arrivals.append((0, at))
        for said, rate, begins in self._early:
            self._front.reference(said, rate, self._position_at(begins))
        self._early.clear()

    def _believed(
        self, now: int, events: tuple[EndpointEvent, ...], assistant_speaks: bool
    ) -> SpeechStarted | None:
        """The start of speech to report at sample ``now``, if there is one."""
        self._start = next((event for event in events if isinstance(event, SpeechStarted)), self._start)
        if not self._endpointer.speaking:
            self._start = None
        if self._interruption is not None and now - self._interruption.known_at > _FRESH:
            self._interruption = None
        if assistant_speaks:
            believed = self._interruption if self._endpointer.speaking else None
        else:
            believed = self._start if self._start is not None and now - self._start.at <= _FRESH else None
        if believed is not None:
            self._start = self._interruption = None
        return believed

    def arrived_at(self, sample: int) -> float:
        """When (seconds, the clock of ``push``) the sample left the microphone.

        A message arrives when its last sample has been recorded, so a sample within it is older by its distance.
        """
        for end, at in self._arrivals:
            if sample <= end:
                return at - (end - sample) / SAMPLE_RATE
        return self._arrivals[-1][1] if self._arrivals else 0.0

    @property
    def may_resume(self) -> bool:
        """Whether a pause is perhaps just ending: too early to be sure."""
        return self._endpointer.may_resume

    def end_turn(self) -> None:
        """The utterance was taken: the next speech starts a new one."""
        self._endpointer.end_turn()

    def nobody_interrupted(self) -> None:
        """What was heard over the assistant was no interruption: the same will not be taken for one so soon again."""
        self._endpointer.hurried = False
        self._endpointer.end_turn()
        self._barge_in.mistaken()

    def hurry(self, hurried: bool) -> None:
        """Whether a short silence is a pause already, since the assistant's answer stands still meanwhile."""
        self._endpointer.hurried = hurried

    @property
    def may_hear_echo(self) -> bool:
        """Whether the assistant's own voice may be in the microphone's audio."""
        return self._front.may_hear_echo

    def assistant_starts(self) -> None:
        """The assistant begins to speak: nothing heard before counts as an interruption of it."""
        self._barge_in.reset()
        self._interruption = None

    def utterance(self, begin: int, end: int) -> tuple[int, bytes]:
        """PCM16 (16 kHz) of [begin, end), as far as it is still held, at the level that a recogniser likes.

        With its first sample's position.
        """
        first, pcm = self.ring.read_available(begin, end)
        return first, at_level(pcm)
