"""Further attacks on the tenancy: writes hidden in reads, values fetched from elsewhere, objects of other sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import bindparam, case, delete, except_, exists, func, insert, intersect, select, text, update
from sqlalchemy.orm import Session, aliased

from business.actor import Actor
from business.entities.jobs import JobStatus
from business.errors import TenancyViolation
from business.seed import DEMO_BUSINESS_ID, SECOND_BUSINESS_ID, SECOND_OWNER_ID
from business.sql.base import TenantRow
from business.sql.database import Database
from business.sql.tables import BusinessRow, ContactRow, CounterRow, InvoiceRow, JobRow, OutboxRow
from business.sql.tenancy import prepared

THIEF = Actor(business_id=SECOND_BUSINESS_ID, user_id=SECOND_OWNER_ID)
VICTIM = Actor.system(DEMO_BUSINESS_ID)


def session_of(uow: Any) -> Any:
    return uow._session


def walk() -> Any:
    """A recursive query that starts in one table and goes on in another."""
    start = select(JobRow.business_id).cte("walk", recursive=True)
    return select(start.union(select(ContactRow.business_id)).c.business_id, BusinessRow.business_id)


READS: dict[str, Callable[[], Any]] = {
    "recursive cte": walk,
    "intersection": lambda: select(
        intersect(select(JobRow.business_id), select(ContactRow.business_id)).subquery().c.business_id,
        BusinessRow.business_id,
    ),
    "difference": lambda: select(
        except_(select(JobRow.business_id), select(InvoiceRow.business_id).where(InvoiceRow.id == ""))
        .subquery()
        .c.business_id,
        BusinessRow.business_id,
    ),
    "window": lambda: select(JobRow.business_id, func.count().over(partition_by=JobRow.business_id)),
    "scalar in a case": lambda: select(
        case((BusinessRow.name != "", select(func.min(JobRow.business_id)).scalar_subquery()), else_="")
    ),
    "scalar in order by": lambda: select(JobRow.business_id).order_by(
        select(func.max(ContactRow.business_id)).scalar_subquery(), JobRow.id
    ),
    "correlated scalar": lambda: select(
        BusinessRow.business_id,
        select(func.max(JobRow.business_id)).where(JobRow.business_id != BusinessRow.business_id)
        .correlate(BusinessRow).scalar_subquery(),
    ),
    "cte joined": lambda: select(JobRow.business_id, (stolen := select(ContactRow.business_id).cte()).c[0]).join(
        stolen, stolen.c.business_id != ""
    ),
    "full join": lambda: select(JobRow.business_id, ContactRow.business_id).join(
        ContactRow, JobRow.contact_id == ContactRow.id, full=True
    ),
    "alias of a filtered subquery": lambda: select(
        aliased(JobRow, select(JobRow).where(JobRow.business_id == DEMO_BUSINESS_ID).subquery())
    ),
    "not in": lambda: select(JobRow.business_id).where(
        JobRow.id.not_in(select(JobRow.id).where(JobRow.business_id == SECOND_BUSINESS_ID))
    ),
    "negated": lambda: select(JobRow.business_id).where(~(JobRow.business_id == SECOND_BUSINESS_ID)),
    "prepared": lambda: prepared(select(JobRow.business_id)),
    "with a loader option": lambda: select(JobRow).execution_options(populate_existing=True),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")
@pytest.mark.parametrize("attack", READS)
async def test_no_read_sees_another_business(seeded: Database, attack: str) -> None:
    async with seeded.reading(THIEF) as uow:
        rows = list(await session_of(uow).execute(READS[attack]()))
        for value in (value for row in rows for value in row):
            tenant = value.business_id if isinstance(value, TenantRow) else value
            assert tenant in (SECOND_BUSINESS_ID, None, "") or isinstance(value, int), attack


COUNTER = update(CounterRow).values(value=999_999)
WRITES: dict[str, Callable[[], Any]] = {
    "update in a cte": lambda: select(
        (stolen := COUNTER.returning(CounterRow.name).cte()).c.name, JobRow.id
    ).join(stolen, stolen.c.name != ""),
    "delete in a cte": lambda: select(delete(CounterRow).returning(CounterRow.name).cte().c.name, JobRow.id),
    "insert in a cte": lambda: select(
        insert(CounterRow)
        .values(business_id=DEMO_BUSINESS_ID, name="x", value=1)
        .returning(CounterRow.name)
        .cte()
        .c.name,
        JobRow.id,
    ),
    "update added as a cte": lambda: select(JobRow).add_cte(COUNTER.cte()),
    "delete beside an update": lambda: COUNTER.add_cte(delete(CounterRow).cte()),
    "insert from a select": lambda: insert(CounterRow).from_select(
        ["business_id", "name", "value"], select(ContactRow.business_id, ContactRow.id, func.length("x"))
    ),
    "insert with returning": lambda: (
        insert(JobRow).values(business_id=DEMO_BUSINESS_ID, id="x").returning(JobRow.id)
    ),
    "update from a bare table": lambda: COUNTER.where(CounterRow.name == JobRow.__table__.c.id),
    "update by text": lambda: COUNTER.where(text("1=1")),
    "a value by text": lambda: update(CounterRow).values(value=text("(select count(*) from job)")),
    "a value from a bare table": lambda: update(CounterRow).values(
        value=select(func.count()).select_from(JobRow.__table__).scalar_subquery()
    ),
    "delete by a bare table": lambda: delete(OutboxRow).where(exists(select(JobRow.__table__.c.id))),
    "delete with another tenant's rows": lambda: delete(CounterRow).where(
        CounterRow.name.in_(select(JobRow.__table__.c.id))
    ),
}


@pytest.mark.parametrize("attack", WRITES)
async def test_no_write_hides_in_another_statement(seeded: Database, attack: str) -> None:
    async with seeded.tenant(THIEF) as uow:
        with pytest.raises(TenancyViolation):
            await session_of(uow).execute(WRITES[attack]())


FUNCTIONS: dict[str, Callable[[], Any]] = {
    "sql in a value": lambda: select(JobRow.id, func.query_to_xml("select * from contact", True, False, "")),
    "sql in a value, by its schema": lambda: select(
        func.pg_catalog.query_to_xml("select * from contact", True, False, ""), JobRow.id
    ),
    "sql in a condition": lambda: select(JobRow.id).where(
        func.length(func.table_to_xml("contact", True, False, "")) > 0
    ),
    "settings": lambda: select(JobRow.id, func.set_config("row_security", "off", False)),
    "a table made by a function": lambda: select(
        JobRow.id, func.dblink("host=x", "select 1").table_valued("v").c.v
    ),
    "in an order": lambda: select(JobRow.id).order_by(func.pg_read_file("/etc/passwd")),
    "in a change": lambda: COUNTER.where(CounterRow.name == func.query_to_xml("select 1", True, False, "")),
}


@pytest.mark.parametrize("attack", FUNCTIONS)
async def test_no_function_runs_sql_of_its_own(seeded: Database, attack: str) -> None:
    async with seeded.tenant(THIEF) as uow:
        with pytest.raises(TenancyViolation):
            await session_of(uow).execute(FUNCTIONS[attack]())


async def test_many_rows_at_once_cannot_be_another_business_s(seeded: Database) -> None:
    rows = [{"business_id": DEMO_BUSINESS_ID, "name": f"stolen-{n}", "value": 1} for n in range(3)]
    async with seeded.tenant(THIEF) as uow:
        for statement in (insert(CounterRow), update(CounterRow)):
            for given in (rows, rows[:1], rows[0]):
                with pytest.raises(TenancyViolation):
                    await session_of(uow).execute(statement, given)


async def test_bulk_changes_by_value_stay_at_home(seeded: Database) -> None:
    """What a scoped UPDATE or DELETE reads and returns is one's own too."""
    own = await count(seeded, THIEF)
    assert own != await count(seeded, VICTIM)
    number_of_jobs = select(func.count(JobRow.id)).scalar_subquery()
    async with seeded.tenant(THIEF) as uow:
        session = session_of(uow)
        changed = update(CounterRow).values(value=number_of_jobs).execution_options(synchronize_session=False)
        told = list(await session.execute(changed.returning(CounterRow.business_id, CounterRow.value)))
        assert {tuple(row) for row in told} == {(SECOND_BUSINESS_ID, own)}
        by_contact = delete(CounterRow).where(CounterRow.business_id == DEMO_BUSINESS_ID)
        gone = by_contact.returning(CounterRow.name).execution_options(synchronize_session=False)
        assert list(await session.execute(gone)) == []
    async with seeded.reading(VICTIM) as uow:
        assert len(list(await session_of(uow).scalars(select(CounterRow)))) > 1


async def count(database: Database, actor: Actor) -> int:
    async with database.reading(actor) as uow:
        return int(await session_of(uow).scalar(select(func.count(JobRow.id))) or 0)


async def test_a_prepared_statement_is_bound_anew_for_each_business(seeded: Database) -> None:
    """The same statement object, run by turns, and with parameters that ask for the other's rows."""
    statement = prepared(select(JobRow.business_id).where(JobRow.business_id != bindparam("not_this")))
    for _ in range(2):
        for actor, other in ((VICTIM, SECOND_BUSINESS_ID), (THIEF, DEMO_BUSINESS_ID)):
            async with seeded.reading(actor) as uow:
                ids = set(await session_of(uow).scalars(statement, {"not_this": other}))
                assert ids == {actor.business_id}
                none = set(await session_of(uow).scalars(statement, {"not_this": actor.business_id}))
                assert none == set()


async def test_what_grows_from_a_prepared_statement_is_looked_at(seeded: Database) -> None:
    statement = prepared(select(JobRow.id))
    async with seeded.reading(THIEF) as uow:
        await session_of(uow).execute(statement)
        for grown in (
            statement.where(text("1=1")),
            statement.add_columns(JobRow.__table__.c.title),
            prepared(select(JobRow.__table__)),
            prepared(select(JobRow.id).where(text("1=1"))),
        ):
            with pytest.raises(TenancyViolation):
                await session_of(uow).execute(grown)


async def stolen_row(database: Database) -> JobRow:
    """A row of the victim, detached from the session that read it."""
    async with database.reading(VICTIM) as uow:
        row = await session_of(uow).scalar(select(JobRow).limit(1))
        session_of(uow).expunge(row)
        return row


OBJECT_WAYS: dict[str, Callable[[Session, JobRow], object]] = {
    "get": lambda session, row: session.get(JobRow, (row.business_id, row.id)),
    "get one": lambda session, row: session.get_one(JobRow, (row.business_id, row.id)),
    "refresh": lambda session, row: (session.add(row), session.refresh(row)),
    "expired attribute": lambda session, row: (session.add(row), session.expire(row), row.title),
    "merge": lambda session, row: (session.merge(row), session.flush()),
    "change": lambda session, row: (session.add(row), setattr(row, "title", "stolen"), session.flush()),
    "delete": lambda session, row: (session.delete(row), session.flush()),
    "query": lambda session, row: session.query(JobRow).filter_by(id=row.id).one(),
    "query update": lambda session, row: session.query(JobRow).update({"status": JobStatus.PAID}),
    "query text": lambda session, row: session.query(JobRow).from_statement(text("SELECT * FROM job")).all(),
}


@pytest.mark.parametrize("way", OBJECT_WAYS)
async def test_a_stolen_object_is_of_no_use(seeded: Database, way: str) -> None:
    row = await stolen_row(seeded)
    row_id, title = row.id, row.title
    with pytest.raises(Exception) as caught:  # noqa: PT011  (nothing found is an answer as good as a refusal)
        await attempted(seeded, lambda session: OBJECT_WAYS[way](session, row))
    assert isinstance(caught.value, TenancyViolation) or "no row" in str(caught.value).lower(), caught.value
    async with seeded.reading(VICTIM) as uow:
        again = await session_of(uow).scalar(select(JobRow).where(JobRow.id == row_id))
        assert again.title == title


async def attempted(database: Database, attempt: Callable[[Session], object]) -> None:
    async with database.tenant(THIEF) as uow:
        answer = await session_of(uow).run_sync(attempt)
        assert answer is not None, "no row"
