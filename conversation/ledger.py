"""The playback ledger: what of an answer has been heard. Maps audio time to text; never touches audio itself.

Heard is what the client reports as played; without a report, what was sent minus the send lead. When the assistant
stops, what the client has played since its last report is reckoned, until it says where it stopped. Inside a sentence
the words are laid over its audio in proportion to the letters that are said ("$300" has many), which is right to
about one word.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from media.speakable import spoken_progress

#: How long a letter takes, for a sentence of which only a part has been synthesised: 15 letters a second.
_LETTER_MS = 1000 / 15
#: Reports are in whole milliseconds.
_SAME_MS = 1.0
#: A word, so that one of which only the beginning has been heard is one of those around.
_WORD_MS = 400.0


@dataclass(slots=True)
class Sentence:
    """One spoken stretch of an item: its text and the audio it takes (milliseconds), ``complete`` or so far.

    A ``filler`` is heard, but it is no part of the answer.
    """

    text: str
    start_ms: float
    duration_ms: float = 0.0
    complete: bool = False
    filler: bool = False

    @property
    def end_ms(self) -> float:
        """Where its audio ends within the item."""
        return self.start_ms + self.duration_ms

    def heard(self, played_ms: float) -> str:
        """The words whose audio has been played wholly or to more than half."""
        if self.complete and played_ms >= self.end_ms - _SAME_MS:
            return self.text
        if self.duration_ms <= 0 or played_ms <= self.start_ms:
            return ""
        total_ms = self.duration_ms
        if not self.complete:
            total_ms = max(total_ms, len(self.text) * _LETTER_MS)
        share = (played_ms - self.start_ms) / total_ms
        before, taken = 0.0, 0
        for end, after in spoken_progress(self.text):
            if (before + after) / 2 > share:
                break
            before, taken = after, end
        return self.text[:taken].rstrip()


@dataclass(slots=True)
class PlaybackLedger:
    """Audio sent and text heard of one item (one answer of the assistant)."""

    item_id: str
    lead_ms: float = 200.0
    sentences: list[Sentence] = field(default_factory=list[Sentence])
    sent_ms: float = 0.0
    reported_ms: float | None = None
    _reported_at: float = 0.0
    _stopped_ms: float | None = None  # where playback was stopped, as far as can be told

    def begin_sentence(self, text: str, *, filler: bool = False) -> Sentence:
        """A new sentence whose audio follows what is there already."""
        start = self.sentences[-1].end_ms if self.sentences else 0.0
        sentence = Sentence(text, start, filler=filler)
        self.sentences.append(sentence)
        return sentence

    def around(self, before_ms: float = 2500.0) -> str:
        """The words that were heard within the last ``before_ms`` or are on their way."""
        since, until = self.heard_ms - before_ms, max(self.heard_ms, self.sent_ms) + _WORD_MS
        said = [each.heard(until)[len(each.heard(since)) :] for each in self.sentences]
        return " ".join(words.strip() for words in said if words)

    def sent(self, milliseconds: float) -> None:
        """So much more audio has gone to the client."""
        self.sent_ms += milliseconds

    def report(self, played_ms: float, now: float = 0.0, *, stopped: bool = False) -> None:
        """The client says at ``now`` (seconds) how much it has played; never more than was sent, never backwards.

        ``stopped`` when it plays no further: then its word counts more than what was reckoned.
        """
        played_ms = max(0.0, min(played_ms, self.sent_ms))
        self.reported_ms = max(self.reported_ms or 0.0, played_ms)
        self._reported_at = now
        if stopped:
            self._stopped_ms = played_ms
        elif self._stopped_ms is not None:
            self._stopped_ms = max(self._stopped_ms, played_ms)

    def stop(self, ahead_ms: float, now: float) -> None:
        """The client is told at ``now`` to play no further. ``ahead_ms`` of what was sent cannot have been played."""
        if self._stopped_ms is not None:
            return
        if self.reported_ms is None:
            self._stopped_ms = max(0.0, self.sent_ms - ahead_ms)
        else:
            since_ms = (now - self._reported_at) * 1000
            self._stopped_ms = min(self.sent_ms, self.reported_ms + since_ms)

    def rewind(self, milliseconds: float) -> None:
        """So much of what was sent has been taken back, and playing goes on from there."""
        self.sent_ms -= milliseconds
        self._stopped_ms = None
        if self.reported_ms is not None:
            self.reported_ms = min(self.reported_ms, self.sent_ms)

    @property
    def heard_ms(self) -> float:
        """Milliseconds of the item that the user has heard."""
        if self._stopped_ms is not None:
            return self._stopped_ms
        if self.reported_ms is not None:
            return self.reported_ms
        return max(0.0, self.sent_ms - self.lead_ms)

    @property
    def answer(self) -> list[Sentence]:
        """The sentences without the fillers."""
        return [sentence for sentence in self.sentences if not sentence.filler]

    @property
    def text(self) -> str:
        """All the text of the answer, heard or not."""
        return " ".join(sentence.text for sentence in self.answer if sentence.text)

    def heard_text(self) -> str:
        """The words of the answer that the user has heard."""
        heard = (sentence.heard(self.heard_ms) for sentence in self.answer)
        return " ".join(text for text in heard if text)

    def unheard(self) -> list[str]:
        """The sentences that were not heard to their end, whole, in order (to be spoken again)."""
        return [
            sentence.text
            for sentence in self.answer
            if not sentence.complete or sentence.end_ms > self.heard_ms + _SAME_MS
        ]
