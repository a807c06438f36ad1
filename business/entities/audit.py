"""The audit trail: who changed what, when, from what to what. Entries are written once and never touched again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class AuditAction(StrEnum):
    """What happened to a row."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change of one entity.

    Attributes:
        entity: Kind of entity (its table).
        before: Changed columns with their old values (JSON-able); empty on creation.
        after: Changed columns with their new values; empty on deletion.
        call_key: Idempotency key of the tool call that did it, if any.
    """

    id: str
    at: datetime
    user_id: str
    session_id: str | None
    turn: int | None
    call_key: str | None
    entity: str
    entity_id: str
    action: AuditAction
    before: dict[str, Any]
    after: dict[str, Any]
