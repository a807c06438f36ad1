"""The playback ledger: what of an answer has been heard. Maps audio time to text; never touches audio itself.

Heard is what the client reports as played; without a report, what was sent minus the send lead. Inside a sentence
the words are laid over its audio in proportion to their letters, which is right to about one word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_WORD = re.compile(r"\S+\s*")
#: How long a letter takes, for a sentence of which only a part has been synthesised: 15 letters a second.
_LETTER_MS = 1000 / 15


@dataclass(slots=True)
class Sentence:
    """One spoken stretch of an item: its text and the audio it takes (milliseconds), ``complete`` or so far."""

    text: str
    start_ms: float
    duration_ms: float = 0.0
    complete: bool = False

    @property
    def end_ms(self) -> float:
        """Where its audio ends within the item."""
        return self.start_ms + self.duration_ms

    def heard(self, played_ms: float) -> str:
        """The words whose audio has been played wholly or to more than half."""
        if self.complete and played_ms >= self.end_ms:
            return self.text
        if self.duration_ms <= 0 or played_ms <= self.start_ms:
            return ""
        total_ms = self.duration_ms
        if not self.complete:
            total_ms = max(total_ms, len(self.text) * _LETTER_MS)
        share = (played_ms - self.start_ms) / total_ms
        total = max(1, len(self.text))
        position, taken = 0, 0
        for match in _WORD.finditer(self.text):
            middle = position + len(match.group()) / 2
            if middle / total > share:
                break
            position += len(match.group())
            taken = match.end()
        return self.text[:taken].rstrip()


@dataclass(slots=True)
class PlaybackLedger:
    """Audio sent and text heard of one item (one answer of the assistant)."""

    item_id: str
    lead_ms: float = 200.0
    sentences: list[Sentence] = field(default_factory=list[Sentence])
    sent_ms: float = 0.0
    reported_ms: float | None = None

    def begin_sentence(self, text: str) -> Sentence:
        """A new sentence whose audio follows what is there already."""
        start = self.sentences[-1].end_ms if self.sentences else 0.0
        sentence = Sentence(text, start)
        self.sentences.append(sentence)
        return sentence

    def sent(self, milliseconds: float) -> None:
        """So much more audio has gone to the client."""
        self.sent_ms += milliseconds

    def report(self, played_ms: float) -> None:
        """The client says how much it has played; never more than was sent, never backwards."""
        self.reported_ms = max(self.reported_ms or 0.0, min(played_ms, self.sent_ms))

    @property
    def heard_ms(self) -> float:
        """Milliseconds of the item that the user has heard."""
        if self.reported_ms is not None:
            return self.reported_ms
        return max(0.0, self.sent_ms - self.lead_ms)

    @property
    def text(self) -> str:
        """All the text of the item, heard or not."""
        return " ".join(sentence.text for sentence in self.sentences)

    def heard_text(self) -> str:
        """The words the user has heard."""
        heard = (sentence.heard(self.heard_ms) for sentence in self.sentences)
        return " ".join(text for text in heard if text)

    def unheard(self) -> list[str]:
        """The sentences that were not heard to their end, whole, in order (to be spoken again)."""
        return [
            sentence.text
            for sentence in self.sentences
            if not sentence.complete or sentence.end_ms > self.heard_ms + 1.0
        ]
