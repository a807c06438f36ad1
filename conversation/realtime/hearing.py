"""The recogniser of a conversation whose utterances the provider hears too, as they grow.

The words by which turns are taken, and interruptions judged, are the recogniser's own; which audio belongs to which
words is kept, so that a turn is answered from its audio. It keeps one utterance and commits none.
"""

from __future__ import annotations

from collections.abc import Callable

from conversation.hearing.readings import matter
from conversation.providers import Recogniser, Recognition


class SharedHearing:
    """Recogniser protocol over another recogniser.

    Args:
        recogniser: Who recognises.

    Attributes:
        shares: Whether the provider is to hear what is said now.
        listen: Takes (first sample, PCM16 at 16 kHz) of an utterance, as far as it is known.
    """

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self.shares: Callable[[], bool] = lambda: True
        self.listen: Callable[[int, bytes], None] = lambda _at, _pcm: None
        self._at: int | None = None
        self._pcm = b""
        self._words = ""

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        """As the recogniser beneath. Raises EngineUnavailable."""
        if self.shares():
            self.listen(at, pcm)
        heard = await self._recogniser.recognise(pcm, hints=hints, partial=partial, at=at)
        if not partial:
            self._at, self._pcm, self._words = at, pcm, heard.text
        return heard

    def audio_of(self, words: str) -> tuple[int, bytes] | None:
        """Where the utterance that has these words begins, and its audio; None when they were not spoken. Once only."""
        at, self._at = self._at, None
        pcm, self._pcm = self._pcm, b""
        return None if at is None or matter(words) != matter(self._words) else (at, pcm)
