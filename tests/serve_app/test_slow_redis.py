"""A Redis that is slow: every wait ends, nothing is asked twice, and whoever asked is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from actors.journal import RedisJournal
from actors.redis_client import redis_of
from config.settings import Settings
from conversation.durable_calls import NOT_DONE, DurableCalls
from serve_app.application import build_app
from serve_app.dependencies import Dependencies
from tests.serve_app.conftest import MARIA, RedisProcess, client_of
from tests.support.polling import eventually
from tests.support.slow_redis import SlowRedis, slow_redis
from tools.catalogue import TOOLS
from tools.envelope import Caller, ToolCall, ToolErrorType, ToolResult

WRITE = ToolCall("create_job", '{"title": "Leak"}', Caller("b", "u", "s", True), turn=1, ordinal=0)


@pytest.fixture
async def proxy(redis: Redis, redis_process: RedisProcess) -> AsyncIterator[SlowRedis]:
    del redis  # it has emptied the database
    async with slow_redis(redis_process.url) as running:
        yield running


@pytest.fixture
async def client(proxy: SlowRedis, tmp_path: Path) -> AsyncIterator[Redis]:
    settings = Settings(data_dir=tmp_path, redis_url=proxy.url)
    client = redis_of(settings, timeout_s=0.3, connections=2)
    assert await client.ping()
    yield client
    await client.aclose()


async def test_a_command_that_timed_out_has_failed_and_is_not_repeated(proxy: SlowRedis, client: Redis):
    proxy.hold()
    with pytest.raises(RedisTimeoutError):
        await client.set("ticket", "used", nx=True)
    assert proxy.asked.count(b"ticket") == 1, "asked again, it would find the ticket used up by itself"
    proxy.release()
    await eventually(lambda: client.get("ticket"), "what was asked in time is done late")


async def test_a_connection_that_broke_is_made_again(proxy: SlowRedis, client: Redis):
    proxy.cut()
    assert await client.set("a", "b")


async def test_connections_are_bounded_and_who_finds_none_is_told(proxy: SlowRedis, client: Redis):
    proxy.hold()
    tried = await asyncio.gather(*(client.get(str(each)) for each in range(20)), return_exceptions=True)
    assert all(isinstance(each, RedisTimeoutError | RedisConnectionError) for each in tried)
    assert proxy.connections <= 20, "never more than were asked for"
    proxy.release()
    assert await client.ping()


async def test_a_start_is_refused_with_503_and_so_is_control(
    proxy: SlowRedis,
    client: Redis,
    make_deps: Callable[..., Dependencies],
    token_of: Callable[..., str],
):
    async with client_of(build_app(make_deps(redis=client)), token_of(MARIA)) as maria:
        assert (await maria.post("/openai/start")).status_code == 200
        proxy.hold()
        for path, body in (("/openai/start", {}), ("/openai/status", {"session_id": "session_1"})):
            answer: httpx.Response = await maria.post(path, json=body)
            assert answer.status_code == 503, path
            assert answer.json()["error"]["code"] == "dependency_unavailable"
            assert int(answer.headers["retry-after"]) >= 1
        health = (await maria.get("/openai/health")).json()
        assert health["dependencies"]["redis"]["status"] == "down"
        proxy.release()
        assert (await maria.post("/openai/start")).status_code == 200


class Tools:
    """A tool pool that counts."""

    def __init__(self) -> None:
        self.calls = 0

    async def execute(self, call: ToolCall, timeout_s: float) -> ToolResult:
        self.calls += 1
        return ToolResult(True, "Done.")

    async def reject(self, caller: Caller, confirmation_id: str) -> None:
        raise AssertionError


async def test_a_write_that_cannot_be_written_down_is_not_done_and_a_read_does_not_wait(
    proxy: SlowRedis, client: Redis
):
    tools = Tools()
    calls = DurableCalls(tools, RedisJournal(client), TOOLS, calls_per_minute=60)
    proxy.hold()
    result = await calls.call(WRITE)
    assert result.error is not None
    assert (result.error.type, result.summary) == (ToolErrorType.UNAVAILABLE, NOT_DONE)
    assert tools.calls == 0
    read = ToolCall("get_today_jobs", "{}", WRITE.caller, turn=1, ordinal=1)
    assert (await calls.call(read)).ok
    proxy.release()
    await calls.settle(5.0)
