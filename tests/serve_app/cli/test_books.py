from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from business.seed import DEMO_BUSINESS_ID, SECOND_BUSINESS_ID
from config.settings import Settings
from serve_app.cli.books import Books, read_books
from serve_app.cli.seed import fill


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    settings = Settings.model_validate({"data_dir": tmp_path, "DATABASE_URL": ""})
    await fill(settings)
    return settings


async def test_the_books_of_the_seeded_business(settings: Settings) -> None:
    books = read_books(settings.database_url, DEMO_BUSINESS_ID)
    assert len(books.contacts) >= 25
    assert len(books.jobs) >= 40
    assert all(job.contact in books.contacts for job in books.jobs.values() if job.contact)
    started = [job.start for job in books.jobs.values() if job.start]
    assert all(start.tzinfo == books.zone for start in started)
    now = datetime.now(UTC)
    assert min(started) < now < max(started)
    assert all(invoice.total > 0 for invoice in books.invoices.values())


async def test_books_do_not_mix_businesses_and_seeding_again_changes_nothing(settings: Settings) -> None:
    before = read_books(settings.database_url, DEMO_BUSINESS_ID)
    other = read_books(settings.database_url, SECOND_BUSINESS_ID)
    assert not set(before.jobs) & set(other.jobs)
    assert before.zone != other.zone
    assert len(other.contacts) < len(before.contacts)
    await fill(settings)
    assert read_books(settings.database_url, DEMO_BUSINESS_ID) == before


def test_new_rows_are_those_that_were_not_there() -> None:
    empty = Books(datetime.now(UTC).tzinfo, {}, {}, ())
    assert empty.new_jobs(empty) == []
    assert empty.new_invoices(empty) == []
