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


class SentenceSplitter:
    """Takes the deltas of a streamed text and gives whole sentences."""

    def __init__(self) -> None:
        self._pending = ""

    def push(self, delta: str) -> list[str]:
        """Add text; the sentences that are complete by now, in order."""
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
