"""Names by which the long-lived actors are found in the cluster. Nothing else."""

from __future__ import annotations

NAMESPACE = "hero365"
SESSION_POOL = "session-pool"
POOLS = "pools"
DELIVERY = "delivery"


def session_actor_name(number: str) -> str:
    """Name of a session actor."""
    return f"session-{number}"
