"""Turn end by the words: a whole request is answered soon, an unfinished one is waited for.

The same for every speaker; what a speaker's own pauses teach is ``adaptive``'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from media.endpointing.strategy import Completeness, Evidence, ExpectedAnswer

#: Words of an answer to a yes/no question that is only an answer: "yes, go ahead", not "yes but move it to Friday".
SHORT_ANSWER_WORDS: Final = 4


class Reading(StrEnum):
    """What the words of a pause amount to."""

    ANSWER = "answer"
    """A short answer to a yes/no question that stands open."""
    COMPLETE = "complete"
    """A request with all it needs."""
    UNCLEAR = "unclear"
    """Words that may go on."""
    LACKING = "lacking"
    """A request without something it needs, which may follow or have to be asked for."""
    INCOMPLETE = "incomplete"
    """Plainly unfinished: the last word cannot be the last."""


@dataclass(frozen=True, slots=True)
class Silences:
    """Seconds of silence that end a turn, by what its words amount to; ``scaled`` moves all of them together.

    The shortest cannot be much less than the time a pause needs to be noticed and recognised (about 0.26 s).
    """

    answer_s: float = 0.3
    complete_s: float = 0.35
    unclear_s: float = 0.6
    lacking_s: float = 0.75
    incomplete_s: float = 1.4

    def of(self, reading: Reading) -> float:
        """The silence for ``reading``."""
        return {
            Reading.ANSWER: self.answer_s,
            Reading.COMPLETE: self.complete_s,
            Reading.UNCLEAR: self.unclear_s,
            Reading.LACKING: self.lacking_s,
            Reading.INCOMPLETE: self.incomplete_s,
        }[reading]

    def scaled(self, factor: float) -> Silences:
        """All of them ``factor`` times as long."""
        return Silences(
            self.answer_s * factor,
            self.complete_s * factor,
            self.unclear_s * factor,
            self.lacking_s * factor,
            self.incomplete_s * factor,
        )


def read(evidence: Evidence) -> Reading:
    """What the words of the pause amount to."""
    if evidence.unfinished:
        return Reading.INCOMPLETE
    if evidence.completeness is Completeness.INCOMPLETE:
        return Reading.LACKING
    if evidence.completeness is Completeness.UNCLEAR:
        return Reading.UNCLEAR
    short = len(evidence.text.split()) <= SHORT_ANSWER_WORDS
    return Reading.ANSWER if evidence.expected is ExpectedAnswer.YES_NO and short else Reading.COMPLETE


@dataclass(frozen=True, slots=True)
class SemanticSilence:
    """Ends a turn after the silence that its words ask for."""

    silences: Silences = Silences()

    def silence_s(self, evidence: Evidence) -> float:
        """The silence for what the words amount to."""
        return self.silences.of(read(evidence))

    def scaled(self, factor: float) -> SemanticSilence:
        """``factor`` times as patient."""
        return SemanticSilence(self.silences.scaled(factor))
