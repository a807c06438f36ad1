"""Starts and stops the whole server: Redis, database, Ray, pools, ingress. The parent of every process it starts.

Synchronous, for the command line, the demo, tests and benches. Decides nothing about conversations.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from config.logs import setup_logging
from config.settings import Settings
from serve_app.edge_child import EdgeChild
from serve_app.fork_child import ForkChild, ray_python
from serve_app.haproxy import ProxyMode, choose_proxy, haproxy_environment, wait_until_routed
from serve_app.ports import own_serve_ports
from serve_app.redis_child import RedisChild

log = logging.getLogger(__name__)

Report = Callable[[str, float | None], None]

_OBJECT_STORE_BYTES = 256 * 1024 * 1024
_DRAIN_TIMEOUT_S = 12.0
_ACTORS_TIMEOUT_S = 180.0


class StartFailed(Exception):  # noqa: N818  (a state of the world, named as the code reads)
    """A part of the server did not start; the text names it and says why, for people."""

    code = "start_failed"

    def __init__(self, part: str, cause: Exception) -> None:
        lines = str(cause).strip().splitlines()
        reason = lines[-1] if lines else ""
        super().__init__(f"{part} did not start: {type(cause).__name__}: {reason}")
        self.part = part


_RAY_PACE = {"RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.5", "REPORTER_UPDATE_INTERVAL_MS": "20000"}


def ray_environment(settings: Settings, proxy: ProxyMode) -> dict[str, str]:
    """What Ray and Serve read from the environment; must be set before Ray is imported."""
    environment = node_environment(settings, proxy)
    if settings.ray_address is None:
        # The cluster of one machine is this user's own; one that is joined has its own way of letting people in.
        environment |= {"RAY_AUTH_MODE": "disabled"} | own_serve_ports()
    return environment


def node_environment(settings: Settings, proxy: ProxyMode) -> dict[str, str]:
    """The same on every node of a cluster, the one of a single machine or any other."""
    environment = {
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_DEDUP_LOGS": "0",
        # Ray runs its workers at nice 15 otherwise: a realtime server would give way to everything else.
        "RAY_worker_niceness": "0",
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        # Serve kills a proxy that is not ready after this (5 s) while the launcher waits for that very one.
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "90",
        "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "30",
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
        # What Ray does all the time beside the conversations: look after Serve's replicas (every 0.1 s), read
        # the counters of every process (every 5 s). Whoever wants that oftener sets it himself.
        **{name: os.environ.get(name, value) for name, value in _RAY_PACE.items()},
    }
    if proxy.mode == "haproxy":
        environment |= haproxy_environment(settings)
    else:
        environment |= {"RAY_SERVE_ENABLE_HA_PROXY": "0", "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1"}
    return environment


class Server:
    """The server of these settings.

    Args:
        settings: Validated settings.
        report: Told each step when it begins (None) and when it is done (seconds).
        take_over: Take the actors that run already, of a server that ended without stopping them, as they are.

    Attributes:
        settings: The settings as the parts see them (``redis_url`` filled in).
        base_url: Where it answers.
    """

    def __init__(
        self,
        settings: Settings,
        report: Report = lambda _step, _seconds: None,
        *,
        take_over: bool = False,
    ) -> None:
        self.settings = settings
        self._take_over = take_over
        self.proxy = ProxyMode("default")
        self._report = report
        self._redis: RedisChild | None = None
        self._fork: ForkChild | None = None
        self._edge: EdgeChild | None = None
        self._owns_cluster = settings.ray_address is None
        self._connected = False

    @property
    def base_url(self) -> str:
        """Root URL of HTTP."""
        host = "127.0.0.1" if self.settings.http_host in {"0.0.0.0", "::"} else self.settings.http_host  # noqa: S104
        return f"http://{host}:{self.settings.http_port}"

    def start(self) -> None:
        """Start everything. On a fault what was started is stopped again and the fault raised."""
        setup_logging(self.settings)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        if self.settings.redis_url is None:
            with self._step("Redis"):
                self._redis = RedisChild(self.settings.data_dir)
                self._redis.start()
                self.settings = self.settings.model_copy(update={"redis_url": self._redis.url})
        if self.settings.fork_server == "auto" and self._owns_cluster and sys.platform == "linux":
            openai = self.settings.openai_api if self.settings.openai_enabled else None
            self._fork = ForkChild(openai=openai, slow_tick=self.settings.slow_tick == "auto")
            self._fork.launch()
        with self._step("Database"):
            asyncio.run(prepare_database(self.settings))
        self.proxy = choose_proxy(self.settings)
        if self.proxy.warning:
            log.warning("%s", self.proxy.warning)
        os.environ.update(ray_environment(self.settings, self.proxy))
        if self._fork is not None:
            os.environ.update(self._fork.environment)
        with self._step("Ray"):
            self._connect()
        if self.settings.media_route == "direct":
            with self._step("Edge"):
                self._edge = EdgeChild(self.settings, self._node())
                self._edge.start()
        # All calls from this thread: Ray's task ids of several threads of a driver are not always apart.
        pending = self._start_actors()
        self._start_serve()
        self._await_actors(pending)
        with self._step("Ingress"):
            self._deploy()

    def _connect(self) -> None:
        import ray

        from actors.names import NAMESPACE

        options: dict[str, Any] = {"namespace": NAMESPACE, "log_to_driver": False, "logging_level": "error"}
        if self._owns_cluster:
            options |= {
                "address": "local",
                "include_dashboard": False,
                "object_store_memory": _OBJECT_STORE_BYTES,
                "_node_ip_address": "127.0.0.1",
            }
        else:
            options["address"] = self.settings.ray_address
        with ray_python(self._fork.executable) if self._fork is not None else contextlib.nullcontext():
            ray.init(**options)
        self._connected = True

    def build(self) -> Any:
        """The ingress for Ray Serve to deploy, in a process of a cluster whose Serve runs already.

        There is no edge and nothing to stop. Raises StartFailed.
        """
        setup_logging(self.settings)
        with self._step("Database"):
            asyncio.run(prepare_database(self.settings))
        self.proxy = choose_proxy(self.settings)
        if self.proxy.warning:
            log.warning("%s", self.proxy.warning)
        self._await_actors(self._start_actors())
        return self._application()

    def _start_actors(self) -> dict[Any, str]:
        """Ask every pool to start; the references of the answers with the names of the steps."""
        from actors import shim_command
        from actors.delivery import DeliveryActor
        from actors.names import DELIVERY, NAMESPACE, POOLS, SESSION_POOL
        from actors.pool import PoolManager
        from actors.session_pool import SessionPool
        from media.engines.hibari import SAMPLE_RATE as VOICE_RATE
        from serve_app.pools import pool_specs

        python: str | None = None
        if self._fork is not None:
            with self._step("Fork server"):
                python = self._fork.executable if self._fork.wait() else None
        elif self.settings.fork_server == "auto" and not self._owns_cluster:
            python = shim_command()  # each node has a fork server of its own, or has none
        specs = pool_specs(self.settings)
        lasting = {"namespace": NAMESPACE, "lifetime": "detached", "max_restarts": 3, "max_concurrency": 1000}
        lasting |= {"get_if_exists": self._take_over}
        manager: Any = cast("Any", PoolManager).options(name=POOLS, **lasting).remote(specs)
        # It keeps nothing in memory, so that it may be restarted as often as it dies.
        forever = lasting | {"max_restarts": -1}
        delivery: Any = cast("Any", DeliveryActor).options(name=DELIVERY, **forever).remote(self.settings)
        sessions: Any = (
            cast("Any", SessionPool)
            .options(name=SESSION_POOL, **lasting)
            .remote(self.settings, manager, delivery, VOICE_RATE, python)
        )
        pending = {manager.start.remote(spec.kind): spec.title for spec in specs}
        pending[sessions.start.remote()] = "Warm sessions"
        pending[delivery.start.remote()] = "Deliveries"
        return pending

    def _await_actors(self, pending: dict[Any, str]) -> None:
        import ray
        from ray.exceptions import GetTimeoutError

        deadline = time.monotonic() + _ACTORS_TIMEOUT_S
        while pending:
            done, _rest = ray.wait(list(pending), timeout=max(0.0, deadline - time.monotonic()))
            if not done:
                name = next(iter(pending.values()))
                raise StartFailed(name, GetTimeoutError(f"not ready after {_ACTORS_TIMEOUT_S:g} s"))
            name = pending.pop(done[0])
            try:
                milliseconds = ray.get(done[0])
            except Exception as error:
                raise StartFailed(name, error) from error
            self._report(name, milliseconds / 1000)

    def _start_serve(self) -> None:
        from ray import serve

        logging.getLogger("ray.serve").setLevel(logging.WARNING)
        with self._step("HAProxy" if self.proxy.mode == "haproxy" else "HTTP proxy"):
            serve.start(
                proxy_location="EveryNode",
                http_options={"host": self.settings.http_host, "port": self.settings.http_port},
            )

    def _deploy(self) -> None:
        from ray import serve

        from serve_app.deployment import APPLICATION

        serve.run(self._application(), name=APPLICATION, route_prefix="/")
        if self.proxy.mode == "haproxy" and self._owns_cluster and not wait_until_routed(self.settings):
            log.warning(
                "HAProxy does not route to the ingress itself yet; until it does, messages cost more."
            )

    def _application(self) -> Any:
        from actors.control import make_control
        from serve_app.deployment import build_application

        return build_application(self.settings, make_control, self.proxy, self._edge_address())

    def _node(self) -> str | None:
        """This node's address in a cluster that is joined."""
        import ray

        return None if self._owns_cluster else ray.util.get_node_ip_address()

    def _edge_address(self) -> tuple[str, int] | None:
        """Where ingress replicas find the edge, on whichever node they are."""
        if self._edge is None:
            return None
        host, port = self._edge.address
        everywhere = self.settings.http_host in {"0.0.0.0", "::"}  # noqa: S104
        return ((self._node() if everywhere else None) or host, port)

    def stop(self) -> None:
        """End the conversations, then every part that ``start`` started. Idempotent."""
        if self._connected:
            self._connected = False
            self._stop_cluster()
        edge, self._edge = self._edge, None
        if edge is not None:
            edge.stop()
        fork, self._fork = self._fork, None
        if fork is not None:
            fork.stop()
        redis, self._redis = self._redis, None
        if redis is not None:
            redis.stop()

    def _stop_cluster(self) -> None:
        import ray
        from ray import serve
        from ray.exceptions import RayError

        from actors.names import DELIVERY, NAMESPACE, POOLS, SESSION_POOL
        from serve_app.deployment import APPLICATION

        with contextlib.suppress(ValueError, RayError):
            ray.get(ray.get_actor(DELIVERY, NAMESPACE).drain.remote(), timeout=_DRAIN_TIMEOUT_S)
        with contextlib.suppress(ValueError, RayError):
            ray.get(ray.get_actor(SESSION_POOL, NAMESPACE).drain.remote(), timeout=_DRAIN_TIMEOUT_S)
        if not self._owns_cluster:
            # The cluster lives on: take away what is ours.
            with contextlib.suppress(RayError):
                serve.delete(APPLICATION)
            for name in (SESSION_POOL, POOLS, DELIVERY):
                with contextlib.suppress(ValueError):
                    ray.kill(ray.get_actor(name, NAMESPACE))
        ray.shutdown()
        folder = os.environ.get("RAY_SERVE_HAPROXY_SERVER_STATE_BASE")
        if self._owns_cluster and self.proxy.mode == "haproxy" and folder:
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def _step(self, name: str) -> Any:
        self._report(name, None)
        began = time.monotonic()
        try:
            yield
        except StartFailed:
            raise
        except Exception as error:
            log.debug("start-up stopped at %s", name, exc_info=True)
            raise StartFailed(name, error) from error
        self._report(name, time.monotonic() - began)


async def prepare_database(settings: Settings) -> None:
    """Bring the schema up to date; a new embedded database is filled with the demonstration business."""
    from business.clock import SystemClock
    from business.migrations.runner import upgrade
    from business.seed import seed
    from business.sql.database import Database

    await upgrade(settings.database_url)
    if settings.database_url.startswith("sqlite"):
        database = Database(settings.database_url, clock=SystemClock())
        try:
            await seed(database, datetime.now(UTC))
        finally:
            await database.close()
