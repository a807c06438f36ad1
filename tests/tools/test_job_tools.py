from __future__ import annotations

import pytest

from business.entities.jobs import JobStatus
from business.use_cases.jobs import Jobs
from tests.tools.world import World, at
from tools.envelope import ToolErrorType


async def test_a_job_is_booked_for_whom_and_when_it_was_said(world: World) -> None:
    result = await world.run(
        "create_job", title="water heater", contact="Padel", scheduled_date="Friday at ten"
    )
    assert result.ok
    assert result.summary == "Booked water heater for Priya Patel on Friday at 10 AM. It's job 7."
    async with world.reading() as uow:
        view = await Jobs(uow).get(result.focus["job"])
    assert view.job.scheduled_start == at(2, 10)
    assert (view.contact_name, view.job.status, view.job.title) == (
        "Priya Patel",
        JobStatus.SCHEDULED,
        "Water heater",
    )


async def test_a_job_without_a_date_is_a_draft(world: World) -> None:
    result = await world.run("create_job", title="Quote the roof", contact="Ines")
    assert result.data["job"]["status"] == "draft"
    assert "no date yet" in result.summary


async def test_a_day_without_a_time_starts_when_the_business_opens(world: World) -> None:
    result = await world.run("create_job", title="Visit", contact="Ines", scheduled_date="next Tuesday")
    assert result.data["job"]["start"] == at(6, 9).isoformat()


async def test_an_overlap_is_booked_only_after_a_yes(world: World) -> None:
    wish = {"title": "Drip", "contact": "Priya", "scheduled_date": "tomorrow at ten"}
    overlapping = wish | {"scheduled_date": "tomorrow at 9:30"}
    refused = await world.run("create_job", **overlapping)
    assert refused.error is not None
    assert refused.error.type is ToolErrorType.NEEDS_CONFIRMATION
    assert refused.error.read_back == (
        "That overlaps with leak repair for Ines Okafor. Shall I book Drip for Priya Patel anyway?"
    )
    async with world.reading() as uow:
        assert await Jobs(uow).search("Drip") == ()
    assert (await world.agreed("create_job", **overlapping)).ok
    async with world.reading() as uow:
        assert len(await Jobs(uow).search("Drip")) == 1


@pytest.mark.parametrize(
    ("said", "days", "hour", "minute"),
    [
        ("Friday at four thirty", 2, 16, 30),
        ("Friday", 2, 9, 0),
        ("at four", 1, 16, 0),
        ("two hours later", 1, 11, 0),
        ("two days later", 3, 9, 0),
        ("back by 30 minutes", 1, 9, 30),
        ("half an hour earlier", 1, 8, 30),
        ("Saturday morning", 3, 9, 0),
        ("next week", 8, 9, 0),
        ("from Thursday to Saturday", 3, 9, 0),
        ("in two days", 2, 9, 0),
        ("2026-11-20T16:00", 2, 16, 0),
    ],
)
async def test_a_job_moves_and_keeps_what_was_not_said(
    world: World, said: str, days: int, hour: int, minute: int
) -> None:
    result = await world.run("reschedule_job", job="the Okafor job", new_date=said)
    assert result.ok, result.summary
    async with world.reading() as uow:
        job = (await Jobs(uow).get(world.ids["leak"])).job
    assert job.scheduled_start == at(days, hour, minute)
    assert job.duration is not None
    assert job.duration.total_seconds() == 7200


async def test_it_is_the_job_spoken_of_last(world: World) -> None:
    await world.run("create_job", title="Valve", contact="Ann", scheduled_date="tomorrow at three")
    moved = await world.run("reschedule_job", job="it", new_date="Friday at nine")
    assert moved.summary == "Moved valve for Ann Miller to Friday at 9 AM."
    her = await world.run("get_contact_info", contact="her")
    assert her.data["contact"]["name"] == "Ann Miller"


async def test_the_same_time_again_changes_nothing(world: World) -> None:
    result = await world.run("reschedule_job", job="the leak", new_date="tomorrow at nine")
    assert result.ok
    assert "already" in result.summary


@pytest.mark.parametrize("said", ["yesterday", "banana", "next month", "today at 8 am"])
async def test_a_date_that_cannot_be_meant_is_asked_about(world: World, said: str) -> None:
    result = await world.run("reschedule_job", job="the Okafor job", new_date=said)
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.VALIDATION, "new_date")
    assert result.summary.endswith("?")


async def test_a_status_changes_as_said(world: World) -> None:
    done = await world.run(
        "update_job_status", job="the Nguyen job", new_status="finished", notes="new trap fitted"
    )
    assert done.summary == "Drain cleaning for Linh Nguyen is now completed."
    async with world.reading() as uow:
        job = (await Jobs(uow).get(world.ids["drain"])).job
    assert (job.status, job.completion_notes) == (JobStatus.COMPLETED, "new trap fitted")
    assert job.actual_end == world.clock.now()


async def test_a_status_that_cannot_follow_names_those_that_can(world: World) -> None:
    result = await world.run("update_job_status", job="the leak repair", new_status="paid")
    assert result.error is not None
    assert result.error.type is ToolErrorType.INVALID_TRANSITION
    assert result.error.allowed == ("in_progress", "on_hold", "cancelled")


async def test_cancelling_is_asked_first(world: World) -> None:
    asked = await world.run("update_job_status", job="the leak repair", new_status="canceled")
    assert asked.error is not None
    assert asked.error.read_back == (
        "That cancels the leak repair for Ines Okafor tomorrow at 9 AM. Shall I cancel it?"
    )
    gone = await world.agreed("update_job_status", job="the leak repair", new_status="canceled")
    assert gone.summary == "Leak repair for Ines Okafor is now cancelled."


async def test_an_unknown_status_lists_the_known_ones(world: World) -> None:
    result = await world.run("update_job_status", job="it", new_status="sparkling")
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.VALIDATION, "new_status")
    assert "completed" in result.error.allowed


@pytest.mark.parametrize(
    "said",
    [
        "job 1",
        "JOB-000001",
        "number one",
        "the leak repair",
        "the Okafor job",
        "Ines's job",
        "the leak repair for Ines",
        "Mrs. Okafor",
        "the Oakafor leak",
        "tomorrow's job",
        "the nine o'clock tomorrow",
    ],
)
async def test_a_job_is_found_by_what_people_call_it(world: World, said: str) -> None:
    result = await world.run("get_job_details", job=said)
    assert result.ok, result.summary
    assert result.focus["job"] == world.ids["leak"]
    assert result.summary.startswith(
        "Job 1, leak repair for Ines Okafor, is scheduled tomorrow at 9 AM for two hours."
    )


async def test_two_jobs_that_fit_are_asked_about_and_the_answers_work(world: World) -> None:
    result = await world.run("get_job_details", job="the Miller job")
    assert result.error is not None
    assert result.error.type is ToolErrorType.AMBIGUOUS
    assert result.summary == (
        "Two Miller jobs: the boiler service for Tom Miller on Friday at 2 PM and "
        "the sink installation for Ann Miller on Monday at 8 AM. Which one?"
    )
    answers = ["the second one", "the sink", "Ann", "the one on Monday", result.error.candidates[1]]
    for answer in answers:
        picked = await world.run("get_job_details", job=answer)
        assert picked.focus.get("job") == world.ids["sink"], answer


async def test_the_only_one_that_fits_the_wish_is_meant(world: World) -> None:
    """Linh Nguyen has a job in progress and a draft: only the former can be completed."""
    result = await world.run("update_job_status", job="the Nguyen job", new_status="done")
    assert result.focus["job"] == world.ids["drain"]


@pytest.mark.parametrize("said", ["job 99", "the Zimmermann job", "the chimney", "12345"])
async def test_a_job_that_is_not_there_is_not_found(world: World, said: str) -> None:
    result = await world.run("get_job_details", job=said)
    assert result.error is not None
    assert result.error.type is ToolErrorType.NOT_FOUND


async def test_nothing_in_focus_is_asked_about(world: World) -> None:
    result = await world.run("get_job_details", job="it")
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.VALIDATION, "job")


async def test_the_day_is_told_in_order(world: World) -> None:
    result = await world.run("get_today_jobs")
    assert result.summary == (
        "You have two jobs today: drain cleaning for Linh Nguyen at 11 AM and oven hookup for Otto Kessler at 3 PM."
    )
    second = await world.run("get_job_details", job="the second one")
    assert second.focus["job"] == world.ids["oven"]


async def test_the_coming_days_are_told(world: World) -> None:
    week = await world.run("get_upcoming_jobs")
    assert week.summary.startswith(
        "You have five jobs in the next seven days: drain cleaning for Linh Nguyen today at 11 AM"
    )
    short = await world.run("get_upcoming_jobs", days_ahead=1)
    assert short.data["count"] == 2


async def test_lists_are_shorter_while_driving(world: World) -> None:
    result = await world.run("get_upcoming_jobs", driving=True)
    assert len(result.focus["job_list"].split(",")) == 3
    assert result.summary.endswith("and 2 more.")


@pytest.mark.parametrize(
    ("status", "summary"),
    [
        ("in progress", "One job is in progress: drain cleaning for Linh Nguyen."),
        ("draft", "One job is draft: gutter check for Linh Nguyen."),
        ("on hold", "No jobs are on hold."),
    ],
)
async def test_jobs_of_a_status_are_told(world: World, status: str, summary: str) -> None:
    assert (await world.run("get_jobs_by_status", status=status)).summary == summary


@pytest.mark.parametrize("days", [0, 366, -1])
async def test_days_ahead_have_bounds(world: World, days: int) -> None:
    result = await world.run("get_upcoming_jobs", days_ahead=days)
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.VALIDATION, "days_ahead")


@pytest.mark.parametrize("said", ["the bowler services", "the boiler surface"])
async def test_a_job_is_told_about_by_what_its_title_sounds_like(world: World, said: str) -> None:
    result = await world.run("get_job_details", job=said)
    assert result.ok
    assert "oiler service" in result.summary


async def test_a_write_asks_whether_the_job_that_sounds_so_is_meant(world: World) -> None:
    result = await world.run("reschedule_job", job="the bowler services", new_date="Saturday")
    assert result.error is not None
    assert result.error.type is ToolErrorType.NOT_FOUND
    assert "Did you mean the boiler service for Tom" in result.error.message
    assert result.focus["job_list"] == world.ids["boiler"]


async def test_a_job_that_sounds_like_none_is_not_found(world: World) -> None:
    result = await world.run("get_job_details", job="the chimney sweep")
    assert result.error is not None
    assert result.error.candidates == ()


async def test_a_number_that_is_one_figure_off_is_asked_about(world: World) -> None:
    result = await world.run("update_job_status", job="job 9", new_status="done")
    assert result.error is not None
    assert result.error.message.startswith("There is no job 9. Did you mean job ")
    assert result.error.candidates
