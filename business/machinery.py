"""What the machinery around the domain keeps: audit trail, call log, confirmations, outbox. Protocols only.

Beside ``business.repositories``, which holds those of the domain's entities; nothing here knows how rows are stored.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from business.entities.audit import AuditEntry
from business.entities.effects import CallRecord, Confirmation, OutboxMessage


class AuditRepository(Protocol):
    """The audit trail, read only: the unit of work writes it."""

    async def of_entity(self, entity: str, entity_id: str) -> tuple[AuditEntry, ...]:
        """Changes of one entity, the oldest first."""
        ...

    async def of_call(self, call_key: str) -> tuple[AuditEntry, ...]:
        """Changes made by one tool call."""
        ...


class CallRepository(Protocol):
    """The durable log of tool calls."""

    async def find(self, key: str, /) -> CallRecord | None:
        """The call, if it was logged."""
        ...

    async def log(self, call: CallRecord) -> CallRecord:
        """Log a call, or return the one that has its key already."""
        ...

    async def fence(self, session_id: str, epoch: int) -> None:
        """Note the session's epoch. Raises Conflict (reason ``stale_epoch``) when a newer one was seen."""
        ...

    async def finish(self, key: str, result: str) -> None:
        """Store a logged call's result. Raises NotFound."""
        ...


class ConfirmationRepository(Protocol):
    """Questions asked before an effect."""

    async def issue(self, confirmation: Confirmation) -> None:
        """Store a question."""
        ...

    async def get(self, confirmation_id: str, /) -> Confirmation:
        """The question. Raises NotFound."""
        ...

    async def answer(self, confirmation_id: str, *, accepted: bool) -> Confirmation:
        """Note the answer. Raises NotFound, ValidationFailed when expired or answered differently before."""
        ...

    async def redeem(self, confirmation_id: str, *, call_hash: str, session_id: str) -> Confirmation:
        """Use the yes, once. Raises ValidationFailed (field ``confirmation_id``) for any mismatch."""
        ...


class OutboxRepository(Protocol):
    """Messages that have to leave the house. With a ``lease``, methods raise Conflict when it is another's by now."""

    async def queue(self, message: OutboxMessage) -> bool:
        """Queue a message; False when its id was queued before."""
        ...

    async def get(self, message_id: str, /) -> OutboxMessage:
        """The message. Raises NotFound."""
        ...

    async def due(self, *, limit: int = 50) -> tuple[OutboxMessage, ...]:
        """Waiting messages whose time has come and that nobody holds, the oldest first."""
        ...

    async def claim(self, lease: str, until: datetime, *, limit: int = 50) -> tuple[OutboxMessage, ...]:
        """Take due messages, for nobody else to take before ``until``. A try whose holder died counts as failed."""
        ...

    async def delivered(self, message_id: str, *, via: str | None = None, lease: str | None = None) -> None:
        """Note a delivery. Raises NotFound, Conflict."""
        ...

    async def failed(
        self, message_id: str, error: str, *, retry_at: datetime | None, lease: str | None = None
    ) -> None:
        """Note a failed try; without a ``retry_at`` the message is given up. Raises NotFound, Conflict."""
        ...

    async def hold(self, message_id: str, lease: str, until: datetime | None) -> None:
        """Give the lease back without a try; nobody takes it before ``until``. Raises NotFound, Conflict."""
        ...

    async def postpone(self, message_id: str, lease: str, until: datetime) -> None:
        """Give the lease back without a try; the message is due at ``until``. Raises NotFound, Conflict."""
        ...

    async def withdraw(self, message_id: str, reason: str) -> None:
        """There is no use in delivering it any more. Raises NotFound."""
        ...

    async def wake(self, recipient: str) -> int:
        """The recipient is back: his held notifications can be taken at once; returns how many."""
        ...

    async def undelivered(self, *, limit: int = 200) -> tuple[OutboxMessage, ...]:
        """Messages that wait or were given up, those given up first, then by their time."""
        ...

    async def retry(self, message_id: str) -> None:
        """Let an undelivered message begin again now, with all its tries. Raises NotFound, Conflict."""
        ...

    async def count_between(self, recipient: str, kind: str, start: datetime, end: datetime) -> int:
        """How many messages of a kind a recipient gets in [start, end), by their earliest delivery."""
        ...
