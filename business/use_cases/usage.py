"""Use cases of what paid models have cost: written by the software itself, read by those who see the accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from business.entities.memberships import Permission
from business.entities.usage import DayUsage, ModelUsage
from business.errors import Forbidden, ValidationFailed
from business.repositories import UnitOfWork

#: Days in one report.
LONGEST_REPORT = timedelta(days=366)


class Usage:
    """The usage of one business."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def note(self, entries: Sequence[ModelUsage]) -> int:
        """Keep what a conversation has used so far; the list price of its business's day, millionths of a dollar.

        Sums of a whole conversation: the same twice, or late, counts once. Raises Forbidden for anybody but us.
        """
        if not self._uow.actor.is_system:
            raise Forbidden("Usage is counted by the software itself.")
        for entry in entries:
            known = await self._uow.usage.find(entry.id)
            if known is None:
                await self._uow.usage.add(entry)
            elif known.requests < entry.requests:
                await self._uow.usage.save(entry)
        return await self._uow.usage.spent(max((entry.day for entry in entries), default=self._uow.today))

    async def spent_today(self) -> int:
        """List price of the business's day so far, millionths of a dollar. Raises Forbidden for anybody but us."""
        return await self.note(())

    async def report(self, first: date | None, last: date | None) -> tuple[DayUsage, ...]:
        """By day and model, both days included; the last 30 days unless told. Raises Forbidden, ValidationFailed."""
        self._uow.require(Permission.VIEW_ACCOUNTING)
        last = last or self._uow.today
        first = first or last - timedelta(days=29)
        if not timedelta() <= last - first <= LONGEST_REPORT:
            raise ValidationFailed("date_from", "A report has at least one day and at most a year.")
        return await self._uow.usage.by_day(first, last)
