"""What a kind of sheet is: its columns, how records become rows, and how a record of a file is taken in.

A sheet decides no rule of the business: it calls the use cases, and they refuse.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from business.entities.contacts import Contact
from business.entities.payments import Payment
from business.errors import BusinessError, Conflict, ValidationFailed
from business.money import LineItem
from business.paging.queries import Book
from business.paging.repository import Entry, PagedUnitOfWork
from business.transfer.columns import Column
from business.transfer.errors import RecordRefused, Refusal
from business.transfer.reader import Row
from business.transfer.report import Outcome
from business.transfer.values import Locale

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A record that is exported, with what its columns refer to.

    Attributes:
        entity: The contact, job or invoice.
        contact: Whose it is.
        people: Names of members by user id.
        job_number: Of the job it belongs to.
        project_number: Of the project it belongs to.
        is_first: Whether the row is the first of its record; later ones hold only what there is several times.
        line: The invoice's line in this row.
        payment: The invoice's payment in this row.
        due: What is owed on the invoice today.
    """

    entity: Any
    contact: Contact | None = None
    people: Mapping[str, str] = field(default_factory=dict[str, str])
    job_number: str | None = None
    project_number: str | None = None
    is_first: bool = True
    line: LineItem | None = None
    payment: Payment | None = None
    due: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file: its rows, and the values of each row's cells that are not empty."""

    rows: tuple[Row, ...]
    values: tuple[Values, ...]
    is_cut: bool = False

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.rows[0].line


class Sheet(ABC):
    """One kind of file.

    Attributes:
        book: What it holds.
        columns: In the order of an export.
        needed: Of each group of columns one must be in a file.
        key: The column by whose equal values neighbouring rows make one record; None when each row is one.
        fields: Columns by the names that the use cases' errors give to fields.
    """

    book: ClassVar[Book]
    columns: ClassVar[tuple[Column, ...]]
    needed: ClassVar[tuple[tuple[str, ...], ...]]
    key: ClassVar[str | None] = None
    fields: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    async def sources(self, uow: PagedUnitOfWork, entries: Sequence[Entry]) -> list[Source]:
        """What an export writes of ``entries``, one source a row."""

    @abstractmethod
    async def take(self, uow: PagedUnitOfWork, record: Record) -> Outcome:
        """Bring a record in, or find that it is there already.

        Raises RecordRefused and the use cases' errors; whatever was written by then is undone by the caller.
        """

    @abstractmethod
    def identities(self, values: Values) -> tuple[str, ...]:
        """What no two records of a business share."""

    def written(self, source: Source, locale: Locale) -> list[str]:
        """The cells of one exported row."""
        cells: list[str] = []
        for column in self.columns:
            if column.get is not None:
                value = column.get(source)
                cells.append("" if value is None else column.kind.write(value, locale))
        return cells

    def differences(self, values: Values, existing: Source, locale: Locale) -> list[str]:
        """Columns of which ``values`` say something else than the record that exists."""
        return [
            column.name
            for column in self.columns
            if column.is_compared
            and values.get(column.name) is not None
            and values[column.name] != _as_read(column, existing, locale)
        ]

    def refusal(self, record: Record, error: BusinessError) -> Refusal:
        """A use case's error as the refusal of a record, at the column it is about."""
        column = ""
        if isinstance(error, ValidationFailed):
            names = {one.name for one in self.columns}
            column = self.fields.get(error.field, error.field if error.field in names else "")
        elif isinstance(error, Conflict) and "number" in error.details:
            column = "number"
        value = record.values[0].get(column, "") if record.values else ""
        return Refusal.of(record.line, RecordRefused(error.code, column, error.message, str(value)))


def _as_read(column: Column, source: Source, locale: Locale) -> Any:
    """A record's value as a file that was exported from it would give it."""
    value = column.get(source) if column.get is not None else None
    cell = "" if value is None else column.kind.write(value, locale)
    return column.kind.read(cell, locale) if cell else None


def locale_of(uow: PagedUnitOfWork) -> Locale:
    """Where the files of a business are at home."""
    return Locale(uow.zone, uow.business.address.country)
