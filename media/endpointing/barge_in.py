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
    """What counts as interrupting the assistant, whose own voice may come back as echo.

    Attributes:
        threshold: Probability at which a frame counts; higher than for a start in silence.
        speech_ms: Speech needed within the window. Echo remains are shorter and broken; words are not.
        window_ms: The window.
    """

    threshold: float = 0.6
    speech_ms: float = 160.0
    window_ms: float = 256.0


class BargeInDetector:
    """Tells real speech over the assistant's from coughs and remains of echo."""

    def __init__(self, settings: BargeInSettings | None = None) -> None:
        self.settings = settings or BargeInSettings()
        self._window: deque[Frame] = deque(maxlen=round(self.settings.window_ms / FRAME_MS))

    def reset(self) -> None:
        """Forget the window: the assistant has just begun to speak or was just interrupted."""
        self._window.clear()

    def push(self, frame: Frame) -> SpeechStarted | None:
        """Take a frame that came while the assistant spoke; the start of the caller's speech once it is sure."""
        self._window.append(frame)
        voiced = [known for known in self._window if known.probability >= self.settings.threshold]
        if frame.probability < self.settings.threshold or len(voiced) * FRAME_MS < self.settings.speech_ms:
            return None
        self._window.clear()
        return SpeechStarted(voiced[0].start, frame.end)
