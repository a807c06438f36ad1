"""Limits by user and business, kept in Redis so that every ingress replica counts together.

Each decision is one Lua script, hence atomic. A refused attempt is not counted. Redis being away raises its
own error, which the routes answer with 503: a limit that cannot be checked is not a limit.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from config.settings import Settings
from serve_app.errors import ApiError

# A sliding window as a sorted set of attempts. Exact: never more than the limit in any window.
# KEYS: the set. ARGV: limit, window in ms, unique member, now in ms (empty: Redis's own clock).
# Answers 0 when admitted, else the milliseconds until the oldest attempt leaves the window.
_ADMIT = """
local now = tonumber(ARGV[4])
if not now then local t = redis.call('TIME'); now = t[1] * 1000 + math.floor(t[2] / 1000) end
local window = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('ZADD', KEYS[1], now, ARGV[3])
  redis.call('PEXPIRE', KEYS[1], window)
  return 0
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return math.max(1, math.ceil(tonumber(oldest[2]) + window - now))
"""

# Places that are held until given back; each also runs out by itself.
# KEYS: places, starts under way.
# ARGV: limit, ms a place lasts, ms a start may take, holder, now in ms (empty: Redis's own clock).
_HOLD = """
local now = tonumber(ARGV[5])
if not now then local t = redis.call('TIME'); now = t[1] * 1000 + math.floor(t[2] / 1000) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
"""

_MINUTE_MS = 60_000
_START_MS = 120_000  # only for starts whose replica died; others say themselves when they are over
_SESSIONS_RETRY_S = 10.0


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``limit`` attempts in any ``window_ms``."""

    name: str
    limit: int
    window_ms: int = _MINUTE_MS


class Limits:
    """The limits of the HTTP surface. ``clock`` (milliseconds) is for tests; Redis's own clock otherwise."""

    def __init__(self, redis: Redis, settings: Settings, clock: Callable[[], int] | None = None) -> None:
        self._redis = redis
        self._clock = clock
        self._starts = Rate("starts", settings.starts_per_minute)
        self._control = Rate("control", settings.control_per_minute)
        self._sessions = settings.sessions_per_user
        self._place_ms = int(settings.max_duration_s + settings.grace_s + 60) * 1000

    async def admit_start(self, user_id: str, business_id: str) -> None:
        """Count one start. Raises ApiError 429."""
        await self._admit(self._starts, user_id, business_id)

    async def admit_control(self, user_id: str, business_id: str) -> None:
        """Count one control message. Raises ApiError 429."""
        await self._admit(self._control, user_id, business_id)

    @asynccontextmanager
    async def session_place(
        self,
        user_id: str,
        business_id: str,
        session_id: str,
        living: Callable[[], Awaitable[Iterable[str]]],
    ) -> AsyncGenerator[None]:
        """Hold one of the user's places while a session starts; kept when the block ends well.

        Sessions also end on their own, so when the places look taken, those of sessions that are neither
        starting nor ``living`` are given back first.

        Raises:
            ApiError: 429, ``too_many_sessions``.
        """
        places, starting = (_key(kind, user_id, business_id) for kind in ("sessions", "starting"))
        if not await self._hold(places, starting, session_id):
            holders = _texts(await self._redis.zrange(places, 0, -1))
            under_way = _texts(await self._redis.zrange(starting, 0, -1))
            gone = holders - under_way - set(await living())  # in this order: no start falls in between
            if gone:
                await self._redis.zrem(places, *gone)
            if not gone or not await self._hold(places, starting, session_id):
                raise self._too_many()
        try:
            yield
        except BaseException:
            await self._redis.zrem(places, session_id)
            raise
        finally:
            await self._redis.zrem(starting, session_id)

    async def release_session(self, user_id: str, business_id: str, session_id: str) -> None:
        """Give a session's place back; nothing happens when it is not held."""
        await self._redis.zrem(_key("sessions", user_id, business_id), session_id)

    def _too_many(self) -> ApiError:
        message = f"You have {self._sessions} conversations open; end one first."
        details = {"limit": self._sessions}
        return ApiError(429, "too_many_sessions", message, details=details, retry_after_s=_SESSIONS_RETRY_S)

    async def _hold(self, places: str, starting: str, session_id: str) -> bool:
        arguments = (self._sessions, self._place_ms, _START_MS, session_id, self._now())
        return bool(await self._redis.eval(_HOLD, 2, places, starting, *arguments))

    async def _admit(self, rate: Rate, user_id: str, business_id: str) -> None:
        key = _key(rate.name, user_id, business_id)
        arguments = (rate.limit, rate.window_ms, secrets.token_hex(8), self._now())
        wait_ms = int(await self._redis.eval(_ADMIT, 1, key, *arguments))
        if wait_ms:
            raise ApiError(
                429,
                "rate_limited",
                "Too many requests; wait a moment.",
                details={"limit": rate.limit, "window_s": rate.window_ms // 1000, "kind": rate.name},
                retry_after_s=wait_ms / 1000,
            )

    def _now(self) -> str:
        return "" if self._clock is None else str(self._clock())


def _key(kind: str, user_id: str, business_id: str) -> str:
    return f"hero365:limit:{kind}:{business_id}:{user_id}"


def _texts(members: Iterable[Any]) -> set[str]:
    return {member.decode() if isinstance(member, bytes) else str(member) for member in members}
