"""What was said, given what two recognisers made of it: the likeliest reading, and the others that are in doubt.

Candidates are the guesses of both and their mixtures: wherever two guesses differ, the words of either. A candidate is
the likelier the less it differs in its letters from what each recogniser believes, and the likelier it is as something
that is said to the assistant. Pure. No word comes out that neither of them heard (but names of the book, by their
sound), and how likely a request is weighs beside the sound, never in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from conversation.hearing.language import Language
from conversation.name_book import NameBook, words_of
from media.engines.transcription import Guess
from media.speakable import speakable
from tools.spoken.words import vocabulary

_FIRST_LETTER: Final = 0.3
_SECOND_LETTER: Final = 0.5
"""Natural-log units that a letter which the first, or the second, recogniser did not hear costs."""
_LANGUAGE: Final = 0.2
"""What a unit of the language model weighs. With the two above measured on 220 clips of five voices, held out templates
and invented names: from half to twice of each differs by less than a word in a hundred."""
_GUESSES: Final = 4
"""Different guesses of each recogniser that are looked at."""
_MIXTURES: Final = 32
"""Mixtures of two guesses; those that differ in more than five places are mixed in the first five only."""
_DOUBT: Final = 1.5
"""Natural-log units behind the likeliest within which another reading is in doubt."""
_DOUBT_OF_VALUES: Final = 3.5
"""The same for one with another name, number, day or time in it: nobody notices those before they are in the books."""
_VALUES: Final = vocabulary(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand half quarter first "
    "second third fourth fifth sixth seventh eighth ninth tenth am pm noon midnight morning afternoon evening night "
    "tonight today tomorrow monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december"
)
_MOST_ALTERNATIVES: Final = 3
_ALIKE: Final = vocabulary(
    "a an the please um uh er oh okay ok so hey well and just dollars dollar bucks o'clock"
)
"""Words that change nothing of what is asked for."""
_DAYTIME: Final = re.compile(r" [AP] M\b")
"""What the voice adds to a time of day, which here nobody has said."""
_SAYS_DAYTIME: Final = re.compile(r"\b[ap]\.? ?m\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rated:
    """A reading; ``score`` is in natural-log units and comparable only within one utterance."""

    text: str
    score: float


def rated(first: Sequence[Guess], second: Sequence[Guess], book: NameBook, model: Language) -> list[Rated]:
    """All candidates, the likeliest first; none when neither heard anything."""
    ours, theirs = _different(first, book), _different(second, book)
    if not ours and not theirs:
        return []
    texts = _candidates([each.text for each in ours], [each.text for each in theirs])
    said = [letters(text) for text in texts]
    scores = _LANGUAGE * np.array([model.score(text, book) for text in texts], np.float64)
    scores += _heard(said, ours, _FIRST_LETTER) + _heard(said, theirs, _SECOND_LETTER)
    order = np.argsort(-scores, kind="stable")
    return [Rated(texts[at], float(scores[at])) for at in order]


def alternatives(candidates: Sequence[Rated]) -> tuple[str, ...]:
    """Readings nearly as likely as the first that differ from it and from each other in words that matter."""
    if not candidates:
        return ()
    best = candidates[0]
    values, seen = _values(best.text), {matter(best.text)}
    found: list[str] = []
    for each in candidates[1:]:
        words = matter(each.text)
        limit = _DOUBT if _values(each.text) == values else _DOUBT_OF_VALUES
        if words in seen or best.score - each.score > limit:
            continue
        seen.add(words)
        found.append(each.text)
        if len(found) == _MOST_ALTERNATIVES:
            break
    return tuple(found)


def agreed(text: str, first: Sequence[Guess], second: Sequence[Guess], book: NameBook) -> bool:
    """Whether ``text`` is what each of the two has decided on, with names put right.

    Of 620 such clips (five voices, half of them at 15 dB) both agreed on 185; three of those were wrong, and none of
    the 28 for which other readings seemed possible.
    """
    said = letters(text)
    return bool(first and second) and all(
        letters(_named(book.corrected(each[0].text), book)) == said for each in (first, second)
    )


def _values(text: str) -> tuple[str, ...]:
    names = tuple(word.text for word in words_of(text)[1:] if word.capital)
    return names + tuple(word for word in letters(text).split() if word in _VALUES)


def matter(text: str) -> tuple[str, ...]:
    """The words of ``text`` that could change what is asked for, folded; numbers as they are spoken."""
    return tuple(word for word in letters(text).split() if word not in _ALIKE)


def letters(text: str) -> str:
    """``text`` as it sounds on paper: folded, without punctuation, numbers in words."""
    spoken = text
    if any(map(str.isdigit, text)):
        spoken = speakable(text) if _SAYS_DAYTIME.search(text) else _DAYTIME.sub("", speakable(text))
    return " ".join(word.text for word in words_of(spoken))


def _different(guesses: Sequence[Guess], book: NameBook) -> list[Guess]:
    """The guesses that differ in their words, with names put right, the likeliest way to write each."""
    found: dict[str, Guess] = {}
    for guess in guesses:
        key = letters(guess.text)
        if key in found:
            found[key] = Guess(found[key].text, found[key].weight + guess.weight)
        elif len(found) < _GUESSES:
            found[key] = guess
    return [Guess(_named(book.corrected(each.text), book), each.weight) for each in found.values()]


def _named(text: str, book: NameBook) -> str:
    """``text`` with whole names of the book written as they are written there."""
    words = words_of(text)
    for name in reversed(book.mentions(words)):
        if name.end - name.begin > 1:
            text = text[: words[name.begin].start] + name.name + text[words[name.end - 1].end :]
    return text


def _heard(said: Sequence[str], guesses: Sequence[Guess], letter: float) -> NDArray[np.float64]:
    """Log-likelihood of what one recogniser believes if each of ``said`` was said, (len(said),)."""
    if not guesses:
        return np.zeros(len(said))
    wrong = cdist(
        said, [letters(each.text) for each in guesses], scorer=Levenshtein.distance, dtype=np.float64
    )
    weights = np.array([each.weight for each in guesses])
    return np.log(np.exp(-letter * wrong) @ weights + 1e-300)


def _candidates(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Guesses and mixtures, each once; what is alike but for its writing stays as the earlier one wrote it."""
    found: dict[str, str] = {}
    mixed = (text for one in ours for other in theirs for text in mixtures(one, other))
    for text in (*ours, *theirs, *mixed):
        found.setdefault(letters(text), text)
    return [text for key, text in found.items() if key]


def mixtures(one: str, other: str) -> Iterable[str]:
    """Texts with the words of either wherever the two differ."""
    ours, theirs = words_of(one), words_of(other)
    aligned = SequenceMatcher(
        None, [word.text for word in ours], [word.text for word in theirs], autojunk=False
    ).get_opcodes()
    texts = [""]
    for tag, i1, i2, j1, j2 in aligned:
        mine = _cut(one, [word.start for word in ours], i1, i2)
        choices = [mine] if tag == "equal" else [mine, _cut(other, [word.start for word in theirs], j1, j2)]
        if len(texts) * len(choices) > _MIXTURES:
            choices = choices[:1]
        texts = [text + choice for text in texts for choice in choices]
    return [" ".join(text.split()) for text in texts]


def _cut(text: str, starts: Sequence[int], begin: int, end: int) -> str:
    """Words [begin, end) of ``text`` with what stands around them, up to the next one; "4:30" are two words."""
    if begin >= end:
        return ""
    low = starts[begin] if begin else 0
    return text[low : starts[end]] if end < len(starts) else f"{text[low:]} "
