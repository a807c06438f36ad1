"""When a job shall be: the start of a new one, and where a booked one moves to.

A day without a time starts when the business opens; a moved job keeps what was not said (its day, or its hour).
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from business.entities.jobs import Job
from tools.context import ToolContext
from tools.refusals import invalid
from tools.spoken.durations import find_durations
from tools.spoken.say import say_when
from tools.spoken.when import local
from tools.values import when_of

_USUAL_OPENING = time(9)
_LATER = re.compile(r"\b(?:later|back|forward by|after that|further)\b", re.IGNORECASE)
_EARLIER = re.compile(r"\b(?:earlier|sooner|before that|forward|up)\b", re.IGNORECASE)


def new_start(ctx: ToolContext, said: str) -> datetime:
    """The start of a new job. Raises Refused (validation) for no date, the past, or a week without a day."""
    when = when_of(ctx, said, "scheduled_date", "When should the job be?")
    if when.grain in ("week", "month"):
        raise invalid("scheduled_date", f"Which day next {when.grain}?")
    start = when.at(_opening(ctx, when.day), ctx.tz)
    if start <= ctx.now and not when.has_time and when.day == ctx.uow.today:
        start = _next_hour(ctx)
    return _in_future(ctx, start, "scheduled_date")


def moved_start(ctx: ToolContext, job: Job, said: str) -> datetime:
    """Where a job moves to. Raises Refused (validation) for no date, the past, or a month without a day."""
    shifted = _shifted(ctx, job, said)
    if shifted is not None:
        return _in_future(ctx, shifted, "new_date")
    when = when_of(ctx, said, "new_date", "When should I move it to?")
    before = job.scheduled_start.astimezone(ctx.tz) if job.scheduled_start else None
    if when.grain == "month":
        raise invalid("new_date", "Which day next month?")
    if when.grain == "week":
        weekday = before.weekday() if before else 0
        day = when.day + timedelta(days=weekday)
        return _in_future(
            ctx, local(day, before.time() if before else _opening(ctx, day), ctx.tz), "new_date"
        )
    if not when.has_date and when.clock is not None and before is not None:
        start = local(before.date(), when.clock, ctx.tz)
        return _in_future(ctx, start if start > ctx.now else when.at(when.clock, ctx.tz), "new_date")
    usual = before.time() if before else _opening(ctx, when.day)
    start = when.at(usual, ctx.tz)
    if start <= ctx.now and not when.has_time and when.day == ctx.uow.today:
        start = _next_hour(ctx)
    return _in_future(ctx, start, "new_date")


def _shifted(ctx: ToolContext, job: Job, said: str) -> datetime | None:
    """Such as "an hour later", "two days earlier", "back by 30 minutes": counted from where the job is now."""
    durations = find_durations(said)
    if job.scheduled_start is None or len(durations) != 1:
        return None
    rest = said[: durations[0].start] + said[durations[0].end :]
    if _LATER.search(rest):
        sign = 1
    elif _EARLIER.search(rest):
        sign = -1
    else:
        return None
    length = durations[0].value
    if length.by_clock:
        return (job.scheduled_start + sign * length.delta).astimezone(ctx.tz)
    before = job.scheduled_start.astimezone(ctx.tz)
    day = before.date() + sign * (relativedelta(months=length.months) + relativedelta(days=length.days))
    return local(day, before.time(), ctx.tz)


def _opening(ctx: ToolContext, day: date) -> time:
    hours = [entry.opens for entry in ctx.uow.business.business_hours if entry.weekday == day.weekday()]
    return hours[0] if hours else _USUAL_OPENING


def _next_hour(ctx: ToolContext) -> datetime:
    there = ctx.now.astimezone(ctx.tz)
    return (there + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)


def _in_future(ctx: ToolContext, start: datetime, field: str) -> datetime:
    if start <= ctx.now:
        raise invalid(
            field, f"{say_when(start, ctx.now, ctx.tz).capitalize()} is already past. When should it be?"
        )
    return start
