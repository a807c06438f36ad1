"""The ears of a conversation: client audio in, speech events with exact positions out.

Resamples to 16 kHz, keeps the latest audio in a bounded ring, runs the speech detector frame by frame and maps
sample positions to arrival times. It decides nothing about turns and never waits for anything.
"""

from __future__ import annotations

from collections import deque

from media.endpointing import BargeInDetector, Endpointer, EndpointEvent, SpeechStarted
from media.pcm import SAMPLE_RATE
from media.resample import StreamResampler
from media.ring import AudioRing
from media.vad import VoiceDetector

#: Longest utterance that is kept for recognition; the beginning of a longer one is lost (and counted by the ring).
RING_MS = 60_000
_ARRIVALS = 512
#: How old a start of speech may be to be believed when the assistant falls silent, and how long the barge-in
#: detector's word counts: what it has not believed for longer is echo or noise.
_FRESH = 320 * SAMPLE_RATE // 1000


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
        self.ring = AudioRing(RING_MS)
        self._arrivals: deque[tuple[int, float]] = deque(maxlen=_ARRIVALS)
        self._carried = b""
        self._start: SpeechStarted | None = None  # of the endpointer's open turn, not reported yet
        self._interruption: SpeechStarted | None = None
        self.received_s = 0.0

    def set_rate(self, rate: int) -> None:
        """The client announced another rate; what is in the resampler is kept by flushing it."""
        if rate != self.rate:
            self._carried += self._resampler.flush()
            self.rate = rate
            self._resampler = StreamResampler(rate, SAMPLE_RATE)

    def push(self, pcm: bytes, now: float, *, assistant_speaks: bool) -> list[EndpointEvent | None]:
        """Take in audio of any even length; returns what was noticed in order, None for a frame without news.

        While the assistant speaks, a start of speech is only believed when the barge-in detector says so too; one
        that it had no time to judge is believed when the assistant is done.
        """
        self.received_s += len(pcm) / 2 / self.rate
        audio = self._carried + self._resampler.push(pcm)
        self._carried = b""
        self.ring.append(audio)
        self._arrivals.append((self.ring.end, now))
        noticed: list[EndpointEvent | None] = []
        for frame in self._detector.push(audio):
            if assistant_speaks:
                self._interruption = self._barge_in.push(frame) or self._interruption
            events = self._endpointer.push(frame)
            started = self._believed(frame.end, events, assistant_speaks)
            others = [event for event in events if not isinstance(event, SpeechStarted)]
            noticed += ([started] if started is not None else []) + others or [None]
        return noticed

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

    def end_turn(self) -> None:
        """The utterance was taken: the next speech starts a new one."""
        self._endpointer.end_turn()

    def assistant_starts(self) -> None:
        """The assistant begins to speak: nothing heard before counts as an interruption of it."""
        self._barge_in.reset()
        self._interruption = None

    def utterance(self, begin: int, end: int) -> bytes:
        """PCM16 (16 kHz) of [begin, end), as far as it is still held."""
        _first, pcm = self.ring.read_available(begin, end)
        return pcm
