"""Signing keys: the configured one, else one made at first start in the data folder.

A made key is random, readable by its owner only (mode 0600) and never constant. Keys are never logged.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from config.settings import Settings

_KEY_BYTES = 48


def access_key(settings: Settings) -> str:
    """The HS256 key of access tokens (what ``hero365 token`` signs with and the server verifies with)."""
    if settings.jwt_secret is not None:
        return settings.jwt_secret.get_secret_value()
    return _made_key(settings.data_dir / "keys" / "access.key")


def ticket_key(settings: Settings) -> str:
    """The HS256 key of WebSocket tickets; not that of access tokens, so neither passes as the other."""
    if settings.ticket_secret is not None:
        return settings.ticket_secret.get_secret_value()
    return _made_key(settings.data_dir / "keys" / "ticket.key")


def _made_key(path: Path) -> str:
    """The key in ``path``, made first if there is none. Safe when several processes start at once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)  # mode 0600
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(_KEY_BYTES))
            os.link(temporary, path)  # fails when another process was first; then its key is the key
        except FileExistsError:
            pass  # the other process's key is read below
        finally:
            Path(temporary).unlink()
    return path.read_text(encoding="ascii").strip()
