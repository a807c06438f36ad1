"""Contracts of the job tools."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from business.entities.jobs import JobPriority, JobStatus, JobType
from business.entities.memberships import Permission
from tools.arguments import ContactRef, JobRef, Notes, SpokenDate
from tools.spec import Arguments, Asks, Effect, ToolSpec, Topic
from tools.statuses import spoken_code


def _coded(kind: str) -> BeforeValidator:
    return BeforeValidator(lambda value: spoken_code(kind, value) if isinstance(value, str) else value)


class CreateJob(Arguments):
    """Arguments of create_job."""

    title: Annotated[
        str, Field(min_length=1, max_length=300, description="Short name of the work ('Leak repair').")
    ]
    description: Annotated[
        str, Field(max_length=5000, description="What has to be done, in the user's words; may be empty.")
    ] = ""
    contact: ContactRef
    scheduled_date: SpokenDate | None = None
    job_type: Annotated[JobType, _coded("job_type"), Field(description="Kind of job.")] = JobType.SERVICE
    priority: Annotated[JobPriority, _coded("priority"), Field(description="How pressing it is.")] = (
        JobPriority.MEDIUM
    )
    location: Annotated[
        str | None, Field(max_length=300, description="Address, if it is not the contact's own.")
    ] = None


class GetUpcomingJobs(Arguments):
    """Arguments of get_upcoming_jobs."""

    days_ahead: Annotated[
        int, Field(ge=1, le=365, description="How many days from today on, today included.")
    ] = 7


class UpdateJobStatus(Arguments):
    """Arguments of update_job_status."""

    job: JobRef
    new_status: Annotated[
        JobStatus, _coded("job"), Field(description="The status the job shall have ('done' is completed).")
    ]
    notes: Notes | None = None


class GetJobDetails(Arguments):
    """Arguments of get_job_details."""

    job: JobRef


class RescheduleJob(Arguments):
    """Arguments of reschedule_job."""

    job: JobRef
    new_date: SpokenDate
    reason: Notes | None = None


class GetJobsByStatus(Arguments):
    """Arguments of get_jobs_by_status."""

    status: Annotated[JobStatus, _coded("job"), Field(description="The status the jobs have now.")]


class GetTodayJobs(Arguments):
    """get_today_jobs takes nothing."""


SPECS = (
    ToolSpec(
        name="create_job",
        description="Book a new job for a contact, with a date if one was given.",
        examples=(
            "Put the Delgados down for a drain cleaning on Thursday at ten",
            "I need a boiler inspection booked for Mrs. Huang tomorrow morning",
            "New job for Kessler Bakery, replace two outlets",
        ),
        topic=Topic.JOB,
        effect=Effect.WRITE,
        arguments=CreateJob,
        permission=Permission.CREATE_JOBS,
        asks=Asks.SOMETIMES,
    ),
    ToolSpec(
        name="get_upcoming_jobs",
        description="List the jobs of the coming days.",
        examples=("What have I got over the next three days?", "Anything booked for next week?"),
        topic=Topic.JOB,
        effect=Effect.READ,
        arguments=GetUpcomingJobs,
        permission=Permission.VIEW_JOBS,
    ),
    ToolSpec(
        name="update_job_status",
        description="Set a job's status: started, done, on hold, cancelled and so on.",
        examples=(
            "I'm finished at the Delgados",
            "Put job eighteen on hold",
            "Call off the Huang inspection",
        ),
        topic=Topic.JOB,
        effect=Effect.WRITE,
        arguments=UpdateJobStatus,
        permission=Permission.EDIT_JOBS,
        asks=Asks.SOMETIMES,
    ),
    ToolSpec(
        name="get_job_details",
        description="Tell everything about one job: when, where, for whom, status and notes.",
        examples=("Where is the Delgado job?", "Give me the details on job eighteen"),
        topic=Topic.JOB,
        effect=Effect.READ,
        arguments=GetJobDetails,
        permission=Permission.VIEW_JOBS,
    ),
    ToolSpec(
        name="reschedule_job",
        description="Move a job to another date or time; its length stays.",
        examples=("Push the Huang inspection to Monday at eight", "Can we do it an hour later, at eleven?"),
        topic=Topic.JOB,
        effect=Effect.WRITE,
        arguments=RescheduleJob,
        permission=Permission.EDIT_JOBS,
        asks=Asks.SOMETIMES,
    ),
    ToolSpec(
        name="get_jobs_by_status",
        description="List the jobs that have a status.",
        examples=("Which jobs are waiting on something?", "Show me everything in progress"),
        topic=Topic.JOB,
        effect=Effect.READ,
        arguments=GetJobsByStatus,
        permission=Permission.VIEW_JOBS,
    ),
    ToolSpec(
        name="get_today_jobs",
        description="Tell what is on today.",
        examples=("Where do I have to be today?", "Run me through today's work"),
        topic=Topic.JOB,
        effect=Effect.READ,
        arguments=GetTodayJobs,
        permission=Permission.VIEW_JOBS,
    ),
)
