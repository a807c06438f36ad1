"""Ears, voice and hands of a conversation that do what a test says; they take virtual time, not real time."""

from __future__ import annotations

import asyncio
import contextlib
import math
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar

from conversation.providers import EngineUnavailable, RankedTool, Recognition
from tests.support.virtual_time import advance
from tools.envelope import Caller, ToolCall, ToolResult


def tone(milliseconds: float, rate: int = 16_000, level: int = 8000) -> bytes:
    """An audible PCM16 tone of 200 Hz."""
    count = int(milliseconds / 1000 * rate)
    return struct.pack(
        f"<{count}h",
        *(int(level * math.sin(2 * math.pi * 200 * index / rate)) or 1 for index in range(count)),
    )


def silence(milliseconds: float, rate: int = 16_000) -> bytes:
    """PCM16 silence."""
    return bytes(int(milliseconds / 1000 * rate) * 2)


@dataclass
class FakeVoice:
    """Speaks a tone of ``ms_per_letter`` for each letter, in chunks, after ``latency_s``."""

    rate: int = 16_000
    ms_per_letter: float = 50.0
    chunk_ms: float = math.inf
    latency_s: float = 0.05
    lead_in_ms: float = 0.0
    fails_at: int | None = None
    said: list[str] = field(default_factory=list[str])
    paces: list[float] = field(default_factory=list[float])

    @property
    def sample_rate(self) -> int:
        return self.rate

    async def speak(self, text: str, *, voice: str, speed: float) -> AsyncIterator[bytes]:
        del voice
        self.paces.append(speed)
        if self.fails_at is not None and len(self.said) >= self.fails_at:
            raise EngineUnavailable("all voices are busy")
        self.said.append(text)
        await advance(self.latency_s)
        pcm = silence(self.lead_in_ms, self.rate) + tone(len(text) * self.ms_per_letter, self.rate)
        size = len(pcm) if math.isinf(self.chunk_ms) else int(self.chunk_ms / 1000 * self.rate) * 2
        for at in range(0, len(pcm), size):
            yield pcm[at : at + size]
            if not math.isinf(self.chunk_ms):
                await advance(self.latency_s)


@dataclass
class DeafVoice(FakeVoice):
    """A voice that does not hear that it shall stop, for a minute, while it says ``deaf_to``."""

    DEAF_S: ClassVar[float] = 60.0
    deaf_to: str = ""

    async def speak(self, text: str, *, voice: str, speed: float) -> AsyncIterator[bytes]:
        if text == self.deaf_to:
            self.said.append(text)
            ends = asyncio.get_running_loop().time() + self.DEAF_S
            while asyncio.get_running_loop().time() < ends:
                with contextlib.suppress(asyncio.CancelledError):
                    await advance(1.0)
            return
        async for chunk in super().speak(text, voice=voice, speed=speed):
            yield chunk


@dataclass
class FakeRecogniser:
    """Hears what ``texts`` says next, after ``latency_s``; the last one again and again."""

    texts: list[str | Exception] = field(default_factory=lambda: list[str | Exception](["hello there"]))
    latency_s: float = 0.08
    heard: list[bytes] = field(default_factory=list[bytes])
    finals_only: Callable[[bytes], bool] = lambda _pcm: True

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        self.heard.append(pcm)
        text = self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]
        await advance(self.latency_s)
        if isinstance(text, Exception):
            raise text
        return Recognition(text, 0.9, self.latency_s * 1000)


@dataclass
class FakeUnderstanding:
    """Ranks nothing."""

    async def rank(self, text: str) -> tuple[RankedTool, ...]:
        del text
        return (RankedTool(None, 1.0),)


@dataclass
class FakeTools:
    """Answers calls with ``answer``; ``gate`` holds them back until it is set."""

    answer: Callable[[ToolCall], ToolResult | Awaitable[ToolResult]] = lambda call: ToolResult(
        True, f"{call.name} done"
    )
    latency_s: float = 0.0
    gate: asyncio.Event | None = None
    calls: list[ToolCall] = field(default_factory=list[ToolCall])
    done: list[ToolCall] = field(default_factory=list[ToolCall])
    rejected: list[str] = field(default_factory=list[str])

    async def reject(self, caller: Caller, confirmation_id: str) -> None:
        del caller
        self.rejected.append(confirmation_id)

    async def call(self, call: ToolCall) -> ToolResult:
        self.calls.append(call)
        if self.latency_s:
            await advance(self.latency_s)
        if self.gate is not None:
            await self.gate.wait()
        answer = self.answer(call)
        result = answer if isinstance(answer, ToolResult) else await answer
        self.done.append(call)
        return result
