"""Finds people, companies and projects by a name as a recogniser wrote it: partial, plural, misspelt or misheard.

Spelling (rapidfuzz) and sound (``tools.phonetics``) are compared against an index of all names of a business. The
answer is a decision, one, several or none, with candidates; it never guesses between two that fit equally well.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise, permutations
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from tools.phonetics import NICKNAMES, RESPELLINGS, fold, sound_key
from tools.spoken.words import vocabulary

_TITLES = vocabulary(
    "mr mrs ms miss mister missus misses doctor dr sir madam the a an my our his her their that this family "
    "household folks place house residence home account customer client contact company guy lady named called "
    "of for from at with and to who is s please"
)
# Below ACCEPT a name is only offered as a question; below OFFER it is not mentioned at all.
ACCEPT = 0.78
OFFER = 0.62
# Two names closer than this cannot be told apart by what was heard.
MARGIN = 0.055
_EXACT = 0.985
# A likeness at which no other way of reading the query is tried.
_SURE = 0.93
_RERANKED = 80
# Words of a query that are compared; nobody says more of a name.
_MOST_COMPARED = 4

Kept = TypeVar("Kept")


class Decision(StrEnum):
    """What a match amounts to."""

    ONE = "one"
    SEVERAL = "several"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class NameEntry:
    """One thing with a name. ``names`` are its full alternative names (a person's and the company's)."""

    id: str
    label: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible meaning, with a score of 0..1."""

    id: str
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Match:
    """The decision and its candidates, best first; for ``none`` those that are worth a question."""

    decision: Decision
    candidates: tuple[Candidate, ...]

    @property
    def one(self) -> Candidate | None:
        """The only candidate that fits, if so decided."""
        return self.candidates[0] if self.decision is Decision.ONE else None


def name_words(text: str) -> list[str]:
    """The words of a name: folded, without titles and possessives; "O'Brien" is one word, "Smith-Jones" two."""
    folded = re.sub(r"[’']s\b|s[’'](?=\s|$)", lambda m: "s" if m.group()[0] == "s" else "", fold(text))
    folded = re.sub(r"[’'.]", "", folded)
    words = re.findall(r"[a-z0-9]+", folded.replace("&", " and "))
    kept = [word for word in words if word not in _TITLES]
    joined: list[str] = []
    for word in kept:
        if joined and joined[-1] in {"o", "mc", "mac", "d"}:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


class NameIndex:
    """An immutable index over names; one query takes a few milliseconds against ten thousand."""

    def __init__(self, entries: Iterable[NameEntry]) -> None:
        self._entries: tuple[NameEntry, ...] = ()
        self._forms: list[list[list[str]]] = []
        self._places: dict[str, int] = {}
        # Ids of the entries with exactly these words.
        self._whole: dict[str, tuple[str, ...]] = {}
        self._words: list[str] = []
        self._ids: dict[str, int] = {}
        self._sounds: dict[str, int] = {}
        self._sound_of: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        # Column 0 of the score vector is "no word": it never matches.
        self._matrix: NDArray[np.int32] = np.zeros((0, 1), dtype=np.int32)
        self._add(tuple(entries))

    def changed(self, entries: Iterable[NameEntry], gone: Collection[str]) -> NameIndex:
        """An index with ``entries`` added or renamed, and without the ids in ``gone``; this one stays as it is.

        Takes a hundredth of the time of a new index when little changes, and gives the same answers.
        """
        added = tuple(entries)
        out = {entry.id for entry in added}.union(gone)
        kept = [number for number, entry in enumerate(self._entries) if entry.id not in out]
        if len(kept) + len(added) > 2 * len(kept) or len(self._words) > 8 * (len(kept) + 100):
            # Words of names that are gone stay behind; now and then that is too many.
            return NameIndex((*(self._entries[number] for number in kept), *added))
        index = NameIndex(())
        index._entries = tuple([self._entries[number] for number in kept])
        index._forms = [self._forms[number] for number in kept]
        index._places = {entry.id: number for number, entry in enumerate(index._entries)}
        index._whole = dict(self._whole)
        for entry_id in out:
            index._forget(entry_id, self._forms[self._places[entry_id]] if entry_id in self._places else [])
        index._words, index._ids, index._sounds = list(self._words), dict(self._ids), dict(self._sounds)
        index._sound_of, index._matrix = self._sound_of, self._matrix[kept]
        index._add(added)
        return index

    def __len__(self) -> int:
        return len(self._entries)

    def match(self, query: str, *, limit: int = 5) -> Match:
        """Decide who ``query`` means. ``limit`` bounds the candidates, 10 ms bound the time (10,000 names)."""
        words = name_words(query)
        if not words or not self._entries:
            return Match(Decision.NONE, ())
        whole = self._named_so(words)
        if whole:
            return self._decide([(number, 1.0) for number in whole], limit)
        best: dict[int, float] = {}
        for readings in (_plain_readings(words), _joined_readings(words)):
            scores = self._word_scores({word for reading in readings for word in reading}) if readings else {}
            for reading in readings:
                for number, score in self._ranked(reading, scores):
                    best[number] = max(best.get(number, 0.0), score)
            if max(best.values(), default=0.0) >= _SURE:
                break
        ranked = sorted(best.items(), key=lambda item: (-item[1], self._entries[item[0]].label))
        return self._decide(ranked, limit)

    def _add(self, entries: tuple[NameEntry, ...]) -> None:
        """Take more entries in; for an index that nobody has seen yet."""
        first, known = len(self._entries), len(self._words)
        forms = [[words for name in entry.names if (words := name_words(name))] for entry in entries]
        rows = [self._row(form) for form in forms]
        self._entries += entries
        self._forms += forms
        for number, (entry, form) in enumerate(zip(entries, forms, strict=True), start=first):
            self._places[entry.id] = number
            for key in {_in_order(words) for words in form}:
                self._whole[key] = (*self._whole.get(key, ()), entry.id)
        width = max((len(row) for row in rows), default=1)
        wider = max(width, self._matrix.shape[1])
        matrix = np.zeros((len(self._entries), wider), dtype=np.int32)
        matrix[:first, : self._matrix.shape[1]] = self._matrix
        for number, row in enumerate(rows, start=first):
            matrix[number, : len(row)] = row
        self._matrix = matrix
        sounds = [self._sounds.setdefault(sound_key(word), len(self._sounds)) for word in self._words[known:]]
        self._sound_of = np.concatenate([self._sound_of, np.array(sounds, dtype=np.int32)])

    def _forget(self, entry_id: str, forms: list[list[str]]) -> None:
        for key in {_in_order(words) for words in forms}:
            left = tuple(other for other in self._whole.get(key, ()) if other != entry_id)
            if left:
                self._whole[key] = left
            else:
                self._whole.pop(key, None)

    def _named_so(self, words: list[str]) -> list[int]:
        """The entries with exactly this name, by label: nothing that sounds alike comes between them."""
        if len(words) > _MOST_COMPARED:
            return []
        keys = [_in_order(reading) for reading in _plain_readings(words)]
        found = {self._places[entry_id] for key in keys for entry_id in self._whole.get(key, ())}
        return sorted(found, key=lambda number: self._entries[number].label)

    def _row(self, forms: list[list[str]]) -> list[int]:
        row: list[int] = []
        for words in forms:
            for word in _with_joins(words):
                for spelling in (word, *RESPELLINGS.get(word, ())):
                    row.append(self._ids.setdefault(spelling, len(self._ids) + 1))
                    if len(self._ids) > len(self._words):
                        self._words.append(spelling)
        return row

    def _word_scores(self, words: set[str]) -> dict[str, NDArray[np.float32]]:
        """For each query word the likeness (0..1) to every word of the index, by index; position 0 is no word."""
        ordered = sorted(words)
        keys = [sound_key(word) for word in ordered]
        sound = cdist(keys, list(self._sounds), scorer=Levenshtein.normalized_similarity, dtype=np.float32)[
            :, self._sound_of
        ]
        spelling = np.zeros_like(sound)
        # What sounds nothing like any of the words need not be spelt out.
        near = np.flatnonzero(sound.max(axis=0) >= 0.4)
        close = [self._words[index] for index in near]
        spelling[:, near] = cdist(ordered, close, scorer=Levenshtein.normalized_similarity, dtype=np.float32)
        same_sound = np.where(sound >= 0.999, 0.84 + 0.15 * spelling, 0.0)
        mixed = 0.45 * spelling + 0.55 * sound
        likeness = np.maximum(np.maximum(same_sound, mixed), np.where(spelling >= 0.999, 1.0, 0.0))
        result: dict[str, NDArray[np.float32]] = {}
        for number, word in enumerate(ordered):
            vector = np.zeros(len(self._words) + 1, dtype=np.float32)
            vector[1:] = likeness[number]
            for full in NICKNAMES.get(word, ()):
                if full in self._ids:
                    vector[self._ids[full]] = max(float(vector[self._ids[full]]), 0.97)
            result[word] = vector
        return result

    def _ranked(self, reading: list[str], scores: dict[str, NDArray[np.float32]]) -> list[tuple[int, float]]:
        """The best entries for one reading of the query: fast column maxima first, then exact assignment."""
        total = np.zeros(len(self._entries), dtype=np.float32)
        for word in reading:
            total += scores[word][self._matrix].max(axis=1)
        count = min(_RERANKED, len(self._entries))
        top = np.argpartition(-total, count - 1)[:count]
        # What is far behind in the sum of its best words cannot win the exact assignment.
        floor = max(OFFER * 0.8 * len(reading), float(total[top].max()) - 0.3)
        return [
            (int(number), self._assigned(int(number), reading, scores))
            for number in top
            if total[number] >= floor
        ]

    def _assigned(self, number: int, reading: list[str], scores: dict[str, NDArray[np.float32]]) -> float:
        """Each query word meets a word of its own in one of the entry's names; leftovers on either side cost."""
        return max(
            (
                _fit(reading, _with_joins(words), len(words), scores, self._ids)
                for words in self._forms[number]
            ),
            default=0.0,
        )

    def _decide(self, ranked: Sequence[tuple[int, float]], limit: int) -> Match:
        offered = [(number, score) for number, score in ranked if score >= OFFER]
        if not offered:
            return Match(Decision.NONE, ())
        best = offered[0][1]
        if best < ACCEPT:
            return Match(Decision.NONE, self._candidates(offered[: min(limit, 3)]))
        if best >= _EXACT:
            close = [item for item in offered if item[1] >= _EXACT - 0.001]
            whole = [item for item in close if item[1] >= 0.9995]
            close = whole or close
        else:
            close = [item for item in offered if item[1] >= best - MARGIN and item[1] >= ACCEPT - MARGIN]
        if len(close) == 1:
            return Match(Decision.ONE, self._candidates(close))
        return Match(Decision.SEVERAL, self._candidates(close[:limit]))

    def _candidates(self, items: Sequence[tuple[int, float]]) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(self._entries[number].id, self._entries[number].label, round(score, 4))
            for number, score in items
        )


def _in_order(words: Sequence[str]) -> str:
    """A name's words as a key that their order does not matter for."""
    return " ".join(sorted(words))


def _with_joins(words: list[str]) -> list[str]:
    """The words, and neighbours written as one ("van" "denberg" → "vandenberg"), as recognisers do.

    First and last name of a person are never written as one, so two words join only after a particle ("le roy").
    """
    if len(words) > 4 or (len(words) == 2 and len(words[0]) > 3):
        return words
    return [*words, *(a + b for a, b in pairwise(words))]


def _plain_readings(words: list[str]) -> list[list[str]]:
    """The query as heard, and with its plurals made singular ("the Millers")."""
    singular = [
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in words
    ]
    return [words] if singular == words else [words, singular]


def _joined_readings(words: list[str]) -> list[list[str]]:
    """The query with neighbouring words written together, for names a recogniser tore apart."""
    if not 1 < len(words) <= 4:
        return []
    return [[*words[:i], words[i] + words[i + 1], *words[i + 2 :]] for i in range(len(words) - 1)]


def _fit(
    reading: list[str],
    words: list[str],
    size: int,
    scores: dict[str, NDArray[np.float32]],
    ids: dict[str, int],
) -> float:
    """0..1: mean likeness of the query's words under the best assignment, less a little for unsaid words."""
    asked = reading[:_MOST_COMPARED]
    table = [[_likeness(scores[query], word, ids) for word in words] for query in asked]
    wanted = len(asked)
    if wanted == 1:
        best = max(table[0])
    elif len(words) <= 7 and wanted <= 3:
        places = range(len(words))
        picks = min(wanted, len(words))
        best = (
            max(
                sum(table[q][w] for q, w in zip(chosen, order, strict=True))
                for order in permutations(places, picks)
                for chosen in (range(picks),)
            )
            / wanted
        )
    else:
        best = sum(max(row) for row in table) / wanted
    unsaid = max(0, size - len(reading))
    return best - 0.004 * min(unsaid, 3) if best > 0 else 0.0


def _likeness(vector: NDArray[np.float32], word: str, ids: dict[str, int]) -> float:
    best = float(vector[ids[word]])
    for spelling in RESPELLINGS.get(word, ()):
        best = max(best, float(vector[ids[spelling]]) * 0.98)
    return best


class VersionedCache(Generic[Kept]):
    """Keeps the newest value of the businesses used last; one of an older version is replaced, never served.

    Args:
        capacity: Businesses kept at most.
        weight: Sum of the values' weights kept at most; the value used last always stays.
    """

    def __init__(self, capacity: int = 32, weight: int = 100_000) -> None:
        self._capacity = capacity
        self._weight = weight
        self._kept: OrderedDict[str, tuple[int, Kept, int]] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def get(self, business_id: str, version: int) -> Kept | None:
        """The value of exactly this version, or None."""
        kept = self._kept.get(business_id)
        if kept is None or kept[0] != version:
            return None
        self._kept.move_to_end(business_id)
        return kept[1]

    def latest(self, business_id: str) -> tuple[int, Kept] | None:
        """Whatever version there is, with its value, to make another one of."""
        kept = self._kept.get(business_id)
        return None if kept is None else (kept[0], kept[1])

    def making(self, business_id: str) -> asyncio.Lock:
        """Held while a value of the business is made, so that it is made once for all who wait for it."""
        lock = self._locks.get(business_id)
        if lock is None:
            lock = self._locks[business_id] = asyncio.Lock()
        return lock

    def put(self, business_id: str, version: int, value: Kept, *, weight: int = 1) -> Kept:
        """Keep a value; the businesses used longest ago make room."""
        self._kept[business_id] = (version, value, weight)
        self._kept.move_to_end(business_id)
        while len(self._kept) > self._capacity or (len(self._kept) > 1 and self._sum() > self._weight):
            self._kept.popitem(last=False)
        return value

    def _sum(self) -> int:
        return sum(weight for _, _, weight in self._kept.values())
