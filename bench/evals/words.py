"""Word error rates and name errors: what was said against what was heard. Pure.

Numbers count as the words they are read as, so that "$300" and "three hundred dollars" are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from num2words import num2words


@dataclass(slots=True)
class WordErrors:
    """Wrong, missing and additional words of a set. ``rate`` is None of nothing."""

    errors: int = 0
    words: int = 0

    def add(self, said: str, heard: str) -> None:
        """One utterance."""
        reference = words_of(said)
        self.errors += distance(reference, words_of(heard))
        self.words += len(reference)

    @property
    def rate(self) -> float | None:
        """Errors per word said."""
        return round(self.errors / self.words, 4) if self.words else None


@dataclass(slots=True)
class NameErrors:
    """How many of the names that were said were not heard."""

    wrong: int = 0
    names: int = 0

    def add(self, said: str, heard: str, names: Iterable[str]) -> None:
        """One utterance; ``names`` are all that the business knows."""
        words = f" {' '.join(words_of(heard))} "
        for name in names:
            plain = f" {' '.join(words_of(name))} "
            if plain in f" {' '.join(words_of(said))} ":
                self.names += 1
                self.wrong += plain not in words

    @property
    def rate(self) -> float | None:
        """Share of names not heard; None of nothing."""
        return round(self.wrong / self.names, 4) if self.names else None


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation, numbers spelled out."""
    plain = re.sub(r"\$\s?([\d,]+(?:\.\d+)?)", r"\1 dollars", text.lower()).replace("%", " percent")
    plain = re.sub(r"(\d+):(\d\d)", _clock, plain)
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", plain)
    plain = re.sub(r"\d+(?:\.\d+)?", _number, plain)
    plain = plain.replace("-", " ").replace(" p.m", " pm").replace(" a.m", " am").replace(" and ", " ")
    return re.findall(r"[a-z']+", plain.replace("'", ""))


def distance(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Levenshtein distance in words."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(reference, 1):
        diagonal, row[0] = row[0], number
        for at, other in enumerate(heard, 1):
            diagonal, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, diagonal + (word != other))
    return row[-1]


def _clock(found: re.Match[str]) -> str:
    minutes = "" if found[2] == "00" else f" {found[2].lstrip('0')}"
    return f"{found[1]}{minutes}"


def _number(found: re.Match[str]) -> str:
    value = float(found[0])
    return str(num2words(int(value) if value.is_integer() else value)).replace(",", "")
