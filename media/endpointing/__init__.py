"""Turn taking on audio: where speech starts and pauses, and how long a silence must be to end a turn.

Pure throughout: sample indexes and seconds are arguments, nothing here reads a clock or does I/O.
"""

from media.endpointing.barge_in import BargeInDetector, BargeInSettings
from media.endpointing.endpointer import (
    Endpointer,
    EndpointEvent,
    EndpointingSettings,
    PauseEnded,
    PauseStarted,
    SpeechStarted,
)
from media.endpointing.patience import Patience, ends_unfinished, patience_for
from media.endpointing.strategy import Completeness, Evidence, ExpectedAnswer, InnerPause, TurnEndStrategy

__all__ = [
    "BargeInDetector",
    "BargeInSettings",
    "Completeness",
    "EndpointEvent",
    "Endpointer",
    "EndpointingSettings",
    "Evidence",
    "ExpectedAnswer",
    "InnerPause",
    "Patience",
    "PauseEnded",
    "PauseStarted",
    "SpeechStarted",
    "TurnEndStrategy",
    "ends_unfinished",
    "patience_for",
]
