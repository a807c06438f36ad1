"""The server as an application that Ray Serve builds by itself (``serve deploy``, KubeRay's RayService).

``import_path: serve_app.declared:application``. Ray calls it in a worker of the cluster; the settings come from the
environment of the nodes. The actors it starts are detached: they outlive the build and are found again by the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.settings import Settings, SettingsError, load_settings
from serve_app.launcher import Server

if TYPE_CHECKING:
    from ray import serve


def application(arguments: dict[str, str]) -> serve.Application:
    """Start the pools, unless they run already, and return the ingress.

    Args:
        arguments: Nothing is taken; the environment has the settings.

    Raises:
        SettingsError: A setting is missing that all nodes have to share, or asks for a part of the launcher's.
        StartFailed: A pool did not start.
    """
    if arguments:
        raise SettingsError(f"args: none are taken, the settings are in the environment; {sorted(arguments)}")
    settings = load_settings()
    check_shared(settings)
    if settings.media_route == "direct":
        raise SettingsError("MEDIA_ROUTE: must be serve, since the edge is a child of hero365 up")
    joined = settings.model_copy(update={"ray_address": settings.ray_address or "auto"})
    return Server(joined, take_over=True).build()


def check_shared(settings: Settings) -> None:
    """Raise SettingsError for what would be different on each node. All problems at once."""
    problems: list[str] = []
    if settings.redis_url is None:
        problems.append("REDIS_URL: must be set, since all nodes share one Redis")
    if settings.database_url.startswith("sqlite"):
        problems.append("DATABASE_URL: must be postgresql://…, since a file is on one node only")
    if settings.ticket_secret is None:
        problems.append("HERO365_TICKET_SECRET: must be set, since a made one is on one node only")
    if settings.jwt_secret is None and settings.jwt_jwks_url is None:
        problems.append(
            "HERO365_JWT_SECRET or HERO365_JWT_JWKS_URL: must be set, as for HERO365_TICKET_SECRET"
        )
    if problems:
        raise SettingsError("\n".join(problems))
