"""Records that make effects happen exactly once: logged calls, confirmations and outgoing messages. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class CallState(StrEnum):
    """How far a tool call has come."""

    LOGGED = "logged"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One tool call in the durable log.

    Attributes:
        key: Idempotency key; unique in a business.
        arguments: JSON text as the model wrote it.
        epoch: Fencing epoch of the session that logged it.
        result: JSON text of the result once done.
    """

    key: str
    session_id: str
    turn: int
    ordinal: int
    epoch: int
    tool: str
    arguments: str
    logged_at: datetime
    state: CallState = CallState.LOGGED
    result: str | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One question asked before an effect. Bound to the call's hash, the session and the user; good for one use."""

    id: str
    call_hash: str
    session_id: str
    user_id: str
    read_back: str
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None = None
    accepted: bool | None = None
    redeemed_at: datetime | None = None


#: What became of something asked for in a conversation, told to who asked.
OUTCOME_KIND = "outcome"


class MessageState(StrEnum):
    """Life of an outgoing message."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """Something that has to leave the house. The id is stable, so that a receiver can drop a second delivery.

    Attributes:
        kind: What it is ("reminder", "invoice", "invoice_reminder", …).
        channel: notification, email, sms or webhook.
        recipient: User id, email address, phone number or URL, by channel.
        not_before: Earliest delivery (quiet hours, retries).
        attempts: Tries so far, the one that delivered it included.
        last_error: Stable code of the last failure.
        lease: Who is delivering it now, or was when it died.
        held_until: Nobody may take it before: end of the lease, or of waiting for the user to come back.
        delivered_via: Channel that took it, which need not be ``channel``.
    """

    id: str
    kind: str
    channel: str
    recipient: str
    payload: dict[str, Any] = field(default_factory=dict[str, Any])
    not_before: datetime | None = None
    state: MessageState = MessageState.WAITING
    attempts: int = 0
    last_error: str | None = None
    created_at: datetime | None = None
    delivered_at: datetime | None = None
    lease: str | None = None
    held_until: datetime | None = None
    delivered_via: str | None = None
