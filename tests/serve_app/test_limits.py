"""Limits: exact, atomic, by user and business, with a Retry-After that is true."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from config.settings import Settings
from serve_app.errors import ApiError
from serve_app.limits import Limits
from tests.serve_app.conftest import MARIA, ROOFS, SPRINGS, Clock, MemoryControl, client_of


async def start_all(client: httpx.AsyncClient, count: int) -> list[httpx.Response]:
    """Start and stop ``count`` conversations, one after the other."""
    answers = [await client.post("/openai/start") for _ in range(count)]
    for answer in answers:
        if answer.status_code == 200:
            await client.post("/openai/stop", json={"session_id": answer.json()["session_id"]})
    return answers


async def test_thirty_starts_a_minute(maria: httpx.AsyncClient, clock: Clock):
    for _ in range(6):
        assert {answer.status_code for answer in await start_all(maria, 5)} == {200}
        clock.now += 5
    refused = await maria.post("/openai/start")
    assert refused.status_code == 429
    assert refused.json()["error"]["type"] == "rate_limited"
    assert refused.json()["error"]["details"] == {"limit": 30, "window_s": 60, "kind": "starts"}
    wait = int(refused.headers["retry-after"])
    assert wait == 30  # the first five were half a minute ago
    clock.now += wait
    assert [answer.status_code for answer in await start_all(maria, 5)] == [200] * 5
    assert (await maria.post("/openai/start")).status_code == 429  # five had left the window, no more


async def test_limits_are_kept_apart_by_business_and_user(
    maria: httpx.AsyncClient, tom: httpx.AsyncClient, app: FastAPI, token_of: Callable[..., str]
):
    for _ in range(6):
        await start_all(maria, 5)
    assert (await maria.post("/openai/start")).status_code == 429
    assert (await tom.post("/openai/start")).status_code == 200
    async with client_of(app, token_of(MARIA, ROOFS)) as elsewhere:
        assert (await elsewhere.post("/openai/start")).status_code == 200


async def test_two_hundred_control_messages_a_minute(maria: httpx.AsyncClient, clock: Clock):
    statuses = [(await maria.get("/openai/sessions")).status_code for _ in range(201)]
    assert statuses == [200] * 200 + [429]
    refused = await maria.post("/openai/status", json={"session_id": "any"})
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "60"
    clock.now += 60
    assert (await maria.get("/openai/sessions")).status_code == 200


async def test_health_is_not_limited(maria: httpx.AsyncClient):
    statuses = {(await maria.get("/openai/health")).status_code for _ in range(220)}
    assert statuses == {200}


async def test_five_conversations_a_user(maria: httpx.AsyncClient, control: MemoryControl):
    answers = [await maria.post("/openai/start") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[5].json()["error"]["code"] == "too_many_sessions"
    assert answers[5].json()["error"]["details"] == {"limit": 5}
    assert int(answers[5].headers["retry-after"]) >= 1
    assert len(control.records) == 5
    await maria.post("/openai/stop", json={"session_id": answers[0].json()["session_id"]})
    assert (await maria.post("/openai/start")).status_code == 200
    assert (await maria.post("/openai/start")).status_code == 429


async def test_conversations_that_ended_by_themselves_do_not_count(
    maria: httpx.AsyncClient, control: MemoryControl
):
    for _ in range(5):
        control.end((await maria.post("/openai/start")).json()["session_id"])
    assert (await maria.post("/openai/start")).status_code == 200


async def test_starts_at_the_same_moment_do_not_slip_through(
    maria: httpx.AsyncClient, control: MemoryControl
):
    answers = await asyncio.gather(*(maria.post("/openai/start") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 7
    assert len(control.records) == 5


async def test_starts_under_way_are_not_taken_for_ended_ones(
    maria: httpx.AsyncClient, control: MemoryControl, redis: Redis, settings: Settings, clock: Clock
):
    limits = Limits(redis, settings, clock.milliseconds)

    async def nobody_lives() -> list[str]:
        return []

    release = asyncio.Event()

    async def hold(name: str, held: asyncio.Event) -> None:
        async with limits.session_place(MARIA, SPRINGS, name, nobody_lives):
            held.set()
            await release.wait()

    async with asyncio.TaskGroup() as group:
        for number in range(5):
            held = asyncio.Event()
            group.create_task(hold(f"s{number}", held))
            await held.wait()
        with pytest.raises(ApiError, match="5 conversations"):
            await hold("s5", asyncio.Event())
        release.set()


async def test_without_an_injected_clock_redis_keeps_the_time(redis: Redis, settings: Settings):
    limits = Limits(redis, settings.model_copy(update={"starts_per_minute": 2}))
    await limits.admit_start(MARIA, SPRINGS)
    await limits.admit_start(MARIA, SPRINGS)
    with pytest.raises(ApiError) as caught:
        await limits.admit_start(MARIA, SPRINGS)
    assert caught.value.retry_after_s is not None
    assert 0 < caught.value.retry_after_s <= 60
    assert 0 < await redis.pttl(f"hero365:limit:starts:{SPRINGS}:{MARIA}") <= 60_000


async def test_replicas_count_together(redis: Redis, settings: Settings, clock: Clock):
    replicas = [Limits(redis, settings, clock.milliseconds) for _ in range(3)]
    outcomes = await asyncio.gather(
        *(replicas[number % 3].admit_start(MARIA, SPRINGS) for number in range(40)), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 30
