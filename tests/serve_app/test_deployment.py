"""The ingress as it is deployed: Ray Serve, HAProxy, real Redis, real SQLite; only the sessions are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from config.keys import ticket_key
from config.settings import Settings
from conversation.tickets import Tickets
from serve_app.auth import issue_access_token
from serve_app.haproxy import haproxy_environment, wait_until_routed
from serve_app.ports import free_ports, own_serve_ports
from tests.serve_app.conftest import MARIA, SPRINGS, RedisProcess, fill

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def deployed(redis_process: RedisProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    import asyncio

    ports = free_ports(3)
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("ingress"),
        http_port=ports[0],
        haproxy_stats_port=ports[1],
        haproxy_metrics_port=ports[2],
        redis_url=redis_process.url,
    )
    asyncio.run(fill(settings.database_url))
    environment = {
        **os.environ,
        **own_serve_ports(),  # another server may be running beside this one
        "PYTHONPATH": str(ROOT),
        "HERO365_DATA_DIR": str(settings.data_dir),
        "HERO365_HTTP_PORT": str(settings.http_port),
        "HERO365_HAPROXY_STATS_PORT": str(settings.haproxy_stats_port),
        "HERO365_HAPROXY_METRICS_PORT": str(settings.haproxy_metrics_port),
        "REDIS_URL": redis_process.url,
    }
    program = Path(__file__).with_name("ingress_program.py")
    process = subprocess.Popen(
        [sys.executable, str(program)],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    said = ""
    for said in process.stdout:
        if said == "ready\n":
            break
    assert said == "ready\n", "the ingress did not start"
    assert wait_until_routed(settings), "HAProxy does not know the replica"
    yield settings
    process.stdin.close()
    process.wait(60)
    shutil.rmtree(haproxy_environment(settings)["RAY_SERVE_HAPROXY_SERVER_STATE_BASE"])


def client_of(settings: Settings) -> httpx.AsyncClient:
    token = issue_access_token(settings, MARIA)
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{settings.http_port}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )


async def test_http_through_haproxy(deployed: Settings):
    async with client_of(deployed) as client:
        assert (await client.get("/docs")).status_code == 200
        sessions = await client.get("/api/v1/voice-agent/openai/sessions")
        assert (sessions.status_code, sessions.json()) == (200, {"sessions": [], "total": 0})
        unauthorised = await client.get(
            "/api/v1/voice-agent/openai/sessions", headers={"Authorization": "Bearer x"}
        )
        assert (unauthorised.status_code, unauthorised.json()["error"]["code"]) == (401, "token_invalid")
        broken = await client.post(
            "/api/v1/voice-agent/openai/start", content=b"{", headers={"Content-Type": "application/json"}
        )
        assert (broken.status_code, broken.json()["error"]["code"]) == (400, "invalid_json")


async def test_refusals_with_503_keep_their_body_and_do_not_take_the_replica_out(deployed: Settings):
    async with client_of(deployed) as client:
        for _ in range(8):
            answer = await client.post("/api/v1/voice-agent/openai/start")
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "at_capacity")
            assert int(answer.headers["retry-after"]) >= 1
        assert (await client.get("/api/v1/voice-agent/openai/sessions")).status_code == 200


async def test_health_says_what_is_missing(deployed: Settings):
    async with client_of(deployed) as client:
        answer = await client.get("/api/v1/voice-agent/openai/health")
    body = answer.json()
    assert answer.status_code == 503
    assert body["proxy"]["mode"] == "haproxy"
    assert {name: part["status"] for name, part in body["dependencies"].items()}.items() >= {
        "database": "ok",
        "redis": "ok",
        "sessions": "down",
    }.items()


async def test_close_codes_reach_the_client(deployed: Settings):
    tickets = Tickets(ticket_key(deployed), 60)
    for ticket, expected in (
        ("rubbish", (1008, "ticket_invalid")),
        (tickets.issue("nobody", MARIA, SPRINGS), (4004, "session_unknown")),
    ):
        url = f"ws://127.0.0.1:{deployed.http_port}/ws/voice-agent/nobody?ticket={ticket}"
        async with connect(url) as socket:
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert (socket.close_code, socket.close_reason) == expected
