"""Ephemeral keys (client secrets): a server asks for one, a browser opens one user's sessions with it until it expires.

Kept in Redis under their hash, so that every ingress replica knows them and none can be read back.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import Redis

PREFIX: Final = "ek_"


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """Whose sessions a key opens, and the Realtime session object they begin with."""

    user_id: str
    business_id: str
    session: Mapping[str, Any]


class ClientSecrets:
    """Issues keys and knows them again."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def issue(self, secret: ClientSecret, ttl_s: int) -> str:
        """A fresh key for ``secret`` that lives ``ttl_s`` seconds. Raises RedisError."""
        value = PREFIX + secrets.token_urlsafe(32)
        body = {"user_id": secret.user_id, "business_id": secret.business_id, "session": dict(secret.session)}
        await self._redis.set(_key(value), json.dumps(body), ex=ttl_s)
        return value

    async def find(self, value: str) -> ClientSecret | None:
        """What the key stands for; None when there is no such key, or no more. Raises RedisError."""
        body = await self._redis.get(_key(value))
        return None if body is None else ClientSecret(**json.loads(body))


def _key(value: str) -> str:
    return f"hero365:client_secret:{hashlib.sha256(value.encode()).hexdigest()}"
