"""Signed POSTs in the style of Standard Webhooks: stable id, timestamp, HMAC-SHA256 over both and the body.

Follows no redirect, reads no more of an answer than its status, waits no longer than its time-out, and never logs
a body, an address or the secret. Format: github.com/standard-webhooks/standard-webhooks (v1, symmetric).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from business.delivery.channels import DeliveryFailed

TIMEOUT_S = 10.0
SECRET_PREFIX = "whsec_"  # noqa: S105  (the prefix that marks a secret, not one)
_RETRYABLE = frozenset({408, 409, 425, 429})
_MAX_RETRY_AFTER_S = 3600.0


def key_of(secret: str) -> bytes:
    """The key of a secret: base64 behind ``whsec_``, else the text itself. Raises ValueError for broken base64."""
    if not secret.startswith(SECRET_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError as error:
        raise ValueError("whsec_ must be followed by base64") from error


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The ``webhook-signature`` header of a body sent at ``timestamp`` (seconds since the epoch)."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class SignedPost:
    """Posts JSON to one address of the operator's.

    Args:
        url: Where to.
        secret: Shared with the receiver.
        clock: Seconds since the epoch.
        timeout_s: Longest time of one whole exchange.
    """

    def __init__(
        self, url: str, secret: str, clock: Callable[[], float], *, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._url = url
        self._key = key_of(secret)
        self._clock = clock
        self._timeout_s = timeout_s
        self._client: httpx.AsyncClient | None = None

    async def post(self, message_id: str, content: dict[str, Any]) -> None:
        """Post ``content``; returns when the receiver answered with 2xx. Raises DeliveryFailed."""
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        timestamp = int(self._clock())
        headers = {
            "content-type": "application/json",
            "user-agent": "hero365-voice",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self._key, message_id, timestamp, body),
        }
        if self._client is None:
            self._client = httpx.AsyncClient(follow_redirects=False, timeout=self._timeout_s)
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._client.stream("POST", self._url, content=body, headers=headers) as answer,
            ):
                status, pause = answer.status_code, _pause(answer.headers.get("retry-after"), self._clock())
        except (TimeoutError, httpx.TimeoutException) as error:
            raise DeliveryFailed("timeout", retryable=True) from error
        except (httpx.HTTPError, OSError) as error:
            raise DeliveryFailed("unreachable", retryable=True) from error
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            raise DeliveryFailed("redirect_refused", retryable=False)
        retryable = status >= 500 or status in _RETRYABLE
        raise DeliveryFailed(f"http_{status}", retryable=retryable, retry_after_s=pause)

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def _pause(header: str | None, now: float) -> float | None:
    """Seconds that a Retry-After header asks for (a number, or a date), at most an hour; None without a usable one."""
    if not header:
        return None
    try:
        seconds = float(header) if header.strip().isdigit() else _seconds_until(header, now)
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), _MAX_RETRY_AFTER_S)


def _seconds_until(date: str, now: float) -> float:
    moment = parsedate_to_datetime(date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now


def iso(moment: datetime | None) -> str | None:
    """A time as JSON has it."""
    return None if moment is None else moment.isoformat()
