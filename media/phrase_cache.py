"""Speech that was synthesised before: the phrases an assistant says again and again cost nothing the second time.

A phrase is kept from the second time it is wanted, so that figures and names of single answers do not push out what
is really frequent. Bounded in bytes; the phrase that was not wanted for the longest time goes first.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

#: 16 MB are five and a half minutes of speech at 24 kHz: some two hundred phrases.
MAX_BYTES: Final = 16 * 1024 * 1024
#: Phrases wanted once that are remembered (not their audio), to know them the second time.
_REMEMBERED: Final = 4_096


class Phrase(NamedTuple):
    """What makes two recordings the same."""

    text: str
    voice: str
    speed: float


class PhraseCache:
    """Audio of frequent phrases, one cache for all who speak through one engine.

    Attributes:
        hits: Times that a phrase was there.
        misses: Times that it was not.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._audio: OrderedDict[Phrase, bytes] = OrderedDict()
        self._once: OrderedDict[Phrase, None] = OrderedDict()
        self.size = 0
        self.hits = self.misses = 0

    def get(self, phrase: Phrase) -> bytes | None:
        """The audio of a phrase, if it is kept."""
        audio = self._audio.get(phrase)
        if audio is None:
            self.misses += 1
            return None
        self.hits += 1
        self._audio.move_to_end(phrase)
        return audio

    def put(self, phrase: Phrase, audio: bytes) -> None:
        """Offer a phrase that was just synthesised; it is kept if it was offered before."""
        if phrase in self._audio or len(audio) > self._max_bytes:
            return
        if phrase not in self._once:
            self._once[phrase] = None
            if len(self._once) > _REMEMBERED:
                self._once.popitem(last=False)
            return
        del self._once[phrase]
        self._audio[phrase] = audio
        self.size += len(audio)
        while self.size > self._max_bytes:
            _, dropped = self._audio.popitem(last=False)
            self.size -= len(dropped)
