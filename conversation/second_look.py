"""A second recogniser for utterances that a write depends on, told the names that may have been meant.

The first recogniser is quick and does not know Ms. Okafor. Where its words ask for a write and it is not certain of the
names in them, the second one hears the same audio; of what it hears, only names of the business are taken over, and
only in place of what sounds like them. It must never put a name where none was heard, never change another word, and
never make a turn fail or wait beyond ``LONGEST_S``: without an answer the first hearing stands.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Final, Protocol

from conversation.listener import EXPECTED_PHRASES
from conversation.name_book import NameBook, Stretch, Word, name_book, words_of
from conversation.providers import EngineUnavailable, RankedTool, Recogniser, Recognition, Understanding

log = logging.getLogger(__name__)

LONGEST_S: Final = 0.9
"""That a turn waits for the second hearing; measured at 0.25 s for a sentence, and the silence is waited for anyway."""
ASKED_NAMES: Final = 12
"""Names the second recogniser is told. More make each of them weigh less and take longer."""
SURE: Final = 0.8
"""Confidence of the first hearing above which a text of ordinary words is taken to have no name in it."""
_ALIKE: Final = 0.5
"""How alike what the first heard must be to a name that the second heard in its place."""
_ALIKE_ALONE: Final = 0.7
"""The same for a name of one word, which has less to be recognised by."""
_DRIFT: Final = 2
"""Words by which a name may reach beyond the stretch in which the hearings differ."""
_GENERAL: Final = frozenset(EXPECTED_PHRASES)


class SecondRecogniser(Protocol):
    """Speech to text that can be told names."""

    async def listen_again(self, pcm: bytes, names: tuple[str, ...]) -> Recognition:
        """Recognise 16 kHz mono PCM16 with these names in mind, the likeliest first. Raises EngineUnavailable."""
        ...


def is_write(ranked: Sequence[RankedTool], writes: AbstractSet[str]) -> bool:
    """Whether the likeliest reading changes something."""
    return bool(ranked) and ranked[0].tool in writes


def uncertain(text: str, confidence: float, book: NameBook) -> bool:
    """Whether a name in ``text`` may have been misheard, so that a second hearing can help.

    Where a whole name of the book was heard, that one stands, and only a stretch that resembles another one
    counts; where none was, any strange word does, and any doubt.
    """
    words = words_of(text)
    if not book or not words:
        return False
    if any(" " in each.name for each in book.mentions(words)):
        return book.resemblance(words) >= _ALIKE_ALONE
    return bool(book.strange(words)) or confidence < SURE


def combined(first: str, second: str, book: NameBook) -> str:
    """``first`` with names of ``book`` that ``second`` heard, in place of words that sound like them.

    A stretch in which the first hearing names somebody of the book too is left alone: there the two disagree, and
    the question before a write settles it.
    """
    theirs, ours = words_of(second), words_of(first)
    known = {at for each in book.mentions(ours) for at in range(each.begin, each.end)}
    swaps: list[tuple[int, int, str]] = []
    aligned = SequenceMatcher(
        None, [word.text for word in ours], [word.text for word in theirs], autojunk=False
    ).get_opcodes()
    for heard in book.mentions(theirs):
        begin, end = _place(aligned, heard)
        whole = ("replace", begin, end, heard.begin, heard.end) in aligned
        swap = _in_place_of(ours, begin, end, heard.name, book, whole=whole)
        if swap is None or any(swap[0] < other[1] and other[0] < swap[1] for other in swaps):
            continue
        if set(range(swap[0], swap[1])) <= known:
            continue
        swaps.append((*swap, heard.name))
    for begin, end, name in sorted(swaps, reverse=True):
        first = first[: ours[begin].start] + name + first[ours[end - 1].end :]
    return first


def _place(aligned: Sequence[tuple[str, int, int, int, int]], heard: Stretch) -> tuple[int, int]:
    """Which words of the first hearing stand where the second heard a name."""
    begins: list[int] = []
    ends: list[int] = []
    for tag, i1, i2, j1, j2 in aligned:
        if j1 >= heard.end or j2 <= heard.begin:
            continue
        if tag == "equal":
            begins.append(i1 + max(0, heard.begin - j1))
            ends.append(i1 + min(j2, heard.end) - j1)
        else:
            begins.append(i1)
            ends.append(i2)
    return (min(begins), max(ends)) if begins else (0, 0)


def _in_place_of(
    ours: Sequence[Word], begin: int, end: int, name: str, book: NameBook, *, whole: bool
) -> tuple[int, int] | None:
    """The words in [begin, end) that sound most like ``name``, or None when none do.

    All of them where the second heard the name and nothing else in their place, unless they sound like nothing of it.
    """
    needed = _ALIKE if " " in name else _ALIKE_ALONE
    figures = [at for at in range(begin, end) if ours[at].is_figure]
    if (
        whole
        and not figures
        and book.likeness(" ".join(word.text for word in ours[begin:end]), name) >= needed
    ):
        return begin, end
    best: tuple[float, int, int, int] | None = None
    size = len(name.split())
    for low in range(begin, end):
        for high in range(low + 1, min(end, low + size + _DRIFT) + 1):
            if any(low <= at < high for at in figures):
                break
            said = " ".join(word.text for word in ours[low:high])
            rated = (book.likeness(said, name), low - high, low, high)
            best = rated if best is None or rated > best else best
    if best is None or best[0] < needed:
        return None
    return best[2], best[3]


@dataclass(slots=True)
class Looks:
    """How often it was looked twice, for reports."""

    finals: int = 0
    asked: int = 0
    changed: int = 0
    unanswered: int = 0
    waited_ms: float = 0.0


class SecondLookRecogniser:
    """A recogniser whose whole utterances are heard twice where that matters, and whose names are the book's.

    The second hearing begins beside the first one when what was heard so far already asked for a write, so
    that it is there when the first is done.

    Args:
        first: Hears everything.
        second: Hears again, or None: then only plain mishearings of known names are put right.
        understanding: Which tool a text asks for.
        writes: Names of the tools that change something.
        awaits_write: Whether a write is waiting for something to be said.

    Attributes:
        looks: What has been done so far.
    """

    def __init__(
        self,
        first: Recogniser,
        second: SecondRecogniser | None,
        understanding: Understanding,
        writes: AbstractSet[str],
        awaits_write: Callable[[], bool] = lambda: False,
    ) -> None:
        self._first = first
        self._second = second
        self._understanding = understanding
        self._writes = writes
        self._awaits_write = awaits_write
        self._so_far: Recognition | None = None
        self.looks = Looks()

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False
    ) -> Recognition:
        """As ``Recogniser.recognise``; the names of the business are those hints that are not everybody's."""
        if partial:
            self._so_far = await self._first.recognise(pcm, hints=hints, partial=True)
            return self._so_far
        book = name_book(tuple(hint for hint in hints if hint not in _GENERAL))
        so_far, self._so_far = self._so_far, None
        early = asyncio.create_task(self._again(pcm, so_far, book)) if so_far is not None else None
        try:
            heard = await self._first.recognise(pcm, hints=hints)
            return await self._looked_at(pcm, heard, book, early)
        finally:
            if early is not None:
                early.cancel()

    async def _looked_at(
        self, pcm: bytes, heard: Recognition, book: NameBook, early: asyncio.Task[Recognition | None] | None
    ) -> Recognition:
        self.looks.finals += 1
        text = heard.text
        if self._second is not None and text and uncertain(text, heard.confidence, book):
            began = asyncio.get_running_loop().time()
            again = await self._within_reason(pcm, heard, book, early)
            self.looks.waited_ms += (asyncio.get_running_loop().time() - began) * 1000
            if again is not None and again.text:
                text = combined(book.corrected(text), book.corrected(again.text), book)
        text = book.corrected(text)
        self.looks.changed += text != heard.text
        return replace(heard, text=text)

    async def _within_reason(
        self, pcm: bytes, heard: Recognition, book: NameBook, early: asyncio.Task[Recognition | None] | None
    ) -> Recognition | None:
        try:
            async with asyncio.timeout(LONGEST_S):
                if early is not None and (again := await early) is not None:
                    return again
                return await self._again(pcm, heard, book)
        except TimeoutError:
            self.looks.unanswered += 1
            return None

    async def _again(self, pcm: bytes, heard: Recognition, book: NameBook) -> Recognition | None:
        """The second hearing, if what was heard asks for a write and its names are not certain."""
        if self._second is None or not heard.text or not uncertain(heard.text, heard.confidence, book):
            return None
        try:
            if not self._awaits_write() and not is_write(
                await self._understanding.rank(heard.text), self._writes
            ):
                return None
            self.looks.asked += 1
            return await self._second.listen_again(pcm, book.nearest(heard.text, ASKED_NAMES))
        except EngineUnavailable as error:
            self.looks.unanswered += 1
            log.info("no second look: %s", error)
            return None
