"""What a speech-to-speech model says: audio and words that come together, and which words have been heard.

Holds the audio until the mouth takes it and lays the words over it in the playback ledger. Bounded; it reads no socket
and decides nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from conversation.ledger import PlaybackLedger, Sentence

#: PCM16 mono at this rate is what the Realtime API speaks, Hz.
SPOKEN_RATE: Final = 24_000
#: Audio of one item that may wait for its turn to be played; the model is stopped there, and the rest is not said.
MOST_WAITING_S: Final = 90.0
#: How long a letter takes while it is not known how long all of them take: 15 a second.
_LETTER_MS: Final = 1000 / 15
_MS_BYTES: Final = SPOKEN_RATE * 2 / 1000


class SpokenItem:
    """One message of the model.

    Args:
        item_id: Its id with the provider.
        on_cut: Called when the rest of it is not wanted.

    Attributes:
        received_ms: Audio that came.
        taken_ms: Audio that the mouth has taken.
        is_cut: Whether the rest is dropped.
        dropped: Bytes of audio that came and were not wanted.
    """

    rate = SPOKEN_RATE

    def __init__(self, item_id: str, on_cut: Callable[[], None] = lambda: None) -> None:
        self.item_id = item_id
        self.received_ms = self.taken_ms = 0.0
        self.is_cut = False
        self.dropped = 0
        self._on_cut = on_cut
        self._chunks: deque[bytes] = deque()
        self._waiting = 0
        self._news = asyncio.Event()
        self._ended = self._all_words = self._all_taken = self._broken = False
        self._ledger: PlaybackLedger | None = None
        self._start_ms = 0.0
        self._sentences: list[Sentence] = []

    # --- from the provider

    def add(self, pcm: bytes) -> None:
        """More audio. Beyond ``MOST_WAITING_S`` that nobody has taken, the rest of the item is not wanted."""
        if self.is_cut or self._ended:
            self.dropped += len(pcm)
            return
        if self._waiting + len(pcm) > MOST_WAITING_S * 1000 * _MS_BYTES:
            self.dropped += len(pcm)
            self.stop()
            return
        self._chunks.append(pcm)
        self._waiting += len(pcm)
        self.received_ms += len(pcm) / _MS_BYTES
        self._lay()
        self._news.set()

    def end(self) -> None:
        """No more audio comes."""
        self._ended = True
        self._news.set()

    def stop(self) -> None:
        """The rest is not wanted; what has come is."""
        if not (self.is_cut or self._ended):
            self.is_cut = True
            self._on_cut()
        self.end()

    def broke(self) -> None:
        """The rest will never come: words without audio have not been said."""
        if not self._ended:
            self._broken = True
            self.end()
            if self._all_words:
                self._lay()

    # --- its words

    def say(self, sentence: str) -> None:
        """The next words of it."""
        self._sentences.append(Sentence(sentence, 0.0))
        if self._ledger is not None:
            self._ledger.sentences.append(self._sentences[-1])
        self._lay()

    def has_all_words(self) -> None:
        """No more words come."""
        self._all_words = True
        self._lay()

    # --- to the mouth

    def begin(self, ledger: PlaybackLedger, start_ms: float) -> None:
        """Its audio comes next in the ledger's item, ``start_ms`` from its beginning."""
        self._start_ms = start_ms
        self._ledger = ledger
        ledger.sentences += self._sentences
        self._lay()

    async def audio(self) -> AsyncIterator[bytes]:
        """Its audio as it comes, PCM16 mono at ``rate``, to its end."""
        while True:
            while self._chunks:
                pcm = self._chunks.popleft()
                self._waiting -= len(pcm)
                yield pcm
            if self._ended:
                return
            self._news.clear()
            await self._news.wait()

    def took(self, milliseconds: float) -> None:
        """The mouth has taken so much more."""
        self.taken_ms += milliseconds
        self._lay()

    def taken(self) -> None:
        """The mouth has all of it: its words end where its audio does."""
        self._all_taken = True
        self._lay()

    def cut(self) -> float:
        """Drop everything after its words so far; how much of its audio they take, ms."""
        self.stop()
        self.is_cut = True
        self._chunks.clear()
        self._waiting = 0
        self._all_words = True
        return min(self.received_ms, sum(map(_letters, self._sentences)) * _LETTER_MS)

    # --- what was heard

    @property
    def heard_ms(self) -> float:
        """Milliseconds of it that the user has heard."""
        if self._ledger is None:
            return 0.0
        most = self.taken_ms if self.is_cut else self.received_ms
        return max(0.0, min(self._ledger.heard_ms - self._start_ms, most))

    def heard_text(self) -> str:
        """The words of it that the user has heard."""
        if self._ledger is None:
            return ""
        heard = (each.heard(self._ledger.heard_ms) for each in self._sentences)
        return " ".join(text for text in heard if text)

    @property
    def text(self) -> str:
        """All of its words that are known."""
        return " ".join(each.text for each in self._sentences if each.text)

    def _lay(self) -> None:
        if self._broken and self._all_words:
            self._broken = False
            self._spread(self.received_ms, ended=False)
            for each in self._sentences:
                each.text = each.heard(self._start_ms + self.received_ms)
        if self._all_taken and self._all_words and not self._sentences:
            self.say("")  # sounds without words take their time too
        self._spread(
            self.taken_ms if self._all_taken else self.received_ms, ended=self._ended and self._all_words
        )

    def _spread(self, audio_ms: float, *, ended: bool) -> None:
        """Lay the words over their audio, in proportion to their letters once all of both is known."""
        letters = sum(map(_letters, self._sentences))
        if not letters:
            for each in self._sentences:
                each.start_ms, each.duration_ms, each.complete = self._start_ms, audio_ms, ended
            return
        a_letter = audio_ms / letters if ended else _LETTER_MS
        at = 0.0
        for each in self._sentences:
            wanted = _letters(each) * a_letter
            each.start_ms = self._start_ms + at
            each.duration_ms = max(0.0, min(wanted, audio_ms - at))
            each.complete = ended or at + wanted < audio_ms
            at += each.duration_ms


def _letters(sentence: Sentence) -> int:
    return len(sentence.text)


@dataclass(frozen=True, slots=True)
class SpokenWords:
    """Words that come with the audio of ``item``; ``last`` with the last of them."""

    item: SpokenItem
    text: str
    last: bool = False
