"""How long a conversation may live: with nobody there, with nobody speaking, and in all. Pure: time is an argument."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a conversation ended: a reason for people and the WebSocket close code."""

    reason: str
    close_code: int


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Seconds without a client (grace), without speech (idle) and in all, after which a conversation ends."""

    grace_s: float
    idle_s: float
    max_s: float

    def next_end(
        self, started_at: float, detached_at: float | None, idle_since: float | None
    ) -> tuple[float, Ending]:
        """When the conversation ends if nothing changes, and why; None where that does not apply now."""
        ends = [(started_at + self.max_s, Ending("max_duration", 4009))]
        if detached_at is not None:
            ends.append((detached_at + self.grace_s, Ending("client_gone", 4003)))
        if idle_since is not None:
            ends.append((idle_since + self.idle_s, Ending("idle", 4008)))
        return min(ends, key=lambda entry: entry[0])
