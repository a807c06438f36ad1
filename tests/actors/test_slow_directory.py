"""Redis is too slow while a conversation is being claimed: the caller is told, and no actor and no slot is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from actors import session_pool
from actors.session_pool import SessionPool
from config.settings import Settings
from conversation.options import SessionOptions
from conversation.spec import SessionSpec

SPEC = SessionSpec("s1", "u", None, "b", "Acme", "UTC", SessionOptions(), datetime(2026, 1, 1, tzinfo=UTC))


class Call:
    """A method of an actor: fails, or answers."""

    def __init__(self, error: RedisError | None) -> None:
        self._error = error

    async def remote(self, _spec: SessionSpec) -> str:
        if self._error is not None:
            raise self._error
        return "record"


class Handle:
    """An actor whose ``bind`` writes to the directory."""

    def __init__(self, error: RedisError | None) -> None:
        self.bind = Call(error)


class Names:
    """The pool's Redis: nothing can be written."""

    async def hset(self, *_arguments: str) -> None:
        raise RedisTimeoutError


async def nothing() -> None:
    """Looks after nobody."""


@pytest.mark.parametrize("error", [RedisTimeoutError(), None], ids=["the actor's write", "the pool's write"])
async def test_a_claim_that_cannot_be_written_down_leaves_nothing_behind(
    error: RedisError | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path, redis_url="redis://127.0.0.1:1/0", warm_sessions=0)
    pool = cast("Any", SessionPool).__ray_metadata__.modified_class(settings, None, None, 24_000)
    buried: list[Any] = []
    monkeypatch.setattr(session_pool, "_bury", buried.append)
    monkeypatch.setattr(pool, "_look_after", nothing)
    monkeypatch.setattr(pool, "_refill", lambda *, waiting: None)
    monkeypatch.setattr(pool, "_redis", Names())
    handle = Handle(error)
    pool._warm.put_nowait(session_pool._Warm("actor", handle))
    with pytest.raises(RedisTimeoutError):
        await pool.claim(SPEC)
    assert buried == [handle]
    assert (pool._claimed, pool._claiming) == ({}, 0)
