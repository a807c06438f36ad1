"""Which of a few titles sound like what was said: "bathroom's installation" and "Bathroom sink installation".

Pure. A recogniser keeps the consonants of a phrase better than its words, so whole phrases are compared by their sound
and their letters, written together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from tools.phonetics import fold, sound_key

_ALIKE = 0.8
_APART = 0.1
_SHORTEST = 6
"""Letters that a phrase needs; shorter ones sound like too much."""


def sounding_like(said: str, titles: Sequence[str]) -> list[int]:
    """Indices of the titles that were probably meant, the likeliest first; none when nothing comes close."""
    words = _joined(said)
    if len(words) < _SHORTEST:
        return []
    scored = sorted(((_likeness(words, _joined(title)), at) for at, title in enumerate(titles)), reverse=True)
    best = scored[0][0] if scored else 0.0
    if best < _ALIKE:
        return []
    return [at for likeness, at in scored if likeness > best - _APART]


def _likeness(one: str, other: str) -> float:
    similar = Levenshtein.normalized_similarity
    return (similar(sound_key(one), sound_key(other)) + similar(one, other)) / 2


def _joined(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(text))
