"""Beam search over a decoder that writes one piece of text at a time.

Generic over the decoder: it is given a function that scores the next piece for every reading alive. It
keeps the few most likely readings, each with the bonus of the phrases expected in it, and ends when none
can get better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.engines.hints import OUTSIDE, Match, PhraseHints

_UNLIKELY: Final = -7.0
"""Log-probability below which a piece is not worth following, whatever the hints say."""
_PIECES_PER_READING: Final = 12
_MORE_STEPS: Final = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read an utterance.

    Attributes:
        tokens: Its pieces so far.
        log_probabilities: Of each piece, by the decoder alone.
        bonus: What the hints add.
        match: Where it is inside an expected phrase.
    """

    tokens: tuple[int, ...] = ()
    log_probabilities: tuple[float, ...] = ()
    bonus: float = 0.0
    match: Match = OUTSIDE
    ending: float = 0.0

    @property
    def score(self) -> float:
        """What readings are compared by: total log-probability with the bonus."""
        return sum(self.log_probabilities) + self.ending + self.bonus

    @property
    def probabilities(self) -> list[float]:
        """Of each token, 0..1."""
        return [math.exp(each) for each in self.log_probabilities]


StepFunction = Callable[[Sequence[int], Sequence[int]], NDArray[np.float32]]
"""(for each reading, the index of the reading of the step before that it continues; its last token) → logits of the
next token, shape (readings, vocabulary)."""


@dataclass(frozen=True, slots=True)
class BeamSearch:
    """What to search with.

    Attributes:
        pieces: Text of every token, with the blanks that it stands for.
        start: Token that begins every reading.
        end: Token that ends one.
        width: Readings kept alive.
    """

    pieces: Sequence[str]
    start: int
    end: int
    width: int

    def run(self, step: StepFunction, hints: PhraseHints, cap: int, wanted: int = 1) -> list[Reading]:
        """The likeliest readings of at most ``cap`` tokens, the best first; at least one.

        For more than one the search goes on for a few steps after the best has ended: others differ from it in a
        word or two and end soon after it.
        """
        alive = [Reading()]
        parents: list[int] = [0]
        ended: list[Reading] = []
        best: Reading | None = None
        patience = _MORE_STEPS
        for _ in range(cap):
            last = [reading.tokens[-1] if reading.tokens else self.start for reading in alive]
            scores = log_softmax(step(parents, last))
            candidates = sorted(self._grown(alive, scores, hints), key=lambda grown: -grown[0].score)
            parents, previous, alive = [], alive, []
            for reading, parent in candidates:
                if len(alive) >= self.width:
                    break
                if reading.tokens == previous[parent].tokens:
                    ended.append(reading)
                    best = reading if best is None or reading.score > best.score else best
                    continue
                alive.append(reading)
                parents.append(parent)
            if not alive:
                break
            if best is not None and best.score >= alive[0].score:
                if len(ended) >= wanted or patience == 0:
                    break
                patience -= 1
        return sorted(ended, key=lambda reading: -reading.score)[:wanted] or alive[:1]

    def _grown(
        self, alive: Sequence[Reading], scores: NDArray[np.float32], hints: PhraseHints
    ) -> list[tuple[Reading, int]]:
        """Every likely continuation of every reading; one that ends keeps its tokens."""
        likely = np.argpartition(-scores, _PIECES_PER_READING, axis=1)[:, :_PIECES_PER_READING]
        grown: list[tuple[Reading, int]] = []
        for parent, reading in enumerate(alive):
            for token in likely[parent].tolist():
                score = float(scores[parent, token])
                if score >= _UNLIKELY:
                    grown.append((self._continued(reading, token, score, hints), parent))
        return grown

    def _continued(self, reading: Reading, token: int, score: float, hints: PhraseHints) -> Reading:
        if token == self.end:
            bonus = reading.bonus + hints.close(reading.match)
            return Reading(reading.tokens, reading.log_probabilities, bonus, reading.match, score)
        match, change = hints.advance(reading.match, self.pieces[token])
        return Reading(
            (*reading.tokens, token), (*reading.log_probabilities, score), reading.bonus + change, match
        )


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-probabilities of each row."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
