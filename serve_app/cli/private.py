"""A server of one's own for a while: free ports, an empty data folder, the embedded engines, nothing left behind.

Takes nothing from the environment that leads outside: no database, Redis, Ray cluster or OpenAI of somebody else.
"""

from __future__ import annotations

from pathlib import Path

from config.settings import Settings
from serve_app.ports import free_ports


def private_settings(data_dir: Path, *, haproxy: bool = True) -> Settings:
    """Settings of a server that touches nothing but ``data_dir`` and ports that are free now."""
    http, stats, metrics, edge, edge_metrics = free_ports(5)
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
        "MEDIA_ROUTE": "serve",
        "edge_port": edge,
        "edge_metrics_port": edge_metrics,
        "edge_url": None,
        "edge_destinations": (),
        "smtp_host": None,
        "webhook_url": None,
        "sms_gateway_url": None,
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
        "MEDIA_ROUTE": settings.media_route,
        "HERO365_EDGE_PORT": str(settings.edge_port),
        "HERO365_EDGE_METRICS_PORT": str(settings.edge_metrics_port),
        "HERO365_SMTP_HOST": "",
        "HERO365_WEBHOOK_URL": "",
        "HERO365_SMS_GATEWAY_URL": "",
    }
