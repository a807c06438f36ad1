"""One utterance, taken apart: words with their places, dates and amounts in it, and what is left without them.

Pure. It looks nothing up: names are found by where they stand, because the brain does not know the customers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from tools.spoken.amounts import AmountSpan, find_amounts
from tools.spoken.dates import find_when
from tools.spoken.durations import find_durations
from tools.spoken.ordinals import find_percent
from tools.spoken.when import WhenSpan
from tools.spoken.words import Token, tokenise, vocabulary

_LEADING: Final = re.compile(
    r"^(?:(?:um+|uh+|er+|ah|oh|hmm+|okay|ok|alright|all right|well|so|hey|hi|hello|yeah|yes|please|and|"
    r"then|also|now|right|"
    r"good (?:morning|afternoon|evening)|hero|let's see|listen|sorry|thanks|thank you|great|perfect|"
    r"can (?:you|we|i)(?: please)?|could (?:you|we|i)(?: please)?|would you(?: please)?|will you(?: please)?|"
    r"(?:i'd|i would) like (?:you )?to|i want (?:you )?to|i need (?:you )?to|i have to|i've got to|"
    r"we need to|"
    r"go ahead and|just|quickly|let's|do me a favor and)\b[\s,.!:-]*)+",
    re.IGNORECASE,
)
_TRAILING: Final = re.compile(
    r"(?:[\s,]+(?:please|thanks|thank you|for me|if you can|if you could|if possible|real quick|okay|ok|"
    r"will you|would you|"
    r"right away please|and thanks|you know|um+|uh+))+[\s.!?]*$",
    re.IGNORECASE,
)
_FILLERS: Final = re.compile(r"(?<![\w'])(?:um+|uh+|erm?|uhm)(?![\w'])[,.]*\s*", re.IGNORECASE)
_PREPOSITION: Final = re.compile(r"^(?:on|to|for|by|until|till|from|is)\s+", re.IGNORECASE)
PRONOUNS: Final = vocabulary(
    "it that this one them those these her him his she he their they hers theirs its"
)
PEOPLE: Final = vocabulary("her him his she he them they their hers theirs")
_ORDINAL: Final = re.compile(
    r"\b(?:the )?(first|second|third|fourth|fifth|last|1st|2nd|3rd|4th|5th|top|next|other) (?:one|job|"
    r"invoice|bill|estimate|"
    r"quote|project|contact|customer|guy)\b|^(?:the )?(first|second|third|fourth|fifth|last)$|"
    r"\bnumber (one|two|three|four|five|[1-5])$",
    re.IGNORECASE,
)
_BARE_TWO: Final = 2


# Recognisers also write "to morrow" and "to-day".
_SPLIT_DAY: Final = re.compile(r"\b(to)[ -](day|morrow|night)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Context:
    """What an utterance is read against: the time, and what "it", "the second one" or "an hour before" can mean."""

    now: datetime
    zone: ZoneInfo
    focus: Mapping[str, str] = field(default_factory=dict[str, str])
    topic: str = ""
    anchor: datetime | None = None


def clean(text: str) -> str:
    """The utterance without hesitation, politeness and closing punctuation; its own case is kept."""
    plain = re.sub(r"\s+", " ", text.replace("’", "'")).strip()
    plain = _SPLIT_DAY.sub(r"\1\2", plain)
    plain = _FILLERS.sub("", plain)
    stripped = _LEADING.sub("", plain)
    # "Right." or "Thanks" alone is an utterance of its own.
    plain = stripped if re.search(r"\w", stripped) else plain
    shorter = _TRAILING.sub("", plain)
    plain = shorter if re.search(r"\w", shorter) else plain
    return plain.strip(" \t.!?,;:")


class Reading:
    """An utterance with its parts. Spans are character positions in ``text``."""

    def __init__(self, text: str, context: Context) -> None:
        self.text = clean(text)
        self.lower = self.text.lower()
        self.context = context
        self.words: list[Token] = tokenise(self.text)

    @cached_property
    def whens(self) -> list[WhenSpan]:
        """Dates and times that are meant, certain or not; not the label of "the Friday job"."""
        spans = find_when(self.text, self.context.now, self.context.zone)
        return [span for span in spans if span.role == "target"]

    @cached_property
    def sources(self) -> list[WhenSpan]:
        """Dates that something is moved away from ("from Friday")."""
        return [s for s in find_when(self.text, self.context.now, self.context.zone) if s.role == "source"]

    @cached_property
    def sure_whens(self) -> list[WhenSpan]:
        """Dates and times that cannot be plain numbers."""
        return [span for span in self.whens if span.certain]

    def when_text(self, spans: Sequence[WhenSpan] | None = None) -> str | None:
        """The date as said, without its preposition: "Friday at two"."""
        spans = self.whens if spans is None else spans
        parts = [self.text[span.start : span.end].strip() for span in spans]
        if not parts:
            return None
        return re.sub(r"\s+", " ", " ".join([_PREPOSITION.sub("", parts[0]), *parts[1:]]))

    @cached_property
    def amounts(self) -> list[AmountSpan]:
        """Amounts of money, without those that are part of a certain date or of a length of time."""
        taken = [(s.start, s.end) for s in self.sure_whens]
        taken += [(d.start, d.end) for d in find_durations(self.text)]
        free = [
            a
            for a in find_amounts(self.text)
            if a.marked or not any(a.start < end and start < a.end for start, end in taken)
        ]
        marked = [a for a in free if a.marked]
        return marked or free

    @cached_property
    def shift(self) -> tuple[int, int, str] | None:
        """A shift relative to the present date: "back two days" → (start, end, "two days later")."""
        earlier = re.search(r"\b(?:forward|earlier|sooner|ahead|up)\b", self.lower)
        later = re.search(r"\b(?:back|later|out|off|push|postpone|delay|bump)\b", self.lower)
        spans = find_durations(self.text)
        if not spans or self.sure_whens or not (earlier or later):
            return None
        span = spans[-1]
        amount = self.text[span.start : span.end]
        return span.start, span.end, f"{amount} {'earlier' if earlier else 'later'}"

    @cached_property
    def percent(self) -> tuple[int, int, str] | None:
        """A percentage with its span."""
        found = find_percent(self.text)
        if found is None:
            return None
        return found[0], found[1], f"{found[2].normalize():f}"

    @cached_property
    def ordinal(self) -> str | None:
        """A position in a list, as said: "the second one"."""
        match = _ORDINAL.search(self.text)
        return match.group() if match else None

    @property
    def pronouns(self) -> set[str]:
        """The pronouns in it, lower case."""
        return {word.text.removesuffix("'s") for word in self.words} & PRONOUNS

    def original(self, start: int, end: int) -> str:
        """The words from index ``start`` to ``end`` (exclusive) as they were said."""
        return self.text[self.words[start].start : self.words[end - 1].end]

    def blocked(self, spans: Iterable[tuple[int, int]]) -> set[int]:
        """Indices of the words that touch one of the character spans."""
        taken = list(spans)
        return {
            i for i, word in enumerate(self.words) if any(word.start < e and s < word.end for s, e in taken)
        }

    def runs(
        self, scaffold: frozenset[str], *, soft: frozenset[str], links: frozenset[str], blocked: set[int]
    ) -> list[tuple[int, int, int]]:
        """Stretches of words that are no scaffold: (start, end, number of content words), in order.

        ``soft`` words (job, invoice) belong to a stretch that has other content; ``links`` (for, of) join two
        parts of one. A comma ends a stretch.
        """
        found: list[tuple[int, int, int]] = []
        start, content = -1, 0
        last_solid = -1
        for index, word in enumerate([*self.words, None]):
            text = word.text if word else ""
            ends = word is None or index in blocked or (text in scaffold and text not in links)
            if start >= 0 and (ends or (word is not None and "," in word.gap)):
                if content:
                    found.append((start, last_solid + 1, content))
                start, content = -1, 0
            if ends:
                continue
            if text in links:
                continue
            start = index if start < 0 else start
            last_solid = index
            content += text.removesuffix("'s") not in soft
        return found

    def reference(
        self,
        scaffold: frozenset[str],
        *,
        soft: frozenset[str],
        links: frozenset[str],
        cut: Iterable[tuple[int, int]] = (),
    ) -> str | None:
        """The longest stretch of words that are no scaffold, as said, with its article."""
        runs = self.runs(scaffold, soft=soft, links=links, blocked=self.blocked(cut))
        if not runs:
            return None
        start, end, _ = max(runs, key=lambda run: (run[2], -run[0]))
        if start > 0 and self.words[start - 1].text == "the" and start - 1 not in self.blocked(cut):
            start -= 1
        return self.original(start, end)
