"""``SessionControl`` on Ray: what the HTTP routes do with sessions, as calls of the pool and the session actors."""

from __future__ import annotations

import asyncio
from typing import Any

import ray
from ray.actor import ActorHandle
from ray.exceptions import RayActorError
from redis.asyncio import Redis

from actors.directory import Directory
from actors.names import DELIVERY, NAMESPACE, POOLS, SESSION_POOL
from actors.redis_client import redis_of
from actors.within import within
from config.settings import Settings
from conversation.spec import AtCapacity, SessionNotActive, SessionRecord, SessionSpec

CLAIM_TIMEOUT_S = 75.0
CALL_TIMEOUT_S = 10.0
#: The actor gives its summary within 5 s even while a begun write goes on; on a starved machine that takes longer.
STOP_TIMEOUT_S = 40.0
HEALTH_TIMEOUT_S = 2.0
REDIS_TIMEOUT_S = 2.0


class RaySessionControl:
    """Sessions anywhere in the cluster. ``redis`` is the directory's."""

    def __init__(self, redis: Redis) -> None:
        self._directory = Directory(redis)
        self._named: dict[str, ActorHandle[Any]] = {}

    async def start(self, spec: SessionSpec) -> SessionRecord:
        """Claim an actor. Raises AtCapacity, also when the pool itself cannot be reached."""
        try:
            pool = await self._actor(SESSION_POOL)
            return await within(CLAIM_TIMEOUT_S, pool.claim.remote(spec))
        except (RayActorError, ValueError, TimeoutError):
            self._named.clear()
            raise AtCapacity(5.0) from None

    async def record(self, session_id: str) -> SessionRecord | None:
        """The directory's entry."""
        return await self._directory.get(session_id)

    async def status(self, session_id: str) -> dict[str, Any]:
        """Of the live actor, or as it was at the end."""
        actor = await self._session(session_id)
        if actor is not None:
            try:
                return await within(CALL_TIMEOUT_S, actor.status.remote())
            except (RayActorError, TimeoutError):
                pass  # it ended (or hangs): what it left behind answers
        last = await self._directory.last_words(session_id)
        return (last or {}).get("status", {"is_active": False, "connection_status": "ended"})

    async def stop(self, session_id: str) -> dict[str, Any]:
        """End it; the summary."""
        actor = await self._session(session_id)
        if actor is not None:
            try:
                return await within(STOP_TIMEOUT_S, actor.stop.remote())
            except (RayActorError, TimeoutError):
                pass  # it ended by itself meanwhile: its last words answer
        last = await self._directory.last_words(session_id)
        return (last or {}).get("summary", {})

    async def configure(self, session_id: str, changes: dict[str, Any]) -> dict[str, Any]:
        """Change options. Raises SessionNotActive, OptionRefused."""
        actor = await self._session(session_id)
        if actor is None:
            raise SessionNotActive
        try:
            return await within(CALL_TIMEOUT_S, actor.configure.remote(changes))
        except (RayActorError, TimeoutError):
            raise SessionNotActive from None

    async def sessions_of(self, user_id: str, business_id: str) -> list[SessionRecord]:
        """The user's live sessions."""
        return await self._directory.of_user(user_id, business_id)

    async def health(self) -> dict[str, Any]:
        """Session pool, engine pools and deliveries."""
        sessions, pools, delivery = await asyncio.gather(
            self._ask(SESSION_POOL), self._ask(POOLS), self._ask(DELIVERY)
        )
        return {
            "sessions": sessions if sessions is not None else {"status": "down"},
            "pools": pools if pools is not None else {"pools": {"status": "down"}},
            "delivery": delivery if delivery is not None else {"status": "down", "code": "unreachable"},
        }

    async def _ask(self, name: str) -> dict[str, Any] | None:
        try:
            actor = await self._actor(name)
            return await within(HEALTH_TIMEOUT_S, actor.health.remote())
        except (RayActorError, ValueError, TimeoutError):
            self._named.pop(name, None)
            return None

    async def _session(self, session_id: str) -> ActorHandle[Any] | None:
        record = await self._directory.get(session_id)
        if record is None or record.state == "ended":
            return None
        try:
            return await self._actor(record.actor_name, keep=False)
        except ValueError:
            return None

    async def _actor(self, name: str, *, keep: bool = True) -> ActorHandle[Any]:
        """The named actor; the look-up blocks for a moment, so it runs in a thread."""
        known = self._named.get(name)
        if known is None:
            known = await asyncio.to_thread(ray.get_actor, name, NAMESPACE)
            if keep:
                self._named[name] = known
        return known


def make_control(settings: Settings) -> RaySessionControl:
    """The control of one ingress replica, with a Redis connection of its own."""
    return RaySessionControl(redis_of(settings, timeout_s=REDIS_TIMEOUT_S, connections=64))
