from __future__ import annotations

import pytest

from business.entities.jobs import Job, JobSource, JobStatus
from business.entities.memberships import Role
from business.paging.queries import Book
from business.use_cases.jobs import Jobs, NewJob
from tests.business.transfer.files import bring_in, exported, reasons, rows_of
from tests.business.world import World


async def job(world: World, number: str) -> Job:
    async with world.read() as uow:
        return (await Jobs(uow).find_by_number(number))[0].job


async def test_a_schedule_of_another_program(world: World):
    contact = await world.contact("Nora", "Quill", email="n@mail.example", mobile="+13035550142")
    report = await bring_in(
        world,
        Book.JOBS,
        "Job #,Job Title,Client Phone,Start Date,End Time,Technician,Labor Cost,Mood\n"
        "w-7,Fix the sink,303-555-0142,5/20/2026 2:30 PM,5/20/2026 4:00 PM,Ms Employee,$120.50,good\n"
        ",Call back,,,,,,\n",
    )
    assert (report.created, report.refused, report.ignored_columns) == (2, 0, ("Mood",))
    sink = await job(world, "W-7")
    assert sink.scheduled_start is not None
    assert sink.scheduled_start.isoformat() == "2026-05-20T20:30:00+00:00"
    assert (sink.status, sink.contact_id, sink.source) == (JobStatus.SCHEDULED, contact, JobSource.OTHER)
    assert sink.assigned_users == ("user-employee",)
    assert sink.cost is not None
    assert str(sink.cost.labour) == "120.50"
    assert (await job(world, "JOB-000001")).title == "Call back"


async def test_given_numbers_do_not_move_the_counter(world: World):
    await bring_in(world, Book.JOBS, "number,title\nJOB-000001,One\nJOB-000500,Two\n")
    async with world.write() as uow:
        made = await Jobs(uow).create(NewJob("Three"))
    assert made.job.number == "JOB-000002"


@pytest.mark.parametrize("status", list(JobStatus))
async def test_a_job_walks_to_its_status(world: World, status: JobStatus):
    start = "" if status in (JobStatus.DRAFT, JobStatus.QUOTED) else "2026-05-01T09:00:00-06:00"
    report = await bring_in(
        world, Book.JOBS, f"number,title,status,scheduled_start\nJ-1,Sink,{status.value},{start}\n"
    )
    assert report.refusals == []
    brought = await job(world, "J-1")
    assert brought.status is status
    is_done = status in (JobStatus.COMPLETED, JobStatus.INVOICED, JobStatus.PAID)
    assert (brought.actual_end is not None) is is_done
    if is_done:
        assert brought.actual_end == brought.scheduled_end


async def test_refusals(world: World):
    await world.contact("Jo", "Smith", email="jo1@mail.example")
    await world.contact("Jo", "Smith", email="jo2@mail.example", phone="+13035550142")
    await world.contact("Al", "Roe", email="al@mail.example")
    report = await bring_in(
        world,
        Book.JOBS,
        "number,title,contact_name,contact_email,contact_phone,project,status,scheduled_start,scheduled_end,"
        "actual_start,assigned_to,break_minutes\n"
        "A-1,Ok,Al Roe,,,,,,,,,\n"  # 2
        "A-1,Other,,,,,,,,,,\n"  # 3
        "A-2,,,,,,,,,,,\n"  # 4
        "A-3,X,Jo Smith,,,,,,,,,\n"  # 5
        "A-4,X,Nobody,,,,,,,,,\n"  # 6
        "A-5,X,Al Roe,jo@mail.example,,,,,,,,\n"  # 7: the address decides, not the name
        "A-6,X,,al@mail.example,303-555-0142,,,,,,,\n"  # 8: two people
        "A-7,X,,,,PROJ-9,,,,,,\n"  # 9
        "A-8,X,,,,,completed,,,,,\n"  # 10
        "A-9,X,,,,,draft,2026-05-20 09:00,,,,\n"  # 11
        "B-1,X,,,,,,2026-05-20 09:00,2026-05-20 08:00,,,\n"  # 12
        "B-2,X,,,,,,1990-05-20 09:00,,,,\n"  # 13
        "B-3,X,,,,,,31/31/2026,,,,\n"  # 14
        "B-4,X,,,,,gone,,,,,-5\n"  # 15
        "B-5,X,,,,,completed,2026-05-20 09:00,,1990-01-01,,\n"  # 16
        "B-6,X,,,,,,,,,Ms Nobody,\n"  # 17
        "B 7?,X,,,,,,,,,,\n",  # 18
    )
    assert reasons(report) == [
        (3, "number", "conflict"),
        (4, "title", "validation"),
        (5, "contact_name", "ambiguous_contact"),
        (6, "contact_name", "unknown_contact"),
        (7, "contact_email", "unknown_contact"),
        (8, "contact_email", "ambiguous_contact"),
        (9, "project", "unknown_project"),
        (10, "scheduled_start", "validation"),
        (11, "status", "validation"),
        (12, "scheduled_start", "validation"),
        (13, "scheduled_start", "validation"),
        (14, "scheduled_start", "bad_value"),
        (15, "status", "bad_value"),
        (15, "break_minutes", "bad_value"),
        (16, "actual_start", "validation"),
        (17, "assigned_to", "unknown_member"),
        (18, "number", "bad_value"),
    ]
    assert "Jo Smith (jo1@mail.example)" in report.refusals[2].reason
    assert [row["number"] for row in rows_of(await exported(world, Book.JOBS))] == ["A-1"]


async def test_what_only_an_editor_may_is_refused_row_by_row(world: World):
    async with world.write() as uow:
        await uow.memberships.save(_withheld(await uow.memberships.of_user("user-employee")))
    report = await bring_in(
        world,
        Book.JOBS,
        "number,title,status,scheduled_start\nA-1,X,,\nA-2,X,in_progress,2026-05-13 09:00\n",
        role=Role.EMPLOYEE,
    )
    assert (report.created, reasons(report)) == (1, [(3, "", "forbidden")])


def _withheld(found: object) -> object:
    from dataclasses import replace

    from business.entities.memberships import Membership, Permission

    assert isinstance(found, Membership)
    return replace(found, withheld=frozenset({Permission.EDIT_JOBS}))


async def test_contacts_of_another_business_are_unknown(world: World):
    await bring_in(world, Book.CONTACTS, "name,email\nEd,ed@mail.example\n", business_id=world.other_id)
    report = await bring_in(world, Book.JOBS, "title,contact_email\nX,ed@mail.example\n")
    assert reasons(report) == [(2, "contact_email", "unknown_contact")]
