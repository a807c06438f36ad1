"""The embedded engines and tools as a conversation sees them: the provider protocols over pool clients."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from actors.pool import PoolClient
from conversation.providers import RankedTool, Recognition
from conversation.usage import UsageRow
from media.engines.hibari import split_clauses
from media.speakable import speakable
from tools.envelope import Caller, ToolCall, ToolResult

RECOGNISE_TIMEOUT_S = 8.0
SECOND_LOOK_TIMEOUT_S = 2.0
SPEAK_TIMEOUT_S = 8.0
RANK_TIMEOUT_S = 8.0  # late is better than "say it again"; a filler covers the wait
VOCABULARY_TIMEOUT_S = 10.0
REJECT_TIMEOUT_S = 5.0


class PooledRecogniser:
    """Recogniser protocol over the recogniser pool."""

    def __init__(self, client: PoolClient) -> None:
        self._client = client

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        """Recognise 16 kHz mono PCM16. Raises EngineUnavailable."""
        del at  # every engine is asked about all of it
        return await self._client.call("recognise", pcm, hints, partial, timeout_s=RECOGNISE_TIMEOUT_S)


class PooledSecondRecogniser:
    """SecondRecogniser protocol over the pool of the second recogniser."""

    def __init__(self, client: PoolClient) -> None:
        self._client = client

    async def listen_again(self, pcm: bytes, before: str) -> Recognition:
        """Recognise 16 kHz mono PCM16 with ``before`` in mind. Raises EngineUnavailable."""
        return await self._client.call("listen_again", pcm, before, timeout_s=SECOND_LOOK_TIMEOUT_S)


class PooledVoice:
    """Voice protocol over the voice pool."""

    def __init__(self, client: PoolClient, sample_rate: int) -> None:
        self._client = client
        self._rate = sample_rate

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._rate

    async def speak(self, text: str, *, voice: str, speed: float) -> AsyncIterator[bytes]:
        """One chunk a clause, so that a long sentence begins as soon as a short one. Raises EngineUnavailable."""
        del voice  # the embedded engine has one voice; the options were checked against that
        # In words first: cut at its commas, "Dec. 3, 2026" would lose what makes 2026 a year.
        for clause in split_clauses(speakable(text)):
            yield await self._client.call("speak", clause, speed, timeout_s=SPEAK_TIMEOUT_S)


class PooledUnderstanding:
    """Understanding protocol over the understanding pool, with the last answers kept (judge and brain both ask)."""

    def __init__(self, client: PoolClient) -> None:
        self._client = client
        self._known: dict[str, tuple[RankedTool, ...]] = {}

    async def rank(self, text: str) -> tuple[RankedTool, ...]:
        """The most likely tools. Raises EngineUnavailable."""
        if text not in self._known:
            self._known[text] = await self._client.call("rank", text, timeout_s=RANK_TIMEOUT_S)
            if len(self._known) > 32:
                del self._known[next(iter(self._known))]
        return self._known[text]


class PooledTools:
    """The tool pool as ``DurableCalls`` and the recovery see it."""

    def __init__(self, client: PoolClient) -> None:
        self._client = client

    async def execute(self, call: ToolCall, timeout_s: float) -> ToolResult:
        """Run one call. Raises EngineUnavailable when there is no answer."""
        return await self._client.call("execute", call, timeout_s=timeout_s)

    async def reject(self, caller: Caller, confirmation_id: str) -> None:
        """The user said no to a question. Raises EngineUnavailable."""
        await self._client.call("reject", caller, confirmation_id, timeout_s=REJECT_TIMEOUT_S)

    async def fence(self, caller: Caller, epoch: int) -> None:
        """Refuse calls of the session's earlier epochs from now on. Raises EngineUnavailable."""
        await self._client.call("fence", caller, epoch, timeout_s=REJECT_TIMEOUT_S)

    async def tell_outcome(self, call: ToolCall, result: ToolResult) -> None:
        """Let the user know, now or later, what became of a call. Raises EngineUnavailable."""
        await self._client.call("tell_outcome", call, result, timeout_s=REJECT_TIMEOUT_S)

    async def remember(self, caller: Caller, wishes: Mapping[str, Any]) -> bool:
        """Keep the caller's wishes for other conversations. Raises EngineUnavailable."""
        return await self._client.call("remember", caller, dict(wishes), timeout_s=REJECT_TIMEOUT_S)

    async def note_usage(self, caller: Caller, epoch: int, rows: tuple[UsageRow, ...]) -> int:
        """Write what a conversation has used; its business's day so far. Raises EngineUnavailable."""
        return await self._client.call("note_usage", caller, epoch, rows, timeout_s=REJECT_TIMEOUT_S)

    async def vocabulary(self, caller: Caller) -> tuple[str, ...]:
        """Names of the business that a recogniser should expect. Raises EngineUnavailable."""
        return await self._client.call("vocabulary", caller, timeout_s=VOCABULARY_TIMEOUT_S)
