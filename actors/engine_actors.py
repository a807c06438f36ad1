"""The embedded engines as pool members: recognisers, voice, understanding. Models are loaded once, by the constructor.

Inference runs in a thread that releases the GIL, so the actor's event loop answers (and refuses) at once.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import ray

from actors.pool import PoolMember
from conversation.providers import EngineUnavailable, RankedTool, Recognition
from conversation.understanding.ranker import IntentRanker
from media.engines.hibari import HibariVoice
from media.engines.minilm import MiniLmEmbedder
from media.engines.moonshine import MoonshineRecogniser
from media.engines.transcription import GUESSES
from media.errors import MediaError
from media.phrase_cache import Phrase, PhraseCache

if TYPE_CHECKING:
    from media.engines.whisper_tiny import WhisperTinyRecogniser

log = logging.getLogger(__name__)

#: Calls that may wait in line in front of an engine; at the measured speeds that is about a second of work.
_QUEUE = 16


class _Engine(PoolMember):
    """A pool member with one worker thread per inference thread."""

    def __init__(self, threads: int) -> None:
        super().__init__(slots=threads + _QUEUE)
        self.workers = ThreadPoolExecutor(threads, thread_name_prefix="engine")


@ray.remote(num_cpus=0)
class RecogniserActor(_Engine):
    """Speech to text for all sessions. ``threads`` utterances at a time, one inference thread each.

    ``alone`` says that no second recogniser hears them too: then it listens twice itself when unsure.
    """

    def __init__(self, threads: int, alone: bool) -> None:
        super().__init__(threads)
        self._alone = alone
        self._engine = MoonshineRecogniser()

    async def recognise(self, pcm: bytes, hints: tuple[str, ...], partial: bool) -> Recognition:
        """Recognise 16 kHz mono PCM16; a partial look is the quickest there is. Raises PoolBusy."""
        async with self.slot():
            loop = asyncio.get_running_loop()
            heard = await loop.run_in_executor(
                self.workers,
                lambda: self._engine.recognise(
                    pcm,
                    hints=hints,
                    second_look=self._alone and not partial,
                    guesses=1 if partial else GUESSES,
                ),
            )
            return Recognition.of(heard)


@ray.remote(num_cpus=0)
class SecondLookActor(_Engine):
    """A second, slower hearing for all sessions. Loads its model beside the start of the server, which does not wait.

    Without its model it stays, out of order and saying so: conversations go on with one hearing.
    """

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._loading = self.workers.submit(_whisper)

    async def listen_again(self, pcm: bytes, before: str) -> Recognition:
        """Recognise 16 kHz mono PCM16 with ``before`` in mind. Raises PoolBusy, EngineUnavailable."""
        async with self.slot():
            engine = await asyncio.wrap_future(self._loading)
            if engine is None:
                raise EngineUnavailable("the second recogniser is not installed")
            loop = asyncio.get_running_loop()
            try:
                heard = await loop.run_in_executor(self.workers, lambda: engine.recognise(pcm, before=before))
            except RuntimeError as error:  # what CTranslate2 raises for anything that goes wrong inside it
                raise EngineUnavailable(f"the second recogniser failed: {error}") from None
            return Recognition.of(heard)

    async def load(self) -> dict[str, int]:
        """As every member's, with ``out_of_order`` when there is no model."""
        missing = self._loading.done() and self._loading.result() is None
        return await super().load() | {"out_of_order": int(missing)}


def _whisper() -> WhisperTinyRecogniser | None:
    # Imported here: the other engines' processes need not carry it.
    try:
        from media.engines.whisper_tiny import WhisperTinyRecogniser

        return WhisperTinyRecogniser()
    except (MediaError, ImportError) as error:
        log.warning("utterances are heard by one recogniser: %s", error)
        return None


@ray.remote(num_cpus=0)
class VoiceActor(_Engine):
    """Text to speech for all sessions, a sentence a call."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._engine = HibariVoice()
        self._phrases = PhraseCache()

    async def describe(self) -> int:
        """Sample rate of the audio, Hz."""
        return self._engine.sample_rate

    async def speak(self, text: str, speed: float) -> bytes:
        """Mono PCM16 of the whole sentence; what is often said is at hand. Raises PoolBusy."""
        phrase = Phrase(text, self._engine.voice, speed)
        if (audio := self._phrases.get(phrase)) is not None:
            return audio
        async with self.slot():
            loop = asyncio.get_running_loop()
            audio = await loop.run_in_executor(
                self.workers, lambda: b"".join(self._engine.speak(text, speed=speed))
            )
        self._phrases.put(phrase, audio)
        return audio


@ray.remote(num_cpus=0)
class UnderstandingActor(_Engine):
    """Which tool an utterance asks for, for all sessions."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._ranker = IntentRanker(MiniLmEmbedder())

    async def rank(self, text: str) -> tuple[RankedTool, ...]:
        """The most likely tools, best first. Raises PoolBusy."""
        async with self.slot():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self.workers, self._ranker.rank, text)
