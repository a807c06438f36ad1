"""Word error rate: the words of what was said against those of what was heard. Normalises only case and marks."""

from __future__ import annotations

import re

from rapidfuzz.distance import Levenshtein


def words_of(text: str) -> list[str]:
    """The words of a text, in lower case, without punctuation."""
    return re.sub(r"[^a-z0-9' ]", " ", text.lower()).split()


def word_errors(said: str, heard: str) -> tuple[int, int]:
    """Words to change, drop or add to get from one to the other, and the number of words said."""
    wanted = words_of(said)
    return Levenshtein.distance(wanted, words_of(heard)), len(wanted)
