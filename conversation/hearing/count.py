"""Counts which words follow which in what is said to the assistant: ``python -m conversation.hearing.count``.

A development program, also run when the ranker is trained: a server reads only the counts. The sentences are the
ranker's templates and ``talk.txt``, written out with invented values; names are a class of their own.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from conversation.hearing.language import EDGE, MODEL_FILE, NAME, Counts, classes
from conversation.name_book import NameBook
from conversation.understanding.examples import FILLERS, example_files, examples_hash

TALK_FILE: Final = Path(__file__).with_name("talk.txt")
PER_TEMPLATE: Final = 10
_PLACEHOLDER: Final = "nameword"
_CHOICE: Final = re.compile(r"\(([^()]*)\)")
_VALUE: Final = re.compile(r"\{(\w+)\}")
_OPENED: Final = 0.15
_CLOSED: Final = 0.1


def template_files() -> list[Path]:
    """Everything that is counted in."""
    return [*example_files(), TALK_FILE]


def sentences(paths: Iterable[Path], per_template: int = PER_TEMPLATE) -> Iterator[list[str]]:
    """Classes of the sentences of every template, in the order of the files; the same every time."""
    fillers = FILLERS | {"name": [_PLACEHOLDER]}
    nobody = NameBook(())
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            if not line.strip() or line.startswith("#"):
                continue
            rng = random.Random(f"{path.stem}:{number}")  # noqa: S311  (reproducible, not secret)
            written = {_spoken(filled(line.strip(), rng, fillers), rng) for _ in range(per_template)}
            for text in sorted(written):
                yield [NAME if word == _PLACEHOLDER else word for word in classes(text, nobody)]


def filled(template: str, rng: random.Random, fillers: Mapping[str, list[str]]) -> str:
    """One way to write a template out."""
    text = template
    while match := _CHOICE.search(text) or _VALUE.search(text):
        choices = match[1].split("|") if match[0].startswith("(") else fillers[match[1]]
        text = text[: match.start()] + rng.choice(choices) + text[match.end() :]
    return re.sub(r"\s+", " ", text).strip()


def _spoken(text: str, rng: random.Random) -> str:
    """With what speech adds before and after a request."""
    if rng.random() < _OPENED:
        text = f"{rng.choice(FILLERS['OPENERS'])} {text}"
    if rng.random() < _CLOSED:
        text = f"{text} {rng.choice(FILLERS['CLOSERS'])}"
    return text


def counted(spoken: Iterable[list[str]]) -> Counts:
    """The counts of some sentences."""
    singles: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    triples: Counter[tuple[str, str, str]] = Counter()
    for words in spoken:
        padded = [EDGE, EDGE, *words, EDGE]
        for first, second, third in zip(padded, padded[1:], padded[2:], strict=False):
            singles[third] += 1
            pairs[second, third] += 1
            triples[first, second, third] += 1
    words = tuple(sorted(singles))
    ids = {word: at for at, word in enumerate(words)}
    size = len(words)
    by_pair = sorted((ids[a] * size + ids[b], count) for (a, b), count in pairs.items())
    by_triple = sorted(
        ((ids[a] * size + ids[b]) * size + ids[c], count) for (a, b, c), count in triples.items()
    )
    return Counts(
        words,
        np.array([singles[word] for word in words], np.int64),
        (np.array([key for key, _ in by_pair], np.int64), np.array([n for _, n in by_pair], np.int64)),
        (np.array([key for key, _ in by_triple], np.int64), np.array([n for _, n in by_triple], np.int64)),
        examples_hash(),
    )


def save(counts: Counts) -> None:
    """Write the file beside ``language.py``."""
    np.savez_compressed(
        MODEL_FILE,
        words=np.array(counts.words),
        singles=counts.singles.astype(np.int32),
        pairs=counts.pairs[0].astype(np.int32),
        pair_counts=counts.pairs[1].astype(np.uint16),
        triples=counts.triples[0],
        triple_counts=counts.triples[1].astype(np.uint16),
        examples_hash=np.array(counts.examples_hash),
    )


def main() -> None:
    """Count and write."""
    counts = counted(sentences(template_files()))
    save(counts)
    print(
        f"{len(counts.words)} words, {counts.pairs[0].size} pairs, {counts.triples[0].size} triples: {MODEL_FILE}"
    )


if __name__ == "__main__":
    main()
