"""Tables of the machinery: audit trail, number counters, call log, session fences, confirmations, outbox.

They are not audited themselves: each is a log, or its changes are implied by an audited one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from business.entities.audit import AuditAction
from business.entities.effects import CallState, MessageState
from business.sql.base import ID, EntityRow, TenantRow, of_business
from business.sql.types import EnumText, UtcDateTime

PLAIN_JSON = JSON().with_variant(JSONB(), "postgresql")


class AuditRow(EntityRow):
    """One change of one row."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        of_business(),
        Index(None, "business_id", "entity", "entity_id"),
        Index(None, "business_id", "at"),
    )
    audited: ClassVar[bool] = False

    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[str] = mapped_column(ID)
    session_id: Mapped[str | None] = mapped_column(ID)
    turn: Mapped[int | None]
    call_key: Mapped[str | None] = mapped_column(String(300))
    entity: Mapped[str] = mapped_column(String(32))
    entity_id: Mapped[str] = mapped_column(ID)
    action: Mapped[AuditAction] = mapped_column(EnumText(AuditAction))
    before: Mapped[dict[str, Any]] = mapped_column(PLAIN_JSON)
    after: Mapped[dict[str, Any]] = mapped_column(PLAIN_JSON)


class CounterRow(TenantRow):
    """A counter of one business: the last number of a series, or the version of its contacts."""

    __tablename__ = "counter"
    __table_args__ = (of_business(),)
    audited: ClassVar[bool] = False

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class CallRow(TenantRow):
    """One tool call."""

    __tablename__ = "tool_call"
    __table_args__ = (of_business(), Index(None, "business_id", "session_id", "state"))
    audited: ClassVar[bool] = False

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    session_id: Mapped[str] = mapped_column(ID)
    turn: Mapped[int]
    ordinal: Mapped[int]
    epoch: Mapped[int]
    tool: Mapped[str] = mapped_column(String(64))
    arguments: Mapped[str] = mapped_column(Text)
    state: Mapped[CallState] = mapped_column(EnumText(CallState))
    result: Mapped[str | None] = mapped_column(Text)
    logged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SessionFenceRow(TenantRow):
    """The newest epoch seen of a session."""

    __tablename__ = "session_fence"
    __table_args__ = (of_business(),)
    audited: ClassVar[bool] = False

    session_id: Mapped[str] = mapped_column(ID, primary_key=True)
    epoch: Mapped[int]


class ConfirmationRow(EntityRow):
    """One question asked before an effect."""

    __tablename__ = "confirmation"
    __table_args__ = (of_business(), Index(None, "business_id", "session_id"))
    audited: ClassVar[bool] = False

    call_hash: Mapped[str] = mapped_column(String(128))
    session_id: Mapped[str] = mapped_column(ID)
    user_id: Mapped[str] = mapped_column(ID)
    read_back: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted: Mapped[bool | None]
    redeemed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OutboxRow(TenantRow):
    """One message that has to leave the house."""

    __tablename__ = "outbox"
    __table_args__ = (
        of_business(),
        Index(None, "state", "not_before"),
        Index(None, "business_id", "recipient", "not_before"),
    )
    audited: ClassVar[bool] = False

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(32))
    recipient: Mapped[str] = mapped_column(String(300))
    payload: Mapped[dict[str, Any]] = mapped_column(PLAIN_JSON)
    state: Mapped[MessageState] = mapped_column(EnumText(MessageState))
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int]
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(ID)
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_via: Mapped[str | None] = mapped_column(String(32))
