"""Builds the FastAPI application: routes, socket door, error bodies. Runs without Ray, so tests can call it.

Decides nothing itself; what it is built with comes in as ``Dependencies``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from serve_app import door, realtime, realtime_http
from serve_app.body_limit import BodyLimit
from serve_app.dependencies import Dependencies
from serve_app.errors import install_error_handlers
from serve_app.health import HealthCheck
from serve_app.models import ErrorResponse
from serve_app.routes import books, catalogue, health, sessions, transfer, usage

API_PREFIX = "/api/v1/voice-agent"
_REFUSALS = (400, 401, 403, 404, 409, 413, 415, 429, 500, 503)


async def _nothing() -> None:
    return None


def build_app(
    deps: Dependencies,
    close: Callable[[], Awaitable[None]] = _nothing,
    begin: Callable[[], Awaitable[None]] = _nothing,
) -> FastAPI:
    """The whole HTTP and WebSocket surface.

    Args:
        deps: What the routes work with.
        begin: Awaited when the application starts, on its event loop.
        close: Awaited when the application shuts down, to close what ``deps`` holds.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        await begin()
        yield
        await close()

    app = FastAPI(
        title="Hero365 Voice",
        description="Realtime voice agents that run a contractor's business.",
        version=version("hero365-voice"),
        lifespan=lifespan,
    )
    app.state.dependencies = deps
    app.state.health = HealthCheck(deps)
    app.state.sockets = door.OpenSockets(deps.settings.websocket_max_connections)
    install_error_handlers(app)
    larger = {f"{API_PREFIX}/data/": deps.settings.import_max_bytes}
    app.add_middleware(BodyLimit, larger=larger)
    if deps.settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(deps.settings.allowed_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-Business-ID", "Idempotency-Key"],
            expose_headers=["Retry-After"],
        )
    refusals: dict[int | str, dict[str, Any]] = {code: {"model": ErrorResponse} for code in _REFUSALS}
    refusals["default"] = {"model": ErrorResponse}  # keeps FastAPI from promising its own 422
    for topic in (sessions, catalogue, books, transfer, usage):
        app.include_router(topic.router, prefix=API_PREFIX, responses=refusals)
    app.include_router(health.router, prefix=API_PREFIX)
    app.include_router(door.router)
    app.include_router(realtime.router)
    app.include_router(realtime_http.router)
    return app
