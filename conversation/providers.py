"""What a conversation needs from the outside, as protocols: ears, voice, understanding, hands.

Implementations live elsewhere (embedded engines behind actors, OpenAI, fakes in tests). Nothing here imports Ray.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from media.engines.transcription import Guess, Transcription
from tools.envelope import Caller, ToolCall, ToolResult


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a recogniser heard.

    Attributes:
        text: The likeliest reading.
        confidence: 0..1, the mean token probability.
        engine_ms: The engine's own time.
        alternatives: Other readings that differ in words that matter, best first; empty without a doubt.
        guesses: What one engine made of it, ``text`` first, for those who compare engines.
        doubted: What it was if it was anything, where ``text`` is empty because that is not to be believed.
    """

    text: str
    confidence: float
    engine_ms: float
    alternatives: tuple[str, ...] = ()
    guesses: tuple[Guess, ...] = ()
    doubted: str = ""

    @classmethod
    def of(cls, heard: Transcription) -> Recognition:
        """What an embedded engine heard."""
        return cls(
            heard.text, heard.confidence, heard.engine_ms, guesses=heard.guesses, doubted=heard.doubted
        )


@dataclass(frozen=True, slots=True)
class RankedTool:
    """One reading of an utterance. ``tool`` is None for "none of its business"; ``score`` is 0..1."""

    tool: str | None
    score: float


class Recogniser(Protocol):
    """Speech to text over a whole stretch of speech."""

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        """Recognise 16 kHz mono PCM16 (little endian).

        Args:
            pcm: The stretch of speech.
            hints: Names and phrases that are likely in it.
            partial: True while the speaker goes on: a quick look will do.
            at: Where it begins in the conversation's audio, samples; of the same utterance it stays the same.

        Raises:
            EngineUnavailable: No engine can take it.
        """
        ...


class Voice(Protocol):
    """Text to speech, one sentence at a time."""

    @property
    def sample_rate(self) -> int:
        """Hz of the audio that ``speak`` yields."""
        ...

    def speak(self, text: str, *, voice: str, speed: float) -> AsyncIterator[bytes]:
        """Yield mono PCM16 (little endian) chunks of ``text``; ``speed`` 1.0 is normal, larger is faster."""
        ...


class Understanding(Protocol):
    """Which tool an utterance asks for."""

    async def rank(self, text: str) -> tuple[RankedTool, ...]:
        """The most likely tools, best first, at most five. Raises EngineUnavailable."""
        ...


class ToolClient(Protocol):
    """Runs tools somewhere else."""

    async def call(self, call: ToolCall) -> ToolResult:
        """Run one tool. Never raises for what the tool refuses; time-outs come back as ``unavailable``."""
        ...

    async def reject(self, caller: Caller, confirmation_id: str) -> None:
        """The user said no to the question with this id. Never raises."""
        ...


class EngineUnavailable(Exception):  # noqa: N818  (a state of the world, named as the code reads)
    """No engine of a kind can take the work now; ``code`` is the stable name for clients."""

    code = "engine_unavailable"
