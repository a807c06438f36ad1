"""How one speaker pauses: the latest pauses that he went on after, and what his turns ended with.

Fed in sample indexes of one microphone; bounded; forgets nothing else than the oldest. It judges nothing.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from media.endpointing.strategy import Completeness, InnerPause
from media.pcm import SAMPLE_RATE

#: So many pauses and so many ends of turn are remembered: some minutes of talk, so that a mood does not stay.
REMEMBERED: Final = 32
#: A longer one was no pause within a sentence: the speaker was busy with something else.
LONGEST_S: Final = 3.0


class PauseHistory:
    """Remembers the pauses of one speaker."""

    def __init__(self) -> None:
        self._inner: deque[InnerPause] = deque(maxlen=REMEMBERED)
        self._ends: deque[Completeness | None] = deque(maxlen=REMEMBERED)

    @property
    def inner_pauses(self) -> tuple[InnerPause, ...]:
        """Pauses within turns, oldest first."""
        return tuple(self._inner)

    @property
    def turn_ends(self) -> tuple[Completeness | None, ...]:
        """What the words at the ends of turns had been judged, oldest first."""
        return tuple(self._ends)

    def went_on(self, last_voiced: int, at: int, after: Completeness | None) -> None:
        """The speaker went on with the sample ``at`` after a pause that began at ``last_voiced``.

        ``after`` is what the words before it had been judged by then. A pause of no length or of one that is too long
        to mean anything is not remembered.
        """
        seconds = (at - last_voiced) / SAMPLE_RATE
        if 0 < seconds <= LONGEST_S:
            self._inner.append(InnerPause(seconds, after))

    def turn_ended(self, after: Completeness | None) -> None:
        """A turn ended with words that had been judged ``after``."""
        self._ends.append(after)

    def turn_taken_back(self, last_voiced: int, at: int) -> None:
        """The turn that was thought to have ended goes on with the sample ``at``: its end was a pause."""
        if self._ends:
            self.went_on(last_voiced, at, self._ends.pop())
