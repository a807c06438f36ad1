"""Redis stands still in the middle of a conversation: talk goes on, what needs Redis is refused, nothing is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from serve_app.launcher import Server
from tests.e2e.conftest import Caller
from tests.support.polling import eventually

pytestmark = pytest.mark.server


@contextmanager
def frozen_redis(server: Server) -> Iterator[None]:
    """The server's own Redis, stopped for a while."""
    assert server._redis is not None
    pid = server._redis.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_the_audio_path_does_not_wait_for_redis(server: Server, caller: Caller):
    _session, line = await caller.conversation()
    await line.send("text_message", text="what time is it")
    await line.answered(1)
    with frozen_redis(server):
        before = line.audio
        await line.send("text_message", text="what time is it")
        await line.answered(2)
        assert line.audio > before
        refused = await caller.post("/openai/start")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "dependency_unavailable")
    assert line.close_code is None
    await line.send("text_message", text="what time is it")
    await line.answered(3)

    async def lags() -> bool:
        report = (await caller.http.get("/api/v1/voice-agent/openai/health")).json()
        return bool(report["sessions"].get("loop_lag_ms") and report["ingress"].get("loop_lag_ms"))

    await eventually(lags, "event loops are measured, and health shows it", 30)
