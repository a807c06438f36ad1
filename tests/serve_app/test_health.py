"""Health tells the truth: each dependency is broken for real, and the answer read."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from redis.asyncio import Redis

from business.sql.database import Database
from config.settings import Settings
from serve_app import health
from serve_app.application import build_app
from serve_app.dependencies import Dependencies
from serve_app.haproxy import ProxyMode
from tests.serve_app.conftest import MemoryControl, RedisProcess, client_of

Make = Callable[..., Dependencies]


async def read(app: FastAPI) -> tuple[int, dict[str, Any]]:
    async with client_of(app) as client:
        answer = await client.get("/openai/health")
    return answer.status_code, answer.json()


async def test_all_is_well(app: FastAPI):
    status, body = await read(app)
    assert (status, body["status"]) == (200, "ok")
    assert set(body["dependencies"]) == {"database", "redis", "sessions", "recognisers", "tools"}
    for name in ("database", "redis", "sessions"):
        assert body["dependencies"][name]["status"] == "ok"
        assert body["dependencies"][name]["latency_ms"] > 0
    assert body["dependencies"]["tools"] == {"status": "ok", "latency_ms": None, "code": None, "actors": 2}
    assert body["sessions"] == {"active": 0, "warm": 1, "capacity": 100}
    assert body["proxy"] == {"mode": "haproxy", "warning": None}
    assert {"hero365-voice", "ray", "python"} <= set(body["versions"])
    assert "unknown" not in body["versions"].values()


async def test_post_is_the_same_and_nobody_has_to_log_in(app: FastAPI):
    async with client_of(app) as client:
        by_post, by_get = await client.post("/openai/health"), await client.get("/openai/health")
    assert by_post.status_code == by_get.status_code == 200
    assert by_post.json()["status"] == by_get.json()["status"]
    assert by_get.headers["cache-control"] == "no-store"


async def test_redis_dies_while_we_watch(make_deps: Make, tmp_path: Path):
    process = RedisProcess(tmp_path)
    client = Redis.from_url(process.url, socket_timeout=2, socket_connect_timeout=2)
    app = build_app(make_deps(redis=client))
    assert (await read(app))[0] == 200
    process.stop()
    status, body = await read(app)
    assert (status, body["status"]) == (503, "down")
    assert body["dependencies"]["redis"]["status"] == "down"
    assert body["dependencies"]["redis"]["code"] == "unreachable"
    assert body["dependencies"]["database"]["status"] == "ok"
    await client.aclose()


async def test_a_database_that_is_not_there(make_deps: Make, tmp_path: Path):
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/no/such/folder/x.db")
    status, body = await read(build_app(make_deps(directory=database.directory)))
    await database.close()
    assert (status, body["status"]) == (503, "down")
    assert body["dependencies"]["database"]["code"] == "unreachable"
    assert str(tmp_path) not in str(body)


def spoil(folder: Path) -> None:
    for file in folder.glob("hero365.db*"):
        file.write_bytes(b"this is no database" * 1000)


async def test_a_database_that_breaks_under_us(make_deps: Make, database: Database, tmp_path: Path):
    app = build_app(make_deps())
    assert (await read(app))[0] == 200
    await database.close()
    spoil(tmp_path)
    status, body = await read(app)
    assert (status, body["dependencies"]["database"]["status"]) == (503, "down")


async def test_sessions_that_do_not_answer(make_deps: Make, control: MemoryControl, app: FastAPI):
    control.health_answer = RuntimeError("secret internals")
    status, body = await read(app)
    assert (status, body["status"]) == (503, "down")
    assert body["dependencies"]["sessions"]["code"] == "failed"
    assert "secret internals" not in str(body)


@pytest.mark.parametrize(
    ("pool", "overall", "http"), [("ok", "ok", 200), ("degraded", "degraded", 200), ("down", "degraded", 200)]
)
async def test_an_engine_pool(app: FastAPI, control: MemoryControl, pool: str, overall: str, http: int):
    control.health_answer = {
        "sessions": {"status": "ok", "active": 3, "warm": 0, "capacity": 40},
        "pools": {"voices": {"status": pool, "actors": 0, "outstanding": 4}, "tools": {"status": "ok"}},
    }
    status, body = await read(app)
    assert (status, body["status"]) == (http, overall)
    assert body["dependencies"]["voices"]["status"] == pool
    assert body["dependencies"]["voices"]["outstanding"] == 4
    assert body["dependencies"]["voices"]["code"] == (None if pool == "ok" else f"pool_{pool}")


@pytest.mark.parametrize("status", ["degraded", "down"])
async def test_deliveries_that_stand_still_do_not_end_conversations(
    app: FastAPI, control: MemoryControl, status: str
):
    control.health_answer = {
        "sessions": {"status": "ok"},
        "pools": {},
        "delivery": {
            "status": status,
            "code": "late",
            "backlog": 7,
            "due": 3,
            "oldest_due_s": 400.0,
            "dead": 2,
        },
    }
    http, body = await read(app)
    assert (http, body["status"]) == (200, "degraded")
    delivery = body["dependencies"]["delivery"]
    assert (delivery["status"], delivery["code"]) == (status, "late")
    assert (delivery["backlog"], delivery["oldest_due_s"], delivery["dead"]) == (7, 400.0, 2)


@pytest.mark.parametrize(
    ("sessions", "overall", "http"),
    [("degraded", "degraded", 200), ("down", "down", 503), ("?", "down", 503)],
)
async def test_the_session_pool(app: FastAPI, control: MemoryControl, sessions: str, overall: str, http: int):
    control.health_answer = {"sessions": {"status": sessions, "active": 40, "capacity": 40}, "pools": {}}
    status, body = await read(app)
    assert (status, body["status"]) == (http, overall)
    assert body["sessions"] == {"active": 40, "capacity": 40}


async def test_a_part_that_hangs_is_given_up(
    make_deps: Make, control: MemoryControl, monkeypatch: pytest.MonkeyPatch
):
    async def hang() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(control, "health", hang)
    monkeypatch.setattr(health, "CHECK_TIMEOUT_S", 0.05)
    status, body = await read(build_app(make_deps()))
    assert (status, body["dependencies"]["sessions"]["code"]) == (503, "timeout")


async def test_many_askers_share_one_check(
    app: FastAPI, control: MemoryControl, monkeypatch: pytest.MonkeyPatch
):
    asked = 0

    async def slow() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        async with asyncio.timeout(2):
            await everybody_asked.wait()
        return {"sessions": {"status": "ok"}, "pools": {}}

    everybody_asked = asyncio.Event()
    monkeypatch.setattr(control, "health", slow)
    async with client_of(app) as client:
        askers = [asyncio.create_task(client.get("/openai/health")) for _ in range(10)]
        for _ in range(200):
            await asyncio.sleep(0)
        everybody_asked.set()
        answers: list[httpx.Response] = await asyncio.gather(*askers)
    assert {answer.status_code for answer in answers} == {200}
    assert asked == 1


async def test_the_default_proxy_is_shown_with_its_reason(make_deps: Make):
    app = build_app(make_deps(proxy=ProxyMode("default", "no binary")))
    assert (await read(app))[1]["proxy"] == {"mode": "default", "warning": "no binary"}


async def test_what_openai_does_not_do_is_seen_and_conversations_go_on(
    make_deps: Make, settings: Settings, redis: Redis
):
    with_key = settings.model_copy(update={"openai_api_key": SecretStr("sk-test")})
    app = build_app(make_deps(settings=with_key))
    _, body = await read(app)
    assert body["dependencies"]["openai_thinking"]["circuit"] == "closed"
    until = time.time() + 30
    await redis.set("h365:circuit:thinking", json.dumps({"at": time.time(), "until": until}))
    status, body = await read(app)
    assert (status, body["status"]) == (200, "degraded")
    thinking = body["dependencies"]["openai_thinking"]
    assert (thinking["status"], thinking["code"], thinking["circuit"]) == ("degraded", "circuit_open", "open")
    assert 0 < thinking["retry_in_s"] <= 30
    assert body["dependencies"]["openai_hearing"]["status"] == "ok"
