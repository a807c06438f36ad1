"""A session tells the delivery actor that its user is there. Imported by every session: loads nothing heavy."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import ray
from ray.actor import ActorHandle
from ray.exceptions import RayActorError

from actors.names import DELIVERY, NAMESPACE
from actors.within import within

ARRIVED_TIMEOUT_S = 10.0


async def report_arrival(business_id: str, user_id: str) -> None:
    """Tell the delivery actor that the user has begun a conversation. A message that is lost costs only time."""
    with contextlib.suppress(ValueError, RayActorError, TimeoutError):
        actor: ActorHandle[Any] = await asyncio.to_thread(ray.get_actor, DELIVERY, NAMESPACE)
        await within(ARRIVED_TIMEOUT_S, actor.arrived.remote(business_id, user_id))
