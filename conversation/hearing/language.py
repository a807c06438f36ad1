"""How likely a text is as something that is said to this assistant: a trigram model of the requests it learns from.

Names and numbers are classes, so that "bill Okafor 300" is as likely as "bill Smith 80". Pure but for reading its file
once. It must never decide anything by itself: likely is not the same as said.
"""

from __future__ import annotations

import math
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from conversation.name_book import NameBook, Word, words_of
from conversation.understanding.text import known_names
from tools.spoken.words import vocabulary

MODEL_FILE: Final = Path(__file__).with_name("language.npz")
NAME: Final = "<name>"
NUMBER: Final = "<number>"
EDGE: Final = "<edge>"
_NUMBERS: Final = vocabulary(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million"
)
_STRANGER: Final = 4.0
_UNHEARD_OF: Final = 6.0
"""Natural-log units that a name of nobody in the book costs, and one that nobody is known to have."""
_ALL_WORDS: Final = 30_000
"""Words that there are: what a strange word's share is divided by."""


def classes(text: str, book: NameBook, vocabulary: AbstractSet[str] = frozenset()) -> list[str]:
    """The words of ``text`` folded, with NAME for a whole name and NUMBER for a whole number.

    A word of ``vocabulary`` that is a name too ("Bill", "Mark") is one only with a capital inside a sentence.
    """
    words = words_of(text)
    named = {at for each in book.mentions(words) for at in range(each.begin, each.end)}
    found: list[str] = []
    for at, word in enumerate(words):
        kind = word.text
        if word.is_figure or kind in _NUMBERS:
            kind = NUMBER
        elif at in named or _may_be_name(word, at, kind in vocabulary):
            kind = NAME
        if kind not in {NAME, NUMBER} or not found or found[-1] != kind:
            found.append(kind)
    return found


def _may_be_name(word: Word, at: int, ordinary: bool) -> bool:
    """Whether a word is a name that people have, or one that the recogniser took for a name nobody has heard of."""
    capital = word.capital and at > 0
    known = word.text in known_names()
    return (known and capital) or (not ordinary and (known or capital))


def _strangeness(text: str, book: NameBook, vocabulary: AbstractSet[str]) -> float:
    """What the names in ``text`` cost that are nobody's in the book: most people who are talked about are known."""
    words = words_of(text)
    named = {at for each in book.mentions(words) for at in range(each.begin, each.end)}
    names = [
        word
        for at, word in enumerate(words)
        if at not in named and not word.is_figure and _may_be_name(word, at, word.text in vocabulary)
    ]
    return sum(_STRANGER if word.text in known_names() else _UNHEARD_OF for word in names)


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted.

    Attributes:
        words: The vocabulary, sorted.
        singles: How often each word stands, (len(words),).
        pairs: Keys ``first * len(words) + second``, sorted, and how often each.
        triples: The same of three words.
        examples_hash: What was counted in, see ``understanding.examples.examples_hash``.
    """

    words: tuple[str, ...]
    singles: NDArray[np.int64]
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]]
    triples: tuple[NDArray[np.int64], NDArray[np.int64]]
    examples_hash: str


def load() -> Counts:
    """The counts beside this module."""
    with np.load(MODEL_FILE, allow_pickle=False) as arrays:
        return Counts(
            tuple(map(str, arrays["words"])),
            arrays["singles"].astype(np.int64),
            (arrays["pairs"], arrays["pair_counts"].astype(np.int64)),
            (arrays["triples"], arrays["triple_counts"].astype(np.int64)),
            str(arrays["examples_hash"]),
        )


class Language:
    """Log-probabilities by Witten-Bell: each length of context trusts itself by how rarely it is surprised."""

    def __init__(self, counts: Counts) -> None:
        self._ids = {word: at for at, word in enumerate(counts.words)}
        self._size = len(counts.words)
        self._total = int(counts.singles.sum())
        self._singles = counts.singles
        self._pairs, self._triples = counts.pairs, counts.triples
        self._after_one = _contexts(counts.pairs, self._size)
        self._after_two = _contexts(counts.triples, self._size)

    def knows(self, word: str) -> bool:
        """Whether any request has the word."""
        return word in self._ids

    def score(self, text: str, book: NameBook) -> float:
        """Natural logarithm of the probability of a whole utterance; its end counts too."""
        words = classes(text, book, self._ids.keys())
        strangers = _strangeness(text, book, self._ids.keys())
        ids = [self._ids.get(word, -1) for word in words]
        edge = self._ids[EDGE]
        padded = [edge, edge, *ids, edge]
        return sum(self._word(*padded[at - 2 : at + 1]) for at in range(2, len(padded))) - strangers

    def _word(self, first: int, second: int, third: int) -> float:
        size = self._size
        share = (self._singles[third] if third >= 0 else 0) + size / _ALL_WORDS
        p = float(share) / (self._total + size)
        if second >= 0:
            p = _mixed(self._pairs, self._after_one, second, third, size, p)
            if first >= 0:
                p = _mixed(self._triples, self._after_two, first * size + second, third, size, p)
        return math.log(p)


Table = tuple[NDArray[np.int64], NDArray[np.int64]]


def _contexts(table: Table, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Of every context in ``table``: its key, how often it stands, how many different words follow."""
    keys, counts = table
    found, starts, kinds = np.unique(keys // size, return_index=True, return_counts=True)
    return found, np.add.reduceat(counts, starts), kinds


def _mixed(
    table: Table,
    contexts: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    context: int,
    word: int,
    size: int,
    shorter: float,
) -> float:
    """The probability in this context, given the one in the shorter context."""
    keys, totals, kinds = contexts
    at = int(np.searchsorted(keys, context))
    if at == keys.size or keys[at] != context:
        return shorter
    seen = 0
    if word >= 0:
        key = context * size + word
        place = int(np.searchsorted(table[0], key))
        if place < table[0].size and table[0][place] == key:
            seen = int(table[1][place])
    return (seen + int(kinds[at]) * shorter) / (int(totals[at]) + int(kinds[at]))


@lru_cache(maxsize=1)
def language() -> Language:
    """The model beside this module, loaded once for all conversations of a process."""
    return Language(load())
