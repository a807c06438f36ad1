"""Word limits of driving and safety mode, kept in code: cuts a reply at the end of a sentence or a clause.

Pure. It shortens, it never rewords: an amount, a name or a number is either said whole or not at all.
"""

from __future__ import annotations

import re
from typing import Final

DRIVING_WORDS: Final = 20
SAFETY_WORDS: Final = 50
LIST_ITEMS: Final = 3
#: Words kept free for each further part of a compound request: a short question, or that there is more.
WORDS_OF_A_PART: Final = 5
_SHORTEST_CLAUSE: Final = 3
REST: Final = "Ask me for the rest."

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'$\d])")
_NO_END: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Ave|Rd|No|Inc|Co|vs|a\.m|p\.m)\.$")
_CLAUSE_END: Final = re.compile(r"(?<=[,;:])\s+|\s+(?=(?:and|but|because|which|so|then|or)\s)|\s+[–—]\s+")
_LIST: Final = re.compile(r"[^,;.!?:]+(?:, [^,;.!?:]+){2,},? and [^,;.!?]+")


def reply_limit(is_driving: bool, safety_mode: bool) -> int | None:
    """Most words a reply may have in these modes; None for no limit."""
    if is_driving:
        return DRIVING_WORDS
    return SAFETY_WORDS if safety_mode else None


def sentences(text: str) -> list[str]:
    """The sentences of ``text``; "Mr. Smith" and "8.50" stay together."""
    parts: list[str] = []
    for part in _SENTENCE_END.split(text.strip()):
        if parts and _NO_END.search(parts[-1]):
            parts[-1] = f"{parts[-1]} {part}"
        elif part:
            parts.append(part)
    return parts


def limit_words(text: str, max_words: int | None) -> str:
    """``text`` in at most ``max_words`` words and without lists of more than three.

    Whole sentences are kept from the front, and a closing question if it still fits; a first sentence that is too long
    is cut at its last clause that fits, and only if there is none between two words that are not parts of one
    name or amount. ``None`` returns the text as it is.
    """
    if max_words is None:
        return text
    parts = [_short_list(part) for part in sentences(text)]
    if not parts:
        return text
    if _count(" ".join(parts)) <= max_words:
        return " ".join(parts)
    question = parts[-1] if parts[-1].endswith("?") and len(parts) > 1 else ""
    room = max_words - _count(question)
    kept: list[str] = []
    for part in parts[:-1] if question else parts:
        if _count(" ".join([*kept, part])) > room:
            break
        kept.append(part)
    if kept:
        return " ".join([*kept, question]).strip()
    if _count(parts[0]) <= max_words:
        return parts[0]
    if question and _count(question) <= max_words // 2:
        return f"{_cut(parts[0], room)} {question}"
    return _cut(parts[0], max_words)


def share_words(sentence: str, room: int, parts: int, *, first: bool) -> str:
    """``sentence`` as it can be said in ``room`` words, so that ``parts`` further ones find room too.

    It is cut at the end of a clause. Where none fits, the ``first`` sentence is cut as ``limit_words`` does, and of a
    later one nothing is said but that there is more: half a sentence is no answer.
    """
    most = room - WORDS_OF_A_PART * parts
    sentence = _short_list(sentence)
    if _count(sentence) <= max(room // (parts + 1), 0):
        return sentence
    for limit in (room // (parts + 1), most):
        if short := _clause(sentence, limit):
            return short
    if _count(sentence) <= most:
        return sentence
    if first:
        return limit_words(sentence, max(most, WORDS_OF_A_PART))
    return REST if _count(REST) <= room else ""


def _clause(sentence: str, room: int) -> str:
    """The longest beginning of ``sentence`` in ``room`` words that ends with a clause; "" without one."""
    ends = [match.start() for match in _CLAUSE_END.finditer(sentence)]
    fitting = [end for end in ends if _SHORTEST_CLAUSE <= _count(sentence[:end]) <= room]
    return sentence[: fitting[-1]].rstrip(" ,;:–—") + "." if fitting else ""


def _count(text: str) -> int:
    return len(text.split())


def _cut(sentence: str, room: int) -> str:
    return _clause(sentence, room) or sentence[: _word_end(sentence, room)].rstrip(" ,;:–—") + "."


def _word_end(sentence: str, room: int) -> int:
    """Where to cut when no clause fits: before the last word that belongs to no name, number or amount."""
    words = list(re.finditer(r"\S+", sentence))[: room + 1]
    for index in range(len(words) - 1, 1, -1):
        left, right = words[index - 1].group(), words[index].group()
        if not (_belongs(left) and _belongs(right)) and left.lower() not in {
            "the",
            "a",
            "an",
            "to",
            "for",
            "of",
            "at",
            "is",
            "and",
        }:
            return words[index - 1].end()
    return words[-1].start() if len(words) > 1 else len(sentence)


def _belongs(word: str) -> bool:
    """Part of a name, number or amount: capitalised, with a digit, or its unit."""
    return word[:1].isupper() or any(char.isdigit() for char in word) or word.strip(".,").lower() in {
        "dollars", "cents", "percent", "euros", "pounds", "hundred", "thousand", "am", "pm",
    }  # fmt: skip


def _short_list(sentence: str) -> str:
    """``sentence`` with every list of more than three cut to three and the number of the rest."""

    def shorten(match: re.Match[str]) -> str:
        items = re.split(r",? and |, ", match.group())
        if len(items) <= LIST_ITEMS:
            return match.group()
        return f"{', '.join(items[:LIST_ITEMS])} and {len(items) - LIST_ITEMS} more"

    return _LIST.sub(shorten, sentence)
