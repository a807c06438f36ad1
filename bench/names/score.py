"""Counts what a recogniser got wrong: words, and names of people and streets, against what was said.

Pure. Figures and number words are written alike first, since either is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conversation.name_book import NameBook, words_of
from tools.spoken.numbers import find_numbers


@dataclass(slots=True)
class Score:
    """Sums over clips.

    Attributes:
        words: Words said that belong to no name.
        word_errors: Of those, the ones not heard, and words heard that nobody said.
        names: Names said.
        name_errors: Of those, the ones not written as they were meant.
        invented: Names of the business that nobody said.
        read_alike: Clips of which the brain made the same request as of what was said.
    """

    clips: int = 0
    words: int = 0
    word_errors: int = 0
    names: int = 0
    name_errors: int = 0
    invented: int = 0
    all_words: int = 0
    all_errors: int = 0
    read_alike: int = 0

    def add(self, said: str, names: Sequence[str], heard: str, book: NameBook) -> None:
        """Count one clip."""
        wanted, got = plain_words(said), plain_words(heard)
        in_name = _places(wanted, names)
        wrong, extra = _misheard(wanted, got)
        self.clips += 1
        self.names += len(names)
        self.name_errors += sum(not _contains(got, plain_words(name)) for name in names)
        self.words += len(wanted) - len(in_name)
        # Words put in beside a name are the name's error, not a word of their own.
        self.word_errors += len(wrong - in_name) + sum(not {at, at - 1} & in_name & wrong for at in extra)
        self.all_words += len(wanted)
        self.all_errors += len(wrong) + len(extra)
        mine = set(names)
        spoken = {each.name for each in book.mentions(words_of(said))} | mine
        self.invented += sum(
            each.name not in spoken and not any(each.name in name for name in spoken)
            for each in book.mentions(words_of(heard))
            if " " in each.name
        )

    def figures(self) -> dict[str, float | int]:
        """For a report; rates in per cent."""
        return {
            "wer": _percent(self.all_errors, self.all_words),
            "wer_without_names": _percent(self.word_errors, self.words),
            "name_errors": self.name_errors,
            "names": self.names,
            "name_error_rate": _percent(self.name_errors, self.names),
            "invented_names": self.invented,
            "read_alike": _percent(self.read_alike, self.clips),
        }


def total(scores: Iterable[Score]) -> Score:
    """The sum."""
    whole = Score()
    for each in scores:
        for field in Score.__slots__:
            setattr(whole, field, getattr(whole, field) + getattr(each, field))
    return whole


def plain_words(text: str) -> list[str]:
    """Lower-case words; every number as its figures, times without their colon, amounts without their dollars."""
    text = re.sub(r"(\d):(\d\d)", r"\1 \2", text.replace("’", "'"))
    for span in reversed(find_numbers(text)):
        text = f"{text[: span.start]} {span.value.normalize():f} {text[span.end :]}"
    text = re.sub(r"'s?\b", "", text.lower())
    words = re.sub(r"[^a-z0-9 ]", " ", text.replace(".", "")).split()
    return [word for word in words if word not in {"dollar", "dollars"}]


def _misheard(wanted: Sequence[str], got: Sequence[str]) -> tuple[set[int], list[int]]:
    """Positions of the wanted words that were not heard, and where words were put in, by the least edits."""
    rows, columns = len(wanted) + 1, len(got) + 1
    cost = [[max(i, j) if not i or not j else 0 for j in range(columns)] for i in range(rows)]
    for i in range(1, rows):
        for j in range(1, columns):
            change = cost[i - 1][j - 1] + (wanted[i - 1] != got[j - 1])
            cost[i][j] = min(change, cost[i - 1][j] + 1, cost[i][j - 1] + 1)
    wrong: set[int] = set()
    extra: list[int] = []
    i, j = rows - 1, columns - 1
    while i or j:
        if i and j and cost[i][j] == cost[i - 1][j - 1] + (wanted[i - 1] != got[j - 1]):
            if wanted[i - 1] != got[j - 1]:
                wrong.add(i - 1)
            i, j = i - 1, j - 1
        elif i and cost[i][j] == cost[i - 1][j] + 1:
            wrong.add(i - 1)
            i -= 1
        else:
            extra.append(i)
            j -= 1
    return wrong, extra


def _places(words: Sequence[str], names: Sequence[str]) -> set[int]:
    found: set[int] = set()
    for name in names:
        parts = plain_words(name)
        for at in range(len(words) - len(parts) + 1):
            if words[at : at + len(parts)] == parts:
                found |= set(range(at, at + len(parts)))
    return found


def _contains(words: Sequence[str], parts: Sequence[str]) -> bool:
    return any(list(words[at : at + len(parts)]) == list(parts) for at in range(len(words)))


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
