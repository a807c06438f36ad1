"""The ingress as a Ray Serve deployment: a fixed number of replicas, each one FastAPI application.

The replica is a pipe and a clerk: nothing CPU-bound runs on its loop, and it knows no session by heart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from ray import serve

from actors.desk import PooledDesk
from actors.loop_lag import LoopLag
from actors.redis_client import redis_of
from actors.vitals import Vitals
from business.clock import SystemClock
from business.sql.database import Database
from config.logs import setup_logging
from config.settings import Settings
from serve_app.application import build_app
from serve_app.catalogue import tool_descriptions
from serve_app.control import SessionControl
from serve_app.dependencies import Dependencies
from serve_app.haproxy import ProxyMode, longest_socket_s
from serve_app.pipe import run_pipe
from serve_app.piped_websocket import use_piped_websockets

APPLICATION = "hero365-voice"
REQUESTS_BESIDE_SOCKETS = 50
REDIS_TIMEOUT_S = 2.0
REDIS_CONNECTIONS = 64

ControlFactory = Callable[[Settings], SessionControl]


class Ingress:
    """One replica. Everything it holds is made here, in the replica's own process."""

    def __init__(
        self,
        settings: Settings,
        control_factory: ControlFactory,
        proxy: ProxyMode,
        edge: tuple[str, int] | None = None,
    ) -> None:
        setup_logging(settings, "ingress")
        use_piped_websockets()  # before Serve starts this replica's server
        self._database = Database(settings.database_url, clock=SystemClock())
        self._redis = redis_of(settings, timeout_s=REDIS_TIMEOUT_S, connections=REDIS_CONNECTIONS)
        self._lag = LoopLag()
        self._beside: list[asyncio.Task[None]] = []
        self._dependencies = Dependencies(
            settings=settings,
            control=control_factory(settings),
            directory=self._database.directory,
            redis=self._redis,
            desk=PooledDesk(),
            tools=tool_descriptions(),
            pipe=run_pipe,
            proxy=proxy,
            edge=edge,
            lag=self._lag,
        )

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Ray Serve's hook: the application of this replica."""
        return build_app(self._dependencies, self._close, self._begin)

    async def _begin(self) -> None:
        """On the loop that carries the sockets: measure it."""
        vitals = Vitals("ingress", self._lag)
        self._beside = [asyncio.create_task(each.run()) for each in (self._lag, vitals)]

    async def _close(self) -> None:
        for task in self._beside:
            task.cancel()
        await self._redis.aclose()
        await self._database.close()


def build_application(
    settings: Settings,
    control_factory: ControlFactory,
    proxy: ProxyMode,
    edge: tuple[str, int] | None = None,
) -> serve.Application:
    """The application to give to ``serve.run``.

    A replica that is replaced takes no new sockets and stays until its last one is closed, however long that takes:
    a conversation is not cut because the ingress is deployed again.

    Args:
        settings: With ``redis_url`` set.
        control_factory: Makes the session control inside a replica; a module-level function, so it pickles.
        proxy: What the launcher chose to stand in front.
        edge: Where the edge of the direct route answers; None without that route.
    """
    deployment: Any = serve.deployment(
        serve.ingress()(Ingress),
        name="Ingress",
        num_replicas=settings.ingress_replicas,
        max_ongoing_requests=settings.websocket_max_connections + REQUESTS_BESIDE_SOCKETS,
        max_queued_requests=REQUESTS_BESIDE_SOCKETS,  # finite: beyond it 503 at once instead of a hanging client
        graceful_shutdown_timeout_s=longest_socket_s(settings),
        graceful_shutdown_wait_loop_s=1.0,
        health_check_period_s=10.0,
        health_check_timeout_s=30.0,
        ray_actor_options={"num_cpus": 0},
    )
    return deployment.bind(settings, control_factory, proxy, edge)
