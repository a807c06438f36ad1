"""Sentences out of text that arrives in pieces, each as soon as it is sure to be one.

It never changes a character but the blanks between sentences; what waits is bounded.
"""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 400
"""Characters without an end of sentence after which the text is cut at a comma or blank."""
_END: Final = re.compile(r"(?:[.!?…]+[\"”’')\]]*(?=\s)|\n)")
_NEVER_LAST: Final = frozenset({
    "mr", "mrs", "ms", "mx", "dr", "prof", "st", "mt", "ft", "rev", "hon", "gen", "col", "sgt", "lt", "jr", "sr",
    "vs", "no", "inc", "co", "corp", "ltd", "e.g", "i.e", "approx", "dept", "appt", "est", "tel", "ext",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
})  # fmt: skip


#: A clause that may be spoken before its sentence is known: long enough for a melody of its own, and what stands behind
#: the mark goes on in lower case (behind a colon also with a figure), so that no list of names, date or address is cut.
_SHORTEST_CLAUSE: Final = 24
_FEWEST_WORDS: Final = 4
_CLAUSE_END: Final = re.compile(
    r"(?<=[a-z])[,;:]\s+(?=(?:[a-z]+|I|I'\w+)\s)|(?<=[a-z]):\s+(?=[$\d]\S*\s)|(?<=[a-z])\s+[-–—]\s+(?=[a-z]+\s)"
)
#: "One thousand, two hundred" and "Oak Street, unit 5" are one thing each.
_MIDST: Final = re.compile(
    r"\b(?:hundred|thousand|million|dollars)[,;]\s+(?!and\b|but\b|which\b|so\b|due\b)|"
    r"[,;]\s+(?=(?:apt|apartment|unit|suite|floor|room|number|no|jr|sr|inc|llc|ltd|esq)\b)"
)
_CLOSED: Final = re.compile(r"[.!?…][\"”’')\]]*\s*$")


class SentenceSplitter:
    """Takes the deltas of a streamed text and gives whole sentences.

    Args:
        early_clause: Give the first clause of the text as soon as it is there, if the sentence takes longer: a voice
            can begin with it. A text that comes in whole sentences is never cut that way.
    """

    def __init__(self, *, early_clause: bool = False) -> None:
        self._pending = ""
        self._early_clause = early_clause

    def push(self, delta: str) -> list[str]:
        """Add text; the sentences that are complete by now, in order."""
        found = self._whole_sentences(delta)
        if found:
            self._early_clause = False
        elif self._early_clause and (clause := self._first_clause()) is not None:
            self._early_clause = False
            return [clause]
        return found

    def _first_clause(self) -> str | None:
        """The beginning of an unfinished sentence, if it can be spoken by itself."""
        if _CLOSED.search(self._pending):
            return None
        for joint in _CLAUSE_END.finditer(self._pending):
            before = self._pending[: joint.start()]
            if len(before) < _SHORTEST_CLAUSE or len(before.split()) < _FEWEST_WORDS:
                continue
            if not any(each.end() == joint.end() for each in _MIDST.finditer(self._pending)):
                clause, self._pending = self._pending[: joint.end()].strip(), self._pending[joint.end() :]
                return clause
        return None

    def _whole_sentences(self, delta: str) -> list[str]:
        self._pending += delta
        sentences: list[str] = []
        begin = search = 0
        while found := _END.search(self._pending, search):
            search = found.end()
            ends = _ends_sentence(self._pending, begin, found)
            if ends is None:
                break
            if ends:
                sentences.append(self._pending[begin:search].strip())
                begin = search
        self._pending = self._pending[begin:].lstrip()
        while len(self._pending) > _LONGEST:
            cut = _last_joint(self._pending)
            sentences.append(self._pending[:cut].strip())
            self._pending = self._pending[cut:].lstrip()
        return [sentence for sentence in sentences if sentence]

    def flush(self) -> list[str]:
        """The text is complete: whatever is left of it."""
        rest, self._pending = self._pending.strip(), ""
        return [rest] if rest else []


def split_sentences(text: str) -> list[str]:
    """The sentences of a complete text."""
    splitter = SentenceSplitter()
    return [*splitter.push(text), *splitter.flush()]


def _ends_sentence(text: str, begin: int, found: re.Match[str]) -> bool | None:
    """Whether a sentence ends at this mark; None while the character that decides has not come."""
    mark = found[0]
    if mark == "\n" or mark[0] in "!?":
        return True
    word = text[begin : found.start()].rsplit(maxsplit=1)[-1:] or [""]
    bare = word[0].lstrip("(\"“'‘[").lower()
    following = text[found.end() :].lstrip(" \t")[:1]
    if bare in _NEVER_LAST and mark == ".":
        return following == "\n" or (False if following else None)
    abbreviated = "." in bare or (len(bare) == 1 and bare.isalpha()) or mark.startswith(("…", ".."))
    if not abbreviated:
        # A list's "1. " is no sentence; an ordinary word with a full stop and a blank is one.
        return not (bare.isdigit() and bare == text[begin : found.start()].strip())
    if not following:
        return None
    return not following.islower() and (len(bare) > 1 or bare == "i")


def _last_joint(text: str) -> int:
    for mark in (", ", "; ", ": ", " "):
        at = text.rfind(mark, _LONGEST // 2, _LONGEST)
        if at > 0:
            return at + len(mark)
    return _LONGEST
