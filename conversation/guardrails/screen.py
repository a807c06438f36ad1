"""The last look at a sentence before it reaches the voice: nothing internal, nothing that nobody has said or returned.

Pure and quick (well under a millisecond); the facts are gathered elsewhere. It judges whole sentences,
it never rewords one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from conversation.guardrails.facts import FIGURE, NUMBER_WORDS, WORD, Facts, numbers_of, spoken_numbers
from tools.catalogue import TOOLS
from tools.spoken.words import vocabulary


class Flaw(StrEnum):
    """Why a sentence is not said."""

    INTERNAL = "internal"
    INVENTED = "invented"


#: What is said instead.
HONEST: Final = {
    Flaw.INTERNAL: "That part is nothing I can read out.",
    Flaw.INVENTED: "I couldn't find that in your records, so I won't say it.",
}

_INTERNAL: Final = re.compile(
    "|".join((
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{16,}\b",
        r"\b(?:call|msg|fc|ho|item|resp|session|confirm|handoff|biz|user)[_-][0-9a-z_-]*\d[0-9a-z_-]*\b",
        rf"\b(?:{'|'.join(TOOLS)}|transfer_to_\w+|function_call\w*|tool_call\w*)\b",
        r"\bTraceback\b|\b[A-Z]\w*(?:Error|Exception)\b|\bFile \"|\bline \d+, in\b",
        r"\b(?:https?|wss?|redis|postgres\w*|sqlite)://\S*|\blocalhost\b|\b127\.0\.0\.1\b|/api/v\d",
        r"\{\s*\"|\"\s*:|\}\s*$|</?\w+>|```|<\|",
        r"\bsystem (?:prompt|message)\b|\bmy (?:system )?(?:instructions|prompt)\b|\bapi keys?\b|\b(?:json|sql)\b",
    )),
    re.IGNORECASE,
)  # fmt: skip
_SNAKE: Final = re.compile(r"(?<![\w@.])[a-z]+(?:_[a-z0-9]+)+(?![\w@])")
# The end of a list that was cut short; what is left out was not counted by a model.
_MORE: Final = re.compile(r"(?<=[\w,] )and (?:\d{1,2}|[a-z]+) (?:more|others)\b(?! \w)")
# Capitalised in English wherever they stand, or spelt so by us.
_ALWAYS_CAPITAL: Final = vocabulary(
    "i i'm i'll i've i'd am pm a.m p.m ok okay mr mrs ms mx dr hero365 english hvac ac sms wi-fi id pdf us usa"
)
_CALENDAR: Final = vocabulary(
    "monday tuesday wednesday thursday friday saturday sunday january february march april june july august "
    "september october november december"
)
# A first word is capitalised anyway; before these it is somebody's name unless it is one of the words below.
_VERBS: Final = vocabulary(
    "has owes was paid called approved needs wants accepted declined signed says said hasn't"
)
_NO_NAMES: Final = vocabulary(
    "he she it they who what that this there here everything nothing everyone somebody someone nobody one none each "
    "all both another payment job work invoice estimate quote project customer contact client money balance "
    "reminder follow-up appointment visit status everybody which"
)
_POSSESSIVES: Final = vocabulary(
    "it's that's here's there's what's who's let's he's she's how's where's when's today's tomorrow's yesterday's "
    "everyone's everything's nothing's nobody's one's tonight's week's month's year's"
)
_COUNTED: Final = re.compile(
    r"\s+(?:\w+\s+)?(?:jobs|invoices|estimates|quotes|projects|contacts|customers|payments|reminders|appointments|dollars?|cents?|"
    r"percent|hours?|minutes?|days?|weeks?|months?|years?|o'clock|a\.?m|p\.?m|euros?|pounds?|bucks|times|people|degrees)\b",
    re.IGNORECASE,
)


def flaw_of(sentence: str, facts: Facts) -> Flaw | None:
    """What is wrong with a sentence that a model wants said; None when it may be said."""
    if _is_internal(sentence, facts):
        return Flaw.INTERNAL
    plain = _MORE.sub(" ", sentence)
    if any(True for _ in _unknown_numbers(plain, facts)) or any(True for _ in _unknown_names(plain, facts)):
        return Flaw.INVENTED
    return None


def _is_internal(sentence: str, facts: Facts) -> bool:
    found = _INTERNAL.search(sentence)
    if found is not None and not facts.was_said(found[0].strip(".,;:!?")):
        return True
    return any(not facts.was_said(match[0]) for match in _SNAKE.finditer(sentence))


def _unknown_numbers(sentence: str, facts: Facts) -> Iterator[str]:
    for figure in FIGURE.findall(sentence):
        if not all(facts.has_number(value) for value in numbers_of(figure)):
            yield figure
    lower = sentence.lower()
    if not any(word in lower for word in NUMBER_WORDS):
        return
    for value in spoken_numbers(sentence):
        if not facts.has_number(value) and (value > 10 or _is_counted(sentence)):
            yield str(value)


def _is_counted(sentence: str) -> bool:
    """Whether a small number word in it counts something; "two" alone is mostly a pronoun."""
    return any(
        _COUNTED.match(sentence, match.end())
        for match in re.finditer(r"[A-Za-z]+", sentence)
        if match[0].lower() in NUMBER_WORDS
    )


def _unknown_names(sentence: str, facts: Facts) -> Iterator[str]:
    starts = True
    end = 0
    words = list(WORD.finditer(sentence))
    for at, match in enumerate(words):
        gap = sentence[end : match.start()]
        starts = starts or bool(re.search(r"[.!?:;\"“(]\s*$", gap))
        word, end = match[0].replace("’", "'"), match.end()
        is_first, starts = starts, False
        lower = word.lower()
        bare = lower.removesuffix("'s")
        if bare in _CALENDAR:
            if not facts.has_word(bare):
                yield word
            continue
        if not word[0].isupper() or lower in _ALWAYS_CAPITAL or facts.has_word(lower) or facts.has_word(bare):
            continue
        following = words[at + 1][0].lower() if at + 1 < len(words) else ""
        if is_first and not _is_name_first(lower, following):
            continue
        yield word


def _is_name_first(lower: str, following: str) -> bool:
    """Whether the first word of a sentence can only be a name."""
    if lower.endswith("'s"):
        return lower not in _POSSESSIVES and lower.removesuffix("'s") not in _NO_NAMES
    return following in _VERBS and lower not in _NO_NAMES
