"""Which server and which token a command uses when it is not told: the local one and a seeded user's.

Never prints a token and never writes one anywhere.
"""

from __future__ import annotations

from config.settings import Settings


def local_url(settings: Settings) -> str:
    """Where a server with these settings listens, as seen from this machine."""
    host = "127.0.0.1" if settings.http_host in {"0.0.0.0", "::"} else settings.http_host  # noqa: S104
    return f"http://{host}:{settings.http_port}"


def owner_token(settings: Settings, *, ttl_s: int = 3600) -> str:
    """An access token of the seeded business's owner, signed with this installation's own key.

    Raises:
        CommandFailed: Tokens of this installation are signed elsewhere.
    """
    from business.seed import DEMO_BUSINESS_ID, DEMO_OWNER_ID
    from serve_app.auth import issue_access_token
    from serve_app.cli.failure import CommandFailed

    if settings.jwt_algorithm != "HS256":
        raise CommandFailed(
            "HERO365_JWT_ALGORITHM is not HS256: tokens are made elsewhere. Give one with --token.",
            exit_code=2,
        )
    return issue_access_token(settings, DEMO_OWNER_ID, DEMO_BUSINESS_ID, ttl_s=ttl_s)
