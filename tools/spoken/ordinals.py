"""Ordinals and shares: "the second one", "twenty third", "15th", "the last one", "70 percent", "halfway".

Pure functions. Positions are 1-based; -1 is the last one.
"""

from __future__ import annotations

import re
from decimal import Decimal

from tools.spoken.numbers import TENS, read_number
from tools.spoken.words import Token, phrase_at, tokenise

_UNIT_ORDINALS = {
    word: value
    for value, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
        ],
        start=1,
    )
}
_TENS_ORDINALS = {"twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50}
_SHARES = {"halfway": 50, "half": 50, "done": 100, "finished": 100, "complete": 100, "completed": 100}
_PICK = re.compile(
    r"^\W*(?:the\s+|number\s+|that\s+)*(?P<which>[a-z0-9-]+)(?:\s+(?P<more>[a-z]+))?"
    r"(?:\s+(?:one|job|invoice|estimate|quote|project|contact|customer|person|on\s+the\s+list))?\W*$",
    re.IGNORECASE,
)


def read_ordinal(tokens: list[Token], index: int) -> tuple[int, int] | None:
    """Read an ordinal at ``index``: (value, index after it). "15th", "fifteenth", "twenty third"."""
    word = tokens[index].text
    if word.isdigit() and index + 1 < len(tokens) and tokens[index + 1].glued:
        if tokens[index + 1].text in {"st", "nd", "rd", "th"}:
            return int(word), index + 2
        return None
    if word in TENS and index + 1 < len(tokens) and tokens[index + 1].continues:
        unit = _UNIT_ORDINALS.get(tokens[index + 1].text)
        return (TENS[word] + unit, index + 2) if unit is not None and unit < 10 else None
    value = _UNIT_ORDINALS.get(word) or _TENS_ORDINALS.get(word)
    return (value, index + 1) if value else None


def parse_position(text: str) -> int | None:
    """Which entry of a list ``text`` picks: "the second one" → 2, "the last one" → -1, "number three" → 3.

    None when the text is anything else than a choice by position.
    """
    if not _PICK.match(text.strip()):
        return None
    tokens = [
        t for t in tokenise(text) if t.text not in {"the", "that", "one", "on", "list"} or t.text.isdigit()
    ]
    words = [t.text for t in tokens]
    if words and words[0] in {"last", "latter"}:
        return -1
    if words and words[0] == "former":
        return 1
    if not tokens:
        return None
    labelled = words[0] in {"number", "#"}
    start = 1 if labelled else 0
    if start >= len(tokens):
        return 1 if labelled and re.search(r"\bone\b", text, re.IGNORECASE) else None
    ordinal = read_ordinal(tokens, start)
    if ordinal is not None:
        return ordinal[0]
    number = read_number(tokens, start) if labelled else None
    return int(number[0]) if number is not None and number[0] == number[0].to_integral_value() else None


def find_percent(text: str) -> tuple[int, int, Decimal] | None:
    """The first share in ``text`` as (start, end, percent).

    Shares are "70 percent", "seventy per cent", "halfway", "three quarters", "done".
    """
    tokens = tokenise(text)
    for index in range(len(tokens)):
        number = read_number(tokens, index)
        if number is None:
            continue
        value, end, _ = number
        if end < len(tokens) and tokens[end].text in {"percent", "%"}:
            return tokens[index].start, tokens[end].end, value
        if phrase_at(tokens, end, "per", "cent"):
            return tokens[index].start, tokens[end + 1].end, value
    for index, token in enumerate(tokens):
        if phrase_at(tokens, index, "three", "quarters"):
            return token.start, tokens[index + 1].end, Decimal(75)
        if phrase_at(tokens, index, "a", "quarter"):
            return token.start, tokens[index + 1].end, Decimal(25)
        if phrase_at(tokens, index, "a", "third"):
            return token.start, tokens[index + 1].end, Decimal(33)
        if phrase_at(tokens, index, "two", "thirds"):
            return token.start, tokens[index + 1].end, Decimal(67)
        if token.text in _SHARES:
            return token.start, token.end, Decimal(_SHARES[token.text])
    return None


def parse_percent(text: str) -> Decimal | None:
    """The share ``text`` names, in percent; a bare number is one too ("seventy")."""
    found = find_percent(text)
    if found is not None:
        return found[2]
    tokens = tokenise(text)
    number = read_number(tokens, 0) if tokens else None
    return number[0] if number is not None and number[1] == len(tokens) else None
