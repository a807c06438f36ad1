"""Tokens of a response as the Realtime API counts them: 100 ms of the user's audio, 50 ms of the assistant's.

Text is not counted by a tokenizer but estimated at four letters a token: whoever answers may be no language model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

_USER_MS: Final = 100
_ASSISTANT_MS: Final = 50
_LETTERS: Final = 4


@dataclass(slots=True)
class Usage:
    """What went into a response and what came out: milliseconds of audio and letters of text."""

    heard_ms: float = 0.0
    heard_letters: int = 0
    said_ms: float = 0.0
    said_letters: int = 0

    def as_event(self) -> dict[str, Any]:
        """As ``response.usage``."""
        heard, read = math.ceil(self.heard_ms / _USER_MS), math.ceil(self.heard_letters / _LETTERS)
        said, written = math.ceil(self.said_ms / _ASSISTANT_MS), math.ceil(self.said_letters / _LETTERS)
        return {
            "total_tokens": heard + read + said + written,
            "input_tokens": heard + read,
            "output_tokens": said + written,
            "input_token_details": {
                "text_tokens": read,
                "audio_tokens": heard,
                "image_tokens": 0,
                "cached_tokens": 0,
                "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
            },
            "output_token_details": {"text_tokens": written, "audio_tokens": said},
        }
