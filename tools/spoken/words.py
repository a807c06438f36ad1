"""Cuts an utterance into tokens that keep their character positions.

The grammars of this package (numbers, amounts, dates, durations) walk over these tokens. It must never drop a
character that carries meaning, and never change positions: the spans found are cut out of the original text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    \d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?   # ISO date or date-time
  | \d{1,2}/\d{1,2}(?:/\d{2,4})?(?!\d)                   # 12/3, 12/03/2026
  | \d{1,2}:\d{2}(?!\d)                                  # 2:30
  | [$€£]\s?\d+(?:,\d{3})*(?:\.\d+)?                     # $1,250.50
  | \d+(?:,\d{3})+(?:\.\d+)?                             # 1,250.50
  | \d+\.\d+(?!\d)                                       # 8.5
  | \d+                                                  # 42
  | \b[ap]\.\s?m\b\.?                                    # p.m.
  | [a-z]+(?:['’][a-z]+)*                                # words, o'clock, Smith's
  | [%\#]
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MERIDIEM = re.compile(r"[ap]\.\s?m\.?")


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or sign.

    ``text`` is lower case; ``gap`` is what stands between it and the token before.
    """

    text: str
    start: int
    end: int
    gap: str

    @property
    def glued(self) -> bool:
        """Whether nothing stands before it, as in the ``am`` of ``9am``."""
        return self.gap == ""

    @property
    def continues(self) -> bool:
        """Whether it can belong to the same number as the token before: only blanks or a hyphen between."""
        return self.gap.strip(" \t-–‑") == ""


def tokenise(text: str) -> list[Token]:
    """Tokens of ``text`` in order."""
    tokens: list[Token] = []
    previous = 0
    for match in _TOKEN.finditer(text):
        word = match.group().lower().replace("’", "'")
        if _MERIDIEM.fullmatch(word):
            word = "am" if word[0] == "a" else "pm"
        tokens.append(Token(word, match.start(), match.end(), text[previous : match.start()]))
        previous = match.end()
    return tokens


def phrase_at(tokens: list[Token], index: int, *words: str) -> bool:
    """Whether exactly these words stand at ``index``."""
    if index < 0 or index + len(words) > len(tokens):
        return False
    return all(tokens[index + offset].text == word for offset, word in enumerate(words))


def vocabulary(words: str) -> frozenset[str]:
    """The blank-separated words of a text as a set, for the word lists of the grammars."""
    return frozenset(words.split())
