"""Repositories of the machinery: audit trail, call log, confirmations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from business.actor import Actor
from business.entities.audit import AuditEntry
from business.entities.effects import CallRecord, CallState, Confirmation
from business.errors import Conflict, NotFound, ValidationFailed
from business.sql.repositories.entity_repository import EntityRepository
from business.sql.tables import AuditRow, CallRow, ConfirmationRow, SessionFenceRow
from business.sql.tenancy import prepared

_FENCE = prepared(select(SessionFenceRow).where(SessionFenceRow.session_id == bindparam("session")))


class SqlAudit(EntityRepository[AuditEntry, AuditRow]):
    """The audit trail; the session writes it, this only reads."""

    entity_class = AuditEntry
    row_class = AuditRow
    kind = "audit entry"

    async def of_entity(self, entity: str, entity_id: str) -> tuple[AuditEntry, ...]:
        """Changes of one entity, the oldest first."""
        about = (AuditRow.entity == entity, AuditRow.entity_id == entity_id)
        return await self._all(select(AuditRow).where(*about).order_by(AuditRow.at, AuditRow.id))

    async def of_call(self, call_key: str) -> tuple[AuditEntry, ...]:
        """Changes made by one tool call."""
        by_call = select(AuditRow).where(AuditRow.call_key == call_key)
        return await self._all(by_call.order_by(AuditRow.at, AuditRow.id))


class SqlCalls(EntityRepository[CallRecord, CallRow]):
    """The durable log of tool calls."""

    entity_class = CallRecord
    row_class = CallRow
    kind = "call"

    def __init__(self, session: AsyncSession, tenant: str, now: datetime) -> None:
        super().__init__(session, tenant)
        self._now = now
        # Keys this transaction has found free: nobody else can take them before it ends.
        self._free: set[str] = set()

    async def find(self, entity_id: str) -> CallRecord | None:
        """The call with this key, if it was logged."""
        known = await super().find(entity_id)
        if known is None:
            self._free.add(entity_id)
        return known

    async def log(self, call: CallRecord) -> CallRecord:
        """Log a call, or return the one that has its key already."""
        known = None if call.key in self._free else await self.find(call.key)
        if known is not None:
            return known
        self._free.discard(call.key)
        await self.add(call)
        return call

    async def fence(self, session_id: str, epoch: int) -> None:
        """Note the session's epoch. Raises Conflict when a newer one was seen."""
        row = await self._session.scalar(_FENCE, {"session": session_id})
        if row is None:
            self._session.add(SessionFenceRow(session_id=session_id, epoch=epoch))
        elif row.epoch > epoch:
            raise Conflict("This conversation has moved on.", {"reason": "stale_epoch", "epoch": row.epoch})
        else:
            row.epoch = epoch
        await self._session.flush()

    async def finish(self, key: str, result: str) -> None:
        """Store a logged call's result. Raises NotFound."""
        row = await self._row(key)
        if row is None:
            raise NotFound(self.kind, "")
        row.state, row.result, row.finished_at = CallState.DONE, result, self._now
        await self._session.flush()


class SqlConfirmations(EntityRepository[Confirmation, ConfirmationRow]):
    """Questions asked before an effect."""

    entity_class = Confirmation
    row_class = ConfirmationRow
    kind = "confirmation"

    def __init__(self, session: AsyncSession, actor: Actor, now: datetime) -> None:
        super().__init__(session, actor.business_id)
        self._actor = actor
        self._now = now

    async def issue(self, confirmation: Confirmation) -> None:
        """Store a question."""
        await self.add(confirmation)

    async def answer(self, confirmation_id: str, *, accepted: bool) -> Confirmation:
        """Note the answer. Raises NotFound, ValidationFailed when expired or answered differently before."""
        row = await self._owned(confirmation_id)
        if row.expires_at <= self._now:
            raise _refused("That question has expired.")
        if row.accepted is not None and row.accepted != accepted:
            raise _refused("That question has been answered already.")
        row.accepted, row.answered_at = accepted, row.answered_at or self._now
        await self._session.flush()
        return self.from_row(row)

    async def redeem(self, confirmation_id: str, *, call_hash: str, session_id: str) -> Confirmation:
        """Use the yes, once. Raises ValidationFailed for any mismatch."""
        try:
            row = await self._owned(confirmation_id)
        except NotFound as error:
            raise _refused("I didn't ask that question.") from error
        if row.call_hash != call_hash or row.session_id != session_id:
            raise _refused("That yes was about something else.")
        if row.expires_at <= self._now:
            raise _refused("That question has expired.")
        if row.accepted is False:
            raise _refused("That was answered with no.")
        if row.redeemed_at is not None:
            raise _refused("That yes has been used already.")
        row.accepted, row.answered_at = True, row.answered_at or self._now
        row.redeemed_at = self._now
        await self._session.flush()
        return self.from_row(row)

    async def _owned(self, confirmation_id: str) -> ConfirmationRow:
        """The row, if it was put to the acting user. Raises NotFound."""
        row = await self._row(confirmation_id)
        if row is None or row.user_id != self._actor.user_id:
            raise NotFound(self.kind, "")
        return row


def _refused(message: str) -> ValidationFailed:
    return ValidationFailed("confirmation_id", message)
