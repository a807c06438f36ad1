"""The session directory in Redis: who owns which session, where its actor listens, and how ended ones ended."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from conversation.spec import SessionRecord

#: How long an ended session can still be asked about.
ENDED_TTL_S = 3600
#: A live entry whose actor stopped refreshing it (dead node) disappears after this.
LIVE_TTL_S = 300
REFRESH_S = 60.0


class Directory:
    """Records of sessions; every entry expires by itself unless its actor keeps it alive."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put(self, record: SessionRecord) -> None:
        """Write or refresh a live record."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.set(_key(record.session_id), _dump(record), ex=LIVE_TTL_S)
        pipeline.zadd(_user_key(record), {record.session_id: record.created_at.timestamp()})
        pipeline.expire(_user_key(record), LIVE_TTL_S)
        await pipeline.execute()

    async def get(self, session_id: str) -> SessionRecord | None:
        """The record, also of a session that ended within ``ENDED_TTL_S``."""
        raw = await self._redis.get(_key(session_id))
        return _load(raw) if raw else None

    async def end(self, record: SessionRecord, last_words: dict[str, Any]) -> None:
        """Mark as ended and keep ``last_words`` (status and summary) for a while."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.set(_key(record.session_id), _dump(replace(record, state="ended")), ex=ENDED_TTL_S)
        pipeline.set(_end_key(record.session_id), json.dumps(last_words, default=str), ex=ENDED_TTL_S)
        pipeline.zrem(_user_key(record), record.session_id)
        await pipeline.execute()

    async def last_words(self, session_id: str) -> dict[str, Any] | None:
        """What ``end`` kept."""
        raw = await self._redis.get(_end_key(session_id))
        return json.loads(raw) if raw else None

    async def add_completed(self, session_id: str, ok: bool, summary: str) -> None:
        """A call that the session had left behind came to an end: it belongs to its summary."""
        last_words = await self.last_words(session_id) or {}
        found = last_words.setdefault("summary", {})
        found.setdefault("completed_later", []).append({"ok": ok, "summary": summary})
        if ok:
            found.setdefault("completed_tasks", []).append(summary)
        await self._redis.set(_end_key(session_id), json.dumps(last_words, default=str), ex=ENDED_TTL_S)

    async def of_user(self, user_id: str, business_id: str) -> list[SessionRecord]:
        """The user's sessions in the business that have not ended, newest first."""
        name = f"h365:user:{business_id}:{user_id}"
        ids = [_text(each) for each in await self._redis.zrevrange(name, 0, -1)]
        if not ids:
            return []
        raws = await self._redis.mget([_key(each) for each in ids])
        gone = [each for each, raw in zip(ids, raws, strict=True) if not raw]
        if gone:
            await self._redis.zrem(name, *gone)
        records = [_load(raw) for raw in raws if raw]
        return [record for record in records if record.state != "ended"]


def _key(session_id: str) -> str:
    return f"h365:session:{session_id}"


def _end_key(session_id: str) -> str:
    return f"h365:ended:{session_id}"


def _user_key(record: SessionRecord) -> str:
    return f"h365:user:{record.business_id}:{record.user_id}"


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _dump(record: SessionRecord) -> str:
    return json.dumps(asdict(record) | {"created_at": record.created_at.isoformat()})


def _load(raw: Any) -> SessionRecord:
    fields = json.loads(raw)
    fields["created_at"] = datetime.fromisoformat(fields["created_at"])
    return SessionRecord(**fields)
