"""Jobs: booking, moving, overlaps, statuses and what lists show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from business.entities.jobs import JobStatus, JobType, TimeTracking
from business.entities.memberships import Role
from business.errors import Conflict, InvalidTransition, NotFound, ValidationFailed
from business.use_cases.jobs import Jobs, NewJob
from tests.business.world import NOW, World, days

DENVER = ZoneInfo("America/Denver")
HOUR = timedelta(hours=1)
TOMORROW = datetime(2026, 5, 14, 9, 0, tzinfo=DENVER)


async def book(world: World, title: str = "Leak repair", start: datetime | None = TOMORROW, **more) -> str:
    async with world.write() as uow:
        return (await Jobs(uow).create(NewJob(title, start=start, **more), allow_overlap=True)).job.id


async def test_a_job_with_a_date_is_scheduled_and_one_without_a_draft(world: World) -> None:
    contact = await world.contact()
    async with world.write() as uow:
        booked = await Jobs(uow).create(
            NewJob("Leak repair", contact_id=contact, start=TOMORROW, type=JobType.REPAIR)
        )
        draft = await Jobs(uow).create(NewJob("Repipe"))
    assert (booked.job.number, draft.job.number) == ("JOB-000001", "JOB-000002")
    assert booked.job.status is JobStatus.SCHEDULED
    assert booked.job.scheduled_start == TOMORROW
    assert booked.job.duration == timedelta(hours=2)
    assert booked.job.assigned_users == ("user-owner",)
    assert booked.contact_name == "Nora Quill"
    assert draft.job.status is JobStatus.DRAFT
    async with world.read() as uow:
        assert await Jobs(uow).get(booked.job.id) == booked


async def test_rescheduling_keeps_the_duration_across_daylight_saving(world: World) -> None:
    before = datetime(2026, 10, 31, 9, 0, tzinfo=DENVER)
    job = await book(world, start=before, end=before + 3 * HOUR)
    after = datetime(2026, 11, 1, 0, 30, tzinfo=DENVER)
    async with world.write() as uow:
        moved = await Jobs(uow).reschedule(job, after, reason="rain")
    assert moved.previous_start == before
    assert moved.view.job.scheduled_start == after
    assert moved.view.job.duration == 3 * HOUR
    assert moved.view.job.scheduled_end == datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    assert "rain" in moved.view.job.notes


async def test_an_overlap_of_the_same_person_is_a_conflict_until_allowed(world: World) -> None:
    first = await book(world)
    async with world.write() as uow:
        jobs = Jobs(uow)
        with pytest.raises(Conflict) as caught:
            await jobs.create(NewJob("Second", start=TOMORROW + HOUR))
        assert [one["id"] for one in caught.value.details["overlaps"]] == [first]
        await jobs.create(NewJob("Right after", start=TOMORROW + 2 * HOUR))
        await jobs.create(NewJob("Somebody else's", start=TOMORROW, assigned_users=("user-employee",)))
        await jobs.create(NewJob("Nobody's", start=TOMORROW, assigned_users=()))
        forced = await jobs.create(NewJob("Squeezed in", start=TOMORROW), allow_overlap=True)
    assert forced.job.status is JobStatus.SCHEDULED
    async with world.write() as uow:
        with pytest.raises(Conflict):
            await Jobs(uow).assign(forced.job.id, ("user-employee",))
        with pytest.raises(Conflict):
            await Jobs(uow).reschedule(first, TOMORROW + HOUR)
        await Jobs(uow).update_status(forced.job.id, JobStatus.CANCELLED)
        await Jobs(uow).reschedule(first, TOMORROW - HOUR / 2)


async def test_a_refused_job_takes_no_number(world: World) -> None:
    await book(world)
    with pytest.raises(Conflict):
        async with world.write() as uow:
            await Jobs(uow).create(NewJob("Second", start=TOMORROW))
    async with world.write() as uow:
        assert (await Jobs(uow).create(NewJob("Third"))).job.number == "JOB-000002"


async def test_statuses_stamp_times_and_end(world: World) -> None:
    job = await book(world)
    world.clock.advance(days(1))
    async with world.write() as uow:
        started = await Jobs(uow).update_status(job, JobStatus.IN_PROGRESS)
    world.clock.advance(HOUR)
    async with world.write() as uow:
        held = await Jobs(uow).update_status(job, JobStatus.ON_HOLD, notes="part is missing")
        assert held.job.notes == "part is missing"
        again = await Jobs(uow).update_status(job, JobStatus.IN_PROGRESS)
        done = await Jobs(uow).update_status(job, JobStatus.COMPLETED, notes="fixed")
    assert started.job.actual_start == NOW + days(1) == again.job.actual_start
    assert done.job.actual_end == NOW + days(1) + HOUR
    assert done.job.completion_notes == "fixed"
    async with world.write() as uow:
        with pytest.raises(InvalidTransition) as caught:
            await Jobs(uow).update_status(job, JobStatus.CANCELLED)
        assert caught.value.allowed == ("invoiced",)
        with pytest.raises(InvalidTransition):
            await Jobs(uow).reschedule(job, TOMORROW)


async def test_rescheduling_books_what_was_not_booked(world: World) -> None:
    draft = await book(world, start=None)
    async with world.write() as uow:
        with pytest.raises(ValidationFailed):
            await Jobs(uow).update_status(draft, JobStatus.SCHEDULED)
        assert (await Jobs(uow).reschedule(draft, TOMORROW)).view.job.status is JobStatus.SCHEDULED
        await Jobs(uow).update_status(draft, JobStatus.IN_PROGRESS)
        assert (await Jobs(uow).reschedule(draft, TOMORROW + HOUR)).view.job.status is JobStatus.IN_PROGRESS


async def test_lists_follow_the_local_day(world: World) -> None:
    late = datetime(2026, 5, 13, 23, 30, tzinfo=DENVER)  # tomorrow in UTC
    early = datetime(2026, 5, 13, 0, 15, tzinfo=DENVER)
    await book(world, "late", late)
    await book(world, "early", early)
    await book(world, "next", TOMORROW)
    gone = await book(world, "gone", TOMORROW)
    await book(world, "in a week", TOMORROW + days(6))
    async with world.write() as uow:
        await Jobs(uow).update_status(gone, JobStatus.CANCELLED)
    async with world.read() as uow:
        jobs = Jobs(uow)
        assert [view.job.title for view in await jobs.today()] == ["early", "late"]
        assert [view.job.title for view in await jobs.upcoming(2)] == ["late", "next"]
        assert [view.job.title for view in await jobs.upcoming(7)] == ["late", "next"]
        assert [view.job.title for view in await jobs.upcoming(8)] == ["late", "next", "in a week"]
        assert [view.job.title for view in await jobs.overdue()] == ["early"]
        assert [view.job.title for view in await jobs.by_status(JobStatus.CANCELLED)] == ["gone"]
        assert (await jobs.counts())[JobStatus.SCHEDULED] == 4
        with pytest.raises(ValidationFailed):
            await jobs.upcoming(0)


async def test_numbers_are_found_as_people_say_them(world: World) -> None:
    async with world.write() as uow:
        from business.entities.numbers import Series

        await uow.numbers.continue_from(Series.JOB, 1040)
    for title in ("a", "b", "c"):
        await book(world, title, None)
    async with world.write() as uow:
        await Jobs(uow).create(NewJob("own", number="job-77"))
    async with world.read() as uow:
        jobs = Jobs(uow)
        found = {
            said: [view.job.title for view in await jobs.find_by_number(said)]
            for said in ("JOB-001042", "job-001042", "1042", "42", "2", "77", "JOB-77", "9", "none")
        }
    assert found == {
        "JOB-001042": ["b"], "job-001042": ["b"], "1042": ["b"], "42": ["b"], "2": ["b"],
        "77": ["own"], "JOB-77": ["own"], "9": [], "none": [],
    }  # fmt: skip


async def test_search_looks_at_titles_and_customers(world: World) -> None:
    contact = await world.contact("Ola", "Berg")
    await book(world, "Furnace tune-up", contact_id=contact)
    await book(world, "Leak 100% fixed")
    async with world.read() as uow:
        jobs = Jobs(uow)
        assert [view.job.title for view in await jobs.search("berg FURNACE")] == ["Furnace tune-up"]
        assert [view.job.title for view in await jobs.search("100%")] == ["Leak 100% fixed"]
        assert await jobs.search("f%nace") == ()
        assert [view.job.title for view in await jobs.of_contacts((contact,))] == ["Furnace tune-up"]


@pytest.mark.parametrize(
    ("field", "new"),
    [
        ("title", NewJob("  ")),
        ("title", NewJob("x" * 301)),
        ("scheduled_date", NewJob("x", start=datetime(2026, 5, 14, 9, 0))),  # noqa: DTZ001
        ("scheduled_date", NewJob("x", start=TOMORROW, end=TOMORROW)),
        ("scheduled_date", NewJob("x", end=TOMORROW)),
        ("scheduled_date", NewJob("x", start=TOMORROW.replace(year=2126))),
        ("assigned_users", NewJob("x", assigned_users=("user-stranger",))),
        ("description", NewJob("x", description="a\x00b")),
        ("number", NewJob("x", number="drop table")),
    ],
)
async def test_what_no_job_can_be(world: World, field: str, new: NewJob) -> None:
    async with world.write() as uow:
        with pytest.raises(ValidationFailed) as caught:
            await Jobs(uow).create(new)
    assert caught.value.field == field


async def test_references_must_exist(world: World) -> None:
    async with world.write() as uow:
        for new in (NewJob("x", contact_id="none"), NewJob("x", project_id="none")):
            with pytest.raises(NotFound):
                await Jobs(uow).create(new)
        with pytest.raises(NotFound):
            await Jobs(uow).get("none")


async def test_hours_and_notes(world: World) -> None:
    job = await book(world)
    async with world.write() as uow:
        await Jobs(uow).add_note(job, "gate code")
        await Jobs(uow).set_time(job, TimeTracking(Decimal("2.5"), Decimal(3), Decimal(3), 15))
    async with world.read(Role.VIEWER) as uow:
        view = await Jobs(uow).get(job)
    assert view.job.notes == "gate code"
    assert view.job.time == TimeTracking(Decimal("2.5"), Decimal(3), Decimal(3), 15)
    with pytest.raises(ValidationFailed):
        TimeTracking(break_minutes=-1)
