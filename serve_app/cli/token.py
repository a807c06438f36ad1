"""``hero365 token``: an access token for trying the server. Only for installations that sign their own."""

from __future__ import annotations

import sys


def token(*, hours: float = 1.0) -> int:
    """Print an access token for the owner of the seeded business.

    Args:
        hours: How long it is valid.
    """
    from config.settings import load_settings
    from serve_app.cli.access import owner_token

    print(owner_token(load_settings(), ttl_s=max(60, int(hours * 3600))))
    if sys.stdout.isatty():
        print("Anybody with it is the demo owner until it expires.", file=sys.stderr)
    return 0
