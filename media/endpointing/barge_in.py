"""Does somebody speak over the assistant, whose own voice may come back as echo?

Counts frames that sound like speech within a short window; what to do about it is the turn machine's business.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from media.endpointing.endpointer import SpeechStarted
from media.vad import FRAME_MS, Frame


@dataclass(frozen=True, slots=True)
class BargeInSettings:
    """What counts as speaking over the assistant.

    The assistant's audio only stands still at first and goes on where it stopped if nobody meant to interrupt. So the
    first sound of a word is enough; where the assistant's own voice may come back as echo, and once it has stood still
    for nothing, more is asked for.

    Attributes:
        sure_threshold: Probability at which a single frame is enough.
        sound_db: So far above the room's own level, a sound that the gate lets through is the beginning of a word:
            "stop" begins with a tenth of a second without any voice.
        sound_ms: Such sound needed without a break.
        threshold: Probability at which a frame counts otherwise; higher than for a start in silence.
        wary_speech_ms: Speech needed within the window then. Echo remains are shorter and broken; words are not.
        window_ms: The window.
    """

    sure_threshold: float = 0.75
    sound_db: float = 24.0
    sound_ms: float = 64.0
    threshold: float = 0.6
    wary_speech_ms: float = 160.0
    window_ms: float = 256.0


class BargeInDetector:
    """Tells speech over the assistant's from coughs and remains of echo."""

    def __init__(self, settings: BargeInSettings | None = None) -> None:
        self.settings = settings or BargeInSettings()
        self._mistaken = False
        self._window: deque[Frame] = deque(maxlen=round(self.settings.window_ms / FRAME_MS))

    def reset(self) -> None:
        """Forget everything: the assistant has just begun to speak."""
        self._window.clear()
        self._mistaken = False

    def mistaken(self) -> None:
        """What was reported was no interruption: be harder to convince for the rest of the answer."""
        self._window.clear()
        self._mistaken = True

    def push(self, frame: Frame, *, wary: bool = True) -> SpeechStarted | None:
        """Take a frame that came while the assistant spoke; the start of the caller's speech once it is sure.

        Args:
            frame: The next one.
            wary: The assistant's own voice may be in it.
        """
        self._window.append(frame)
        started = self._speech(frame) if wary or self._mistaken else self._sound(frame)
        if started is not None:
            self._window.clear()
        return started

    def _speech(self, frame: Frame) -> SpeechStarted | None:
        voiced = [known for known in self._window if known.probability >= self.settings.threshold]
        if frame.probability < self.settings.threshold:
            return None
        enough = len(voiced) * FRAME_MS >= self.settings.wary_speech_ms
        return SpeechStarted(voiced[0].start, frame.end) if enough else None

    def _sound(self, frame: Frame) -> SpeechStarted | None:
        sounding: list[Frame] = []
        for known in reversed(self._window):
            if not known.probability or max(known.levels) < known.noise_floor + self.settings.sound_db:
                break
            sounding.append(known)
        if frame.probability >= self.settings.sure_threshold:
            return SpeechStarted(sounding[-1].start if sounding else frame.start, frame.end)
        enough = len(sounding) * FRAME_MS >= self.settings.sound_ms
        return SpeechStarted(sounding[-1].start, frame.end) if enough else None
