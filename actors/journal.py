"""The call journal in Redis: writes that have left a session and whose outcome nobody knows yet.

One hash for all sessions: it only holds what is under way. It lives as long as Redis keeps it, so a Redis of one's own
must persist (``appendonly``); the embedded one does.
"""

from __future__ import annotations

import logging

from redis.asyncio import Redis
from redis.exceptions import RedisError

from conversation.durable_calls import JournalUnavailable
from tools.envelope import ToolCall

log = logging.getLogger(__name__)

_OPEN_CALLS = "h365:calls:open"


class RedisJournal:
    """``CallJournal`` over a Redis connection.

    Args:
        redis: The connection.
        name: Key of the hash. The session pool completes what stands under the default name without a session.
    """

    def __init__(self, redis: Redis, name: str = _OPEN_CALLS) -> None:
        self._redis = redis
        self._name = name

    async def open(self, call: ToolCall) -> None:
        """Write a call down. Raises JournalUnavailable."""
        try:
            await self._redis.hset(self._name, _entry(call), call.to_json())
        except RedisError as error:
            raise JournalUnavailable(str(error)) from error

    async def close(self, call: ToolCall) -> None:
        """Its outcome is known. Raises JournalUnavailable."""
        try:
            await self._redis.hdel(self._name, _entry(call))
        except RedisError as error:
            raise JournalUnavailable(str(error)) from error

    async def all_open(self) -> list[ToolCall]:
        """Every call under way, of each session in its order. Raises JournalUnavailable."""
        try:
            entries = await self._redis.hgetall(self._name)
        except RedisError as error:
            raise JournalUnavailable(str(error)) from error
        calls = list[ToolCall]()
        for text in entries.values():
            try:
                calls.append(ToolCall.from_json(text.decode() if isinstance(text, bytes) else text))
            except ValueError:
                log.exception("the journal holds something that is no tool call; it stays there")
        return sorted(calls, key=lambda call: (call.caller.session_id, call.turn, call.ordinal))


def _entry(call: ToolCall) -> str:
    """A call and the same one with the user's yes are two entries: they end apart."""
    return f"{call.key}:{call.confirmation_id or ''}"
