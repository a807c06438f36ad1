"""Attacks on the tenancy: with the session in hand, everything a careless or hostile query could try."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    case,
    delete,
    exists,
    func,
    insert,
    lambda_stmt,
    literal_column,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from business.actor import Actor
from business.entities.memberships import Permission, Role
from business.errors import Conflict, Forbidden, NotFound, TenancyViolation
from business.seed import DEMO_BUSINESS_ID, SECOND_BUSINESS_ID, SECOND_OWNER_ID
from business.sql.base import TenantRow
from business.sql.database import Database
from business.sql.tables import (
    AuditRow,
    BusinessRow,
    ContactRow,
    CounterRow,
    InvoiceRow,
    JobRow,
    MembershipRow,
)
from business.use_cases.contacts import Contacts
from business.use_cases.jobs import Jobs, NewJob
from tests.business.world import World

THIEF = Actor(business_id=SECOND_BUSINESS_ID, user_id=SECOND_OWNER_ID)


def session_of(uow: Any) -> AsyncSession:
    return uow._session


def test_every_table_has_a_tenant_in_its_key() -> None:
    for table in TenantRow.metadata.tables.values():
        assert table.primary_key.columns.keys()[0] == "business_id", table.name
        for key in table.foreign_key_constraints:
            assert key.column_keys[0] == "business_id", f"{table.name}: {key.name}"


Other = aliased(JobRow)
READS: dict[str, Callable[[], Any]] = {
    "rows": lambda: select(JobRow),
    "columns": lambda: select(JobRow.business_id),
    "count": lambda: select(JobRow.business_id, func.count()).group_by(JobRow.business_id),
    "alias": lambda: select(Other),
    "asked for the victim": lambda: select(JobRow).where(JobRow.business_id == DEMO_BUSINESS_ID),
    "or anything": lambda: select(JobRow).where(
        (JobRow.title == "x") | (JobRow.business_id == DEMO_BUSINESS_ID)
    ),
    "join": lambda: select(JobRow.business_id, ContactRow.business_id).join(
        ContactRow, JobRow.title != ContactRow.id
    ),
    "cross join": lambda: select(ContactRow.business_id, BusinessRow.business_id),
    "outer join": lambda: select(BusinessRow.business_id, JobRow.business_id).outerjoin(
        JobRow, JobRow.business_id != BusinessRow.business_id
    ),
    "subquery in from": lambda: select(
        select(JobRow.business_id).subquery().c.business_id, JobRow.business_id
    ),
    "cte": lambda: select(select(JobRow.business_id).cte().c.business_id, JobRow.business_id),
    "scalar subquery": lambda: select(
        BusinessRow.business_id, select(func.max(JobRow.business_id)).scalar_subquery()
    ),
    "members": lambda: select(MembershipRow.business_id),
    "distinct": lambda: select(InvoiceRow.business_id).distinct(),
    "union in a subquery": lambda: select(
        union_all(select(JobRow.business_id), select(ContactRow.business_id)).subquery().c.business_id,
        BusinessRow.business_id,
    ),
    "alias over a subquery": lambda: select(aliased(JobRow, select(JobRow).subquery())),
    "subquery of a subquery": lambda: select(
        select(select(JobRow.business_id).subquery().c.business_id).subquery().c.business_id,
        JobRow.business_id,
    ),
    "self join": lambda: select(JobRow.business_id, Other.business_id).join(Other, Other.id != JobRow.id),
}


@pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")
async def test_no_read_sees_another_business(seeded: Database) -> None:
    async with seeded.reading(THIEF) as uow:
        for attack, statement in READS.items():
            rows = list(await session_of(uow).execute(statement()))
            for value in (value for row in rows for value in row):
                tenant = value.business_id if isinstance(value, TenantRow) else value
                assert tenant in (SECOND_BUSINESS_ID, None) or isinstance(value, int), attack


async def test_a_filter_cannot_ask_about_another_business(seeded: Database) -> None:
    async with seeded.reading(THIEF) as uow:
        victim = exists(select(JobRow.id).where(JobRow.business_id == DEMO_BUSINESS_ID))
        assert list(await session_of(uow).scalars(select(BusinessRow).where(victim))) == []
        inside = select(ContactRow.id).where(ContactRow.business_id == DEMO_BUSINESS_ID)
        assert list(await session_of(uow).scalars(select(JobRow).where(JobRow.contact_id.in_(inside)))) == []


JOB = JobRow.__table__
REFUSED: dict[str, Callable[[], Any]] = {
    "text": lambda: text("SELECT * FROM job"),
    "bare table": lambda: select(JOB),
    "bare column": lambda: select(JOB.c.title),
    "bare alias": lambda: select(JOB.alias("j")),
    "bare column beside a row": lambda: select(JobRow.id, JOB.c.title),
    "bare column beside another row": lambda: select(ContactRow.id, JOB.c.title),
    "bare table beside a row": lambda: select(ContactRow.id, JOB),
    "bare column in a function": lambda: select(ContactRow.id, func.max(JOB.c.title)),
    "bare column in a case": lambda: select(case((ContactRow.id == "x", JOB.c.title), else_="")),
    "bare alias column beside a row": lambda: select(ContactRow.id, JOB.alias("j").c.title),
    "bare lateral": lambda: select(ContactRow.id, select(JOB.c.title).lateral().c.title),
    "bare column in group by": lambda: select(ContactRow.id).group_by(JOB.c.title),
    "bare column in having": lambda: (
        select(ContactRow.id).group_by(ContactRow.id).having(func.max(JOB.c.title) > "")
    ),
    "bare table sample": lambda: select(ContactRow.id, JOB.tablesample(50).c.title),
    "bare column in a union of rows": lambda: select(ContactRow.id).union_all(select(JOB.c.title)),
    "bare table in from": lambda: select(JobRow.id).select_from(JOB),
    "bare table joined": lambda: select(ContactRow.id).join(JOB, JOB.c.contact_id == ContactRow.id),
    "bare alias joined": lambda: select(ContactRow.id).join(JOB.alias("j"), text("1=1")),
    "bare column in where": lambda: select(ContactRow.id).where(JOB.c.title == "x"),
    "bare table in exists": lambda: select(ContactRow.id).where(exists(select(JOB.c.id))),
    "bare table in a subquery": lambda: select(ContactRow.id, select(JOB.c.title).limit(1).scalar_subquery()),
    "bare table in a cte": lambda: select(ContactRow.id, select(JOB.c.title).cte().c.title),
    "bare column in order by": lambda: select(ContactRow.id).order_by(JOB.c.title),
    "union": lambda: union_all(select(JOB.c.id), select(JOB.c.id)),
    "text in where": lambda: select(JobRow).where(text("1=1")),
    "text columns": lambda: select(JobRow.id, text("(select title from job)")),
    "literal column": lambda: select(JobRow.id, literal_column("(select title from job limit 1)")),
    "statement from text": lambda: select(JobRow).from_statement(text("SELECT * FROM job")),
    "statement from a bare select": lambda: select(JobRow).from_statement(select(JOB)),
    "statement from another": lambda: select(JobRow).from_statement(select(JobRow)),
    "union of rows": lambda: union_all(select(JobRow.id), select(ContactRow.id)),
    "lambda": lambda: lambda_stmt(lambda: select(JobRow)),
    "alias over a bare subquery": lambda: select(aliased(JobRow, select(JOB).subquery())),
    "audit trail updated": lambda: update(AuditRow).values(user_id="nobody"),
    "audit trail deleted": lambda: delete(AuditRow),
    "insert": lambda: insert(CounterRow).values(business_id=DEMO_BUSINESS_ID, name="x", value=1),
    "update of an audited row": lambda: update(JobRow).values(title="stolen"),
    "delete of an audited row": lambda: delete(JobRow),
    "moving a row to another business": lambda: update(CounterRow).values(business_id=DEMO_BUSINESS_ID),
    "moving a row by its column": lambda: update(CounterRow).values(
        {CounterRow.business_id: DEMO_BUSINESS_ID}
    ),
}


async def test_what_could_escape_is_refused(seeded: Database) -> None:
    got_through: list[str] = []
    async with seeded.tenant(THIEF) as uow:
        for attack, statement in REFUSED.items():
            try:
                await session_of(uow).execute(statement())
            except TenancyViolation:
                continue
            got_through.append(attack)
    assert got_through == []


async def test_a_session_gives_no_way_around(seeded: Database) -> None:
    async with seeded.tenant(THIEF) as uow:
        session = session_of(uow).sync_session
        for way in (
            session.connection,
            lambda: session.bulk_save_objects([]),
            lambda: session.bulk_insert_mappings(JobRow, []),
            lambda: session.bulk_update_mappings(JobRow, []),
        ):
            with pytest.raises(TenancyViolation):
                way()


async def test_an_update_stays_at_home(seeded: Database) -> None:
    async with seeded.tenant(THIEF) as uow:
        await session_of(uow).execute(
            update(CounterRow).values(value=999_999).execution_options(synchronize_session=False)
        )
    async with seeded.reading(Actor.system(DEMO_BUSINESS_ID)) as uow:
        values = list(await session_of(uow).scalars(select(CounterRow.value)))
    assert values
    assert 999_999 not in values


async def test_new_rows_are_stamped_and_foreign_ones_refused(seeded: Database) -> None:
    async with seeded.tenant(THIEF) as uow:
        session_of(uow).add(CounterRow(name="mine", value=1))
        await session_of(uow).flush()
    async with seeded.tenant(THIEF) as uow:
        session_of(uow).add(CounterRow(business_id=DEMO_BUSINESS_ID, name="theirs", value=1))
        with pytest.raises(TenancyViolation):
            await session_of(uow).flush()
        session_of(uow).expunge_all()
    async with seeded.tenant(THIEF) as uow:
        row = await session_of(uow).scalar(select(CounterRow).where(CounterRow.name == "mine"))
        assert row is not None
        row.business_id = DEMO_BUSINESS_ID
        with pytest.raises(TenancyViolation):
            await session_of(uow).flush()
        session_of(uow).expunge_all()


async def test_the_audit_trail_cannot_be_changed(seeded: Database) -> None:
    for change in (
        lambda row, _: setattr(row, "user_id", "nobody"),
        lambda row, session: session.sync_session.delete(row),
    ):
        async with seeded.tenant(THIEF) as uow:
            row = await session_of(uow).scalar(select(AuditRow).limit(1))
            change(row, session_of(uow))
            with pytest.raises(TenancyViolation):
                await session_of(uow).flush()
            session_of(uow).expunge_all()


async def test_a_reading_unit_of_work_cannot_write(seeded: Database) -> None:
    with pytest.raises(TenancyViolation):
        async with seeded.reading(THIEF) as uow:
            await Jobs(uow).create(NewJob("Sneaky"))
    with pytest.raises(TenancyViolation):
        async with seeded.reading(THIEF) as uow:
            await session_of(uow).execute(update(CounterRow).values(value=1))


async def test_ids_of_another_business_are_not_found(seeded: Database) -> None:
    async with seeded.reading(Actor.system(DEMO_BUSINESS_ID)) as uow:
        job = (await Jobs(uow).search("Drain"))[0].job
        invoice = (await uow.invoices.by_number("INV-002001"))[0]
    async with seeded.tenant(THIEF) as uow:
        for look in (uow.jobs.get, uow.jobs.view, uow.contacts.get, uow.projects.get, uow.estimates.get):
            with pytest.raises(NotFound):
                await look(job.id if look in (uow.jobs.get, uow.jobs.view) else str(job.contact_id))
        with pytest.raises(NotFound):
            await uow.invoices.get(invoice.id)
        with pytest.raises(NotFound):
            await Jobs(uow).create(NewJob("Theft", contact_id=job.contact_id))
        with pytest.raises(NotFound):
            await uow.jobs.save(job)


async def test_the_database_itself_refuses_a_reference_across_businesses(world: World) -> None:
    contact = await world.contact()
    async with world.database.tenant(world.other) as uow:
        job = (await Jobs(uow).create(NewJob("Honest"))).job
    with pytest.raises(Conflict):
        await point_at(world, job.id, contact)


async def point_at(world: World, job_id: str, contact_id: str) -> None:
    async with world.database.tenant(world.other) as uow:
        row = await session_of(uow).scalar(select(JobRow).where(JobRow.id == job_id))
        assert row is not None
        row.contact_id = contact_id
        await session_of(uow).flush()


async def test_the_same_name_and_number_live_in_both_businesses(seeded: Database) -> None:
    for business_id in (DEMO_BUSINESS_ID, SECOND_BUSINESS_ID):
        async with seeded.reading(Actor.system(business_id)) as uow:
            assert [c.display_name for c in await Contacts(uow).search("sarah johnson")] == ["Sarah Johnson"]


async def test_who_is_no_member_does_not_get_in(world: World) -> None:
    for actor in (Actor(world.business_id, "user-stranger"), Actor("biz-none", "user-owner"), Actor("", "")):
        for way in (world.database.tenant, world.database.reading):
            with pytest.raises(Forbidden):
                async with way(actor):
                    pass


async def test_a_removed_member_does_not_get_in(world: World) -> None:
    from business.use_cases.memberships import Memberships

    async with world.write() as uow:
        await Memberships(uow).remove("user-viewer")
    with pytest.raises(Forbidden):
        async with world.read(Role.VIEWER):
            pass
    assert await world.database.directory.membership("user-viewer", world.business_id) is None


async def test_the_directory_answers_by_user(seeded: Database) -> None:
    from business.seed import DEMO_OWNER_ID

    reached = await seeded.directory.businesses_of(DEMO_OWNER_ID)
    assert {(one.business_id, one.role) for one in reached} == {
        (DEMO_BUSINESS_ID, Role.OWNER),
        (SECOND_BUSINESS_ID, Role.VIEWER),
    }
    assert await seeded.directory.businesses_of("user-nobody") == ()
    member = await seeded.directory.membership(DEMO_OWNER_ID, SECOND_BUSINESS_ID)
    assert member is not None
    assert not member.may(Permission.EDIT_JOBS)
    assert await seeded.directory.membership(SECOND_OWNER_ID, DEMO_BUSINESS_ID) is None
