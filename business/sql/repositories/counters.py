"""Counters of a business: series of numbers and versions. Writers of one business run one after the other."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from business.entities.numbers import Series, normalise_number
from business.errors import Conflict
from business.sql.tables import CounterRow, EstimateRow, InvoiceRow, JobRow, ProjectRow
from business.sql.tenancy import prepared

_ROWS: dict[Series, type[Any]] = {
    Series.JOB: JobRow,
    Series.INVOICE: InvoiceRow,
    Series.ESTIMATE: EstimateRow,
    Series.QUOTE: EstimateRow,
    Series.PROJECT: ProjectRow,
}


_READ = prepared(select(CounterRow.value).where(CounterRow.name == bindparam("counter")))
_MOVE = (
    update(CounterRow)
    .where(CounterRow.name == bindparam("counter"))
    .values(value=CounterRow.value + 1)
    .returning(CounterRow.value)
    .execution_options(synchronize_session=False)
)
_TAKEN = {
    series: prepared(select(row.id).where(row.number == bindparam("number"))) for series, row in _ROWS.items()
}


async def read_counter(session: AsyncSession, name: str) -> int:
    """The counter's value; 0 before its first move."""
    return (await session.scalar(_READ, {"counter": name})) or 0


async def bump(session: AsyncSession, name: str) -> int:
    """Move a counter by one and return its new value."""
    value = await session.scalar(_MOVE, {"counter": name})
    if value is not None:
        return value
    session.add(CounterRow(name=name, value=1))
    await session.flush()
    return 1


class SqlNumbers:
    """Series of numbers, counted inside the writing transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def next(self, series: Series) -> str:
        """The next number that is not taken; gap-free, because it is undone with the transaction."""
        while True:
            number = series.format(await bump(self._session, series.prefix))
            if not await self._is_taken(number, series):
                return number

    async def reserve(self, number: str, series: Series) -> str:
        """A caller's own number, normalised; the series does not move. Raises Conflict, ValidationFailed."""
        written = normalise_number(number)
        if await self._is_taken(written, series):
            raise Conflict(f"The number {written} is already taken.", {"number": written})
        return written

    async def continue_from(self, series: Series, last: int) -> None:
        """Go on after ``last``. Never goes back."""
        row = await self._session.scalar(select(CounterRow).where(CounterRow.name == series.prefix))
        if row is None:
            self._session.add(CounterRow(name=series.prefix, value=last))
        else:
            row.value = max(row.value, last)
        await self._session.flush()

    async def _is_taken(self, number: str, series: Series) -> bool:
        return await self._session.scalar(_TAKEN[series], {"number": number}) is not None
