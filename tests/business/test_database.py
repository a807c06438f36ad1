"""The database itself: URLs, migrations, several processes, waiting writers, unreachable servers, the seed."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from business.actor import Actor
from business.clock import FixedClock
from business.entities.jobs import BOOKED_STATUSES, JobStatus
from business.entities.memberships import Role
from business.errors import Unavailable, ValidationFailed
from business.ids import new_id
from business.migrations.runner import current_revision, head_revision, upgrade
from business.seed import DEMO_BUSINESS_ID, DEMO_OWNER_ID, SeedSummary, seed
from business.sql import database as database_module
from business.sql.base import TenantRow
from business.sql.database import Database, async_url, create_engine
from business.use_cases.estimates import Estimates
from business.use_cases.invoices import Invoices
from business.use_cases.jobs import Jobs, NewJob
from business.use_cases.summary import Summary
from tests.business.world import NOW, World, business, days, member


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///a.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:///a.db", "sqlite+aiosqlite"),
        ("postgres://u@h/d", "postgresql+asyncpg"),
        ("postgresql+psycopg://u@h/d", "postgresql+asyncpg"),
    ],
)
def test_urls_get_the_async_driver(given: str, driver: str) -> None:
    assert async_url(given).drivername == driver


@pytest.mark.parametrize("given", ["mysql://u@h/d", "sqlite://", "sqlite:///:memory:", "nonsense"])
def test_urls_of_no_use_are_refused_by_name(given: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        async_url(given)
    assert caught.value.field == "DATABASE_URL"


async def test_the_migrations_make_exactly_the_tables(database_url: str) -> None:
    def difference(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, TenantRow.metadata)

    engine = create_engine(database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(difference) == []
    await engine.dispose()


async def test_migrating_is_safe_from_several_tasks_and_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert await current_revision(url) is None
    assert set(await asyncio.gather(*(upgrade(url) for _ in range(4)))) == {head_revision()}
    assert await current_revision(url) == head_revision() == await upgrade(url)


async def test_a_failed_migration_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE payment (id TEXT)")  # in the way of a late table
    with pytest.raises(Unavailable):
        await upgrade(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "business" not in names


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    for url in ("postgresql://nobody@127.0.0.1:1/none", f"sqlite:///{tmp_path / 'no' / 'folder.db'}"):
        database = Database(url)
        with pytest.raises(Unavailable):
            await database.directory.ping()
        with pytest.raises(Unavailable):
            async with database.reading(Actor("b", "u")):
                pass
        with pytest.raises(Unavailable):
            async with database.tenant(Actor("b", "u")):
                pass
        with pytest.raises(Unavailable):
            await upgrade(url)
        await database.close()


async def test_writers_of_other_processes_are_waited_for(world: World, database_url: str) -> None:
    """A second Database stands for another process: it has connections and a queue of its own."""
    other = Database(database_url, clock=world.clock)
    is_inside, may_go_on = asyncio.Event(), asyncio.Event()
    order: list[str] = []

    async def first() -> None:
        async with world.write() as uow:
            await Jobs(uow).create(NewJob("first"))
            is_inside.set()
            await may_go_on.wait()
            order.append("first")

    async def second() -> None:
        await is_inside.wait()
        may_go_on.set()
        async with other.tenant(world.actor()) as uow:
            order.append("second")
            assert (await Jobs(uow).create(NewJob("second"))).job.number == "JOB-000002"

    await asyncio.gather(first(), second())
    await other.close()
    assert order == ["first", "second"]


async def test_a_writer_that_waits_too_long_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    is_inside, may_end = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with world.write():
            is_inside.set()
            await may_end.wait()

    holder = asyncio.create_task(hold())
    await is_inside.wait()
    with pytest.raises(Unavailable):
        async with world.write():
            pass
    may_end.set()
    await holder
    async with world.write() as uow:
        await Jobs(uow).create(NewJob("works again"))


async def test_readers_see_one_moment_and_do_not_wait(world: World, database_url: str) -> None:
    async with world.read() as reader:
        assert await reader.jobs.counts() == {}
        async with world.write() as uow:
            await Jobs(uow).create(NewJob("meanwhile"))
        assert await reader.jobs.counts() == {}
    async with world.read() as reader:
        assert await reader.jobs.counts() == {JobStatus.DRAFT: 1}


async def test_a_cancelled_writer_leaves_nothing_and_blocks_nobody(world: World) -> None:
    started = asyncio.Event()

    async def write() -> None:
        async with world.write() as uow:
            await Jobs(uow).create(NewJob("half"))
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with world.write() as uow:
        assert (await Jobs(uow).create(NewJob("whole"))).job.number == "JOB-000001"


async def test_founding_twice_changes_nothing(world: World) -> None:
    again = business(world.business_id, "Usurper")
    assert not await world.database.found(again, member(Role.OWNER, "user-usurper"))
    async with world.read() as uow:
        assert uow.business.name == "One Plumbing"
    assert await world.database.directory.businesses_of("user-usurper") == ()


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        (
            "contact_id = 'c' AND status IN ('draft', 'scheduled') ORDER BY scheduled_start",
            "contact_id_status",
        ),
        ("sequence % 100 = 42 ORDER BY sequence DESC", "sequence"),
        ("status = 'paid' ORDER BY scheduled_start DESC LIMIT 50", "status_scheduled_start"),
        (
            "status IN ('scheduled', 'in_progress') AND scheduled_end > '2026' AND scheduled_start < '2027'",
            "status",
        ),
    ],
)
def test_sqlite_picks_the_right_index_from_the_first_day(
    sqlite_template: Path, condition: str, index: str
) -> None:
    with sqlite3.connect(sqlite_template) as connection:
        query = f"EXPLAIN QUERY PLAN SELECT * FROM job WHERE business_id = 'b' AND {condition}"  # noqa: S608
        plan = [row[3] for row in connection.execute(query)]
    assert f"ix_job_business_id_{index}" in plan[0]


def test_ids_sort_by_time() -> None:
    ids = [new_id(NOW + timedelta(milliseconds=step // 5000)) for step in range(20_000)]
    assert ids == sorted(set(ids))
    assert {uuid.UUID(one).version for one in ids} == {7}


async def test_damaged_rows_cannot_be_written_around_the_foreign_keys(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    await upgrade(url)
    engine = create_engine(url)
    async with engine.connect() as connection:
        assert (await connection.execute(text("PRAGMA foreign_keys"))).scalar() == 1
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
    await engine.dispose()


@pytest.mark.parametrize(("day", "hours"), [(0, 0), (1, 12), (3, 5), (4, 18)])
async def test_the_seed_is_believable_at_any_moment(
    tmp_path: Path, sqlite_template: Path, day: int, hours: int
) -> None:
    path = shutil.copy(sqlite_template, tmp_path / "seed.db")
    now = NOW + days(day) + timedelta(hours=hours)
    database = Database(f"sqlite:///{path}", clock=FixedClock(now))
    planted = await seed(database, now)
    assert await seed(database, now + days(1)) == SeedSummary()
    assert planted.contacts >= 25
    assert planted.jobs >= 40
    async with database.reading(Actor(DEMO_BUSINESS_ID, DEMO_OWNER_ID)) as uow:
        summary = await Summary(uow).get()
        assert (summary.jobs_today or 0) >= 4
        assert (summary.overdue_count or 0) >= 3
        assert summary.active_projects == 3
        counts = await Jobs(uow).counts()
        assert {JobStatus.DRAFT, JobStatus.QUOTED, JobStatus.SCHEDULED, JobStatus.PAID} <= set(counts)
        start, end = uow.business.day_bounds(uow.today - days(14), 29)
        jobs = await uow.jobs.between(start, end)
        assert len(jobs) >= 40
        for view in jobs:
            if view.job.scheduled_start and view.job.scheduled_start > now:
                assert view.job.status is JobStatus.SCHEDULED
            if view.job.status in BOOKED_STATUSES:
                assert await Jobs(uow).overlaps(view.job) == (), view.job.title
        assert {view.status for view in await Estimates(uow).pending()} == {"draft", "sent", "viewed"}
        pending = await Invoices(uow).pending()
        assert pending.total_due > pending.overdue_due > 0
    async with database.tenant(Actor(DEMO_BUSINESS_ID, DEMO_OWNER_ID)) as uow:
        assert (await Jobs(uow).create(NewJob("Next"))).job.number == f"JOB-{1000 + planted.jobs + 1:06d}"
    await database.close()
