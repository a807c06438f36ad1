"""Asks every part the server needs, all at once, each with a short time-out, and tells the truth.

Never answers from memory and never passes an exception's text on: a part that fails is named by a code.
"""

from __future__ import annotations

import asyncio
import logging
import platform
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, cast

from redis.exceptions import RedisError

from actors.circuits import read_circuits
from business.errors import BusinessError
from conversation.fallback.breaker import State
from conversation.fallback.circuits import Part
from serve_app.dependencies import Dependencies
from serve_app.edge_config import HEALTH_PATH
from serve_app.models import DependencyHealth, HealthResponse, ProxyHealth

logger = logging.getLogger(__name__)

Status = Literal["ok", "degraded", "down"]

CHECK_TIMEOUT_S = 3.0  # longer than what the session control allows itself
_PACKAGES = ("hero365-voice", "ray", "openai-agents", "fastapi")


class HealthCheck:
    """Runs the checks; requests that come while one runs share it, so asking often costs nothing more."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._running: asyncio.Task[HealthResponse] | None = None
        self._versions = _versions()

    async def report(self) -> HealthResponse:
        """The state of every part now."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._check())
        return await asyncio.shield(self._running)

    async def _check(self) -> HealthResponse:
        deps = self._deps
        async with asyncio.TaskGroup() as group:
            database = group.create_task(_ask(deps.directory.ping))
            redis = group.create_task(_ask(_ping(deps)))
            control = group.create_task(_ask(deps.control.health))
            provider = group.create_task(_provider(deps))
            edge = group.create_task(_edge(deps))
        parts = {"database": database.result()[0], "redis": redis.result()[0]}
        sessions_health, answer = control.result()
        figures = _table(_table(answer).get("sessions"))
        sessions_health.status = _worst([sessions_health.status, _status(figures.pop("status", "ok"))])
        if sessions_health.status != "ok" and sessions_health.code is None:
            sessions_health.code = "sessions_" + sessions_health.status
        parts["sessions"] = sessions_health
        pools = {name: _pool(_table(pool)) for name, pool in _table(_table(answer).get("pools")).items()}
        needed = _worst([part.status for part in parts.values()])
        if "delivery" in _table(answer):
            pools["delivery"] = _pool(_table(_table(answer)["delivery"]))
        pools |= provider.result() | edge.result()
        # Conversations go on without what stands here.
        engines = _worst([pool.status for pool in pools.values()])
        return HealthResponse(
            status=_worst([needed, "ok" if engines == "ok" else "degraded"]),
            dependencies={**parts, **pools},
            sessions=figures,
            proxy=ProxyHealth(mode=deps.proxy.mode, warning=deps.proxy.warning),
            versions=self._versions,
            ingress={"loop_lag_ms": deps.lag.figures()} if deps.lag is not None else {},
        )


async def _ask(question: Callable[[], Awaitable[Any]]) -> tuple[DependencyHealth, Any]:
    """Ask one part; whatever goes wrong is its answer."""
    started = time.perf_counter()
    code = None
    answer = None
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            answer = await question()
    except TimeoutError:
        code = "timeout"
    except (RedisError, BusinessError, OSError):
        code = "unreachable"
    except Exception:
        logger.exception("a health check failed")
        code = "failed"
    latency_ms = round((time.perf_counter() - started) * 1000, 2)
    return DependencyHealth(status="down" if code else "ok", latency_ms=latency_ms, code=code), answer


async def _provider(deps: Dependencies) -> dict[str, DependencyHealth]:
    """What OpenAI does for conversations, part by part, as they have found it; nothing without OpenAI."""
    if not deps.settings.openai_enabled:
        return {}
    asked, answer = await _ask(lambda: read_circuits(deps.redis))
    if answer is None:
        return {"openai": asked.model_copy(update={"status": "degraded"})}
    found = cast("dict[Part, tuple[float, float]]", answer)
    return {f"openai_{part}": _circuit(found.get(part, (0.0, 0.0))[1] - time.time()) for part in Part}


async def _edge(deps: Dependencies) -> dict[str, DependencyHealth]:
    """The edge of the direct route; nothing without that route."""
    if deps.settings.media_route == "serve" and deps.edge is None:
        return {}
    asked, _answer = await _ask(lambda: _edge_answers(deps.edge))
    return {"edge": asked}


async def _edge_answers(address: tuple[str, int] | None) -> None:
    """Raises OSError when the edge does not answer, or was never started."""
    if address is None:
        raise ConnectionRefusedError
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(f"GET {HEALTH_PATH} HTTP/1.0\r\n\r\n".encode())
        if b" 200 " not in await reader.readline():
            raise ConnectionRefusedError
    finally:
        writer.close()


def _circuit(open_s: float) -> DependencyHealth:
    """A part of OpenAI's; while its circuit is open the embedded engine does its work."""
    if open_s <= 0:
        return _pool({"status": "ok", "circuit": State.CLOSED})
    figures = {"circuit": State.OPEN, "retry_in_s": round(open_s, 1)}
    return _pool({"status": "degraded", "code": "circuit_open", **figures})


def _ping(deps: Dependencies) -> Callable[[], Awaitable[Any]]:
    return lambda: cast("Awaitable[Any]", deps.redis.ping())


def _pool(pool: dict[str, Any]) -> DependencyHealth:
    status = _status(pool.get("status"))
    code = pool.get("code") or (None if status == "ok" else "pool_" + status)
    figures = {name: value for name, value in pool.items() if name not in {"status", "code"}}
    return DependencyHealth(status=status, code=code, **figures)


def _table(value: Any) -> dict[str, Any]:
    return dict(cast("dict[str, Any]", value)) if isinstance(value, dict) else {}


def _status(value: Any) -> Status:
    """A part's word about itself; one that says nothing we know is not ok."""
    return value if value in {"ok", "degraded", "down"} else "down"


def _worst(statuses: list[Status]) -> Status:
    if "down" in statuses:
        return "down"
    return "degraded" if "degraded" in statuses else "ok"


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "unknown"
    return versions
