"""The job tools: book, move, change status, tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from business.entities.addresses import Address
from business.entities.jobs import JOB_TRANSITIONS, JobPriority, JobStatus
from business.errors import Conflict
from business.read_models import JobView
from business.use_cases.jobs import Jobs, NewJob
from tools.catalogue.jobs import (
    CreateJob,
    GetJobDetails,
    GetJobsByStatus,
    GetTodayJobs,
    GetUpcomingJobs,
    RescheduleJob,
    UpdateJobStatus,
)
from tools.context import Done, Handler, ToolContext
from tools.handlers.schedule import moved_start, new_start
from tools.references.contacts import resolve_contact
from tools.references.jobs import job_focus, job_label, job_name, jobs_focus, resolve_job
from tools.spoken.say import capitalise, say_code, say_count, say_document, say_minutes, say_time, say_when


async def create_job(ctx: ToolContext, args: CreateJob) -> Done:
    """Book a job; an overlap is read back first."""
    contact = await resolve_contact(ctx, args.contact)
    start = new_start(ctx, args.scheduled_date) if args.scheduled_date else None
    new = NewJob(
        title=capitalise(args.title),
        description=args.description,
        contact_id=contact.id,
        start=start,
        type=args.job_type,
        priority=args.priority,
        address=Address(street=args.location) if args.location else None,
    )
    jobs = Jobs(ctx.uow)
    try:
        async with ctx.uow.savepoint():
            view = await jobs.create(new)
    except Conflict as conflict:
        ctx.confirm(
            _overlap_question(ctx, conflict, f"Shall I book {args.title} for {contact.display_name} anyway?")
        )
        view = await jobs.create(new, allow_overlap=True)
    number = say_document(view.job.number)
    if view.job.scheduled_start is None:
        summary = f"I made {number}, {job_name(view)}. It has no date yet."
    else:
        summary = f"Booked {job_name(view)} {_when(ctx, view)}. It's {number}."
    return Done(summary, {"job": job_data(ctx, view)}, job_focus(view))


async def reschedule_job(ctx: ToolContext, args: RescheduleJob) -> Done:
    """Move a job; its length stays, an overlap is read back first."""
    view = await resolve_job(ctx, args.job, fits=lambda one: _can_move(one.job.status))
    start = moved_start(ctx, view.job, args.new_date)
    if view.job.scheduled_start == start:
        return Done(
            f"{capitalise(job_label(ctx, view))} is already then.",
            {"job": job_data(ctx, view)},
            job_focus(view),
        )
    jobs = Jobs(ctx.uow)
    try:
        async with ctx.uow.savepoint():
            moved = await jobs.reschedule(view.job.id, start, reason=args.reason)
    except Conflict as conflict:
        question = f"Shall I move {job_name(view)} to {say_when(start, ctx.now, ctx.tz)} anyway?"
        ctx.confirm(_overlap_question(ctx, conflict, question))
        moved = await jobs.reschedule(view.job.id, start, reason=args.reason, allow_overlap=True)
    before = moved.previous_start
    data: dict[str, Any] = {
        "job": job_data(ctx, moved.view),
        "previous_start": _iso(ctx, before) if before else None,
    }
    summary = f"Moved {job_name(moved.view)} to {say_when(start, ctx.now, ctx.tz)}."
    return Done(summary, data, job_focus(moved.view))


async def update_job_status(ctx: ToolContext, args: UpdateJobStatus) -> Done:
    """Change a job's status; cancelling is read back first."""
    wanted = args.new_status
    view = await resolve_job(
        ctx, args.job, fits=lambda one: wanted in JOB_TRANSITIONS.allowed(one.job.status)
    )
    if view.job.status is wanted:
        summary = f"{capitalise(job_name(view))} is already {say_code(wanted.value)}."
        return Done(summary, {"job": job_data(ctx, view)}, job_focus(view))
    JOB_TRANSITIONS.check(view.job.status, wanted)
    if wanted is JobStatus.CANCELLED:
        ctx.confirm(f"That cancels {job_label(ctx, view)}. Shall I cancel it?")
    changed = await Jobs(ctx.uow).update_status(view.job.id, wanted, notes=args.notes)
    summary = f"{capitalise(job_name(changed))} is now {say_code(changed.job.status.value)}."
    return Done(summary, {"job": job_data(ctx, changed)}, job_focus(changed))


async def get_job_details(ctx: ToolContext, args: GetJobDetails) -> Done:
    """Tell one job."""
    view = await resolve_job(ctx, args.job)
    job = view.job
    parts = [f"{capitalise(say_document(job.number))}, {job_name(view)}, is {say_code(job.status.value)}"]
    if job.scheduled_start is not None and job.duration is not None:
        minutes = int(job.duration.total_seconds() // 60)
        parts[0] += f" {_when(ctx, view)} for {say_minutes(minutes)}"
    where = job.address.one_line
    if where:
        parts.append(f"It's at {where}")
    pressing = job.priority in (JobPriority.HIGH, JobPriority.URGENT, JobPriority.EMERGENCY)
    about = job.description.strip() or job.notes.strip()
    if pressing and not where:
        parts.append(f"It has {job.priority.value} priority")
    if about and len(about) <= 160 and not ctx.call.caller.is_driving:
        parts.append(capitalise(about.rstrip(".")))
    return Done(". ".join(parts[:3]) + ".", {"job": job_data(ctx, view)}, job_focus(view))


async def get_upcoming_jobs(ctx: ToolContext, args: GetUpcomingJobs) -> Done:
    """Tell the jobs of the coming days."""
    views = await Jobs(ctx.uow).upcoming(args.days_ahead)
    span = "today" if args.days_ahead == 1 else f"in the next {say_count(args.days_ahead, 'day')}"
    return _listed(ctx, views, span, lambda view: f"{job_name(view)} {_when(ctx, view)}")


async def get_today_jobs(ctx: ToolContext, args: GetTodayJobs) -> Done:
    """Tell today's jobs, cancelled ones left out."""
    views = [view for view in await Jobs(ctx.uow).today() if view.job.status is not JobStatus.CANCELLED]

    def with_hour(view: JobView) -> str:
        start = view.job.scheduled_start
        hour = f" at {say_time(start.astimezone(ctx.tz).time())}" if start is not None else ""
        done = (
            " (done)" if view.job.status in (JobStatus.COMPLETED, JobStatus.INVOICED, JobStatus.PAID) else ""
        )
        return f"{job_name(view)}{hour}{done}"

    return _listed(ctx, views, "today", with_hour)


async def get_jobs_by_status(ctx: ToolContext, args: GetJobsByStatus) -> Done:
    """Tell the jobs in one status."""
    jobs = Jobs(ctx.uow)
    views = await jobs.by_status(args.status)
    status = say_code(args.status.value)
    total = (await jobs.counts()).get(args.status, len(views))
    return _listed(ctx, views, status, job_name, verb=f"{'is' if total == 1 else 'are'}", total=total)


def job_data(ctx: ToolContext, view: JobView) -> dict[str, Any]:
    """The job as structured data, times in the business's zone."""
    job = view.job
    data: dict[str, Any] = {
        "id": job.id,
        "number": job.number,
        "title": job.title,
        "status": job.status.value,
        "type": job.type.value,
        "priority": job.priority.value,
        "contact": view.contact_name,
        "phone": view.contact_phone,
        "start": _iso(ctx, job.scheduled_start) if job.scheduled_start else None,
        "end": _iso(ctx, job.scheduled_end) if job.scheduled_end else None,
        "address": job.address.one_line,
        "description": job.description,
        "notes": job.notes or job.completion_notes,
    }
    return {name: value for name, value in data.items() if value}


def _listed(
    ctx: ToolContext,
    views: Sequence[JobView],
    span: str,
    say: Any,
    *,
    verb: str = "",
    total: int | None = None,
) -> Done:
    """A spoken list of jobs; "the second one" then picks from what was spoken."""
    count = len(views) if total is None else total
    data = {"count": count, "jobs": [job_data(ctx, view) for view in views[:20]]}
    if not count:
        return Done(f"{'No jobs are' if verb else 'You have no jobs'} {span}.", data)
    head = (
        f"{capitalise(say_count(count, 'job'))} {verb} {span}"
        if verb
        else f"You have {say_count(count, 'job')} {span}"
    )
    shown = views[: ctx.list_limit]
    items = [say(view) for view in shown]
    if count > len(shown):
        items.append(f"{count - len(shown)} more")
    text = f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else items[0]
    return Done(f"{head}: {text}.", data, jobs_focus(shown))


def _overlap_question(ctx: ToolContext, conflict: Conflict, question: str) -> str:
    """The conflict in words. Raises it again when it is none of time."""
    overlaps = conflict.details.get("overlaps")
    if not overlaps:
        raise conflict
    first = overlaps[0]
    whose = f" for {first['contact']}" if first.get("contact") else ""
    title = str(first["title"])
    more = f" and {len(overlaps) - 1} more" if len(overlaps) > 1 else ""
    return f"That overlaps with {title[:1].lower()}{title[1:]}{whose}{more}. {question}"


def _can_move(status: JobStatus) -> bool:
    moving = (JobStatus.SCHEDULED, JobStatus.IN_PROGRESS)
    return status in moving or JobStatus.SCHEDULED in JOB_TRANSITIONS.allowed(status)


def _when(ctx: ToolContext, view: JobView) -> str:
    if view.job.scheduled_start is None:
        return "without a date"
    said = say_when(view.job.scheduled_start, ctx.now, ctx.tz)
    return said if said.startswith(("today", "tomorrow", "yesterday")) else f"on {said}"


def _iso(ctx: ToolContext, moment: Any) -> str:
    return moment.astimezone(ctx.tz).isoformat()


HANDLERS: dict[str, Handler] = {
    "create_job": create_job,
    "reschedule_job": reschedule_job,
    "update_job_status": update_job_status,
    "get_job_details": get_job_details,
    "get_upcoming_jobs": get_upcoming_jobs,
    "get_today_jobs": get_today_jobs,
    "get_jobs_by_status": get_jobs_by_status,
}
