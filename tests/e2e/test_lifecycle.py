"""Sessions come and go: slots, processes, Redis keys and sockets are all given back."""

from __future__ import annotations

import asyncio
import os

import psutil
import pytest
import ray
from redis.asyncio import Redis

from actors.names import NAMESPACE, POOLS, SESSION_POOL
from tests.e2e.conftest import Caller
from tests.support.polling import eventually

pytestmark = pytest.mark.server


async def health(caller: Caller) -> dict:
    return (await caller.http.get("/api/v1/voice-agent/openai/health")).json()


async def quiet(caller: Caller) -> dict:
    """The server when no session is left."""

    async def check() -> dict | None:
        report = await health(caller)
        return (
            report
            if report["sessions"].get("active") == 0 and report["sessions"].get("warm", 0) >= 1
            else None
        )

    return await eventually(check, "all sessions have ended", 90)


def session_processes() -> int:
    """Session actor processes on this machine that belong to this cluster."""
    count = 0
    for process in psutil.process_iter(["cmdline"]):
        count += "SessionActor" in " ".join(process.info["cmdline"] or [])
    return count


async def only_warm_ones(caller: Caller) -> bool:
    """Every session process is one that the pool keeps ready, or is just starting (a rush leaves more than usual)."""
    sessions = (await health(caller))["sessions"]
    return session_processes() <= sessions["warm"] + sessions["starting"]


async def cycle(caller: Caller) -> None:
    session, line = await caller.conversation()
    answer = await caller.post("/openai/stop", session_id=session)
    assert answer.status_code == 200, answer.text
    assert answer.json()["session_summary"]["duration"] >= 0
    assert await line.closed() == 1000
    caller.forget(session, line)


async def cycles(caller: Caller, times: int, at_once: int) -> None:
    """``times`` conversations begun and ended, some of them at the same time."""
    numbers = iter(range(times))

    async def some() -> None:
        for _ in numbers:
            await cycle(caller)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(some())


async def nothing_is_left(caller: Caller, times: int, at_once: int = 1) -> None:
    await quiet(caller)
    sockets = len(psutil.Process(os.getpid()).net_connections())
    await cycles(caller, times, at_once)
    await quiet(caller)
    await eventually(lambda: only_warm_ones(caller), "the session processes are gone", 60)
    assert len(psutil.Process(os.getpid()).net_connections()) <= sockets + 4
    redis = Redis.from_url(caller.server.settings.redis_url or "")
    assert await redis.hlen("h365:claimed") == 0
    assert not [key async for key in redis.scan_iter("h365:user:*")]
    await redis.aclose()


async def test_nothing_is_left_after_some_cycles(caller: Caller) -> None:
    await nothing_is_left(caller, 8)


@pytest.mark.soak
async def test_nothing_is_left_after_a_thousand_cycles(caller: Caller) -> None:
    await nothing_is_left(caller, int(os.environ.get("SOAK_CYCLES", "1000")), at_once=3)


async def test_at_capacity_a_start_is_refused_with_retry_after(caller: Caller) -> None:
    await quiet(caller)
    for _ in range(caller.server.settings.max_sessions):
        await caller.start()
    refused = await caller.post("/openai/start")
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "at_capacity"
    assert int(refused.headers["Retry-After"]) >= 1


async def test_stop_is_idempotent_and_status_tells_the_end(caller: Caller) -> None:
    await quiet(caller)
    session, line = await caller.conversation()
    await line.send("text_message", text="what time is it")
    await line.answered()
    first = (await caller.post("/openai/stop", session_id=session)).json()
    second = (await caller.post("/openai/stop", session_id=session)).json()
    assert first["session_summary"] == second["session_summary"]
    assert first["session_summary"]["tools_used"] == {"get_current_time": 1}
    status = (await caller.post("/openai/status", session_id=session)).json()
    assert status["is_active"] is False


async def test_a_killed_session_actor_frees_its_slot(caller: Caller) -> None:
    await quiet(caller)
    session, line = await caller.conversation()
    names = [each["name"] for each in ray.util.list_named_actors(all_namespaces=True)]
    redis = Redis.from_url(caller.server.settings.redis_url or "", decode_responses=True)
    claimed = await redis.hgetall("h365:claimed")
    await redis.aclose()
    name = next(name for name, owner in claimed.items() if owner == session)
    assert name in names
    ray.kill(ray.get_actor(name, NAMESPACE))
    assert await line.closed() in {1006, 1012}
    await quiet(caller)


async def test_health_tells_the_truth_about_a_dead_engine(caller: Caller) -> None:
    manager = ray.get_actor(POOLS, NAMESPACE)
    for kind in ("recognisers", "voices", "understanding", "tools"):
        before = (await health(caller))["dependencies"][kind]
        assert before["status"] == "ok"
        _version, members = await manager.members.remote(kind)
        for member in members:
            ray.kill(member)

        async def noticed(kind: str = kind) -> bool:
            return (await health(caller))["dependencies"][kind]["status"] != "ok"

        async def mended(kind: str = kind) -> bool:
            return (await health(caller))["dependencies"][kind]["status"] == "ok"

        await eventually(noticed, f"health notices the dead {kind}", 30)
        await eventually(mended, f"the {kind} are back", 60)


async def test_health_tells_the_truth_about_redis(caller: Caller) -> None:
    """A stopped Redis (it hangs, as one behind a broken network does) is told, and its return too."""
    child = caller.server._redis
    assert child is not None
    assert child.pid is not None
    process = psutil.Process(child.pid)
    process.suspend()
    try:
        answer = await caller.http.get("/api/v1/voice-agent/openai/health")
        assert answer.status_code == 503
        assert answer.json()["dependencies"]["redis"]["status"] == "down"
    finally:
        process.resume()

    async def back() -> bool:
        return (await health(caller))["dependencies"]["redis"]["status"] == "ok"

    await eventually(back, "Redis is back", 30)


async def test_health_tells_the_truth_about_the_session_pool(caller: Caller) -> None:
    await quiet(caller)
    children = psutil.Process(os.getpid()).children(recursive=True)
    (old,) = [each for each in children if "ray::SessionPool" in " ".join(each.cmdline())]
    ray.kill(ray.get_actor(SESSION_POOL, NAMESPACE), no_restart=False)
    await eventually(lambda: not old.is_running() or old.status() == psutil.STATUS_ZOMBIE, "the pool is gone")

    async def back() -> bool:
        return (await health(caller))["sessions"].get("warm", 0) >= 1

    await eventually(back, "the pool is restarted by itself and full again", 90)
    session, line = await caller.conversation()
    assert session
    await line.send("ping")
    await line.got("pong")
