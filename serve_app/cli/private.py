"""A server of one's own for a while: free ports, an empty data folder, the embedded engines, nothing left behind.

Takes nothing from the environment that leads outside: no database, Redis, Ray cluster or OpenAI of somebody else.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path

from config.settings import Settings

_REPLICA_PORTS = 100
_PORTS_TRIED = 4
_TRIES = 50


def private_settings(data_dir: Path, *, haproxy: bool = True) -> Settings:
    """Settings of a server that touches nothing but ``data_dir`` and ports that are free now."""
    http, stats, metrics = free_ports(3)
    own: dict[str, object] = {
        "DATABASE_URL": "",
        "REDIS_URL": None,
        "HERO365_RAY_ADDRESS": None,
        "provider": "local",
        "data_dir": data_dir,
        "http_host": "127.0.0.1",
        "http_port": http,
        "haproxy": "auto" if haproxy else "off",
        "haproxy_stats_port": stats,
        "haproxy_metrics_port": metrics,
    }
    return Settings(**own)  # pyright: ignore[reportArgumentType]


def private_environment(data_dir: Path, *, haproxy: bool = True) -> dict[str, str]:
    """The same as environment variables, for a server in a process of its own."""
    settings = private_settings(data_dir, haproxy=haproxy)
    return {
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "RAY_ADDRESS": "",
        "HERO365_PROVIDER": "local",
        "HERO365_DATA_DIR": str(settings.data_dir),
        "HERO365_HTTP_HOST": settings.http_host,
        "HERO365_HTTP_PORT": str(settings.http_port),
        "HERO365_HAPROXY": settings.haproxy,
        "HERO365_HAPROXY_STATS_PORT": str(settings.haproxy_stats_port),
        "HERO365_HAPROXY_METRICS_PORT": str(settings.haproxy_metrics_port),
        **own_serve_ports(),
    }


def own_serve_ports() -> dict[str, str]:
    """Variables that give Ray Serve's inner ports to this server alone, to be set before Ray starts.

    Behind HAProxy each replica listens on the first port of a range, and until the first one is up a fallback proxy
    answers. Ray's defaults are the same for every cluster: two servers on one machine would get each other's
    requests.
    """
    for _ in range(_TRIES):
        first = random.SystemRandom().randrange(20_000, 29_000, _REPLICA_PORTS)
        if all(_is_free(port) for port in range(first, first + _PORTS_TRIED)):
            break
    else:
        raise OSError("no free range of ports for the ingress replicas")
    fallback_http, fallback_grpc = free_ports(2)
    return {
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(first),
        "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(first + _REPLICA_PORTS - 1),
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(fallback_http),
        "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT": str(fallback_grpc),
    }


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Different TCP ports that are free on the loopback interface at this moment."""
    held = [socket.socket() for _ in range(count)]
    try:
        for holder in held:
            holder.bind(("127.0.0.1", 0))
        return [holder.getsockname()[1] for holder in held]
    finally:
        for holder in held:
            holder.close()
