"""The errors of the media layer: one class, told apart by a stable code.

Nothing here knows how a code reaches a client; the layers above map it. Codes never change once released.
"""

from __future__ import annotations

from enum import StrEnum


class MediaErrorCode(StrEnum):
    """What went wrong with audio or with an engine. The value is the stable code."""

    ODD_BYTE_COUNT = "audio_odd_byte_count"
    """PCM16 came with half a sample at its end."""
    UNSUPPORTED_RATE = "audio_unsupported_rate"
    """A sample rate that this server does not resample."""
    OUT_OF_RANGE = "audio_out_of_range"
    """Samples were asked for that a buffer no longer holds or does not hold yet."""
    BAD_FRAME = "audio_bad_frame"
    """A frame does not have the length that its consumer is made for."""
    MODEL_MISSING = "model_missing"
    """The package that carries a model file is not installed, or is another version without that file."""
    UNKNOWN_VOICE = "unknown_voice"
    """No installed voice has that name."""


class MediaError(Exception):
    """Audio that cannot be used or an engine that cannot be loaded.

    Attributes:
        code: Stable name for clients; the message is for people.
    """

    def __init__(self, code: MediaErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
