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

#: "Where does", "how many jobs do": a recogniser closes it with a question mark. "What do I have?" is whole.
_QUESTION_BEGUN: Final = re.compile(
    r"^(?:and |so |okay |then )*(?:who|what|which|where|when|why|how|whose)\b"
    r"(?: (?!(?:do|does|did|will|would|can|could|should|has|have|had|is|are|was|were)\b)[\w'-]+){0,4} "
    r"(?:do|does|did|will|would|can|could|should|has|have|had|been)[\s,.?…-]*$",
    re.IGNORECASE,
)
#: A request that is only its verb: whom or what it is about is still to come.
_VERB_ALONE: Final = re.compile(
    r"^(?:(?:and|so|then|okay|please|can you|could you|i need to|i want to|i'd like to|let's)[ ,]+)*"
    r"(?:(?:show|tell|give|get|find|send|remind|bring|read)(?: (?:me|us|him|her|them))?"
    r"|book|schedule|create|make|add|set|put|move|mark|log|write|look for|change|convert|bill|charge"
    r"|text|email|assign|reschedule)(?: (?:up|in|out))?[\s,.…-]*$",
    re.IGNORECASE,
)


def ends_unfinished(text: str) -> bool:
    """Whether the last word of an utterance cannot be its last: "book a job for", "move it to", "where does"."""
    if text.rstrip().endswith(("…", "...", ",", "-")):
        return True
    return any(begun.search(text) for begun in (_UNFINISHED, _QUESTION_BEGUN, _VERB_ALONE))


def patience_for(text: str, *, complete: bool | None) -> Patience:
    """How long to wait after ``text``.

    Args:
        text: What was recognised of the turn up to the pause; empty when nothing was.
        complete: Whether the understanding found a request with all it needs, or None if it was not asked.
    """
    if ends_unfinished(text) or (complete is False and text):
        return Patience.PATIENT
    return Patience.EAGER if complete else Patience.NORMAL
