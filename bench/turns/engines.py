"""The real engines and tools in this process, for a bench on a ``SkippingLoop``: one thread each, as in the pools.

What an engine takes passes on the clock. A recognition that is asked for again (the same audio, for another strategy)
takes as long as it took the first time, without being computed again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from bench.turns.clock import compute, outside
from business.sql.database import Database
from conversation.providers import RankedTool, Recognition
from conversation.understanding.ranker import IntentRanker
from media.engines.hibari import HibariVoice, split_clauses
from media.engines.minilm import MiniLmEmbedder
from media.engines.moonshine import MoonshineRecogniser
from media.engines.transcription import GUESSES
from media.engines.whisper_tiny import WhisperTinyRecogniser
from tools.envelope import Caller, ToolCall, ToolResult
from tools.executor import ToolExecutor


class BenchRecogniser:
    """Moonshine. Remembers what it has heard."""

    def __init__(self) -> None:
        self._engine = MoonshineRecogniser()
        self._workers = ThreadPoolExecutor(1)
        self._line = asyncio.Lock()
        self._known: dict[bytes, Recognition] = {}

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        """As the server's recogniser actor does it."""
        key = hashlib.sha256(pcm + bytes([partial])).digest()
        async with self._line:
            known = self._known.get(key)
            if known is not None:
                await asyncio.sleep(known.engine_ms / 1000)
                return known
            heard = await compute(
                self._workers,
                lambda: self._engine.recognise(
                    pcm, hints=hints, second_look=False, guesses=1 if partial else GUESSES
                ),
            )
            self._known[key] = Recognition.of(heard)
            return self._known[key]


class BenchSecond:
    """Whisper. Remembers what it has heard."""

    def __init__(self) -> None:
        self._engine = WhisperTinyRecogniser()
        self._workers = ThreadPoolExecutor(1)
        self._known: dict[bytes, Recognition] = {}

    async def listen_again(self, pcm: bytes, before: str) -> Recognition:
        """As the server's second recogniser does it."""
        key = hashlib.sha256(pcm + before.encode()).digest()
        known = self._known.get(key)
        if known is not None:
            await asyncio.sleep(known.engine_ms / 1000)
            return known
        heard = await compute(self._workers, lambda: self._engine.recognise(pcm, before=before))
        self._known[key] = Recognition.of(heard)
        return self._known[key]


class BenchVoice:
    """Hibari, a clause a chunk. Remembers what it has said."""

    def __init__(self) -> None:
        self._engine = HibariVoice()
        self._workers = ThreadPoolExecutor(1)
        self._known: dict[tuple[str, float], tuple[bytes, float]] = {}

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._engine.sample_rate

    async def speak(self, text: str, *, voice: str, speed: float) -> AsyncIterator[bytes]:
        """As the server's voice actor does it."""
        del voice  # there is one
        loop = asyncio.get_running_loop()
        for clause in split_clauses(text):
            if (clause, speed) in self._known:
                pcm, took_s = self._known[clause, speed]
                await asyncio.sleep(took_s)
            else:
                began = loop.time()
                pcm = await compute(
                    self._workers,
                    lambda: b"".join(self._engine.speak(clause, speed=speed)),  # noqa: B023
                )
                self._known[clause, speed] = pcm, loop.time() - began
            yield pcm


class BenchUnderstanding:
    """The ranking of tools, with the last answers kept as the server's client keeps them."""

    def __init__(self) -> None:
        self._ranker = IntentRanker(MiniLmEmbedder())
        self._workers = ThreadPoolExecutor(1)
        self._known: dict[str, tuple[RankedTool, ...]] = {}

    async def rank(self, text: str) -> tuple[RankedTool, ...]:
        """The most likely tools, best first."""
        if text not in self._known:
            self._known[text] = await compute(self._workers, lambda: self._ranker.rank(text))
        return self._known[text]


class BenchTools:
    """The executor on a database of this process."""

    def __init__(self, database: Database) -> None:
        self._executor = ToolExecutor(database)

    async def call(self, call: ToolCall) -> ToolResult:
        """Run one tool."""
        with outside():
            return await self._executor.execute(call)

    async def reject(self, caller: Caller, confirmation_id: str) -> None:
        """The user said no."""
        with outside():
            await self._executor.reject(caller, confirmation_id)
