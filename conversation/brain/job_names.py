"""Finds the job that a request about something else names: "bill job 1042 six hundred", "quote the Miller job".

Pure. Whether there is such a job is the tools' question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from conversation.brain.reading import Reading
from conversation.brain.references import focus_id
from tools.spoken.numbers import SCALES, TENS, UNITS, ZEROES, find_numbers
from tools.spoken.words import Token, vocabulary

_LEADS: Final = vocabulary("for on at to")
_NOUNS: Final = vocabulary("job jab appointment visit")
_NUMBER_SIGNS: Final = vocabulary("number no #")
_POINTED: Final = re.compile(r"\b(?:that|this) (?:job|appointment|visit)\b", re.IGNORECASE)
_CODE: Final = re.compile(r"\bJOB-\d+\b", re.IGNORECASE)
_NAMED: Final = re.compile(
    r"\b(?:the|our|my)\s+((?:[A-Za-z][\w'&-]*\s+){1,4}?)(?:job|appointment|visit)\b"
    r"(?-i:\s+(?:for|at)\s+(?:the\s+)?[A-Z][\w']+(?:\s+[A-Z][\w']+)?)?|"
    r"(?<![\w'])[A-Za-z][\w-]*(?:'s|s')\s+(?:[\w-]+\s+){0,2}?(?:job|appointment|visit)\b",
    re.IGNORECASE,
)
_EMPTY: Final = vocabulary("new next last whole same other first second third old")
_NUMBER_WORDS: Final = frozenset([*UNITS, *TENS, *SCALES, *ZEROES])


@dataclass(frozen=True, slots=True)
class NamedJob:
    """A job as said, or its id in focus, and the characters that say it with the word that leads to them."""

    said: str
    span: tuple[int, int]

    def hidden_in(self, reading: Reading) -> Reading:
        """The utterance with the job blotted out, every other character in its place."""
        start, end = self.span
        return Reading(f"{reading.text[:start]}{'|' * (end - start)}{reading.text[end:]}", reading.context)


def numbered_job(reading: Reading) -> NamedJob | None:
    """A job by its number ("job ten forty two"), or the one pointed at ("that job"), as its id where known."""
    if code := _CODE.search(reading.text):
        return NamedJob(code.group(), _with_lead(reading, *code.span()))
    if pointed := _POINTED.search(reading.text):
        said = focus_id(reading.context, "job") or pointed.group()
        return NamedJob(said, _with_lead(reading, *pointed.span()))
    words = reading.words
    named = {match.end() for match in _NAMED.finditer(reading.text)}
    for index, word in enumerate(words):
        if word.text not in _NOUNS and (
            word.text != "order" or index == 0 or words[index - 1].text != "work"
        ):
            continue
        first = index + 2 if index + 1 < len(words) and words[index + 1].text in _NUMBER_SIGNS else index + 1
        if word.end in named and first == index + 1:
            continue  # "bill the Miller job 600": a job has a name or a number
        last = _number_end(words, first)
        if last > first:
            start = words[index - 1].start if word.text == "order" else word.start
            number = reading.text[words[first].start : words[last - 1].end]
            return NamedJob(f"job {number}", _with_lead(reading, start, words[last - 1].end))
    return None


def named_job(reading: Reading) -> NamedJob | None:
    """A job by whose it is or what is done: "the Miller job", "Maria's sink job"."""
    for match in _NAMED.finditer(reading.text):
        own = set(re.findall(r"[a-z']+", (match.group(1) or "name").lower()))
        if own - _EMPTY:
            return NamedJob(match.group().strip(), _with_lead(reading, *match.span()))
    return None


def _number_end(words: list[Token], first: int) -> int:
    """Index behind the number that begins at ``first``: one written number, or words up to an amount's first."""
    if first < len(words) and words[first].text.isdigit():
        return first + 1
    end = first
    while end < len(words) and words[end].text in _NUMBER_WORDS:
        end += 1
    texts = [word.text for word in words[first:end]]
    # "ten forty two six hundred": hundreds after a number that needs none are the money.
    for split in range(len(texts) - 1, 0, -1):
        if set(texts[split:]) & set(SCALES) and _is_number(texts[split:]) and _is_number(texts[:split]):
            return first + split
    return end


def _is_number(texts: list[str]) -> bool:
    joined = " ".join(texts)
    spans = find_numbers(f"job {joined}")
    alone = texts[0] not in SCALES and texts[0] not in ZEROES
    return alone and len(spans) == 1 and (spans[0].start, spans[0].end) == (4, 4 + len(joined))


def _with_lead(reading: Reading, start: int, end: int) -> tuple[int, int]:
    before = [word for word in reading.words if word.end <= start]
    return (before[-1].start if before and before[-1].text in _LEADS else start), end
