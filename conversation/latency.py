"""Where the time of one turn went. All marks are seconds of one monotonic clock; nothing here reads a clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class TurnTrace:
    """The marks of one turn; those that did not happen stay None.

    ``prepared`` is when the answer was begun before the turn was over.
    """

    last_voiced: float | None = None
    committed: float | None = None
    stt_ms: float | None = None
    first_sentence: float | None = None
    first_audio: float | None = None
    tool_ms: float = 0.0
    tts_ms: float | None = None
    prepared: float | None = None

    def as_milliseconds(self) -> dict[str, float]:
        """The spans as the wire names them, rounded to 0.1 ms; spans without both ends are left out."""
        spans: dict[str, float | None] = {
            "endpointing_ms": _span(self.last_voiced, self.committed),
            "stt_ms": self.stt_ms,
            "llm_ms": _less(_span(self.committed, self.first_sentence), self.tool_ms),
            "tool_ms": self.tool_ms,
            "tts_ms": self.tts_ms,
            "first_audio_out_ms": _span(self.first_sentence, self.first_audio),
            "voice_to_voice_ms": _span(self.last_voiced, self.first_audio),
            "speculated_ms": _span(self.prepared, self.committed),
        }
        return {name: round(value, 1) for name, value in spans.items() if value is not None}


def _span(begin: float | None, end: float | None) -> float | None:
    return None if begin is None or end is None else (end - begin) * 1000


def _less(total: float | None, part: float) -> float | None:
    return None if total is None else max(0.0, total - part)
