"""What the database says: the jobs, invoices and names of a business, read straight from its tables.

Read-only and synchronous, past all use cases, so that a check does not believe what it checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, create_engine, select

from business.sql.tables.documents import InvoiceRow
from business.sql.tables.people import BusinessRow, ContactRow
from business.sql.tables.work import JobRow


@dataclass(frozen=True, slots=True)
class JobFact:
    """A job: whose, when (business time zone) and in which state."""

    id: str
    number: str
    title: str
    contact: str
    start: datetime | None
    end: datetime | None
    status: str


@dataclass(frozen=True, slots=True)
class InvoiceFact:
    """An invoice: whose and over how much."""

    id: str
    number: str
    contact: str
    total: Decimal
    status: str


@dataclass(frozen=True, slots=True)
class Books:
    """All of it at one moment."""

    zone: ZoneInfo
    jobs: dict[str, JobFact]
    invoices: dict[str, InvoiceFact]
    contacts: tuple[str, ...]

    def new_jobs(self, before: Books) -> list[JobFact]:
        """Jobs that were not there before."""
        return [job for key, job in self.jobs.items() if key not in before.jobs]

    def new_invoices(self, before: Books) -> list[InvoiceFact]:
        """Invoices that were not there before."""
        return [invoice for key, invoice in self.invoices.items() if key not in before.invoices]


def read_books(database_url: str, business_id: str) -> Books:
    """Read the business's books from a SQLite URL (async or sync driver)."""
    engine = create_engine(database_url.replace("sqlite+aiosqlite:", "sqlite:"))
    try:
        return _read(engine, business_id)
    finally:
        engine.dispose()


def _read(engine: Engine, business_id: str) -> Books:
    business, contact = BusinessRow.__table__.c, ContactRow.__table__.c
    job, invoice = JobRow.__table__.c, InvoiceRow.__table__.c
    with engine.connect() as connection:
        timezone: Any = connection.execute(
            select(business.timezone).where(business.business_id == business_id)
        ).scalar_one()
        zone = ZoneInfo(str(timezone))
        names = {
            row.id: " ".join(part for part in (row.first_name, row.last_name) if part) or row.company_name
            for row in connection.execute(
                select(contact.id, contact.first_name, contact.last_name, contact.company_name).where(
                    contact.business_id == business_id
                )
            )
        }
        jobs = connection.execute(
            select(
                job.id,
                job.number,
                job.title,
                job.contact_id,
                job.scheduled_start,
                job.scheduled_end,
                job.status,
            ).where(job.business_id == business_id)
        ).all()
        invoices = connection.execute(
            select(invoice.id, invoice.number, invoice.contact_id, invoice.total, invoice.status).where(
                invoice.business_id == business_id
            )
        ).all()
    return Books(
        zone,
        {
            row.id: JobFact(
                row.id,
                row.number,
                row.title,
                names.get(row.contact_id, ""),
                _local(row.scheduled_start, zone),
                _local(row.scheduled_end, zone),
                str(row.status),
            )
            for row in jobs
        },
        {
            row.id: InvoiceFact(row.id, row.number, names.get(row.contact_id, ""), row.total, str(row.status))
            for row in invoices
        },
        tuple(names.values()),
    )


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if moment is None else moment.astimezone(zone)
