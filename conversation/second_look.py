"""Every whole utterance is heard by two recognisers, side by side; this decides what was said and what is in doubt.

The first is quick and hears everything, also while the user still speaks; the second is slower, often right where the
first is not, and is told the names that what was heard so far sounds like. It begins together with the first and must
never make a turn fail, or wait longer than ``LONGEST_S`` for it: without its answer the first hearing stands, with
names put right that are plainly misheard.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from conversation.hearing.context import MOST_NAMES, said_before
from conversation.hearing.language import Language, language
from conversation.hearing.readings import Rated, agreed, alternatives, rated
from conversation.hearing.written import put_right
from conversation.listener import EXPECTED_PHRASES
from conversation.name_book import NameBook, name_book
from conversation.providers import EngineUnavailable, Recogniser, Recognition
from media.engines.transcription import Guess

log = logging.getLogger(__name__)

LONGEST_S: Final = 0.4
"""That an utterance waits for its second hearing once the first is there; measured at 0.06 s for a sentence, and the
silence after it is waited for anyway."""
_AGREED: Final = 0.95
"""Confidence in what both have heard alike, by itself more than in what one of them is sure of."""
_GENERAL: Final = frozenset(EXPECTED_PHRASES)


class SecondRecogniser(Protocol):
    """Speech to text that believes what it is told to have been said just before."""

    async def listen_again(self, pcm: bytes, before: str) -> Recognition:
        """Recognise 16 kHz mono PCM16, with ``before`` in mind. Raises EngineUnavailable."""
        ...


@dataclass(slots=True)
class Looks:
    """How often it was heard twice, for reports."""

    finals: int = 0
    asked: int = 0
    agreed: int = 0
    changed: int = 0
    doubted: int = 0
    unanswered: int = 0
    waited_ms: float = 0.0


class SecondLookRecogniser:
    """A recogniser whose whole utterances are heard by two, and whose names are the book's.

    Args:
        first: Hears everything.
        second: Hears whole utterances again, or None: then only plain mishearings of known names are put right.
        model: What is likely to be said; the assistant's own unless another is given.

    Attributes:
        asked: The latest that the assistant has said; its questions say what the answer may be.
        looks: What has been done so far.
        on_first: Told what the first has made of an utterance for whose second hearing is waited.
    """

    def __init__(
        self, first: Recogniser, second: SecondRecogniser | None, model: Language | None = None
    ) -> None:
        self._first = first
        self._second = second
        self._model = model or (language() if second is not None else None)
        self._so_far = ""
        self.asked: Callable[[], str] = str
        self.looks = Looks()
        self.on_first: Callable[[bytes, str], None] = lambda pcm, text: None

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        """As ``Recogniser.recognise``; the names of the business are those hints that are not everybody's."""
        if partial:
            heard = await self._first.recognise(pcm, hints=hints, partial=True, at=at)
            self._so_far = heard.text
            return heard
        book = name_book(tuple(hint for hint in hints if hint not in _GENERAL))
        if self._second is None or self._model is None:
            return self._alone(await self._first.recognise(pcm, hints=hints, at=at), book)
        # Without words of this utterance those of the one before it say whom it may be about.
        likely = book.nearest(self._so_far, MOST_NAMES)
        other = asyncio.create_task(self._again(self._second, pcm, likely))
        try:
            heard = await self._first.recognise(pcm, hints=hints, at=at)
            if heard.text and not other.done():
                self.on_first(pcm, put_right(book.corrected(heard.text)))
            again = await self._in_time(other) if heard.text else None
        finally:
            other.cancel()
        if again is None:
            return self._alone(heard, book)
        ours, theirs = _guesses(heard), _guesses(again)
        candidates = rated(ours, theirs, book, self._model)
        if agreed(candidates[0].text, ours, theirs, book):
            heard = replace(heard, confidence=max(heard.confidence, again.confidence, _AGREED))
            candidates = candidates[:1]
            self.looks.agreed += 1
        return self._decided(heard, candidates)

    def _alone(self, heard: Recognition, book: NameBook) -> Recognition:
        text = put_right(book.corrected(heard.text))
        self.looks.finals += 1
        self.looks.changed += text != heard.text
        return replace(heard, text=text)

    def _decided(self, heard: Recognition, candidates: list[Rated]) -> Recognition:
        self._so_far = text = put_right(candidates[0].text)
        others = tuple(map(put_right, alternatives(candidates)))
        self.looks.finals += 1
        self.looks.changed += text != heard.text
        self.looks.doubted += bool(others)
        return replace(heard, text=text, alternatives=others)

    async def _in_time(self, other: asyncio.Task[Recognition | None]) -> Recognition | None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.wait({other}, timeout=LONGEST_S)
        self.looks.waited_ms += (loop.time() - began) * 1000
        if not other.done():
            self.looks.unanswered += 1
            return None
        return other.result()

    async def _again(
        self, second: SecondRecogniser, pcm: bytes, names: tuple[str, ...]
    ) -> Recognition | None:
        self.looks.asked += 1
        try:
            return await second.listen_again(pcm, said_before(names, self.asked()))
        except EngineUnavailable as error:
            self.looks.unanswered += 1
            log.info("no second look: %s", error)
            return None


def _guesses(heard: Recognition) -> tuple[Guess, ...]:
    return heard.guesses or ((Guess(heard.text, 1.0),) if heard.text else ())
