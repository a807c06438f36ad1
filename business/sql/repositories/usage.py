"""The usage of paid models in SQL."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select

from business.entities.usage import DayUsage, ModelUsage
from business.sql.repositories.entity_repository import EntityRepository
from business.sql.tables import UsageRow
from business.sql.tenancy import prepared

_COUNTS = (
    *("requests", "estimated", "input_tokens", "cached_tokens", "output_tokens"),
    *("audio_input_tokens", "audio_output_tokens", "heard_ms", "spoken_ms"),
)
_SPENT = prepared(select(func.sum(UsageRow.micro_usd)).where(UsageRow.day == bindparam("day")))
_BY_DAY = prepared(
    select(
        UsageRow.day,
        UsageRow.model,
        func.count(UsageRow.session_id.distinct()),
        func.sum(UsageRow.micro_usd),
        *(func.sum(getattr(UsageRow, name)) for name in _COUNTS),
    )
    .where(UsageRow.day >= bindparam("first"), UsageRow.day <= bindparam("last"))
    .group_by(UsageRow.day, UsageRow.model)
    .order_by(UsageRow.day, UsageRow.model)
)


class SqlUsage(EntityRepository[ModelUsage, UsageRow]):
    """What conversations have used."""

    entity_class = ModelUsage
    row_class = UsageRow
    kind = "usage"

    async def spent(self, day: date) -> int:
        """List price of a day, millionths of a US dollar."""
        return int(await self._session.scalar(_SPENT, {"day": day}) or 0)

    async def by_day(self, first: date, last: date) -> tuple[DayUsage, ...]:
        """The sums of each day and model."""
        rows = (await self._session.execute(_BY_DAY, {"first": first, "last": last})).all()
        return tuple(
            DayUsage(
                day,
                model,
                conversations,
                dict(zip(_COUNTS, map(int, counts), strict=True)),
                None if price is None else int(price),
            )
            for day, model, conversations, price, *counts in map(tuple[Any, ...], rows)
        )
