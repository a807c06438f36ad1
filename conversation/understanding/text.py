"""What the ranker sees of an utterance: lower case, names and numbers masked, spelling of a recogniser.

Masking makes "bill Smith fifteen hundred" and "invoice Nguyen for 80" neighbours. Nothing here knows a tool, and the
masked text is for ranking only: slots are filled from the original.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from tools.spoken.words import vocabulary

NAME: Final = "nameword"
NUMBER: Final = "numword"

_NAMES_FILE: Final = Path(__file__).with_name("names.txt")
_TOKEN: Final = re.compile(r"[a-z]+(?:'[a-z]+)?|\$?\d[\d,.:]*\d|\$?\d|%|'s", re.IGNORECASE)
_NUMBER_WORDS: Final = vocabulary(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred "
    "thousand oh grand million"
)
_NUMBER_GLUE: Final = frozenset({"and", "point", "a"})
# Words of everyday requests that are also names; they are masked only where their spelling says that they are one.
_ALSO_WORDS: Final = vocabulary(
    "bill mark will may art rob pat drew chase hope grace faith joy dawn june april august summer rose "
    "cook baker bell brooks carter cole cooper dean dale fisher ford foster frank gene glen grant hunter "
    "jack jay lance mason max morgan parker perry pierce porter ray reed rich robin sandy sally shaw sue "
    "ted west young wright brown white black green king hall hill wood woods price long day rice stone "
    "fields banks waters marsh love sharp small little best case christian page norman miles miller "
    "turner walker ward washington virginia victoria austin dallas paris boyd lee"
)
_POSSESSIVE_WORDS: Final = vocabulary(
    "what that it how who where when there let here he she today tomorrow everything everybody everyone "
    "anybody anyone somebody nobody week month year job customer client project company business why "
    "today yesterday one month"
)
_CAPITALISED_WORDS: Final = vocabulary(
    "i ok okay job inv est proj quo monday tuesday wednesday thursday friday saturday sunday january "
    "february march april may june july august september october november december hvac am pm a usd hero"
)
_SPELLINGS: Final = (
    (re.compile(r"\bo'?clock\b", re.IGNORECASE), " "),
    (re.compile(r"\ba\.m\.?\b|\ba m\b"), "am"),
    (re.compile(r"\bp\.m\.?\b|\bp m\b"), "pm"),
    (re.compile(r"\be-mail"), "email"),
    (re.compile(r"\bfollow-?up"), "follow up"),
    (re.compile(r"\bwork-?order"), "work order"),
)


@cache
def known_names() -> frozenset[str]:
    """Lower-case given names and surnames of names.txt."""
    lines = _NAMES_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


_OPENERS: Final = re.compile(
    r"^(?:(?:um+|uh+|er|hmm+|oh|okay|ok|alright|all right|well|so|hey|yeah|please|and|also|now|hi|hello|good morning|"
    r"can you|could you|would you|will you|can we|could we|i'd like you to|i want you to|i need you to|"
    r"go ahead and|just|"
    r"quickly|listen)\b[\s,.!]*)+(?=\w+\W+\w)",
    re.IGNORECASE,
)
_CLOSERS: Final = re.compile(
    r"(?<=\w\s)(?:(?:please|thanks|thank you|for me|okay|if you can|if you could|real quick|now)[\s,.!?]*)+$",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """``text`` in lower case without punctuation, each run of names as NAME and each run of numbers as NUMBER."""
    plain = text.replace("’", "'").strip()
    plain = _CLOSERS.sub("", _OPENERS.sub("", plain)) or plain
    for pattern, replacement in _SPELLINGS:
        plain = pattern.sub(replacement, plain)
    out: list[str] = []
    tokens = list(_TOKEN.finditer(plain))
    capitals = _capitals_mean_something([match.group() for match in tokens])
    for index, match in enumerate(tokens):
        word = _masked(match.group(), index, capitals=capitals, before=out[-1] if out else "")
        if word in {NAME, NUMBER} and out and out[-1] == word:
            continue
        if word == NUMBER and len(out) >= 2 and out[-1] in _NUMBER_GLUE and out[-2] == NUMBER:
            out.pop()
            continue
        out.append(word)
    return " ".join(out)


def _capitals_mean_something(words: list[str]) -> bool:
    """Whether capital letters mark names here: not in all-lower-case text, not in Title Case or capitals throughout."""
    inner = [word for word in words[1:] if word[:1].isalpha() and word != "I"]
    upper = sum(word[0].isupper() for word in inner)
    return 0 < upper <= max(3, len(inner) // 2)


def _masked(token: str, index: int, *, capitals: bool, before: str) -> str:
    lower = token.lower()
    stem, possessive = (lower[:-2], "'s") if lower.endswith("'s") and len(lower) > 2 else (lower, "")
    if any(char.isdigit() for char in token) or lower in _NUMBER_WORDS:
        return NUMBER
    spelled_as_name = (
        capitals
        and index > 0
        and token[0].isupper()
        and stem not in _CAPITALISED_WORDS
        and stem not in _POSSESSIVE_WORDS
    )
    listed = stem in known_names() and (
        stem not in _ALSO_WORDS or bool(possessive) or before in {NAME, "for", "with", "to"}
    )
    if spelled_as_name or listed or (possessive and stem not in _POSSESSIVE_WORDS):
        return NAME + possessive
    return lower


def natural(masked: str) -> str:
    """The masked text as a sentence encoder reads it best: an ordinary name and an ordinary number in the gaps."""
    return masked.replace(NAME, "Smith").replace(NUMBER, "5")
