"""The plainest turn end: the same silence whatever was said. Knows nothing and is therefore easy to compare with."""

from __future__ import annotations

from dataclasses import dataclass

from media.endpointing.strategy import Evidence


@dataclass(frozen=True, slots=True)
class FixedSilence:
    """Ends every turn after ``seconds`` of silence."""

    seconds: float

    def silence_s(self, evidence: Evidence) -> float:
        """The same for any ``evidence``."""
        return self.seconds

    def scaled(self, factor: float) -> FixedSilence:
        """``factor`` times as patient."""
        return FixedSilence(self.seconds * factor)
