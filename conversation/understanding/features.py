"""Numbers out of a masked utterance: hashed n-grams of words and characters beside its MiniLM embedding.

Pure numpy and the standard library: a session's process and the understanding actor load no scikit-learn. No vocabulary
is kept, an n-gram's place is its CRC-32, so that training and inference cannot disagree about it.
"""

from __future__ import annotations

import zlib
from collections import Counter
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

HASHED: Final = 8192
CHARACTER_SIZES: Final = (3, 4, 5)
# The two parts are unit vectors; how much the embedding weighs against the n-grams, chosen by train.py --check.
EMBEDDING_WEIGHT: Final = 0.8


def ngrams(masked: str) -> Counter[str]:
    """Word 1- and 2-grams ("w:…") and character 3- to 5-grams within words ("c:…") with their counts."""
    words = ["<s>", *masked.split(), "</s>"]
    grams: Counter[str] = Counter(f"w:{word}" for word in words[1:-1])
    grams.update(f"w:{left} {right}" for left, right in pairwise(words))
    # How a request begins tells a question from an order: "is job 12 done" from "job 12 is done".
    grams.update({f"s:{' '.join(words[1:3])}": 2, f"s:{words[1]}": 2, f"e:{words[-2]}": 1})
    for word in words[1:-1]:
        padded = f" {word} "
        for size in CHARACTER_SIZES:
            grams.update(f"c:{padded[i : i + size]}" for i in range(len(padded) - size + 1))
    return grams


def hashed(masked: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Places (unique, < HASHED) and sublinear term frequencies of the n-grams of ``masked``."""
    counts: dict[int, float] = {}
    for gram, count in ngrams(masked).items():
        place = zlib.crc32(gram.encode()) % HASHED
        counts[place] = counts.get(place, 0.0) + count
    places = np.fromiter(counts, np.int64, len(counts))
    values = np.fromiter(counts.values(), np.float32, len(counts))
    return places, np.log(values) + np.float32(1)


def unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """``values`` scaled to length 1."""
    return values / max(float(np.linalg.norm(values)), 1e-9)
