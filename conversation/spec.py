"""What a session is started from and found by: plain picklable values that cross every process boundary.

Pure; no Ray, no clock, no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from conversation.options import SessionOptions

SessionState = Literal["starting", "active", "detached", "ended"]


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """Everything a session needs to begin, from the authenticated request.

    Attributes:
        session_id: Unguessable id.
        user_id: Who speaks.
        user_name: First name to greet with, or None.
        business_id: Tenant.
        business_name: Spoken in the greeting.
        timezone: IANA name of the business time zone.
        options: The merged options.
        created_at: Aware UTC time of the start request.
        preset: What the client's door begins with, in that door's words; nothing of the conversation reads it.
        may_spend: Whether paid models may be used; else the embedded engines do everything.
    """

    session_id: str
    user_id: str
    user_name: str | None
    business_id: str
    business_name: str
    timezone: str
    options: SessionOptions
    created_at: datetime
    preset: Mapping[str, Any] = field(default_factory=dict[str, Any])
    may_spend: bool = True


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """The directory's entry of a session.

    Attributes:
        session_id: Id of the session.
        user_id: Its owner.
        business_id: Its tenant.
        actor_name: Name of the Ray actor that serves it.
        host: Address of the actor's WebSocket server.
        port: TCP port of it.
        epoch: Fencing epoch; grows when a fresh actor takes the session over.
        state: Where it is in its life.
        created_at: Aware UTC time of the start request.
    """

    session_id: str
    user_id: str
    business_id: str
    actor_name: str
    host: str
    port: int
    epoch: int
    state: SessionState
    created_at: datetime


class AtCapacity(Exception):  # noqa: N818  (a state of the world, named as the code reads)
    """No slot is free; try again after ``retry_after_s`` seconds."""

    code = "at_capacity"

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s


class SessionNotActive(Exception):  # noqa: N818  (a state of the world, named as the code reads)
    """The session is known but has ended, so it cannot be changed or attached to."""

    code = "session_not_active"
