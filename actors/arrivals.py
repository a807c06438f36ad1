"""A session tells the delivery actor that its user is there. Imported by every session: loads nothing heavy."""

from __future__ import annotations

import contextlib
from typing import Any

from ray.actor import ActorHandle
from ray.exceptions import RayActorError

from actors.within import within

ARRIVED_TIMEOUT_S = 10.0


async def report_arrival(delivery: ActorHandle[Any], business_id: str, user_id: str) -> None:
    """Tell the delivery actor that the user has begun a conversation. A message that is lost costs only time.

    By its handle: to look it up by name would load its class here, and the database with it (2 s, 40 MB).
    """
    with contextlib.suppress(RayActorError, TimeoutError):
        await within(ARRIVED_TIMEOUT_S, delivery.arrived.remote(business_id, user_id))
