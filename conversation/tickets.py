"""Tickets: what a client shows to open a session's WebSocket. Signed, short-lived, one session, used once.

Used by the ingress (issue, verify, consume) and the session actor (verify), so it knows neither HTTP nor Ray.
A ticket is a JWT (HS256) so that an edge proxy can verify it too. Never log one: it opens a microphone.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import jwt

PURPOSE = "hero365-voice-socket"
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A verified ticket. ``expires_at`` in seconds since the epoch."""

    session_id: str
    user_id: str
    business_id: str
    jti: str
    expires_at: float


class TicketRefused(Exception):  # noqa: N818  (named as the code reads)
    """The ticket opens nothing.

    ``code`` is ``ticket_missing``, ``ticket_invalid``, ``ticket_expired``, ``ticket_wrong_session`` or
    ``ticket_reused``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SetOnce(Protocol):
    """The one command of a Redis client (``redis.asyncio.Redis``) that consuming needs."""

    def set(self, name: str, value: str, *, nx: bool, ex: int) -> Awaitable[Any]:
        """SET name value NX EX ex; a false answer when the name was there."""
        ...


class Tickets:
    """Issues and checks tickets under one key. ``clock`` gives seconds since the epoch."""

    def __init__(self, key: str, ttl_s: int, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._ttl_s = ttl_s
        self._clock = clock

    def issue(
        self, session_id: str, user_id: str, business_id: str, address: tuple[str, int] | None = None
    ) -> str:
        """A fresh ticket for one session of one user.

        Args:
            session_id: The session it opens.
            user_id: Its owner.
            business_id: Its tenant.
            address: Host and port of the session's own server, for an edge proxy that routes by the ticket; None
                tells nobody.
        """
        now = self._clock()
        claims: dict[str, Any] = {
            "session_id": session_id,
            "user_id": user_id,
            "business_id": business_id,
            "jti": secrets.token_urlsafe(16),
            "purpose": PURPOSE,
            "iat": int(now),
            "exp": int(now) + self._ttl_s,
        }
        if address is not None:
            claims["addr"], claims["port"] = address
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def verify(self, ticket: str | None, session_id: str) -> Ticket:
        """Check signature, purpose, expiry and session.

        Raises:
            TicketRefused: With the reason's code.
        """
        if not ticket:
            raise TicketRefused("ticket_missing")
        try:
            claims = jwt.decode(
                ticket,
                self._key,
                algorithms=[_ALGORITHM],
                options={
                    "require": ["exp", "jti", "session_id", "user_id", "business_id"],
                    "verify_exp": False,  # judged below, by the injected clock
                    "verify_iat": False,
                },
            )
        except jwt.InvalidTokenError as error:
            raise TicketRefused("ticket_invalid") from error
        fields = [claims[name] for name in ("session_id", "user_id", "business_id", "jti")]
        expires_at = claims["exp"]
        if (
            claims.get("purpose") != PURPOSE
            or not all(isinstance(field, str) for field in fields)
            or not isinstance(expires_at, int | float)
        ):
            raise TicketRefused("ticket_invalid")
        if self._clock() >= expires_at:
            raise TicketRefused("ticket_expired")
        if claims["session_id"] != session_id:
            raise TicketRefused("ticket_wrong_session")
        return Ticket(*fields, expires_at=float(expires_at))

    async def consume(self, redis: SetOnce, ticket: Ticket) -> None:
        """Use the ticket up, cluster-wide.

        Raises:
            TicketRefused: ``ticket_reused``, when it was used before.
        """
        seconds = max(1, int(ticket.expires_at - self._clock()) + 1)
        if not await redis.set(f"hero365:ticket:{ticket.jti}", "used", nx=True, ex=seconds):
            raise TicketRefused("ticket_reused")
