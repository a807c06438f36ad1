"""Reads the event-loop lag that a server tells about itself, while a load test runs. Judges nothing."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx

from bench.load.findings import Findings

_EVERY_S = 5.0
_TIMEOUT_S = 4.0
_HEALTH = "/api/v1/voice-agent/openai/health"


async def watch_lags(base_url: str, found: Findings) -> None:
    """Ask every few seconds until the hold is over; an answer that fails is a finding of its own, not an error."""
    async with httpx.AsyncClient(base_url=base_url, timeout=_TIMEOUT_S) as client:
        while (now := time.monotonic()) < found.window[1]:
            try:
                report = (await client.get(_HEALTH)).json()
            except (httpx.HTTPError, ValueError) as error:
                found.told.append({"kind": "no_health", "at": now, "what": type(error).__name__})
            else:
                found.told.append(lag_of(report, now))
            await asyncio.sleep(_EVERY_S)


def lag_of(report: dict[str, Any], at: float) -> dict[str, Any]:
    """The finding in an answer of the health check: by kind of process, the worst one's p99 of its last minute, ms."""
    parts = {"sessions": report.get("sessions", {}), "ingress": report.get("ingress", {})}
    lags = {kind: part["loop_lag_ms"]["p99"] for kind, part in parts.items() if part.get("loop_lag_ms")}
    return {"kind": "lag", "at": at, "p99_ms": lags}
