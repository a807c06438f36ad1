"""What the words alone say about whether their speaker is done. Knows nothing of time, audio or the dialogue."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Patience(StrEnum):
    """How long a silence must be to end a turn, by what was said before it."""

    EAGER = "eager"
    """A complete request: nothing is missing."""
    NORMAL = "normal"
    """Nothing known about the words, or words that may go on."""
    PATIENT = "patient"
    """Plainly unfinished: ends in "for", "and", or lacks what it needs."""


_UNFINISHED: Final = re.compile(
    r"\b(?:to|for|from|at|on|in|of|with|by|about|and|or|but|because|so|the|a|an|my|his|her|their|our|its|your"
    r"|is|are|was|which|called|named|until|between|after|before|into|than|um|uh|er|hmm|like|per"
    # "cancel that" is whole; only what takes a clause is not.
    r"|(?:says?|said|saying|note|tell (?:him|her|them)|told (?:him|her|them)|know|think|sure|so|job|invoice|estimate)"
    r" that)[\s,.…-]*$",
    re.IGNORECASE,
)


def ends_unfinished(text: str) -> bool:
    """Whether the last word of an utterance cannot be its last: "book a job for", "move it to"."""
    return text.rstrip().endswith(("…", "...", ",", "-")) or bool(_UNFINISHED.search(text))


def patience_for(text: str, *, complete: bool | None) -> Patience:
    """How long to wait after ``text``.

    Args:
        text: What was recognised of the turn up to the pause; empty when nothing was.
        complete: Whether the understanding found a request with all it needs, or None if it was not asked.
    """
    if ends_unfinished(text) or (complete is False and text):
        return Patience.PATIENT
    return Patience.EAGER if complete else Patience.NORMAL
