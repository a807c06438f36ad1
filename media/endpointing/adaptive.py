"""Turn end by the words and by the speaker's own pauses: the default.

Waiting costs time in every turn, a cut-off costs a repetition in some. The silence is where the expected cost of both
is least, given how often and how long this speaker pauses after words like these. Before anything is known of him, a
prior stands for a few observed pauses, so that the first turns are those of an average speaker. Always within bounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from media.endpointing.semantic import Reading, Silences, read
from media.endpointing.strategy import Completeness, Evidence, InnerPause

#: Observations that the prior of a reading weighs as much as.
_PRIOR_TURNS: Final = 12.0
_PRIOR_PAUSES: Final = 10.0
#: Silences are compared on this grid.
_STEP_S: Final = 0.01
#: How much later than the end of a pause the speaker is known to go on: a strategy must not end the turn in between.
_RESUME_S: Final = 0.1
#: The sound alone makes it at most so much likelier or unlikelier that the speaker is done.
_LEAST_DONE: Final = 0.2


@dataclass(frozen=True, slots=True)
class PausePrior:
    """What is believed of a speaker nobody has heard yet.

    Attributes:
        median_s: Half of the pauses within turns are longer (of those that last long enough to be noticed).
        spread: Standard deviation of the logarithm of their lengths.
        goes_on: By reading, the share of pauses after which a speaker goes on.
    """

    median_s: float = 0.6
    spread: float = 0.4
    goes_on: dict[Reading, float] = field(
        default_factory=lambda: {
            Reading.ANSWER: 0.02,
            Reading.COMPLETE: 0.05,
            Reading.UNCLEAR: 0.3,
            Reading.LACKING: 0.6,
            Reading.INCOMPLETE: 0.85,
        }
    )

    def longer(self, seconds: float) -> float:
        """Share of the pauses within turns that are longer than ``seconds``."""
        if seconds <= 0:
            return 1.0
        return 0.5 * math.erfc(math.log(seconds / self.median_s) / (self.spread * math.sqrt(2)))


@dataclass(frozen=True, slots=True)
class AdaptiveSilence:
    """Ends a turn where waiting on would cost more than it saves.

    Attributes:
        shortest: Least silence by reading.
        longest: Greatest.
        cutoff_cost_s: Seconds of waiting that one cut-off is worth; larger is more patient.
        prior: What is believed before anything is known.
    """

    shortest: Silences
    longest: Silences
    cutoff_cost_s: float = 4.0
    prior: PausePrior = field(default_factory=PausePrior)

    def silence_s(self, evidence: Evidence) -> float:
        """The silence with the least expected cost for this speaker after these words."""
        reading = read(evidence)
        shortest, longest = self.shortest.of(reading), self.longest.of(reading)
        goes_on = self._goes_on(reading, evidence)
        observed = [pause.seconds + _RESUME_S for pause in evidence.inner_pauses]
        best, least = shortest, math.inf
        for step in range(math.floor((longest - shortest) / _STEP_S) + 1):
            silence = shortest + step * _STEP_S
            cut = goes_on * self._longer(silence, observed)
            cost = (1 - goes_on) * silence + cut * self.cutoff_cost_s
            if cost < least:
                best, least = silence, cost
        return best

    def scaled(self, factor: float) -> AdaptiveSilence:
        """``factor`` times as patient."""
        return replace(
            self,
            shortest=self.shortest.scaled(factor),
            longest=self.longest.scaled(factor),
            cutoff_cost_s=self.cutoff_cost_s * factor,
        )

    def _goes_on(self, reading: Reading, evidence: Evidence) -> float:
        """Probability that a speaker goes on after such words, from the prior and from what he did so far."""
        same = _JUDGED_AS[reading]
        on = sum(pause.after in same for pause in evidence.inner_pauses if _noticed(pause))
        ended = sum(after in same for after in evidence.turn_ends)
        prior = self.prior.goes_on[reading]
        by_words = (_PRIOR_TURNS * prior + on) / (_PRIOR_TURNS + on + ended)
        if evidence.audio_end is None:
            return by_words
        done = min(max(evidence.audio_end, _LEAST_DONE), 1 - _LEAST_DONE)
        odds = by_words / (1 - by_words) * (1 - done) / done
        return odds / (1 + odds)

    def _longer(self, silence: float, observed: Sequence[float]) -> float:
        """Probability that a pause within a turn lasts longer than ``silence``."""
        longer = sum(seconds > silence for seconds in observed)
        prior = _PRIOR_PAUSES * self.prior.longer(silence - _RESUME_S)
        return (prior + longer) / (_PRIOR_PAUSES + len(observed))


def _noticed(pause: InnerPause) -> bool:
    """Whether the pause was long enough to be judged."""
    return pause.after is not None


_JUDGED_AS: Final[dict[Reading, frozenset[Completeness]]] = {
    Reading.ANSWER: frozenset({Completeness.COMPLETE}),
    Reading.COMPLETE: frozenset({Completeness.COMPLETE}),
    Reading.UNCLEAR: frozenset({Completeness.UNCLEAR}),
    Reading.LACKING: frozenset({Completeness.INCOMPLETE}),
    Reading.INCOMPLETE: frozenset({Completeness.INCOMPLETE}),
}
