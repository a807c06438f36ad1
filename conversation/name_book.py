"""The names a business knows, by their sound: which may have been meant, and putting right what is plainly one.

Pure. It compares stretches of a transcript with names written together, since a recogniser that does not know a
name cuts it anywhere ("a nil pedal" for "Anil Patel"). It must never decide whom a tool acts on, which
``tools.matching`` does, and
never write a name that is not in the book.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from conversation.understanding.text import known_names
from tools.phonetics import fold, sound_key
from tools.spoken.words import vocabulary

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+")
_MOST_WORDS: Final = 4
"""Of a name; a longer one is looked for by its first words."""
_SHORTEST: Final = 4
"""Letters that a name needs to be put right by its sound: three letters sound like too much."""
_SAME_NAME: Final = 0.86
_SAME_WORD: Final = 0.9
_APART: Final = 0.08
"""Two names closer than this to what was heard cannot be told apart."""
_OWN_WORDS: Final = vocabulary(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million oh point half "
    "quarter first second third fourth fifth sixth seventh eighth ninth tenth twentieth thirtieth dollars dollar "
    "bucks cents percent am pm o'clock noon midnight morning afternoon evening today tomorrow tonight yesterday monday "
    "tuesday wednesday thursday friday saturday sunday january february march april may june july august september "
    "october november december"
)


_NAMES_IN_FILLERS: Final = frozenset({"name", "company", "place", "project", "MISHEARD"})


@dataclass(frozen=True, slots=True)
class Word:
    """One word or figure of a text, folded, with its characters [start, end)."""

    text: str
    start: int
    end: int
    capital: bool

    @property
    def is_figure(self) -> bool:
        """Whether it is a number, which is never part of a misheard name."""
        return self.text[:1].isdigit()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words [begin, end) of a text that stand for ``name``, a name of the book as it is written there."""

    begin: int
    end: int
    name: str
    likeness: float


def words_of(text: str) -> list[Word]:
    """The words and figures of ``text``; a possessive is no part of its word."""
    found: list[Word] = []
    for match in _WORD.finditer(text):
        raw = re.sub(r"['’]s?$", "", match.group())
        if raw:
            found.append(Word(_plain(raw), match.start(), match.start() + len(raw), raw[0].isupper()))
    return found


@cache
def ordinary_words() -> frozenset[str]:
    """Words of requests, of the trade and of counting: none of them is a name that was misheard."""
    package = files("conversation")
    texts = [package.joinpath("expected_phrases.txt").read_text(encoding="utf-8")]
    understanding = package.joinpath("understanding")
    fillers = understanding.joinpath("fillers.txt").read_text(encoding="utf-8").splitlines()
    texts += [line for line in fillers if line.split(" = ")[0] not in _NAMES_IN_FILLERS]
    examples = understanding.joinpath("examples").iterdir()
    texts += [each.read_text(encoding="utf-8") for each in examples if each.name.endswith(".txt")]
    words = {_plain(match.group()) for text in texts for match in _WORD.finditer(text)}
    lower = {_plain(match.group()) for text in texts for match in re.finditer(r"\b[a-z]+(?:'[a-z]+)*", text)}
    return frozenset((words & lower) - known_names()) | _OWN_WORDS


class NameBook:
    """Names to be listened for.

    Attributes:
        names: As they are written, each once.
    """

    def __init__(self, names: Iterable[str]) -> None:
        """Take names of people, companies, projects and streets; a few hundred, since each is compared."""
        self.names = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
        self._whole: dict[str, str] = {}
        self._parts: dict[str, str] = {}
        self._owners: list[tuple[str, int]] = []  # name as written, number of its words
        for name in self.names:
            words = [name[word.start : word.end] for word in words_of(name)][:_MOST_WORDS]
            if words:
                self._enter(words)
        self._keys = [_sound(name) for name, _ in self._owners]
        self._spelt = [_joined(name) for name, _ in self._owners]

    def __bool__(self) -> bool:
        return bool(self._owners)

    def _enter(self, words: Sequence[str]) -> None:
        whole = " ".join(words)
        if self._whole.setdefault(_plain(whole), whole) is not whole:
            return
        self._owners.append((whole, len(words)))
        for word in words:
            plain = _plain(word)
            if word[:1].isupper() and plain not in self._parts:
                self._parts[plain] = word
                if len(words) > 1 and plain not in ordinary_words():
                    self._owners.append((word, 1))

    def knows(self, word: str) -> bool:
        """Whether a folded word is one of a name in the book."""
        return word in self._parts

    def strange(self, words: Sequence[Word]) -> set[int]:
        """Indices of the words that are neither ordinary nor of a known name: where a name may have been misheard."""
        ordinary = ordinary_words()
        return {
            at
            for at, word in enumerate(words)
            if len(word.text) > 1
            and not word.is_figure
            and word.text not in ordinary
            and not self.knows(word.text)
        }

    def mentions(self, words: Sequence[Word]) -> list[Stretch]:
        """Where names of the book stand exactly as written, the longest first at each place, without overlap."""
        found: list[Stretch] = []
        at = 0
        while at < len(words):
            for size in range(min(_MOST_WORDS, len(words) - at), 0, -1):
                said = " ".join(word.text for word in words[at : at + size])
                name = self._whole.get(said) or (self._part(words[at]) if size == 1 else None)
                if name is not None:
                    found.append(Stretch(at, at + size, name, 1.0))
                    at += size - 1
                    break
            at += 1
        return found

    def _part(self, word: Word) -> str | None:
        return self._parts.get(word.text) if word.text not in ordinary_words() or word.capital else None

    def nearest(self, text: str, limit: int) -> tuple[str, ...]:
        """The names that may have been said in ``text``, the likeliest first."""
        words = words_of(text)
        if not words or not self._owners:
            return ()
        spans = _spans(words, set(range(len(words))))
        if not spans:
            return ()
        likeness = self._likeness(words, spans).max(axis=0)
        order = sorted(range(len(self._owners)), key=lambda at: (-float(likeness[at]), at))
        found: dict[str, None] = {}
        for at in order:
            found |= dict.fromkeys(self._full_of(self._owners[at][0]))
            if len(found) >= limit:
                break
        return tuple(found)[:limit]

    def _full_of(self, part: str) -> tuple[str, ...]:
        """The names that ``part`` belongs to."""
        plain = f" {_plain(part)} "
        return tuple(name for said, name in self._whole.items() if plain in f" {said} ")[:2]

    def _likeness(self, words: Sequence[Word], spans: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
        said = [" ".join(word.text for word in words[begin:end]) for begin, end in spans]
        similar = Levenshtein.normalized_similarity
        sound = cdist([_sound(each) for each in said], self._keys, scorer=similar, dtype=np.float32)
        spelt = cdist([_joined(each) for each in said], self._spelt, scorer=similar, dtype=np.float32)
        return np.float32(_SOUND_WEIGHT) * sound + np.float32(1 - _SOUND_WEIGHT) * spelt

    def misheard(self, words: Sequence[Word]) -> list[Stretch]:
        """Stretches that sound like exactly one name of the book and are none, in order, without overlap."""
        strange = self.strange(words)
        spans = _spans(words, strange)
        if not spans or not self._owners:
            return []
        table = self._likeness(words, spans)
        taken: set[int] = set()
        found: list[Stretch] = []
        known = {at for each in self.mentions(words) for at in range(each.begin, each.end)}
        order = sorted(range(len(spans)), key=lambda at: -float(table[at].max()))
        for at in order:
            begin, end = spans[at]
            stretch = self._plainly(words, begin, end, table[at])
            places = set(range(begin, end))
            if stretch is None or taken & places or places <= known:
                continue
            found.append(stretch)
            taken |= places
        return sorted(found, key=lambda each: each.begin)

    def _plainly(
        self, words: Sequence[Word], begin: int, end: int, row: NDArray[np.float32]
    ) -> Stretch | None:
        best = int(row.argmax())
        name, size = self._owners[best]
        score = float(row[best])
        said = words[begin:end]
        if score < (_SAME_NAME if size > 1 else _SAME_WORD) or len(_joined(name)) < _SHORTEST:
            return None
        rivals = {self._owners[other][0] for other in np.flatnonzero(row > score - _APART)} - {name}
        if any(_plain(name) not in _plain(rival) for rival in rivals):
            return None
        ordinary = ordinary_words()
        if size == 1 and any(word.text in ordinary for word in said):
            return None
        if size == len(said) and not all(map(_may_be, (word.text for word in said), _plain(name).split())):
            return None
        return Stretch(begin, end, name, score)

    def corrected(self, text: str) -> str:
        """``text`` with names put right that are plainly misheard ones of the book; all else stays to the letter."""
        words = words_of(text)
        for stretch in reversed(self.misheard(words)):
            begin, end = words[stretch.begin].start, words[stretch.end - 1].end
            text = text[:begin] + stretch.name + text[end:]
        return text


_SOUND_WEIGHT: Final = 0.6


def street_name(address: str) -> str:
    """The street of an address as one says it, without its number: "418 Juniper Court" → "Juniper Court"."""
    return " ".join(word for word in address.split(",")[0].split() if not any(map(str.isdigit, word)))


@lru_cache(maxsize=64)
def name_book(names: tuple[str, ...]) -> NameBook:
    """The book of ``names``, made once for as long as the same ones keep coming."""
    return NameBook(names)


def _spans(words: Sequence[Word], touching: set[int]) -> list[tuple[int, int]]:
    """Stretches of up to four words that contain one of the indices."""
    return [
        (begin, begin + size)
        for begin in range(len(words))
        for size in range(1, min(_MOST_WORDS, len(words) - begin) + 1)
        if touching & set(range(begin, begin + size))
        and not any(word.is_figure for word in words[begin : begin + size])
    ]


def _may_be(said: str, word: str) -> bool:
    """Whether one word of a name may have been heard as ``said``: first consonants are what recognisers get right.

    What was heard may be somebody else's name: then it has to sound alike to the first vowel ("Sara", not "Tim").
    """
    if sound_key(said)[:1] != sound_key(word)[:1]:
        return False
    if said == word or said not in known_names():
        return True
    return sound_key(said) == sound_key(word) and _first_vowel(said) == _first_vowel(word)


def _first_vowel(word: str) -> str:
    return next((letter for letter in word if letter in "aeiouy"), "")


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9 ]", "", fold(text)).split())


def _joined(text: str) -> str:
    return _plain(text).replace(" ", "")


def _sound(text: str) -> str:
    return sound_key(_joined(text))
