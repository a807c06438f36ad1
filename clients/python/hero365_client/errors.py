"""What can go wrong between a client and the server, each with the server's stable code.

Never raises anything of its own accord and never carries a raw traceback text.
"""

from __future__ import annotations

import json
from typing import Any


class Hero365Error(Exception):
    """Anything this package raises on purpose. ``code`` is stable, the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ApiError(Hero365Error):
    """The HTTP surface refused. ``status`` is the HTTP status, ``details`` the body's ``error.details``."""

    def __init__(self, status: int, code: str, message: str, details: Any = None) -> None:
        super().__init__(code, message)
        self.status = status
        self.details = details


class AuthenticationError(ApiError):
    """401: the token is missing, expired or not ours."""


class PermissionDenied(ApiError):  # noqa: N818  (named as the server says it)
    """403: not yours, or the membership lacks the permission."""


class NotFound(ApiError):  # noqa: N818
    """404: no such session."""


class RateLimited(ApiError):  # noqa: N818
    """429. ``retry_after`` is in seconds when the server gave it."""

    retry_after: float | None = None


class AtCapacity(ApiError):  # noqa: N818
    """503: no slot is free. ``retry_after`` is in seconds when the server gave it."""

    retry_after: float | None = None


class ServerUnreachable(Hero365Error):  # noqa: N818
    """No HTTP answer at all: refused, reset or timed out."""

    def __init__(self, message: str) -> None:
        super().__init__("unreachable", message)


class ConnectionLost(Hero365Error):  # noqa: N818
    """The WebSocket is gone. ``close_code`` is the WebSocket's; 1006 without a closing handshake."""

    def __init__(self, close_code: int, reason: str) -> None:
        super().__init__(
            CLOSE_CODES.get(close_code, "connection_lost"), reason or f"closed with {close_code}"
        )
        self.close_code = close_code


class ProtocolError(Hero365Error):
    """The server sent something this client cannot read."""

    def __init__(self, message: str) -> None:
        super().__init__("protocol_error", message)


CLOSE_CODES = {
    1000: "ended",
    1006: "connection_lost",
    1008: "policy",
    1009: "too_big",
    1012: "restart",
    1013: "at_capacity",
    4000: "internal",
    4003: "not_active",
    4004: "unknown_session",
    4008: "idle",
    4009: "max_duration",
    4010: "replaced",
}
RESUMABLE_CLOSES = frozenset({1001, 1006, 1011, 1012})
_BY_STATUS: dict[int, type[ApiError]] = {
    401: AuthenticationError,
    403: PermissionDenied,
    404: NotFound,
    429: RateLimited,
    503: AtCapacity,
}


def api_error(status: int, body: Any, retry_after: str | None = None) -> ApiError:
    """Build the typed error of an HTTP answer whose body is ``{error: {type, message, code, details}}``."""
    found: Any = body.get("error") if isinstance(body, dict) else None
    error: dict[str, Any] = found if isinstance(found, dict) else {}
    code = str(error.get("code") or error.get("type") or f"http_{status}")
    message = str(error.get("message") or f"the server answered {status}")
    raised = _BY_STATUS.get(status, ApiError)(status, code, message, error.get("details"))
    if isinstance(raised, RateLimited | AtCapacity) and retry_after is not None:
        try:
            raised.retry_after = float(retry_after)
        except ValueError:  # an HTTP date: allowed by the standard, our server sends seconds
            raised.retry_after = None
    return raised


def turned_away(status: int, body: bytes | bytearray | None) -> ConnectionLost:
    """A socket that was refused by HTTP. With 5xx the session was out of reach, which may pass: a restart (1012)."""
    try:
        found = json.loads(body or b"null")
    except ValueError:
        found = None
    told = api_error(status, found)
    return ConnectionLost(1012 if status >= 500 else 1008, f"the server refused the socket: {told}")
