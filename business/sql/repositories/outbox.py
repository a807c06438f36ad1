"""The outbox: messages that have to leave the house, who is delivering them, and how often that failed.

Only keeps the books of deliveries; never delivers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from business.entities.activities import MAX_DELIVERY_TRIES, ReminderChannel
from business.entities.effects import MessageState, OutboxMessage
from business.errors import Conflict, NotFound
from business.sql.repositories.entity_repository import EntityRepository
from business.sql.tables import OutboxRow

_HOLDER_DIED = "holder_died"


class SqlOutbox(EntityRepository[OutboxMessage, OutboxRow]):
    """Messages that have to leave the house."""

    entity_class = OutboxMessage
    row_class = OutboxRow
    kind = "message"

    def __init__(self, session: AsyncSession, tenant: str, now: datetime) -> None:
        super().__init__(session, tenant)
        self._now = now

    async def queue(self, message: OutboxMessage) -> bool:
        """Queue a message; False when its id was queued before."""
        if await self._row(message.id) is not None:
            return False
        await super().add(message)
        return True

    async def due(self, *, limit: int = 50) -> tuple[OutboxMessage, ...]:
        """Waiting messages whose time has come and that nobody holds, the oldest first."""
        return await self._all(self._due(limit))

    async def claim(self, lease: str, until: datetime, *, limit: int = 50) -> tuple[OutboxMessage, ...]:
        """Take due messages, for nobody else to take before ``until``. A try whose holder died counts as failed."""
        taken: list[OutboxMessage] = []
        for row in list(await self._session.scalars(self._due(limit))):
            attempts, error = row.attempts, row.last_error
            if row.lease is not None:
                attempts, error = attempts + 1, _HOLDER_DIED
            is_dead = attempts >= MAX_DELIVERY_TRIES
            # Compare and set: what another dispatcher took since this one looked is not taken twice.
            change = (
                update(OutboxRow)
                .where(OutboxRow.id == row.id, *self._is_free(), OutboxRow.attempts == row.attempts)
                .values(
                    state=MessageState.GIVEN_UP if is_dead else MessageState.WAITING,
                    lease=None if is_dead else lease,
                    held_until=None if is_dead else until,
                    attempts=attempts,
                    last_error=error,
                )
                .execution_options(synchronize_session=False)
            )
            changed: Any = await self._session.execute(change)
            self._session.expunge(row)
            if changed.rowcount == 1 and not is_dead:
                taken.append(await self.get(row.id))
        return tuple(taken)

    async def delivered(self, message_id: str, *, via: str | None = None, lease: str | None = None) -> None:
        """Note a delivery. Raises NotFound, Conflict."""
        row = await self._known(message_id, lease)
        row.state, row.delivered_at, row.attempts = MessageState.DELIVERED, self._now, row.attempts + 1
        row.delivered_via = via or row.channel
        await self._let_go(row)

    async def failed(
        self, message_id: str, error: str, *, retry_at: datetime | None, lease: str | None = None
    ) -> None:
        """Note a failed try; without a ``retry_at`` the message is given up. Raises NotFound, Conflict."""
        row = await self._known(message_id, lease)
        row.attempts, row.last_error = row.attempts + 1, error[:500]
        if retry_at is None:
            row.state = MessageState.GIVEN_UP
        else:
            row.not_before = retry_at
        await self._let_go(row)

    async def hold(self, message_id: str, lease: str, until: datetime | None) -> None:
        """Give the lease back without a try; nobody takes it before ``until``. Raises NotFound, Conflict."""
        await self._let_go(await self._known(message_id, lease), until)

    async def postpone(self, message_id: str, lease: str, until: datetime) -> None:
        """Give the lease back without a try; the message is due at ``until``. Raises NotFound, Conflict."""
        row = await self._known(message_id, lease)
        row.not_before = until
        await self._let_go(row)

    async def withdraw(self, message_id: str, reason: str) -> None:
        """There is no use in delivering it any more. Raises NotFound."""
        row = await self._known(message_id, None)
        row.state, row.last_error = MessageState.WITHDRAWN, reason[:500]
        await self._let_go(row)

    async def wake(self, recipient: str) -> int:
        """The recipient is back: his held notifications can be taken at once; returns how many."""
        held = (
            OutboxRow.recipient == recipient,
            OutboxRow.channel == ReminderChannel.NOTIFICATION.value,
            OutboxRow.state == MessageState.WAITING,
            OutboxRow.lease.is_(None),
            OutboxRow.held_until > self._now,
        )
        rows = list(await self._session.scalars(select(OutboxRow).where(*held)))
        for row in rows:
            row.held_until = None
        await self._session.flush()
        return len(rows)

    async def undelivered(self, *, limit: int = 200) -> tuple[OutboxMessage, ...]:
        """Messages that wait or were given up, those given up first, then by their time."""
        states = (MessageState.WAITING, MessageState.GIVEN_UP)
        statement = select(OutboxRow).where(OutboxRow.state.in_(states))
        return await self._all(statement.order_by(OutboxRow.state, OutboxRow.not_before).limit(limit))

    async def retry(self, message_id: str) -> None:
        """Let an undelivered message begin again now, with all its tries. Raises NotFound, Conflict."""
        row = await self._known(message_id, None)
        if row.state is MessageState.DELIVERED:
            raise Conflict("That message has been delivered.", {"reason": "delivered"})
        if row.lease is not None and row.held_until is not None and row.held_until > self._now:
            raise Conflict("That message is being delivered right now.", {"reason": "leased"})
        row.state, row.attempts, row.not_before = MessageState.WAITING, 0, self._now
        await self._let_go(row)

    async def count_between(self, recipient: str, kind: str, start: datetime, end: datetime) -> int:
        """How many messages of a kind a recipient gets in [start, end), by their earliest delivery."""
        is_one = (
            OutboxRow.recipient == recipient,
            OutboxRow.kind == kind,
            OutboxRow.not_before >= start,
            OutboxRow.not_before < end,
        )
        return (await self._session.scalar(select(func.count()).select_from(OutboxRow).where(*is_one))) or 0

    def _due(self, limit: int) -> Any:
        due = select(OutboxRow).where(OutboxRow.not_before <= self._now, *self._is_free())
        return due.order_by(OutboxRow.not_before, OutboxRow.id).limit(limit)

    def _is_free(self) -> tuple[ColumnElement[bool], ...]:
        is_unheld = or_(OutboxRow.held_until.is_(None), OutboxRow.held_until <= self._now)
        return OutboxRow.state == MessageState.WAITING, is_unheld

    async def _known(self, message_id: str, lease: str | None) -> OutboxRow:
        """The row. Raises NotFound, or Conflict when somebody else's lease has replaced ``lease``."""
        row = await self._row(message_id)
        if row is None:
            raise NotFound(self.kind, "")
        if lease is not None and row.lease != lease:
            raise Conflict("Somebody else delivers that message by now.", {"reason": "lease_lost"})
        return row

    async def _let_go(self, row: OutboxRow, until: datetime | None = None) -> None:
        row.lease, row.held_until = None, until
        await self._session.flush()

    def _derived(self, entity: OutboxMessage) -> dict[str, Any]:
        return {
            "not_before": entity.not_before or self._now,
            "created_at": entity.created_at or self._now,
        }
