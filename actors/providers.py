"""The embedded engines and tools as a conversation sees them: the provider protocols over pool clients."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator

from redis.asyncio import Redis
from redis.exceptions import RedisError

from actors.pool import PoolClient
from conversation.budget import TokenBucket
from conversation.providers import EngineUnavailable, RankedTool, Recognition
from media.engines.hibari import split_clauses
from tools.envelope import Caller, ToolCall, ToolError, ToolErrorType, ToolResult

log = logging.getLogger(__name__)

RECOGNISE_TIMEOUT_S = 8.0
SPEAK_TIMEOUT_S = 8.0
RANK_TIMEOUT_S = 3.0
VOCABULARY_TIMEOUT_S = 10.0
_CALL_LOG_TTL_S = 7200


class PooledRecogniser:
    """Recogniser protocol over the recogniser pool."""

    def __init__(self, client: PoolClient) -> None:
        self._client = client

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False
    ) -> Recognition:
        """Recognise 16 kHz mono PCM16. Raises EngineUnavailable."""
        return await self._client.call("recognise", pcm, hints, partial, timeout_s=RECOGNISE_TIMEOUT_S)


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
        for clause in split_clauses(text):
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
    """ToolClient protocol over the tool pool: logs a call durably, then sends it, within the session's budget."""

    def __init__(
        self, client: PoolClient, redis: Redis, *, calls_per_minute: int, timeouts: dict[str, float]
    ) -> None:
        self._client = client
        self._redis = redis
        self._budget = TokenBucket(calls_per_minute, calls_per_minute / 60)
        self._timeouts = timeouts

    async def call(self, call: ToolCall) -> ToolResult:
        """Run one call; refusals and time-outs come back as typed errors."""
        if not self._budget.take(1.0, time.monotonic()):
            return _unavailable("That was a lot at once. Give me a moment, then ask again.")
        try:
            await self._log(call)
            return await self._client.call("execute", call, timeout_s=self._timeouts.get(call.name, 10.0))
        except EngineUnavailable as error:
            log.warning("tool call %s got no answer: %s", call.key, error)
            return _unavailable("I can't reach the office system right now. Please try again in a moment.")
        except RedisError as error:
            log.warning("tool call %s could not be logged: %s", call.key, error)
            return _unavailable("I can't reach the office system right now. Please try again in a moment.")

    async def vocabulary(self, caller: Caller) -> tuple[str, ...]:
        """Names of the business that a recogniser should expect. Raises EngineUnavailable."""
        return await self._client.call("vocabulary", caller, timeout_s=VOCABULARY_TIMEOUT_S)

    async def _log(self, call: ToolCall) -> None:
        """Write the call down before it leaves, so that a restored session can complete it by its key."""
        name = f"h365:calls:{call.caller.session_id}"
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.rpush(name, f"{call.key}\x00{call.arguments}")
        pipeline.expire(name, _CALL_LOG_TTL_S)
        await pipeline.execute()


def _unavailable(message: str) -> ToolResult:
    return ToolResult(False, message, error=ToolError(ToolErrorType.UNAVAILABLE, message))
