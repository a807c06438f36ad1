"""Phrases that a listener expects, as a bonus for readings that contain them.

A recogniser that has never heard of a business reads "Anil Patel" as "a nil pedal". Told the names and the
words of the trade, it takes the expected phrase whenever the sound allows it. Matching is by letters, so
that it does not matter how the recogniser cuts words into pieces. Nothing here knows what the phrases mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

_BONUS_PER_LETTER: Final = 0.5
"""Natural-log units. Measured on 160 clips of four synthetic voices: 0.3 to 0.8 differ little, 0.15 is too little."""
_LONGEST_PHRASE: Final = 60
_MOST_PHRASES: Final = 2_000
_BOUNDARY: Final = frozenset(" .,?!;:'\"-)")


@dataclass(slots=True)
class _Node:
    following: dict[str, _Node] = field(default_factory=dict[str, "_Node"])
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """How far a reading is inside a phrase.

    Attributes:
        node: Where in the tree of phrases, or None outside of any.
        gained: Bonus given for the phrase so far.
        kept: The part of it that stays even if the rest does not come, since a shorter phrase is complete.
    """

    node: _Node | None = None
    gained: float = 0.0
    kept: float = 0.0


OUTSIDE: Final = Match()
"""Of a reading that is in no phrase."""


class PhraseHints:
    """A tree of phrases. Empty, it changes nothing."""

    def __init__(self, phrases: Iterable[str]) -> None:
        """Build the tree; at most 2,000 phrases of at most 60 letters are taken, the first ones first."""
        self._root = _Node()
        for count, phrase in enumerate(phrases):
            words = " ".join(phrase.lower().split())
            if not words or len(words) > _LONGEST_PHRASE:
                continue
            if count >= _MOST_PHRASES:
                break
            node = self._root
            for letter in f" {words}":
                node = node.following.setdefault(letter, _Node())
            node.is_end = True

    def __bool__(self) -> bool:
        return bool(self._root.following)

    def advance(self, match: Match, text: str) -> tuple[Match, float]:
        """Go on with the letters of ``text``.

        Returns:
            The new state, and the change of the bonus: positive while a phrase grows, negative when one
            that had begun turns out to be something else.
        """
        node, gained, kept = match.node, match.gained, match.kept
        change = 0.0
        for letter in text.lower():
            if node is not None and node.is_end and letter in _BOUNDARY:
                kept = gained
            following = node.following.get(letter) if node is not None else None
            if following is not None:
                node = following
                gained += _BONUS_PER_LETTER
                change += _BONUS_PER_LETTER
                continue
            if node is not None:
                change -= gained - kept
            node = self._root.following.get(letter)
            gained = kept = 0.0
        return Match(node, gained, kept), change

    def close(self, match: Match) -> float:
        """The change of the bonus when the reading ends here."""
        if match.node is None or match.node.is_end:
            return 0.0
        return match.kept - match.gained


@lru_cache(maxsize=256)
def compiled(phrases: tuple[str, ...]) -> PhraseHints:
    """The tree of ``phrases``, built once for as long as the same ones keep coming."""
    return PhraseHints(phrases)
